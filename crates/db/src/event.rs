//! Table `events`: append-only, numbered per attempt without a gap.

use std::borrow::Cow;

use domain::{AttemptId, EventBody, Timestamp};

use crate::{Connection, Error, WriteTx};

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

/// Appends events to an attempt's log in one go and returns the last one's number (the log's last number if there are
/// none). Does not count as a change of the attempt.
///
/// # Errors
/// [`Error::Missing`] without the attempt.
pub async fn append_events(
    _tx: &mut WriteTx,
    _attempt_id: AttemptId,
    _events: &[(Timestamp, EventBody)],
) -> Result<i32, Error> {
    todo!()
}

/// At most `limit` events with a number above `after`, ascending.
///
/// # Errors
/// When the database does not answer.
pub async fn list_events_after(
    _connection: &mut Connection,
    _attempt_id: AttemptId,
    _after: i32,
    _limit: i32,
) -> Result<Vec<StoredEvent>, Error> {
    todo!()
}

/// The last `limit` events with a number below `before`, ascending.
///
/// # Errors
/// When the database does not answer.
pub async fn list_events_before(
    _connection: &mut Connection,
    _attempt_id: AttemptId,
    _before: i32,
    _limit: i32,
) -> Result<Vec<StoredEvent>, Error> {
    todo!()
}

/// The number of an attempt's last event.
///
/// # Errors
/// [`Error::Missing`] without the attempt.
pub async fn last_seq(_connection: &mut Connection, _attempt_id: AttemptId) -> Result<i32, Error> {
    todo!()
}
