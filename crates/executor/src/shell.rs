//! A plain command of the user's under a shim: how it is started, and what is seen of its output and its end.
//!
//! It speaks no protocol: its output is bytes, in the order in which they came, and stays in the journal.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    path::{Path, PathBuf},
};

use domain::RunId;

use crate::{
    Error, ExitRecord, Result, RunEnd, RunSpec, RunStanding,
    journal::{JournalReader, OwnedRecord, RecordKind, Step},
    run::{self, command_id_of, inspect_run},
    tail::Watch,
};

/// Bytes of the output's end that are kept.
pub const OUTPUT_TAIL_BYTES: usize = 4 * 1024;

/// One pipe for both streams, so that their order is the order of the writes; and nobody to answer a prompt.
const WRAPPER: &str = "exec </dev/null 2>&1; exec sh -c \"$1\"";

/// A shell command to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellCommand {
    /// The run.
    pub run_id: RunId,
    /// As the user typed it.
    pub command: String,
    /// Where it runs.
    pub cwd: PathBuf,
    /// Variables added to the inherited environment.
    pub env: BTreeMap<String, String>,
    /// Variables taken out of it; a name may end in `*`.
    pub env_remove: Vec<String>,
}

impl From<ShellCommand> for RunSpec {
    fn from(shell: ShellCommand) -> Self {
        Self {
            run_id: shell.run_id,
            program: "sh".into(),
            args: vec!["-c".to_owned(), WRAPPER.to_owned(), "sh".to_owned(), shell.command],
            cwd: shell.cwd,
            env_set: shell.env,
            env_remove: shell.env_remove,
            first_input: String::new(),
        }
    }
}

/// What was seen of a command so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputSeen {
    /// Bytes of output.
    pub byte_count: u64,
    /// The last of them, [`OUTPUT_TAIL_BYTES`] at most.
    pub tail: VecDeque<u8>,
    /// Id of the first order to stop that its shim took.
    pub stop_id: Option<String>,
}

/// Watches a command: its output grows, and it ends. Holds no output but its end.
#[derive(Debug)]
pub struct OutputWatch {
    dir: PathBuf,
    /// None while a look is under way, or was cut off: then the next one begins anew.
    sight: Option<Sight>,
    watch: Watch,
}

#[derive(Debug)]
struct Sight {
    reader: JournalReader,
    seen: OutputSeen,
    /// How it ended, as its journal says.
    end: Option<ExitRecord>,
}

impl OutputWatch {
    /// Watches the run in this folder, from its beginning.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), sight: None, watch: Watch::new(dir) }
    }

    /// Reads all that is there. How the command ended, once it has; one that was never started reads as lost.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn look(&mut self) -> Result<(OutputSeen, Option<RunEnd>)> {
        // Asked before reading: what a shim wrote before it went is read then.
        let lives = run::is_live(&self.dir)?;
        let mut sight = self.sight.take().unwrap_or_else(|| Sight::new(&self.dir));
        let (sight, torn_bytes) =
            tokio::task::spawn_blocking(move || sight.read_on().map(|torn_bytes| (sight, torn_bytes)))
                .await?
                .map_err(|source| Error::Read { path: self.dir.clone(), source })?;
        let (seen, recorded) = (sight.seen.clone(), sight.end.clone());
        self.sight = Some(sight);
        let end = match recorded {
            Some(record) => Some(RunEnd::Exited(record)),
            None if lives => None,
            None => Some(self.end_without_record(torn_bytes)?),
        };
        Ok((seen, end))
    }

    /// Until there may be more to see. Cancel-safe.
    pub async fn changed(&mut self) {
        self.watch.grown().await;
    }

    /// The journal does not say how it ended; the file beside it may.
    fn end_without_record(&self, torn_bytes: u64) -> Result<RunEnd> {
        Ok(match inspect_run(&self.dir)? {
            RunStanding::Ended(record) => RunEnd::Exited(record),
            RunStanding::Live | RunStanding::Lost | RunStanding::NeverStarted => RunEnd::Lost { torn_bytes },
        })
    }
}

impl Sight {
    fn new(dir: &Path) -> Self {
        Self { reader: JournalReader::new(dir, 0), seen: OutputSeen::default(), end: None }
    }

    /// Bytes at the end that are no record.
    fn read_on(&mut self) -> io::Result<u64> {
        loop {
            match self.reader.next()? {
                Step::Record(record) if record.head.kind == RecordKind::Exit => {
                    self.end = serde_json::from_slice(&record.payload).ok();
                }
                Step::Record(record) => self.seen.take(&record),
                Step::Damaged { .. } => {}
                Step::End { torn_bytes } => return Ok(torn_bytes),
            }
        }
    }
}

impl OutputSeen {
    fn take(&mut self, record: &OwnedRecord) {
        match record.head.kind {
            RecordKind::Line(_) => self.take_output(record, b"\n"),
            RecordKind::Piece(_) | RecordKind::Rest(_) => self.take_output(record, b""),
            RecordKind::Accepted if self.stop_id.is_none() => self.stop_id = command_id_of(&record.payload),
            RecordKind::Accepted
            | RecordKind::Start
            | RecordKind::Delivered
            | RecordKind::Note
            | RecordKind::Exit => {}
        }
    }

    fn take_output(&mut self, record: &OwnedRecord, newline: &[u8]) {
        self.byte_count = record.head.raw_offset + record.head.kind.raw_bytes(record.payload.len());
        let skipped = record.payload.len().saturating_sub(OUTPUT_TAIL_BYTES);
        self.tail.extend(&record.payload[skipped..]);
        self.tail.extend(newline);
        self.tail.drain(..self.tail.len().saturating_sub(OUTPUT_TAIL_BYTES));
    }
}
