//! What commits and worktrees hold, and worktrees for trials.

use std::fs;

use worktree::MakeTrial;

use crate::lab::Lab;

#[tokio::test]
async fn the_tree_of_a_worktree_has_what_nobody_committed() {
    let lab = Lab::new();
    let repository = lab.open().await;
    let worktree = lab.create("one").await.worktree;
    let head = lab.git(&["rev-parse", "main"]);
    let clean = repository.tree_of_worktree(&worktree).await.unwrap();
    assert_eq!((&clean.commit, &clean.tree), (&head, &repository.tree_of_commit("main").await.unwrap()));
    let index = fs::read(lab.root.join(".git/worktrees/one/index")).unwrap();
    fs::write(worktree.path.join("new.txt"), "new\n").unwrap();
    fs::remove_file(worktree.path.join("b.txt")).unwrap();
    let dirty = repository.tree_of_worktree(&worktree).await.unwrap();
    assert_eq!(dirty.commit, head);
    assert_eq!(lab.git(&["ls-tree", "--name-only", &dirty.tree]), "a.txt\nnew.txt");
    assert!(index == fs::read(lab.root.join(".git/worktrees/one/index")).unwrap(), "its index was touched");
    assert!(repository.tree_of_commit("0000000000000000000000000000000000000000").await.is_err());
}

#[tokio::test]
async fn a_trial_leaves_nothing_behind() {
    let lab = Lab::new();
    let repository = lab.open().await;
    let before = lab.git(&["for-each-ref"]);
    let request = MakeTrial {
        id: "0190".to_owned(),
        workspaces: lab.folder.path().join("workspaces"),
        commit: lab.git(&["rev-parse", "main"]),
        carry: Vec::new(),
    };
    let path = repository.make_trial(&request).await.unwrap();
    assert_eq!(fs::read_to_string(path.join("b.txt")).unwrap(), "b\n");
    fs::write(path.join("made.txt"), "by a gate").unwrap();
    fs::remove_file(path.join(".git")).unwrap();
    // Made again after a crash it is as new.
    let again = repository.make_trial(&request).await.unwrap();
    assert!(again == path && !path.join("made.txt").exists());
    repository.sweep_trials(&request.workspaces, std::slice::from_ref(&path)).await.unwrap();
    assert!(path.exists(), "it is in use");
    repository.sweep_trials(&request.workspaces, &[]).await.unwrap();
    assert!(!path.exists());
    repository.remove_trial(&path).await.unwrap();
    assert!(repository.remove_trial(&lab.root).await.is_err());
    assert_eq!(lab.git(&["for-each-ref"]), before);
    assert_eq!(lab.git(&["worktree", "list"]).lines().count(), 1);
}
