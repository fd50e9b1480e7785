//! Table `runs`: one agent process each.

use domain::{AttemptId, Refusal, RunId, SessionId, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

use crate::row::{Columns, must_change, stored_bytes, word};
use crate::statement::statements;
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
    /// How the agent said that its turn ended; see [`crate::set_run_verdict`].
    pub verdict: Option<String>,
    /// Whether its agent's conversation exists, so that it can be resumed.
    pub has_session: bool,
    /// When it was stored.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

macro_rules! select_runs {
    ($rest:literal) => {
        concat!(
            "select id, attempt_id, number, session_id, directory, state, journal_position, raw_bytes, outcome, \
             exit_detail, verdict, has_session, started_at, ended_at from runs ",
            $rest
        )
    };
}

statements! {
    INSERT = "insert into runs (id, attempt_id, number, session_id, directory, state, started_at) \
              values ($1, $2, (select coalesce(max(number), 0) + 1 from runs where attempt_id = $2), $3, $4, \
              'starting', $5)";
    SET_LIVE = "update runs set state = 'live' where id = $1 and state in ('starting', 'live')";
    SET_HAS_SESSION = "update runs set has_session = $3, session_id = $2 where id = $1";
    FORGET_SESSIONS = "update runs set has_session = $2 where attempt_id = $1";
    FORGET_INHERITED = "update attempts set resumes_session = $2 where id = $1";
    FIND_INHERITED = "select session_id from attempts where id = $1 and resumes_session = $2";
    ADVANCE = "update runs set journal_position = $3, raw_bytes = $4 where id = $1 and journal_position = $2";
    END = "update runs set state = 'ended', outcome = $2, exit_detail = $3, ended_at = $4 \
           where id = $1 and state in ('starting', 'live')";
    FIND = select_runs!("where id = $1");
    LIST = select_runs!("where attempt_id = $1 order by number");
    LIST_UNFINISHED = select_runs!("where state <> 'ended' order by started_at, id");
}

/// Stores a run, in `starting`, with the attempt's next number.
///
/// # Errors
/// [`Error::Missing`] without the attempt; [`Error::Refused`] while another run of it has not ended.
pub async fn insert_run(tx: &mut WriteTx, run: &NewRun, now: Timestamp) -> Result<(), Error> {
    let statement = INSERT
        .bind(run.id.as_uuid())
        .bind(run.attempt_id.as_uuid())
        .bind(run.session_id.as_uuid())
        .bind(run.directory.clone())
        .bind(now.as_micros());
    let inserted = statement.execute(tx.connection()).await.map(drop);
    inserted.map_err(|error| {
        error.or_taken(|| "a run of this attempt has not ended".to_owned()).or_missing("attempt")
    })
}

/// Stores that a starting run's shim was seen. Nothing changes if it was before.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it has ended.
pub async fn set_run_live(tx: &mut WriteTx, id: RunId) -> Result<(), Error> {
    let rows = SET_LIVE.bind(id.as_uuid()).execute(tx.connection()).await?;
    must_match(tx, rows, id, "the run has ended").await
}

/// Stores that the run's agent holds a conversation under this id.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_run_session(tx: &mut WriteTx, id: RunId, session_id: SessionId) -> Result<(), Error> {
    let statement = SET_HAS_SESSION.bind(id.as_uuid()).bind(session_id.as_uuid()).bind(true);
    must_change(statement.execute(tx.connection()).await?, "run")
}

/// Stores that no conversation of the attempt can be resumed: its next run begins a new one.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_sessions(tx: &mut WriteTx, attempt_id: AttemptId) -> Result<(), Error> {
    for statement in [FORGET_SESSIONS, FORGET_INHERITED] {
        statement.bind(attempt_id.as_uuid()).bind(false).execute(tx.connection()).await?;
    }
    Ok(())
}

/// The conversation that existed before the attempt's first run: that of the attempt that it goes on with.
///
/// # Errors
/// When the database does not answer.
pub async fn find_inherited_session(
    connection: &mut Connection,
    attempt_id: AttemptId,
) -> Result<Option<SessionId>, Error> {
    let row = FIND_INHERITED.bind(attempt_id.as_uuid()).bind(true).first(connection).await?;
    row.map_or(Ok(None), |row| Columns::new(&row, "attempt").optional_id())
}

/// Stores that the journal was read from `from` to `to`, in the transaction that stores what was read. `raw_bytes` is
/// the length of the raw stream up to there.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when `from` is not where the last one ended: these lines are stored already.
pub async fn advance_journal(
    tx: &mut WriteTx,
    id: RunId,
    from: u64,
    to: u64,
    raw_bytes: u64,
) -> Result<(), Error> {
    let statement = ADVANCE
        .bind(id.as_uuid())
        .bind(stored_bytes(from)?)
        .bind(stored_bytes(to)?)
        .bind(stored_bytes(raw_bytes)?);
    let rows = statement.execute(tx.connection()).await?;
    must_match(tx, rows, id, "this part of the journal is stored already").await
}

/// Stores how a run ended.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it has ended before.
pub async fn end_run(
    tx: &mut WriteTx,
    id: RunId,
    outcome: RunOutcome,
    exit_detail: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let statement = END
        .bind(id.as_uuid())
        .bind(word(&outcome)?)
        .bind(exit_detail.map(str::to_owned))
        .bind(now.as_micros());
    let rows = statement.execute(tx.connection()).await?;
    must_match(tx, rows, id, "the run has ended before").await
}

/// A run.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_run(connection: &mut Connection, id: RunId) -> Result<Run, Error> {
    let row = FIND.bind(id.as_uuid()).first(connection).await?;
    row.as_ref().map(read).transpose()?.ok_or(Error::Missing { entity: "run" })
}

/// All runs of an attempt in order.
///
/// # Errors
/// When the database does not answer.
pub async fn list_runs(connection: &mut Connection, attempt_id: AttemptId) -> Result<Vec<Run>, Error> {
    LIST.bind(attempt_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

/// All runs that have not ended, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_unfinished_runs(connection: &mut Connection) -> Result<Vec<Run>, Error> {
    LIST_UNFINISHED.bound().rows(connection).await?.iter().map(read).collect()
}

/// Tells a run that is not there from one that is not as the statement wanted it.
async fn must_match(tx: &mut WriteTx, rows: u64, id: RunId, otherwise: &str) -> Result<(), Error> {
    if rows == 1 {
        return Ok(());
    }
    find_run(tx.connection(), id).await?;
    Err(Refusal(otherwise.to_owned()).into())
}

fn read(row: &SqliteRow) -> Result<Run, Error> {
    let mut columns = Columns::new(row, "run");
    Ok(Run {
        id: columns.id()?,
        attempt_id: columns.id()?,
        number: columns.next()?,
        session_id: columns.id()?,
        directory: columns.next()?,
        state: columns.word()?,
        journal_position: columns.bytes()?,
        raw_bytes: columns.bytes()?,
        outcome: columns.optional_word()?,
        exit_detail: columns.next()?,
        verdict: columns.next()?,
        has_session: columns.next()?,
        started_at: columns.time()?,
        ended_at: columns.optional_time()?,
    })
}
