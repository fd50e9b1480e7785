//! Access to GitHub, and pull requests.

use axum::{Json, extract::State};
use domain::{Attempt, AttemptId, Github, UpdateGithub};

use crate::{
    api::{
        attempts::read_attempt,
        extract::{Body, PathOf},
    },
    error::ApiError,
    github as access,
    state::AppState,
    workflow::refresh_pull_request as refresh,
};

/// Where the token for GitHub comes from, and the address of its API. The token itself is never told.
#[utoipa::path(get, path = "/api/github", responses((status = 200, body = Github)))]
pub(crate) async fn find_github(State(state): State<AppState>) -> Result<Json<Github>, ApiError> {
    access::find_github(&state).await.map(Json)
}

/// Changes how GitHub is reached.
#[utoipa::path(
    patch, path = "/api/github", request_body = UpdateGithub, responses((status = 200, body = Github))
)]
pub(crate) async fn update_github(
    State(state): State<AppState>,
    Body(request): Body<UpdateGithub>,
) -> Result<Json<Github>, ApiError> {
    access::update_github(&state, request).await.map(Json)
}

/// Asks GitHub for the state of the attempt's pull request. Where it does not answer, the pull request says why.
#[utoipa::path(
    post, path = "/api/attempts/{id}/pull-request/refresh", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn refresh_pull_request(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Attempt>, ApiError> {
    refresh::refresh_pull_request(&state, id).await?;
    read_attempt(&state, id).await.map(Json)
}
