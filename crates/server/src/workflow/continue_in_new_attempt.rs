//! The next attempt in the same worktree, branch and session: what a review that asks for more comes to.

use db::{NewAttempt, NewMessage, Placement, WriteTx};
use domain::{Attempt, AttemptAction, AttemptId, AttemptTrigger, MessageId, Refusal, TaskStatus, Timestamp};

use crate::{clock::new_id, error::ApiError, workflow::resolve_approval::check_action};

/// How another attempt goes on with one that was reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Continuation {
    /// The new attempt's id.
    pub(crate) id: AttemptId,
    /// What its agent is told.
    pub(crate) body: String,
    /// Why it is queued, for both logs, as `changes requested`.
    pub(crate) reason: String,
}

/// Sends an attempt back and queues the one that goes on in its worktree, branch and session, with what it is told. All
/// in the transaction of the caller; the scheduler does the rest.
///
/// # Errors
/// When the attempt is not its task's newest, not ready for review, without a worktree, or being merged or removed.
pub(crate) async fn continue_in_new_attempt(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    next: Continuation,
    at: Timestamp,
) -> Result<Attempt, ApiError> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    check_can_go_on(tx, &attempt).await?;
    let new = NewAttempt {
        id: next.id,
        task_id: attempt.task_id,
        agent_id: attempt.agent_id,
        agent_name: attempt.agent_name,
        mode: attempt.mode,
        base_branch: attempt.base_branch,
        reason: Some(format!("{}: goes on from attempt {}", next.reason, attempt.number)),
        continues_id: Some(attempt_id),
    };
    let trigger = AttemptTrigger::ChangesRequested;
    db::transition_attempt(tx, attempt_id, trigger, Some(&next.reason), at).await?;
    db::insert_attempt(tx, &new, at).await?;
    // What was said and never heard comes first.
    db::hand_over_messages(tx, attempt_id, new.id).await?;
    let message = NewMessage {
        id: new_id::<MessageId>(),
        task_id: attempt.task_id,
        attempt_id: Some(new.id),
        body: next.body,
        attachments: Vec::new(),
    };
    db::insert_message(tx, &message, at).await?;
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    if task.status != TaskStatus::InProgress {
        db::place_task(tx, task.id, TaskStatus::InProgress, Placement::Top, at).await?;
    }
    Ok(db::find_attempt(tx.connection(), new.id).await?)
}

/// Whether another attempt may go on with this one now.
///
/// # Errors
/// When it may not, with what to do.
pub(crate) async fn check_can_go_on(tx: &mut WriteTx, attempt: &Attempt) -> Result<(), ApiError> {
    check_action(
        attempt,
        AttemptAction::RequestChanges,
        "only the newest attempt of a task that is ready for review, and has its worktree, can be sent back. Try \
         again from the base instead",
    )?;
    if db::is_changing(tx.connection(), attempt.id).await? {
        let text = "the attempt's work is being merged or removed just now: it cannot be sent back";
        return Err(Refusal(text.to_owned()).into());
    }
    Ok(())
}
