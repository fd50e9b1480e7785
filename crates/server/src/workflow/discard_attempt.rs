//! Discarding: an attempt's work is thrown away, and can be had back for 30 days.

use db::{Change, Durability, Placement, WriteTx};
use domain::{
    Attempt, AttemptAction, AttemptId, AttemptState, AttemptTrigger, Refusal, TaskStatus, Timestamp,
};

use crate::{
    api::failure::conflict,
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        prepare_attempt::load_assignment,
        settle_change::{finish_removal, settle_first},
    },
};

/// Throws an attempt's work away. A ready one becomes discarded and its task goes back to To Do; a failed or cancelled
/// one keeps its state and loses its worktree.
///
/// # Errors
/// When there is nothing to discard, or the attempt is at work or merged.
pub(crate) async fn discard_attempt(state: &AppState, attempt_id: AttemptId) -> Result<Attempt, ApiError> {
    settle_first(state, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    if !assignment.attempt.allowed_actions.contains(&AttemptAction::Discard) {
        let state = assignment.attempt.state.as_str();
        return Err(conflict(format!("the attempt is {state} and has no work that could be discarded")));
    }
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { store_discard(tx, attempt_id, at).await })
    });
    state.store.write(Durability::Full, work).await?;
    finish_removal(state, &assignment).await?;
    let mut connection = state.store.read().await?;
    Ok(db::find_attempt(&mut connection, attempt_id).await?)
}

async fn store_discard(tx: &mut WriteTx, attempt_id: AttemptId, at: Timestamp) -> Result<(), db::Error> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    let is_busy = db::is_changing(tx.connection(), attempt_id).await?;
    if is_busy || !attempt.allowed_actions.contains(&AttemptAction::Discard) {
        let text = "the attempt goes on, or its work is being merged or removed: nothing was discarded";
        return Err(Refusal(text.to_owned()).into());
    }
    // Until its worktree is gone nobody may go on in it.
    db::begin_change(tx, attempt_id, Change::Removal).await?;
    if attempt.state != AttemptState::ReviewReady {
        return Ok(());
    }
    db::transition_attempt(tx, attempt_id, AttemptTrigger::Discarded, None, at).await?;
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    let is_newest = task.last_attempt.is_some_and(|newest| newest.id == attempt_id);
    if is_newest && matches!(task.status, TaskStatus::Review | TaskStatus::Done) {
        db::place_task(tx, task.id, TaskStatus::Todo, Placement::Top, at).await?;
    }
    Ok(())
}
