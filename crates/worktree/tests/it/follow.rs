//! What became of files, and which commit changed them last.

use std::fs;

use worktree::{DiffTarget, FollowFiles, FollowedFile};

use crate::lab::{Lab, write_in};

async fn follow(lab: &Lab, from: Option<&str>, target: DiffTarget, path: &str) -> FollowedFile {
    let request = FollowFiles { from: from.map(str::to_owned), target, paths: vec![path.to_owned()] };
    lab.open().await.follow_files(&request).await.unwrap().remove(path).unwrap()
}

#[tokio::test]
async fn a_file_is_followed_through_changes_moves_and_its_end() {
    let lab = Lab::new();
    lab.write("long ü.txt", &"line\n".repeat(50));
    let from = lab.commit("long");
    let worktree = lab.worktree("x").await;
    lab.git_in(&worktree.path, &["mv", "long ü.txt", "moved.txt"]);
    fs::remove_file(worktree.path.join("b.txt")).unwrap();
    write_in(&worktree.path, "a.txt", "one\n2\nthree\n");
    fs::write(worktree.path.join("bin"), b"\0\x01").unwrap();
    let head = lab.commit_in(&worktree.path, "work");
    let target = || DiffTarget::Commit(head.clone());
    let changed = follow(&lab, Some(&from), target(), "a.txt").await;
    assert_eq!(changed.before.as_deref(), Some("one\ntwo\nthree\n"));
    assert_eq!((changed.after.as_deref(), changed.is_there), (Some("one\n2\nthree\n"), true));
    let moved = follow(&lab, Some(&from), target(), "long ü.txt").await;
    assert_eq!((moved.path.as_str(), moved.is_there, moved.after == moved.before), ("moved.txt", true, true));
    let gone = follow(&lab, Some(&from), target(), "b.txt").await;
    assert_eq!((gone.path.as_str(), gone.is_there, gone.after), ("b.txt", false, None));
    let binary = follow(&lab, None, target(), "bin").await;
    assert_eq!((binary.is_there, binary.before, binary.after), (true, None, None));
    // A commit that is gone has no files, but the target has.
    let unknown = follow(&lab, Some(&"1".repeat(40)), target(), "a.txt").await;
    assert_eq!((unknown.before, unknown.after.as_deref()), (None, Some("one\n2\nthree\n")));
    for odd in ["nowhere", "", "a\nb", "../a.txt"] {
        assert!(!follow(&lab, Some(&from), target(), odd).await.is_there, "{odd:?}");
    }
}

#[tokio::test]
async fn a_live_worktree_is_read_as_it_is() {
    let lab = Lab::new();
    let from = lab.tip("main");
    let worktree = lab.worktree("x").await;
    write_in(&worktree.path, "a.txt", "not committed\n");
    write_in(&worktree.path, "new.txt", "new\n");
    let target = || DiffTarget::Worktree(worktree.clone());
    let status = lab.git_in(&worktree.path, &["status", "--porcelain"]);
    assert_eq!(follow(&lab, Some(&from), target(), "a.txt").await.after.as_deref(), Some("not committed\n"));
    assert_eq!(follow(&lab, Some(&from), target(), "new.txt").await.after.as_deref(), Some("new\n"));
    assert_eq!(lab.git_in(&worktree.path, &["status", "--porcelain"]), status, "nothing was staged");
}

#[tokio::test]
async fn the_last_change_is_one_that_was_not_known() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "first\n")]).await;
    let start = lab.tip(&worktree.branch);
    write_in(&worktree.path, "a.txt", "second\n");
    let second = lab.commit_in(&worktree.path, "second");
    write_in(&worktree.path, "[a].txt", "odd\n");
    let odd = lab.commit_in(&worktree.path, "odd");
    let repository = lab.open().await;
    let last = async |known: &[&str], paths: &[&str]| {
        repository.find_last_change(&worktree.branch, known, paths).await.unwrap()
    };
    assert_eq!(last(&[&start], &["a.txt"]).await, Some(second.clone()));
    assert_eq!(last(&[&start], &["[a].txt"]).await, Some(odd.clone()), "a path is no pattern");
    assert_eq!(last(&[&start], &[]).await, Some(odd.clone()));
    assert_eq!(last(&[&start], &["b.txt"]).await, None);
    assert_eq!(last(&[&start, &second], &["a.txt"]).await, None);
    assert_eq!(last(&[&odd], &[]).await, None);
}
