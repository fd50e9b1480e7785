//! Checkpoints of an attempt, and going back to one.

use axum::{Json, extract::State};
use domain::{Attempt, AttemptId, Checkpoint, Page};

use crate::{api::extract::PathOf, error::ApiError, state::AppState, workflow::go_back::go_back};

/// All checkpoints, newest first.
#[utoipa::path(
    get, path = "/api/attempts/{id}/checkpoints", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Page<Checkpoint>))
)]
pub(crate) async fn list_checkpoints(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Page<Checkpoint>>, ApiError> {
    let mut connection = state.store.read().await?;
    db::find_attempt(&mut connection, id).await?;
    Ok(Json(Page::whole(db::list_checkpoints(&mut connection, id).await?)))
}

/// Brings the attempt's worktree and branch to a checkpoint, by a new commit. Its present state becomes a checkpoint first.
#[utoipa::path(
    post, path = "/api/attempts/{id}/checkpoints/{number}/restore",
    params(("id" = AttemptId, Path), ("number" = i32, Path)), responses((status = 200, body = Attempt))
)]
pub(crate) async fn restore_checkpoint(
    State(state): State<AppState>,
    PathOf((id, number)): PathOf<(AttemptId, i32)>,
) -> Result<Json<Attempt>, ApiError> {
    go_back(&state, id, number).await.map(Json)
}
