//! What the scheduler asks: which attempt is next, and which task.

use domain::{AttemptId, ProjectId, TaskId, Timestamp};

use crate::{Connection, Error, WriteTx};

/// Claims the next queued attempt: the most urgent, then the oldest, whose task waits for no other and whose project
/// has a free slot, if fewer than `max_total` are at work in all. One statement, so that none is ever claimed twice.
///
/// # Errors
/// When the database does not answer.
pub async fn claim_next_attempt(
    _tx: &mut WriteTx,
    _max_total: i32,
    _now: Timestamp,
) -> Result<Option<AttemptId>, Error> {
    todo!()
}

/// The most urgent, then oldest, task in To Do that waits for no other, in a project that runs by itself and has a
/// free slot that no queued attempt will take.
///
/// # Errors
/// When the database does not answer.
pub async fn next_auto_run_task(
    _connection: &mut Connection,
    _project_id: ProjectId,
) -> Result<Option<TaskId>, Error> {
    todo!()
}
