//! Table `checkpoints`: the states of an attempt's worktree that can be gone back to. Their commits are in the repository.

use domain::{AttemptId, Checkpoint, Timestamp};
use sqlx::sqlite::SqliteRow;

use crate::row::Columns;
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

/// A checkpoint whose commit is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckpoint {
    /// The attempt.
    pub attempt_id: AttemptId,
    /// Its number: [`next_checkpoint`].
    pub number: i32,
    /// The hidden commit.
    pub commit: String,
    /// Why it was taken, for people.
    pub label: String,
    /// What it was taken for: the same is taken once.
    pub occasion: String,
    /// Files that changed since the one before.
    pub files_changed: i32,
}

statements! {
    INSERT = "insert into checkpoints (attempt_id, number, commit_id, label, occasion, files_changed, created_at) \
              values ($1, $2, $3, $4, $5, $6, $7) on conflict (attempt_id, occasion) do nothing";
    NEXT = "select coalesce(max(number) + 1, 0) from checkpoints where attempt_id = $1";
    HAS = "select exists (select 1 from checkpoints where attempt_id = $1 and occasion = $2)";
    LIST = "select attempt_id, number, commit_id, label, files_changed, created_at from checkpoints \
            where attempt_id = $1 order by number desc";
    FIND = "select attempt_id, number, commit_id, label, files_changed, created_at from checkpoints \
            where attempt_id = $1 and number = $2";
    DELETE = "delete from checkpoints where attempt_id = $1 and number = $2";
}

/// Stores a checkpoint. One that was taken for the same occasion stays as it is.
///
/// # Errors
/// [`Error::Missing`] without the attempt.
pub async fn insert_checkpoint(
    tx: &mut WriteTx,
    checkpoint: &NewCheckpoint,
    now: Timestamp,
) -> Result<(), Error> {
    let statement = INSERT
        .bind(checkpoint.attempt_id.as_uuid())
        .bind(checkpoint.number)
        .bind(checkpoint.commit.clone())
        .bind(checkpoint.label.clone())
        .bind(checkpoint.occasion.clone())
        .bind(checkpoint.files_changed)
        .bind(now.as_micros());
    statement.execute(tx.connection()).await.map(drop).map_err(|error| error.or_missing("attempt"))
}

/// The number of an attempt's next checkpoint; 0 for its first.
///
/// # Errors
/// When the database does not answer.
pub async fn next_checkpoint(connection: &mut Connection, attempt_id: AttemptId) -> Result<i32, Error> {
    let row = NEXT.bind(attempt_id.as_uuid()).first(connection).await?;
    row.map_or(Ok(0), |row| Columns::new(&row, "checkpoint").next())
}

/// Whether a checkpoint was taken for this occasion.
///
/// # Errors
/// When the database does not answer.
pub async fn has_checkpoint(
    connection: &mut Connection,
    attempt_id: AttemptId,
    occasion: &str,
) -> Result<bool, Error> {
    let row = HAS.bind(attempt_id.as_uuid()).bind(occasion.to_owned()).first(connection).await?;
    row.map_or(Ok(false), |row| Columns::new(&row, "checkpoint").next())
}

/// All checkpoints of an attempt, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_checkpoints(
    connection: &mut Connection,
    attempt_id: AttemptId,
) -> Result<Vec<Checkpoint>, Error> {
    LIST.bind(attempt_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

/// One checkpoint of an attempt.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_checkpoint(
    connection: &mut Connection,
    attempt_id: AttemptId,
    number: i32,
) -> Result<Checkpoint, Error> {
    let row = FIND.bind(attempt_id.as_uuid()).bind(number).first(connection).await?;
    read(&row.ok_or(Error::Missing { entity: "checkpoint" })?)
}

/// Forgets a checkpoint whose commit is gone. It is no error if it was not known.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_checkpoint(tx: &mut WriteTx, attempt_id: AttemptId, number: i32) -> Result<(), Error> {
    DELETE.bind(attempt_id.as_uuid()).bind(number).execute(tx.connection()).await.map(drop)
}

fn read(row: &SqliteRow) -> Result<Checkpoint, Error> {
    let mut columns = Columns::new(row, "checkpoint");
    Ok(Checkpoint {
        attempt_id: columns.id()?,
        number: columns.next()?,
        commit: columns.next()?,
        label: columns.next()?,
        files_changed: columns.next()?,
        created_at: columns.time()?,
    })
}
