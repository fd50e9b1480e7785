//! The scripted agent's tools: they really do what they say, and answer in the shapes of Claude Code's.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use super::script::{Delete, Detach, Edit, Run, Write};

/// Lines around a change that a patch shows.
const CONTEXT_LINES: usize = 3;

/// What the model sees and the structured form, or why it failed.
pub(super) type ToolOutcome = Result<(String, Value), String>;

/// A call of a tool.
pub(super) trait ToolCall {
    /// The tool's name.
    fn name(&self) -> &'static str;
    /// The call's arguments.
    fn input(&self) -> Value;
    /// Does it.
    fn perform(&self) -> ToolOutcome;
}

impl ToolCall for Write {
    fn name(&self) -> &'static str {
        "Write"
    }

    fn input(&self) -> Value {
        json!({ "file_path": absolute(&self.path), "content": self.content })
    }

    fn perform(&self) -> ToolOutcome {
        let before = fs::read_to_string(&self.path).ok();
        if let Some(parent) = self.path.parent() {
            fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        }
        fs::write(&self.path, &self.content).map_err(|error| error.to_string())?;
        let kind = if before.is_some() { "update" } else { "create" };
        let patch = before.map_or_else(|| json!([]), |before| json!([patch(&before, &self.content)]));
        let path = absolute(&self.path);
        let structured =
            json!({ "type": kind, "filePath": path, "content": self.content, "structuredPatch": patch });
        Ok((format!("File written successfully at: {path}"), structured))
    }
}

impl ToolCall for Edit {
    fn name(&self) -> &'static str {
        "Edit"
    }

    fn input(&self) -> Value {
        let path = absolute(&self.path);
        json!({ "file_path": path, "old_string": self.old, "new_string": self.new, "replace_all": false })
    }

    fn perform(&self) -> ToolOutcome {
        let before = fs::read_to_string(&self.path).map_err(|error| error.to_string())?;
        if !before.contains(&self.old) {
            return Err("String to replace not found in file.".to_owned());
        }
        let after = before.replacen(&self.old, &self.new, 1);
        fs::write(&self.path, &after).map_err(|error| error.to_string())?;
        let path = absolute(&self.path);
        let structured = json!({
            "filePath": path, "oldString": self.old, "newString": self.new, "originalFile": before,
            "structuredPatch": [patch(&before, &after)], "userModified": false, "replaceAll": false,
        });
        Ok((format!("The file {path} has been updated successfully."), structured))
    }
}

impl ToolCall for Delete {
    fn name(&self) -> &'static str {
        "Bash"
    }

    fn input(&self) -> Value {
        json!({ "command": format!("rm {}", self.path.display()), "description": "Remove a file" })
    }

    fn perform(&self) -> ToolOutcome {
        fs::remove_file(&self.path).map_err(|error| error.to_string())?;
        Ok((String::new(), bash_result("", "")))
    }
}

impl ToolCall for Run {
    fn name(&self) -> &'static str {
        "Bash"
    }

    fn input(&self) -> Value {
        json!({ "command": self.command, "description": "Run a command" })
    }

    fn perform(&self) -> ToolOutcome {
        let output = shell(&self.command).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        let stdout = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        let both = [stdout.as_str(), stderr.as_str()].join("\n").trim().to_owned();
        match output.status.code() {
            Some(0) => Ok((both, bash_result(&stdout, &stderr))),
            code => Err(format!("Exit code {}\n{both}", code.unwrap_or(-1))),
        }
    }
}

/// Does what a person allowed, and says with which arguments. What we cannot do is only said.
pub(super) fn run_allowed(tool: &str, input: &Value) -> ToolOutcome {
    let text = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (words, structured) = match tool {
        "Bash" => Run { command: text("command") }.perform()?,
        "Write" => Write { path: text("file_path").into(), content: text("content") }.perform()?,
        "Edit" => Edit { path: text("file_path").into(), old: text("old_string"), new: text("new_string") }
            .perform()?,
        _ => (String::new(), input.clone()),
    };
    Ok((format!("{tool} ran with {input}\n{words}").trim_end().to_owned(), structured))
}

/// Starts a process that leaves our session and does not end with us.
pub(super) fn spawn_detached(detach: &Detach) -> io::Result<()> {
    let file = detach.pid_file.as_deref().unwrap_or(Path::new("/dev/null"));
    let deafness = if detach.is_stubborn { "trap '' TERM HUP; " } else { "" };
    let wait = format!("i=0; while [ $i -lt {} ]; do sleep 1; i=$((i+1)); done", detach.seconds);
    let inner = format!("{deafness}echo $$ > \"$0\"; {wait}");
    let mut command = shell("setsid sh -c \"$1\" \"$0\" &");
    command.arg(file).arg(inner).stdin(Stdio::null()).stdout(Stdio::inherit()).status().map(drop)
}

#[expect(clippy::disallowed_methods, reason = "runs what the script says")]
fn shell(script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script]);
    command
}

fn bash_result(stdout: &str, stderr: &str) -> Value {
    let is_silent = stdout.is_empty() && stderr.is_empty();
    json!({ "stdout": stdout, "stderr": stderr, "interrupted": false, "isImage": false, "noOutputExpected": is_silent })
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// One hunk with everything between the first and the last changed line.
fn patch(before: &str, after: &str) -> Value {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same_ahead = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let shorter = old.len().min(new.len()) - same_ahead;
    let same_behind =
        old.iter().rev().zip(new.iter().rev()).take(shorter).take_while(|(a, b)| a == b).count();
    let start = same_ahead.saturating_sub(CONTEXT_LINES);
    let (old_end, new_end) = (old.len() - same_behind, new.len() - same_behind);
    let context_end = old.len().min(old_end + CONTEXT_LINES);
    let marked =
        |mark: char, lines: &[&str]| lines.iter().map(|line| format!("{mark}{line}")).collect::<Vec<_>>();
    let lines = [
        marked(' ', &old[start..same_ahead]),
        marked('-', &old[same_ahead..old_end]),
        marked('+', &new[same_ahead..new_end]),
        marked(' ', &old[old_end..context_end]),
    ];
    json!({
        "oldStart": start + 1, "oldLines": context_end - start,
        "newStart": start + 1, "newLines": new_end + (context_end - old_end) - start,
        "lines": lines.concat(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_shows_the_change_in_its_context() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let expected = json!({
            "oldStart": 2, "oldLines": 7, "newStart": 2, "newLines": 8,
            "lines": [" 2", " 3", " 4", "-5", "+five", "+5.5", " 6", " 7", " 8"],
        });
        assert_eq!(patch(before, &before.replace('5', "five\n5.5")), expected);
        let appended =
            json!({ "oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 2, "lines": [" a", "+b"] });
        assert_eq!(patch("a\n", "a\nb\n"), appended);
        let from_nothing =
            json!({ "oldStart": 1, "oldLines": 0, "newStart": 1, "newLines": 1, "lines": ["+a"] });
        assert_eq!(patch("", "a\n"), from_nothing);
    }
}
