//! Clones of repositories that a person names.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use worktree::{Error, GitEnvironment, Repository, clone_repository};

use crate::lab::Lab;

#[tokio::test]
async fn a_clone_is_a_repository_to_work_in_and_runs_nothing() {
    let lab = Lab::new();
    let canary = lab.folder.path().join("ran");
    let hook = lab.folder.path().join("template/hooks/post-checkout");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", canary.display())).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    lab.write(".gitattributes", "* filter=evil\n");
    lab.commit("attributes");
    lab.git(&["config", "filter.evil.smudge", &format!("touch {}; cat", canary.display())]);
    lab.git(&["config", "core.fsmonitor", &format!("touch {}", canary.display())]);
    let mut variables = lab.environment();
    variables.push(("GIT_TEMPLATE_DIR", lab.folder.path().join("template")));
    let environment = GitEnvironment::new(variables);
    let target = lab.folder.path().join("clone ü");
    let url = format!("file://{}", lab.root.display());
    clone_repository(&url, &target, environment.clone()).await.unwrap();
    assert_eq!(fs::read_to_string(target.join("a.txt")).unwrap(), "one\ntwo\nthree\n");
    let repository = Repository::open_in(&target, environment).await.unwrap();
    assert_eq!(repository.facts().await.unwrap().head_branch.as_deref(), Some("main"));
    assert!(target.join(".git/hooks/post-checkout").exists(), "the hook could have run");
    assert!(!canary.exists(), "something of the repository ran");
}

#[tokio::test]
async fn what_cannot_be_cloned_says_why() {
    let lab = Lab::new();
    let target = lab.folder.path().join("clone");
    let clone = async |url: &str| {
        clone_repository(url, &target, GitEnvironment::new(lab.environment())).await.unwrap_err()
    };
    let error = clone(&format!("file://{}/missing", lab.root.display())).await;
    assert!(matches!(&error, Error::Git { message, .. } if message.contains("missing")), "{error}");
    let error = clone("http://127.0.0.1:1/a.git").await;
    assert!(matches!(&error, Error::Git { .. }), "{error}");
    let error = clone("ext::sh -c id").await;
    assert!(matches!(&error, Error::InvalidName { .. }), "{error}");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("mine"), "kept").unwrap();
    let error = clone(&format!("file://{}", lab.root.display())).await;
    assert!(matches!(&error, Error::Git { .. }), "{error}");
    assert_eq!(fs::read_to_string(target.join("mine")).unwrap(), "kept");
}
