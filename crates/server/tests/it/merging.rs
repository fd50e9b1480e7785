//! Merging in each style, looking first, taking back, and what to do about conflicts.

use std::fs;

use serde_json::{Value, json};

use crate::lab::{Answer, Lab, Work, eventually, items, text};

fn write(path: &str, content: &str) -> Value {
    json!({ "write": { "path": path, "content": content } })
}

async fn act(lab: &Lab, work: &Work, action: &str, body: Value) -> Answer {
    lab.post(&format!("/api/attempts/{}/{action}", work.attempt), body).await
}

async fn preview(lab: &Lab, work: &Work, query: &str) -> Value {
    lab.get(&format!("/api/attempts/{}/merge-preview{query}", work.attempt)).await.ok()
}

#[tokio::test]
async fn a_squash_is_looked_at_merged_undone_and_merged_again_by_rebase() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("new.txt", "new\n")])).await;
    lab.commit_file("meanwhile.txt", "m\n");
    let before = lab.git(&["rev-parse", "main"]);
    let path = text(&lab.find_attempt(&work.attempt).await["worktree_path"]);
    let look = preview(&lab, &work, "?style=squash").await;
    assert_eq!(
        (&look["forecast"], &look["behind"], &look["ahead"], &look["updates_checkout"]),
        (&json!("clean"), &json!(1), &json!(1), &json!(true))
    );
    let task = lab.find_task(&work.task).await;
    let message = text(&look["message"]);
    assert!(
        message.starts_with(&format!("{}\n\n#{}\n\n- ", text(&task["title"]), task["number"])),
        "{message}"
    );
    assert_eq!(preview(&lab, &work, "?style=rebase").await["message"], Value::Null);
    let bad = act(&lab, &work, "approve", json!({ "action": "merge", "message": " " })).await;
    assert_eq!(bad.invalid_field(), "message");
    let body = json!({ "action": "merge", "style": "squash", "message": "One thing\n\nand why" });
    let merged = act(&lab, &work, "approve", body).await.ok();
    assert_eq!((&merged["state"], &merged["merge_style"]), (&json!("merged"), &json!("squash")));
    assert_eq!(lab.git(&["log", "-1", "--format=%P/%B", "main"]), format!("{before}/One thing\n\nand why"));
    assert!(!std::path::Path::new(&path).exists());
    let undone = act(&lab, &work, "undo-merge", json!({ "how": "undo" })).await.ok();
    assert_eq!((&undone["state"], &undone["merge_commit"]), (&json!("review_ready"), &Value::Null));
    assert_eq!((text(&undone["worktree_path"]), lab.git(&["rev-parse", "main"])), (path.clone(), before));
    assert_eq!(lab.find_task(&work.task).await["status"], "review");
    assert!(!lab.repository().join("new.txt").exists());
    assert_eq!(fs::read_to_string(format!("{path}/new.txt")).unwrap(), "new\n");
    act(&lab, &work, "undo-merge", json!({ "how": "undo" })).await.refused(409, "conflict");
    let merged = act(&lab, &work, "approve", json!({ "action": "merge", "style": "rebase" })).await.ok();
    assert_eq!((&merged["state"], &merged["merge_style"]), (&json!("merged"), &json!("rebase")));
    assert_eq!(lab.git(&["rev-list", "--merges", "--count", "main"]), "0");
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_merge_that_was_built_on_is_reverted_instead() {
    let lab = Lab::started().await;
    let project = lab.project_with(json!({ "merge_style": "squash" })).await;
    let work = lab.complete(&project, json!([write("new.txt", "new\n")])).await;
    act(&lab, &work, "approve", json!({ "action": "merge" })).await.ok();
    lab.commit_file("later.txt", "l\n");
    let tip = lab.git(&["rev-parse", "main"]);
    let answer = act(&lab, &work, "undo-merge", json!({ "how": "undo" })).await;
    assert_eq!(answer.refused(409, "conflict")["details"]["can_revert"], true);
    assert_eq!(lab.git(&["rev-parse", "main"]), tip);
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "merged");
    let reverted = act(&lab, &work, "undo-merge", json!({ "how": "revert" })).await.ok();
    assert_eq!(
        (&reverted["state"], &reverted["revert_commit"]),
        (&json!("merged"), &json!(lab.git(&["rev-parse", "main"])))
    );
    assert_eq!(lab.find_task(&work.task).await["status"], "todo");
    assert_eq!(lab.git(&["ls-files"]), "README.md\nlater.txt");
    act(&lab, &work, "undo-merge", json!({ "how": "revert" })).await.refused(409, "merge_refused");
}

#[tokio::test]
async fn the_agent_resolves_what_conflicts() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("README.md", "# Theirs\n")])).await;
    act(&lab, &work, "resolve-conflicts", json!({})).await.refused(409, "conflict");
    lab.commit_file("README.md", "# Ours\n");
    let look = preview(&lab, &work, "").await;
    let conflict = &look["conflicts"][0];
    assert_eq!(
        (&look["forecast"], &conflict["path"], &conflict["kind"]),
        (&json!("conflict"), &json!("README.md"), &json!("content"))
    );
    let hunk = &conflict["hunks"][0];
    assert_eq!(
        (&hunk["ours"], &hunk["base"], &hunk["theirs"]),
        (&json!("# Ours\n"), &json!("# A repository\n"), &json!("# Theirs\n"))
    );
    let main = lab.git(&["rev-parse", "main"]);
    let answer = act(&lab, &work, "resolve-conflicts", json!({})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let next = Work { task: work.task.clone(), attempt: text(&answer.body["id"]) };
    let attempt = lab.settled(&next.attempt).await;
    assert_eq!(attempt["state"], "review_ready", "{attempt:#}");
    let head = text(&attempt["head_commit"]);
    assert_eq!(lab.git(&["rev-parse", &format!("{head}^2")]), main, "the base is merged in");
    assert_eq!(lab.git(&["rev-parse", "main"]), main, "and main did not move");
    let events = lab.events(&next.attempt).await;
    assert!(events.iter().any(|event| {
        event["payload"]["message"].as_str().is_some_and(|it| it.contains("conflicts in README.md"))
    }));
    act(&lab, &next, "approve", json!({ "action": "merge" })).await.ok();
    assert_eq!(lab.git(&["show", "main:README.md"]), "# Theirs");
}

#[tokio::test]
async fn a_worktree_opens_in_the_editor_of_the_settings() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("new.txt", "new\n")])).await;
    let told = lab.path("told");
    let editor = lab.program("editor", &format!("echo \"$@\" > '{}'", told.display()));
    let configure = async |editor: &str| lab.patch("/api/config", json!({ "editor": editor })).await.ok();
    configure(&format!("'{}' --new", editor.display())).await;
    assert_eq!(act(&lab, &work, "open-editor", json!({})).await.status, 204);
    let path = text(&lab.find_attempt(&work.attempt).await["worktree_path"]);
    let said =
        eventually("the editor", || async { fs::read_to_string(&told).ok().filter(|said| !said.is_empty()) })
            .await;
    assert_eq!(said.trim(), format!("--new {path}"));
    configure("/nowhere/editor").await;
    assert_eq!(act(&lab, &work, "open-editor", json!({})).await.invalid_field(), "editor");
    act(&lab, &work, "discard", json!({})).await.ok();
    act(&lab, &work, "open-editor", json!({})).await.refused(409, "conflict");
}

/// Detached, elsewhere, or with a hook that refuses: the answer says what to do, and nothing is changed.
#[tokio::test]
async fn what_stands_against_a_merge_is_said_with_what_to_do() {
    let lab = Lab::started().await;
    let project = lab.project_with(json!({ "run_merge_hooks": true })).await;
    let work = lab.complete(&project, json!([write("README.md", "# Theirs\n")])).await;
    let merge = async || act(&lab, &work, "approve", json!({ "action": "merge" })).await;
    let hook = lab.repository().join(".git/hooks/pre-merge-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::rename(lab.program("hook", "echo 'no tests' >&2; exit 1"), &hook).unwrap();
    let tip = lab.git(&["rev-parse", "main"]);
    let refused = |answer: &Answer, words: &str| {
        let message = text(&answer.refused(409, "merge_refused")["message"]);
        assert!(message.contains(words), "{message}");
        assert_eq!(lab.git(&["rev-parse", "main"]), tip);
    };
    refused(&merge().await, "pre-merge-commit refuses: no tests");
    fs::remove_file(&hook).unwrap();
    lab.git(&["checkout", "-q", "-b", "other"]);
    let elsewhere = lab.path("elsewhere");
    lab.git(&["worktree", "add", "-q", elsewhere.to_str().unwrap(), "main"]);
    refused(&merge().await, "switch it to another branch");
    assert!(text(&preview(&lab, &work, "").await["refusal"]).contains("is checked out in"));
    lab.git(&["worktree", "remove", elsewhere.to_str().unwrap()]);
    lab.git(&["checkout", "-q", "--detach"]);
    fs::write(lab.repository().join("README.md"), "# Mine\n").unwrap();
    let merged = merge().await.ok();
    assert_eq!(merged["state"], "merged");
    assert_eq!(
        fs::read_to_string(lab.repository().join("README.md")).unwrap(),
        "# Mine\n",
        "not on main: left alone"
    );
    assert_eq!(lab.git(&["show", "main:README.md"]), "# Theirs");
    let attempts = lab.get(&format!("/api/tasks/{}/attempts", work.task)).await.ok();
    assert_eq!(items(&attempts)[0]["merge_style"], "merge");
}
