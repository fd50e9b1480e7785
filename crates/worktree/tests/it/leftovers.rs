//! What an agent leaves uncommitted ends on its branch, or is kept by a ref and said.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt};

use worktree::{Leftovers, Worktree};

use crate::lab::{Lab, message, write_in};

async fn commit(lab: &Lab, worktree: &Worktree) -> Leftovers {
    lab.open().await.commit_leftovers(worktree, &message("leftovers")).await.unwrap()
}

fn committed(leftovers: Leftovers) -> String {
    match leftovers {
        Leftovers::Committed { commit, .. } => commit,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn everything_is_committed_under_any_name() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    write_in(&worktree.path, "new\nline", "1");
    write_in(&worktree.path, " lead ing/-dash", "2");
    write_in(&worktree.path, ":(exclude)*", "3");
    write_in(&worktree.path, "a.txt", "changed\n");
    fs::write(worktree.path.join(OsStr::from_bytes(b"\xff\xfe")), "4").unwrap();
    fs::remove_file(worktree.path.join("b.txt")).unwrap();
    let commit_id = committed(commit(&lab, &worktree).await);
    assert_eq!(lab.tip("ek/x"), commit_id);
    assert_eq!(lab.git_in(&worktree.path, &["status", "--porcelain"]), "");
    assert_eq!(lab.git(&["diff", "--name-only", "-z", "main", "ek/x"]).matches('\0').count(), 6);
    assert_eq!(lab.git(&["log", "-1", "--format=%an %s", "ek/x"]), "Ada leftovers");
    assert_eq!(lab.git(&["rev-parse", "refs/eval-kanban/keep/x"]), commit_id);
    assert_eq!(commit(&lab, &worktree).await, Leftovers::Clean { head: commit_id });
}

#[tokio::test]
async fn a_lock_and_a_broken_index_of_a_stopped_agent_are_no_obstacle() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    write_in(&worktree.path, "new", "1");
    fs::write(lab.root.join(".git/worktrees/x/index.lock"), "").unwrap();
    fs::write(lab.root.join(".git/worktrees/x/index"), "garbage").unwrap();
    committed(commit(&lab, &worktree).await);
    assert_eq!(lab.git_in(&worktree.path, &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_replaced_git_file_does_not_lead_us_away() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    for replace in ["init", "remove", "garbage"] {
        write_in(&worktree.path, "new", replace);
        let file = worktree.path.join(".git");
        fs::remove_file(&file).unwrap();
        match replace {
            "init" => drop(lab.git_in(&worktree.path, &["init", "-q"])),
            "garbage" => fs::write(&file, "gitdir: /nowhere\n").unwrap(),
            _ => {}
        }
        let commit_id = committed(commit(&lab, &worktree).await);
        assert_eq!(lab.git(&["show", &format!("{commit_id}:new")]), replace);
        if file.is_dir() {
            fs::remove_dir_all(&file).unwrap();
        }
        fs::write(&file, "gitdir: /nowhere\n").unwrap();
    }
}

#[tokio::test]
async fn an_agent_on_another_branch_is_brought_back() {
    let lab = Lab::new();
    let moves: [&[&str]; 3] = [
        &["checkout", "-q", "-b", "mine"],
        &["checkout", "-q", "--detach"],
        &["branch", "-q", "-m", "renamed"],
    ];
    for (number, go) in moves.iter().enumerate() {
        let id = format!("x{number}");
        let worktree = lab.work(&id, &[("first", "1")]).await;
        lab.git_in(&worktree.path, go);
        write_in(&worktree.path, "second", "2");
        lab.git_in(&worktree.path, &["add", "-A"]);
        lab.git_in(&worktree.path, &["commit", "-q", "-m", "elsewhere"]);
        write_in(&worktree.path, "third", "3");
        let leftovers = commit(&lab, &worktree).await;
        assert!(matches!(&leftovers, Leftovers::Committed { moved_from: Some(_), .. }), "{leftovers:?}");
        let branch = worktree.branch.as_str();
        let names = lab.git(&["diff", "--name-only", "main", branch]);
        assert_eq!(names.lines().collect::<Vec<_>>(), ["first", "second", "third"], "{go:?}");
        assert_eq!(
            lab.git_in(&worktree.path, &["status", "--porcelain", "--branch"]),
            format!("## {branch}")
        );
    }
}

#[tokio::test]
async fn a_history_beside_the_branch_is_kept_by_a_ref() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("first", "1")]).await;
    let tip = lab.tip("ek/x");
    lab.git_in(&worktree.path, &["checkout", "-q", "--detach", "main"]);
    write_in(&worktree.path, "loose", "precious");
    let leftovers = commit(&lab, &worktree).await;
    let Leftovers::Snapshotted { snapshot_ref, head, .. } = leftovers else { panic!("{leftovers:?}") };
    assert_eq!((head, lab.tip("ek/x")), (tip.clone(), tip));
    assert_eq!(lab.git(&["show", &format!("{snapshot_ref}:loose")]), "precious");
}

#[tokio::test]
async fn conflicts_are_kept_but_not_committed_and_a_resolved_merge_is() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    lab.write("a.txt", "theirs\n");
    lab.commit("theirs");
    lab.try_git_in(&worktree.path, &["merge", "main"]);
    let leftovers = commit(&lab, &worktree).await;
    let Leftovers::Unresolved { snapshot_ref, paths, .. } = leftovers else { panic!("{leftovers:?}") };
    assert_eq!(paths, ["a.txt"]);
    assert!(lab.git(&["show", &format!("{snapshot_ref}:a.txt")]).contains("<<<<<<<"));
    assert!(lab.git_in(&worktree.path, &["status", "--porcelain"]).starts_with("UU"));
    // Added with its markers it is no more resolved than before.
    lab.git_in(&worktree.path, &["add", "a.txt"]);
    assert!(matches!(commit(&lab, &worktree).await, Leftovers::Unresolved { .. }));
    write_in(&worktree.path, "a.txt", "both\n");
    let commit_id = committed(commit(&lab, &worktree).await);
    assert_eq!(lab.git(&["rev-list", "--parents", "-1", &commit_id]).split(' ').count(), 3);
    assert_eq!(lab.git_in(&worktree.path, &["status", "--porcelain"]), "");
    assert!(!lab.root.join(".git/worktrees/x/MERGE_HEAD").exists());
}

#[tokio::test]
async fn a_rebase_in_progress_is_kept_by_a_ref() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    lab.write("a.txt", "theirs\n");
    lab.commit("theirs");
    lab.try_git_in(&worktree.path, &["rebase", "main"]);
    let leftovers = commit(&lab, &worktree).await;
    assert!(matches!(leftovers, Leftovers::Snapshotted { .. }), "{leftovers:?}");
}

#[tokio::test]
async fn huge_files_pipes_and_repositories_inside_are_left_out() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    write_in(&worktree.path, "good", "1");
    let huge = fs::File::create(worktree.path.join("huge.bin")).unwrap();
    huge.set_len(50 << 30).unwrap();
    nix::unistd::mkfifo(&worktree.path.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (inside, has_commit) in [("nested", true), ("fresh", false)] {
        write_in(&worktree.path, &format!("{inside}/file"), "1");
        lab.git_in(&worktree.path.join(inside), &["init", "-q"]);
        if has_commit {
            lab.git_in(&worktree.path.join(inside), &["add", "-A"]);
            lab.git_in(&worktree.path.join(inside), &["commit", "-q", "-m", "inside"]);
        }
    }
    let started = std::time::Instant::now();
    let leftovers = commit(&lab, &worktree).await;
    assert!(started.elapsed().as_secs() < 5, "the huge file was read");
    let Leftovers::Committed { left_out, .. } = leftovers else { panic!("{leftovers:?}") };
    assert!(
        left_out.contains(&"huge.bin".to_owned()) && left_out.contains(&"nested/".to_owned()),
        "{left_out:?}"
    );
    let names = lab.git(&["diff", "--name-only", "main", "ek/x"]);
    assert!(names.contains("good") && !names.contains("huge") && !names.contains("nested"), "{names}");
}
