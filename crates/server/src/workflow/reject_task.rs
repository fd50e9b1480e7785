//! Rejecting: the task goes back to To Do, and what the reviewer asked for goes into the next attempt's prompt.

use db::{Durability, Placement, WriteTx};
use domain::{PermissionMode, RejectTask, StartAttempt, Task, TaskAction, TaskId, TaskStatus, Timestamp};

use crate::{
    api::failure::{conflict, invalid},
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::{refuse_start::check_ready, start_attempt::queue_attempt},
};

/// Sends a task in Review back with feedback, and starts the next attempt at once if asked.
///
/// # Errors
/// When the task is not in Review, or the feedback is empty.
pub(crate) async fn reject_task(
    state: &AppState,
    task_id: TaskId,
    request: RejectTask,
) -> Result<Task, ApiError> {
    if request.feedback.trim().is_empty() {
        return Err(invalid("feedback", "say what is missing: the next attempt gets it in its prompt"));
    }
    if request.restart {
        check_ready(state, task_id, &StartAttempt::default()).await?;
    }
    let (approval_mode, at) = (state.config.current().approval_mode, now());
    let work = transaction::<Task, ApiError, _>(move |tx| {
        Box::pin(async move { store_rejection(tx, task_id, &request, approval_mode, at).await })
    });
    state.store.write(Durability::Full, work).await
}

async fn store_rejection(
    tx: &mut WriteTx,
    task_id: TaskId,
    request: &RejectTask,
    approval_mode: Option<PermissionMode>,
    at: Timestamp,
) -> Result<Task, ApiError> {
    let task = db::find_task(tx.connection(), task_id).await?;
    if !task.allowed_actions.contains(&TaskAction::Reject) {
        return Err(conflict(format!(
            "the task is in {}: only one in Review can be sent back",
            task.status.as_str()
        )));
    }
    db::set_task_feedback(tx, task_id, Some(request.feedback.trim()), at).await?;
    db::change_task_status(tx, task_id, TaskStatus::Review, TaskStatus::Todo, Placement::Top, at).await?;
    if request.restart {
        queue_attempt(tx, task_id, &StartAttempt::default(), approval_mode, Placement::Top, at).await?;
    }
    Ok(db::find_task(tx.connection(), task_id).await?)
}
