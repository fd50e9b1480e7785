//! Brings the user's checkout along with the target branch.
//!
//! Holds git's own index lock meanwhile, so that the user's commands wait or are refused. Checks everything before
//! the first file is written; what it writes is only what the merge changes.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Error, MergeOutcome, MergeRefusal,
    blocking::blocking,
    fail_point,
    git::{Git, Output, path_of},
    merge::{
        Merge, busy,
        log::{self, FileIdentity, Operation, Phase},
    },
    own_dir, refs, staged,
};

const CHECKOUT_LIMIT: Duration = Duration::from_secs(20 * 60);
const NAMED_MAX: usize = 50;

/// One path that the merge changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangedPath {
    pub(super) path: PathBuf,
    pub(super) old: Option<Entry>,
    pub(super) new: Option<Entry>,
}

/// What a tree or index has at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) mode: String,
    pub(super) blob: String,
}

impl Merge<'_> {
    /// Writes the files, moves the branch, puts the new index in place. Anything but `Merged` is to be recovered.
    pub(super) async fn perform_in_checkout(&self, operation: &mut Operation) -> Result<MergeOutcome, Error> {
        let common_dir = self.git.common_dir();
        let lock = common_dir.join("index.lock");
        if !take_index_lock(common_dir, &operation.token)? {
            return Ok(busy(&lock));
        }
        fail_point::reach("after_lock");
        let prepared = log::index_path(common_dir);
        let ends = operation.clone();
        let Operation { target, old, new, .. } = &ends;
        let passage = Passage { git: self.git, root: self.root, index: &prepared, target, old, new };
        if let Some(stop) = passage.check(Some(self)).await? {
            return Ok(stop);
        }
        operation.enter(Phase::Tree, common_dir)?;
        fail_point::reach("before_tree");
        passage.read_tree(&["-m", "-u"], Some(self)).await?.or_error("read-tree")?;
        fail_point::reach("after_tree");
        sync(&prepared)?;
        let gone =
            || Error::Unexpected { command: "read-tree".to_owned(), message: "it left no index".to_owned() };
        let index = FileIdentity::of(&prepared).ok_or_else(gone)?;
        operation.enter(Phase::Ref { index }, common_dir)?;
        fail_point::reach("before_ref");
        let outcome = self.move_branch(operation).await?;
        if matches!(outcome, MergeOutcome::Merged { .. }) {
            fail_point::reach("after_ref");
            install(common_dir)?;
        }
        Ok(outcome)
    }
}

/// The way of the user's checkout from one commit of the target to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage<'a> {
    pub(super) git: &'a Git,
    pub(super) root: &'a Path,
    /// An index of our own, in which it is prepared.
    pub(super) index: &'a Path,
    pub(super) target: &'a str,
    pub(super) old: &'a str,
    pub(super) new: &'a str,
}

impl Passage<'_> {
    /// Everything that speaks against it, before anything is touched.
    pub(super) async fn check(&self, holder: Option<&Merge<'_>>) -> Result<Option<MergeOutcome>, Error> {
        let heads = refs::read_heads(self.git).await?;
        if heads.head_branch.as_deref() != Some(self.target) {
            return Ok(Some(busy(&self.git.common_dir().join("HEAD"))));
        }
        let actual = heads.commit_of(self.target);
        if actual != Some(self.old) {
            return Ok(Some(MergeOutcome::TargetMoved { actual: actual.map(str::to_owned) }));
        }
        let changed = changed_paths(self.git, self.old, self.new).await?;
        let refused = |reason| Ok(Some(MergeOutcome::Refused { reason }));
        let in_the_way = find_in_the_way(self.root, &changed).await?;
        if !in_the_way.is_empty() {
            return refused(MergeRefusal::InTheWay { paths: in_the_way });
        }
        if let Some(reason) = self.filtered(&changed).await? {
            return refused(reason);
        }
        let dirty = self.prepare_index(&changed).await?;
        if !dirty.is_empty() {
            return refused(MergeRefusal::DirtyFiles { paths: dirty });
        }
        let dry = self.read_tree(&["-n", "-m", "-u"], holder).await?;
        if dry.code != 0 {
            let paths = self.staged_among(&changed).await?;
            let other = MergeRefusal::Other { message: dry.complaint() };
            return refused(if paths.is_empty() { other } else { MergeRefusal::DirtyFiles { paths } });
        }
        Ok(None)
    }

    /// Copies the index, and gives the changed paths whose files are not as the index has them.
    async fn prepare_index(&self, changed: &[ChangedPath]) -> Result<Vec<String>, Error> {
        let from = self.git.common_dir().join("index");
        let to = self.index.to_path_buf();
        blocking("copy the index", move || staged::copy_index(&from, &to)).await?;
        let git = self.git.with_index(self.index);
        git.call("update-index").args(["-q", "--refresh"]).accept(&[0, 1]).run().await?;
        let dirty =
            git.call("diff-files").args(["-z", "--name-only", "--ignore-submodules=all"]).run().await?;
        Ok(among(dirty.paths(), changed))
    }

    /// The changed paths that the user has staged.
    async fn staged_among(&self, changed: &[ChangedPath]) -> Result<Vec<String>, Error> {
        let git = self.git.with_index(self.index);
        let call = git.call("diff-index").args(["-z", "--cached", "--name-only", "--no-renames", self.old]);
        Ok(among(call.run().await?.paths(), changed))
    }

    /// A refusal where a filter that we have switched off would change what is written.
    async fn filtered(&self, changed: &[ChangedPath]) -> Result<Option<MergeRefusal>, Error> {
        let filters = &self.git.overrides().filters;
        if filters.is_empty() {
            return Ok(None);
        }
        let input: Vec<u8> = changed
            .iter()
            .flat_map(|path| [path.path.as_os_str().as_encoded_bytes(), b"\0"].concat())
            .collect();
        let output = self.git.call("check-attr").args(["-z", "--stdin", "filter"]).input(input).run().await?;
        let parts: Vec<&[u8]> = output.parts().collect();
        let is_switched_off = |filter: &[u8]| filters.iter().any(|known| known.as_bytes() == filter);
        let hits: Vec<_> =
            parts.as_chunks::<3>().0.iter().filter(|[_, _, filter]| is_switched_off(filter)).collect();
        let Some([_, _, filter]) = hits.first() else { return Ok(None) };
        let paths = hits
            .iter()
            .take(NAMED_MAX)
            .map(|[path, ..]| String::from_utf8_lossy(path).into_owned())
            .collect();
        Ok(Some(MergeRefusal::LocalFilter { filter: String::from_utf8_lossy(filter).into_owned(), paths }))
    }

    /// Brings index and files from one commit to the other.
    async fn read_tree(&self, options: &[&str], holder: Option<&Merge<'_>>) -> Result<Output, Error> {
        let git: Git = self.git.with_index(self.index);
        let call = git.call("read-tree").args(options).args([self.old, self.new]);
        let call = match holder {
            Some(merge) => call.holding(merge.hold()?),
            None => call,
        };
        call.accept(&[0, 1, 128]).time_limit(CHECKOUT_LIMIT).run().await
    }
}

/// What differs between two commits.
pub(super) async fn changed_paths(git: &Git, old: &str, new: &str) -> Result<Vec<ChangedPath>, Error> {
    let call = git.call("diff-tree").args(["-r", "-z", "--raw", "--no-renames", "--full-index"]);
    let output = call.args(["--ignore-submodules=none", old, new]).run().await?;
    let unexpected = || Error::Unexpected { command: "diff-tree".into(), message: "an unknown shape".into() };
    parse_changed(&output).ok_or_else(unexpected)
}

/// Takes git's lock of the index with our token inside. False where somebody has it.
///
/// The token is on the disk before the lock is there: a lock without it would be nobody's for ever.
pub(super) fn take_index_lock(common_dir: &Path, token: &str) -> Result<bool, Error> {
    let (lock, own) = (common_dir.join("index.lock"), log::token_path(common_dir));
    // After a crash it may be the lock itself, by its other name.
    own_dir::remove_file(&own)?;
    write_token(&own, token)?;
    fail_point::reach("before_lock");
    let taken = fs::hard_link(&own, &lock);
    own_dir::remove_file(&own)?;
    match taken {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        // A file system without hard links.
        Err(_) => create_index_lock(&lock, token),
    }
}

fn create_index_lock(lock: &Path, token: &str) -> Result<bool, Error> {
    match write_token(lock, token) {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => Ok(false),
        other => other.map(|()| true),
    }
}

/// Makes a file of ours. What cannot be written whole does not stay.
fn write_token(path: &Path, token: &str) -> Result<(), Error> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(Error::io("lock", path))?;
    let written = file.write_all(token.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        own_dir::remove_file(path)?;
    }
    written.map_err(Error::io("write", path))
}

/// Puts the prepared index over the lock and the lock over the index: at no moment is the index free or half written.
pub(super) fn install(common_dir: &Path) -> Result<(), Error> {
    let (lock, index) = (common_dir.join("index.lock"), common_dir.join("index"));
    fs::rename(log::index_path(common_dir), &lock).map_err(Error::io("replace", &lock))?;
    fail_point::reach("between_renames");
    fs::rename(&lock, &index).map_err(Error::io("replace", &index))?;
    fail_point::reach("after_renames");
    Ok(())
}

impl Output {
    fn or_error(self, command: &str) -> Result<Self, Error> {
        if self.code == 0 {
            return Ok(self);
        }
        Err(Error::Git { command: command.to_owned(), code: Some(self.code), message: self.complaint() })
    }
}

fn sync(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|file| file.sync_all()).map_err(Error::io("flush", path))
}

fn among(paths: Vec<PathBuf>, changed: &[ChangedPath]) -> Vec<String> {
    let changed: HashSet<&Path> = changed.iter().map(|changed| changed.path.as_path()).collect();
    let hits = paths.iter().filter(|path| changed.contains(path.as_path()));
    hits.take(NAMED_MAX).map(|path| path.to_string_lossy().into_owned()).collect()
}

fn parse_changed(output: &Output) -> Option<Vec<ChangedPath>> {
    let parts: Vec<&[u8]> = output.parts().collect();
    let (pairs, rest) = parts.as_chunks::<2>();
    let entry = |mode: &str, blob: &str| {
        (mode != "000000").then(|| Entry { mode: mode.to_owned(), blob: blob.to_owned() })
    };
    let changed = |[head, path]: &[&[u8]; 2]| {
        let head = std::str::from_utf8(head).ok()?.strip_prefix(':')?;
        let fields: Vec<&str> = head.split(' ').collect();
        let [old_mode, new_mode, old_blob, new_blob, _] = fields.as_slice() else { return None };
        Some(ChangedPath {
            path: path_of(path),
            old: entry(old_mode, old_blob),
            new: entry(new_mode, new_blob),
        })
    };
    rest.is_empty().then(|| pairs.iter().map(changed).collect()).flatten()
}

/// Files that stand where the merge adds one: untracked or ignored, git would overwrite the ignored ones.
async fn find_in_the_way(root: &Path, changed: &[ChangedPath]) -> Result<Vec<String>, Error> {
    let added: Vec<PathBuf> =
        changed.iter().filter(|path| path.old.is_none()).map(|path| path.path.clone()).collect();
    let gone: HashSet<PathBuf> =
        changed.iter().filter(|path| path.new.is_none()).map(|path| path.path.clone()).collect();
    let root = root.to_path_buf();
    blocking("look for files in the way", move || {
        let mut found: Vec<String> = Vec::new();
        for path in &added {
            found.extend(in_the_way(&root, path, &gone)?.map(|path| path.to_string_lossy().into_owned()));
        }
        found.dedup();
        found.truncate(NAMED_MAX);
        Ok(found)
    })
    .await
}

/// What stands at `path` or instead of one of its folders, unless the merge itself takes it away.
fn in_the_way(root: &Path, path: &Path, gone: &HashSet<PathBuf>) -> Result<Option<PathBuf>, Error> {
    let ancestors: Vec<&Path> =
        path.ancestors().skip(1).filter(|part| !part.as_os_str().is_empty()).collect();
    for folder in ancestors.into_iter().rev() {
        match fs::symlink_metadata(root.join(folder)) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Ok((!gone.contains(folder)).then(|| folder.to_path_buf())),
            Err(_) => return Ok(None),
        }
    }
    match fs::symlink_metadata(root.join(path)) {
        Ok(metadata) if metadata.is_dir() => foreign_file_in(root, path, gone),
        Ok(_) => Ok((!gone.contains(path)).then(|| path.to_path_buf())),
        Err(_) => Ok(None),
    }
}

/// The first file below a folder that the merge does not take away.
fn foreign_file_in(root: &Path, folder: &Path, gone: &HashSet<PathBuf>) -> Result<Option<PathBuf>, Error> {
    let path = root.join(folder);
    for entry in fs::read_dir(&path).map_err(Error::io("list", &path))? {
        let entry = entry.map_err(Error::io("list", &path))?;
        let inside = folder.join(entry.file_name());
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let found = if is_dir {
            foreign_file_in(root, &inside, gone)?
        } else {
            Some(inside).filter(|file| !gone.contains(file))
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
