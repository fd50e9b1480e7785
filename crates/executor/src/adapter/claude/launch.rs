//! How Claude Code is started, so that it asks for nothing that nobody answers.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};

use super::{board, mode_word, request};
use crate::{
    RunSpec,
    adapter::launch::{Brought, Conversation, LaunchRequest},
    check::is_root_without_sandbox,
};

/// Tools that leave the run behind: they wake the agent later, leave the worktree, or wait for a person in a mode
/// that nobody chose.
const TOOLS_TAKEN: &str =
    "ScheduleWakeup,CronCreate,CronDelete,CronList,Monitor,EnterWorktree,ExitWorktree,EnterPlanMode";

/// Switches in the environment. One prompt is one result only without background tasks.
const SWITCHES: [(&str, &str); 6] = [
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
    ("DISABLE_TELEMETRY", "1"),
    ("DISABLE_ERROR_REPORTING", "1"),
    ("CLAUDE_CODE_DISABLE_BACKGROUND_TASKS", "1"),
    // With the repository's settings left out, its CLAUDE.md is read as that of an added folder.
    ("CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD", "1"),
];

/// What Claude Code sets for its children. Inherited, it would take itself for a child of another one.
const PARENTS_MARKS: [&str; 6] = [
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SESSION_*",
    "CLAUDE_CODE_CHILD_*",
    "CLAUDE_CODE_MESSAGING_*",
    "CLAUDE_PID",
];

/// What to start.
pub(super) fn launch(request: LaunchRequest) -> RunSpec {
    let first_input = first_input(&request);
    let args = arguments(&request, !is_root_without_sandbox(&request.env));
    let mut env_set: BTreeMap<String, String> =
        SWITCHES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    env_set.extend(request.env);
    let mut env_remove = request.env_remove;
    env_remove.extend(PARENTS_MARKS.map(str::to_owned));
    RunSpec {
        run_id: request.run_id,
        program: request.program,
        args,
        cwd: request.cwd,
        env_set,
        env_remove,
        first_input,
    }
}

/// Two lines: the board's tools are offered before the first message, which would else be answered without them.
pub(super) fn first_input(request: &LaunchRequest) -> String {
    let initialize =
        request::control("initialize", json!({ "subtype": "initialize", "sdkMcpServers": [board::SERVER] }));
    let lines = [initialize, request::user_message(request.prompt_id, &request.prompt)].concat();
    String::from_utf8_lossy(&lines).into_owned()
}

/// With `can_bypass`, everything may be allowed later, too. Where the program refuses that, it would not even start.
fn arguments(request: &LaunchRequest, can_bypass: bool) -> Vec<String> {
    let settings = settings(request.brought.as_ref()).to_string();
    let mcp_config = mcp_config(request.brought.as_ref()).to_string();
    let dirs = [&request.cwd].into_iter().chain(&request.add_dirs);
    let dirs: Vec<_> = dirs.map(|dir| dir.to_string_lossy()).collect();
    let dirs: Vec<&str> = ["--add-dir"].into_iter().chain(dirs.iter().map(AsRef::as_ref)).collect();
    let (conversation, session_id) = match request.conversation {
        Conversation::New(id) => ("--session-id", id.to_string()),
        Conversation::Resumed(id) => ("--resume", id.to_string()),
    };
    let fixed: [&[&str]; 11] = [
        &["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"],
        &["--include-partial-messages", "--permission-prompt-tool", "stdio"],
        &["--permission-mode", mode_word(request.mode)],
        if can_bypass { &["--allow-dangerously-skip-permissions"] } else { &[] },
        &[conversation, &session_id],
        // What the repository brings (hooks, servers, variables) stays off; the person's own settings hold.
        &["--setting-sources", "user", "--strict-mcp-config", "--mcp-config", &mcp_config],
        &dirs,
        &["--settings", &settings],
        &["--disallowedTools", TOOLS_TAKEN],
        &["--allowedTools", board::ALL_TOOLS],
        &["--forward-subagent-text"],
    ];
    let mut args = request.leading_args.clone();
    args.extend(fixed.concat().into_iter().map(str::to_owned));
    let options = [
        ("--model", request.model.clone()),
        ("--max-turns", request.limits.max_turns.map(|turns| turns.to_string())),
        ("--max-budget-usd", request.limits.max_cost_usd.map(|dollars| dollars.to_string())),
        ("--append-system-prompt", instructions(request)),
    ];
    args.extend(options.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?])).flatten());
    args.extend(request.extra_args.iter().cloned());
    args
}

/// Commits bear no advertisement; a push is a person's decision in every mode. Hooks of settings files are off, unless
/// a person trusts what the repository brings: its settings then lie under ours.
fn settings(brought: Option<&Brought>) -> Value {
    let mut ours = json!({
        "attribution": { "commit": "", "pr": "" },
        "permissions": { "ask": ["Bash(git push *)"] },
        "useAutoModeDuringPlan": false,
    });
    let Some(brought) = brought else {
        ours["disableAllHooks"] = Value::Bool(true);
        return ours;
    };
    let mut settings = without_switches(&brought.settings);
    lay_over(&mut settings, ours);
    settings
}

/// Variables of settings win over those of the environment, so ours are taken out.
fn without_switches(settings: &Value) -> Value {
    let mut settings = if settings.is_object() { settings.clone() } else { json!({}) };
    if let Some(variables) = settings.get_mut("env").and_then(Value::as_object_mut) {
        SWITCHES.iter().for_each(|(name, _)| drop(variables.remove(*name)));
    }
    settings
}

/// Objects are joined, lists put together, and of two other things the upper one stays.
fn lay_over(lower: &mut Value, upper: Value) {
    match (lower, upper) {
        (Value::Object(lower), Value::Object(upper)) => {
            for (name, value) in upper {
                lay_over(lower.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(lower), Value::Array(upper)) => lower.extend(upper),
        (lower, upper) => *lower = upper,
    }
}

/// The servers of tools that are started: those of a trusted repository, or none.
fn mcp_config(brought: Option<&Brought>) -> Value {
    let servers = brought.map(|brought| &brought.mcp_servers).filter(|servers| servers.is_object());
    json!({ "mcpServers": servers.cloned().unwrap_or_else(|| json!({})) })
}

/// The profile's text, and a hint where Claude Code would not find the repository's instructions by itself.
fn instructions(request: &LaunchRequest) -> Option<String> {
    let is_there = |name: &str| Path::new(&request.cwd).join(name).is_file();
    let hint = (is_there("AGENTS.md") && !is_there("CLAUDE.md"))
        .then(|| "This repository's instructions are in AGENTS.md. Read it before you start.".to_owned());
    let parts: Vec<String> = request.append_prompt.iter().cloned().chain(hint).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use domain::{AgentLimits, PermissionMode, RunId, SessionId};
    use uuid::Uuid;

    use super::*;
    use crate::UserMessage;

    fn request() -> LaunchRequest {
        LaunchRequest {
            run_id: RunId::from(Uuid::nil()),
            program: PathBuf::from("claude"),
            leading_args: Vec::new(),
            cwd: PathBuf::from("/nonexistent/worktree"),
            add_dirs: Vec::new(),
            conversation: Conversation::New(SessionId::from(Uuid::nil())),
            prompt: UserMessage::text("--dangerously-skip-permissions $(id)\nsecond line"),
            prompt_id: Uuid::nil(),
            mode: PermissionMode::Bypass,
            model: None,
            append_prompt: None,
            limits: AgentLimits::default(),
            env: BTreeMap::new(),
            env_remove: vec!["SECRET".to_owned()],
            extra_args: Vec::new(),
            brought: None,
        }
    }

    fn has(spec: &RunSpec, pair: [&str; 2]) -> bool {
        spec.args.windows(2).any(|window| window == pair)
    }

    fn settings_of(spec: &RunSpec) -> Value {
        let place = spec.args.iter().position(|arg| arg == "--settings").unwrap();
        serde_json::from_str(&spec.args[place + 1]).unwrap()
    }

    #[test]
    fn the_prompt_goes_by_standard_input_only() {
        let spec = launch(request());
        assert!(!spec.args.iter().any(|arg| arg.contains("$(id)")));
        assert!(spec.first_input.ends_with('\n'));
        let lines: Vec<Value> =
            spec.first_input.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [initialize, message] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!(initialize["request"]["subtype"], "initialize");
        assert_eq!(initialize["request"]["sdkMcpServers"], json!(["board"]));
        assert_eq!(message["message"]["content"], "--dangerously-skip-permissions $(id)\nsecond line");
        assert_eq!(message["uuid"], Uuid::nil().to_string());
    }

    #[test]
    fn everything_may_be_allowed_later_unless_the_program_would_not_even_start() {
        let allows = "--allow-dangerously-skip-permissions".to_owned();
        assert!(arguments(&request(), true).contains(&allows));
        assert!(!arguments(&request(), false).contains(&allows));
    }

    #[test]
    fn modes_limits_and_conversations_become_arguments() {
        let mut wanted = request();
        wanted.mode = PermissionMode::Plan;
        wanted.model = Some("sonnet".to_owned());
        wanted.limits.max_turns = Some(7);
        wanted.limits.max_cost_usd = Some(2.5);
        wanted.append_prompt = Some("be brief".to_owned());
        wanted.conversation = Conversation::Resumed(SessionId::from(Uuid::nil()));
        wanted.extra_args = vec!["--effort".to_owned(), "high".to_owned()];
        let spec = launch(wanted);
        let pairs = [
            ["--permission-mode", "plan"],
            ["--model", "sonnet"],
            ["--max-turns", "7"],
            ["--max-budget-usd", "2.5"],
            ["--append-system-prompt", "be brief"],
            ["--resume", "00000000-0000-0000-0000-000000000000"],
            ["--effort", "high"],
        ];
        assert!(pairs.into_iter().all(|pair| has(&spec, pair)), "{:?}", spec.args);
        assert!(!spec.args.contains(&"--session-id".to_owned()));
    }

    #[test]
    fn what_the_repository_brings_stays_off() {
        let spec = launch(request());
        assert!(
            has(&spec, ["--setting-sources", "user"])
                && spec.args.contains(&"--strict-mcp-config".to_owned())
        );
        assert!(has(&spec, ["--add-dir", "/nonexistent/worktree"]));
        assert_eq!(settings_of(&spec)["disableAllHooks"], true);
        assert!(has(&spec, ["--mcp-config", "{\"mcpServers\":{}}"]));
        assert!(has(&spec, ["--allowedTools", "mcp__board"]));
        assert_eq!(spec.env_set["CLAUDE_CODE_DISABLE_BACKGROUND_TASKS"], "1");
        assert!(spec.env_remove.contains(&"SECRET".to_owned()));
        assert!(spec.env_remove.contains(&"CLAUDECODE".to_owned()));
        let is_touched =
            |name: &str| spec.env_set.contains_key(name) || spec.env_remove.iter().any(|n| n == name);
        assert!(!["HOME", "ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"].into_iter().any(is_touched));
    }

    #[test]
    fn what_is_trusted_lies_under_what_is_ours() {
        let mut wanted = request();
        wanted.add_dirs = vec![PathBuf::from("/more"), PathBuf::from("/and more")];
        wanted.brought = Some(Brought {
            settings: json!({
                "hooks": { "Stop": [] },
                "env": { "TOKEN": "x", "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "0" },
                "attribution": { "commit": "Made by a robot", "issue": "kept" },
                "permissions": { "allow": ["Bash(npm test)"], "ask": ["Bash(rm *)"] },
                "useAutoModeDuringPlan": true,
            }),
            mcp_servers: json!({ "docs": { "command": "docs-server" } }),
        });
        let spec = launch(wanted);
        let expected = json!({
            "hooks": { "Stop": [] },
            "env": { "TOKEN": "x" },
            "attribution": { "commit": "", "pr": "", "issue": "kept" },
            "permissions": { "allow": ["Bash(npm test)"], "ask": ["Bash(rm *)", "Bash(git push *)"] },
            "useAutoModeDuringPlan": false,
        });
        assert_eq!(settings_of(&spec), expected);
        assert!(has(&spec, ["--mcp-config", "{\"mcpServers\":{\"docs\":{\"command\":\"docs-server\"}}}"]));
        assert!(spec.args.contains(&"--strict-mcp-config".to_owned()));
        let dirs = ["--add-dir", "/nonexistent/worktree", "/more", "/and more"];
        assert!(spec.args.windows(4).any(|window| window == dirs), "{:?}", spec.args);
    }

    #[test]
    fn what_is_trusted_and_has_no_shape_is_nothing() {
        let mut wanted = request();
        wanted.brought = Some(Brought { settings: json!("x"), mcp_servers: json!([1]) });
        let spec = launch(wanted);
        assert_eq!(settings_of(&spec)["attribution"]["pr"], "");
        assert!(has(&spec, ["--mcp-config", "{\"mcpServers\":{}}"]));
    }
}
