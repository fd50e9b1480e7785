//! The files of a worktree as a tree, without touching its index: a copy of the index takes them in.

use std::{
    ffi::OsString,
    fs::{self, File, FileTimes},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    Error,
    blocking::blocking,
    git::{Git, path_of},
    own_dir,
};

const STAGE_LIMIT: Duration = Duration::from_secs(10 * 60);

/// More changed files than this are written as one pack: creating that many files takes far longer than their content.
const LOOSE_MAX: usize = 50;

/// An index of our own, gone when dropped.
#[derive(Debug)]
pub(crate) struct TemporaryIndex {
    path: PathBuf,
}

/// A folder for objects that nobody needs afterwards, gone when dropped.
#[derive(Debug)]
pub(crate) struct TemporaryObjects {
    path: PathBuf,
}

/// Which files are taken in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// Everything that git does not ignore.
    All,
    /// One file or folder.
    Only(&'a Path),
}

/// A file that was not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) path: PathBuf,
    pub(crate) is_tracked: bool,
    pub(crate) reason: LeftOutReason,
}

/// Why a file was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOutReason {
    /// Larger than the caller's limit.
    TooLarge,
    /// A repository inside the worktree; git would only note its commit and not its files.
    NestedRepository,
    /// git could not read it.
    Unreadable,
}

/// The worktree as it is.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) index: TemporaryIndex,
    pub(crate) tree: String,
    pub(crate) left_out: Vec<LeftOut>,
    /// Whether the index had to be changed for it.
    pub(crate) is_changed: bool,
}

impl TemporaryIndex {
    /// An index that is not there yet.
    pub(crate) fn new(common_dir: &Path) -> Result<Self, Error> {
        Ok(Self { path: temporary_path(common_dir, "index")? })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryIndex {
    fn drop(&mut self) {
        for path in [self.path.clone(), lock_of(&self.path)] {
            utils::OrLog::or_log(own_dir::remove_file(&path), "deleting a temporary index");
        }
    }
}

impl TemporaryObjects {
    /// An empty folder.
    pub(crate) fn new(common_dir: &Path) -> Result<Self, Error> {
        let path = temporary_path(common_dir, "objects")?;
        utils::create_private_dir(&path)?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryObjects {
    fn drop(&mut self) {
        utils::OrLog::or_log(fs::remove_dir_all(&self.path), "deleting temporary objects");
    }
}

fn temporary_path(common_dir: &Path, kind: &str) -> Result<PathBuf, Error> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let name = format!("{}-{since}-{}.{kind}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    Ok(own_dir::own_dir(common_dir)?.join("tmp").join(name))
}

/// Copies an index with its time: git takes files for unchanged by comparing their times with the index's own.
pub(crate) fn copy_index(from: &Path, to: &Path) -> Result<bool, Error> {
    let source = match File::open(from) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        other => other.map_err(Error::io("open", from))?,
    };
    let modified =
        source.metadata().and_then(|metadata| metadata.modified()).map_err(Error::io("read", from))?;
    fs::copy(from, to).map_err(Error::io("copy", from))?;
    let target = File::options().write(true).open(to).map_err(Error::io("open", to))?;
    target.set_times(FileTimes::new().set_modified(modified)).map_err(Error::io("set the time of", to))?;
    Ok(true)
}

/// Takes in what is not larger than `bytes_max`.
pub(crate) async fn stage(git: &Git, scope: Scope<'_>, bytes_max: u64) -> Result<Staged, Error> {
    let index = start_index(git).await?;
    let git = git.with_index(index.path());
    let changed = list_changed(&git, scope).await?;
    let count = changed.len();
    let root = git.root().to_path_buf();
    let mut left_out =
        blocking("look at the files", move || Ok(find_left_out(&root, &changed, bytes_max))).await?;
    if count > 0 && add(&git, scope, &left_out, count).await? == Added::SomeFailed {
        let still = list_changed(&git, scope).await?;
        let failed = still.into_iter().filter(|(path, _)| !left_out.iter().any(|known| known.path == *path));
        let failed: Vec<_> = failed
            .map(|(path, is_tracked)| LeftOut { path, is_tracked, reason: LeftOutReason::Unreadable })
            .collect();
        left_out.extend(failed);
    }
    let tree = git.call("write-tree").text().await?;
    Ok(Staged { index, tree, left_out, is_changed: count > 0 })
}

/// A copy of the worktree's index, or one made from HEAD where that cannot be read.
async fn start_index(git: &Git) -> Result<TemporaryIndex, Error> {
    let index = TemporaryIndex::new(git.common_dir())?;
    let (from, to) = (git.git_dir().join("index"), index.path().to_path_buf());
    let is_copied = blocking("copy the index", move || copy_index(&from, &to)).await?;
    let own = git.with_index(index.path());
    let is_readable = is_copied && own.call("ls-files").arg("--unmerged").run().await.is_ok();
    if !is_readable {
        own_dir::remove_file(index.path())?;
        // On a branch without commits there is no HEAD, and the empty index is right.
        own.call("read-tree").arg("HEAD").accept(&[0, 128]).run().await?;
    }
    Ok(index)
}

/// Changed, deleted and untracked paths; true where git tracks them.
async fn list_changed(git: &Git, scope: Scope<'_>) -> Result<Vec<(PathBuf, bool)>, Error> {
    let call = git.call("ls-files").args(["-z", "-t", "--modified", "--others", "--exclude-standard", "--"]);
    let output = call.arg(scope.spec()).time_limit(STAGE_LIMIT).run().await?;
    let entry = |part: &[u8]| {
        let (tag, path) = part.split_at_checked(2)?;
        Some((path_of(path), tag != b"? "))
    };
    Ok(output.parts().filter_map(entry).collect())
}

fn find_left_out(root: &Path, changed: &[(PathBuf, bool)], bytes_max: u64) -> Vec<LeftOut> {
    let judge = |(path, is_tracked): &(PathBuf, bool)| {
        let reason = left_out_reason(root, path, *is_tracked, bytes_max)?;
        Some(LeftOut { path: path.clone(), is_tracked: *is_tracked, reason })
    };
    changed.iter().filter_map(judge).collect()
}

fn left_out_reason(root: &Path, path: &Path, is_tracked: bool, bytes_max: u64) -> Option<LeftOutReason> {
    let metadata = fs::symlink_metadata(root.join(path)).ok()?;
    if metadata.is_dir() && !is_tracked {
        return Some(LeftOutReason::NestedRepository);
    }
    (metadata.is_file() && metadata.len() > bytes_max).then_some(LeftOutReason::TooLarge)
}

#[derive(Debug, PartialEq, Eq)]
enum Added {
    All,
    SomeFailed,
}

impl Scope<'_> {
    /// As git wants it.
    pub(crate) fn spec(self) -> OsString {
        match self {
            Self::All => OsString::from(":/"),
            Self::Only(path) => {
                let mut spec = OsString::from(":(top,literal)");
                spec.push(path);
                spec
            }
        }
    }
}

async fn add(git: &Git, scope: Scope<'_>, left_out: &[LeftOut], count: usize) -> Result<Added, Error> {
    let mut specs = scope.spec().into_encoded_bytes();
    specs.push(0);
    for LeftOut { path, .. } in left_out {
        let path = path.as_os_str().as_encoded_bytes();
        specs.extend_from_slice(b":(top,exclude,literal)");
        specs.extend_from_slice(path.strip_suffix(b"/").unwrap_or(path));
        specs.push(0);
    }
    let call = git.call("add").args([
        "--all",
        "--ignore-errors",
        "--sparse",
        "--pathspec-from-file=-",
        "--pathspec-file-nul",
    ]);
    let call = if count > LOOSE_MAX { call.config("core.bigFileThreshold", "1") } else { call };
    let output = call.input(specs).accept(&[0, 1]).time_limit(STAGE_LIMIT).run().await?;
    Ok(if output.code == 0 { Added::All } else { Added::SomeFailed })
}

fn lock_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
