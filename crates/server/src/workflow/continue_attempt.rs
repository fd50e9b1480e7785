//! Going on with an attempt that has ended: in its session and worktree, with a new run. Also after its agent was lost.

use db::{Durability, NewMessage, Placement, WriteTx};
use domain::{
    Attempt, AttemptAction, AttemptId, AttemptState, AttemptTrigger, Refusal, ResumeAttempt, TaskStatus,
    Timestamp,
};

use crate::{
    clock::{new_id, now},
    error::ApiError,
    state::{AppState, transaction},
    workflow::{resolve_approval::check_action, send_message::find_attempt, settle_change::settle_first},
};

/// Queues an attempt that has ended again; what is queued for its agent is what the new run begins with.
///
/// # Errors
/// When it is not one that may go on, or another attempt of its task is live.
pub(crate) async fn queue_again(
    tx: &mut WriteTx,
    attempt: &Attempt,
    reason: &str,
    at: Timestamp,
) -> Result<(), db::Error> {
    if db::is_changing(tx.connection(), attempt.id).await? {
        let text = "the attempt's work is being merged or removed just now: it cannot go on";
        return Err(Refusal(text.to_owned()).into());
    }
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    db::transition_attempt(tx, attempt.id, AttemptTrigger::Continued, Some(reason), at).await?;
    if task.status != TaskStatus::InProgress {
        db::place_task(tx, task.id, TaskStatus::InProgress, Placement::Top, at).await?;
    }
    Ok(())
}

/// Lets an agent that was lost, failed or was cancelled go on, and tells it honestly what happened.
///
/// # Errors
/// When the attempt ended well, is live, or cannot go on.
pub(crate) async fn resume_attempt(
    state: &AppState,
    attempt_id: AttemptId,
    request: ResumeAttempt,
) -> Result<Attempt, ApiError> {
    settle_first(state, attempt_id).await?;
    let at = now();
    let work = transaction::<(), ApiError, _>(move |tx| {
        Box::pin(async move { store_resume(tx, attempt_id, &request, at).await })
    });
    state.store.write(Durability::Full, work).await?;
    find_attempt(state, attempt_id).await
}

async fn store_resume(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    request: &ResumeAttempt,
    at: Timestamp,
) -> Result<(), ApiError> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    check_action(
        &attempt,
        AttemptAction::Resume,
        "only the newest attempt of a task that failed or was stopped, and has its worktree, can be resumed",
    )?;
    let new = NewMessage {
        id: new_id(),
        task_id: attempt.task_id,
        attempt_id: Some(attempt_id),
        body: resume_note(&attempt, request.message.as_deref()),
        attachments: Vec::new(),
    };
    db::insert_message(tx, &new, at).await?;
    // What was said and not heard before comes after it.
    db::move_message(tx, attempt_id, new.id, 0).await?;
    Ok(queue_again(tx, &attempt, "resumed by a person", at).await?)
}

/// What the agent is told. It must not believe that what it did last has worked.
fn resume_note(attempt: &Attempt, message: Option<&str>) -> String {
    let reason = match (attempt.state, &attempt.error) {
        (AttemptState::Cancelled, _) => "a person stopped you".to_owned(),
        (_, Some(error)) => error.message.clone(),
        (_, None) => "your run ended before its time".to_owned(),
    };
    let note = format!(
        "You were interrupted: {reason}.\n\nWhat you did last may have happened, half or not at all, and \
         whatever you asked was not answered. Look at the state of the working tree first, then go on with the task."
    );
    match message.map(str::trim).filter(|text| !text.is_empty()) {
        Some(message) => format!("{note}\n\n{message}"),
        None => note,
    }
}
