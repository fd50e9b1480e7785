//! Having back what was removed.

use std::fs;

use worktree::{KeptKind, RemoveWorktree};

use crate::lab::{Lab, write_in};

#[tokio::test]
async fn removed_work_is_listed_and_becomes_a_branch() {
    let lab = Lab::new();
    let repository = lab.open().await;
    let worktree = lab.work("x", &[("one", "1\n")]).await;
    let tip = lab.tip(&worktree.branch);
    assert!(repository.list_kept().await.unwrap().is_empty(), "a worktree that stands needs no list");
    assert_eq!(repository.count_own_commits(&worktree.branch).await.unwrap(), 1);
    write_in(&worktree.path, "loose", "not committed\n");
    fs::remove_file(worktree.path.join("b.txt")).unwrap();
    repository.remove_worktree(&worktree, RemoveWorktree { delete_branch: true }).await.unwrap();
    let mut kept = repository.list_kept().await.unwrap();
    kept.sort_by_key(|kept| kept.name.clone());
    let seen: Vec<_> = kept.iter().map(|kept| (kept.kind, kept.worktree_id.as_deref())).collect();
    assert_eq!(seen, [(KeptKind::Branch, Some("x")), (KeptKind::Uncommitted, Some("x"))]);
    assert!(kept.iter().all(|kept| kept.since.is_some()));
    assert_eq!((kept[0].commit.as_str(), kept[0].subject.as_str()), (tip.as_str(), "x"));
    let picture = lab.picture().0;
    let branch = repository.restore_branch(&kept[0].name, None, "ek").await.unwrap().unwrap();
    assert_eq!((branch.branch.as_str(), branch.commit.as_str()), ("ek/restored-1", tip.as_str()));
    let loose = repository.restore_branch(&kept[1].name, None, "ek").await.unwrap().unwrap();
    assert_eq!(loose.branch, "ek/restored-2");
    assert_eq!(lab.git(&["show", "ek/restored-2:loose"]), "not committed");
    assert!(!lab.try_git_in(&lab.root, &["show", "ek/restored-2:b.txt"]).status.success());
    assert_eq!(lab.picture().0, picture, "the checkout is not touched");
}

#[tokio::test]
async fn only_what_is_kept_becomes_a_branch_and_none_is_replaced() {
    let lab = Lab::new();
    let repository = lab.open().await;
    let worktree = lab.work("x", &[("one", "1\n")]).await;
    repository.remove_worktree(&worktree, RemoveWorktree { delete_branch: true }).await.unwrap();
    let restore = async |name: &str, branch| repository.restore_branch(name, branch, "ek").await;
    for name in ["refs/heads/main", "HEAD", "refs/eval-kanban/keep/y", "--all", ""] {
        assert_eq!(restore(name, None).await.unwrap(), None, "{name}");
    }
    let keep = "refs/eval-kanban/keep/x";
    let main = lab.tip("main");
    for branch in ["main", "-x", "a b", "a..b", "HEAD", "x\ndelete refs/heads/main"] {
        assert!(restore(keep, Some(branch)).await.is_err(), "{branch:?}");
    }
    assert_eq!(lab.tip("main"), main);
    assert_eq!(restore(keep, Some("back/again")).await.unwrap().unwrap().branch, "back/again");
    lab.git(&["branch", "-q", "own"]);
    assert_eq!(repository.restore_branch(keep, None, "own").await.unwrap().unwrap().branch, "own-restored-1");
}
