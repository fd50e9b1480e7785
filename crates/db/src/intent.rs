//! What was decided and is not done yet, so that a restart goes on from the decision: a cancel, a merge, the verdict of
//! a turn whose process has not ended.

use domain::{Attempt, AttemptId, ProjectId, Refusal, RunId, TaskId};

use crate::row::{Columns, must_change};
use crate::statement::statements;
use crate::{Connection, Error, WriteTx, find_attempt};

statements! {
    REQUEST_CANCEL = "update attempts set is_cancel_requested = $2 where id = $1";
    IS_CANCEL_REQUESTED = "select is_cancel_requested from attempts where id = $1";
    REQUEST_STOP = "update attempts set is_stop_requested = $2 where id = $1";
    IS_STOP_REQUESTED = "select is_stop_requested from attempts where id = $1";
    SET_STOPPED = "update attempts set is_stopped = $2, is_stop_requested = $3 where id = $1";
    SET_CHANGE = "update attempts set is_merging = $2, change_kind = $3 where id = $1";
    FIND_CHANGE = "select is_merging, change_kind from attempts where id = $1";
    FIND_CHANGING_OF_TASK = "select id from attempts where task_id = $1 and is_merging = 1 limit 1";
    FIND_CHANGING_OF_PROJECT = "select t.number from attempts a join tasks t on t.id = a.task_id \
                                where t.project_id = $1 and t.deleted_at is null and a.is_merging = 1 limit 1";
    LIST_CHANGING = "select id from attempts where is_merging = $1 order by id";
    SET_VERDICT = "update runs set verdict = $2 where id = $1";
    FIND_VERDICT = "select verdict from runs where id = $1";
}

/// Stores that a person wants the attempt to end.
///
/// # Errors
/// [`Error::Missing`].
pub async fn request_cancel(tx: &mut WriteTx, id: AttemptId) -> Result<(), Error> {
    let statement = REQUEST_CANCEL.bind(id.as_uuid()).bind(true);
    must_change(statement.execute(tx.connection()).await?, "attempt")
}

/// Whether a person wants the attempt to end.
///
/// # Errors
/// [`Error::Missing`].
pub async fn is_cancel_requested(connection: &mut Connection, id: AttemptId) -> Result<bool, Error> {
    let row = IS_CANCEL_REQUESTED.bind(id.as_uuid()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "attempt" })?;
    Columns::new(&row, "attempt").next()
}

/// Stores that a person wants the turn to stop, and the attempt to wait for a message.
///
/// # Errors
/// [`Error::Missing`].
pub async fn request_stop(tx: &mut WriteTx, id: AttemptId) -> Result<(), Error> {
    let statement = REQUEST_STOP.bind(id.as_uuid()).bind(true);
    must_change(statement.execute(tx.connection()).await?, "attempt")
}

/// Whether a person wants the turn to stop.
///
/// # Errors
/// [`Error::Missing`].
pub async fn is_stop_requested(connection: &mut Connection, id: AttemptId) -> Result<bool, Error> {
    let row = IS_STOP_REQUESTED.bind(id.as_uuid()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "attempt" })?;
    Columns::new(&row, "attempt").next()
}

/// Stores that the turn was stopped and its agent waits for a message, or that it goes on. No stop is wanted after it.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_stopped(tx: &mut WriteTx, id: AttemptId, is_stopped: bool) -> Result<(), Error> {
    let statement = SET_STOPPED.bind(id.as_uuid()).bind(is_stopped).bind(false);
    must_change(statement.execute(tx.connection()).await?, "attempt")?;
    tx.changes.attempt(id);
    Ok(())
}

/// What is being done with an attempt's work, so that nobody else does anything with it meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is brought into the base branch.
    Merge,
    /// Its merge is taken back.
    UndoMerge,
    /// It is brought to a checkpoint.
    GoBack,
    /// It is pushed, and a pull request opened.
    PullRequest,
    /// Its worktree is removed.
    Removal,
    /// Its worktree is made again.
    Restore,
}

impl Change {
    const ALL: [Self; 6] =
        [Self::Merge, Self::UndoMerge, Self::GoBack, Self::PullRequest, Self::Removal, Self::Restore];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::UndoMerge => "undo_merge",
            Self::GoBack => "go_back",
            Self::PullRequest => "pull_request",
            Self::Removal => "removal",
            Self::Restore => "restore",
        }
    }
}

/// Stores that something is being done with the attempt's work, in place of what was before.
///
/// # Errors
/// [`Error::Missing`].
pub async fn begin_change(tx: &mut WriteTx, id: AttemptId, change: Change) -> Result<(), Error> {
    let statement = SET_CHANGE.bind(id.as_uuid()).bind(true).bind(Some(change.as_str().to_owned()));
    must_change(statement.execute(tx.connection()).await?, "attempt")
}

/// Stores that it is settled.
///
/// # Errors
/// [`Error::Missing`].
pub async fn end_change(tx: &mut WriteTx, id: AttemptId) -> Result<(), Error> {
    let statement = SET_CHANGE.bind(id.as_uuid()).bind(false).bind(None::<String>);
    must_change(statement.execute(tx.connection()).await?, "attempt")
}

/// What is being done with the attempt's work and is not settled. What an older version began and did not name is a
/// merge: of what it did, only that can have moved a branch.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_change(connection: &mut Connection, id: AttemptId) -> Result<Option<Change>, Error> {
    let row = FIND_CHANGE.bind(id.as_uuid()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "attempt" })?;
    let mut columns = Columns::new(&row, "attempt");
    let is_changing: bool = columns.next()?;
    let kind: Option<String> = columns.next()?;
    let known = Change::ALL.into_iter().find(|change| kind.as_deref() == Some(change.as_str()));
    Ok(is_changing.then_some(known.unwrap_or(Change::Merge)))
}

/// Whether something is being done with the attempt's work, and is not settled.
///
/// # Errors
/// [`Error::Missing`].
pub async fn is_changing(connection: &mut Connection, id: AttemptId) -> Result<bool, Error> {
    Ok(find_change(connection, id).await?.is_some())
}

/// Refuses while something is being done with the work of one of a task's attempts.
pub(crate) async fn refuse_changing_task(connection: &mut Connection, id: TaskId) -> Result<(), Error> {
    match FIND_CHANGING_OF_TASK.bind(id.as_uuid()).first(connection).await? {
        Some(_) => {
            let text =
                "the task's work is being merged, removed or taken back just now: try again in a moment";
            Err(Refusal(text.to_owned()).into())
        }
        None => Ok(()),
    }
}

/// Refuses while something is being done with the work of one of a project's attempts.
pub(crate) async fn refuse_changing_project(connection: &mut Connection, id: ProjectId) -> Result<(), Error> {
    let Some(row) = FIND_CHANGING_OF_PROJECT.bind(id.as_uuid()).first(connection).await? else {
        return Ok(());
    };
    let number: i32 = Columns::new(&row, "task").next()?;
    let text = format!(
        "the work of task #{number} is being merged, removed or taken back just now: try again in a moment"
    );
    Err(Refusal(text).into())
}

/// The attempts with whose work something is being done that is not settled.
///
/// # Errors
/// When the database does not answer.
pub async fn list_changing_attempts(connection: &mut Connection) -> Result<Vec<Attempt>, Error> {
    let rows = LIST_CHANGING.bind(true).rows(connection).await?;
    let mut attempts = Vec::with_capacity(rows.len());
    for row in rows {
        let id = Columns::new(&row, "attempt").id()?;
        attempts.push(find_attempt(connection, id).await?);
    }
    Ok(attempts)
}

/// Stores how the agent says its turn ended, while its process goes on; none when another turn began.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_run_verdict(tx: &mut WriteTx, id: RunId, verdict: Option<&str>) -> Result<(), Error> {
    let statement = SET_VERDICT.bind(id.as_uuid()).bind(verdict.map(str::to_owned));
    must_change(statement.execute(tx.connection()).await?, "run")
}

/// How the agent said that its turn ended.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_run_verdict(connection: &mut Connection, id: RunId) -> Result<Option<String>, Error> {
    let row = FIND_VERDICT.bind(id.as_uuid()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "run" })?;
    Columns::new(&row, "run").next()
}
