//! Table `run_commands`: what was sent to a run's shim, or will be.

use domain::{RunId, Timestamp};
use sqlx::sqlite::SqliteRow;

use crate::row::{Columns, must_change};
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

/// A command for a run. Its id is the shim's key to apply it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCommand {
    /// Its id.
    pub id: String,
    /// Its run.
    pub run_id: RunId,
    /// What it is.
    pub kind: String,
    /// What belongs to it.
    pub body: Vec<u8>,
}

statements! {
    INSERT = "insert into run_commands (id, run_id, position, kind, body, state, created_at) \
              values ($1, $2, (select coalesce(max(position), 0) + 1 from run_commands where run_id = $2), \
              $3, $4, 'pending', $5) on conflict (id) do nothing";
    LIST_PENDING = "select id, run_id, kind, body from run_commands \
                    where run_id = $1 and state = 'pending' \
                    order by case kind when 'stop' then 0 else 1 end, position";
    HAS = "select count(*) from run_commands where id = $1";
    COUNT = "select count(*) from run_commands where run_id = $1";
    MARK_DELIVERED = "update run_commands set state = 'delivered', body = x'' where id = $1";
}

/// Stores a command to be delivered. False if one with this id is stored already: then nothing changes.
///
/// # Errors
/// [`Error::Missing`] without the run.
pub async fn insert_command(tx: &mut WriteTx, command: &RunCommand, now: Timestamp) -> Result<bool, Error> {
    let statement = INSERT
        .bind(command.id.clone())
        .bind(command.run_id.as_uuid())
        .bind(command.kind.clone())
        .bind(command.body.clone())
        .bind(now.as_micros());
    let rows = statement.execute(tx.connection()).await.map_err(|error| error.or_missing("run"))?;
    Ok(rows == 1)
}

/// The commands of a run that are not known to be delivered, in the order of their storing, stops first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_pending_commands(
    connection: &mut Connection,
    run_id: RunId,
) -> Result<Vec<RunCommand>, Error> {
    LIST_PENDING.bind(run_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

/// Whether a command with this id was stored.
///
/// # Errors
/// When the database does not answer.
pub async fn has_command(connection: &mut Connection, id: &str) -> Result<bool, Error> {
    let row = HAS.bind(id.to_owned()).first(connection).await?;
    let count: i64 = row.map_or(Ok(0), |row| Columns::new(&row, "command").next())?;
    Ok(count > 0)
}

/// How many commands a run was given so far.
///
/// # Errors
/// When the database does not answer.
pub async fn count_commands(connection: &mut Connection, run_id: RunId) -> Result<u32, Error> {
    let row = COUNT.bind(run_id.as_uuid()).first(connection).await?;
    row.map_or(Ok(0), |row| Columns::new(&row, "command").next())
}

/// Stores that the shim has a command, and lets go of what it says: the journal has it. Nothing changes if it had it
/// before.
///
/// # Errors
/// [`Error::Missing`].
pub async fn mark_command_delivered(tx: &mut WriteTx, id: &str) -> Result<(), Error> {
    must_change(MARK_DELIVERED.bind(id.to_owned()).execute(tx.connection()).await?, "command")
}

fn read(row: &SqliteRow) -> Result<RunCommand, Error> {
    let mut columns = Columns::new(row, "command");
    Ok(RunCommand {
        id: columns.next()?,
        run_id: columns.id()?,
        kind: columns.next()?,
        body: columns.next()?,
    })
}
