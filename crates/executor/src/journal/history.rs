//! What a journal says happened before: whether its run was started, and how it ended.

use std::{io, path::Path};

use super::{JournalReader, RecordKind, Step, reader::find_sound, reader::journal_length};
use crate::ExitRecord;

/// How far from its end a journal is searched for the exit record, which is its last.
const TAIL_BYTES: u64 = 1024 * 1024;

/// What happened before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum History {
    /// Nothing: no agent was ever started. `torn_bytes` are there and mean nothing.
    Empty { torn_bytes: u64 },
    /// An agent was started, and there is no sound word on how it ended.
    Started,
    /// The run ended.
    Ended(ExitRecord),
}

/// What happened before in the journal in `dir`.
pub(crate) fn history(dir: &Path) -> io::Result<History> {
    match JournalReader::new(dir, 0).next()? {
        Step::End { torn_bytes } => Ok(History::Empty { torn_bytes }),
        // The first record is on the disk before the agent is started.
        Step::Record(_) | Step::Damaged { .. } => {
            Ok(find_exit(dir)?.map_or(History::Started, History::Ended))
        }
    }
}

fn find_exit(dir: &Path) -> io::Result<Option<ExitRecord>> {
    let from = journal_length(dir)?.saturating_sub(TAIL_BYTES);
    let Some(sound) = find_sound(dir, from)? else { return Ok(None) };
    let mut reader = JournalReader::new(dir, sound);
    loop {
        match reader.next()? {
            Step::Record(record) if record.head.kind == RecordKind::Exit => {
                return Ok(serde_json::from_slice(&record.payload).ok());
            }
            Step::Record(_) | Step::Damaged { .. } => {}
            Step::End { .. } => return Ok(None),
        }
    }
}
