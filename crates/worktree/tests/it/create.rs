//! Worktrees are made under free names, from the right commit, and again after an interruption.

use std::{collections::HashSet, fs, os::unix::fs::symlink};

use worktree::{Carry, Error, GitEnvironment, Repository};

use crate::lab::{Lab, write_in};

#[tokio::test]
async fn a_worktree_has_branch_lock_keep_ref_and_files() {
    let lab = Lab::new();
    let created = lab.open().await.create_worktree(&lab.request("id-1", "Add login page")).await.unwrap();
    let worktree = created.worktree;
    assert_eq!(worktree.branch, "ek/add-login-page");
    assert_eq!(worktree.base_branch.as_deref(), Some("main"));
    assert_eq!(worktree.base_commit, lab.tip("main"));
    assert_eq!(worktree.path, lab.workspaces().join(lab.open().await.project_hash()).join("add-login-page"));
    assert_eq!(fs::read_to_string(worktree.path.join("a.txt")).unwrap(), "one\ntwo\nthree\n");
    assert_eq!(lab.git(&["rev-parse", "refs/eval-kanban/keep/id-1"]), worktree.base_commit);
    assert!(lab.git(&["worktree", "list", "--porcelain"]).contains("locked eval-kanban"));
    assert_eq!(lab.git_in(&worktree.path, &["status", "--porcelain", "--branch"]), "## ek/add-login-page");
    assert!(created.is_new && created.notes.is_empty());
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
}

#[tokio::test]
async fn the_same_id_gives_the_same_worktree() {
    let lab = Lab::new();
    let first = lab.create("id-1").await;
    write_in(&first.worktree.path, "work.txt", "precious");
    let again = lab.create("id-1").await;
    assert_eq!(again.worktree, first.worktree);
    assert!(!again.is_new);
    assert_eq!(fs::read_to_string(first.worktree.path.join("work.txt")).unwrap(), "precious");
}

/// A git that a killed server was running goes on, and would be in the way of the next one's.
#[tokio::test]
async fn a_creation_waits_for_the_git_of_an_interrupted_one() {
    let lab = Lab::new();
    let repository = lab.open().await;
    let folder = lab.root.join(".git/eval-kanban/tmp");
    fs::create_dir_all(&folder).unwrap();
    let at_work = fs::File::create(folder.join("create-id-1.lock")).unwrap();
    at_work.lock().unwrap();
    let request = lab.request("id-1", "fix");
    let mut creation = Box::pin(repository.create_worktree(&request));
    let early = tokio::time::timeout(std::time::Duration::from_millis(200), &mut creation).await;
    assert!(early.is_err(), "{early:?}");
    drop(at_work);
    assert!(creation.await.unwrap().is_new);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test]
async fn taken_names_are_numbered() {
    let lab = Lab::new();
    lab.git(&["branch", "EK/Fix"]);
    let repository = lab.open().await;
    let mut names = Vec::new();
    for id in ["i1", "i2", "i3"] {
        let worktree = repository.create_worktree(&lab.request(id, "fix")).await.unwrap().worktree;
        names.push((worktree.branch, worktree.path.file_name().unwrap().to_str().unwrap().to_owned()));
    }
    let expected = ["fix-2", "fix-3", "fix-4"].map(|name| (format!("ek/{name}"), name.to_owned()));
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_branch_named_like_the_prefix_is_no_obstacle() {
    let lab = Lab::new();
    lab.git(&["branch", "ek"]);
    assert_eq!(lab.worktree("fix").await.branch, "ek-fix");
}

#[tokio::test]
async fn many_can_be_made_at_once() {
    let lab = Lab::new();
    let repository = lab.open().await;
    let tasks = utils::tasks::Tasks::new();
    let start = |number: u32| {
        let (repository, request) = (repository.clone(), lab.request(&format!("id-{number}"), "same title"));
        tasks.spawn("create", async move { repository.create_worktree(&request).await })
    };
    let handles: Vec<_> = (0..8).map(start).collect();
    let mut branches = HashSet::new();
    for handle in handles {
        branches.insert(handle.await.unwrap().unwrap().worktree.branch);
    }
    assert_eq!(branches.len(), 8);
}

/// Plain git gives up over files that another git has made and not written yet.
#[tokio::test]
async fn a_worktree_that_another_git_is_just_making_is_no_obstacle() {
    let lab = Lab::new();
    let repository = lab.open().await;
    let other = lab.folder.path().join("other");
    lab.git(&["worktree", "add", "-q", other.to_str().unwrap()]);
    let file = lab.root.join(".git/worktrees/other/commondir");
    let written = fs::read(&file).unwrap();
    fs::write(&file, "").unwrap();
    assert!(!lab.try_git_in(&lab.root, &["worktree", "list"]).status.success(), "git has learned to wait");
    let request = lab.request("id-1", "fix");
    let mut creation = Box::pin(repository.create_worktree(&request));
    let early = tokio::time::timeout(std::time::Duration::from_millis(40), &mut creation).await;
    assert!(early.is_err(), "{early:?}");
    fs::write(&file, written).unwrap();
    assert!(creation.await.unwrap().is_new);
}

#[tokio::test]
async fn what_there_is_nothing_to_start_from_is_said() {
    let lab = Lab::empty();
    let error = lab.open().await.create_worktree(&lab.request("id-1", "x")).await.unwrap_err();
    assert!(matches!(error, Error::NoCommits { .. }), "{error}");
    lab.fill();
    for base in ["nope", "--upload-pack=x", "main\n", "a..b"] {
        let request =
            worktree::CreateWorktree { base_branch: Some(base.to_owned()), ..lab.request("id-1", "x") };
        let error = lab.open().await.create_worktree(&request).await.unwrap_err();
        assert!(matches!(error, Error::BaseNotFound { .. }), "{base:?}: {error}");
    }
    let request = worktree::CreateWorktree { base_commit: Some("0".repeat(40)), ..lab.request("id-1", "x") };
    assert!(matches!(
        lab.open().await.create_worktree(&request).await.unwrap_err(),
        Error::BaseNotFound { .. }
    ));
    let request = worktree::CreateWorktree { workspaces: lab.root.join("w"), ..lab.request("id-1", "x") };
    assert!(matches!(
        lab.open().await.create_worktree(&request).await.unwrap_err(),
        Error::InvalidName { .. }
    ));
}

#[tokio::test]
async fn a_detached_head_starts_from_its_commit() {
    let lab = Lab::new();
    let first = lab.tip("main");
    lab.write("a.txt", "later\n");
    lab.commit("second");
    lab.git(&["checkout", "-q", "--detach", &first]);
    let worktree = lab.worktree("x").await;
    assert_eq!((worktree.base_branch, worktree.base_commit), (None, first));
    let facts = lab.open().await.facts().await.unwrap();
    assert!(facts.is_detached && facts.has_commits);
    assert_eq!(facts.default_branch.as_deref(), Some("main"));
}

#[tokio::test]
async fn ignored_files_are_carried_over_but_never_out() {
    let lab = Lab::new();
    lab.write(".gitignore", ".env*\n*.local\nlinks/\n/outside\n");
    lab.write("dir/tracked.txt", "t");
    lab.commit("ignore");
    lab.write(".env", "SECRET=1\n");
    lab.write(".env ü", "x");
    lab.write("dir/deep/x.local", "deep");
    lab.write("plain.txt", "untracked, not ignored");
    fs::create_dir(lab.root.join("links")).unwrap();
    fs::write(lab.folder.path().join("secret"), "secret").unwrap();
    symlink(lab.folder.path().join("secret"), lab.root.join("links/out")).unwrap();
    symlink("../a.txt", lab.root.join("links/in")).unwrap();
    symlink(lab.folder.path(), lab.root.join("outside")).unwrap();
    let patterns =
        [".env*", "**/*.local", "links", "outside/secret", "plain.txt", "../secret", "/etc/passwd", "none"];
    let request = worktree::CreateWorktree {
        carry: patterns.map(str::to_owned).to_vec(),
        ..lab.request("id-1", "carry")
    };
    let created = lab.open().await.create_worktree(&request).await.unwrap();
    let copied: Vec<_> = created
        .carried
        .iter()
        .filter(|file| matches!(file.carry, Carry::Copied { .. }))
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(copied, [".env", ".env ü", "dir/deep/x.local", "links/in"]);
    let skipped = created.carried.len() - copied.len();
    assert_eq!(skipped, 6, "{:?}", created.carried);
    let path = created.worktree.path;
    assert_eq!(fs::read_to_string(path.join(".env")).unwrap(), "SECRET=1\n");
    assert!(fs::symlink_metadata(path.join("links/out")).is_err());
    assert_eq!(fs::read_link(path.join("links/in")).unwrap().to_str(), Some("../a.txt"));
    assert_eq!(lab.git_in(&path, &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_link_in_the_commit_does_not_lead_a_carried_file_out() {
    let lab = Lab::new();
    let outside = lab.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    lab.write(".gitignore", "conf/secret\n");
    symlink(&outside, lab.root.join("conf")).unwrap();
    lab.commit("a link where a folder will be");
    fs::remove_file(lab.root.join("conf")).unwrap();
    lab.write("conf/secret", "s");
    let request = worktree::CreateWorktree { carry: vec!["conf/secret".to_owned()], ..lab.request("i", "x") };
    let created = lab.open().await.create_worktree(&request).await.unwrap();
    assert!(matches!(created.carried[0].carry, Carry::Skipped { .. }), "{:?}", created.carried);
    assert_eq!(fs::read_dir(outside).unwrap().count(), 0);
}

#[tokio::test]
async fn odd_paths_and_formats_work() {
    let formats: [(&str, &[&str]); 4] = [
        ("with space", &[]),
        ("größe 日本", &[]),
        ("sha256", &["--object-format=sha256"]),
        ("reftable", &["--ref-format=reftable"]),
    ];
    for (name, init) in formats {
        let lab = Lab::named(name, init);
        lab.fill();
        lab.write("dir ü/new\nline.txt", "x");
        lab.commit("odd");
        let worktree = lab.work("odd", &[("dir ü/new\nline.txt", "y"), ("a.txt", "one\nTWO\nthree\n")]).await;
        lab.write("g.txt", "meanwhile");
        lab.commit("base moves");
        let facts = lab.open().await.facts().await.unwrap();
        assert_eq!(facts.head_branch.as_deref(), Some("main"), "{name}");
        assert_eq!(facts.branches.len(), 2, "{name}");
        let outcome = lab.merge(&worktree).await;
        assert!(matches!(outcome, worktree::MergeOutcome::Merged { .. }), "{name}: {outcome:?}");
        assert_eq!(lab.read("a.txt"), "one\nTWO\nthree\n");
        assert_eq!(lab.git(&["status", "--porcelain"]), "", "{name}");
        let removed = lab
            .open()
            .await
            .remove_worktree(&worktree, worktree::RemoveWorktree { delete_branch: true })
            .await
            .unwrap();
        assert!(
            matches!(removed, worktree::Removed::Done { is_branch_deleted: true, .. }),
            "{name}: {removed:?}"
        );
    }
}

#[tokio::test]
async fn a_repository_is_found_from_anywhere_inside() {
    let lab = Lab::new();
    let open = async |path: &std::path::Path| {
        Repository::open_in(path, GitEnvironment::new(lab.environment())).await
    };
    fs::create_dir_all(lab.root.join("deep/er")).unwrap();
    assert_eq!(open(&lab.root.join("deep/er")).await.unwrap().root(), lab.root);
    let worktree = lab.worktree("x").await;
    assert_eq!(open(&worktree.path).await.unwrap().root(), lab.root);
    let bare = lab.folder.path().join("bare");
    lab.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    assert!(matches!(open(&bare).await, Err(Error::BareRepository { .. })));
    assert!(matches!(open(lab.folder.path()).await, Err(Error::NotARepository { .. })));
    assert!(matches!(open(&lab.root.join("nowhere")).await, Err(Error::UnusualLayout { .. })));
    // Configuration cannot lead us to another folder.
    lab.git(&["config", "core.worktree", lab.folder.path().to_str().unwrap()]);
    assert_eq!(open(&lab.root).await.unwrap().root(), lab.root);
}

#[tokio::test]
async fn sparse_checkout_is_kept() {
    let lab = Lab::new();
    lab.write("in/x", "x");
    lab.write("out/y", "y");
    lab.commit("two folders");
    lab.git(&["sparse-checkout", "set", "in"]);
    let worktree = lab.worktree("sparse").await;
    assert!(worktree.path.join("in/x").exists() && !worktree.path.join("out").exists());
}

#[tokio::test]
async fn submodules_are_filled_from_the_clone_or_named() {
    let lab = Lab::new();
    let other = Lab::new();
    lab.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        other.root.to_str().unwrap(),
        "sub mod",
    ]);
    lab.commit("submodule");
    let created = lab.create("filled").await;
    assert!(created.notes.is_empty(), "{:?}", created.notes);
    assert_eq!(fs::read_to_string(created.worktree.path.join("sub mod/b.txt")).unwrap(), "b\n");
    assert_eq!(lab.git_in(&created.worktree.path, &["status", "--porcelain"]), "");
    fs::remove_dir_all(lab.root.join(".git/modules")).unwrap();
    let created = lab.create("empty").await;
    assert_eq!(created.notes.len(), 1);
    assert!(created.notes[0].contains("sub mod"), "{:?}", created.notes);
}

#[tokio::test]
async fn an_interrupted_creation_is_made_again() {
    let lab = Lab::new();
    let worktree = lab.worktree("id-1").await;
    let record = lab.root.join(".git/eval-kanban/worktrees/id-1.json");
    let creating = fs::read_to_string(&record).unwrap().replace("\"ready\"", "\"creating\"");
    let break_it: [&dyn Fn(); 5] = [
        &|| {},
        &|| fs::write(lab.root.join(".git/worktrees/id-1/index.lock"), "").unwrap(),
        &|| fs::remove_file(worktree.path.join(".git")).unwrap(),
        &|| fs::remove_dir_all(&worktree.path).unwrap(),
        &|| {
            lab.git(&["worktree", "remove", "-f", "-f", worktree.path.to_str().unwrap()]);
            lab.git(&["branch", "-q", "-D", &worktree.branch]);
        },
    ];
    for (number, interrupt) in break_it.iter().enumerate() {
        interrupt();
        fs::write(&record, &creating).unwrap();
        let again = lab.create("id-1").await;
        assert_eq!(again.worktree, worktree, "{number}");
        assert!(again.is_new);
        assert_eq!(
            lab.git_in(&worktree.path, &["status", "--porcelain", "--branch"]),
            "## ek/id-1",
            "{number}"
        );
        assert_eq!(lab.git(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 2, "{number}");
    }
}

#[tokio::test]
async fn a_worktree_deleted_by_hand_comes_back_with_its_commits() {
    let lab = Lab::new();
    let worktree = lab.work("id-1", &[("new.txt", "new")]).await;
    fs::remove_dir_all(&worktree.path).unwrap();
    let again = lab.create("id-1").await;
    assert_eq!(again.worktree, worktree);
    assert_eq!(fs::read_to_string(worktree.path.join("new.txt")).unwrap(), "new");
}
