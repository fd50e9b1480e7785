//! Table `attempts`.

use domain::{
    Activity, AgentId, Attempt, AttemptError, AttemptId, AttemptState, AttemptTrigger, PermissionMode,
    SessionId, TaskId, Timestamp, Usage,
};

use crate::{Connection, Error, WriteTx};

/// An attempt to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttempt {
    /// Its id.
    pub id: AttemptId,
    /// The task it works on.
    pub task_id: TaskId,
    /// The agent profile it runs with.
    pub agent_id: AgentId,
    /// The profile's name.
    pub agent_name: String,
    /// What the agent may do unasked.
    pub mode: PermissionMode,
    /// The branch it starts from and merges into.
    pub base_branch: String,
    /// Why it is queued, for the log, if there is more to say.
    pub reason: Option<String>,
}

/// Where an attempt works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorktree {
    /// Folder.
    pub path: String,
    /// Branch.
    pub branch_name: String,
    /// Commit it started from.
    pub base_commit: String,
}

/// What an attempt changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffTotals {
    /// Files.
    pub files_changed: i32,
    /// Lines added.
    pub additions: i32,
    /// Lines removed.
    pub deletions: i32,
}

/// Queues an attempt with the task's next number and writes its first event.
///
/// # Errors
/// [`Error::Missing`] without the task; [`Error::Refused`] while another attempt of it is live.
pub async fn insert_attempt(_tx: &mut WriteTx, _attempt: &NewAttempt, _now: Timestamp) -> Result<(), Error> {
    todo!()
}

/// An attempt.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_attempt(_connection: &mut Connection, _id: AttemptId) -> Result<Attempt, Error> {
    todo!()
}

/// All attempts at a task, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_attempts(_connection: &mut Connection, _task_id: TaskId) -> Result<Vec<Attempt>, Error> {
    todo!()
}

/// All attempts that are queued or at work, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_live_attempts(_connection: &mut Connection) -> Result<Vec<Attempt>, Error> {
    todo!()
}

/// All attempts that have a worktree, of deleted tasks and projects, too.
///
/// # Errors
/// When the database does not answer.
pub async fn list_attempts_with_worktree(_connection: &mut Connection) -> Result<Vec<Attempt>, Error> {
    todo!()
}

/// Changes an attempt's state by [`domain::next_attempt_state`] and writes the event. Sets `started_at` when it is
/// spawned, `ended_at` when it stops being live.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when the trigger means nothing in its state.
pub async fn transition_attempt(
    _tx: &mut WriteTx,
    _id: AttemptId,
    _trigger: AttemptTrigger,
    _reason: Option<&str>,
    _now: Timestamp,
) -> Result<AttemptState, Error> {
    todo!()
}

/// Stores where the attempt works.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_worktree(_tx: &mut WriteTx, _id: AttemptId, _worktree: &NewWorktree) -> Result<(), Error> {
    todo!()
}

/// Stores that the attempt's worktree is gone. Its branch name stays.
///
/// # Errors
/// [`Error::Missing`].
pub async fn clear_worktree(_tx: &mut WriteTx, _id: AttemptId) -> Result<(), Error> {
    todo!()
}

/// Stores the commit that the attempt started from.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_base_commit(_tx: &mut WriteTx, _id: AttemptId, _commit: &str) -> Result<(), Error> {
    todo!()
}

/// Stores the last commit of the attempt's branch.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_head_commit(_tx: &mut WriteTx, _id: AttemptId, _commit: &str) -> Result<(), Error> {
    todo!()
}

/// Stores the commit on the base branch.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_merge_commit(_tx: &mut WriteTx, _id: AttemptId, _commit: &str) -> Result<(), Error> {
    todo!()
}

/// Stores the agent's conversation.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_session(_tx: &mut WriteTx, _id: AttemptId, _session_id: SessionId) -> Result<(), Error> {
    todo!()
}

/// Stores what the agent does now.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_activity(
    _tx: &mut WriteTx,
    _id: AttemptId,
    _activity: Option<&Activity>,
) -> Result<(), Error> {
    todo!()
}

/// Stores tokens and cost so far.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_usage(_tx: &mut WriteTx, _id: AttemptId, _usage: &Usage) -> Result<(), Error> {
    todo!()
}

/// Counts entries of the agent's stream that this version does not know.
///
/// # Errors
/// [`Error::Missing`].
pub async fn add_unknown_entries(_tx: &mut WriteTx, _id: AttemptId, _count: i32) -> Result<(), Error> {
    todo!()
}

/// Stores what went wrong.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_attempt_error(
    _tx: &mut WriteTx,
    _id: AttemptId,
    _error: &AttemptError,
) -> Result<(), Error> {
    todo!()
}

/// Stores what the agent says it did.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_summary(_tx: &mut WriteTx, _id: AttemptId, _summary: &str) -> Result<(), Error> {
    todo!()
}

/// Stores what the attempt changed.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_diff_totals(_tx: &mut WriteTx, _id: AttemptId, _totals: DiffTotals) -> Result<(), Error> {
    todo!()
}
