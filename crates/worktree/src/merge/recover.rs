//! Settles a merge, undo or revert that was interrupted, by its log.
//!
//! The branch says which side it ends on. After: all files are written, only the index has to be put in place.
//! Before: the index was never touched, so that each file of the merge is compared with it and with what the merge
//! writes; a file that is neither is the user's own and stays. git moves the refs of one transaction one after the
//! other, so that the evidence is brought in line with the branch.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::{
    Error, RecoveredMerge,
    git::{Git, path_of},
    linked,
    merge::{
        Merge,
        checkout::{self, ChangedPath, Entry},
        log::{self, FileIdentity, Operation, Phase},
    },
    own_dir, refs, staged,
};

const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LOCK_POLL: Duration = Duration::from_millis(20);
/// How long after the last step of the log a git that we started may still have made its locks.
const LOCKING_MAX: Duration = Duration::from_secs(10);
const COMPARED_MAX: usize = 256 << 20;

/// What has to be done to files so that they are as before.
#[derive(Debug, Default)]
struct Repair {
    write: Vec<PathBuf>,
    remove: Vec<PathBuf>,
    kept: Vec<PathBuf>,
}

impl Merge<'_> {
    /// Settles the open merge, if there is one. Safe to be interrupted itself, any number of times.
    pub(super) async fn recover(&self) -> Result<Option<RecoveredMerge>, Error> {
        let Some(operation) = log::find_open(self.git.common_dir())? else { return Ok(None) };
        self.clear_ref_locks(&operation).await?;
        self.settle_operation(operation).await.map(Some)
    }

    /// Settles an operation of this very process, whose git has ended and has left no locks: those that are there are
    /// somebody else's.
    pub(super) async fn settle_own(&self) -> Result<(), Error> {
        if let Some(operation) = log::find_open(self.git.common_dir())? {
            self.settle_operation(operation).await?;
        }
        Ok(())
    }

    async fn settle_operation(&self, mut operation: Operation) -> Result<RecoveredMerge, Error> {
        let commit = refs::find_branch(self.git, &operation.target).await?;
        let is_moved = match &commit {
            Some(commit) => self.has_moved(&operation, commit).await?,
            None => false,
        };
        let kept = match (operation.has_checkout, is_moved) {
            (false, _) => Vec::new(),
            (true, true) => self.settle_after(&operation)?,
            (true, false) => self.settle_before(&mut operation).await?,
        };
        self.settle_evidence(&operation, is_moved).await?;
        self.finish(&mut operation, is_moved).await?;
        let kept = kept.into_iter().map(|path| path.to_string_lossy().into_owned()).collect();
        let Operation { id, target, old, .. } = operation;
        let commit = commit.unwrap_or(old);
        Ok(RecoveredMerge { operation: id, target, is_merged: is_moved, commit, kept })
    }

    /// Whether the branch went where the operation wanted it, also when the user went on from there.
    async fn has_moved(&self, operation: &Operation, tip: &str) -> Result<bool, Error> {
        let Operation { old, new, .. } = operation;
        if tip == new || tip == old {
            return Ok(tip == new);
        }
        if linked::is_ancestor(self.git, old, new).await? {
            return linked::is_ancestor(self.git, new, tip).await;
        }
        // It goes back: whoever still has the old commit has not gone.
        Ok(!linked::is_ancestor(self.git, old, tip).await?)
    }

    /// Makes the evidence say what the branch says.
    async fn settle_evidence(&self, operation: &Operation, is_moved: bool) -> Result<(), Error> {
        let mut orders = String::new();
        for evidence in &operation.evidence {
            let wanted = if is_moved { &evidence.after } else { &evidence.before };
            if refs::resolve(self.git, &evidence.name).await? != *wanted {
                orders.push_str(&log::order(&evidence.name, wanted.as_deref()));
            }
        }
        if orders.is_empty() {
            return Ok(());
        }
        if let Some(lock) = self.find_lock(&operation.evidence_locks(self.git.common_dir(), is_moved)).await {
            return Err(Error::Busy { path: lock });
        }
        // Says when this step began, too: its locks are known by that.
        operation.write(self.git.common_dir())?;
        let call = self.git.call("update-ref").arg("--stdin");
        call.holding(self.hold_with(orders.as_bytes())?).run().await?;
        Ok(())
    }

    /// The branch has moved: everything but the index is in place.
    fn settle_after(&self, operation: &Operation) -> Result<Vec<PathBuf>, Error> {
        match &operation.phase {
            Phase::Ref { index } | Phase::Restored { index } => self.put_in_place(operation, index)?,
            Phase::Begin | Phase::Tree | Phase::Done => {}
        }
        self.release(operation)?;
        Ok(Vec::new())
    }

    /// The branch has not moved: files and index become what they were.
    async fn settle_before(&self, operation: &mut Operation) -> Result<Vec<PathBuf>, Error> {
        let kept = match operation.phase.clone() {
            Phase::Begin | Phase::Done => Vec::new(),
            Phase::Restored { index } => {
                self.put_in_place(operation, &index)?;
                Vec::new()
            }
            Phase::Tree | Phase::Ref { .. } => {
                self.require_index_lock(operation)?;
                self.restore(operation).await?
            }
        };
        self.release(operation)?;
        Ok(kept)
    }

    /// Takes up the two renames where they were interrupted.
    fn put_in_place(&self, operation: &Operation, index: &FileIdentity) -> Result<(), Error> {
        let common_dir = self.git.common_dir();
        let lock = common_dir.join("index.lock");
        let is_it = |path: &Path| FileIdentity::of(path).as_ref() == Some(index);
        if is_it(&log::index_path(common_dir)) {
            self.require_index_lock(operation)?;
            return checkout::install(common_dir);
        }
        if is_it(&lock) {
            let place = common_dir.join("index");
            fs::rename(&lock, &place).map_err(Error::io("replace", &place))?;
        }
        Ok(())
    }

    /// Makes sure that git's lock of the index is ours.
    fn require_index_lock(&self, operation: &Operation) -> Result<(), Error> {
        let lock = self.git.common_dir().join("index.lock");
        if is_ours(&lock, operation) || checkout::take_index_lock(self.git.common_dir(), &operation.token)? {
            return Ok(());
        }
        Err(Error::Busy { path: lock })
    }

    /// Lets go of what is ours.
    fn release(&self, operation: &Operation) -> Result<(), Error> {
        let prepared = log::index_path(self.git.common_dir());
        own_dir::remove_file(&prepared.with_extension("index.lock"))?;
        own_dir::remove_file(&prepared)?;
        own_dir::remove_file(&log::token_path(self.git.common_dir()))?;
        let lock = self.git.common_dir().join("index.lock");
        if is_ours(&lock, operation) { own_dir::remove_file(&lock) } else { Ok(()) }
    }

    /// Brings the files of the merge back to what the untouched index says.
    async fn restore(&self, operation: &mut Operation) -> Result<Vec<PathBuf>, Error> {
        let common_dir = self.git.common_dir();
        let prepared = log::index_path(common_dir);
        own_dir::remove_file(&prepared.with_extension("index.lock"))?;
        own_dir::remove_file(&prepared)?;
        let head = refs::read_heads(self.git).await?.head_branch;
        if head.as_deref() != Some(&operation.target)
            || !staged::copy_index(&common_dir.join("index"), &prepared)?
        {
            // The user has taken our lock away and gone on elsewhere: nothing here is ours to judge any more.
            return Ok(Vec::new());
        }
        let git = self.git.with_index(&prepared);
        git.call("update-index").args(["-q", "--refresh"]).accept(&[0, 1]).run().await?;
        let mut repair = self.plan_repair(&git, operation).await?;
        for path in &repair.remove {
            remove_with_folders(self.root, path)?;
        }
        let (write, kept): (Vec<_>, Vec<_>) =
            repair.write.into_iter().partition(|path| is_free(self.root, path));
        repair.write = write;
        repair.kept.extend(kept);
        self.write_back(&git, &repair.write).await?;
        git.call("update-index").args(["-q", "--refresh"]).accept(&[0, 1]).run().await?;
        if let Some(index) = FileIdentity::of(&prepared) {
            operation.enter(Phase::Restored { index: index.clone() }, common_dir)?;
            self.put_in_place(operation, &index)?;
        }
        Ok(repair.kept)
    }

    async fn plan_repair(&self, git: &Git, operation: &Operation) -> Result<Repair, Error> {
        let index = read_index(git).await?;
        let differing = git
            .call("diff-files")
            .args(["-z", "--name-only", "--ignore-submodules=all"])
            .run()
            .await?
            .paths();
        let differing: HashSet<PathBuf> = differing.into_iter().collect();
        let mut repair = Repair::default();
        for changed in checkout::changed_paths(self.git, &operation.old, &operation.new).await? {
            let entry = index.get(&changed.path);
            let is_untouched = match entry {
                // git does not write what the index has already.
                Some(entry) => Some(entry) == changed.new.as_ref() || !differing.contains(&changed.path),
                // A folder is what was there before: git had not come to it.
                None => {
                    fs::symlink_metadata(self.root.join(&changed.path)).map_or(true, |found| found.is_dir())
                }
            };
            if is_untouched {
                continue;
            }
            let list = match (self.is_written_by_us(git, &changed).await?, entry) {
                (true, Some(_)) => &mut repair.write,
                (true, None) => &mut repair.remove,
                (false, _) => &mut repair.kept,
            };
            list.push(changed.path);
        }
        Ok(repair)
    }

    /// Whether a file is what the merge writes there: all of it, the start of it, or nothing yet.
    async fn is_written_by_us(&self, git: &Git, changed: &ChangedPath) -> Result<bool, Error> {
        let path = self.root.join(&changed.path);
        let metadata = match fs::symlink_metadata(&path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(true);
            }
            other => other.map_err(Error::io("look at", &path))?,
        };
        if metadata.is_dir() {
            // The merge put files below it, which are removed before.
            return Ok(true);
        }
        let Some(new) = &changed.new else { return Ok(false) };
        if metadata.is_symlink() {
            let target = fs::read_link(&path).map_err(Error::io("read", &path))?;
            let wanted = git.call("cat-file").args(["blob", &new.blob]).run().await?.stdout;
            return Ok(new.mode == "120000" && target.as_os_str().as_encoded_bytes() == wanted);
        }
        if !metadata.is_file() || metadata.len() > COMPARED_MAX as u64 {
            return Ok(false);
        }
        let present = fs::read(&path).map_err(Error::io("read", &path))?;
        let mut option = std::ffi::OsString::from("--path=");
        option.push(&changed.path);
        let call = git.call("cat-file").arg("--filters").arg(option).arg(&new.blob).output_max(COMPARED_MAX);
        Ok(call.run().await?.stdout.starts_with(&present))
    }

    async fn write_back(&self, git: &Git, paths: &[PathBuf]) -> Result<(), Error> {
        if paths.is_empty() {
            return Ok(());
        }
        let input: Vec<u8> =
            paths.iter().flat_map(|path| [path.as_os_str().as_encoded_bytes(), b"\0"].concat()).collect();
        let call = git.call("checkout-index").args(["-f", "-u", "-q", "-z", "--stdin"]).input(input);
        call.run().await?;
        Ok(())
    }

    /// The first of these locks that is there, and does not go within a short time.
    pub(super) async fn find_lock(&self, locks: &[PathBuf]) -> Option<PathBuf> {
        let deadline = tokio::time::Instant::now() + LOCK_PATIENCE;
        loop {
            let held = locks.iter().find(|lock| lock.symlink_metadata().is_ok())?;
            if tokio::time::Instant::now() >= deadline {
                return Some(held.clone());
            }
            tokio::time::sleep(LOCK_POLL).await;
        }
    }

    /// Takes away the locks of refs that a killed git of ours left. Nobody of ours is at work: it would hold our lock.
    /// What the user's own git may hold stays.
    async fn clear_ref_locks(&self, operation: &Operation) -> Result<(), Error> {
        let locks = operation.locks_left(self.git.common_dir());
        let Some(span) = Span::of(operation, self.git.common_dir()) else { return Ok(()) };
        let found = locks.into_iter().filter_map(|lock| Some((FileIdentity::of(&lock)?, lock)));
        let mut ours: Vec<_> = found.filter(|(_, lock)| span.is_ours(operation, lock)).collect();
        let deadline = tokio::time::Instant::now() + LOCK_PATIENCE;
        while !ours.is_empty() && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(LOCK_POLL).await;
            ours.retain(|(identity, lock)| FileIdentity::of(lock).as_ref() == Some(identity));
        }
        for (_, lock) in ours {
            tracing::warn!(path = %lock.display(), "a lock that an interrupted merge left was removed");
            own_dir::remove_file(&lock)?;
        }
        Ok(())
    }
}

/// When a git of an operation can have made a lock.
#[derive(Debug)]
struct Span {
    from: SystemTime,
    until: SystemTime,
}

impl Span {
    fn of(operation: &Operation, common_dir: &Path) -> Option<Self> {
        let from = begun_at(&operation.id)?;
        let last_step = log::written_at(common_dir)?;
        Some(Self { from, until: last_step.checked_add(LOCKING_MAX)? })
    }

    /// Whether a lock was made then, and says nothing that the operation does not want.
    fn is_ours(&self, operation: &Operation, lock: &Path) -> bool {
        let made = lock.symlink_metadata().and_then(|metadata| metadata.modified());
        let is_within = made.is_ok_and(|made| self.from <= made && made <= self.until);
        is_within && fs::read(lock).is_ok_and(|content| operation.wants(&content))
    }
}

/// When an operation began; its id starts with that.
fn begun_at(id: &str) -> Option<SystemTime> {
    let nanoseconds: u64 = id.split('-').next()?.parse().ok()?;
    // Time stamps of files are coarser than the clock.
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::from_nanos(nanoseconds))?
        .checked_sub(Duration::from_millis(50))
}

fn is_ours(lock: &Path, operation: &Operation) -> bool {
    fs::read(lock).is_ok_and(|content| content == operation.token.as_bytes())
}

/// The entries of an index; none for those that sparse checkout keeps out of the files.
async fn read_index(git: &Git) -> Result<HashMap<PathBuf, Entry>, Error> {
    let output = git.call("ls-files").args(["-z", "-s", "-t"]).run().await?;
    let entry = |part: &[u8]| {
        let tab = part.iter().position(|byte| *byte == b'\t')?;
        let head = std::str::from_utf8(&part[..tab]).ok()?;
        let fields: Vec<&str> = head.split(' ').collect();
        let [_, mode, blob, _] = fields.as_slice() else { return None };
        Some((path_of(&part[tab + 1..]), Entry { mode: (*mode).to_owned(), blob: (*blob).to_owned() }))
    };
    Ok(output.parts().filter_map(entry).collect())
}

/// Whether git can write a file without removing a folder, or a file that stands where a folder belongs: what is left
/// there now is the user's.
fn is_free(root: &Path, path: &Path) -> bool {
    let is_folder_free =
        |folder: &Path| fs::symlink_metadata(root.join(folder)).map_or(true, |found| found.is_dir());
    let is_occupied = fs::symlink_metadata(root.join(path)).is_ok_and(|found| found.is_dir());
    !is_occupied && path.ancestors().skip(1).all(is_folder_free)
}

/// Deletes a file that the merge added, and the folders that are empty then.
fn remove_with_folders(root: &Path, path: &Path) -> Result<(), Error> {
    own_dir::remove_file(&root.join(path))?;
    for folder in path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
        if fs::remove_dir(root.join(folder)).is_err() {
            break;
        }
    }
    Ok(())
}
