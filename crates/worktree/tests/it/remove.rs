//! Removal saves first, and leaves what it cannot save.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use worktree::{OrphanFate, RemoveWorktree, Removed, Worktree};

use crate::lab::{Lab, write_in};

async fn remove(lab: &Lab, worktree: &Worktree, delete_branch: bool) -> Removed {
    lab.open().await.remove_worktree(worktree, RemoveWorktree { delete_branch }).await.unwrap()
}

fn left(removed: Removed) -> String {
    match removed {
        Removed::Left { reason } => reason,
        other @ Removed::Done { .. } => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn loose_work_survives_removal_and_gc() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("committed", "1")]).await;
    let tip = lab.tip("ek/x");
    write_in(&worktree.path, "staged", "as staged");
    lab.git_in(&worktree.path, &["add", "staged"]);
    write_in(&worktree.path, "staged", "as it is");
    write_in(&worktree.path, "untracked", "u");
    let Removed::Done { trash_ref: Some(trash), keep_ref: Some(keep), is_branch_deleted: true } =
        remove(&lab, &worktree, true).await
    else {
        panic!("not removed")
    };
    assert!(!worktree.path.exists());
    lab.git(&[
        "-c",
        "gc.reflogExpire=now",
        "-c",
        "gc.reflogExpireUnreachable=now",
        "gc",
        "-q",
        "--prune=now",
    ]);
    assert_eq!(lab.git(&["rev-parse", &keep]), tip);
    assert_eq!(lab.git(&["rev-parse", &format!("{trash}^1")]), tip);
    assert_eq!(lab.git(&["show", &format!("{trash}:staged")]), "as it is");
    assert_eq!(lab.git(&["show", &format!("{trash}^2:staged")]), "as staged");
    assert_eq!(lab.git(&["show", &format!("{trash}:untracked")]), "u");
    assert!(lab.try_git_in(&lab.root, &["rev-parse", "--verify", "-q", "refs/heads/ek/x"]).stdout.is_empty());
    assert_eq!(lab.git(&["worktree", "list"]).lines().count(), 1);
    let again = remove(&lab, &worktree, true).await;
    assert!(matches!(again, Removed::Done { keep_ref: Some(_), .. }), "{again:?}");
}

#[tokio::test]
async fn a_clean_worktree_leaves_no_trash_and_its_branch() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("committed", "1")]).await;
    let removed = remove(&lab, &worktree, false).await;
    assert!(
        matches!(removed, Removed::Done { trash_ref: None, is_branch_deleted: false, .. }),
        "{removed:?}"
    );
    assert!(!lab.tip("ek/x").is_empty());
}

#[tokio::test]
async fn a_detached_commit_is_kept() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    lab.git_in(&worktree.path, &["checkout", "-q", "--detach"]);
    write_in(&worktree.path, "loose", "1");
    lab.git_in(&worktree.path, &["add", "-A"]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "loose"]);
    let Removed::Done { trash_ref: Some(trash), .. } = remove(&lab, &worktree, true).await else {
        panic!("lost")
    };
    assert_eq!(lab.git(&["show", &format!("{trash}:loose")]), "1");
}

#[tokio::test]
async fn what_cannot_be_saved_is_left() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    write_in(&worktree.path, "nested/file", "1");
    lab.git_in(&worktree.path.join("nested"), &["init", "-q"]);
    lab.git_in(&worktree.path.join("nested"), &["add", "-A"]);
    lab.git_in(&worktree.path.join("nested"), &["commit", "-q", "-m", "inside"]);
    assert!(left(remove(&lab, &worktree, true).await).contains("nested"));
    fs::remove_dir_all(worktree.path.join("nested")).unwrap();
    fs::remove_file(worktree.path.join(".git")).unwrap();
    lab.git_in(&worktree.path, &["init", "-q"]);
    assert!(left(remove(&lab, &worktree, true).await).contains(".git"));
    assert!(worktree.path.join("a.txt").exists());
    fs::remove_dir_all(worktree.path.join(".git")).unwrap();
    assert!(matches!(remove(&lab, &worktree, true).await, Removed::Done { .. }));
}

#[tokio::test]
async fn a_submodule_with_own_commits_is_left() {
    let lab = Lab::new();
    let other = Lab::new();
    lab.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        other.root.to_str().unwrap(),
        "sub",
    ]);
    lab.commit("submodule");
    let clean = lab.worktree("clean").await;
    assert!(matches!(remove(&lab, &clean, true).await, Removed::Done { .. }));
    let worktree = lab.worktree("x").await;
    let sub = worktree.path.join("sub");
    write_in(&sub, "own", "1");
    assert!(left(remove(&lab, &worktree, true).await).contains("sub"));
    lab.git_in(&sub, &["add", "-A"]);
    lab.git_in(&sub, &["commit", "-q", "-m", "own"]);
    assert!(left(remove(&lab, &worktree, true).await).contains("sub"));
    lab.git_in(&worktree.path, &["add", "-A"]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "own"]);
    assert!(left(remove(&lab, &worktree, true).await).contains("sub"));
    assert!(sub.join("own").exists());
}

#[tokio::test]
async fn a_folder_deleted_by_hand_is_settled() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("committed", "1")]).await;
    let tip = lab.tip("ek/x");
    fs::remove_dir_all(&worktree.path).unwrap();
    lab.git(&["worktree", "prune"]);
    let removed = remove(&lab, &worktree, true).await;
    assert!(matches!(removed, Removed::Done { is_branch_deleted: true, .. }), "{removed:?}");
    assert_eq!(lab.git(&["rev-parse", "refs/eval-kanban/keep/x"]), tip);
    assert_eq!(lab.git(&["worktree", "list"]).lines().count(), 1);
}

#[tokio::test]
async fn somebody_elses_folder_is_never_removed() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    let mine = lab.folder.path().join("mine");
    write_in(&mine, "precious", "1");
    let forged = Worktree { path: mine.clone(), ..worktree.clone() };
    left(remove(&lab, &forged, true).await);
    let forged = Worktree { path: mine.clone(), id: "unknown".to_owned(), ..worktree.clone() };
    left(remove(&lab, &forged, true).await);
    std::os::unix::fs::symlink(&mine, lab.folder.path().join("link")).unwrap();
    let forged = Worktree { path: lab.folder.path().join("link"), id: "unknown".to_owned(), ..worktree };
    left(remove(&lab, &forged, true).await);
    assert!(mine.join("precious").exists());
}

#[tokio::test]
async fn orphans_are_saved_or_left() {
    let lab = Lab::new();
    let known = lab.worktree("known").await;
    let orphan = lab.work("orphan", &[("committed", "1")]).await;
    write_in(&orphan.path, "loose", "precious");
    let unfinished = lab.worktree("unfinished").await;
    let record = lab.root.join(".git/eval-kanban/worktrees/unfinished.json");
    let creating = fs::read_to_string(&record).unwrap().replace("\"ready\"", "\"creating\"");
    fs::write(&record, creating).unwrap();
    let folder = known.path.parent().unwrap();
    write_in(folder, "foreign/file", "not ours");
    fs::create_dir(folder.join("empty")).unwrap();
    let orphans = lab.open().await.sweep_orphans(&lab.workspaces(), &["known".to_owned()]).await.unwrap();
    let mut seen: Vec<_> = orphans
        .iter()
        .map(|orphan| (orphan.path.file_name().unwrap().to_str().unwrap(), &orphan.fate))
        .collect();
    seen.sort_by_key(|(name, _)| *name);
    assert!(matches!(seen[0], ("foreign", OrphanFate::Left { .. })), "{seen:?}");
    assert!(matches!(seen[1], ("orphan", OrphanFate::Removed { trash_ref: Some(_) })), "{seen:?}");
    assert!(matches!(seen[2], ("unfinished", OrphanFate::Removed { trash_ref: None })), "{seen:?}");
    assert_eq!(seen.len(), 3);
    assert!(
        known.path.exists()
            && !orphan.path.exists()
            && !unfinished.path.exists()
            && folder.join("foreign/file").exists()
    );
    assert_eq!(lab.git(&["show", "refs/eval-kanban/trash/orphan:loose"]), "precious");
    assert_eq!(lab.git(&["branch", "--format=%(refname:short)"]), "ek/known\nek/orphan\nmain");
}

#[tokio::test]
async fn refs_expire_only_after_their_worktree_is_gone() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("committed", "1")]).await;
    let month = Duration::from_secs(30 * 24 * 3600);
    let later = SystemTime::now() + 2 * month;
    let repository = lab.open().await;
    assert!(repository.expire_refs(month, later).await.unwrap().is_empty());
    lab.merge(&worktree).await;
    write_in(&worktree.path, "loose", "1");
    remove(&lab, &worktree, true).await;
    assert!(repository.expire_refs(month, SystemTime::now()).await.unwrap().is_empty());
    assert_eq!(repository.expire_refs(month, later).await.unwrap().len(), 5);
    assert_eq!(lab.git(&["for-each-ref", "refs/eval-kanban"]), "");
}

#[tokio::test]
async fn small_ignored_files_that_differ_are_kept_beside() {
    let lab = Lab::new();
    lab.write(".gitignore", ".env*\nbuild/\n");
    lab.commit("ignore");
    lab.write(".env", "SAME=1");
    lab.write(".env.changed", "BEFORE=1");
    let carry = vec![".env*".to_owned()];
    let request = worktree::CreateWorktree { carry, ..lab.request("x", "x") };
    let worktree = lab.open().await.create_worktree(&request).await.unwrap().worktree;
    write_in(&worktree.path, ".env.changed", "AFTER=1");
    write_in(&worktree.path, "dir/.env.new", "NEW=1");
    write_in(&worktree.path, "build/out", "built");
    assert!(matches!(remove(&lab, &worktree, true).await, Removed::Done { trash_ref: None, .. }));
    let kept = worktree.path.parent().unwrap().join(".kept/x");
    assert_eq!(fs::read_to_string(kept.join(".env.changed")).unwrap(), "AFTER=1");
    assert_eq!(fs::read_to_string(kept.join("dir/.env.new")).unwrap(), "NEW=1");
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 2);
    assert!(lab.open().await.sweep_orphans(&lab.workspaces(), &[]).await.unwrap().is_empty());
    assert!(kept.join(".env.changed").exists());
    let old = fs::File::open(&kept).unwrap();
    old.set_modified(SystemTime::now() - Duration::from_secs(31 * 24 * 3600)).unwrap();
    lab.open().await.sweep_orphans(&lab.workspaces(), &[]).await.unwrap();
    assert!(!kept.exists());
}
