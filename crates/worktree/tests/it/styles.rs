//! Squash, rebase, hooks and signatures: each by the same recipe, and nothing changed where one is refused.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use worktree::{
    Commit, ConflictKind, MergeAttempt, MergeForecast, MergeHooks, MergeOutcome, MergeRefusal, MergeStyle,
    Preparation, Repository, Worktree,
};

use crate::lab::{Lab, message, write_in};

fn in_style(lab: &Lab, worktree: &Worktree, style: MergeStyle) -> MergeAttempt {
    MergeAttempt { style, ..lab.merge_request(worktree) }
}

async fn merge(lab: &Lab, worktree: &Worktree, style: MergeStyle) -> MergeOutcome {
    lab.open().await.merge_attempt(&in_style(lab, worktree, style)).await.unwrap()
}

fn refusal(outcome: MergeOutcome) -> MergeRefusal {
    match outcome {
        MergeOutcome::Refused { reason } => reason,
        other => panic!("{other:?}"),
    }
}

fn commit_in(lab: &Lab, worktree: &Worktree, path: &str, content: &str, subject: &str) {
    write_in(&worktree.path, path, content);
    lab.git_in(&worktree.path, &["add", "-A"]);
    let author = "--author=Agent Smith <smith@example.org>";
    lab.git_in(&worktree.path, &["commit", "-q", author, "--date=@1000000000 +0200", "-m", subject]);
}

/// A worktree with three commits, and a main that has gone on.
async fn three_commits(lab: &Lab) -> Worktree {
    let worktree = lab.worktree("x").await;
    commit_in(lab, &worktree, "one.txt", "1\n", "One ü\n\nwith a body");
    commit_in(lab, &worktree, "a.txt", "one\ntwo\nthree\nfour\n", "Two");
    commit_in(lab, &worktree, "shared.txt", "same\n", "Three");
    lab.write("shared.txt", "same\n");
    lab.write("main.txt", "m\n");
    lab.commit("meanwhile");
    lab.write("b.txt", "dirty\n");
    worktree
}

#[tokio::test]
async fn a_squash_is_one_commit_of_the_user_with_everything() {
    let lab = Lab::new();
    let worktree = three_commits(&lab).await;
    let before = lab.tip("main");
    let outcome = merge(&lab, &worktree, MergeStyle::Squash).await;
    let MergeOutcome::Merged { commit, is_checkout_updated: true, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(lab.git(&["log", "-1", "--format=%P %an %s", &commit]), format!("{before} Ada merge x"));
    assert_eq!(lab.read("one.txt") + &lab.read("b.txt"), "1\ndirty\n");
    assert_eq!(lab.git(&["status", "--porcelain"]), " M b.txt");
    assert_eq!(lab.git(&["rev-parse", "refs/eval-kanban/merged/x"]), commit);
    assert_eq!(lab.open().await.find_evidence("x").await.unwrap().merged, Some(commit.clone()));
    assert_eq!(merge(&lab, &worktree, MergeStyle::Squash).await, MergeOutcome::AlreadyMerged { commit });
}

#[tokio::test]
async fn a_rebase_keeps_authors_and_messages_and_drops_what_is_there() {
    let lab = Lab::new();
    let worktree = three_commits(&lab).await;
    let before = lab.tip("main");
    let outcome = merge(&lab, &worktree, MergeStyle::Rebase).await;
    assert!(matches!(outcome, MergeOutcome::Merged { is_checkout_updated: true, .. }), "{outcome:?}");
    let log = lab.git(&[
        "log",
        "--reverse",
        "--format=%an|%ad|%cn|%s|%b",
        "--date=raw",
        &format!("{before}..main"),
    ]);
    let expected =
        "Agent Smith|1000000000 +0200|Ada|One ü|with a body\n\nAgent Smith|1000000000 +0200|Ada|Two|";
    assert_eq!(log, expected);
    assert_eq!(lab.read("a.txt"), "one\ntwo\nthree\nfour\n");
    assert_eq!(lab.git(&["status", "--porcelain"]), " M b.txt");
    lab.git(&["fsck", "--strict"]);
}

#[tokio::test]
async fn a_rebase_onto_an_unmoved_base_is_the_commits_themselves() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("new", "1")]).await;
    let tip = lab.tip("ek/x");
    let outcome = merge(&lab, &worktree, MergeStyle::Rebase).await;
    assert!(matches!(&outcome, MergeOutcome::Merged { commit, .. } if *commit == tip), "{outcome:?}");
}

#[tokio::test]
async fn a_base_that_was_merged_in_is_replayed_as_one_commit_or_refused_in_words() {
    for has_conflict in [false, true] {
        let lab = Lab::new();
        let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
        lab.write(if has_conflict { "a.txt" } else { "c.txt" }, "theirs\n");
        lab.commit("theirs");
        lab.try_git_in(&worktree.path, &["merge", "-q", "--no-edit", "main"]);
        if has_conflict {
            write_in(&worktree.path, "a.txt", "both\n");
            lab.git_in(&worktree.path, &["commit", "-q", "-a", "-m", "resolved"]);
        }
        let outcome = merge(&lab, &worktree, MergeStyle::Rebase).await;
        if has_conflict {
            let reason = refusal(outcome);
            assert!(
                matches!(&reason, MergeRefusal::CannotReplay { paths, .. } if paths == &["a.txt"]),
                "{reason:?}"
            );
        } else {
            assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{outcome:?}");
            assert_eq!(lab.git(&["rev-list", "--merges", "--count", "main"]), "0");
        }
        let squashed = merge(&lab, &worktree, MergeStyle::Squash).await;
        assert!(matches!(squashed, MergeOutcome::Merged { .. }) == has_conflict, "{squashed:?}");
        assert_eq!(lab.read("a.txt"), if has_conflict { "both\n" } else { "mine\n" });
    }
}

#[tokio::test]
async fn each_style_refuses_a_conflict_a_rename_conflict_and_a_submodule_untouched() {
    for style in [MergeStyle::Merge, MergeStyle::Squash, MergeStyle::Rebase] {
        let lab = Lab::new();
        lab.write("old name.txt", &"line\n".repeat(20));
        lab.commit("to be renamed");
        let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
        lab.git_in(&worktree.path, &["mv", "old name.txt", "theirs.txt"]);
        let link = format!("160000,{},module", lab.tip("main"));
        lab.git_in(&worktree.path, &["update-index", "--add", "--cacheinfo", &link]);
        lab.git_in(&worktree.path, &["commit", "-q", "-m", "rename"]);
        lab.write("a.txt", "ours\n");
        lab.git(&["mv", "old name.txt", "ours.txt"]);
        let link = format!("160000,{},module", lab.tip("ek/x"));
        lab.git(&["update-index", "--add", "--cacheinfo", &link]);
        lab.git(&["add", "a.txt"]);
        lab.git(&["commit", "-q", "-m", "ours"]);
        lab.write("b.txt", "dirty\n");
        let before = lab.picture();
        let MergeOutcome::Conflict { files } = merge(&lab, &worktree, style).await else {
            panic!("{style:?}")
        };
        let kind_of = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.kind);
        assert_eq!(kind_of("a.txt"), Some(ConflictKind::Content), "{style:?}: {files:?}");
        assert_eq!(kind_of("ours.txt"), Some(ConflictKind::Rename), "{style:?}: {files:?}");
        assert!(kind_of("module").is_some(), "{style:?}: {files:?}");
        assert!(lab.picture() == before, "{style:?}");
        assert_eq!(lab.git(&["for-each-ref", "refs/eval-kanban/merged", "refs/eval-kanban/undo"]), "");
    }
}

#[tokio::test]
async fn what_was_prepared_is_placed_only_where_it_was_computed_for() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("new", "1")]).await;
    let repository = lab.open().await;
    let request = in_style(&lab, &worktree, MergeStyle::Squash);
    let Preparation::Ready(prepared) = repository.prepare_merge(&request).await.unwrap() else { panic!() };
    assert_eq!(lab.git(&["show", &format!("{}:new", prepared.commit)]), "1");
    lab.write("later", "l");
    let tip = lab.commit("the base moves");
    let before = lab.picture();
    let outcome = repository.place_merge(&prepared).await.unwrap();
    assert_eq!(outcome, MergeOutcome::TargetMoved { actual: Some(tip) });
    assert!(lab.picture() == before);
    let Preparation::Ready(prepared) = repository.prepare_merge(&request).await.unwrap() else { panic!() };
    write_in(&worktree.path, "new", "2");
    lab.git_in(&worktree.path, &["commit", "-q", "-a", "-m", "later"]);
    let reason = refusal(repository.place_merge(&prepared).await.unwrap());
    assert_eq!(reason, MergeRefusal::HeadMoved { actual: Some(lab.tip("ek/x")) });
    assert!(!lab.root.join("new").exists());
    assert_eq!(lab.git(&["for-each-ref", "refs/eval-kanban/merged", "refs/eval-kanban/undo"]), "");
}

#[tokio::test]
async fn two_approvals_at_once_merge_once() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("new", "1")]).await;
    let (repository, request) = (lab.open().await, in_style(&lab, &worktree, MergeStyle::Squash));
    let tasks = utils::tasks::Tasks::new();
    let handles: Vec<_> = (0..2)
        .map(|_| {
            let (repository, request) = (repository.clone(), request.clone());
            tasks.spawn("merge", async move { repository.merge_attempt(&request).await })
        })
        .collect();
    let mut merged = 0;
    for handle in handles {
        match handle.await.unwrap().unwrap() {
            MergeOutcome::Merged { .. } => merged += 1,
            other => assert!(matches!(other, MergeOutcome::AlreadyMerged { .. }), "{other:?}"),
        }
    }
    assert_eq!((merged, lab.git(&["rev-list", "--count", "main"])), (1, "2".to_owned()));
}

#[tokio::test]
async fn a_look_says_what_a_merge_would_do_and_changes_nothing() {
    let lab = Lab::new();
    let worktree = three_commits(&lab).await;
    let repository = lab.open().await;
    let request = in_style(&lab, &worktree, MergeStyle::Squash);
    let objects = || lab.git(&["count-objects"]);
    let (before, count) = (lab.picture(), objects());
    let look = repository.look_at_merge(&request).await.unwrap();
    assert_eq!((look.behind, look.ahead, look.updates_checkout), (1, 3, true));
    assert_eq!(
        (look.subjects, look.forecast),
        (vec!["One ü".into(), "Two".into(), "Three".into()], MergeForecast::Clean)
    );
    lab.write("a.txt", "in the middle\n");
    let look = repository.look_at_merge(&request).await.unwrap();
    let reason = MergeRefusal::DirtyFiles { paths: vec!["a.txt".to_owned()] };
    assert_eq!(look.forecast, MergeForecast::Refused { reason });
    lab.write("a.txt", "one\ntwo\nthree\n");
    assert!(lab.picture() == before);
    assert_eq!(objects(), count);
    lab.write("a.txt", "one\ntwo\nthree\nfive\n");
    lab.git(&["commit", "-q", "-m", "conflicting", "a.txt"]);
    let MergeForecast::Conflict { files } = repository.look_at_merge(&request).await.unwrap().forecast else {
        panic!("no conflict")
    };
    let hunk = &files[0].hunks[0];
    assert_eq!(
        (hunk.line, hunk.ours.as_str(), hunk.base.as_str(), hunk.theirs.as_str()),
        (4, "five\n", "", "four\n")
    );
    assert_eq!((files.len(), files[0].file.path.as_str()), (1, "a.txt"));
}

fn hook(lab: &Lab, name: &str, script: &str) {
    let path = lab.root.join(".git/hooks").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn with_hooks(lab: &Lab, worktree: &Worktree, style: MergeStyle) -> MergeAttempt {
    let hooks = Some(MergeHooks { workspaces: lab.workspaces(), seconds_max: 20 });
    MergeAttempt { hooks, ..in_style(lab, worktree, style) }
}

#[tokio::test]
async fn hooks_run_only_where_the_user_wants_and_refuse_without_a_trace() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("new", "1")]).await;
    let canary = lab.folder.path().join("ran");
    hook(
        &lab,
        "pre-merge-commit",
        &format!("touch '{}'; git diff --cached --name-only; cat new >&2; exit 1", canary.display()),
    );
    lab.write("b.txt", "dirty\n");
    let (before, repository) = (lab.picture(), lab.open().await);
    let reason =
        refusal(repository.merge_attempt(&with_hooks(&lab, &worktree, MergeStyle::Merge)).await.unwrap());
    let MergeRefusal::HookFailed { hook: name, output } = reason else { panic!("{reason:?}") };
    assert_eq!(name, "pre-merge-commit");
    assert!(output.contains("new") && output.contains('1'), "it sees the merged tree, staged: {output}");
    assert!(lab.picture() == before && canary.exists());
    assert_eq!(lab.git(&["worktree", "list"]).lines().count(), 2, "its checkout is gone");
    fs::remove_file(&canary).unwrap();
    let look = repository.look_at_merge(&with_hooks(&lab, &worktree, MergeStyle::Merge)).await.unwrap();
    assert_eq!((look.forecast, canary.exists()), (MergeForecast::Clean, false), "a look runs nothing");
    // A squash has no merge commit, and the message's hook may change the message.
    hook(&lab, "commit-msg", "echo 'Signed-off-by: Hook' >> \"$1\"");
    let merged = repository.merge_attempt(&with_hooks(&lab, &worktree, MergeStyle::Squash)).await.unwrap();
    assert!(matches!(merged, MergeOutcome::Merged { .. }), "{merged:?}");
    assert_eq!(lab.git(&["log", "-1", "--format=%B", "main"]), "merge x\nSigned-off-by: Hook");
    assert!(!canary.exists());
    let other = lab.work("y", &[("other", "1")]).await;
    assert!(matches!(merge(&lab, &other, MergeStyle::Merge).await, MergeOutcome::Merged { .. }));
    assert!(!canary.exists(), "unasked no hook runs");
}

#[tokio::test]
async fn hooks_are_the_users_and_not_what_the_repositorys_configuration_names() {
    let lab = Lab::new();
    let canary = lab.folder.path().join("ran");
    hook(&lab, "commit-msg", "echo 'by the repository' >> \"$1\"");
    let place = |folder: &str, name: &str, script: &str| {
        hook(&lab, "moved", script);
        let folder = lab.folder.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::rename(lab.root.join(".git/hooks/moved"), folder.join(name)).unwrap();
        folder.to_str().unwrap().to_owned()
    };
    // Plain git runs no such hook at the commits of this test.
    let agents = place("agents", "pre-merge-commit", &format!("touch '{}'", canary.display()));
    lab.git(&["config", "core.hooksPath", &agents]);
    let merged = |id: &'static str| {
        let lab = &lab;
        async move {
            let worktree = lab.work(id, &[(id, "1")]).await;
            let request = with_hooks(lab, &worktree, MergeStyle::Merge);
            let outcome = lab.open().await.merge_attempt(&request).await.unwrap();
            assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{outcome:?}");
            lab.git(&["log", "-1", "--format=%B", "main"])
        }
    };
    assert_eq!(merged("x").await, "merge x\nby the repository");
    let users = place("users", "commit-msg", "echo 'by the user' >> \"$1\"");
    lab.git(&["config", "--global", "core.hooksPath", &users]);
    assert_eq!(merged("y").await, "merge y\nby the user");
    assert!(!canary.exists(), "what an agent can write was run");
}

/// Not a test of its own: another starts it as a process that has secrets in its environment.
#[tokio::test]
async fn the_process_with_secrets() {
    let (Some(root), Ok(request)) = (std::env::var_os("SECRETS_ROOT"), std::env::var("SECRETS_HEAD")) else {
        return;
    };
    let root = Path::new(&root);
    let workspaces = root.parent().unwrap().join("workspaces");
    let repository = Repository::open_in(root, worktree::GitEnvironment::default()).await.unwrap();
    let request = MergeAttempt {
        id: "x".to_owned(),
        branch: "ek/x".to_owned(),
        target: "main".to_owned(),
        expected_head: request,
        style: MergeStyle::Merge,
        commit: message("merge x"),
        hooks: Some(MergeHooks { workspaces, seconds_max: 20 }),
    };
    let outcome = repository.merge_attempt(&request).await.unwrap();
    assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{outcome:?}");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a process with an environment of its own")]
async fn hooks_get_no_secret_of_ours() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("new", "1")]).await;
    let seen = lab.folder.path().join("seen");
    hook(&lab, "commit-msg", &format!("env > '{}'", seen.display()));
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "styles::the_process_with_secrets", "--nocapture"]).envs(lab.environment());
    command.env("SECRETS_ROOT", &lab.root).env("SECRETS_HEAD", lab.tip(&worktree.branch));
    for name in ["EVAL_KANBAN_TOKEN", "EVAL_KANBAN_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "HARMLESS"] {
        command.env(name, "sesame");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let environment = fs::read_to_string(&seen).unwrap();
    let told: Vec<&str> = environment.lines().filter(|line| line.contains("sesame")).collect();
    assert_eq!(told, ["HARMLESS=sesame"]);
}

#[tokio::test]
async fn a_hook_that_does_not_end_refuses() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("new", "1")]).await;
    hook(&lab, "commit-msg", "exec sleep 600");
    let hooks = Some(MergeHooks { workspaces: lab.workspaces(), seconds_max: 1 });
    let request = MergeAttempt { hooks, ..lab.merge_request(&worktree) };
    let reason = refusal(lab.open().await.merge_attempt(&request).await.unwrap());
    assert!(
        matches!(&reason, MergeRefusal::HookFailed { output, .. } if output.contains("1 s")),
        "{reason:?}"
    );
    assert!(!lab.root.join("new").exists());
}

fn configure(lab: &Lab, text: &str) {
    let path = lab.folder.path().join("home/.gitconfig");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{config}{text}")).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "makes a key to sign with")]
fn make_key(path: &Path) {
    let mut command = std::process::Command::new("ssh-keygen");
    let made = command.args(["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f"]).arg(path).output().unwrap();
    assert!(made.status.success(), "{made:?}");
}

#[tokio::test]
async fn commits_are_signed_with_the_users_key() {
    let lab = Lab::new();
    let key = lab.folder.path().join("key");
    make_key(&key);
    let allowed = lab.folder.path().join("allowed");
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    fs::write(&allowed, format!("ada@example.org {public}")).unwrap();
    let mut worktrees = Vec::new();
    for (id, style) in [("m", MergeStyle::Merge), ("s", MergeStyle::Squash), ("r", MergeStyle::Rebase)] {
        worktrees.push((lab.work(id, &[(id, "1")]).await, style));
    }
    configure(
        &lab,
        &format!(
            "[commit]\ngpgSign = true\n[gpg]\nformat = ssh\n[user]\nsigningKey = {}\n[gpg \"ssh\"]\nallowedSignersFile = {}\n",
            key.display(),
            allowed.display()
        ),
    );
    // What the repository's own configuration names is not run.
    lab.git(&["config", "gpg.ssh.program", "/bin/false"]);
    for (worktree, style) in &worktrees {
        let outcome = merge(&lab, worktree, *style).await;
        assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{style:?}: {outcome:?}");
        lab.git(&["-c", "gpg.ssh.program=ssh-keygen", "verify-commit", "main"]);
    }
}

#[tokio::test]
async fn a_signature_that_fails_refuses_and_changes_nothing() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("new", "1")]).await;
    let program = lab.folder.path().join("gpg");
    fs::write(&program, "#!/bin/sh\necho 'no secret key' >&2\nexit 2\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    configure(&lab, &format!("[commit]\ngpgSign = true\n[gpg]\nprogram = {}\n", program.display()));
    lab.write("b.txt", "dirty\n");
    let before = lab.picture();
    for style in [MergeStyle::Merge, MergeStyle::Squash, MergeStyle::Rebase] {
        let reason = refusal(merge(&lab, &worktree, style).await);
        let is_right =
            matches!(&reason, MergeRefusal::SigningFailed { message } if message.contains("no secret key"));
        assert!(is_right, "{style:?}: {reason:?}");
        assert!(lab.picture() == before, "{style:?}");
    }
    assert_eq!(lab.git(&["for-each-ref", "refs/eval-kanban/merged", "refs/eval-kanban/undo"]), "");
}

#[tokio::test]
async fn the_user_of_the_repository_commits() {
    let lab = Lab::new();
    let worktree = lab.work("x", &[("new", "1")]).await;
    lab.git(&["config", "user.name", "Ada at work"]);
    let request = MergeAttempt {
        commit: Commit { message: "Subject\n\nBody\n# kept\n".to_owned(), author: None },
        ..in_style(&lab, &worktree, MergeStyle::Squash)
    };
    let repository: Repository = lab.open().await;
    repository.merge_attempt(&request).await.unwrap();
    assert_eq!(
        lab.git(&["log", "-1", "--format=%an/%cn/%B", "main"]),
        "Ada at work/Ada at work/Subject\n\nBody\n# kept"
    );
}
