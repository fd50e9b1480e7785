//! Our own corner of the git directory: records, locks and temporary indexes.
//!
//! `<git directory>/eval-kanban/worktrees/<id>.json` says which worktree belongs to which id. Nothing is read from
//! inside a worktree to find that out, because an agent can change what lies there.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

use crate::{Error, Worktree, blocking::blocking, git::Git};

const RECORD_MAX: u64 = 64 << 10;
const LOCK_WAIT: Duration = Duration::from_secs(60);
const TEMPORARY_AGE: Duration = Duration::from_secs(3600);
const LOCK_POLL: Duration = Duration::from_millis(10);

/// How far a worktree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordState {
    /// Its names are claimed; nobody was told of it, so that there is no work in it.
    Creating,
    /// It was handed out.
    Ready,
}

/// What we know of a worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) worktree: Worktree,
    pub(crate) state: RecordState,
    /// Its git directory, as git chose it; none until it is ready.
    pub(crate) admin: Option<PathBuf>,
}

/// Our directory; made where it is missing.
pub(crate) fn own_dir(common_dir: &Path) -> Result<PathBuf, Error> {
    let dir = common_dir.join("eval-kanban");
    for folder in [dir.clone(), dir.join("worktrees"), dir.join("tmp"), dir.join("removed")] {
        utils::create_private_dir(&folder)?;
    }
    Ok(dir)
}

/// Reads the record of an id.
pub(crate) fn find_record(common_dir: &Path, id: &str) -> Result<Option<Record>, Error> {
    read_record(&record_path(common_dir, id))
}

/// Writes a record, flushed to the disk.
pub(crate) fn write_record(common_dir: &Path, record: &Record) -> Result<(), Error> {
    own_dir(common_dir)?;
    let path = record_path(common_dir, &record.worktree.id);
    let bytes = serde_json::to_vec(record).map_err(|source| Error::Record { path: path.clone(), source })?;
    Ok(utils::write_private(&path, &bytes)?)
}

/// Forgets an id. It is no error if it was not known.
pub(crate) fn remove_record(common_dir: &Path, id: &str) -> Result<(), Error> {
    remove_file(&record_path(common_dir, id))
}

/// Notes that a worktree is gone: from now on only refs keep what was in it. The note says what it was, so that it can
/// be made again.
pub(crate) fn note_removed(common_dir: &Path, id: &str) -> Result<(), Error> {
    own_dir(common_dir)?;
    let path = removed_path(common_dir, id);
    let record = match find_record(common_dir, id)? {
        Some(record) => Some(record),
        None => find_removed(common_dir, id)?,
    };
    let bytes = record.map(|record| serde_json::to_vec(&record)).transpose();
    let bytes = bytes.map_err(|source| Error::Record { path: path.clone(), source })?;
    utils::write_private(&path, &bytes.unwrap_or_default())?;
    remove_record(common_dir, id)
}

/// What a removed worktree was; none where the note does not say.
pub(crate) fn find_removed(common_dir: &Path, id: &str) -> Result<Option<Record>, Error> {
    let path = removed_path(common_dir, id);
    let is_empty = fs::symlink_metadata(&path).is_ok_and(|found| found.len() == 0);
    if is_empty { Ok(None) } else { read_record(&path) }
}

/// When a worktree was removed; none where it was not.
pub(crate) fn removed_at(common_dir: &Path, id: &str) -> Option<SystemTime> {
    let is_back = record_path(common_dir, id).exists();
    let noted = fs::metadata(removed_path(common_dir, id)).and_then(|metadata| metadata.modified());
    noted.ok().filter(|_| !is_back)
}

/// All records. One that cannot be read is left out with a warning: what it named is then treated as unknown.
pub(crate) fn list_records(common_dir: &Path) -> Result<Vec<Record>, Error> {
    let folder = common_dir.join("eval-kanban/worktrees");
    let mut records = Vec::new();
    if !folder.exists() {
        return Ok(records);
    }
    for entry in fs::read_dir(&folder).map_err(Error::io("list", &folder))? {
        let path = entry.map_err(Error::io("list", &folder))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            records.extend(utils::OrLog::or_log(read_record(&path), "reading a worktree's record").flatten());
        }
    }
    Ok(records)
}

/// Deletes a file. It is no error if there is none.
pub(crate) fn remove_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("delete", path)(error)),
        _ => Ok(()),
    }
}

/// Deletes temporary files that a crash has left: those that are older than any call of ours lasts.
pub(crate) fn clear_temporary(common_dir: &Path) -> Result<(), Error> {
    let folder = common_dir.join("eval-kanban/tmp");
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(Error::io("list", &folder))?;
        let metadata = entry.metadata().map_err(Error::io("look at", &folder))?;
        let age = metadata.modified().ok().and_then(|modified| modified.elapsed().ok());
        if age.is_none_or(|age| age < TEMPORARY_AGE) {
            continue;
        }
        let path = entry.path();
        let deleted = if metadata.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        utils::OrLog::or_log(deleted, "deleting a temporary file of a crash");
    }
    Ok(())
}

/// Takes one of our locks and waits for it within a bound. It is held as long as the file is open, here or as the
/// input of a child.
pub(crate) async fn lock(git: &Git, name: &str) -> Result<File, Error> {
    let common_dir = git.common_dir().to_path_buf();
    let path = common_dir.join("eval-kanban").join(name);
    let deadline = tokio::time::Instant::now() + LOCK_WAIT;
    let name = name.to_owned();
    let file =
        blocking("open a lock", move || Ok(utils::open_private(&own_dir(&common_dir)?.join(name))?)).await?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
            Err(TryLockError::WouldBlock) if tokio::time::Instant::now() >= deadline => {
                return Err(Error::Busy { path });
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_POLL).await,
        }
    }
}

/// The git directory of the linked worktree at `path`, found from the main repository's side.
pub(crate) fn find_admin_dir(common_dir: &Path, path: &Path) -> Result<Option<PathBuf>, Error> {
    let folder = common_dir.join("worktrees");
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(None) };
    let wanted = path.join(".git");
    for entry in entries {
        let admin = entry.map_err(Error::io("list", &folder))?.path();
        let Ok(text) = fs::read_to_string(admin.join("gitdir")) else { continue };
        if admin.join(text.trim_end_matches('\n')) == wanted {
            return Ok(Some(admin));
        }
    }
    Ok(None)
}

fn record_path(common_dir: &Path, id: &str) -> PathBuf {
    common_dir.join("eval-kanban/worktrees").join(format!("{id}.json"))
}

fn removed_path(common_dir: &Path, id: &str) -> PathBuf {
    common_dir.join("eval-kanban/removed").join(id)
}

fn read_record(path: &Path) -> Result<Option<Record>, Error> {
    let bytes = match utils::read_private(path, RECORD_MAX) {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let record = serde_json::from_slice(&bytes);
    record.map(Some).map_err(|source| Error::Record { path: path.to_path_buf(), source })
}
