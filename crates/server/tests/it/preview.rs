//! What a waiting call would do to a file, against the file as it is now.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::lab::{Lab, Work, items, text};

/// An agent that wants to make these calls, each with `$PWD` for its worktree, and waits for all of them at once.
async fn wanting(lab: &Lab, calls: &[(&str, Value)]) -> Work {
    let ask = |(number, (tool, input)): (usize, &(&str, Value))| {
        let request = json!({"subtype": "can_use_tool", "tool_name": tool, "input": input});
        let line = json!({"type": "control_request", "request_id": format!("r{number}"), "request": request});
        format!("cat <<EOF\n{line}\nEOF\n")
    };
    let asks: String = calls.iter().enumerate().map(ask).collect();
    let program = lab.program("agent", &format!("{asks}exec cat >/dev/null"));
    let request = json!({"name": "wanting", "adapter": "claude", "command": program, "mode": "interactive"});
    let agent = text(&lab.post("/api/agents", request).await.ok()["id"]);
    let project = lab.project().await;
    let task = lab.task(&project, "Edit").await;
    lab.begin_task(&task, &agent).await
}

/// The preview of the only waiting call on a file whose name ends so.
async fn preview(lab: &Lab, work: &Work, end: &str) -> Value {
    let ends = |approval: &Value| {
        let path = approval["tool_input"]["file_path"].as_str();
        approval["attempt_id"] == work.attempt && path.is_some_and(|path| path.ends_with(end))
    };
    let approval = crate::lab::eventually("an approval", || async {
        items(&lab.get("/api/approvals/pending").await.ok()).iter().find(|approval| ends(approval)).cloned()
    })
    .await;
    lab.get(&format!("/api/approvals/{}/preview", text(&approval["id"]))).await.ok()
}

fn lines(preview: &Value) -> Vec<String> {
    let hunks = preview["diff"]["hunks"].as_array().unwrap();
    let lines = hunks.iter().flat_map(|hunk| hunk["lines"].as_array().unwrap());
    lines.map(|line| format!("{} {}", text(&line["kind"]), text(&line["text"]))).collect()
}

#[tokio::test]
async fn an_edit_is_shown_against_the_file_as_it_is_now() {
    let lab = Lab::started().await;
    let edit =
        json!({"file_path": "$PWD/README.md", "old_string": "A repository", "new_string": "The board"});
    let write = json!({"file_path": "$PWD/src/new.txt", "content": "one\ntwo\n"});
    let work = wanting(&lab, &[("Edit", edit), ("Write", write)]).await;
    let shown = preview(&lab, &work, "README.md").await;
    assert_eq!((&shown["path"], &shown["is_new"]), (&json!("README.md"), &json!(false)), "{shown:#}");
    assert_eq!(lines(&shown), ["removed # A repository", "added # The board"]);
    let shown = preview(&lab, &work, "new.txt").await;
    assert_eq!((&shown["path"], &shown["is_new"]), (&json!("src/new.txt"), &json!(true)), "{shown:#}");
    assert_eq!(shown["diff"]["file"]["status"], "added");
    assert_eq!(lines(&shown), ["added one", "added two"]);
    let worktree = PathBuf::from(text(&lab.find_attempt(&work.attempt).await["worktree_path"]));
    fs::write(worktree.join("README.md"), "changed meanwhile\n").unwrap();
    let shown = preview(&lab, &work, "README.md").await;
    assert_eq!(shown["diff"], Value::Null);
    assert!(text(&shown["problem"]).contains("not in the file as it is now"), "{shown:#}");
}

#[tokio::test]
async fn nothing_outside_of_the_worktree_is_read() {
    let lab = Lab::started().await;
    let edit = |path: &str| json!({"file_path": path, "old_string": "root", "new_string": "x"});
    let calls = ["/etc/passwd", "$PWD/link", "$PWD/../../x", "$PWD/pipe"].map(|path| ("Edit", edit(path)));
    let work = wanting(&lab, &calls).await;
    let worktree = lab.attempt_when(&work.attempt, "a worktree", |a| a["state"] == "waiting").await;
    let worktree = PathBuf::from(text(&worktree["worktree_path"]));
    symlink("/etc/passwd", worktree.join("link")).unwrap();
    nix::unistd::mkfifo(&worktree.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (end, is_inside) in [("/etc/passwd", false), ("/link", false), ("/../../x", false), ("/pipe", true)] {
        let shown = preview(&lab, &work, end).await;
        assert_eq!((&shown["diff"], &shown["is_inside"]), (&Value::Null, &json!(is_inside)), "{end}");
        assert!(text(&shown["problem"]).contains("not read") || end == "/link", "{shown:#}");
    }
}

#[tokio::test]
async fn a_call_without_a_file_has_no_preview() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([{"ask": {"tool": "Bash", "input": {"command": "echo"}}}])).await;
    let approval = lab.pending("approvals", &work.attempt).await;
    let path = format!("/api/approvals/{}/preview", text(&approval["id"]));
    assert_eq!(lab.get(&path).await.ok()["problem"], "the call names no file");
    let missing = format!("/api/approvals/{}/preview", uuid::Uuid::nil());
    lab.get(&missing).await.refused(404, "not_found");
}
