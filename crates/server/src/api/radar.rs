//! What collides in a project.

use axum::{Json, extract::State};
use domain::{ProjectId, Radar};

use crate::{api::extract::PathOf, error::ApiError, radar::unknown, state::AppState};

/// What collides, as it was last computed.
#[utoipa::path(
    get, path = "/api/projects/{id}/radar", params(("id" = ProjectId, Path)),
    responses((status = 200, body = Radar))
)]
pub(crate) async fn find_radar(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
) -> Result<Json<Radar>, ApiError> {
    db::find_project(&mut *state.store.read().await?, id).await?;
    Ok(Json(state.radar.find(id).unwrap_or_else(|| unknown(id))))
}
