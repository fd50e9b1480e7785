//! Opening a worktree in the user's own editor, on the machine that the server runs on.

use std::{ffi::OsString, path::Path, process::Stdio, time::Duration};

use domain::AttemptId;
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use crate::{
    api::failure::{conflict, invalid},
    error::ApiError,
    state::AppState,
    workflow::send_message::find_attempt,
};

/// How long an editor has to fail; after that it is open.
const FAILS_WITHIN: Duration = Duration::from_millis(1500);
/// Editors of `$VISUAL` and `$EDITOR` that need no terminal.
const GRAPHICAL: [&str; 17] = [
    "atom",
    "clion",
    "code",
    "code-insiders",
    "codium",
    "cursor",
    "fleet",
    "goland",
    "gvim",
    "idea",
    "kate",
    "pycharm",
    "rubymine",
    "subl",
    "webstorm",
    "windsurf",
    "zed",
];
/// What is tried where nobody names one.
const USUAL: &str = "code";

/// Opens an attempt's worktree.
///
/// # Errors
/// When there is no worktree, or no editor that could be started.
pub(crate) async fn open_editor(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    let attempt = find_attempt(state, attempt_id).await?;
    let Some(path) = attempt.worktree_path else {
        return Err(conflict("the attempt has no worktree (any more) that could be opened"));
    };
    let editor = choose(&state.config.current().editor, ["VISUAL", "EDITOR"].map(std::env::var_os));
    let failed = |reason: String| {
        let hint = "name an editor in the settings, as `code` or `idea`";
        invalid("editor", format!("`{editor}` could not be opened ({reason}): {hint}"))
    };
    let mut child = start(&editor, Path::new(&path)).map_err(|error| failed(error.to_string()))?;
    match timeout(FAILS_WITHIN, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(failed(status.to_string())),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => {
            // It is the user's from now on; only its end is waited for, as somebody must.
            let ended = async move { child.wait().await.map(drop) };
            drop(state.tasks.spawn_until_cancelled("editor", ended));
            Ok(())
        }
    }
}

/// The settings' editor, else that of the environment if it needs no terminal, else the usual one.
fn choose(configured: &str, environment: [Option<OsString>; 2]) -> String {
    let configured = configured.trim();
    if !configured.is_empty() {
        return configured.to_owned();
    }
    let named = environment.into_iter().flatten().filter_map(|value| value.into_string().ok());
    named.into_iter().find(|command| is_graphical(command)).unwrap_or_else(|| USUAL.to_owned())
}

fn is_graphical(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default();
    Path::new(program)
        .file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| GRAPHICAL.contains(&name))
}

/// Starts it in a group of its own, through the shell, as a command of the settings is written for one.
#[expect(clippy::disallowed_methods, reason = "the one place that starts the user's editor")]
fn start(editor: &str, path: &Path) -> std::io::Result<Child> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(path).current_dir(path);
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"EVAL_KANBAN_") {
            command.env_remove(name);
        }
    }
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editor_that_needs_a_terminal_is_passed_over() {
        let check = |configured: &str, visual: Option<&str>, editor: Option<&str>, expected: &str| {
            let environment = [visual, editor].map(|name| name.map(OsString::from));
            assert_eq!(choose(configured, environment), expected);
        };
        check(" idea ", Some("code"), None, "idea");
        check("", Some("vim"), Some("/usr/bin/subl -n"), "/usr/bin/subl -n");
        check("", Some("cursor --wait"), Some("nano"), "cursor --wait");
        check("", Some("vim"), None, "code");
        check("", None, None, "code");
    }
}
