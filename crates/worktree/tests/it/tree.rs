//! What commits and worktrees hold.

use std::fs;

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
