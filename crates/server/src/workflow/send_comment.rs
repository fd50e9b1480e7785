//! Sending one comment: to the agent at work as a message, else as a request for changes of its own.

use domain::{Attempt, AttemptAction, AttemptState, CommentId, CommentState, RequestChanges, SendMessage};

use crate::{
    api::failure::conflict,
    comments::anchor_comments,
    error::ApiError,
    prompt::review_message,
    state::AppState,
    workflow::{
        prepare_attempt::load_assignment,
        request_changes::request_changes,
        send_message::{find_attempt, send_comments},
    },
};

/// Who got a comment.
pub(crate) enum SentTo {
    /// The attempt that goes on because of it.
    NextAttempt(Attempt),
    /// The attempt that was there.
    SameAttempt(Attempt),
}

/// Sends a draft to its task's newest attempt.
///
/// # Errors
/// When it was sent before, or nobody can take it.
pub(crate) async fn send_comment(state: &AppState, id: CommentId) -> Result<SentTo, ApiError> {
    let mut connection = state.store.read().await?;
    let stored = db::find_comment(&mut connection, id).await?;
    let newest = db::list_attempts(&mut connection, stored.comment.task_id).await?.into_iter().next();
    drop(connection);
    let newest = newest.ok_or_else(|| ApiError::not_found("attempt"))?;
    if stored.comment.state != CommentState::Draft {
        return Err(conflict("the comment was sent: write another one"));
    }
    if newest.state == AttemptState::ReviewReady {
        let request = RequestChanges { comment_ids: vec![id], ..RequestChanges::default() };
        return request_changes(state, newest.id, request).await.map(SentTo::NextAttempt);
    }
    if !newest.allowed_actions.contains(&AttemptAction::Message) {
        return Err(conflict(format!(
            "the newest attempt is {}: nobody can be told. Start a new attempt with the comment instead",
            newest.state.as_str()
        )));
    }
    let assignment = load_assignment(state, newest.id).await?;
    let anchored = anchor_comments(state, &assignment, &[stored]).await?;
    let message = SendMessage { body: review_message("", &anchored), attachments: None, delivery: None };
    send_comments(state, newest.id, message, vec![id]).await?;
    find_attempt(state, newest.id).await.map(SentTo::SameAttempt)
}
