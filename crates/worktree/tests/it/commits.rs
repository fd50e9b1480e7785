//! The commits of an attempt.

use crate::lab::{Lab, write_in};

#[tokio::test]
async fn commits_come_oldest_first_with_what_they_changed() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    write_in(&worktree.path, "new ü\nfile", "1\n");
    lab.git_in(&worktree.path, &["add", "-A"]);
    let message = ["commit", "-q", "-m", "first — with ü\n\nand a body"];
    lab.git_in(&worktree.path, &message);
    lab.git_in(&worktree.path, &["mv", "b.txt", "c.txt"]);
    let second = lab.commit_in(&worktree.path, "second");
    lab.write("base.txt", "base\n");
    let base = lab.commit("the base goes on");
    lab.git_in(&worktree.path, &["merge", "-q", "-m", "merged", "main"]);
    lab.git_in(&worktree.path, &["commit", "-q", "--allow-empty", "-m", "empty"]);
    let commits = lab.open().await.list_commits(&base, &worktree.branch).await.unwrap();
    let told: Vec<_> = commits.iter().map(|commit| (commit.subject.as_str(), commit.paths.len())).collect();
    assert_eq!(told, [("first — with ü", 1), ("second", 2), ("merged", 0), ("empty", 0)]);
    assert_eq!(commits[0].paths, ["new ü\nfile"]);
    assert_eq!(commits[1].paths, ["b.txt", "c.txt"]);
    assert_eq!((commits[1].id.as_str(), commits[1].author.as_str()), (second.as_str(), "Ada"));
    assert!(commits[0].committed_s > 1_000_000_000);
    assert!(lab.open().await.list_commits(&base, &base).await.unwrap().is_empty());
    assert!(lab.open().await.list_commits("nowhere", &base).await.is_err());
}

#[tokio::test]
async fn a_merge_that_settled_a_conflict_changed_the_file() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    lab.write("a.txt", "theirs\n");
    let base = lab.commit("theirs");
    assert!(!lab.try_git_in(&worktree.path, &["merge", "-q", "main"]).status.success());
    write_in(&worktree.path, "a.txt", "both\n");
    lab.commit_in(&worktree.path, "settled");
    let commits = lab.open().await.list_commits(&base, &worktree.branch).await.unwrap();
    assert_eq!(commits.last().unwrap().paths, ["a.txt"]);
}

#[tokio::test]
async fn a_file_cannot_be_taken_for_a_commit() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("one", "1\n")]).await;
    let first = lab.tip(&worktree.branch);
    write_in(&worktree.path, &first, "named after the commit before\n");
    lab.commit_in(&worktree.path, "second");
    let commits = lab.open().await.list_commits("main", &worktree.branch).await.unwrap();
    assert_eq!(commits.iter().map(|commit| commit.paths.len()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(commits[1].paths, [first]);
}
