//! A merge does all or nothing, and never touches what is the user's.

use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
    time::{Duration, SystemTime},
};

use worktree::{ConflictKind, InProgress, MergeOutcome, MergeRefusal};

use crate::lab::{Lab, write_in};

fn refusal(outcome: MergeOutcome) -> MergeRefusal {
    match outcome {
        MergeOutcome::Refused { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_merged(outcome: &MergeOutcome, is_updated: bool) {
    match outcome {
        MergeOutcome::Merged { is_checkout_updated, .. } => assert_eq!(*is_checkout_updated, is_updated),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_checkout_is_brought_along_and_other_work_is_kept() {
    let lab = Lab::new();
    lab.write(".gitignore", "*.log\n");
    lab.commit("ignore");
    let worktree = lab.work("x", &[("a.txt", "one\n2\nthree\n"), ("new/file", "new\n")]).await;
    lab.write("meanwhile.txt", "base moved\n");
    let before = lab.commit("meanwhile");
    lab.write("b.txt", "dirty\n");
    lab.write("staged.txt", "staged\n");
    lab.git(&["add", "staged.txt"]);
    lab.write("untracked.txt", "u");
    lab.write("x.log", "ignored");
    let status = lab.git(&["status", "--porcelain"]);
    let outcome = lab.merge(&worktree).await;
    assert_merged(&outcome, true);
    let MergeOutcome::Merged { commit, undo_ref, before: was, .. } = outcome else { panic!("not merged") };
    assert_eq!((lab.tip("main"), was), (commit.clone(), before.clone()));
    assert_eq!(lab.git(&["rev-parse", &undo_ref]), before);
    assert_eq!(lab.git(&["rev-list", "--parents", "-1", "main"]).split(' ').nth(1), Some(before.as_str()));
    assert_eq!(lab.git(&["status", "--porcelain"]), status);
    assert_eq!((lab.read("a.txt").as_str(), lab.read("b.txt").as_str()), ("one\n2\nthree\n", "dirty\n"));
    assert_eq!(
        (lab.read("new/file").as_str(), lab.read("meanwhile.txt").as_str()),
        ("new\n", "base moved\n")
    );
    assert_eq!(lab.merge(&worktree).await, MergeOutcome::AlreadyMerged { commit });
    assert!(!lab.root.join(".git/index.lock").exists());
    assert_eq!(lab.git(&["for-each-ref", "refs/eval-kanban/merge"]), "");
    lab.git(&["fsck", "--strict"]);
}

#[tokio::test]
async fn dirty_and_staged_files_are_refused_untouched() {
    for kind in ["dirty", "staged", "deleted", "assumed", "mode", "removed from index"] {
        let lab = Lab::new();
        let worktree = lab.work("x", &[("a.txt", "one\n2\nthree\n")]).await;
        match kind {
            "deleted" => fs::remove_file(lab.root.join("a.txt")).unwrap(),
            "mode" => {
                use std::os::unix::fs::PermissionsExt;
                fs::set_permissions(lab.root.join("a.txt"), fs::Permissions::from_mode(0o755)).unwrap();
            }
            "removed from index" => drop(lab.git(&["rm", "-q", "--cached", "a.txt"])),
            _ => lab.write("a.txt", "the user's own\n"),
        }
        match kind {
            "staged" => drop(lab.git(&["add", "a.txt"])),
            "assumed" => drop(lab.git(&["update-index", "--assume-unchanged", "a.txt"])),
            _ => {}
        }
        let before = lab.picture();
        let reason = refusal(lab.merge(&worktree).await);
        let is_right = matches!(&reason, MergeRefusal::DirtyFiles { paths } if paths == &["a.txt"]);
        assert!(
            is_right || (kind == "assumed" && matches!(reason, MergeRefusal::Other { .. })),
            "{kind}: {reason:?}"
        );
        assert!(lab.picture() == before, "{kind}");
        assert!(!lab.root.join(".git/index.lock").exists());
    }
}

#[tokio::test]
async fn files_in_the_way_are_refused_untouched() {
    type Put<'a> = (&'a str, &'a dyn Fn(&Lab));
    let put: [Put; 6] = [
        ("untracked", &|lab| lab.write("new/file", "the user's own")),
        ("ignored", &|lab| {
            lab.write(".git/info/exclude", "new\n");
            lab.write("new/file", "the user's own");
        }),
        ("a file where a folder comes", &|lab| lab.write("new", "the user's own")),
        ("an ignored file where a folder comes", &|lab| {
            lab.write(".git/info/exclude", "new\n");
            lab.write("new", "the user's own");
        }),
        ("a folder where a file comes", &|lab| lab.write("new/file/deep", "the user's own")),
        ("a link where a folder comes", &|lab| symlink("/etc", lab.root.join("new")).unwrap()),
    ];
    for (kind, put) in put {
        let lab = Lab::new();
        let worktree = lab.work("x", &[("new/file", "the agent's")]).await;
        put(&lab);
        let before = lab.picture();
        let reason = refusal(lab.merge(&worktree).await);
        assert!(
            matches!(&reason, MergeRefusal::InTheWay { paths } if paths.len() == 1),
            "{kind}: {reason:?}"
        );
        assert!(lab.picture() == before, "{kind}");
    }
}

#[tokio::test]
async fn a_folder_may_become_a_file_unless_something_is_left_in_it() {
    for has_ignored in [false, true] {
        let lab = Lab::new();
        lab.write("thing/inside", "1");
        lab.write(".gitignore", "secret\n");
        lab.commit("a folder");
        let worktree = lab.worktree("x").await;
        fs::remove_dir_all(worktree.path.join("thing")).unwrap();
        write_in(&worktree.path, "thing", "a file");
        lab.git_in(&worktree.path, &["add", "-A"]);
        lab.git_in(&worktree.path, &["commit", "-q", "-m", "x"]);
        if has_ignored {
            lab.write("thing/secret", "the user's own");
        }
        let before = lab.picture();
        let outcome = lab.merge(&worktree).await;
        if has_ignored {
            assert!(matches!(refusal(outcome), MergeRefusal::InTheWay { .. }));
            assert!(lab.picture() == before);
        } else {
            assert_merged(&outcome, true);
            assert_eq!(lab.read("thing"), "a file");
        }
    }
}

#[tokio::test]
async fn conflicts_are_listed_and_nothing_changes() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "mine\n"), ("both ü\n.txt", "mine\n")]).await;
    lab.write("a.txt", "theirs\n");
    lab.write("both ü\n.txt", "theirs\n");
    lab.commit("theirs");
    lab.write("b.txt", "dirty");
    let before = lab.picture();
    let MergeOutcome::Conflict { files } = lab.merge(&worktree).await else { panic!("no conflict") };
    let seen: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.kind)).collect();
    assert_eq!(seen, [("a.txt", ConflictKind::Content), ("both ü\n.txt", ConflictKind::AddAdd)]);
    assert!(lab.picture() == before);
    assert!(!lab.root.join(".git/MERGE_HEAD").exists());
}

#[tokio::test]
async fn a_checkout_elsewhere_is_not_touched() {
    for detach in [true, false] {
        let lab = Lab::new();
        let worktree = lab.work("x", &[("a.txt", "merged\n")]).await;
        lab.git(if detach { &["checkout", "-q", "--detach"] } else { &["checkout", "-q", "-b", "other"] });
        lab.write("a.txt", "dirty\n");
        let outcome = lab.merge(&worktree).await;
        assert_merged(&outcome, false);
        assert_eq!(lab.read("a.txt"), "dirty\n");
        assert_eq!(lab.git(&["show", "main:a.txt"]), "merged");
        assert_eq!(lab.git(&["status", "--porcelain"]), " M a.txt");
    }
}

#[tokio::test]
async fn a_target_in_another_worktree_is_refused() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "merged\n")]).await;
    lab.git(&["checkout", "-q", "-b", "other"]);
    let elsewhere = lab.folder.path().canonicalize().unwrap().join("else where");
    lab.git(&["worktree", "add", "-q", elsewhere.to_str().unwrap(), "main"]);
    assert_eq!(
        refusal(lab.merge(&worktree).await),
        MergeRefusal::CheckedOutElsewhere { path: elsewhere.clone() }
    );
    write_in(&elsewhere, "a.txt", "elsewhere\n");
    lab.git_in(&elsewhere, &["commit", "-q", "-a", "-m", "elsewhere"]);
    lab.git(&["branch", "-q", "side", "main~1"]);
    lab.git(&["checkout", "-q", "side"]);
    lab.write("a.txt", "side\n");
    lab.commit("side");
    lab.try_git_in(&elsewhere, &["rebase", "side"]);
    let reason = refusal(lab.merge(&worktree).await);
    assert_eq!(reason, MergeRefusal::OperationInProgress { operation: InProgress::Rebase, path: elsewhere });
}

#[tokio::test]
async fn an_operation_in_progress_is_refused() {
    let begin: [(InProgress, &[&str]); 5] = [
        (InProgress::Merge, &["merge", "side"]),
        (InProgress::Rebase, &["rebase", "side"]),
        (InProgress::CherryPick, &["cherry-pick", "side"]),
        (InProgress::Revert, &["revert", "--no-commit", "HEAD"]),
        (InProgress::Bisect, &["bisect", "start", "HEAD", "HEAD~1"]),
    ];
    for (operation, command) in begin {
        let lab = Lab::new();
        let worktree = lab.work("x", &[("c.txt", "merged\n")]).await;
        lab.git(&["checkout", "-q", "-b", "side"]);
        lab.write("a.txt", "side\n");
        lab.commit("side");
        lab.git(&["checkout", "-q", "main"]);
        lab.write("a.txt", "main\n");
        lab.commit("main");
        lab.try_git_in(&lab.root, command);
        let before = lab.picture();
        let reason = refusal(lab.merge(&worktree).await);
        assert_eq!(
            reason,
            MergeRefusal::OperationInProgress { operation, path: lab.root.clone() },
            "{command:?}"
        );
        assert!(lab.picture() == before, "{command:?}");
    }
}

#[tokio::test]
async fn a_locked_index_is_busy_and_stays() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "merged\n")]).await;
    let lock = lab.root.join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let MergeOutcome::Busy { path, age_s } = lab.merge(&worktree).await else { panic!("not busy") };
    assert_eq!((path, age_s.is_some()), (lock.clone(), true));
    assert_eq!(fs::read(&lock).unwrap(), b"");
    fs::remove_file(&lock).unwrap();
    assert_eq!(lab.git(&["for-each-ref", "refs/eval-kanban/undo", "refs/eval-kanban/merge"]), "");
    assert_merged(&lab.merge(&worktree).await, true);
}

#[tokio::test]
async fn a_locked_ref_is_busy_before_anything_is_touched() {
    for (name, age_s) in [("refs/heads/main.lock", 3600), ("HEAD.lock", 3600), ("refs/heads/main.lock", 0)] {
        let lab = Lab::new();
        let worktree = lab.work("x", &[("a.txt", "merged\n"), ("new", "n\n")]).await;
        let lock = lab.root.join(".git").join(name);
        let made = SystemTime::now() - Duration::from_secs(age_s);
        fs::File::create(&lock).unwrap().set_modified(made).unwrap();
        let index = fs::metadata(lab.root.join(".git/index")).unwrap().ino();
        let outcome = lab.merge(&worktree).await;
        assert!(matches!(&outcome, MergeOutcome::Busy { path, .. } if *path == lock), "{outcome:?}");
        assert_eq!(fs::metadata(lab.root.join(".git/index")).unwrap().ino(), index, "{name}");
        assert!(lock.exists() && !lab.root.join(".git/index.lock").exists(), "{name}");
        assert!(!lab.root.join(".git/eval-kanban/merge.json").exists(), "{name}: nothing was begun");
        fs::remove_file(&lock).unwrap();
        assert_eq!(lab.git(&["status", "--porcelain"]), "");
        assert_merged(&lab.merge(&worktree).await, true);
    }
}

#[tokio::test]
async fn a_ref_that_is_locked_while_files_are_written_brings_them_back_and_stays_locked() {
    for made in ["1 hour ago", "now"] {
        let lab = Lab::new();
        let lock = lab.root.join(".git/refs/heads/main.lock");
        lab.write(".gitattributes", "*.late filter=late\n");
        lab.commit("attributes");
        let worktree = lab.work("x", &[("a.txt", "merged\n"), ("x.late", "n\n")]).await;
        // The user's own filter, at work while the merge writes its files.
        let smudge = format!("touch -d '{made}' '{}'; cat", lock.display());
        lab.git(&["config", "--global", "filter.late.smudge", &smudge]);
        let before = lab.picture();
        let outcome = lab.merge(&worktree).await;
        assert!(matches!(outcome, MergeOutcome::Busy { .. }), "{made}: {outcome:?}");
        assert!(lock.exists(), "{made}: the user's lock");
        assert!(!lab.root.join(".git/index.lock").exists(), "{made}");
        lab.git(&["config", "--global", "--unset", "filter.late.smudge"]);
        fs::remove_file(&lock).unwrap();
        assert!(lab.picture() == before, "{made}");
        assert_merged(&lab.merge(&worktree).await, true);
    }
}

#[tokio::test]
async fn what_the_user_did_not_see_is_not_merged() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("a.txt", "seen\n")]).await;
    let request = lab.merge_request(&worktree);
    write_in(&worktree.path, "a.txt", "pushed meanwhile\n");
    lab.git_in(&worktree.path, &["commit", "-q", "-a", "-m", "later"]);
    let outcome = lab.open().await.merge_attempt(&request).await.unwrap();
    assert_eq!(refusal(outcome), MergeRefusal::HeadMoved { actual: Some(lab.tip("ek/x")) });
    for target in ["nope", "--output=x", "main\n", "@{-1}"] {
        let request = worktree::MergeAttempt { target: target.to_owned(), ..lab.merge_request(&worktree) };
        let outcome = lab.open().await.merge_attempt(&request).await.unwrap();
        assert_eq!(refusal(outcome), MergeRefusal::TargetMissing);
    }
}

#[tokio::test]
async fn unrelated_histories_are_refused() {
    let lab = Lab::new();
    let worktree = lab.worktree("x").await;
    lab.git_in(&worktree.path, &["checkout", "-q", "--orphan", "fresh"]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "unrelated"]);
    lab.git_in(&worktree.path, &["branch", "-f", "ek/x", "HEAD"]);
    assert_eq!(refusal(lab.merge(&worktree).await), MergeRefusal::UnrelatedHistories { is_shallow: false });
}

#[tokio::test]
async fn twenty_merges_at_once_are_done_one_by_one() {
    let lab = Lab::new();
    let mut worktrees = Vec::new();
    for number in 0..20 {
        worktrees.push(lab.work(&format!("x{number}"), &[(format!("f{number}").as_str(), "x")]).await);
    }
    lab.write("b.txt", "dirty\n");
    let repository = lab.open().await;
    let tasks = utils::tasks::Tasks::new();
    let handles: Vec<_> = worktrees
        .iter()
        .map(|worktree| {
            let (repository, request) = (repository.clone(), lab.merge_request(worktree));
            tasks.spawn("merge", async move { repository.merge_attempt(&request).await })
        })
        .collect();
    for handle in handles {
        assert_merged(&handle.await.unwrap().unwrap(), true);
    }
    assert_eq!(lab.git(&["rev-list", "--count", "--merges", "main"]), "20");
    assert_eq!(lab.git(&["status", "--porcelain"]), " M b.txt");
}

#[tokio::test]
async fn line_ends_and_sparse_checkouts_stay_as_they_are() {
    let lab = Lab::new();
    lab.write(".gitattributes", "*.txt text eol=crlf\n");
    lab.write("in/x", "x\n");
    lab.write("out/y", "y\n");
    lab.commit("attributes");
    lab.git(&["sparse-checkout", "set", "in"]);
    let worktree = lab.worktree("x").await;
    lab.git_in(&worktree.path, &["sparse-checkout", "disable"]);
    write_in(&worktree.path, "out/y", "changed\n");
    write_in(&worktree.path, "in/new.txt", "a\r\nb\r\n");
    lab.git_in(&worktree.path, &["add", "-A"]);
    lab.git_in(&worktree.path, &["commit", "-q", "-m", "work"]);
    assert_merged(&lab.merge(&worktree).await, true);
    assert!(!lab.root.join("out").exists());
    assert_eq!(lab.read("in/new.txt"), "a\r\nb\r\n");
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_filter_of_the_repository_is_not_run_and_not_skipped_silently() {
    let lab = Lab::new();
    lab.write(".gitattributes", "*.secret filter=crypt\n");
    lab.commit("attributes");
    let worktree = lab.work("x", &[("k.secret", "encrypted")]).await;
    lab.git(&["config", "filter.crypt.smudge", "touch canary; cat"]);
    let reason = refusal(lab.merge(&worktree).await);
    let expected =
        MergeRefusal::LocalFilter { filter: "crypt".to_owned(), paths: vec!["k.secret".to_owned()] };
    assert_eq!(reason, expected);
    assert!(!lab.root.join("canary").exists());
}

#[tokio::test]
async fn unusual_indexes_and_a_user_without_a_name_are_no_obstacle() {
    let settings = [
        ("core.splitIndex", "true"),
        ("index.version", "4"),
        ("core.untrackedCache", "true"),
        ("index.skipHash", "true"),
        ("i18n.commitEncoding", "ISO-8859-1"),
    ];
    for (key, value) in settings {
        let lab = Lab::new();
        lab.git(&["config", key, value]);
        lab.write("c.txt", "c\n");
        lab.commit("with that setting");
        let worktree = lab.work("x", &[("a.txt", "one\n2\nthree\n"), ("d.txt", "d\n")]).await;
        lab.write("b.txt", "dirty\n");
        fs::write(lab.folder.path().join("home/.gitconfig"), "[user]\nuseConfigOnly = true\n").unwrap();
        let repository = lab.open().await;
        assert!(!repository.check(None).await.unwrap().has_user_identity);
        let request =
            worktree::MergeAttempt { commit: crate::lab::message("größe"), ..lab.merge_request(&worktree) };
        assert_merged(&repository.merge_attempt(&request).await.unwrap(), true);
        assert_eq!(lab.git(&["status", "--porcelain"]), " M b.txt", "{key}");
        assert_eq!(
            lab.git(&["log", "-1", "--encoding=UTF-8", "--format=%an %s", "main"]),
            "eval-kanban größe",
            "{key}"
        );
        lab.git(&["fsck", "--strict"]);
    }
}
