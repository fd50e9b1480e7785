//! The scheduler, and repositories that are not as usual.

use std::fs;

use serde_json::{Value, json};

use crate::lab::{Lab, Work, eventually, items, text};

/// Tasks of an agent that waits until its own file is there.
async fn waiting(lab: &Lab, project: &str, name: &str, fields: Value) -> Work {
    let agent = lab.agent(json!([{ "wait_for_file": lab.path(name) }])).await;
    let mut request = json!({ "project_id": project, "title": name, "agent_id": agent });
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let task = text(&lab.post("/api/tasks", request).await.ok()["id"]);
    lab.begin_task(&task, &agent).await
}

async fn states(lab: &Lab, works: &[Work]) -> Vec<String> {
    let mut states = Vec::new();
    for work in works {
        states.push(text(&lab.find_attempt(&work.attempt).await["state"]));
    }
    states
}

/// Waits until exactly these run.
async fn only_running(lab: &Lab, works: &[Work], expected: &[usize]) {
    eventually("the right ones at work", || async {
        let states = states(lab, works).await;
        let running: Vec<_> = (0..works.len()).filter(|index| states[*index] == "running").collect();
        let is_quiet = !states.iter().any(|state| state == "preparing");
        (is_quiet && running == expected).then_some(())
    })
    .await;
}

fn release(lab: &Lab, name: &str) {
    fs::write(lab.path(name), "").unwrap();
}

#[tokio::test]
async fn the_most_urgent_goes_first_then_the_oldest() {
    let lab = Lab::started().await;
    let project = lab.project_with(json!({ "max_parallel": 1 })).await;
    let mut works = vec![waiting(&lab, &project, "first", json!({})).await];
    lab.running(&works[0].attempt).await;
    for (name, priority) in
        [("low", json!("low")), ("old", json!(null)), ("new", json!("medium")), ("urgent", json!("urgent"))]
    {
        works.push(waiting(&lab, &project, name, json!({ "priority": priority })).await);
    }
    only_running(&lab, &works, &[0]).await;
    for (name, next) in [("first", 4), ("urgent", 2), ("old", 3), ("new", 1)] {
        release(&lab, name);
        only_running(&lab, &works, &[next]).await;
    }
    assert_eq!(lab.post(&format!("/api/tasks/{}/cancel", works[1].task), json!({})).await.status, 200);
}

#[tokio::test]
async fn so_many_at_once_in_a_project_and_so_many_in_all() {
    let lab = Lab::started().await;
    let project = lab.project_with(json!({ "max_parallel": 2 })).await;
    lab.make_repository(&lab.path("second"));
    let second = json!({ "path": lab.path("second"), "settings": { "max_parallel": 3 } });
    let second = text(&lab.post("/api/projects", second).await.ok()["id"]);
    lab.allow_parallel(3).await;
    let mut works = Vec::new();
    for number in 0..3 {
        works.push(waiting(&lab, &project, &format!("a{number}"), json!({})).await);
    }
    for number in 0..3 {
        works.push(waiting(&lab, &second, &format!("b{number}"), json!({})).await);
    }
    only_running(&lab, &works, &[0, 1, 3]).await;
    lab.allow_parallel(4).await;
    only_running(&lab, &works, &[0, 1, 3, 4]).await;
    lab.patch(&format!("/api/projects/{project}"), json!({ "settings": { "max_parallel": 1 } })).await.ok();
    release(&lab, "a0");
    only_running(&lab, &works, &[1, 3, 4, 5]).await;
    release(&lab, "a1");
    only_running(&lab, &works, &[2, 3, 4, 5]).await;
}

#[tokio::test]
async fn a_task_waits_for_those_that_block_it() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let blocker = lab.task(&project, "Blocker").await;
    let works = [
        waiting(&lab, &project, "blocked", json!({ "blocked_by": [blocker] })).await,
        waiting(&lab, &project, "free", json!({})).await,
    ];
    only_running(&lab, &works, &[1]).await;
    assert_eq!(states(&lab, &works[..1]).await, ["queued"]);
    lab.post(&format!("/api/tasks/{blocker}/move"), json!({ "status": "done" })).await.ok();
    only_running(&lab, &works, &[0, 1]).await;
}

#[tokio::test]
async fn a_project_that_runs_by_itself_takes_its_tasks() {
    let lab = Lab::started().await;
    let agent = lab.agent(json!([{ "write": { "path": "a", "content": "b" } }])).await;
    let project =
        lab.project_with(json!({ "auto_run": true, "default_agent_id": agent, "max_parallel": 1 })).await;
    for number in 0..3 {
        lab.task(&project, &format!("By itself {number}")).await;
    }
    eventually("all of them in Review", || async {
        let list = lab.get(&format!("/api/projects/{project}/tasks?status=review")).await.ok();
        (items(&list).len() == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_repository_without_commits_says_what_is_missing() {
    let lab = Lab::started().await;
    let path = lab.path("empty");
    fs::create_dir(&path).unwrap();
    lab.git_in(&path, &["init", "-q", "-b", "main"]);
    let project = text(&lab.post("/api/projects", json!({ "path": path })).await.ok()["id"]);
    let work = lab.begin(&project, json!([])).await;
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["error"]["code"], "worktree_failed", "{attempt:#}");
    assert!(text(&attempt["error"]["message"]).contains("commit"), "{attempt:#}");
    assert_eq!(lab.find_task(&work.task).await["status"], "review");
}

#[tokio::test]
async fn odd_repositories_work() {
    let lab = Lab::started().await;
    let path = lab.path("größe und мир ' \" $x");
    lab.make_repository(&path);
    lab.git_in(&path, &["branch", "ek/add-a-file"]);
    let project = text(&lab.post("/api/projects", json!({ "path": path })).await.ok()["id"]);
    // From now on on no branch.
    lab.git_in(&path, &["checkout", "-q", "--detach"]);
    let agent = lab.agent(json!([{ "write": { "path": "ünter/a b.txt", "content": "x\n" } }])).await;
    let task = lab.task(&project, "Add a file").await;
    let work = lab.begin_task(&task, &agent).await;
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(
        (&attempt["state"], &attempt["branch_name"]),
        (&json!("review_ready"), &json!("ek/add-a-file-2")),
        "{attempt:#}"
    );
    let file =
        lab.get(&format!("/api/attempts/{}/diff/file?path=%C3%BCnter/a%20b.txt", work.attempt)).await.ok();
    assert_eq!(file["hunks"][0]["lines"][0]["text"], "x");
    let merged = lab.post(&format!("/api/tasks/{task}/approve"), json!({ "merge": true })).await.ok();
    assert_eq!(merged["last_attempt"]["state"], "merged");
    assert_eq!(lab.git_in(&path, &["show", "main:ünter/a b.txt"]), "x");
    assert!(!path.join("ünter").exists(), "a checkout on no branch is left alone");
}

#[tokio::test]
async fn a_start_from_another_branch_merges_there() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    lab.git(&["branch", "next"]);
    let agent = lab.agent(json!([{ "write": { "path": "a", "content": "b\n" } }])).await;
    let task = lab.task(&project, "Elsewhere").await;
    let start = json!({ "agent_id": agent, "base": "next", "mode": "plan" });
    let attempt = lab.post(&format!("/api/tasks/{task}/start"), start).await.ok();
    assert_eq!(
        (&attempt["state"], &attempt["mode"], &attempt["base_branch"]),
        (&json!("queued"), &json!("plan"), &json!("next"))
    );
    lab.settled(&text(&attempt["id"])).await;
    lab.post(&format!("/api/tasks/{task}/approve"), json!({ "merge": true })).await.ok();
    assert_eq!(lab.git(&["show", "next:a"]), "b");
    assert_eq!(lab.git(&["rev-list", "--count", "main"]), "1");
    let other = lab.task(&project, "Nowhere").await;
    let start = json!({ "agent_id": agent, "base": "nowhere" });
    let answer = lab.post(&format!("/api/tasks/{other}/start"), start).await;
    let attempt = lab.settled(&text(&answer.ok()["id"])).await;
    assert_eq!(attempt["error"]["code"], "worktree_failed", "{attempt:#}");
    assert!(text(&attempt["error"]["message"]).contains("nowhere"), "{attempt:#}");
}
