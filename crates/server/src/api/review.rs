//! Rounds of a review: what is missing goes back to the agent, or to another try.

use axum::{Json, extract::State, http::StatusCode};
use domain::{Attempt, AttemptId, RequestChanges, RetryAttempt};

use crate::{
    api::extract::{Body, PathOf},
    error::ApiError,
    state::AppState,
    workflow::{request_changes as request, retry_attempt as retry},
};

/// Sends an attempt back: the next one goes on in its worktree and session with the feedback and the comments.
#[utoipa::path(
    post, path = "/api/attempts/{id}/request-changes", params(("id" = AttemptId, Path)),
    request_body = RequestChanges, responses((status = 201, body = Attempt))
)]
pub(crate) async fn request_changes(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(changes): Body<RequestChanges>,
) -> Result<(StatusCode, Json<Attempt>), ApiError> {
    let attempt = request::request_changes(&state, id, changes).await?;
    Ok((StatusCode::CREATED, Json(attempt)))
}

/// Tries again from the base, or from a checkpoint, on a new branch with the feedback in the prompt.
#[utoipa::path(
    post, path = "/api/attempts/{id}/retry", params(("id" = AttemptId, Path)), request_body = RetryAttempt,
    responses((status = 201, body = Attempt))
)]
pub(crate) async fn retry_attempt(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(request): Body<RetryAttempt>,
) -> Result<(StatusCode, Json<Attempt>), ApiError> {
    let attempt = retry::retry_attempt(&state, id, request).await?;
    Ok((StatusCode::CREATED, Json(attempt)))
}
