//! Merging: what it would do, taking it back, and what to do about conflicts.

use axum::{Json, extract::State, http::StatusCode};
use domain::{Attempt, AttemptId, MergePreview, MergeStyle, UndoMerge};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    api::extract::{Body, PathOf, QueryOf},
    error::ApiError,
    state::AppState,
    workflow::{
        open_editor as editor, preview_merge as preview, resolve_conflicts as resolve, undo_merge as undo,
    },
};

/// How it would be merged.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PreviewQuery {
    /// The project's style if not given.
    style: Option<MergeStyle>,
}

/// What merging an attempt would do now. Nothing is changed.
#[utoipa::path(
    get, path = "/api/attempts/{id}/merge-preview", params(("id" = AttemptId, Path), PreviewQuery),
    responses((status = 200, body = MergePreview))
)]
pub(crate) async fn preview_merge(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    QueryOf(query): QueryOf<PreviewQuery>,
) -> Result<Json<MergePreview>, ApiError> {
    preview::preview_merge(&state, id, query.style).await.map(Json)
}

/// Takes a merge back: the base branch goes back while nothing was built on it, or gets a commit that reverts it.
#[utoipa::path(
    post, path = "/api/attempts/{id}/undo-merge", params(("id" = AttemptId, Path)), request_body = UndoMerge,
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn undo_merge(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(request): Body<UndoMerge>,
) -> Result<Json<Attempt>, ApiError> {
    undo::undo_merge(&state, id, request).await.map(Json)
}

/// Lets the agent resolve what conflicts: the next attempt goes on with the base merged into its worktree.
#[utoipa::path(
    post, path = "/api/attempts/{id}/resolve-conflicts", params(("id" = AttemptId, Path)),
    responses((status = 201, body = Attempt))
)]
pub(crate) async fn resolve_conflicts(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<(StatusCode, Json<Attempt>), ApiError> {
    let attempt = resolve::resolve_conflicts(&state, id).await?;
    Ok((StatusCode::CREATED, Json(attempt)))
}

/// Opens the attempt's worktree in the user's editor.
#[utoipa::path(
    post, path = "/api/attempts/{id}/open-editor", params(("id" = AttemptId, Path)),
    responses((status = 204))
)]
pub(crate) async fn open_editor(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<StatusCode, ApiError> {
    editor::open_editor(&state, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
