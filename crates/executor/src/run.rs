//! A run as the server sees it: how it stands. Starting, commanding and sweeping it are in the modules below.

pub(crate) mod command;
pub(crate) mod start;
pub(crate) mod sweep;

use std::{fs, path::Path};

use crate::{
    Error, ExitRecord, Result,
    journal::{History, history},
    process::is_locked,
    protocol::{EXIT_FILE, SHIM_FILE},
};

/// How a run stands. Decided by the shim's lock and the journal, never by a process id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunStanding {
    /// Its shim lives.
    Live,
    /// It ended.
    Ended(ExitRecord),
    /// It was started and its shim is gone without an exit record.
    Lost,
    /// It was never started.
    NeverStarted,
}

/// How the run in this folder stands.
///
/// # Errors
/// When its files cannot be read.
pub fn inspect_run(dir: &Path) -> Result<RunStanding> {
    if is_live(dir)? {
        return Ok(RunStanding::Live);
    }
    if let Some(record) =
        fs::read(dir.join(EXIT_FILE)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
    {
        return Ok(RunStanding::Ended(record));
    }
    match history(dir).map_err(|source| Error::Read { path: dir.to_owned(), source })? {
        History::Ended(record) => Ok(RunStanding::Ended(record)),
        History::Started => Ok(RunStanding::Lost),
        History::Empty { .. } if dir.join(SHIM_FILE).exists() => Ok(RunStanding::Lost),
        History::Empty { .. } => Ok(RunStanding::NeverStarted),
    }
}

/// Whether a shim holds the run's lock.
pub(crate) fn is_live(dir: &Path) -> Result<bool> {
    is_locked(dir).map_err(|source| Error::Read { path: dir.join("lock"), source })
}

/// The id in the payload of an accepted or delivered command.
pub(crate) fn command_id_of(payload: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Words {
        id: String,
    }
    serde_json::from_slice::<Words>(payload).ok().map(|words| words.id)
}
