//! Each turn's whole state, and the way back to it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::lab::{Lab, Work, eventually, items, text};

fn write(path: &str, content: &str) -> Value {
    json!({ "write": { "path": path, "content": content } })
}

async fn checkpoints(lab: &Lab, attempt: &str) -> Vec<Value> {
    items(&lab.get(&format!("/api/attempts/{attempt}/checkpoints")).await.ok()).clone()
}

async fn labels(lab: &Lab, attempt: &str) -> Vec<String> {
    checkpoints(lab, attempt).await.iter().map(|checkpoint| text(&checkpoint["label"])).collect()
}

async fn go_back(lab: &Lab, attempt: &str, number: u32) -> crate::lab::Answer {
    lab.post(&format!("/api/attempts/{attempt}/checkpoints/{number}/restore"), json!({})).await
}

fn files_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_of(&path));
        } else if path.file_name().unwrap() != ".git" {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

#[tokio::test]
async fn a_turn_that_ends_while_the_agent_goes_on_is_kept() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([
        write("one.txt", "1\n"),
        { "wait_for_file": lab.path("first") },
        "next_message",
        { "wait_for_file": lab.path("second") },
        { "run": "rm one.txt" },
        write("two.txt", "2\n"),
        { "say": "Done." }
    ]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    let path = format!("/api/attempts/{}/messages", work.attempt);
    lab.post(&path, json!({ "body": "And then?" })).await.ok();
    fs::write(lab.path("first"), "").unwrap();
    eventually("the first turn's checkpoint", || async {
        (checkpoints(&lab, &work.attempt).await.len() == 2).then_some(())
    })
    .await;
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "running");
    fs::write(lab.path("second"), "").unwrap();
    lab.settled(&work.attempt).await;
    let taken = checkpoints(&lab, &work.attempt).await;
    assert_eq!(labels(&lab, &work.attempt).await, ["turn 2", "turn 1", "beginning"]);
    let names = |index: usize| lab.git(&["ls-tree", "-r", "--name-only", &text(&taken[index]["commit"])]);
    assert_eq!([names(2), names(1), names(0)], ["README.md", "README.md\none.txt", "README.md\ntwo.txt"]);
    assert_eq!(taken[1]["files_changed"], 1);
    let reference = format!("refs/eval-kanban/checkpoint/{}/1", work.attempt);
    assert_eq!(lab.git(&["rev-parse", &reference]), text(&taken[1]["commit"]));
}

async fn three_turns(lab: &Lab, project: &str) -> Work {
    let work = lab.complete(project, json!([write("a.txt", "first\n"), { "say": "One." }])).await;
    let folder = PathBuf::from(text(&lab.find_attempt(&work.attempt).await["worktree_path"]));
    // A person works in the worktree, too: it is in the next checkpoint.
    fs::write(folder.join("a.txt"), "second\n").unwrap();
    fs::write(folder.join("by hand.txt"), "loose\n").unwrap();
    work
}

#[tokio::test]
async fn going_back_and_forth_loses_nothing() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = three_turns(&lab, &project).await;
    let attempt = lab.find_attempt(&work.attempt).await;
    let folder = PathBuf::from(text(&attempt["worktree_path"]));
    let loose = files_of(&folder);
    let head = text(&attempt["head_commit"]);
    let back = go_back(&lab, &work.attempt, 1).await.ok();
    assert_eq!(back["head_tree"], attempt["head_tree"], "the state of the turn's end");
    assert_eq!(fs::read_to_string(folder.join("a.txt")).unwrap(), "first\n");
    assert!(!folder.join("by hand.txt").exists());
    assert_eq!(labels(&lab, &work.attempt).await, ["before going back to 1", "turn 1", "beginning"]);
    let forth = go_back(&lab, &work.attempt, 2).await.ok();
    assert_eq!(files_of(&folder), loose, "what was loose is back, byte for byte");
    let beginning = go_back(&lab, &work.attempt, 0).await.ok();
    assert_eq!((&beginning["files_changed"], &beginning["state"]), (&json!(0), &json!("review_ready")));
    assert_eq!(files_of(&folder).len(), 1);
    let branch = text(&beginning["branch_name"]);
    assert_eq!(lab.git(&["rev-parse", &branch]), text(&beginning["head_commit"]));
    for earlier in [&head, &text(&back["head_commit"]), &text(&forth["head_commit"])] {
        lab.git(&["merge-base", "--is-ancestor", earlier, &branch]);
    }
    go_back(&lab, &work.attempt, 4).await.ok();
    assert_eq!(files_of(&folder), loose);
    assert_eq!(lab.git(&["status", "--porcelain"]), "", "the user's checkout is not touched");
    go_back(&lab, &work.attempt, 99).await.refused(404, "not_found");
}

#[tokio::test]
async fn an_attempt_at_work_does_not_go_back() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.begin(&project, json!([{ "wait_for_file": lab.path("go") }, { "say": "Done." }])).await;
    lab.running(&work.attempt).await;
    eventually("the beginning", || async {
        (checkpoints(&lab, &work.attempt).await.len() == 1).then_some(())
    })
    .await;
    go_back(&lab, &work.attempt, 0).await.refused(409, "conflict");
    fs::write(lab.path("go"), "").unwrap();
    lab.settled(&work.attempt).await;
    lab.post(&format!("/api/attempts/{}/discard", work.attempt), json!({})).await.ok();
    go_back(&lab, &work.attempt, 0).await.refused(409, "conflict");
}

#[tokio::test]
async fn a_killed_server_takes_the_end_of_a_run_once() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([write("a.txt", "1\n"), { "wait_for_file": lab.path("go") }, { "say": "Done." }]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    lab.kill();
    fs::write(lab.path("go"), "").unwrap();
    lab.start().await;
    lab.settled(&work.attempt).await;
    lab.restart().await;
    assert_eq!(labels(&lab, &work.attempt).await, ["turn 1", "beginning"]);
}

#[tokio::test]
async fn what_was_merged_from_the_base_is_not_the_attempts() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let steps = json!([
        write("own.txt", "own\n"),
        { "wait_for_file": lab.path("go") },
        { "run": "git add -A && git -c user.name=A -c user.email=a@b commit -qm own && \
                  git -c user.name=A -c user.email=a@b merge -q -m merged main" },
        { "say": "Done." }
    ]);
    let work = lab.begin(&project, steps).await;
    lab.running(&work.attempt).await;
    lab.commit_file("base.txt", "base\n");
    fs::write(lab.path("go"), "").unwrap();
    let attempt = lab.settled(&work.attempt).await;
    assert_eq!(attempt["base_commit"], lab.git(&["rev-parse", "main"]));
    assert_eq!(attempt["files_changed"], 1, "{attempt:#}");
    let diff = lab.get(&format!("/api/attempts/{}/diff", work.attempt)).await.ok();
    assert_eq!(diff["files"].as_array().unwrap().len(), 1);
    assert_eq!(diff["files"][0]["path"], "own.txt");
}
