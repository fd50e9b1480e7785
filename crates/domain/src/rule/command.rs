//! Rules for shell commands: one command to the letter, or `npm install *`: its first words, and further plain ones.
//!
//! A command to the letter may be anything: it runs again what was read. What goes on after `*` is read by nobody, so
//! such a rule matches only what the shell passes on as plain words, and exists only for a short list of programs whose
//! subcommands do a known job on the worktree. Interpreters, wrappers and everything that reaches further (`sh`, `env`,
//! `npx`, `find`, `ssh`, `curl`, `rm`, `git push`) are not on it. A build tool runs what the project says, and the agent
//! writes the project; some of its options name programs, too (`go test -exec`). Remembering `npm test *` is trusting the
//! agent with what the project can run, not a sandbox.

use serde_json::Value;

use crate::Refusal;

/// Bytes of a command that can be remembered.
const COMMAND_BYTES_MAX: usize = 2_000;

/// Programs with the subcommands after which further words may be free. `run` needs the script's name, too.
const OPEN_ENDED: [(&str, &[&str]); 17] = [
    ("npm", &["install", "i", "ci", "test", "t", "ls", "outdated", "run"]),
    ("pnpm", &["install", "i", "add", "test", "ls", "outdated", "run"]),
    ("yarn", &["install", "add", "test", "outdated", "run"]),
    ("bun", &["install", "add", "test"]),
    (
        "cargo",
        &["add", "bench", "build", "check", "clippy", "doc", "fmt", "metadata", "nextest", "test", "tree"],
    ),
    ("go", &["build", "fmt", "mod", "test", "vet"]),
    ("make", &["all", "bench", "build", "check", "clean", "format", "fmt", "lint", "test"]),
    ("just", &["bench", "build", "check", "clean", "format", "fmt", "lint", "test"]),
    ("mvn", &["clean", "compile", "package", "test", "verify"]),
    ("gradle", &["assemble", "build", "check", "clean", "test"]),
    ("dotnet", &["build", "format", "restore", "test"]),
    ("pip", &["install", "list", "show"]),
    ("uv", &["add", "lock", "sync"]),
    ("poetry", &["add", "install", "lock"]),
    ("bundle", &["check", "install", "list"]),
    ("mix", &["compile", "deps.get", "format", "test"]),
    ("git", &["add", "commit", "status"]),
];

/// What the shell gives a meaning of its own, even where quotes would take it away again.
const META: &str = ";&|<>$`(){}[]*?~\\";

/// What a pattern for commands means.
pub(super) enum CommandRule<'p> {
    /// This command, to the letter.
    Exact(&'p str),
    /// Commands that begin with these words.
    Prefix(Vec<&'p str>),
}

pub(super) fn parse(pattern: &str) -> Result<CommandRule<'_>, Refusal> {
    let Some(head) = pattern.strip_suffix(" *") else { return parse_exact(pattern) };
    let words = words(head).filter(|words| words.iter().all(|word| is_bare(word)));
    match words {
        Some(words) if is_open_ended(&words) => Ok(CommandRule::Prefix(words)),
        _ => Err(Refusal(format!("what follows `{head}` cannot be left open: remember the whole command"))),
    }
}

/// Whether the call is one that the rule allows, in all its arguments: one that we do not know may switch off what
/// protects the machine.
pub(super) fn allows(rule: &CommandRule<'_>, input: &Value) -> bool {
    let Some(command) = command_of(input) else { return false };
    match rule {
        CommandRule::Exact(exact) => *exact == command,
        CommandRule::Prefix(head) => words(command).is_some_and(|words| words.starts_with(head)),
    }
}

pub(super) fn propose(input: &Value) -> Vec<String> {
    let Some(command) = command_of(input) else { return Vec::new() };
    let words = words(command).unwrap_or_default();
    let head_count = if words.get(1) == Some(&"run") { 3 } else { 2 };
    let head = words.get(..head_count).map(|head| format!("{} *", head.join(" ")));
    let open = head.filter(|pattern| matches!(parse(pattern), Ok(CommandRule::Prefix(_))));
    // A command that ends in ` *` would be read as a rule for more than itself.
    let exact = matches!(parse(command), Ok(CommandRule::Exact(_))).then(|| command.to_owned());
    exact.into_iter().chain(open).collect()
}

pub(super) fn text(rule: &CommandRule<'_>) -> String {
    match rule {
        CommandRule::Exact(command) => format!("run `{command}`, exactly so"),
        CommandRule::Prefix(words) => format!("run `{}`, with any plain words after it", words.join(" ")),
    }
}

fn parse_exact(pattern: &str) -> Result<CommandRule<'_>, Refusal> {
    if pattern.trim().is_empty() {
        return Err(Refusal("a rule for commands needs a command".to_owned()));
    }
    if pattern.len() > COMMAND_BYTES_MAX {
        return Err(Refusal(format!(
            "a command of more than {COMMAND_BYTES_MAX} bytes cannot be remembered"
        )));
    }
    if pattern.chars().any(super::is_unseen) {
        let text = "a command of several lines or with invisible characters cannot be remembered";
        return Err(Refusal(text.to_owned()));
    }
    Ok(CommandRule::Exact(pattern))
}

fn command_of(input: &Value) -> Option<&str> {
    let is_known = |(key, value): (&String, &Value)| match key.as_str() {
        "command" | "description" | "timeout" | "run_in_background" => true,
        _ => matches!(value, Value::Null | Value::Bool(false)),
    };
    let fields = input.as_object()?;
    if !fields.iter().all(is_known) {
        return None;
    }
    fields.get("command")?.as_str()
}

/// The words that the shell would make of it, quotes kept; none if it would do more with it than split it.
fn words(command: &str) -> Option<Vec<&str>> {
    if command.chars().any(|c| META.contains(c) || super::is_unseen(c)) {
        return None;
    }
    let mut quote = None;
    let words = command.split(|c| match (quote, c) {
        (None, '\'' | '"') => {
            quote = Some(c);
            false
        }
        (Some(open), _) if open == c => {
            quote = None;
            false
        }
        _ => quote.is_none() && c == ' ',
    });
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    quote.is_none().then_some(words)
}

fn is_bare(word: &str) -> bool {
    word.chars().all(|c| c.is_alphanumeric() || "-_./:@=+,%".contains(c))
}

fn is_open_ended(words: &[&str]) -> bool {
    let [program, subcommand, rest @ ..] = words else { return false };
    let is_listed = OPEN_ENDED.iter().any(|(name, subs)| name == program && subs.contains(subcommand));
    let is_script = |word: &&str| !word.starts_with('-');
    is_listed && (*subcommand != "run" || rest.first().is_some_and(is_script))
}
