//! Reading a journal from a stored position on: whole lines, in order, waiting for more while the run lives.

mod entries;
mod watch;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::Timestamp;

use self::entries::{EntryBatch, EntryReader, Stop};
pub(crate) use self::watch::Watch;
use crate::{
    Error, ExitRecord, Result,
    journal::{History, history},
    run,
};

/// Which of the agent's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputStream {
    /// Standard output: the protocol.
    Stdout,
    /// Standard error.
    Stderr,
}

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailRecord {
    /// Where the entry begins.
    pub position: u64,
    /// Bytes of the agent's output before this entry's first byte.
    pub raw_offset: u64,
    /// When its last part was written.
    pub written_at: Timestamp,
    /// What it says.
    pub entry: TailEntry,
}

/// What an entry of the journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TailEntry {
    /// The agent was about to be started.
    Started,
    /// A line of output without its newline.
    Line {
        /// Which stream.
        stream: OutputStream,
        /// The line, as bytes.
        bytes: Bytes,
        /// Whether it was longer than 64 MiB and is cut here; the journal has the whole.
        is_truncated: bool,
        /// Whether the stream ended before the line did.
        is_unterminated: bool,
    },
    /// A command was accepted.
    CommandAccepted {
        /// Its id.
        command_id: String,
    },
    /// What a command had for standard input was handed over.
    InputDelivered {
        /// The command's id.
        command_id: String,
    },
    /// The shim notes something about itself: the disk was full, standard input broke.
    Note {
        /// Its words.
        message: String,
    },
    /// The run ended.
    Exit(ExitRecord),
    /// This part of the journal is damaged and was passed over.
    Damaged {
        /// How many bytes.
        byte_count: u64,
    },
}

/// How the journal of a run ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnd {
    /// With an exit record.
    Exited(ExitRecord),
    /// Without one: the shim is gone.
    Lost {
        /// Bytes at the end that were only half written.
        torn_bytes: u64,
    },
}

/// Entries in order, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailBatch {
    /// Entries; empty only at the end.
    pub records: Vec<TailRecord>,
    /// Store this with what the records became: opening the journal here again neither loses nor repeats a record.
    pub position: u64,
    /// Set when nothing follows.
    pub end: Option<RunEnd>,
}

/// A reader of one run's journal.
#[derive(Debug)]
pub struct JournalTail {
    dir: PathBuf,
    /// None while a read is under way, or was cut off.
    reader: Option<EntryReader>,
    position: u64,
    watch: Watch,
}

impl JournalTail {
    /// Opens the journal in a run's folder at a stored position; 0 is its beginning. There need not be a journal yet.
    pub fn open(dir: &Path, position: u64) -> Self {
        let reader = Some(EntryReader::new(dir, position));
        Self { dir: dir.to_owned(), reader, position, watch: Watch::new(dir) }
    }

    /// The next entries, about `bytes_max` bytes of journal at most but at least one entry. Waits while the run lives
    /// and nothing is there. A run that was never started reads as lost. Cancel-safe.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn next_batch(&mut self, bytes_max: usize) -> Result<TailBatch> {
        loop {
            // Asked before reading: what a shim wrote before it went is read then.
            let lives = run::is_live(&self.dir)?;
            let EntryBatch { records, position, stop } = self.read(bytes_max).await?;
            match stop {
                Stop::Exit(record) => {
                    return Ok(TailBatch { records, position, end: Some(RunEnd::Exited(record)) });
                }
                Stop::End { torn_bytes } if !lives => return self.over(records, position, torn_bytes).await,
                Stop::Full | Stop::End { .. } if !records.is_empty() => {
                    return Ok(TailBatch { records, position, end: None });
                }
                Stop::Full | Stop::End { .. } => self.watch.grown().await,
            }
        }
    }

    /// Nothing follows: the exit record was read before, or there is none.
    async fn over(
        &mut self,
        mut records: Vec<TailRecord>,
        position: u64,
        torn_bytes: u64,
    ) -> Result<TailBatch> {
        let dir = self.dir.clone();
        let history = tokio::task::spawn_blocking(move || history(&dir)).await?;
        let history = history.map_err(|source| Error::Read { path: self.dir.clone(), source })?;
        if let History::Ended(record) = history {
            return Ok(TailBatch { records, position, end: Some(RunEnd::Exited(record)) });
        }
        records.extend(self.reader.iter_mut().flat_map(EntryReader::take_open_lines));
        Ok(TailBatch { records, position, end: Some(RunEnd::Lost { torn_bytes }) })
    }

    async fn read(&mut self, bytes_max: usize) -> Result<EntryBatch> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => EntryReader::new(&self.dir, self.position),
        };
        let (reader, batch) = tokio::task::spawn_blocking(move || {
            let batch = reader.read_batch(bytes_max);
            (reader, batch)
        })
        .await?;
        let batch = batch.map_err(|source| Error::Read { path: self.dir.clone(), source })?;
        self.reader = Some(reader);
        self.position = batch.position;
        Ok(batch)
    }
}
