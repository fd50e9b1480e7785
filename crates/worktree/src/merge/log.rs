//! The log of the change of a target branch that is going on: one file, replaced and flushed at each step.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use crate::{Error, own_dir};

const LOG_MAX: u64 = 64 << 10;

/// Tells a file from every other, also after it was renamed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
    length: u64,
    modified_s: i64,
    modified_ns: i64,
}

impl FileIdentity {
    /// None where there is no file.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified_s: metadata.mtime(),
            modified_ns: metadata.mtime_nsec(),
        })
    }
}

/// How far a merge is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Phase {
    /// Nothing of the user's was touched.
    Begin,
    /// Files of the checkout are being written.
    Tree,
    /// All files are written and the new index is ready; the branch is being moved, then the index is put in place.
    Ref {
        /// The new index.
        index: FileIdentity,
    },
    /// All files are as before and the old index is being put in place.
    Restored {
        /// The old index, with new times.
        index: FileIdentity,
    },
    /// Nothing is left to do.
    Done,
}

/// A ref of ours that says what was done; it changes together with the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Evidence {
    pub(super) name: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// A branch that must be where the user has seen it when the target moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Guarded {
    pub(super) branch: String,
    pub(super) commit: String,
}

/// One merge, undo or revert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Operation {
    pub(super) id: String,
    /// Content of the index lock while it is ours.
    pub(super) token: String,
    pub(super) target: String,
    /// Where the target was.
    pub(super) old: String,
    /// Where it is to be.
    pub(super) new: String,
    pub(super) undo_ref: String,
    /// Whether the user's checkout is on the target.
    pub(super) has_checkout: bool,
    /// What is done, for the branch's reflog.
    #[serde(default)]
    pub(super) what: String,
    #[serde(default)]
    pub(super) evidence: Vec<Evidence>,
    #[serde(default)]
    pub(super) guarded: Option<Guarded>,
    pub(super) phase: Phase,
}

impl Operation {
    /// Writes the log, flushed to the disk.
    pub(super) fn write(&self, common_dir: &Path) -> Result<(), Error> {
        own_dir::own_dir(common_dir)?;
        let path = log_path(common_dir);
        let bytes =
            serde_json::to_vec(self).map_err(|source| Error::Record { path: path.clone(), source })?;
        Ok(utils::write_private(&path, &bytes)?)
    }

    /// Notes a step.
    pub(super) fn enter(&mut self, phase: Phase, common_dir: &Path) -> Result<(), Error> {
        self.phase = phase;
        self.write(common_dir)
    }

    /// The one transaction of refs that is the operation, as git wants it.
    pub(super) fn orders(&self) -> String {
        let Self { target, new, old, .. } = self;
        let mut orders = format!("update refs/heads/{target} {new} {old}\n");
        if let Some(Guarded { branch, commit }) = &self.guarded {
            orders.push_str(&format!("verify refs/heads/{branch} {commit}\n"));
        }
        orders.extend(self.evidence.iter().map(|evidence| order(&evidence.name, evidence.after.as_deref())));
        orders
    }

    /// The locks that the operation's one transaction of refs needs.
    pub(super) fn ref_locks(&self, common_dir: &Path) -> Vec<PathBuf> {
        let branches =
            std::iter::once(&self.target).chain(self.guarded.iter().map(|guarded| &guarded.branch));
        let branches = branches.map(|branch| format!("refs/heads/{branch}"));
        // For its reflog, where the target is checked out.
        let head = self.has_checkout.then(|| "HEAD".to_owned());
        let mut locks = locks_of(common_dir, branches.chain(head));
        locks.extend(self.evidence_locks(common_dir, true));
        locks
    }

    /// The locks that git needs to make the evidence say that the target has moved, or that it has not.
    pub(super) fn evidence_locks(&self, common_dir: &Path, is_moved: bool) -> Vec<PathBuf> {
        let names = self.evidence.iter().map(|evidence| evidence.name.clone());
        let is_deleted = |evidence: &Evidence| {
            if is_moved { evidence.after.is_none() } else { evidence.before.is_none() }
        };
        let packed = self.evidence.iter().any(is_deleted).then(|| "packed-refs".to_owned());
        locks_of(common_dir, names.chain(packed))
    }

    /// The locks that a git which was killed at this step can have left.
    pub(super) fn locks_left(&self, common_dir: &Path) -> Vec<PathBuf> {
        match self.phase {
            Phase::Begin if !self.has_checkout => self.ref_locks(common_dir),
            Phase::Ref { .. } => self.ref_locks(common_dir),
            Phase::Restored { .. } => self.evidence_locks(common_dir, false),
            Phase::Begin | Phase::Tree | Phase::Done => Vec::new(),
        }
    }

    /// Whether this is what a lock of a ref has inside when the operation made it: nothing yet, or all or the start of
    /// where the ref is to be.
    pub(super) fn wants(&self, content: &[u8]) -> bool {
        let evidence = self.evidence.iter().flat_map(|evidence| [&evidence.before, &evidence.after]);
        let commits = evidence.flatten().chain([&self.new]);
        commits.into_iter().any(|commit| format!("{commit}\n").as_bytes().starts_with(content))
    }

    /// Notes the end.
    pub(super) fn finish(&mut self, common_dir: &Path) -> Result<(), Error> {
        self.enter(Phase::Done, common_dir)
    }
}

fn locks_of(common_dir: &Path, names: impl Iterator<Item = String>) -> Vec<PathBuf> {
    names.map(|name| common_dir.join(format!("{name}.lock"))).collect()
}

/// Sets or deletes one ref.
pub(super) fn order(name: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("update {name} {value}\n"),
        None => format!("delete {name}\n"),
    }
}

/// Whether there ever was a merge here.
pub(super) fn exists(common_dir: &Path) -> bool {
    log_path(common_dir).symlink_metadata().is_ok()
}

/// When the last step was noted.
pub(super) fn written_at(common_dir: &Path) -> Option<SystemTime> {
    log_path(common_dir).symlink_metadata().and_then(|metadata| metadata.modified()).ok()
}

/// The merge that has not ended.
pub(super) fn find_open(common_dir: &Path) -> Result<Option<Operation>, Error> {
    let path = log_path(common_dir);
    let bytes = match utils::read_private(&path, LOG_MAX) {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let operation: Operation =
        serde_json::from_slice(&bytes).map_err(|source| Error::Record { path, source })?;
    Ok((operation.phase != Phase::Done).then_some(operation))
}

/// The index that is being prepared.
pub(super) fn index_path(common_dir: &Path) -> PathBuf {
    common_dir.join("eval-kanban/merge.index")
}

/// Where the index lock is written before it becomes that.
pub(super) fn token_path(common_dir: &Path) -> PathBuf {
    common_dir.join("eval-kanban/merge.token")
}

fn log_path(common_dir: &Path) -> PathBuf {
    common_dir.join("eval-kanban/merge.json")
}
