//! Rounds of a review: what is missing goes back to the agent, or to another try.

use axum::{Json, extract::State, http::StatusCode};
use domain::{Attempt, AttemptId, AttemptReport, RequestChanges, RetryAttempt};

use crate::{
    api::extract::{Body, PathOf},
    error::ApiError,
    report,
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

/// What the attempt did, in one place and as Markdown.
#[utoipa::path(
    get, path = "/api/attempts/{id}/report", params(("id" = AttemptId, Path)),
    responses((status = 200, body = AttemptReport))
)]
pub(crate) async fn find_report(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<AttemptReport>, ApiError> {
    report::find_report(&state, id).await.map(Json)
}
