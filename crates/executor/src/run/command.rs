//! Commands to a run: sent to its shim, applied once.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{command_id_of, is_live};
use crate::{
    Error, Result, ShimStat,
    connection::Connection,
    journal::{JournalReader, RecordKind, Step},
    protocol::{INPUT_BYTES_MAX, Reply, Request, Verdict},
};

/// How long a shim may take to answer.
const ANSWER_BOUND: Duration = Duration::from_secs(10);
/// Between two tries to reach a shim that is only just starting or ending.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);
/// Tries to reach a shim that hangs up on us.
const RETRIES_MAX: u32 = 200;

/// Something to do to a run. Applied once per command id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunCommand {
    /// Write to the agent's standard input.
    WriteStdin(Vec<u8>),
    /// Write these last bytes, then close the agent's standard input.
    CloseStdin {
        /// What [`crate::Adapter::last_words`] gave; may be empty.
        last_words: Vec<u8>,
    },
    /// End the agent's whole process tree: ask, wait `grace_ms`, kill. A second stop skips the wait.
    Stop {
        /// How long to wait between asking and killing.
        grace_ms: u32,
    },
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// It is in the journal and is being done.
    Applied,
    /// It was applied before.
    Duplicate,
    /// The agent's standard input, or the whole run, is closed.
    Closed,
    /// More than 8 MiB wait for the agent already; try again later.
    Busy,
}

/// A run to send commands to. Cheap to make and to clone: it is the run's folder.
#[derive(Debug, Clone)]
pub struct RunHandle {
    dir: PathBuf,
}

impl RunHandle {
    /// The run in this folder.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Sends a command. `Applied` means that it is in the journal; sent again under the same id it is a `Duplicate`,
    /// also after the run ended.
    ///
    /// # Errors
    /// When the shim lives and cannot be reached or does not answer within ten seconds. The command may have been
    /// applied; send it again under the same id. At once, when it has more than [`INPUT_BYTES_MAX`] for the agent.
    pub async fn send(&self, command_id: &str, command: RunCommand) -> Result<Ack> {
        let id = command_id.to_owned();
        let (request, bytes) = match command {
            RunCommand::WriteStdin(bytes) => (Request::WriteStdin { id, byte_count: bytes.len() }, bytes),
            RunCommand::CloseStdin { last_words } => {
                (Request::CloseStdin { id, byte_count: last_words.len() }, last_words)
            }
            RunCommand::Stop { grace_ms } => (Request::Stop { id, grace_ms }, Vec::new()),
        };
        if bytes.len() > INPUT_BYTES_MAX {
            return Err(Error::InputTooLong { dir: self.dir.clone(), byte_count: bytes.len() });
        }
        match self.ask(&request, &bytes).await? {
            Some(Reply::Ack { ack, .. }) => Ok(ack.into()),
            Some(other) => Err(self.not_understood(&other)),
            None if self.was_applied(command_id).await? => Ok(Ack::Duplicate),
            None => Ok(Ack::Closed),
        }
    }

    /// How things stand in the shim; none if it is gone.
    ///
    /// # Errors
    /// When the shim lives and cannot be reached or does not answer within ten seconds.
    pub async fn stat(&self) -> Result<Option<ShimStat>> {
        match self.ask(&Request::Stat, &[]).await? {
            Some(Reply::Stat(stat)) => Ok(Some(stat)),
            Some(other) => Err(self.not_understood(&other)),
            None => Ok(None),
        }
    }

    /// The shim's answer; none if it is gone.
    async fn ask(&self, request: &Request, bytes: &[u8]) -> Result<Option<Reply>> {
        let asked = tokio::time::timeout(ANSWER_BOUND, self.ask_until_gone(request, bytes)).await;
        asked.unwrap_or_else(|_| Err(self.control_error(io::ErrorKind::TimedOut.into())))
    }

    /// A shim that lives and cannot be reached is only just starting, or only just ending.
    async fn ask_until_gone(&self, request: &Request, bytes: &[u8]) -> Result<Option<Reply>> {
        let mut failure = None;
        while is_live(&self.dir)? {
            match ask_once(&self.dir, request, bytes).await {
                Ok(reply) => return Ok(Some(reply)),
                Err(error) if is_lasting(&error) || failure.is_some_and(|count| count > RETRIES_MAX) => {
                    return Err(self.control_error(error));
                }
                Err(_) => failure = Some(failure.map_or(0, |count: u32| count + 1)),
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
        Ok(None)
    }

    async fn was_applied(&self, command_id: &str) -> Result<bool> {
        let (dir, id) = (self.dir.clone(), command_id.to_owned());
        let found = tokio::task::spawn_blocking(move || find_command(&dir, &id)).await?;
        found.map_err(|source| Error::Read { path: self.dir.clone(), source })
    }

    fn control_error(&self, source: io::Error) -> Error {
        Error::Control { dir: self.dir.clone(), source }
    }

    fn not_understood(&self, reply: &Reply) -> Error {
        Error::Answer { dir: self.dir.clone(), answer: format!("{reply:?}") }
    }
}

impl From<Verdict> for Ack {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Applied => Self::Applied,
            Verdict::Duplicate => Self::Duplicate,
            Verdict::Closed => Self::Closed,
            Verdict::Busy => Self::Busy,
        }
    }
}

async fn ask_once(dir: &Path, request: &Request, bytes: &[u8]) -> io::Result<Reply> {
    let mut connection = Connection::open(dir).await?;
    connection.send(request, bytes).await?;
    connection.next_reply().await
}

/// Whether asking again is no use.
fn is_lasting(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidData)
}

/// Whether the journal says that this command was accepted.
fn find_command(dir: &Path, command_id: &str) -> io::Result<bool> {
    let mut reader = JournalReader::new(dir, 0);
    loop {
        match reader.next()? {
            Step::Record(record) if record.head.kind == RecordKind::Accepted => {
                if command_id_of(&record.payload).as_deref() == Some(command_id) {
                    return Ok(true);
                }
            }
            Step::Record(_) | Step::Damaged { .. } => {}
            Step::End { .. } => return Ok(false),
        }
    }
}
