//! Comments on diffs.

use axum::{Json, extract::State, http::StatusCode};
use domain::{Attempt, AttemptId, Comment, CommentId, CreateComment, Page, UpdateComment};

use crate::{
    api::extract::{Body, PathOf},
    comments,
    error::ApiError,
    state::AppState,
    workflow::send_comment::{self, SentTo},
};

/// All comments of the attempt's task, each at its place in the attempt's diff, the oldest first.
#[utoipa::path(
    get, path = "/api/attempts/{id}/comments", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Page<Comment>))
)]
pub(crate) async fn list_comments(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Page<Comment>>, ApiError> {
    Ok(Json(Page::whole(comments::list_comments(&state, id).await?)))
}

/// Writes a comment on a line or a file of the attempt's diff. It is a draft until it is sent.
#[utoipa::path(
    post, path = "/api/attempts/{id}/comments", params(("id" = AttemptId, Path)), request_body = CreateComment,
    responses((status = 201, body = Comment))
)]
pub(crate) async fn create_comment(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(request): Body<CreateComment>,
) -> Result<(StatusCode, Json<Comment>), ApiError> {
    let comment = comments::create_comment(&state, id, request).await?;
    Ok((StatusCode::CREATED, Json(comment)))
}

/// Changes a draft.
#[utoipa::path(
    patch, path = "/api/comments/{id}", params(("id" = CommentId, Path)), request_body = UpdateComment,
    responses((status = 200, body = Comment))
)]
pub(crate) async fn update_comment(
    State(state): State<AppState>,
    PathOf(id): PathOf<CommentId>,
    Body(request): Body<UpdateComment>,
) -> Result<Json<Comment>, ApiError> {
    comments::update_comment(&state, id, request).await.map(Json)
}

/// Deletes a draft.
#[utoipa::path(
    delete, path = "/api/comments/{id}", params(("id" = CommentId, Path)), responses((status = 204))
)]
pub(crate) async fn delete_comment(
    State(state): State<AppState>,
    PathOf(id): PathOf<CommentId>,
) -> Result<StatusCode, ApiError> {
    comments::delete_comment(&state, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a draft alone: as a request for changes (201, the next attempt), or to the agent at work as a message (200).
#[utoipa::path(
    post, path = "/api/comments/{id}/send", params(("id" = CommentId, Path)),
    responses((status = 200, body = Attempt), (status = 201, body = Attempt))
)]
pub(crate) async fn send_comment(
    State(state): State<AppState>,
    PathOf(id): PathOf<CommentId>,
) -> Result<(StatusCode, Json<Attempt>), ApiError> {
    Ok(match send_comment::send_comment(&state, id).await? {
        SentTo::NextAttempt(attempt) => (StatusCode::CREATED, Json(attempt)),
        SentTo::SameAttempt(attempt) => (StatusCode::OK, Json(attempt)),
    })
}
