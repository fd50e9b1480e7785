//! Requesting changes: the reviewer's feedback and comments become what the next attempt begins with, in the same
//! worktree and session.

use std::collections::HashMap;

use db::{Durability, NewComment, StoredComment, WriteTx};
use domain::{
    Attempt, AttemptAction, AttemptId, Comment, CommentId, CommentState, CreateComment, RequestChanges,
    TaskId, Timestamp,
};

use crate::{
    api::failure::invalid,
    clock::{new_id, now},
    comments::{anchor_comments, compose},
    error::ApiError,
    prompt::review_message,
    state::{AppState, transaction},
    workflow::{
        continue_in_new_attempt::{Continuation, continue_in_new_attempt},
        prepare_attempt::{Assignment, load_assignment},
        resolve_approval::check_action,
        settle_change::settle_first,
    },
};

/// Longest request, in bytes: an event carries it whole.
const BODY_BYTES_MAX: usize = 128 * 1024;
/// Most comments of one request.
const COMMENTS_MAX: usize = 500;

/// Sends an attempt back with feedback and comments, and queues the next one, which gets them.
///
/// # Errors
/// When nothing is asked for, a comment was sent before or names no line, or nobody can go on with the attempt.
pub(crate) async fn request_changes(
    state: &AppState,
    attempt_id: AttemptId,
    request: RequestChanges,
) -> Result<Attempt, ApiError> {
    settle_first(state, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    check_action(
        &assignment.attempt,
        AttemptAction::RequestChanges,
        "only the newest attempt of a task that is ready for review, and has its worktree, can be sent back. Try \
         again from the base instead",
    )?;
    let review = gather_review(state, &assignment, request).await?;
    let at = now();
    let work = transaction::<Attempt, ApiError, _>(move |tx| {
        Box::pin(async move { store_request(tx, attempt_id, review, at).await })
    });
    state.store.write(Durability::Full, work).await
}

async fn store_request(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    review: Review,
    at: Timestamp,
) -> Result<Attempt, ApiError> {
    let Told { body, comment_ids } = store_review(tx, review, at).await?;
    let next = Continuation { id: new_id(), body, reason: "changes requested".to_owned() };
    let attempt = continue_in_new_attempt(tx, attempt_id, next, at).await?;
    mark_sent(tx, &comment_ids, attempt.id, at).await?;
    Ok(attempt)
}

/// What a reviewer asks for, with the places of the comments in the attempt that was looked at.
pub(crate) struct Review {
    task_id: TaskId,
    feedback: String,
    new: Vec<NewComment>,
    /// Stored drafts, as they are shown in the attempt that was looked at.
    drafts: Vec<Comment>,
}

/// Reads and checks what a reviewer asks for. Nothing is stored.
///
/// # Errors
/// When nothing is asked for, or a comment was sent before or names no line.
pub(crate) async fn gather_review(
    state: &AppState,
    assignment: &Assignment,
    request: RequestChanges,
) -> Result<Review, ApiError> {
    let RequestChanges { feedback, comments, comment_ids } = request;
    let feedback = feedback.trim().to_owned();
    if feedback.is_empty() && comments.is_empty() && comment_ids.is_empty() {
        return Err(invalid("feedback", "say what is missing, in general or by a comment on a line"));
    }
    if comments.len() + comment_ids.len() > COMMENTS_MAX {
        return Err(invalid("comments", format!("at most {COMMENTS_MAX} comments go with one request")));
    }
    let task_id = assignment.task.id;
    let new = compose_all(state, assignment, &comments).await?;
    let drafts = find_drafts(state, assignment, &comment_ids).await?;
    Ok(Review { task_id, feedback, new, drafts })
}

async fn compose_all(
    state: &AppState,
    assignment: &Assignment,
    comments: &[CreateComment],
) -> Result<Vec<NewComment>, ApiError> {
    let mut composed = Vec::with_capacity(comments.len());
    for comment in comments {
        composed.push(compose(state, assignment, comment).await?);
    }
    Ok(composed)
}

async fn find_drafts(
    state: &AppState,
    assignment: &Assignment,
    ids: &[CommentId],
) -> Result<Vec<Comment>, ApiError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let stored = db::list_comments(&mut *state.store.read().await?, assignment.task.id).await?;
    let wanted: Vec<StoredComment> =
        stored.into_iter().filter(|stored| ids.contains(&stored.comment.id)).collect();
    let unknown = ids.iter().find(|id| wanted.iter().all(|stored| stored.comment.id != **id));
    if let Some(unknown) = unknown {
        return Err(invalid("comment_ids", format!("the task has no comment {unknown}")));
    }
    if wanted.iter().any(|stored| stored.comment.state != CommentState::Draft) {
        return Err(invalid("comment_ids", "one of the comments was sent before: write another one"));
    }
    anchor_comments(state, assignment, &wanted).await
}

/// A review as its agent is told it.
pub(crate) struct Told {
    /// All of it as Markdown.
    pub(crate) body: String,
    /// The comments in it, to be marked as sent once the attempt that gets them is stored.
    pub(crate) comment_ids: Vec<CommentId>,
}

/// Stores the comments of a review that are new, and puts together what an agent is told.
///
/// # Errors
/// When a comment was deleted meanwhile, or all of it is too long.
pub(crate) async fn store_review(tx: &mut WriteTx, review: Review, at: Timestamp) -> Result<Told, ApiError> {
    let Review { task_id, feedback, new, drafts } = review;
    let mut places: HashMap<CommentId, Comment> =
        drafts.into_iter().map(|comment| (comment.id, comment)).collect();
    let mut told = Vec::with_capacity(places.len() + new.len());
    for stored in db::list_comments(tx.connection(), task_id).await? {
        // Its words may have changed since its place was looked for.
        let Some(place) = places.remove(&stored.comment.id) else { continue };
        told.push(Comment { body: stored.comment.body, state: stored.comment.state, ..place });
    }
    if let Some(gone) = places.into_keys().next() {
        return Err(invalid("comment_ids", format!("the comment {gone} was deleted meanwhile")));
    }
    for comment in &new {
        db::insert_comment(tx, comment, at).await?;
        told.push(db::find_comment(tx.connection(), comment.id).await?.comment);
    }
    let body = review_message(&feedback, &told);
    if body.len() > BODY_BYTES_MAX {
        let most = BODY_BYTES_MAX / 1024;
        return Err(invalid("feedback", format!("a request has at most {most} KiB: send less at once")));
    }
    Ok(Told { body, comment_ids: told.iter().map(|comment| comment.id).collect() })
}

/// Stores which attempt was told these comments.
///
/// # Errors
/// When one of them was sent meanwhile.
pub(crate) async fn mark_sent(
    tx: &mut WriteTx,
    ids: &[CommentId],
    sent_to: AttemptId,
    at: Timestamp,
) -> Result<(), db::Error> {
    for id in ids {
        db::send_comment(tx, *id, sent_to, at).await?;
    }
    Ok(())
}
