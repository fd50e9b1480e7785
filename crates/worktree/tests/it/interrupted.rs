//! Making and removing a worktree, killed at random moments: called again, both come to a right end.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use worktree::{CreateWorktree, GitEnvironment, RemoveWorktree, Removed, Repository, Worktree};

use crate::{
    crash::{Random, kill_tree},
    lab::{Lab, write_in},
};

const RUNS: usize = 12;
const FILES: usize = 400;

fn large() -> Lab {
    let lab = Lab::new();
    for number in 0..FILES {
        lab.write(&format!("d{}/f{number}", number % 9), &"x\n".repeat(500));
    }
    lab.commit("many");
    lab
}

#[expect(clippy::disallowed_methods, reason = "the process that is killed")]
fn start(lab: &Lab, name: &str, order: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("interrupted::{name}"), "--nocapture"]).envs(lab.environment());
    command.env("INTERRUPTED_ROOT", &lab.root).env("INTERRUPTED_ORDER", order);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

async fn repository() -> Option<(Repository, String)> {
    let (root, order) = (std::env::var_os("INTERRUPTED_ROOT")?, std::env::var("INTERRUPTED_ORDER").ok()?);
    Some((Repository::open_in(Path::new(&root), GitEnvironment::default()).await.unwrap(), order))
}

/// Not a test of its own: another starts it as a process and kills it.
#[tokio::test]
async fn the_maker_that_is_killed() {
    let Some((repository, id)) = repository().await else { return };
    repository.create_worktree(&request(&repository, &id)).await.unwrap();
}

/// Not a test of its own: another starts it as a process and kills it.
#[tokio::test]
async fn the_remover_that_is_killed() {
    let Some((repository, order)) = repository().await else { return };
    let worktree: Worktree = serde_json::from_str(&order).unwrap();
    repository.remove_worktree(&worktree, RemoveWorktree { delete_branch: true }).await.unwrap();
}

fn request(repository: &Repository, id: &str) -> CreateWorktree {
    CreateWorktree {
        id: id.to_owned(),
        workspaces: repository.root().parent().unwrap().join("workspaces"),
        title: id.to_owned(),
        prefix: "ek".to_owned(),
        base_branch: None,
        base_commit: None,
        carry: Vec::new(),
    }
}

/// Kills a process at a random moment, sooner after each time that was too late.
async fn kill_at_random(mut child: Child, run: usize, random: &mut Random, length: &mut Duration) -> bool {
    tokio::time::sleep(length.mul_f64(random.next())).await;
    let is_late = child.try_wait().unwrap().is_some();
    *length = length.mul_f64(if is_late { 0.8 } else { 1.02 });
    kill_tree(&mut child, run.is_multiple_of(2));
    !is_late
}

#[tokio::test]
async fn a_creation_is_finished_by_the_next_call() {
    let lab = large();
    let repository = lab.open().await;
    let started = Instant::now();
    start(&lab, "the_maker_that_is_killed", "first").wait().unwrap();
    let (mut random, mut length, mut cut) = (Random::new(), started.elapsed(), 0);
    println!("seed {}", random.0);
    for run in 0..RUNS {
        let id = format!("id-{run}");
        let child = start(&lab, "the_maker_that_is_killed", &id);
        cut += usize::from(kill_at_random(child, run, &mut random, &mut length).await);
        let created = repository.create_worktree(&request(&repository, &id)).await.unwrap();
        let Worktree { path, branch, .. } = created.worktree;
        assert!(branch.starts_with(&format!("ek/{id}")), "{branch}");
        assert_eq!(
            lab.git_in(&path, &["status", "--porcelain", "--branch"]),
            format!("## {branch}"),
            "run {run}"
        );
        assert_eq!(fs::read_dir(path.join("d1")).unwrap().count(), FILES.div_ceil(9));
        lab.git(&["rev-parse", &format!("refs/eval-kanban/keep/{id}")]);
    }
    println!("{cut} of {RUNS} creations were cut off");
    assert_eq!(lab.git(&["fsck", "--strict"]), "");
    let known: Vec<String> = (0..RUNS).map(|run| format!("id-{run}")).chain(["first".to_owned()]).collect();
    let orphans = repository.sweep_orphans(&lab.workspaces(), &known).await.unwrap();
    assert!(orphans.is_empty(), "{orphans:?}");
}

#[tokio::test]
async fn a_removal_is_finished_by_the_next_call_and_loses_nothing() {
    let lab = large();
    let repository = lab.open().await;
    let (mut random, mut length, mut cut) = (Random::new(), Duration::from_millis(400), 0);
    println!("seed {}", random.0);
    for run in 0..RUNS {
        let id = format!("id-{run}");
        let worktree = lab.work(&id, &[("committed", &id)]).await;
        write_in(&worktree.path, "loose", &format!("precious {run}"));
        let tip = lab.tip(&worktree.branch);
        let child = start(&lab, "the_remover_that_is_killed", &serde_json::to_string(&worktree).unwrap());
        cut += usize::from(kill_at_random(child, run, &mut random, &mut length).await);
        let removed = remove_patiently(&repository, &worktree).await;
        assert!(matches!(removed, Removed::Done { .. }), "run {run}: {removed:?}");
        assert!(!worktree.path.exists());
        assert_eq!(lab.git(&["rev-parse", &format!("refs/eval-kanban/keep/{id}")]), tip, "run {run}");
        let all = lab.git(&["log", "--format=%H", &format!("refs/eval-kanban/trash/{id}")]);
        let is_kept = |commit: &str| {
            lab.try_git_in(&lab.root, &["show", &format!("{commit}:loose")]).stdout
                == format!("precious {run}").as_bytes()
        };
        assert!(all.lines().any(is_kept), "run {run}: the loose file is lost");
    }
    println!("{cut} of {RUNS} removals were cut off");
    assert_eq!(lab.git(&["worktree", "list"]).lines().count(), 1);
}

/// A git that outlived its master may still be deleting: then the call is repeated, as the caller would.
async fn remove_patiently(repository: &Repository, worktree: &Worktree) -> Removed {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match repository.remove_worktree(worktree, RemoveWorktree { delete_branch: true }).await {
            Ok(removed) => return removed,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_lock_of_a_git_that_was_killed_stops_no_creation() {
    let lab = large();
    let repository = lab.open().await;
    let folder = repository.root().join(".git/refs/heads/ek");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("locked.lock"), "").unwrap();
    let created = repository.create_worktree(&request(&repository, "locked")).await.unwrap();
    assert_eq!(created.worktree.branch, "ek/locked");
}
