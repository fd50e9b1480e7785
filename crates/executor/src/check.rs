//! Asking an agent's own program how it is, before any work is given to it.

use std::{collections::BTreeMap, path::Path, process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

/// Where the login is asked for: in a repository, its settings would answer, and they do not count in a run.
const NEUTRAL_GROUND: &str = "/";

/// What an agent's program says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentCheck {
    /// Its version, if it can be started.
    pub version: Option<String>,
    /// Why it cannot be started.
    pub problem: Option<String>,
    /// Whether it is logged in, if it says so.
    pub is_logged_in: Option<bool>,
    /// Whether it would refuse to work unasked, because it runs as root and outside of a sandbox.
    pub is_root_without_sandbox: bool,
}

/// Asks the program for its version and its login. Makes no call to a model. `within` bounds each question.
pub async fn check_agent(
    program: &str,
    cwd: &Path,
    env: &BTreeMap<String, String>,
    within: Duration,
) -> AgentCheck {
    let version = ask(program, &["--version"], cwd, env, within).await;
    let is_root_without_sandbox = is_root_without_sandbox(env);
    match version {
        Err(problem) => {
            AgentCheck { problem: Some(problem), is_root_without_sandbox, ..AgentCheck::default() }
        }
        Ok((false, text)) => {
            AgentCheck { problem: Some(text), is_root_without_sandbox, ..AgentCheck::default() }
        }
        Ok((true, version)) => {
            let login = ask(program, &["auth", "status"], Path::new(NEUTRAL_GROUND), env, within).await;
            AgentCheck {
                version: Some(version),
                problem: None,
                is_logged_in: login.ok().map(|(is_logged_in, _)| is_logged_in),
                is_root_without_sandbox,
            }
        }
    }
}

/// Whether Claude Code, started with `env` added to our environment, would refuse to work unasked, from the start or
/// later: as root it does, unless it is told that it is in a sandbox.
pub fn is_root_without_sandbox(env: &BTreeMap<String, String>) -> bool {
    let variable = |name: &str| env.get(name).cloned().or_else(|| std::env::var(name).ok());
    nix::unistd::getuid().is_root() && !is_sandbox(variable)
}

/// The program believes `IS_SANDBOX=1`, and no other value of it.
fn is_sandbox(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_bubblewrap = matches!(variable("CLAUDE_CODE_BUBBLEWRAP").as_deref(), Some("1" | "true"));
    is_bubblewrap || variable("IS_SANDBOX").as_deref() == Some("1")
}

/// Whether the program exited with 0, and the first line that it said.
async fn ask(
    program: &str,
    args: &[&str],
    cwd: &Path,
    env: &BTreeMap<String, String>,
    within: Duration,
) -> Result<(bool, String), String> {
    #[expect(clippy::disallowed_methods, reason = "the executor starts agents' programs")]
    let mut command = Command::new(program);
    command.args(args).current_dir(cwd).envs(env).stdin(Stdio::null()).kill_on_drop(true);
    let output = match timeout(within, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_elapsed) => return Err(format!("no answer within {} s", within.as_secs())),
    };
    let said = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
    let first = String::from_utf8_lossy(said).lines().next().unwrap_or_default().trim().to_owned();
    Ok((output.status.success(), first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_is_not_there_is_a_problem_and_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        let check =
            check_agent("no-such-agent", folder.path(), &BTreeMap::new(), Duration::from_secs(5)).await;
        assert!(
            check.version.is_none() && check.problem.is_some() && check.is_logged_in.is_none(),
            "{check:?}"
        );
    }

    #[tokio::test]
    async fn a_program_that_answers_has_a_version() {
        let folder = tempfile::tempdir().unwrap();
        let check = check_agent("git", folder.path(), &BTreeMap::new(), Duration::from_secs(5)).await;
        assert!(check.version.is_some_and(|version| version.starts_with("git version")), "no version");
        assert_eq!(check.is_logged_in, Some(false), "git knows no `auth status`");
    }

    #[tokio::test]
    async fn the_login_is_not_asked_for_inside_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/agent-that-looks-around.sh");
        let check = check_agent(program, folder.path(), &BTreeMap::new(), Duration::from_secs(5)).await;
        assert_eq!((check.version.as_deref(), check.is_logged_in), (Some("1.0"), Some(true)));
    }

    #[test]
    fn only_a_plain_yes_is_a_sandbox() {
        let cases = [
            (None, None, false),
            (Some("1"), None, true),
            (Some("true"), None, false),
            (Some(""), None, false),
            (None, Some("1"), true),
        ];
        for (sandbox, bubblewrap, expected) in cases {
            let set = [("IS_SANDBOX", sandbox), ("CLAUDE_CODE_BUBBLEWRAP", bubblewrap)];
            let set = BTreeMap::from(set);
            assert_eq!(is_sandbox(|name| set[name].map(str::to_owned)), expected, "{set:?}");
        }
        let sandbox = BTreeMap::from([("IS_SANDBOX".to_owned(), "1".to_owned())]);
        assert!(!is_root_without_sandbox(&sandbox));
    }
}
