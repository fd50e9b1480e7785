//! What a project's repository brings that runs code, and the decision about it.

use axum::{Json, extract::State};
use db::{Durability, Trust};
use domain::{DecideTrust, Project, ProjectId, ProjectTrust};

use crate::{
    api::{
        extract::{Body, PathOf},
        failure::conflict,
    },
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::hand_over::find_project_trust,
};

/// What the repository brings on its default branch, as it is now.
#[utoipa::path(
    get, path = "/api/projects/{id}/trust", params(("id" = ProjectId, Path)),
    responses((status = 200, body = ProjectTrust))
)]
pub(crate) async fn find_trust(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
) -> Result<Json<ProjectTrust>, ApiError> {
    let project = find_project(&state, id).await?;
    Ok(Json(find_project_trust(&state, &project).await?))
}

/// Decides about exactly what was seen.
#[utoipa::path(
    post, path = "/api/projects/{id}/trust", params(("id" = ProjectId, Path)), request_body = DecideTrust,
    responses((status = 200, body = ProjectTrust))
)]
pub(crate) async fn decide_trust(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
    Body(request): Body<DecideTrust>,
) -> Result<Json<ProjectTrust>, ApiError> {
    let project = find_project(&state, id).await?;
    let found = find_project_trust(&state, &project).await?;
    if found.hash.as_ref() != Some(&request.hash) {
        return Err(conflict("the repository brings something else by now: look again, then decide"));
    }
    let trust = Trust { hash: request.hash, decision: request.decision, decided_at: now() };
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::decide_trust(tx, id, &trust).await })
    });
    state.store.write(Durability::Full, work).await?;
    Ok(Json(find_project_trust(&state, &project).await?))
}

async fn find_project(state: &AppState, id: ProjectId) -> Result<Project, ApiError> {
    Ok(db::find_project(&mut *state.store.read().await?, id).await?)
}
