//! A temporary repository with hermetic configuration, and shorthands.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use worktree::{
    Commit, CreateWorktree, CreatedWorktree, GitEnvironment, MergeAttempt, MergeOutcome, MergeStyle,
    Repository, Worktree,
};

pub(crate) struct Lab {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

impl Lab {
    /// An empty repository on `main`.
    pub(crate) fn empty() -> Self {
        Self::named("repo", &[])
    }

    /// A repository with one commit: `a.txt` and `b.txt`.
    pub(crate) fn new() -> Self {
        let lab = Self::empty();
        lab.fill();
        lab
    }

    pub(crate) fn named(name: &str, init: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join(name);
        fs::create_dir_all(folder.path().join("home")).unwrap();
        let config = "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n";
        fs::write(folder.path().join("home/.gitconfig"), config).unwrap();
        fs::create_dir(&root).unwrap();
        let lab = Self { folder, root };
        lab.git(&[&["init", "-q"], init].concat());
        lab
    }

    pub(crate) fn fill(&self) {
        self.write("a.txt", "one\ntwo\nthree\n");
        self.write("b.txt", "b\n");
        self.commit("first");
    }

    pub(crate) fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let home = self.folder.path().join("home");
        let config = home.join(".gitconfig");
        vec![
            ("HOME", home.clone()),
            ("XDG_CONFIG_HOME", home),
            ("GIT_CONFIG_GLOBAL", config),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ]
    }

    #[expect(clippy::disallowed_methods, reason = "tests play the user at the command line")]
    pub(crate) fn try_git_in(&self, folder: &Path, args: &[&str]) -> Output {
        let mut command = Command::new("git");
        command.args(args).current_dir(folder).envs(self.environment());
        command.env("GIT_ALLOW_PROTOCOL", "file").output().unwrap()
    }

    pub(crate) fn git_in(&self, folder: &Path, args: &[&str]) -> String {
        let output = self.try_git_in(folder, args);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.root, args)
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        write_in(&self.root, path, content);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn commit_in(&self, folder: &Path, message: &str) -> String {
        self.git_in(folder, &["add", "-A"]);
        self.git_in(folder, &["commit", "-q", "-m", message]);
        self.git_in(folder, &["rev-parse", "HEAD"])
    }

    pub(crate) async fn open(&self) -> Repository {
        Repository::open_in(&self.root, GitEnvironment::new(self.environment())).await.unwrap()
    }

    pub(crate) fn workspaces(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("workspaces")
    }

    pub(crate) fn request(&self, id: &str, title: &str) -> CreateWorktree {
        CreateWorktree {
            id: id.to_owned(),
            workspaces: self.workspaces(),
            title: title.to_owned(),
            prefix: "ek".to_owned(),
            base_branch: None,
            base_commit: None,
            carry: Vec::new(),
        }
    }

    pub(crate) async fn create(&self, id: &str) -> CreatedWorktree {
        self.open().await.create_worktree(&self.request(id, id)).await.unwrap()
    }

    pub(crate) async fn worktree(&self, id: &str) -> Worktree {
        self.create(id).await.worktree
    }

    /// A worktree whose branch has one more commit that writes these files.
    pub(crate) async fn work(&self, id: &str, files: &[(&str, &str)]) -> Worktree {
        let worktree = self.worktree(id).await;
        for (path, content) in files {
            write_in(&worktree.path, path, content);
        }
        self.git_in(&worktree.path, &["add", "-A"]);
        self.git_in(&worktree.path, &["commit", "-q", "-m", id]);
        worktree
    }

    pub(crate) fn tip(&self, branch: &str) -> String {
        self.git(&["rev-parse", &format!("refs/heads/{branch}")])
    }

    pub(crate) fn merge_request(&self, worktree: &Worktree) -> MergeAttempt {
        MergeAttempt {
            id: worktree.id.clone(),
            style: MergeStyle::Merge,
            hooks: None,
            branch: worktree.branch.clone(),
            target: "main".to_owned(),
            expected_head: self.tip(&worktree.branch),
            commit: message(&format!("merge {}", worktree.id)),
        }
    }

    pub(crate) async fn merge(&self, worktree: &Worktree) -> MergeOutcome {
        self.open().await.merge_attempt(&self.merge_request(worktree)).await.unwrap()
    }

    /// Every file of the checkout with its content, and every ref of the user's.
    pub(crate) fn picture(&self) -> (BTreeMap<PathBuf, Vec<u8>>, String, String) {
        let refs =
            self.git(&["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags"]);
        let status = self.git(&["status", "--porcelain", "--branch", "--untracked-files=all", "--ignored"]);
        (files_of(&self.root), refs, status)
    }
}

pub(crate) fn message(text: &str) -> Commit {
    Commit { message: format!("{text}\n"), author: None }
}

pub(crate) fn write_in(folder: &Path, path: &str, content: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// Every file below a folder but git's own, with its content; links by their target.
pub(crate) fn files_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if path.file_name().unwrap() == ".git" {
            continue;
        } else if metadata.is_dir() {
            files.extend(files_of(&path));
        } else if metadata.is_symlink() {
            files.insert(path.clone(), fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes());
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}
