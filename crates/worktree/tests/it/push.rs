//! Pushing to a bare repository: a branch is made or moved forward, and nothing of the remote is ever overwritten.

use std::{fs, os::unix::fs::PermissionsExt};

use worktree::{PushBranch, PushOutcome, Remote, Worktree};

use crate::lab::{Lab, write_in};

/// A lab whose `origin` is a bare repository.
fn lab() -> Lab {
    let lab = Lab::new();
    let remote = lab.folder.path().join("remote.git");
    lab.git(&["init", "-q", "--bare", remote.to_str().unwrap()]);
    lab.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    lab.git(&["push", "-q", "origin", "main"]);
    lab
}

fn there(lab: &Lab, branch: &str) -> String {
    lab.git(&["ls-remote", "origin", &format!("refs/heads/{branch}")]).split('\t').next().unwrap().to_owned()
}

async fn remote(lab: &Lab) -> Remote {
    lab.open().await.find_remote("main").await.unwrap().unwrap()
}

async fn push(lab: &Lab, worktree: &Worktree) -> PushOutcome {
    let request = PushBranch {
        remote: remote(lab).await,
        branch: worktree.branch.clone(),
        commit: lab.tip(&worktree.branch),
        base: worktree.base_commit.clone(),
    };
    lab.open().await.push_branch(&request).await.unwrap()
}

fn reason(outcome: PushOutcome) -> String {
    match outcome {
        PushOutcome::Refused { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_branch_is_made_and_moves_forward() {
    let lab = lab();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    let before = lab.picture();
    assert_eq!(push(&lab, &worktree).await, PushOutcome::Pushed);
    assert_eq!(there(&lab, &worktree.branch), lab.tip(&worktree.branch));
    assert_eq!(push(&lab, &worktree).await, PushOutcome::UpToDate);
    assert_eq!(lab.picture(), before, "nothing of the user's is touched");
    assert_eq!(lab.git(&["for-each-ref", "refs/remotes/origin/ek"]), "", "and no ref is made for it");
    write_in(&worktree.path, "b.txt", "more\n");
    lab.commit_in(&worktree.path, "more");
    assert_eq!(push(&lab, &worktree).await, PushOutcome::Pushed);
    assert_eq!(there(&lab, &worktree.branch), lab.tip(&worktree.branch));
    let left = fs::read_dir(lab.root.join(".git/eval-kanban/tmp")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| !name.ends_with(".push")), "{left:?}");
}

#[tokio::test]
async fn a_branch_of_somebody_else_is_left_alone() {
    let lab = lab();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    let name = worktree.branch.clone();
    // One that stands where the work began would move forward without a word.
    lab.git(&["push", "-q", "origin", &format!("main:refs/heads/{name}")]);
    let main = lab.tip("main");
    assert!(reason(push(&lab, &worktree).await).contains("other work"));
    assert_eq!(there(&lab, &name), main);
    // One that went on by itself.
    lab.write("theirs.txt", "theirs\n");
    let theirs = lab.commit("theirs");
    lab.git(&["push", "-q", "-f", "origin", &format!("main:refs/heads/{name}")]);
    assert!(reason(push(&lab, &worktree).await).contains("other work"));
    assert_eq!(there(&lab, &name), theirs);
}

#[tokio::test]
async fn what_the_remote_says_is_told() {
    let lab = lab();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    let hook = lab.folder.path().join("remote.git/hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\necho 'no pushes on Fridays' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let reason = reason(push(&lab, &worktree).await);
    assert!(
        reason.contains("pre-receive hook declined") && reason.contains("no pushes on Fridays"),
        "{reason}"
    );
    assert_eq!(there(&lab, &worktree.branch), "");
}

#[tokio::test]
async fn nothing_of_the_repositorys_own_configuration_runs() {
    let lab = lab();
    let worktree = lab.work("x", &[("a.txt", "mine\n")]).await;
    let ran = lab.folder.path().join("ran");
    let program = lab.folder.path().join("evil.sh");
    fs::write(&program, format!("#!/bin/sh\ntouch {}\nexec git-receive-pack \"$@\"\n", ran.display()))
        .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.to_str().unwrap();
    lab.git(&["config", "remote.origin.receivepack", program]);
    lab.git(&["config", "core.sshCommand", program]);
    lab.git(&["config", "credential.helper", program]);
    lab.git(&["config", "url.ext::sh.insteadOf", "file://"]);
    lab.git(&["config", "push.gpgSign", "true"]);
    lab.git(&["config", "core.hooksPath", lab.folder.path().to_str().unwrap()]);
    fs::write(lab.folder.path().join("pre-push"), format!("#!/bin/sh\ntouch {}\n", ran.display())).unwrap();
    fs::set_permissions(lab.folder.path().join("pre-push"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(push(&lab, &worktree).await, PushOutcome::Pushed);
    assert!(!ran.exists());
    lab.git(&["config", "remote.origin.url", &format!("ext::sh -c 'touch {}'", ran.display())]);
    reason(push(&lab, &worktree).await);
    assert!(!ran.exists());
}

#[tokio::test]
async fn the_remote_is_the_one_that_the_base_follows() {
    let lab = Lab::new();
    let find = async || lab.open().await.find_remote("main").await.unwrap().map(|remote| remote.name);
    assert_eq!(find().await, None);
    lab.git(&["remote", "add", "mine", "https://host.example/a/b.git"]);
    assert_eq!(find().await.as_deref(), Some("mine"));
    lab.git(&["remote", "add", "other", "git@host.example:c/d.git"]);
    assert_eq!(find().await, None, "which one is for the person to say");
    lab.git(&["remote", "add", "origin", "https://host.example/e/f.git"]);
    assert_eq!(find().await.as_deref(), Some("origin"));
    lab.git(&["config", "branch.main.remote", "other"]);
    assert_eq!(find().await.as_deref(), Some("other"));
    // The person's own abbreviations are understood.
    fs::write(lab.folder.path().join("home/.gitconfig"), "[url \"https://host.example/\"]\ninsteadOf = h:\n")
        .unwrap();
    lab.git(&["config", "remote.other.url", "h:c/d.git"]);
    let other = lab.open().await.find_remote("main").await.unwrap().unwrap();
    assert_eq!((other.url.as_str(), other.full_url.as_str()), ("h:c/d.git", "https://host.example/c/d.git"));
}
