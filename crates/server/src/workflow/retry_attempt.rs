//! Trying again from the base, on a new branch, with what is missing in the agent's first message.
//!
//! The attempt before keeps its branch. One that was ready for review is sent back and its worktree removed; one that
//! failed or was stopped keeps its state and its worktree.

use db::{Durability, NewAttempt, NewMessage, Placement, WriteTx};
use domain::{
    Attempt, AttemptAction, AttemptId, AttemptState, AttemptTrigger, Refusal, RequestChanges, RetryAttempt,
    StartAttempt, TaskStatus, Timestamp,
};

use crate::{
    clock::{new_id, now},
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        prepare_attempt::{Assignment, load_assignment},
        refuse_start::check_ready,
        remove_worktree::{BranchFate, remove_worktree},
        request_changes::{Review, Told, gather_review, mark_sent, store_review},
        resolve_approval::check_action,
        settle_change::settle_first,
    },
};

/// Queues another try at the task of an attempt.
///
/// # Errors
/// When a newer attempt is there or this one is at work or decided, the checkpoint or a comment does not exist, or the
/// agent says that it cannot start.
pub(crate) async fn retry_attempt(
    state: &AppState,
    attempt_id: AttemptId,
    request: RetryAttempt,
) -> Result<Attempt, ApiError> {
    settle_first(state, attempt_id).await?;
    let before = load_assignment(state, attempt_id).await?;
    check_can_retry(&before.attempt)?;
    let start = StartAttempt { agent_id: Some(before.attempt.agent_id), ..StartAttempt::default() };
    check_ready(state, before.task.id, &start).await?;
    let retry = gather(state, &before, request).await?;
    let at = now();
    let work = transaction::<Attempt, ApiError, _>(move |tx| {
        Box::pin(async move { store_retry(tx, attempt_id, retry, at).await })
    });
    let attempt = state.store.write(Durability::Full, work).await?;
    // A server that dies before this does it at its next start.
    if before.attempt.state == AttemptState::ReviewReady {
        remove_worktree(state, &before.project, &before.attempt, BranchFate::Kept).await;
    }
    Ok(attempt)
}

fn check_can_retry(attempt: &Attempt) -> Result<(), ApiError> {
    check_action(
        attempt,
        AttemptAction::RetryFresh,
        "only the newest attempt of a task, once its agent has ended and while nobody has decided about its work, can be \
         tried again",
    )
}

/// What a retry stores.
struct Retry {
    review: Option<Review>,
    /// Commit of the checkpoint to start from.
    start_commit: Option<String>,
}

async fn gather(state: &AppState, before: &Assignment, request: RetryAttempt) -> Result<Retry, ApiError> {
    let RetryAttempt { feedback, comment_ids, checkpoint } = request;
    let start_commit = match checkpoint {
        Some(number) => {
            let mut connection = state.store.read().await?;
            Some(db::find_checkpoint(&mut connection, before.attempt.id, number).await?.commit)
        }
        None => None,
    };
    let review = if feedback.trim().is_empty() && comment_ids.is_empty() {
        None
    } else {
        let request = RequestChanges { feedback, comments: Vec::new(), comment_ids };
        Some(gather_review(state, before, request).await?)
    };
    Ok(Retry { review, start_commit })
}

async fn store_retry(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    retry: Retry,
    at: Timestamp,
) -> Result<Attempt, ApiError> {
    let before = db::find_attempt(tx.connection(), attempt_id).await?;
    check_can_retry(&before)?;
    if db::is_changing(tx.connection(), attempt_id).await? {
        let text = "the attempt's work is being merged or removed just now: try again in a moment";
        return Err(Refusal(text.to_owned()).into());
    }
    if before.state == AttemptState::ReviewReady {
        let reason = Some("tried again from the base");
        db::transition_attempt(tx, attempt_id, AttemptTrigger::ChangesRequested, reason, at).await?;
    }
    let new = new_attempt(&before, retry.start_commit.is_some());
    db::insert_attempt(tx, &new, at).await?;
    if let Some(commit) = &retry.start_commit {
        // What it starts from until its worktree stands; then what it is compared with.
        db::set_base_commit(tx, new.id, commit).await?;
    }
    if let Some(review) = retry.review {
        tell(tx, &before, new.id, review, at).await?;
    }
    let task = db::find_task(tx.connection(), before.task_id).await?;
    if task.status != TaskStatus::InProgress {
        db::place_task(tx, task.id, TaskStatus::InProgress, Placement::Top, at).await?;
    }
    Ok(db::find_attempt(tx.connection(), new.id).await?)
}

fn new_attempt(before: &Attempt, is_from_checkpoint: bool) -> NewAttempt {
    let from = if is_from_checkpoint { "a checkpoint of attempt" } else { "the base after attempt" };
    NewAttempt {
        id: new_id::<AttemptId>(),
        task_id: before.task_id,
        agent_id: before.agent_id,
        agent_name: before.agent_name.clone(),
        mode: before.mode,
        base_branch: before.base_branch.clone(),
        reason: Some(format!("another try from {from} {}", before.number)),
        continues_id: None,
    }
}

/// What is missing goes behind the task in the first message.
async fn tell(
    tx: &mut WriteTx,
    before: &Attempt,
    attempt_id: AttemptId,
    review: Review,
    at: Timestamp,
) -> Result<(), ApiError> {
    let Told { body, comment_ids } = store_review(tx, review, at).await?;
    let message = NewMessage {
        id: new_id(),
        task_id: before.task_id,
        attempt_id: Some(attempt_id),
        body: format!("{}\n\n{body}", introduction(before)),
        attachments: Vec::new(),
    };
    db::insert_message(tx, &message, at).await?;
    Ok(mark_sent(tx, &comment_ids, attempt_id, at).await?)
}

fn introduction(before: &Attempt) -> String {
    let number = before.number;
    let branch = match &before.branch_name {
        Some(branch) => format!(" Its work is on the branch `{branch}` and not in this worktree."),
        None => String::new(),
    };
    format!(
        "An earlier attempt at this task, number {number}, was not accepted; this is a fresh start.{branch} This is what \
         was said about it:"
    )
}
