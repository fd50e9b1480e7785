//! Rounds of a review: comments, requests for changes in the same worktree and session, and other tries.

use std::fs;

use serde_json::{Value, json};

use crate::lab::{Lab, Work, items, text};

/// An agent with steps for its first conversation, and others for when that is taken up again.
async fn agent(lab: &Lab, script: Value) -> String {
    let path = lab.path(&format!("rounds-{}.json", lab.count()));
    fs::write(&path, script.to_string()).unwrap();
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let request = json!({ "name": name, "adapter": "scripted", "extra_args": ["--script", path] });
    text(&lab.post("/api/agents", request).await.ok()["id"])
}

const FIRST: &str = "fn total() {\n    sum()\n}\n\nfn rest() {\n    0\n}\n";
const SECOND: &str = "use std::fmt;\n\nfn total() {\n    sum() + tax()\n}\n\nfn rest() {\n    0\n}\n";

fn write(path: &str, content: &str) -> Value {
    json!({ "write": { "path": path, "content": content } })
}

/// A task whose first attempt wrote `cart.rs` and whose agent writes it anew when it is asked to. No two attempts make the
/// same commit, however fast they are.
async fn reviewed(lab: &Lab) -> Work {
    let project = lab.project().await;
    let script = json!({
        "steps": [write("cart.rs", FIRST), { "run": "echo $EVAL_KANBAN_ATTEMPT > by.txt" }, { "say": "First." }],
        "resumed": ["echo", write("cart.rs", SECOND), { "say": "Second." }],
    });
    let agent = agent(lab, script).await;
    let task = lab.task(&project, "The total").await;
    let work = lab.begin_task(&task, &agent).await;
    assert_eq!(lab.settled(&work.attempt).await["state"], "review_ready");
    work
}

async fn comment(lab: &Lab, attempt: &str, body: Value) -> Value {
    lab.post(&format!("/api/attempts/{attempt}/comments"), body).await.ok()
}

async fn comments(lab: &Lab, attempt: &str) -> Vec<Value> {
    items(&lab.get(&format!("/api/attempts/{attempt}/comments")).await.ok()).clone()
}

async fn request_changes(lab: &Lab, attempt: &str, body: Value) -> crate::lab::Answer {
    lab.post(&format!("/api/attempts/{attempt}/request-changes"), body).await
}

/// What the agent was told, in the order of the log.
async fn told(lab: &Lab, attempt: &str) -> Vec<String> {
    let events = lab.events(attempt).await;
    let is_told = |event: &&Value| event["kind"] == "MESSAGE" && event["payload"]["role"] == "user";
    events.iter().filter(is_told).map(|event| text(&event["payload"]["text"])).collect()
}

#[tokio::test]
async fn requested_changes_go_on_in_the_same_worktree_and_session() {
    let lab = Lab::started().await;
    let work = reviewed(&lab).await;
    let before = lab.find_attempt(&work.attempt).await;
    let draft =
        comment(&lab, &work.attempt, json!({ "path": "cart.rs", "line": 2, "body": "And the tax?" })).await;
    assert_eq!((&draft["state"], &draft["line_text"]), (&json!("draft"), &json!("    sum()")));
    let other = comment(&lab, &work.attempt, json!({ "path": "cart.rs", "line": 6, "body": "Why 0?" })).await;
    let changes = json!({
        "feedback": "Nearly.",
        "comments": [{ "path": "cart.rs", "body": "Say what it does." }],
        "comment_ids": [draft["id"]],
    });
    let answer = request_changes(&lab, &work.attempt, changes).await;
    assert_eq!(answer.status, 201);
    let next = answer.ok();
    let id = text(&next["id"]);
    assert_eq!((&next["continues_id"], &next["number"]), (&before["id"], &json!(2)));
    assert_eq!(lab.find_task(&work.task).await["status"], "in_progress");
    let after = lab.settled(&id).await;
    assert_eq!(after["state"], "review_ready", "{after:#}");
    for same in ["worktree_path", "branch_name", "base_commit", "session_id", "agent_id", "mode"] {
        let expected = &before[same];
        assert!(!expected.is_null() && after[same] == *expected, "{same}: {} is not {expected}", after[same]);
    }
    assert_eq!((&after["worktree_id"], &after["reviewed_commit"]), (&before["id"], &before["head_commit"]));
    assert_ne!(after["head_commit"], before["head_commit"]);
    let old = lab.find_attempt(&work.attempt).await;
    assert_eq!((&old["state"], &old["worktree_path"]), (&json!("changes_requested"), &Value::Null));
    assert_eq!(old["head_commit"], before["head_commit"], "each attempt keeps what it ended with");
    let told = told(&lab, &id).await;
    let expected = "Nearly.\n\n## Comments on your changes\n\n### `cart.rs`, line 2\n\n```\n    sum()\n```\n\nAnd the \
                    tax?\n\n### `cart.rs`\n\nSay what it does.";
    assert_eq!(told, [expected], "the agent knows its task: nothing else is said");
    check_answers(&lab, &id, &after, &other).await;
}

async fn check_answers(lab: &Lab, attempt: &str, after: &Value, other: &Value) {
    let list = comments(lab, attempt).await;
    let find = |body: &str| list.iter().find(|comment| comment["body"] == body).unwrap().clone();
    let (tax, zero, whole) = (find("And the tax?"), find("Why 0?"), find("Say what it does."));
    // Its line was changed: what it was about is answered.
    assert_eq!((&tax["state"], &tax["answered_commit"]), (&json!("answered"), &after["head_commit"]));
    assert_eq!((&tax["is_outdated"], &tax["current_line"]), (&json!(true), &Value::Null));
    assert_eq!((&tax["sent_attempt_id"], &tax["line"]), (&after["id"], &json!(2)));
    assert_eq!((&whole["state"], &whole["is_outdated"]), (&json!("answered"), &json!(false)));
    // Its line moved down by two.
    assert_eq!((&zero["id"], &zero["state"]), (&other["id"], &json!("draft")));
    assert_eq!(
        (&zero["current_line"], &zero["line"], &zero["is_outdated"]),
        (&json!(8), &json!(6), &json!(false))
    );
}

#[tokio::test]
async fn what_is_approved_after_a_round_is_merged_and_its_worktree_removed() {
    let lab = Lab::started().await;
    let work = reviewed(&lab).await;
    let next = request_changes(&lab, &work.attempt, json!({ "feedback": "More." })).await.ok();
    let id = text(&next["id"]);
    let after = lab.settled(&id).await;
    // The one before is decided: nothing can be done with it any more.
    request_changes(&lab, &work.attempt, json!({ "feedback": "Again." })).await.refused(409, "conflict");
    lab.post(&format!("/api/attempts/{}/discard", work.attempt), json!({})).await.refused(409, "conflict");
    lab.post(&format!("/api/attempts/{id}/approve"), json!({ "action": "merge" })).await.ok();
    let merged = lab.find_attempt(&id).await;
    assert_eq!((&merged["state"], &merged["worktree_path"]), (&json!("merged"), &Value::Null));
    assert!(!fs::exists(text(&after["worktree_path"])).unwrap());
    assert_eq!(lab.git(&["branch", "--list", "ek/*"]), "");
    assert_eq!(lab.git(&["show", "main:cart.rs"]), SECOND.trim_end());
    assert_eq!(lab.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
}

#[tokio::test]
async fn a_conversation_that_is_gone_is_begun_anew_with_the_whole_task() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let script = json!({ "forgets": true, "steps": [write("a.txt", "a\n"), { "say": "Done." }] });
    let agent = agent(&lab, script).await;
    let task = lab.task(&project, "Remember me").await;
    let work = lab.begin_task(&task, &agent).await;
    let before = lab.settled(&work.attempt).await;
    let next = request_changes(&lab, &work.attempt, json!({ "feedback": "More of it." })).await.ok();
    let id = text(&next["id"]);
    let after = lab
        .attempt_when(&id, "an end in another session", |it| {
            it["state"] == "review_ready" && it["session_id"] != before["session_id"]
        })
        .await;
    assert_eq!(after["worktree_path"], before["worktree_path"]);
    let told = told(&lab, &id).await;
    assert!(told.iter().any(|text| text.contains("# Remember me")), "{told:?}");
    assert!(told.last().unwrap().contains("More of it."), "{told:?}");
}

#[tokio::test]
async fn a_killed_server_goes_on_with_the_round() {
    let mut lab = Lab::started().await;
    let work = reviewed(&lab).await;
    let before = lab.find_attempt(&work.attempt).await;
    let next = request_changes(&lab, &work.attempt, json!({ "feedback": "More." })).await.ok();
    lab.restart().await;
    let id = text(&next["id"]);
    let after = lab.settled(&id).await;
    assert_eq!(
        (&after["state"], &after["worktree_path"]),
        (&json!("review_ready"), &before["worktree_path"])
    );
    lab.restart().await;
    assert!(fs::exists(text(&before["worktree_path"])).unwrap(), "no sweep takes it for an orphan");
    assert_eq!(told(&lab, &id).await, ["More."], "once");
}

#[tokio::test]
async fn what_asks_for_nothing_or_for_nothing_there_is_refused() {
    let lab = Lab::started().await;
    let work = reviewed(&lab).await;
    let attempt = work.attempt.as_str();
    let refuse = async |body: Value, field: &str| {
        assert_eq!(request_changes(&lab, attempt, body).await.invalid_field(), field);
    };
    refuse(json!({}), "feedback").await;
    refuse(json!({ "feedback": "  \n" }), "feedback").await;
    refuse(json!({ "comment_ids": [attempt] }), "comment_ids").await;
    refuse(json!({ "comments": [{ "path": "cart.rs", "line": 99, "body": "x" }] }), "line").await;
    let path = format!("/api/attempts/{attempt}/comments");
    for (body, field) in [
        (json!({ "path": "cart.rs", "line": 1, "body": " " }), "body"),
        (json!({ "path": "cart.rs", "line": 0, "body": "x" }), "line"),
        (json!({ "path": "nowhere.rs", "line": 1, "body": "x" }), "path"),
        (json!({ "path": "cart.rs", "line": 1, "side": "old", "body": "x" }), "path"),
        (json!({ "path": "", "body": "x" }), "path"),
    ] {
        assert_eq!(lab.post(&path, body).await.invalid_field(), field);
    }
    assert_eq!(lab.find_attempt(attempt).await["state"], "review_ready");
    assert!(comments(&lab, attempt).await.is_empty(), "what was refused left nothing");
    let project = text(&lab.find_task(&work.task).await["project_id"]);
    let running = lab.begin(&project, json!(["hang"])).await;
    lab.running(&running.attempt).await;
    request_changes(&lab, &running.attempt, json!({ "feedback": "x" })).await.refused(409, "conflict");
}

#[tokio::test]
async fn a_draft_is_changed_deleted_and_sent_alone() {
    let lab = Lab::started().await;
    let work = reviewed(&lab).await;
    let one = comment(&lab, &work.attempt, json!({ "path": "cart.rs", "line": 1, "body": "One" })).await;
    let two =
        comment(&lab, &work.attempt, json!({ "path": "README.md", "side": "old", "line": 1, "body": "Two" }))
            .await;
    let path = |comment: &Value| format!("/api/comments/{}", text(&comment["id"]));
    let changed = lab.patch(&path(&one), json!({ "body": "One, better" })).await.ok();
    assert_eq!(changed["body"], "One, better");
    assert_eq!(lab.delete(&path(&two)).await.status, 204);
    lab.delete(&path(&two)).await.refused(404, "not_found");
    let sent = lab.post(&format!("{}/send", path(&one)), json!({})).await;
    assert_eq!(sent.status, 201, "a round of its own");
    let next = text(&sent.ok()["id"]);
    assert_eq!(told(&lab, &text(&lab.settled(&next).await["id"])).await.len(), 1);
    lab.patch(&path(&one), json!({ "body": "Later" })).await.refused(409, "conflict");
    lab.delete(&path(&one)).await.refused(409, "conflict");
    lab.post(&format!("{}/send", path(&one)), json!({})).await.refused(409, "conflict");
}

#[tokio::test]
async fn a_comment_reaches_the_agent_at_work() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([
        write("a.txt", "one\n"), { "wait_for_file": lab.path("go") }, { "run": "true" }, { "say": "Done." }
    ]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    let body = json!({ "path": "README.md", "line": 1, "side": "old", "body": "Keep this." });
    let draft = comment(&lab, &work.attempt, body).await;
    let sent = lab.post(&format!("/api/comments/{}/send", text(&draft["id"])), json!({})).await;
    assert_eq!((sent.status, &sent.body["id"]), (200, &json!(work.attempt)));
    fs::write(lab.path("go"), "").unwrap();
    lab.settled(&work.attempt).await;
    assert!(told(&lab, &work.attempt).await.iter().any(|text| text.contains("Keep this.")));
    let list = comments(&lab, &work.attempt).await;
    assert_eq!(list[0]["state"], "answered");
    assert_eq!(list[0]["answered_commit"], Value::Null, "no commit changed the file");
}

#[tokio::test]
async fn another_try_starts_from_the_base_with_the_feedback() {
    let lab = Lab::started().await;
    let work = reviewed(&lab).await;
    let before = lab.find_attempt(&work.attempt).await;
    let draft =
        comment(&lab, &work.attempt, json!({ "path": "cart.rs", "line": 2, "body": "Wrong way." })).await;
    let body = json!({ "feedback": "Do it otherwise.", "comment_ids": [draft["id"]] });
    let next = lab.post(&format!("/api/attempts/{}/retry", work.attempt), body).await;
    assert_eq!(next.status, 201);
    let id = text(&next.ok()["id"]);
    let after = lab.settled(&id).await;
    assert_eq!((&after["state"], &after["base_commit"]), (&json!("review_ready"), &before["base_commit"]));
    assert_ne!(after["branch_name"], before["branch_name"]);
    assert_ne!(after["session_id"], before["session_id"]);
    assert_eq!(after["continues_id"], Value::Null);
    let old = lab.attempt_when(&work.attempt, "its worktree's end", |it| it["worktree_path"].is_null()).await;
    assert_eq!(old["state"], "changes_requested");
    let branch = text(&before["branch_name"]);
    assert_eq!(json!(lab.git(&["rev-parse", &branch])), before["head_commit"], "its branch is kept");
    let told = told(&lab, &id).await;
    assert!(told[0].contains("# The total"), "{told:?}");
    for part in ["Do it otherwise.", "`cart.rs`, line 2", "    sum()", "Wrong way.", branch.as_str()] {
        assert!(told.iter().any(|text| text.contains(part)), "{part} is not in {told:?}");
    }
    assert_eq!(comments(&lab, &id).await[0]["state"], "answered");
    lab.post(&format!("/api/attempts/{}/retry", work.attempt), json!({})).await.refused(409, "conflict");
}

#[tokio::test]
async fn another_try_after_a_failure_leaves_the_failed_one_as_it_is() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([write("a.txt", "a\n"), { "exit": 3 }])).await;
    let failed = lab.settled(&work.attempt).await;
    assert_eq!(failed["state"], "failed");
    let next = lab.post(&format!("/api/attempts/{}/retry", work.attempt), json!({})).await.ok();
    let after = lab.settled(&text(&next["id"])).await;
    assert_ne!(after["worktree_path"], failed["worktree_path"]);
    let old = lab.find_attempt(&work.attempt).await;
    assert_eq!((&old["state"], &old["worktree_path"]), (&json!("failed"), &failed["worktree_path"]));
}

#[tokio::test]
async fn a_comment_follows_its_file_to_a_new_name() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let long: String = (0..40).map(|line| format!("line {line}\n")).collect();
    lab.commit_file("old.txt", &long);
    let script = json!({
        "steps": [{ "edit": { "path": "old.txt", "old": "line 20\n", "new": "line twenty\n" } }, { "say": "First." }],
        "resumed": [{ "run": "mkdir sub && git mv old.txt sub/new.txt && sed -i 1d sub/new.txt" }, { "say": "Second." }],
    });
    let agent = agent(&lab, script).await;
    let task = lab.task(&project, "Rename it").await;
    let work = lab.begin_task(&task, &agent).await;
    lab.settled(&work.attempt).await;
    for body in [
        json!({ "path": "old.txt", "line": 21, "body": "on a new line" }),
        json!({ "path": "old.txt", "line": 21, "side": "old", "body": "on what was there" }),
        json!({ "path": "old.txt", "line": 1, "body": "on what goes" }),
        json!({ "path": "old.txt", "body": "on the file" }),
    ] {
        comment(&lab, &work.attempt, body).await;
    }
    let next = request_changes(&lab, &work.attempt, json!({ "feedback": "Rename it." })).await.ok();
    let id = text(&next["id"]);
    assert_eq!(lab.settled(&id).await["state"], "review_ready");
    let list = comments(&lab, &id).await;
    let found: Vec<_> = list
        .iter()
        .map(|it| (text(&it["path"]), it["current_line"].as_i64(), it["is_outdated"] == true))
        .collect();
    let expected = [
        ("sub/new.txt".to_owned(), Some(20), false),
        ("old.txt".to_owned(), Some(21), false),
        ("sub/new.txt".to_owned(), None, true),
        ("sub/new.txt".to_owned(), None, false),
    ];
    assert_eq!(found, expected);
    // The attempt that it was written on still shows it where it was.
    let before = comments(&lab, &work.attempt).await;
    assert_eq!((&before[0]["path"], &before[0]["current_line"]), (&json!("old.txt"), &json!(21)));
}

#[tokio::test]
async fn the_report_tells_what_was_done_and_what_is_open() {
    let lab = Lab::started().await;
    let work = reviewed(&lab).await;
    let criteria =
        json!({ "criteria": [{ "text": "The total has tax" }, { "text": "It compiles", "done": true }] });
    lab.patch(&format!("/api/tasks/{}", work.task), criteria).await.ok();
    comment(&lab, &work.attempt, json!({ "path": "cart.rs", "line": 2, "body": "And the tax?" })).await;
    let attempt = lab.find_attempt(&work.attempt).await;
    fs::write(format!("{}/loose.txt", text(&attempt["worktree_path"])), "loose\n").unwrap();
    let report = lab.get(&format!("/api/attempts/{}/report", work.attempt)).await.ok();
    assert_eq!((&report["summary"], &report["files_changed"]), (&json!("First."), &attempt["files_changed"]));
    assert_eq!(report["commits"].as_array().unwrap().last().unwrap()["id"], attempt["head_commit"]);
    assert!(report["duration_ms"].is_i64(), "{report:#}");
    let open: Vec<_> = report["open_points"].as_array().unwrap().iter().map(text).collect();
    let expected = [
        "Not ticked: The total has tax",
        "A comment was not sent: `cart.rs:2` And the tax?",
        "In the worktree and in no commit: `loose.txt`",
    ];
    assert_eq!(open, expected);
    let markdown = text(&report["markdown"]);
    for part in [
        "The total",
        "First.",
        "## Changes",
        "- [x] It compiles",
        "- [ ] The total has tax",
        "## Open",
        "## Used",
    ] {
        assert!(markdown.contains(part), "{part} is not in {markdown}");
    }
}
