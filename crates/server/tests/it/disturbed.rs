//! What the board works on changes under it: branches, worktrees, the repository, locks. It says so, and nothing is
//! lost.

use std::fs;
use std::path::PathBuf;

use futures_util::future::select;
use serde_json::json;

use crate::lab::chance::Chance;
use crate::lab::{Answer, Lab, Work, text};

async fn merge(lab: &Lab, work: &Work) -> Answer {
    lab.post(&format!("/api/tasks/{}/approve", work.task), json!({ "merge": true })).await
}

async fn written(lab: &Lab) -> Work {
    let project = lab.project().await;
    lab.complete(&project, json!([{ "write": { "path": "new.txt", "content": "new\n" } }])).await
}

async fn worktree(lab: &Lab, work: &Work) -> PathBuf {
    text(&lab.find_attempt(&work.attempt).await["worktree_path"]).into()
}

/// Row 61.
#[tokio::test]
async fn a_commit_that_nobody_reviewed_is_not_merged() {
    let lab = Lab::started().await;
    let work = written(&lab).await;
    let path = worktree(&lab, &work).await;
    fs::write(path.join("late.txt"), "late\n").unwrap();
    lab.git_in(&path, &["add", "."]);
    lab.git_in(&path, &["commit", "-q", "-m", "Late"]);
    let late = lab.git_in(&path, &["rev-parse", "HEAD"]);
    let answer = merge(&lab, &work).await;
    assert!(text(&answer.refused(409, "merge_refused")["message"]).contains(&late), "{answer:?}");
    assert_eq!(lab.git(&["rev-list", "--count", "main"]), "1");
}

#[tokio::test]
async fn a_worktree_that_is_gone_does_not_stop_a_merge() {
    let lab = Lab::started().await;
    let work = written(&lab).await;
    fs::remove_dir_all(worktree(&lab, &work).await).unwrap();
    lab.get(&format!("/api/attempts/{}/diff", work.attempt)).await.ok();
    assert_eq!(merge(&lab, &work).await.ok()["last_attempt"]["state"], "merged");
    assert_eq!(lab.git(&["show", "main:new.txt"]), "new");
}

#[tokio::test]
async fn work_that_vanished_under_its_agent_is_a_failure() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([{ "write": { "path": "a", "content": "b" } }, { "wait_for_file": lab.path("go") }]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    fs::remove_dir_all(worktree(&lab, &work).await).unwrap();
    fs::write(lab.path("go"), "").unwrap();
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!((&attempt["state"], &attempt["error"]["code"]), (&json!("failed"), &json!("finish_failed")));
    let agent = lab.agent(json!([{ "say": "again" }])).await;
    let again = lab.begin_task(&work.task, &agent).await;
    assert_eq!(lab.settled(&again.attempt).await["state"], "review_ready");
}

#[tokio::test]
async fn a_repository_that_moved_away_is_told_and_comes_back() {
    let mut lab = Lab::started().await;
    let work = written(&lab).await;
    fs::rename(lab.repository(), lab.path("away")).unwrap();
    for is_new_server in [false, true] {
        if is_new_server {
            lab.restart().await;
        }
        let refused =
            [merge(&lab, &work).await, lab.get(&format!("/api/attempts/{}/diff", work.attempt)).await];
        for answer in refused {
            let words = text(&answer.refused(422, "validation_failed")["message"]);
            assert!(words.contains("repository"), "{words}");
        }
    }
    let project = text(&lab.find_task(&work.task).await["project_id"]);
    let task = lab.task(&project, "Meanwhile").await;
    let meanwhile = lab.begin_task(&task, &lab.agent(json!([])).await).await;
    assert_eq!(lab.settled(&meanwhile.attempt).await["error"]["code"], "worktree_failed");
    fs::rename(lab.path("away"), lab.repository()).unwrap();
    assert_eq!(merge(&lab, &work).await.ok()["last_attempt"]["state"], "merged");
}

#[tokio::test]
async fn a_lock_of_the_users_git_is_respected() {
    let lab = Lab::started().await;
    let work = written(&lab).await;
    let lock = lab.repository().join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    merge(&lab, &work).await.refused(409, "merge_refused");
    assert!(lock.exists());
    assert_eq!(lab.git(&["rev-list", "--count", "main"]), "1");
    fs::remove_file(lock).unwrap();
    merge(&lab, &work).await.ok();
}

/// A cancel that was heard before the server died is carried out by the next one.
#[tokio::test]
async fn a_cancel_survives_the_server() {
    let mut chance = Chance::new("cancel");
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    for _ in 0..6 {
        let work = lab.begin(&project, json!(["ignore_sigterm", "hang"])).await;
        lab.running(&work.attempt).await;
        let run = lab.run_of(&work.attempt).await;
        let path = format!("/api/tasks/{}/cancel", work.task);
        let (cancel, moment) = (lab.post(&path, json!({})), chance.moment(0, 60));
        drop(select(Box::pin(cancel), Box::pin(moment)).await);
        lab.restart().await;
        let attempt = lab.find_attempt(&work.attempt).await;
        if attempt["activity"]["verb"] != "stopping" {
            // It was not heard, or is done.
            lab.post(&path, json!({})).await;
        }
        assert_eq!(lab.settled(&work.attempt).await["state"], "cancelled");
        assert_eq!(run.tree(), Vec::<i32>::new());
    }
}
