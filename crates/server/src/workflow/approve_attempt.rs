//! Approving: the reviewer accepts what an attempt did. Its worktree stays until it is merged.

use db::{Durability, Placement, WriteTx};
use domain::{Attempt, AttemptId, AttemptState, TaskId, TaskStatus, Timestamp};

use crate::{
    api::failure::conflict,
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
};

/// The attempt that a decision about a task is about: its newest, if that is ready.
///
/// # Errors
/// When the newest attempt is not ready for a decision.
pub(crate) async fn ready_attempt(state: &AppState, task_id: TaskId) -> Result<AttemptId, ApiError> {
    let mut connection = state.store.read().await?;
    let task = db::find_task(&mut connection, task_id).await?;
    match task.last_attempt {
        Some(attempt) if attempt.state == AttemptState::ReviewReady => Ok(attempt.id),
        Some(attempt) => Err(conflict(format!(
            "attempt {} is {}: only one that is ready for review can be approved or merged",
            attempt.number,
            attempt.state.as_str()
        ))),
        None => Err(conflict("the task was never run: there is nothing to approve")),
    }
}

/// Moves the task of a ready attempt to Done. `seen` is the commit that the reviewer looked at.
///
/// # Errors
/// When the attempt is not ready, its task is not in Review, or the branch has moved since.
pub(crate) async fn approve_attempt(
    state: &AppState,
    attempt_id: AttemptId,
    seen: Option<String>,
) -> Result<Attempt, ApiError> {
    let at = now();
    let work = transaction::<Attempt, ApiError, _>(move |tx| {
        Box::pin(async move { store_approval(tx, attempt_id, seen.as_deref(), at).await })
    });
    state.store.write(Durability::Full, work).await
}

async fn store_approval(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    seen: Option<&str>,
    at: Timestamp,
) -> Result<Attempt, ApiError> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    if attempt.state != AttemptState::ReviewReady {
        return Err(conflict(format!(
            "the attempt is {}: there is nothing to approve",
            attempt.state.as_str()
        )));
    }
    check_seen(&attempt, seen)?;
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    if task.status != TaskStatus::Review {
        return Err(conflict(format!("the task is in {}, not in Review", task.status.as_str())));
    }
    db::change_task_status(tx, task.id, TaskStatus::Review, TaskStatus::Done, Placement::Top, at).await?;
    Ok(db::find_attempt(tx.connection(), attempt_id).await?)
}

/// A decision is about the commit that was looked at, not about whatever stands there now.
pub(crate) fn check_seen(attempt: &Attempt, seen: Option<&str>) -> Result<(), ApiError> {
    match (seen, attempt.head_commit.as_deref()) {
        (Some(seen), Some(head)) if seen != head => {
            Err(conflict(format!("the branch moved to {head} since you looked: look at the new diff first")))
        }
        _ => Ok(()),
    }
}
