//! A server that was killed while something was done with an attempt's work: the next one finds out what came of it, and
//! takes nothing for a merge that was none.

use std::path::Path;
use std::sync::Arc;

use db::{Change, Committed, Durability, Observer, Store, WriteTx};
use domain::AttemptId;
use serde_json::json;
use uuid::Uuid;

use crate::lab::{Lab, Work, eventually, text};

struct Nobody;

impl Observer for Nobody {
    fn committed(&self, _: Committed) {}
}

/// Stores in a dead server's database what it would have stored before it began.
async fn begin(lab: &Lab, work: &Work, change: Change) {
    let store = Store::open(&lab.home().join("eval-kanban.db"), Arc::new(Nobody)).await.unwrap();
    let id = AttemptId::from(Uuid::parse_str(&work.attempt).unwrap());
    let stored = store.write::<(), db::Error, _>(Durability::Full, move |tx: &mut WriteTx| {
        Box::pin(async move { db::begin_change(tx, id, change).await })
    });
    stored.await.unwrap();
    store.close().await;
}

/// Whether the attempt may be worked on again: it refuses with other words while something is being done with it.
async fn is_free(lab: &Lab, work: &Work) {
    eventually("what was left is settled", || async {
        let path = format!("/api/attempts/{}/checkpoints/0/restore", work.attempt);
        (lab.post(&path, json!({})).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn work_that_changed_nothing_is_merged_only_by_a_merge() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([{ "say": "Nothing to do." }])).await;
    for change in [Change::PullRequest, Change::GoBack, Change::Restore] {
        lab.kill();
        begin(&lab, &work, change).await;
        lab.start().await;
        is_free(&lab, &work).await;
        assert_eq!(lab.find_attempt(&work.attempt).await["state"], "review_ready", "{change:?}");
    }
}

#[tokio::test]
async fn going_back_that_was_cut_off_is_where_the_branch_is() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([{ "write": { "path": "a.txt", "content": "1\n" } }]);
    let work = lab.complete(&project, steps).await;
    let before = lab.find_attempt(&work.attempt).await;
    let folder = text(&before["worktree_path"]);
    lab.kill();
    begin(&lab, &work, Change::GoBack).await;
    lab.git_in(Path::new(&folder), &["rm", "-q", "a.txt"]);
    lab.git_in(Path::new(&folder), &["commit", "-q", "-m", "Go back to checkpoint 0"]);
    let head = lab.git(&["rev-parse", &text(&before["branch_name"])]);
    lab.start().await;
    let after = lab.attempt_when(&work.attempt, "its head", |it| it["head_commit"] == head.as_str()).await;
    assert_eq!((&after["files_changed"], &after["state"]), (&json!(0), &json!("review_ready")));
    assert_eq!(text(&after["head_tree"]), lab.git(&["rev-parse", &format!("{head}^{{tree}}")]));
    is_free(&lab, &work).await;
}

#[tokio::test]
async fn a_removal_that_was_cut_off_is_finished() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let steps =
        json!([{ "write": { "path": "a.txt", "content": "1\n" } }, { "fail": { "message": "Broken." } }]);
    let work = lab.begin(&project, steps).await;
    let folder = text(&lab.settled(&work.attempt).await["worktree_path"]);
    lab.kill();
    begin(&lab, &work, Change::Removal).await;
    lab.start().await;
    lab.attempt_when(&work.attempt, "its worktree's end", |it| it["worktree_path"].is_null()).await;
    assert!(!Path::new(&folder).exists());
}
