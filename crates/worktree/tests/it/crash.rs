//! A merge, and taking one back, that is killed ends exactly before or after, and what is the user's stays as it is.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use worktree::{
    GitEnvironment, MergeAttempt, MergeOutcome, MergeRefusal, MergeStyle, RecoveredMerge, Repository,
    RevertMerge, TakeBack,
};

use crate::lab::{Lab, files_of, message, write_in};

const FILES: usize = 90;
const POINTS: [&str; 9] = [
    "after_begin",
    "before_lock",
    "after_lock",
    "before_tree",
    "after_tree",
    "before_ref",
    "after_ref",
    "between_renames",
    "after_renames",
];

/// What is done and killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Merge,
    Squash,
    Rebase,
    Undo,
    Revert,
}

const DEEDS: [Deed; 5] = [Deed::Merge, Deed::Squash, Deed::Rebase, Deed::Undo, Deed::Revert];

impl Deed {
    const fn style(self) -> MergeStyle {
        match self {
            Self::Merge => MergeStyle::Merge,
            Self::Squash | Self::Undo => MergeStyle::Squash,
            Self::Rebase | Self::Revert => MergeStyle::Rebase,
        }
    }

    /// Whether a merge comes before it.
    const fn takes_back(self) -> bool {
        matches!(self, Self::Undo | Self::Revert)
    }

    async fn perform(self, repository: &Repository, head: &str) -> MergeOutcome {
        let branch = Some("ek/x".to_owned());
        let merge = TakeBack { id: "x".to_owned(), target: "main".to_owned(), branch };
        let outcome = match self {
            Self::Merge | Self::Squash | Self::Rebase => {
                repository.merge_attempt(&request(self.style(), head)).await
            }
            Self::Undo => repository.undo_merge(&merge).await,
            Self::Revert => repository.revert_merge(&RevertMerge { merge, commit: message("revert") }).await,
        };
        outcome.unwrap()
    }
}

fn request(style: MergeStyle, head: &str) -> MergeAttempt {
    MergeAttempt {
        id: "x".to_owned(),
        branch: "ek/x".to_owned(),
        target: "main".to_owned(),
        expected_head: head.to_owned(),
        style,
        commit: message("merge"),
        hooks: None,
    }
}

/// A repository in which a merge changes many files of all kinds, and in which the user has work of all kinds.
struct Scene {
    lab: Lab,
    head: String,
    deed: Deed,
}

/// What must be one or the other.
#[derive(Debug, PartialEq, Eq)]
struct Picture {
    files: BTreeMap<PathBuf, (Vec<u8>, u32)>,
    tree: String,
    status: String,
    staged: String,
}

impl Scene {
    async fn new(deed: Deed) -> Self {
        let lab = Lab::new();
        lab.write(".gitignore", "*.log\n.env\n");
        for number in 0..FILES {
            lab.write(&format!("src {}/f{number}.txt", number % 7), &format!("{number}\n").repeat(200));
        }
        lab.write("folder/becomes/file", "1");
        lab.write("stays/dirty.txt", "d");
        lab.write("stays/deleted.txt", "d");
        lab.commit("base");
        lab.git(&["checkout", "-q", "-b", "ek/x"]);
        for number in (0..FILES).step_by(2) {
            lab.write(
                &format!("src {}/f{number}.txt", number % 7),
                &format!("changed {number}\n").repeat(300),
            );
        }
        for number in (1..FILES).step_by(6) {
            fs::remove_file(lab.root.join(format!("src {}/f{number}.txt", number % 7))).unwrap();
            lab.write(&format!("new ü {number}/deep/er/n.txt"), &"new\n".repeat(500));
        }
        fs::remove_dir_all(lab.root.join("folder")).unwrap();
        lab.write("folder", "now a file");
        symlink("a.txt", lab.root.join("link")).unwrap();
        fs::set_permissions(lab.root.join("b.txt"), fs::Permissions::from_mode(0o755)).unwrap();
        let head = lab.commit("work");
        lab.git(&["checkout", "-q", "main"]);
        lab.write("meanwhile.txt", "m");
        lab.commit("meanwhile");
        if deed.takes_back() {
            let merged = lab.open().await.merge_attempt(&request(deed.style(), &head)).await.unwrap();
            assert!(matches!(merged, MergeOutcome::Merged { .. }), "{merged:?}");
        }
        if deed == Deed::Revert {
            lab.write("later.txt", "l");
            lab.commit("later");
        }
        lab.write("stays/dirty.txt", "the user's own\n");
        fs::remove_file(lab.root.join("stays/deleted.txt")).unwrap();
        lab.write("stays/staged.txt", "staged");
        lab.git(&["add", "stays/staged.txt"]);
        lab.write("stays/staged.txt", "staged and changed");
        lab.write("untracked ü.txt", "u");
        lab.write(".env", "SECRET=1");
        lab.write("src 1/x.log", "ignored");
        Self { lab, head, deed }
    }

    /// The same once more, in another place.
    fn copy(&self) -> Self {
        let lab = Lab::empty();
        fs::remove_dir_all(&lab.root).unwrap();
        copy_tree(&self.lab.root, &lab.root);
        lab.git(&["status", "--porcelain"]);
        Self { lab, head: self.head.clone(), deed: self.deed }
    }

    fn picture(&self) -> Picture {
        let mode = |path: &Path| fs::symlink_metadata(path).unwrap().permissions().mode();
        let files = files_of(&self.lab.root);
        let root = &self.lab.root;
        Picture {
            files: files
                .into_iter()
                .map(|(path, bytes)| (path.strip_prefix(root).unwrap().to_path_buf(), (bytes, mode(&path))))
                .collect(),
            tree: self.lab.git(&["rev-parse", "main^{tree}"]),
            status: self.lab.git(&["status", "--porcelain", "--untracked-files=all", "--ignored"]),
            staged: self.lab.git(&["diff", "--cached"]),
        }
    }

    async fn perform(&self) -> MergeOutcome {
        self.deed.perform(&self.lab.open().await, &self.head).await
    }

    /// What the hidden refs say must be what the branch says.
    async fn check_evidence(&self, is_after: bool, what: &str) {
        let evidence = self.lab.open().await.find_evidence("x").await.unwrap();
        let has_merged = evidence.merged.is_some();
        let (is_right, tip) = match self.deed {
            Deed::Merge | Deed::Squash | Deed::Rebase => (has_merged == is_after, evidence.merged.clone()),
            Deed::Undo => (has_merged != is_after, None),
            Deed::Revert => {
                (has_merged && evidence.reverted.is_some() == is_after, evidence.reverted.clone())
            }
        };
        assert!(is_right, "{what}: {evidence:?}, after: {is_after}");
        assert!(tip.is_none_or(|tip| tip == self.lab.tip("main")), "{what}");
    }

    /// A process of its own that merges.
    #[expect(clippy::disallowed_methods, reason = "the process that is killed")]
    fn start(&self, point: &str) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "crash::the_process_that_is_killed", "--nocapture"]);
        command.envs(self.lab.environment()).env("CRASH_ROOT", &self.lab.root).env("CRASH_HEAD", &self.head);
        command
            .env("CRASH_DEED", format!("{:?}", self.deed))
            .env("EVAL_KANBAN_FAIL_POINT", point)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Whether the log says that a merge was begun and not ended.
    fn is_interrupted(&self) -> bool {
        let log = fs::read_to_string(self.lab.root.join(".git/eval-kanban/merge.json"));
        log.is_ok_and(|log| !log.contains("\"done\""))
    }

    async fn recover(&self) -> Vec<RecoveredMerge> {
        self.lab.open().await.recover_merges().await.unwrap()
    }

    /// Settles, compares, and merges what was not merged.
    async fn settle(&self, before: &Picture, after: &Picture, what: &str) -> bool {
        let recovered = self.recover().await;
        let picture = self.picture();
        let is_after = picture.tree == after.tree;
        assert_same(&picture, if is_after { after } else { before }, what);
        assert!(
            recovered.iter().all(|merge| merge.is_merged == is_after && merge.kept.is_empty()),
            "{what}: {recovered:?}"
        );
        assert!(!self.lab.root.join(".git/index.lock").exists(), "{what}");
        assert!(self.recover().await.is_empty(), "{what}");
        self.check_evidence(is_after, what).await;
        let outcome = self.perform().await;
        let is_right = match (is_after, self.deed.takes_back()) {
            (false, _) => matches!(outcome, MergeOutcome::Merged { .. }),
            (true, false) => matches!(outcome, MergeOutcome::AlreadyMerged { .. }),
            (true, true) => outcome == MergeOutcome::Refused { reason: MergeRefusal::NotMerged },
        };
        assert!(is_right, "{what}: {outcome:?}");
        assert_same(&self.picture(), after, what);
        self.check_evidence(true, what).await;
        is_after
    }
}

fn assert_same(picture: &Picture, expected: &Picture, what: &str) {
    let names = |picture: &Picture| picture.files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(picture), names(expected), "{what}");
    for (path, content) in &expected.files {
        assert!(picture.files[path] == *content, "{what}: {} differs", path.display());
    }
    assert_eq!(picture.status, expected.status, "{what}");
    assert_eq!((&picture.tree, &picture.staged), (&expected.tree, &expected.staged), "{what}");
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (source, target) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        let metadata = fs::symlink_metadata(&source).unwrap();
        if metadata.is_dir() {
            copy_tree(&source, &target);
        } else if metadata.is_symlink() {
            symlink(fs::read_link(&source).unwrap(), &target).unwrap();
        } else {
            fs::copy(&source, &target).unwrap();
        }
    }
}

/// Not a test of its own: the others start it as a process and kill it.
#[tokio::test]
async fn the_process_that_is_killed() {
    let (Some(root), Ok(head)) = (std::env::var_os("CRASH_ROOT"), std::env::var("CRASH_HEAD")) else {
        return;
    };
    let repository = Repository::open_in(Path::new(&root), GitEnvironment::default()).await.unwrap();
    let deed = std::env::var("CRASH_DEED").unwrap();
    let deed = DEEDS.into_iter().find(|known| format!("{known:?}") == deed).unwrap();
    let outcome = deed.perform(&repository, &head).await;
    assert!(matches!(outcome, MergeOutcome::Merged { .. }), "{outcome:?}");
}

async fn before_and_after(deed: Deed) -> (Scene, Picture, Picture) {
    let scene = Scene::new(deed).await;
    let before = scene.picture();
    let done = scene.copy();
    let outcome = done.perform().await;
    assert!(matches!(outcome, MergeOutcome::Merged { is_checkout_updated: true, .. }), "{outcome:?}");
    let after = done.picture();
    assert!(before != after && after.files[Path::new(".env")].0 == b"SECRET=1");
    (scene, before, after)
}

#[tokio::test]
async fn killed_at_each_named_point() {
    for deed in DEEDS {
        let (scene, before, after) = before_and_after(deed).await;
        for point in POINTS {
            let copy = scene.copy();
            let status = copy.start(point).wait().unwrap();
            use std::os::unix::process::ExitStatusExt;
            assert_eq!(status.signal(), Some(9), "{deed:?}: {point} was not reached");
            let is_after = copy.settle(&before, &after, &format!("{deed:?}: {point}")).await;
            let is_late = ["after_ref", "between_renames", "after_renames"].contains(&point);
            assert_eq!(is_after, is_late, "{deed:?}: {point}");
        }
    }
}

#[tokio::test]
async fn killed_at_random_moments() {
    let runs: usize = std::env::var("CRASH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(30);
    for deed in DEEDS {
        kill_at_random(deed, runs.div_ceil(DEEDS.len())).await;
    }
}

async fn kill_at_random(deed: Deed, runs: usize) {
    let (scene, before, after) = before_and_after(deed).await;
    let started = Instant::now();
    scene.copy().start("none").wait().unwrap();
    let mut length = started.elapsed();
    let mut random = Random::new();
    eprintln!("{deed:?}: seed {}", random.0);
    let (mut ends, mut interrupted) = ([0, 0], 0);
    for run in 0..runs {
        let copy = scene.copy();
        let mut child = copy.start("none");
        tokio::time::sleep(length.mul_f64(random.next())).await;
        // A kill that comes too late shows nothing: the next ones come sooner.
        let is_late = child.try_wait().unwrap().is_some();
        length = length.mul_f64(if is_late { 0.8 } else { 1.02 });
        let with_children = run % 2 == 0;
        kill_tree(&mut child, with_children);
        interrupted += usize::from(copy.is_interrupted());
        let what = format!("{deed:?}: run {run}, with git: {with_children}");
        let is_after = copy.settle(&before, &after, &what).await;
        ends[usize::from(is_after)] += 1;
    }
    eprintln!(
        "{deed:?}: {runs} kills, {interrupted} in the middle: {} ended before, {} after it",
        ends[0], ends[1]
    );
}

#[tokio::test]
async fn killed_while_recovering() {
    let (scene, before, after) = before_and_after(Deed::Merge).await;
    let copy = scene.copy();
    copy.start("after_tree").wait().unwrap();
    for point in ["between_renames", "after_renames"] {
        // The next merge recovers first, and dies on the way.
        copy.start(point).wait().unwrap();
    }
    copy.settle(&before, &after, "killed while recovering").await;
}

#[tokio::test]
async fn what_the_user_changes_after_the_crash_stays() {
    let (scene, ..) = before_and_after(Deed::Merge).await;
    let copy = scene.copy();
    copy.start("after_tree").wait().unwrap();
    copy.lab.write("src 0/f0.txt", "the user's own, after the crash\n");
    copy.lab.write("new ü 1/deep/er/n.txt", "the user's own, too\n");
    write_in(&copy.lab.root, "src 2/f2.txt", "");
    copy.lab.write("folder", "the user's own, where a folder was");
    let recovered = copy.recover().await;
    let mut kept = recovered[0].kept.clone();
    kept.sort();
    assert_eq!(kept, ["folder", "folder/becomes/file", "new ü 1/deep/er/n.txt", "src 0/f0.txt"]);
    assert_eq!(copy.lab.read("folder"), "the user's own, where a folder was");
    assert_eq!(copy.lab.read("src 0/f0.txt"), "the user's own, after the crash\n");
    assert_eq!(copy.lab.read("new ü 1/deep/er/n.txt"), "the user's own, too\n");
    assert_eq!(copy.lab.read("src 2/f2.txt"), "2\n".repeat(200));
}

#[tokio::test]
async fn a_lock_of_somebody_else_stops_recovery_and_stays() {
    let (scene, before, after) = before_and_after(Deed::Merge).await;
    let copy = scene.copy();
    copy.start("after_tree").wait().unwrap();
    let lock = copy.lab.root.join(".git/index.lock");
    fs::write(&lock, "somebody else").unwrap();
    let error = copy.lab.open().await.recover_merges().await.unwrap_err();
    assert!(matches!(error, worktree::Error::Busy { .. }), "{error}");
    let outcome = copy.perform().await;
    assert!(matches!(outcome, MergeOutcome::Busy { .. }), "{outcome:?}");
    assert_eq!(fs::read(&lock).unwrap(), b"somebody else");
    fs::remove_file(&lock).unwrap();
    copy.settle(&before, &after, "somebody else").await;
}

pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Another sequence each time; tests print the seed, so that a failure can be looked into.
    pub(crate) fn new() -> Self {
        Self(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64 | 1)
    }

    /// From 0 to 1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Kills a process as a crash of the machine would, or alone: then its git goes on for a while.
pub(crate) fn kill_tree(child: &mut Child, with_children: bool) {
    let pid = Pid::from_raw(child.id() as i32);
    let mut doomed = vec![pid];
    if with_children && kill(pid, Signal::SIGSTOP).is_ok() {
        doomed.extend(children_of(pid));
    }
    for pid in doomed {
        assert!(matches!(kill(pid, Signal::SIGKILL), Ok(()) | Err(Errno::ESRCH)));
    }
    child.wait().unwrap();
}

fn children_of(parent: Pid) -> Vec<Pid> {
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()).map(Pid::from_raw)
        else {
            continue;
        };
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        if after_name.split(' ').nth(1) == Some(parent.to_string().as_str()) {
            children.extend(children_of(pid));
            children.push(pid);
        }
    }
    children
}

/// A lock beside the log of an operation that was killed before its transaction of refs.
struct Left {
    name: &'static str,
    content: &'static str,
    /// How much later than the log it was made.
    later_s: i64,
    is_removed: bool,
}

const LEFT: [Left; 8] = [
    Left { name: "refs/heads/main.lock", content: "", later_s: 1, is_removed: true },
    Left { name: "refs/heads/ek/x.lock", content: "", later_s: 0, is_removed: true },
    Left { name: "HEAD.lock", content: "", later_s: 1, is_removed: true },
    Left { name: "HEAD.lock", content: "", later_s: 60, is_removed: false },
    Left { name: "refs/heads/main.lock", content: "", later_s: 60, is_removed: false },
    Left { name: "refs/heads/main.lock", content: "", later_s: -3600, is_removed: false },
    Left { name: "refs/heads/main.lock", content: "the user's commit\n", later_s: 1, is_removed: false },
    Left { name: "packed-refs.lock", content: "", later_s: 1, is_removed: false },
];

#[tokio::test]
async fn recovery_takes_away_its_own_locks_of_refs_and_leaves_those_of_the_user() {
    let (scene, before, after) = before_and_after(Deed::Merge).await;
    let killed = scene.copy();
    killed.start("before_ref").wait().unwrap();
    for Left { name, content, later_s, is_removed } in LEFT {
        let copy = killed.copy();
        let what = format!("{name} with {content:?}, {later_s} s later");
        let lock = copy.lab.root.join(".git").join(name);
        fs::write(&lock, content).unwrap();
        let log = copy.lab.root.join(".git/eval-kanban/merge.json");
        let logged = fs::metadata(&log).unwrap().modified().unwrap();
        let shift = Duration::from_secs(later_s.unsigned_abs());
        let made = if later_s < 0 { logged - shift } else { logged + shift };
        fs::File::options().write(true).open(&lock).unwrap().set_modified(made).unwrap();
        assert_eq!(copy.recover().await.len(), 1, "{what}");
        assert_eq!(lock.exists(), !is_removed, "{what}");
        assert_same(&copy.picture(), &before, &what);
        assert!(!copy.lab.root.join(".git/index.lock").exists(), "{what}");
        if !is_removed {
            fs::remove_file(&lock).unwrap();
        }
        copy.settle(&before, &after, &what).await;
    }
}
