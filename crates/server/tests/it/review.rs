//! From the start of an attempt to the merge, and every other way out of Review.

use std::fs;
use std::time::Instant;

use serde_json::{Value, json};

use crate::lab::{Lab, Work, eventually, items, text};

async fn approve(lab: &Lab, work: &Work, request: Value) -> crate::lab::Answer {
    lab.post(&format!("/api/tasks/{}/approve", work.task), request).await
}

async fn merge(lab: &Lab, work: &Work) -> crate::lab::Answer {
    lab.post(&format!("/api/tasks/{}/merge", work.task), json!({})).await
}

fn write(path: &str, content: &str) -> Value {
    json!({ "write": { "path": path, "content": content } })
}

#[tokio::test]
async fn a_task_goes_from_the_queue_to_main() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("hello.txt", "hello\n"), { "say": "Done." }])).await;
    let task = lab.find_task(&work.task).await;
    assert_eq!((&task["status"], &task["last_outcome"]), (&json!("review"), &json!("ok")));
    let attempt = lab.find_attempt(&work.attempt).await;
    assert_eq!((&attempt["summary"], &attempt["files_changed"]), (&json!("Done."), &json!(1)));
    let head = text(&attempt["head_commit"]);
    let diff = lab.get(&format!("/api/attempts/{}/diff", work.attempt)).await.ok();
    assert_eq!((&diff["base"], &diff["head"]), (&attempt["base_commit"], &attempt["head_commit"]));
    let file = &diff["files"][0];
    assert_eq!(
        (&file["path"], &file["status"], &file["additions"]),
        (&json!("hello.txt"), &json!("added"), &json!(1))
    );
    let path = format!("/api/attempts/{}/diff/file?path=hello.txt", work.attempt);
    assert_eq!(lab.get(&path).await.ok()["hunks"][0]["lines"][0]["text"], "hello");
    lab.get(&format!("/api/attempts/{}/diff/file?path=../x", work.attempt)).await.refused(404, "not_found");
    merge(&lab, &work).await.refused(409, "conflict");
    approve(&lab, &work, json!({ "head": "0".repeat(40) })).await.refused(409, "conflict");
    let approved = approve(&lab, &work, json!({ "head": head })).await.ok();
    assert_eq!(
        (&approved["status"], &approved["last_attempt"]["state"]),
        (&json!("done"), &json!("review_ready"))
    );
    assert!(!lab.repository().join("hello.txt").exists(), "approved is not merged");
    approve(&lab, &work, json!({})).await.refused(409, "conflict");
    let merged = merge(&lab, &work).await.ok();
    assert_eq!(merged["commit"], lab.git(&["rev-parse", "main"]));
    assert_eq!(fs::read_to_string(lab.repository().join("hello.txt")).unwrap(), "hello\n");
    assert_eq!(lab.git(&["rev-parse", "main^2"]), head);
    merge(&lab, &work).await.refused(409, "conflict");
    let attempt = lab.find_attempt(&work.attempt).await;
    assert_eq!((&attempt["state"], &attempt["worktree_path"]), (&json!("merged"), &Value::Null));
    assert_eq!(lab.git(&["branch", "--list", "ek/*"]), "");
    let diff = lab.get(&format!("/api/attempts/{}/diff", work.attempt)).await.ok();
    assert_eq!(diff["files"][0]["path"], "hello.txt", "also after the merge");
    check_story(&lab, &work).await;
}

/// The log tells each state once, in order.
async fn check_story(lab: &Lab, work: &Work) {
    let events = lab.events(&work.attempt).await;
    let states = events.iter().filter(|event| event["kind"] == "STATUS");
    let states: Vec<_> = states.map(|event| text(&event["payload"]["to"])).collect();
    assert_eq!(states, ["queued", "preparing", "running", "review_ready", "merged"]);
}

#[tokio::test]
async fn approve_and_merge_in_one_step_leaves_the_dirty_checkout_alone() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    lab.commit_file("mine.txt", "committed\n");
    let work = lab.complete(&project, json!([write("theirs.txt", "new\n")])).await;
    fs::write(lab.repository().join("mine.txt"), "in the middle of something\n").unwrap();
    fs::write(lab.repository().join("untracked.txt"), "mine\n").unwrap();
    // Somebody goes on with main meanwhile.
    fs::write(lab.repository().join("README.md"), "# Changed\n").unwrap();
    lab.git(&["commit", "-q", "-m", "Meanwhile", "README.md"]);
    let task = approve(&lab, &work, json!({ "merge": true })).await.ok();
    assert_eq!((&task["status"], &task["last_attempt"]["state"]), (&json!("done"), &json!("merged")));
    assert_eq!(lab.git(&["status", "--porcelain"]), " M mine.txt\n?? untracked.txt");
    assert_eq!(
        fs::read_to_string(lab.repository().join("mine.txt")).unwrap(),
        "in the middle of something\n"
    );
    assert_eq!(lab.git(&["show", "main:README.md"]), "# Changed");
    assert_eq!(lab.git(&["show", "main:theirs.txt"]), "new");
}

#[tokio::test]
async fn a_conflict_names_the_files_and_changes_nothing() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("README.md", "# Theirs\n"), write("other", "x\n")])).await;
    lab.commit_file("README.md", "# Ours\n");
    let picture = || {
        let index = fs::read(lab.repository().join(".git/index")).unwrap();
        let files = fs::read(lab.repository().join("README.md")).unwrap();
        (
            lab.git(&["rev-parse", "HEAD"]),
            lab.git(&["for-each-ref"]),
            index,
            files,
            lab.git(&["status", "--porcelain"]),
        )
    };
    let before = picture();
    let answer = approve(&lab, &work, json!({ "merge": true })).await;
    let files = answer.refused(409, "merge_conflict")["details"]["files"].as_array().unwrap();
    assert_eq!(files.iter().map(|file| text(&file["path"])).collect::<Vec<_>>(), ["README.md"]);
    assert_eq!(picture(), before);
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "review_ready");
    assert_eq!(
        lab.find_task(&work.task).await["status"],
        "review",
        "what could not be merged is not approved"
    );
    approve(&lab, &work, json!({})).await.ok();
    merge(&lab, &work).await.refused(409, "merge_conflict");
    // The way out: main moves, and then it merges.
    lab.commit_file("README.md", "# A repository\n");
    merge(&lab, &work).await.ok();
    assert_eq!(lab.git(&["show", "main:README.md"]), "# Theirs");
}

#[tokio::test]
async fn files_of_the_user_in_the_way_refuse_a_merge() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work =
        lab.complete(&project, json!([write("README.md", "# Theirs\n"), write("new.txt", "new\n")])).await;
    fs::write(lab.repository().join("README.md"), "# Mine, not saved\n").unwrap();
    approve(&lab, &work, json!({ "merge": true })).await.refused(409, "merge_refused");
    assert_eq!(fs::read_to_string(lab.repository().join("README.md")).unwrap(), "# Mine, not saved\n");
    lab.git(&["checkout", "-q", "README.md"]);
    fs::write(lab.repository().join("new.txt"), "mine\n").unwrap();
    approve(&lab, &work, json!({ "merge": true })).await.refused(409, "merge_refused");
    assert_eq!(fs::read_to_string(lab.repository().join("new.txt")).unwrap(), "mine\n");
    fs::remove_file(lab.repository().join("new.txt")).unwrap();
    approve(&lab, &work, json!({ "merge": true })).await.ok();
}

/// Row 64.
#[tokio::test]
async fn many_merges_at_once_all_get_through() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let mut works = Vec::new();
    for number in 0..5 {
        let steps = json!([write(&format!("file-{number}"), "x\n")]);
        works.push(lab.complete(&project, steps).await);
    }
    let merges = works.iter().map(|work| approve(&lab, work, json!({ "merge": true })));
    for answer in futures_util::future::join_all(merges).await {
        assert_eq!(answer.ok()["last_attempt"]["state"], "merged");
    }
    assert_eq!(lab.git(&["rev-list", "--count", "--first-parent", "main"]), "6");
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
}

/// Row 62: of the same decision taken twice at once, one counts.
#[tokio::test]
async fn one_of_two_approvals_counts() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("a", "b")])).await;
    let (one, other) = futures_util::future::join(
        approve(&lab, &work, json!({ "merge": true })),
        approve(&lab, &work, json!({ "merge": true })),
    )
    .await;
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{one:?} {other:?}");
    assert_eq!(lab.git(&["rev-list", "--count", "--first-parent", "main"]), "2");
}

#[tokio::test]
async fn feedback_reaches_the_next_attempt() {
    let lab = Lab::started().await;
    let project = lab.project_with(json!({ "notes": "Use tabs." })).await;
    let work = lab.complete(&project, json!(["echo"])).await;
    let address = format!("/api/tasks/{}/reject", work.task);
    assert_eq!(lab.post(&address, json!({ "feedback": " " })).await.invalid_field(), "feedback");
    let task = lab.post(&address, json!({ "feedback": "Keep the currency." })).await.ok();
    assert_eq!((&task["status"], &task["feedback"]), (&json!("todo"), &json!("Keep the currency.")));
    lab.post(&address, json!({ "feedback": "again" })).await.refused(409, "conflict");
    let agent = lab.agent(json!(["echo"])).await;
    let again = lab.begin_task(&work.task, &agent).await;
    assert_eq!(lab.settled(&again.attempt).await["state"], "review_ready");
    let heard = lab.said(&again.attempt).await.concat();
    assert!(heard.contains("Keep the currency.") && heard.contains("Use tabs."), "{heard}");
    assert!(heard.contains(&text(&task["title"])), "{heard}");
    assert!(!lab.said(&work.attempt).await.concat().contains("currency"));
    lab.patch(&format!("/api/tasks/{}", work.task), json!({ "agent_id": agent })).await.ok();
    let task = lab.post(&address, json!({ "feedback": "Once more.", "restart": true })).await.ok();
    assert_eq!((&task["status"], &task["live_attempt"]["number"]), (&json!("in_progress"), &json!(3)));
    let third = text(&task["live_attempt"]["id"]);
    lab.settled(&third).await;
    assert!(lab.said(&third).await.concat().contains("Once more."));
    let attempts = lab.get(&format!("/api/tasks/{}/attempts", work.task)).await.ok();
    let numbers: Vec<_> =
        items(&attempts).iter().map(|attempt| attempt["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [3, 2, 1]);
}

#[tokio::test]
async fn what_was_discarded_can_be_had_back() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("precious.txt", "precious\n")])).await;
    let head = text(&lab.find_attempt(&work.attempt).await["head_commit"]);
    let address = format!("/api/attempts/{}/discard", work.attempt);
    let attempt = lab.post(&address, json!({})).await.ok();
    assert_eq!((&attempt["state"], &attempt["worktree_path"]), (&json!("discarded"), &Value::Null));
    assert_eq!(lab.find_task(&work.task).await["status"], "todo");
    assert_eq!(lab.git(&["branch", "--list", "ek/*"]), "");
    assert_ne!(lab.git(&["for-each-ref", "--contains", &head, "refs/eval-kanban"]), "");
    lab.post(&address, json!({})).await.refused(409, "conflict");
    merge(&lab, &work).await.refused(409, "conflict");
}

#[tokio::test]
async fn a_cancelled_agent_is_gone_with_everything_it_started() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([
        write("begun.txt", "half\n"),
        { "detach": { "seconds": 600, "pid_file": lab.path("one"), "is_stubborn": true } },
        { "detach": { "seconds": 600, "pid_file": lab.path("two") } },
        "ignore_sigterm",
        "hang",
    ]);
    let work = lab.begin(&project, steps).await;
    let run = lab.run_of(&work.attempt).await;
    eventually("everything it starts", || async {
        let pids = ["one", "two"].map(|name| fs::read_to_string(lab.path(name)).unwrap_or_default());
        pids.iter().all(|pid| !pid.trim().is_empty()).then_some(())
    })
    .await;
    let began = Instant::now();
    let attempt = lab.post(&format!("/api/attempts/{}/cancel", work.attempt), json!({})).await.ok();
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    assert_eq!(attempt["state"], "cancelled", "{attempt:#}");
    assert_eq!(run.tree(), Vec::<i32>::new());
    let task = lab.find_task(&work.task).await;
    assert_eq!((&task["status"], &task["last_outcome"]), (&json!("todo"), &json!("cancelled")));
    let head = text(&attempt["head_commit"]);
    assert_eq!(lab.git(&["show", &format!("{head}:begun.txt")]), "half", "its work is kept");
    lab.post(&format!("/api/attempts/{}/cancel", work.attempt), json!({})).await.refused(409, "conflict");
}

/// However early the cancel comes.
#[tokio::test]
async fn a_cancel_while_the_attempt_is_prepared_is_heeded() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let agent = lab.agent(json!(["hang"])).await;
    let mut chance = crate::lab::chance::Chance::new("early cancel");
    for number in 0..12 {
        let task = lab.task(&project, &format!("Early {number}")).await;
        let work = lab.begin_task(&task, &agent).await;
        chance.moment(0, 120).await;
        lab.post(&format!("/api/tasks/{task}/cancel"), json!({})).await.ok();
        let attempt = lab.settled(&work.attempt).await;
        assert_eq!(attempt["state"], "cancelled", "{attempt:#}");
        assert_eq!(lab.find_task(&task).await["status"], "todo");
    }
    eventually("the end of all agents", || async { (lab.mark().bearers().len() <= 1).then_some(()) }).await;
    lab.restart().await;
    lab.complete(&project, json!([])).await;
    assert!(!lab.log().contains("cannot be followed"), "{}", lab.log());
}

#[tokio::test]
async fn failures_are_told_as_such() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let cases = [
        (
            json!([write("kept.txt", "kept\n"), { "fail": { "message": "No credit left." } }]),
            "agent_error",
            "No credit left.",
        ),
        (json!([{ "exit": 0 }]), "no_result", "code 0"),
        (json!([{ "stderr": "panic: out of luck" }, { "exit": 9 }]), "no_result", "out of luck"),
        (json!([{ "nonsense": 1 }]), "no_result", "script is not valid"),
    ];
    for (steps, code, words) in cases {
        let work = lab.begin(&project, steps.clone()).await;
        let attempt = lab.settled(&work.attempt).await;
        assert_eq!(
            (&attempt["state"], &attempt["error"]["code"]),
            (&json!("failed"), &json!(code)),
            "{attempt:#}"
        );
        assert!(text(&attempt["error"]["message"]).contains(words), "{attempt:#}");
        let task = lab.find_task(&work.task).await;
        assert_eq!((&task["status"], &task["last_outcome"]), (&json!("review"), &json!("failed")), "{steps}");
        approve(&lab, &work, json!({})).await.refused(409, "conflict");
    }
    let missing = json!({ "name": "none", "adapter": "scripted", "command": "/nowhere/agent" });
    let agent = text(&lab.post("/api/agents", missing).await.ok()["id"]);
    let task = lab.task(&project, "No agent").await;
    let work = lab.begin_task(&task, &agent).await;
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["error"]["code"], "start_failed", "{attempt:#}");
    assert!(text(&attempt["error"]["message"]).contains("/nowhere/agent"), "{attempt:#}");
}
