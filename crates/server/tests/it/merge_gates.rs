//! Gates on what a merge would make: the base branch moves only when they pass there.

use std::fs;

use serde_json::{Value, json};

use crate::lab::{Answer, Lab, Work, eventually, items, text};

async fn project(lab: &Lab, command: &str) -> String {
    let gate = json!({ "name": "test", "command": command, "timeout_s": 600 });
    let setup = format!("echo $PWD >> {}; touch ready", lab.path("setups").display());
    let settings = json!({ "gates": [gate], "gates_before_merge": true, "setup_command": setup });
    lab.project_with(settings).await
}

async fn reviewed(lab: &Lab, project: &str) -> Work {
    lab.complete(project, json!([{ "write": { "path": "work.txt", "content": "done\n" } }])).await
}

async fn merge(lab: &Lab, work: &Work) -> Answer {
    lab.post(&format!("/api/tasks/{}/approve", work.task), json!({ "merge": true })).await
}

/// The runs of an attempt's gates before a merge.
async fn merge_runs(lab: &Lab, work: &Work) -> Vec<Value> {
    let gates = lab.get(&format!("/api/attempts/{}/gates", work.attempt)).await.ok();
    items(&gates).iter().filter(|gate| gate["kind"] == "merge").cloned().collect()
}

fn worktree_count(lab: &Lab) -> usize {
    lab.git(&["worktree", "list"]).lines().count()
}

#[tokio::test]
async fn what_passes_on_the_merged_tree_is_merged() {
    let lab = Lab::started().await;
    let project = project(&lab, "test -e ready && cat work.txt; cat main.txt 2>&1; true").await;
    let work = reviewed(&lab, &project).await;
    lab.commit_file("main.txt", "of main\n");
    merge(&lab, &work).await.ok();
    let attempt = lab.find_attempt(&work.attempt).await;
    assert_eq!(attempt["state"], "merged", "{attempt:#}");
    assert_eq!(lab.git(&["rev-parse", "main"]), text(&attempt["merge_commit"]));
    let runs = merge_runs(&lab, &work).await;
    let shown: Vec<_> = runs.iter().map(|run| (text(&run["name"]), text(&run["state"]))).collect();
    assert_eq!(shown, [("setup".to_owned(), "passed".to_owned()), ("test".to_owned(), "passed".to_owned())]);
    assert_eq!(runs[1]["output_tail"], "done\nof main\n");
    assert_eq!(runs[1]["commit"], attempt["merge_commit"]);
    let folders = fs::read_to_string(lab.path("setups")).unwrap();
    let folders: Vec<_> = folders.lines().collect();
    assert!(folders.len() == 2 && folders[0] != folders[1], "{folders:?}");
    assert!(!std::path::Path::new(folders[1]).exists());
    assert_eq!(worktree_count(&lab), 1);
}

#[tokio::test]
async fn what_fails_on_the_merged_tree_stays_where_it_is() {
    let lab = Lab::started().await;
    let project = project(&lab, "test ! -e main.txt || { echo both; exit 4; }").await;
    let work = reviewed(&lab, &project).await;
    lab.commit_file("main.txt", "of main\n");
    let before = lab.git(&["rev-parse", "main"]);
    let answer = merge(&lab, &work).await;
    let error = answer.refused(409, "merge_refused");
    let message = text(&error["message"]);
    assert!(
        message.contains("gate test") && message.contains("exit code 4") && message.contains("both"),
        "{message}"
    );
    assert_eq!((&error["details"]["gate"], &error["details"]["exit_code"]), (&json!("test"), &json!(4)));
    assert_eq!(lab.git(&["rev-parse", "main"]), before);
    let attempt = lab.find_attempt(&work.attempt).await;
    assert_eq!(
        (&attempt["state"], &attempt["gates"][0]["state"]),
        (&json!("review_ready"), &json!("passed"))
    );
    assert_eq!(lab.find_task(&work.task).await["status"], "review");
    assert_eq!(merge_runs(&lab, &work).await[1]["state"], "failed");
    assert_eq!(worktree_count(&lab), 2, "the checkout is gone, the worktree is not");
    // What failed there can be sent to the agent, too.
    let sent = lab.post(&format!("/api/attempts/{}/gates/send", work.attempt), json!({})).await;
    assert_eq!(sent.status, 201, "{sent:?}");
    lab.settled(&text(&sent.body["id"])).await;
}

#[tokio::test]
async fn a_base_that_moves_meanwhile_is_looked_at_again() {
    let lab = Lab::started().await;
    let (go, runs) = (lab.path("go"), lab.path("runs"));
    let command = format!(
        "case $PWD in *.merged*) ls >> {}; while [ ! -e {} ]; do sleep 0.05; done;; esac",
        runs.display(),
        go.display()
    );
    let project = project(&lab, &command).await;
    let work = reviewed(&lab, &project).await;
    let moved = async {
        eventually("the first look", || async { runs.exists().then_some(()) }).await;
        lab.commit_file("late.txt", "late\n");
        fs::write(&go, "").unwrap();
    };
    let (answer, ()) = tokio::join!(merge(&lab, &work), moved);
    answer.ok();
    let looked = fs::read_to_string(&runs).unwrap();
    assert_eq!(looked.matches("work.txt").count(), 2, "{looked}");
    assert_eq!(looked.matches("late.txt").count(), 1, "{looked}");
    assert_eq!(lab.git(&["ls-tree", "--name-only", "main"]), "README.md\nlate.txt\nready\nwork.txt");
    assert_eq!(lab.git(&["rev-list", "--count", "--merges", "main"]), "1");
}

#[tokio::test]
async fn killed_while_its_gates_run_nothing_is_merged_and_nothing_is_lost() {
    let mut lab = Lab::started().await;
    let go = lab.path("go");
    let command = format!(
        "case $PWD in *.merged*) echo one; while [ ! -e {} ]; do sleep 0.05; done;; esac; echo two",
        go.display()
    );
    let project = project(&lab, &command).await;
    let work = reviewed(&lab, &project).await;
    let before = lab.git(&["rev-parse", "main"]);
    let running = || async { merge_runs(&lab, &work).await.into_iter().find(|run| run["output_bytes"] == 4) };
    {
        let merging = std::pin::pin!(merge(&lab, &work));
        let begun = std::pin::pin!(eventually("a gate before the merge", running));
        futures_util::future::select(merging, begun).await;
    }
    lab.restart().await;
    let attempt = lab.find_attempt(&work.attempt).await;
    assert_eq!((&attempt["state"], lab.git(&["rev-parse", "main"])), (&json!("review_ready"), before));
    fs::write(&go, "").unwrap();
    let ended = eventually("the gate's end", || async {
        merge_runs(&lab, &work)
            .await
            .into_iter()
            .find(|run| run["name"] == "test" && run["state"] == "passed")
    })
    .await;
    assert_eq!(ended["output_tail"], "one\ntwo\n");
    eventually("the checkout's end", || async { (worktree_count(&lab) == 2).then_some(()) }).await;
    eventually("the merge", || async { (merge(&lab, &work).await.status == 200).then_some(()) }).await;
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "merged");
}

#[tokio::test]
async fn nothing_is_deleted_under_a_merge() {
    let lab = Lab::started().await;
    let flag = lab.path("flag");
    let project = project(&lab, &format!("test ! -e {} || sleep 600", flag.display())).await;
    let work = reviewed(&lab, &project).await;
    fs::write(&flag, "").unwrap();
    let merging = merge(&lab, &work);
    let deleting = async {
        eventually("the gate before the merge", || async {
            let is_at_work = |run: &Value| run["name"] == "test" && run["state"] == "running";
            merge_runs(&lab, &work).await.iter().any(is_at_work).then_some(())
        })
        .await;
        for path in [format!("/api/tasks/{}", work.task), format!("/api/projects/{project}")] {
            let message = text(&lab.delete(&path).await.refused(409, "conflict")["message"]);
            assert!(message.contains("being merged"), "{message}");
        }
        lab.post(&format!("/api/attempts/{}/gates/test/cancel", work.attempt), json!({})).await.ok();
    };
    let (answer, ()) = futures_util::future::join(merging, deleting).await;
    answer.refused(409, "merge_refused");
    assert_eq!(lab.find_attempt(&work.attempt).await["state"], "review_ready");
    assert_eq!(lab.delete(&format!("/api/tasks/{}", work.task)).await.status, 204);
}
