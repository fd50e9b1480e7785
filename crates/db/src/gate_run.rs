//! Table `gate_runs`: each run of a gate, of the setup command, or of a gate before a merge.

use domain::{AttemptId, GateKind, GateRun, GateRunId, GateState, Refusal, Timestamp};
use sqlx::sqlite::SqliteRow;

use crate::row::{Columns, must_change, stored_bytes, word};
use crate::statement::{Bound, statements};
use crate::{Connection, Error, WriteTx};

/// A gate to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGateRun {
    /// Its id.
    pub id: GateRunId,
    /// The attempt it runs for.
    pub attempt_id: AttemptId,
    /// The gate's name.
    pub name: String,
    /// What it is run for.
    pub kind: GateKind,
    /// The command as typed.
    pub command: String,
    /// Its place among those that are run with it.
    pub position: i32,
    /// Seconds it may take.
    pub timeout_s: i32,
    /// Where it runs.
    pub cwd: String,
    /// Name of its folder below the runs' folder.
    pub directory: String,
}

/// A run of a gate with what only the server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGateRun {
    /// Its id.
    pub id: GateRunId,
    /// What everybody sees.
    pub shown: GateRun,
    /// Where it runs.
    pub cwd: String,
    /// Name of its folder below the runs' folder.
    pub directory: String,
    /// The tree that it ran on.
    pub tree: Option<String>,
    /// Whether a person wants it to end.
    pub is_cancel_requested: bool,
    /// When it was queued.
    pub created_at: Timestamp,
}

/// How a run of a gate ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateEnd {
    /// One of the states in which it is over.
    pub state: GateState,
    /// Exit code, if it exited by itself.
    pub exit_code: Option<i32>,
    /// What else is known.
    pub message: Option<String>,
    /// Bytes of output.
    pub output_bytes: u64,
    /// The last lines of its output.
    pub output_tail: String,
}

macro_rules! select_gate_runs {
    ($rest:literal) => {
        concat!(
            "select g.id, g.attempt_id, g.name, g.kind, g.command, g.state, g.commit_id, \
             g.kind = 'gate' and g.tree is not null and a.head_tree is not g.tree, g.exit_code, g.message, g.timeout_s, \
             g.output_bytes, g.output_tail, g.started_at, g.ended_at, g.cwd, g.directory, g.tree, \
             g.is_cancel_requested, g.created_at from gate_runs g join attempts a on a.id = g.attempt_id ",
            $rest
        )
    };
}

statements! {
    SUPERSEDE = "update gate_runs set is_latest = 0 where attempt_id = $1 and kind = $2 and name = $3";
    INSERT = "insert into gate_runs (id, attempt_id, name, kind, command, position, timeout_s, state, is_latest, \
              cwd, directory, created_at) values ($1, $2, $3, $4, $5, $6, $7, 'queued', 1, $8, $9, $10)";
    SET_TREE = "update gate_runs set commit_id = $2, tree = $3 where id = $1 and state = 'queued'";
    UNBIND_TREE = "update gate_runs set tree = '' where id = $1 and state = 'running'";
    SET_RUNNING = "update gate_runs set state = 'running', started_at = $2 where id = $1 and state = 'queued'";
    SET_OUTPUT = "update gate_runs set output_bytes = $2 where id = $1 and state = 'running'";
    REQUEST_CANCEL = "update gate_runs set is_cancel_requested = 1 where id = $1";
    END = "update gate_runs set state = $2, exit_code = $3, message = $4, output_bytes = $5, output_tail = $6, \
           ended_at = $7 where id = $1 and state in ('queued', 'running')";
    FIND = select_gate_runs!("where g.id = $1");
    LIST_LATEST = select_gate_runs!("where g.attempt_id = $1 and g.is_latest = 1 order by g.position, g.created_at");
    LIST_UNFINISHED =
        select_gate_runs!("where g.state in ('queued', 'running') order by g.created_at, g.position");
    LIST_SETUPS = select_gate_runs!("where a.worktree_id = $1 and g.kind = 'setup' and g.created_at >= \
         coalesce((select max(restored_at) from attempts where worktree_id = $1), 0) order by g.created_at desc, g.id desc");
    WORKED_IN = "select exists (select 1 from runs r join attempts a on a.id = r.attempt_id where a.worktree_id = $1 \
                 and r.started_at >= coalesce((select max(restored_at) from attempts where worktree_id = $1), 0))";
}

/// Queues a run of a gate; it is the last one of its name and kind from now on.
///
/// # Errors
/// [`Error::Missing`] without the attempt; [`Error::Refused`] while the gate runs or waits already.
pub async fn insert_gate_run(tx: &mut WriteTx, new: &NewGateRun, now: Timestamp) -> Result<(), Error> {
    let kind = word(&new.kind)?;
    let superseded = SUPERSEDE.bind(new.attempt_id.as_uuid()).bind(kind.clone()).bind(new.name.clone());
    superseded.execute(tx.connection()).await?;
    let statement = INSERT
        .bind(new.id.as_uuid())
        .bind(new.attempt_id.as_uuid())
        .bind(new.name.clone())
        .bind(kind)
        .bind(new.command.clone())
        .bind(new.position)
        .bind(new.timeout_s)
        .bind(new.cwd.clone())
        .bind(new.directory.clone())
        .bind(now.as_micros());
    let inserted = statement.execute(tx.connection()).await.map(drop);
    inserted.map_err(|error| {
        error.or_taken(|| format!("the gate {} is at work already", new.name)).or_missing("attempt")
    })?;
    touch(tx, new.id, new.attempt_id);
    Ok(())
}

/// Stores what a queued run is about to run on.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it is not queued any more.
pub async fn set_gate_tree(tx: &mut WriteTx, id: GateRunId, commit: &str, tree: &str) -> Result<(), Error> {
    change(tx, id, SET_TREE.bind(id.as_uuid()).bind(commit.to_owned()).bind(tree.to_owned())).await
}

/// Stores that what a run runs on changed under it: its result is stale, whatever tree the attempt has from now on.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it does not run.
pub async fn unbind_gate_tree(tx: &mut WriteTx, id: GateRunId) -> Result<(), Error> {
    change(tx, id, UNBIND_TREE.bind(id.as_uuid())).await
}

/// Stores that a queued run is about to be started.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it is not queued any more.
pub async fn set_gate_running(tx: &mut WriteTx, id: GateRunId, now: Timestamp) -> Result<(), Error> {
    change(tx, id, SET_RUNNING.bind(id.as_uuid()).bind(now.as_micros())).await
}

/// Stores how much a running gate has written. Its attempt does not count as changed.
///
/// # Errors
/// When the database does not answer.
pub async fn set_gate_output(tx: &mut WriteTx, id: GateRunId, output_bytes: u64) -> Result<(), Error> {
    SET_OUTPUT.bind(id.as_uuid()).bind(stored_bytes(output_bytes)?).execute(tx.connection()).await?;
    tx.changes.gate_run(id);
    Ok(())
}

/// Stores that a person wants a run to end.
///
/// # Errors
/// [`Error::Missing`].
pub async fn request_gate_cancel(tx: &mut WriteTx, id: GateRunId) -> Result<(), Error> {
    let rows = REQUEST_CANCEL.bind(id.as_uuid()).execute(tx.connection()).await?;
    must_change(rows, "gate run")
}

/// Stores how a run ended.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it has ended before.
pub async fn end_gate_run(
    tx: &mut WriteTx,
    id: GateRunId,
    end: &GateEnd,
    now: Timestamp,
) -> Result<(), Error> {
    let statement = END
        .bind(id.as_uuid())
        .bind(end.state.as_str())
        .bind(end.exit_code)
        .bind(end.message.clone())
        .bind(stored_bytes(end.output_bytes)?)
        .bind(end.output_tail.clone())
        .bind(now.as_micros());
    change(tx, id, statement).await
}

/// A run of a gate.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_gate_run(connection: &mut Connection, id: GateRunId) -> Result<StoredGateRun, Error> {
    let row = FIND.bind(id.as_uuid()).first(connection).await?;
    row.as_ref().map(read).transpose()?.ok_or(Error::Missing { entity: "gate run" })
}

/// The last run of each of an attempt's gates, in their order, and of its setup and its gates before a merge.
///
/// # Errors
/// When the database does not answer.
pub async fn list_latest_gate_runs(
    connection: &mut Connection,
    attempt_id: AttemptId,
) -> Result<Vec<StoredGateRun>, Error> {
    LIST_LATEST.bind(attempt_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

/// All runs that are to end, in the order in which they are to run.
///
/// # Errors
/// When the database does not answer.
pub async fn list_unfinished_gate_runs(connection: &mut Connection) -> Result<Vec<StoredGateRun>, Error> {
    LIST_UNFINISHED.bound().rows(connection).await?.iter().map(read).collect()
}

/// All runs of the setup command in a worktree since it was made, or made again, the last one first, whichever of its
/// attempts they were for.
///
/// # Errors
/// When the database does not answer.
pub async fn list_setups(
    connection: &mut Connection,
    worktree_id: AttemptId,
) -> Result<Vec<StoredGateRun>, Error> {
    LIST_SETUPS.bind(worktree_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

/// Whether an agent was to run in a worktree since it was made, or made again.
///
/// # Errors
/// When the database does not answer.
pub async fn was_worked_in(connection: &mut Connection, worktree_id: AttemptId) -> Result<bool, Error> {
    let row = WORKED_IN.bind(worktree_id.as_uuid()).first(connection).await?;
    row.map_or(Ok(false), |row| Columns::new(&row, "run").next())
}

/// Runs of gates that an attempt's frame shows have another standing by now.
pub(crate) async fn touch_latest(tx: &mut WriteTx, attempt_id: AttemptId) -> Result<(), Error> {
    for run in list_latest_gate_runs(tx.connection(), attempt_id).await? {
        tx.changes.gate_run(run.id);
    }
    Ok(())
}

pub(crate) async fn try_find_gate_run(
    connection: &mut Connection,
    id: GateRunId,
) -> Result<Option<GateRun>, Error> {
    match find_gate_run(connection, id).await {
        Ok(found) => Ok(Some(found.shown)),
        Err(Error::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The attempt counts as changed, too: it shows its gates.
async fn change(tx: &mut WriteTx, id: GateRunId, statement: Bound) -> Result<(), Error> {
    let rows = statement.execute(tx.connection()).await?;
    let run = find_gate_run(tx.connection(), id).await?;
    if rows == 0 {
        let state = run.shown.state.as_str();
        return Err(Refusal(format!("the run of gate {} is {state} by now", run.shown.name)).into());
    }
    touch(tx, id, run.shown.attempt_id);
    Ok(())
}

fn touch(tx: &mut WriteTx, id: GateRunId, attempt_id: AttemptId) {
    tx.changes.gate_run(id);
    tx.changes.attempt(attempt_id);
}

fn read(row: &SqliteRow) -> Result<StoredGateRun, Error> {
    let mut columns = Columns::new(row, "gate run");
    let id = columns.id()?;
    let shown = GateRun {
        id: Some(id),
        attempt_id: columns.id()?,
        name: columns.next()?,
        kind: columns.word()?,
        command: columns.next()?,
        state: columns.word()?,
        commit: columns.next()?,
        is_stale: columns.next()?,
        exit_code: columns.next()?,
        message: columns.next()?,
        timeout_s: columns.next()?,
        output_bytes: i32::try_from(columns.bytes()?).unwrap_or(i32::MAX),
        output_tail: columns.next()?,
        started_at: columns.optional_time()?,
        ended_at: columns.optional_time()?,
    };
    Ok(StoredGateRun {
        id,
        shown,
        cwd: columns.next()?,
        directory: columns.next()?,
        tree: columns.next()?,
        is_cancel_requested: columns.next()?,
        created_at: columns.time()?,
    })
}
