//! Checkpoints: taken beside an agent at work, and gone back to without a loss.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    time::{Duration, SystemTime},
};

use worktree::{GoneBack, RemoveWorktree, Repository, Worktree};

use crate::lab::{Lab, files_of, message, write_in};

type Picture = BTreeMap<PathBuf, Vec<u8>>;

async fn take(repository: &Repository, worktree: &Worktree, number: u32) -> String {
    repository.take_checkpoint(worktree, "attempt-1", number).await.unwrap().commit
}

async fn go_back(repository: &Repository, worktree: &Worktree, to: &str) -> String {
    match repository.go_back(worktree, to, &message("Go back")).await.unwrap() {
        GoneBack::Done { head, .. } => head,
        GoneBack::Refused { reason } => panic!("refused: {reason}"),
    }
}

async fn refusal(repository: &Repository, worktree: &Worktree, to: &str) -> String {
    match repository.go_back(worktree, to, &message("Go back")).await.unwrap() {
        GoneBack::Done { head, .. } => panic!("went to {head}"),
        GoneBack::Refused { reason } => reason,
    }
}

fn admin(lab: &Lab) -> PathBuf {
    lab.root.join(".git/worktrees/x")
}

#[tokio::test]
async fn a_checkpoint_has_everything_and_touches_nothing() {
    let lab = Lab::new();
    lab.write(".gitignore", "ignored\n");
    lab.commit("ignore");
    let worktree = lab.work("x", &[("committed", "1\n")]).await;
    write_in(&worktree.path, "a.txt", "changed\n");
    write_in(&worktree.path, "untracked/file", "2\n");
    write_in(&worktree.path, "staged", "3\n");
    write_in(&worktree.path, "ignored", "secret\n");
    lab.git_in(&worktree.path, &["add", "staged"]);
    fs::remove_file(worktree.path.join("b.txt")).unwrap();
    // An agent that is in the middle of git.
    fs::write(admin(&lab).join("index.lock"), "").unwrap();
    let picture = || {
        let state =
            (fs::read(admin(&lab).join("index")).unwrap(), fs::read(admin(&lab).join("HEAD")).unwrap());
        (files_of(&worktree.path), state, lab.picture())
    };
    let before = picture();
    let taken = lab.open().await.take_checkpoint(&worktree, "attempt-1", 1).await.unwrap();
    assert_eq!(picture(), before);
    assert_eq!(taken.left_out, [""; 0]);
    let name = "refs/eval-kanban/checkpoint/attempt-1/1";
    assert_eq!(lab.git(&["rev-parse", name]), taken.commit);
    let names = lab.git(&["ls-tree", "-r", "--name-only", &taken.commit]);
    assert_eq!(names, ".gitignore\na.txt\ncommitted\nstaged\nuntracked/file");
    assert_eq!(lab.git(&["rev-parse", &format!("{name}^")]), lab.tip(&worktree.branch));
    let again = take(&lab.open().await, &worktree, 1).await;
    assert_eq!(lab.git(&["rev-parse", name]), again, "the same number again takes its place");
}

/// States of a worktree that differ in every way: content, mode, kind of file, folders for files.
fn change(worktree: &Worktree, step: u32) {
    let path = |name: &str| worktree.path.join(name);
    match step {
        0 => {}
        1 => {
            write_in(&worktree.path, "a.txt", "one\n");
            write_in(&worktree.path, "thing", "a file\n");
            fs::set_permissions(path("b.txt"), fs::Permissions::from_mode(0o755)).unwrap();
        }
        2 => {
            fs::remove_file(path("thing")).unwrap();
            write_in(&worktree.path, "thing/inside", "now a folder\n");
            fs::remove_file(path("b.txt")).unwrap();
            symlink("a.txt", path("b.txt")).unwrap();
        }
        3 => {
            fs::remove_dir_all(path("thing")).unwrap();
            symlink("nowhere", path("thing")).unwrap();
            fs::remove_file(path("a.txt")).unwrap();
            fs::write(path("ünïcode \n name"), b"\0\xff").unwrap();
        }
        _ => fs::write(path("ünïcode \n name"), b"").unwrap(),
    }
}

/// Files with their contents, and whether they can be run.
fn state_of(worktree: &Worktree) -> (Picture, Vec<u32>) {
    let files = files_of(&worktree.path);
    let mode = |path: &PathBuf| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o100;
    let modes = files.keys().map(mode).collect();
    (files, modes)
}

#[tokio::test]
async fn going_back_and_forth_loses_nothing() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    let repository = lab.open().await;
    let mut states = Vec::new();
    for step in 0..5 {
        change(&worktree, step);
        if step == 2 {
            lab.commit_in(&worktree.path, "a commit of the agent");
        }
        states.push((take(&repository, &worktree, step).await, state_of(&worktree)));
    }
    let mut tip = lab.tip(&worktree.branch);
    for to in [0, 4, 2, 1, 3, 3, 0, 2, 4, 1] {
        let (commit, state) = &states[to];
        let head = go_back(&repository, &worktree, commit).await;
        assert_eq!(&state_of(&worktree), state, "state {to}");
        assert_eq!(lab.tip(&worktree.branch), head);
        assert_eq!(lab.git_in(&worktree.path, &["status", "--porcelain"]), "", "clean at {to}");
        assert_eq!(
            lab.git_in(&worktree.path, &["symbolic-ref", "HEAD"]),
            format!("refs/heads/{}", worktree.branch)
        );
        let tree = |name: &str| lab.git(&["rev-parse", &format!("{name}^{{tree}}")]);
        assert_eq!(tree(&head), tree(commit));
        lab.git(&["merge-base", "--is-ancestor", &tip, &head]);
        assert_eq!(lab.git(&["rev-parse", "refs/eval-kanban/keep/x"]), head);
        tip = head;
    }
}

#[tokio::test]
async fn loose_work_is_a_commit_before_it_is_gone() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    let repository = lab.open().await;
    let first = take(&repository, &worktree, 0).await;
    write_in(&worktree.path, "loose", "not committed\n");
    go_back(&repository, &worktree, &first).await;
    assert!(!worktree.path.join("loose").exists());
    assert_eq!(lab.git(&["show", &format!("{}~:loose", worktree.branch)]), "not committed");
}

#[tokio::test]
async fn what_is_kept_nowhere_stops_the_way_back() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    let repository = lab.open().await;
    write_in(&worktree.path, "config", "shared\n");
    write_in(&worktree.path, "folder/file", "shared\n");
    let with_config = take(&repository, &worktree, 0).await;
    fs::remove_file(worktree.path.join("config")).unwrap();
    fs::remove_dir_all(worktree.path.join("folder")).unwrap();
    write_in(&worktree.path, ".gitignore", "config\nfolder\n");
    for (path, named) in [("config", "config"), ("folder", "folder"), ("config/deep", "config/deep")] {
        write_in(&worktree.path, path, "my secret\n");
        let before = files_of(&worktree.path);
        let reason = refusal(&repository, &worktree, &with_config).await;
        assert!(reason.contains(named), "{reason}");
        assert_eq!(files_of(&worktree.path), before);
        let top = worktree.path.join(path.split('/').next().unwrap());
        if top.is_dir() { fs::remove_dir_all(top).unwrap() } else { fs::remove_file(top).unwrap() }
    }
    go_back(&repository, &worktree, &with_config).await;
    assert_eq!(fs::read_to_string(worktree.path.join("config")).unwrap(), "shared\n");
}

#[tokio::test]
async fn a_rebase_in_the_middle_is_left_alone() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    let repository = lab.open().await;
    let first = take(&repository, &worktree, 0).await;
    lab.write("a.txt", "theirs\n");
    lab.commit("theirs");
    assert!(!lab.try_git_in(&worktree.path, &["rebase", "-q", "main"]).status.success());
    let reason = refusal(&repository, &worktree, &first).await;
    assert!(reason.contains("Rebase"), "{reason}");
    assert!(admin(&lab).join("rebase-merge").exists());
}

#[tokio::test]
async fn checkpoints_go_thirty_days_after_their_worktree() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    let repository = lab.open().await;
    take(&repository, &worktree, 0).await;
    let commit = lab.tip(&worktree.branch);
    repository.keep_commit(&worktree, "attempt-2", 0, &commit).await.unwrap();
    let (age, later) =
        (Duration::from_secs(30 * 24 * 3600), SystemTime::now() + Duration::from_secs(31 * 24 * 3600));
    assert_eq!(repository.expire_refs(age, later).await.unwrap(), [""; 0], "its worktree stands");
    repository.remove_worktree(&worktree, RemoveWorktree { delete_branch: true }).await.unwrap();
    assert_eq!(repository.expire_refs(age, SystemTime::now()).await.unwrap(), [""; 0]);
    let expired = repository.expire_refs(age, later).await.unwrap();
    let name = |id: &str| format!("refs/eval-kanban/checkpoint/{id}/0");
    assert!(expired.contains(&name("attempt-1")) && expired.contains(&name("attempt-2")), "{expired:?}");
    assert_eq!(lab.git(&["for-each-ref", "refs/eval-kanban/"]), "");
}
