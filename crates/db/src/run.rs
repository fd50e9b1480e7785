//! Table `runs`: one agent process each.

use domain::{AttemptId, RunId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Connection, Error, WriteTx};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// To be started, or being started: nobody knows yet.
    Starting,
    /// Its shim was seen.
    Live,
    /// Its outcome is known.
    Ended,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// By itself.
    Exited,
    /// By a signal.
    Signalled,
    /// By a limit of time.
    TimedOut,
    /// By a person.
    Cancelled,
    /// It never began.
    FailedToStart,
    /// Nobody knows.
    Lost,
}

/// A run to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// Its attempt.
    pub attempt_id: AttemptId,
    /// The agent's conversation.
    pub session_id: SessionId,
    /// Name of its folder below the runs' folder.
    pub directory: String,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Its attempt.
    pub attempt_id: AttemptId,
    /// 1 for the attempt's first run.
    pub number: i32,
    /// The agent's conversation.
    pub session_id: SessionId,
    /// Name of its folder below the runs' folder.
    pub directory: String,
    /// Where it stands.
    pub state: RunState,
    /// Journal read up to here.
    pub journal_position: u64,
    /// Bytes of the agent's raw stream up to there.
    pub raw_bytes: u64,
    /// How it ended.
    pub outcome: Option<RunOutcome>,
    /// More about its end: the exit record, a message.
    pub exit_detail: Option<String>,
    /// When it was stored.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Stores a run, in `starting`, with the attempt's next number.
///
/// # Errors
/// [`Error::Missing`] without the attempt; [`Error::Refused`] while another run of it has not ended.
pub async fn insert_run(_tx: &mut WriteTx, _run: &NewRun, _now: Timestamp) -> Result<(), Error> {
    todo!()
}

/// Stores that a starting run's shim was seen. Nothing changes if it was before.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it has ended.
pub async fn set_run_live(_tx: &mut WriteTx, _id: RunId) -> Result<(), Error> {
    todo!()
}

/// Stores that the journal was read from `from` to `to`, in the transaction that stores what was read.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when `from` is not where the last one ended: these lines are stored already.
pub async fn advance_journal(
    _tx: &mut WriteTx,
    _id: RunId,
    _from: u64,
    _to: u64,
    _raw_bytes: u64,
) -> Result<(), Error> {
    todo!()
}

/// Stores how a run ended.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it has ended before.
pub async fn end_run(
    _tx: &mut WriteTx,
    _id: RunId,
    _outcome: RunOutcome,
    _exit_detail: Option<&str>,
    _now: Timestamp,
) -> Result<(), Error> {
    todo!()
}

/// A run.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_run(_connection: &mut Connection, _id: RunId) -> Result<Run, Error> {
    todo!()
}

/// All runs of an attempt in order.
///
/// # Errors
/// When the database does not answer.
pub async fn list_runs(_connection: &mut Connection, _attempt_id: AttemptId) -> Result<Vec<Run>, Error> {
    todo!()
}

/// All runs that have not ended, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_unfinished_runs(_connection: &mut Connection) -> Result<Vec<Run>, Error> {
    todo!()
}
