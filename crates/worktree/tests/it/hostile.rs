//! Configuration, hooks and files that an agent can write run nothing in our process.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use worktree::{DiffRequest, DiffTarget, MergeOutcome, RemoveWorktree, Worktree};

use crate::lab::{Lab, message, write_in};

const HOOKS: [&str; 14] = [
    "post-checkout",
    "post-merge",
    "pre-commit",
    "commit-msg",
    "post-commit",
    "reference-transaction",
    "post-index-change",
    "pre-merge-commit",
    "prepare-commit-msg",
    "post-rewrite",
    "pre-auto-gc",
    "pre-push",
    "fsmonitor-watchman",
    "update",
];

/// A repository with a script that leaves a trace, and attributes that name drivers.
struct Trap {
    lab: Lab,
    script: PathBuf,
    canary: PathBuf,
}

impl Trap {
    fn new() -> Self {
        let lab = Lab::empty();
        let folder = lab.folder.path().canonicalize().unwrap();
        let (script, canary) = (folder.join("script.sh"), folder.join("canary"));
        let text =
            format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\n[ \"$1\" = cat ] && cat\nexit 0\n", canary.display());
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        lab.write(".gitattributes", "*.txt filter=f diff=d merge=m\n*.eq filter=e=q\n");
        lab.write("x.eq", "1\n");
        lab.fill();
        Self { lab, script, canary }
    }

    fn set(&self, key: &str, value: &str) {
        self.lab.git(&["config", "--local", key, &value.replace('X', self.script.to_str().unwrap())]);
    }

    /// Sets a key, and what else it takes for git to heed it.
    fn arm(&self, key: &str, value: &str) {
        self.set(key, value);
        match key {
            "core.hooksPath" => self.put_hooks("hooks"),
            "filter.f.process" => self.set("filter.f.required", "true"),
            "gpg.program" => self.set("commit.gpgsign", "true"),
            "hook.h.command" => self.set("hook.h.event", "reference-transaction"),
            _ => {}
        }
    }

    fn put_hooks(&self, folder: &str) {
        let folder = self.lab.root.join(folder);
        fs::create_dir_all(&folder).unwrap();
        for hook in HOOKS {
            fs::copy(&self.script, folder.join(hook)).unwrap();
        }
    }

    fn traces(&self) -> String {
        fs::read_to_string(&self.canary).unwrap_or_default()
    }

    fn forget(&self) {
        drop(fs::remove_file(&self.canary));
    }

    /// Every call of ours, one after the other.
    async fn live_a_life(&self, id: &str, arm: impl Fn()) -> MergeOutcome {
        let lab = &self.lab;
        let repository = lab.open().await;
        arm();
        self.forget();
        repository.check(Some("main")).await.unwrap();
        let worktree = repository.create_worktree(&lab.request(id, id)).await.unwrap().worktree;
        write_in(&worktree.path, "a.txt", &format!("one\ntwo\n{id}\n"));
        write_in(&worktree.path, "new.txt", "new\n");
        write_in(&worktree.path, "x.eq", id);
        let target = DiffTarget::Worktree(worktree.clone());
        let request = DiffRequest::since_merge_base("main".to_owned(), target);
        assert!(repository.diff_summary(&request).await.unwrap().files.len() >= 2);
        repository.file_diff(&request, "a.txt", worktree::LineRange::default()).await.unwrap().unwrap();
        repository.commit_leftovers(&worktree, &message("left")).await.unwrap();
        let expected_head = repository.find_branch(&worktree.branch).await.unwrap().unwrap();
        let (branch, target) = (worktree.branch.clone(), "main".to_owned());
        let merge = worktree::MergeAttempt {
            id: "x".to_owned(),
            branch,
            target,
            expected_head,
            style: worktree::MergeStyle::Merge,
            commit: message("merge"),
            hooks: None,
        };
        let outcome = repository.merge_attempt(&merge).await.unwrap();
        repository.recover_merges().await.unwrap();
        write_in(&worktree.path, "loose.txt", "loose\n");
        repository.remove_worktree(&worktree, RemoveWorktree { delete_branch: true }).await.unwrap();
        repository.sweep_orphans(&lab.workspaces(), &[]).await.unwrap();
        outcome
    }
}

#[tokio::test]
async fn no_key_of_the_repository_runs_a_program() {
    let keys = [
        ("core.fsmonitor", "X"),
        ("core.hooksPath", "hooks"),
        ("filter.f.clean", "X cat"),
        ("filter.f.smudge", "X cat"),
        ("filter.f.process", "X"),
        ("filter.e=q.clean", "X cat"),
        ("filter.e=q.smudge", "X cat"),
        ("diff.d.textconv", "X cat"),
        ("diff.d.command", "X"),
        ("diff.external", "X"),
        ("merge.m.driver", "X"),
        ("core.pager", "X"),
        ("core.sshCommand", "X"),
        ("gpg.program", "X"),
        ("core.editor", "X"),
        ("alias.status", "!X"),
        ("core.alternateRefsCommand", "X"),
        ("credential.helper", "!X"),
        ("trailer.t.cmd", "X"),
        ("hook.h.command", "X"),
        ("core.askPass", "X"),
        ("core.gitProxy", "X"),
    ];
    for (key, value) in keys {
        let trap = Trap::new();
        let outcome = trap.live_a_life("life", || trap.arm(key, value)).await;
        assert_eq!(trap.traces(), "", "{key}");
        // Signing is wanted there, too, and the user has no key.
        let is_refused = key.starts_with("filter.") || key == "gpg.program";
        let is_right = if is_refused {
            matches!(outcome, MergeOutcome::Refused { .. })
        } else {
            matches!(outcome, MergeOutcome::Merged { .. })
        };
        assert!(is_right, "{key}: {outcome:?}");
    }
}

#[tokio::test]
async fn the_trap_works() {
    let trap = Trap::new();
    trap.set("core.fsmonitor", "X");
    trap.lab.git(&["status"]);
    assert!(trap.traces().contains("script.sh"), "plain git runs it");
    trap.forget();
    trap.put_hooks(".git/hooks");
    trap.lab.git(&["-c", "core.fsmonitor=false", "update-ref", "refs/heads/q", "HEAD"]);
    assert!(trap.traces().contains("reference-transaction"), "plain git runs hooks");
}

#[tokio::test]
async fn no_hook_and_no_included_file_runs() {
    let trap = Trap::new();
    trap.live_a_life("hooks", || trap.put_hooks(".git/hooks")).await;
    assert_eq!(trap.traces(), "");
    let trap = Trap::new();
    let arm = || {
        let included = format!(
            "[filter \"f\"]\nclean = {0} cat\n[diff \"d\"]\ntextconv = {0} cat\n",
            trap.script.display()
        );
        trap.lab.write(".git/more", &included);
        trap.set("include.path", "more");
    };
    trap.live_a_life("include", arm).await;
    assert_eq!(trap.traces(), "");
}

/// Replaces `.git` in the worktree, plants a bare repository, and configuration of the worktree alone.
#[tokio::test]
async fn nothing_inside_a_worktree_leads_us_away() {
    let trap = Trap::new();
    let lab = &trap.lab;
    let worktree: Worktree = lab.worktree("x").await;
    let repository = lab.open().await;
    lab.git(&["config", "extensions.worktreeConfig", "true"]);
    lab.git_in(&worktree.path, &["config", "--worktree", "filter.f.clean", trap.script.to_str().unwrap()]);
    fs::remove_file(worktree.path.join(".git")).unwrap();
    lab.git_in(&worktree.path, &["init", "-q"]);
    lab.git_in(&worktree.path, &["config", "core.fsmonitor", trap.script.to_str().unwrap()]);
    write_in(&worktree.path, "a.txt", "changed\n");
    let sub = worktree.path.join("sub");
    lab.git_in(&worktree.path, &["init", "-q", "--bare", "sub"]);
    lab.git_in(&sub, &["config", "core.fsmonitor", trap.script.to_str().unwrap()]);
    lab.git_in(&sub, &["config", "core.worktree", ".."]);
    lab.git_in(&sub, &["config", "core.bare", "false"]);
    trap.forget();
    let request = DiffRequest::since_merge_base("main".to_owned(), DiffTarget::Worktree(worktree.clone()));
    repository.diff_summary(&request).await.unwrap();
    repository.commit_leftovers(&worktree, &message("left")).await.unwrap();
    repository.remove_worktree(&worktree, RemoveWorktree { delete_branch: true }).await.unwrap();
    assert_eq!(trap.traces(), "");
    assert_eq!(lab.git(&["show", "ek/x:a.txt"]), "changed");
}

#[tokio::test]
async fn an_unmerged_driver_still_merges_both_sides() {
    let trap = Trap::new();
    let lab = &trap.lab;
    trap.set("merge.m.driver", "X");
    let worktree = lab.work("x", &[("a.txt", "ONE\ntwo\nthree\n")]).await;
    lab.write("a.txt", "one\ntwo\nthree\nfour\n");
    lab.commit("other end");
    trap.forget();
    assert!(matches!(lab.merge(&worktree).await, MergeOutcome::Merged { .. }));
    assert_eq!(lab.read("a.txt"), "ONE\ntwo\nthree\nfour\n");
    assert_eq!(trap.traces(), "");
}

#[tokio::test]
async fn a_missing_object_is_not_fetched() {
    let trap = Trap::new();
    let lab = &trap.lab;
    trap.set("extensions.partialClone", "evil");
    trap.set("core.repositoryFormatVersion", "1");
    trap.set("remote.evil.promisor", "true");
    trap.set("remote.evil.url", "/nowhere");
    trap.set("remote.evil.uploadpack", "X");
    trap.set("protocol.file.allow", "always");
    let blob = lab.git(&["rev-parse", "HEAD:b.txt"]);
    fs::remove_file(lab.root.join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..]))).unwrap();
    trap.forget();
    let made = lab.open().await.create_worktree(&lab.request("x", "x")).await;
    assert!(made.is_err(), "{made:?}");
    assert_eq!(trap.traces(), "");
}
