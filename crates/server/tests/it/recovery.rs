//! What a discard would lose is said, and all of it comes back.

use std::fs;

use serde_json::{Value, json};

use crate::lab::{Lab, Work, items, text};

fn write(path: &str, content: &str) -> Value {
    json!({ "write": { "path": path, "content": content } })
}

async fn discard(lab: &Lab, work: &Work) {
    lab.post(&format!("/api/attempts/{}/discard", work.attempt), json!({})).await.ok();
}

async fn recovery(lab: &Lab, project: &str) -> Vec<Value> {
    items(&lab.get(&format!("/api/projects/{project}/recovery")).await.ok()).clone()
}

#[tokio::test]
async fn what_would_be_lost_is_said_first() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("a.txt", "1\n2\n"), { "say": "Done." }])).await;
    let attempt = lab.find_attempt(&work.attempt).await;
    let path = format!("/api/attempts/{}/discard-preview", work.attempt);
    let folder = text(&attempt["worktree_path"]);
    fs::write(format!("{folder}/loose.txt"), "by hand\n").unwrap();
    let preview = lab.get(&path).await.ok();
    let expected = json!({
        "branch_name": attempt["branch_name"], "worktree_path": folder, "commit_count": 1, "files_changed": 2,
        "additions": 3, "deletions": 0, "uncommitted": ["loose.txt"], "kept_days": 30
    });
    assert_eq!(preview, expected);
    assert_eq!(lab.get(&path).await.ok(), expected, "asking changes nothing");
    lab.git(&["branch", "mine", &text(&attempt["branch_name"])]);
    assert_eq!(lab.get(&path).await.ok()["commit_count"], 0, "another branch has them");
    discard(&lab, &work).await;
    lab.get(&path).await.refused(409, "conflict");
}

#[tokio::test]
async fn discarded_work_is_listed_and_becomes_a_branch() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("a.txt", "1\n"), { "say": "Done." }])).await;
    let attempt = lab.find_attempt(&work.attempt).await;
    assert!(recovery(&lab, &project).await.is_empty());
    fs::write(format!("{}/loose.txt", text(&attempt["worktree_path"])), "by hand\n").unwrap();
    discard(&lab, &work).await;
    let items = recovery(&lab, &project).await;
    let kinds: Vec<_> = items.iter().map(|item| text(&item["kind"])).collect();
    assert_eq!(kinds, ["branch", "uncommitted"]);
    let branch = &items[0];
    assert_eq!(
        (&branch["commit"], &branch["attempt_id"], &branch["task_id"], &branch["task_number"]),
        (&attempt["head_commit"], &json!(work.attempt), &json!(work.task), &json!(1))
    );
    let path = format!("/api/projects/{project}/recovery");
    let restored = lab.post(&path, json!({ "reference": branch["reference"] })).await.ok();
    assert_eq!(
        (&restored["branch"], &restored["commit"]),
        (&json!("ek/restored-1"), &attempt["head_commit"])
    );
    let request = json!({ "reference": items[1]["reference"], "branch": "loose" });
    lab.post(&path, request.clone()).await.ok();
    assert_eq!(lab.git(&["show", "loose:loose.txt"]), "by hand");
    lab.post(&path, request).await.refused(422, "validation_failed");
    let unknown = json!({ "reference": "refs/heads/main" });
    lab.post(&path, unknown).await.refused(422, "validation_failed");
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
}

#[tokio::test]
async fn discarded_work_comes_back_byte_for_byte() {
    let lab = Lab::started().await;
    lab.commit_file(".gitignore", ".env\n");
    let project = lab.project().await;
    let work = lab.complete(&project, json!([write("a.txt", "1\n"), { "say": "Done." }])).await;
    let before = lab.find_attempt(&work.attempt).await;
    let folder = std::path::PathBuf::from(text(&before["worktree_path"]));
    fs::write(folder.join("loose.txt"), b"\0by hand\xff").unwrap();
    fs::write(folder.join(".env"), "SECRET=1\n").unwrap();
    fs::remove_file(folder.join("README.md")).unwrap();
    let contents = || ["a.txt", "loose.txt", ".env"].map(|name| fs::read(folder.join(name)).unwrap());
    let files = contents();
    let restore = format!("/api/attempts/{}/restore", work.attempt);
    lab.post(&restore, json!({})).await.refused(409, "conflict");
    discard(&lab, &work).await;
    assert!(!folder.exists());
    assert_eq!(lab.find_task(&work.task).await["status"], "todo");
    let back = lab.post(&restore, json!({})).await.ok();
    for field in
        ["state", "worktree_path", "branch_name", "head_commit", "head_tree", "base_commit", "files_changed"]
    {
        assert_eq!(back[field], before[field], "{field}");
    }
    assert_eq!(contents(), files);
    assert!(!folder.join("README.md").exists(), "what was deleted stays deleted");
    assert_eq!(lab.git(&["rev-parse", &text(&back["branch_name"])]), text(&back["head_commit"]));
    assert_eq!(lab.find_task(&work.task).await["status"], "review");
    lab.post(&restore, json!({})).await.refused(409, "conflict");
    let diff = lab.get(&format!("/api/attempts/{}/diff?scope=uncommitted", work.attempt)).await.ok();
    assert_eq!(diff["files"].as_array().unwrap().len(), 2);
    discard(&lab, &work).await;
    lab.post(&restore, json!({})).await.ok();
    assert_eq!(contents(), files, "and again");
}
