//! What was decided and is not done yet, so that a restart goes on from the decision: a cancel, a merge, the verdict of
//! a turn whose process has not ended.

use domain::{Attempt, AttemptId, RunId};

use crate::row::{Columns, must_change};
use crate::statement::statements;
use crate::{Connection, Error, WriteTx, find_attempt};

statements! {
    REQUEST_CANCEL = "update attempts set is_cancel_requested = $2 where id = $1";
    IS_CANCEL_REQUESTED = "select is_cancel_requested from attempts where id = $1";
    REQUEST_STOP = "update attempts set is_stop_requested = $2 where id = $1";
    IS_STOP_REQUESTED = "select is_stop_requested from attempts where id = $1";
    SET_STOPPED = "update attempts set is_stopped = $2, is_stop_requested = $3 where id = $1";
    SET_MERGING = "update attempts set is_merging = $2 where id = $1";
    IS_MERGING = "select is_merging from attempts where id = $1";
    LIST_MERGING = "select id from attempts where is_merging = $1 order by id";
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

/// Stores that a merge of the attempt or the removal of its work begins, or that it is settled.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_merging(tx: &mut WriteTx, id: AttemptId, is_merging: bool) -> Result<(), Error> {
    let statement = SET_MERGING.bind(id.as_uuid()).bind(is_merging);
    must_change(statement.execute(tx.connection()).await?, "attempt")
}

/// Whether a merge of the attempt, or the removal of its work, has begun and is not settled.
///
/// # Errors
/// [`Error::Missing`].
pub async fn is_merging(connection: &mut Connection, id: AttemptId) -> Result<bool, Error> {
    let row = IS_MERGING.bind(id.as_uuid()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "attempt" })?;
    Columns::new(&row, "attempt").next()
}

/// The attempts whose merge began and is not settled.
///
/// # Errors
/// When the database does not answer.
pub async fn list_merging_attempts(connection: &mut Connection) -> Result<Vec<Attempt>, Error> {
    let rows = LIST_MERGING.bind(true).rows(connection).await?;
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
