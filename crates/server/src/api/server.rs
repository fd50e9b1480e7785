//! The server itself: health, description, settings, end.

use axum::{Json, extract::State, http::StatusCode};
use domain::{Config, ConfigPatch, Notice, Page};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::extract::Body, error::ApiError, state::AppState};

/// Who answers here. The second start recognises the first by it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    status: &'static str,
    app: &'static str,
    version: &'static str,
    instance_id: String,
    pid: u32,
    home: String,
}

/// Says that the server is there. Needs no token.
#[utoipa::path(get, path = "/api/health", responses((status = 200, body = Health)))]
pub(crate) async fn find_health(State(state): State<AppState>) -> Json<Health> {
    Json(Health {
        status: "ok",
        app: "eval-kanban",
        version: env!("CARGO_PKG_VERSION"),
        instance_id: state.instance_id.clone(),
        pid: std::process::id(),
        home: state.home().to_string_lossy().into_owned(),
    })
}

/// The global settings.
#[utoipa::path(get, path = "/api/config", responses((status = 200, body = Config)))]
pub(crate) async fn find_config(State(state): State<AppState>) -> Json<Config> {
    Json(Config::clone(&state.config.current()))
}

/// Changes the global settings: what is given is replaced.
#[utoipa::path(patch, path = "/api/config", request_body = ConfigPatch, responses((status = 200, body = Config)))]
pub(crate) async fn update_config(
    State(state): State<AppState>,
    Body(patch): Body<ConfigPatch>,
) -> Result<Json<Config>, ApiError> {
    let owner = state.clone();
    let updated = owner.tasks.spawn_blocking(move || {
        let updated = state.config.update(patch)?;
        state.wake.notify_one();
        state.add_notices(updated.1);
        Ok::<_, crate::config_file::ConfigError>(updated.0)
    });
    let config = updated.await.map_err(ApiError::internal)??;
    Ok(Json(Config::clone(&config)))
}

/// What the user should know about the board itself.
#[utoipa::path(get, path = "/api/notices", responses((status = 200, body = Page<Notice>)))]
pub(crate) async fn list_notices(State(state): State<AppState>) -> Json<Page<Notice>> {
    Json(Page::whole(state.notices()))
}

/// Ends the server; agents go on.
#[utoipa::path(post, path = "/api/shutdown", responses((status = 202)))]
pub(crate) async fn shut_down(State(state): State<AppState>) -> StatusCode {
    state.shutdown.request();
    StatusCode::ACCEPTED
}
