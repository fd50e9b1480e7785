//! The server is killed while it approves and merges. Each attempt is then merged, once, or not at all; main and the
//! board say the same, and what the user has in the checkout stays.

use std::cell::Cell;
use std::fs;

use futures_util::future::{Either, select};
use serde_json::{Value, json};

use crate::lab::chance::{Chance, kills};
use crate::lab::{Answer, Lab, Work, eventually, text};

/// Kills over one merge at most, so that there are several merges.
const CUTS_MAX: usize = 8;

/// Whether main has the attempt's work; asserts that it does not have it twice.
fn is_on_main(lab: &Lab, head: &str) -> bool {
    let merges = lab.git(&["log", "--first-parent", "--format=%P", "main"]);
    let count = merges.lines().filter(|parents| parents.split(' ').nth(1) == Some(head)).count();
    assert!(count < 2, "merged {count} times");
    count == 1
}

/// Asks for what comes next for this attempt: approve and merge, or merge what was approved before the kill. Nothing is
/// answered where the server died meanwhile; what came of it is looked at afterwards.
async fn ask(lab: &Lab, work: &Work) -> Option<Answer> {
    let status = text(&lab.find_task(&work.task).await["status"]);
    let (verb, body) =
        if status == "done" { ("merge", json!({})) } else { ("approve", json!({ "merge": true })) };
    let path = format!("/api/tasks/{}/{verb}", work.task);
    lab.try_call(reqwest::Method::POST, &path, Some(&body)).await.ok()
}

/// Merges in peace. What the killed servers were at may still be in the way, for a moment, and is said to be.
async fn merge_in_peace(lab: &Lab, work: &Work, head: &str) {
    let refusal_count = Cell::new(0);
    eventually("a merge in peace", || async {
        if settle(lab, work, head).await {
            return Some(());
        }
        let answer = ask(lab, work).await.unwrap();
        if answer.status != 200 {
            let message = text(&answer.body["error"]["message"]);
            assert!(message.contains("try again in a moment"), "{answer:?}");
            if refusal_count.get() == 0 {
                eprintln!("merges: refused for a moment: {message}");
            }
            refusal_count.update(|count| count + 1);
        }
        None
    })
    .await;
    eprintln!("merges: refused {} times in peace", refusal_count.get());
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

/// Asks for the merge and kills the server at a random moment, unless it has answered by then. Says whether it did.
async fn cut(lab: &mut Lab, chance: &mut Chance, work: &Work) -> bool {
    let moment = chance.moment(0, 120);
    let is_cut = matches!(select(Box::pin(ask(lab, work)), Box::pin(moment)).await, Either::Right(_));
    if is_cut {
        lab.restart().await;
    }
    is_cut
}

/// Kills the server over this work's merge a few times, until it is merged. The number of kills.
async fn merge_against_kills(lab: &mut Lab, chance: &mut Chance, work: &Work) -> u64 {
    let head = text(&lab.find_attempt(&work.attempt).await["head_commit"]);
    let mut kill_count = 0;
    for _ in 0..CUTS_MAX {
        kill_count += u64::from(cut(lab, chance, work).await);
        if settle(lab, work, &head).await {
            return kill_count;
        }
    }
    merge_in_peace(lab, work, &head).await;
    kill_count
}

#[tokio::test]
async fn killed_while_it_merges_it_has_merged_once_or_not_at_all() {
    let mut chance = Chance::new("merges");
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    lab.commit_file("mine.txt", "saved\n");
    fs::write(lab.repository().join("mine.txt"), "not saved\n").unwrap();
    fs::write(lab.repository().join("untracked.txt"), "mine\n").unwrap();
    let (mut kill_count, mut merged_count) = (0, 0);
    while kill_count < kills(20) {
        let name = format!("work-{merged_count}.txt");
        let steps = json!([{ "write": { "path": name, "content": "a\n" } }]);
        let work = lab.complete(&project, steps).await;
        kill_count += merge_against_kills(&mut lab, &mut chance, &work).await;
        merged_count += 1;
        check_checkout(&lab);
        assert!(lab.repository().join(&name).exists());
    }
    eprintln!("merges: killed {kill_count} times in {merged_count} merges");
    let count = lab.git(&["rev-list", "--count", "--merges", "--first-parent", "main"]);
    assert_eq!(count, merged_count.to_string());
    lab.git(&["fsck", "--connectivity-only"]);
    let locks = fs::read_dir(lab.repository().join(".git")).unwrap().flatten();
    let locks: Vec<_> = locks.map(|entry| entry.file_name()).collect();
    assert!(!locks.iter().any(|name| name.to_string_lossy().ends_with(".lock")), "{locks:?}");
}
