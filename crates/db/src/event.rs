//! Table `events`: append-only, numbered per attempt without a gap.

use std::borrow::Cow;
use std::sync::LazyLock;

use domain::{AttemptId, EventBody, Timestamp};
use serde::ser::Error as _;
use sqlx::sqlite::SqliteRow;

use crate::row::{Columns, json};
use crate::statement::{Statement, statements};
use crate::{Connection, Error, WriteTx};

/// Rows of one statement. Few sizes, so that each is prepared once.
const BATCH: usize = 32;
const SMALL_BATCH: usize = 8;

/// Payload of one page, in bytes: it ends with the chunk that reaches it, so that long events do not fill the memory.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Events that are read at once.
const CHUNK: i32 = 64;

static BATCH_SQL: LazyLock<String> = LazyLock::new(|| insert_sql(BATCH));
static SMALL_BATCH_SQL: LazyLock<String> = LazyLock::new(|| insert_sql(SMALL_BATCH));

/// An event as it is stored: its payload is JSON text that is passed on as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Place in the attempt's log.
    pub seq: i32,
    /// When.
    pub ts: Timestamp,
    /// Kind in upper case.
    pub kind: Cow<'static, str>,
    /// JSON text.
    pub payload: String,
}

statements! {
    COUNT = "update attempts set last_seq = last_seq + $2 where id = $1 returning last_seq";
    INSERT = "insert into events (attempt_id, seq, ts, kind, payload, crc) values ($1, $2, $3, $4, $5, $6)";
    LIST_AFTER = "select seq, ts, kind, payload from events where attempt_id = $1 and seq > $2 \
                  order by seq limit $3";
    LIST_BEFORE = "select seq, ts, kind, payload from events where attempt_id = $1 and seq < $2 \
                   order by seq desc limit $3";
    FIND_LAST_SEQ = "select last_seq from attempts where id = $1";
}

/// Appends events to an attempt's log in one go and returns the last one's number (the log's last number if there are
/// none). Does not count as a change of the attempt.
///
/// # Errors
/// [`Error::Missing`] without the attempt.
pub async fn append_events(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    events: &[(Timestamp, EventBody)],
) -> Result<i32, Error> {
    let count = i32::try_from(events.len()).unwrap_or(i32::MAX);
    let row = COUNT.bind(attempt_id.as_uuid()).bind(count).first(tx.connection()).await?;
    let row = row.ok_or(Error::Missing { entity: "attempt" })?;
    let last: i32 = Columns::new(&row, "attempt").next()?;
    if events.is_empty() {
        return Ok(last);
    }
    let stored: Vec<StoredEvent> = (last - count + 1..)
        .zip(events)
        .map(|(seq, (ts, body))| {
            Ok(StoredEvent { seq, ts: *ts, kind: Cow::Borrowed(body.kind()), payload: payload(body)? })
        })
        .collect::<Result<_, Error>>()?;
    insert(tx.connection(), attempt_id, &stored).await?;
    tx.changes.events(attempt_id, stored);
    Ok(last)
}

/// At most `limit` events with a number above `after`, ascending, fewer if they are long (4 MiB end a page).
///
/// # Errors
/// When the database does not answer.
pub async fn list_events_after(
    connection: &mut Connection,
    attempt_id: AttemptId,
    after: i32,
    limit: i32,
) -> Result<Vec<StoredEvent>, Error> {
    list_from(connection, LIST_AFTER, attempt_id, after, limit).await
}

/// The last `limit` events with a number below `before`, ascending, fewer if they are long (4 MiB end a page).
///
/// # Errors
/// When the database does not answer.
pub async fn list_events_before(
    connection: &mut Connection,
    attempt_id: AttemptId,
    before: i32,
    limit: i32,
) -> Result<Vec<StoredEvent>, Error> {
    let mut events = list_from(connection, LIST_BEFORE, attempt_id, before, limit).await?;
    events.reverse();
    Ok(events)
}

/// The number of an attempt's last event.
///
/// # Errors
/// [`Error::Missing`] without the attempt.
pub async fn last_seq(connection: &mut Connection, attempt_id: AttemptId) -> Result<i32, Error> {
    let row = FIND_LAST_SEQ.bind(attempt_id.as_uuid()).first(connection).await?;
    let row = row.ok_or(Error::Missing { entity: "attempt" })?;
    Columns::new(&row, "attempt").next()
}

/// The statements that insert many rows; their text is made when it is first needed.
pub(crate) fn insert_many() -> [(usize, Statement); 2] {
    [
        (BATCH, Statement { name: "INSERT_BATCH", sql: &BATCH_SQL }),
        (SMALL_BATCH, Statement { name: "INSERT_SMALL_BATCH", sql: &SMALL_BATCH_SQL }),
    ]
}

#[cfg(test)]
pub(crate) fn all_statements() -> Vec<Statement> {
    let many = insert_many().map(|(_, statement)| statement);
    STATEMENTS.iter().copied().chain(many).collect()
}

/// `$1` is the attempt; five values follow for each row.
fn insert_sql(rows: usize) -> String {
    let mut sql = "insert into events (attempt_id, seq, ts, kind, payload, crc) values ".to_owned();
    for row in 0..rows {
        let first = 2 + row * 5;
        let comma = if row == 0 { "" } else { ", " };
        let [seq, ts, kind, payload, crc] = [first, first + 1, first + 2, first + 3, first + 4];
        sql += &format!("{comma}($1, ${seq}, ${ts}, ${kind}, ${payload}, ${crc})");
    }
    sql
}

async fn insert(
    connection: &mut Connection,
    attempt_id: AttemptId,
    events: &[StoredEvent],
) -> Result<(), Error> {
    let mut rest = events;
    for (size, statement) in insert_many() {
        let batches = rest.chunks_exact(size);
        rest = batches.remainder();
        for batch in batches {
            insert_rows(connection, statement, attempt_id, batch).await?;
        }
    }
    for event in rest {
        insert_rows(connection, INSERT, attempt_id, std::slice::from_ref(event)).await?;
    }
    Ok(())
}

async fn insert_rows(
    connection: &mut Connection,
    statement: Statement,
    attempt_id: AttemptId,
    events: &[StoredEvent],
) -> Result<(), Error> {
    let mut bound = statement.bind(attempt_id.as_uuid());
    for event in events {
        bound = bound
            .bind(event.seq)
            .bind(event.ts.as_micros())
            .bind(event.kind.clone())
            .bind(event.payload.clone())
            .bind(i64::from(crc32fast::hash(event.payload.as_bytes())));
    }
    bound.execute(connection).await.map(drop)
}

/// What stands under `payload` in the event's JSON, cut out of its text.
fn payload(body: &EventBody) -> Result<String, Error> {
    let mut text = json("an event", body)?;
    let prefix = format!("{{\"kind\":\"{}\",\"payload\":", body.kind());
    if !text.starts_with(&prefix) {
        let source = serde_json::Error::custom("its kind does not come first");
        return Err(Error::Encode { what: "an event", source });
    }
    text.pop();
    text.drain(..prefix.len());
    Ok(text)
}

/// Reads in the statement's direction, a few events at a time: whatever the page's limit, no more than a chunk of long
/// ones is read ahead.
async fn list_from(
    connection: &mut Connection,
    statement: Statement,
    attempt_id: AttemptId,
    from: i32,
    limit: i32,
) -> Result<Vec<StoredEvent>, Error> {
    let mut events: Vec<StoredEvent> = Vec::new();
    let (mut seq, mut left, mut byte_count) = (from, limit, 0);
    while left > 0 && byte_count < PAGE_BYTES_MAX {
        let chunk = left.min(CHUNK);
        let rows = statement.bind(attempt_id.as_uuid()).bind(seq).bind(chunk).rows(connection).await?;
        for row in &rows {
            let event = read(row)?;
            (seq, byte_count) = (event.seq, byte_count + event.payload.len());
            events.push(event);
        }
        let is_end = i32::try_from(rows.len()).is_ok_and(|count| count < chunk);
        left = if is_end { 0 } else { left - chunk };
    }
    Ok(events)
}

fn read(row: &SqliteRow) -> Result<StoredEvent, Error> {
    let mut columns = Columns::new(row, "event");
    Ok(StoredEvent {
        seq: columns.next()?,
        ts: columns.time()?,
        kind: Cow::Owned(columns.next()?),
        payload: columns.next()?,
    })
}

#[cfg(test)]
mod tests {
    use domain::{AttemptState, LogLevel, Usage};

    use super::*;

    #[test]
    fn a_payload_is_what_the_wire_shows() {
        let bodies = [
            EventBody::Status { from: None, to: AttemptState::Queued, reason: Some("\"kind\"".into()) },
            EventBody::Usage(Usage::default()),
            EventBody::board_log(LogLevel::Info, "é \u{0} \n"),
        ];
        for body in bodies {
            let whole = serde_json::to_value(&body).unwrap();
            let cut: serde_json::Value = serde_json::from_str(&payload(&body).unwrap()).unwrap();
            assert_eq!(cut, whole["payload"]);
        }
    }
}
