//! Whether an attempt works or waits, and in which column its task stands, after something was asked, answered or
//! stopped. The one place that takes an attempt from running to waiting and back.

use db::{Placement, WriteTx};
use domain::{AttemptId, AttemptState, AttemptTrigger, TaskStatus, Timestamp};

/// Brings an attempt's state and its task's column in line with what waits for a person.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn reconcile(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    at: Timestamp,
) -> Result<(), db::Error> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    let (pending, questions) = db::count_pending(tx.connection(), attempt_id).await?;
    let is_waiting = pending > 0 || attempt.is_stopped;
    let trigger = match (attempt.state, is_waiting) {
        (AttemptState::Running, true) => Some(AttemptTrigger::Asked),
        (AttemptState::Waiting, false) => Some(AttemptTrigger::Answered),
        _ => None,
    };
    if let Some(trigger) = trigger {
        let reason = attempt.is_stopped.then_some("the turn was stopped");
        db::transition_attempt(tx, attempt_id, trigger, reason.filter(|_| is_waiting), at).await?;
    }
    let column = if questions > 0 { TaskStatus::Blocked } else { TaskStatus::InProgress };
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    if task.status.is_system() && task.status != column {
        db::place_task(tx, task.id, column, Placement::Top, at).await?;
    }
    Ok(())
}
