//! Rules: which calls of an agent's tools are allowed unasked, and which rules are worth proposing for a call.
//!
//! A rule is a person's word for later calls that nobody reads, so it must never allow more than its text says:
//! whatever cannot be read beyond doubt is asked for. Pure: whether a path that looks inside the worktree really is
//! (symbolic links) is a question for the disk, which the caller asks besides.

mod address;
mod command;
mod file;

use serde_json::Value;

use crate::{Refusal, RulePattern, RuleProposal};
use command::CommandRule;
use file::FileRule;

/// Tools without effect outside the agent's own conversation: allowed by name alone.
const HARMLESS: [&str; 4] = ["TodoWrite", "WebSearch", "BashOutput", "TaskOutput"];

/// What a pattern means once it was understood.
enum Reach<'p> {
    Command(CommandRule<'p>),
    Files(FileRule<'p>),
    Host(&'p str),
    EveryCall,
}

/// The rules that would allow this call and others like it, the narrowest first; none where no rule is safe.
///
/// Each allows the very call that it is proposed for.
pub fn propose_rules(tool_name: &str, input: &Value, worktree: &str) -> Vec<RuleProposal> {
    let patterns = match tool_name {
        "Bash" => command::propose(input),
        "WebFetch" => address::host_of(input).into_iter().map(str::to_owned).collect(),
        _ if file::is_file_tool(tool_name) => file::propose(tool_name, input, worktree),
        _ => Vec::new(),
    };
    let named = patterns.into_iter().map(Some);
    let bare = is_allowed_by_name(tool_name).then_some(None);
    named
        .chain(bare)
        .map(|pattern| RulePattern { tool_name: tool_name.to_owned(), pattern })
        .filter(|pattern| rule_allows(pattern, tool_name, input, worktree))
        .map(|pattern| RuleProposal {
            text: rule_text(&pattern),
            tool_name: pattern.tool_name,
            pattern: pattern.pattern,
        })
        .collect()
}

/// Whether the rule allows this call. For file tools the caller must also see that the path is really inside the
/// worktree: this looks at its text only.
pub fn rule_allows(pattern: &RulePattern, tool_name: &str, input: &Value, worktree: &str) -> bool {
    if pattern.tool_name != tool_name {
        return false;
    }
    match parse(pattern) {
        Ok(Reach::Command(rule)) => command::allows(&rule, input),
        Ok(Reach::Files(rule)) => file::allows(&rule, tool_name, input, worktree),
        Ok(Reach::Host(host)) => address::host_of(input) == Some(host),
        Ok(Reach::EveryCall) => true,
        Err(_) => false,
    }
}

/// What the rule allows, in words that complete “Always allow to …”.
pub fn rule_text(pattern: &RulePattern) -> String {
    let tool = pattern.tool_name.as_str();
    match parse(pattern) {
        Ok(Reach::Command(rule)) => command::text(&rule),
        Ok(Reach::Files(rule)) => file::text(tool, &rule),
        Ok(Reach::Host(host)) => format!("fetch pages from {host}"),
        Ok(Reach::EveryCall) => match mcp_names(tool) {
            Some((server, name)) => format!("use `{name}` of the MCP server `{server}`"),
            None => format!("use {tool}"),
        },
        Err(_) => format!("do nothing: this rule for {tool} is not one that the board understands"),
    }
}

/// Whether the rule is one that may be remembered.
///
/// # Errors
/// [`Refusal`] with what is wrong.
pub fn check_rule(pattern: &RulePattern) -> Result<(), Refusal> {
    parse(pattern).map(drop)
}

/// Whether a file of a repository runs code without anybody starting it: hooks, settings of the agent's program,
/// servers of tools, what shells and editors run on entering the folder, what CI runs. No rule ever allows writing one,
/// and a review shows that one was changed.
pub fn runs_by_itself(path: &str) -> bool {
    file::runs_by_itself(path)
}

fn parse(rule: &RulePattern) -> Result<Reach<'_>, Refusal> {
    let tool = rule.tool_name.as_str();
    match (tool, rule.pattern.as_deref()) {
        ("Bash", Some(pattern)) => command::parse(pattern).map(Reach::Command),
        ("WebFetch", Some(pattern)) => address::parse(pattern).map(Reach::Host),
        (_, Some(pattern)) if file::is_file_tool(tool) => file::parse(pattern).map(Reach::Files),
        (_, None) if is_allowed_by_name(tool) => Ok(Reach::EveryCall),
        (_, None) => Err(Refusal(format!("every call of {tool} is more than a rule may allow: say which"))),
        (_, Some(_)) => Err(Refusal(format!("{tool} has no rules for some of its calls"))),
    }
}

fn is_allowed_by_name(tool_name: &str) -> bool {
    HARMLESS.contains(&tool_name) || mcp_names(tool_name).is_some()
}

/// A character that cannot be seen, or that changes how its neighbours are seen.
fn is_unseen(c: char) -> bool {
    let is_format = matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
    );
    c.is_control() || is_format || (c.is_whitespace() && c != ' ')
}

/// The server and the tool of `mcp__server__tool`.
fn mcp_names(tool_name: &str) -> Option<(&str, &str)> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let (server, name) = tool_name.strip_prefix("mcp__")?.split_once("__")?;
    (is_name(server) && is_name(name)).then_some((server, name))
}

#[cfg(test)]
mod tests;
