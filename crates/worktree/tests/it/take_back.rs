//! Undo, revert, having a worktree back, and merging the base into one.

use std::{
    fs,
    path::Path,
    pin::pin,
    time::{Duration, Instant},
};

use worktree::{
    BaseMerge, GitEnvironment, Leftovers, MergeAttempt, MergeOutcome, MergeRefusal, MergeStyle,
    RemoveWorktree, Removed, Repository, RevertMerge, TakeBack, Worktree,
};

use crate::{
    crash::kill_tree,
    lab::{Lab, message, write_in},
};

const STYLES: [MergeStyle; 3] = [MergeStyle::Merge, MergeStyle::Squash, MergeStyle::Rebase];

fn of(worktree: &Worktree) -> TakeBack {
    TakeBack { id: worktree.id.clone(), target: "main".to_owned(), branch: Some(worktree.branch.clone()) }
}

/// Merged in this style, with the base moved meanwhile.
async fn merged(lab: &Lab, style: MergeStyle) -> Worktree {
    let worktree = lab.work("x", &[("a.txt", "one\n2\nthree\n"), ("new/file", "new\n")]).await;
    write_in(&worktree.path, "second", "2\n");
    lab.git_in(&worktree.path, &["add", "-A"]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "second"]);
    lab.write("meanwhile", "m\n");
    lab.commit("meanwhile");
    let request = MergeAttempt { style, ..lab.merge_request(&worktree) };
    let outcome = lab.open().await.merge_attempt(&request).await.unwrap();
    assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{outcome:?}");
    worktree
}

#[tokio::test]
async fn an_undo_brings_everything_back_to_before() {
    for style in STYLES {
        let lab = Lab::new();
        let worktree = merged(&lab, style).await;
        lab.write("b.txt", "dirty\n");
        lab.write("untracked", "u\n");
        let outcome = lab.open().await.undo_merge(&of(&worktree)).await.unwrap();
        assert!(matches!(outcome, MergeOutcome::Merged { is_checkout_updated: true, .. }), "{outcome:?}");
        assert_eq!(lab.git(&["log", "-1", "--format=%s", "main"]), "meanwhile", "{style:?}");
        assert!(!lab.root.join("new").exists() && !lab.root.join("second").exists());
        assert_eq!(lab.read("a.txt") + &lab.read("b.txt"), "one\ntwo\nthree\ndirty\n");
        assert_eq!(lab.git(&["status", "--porcelain"]), " M b.txt\n?? untracked");
        let evidence = lab.open().await.find_evidence("x").await.unwrap();
        assert_eq!((evidence.merged, evidence.reverted), (None, None));
        let again = lab.open().await.undo_merge(&of(&worktree)).await.unwrap();
        assert_eq!(again, MergeOutcome::Refused { reason: MergeRefusal::NotMerged });
        let request = MergeAttempt { style, ..lab.merge_request(&worktree) };
        let outcome = lab.open().await.merge_attempt(&request).await.unwrap();
        assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{style:?}: {outcome:?}");
        assert_eq!(lab.read("new/file"), "new\n");
    }
}

#[tokio::test]
async fn an_undo_is_refused_untouched_where_somebody_built_on_it_or_works_in_its_files() {
    type Build<'a> = (&'a str, &'a dyn Fn(&Lab));
    let build: [Build; 3] = [
        ("main", &|lab| {
            lab.write("later", "l");
            lab.commit("later");
        }),
        ("feature", &|lab| drop(lab.git(&["branch", "feature"]))),
        ("origin/main", &|lab| drop(lab.git(&["update-ref", "refs/remotes/origin/main", "main"]))),
    ];
    for (name, build) in build {
        let lab = Lab::new();
        let worktree = merged(&lab, MergeStyle::Squash).await;
        build(&lab);
        let before = lab.picture();
        let outcome = lab.open().await.undo_merge(&of(&worktree)).await.unwrap();
        assert_eq!(outcome, MergeOutcome::BuiltOn { refs: vec![name.to_owned()] });
        assert!(lab.picture() == before, "{name}");
    }
    let lab = Lab::new();
    let worktree = merged(&lab, MergeStyle::Merge).await;
    lab.write("new/file", "the user goes on\n");
    let before = lab.picture();
    let outcome = lab.open().await.undo_merge(&of(&worktree)).await.unwrap();
    let reason = MergeRefusal::DirtyFiles { paths: vec!["new/file".to_owned()] };
    assert_eq!(outcome, MergeOutcome::Refused { reason });
    assert!(lab.picture() == before);
    let evidence = lab.open().await.find_evidence("x").await.unwrap();
    assert_eq!(evidence.merged, Some(lab.tip("main")));
}

#[tokio::test]
async fn an_undo_does_not_take_another_tasks_branch_of_the_same_name_for_its_own() {
    for is_others in [false, true] {
        let lab = Lab::new();
        let worktree = lab.work("x", &[("new", "1")]).await;
        let request = MergeAttempt { style: MergeStyle::Rebase, ..lab.merge_request(&worktree) };
        let repository = lab.open().await;
        let outcome = repository.merge_attempt(&request).await.unwrap();
        assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{outcome:?}");
        repository.remove_worktree(&worktree, RemoveWorktree { delete_branch: !is_others }).await.unwrap();
        if is_others {
            lab.git(&["checkout", "-q", &worktree.branch]);
            lab.write("built", "on it\n");
            lab.commit("of another task");
            lab.git(&["checkout", "-q", "main"]);
        } else {
            lab.git(&["branch", &worktree.branch, "refs/eval-kanban/keep/x"]);
        }
        let outcome = repository.undo_merge(&of(&worktree)).await.unwrap();
        match is_others {
            true => assert_eq!(outcome, MergeOutcome::BuiltOn { refs: vec![worktree.branch.clone()] }),
            false => assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_revert_takes_the_changes_back_and_keeps_what_came_later() {
    for style in STYLES {
        let lab = Lab::new();
        let worktree = merged(&lab, style).await;
        lab.write("later", "l\n");
        let tip = lab.commit("later");
        lab.write("b.txt", "dirty\n");
        let request = RevertMerge { merge: of(&worktree), commit: message("Revert it") };
        let outcome = lab.open().await.revert_merge(&request).await.unwrap();
        let MergeOutcome::Merged { commit, before, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!((lab.tip("main"), before), (commit.clone(), tip.clone()), "{style:?}");
        assert_eq!(lab.git(&["log", "-1", "--format=%P %s", "main"]), format!("{tip} Revert it"));
        assert_eq!(lab.git(&["ls-files"]), "a.txt\nb.txt\nlater\nmeanwhile", "{style:?}");
        assert_eq!(lab.git(&["status", "--porcelain"]), " M b.txt");
        assert_eq!(lab.open().await.find_evidence("x").await.unwrap().reverted, Some(commit));
        let again = lab.open().await.revert_merge(&request).await.unwrap();
        assert_eq!(again, MergeOutcome::Refused { reason: MergeRefusal::NotMerged });
    }
}

#[tokio::test]
async fn a_revert_that_conflicts_changes_nothing() {
    let lab = Lab::new();
    let worktree = merged(&lab, MergeStyle::Squash).await;
    lab.write("a.txt", "one\nrewritten\nthree\n");
    lab.commit("rewritten");
    let before = lab.picture();
    let request = RevertMerge { merge: of(&worktree), commit: message("Revert it") };
    let outcome = lab.open().await.revert_merge(&request).await.unwrap();
    let MergeOutcome::Conflict { files } = outcome else { panic!("{outcome:?}") };
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a.txt"]);
    assert!(lab.picture() == before);
}

#[tokio::test]
async fn a_removed_worktree_comes_back_with_all_that_was_in_it() {
    let lab = Lab::new();
    lab.write(".gitignore", ".env\n");
    lab.commit("ignore");
    lab.write(".env", "BEFORE=1");
    let carry = vec![".env".to_owned()];
    let request = worktree::CreateWorktree { carry: carry.clone(), ..lab.request("x", "Some work") };
    let repository = lab.open().await;
    let worktree = repository.create_worktree(&request).await.unwrap().worktree;
    write_in(&worktree.path, "committed", "c\n");
    lab.git_in(&worktree.path, &["add", "-A"]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "work"]);
    write_in(&worktree.path, "a.txt", "loose\n");
    write_in(&worktree.path, "untracked", "u\n");
    write_in(&worktree.path, ".env", "AFTER=1");
    let tip = lab.tip(&worktree.branch);
    let removed =
        repository.remove_worktree(&worktree, RemoveWorktree { delete_branch: true }).await.unwrap();
    assert!(matches!(removed, Removed::Done { .. }), "{removed:?}");
    assert!(!worktree.path.exists());
    let restored = repository.restore_worktree("x", &carry).await.unwrap();
    assert_eq!((&restored.worktree, restored.notes), (&worktree, Vec::<String>::new()));
    assert_eq!(lab.tip(&worktree.branch), tip);
    assert_eq!(lab.git_in(&worktree.path, &["status", "--porcelain"]), " M a.txt\n?? untracked");
    assert_eq!(fs::read_to_string(worktree.path.join(".env")).unwrap(), "AFTER=1");
    assert_eq!(repository.restore_worktree("x", &carry).await.unwrap().worktree, worktree, "it is found");
    let left = repository.commit_leftovers(&worktree, &message("left")).await.unwrap();
    assert!(matches!(left, Leftovers::Committed { .. }), "{left:?}");
    assert!(repository.sweep_orphans(&lab.workspaces(), &["x".to_owned()]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_worktree_whose_branch_or_folder_is_somebody_elses_now_does_not_come_back() {
    let lab = Lab::new();
    let repository = lab.open().await;
    let worktree = lab.work("x", &[("new", "1")]).await;
    repository.remove_worktree(&worktree, RemoveWorktree { delete_branch: true }).await.unwrap();
    lab.git(&["branch", "ek/x", "main"]);
    let error = repository.restore_worktree("x", &[]).await.unwrap_err().to_string();
    assert!(error.contains("ek/x is there with other commits"), "{error}");
    lab.git(&["branch", "-D", "ek/x"]);
    write_in(&worktree.path, "mine", "m");
    let error = repository.restore_worktree("x", &[]).await.unwrap_err().to_string();
    assert!(error.contains("move them away"), "{error}");
    assert_eq!(fs::read_to_string(worktree.path.join("mine")).unwrap(), "m");
    fs::remove_dir_all(&worktree.path).unwrap();
    assert_eq!(repository.restore_worktree("x", &[]).await.unwrap().worktree, worktree);
    assert!(repository.restore_worktree("unknown", &[]).await.is_err());
}

#[tokio::test]
async fn the_base_is_merged_into_a_worktree_with_its_conflicts_and_concluded_when_they_are_gone() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    let repository = lab.open().await;
    assert_eq!(repository.begin_base_merge(&worktree, "main").await.unwrap(), BaseMerge::UpToDate);
    lab.write("a.txt", "theirs\n");
    lab.write("c.txt", "c\n");
    let base = lab.commit("theirs");
    let expected = BaseMerge::Conflicts { paths: vec!["a.txt".to_owned()] };
    assert_eq!(repository.begin_base_merge(&worktree, "main").await.unwrap(), expected);
    assert_eq!(repository.begin_base_merge(&worktree, "main").await.unwrap(), expected, "it is found");
    let left = repository.commit_leftovers(&worktree, &message("left")).await.unwrap();
    assert!(matches!(&left, Leftovers::Unresolved { paths, .. } if paths == &["a.txt"]), "{left:?}");
    write_in(&worktree.path, "a.txt", "both\n");
    let left = repository.commit_leftovers(&worktree, &message("left")).await.unwrap();
    let Leftovers::Committed { commit, .. } = left else { panic!("{left:?}") };
    assert_eq!(lab.git(&["rev-parse", &format!("{commit}^2")]), base);
    assert_eq!(lab.git(&["log", "-1", "--format=%s", &commit]), "Merge branch 'main' into ek/x");
    assert_eq!(lab.git_in(&worktree.path, &["status", "--porcelain"]), "");
    let outcome = lab.merge(&worktree).await;
    assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{outcome:?}");
    assert_eq!(lab.read("a.txt"), "both\n");
}

#[tokio::test]
async fn a_base_merge_waits_for_the_one_before_it_and_no_lock_of_a_killed_git_stops_it() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    lab.write("c.txt", "c\n");
    lab.commit("theirs");
    let repository = lab.open().await;
    let held = lab.root.join(".git/eval-kanban/tmp/base-x.lock");
    let at_work = fs::File::create(&held).unwrap();
    at_work.lock().unwrap();
    fs::write(lab.root.join(".git/worktrees/x/index.lock"), "").unwrap();
    let mut merging = pin!(repository.begin_base_merge(&worktree, "main"));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut merging).await;
    assert!(early.is_err(), "it does not wait: {early:?}");
    assert!(lab.root.join(".git/worktrees/x/index.lock").exists(), "somebody is at work");
    drop(at_work);
    assert_eq!(merging.await.unwrap(), BaseMerge::Clean);
    assert!(!held.exists() && !lab.root.join(".git/worktrees/x/index.lock").exists());
}

/// Not a test of its own: another starts it as a process and kills it.
#[tokio::test]
async fn the_base_merger_that_is_killed() {
    let (Some(root), Ok(order)) = (std::env::var_os("BASE_ROOT"), std::env::var("BASE_ORDER")) else {
        return;
    };
    let repository = Repository::open_in(Path::new(&root), GitEnvironment::default()).await.unwrap();
    let worktree: Worktree = serde_json::from_str(&order).unwrap();
    repository.begin_base_merge(&worktree, "main").await.unwrap();
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the process that is killed")]
async fn a_base_merge_that_outlived_its_master_is_waited_for_and_found() {
    let lab = Lab::new();
    let (reached, go_on) = (lab.folder.path().join("reached"), lab.folder.path().join("go-on"));
    lab.write(".gitattributes", "*.slow filter=slow\n");
    lab.commit("attributes");
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    lab.write("c.slow", "c\n");
    lab.commit("theirs");
    // The user's own filter holds git up while it writes the files.
    let (at, until) = (reached.display(), go_on.display());
    let smudge = format!("touch '{at}'; while [ ! -e '{until}' ]; do sleep 0.01; done; cat");
    lab.git(&["config", "--global", "filter.slow.smudge", &smudge]);
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "take_back::the_base_merger_that_is_killed", "--nocapture"]);
    command.envs(lab.environment()).env("BASE_ROOT", &lab.root);
    command.env("BASE_ORDER", serde_json::to_string(&worktree).unwrap());
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !reached.exists() {
        assert!(Instant::now() < deadline, "git has not come to the file");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    kill_tree(&mut child, false);
    let repository = lab.open().await;
    let mut merging = pin!(repository.begin_base_merge(&worktree, "main"));
    let early = tokio::time::timeout(Duration::from_secs(4), &mut merging).await;
    fs::write(&go_on, "").unwrap();
    assert!(early.is_err(), "it does not wait: {early:?}");
    assert_eq!(merging.await.unwrap(), BaseMerge::Clean);
    assert_eq!(fs::read_to_string(worktree.path.join("c.slow")).unwrap(), "c\n");
}
