//! Deleting a task. Its rows, its attempts' logs and branches stay; only the card goes.

use db::Durability;
use domain::TaskId;

use crate::{
    api::failure::conflict,
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::cancel_attempt::cancel_attempt,
};

/// Deletes a task; one at work only if `is_forced`, after its run was cancelled.
///
/// # Errors
/// When it is at work and not forced, or its run does not end.
pub(crate) async fn delete_task(state: &AppState, task_id: TaskId, is_forced: bool) -> Result<(), ApiError> {
    let mut connection = state.store.read().await?;
    let task = db::find_task(&mut connection, task_id).await?;
    drop(connection);
    match task.live_attempt {
        Some(_) if !is_forced => {
            return Err(conflict("the task is at work: cancel its run first, or delete with ?force=true"));
        }
        Some(attempt) => drop(cancel_attempt(state, attempt.id).await?),
        None => {}
    }
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::delete_task(tx, task_id, at).await })
    });
    Ok(state.store.write(Durability::Full, work).await?)
}
