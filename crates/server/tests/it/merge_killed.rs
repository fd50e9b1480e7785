//! The server is killed while it approves and merges. Each attempt is then merged, once, or not at all; main and the
//! board say the same, and what the user has in the checkout stays.

use std::fs;

use futures_util::future::{Either, select};
use serde_json::{Value, json};

use crate::lab::chance::{Chance, kills};
use crate::lab::{Lab, Work, eventually, text};

const TASKS: usize = 8;

/// Whether main has the attempt's work; asserts that it does not have it twice.
fn is_on_main(lab: &Lab, head: &str) -> bool {
    let merges = lab.git(&["log", "--first-parent", "--format=%P", "main"]);
    let count = merges.lines().filter(|parents| parents.split(' ').nth(1) == Some(head)).count();
    assert!(count < 2, "merged {count} times");
    count == 1
}

/// Asks for what comes next for this attempt: approve and merge, or merge what was approved before the kill.
async fn ask(lab: &Lab, work: &Work) {
    let status = text(&lab.find_task(&work.task).await["status"]);
    let (verb, body) =
        if status == "done" { ("merge", json!({})) } else { ("approve", json!({ "merge": true })) };
    let path = format!("/api/tasks/{}/{verb}", work.task);
    // Answered, or cut off by the kill; what came of it is looked at afterwards.
    drop(lab.try_call(reqwest::Method::POST, &path, Some(&body)).await);
}

/// Waits until board and repository agree on an attempt, and says whether it is merged.
async fn settle(lab: &Lab, work: &Work, head: &str) -> bool {
    let (attempt, is_merged): (Value, bool) = eventually("board and main agree", || async {
        let attempt = lab.find_attempt(&work.attempt).await;
        let is_merged = is_on_main(lab, head);
        let state = if is_merged { "merged" } else { "review_ready" };
        (attempt["state"] == state).then_some((attempt, is_merged))
    })
    .await;
    if is_merged {
        assert_eq!(
            attempt["merge_commit"].as_str().map(|commit| lab.git(&["rev-parse", &format!("{commit}^2")])),
            Some(head.to_owned())
        );
    }
    is_merged
}

fn check_checkout(lab: &Lab) {
    assert_eq!(fs::read_to_string(lab.repository().join("mine.txt")).unwrap(), "not saved\n");
    assert_eq!(fs::read_to_string(lab.repository().join("untracked.txt")).unwrap(), "mine\n");
    assert_eq!(lab.git(&["diff", "--name-only", "HEAD"]), "mine.txt");
}

#[tokio::test]
async fn killed_while_it_merges_it_has_merged_once_or_not_at_all() {
    let mut chance = Chance::new("merges");
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    lab.commit_file("mine.txt", "saved\n");
    fs::write(lab.repository().join("mine.txt"), "not saved\n").unwrap();
    fs::write(lab.repository().join("untracked.txt"), "mine\n").unwrap();
    let (mut kill_count, mut merged_count, mut round) = (0, 0, 0);
    while kill_count < kills(20) {
        let steps = json!([{ "write": { "path": format!("work-{round}/a.txt"), "content": "a\n" } }]);
        let work = lab.complete(&project, steps).await;
        let head = text(&lab.find_attempt(&work.attempt).await["head_commit"]);
        // Each work is killed at a few times, then merged in peace.
        for _ in 0..TASKS {
            let moment = chance.moment(0, 120);
            let is_cut =
                matches!(select(Box::pin(ask(&lab, &work)), Box::pin(moment)).await, Either::Right(_));
            if is_cut {
                lab.restart().await;
                kill_count += 1;
            }
            if settle(&lab, &work, &head).await {
                break;
            }
        }
        if !is_on_main(&lab, &head) {
            ask(&lab, &work).await;
        }
        assert!(settle(&lab, &work, &head).await, "never merged");
        merged_count += 1;
        round += 1;
        check_checkout(&lab);
        assert!(lab.repository().join(format!("work-{}/a.txt", round - 1)).exists());
    }
    println!("merges: killed {kill_count} times in {merged_count} merges");
    let count = lab.git(&["rev-list", "--count", "--merges", "--first-parent", "main"]);
    assert_eq!(count, merged_count.to_string());
    lab.git(&["fsck", "--connectivity-only"]);
    eventually("no lock is left", || async {
        let locks = fs::read_dir(lab.repository().join(".git")).unwrap().flatten();
        (!locks.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".lock"))).then_some(())
    })
    .await;
}
