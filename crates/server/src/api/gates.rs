//! Gates of an attempt: how they stand, running and stopping them, their output.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{Attempt, AttemptId, GateRun, GateRunId, Page};
use executor::RawStream;

use crate::{
    api::{
        extract::PathOf,
        raw::{Part, respond_with},
    },
    error::ApiError,
    state::AppState,
    workflow::{run_gates as gates, send_gates as send},
};

/// The project's gates in order, each with its last run; then the setup and the gates before a merge, where they ran.
#[utoipa::path(
    get, path = "/api/attempts/{id}/gates", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Page<GateRun>))
)]
pub(crate) async fn list_gates(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Page<GateRun>>, ApiError> {
    gates::list_gates(&state, id).await.map(Page::whole).map(Json)
}

/// Runs all gates on an attempt that is not at work.
#[utoipa::path(
    post, path = "/api/attempts/{id}/gates/run", params(("id" = AttemptId, Path)),
    responses((status = 202, body = Page<GateRun>))
)]
pub(crate) async fn run_gates(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<(StatusCode, Json<Page<GateRun>>), ApiError> {
    gates::run_gates(&state, id, None).await?;
    Ok((StatusCode::ACCEPTED, Json(Page::whole(gates::list_gates(&state, id).await?))))
}

/// Runs one gate on an attempt that is not at work.
#[utoipa::path(
    post, path = "/api/attempts/{id}/gates/{name}/run", params(("id" = AttemptId, Path), ("name" = String, Path)),
    responses((status = 202, body = GateRun))
)]
pub(crate) async fn run_gate(
    State(state): State<AppState>,
    PathOf((id, name)): PathOf<(AttemptId, String)>,
) -> Result<(StatusCode, Json<GateRun>), ApiError> {
    gates::run_gates(&state, id, Some(&name)).await?;
    Ok((StatusCode::ACCEPTED, Json(gates::find_gate(&state, id, &name).await?)))
}

/// Stops a gate that runs or waits.
#[utoipa::path(
    post, path = "/api/attempts/{id}/gates/{name}/cancel",
    params(("id" = AttemptId, Path), ("name" = String, Path)), responses((status = 200, body = GateRun))
)]
pub(crate) async fn cancel_gate(
    State(state): State<AppState>,
    PathOf((id, name)): PathOf<(AttemptId, String)>,
) -> Result<Json<GateRun>, ApiError> {
    gates::cancel_gate(&state, id, &name).await.map(Json)
}

/// Lets the agent go on with what the failed gates said, as a new attempt.
#[utoipa::path(
    post, path = "/api/attempts/{id}/gates/send", params(("id" = AttemptId, Path)),
    responses((status = 201, body = Attempt))
)]
pub(crate) async fn send_gates(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<(StatusCode, Json<Attempt>), ApiError> {
    Ok((StatusCode::CREATED, Json(send::send_gates(&state, id).await?)))
}

/// What a run of a gate wrote, both streams as they came; what there is so far while it runs. With `Range: bytes=…` a
/// part of it.
#[utoipa::path(
    get, path = "/api/gate-runs/{id}/output", params(("id" = GateRunId, Path)),
    responses((status = 200, content_type = "text/plain"), (status = 206, content_type = "text/plain"))
)]
pub(crate) async fn read_gate_output(
    State(state): State<AppState>,
    PathOf(id): PathOf<GateRunId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let run = db::find_gate_run(&mut *state.store.read().await?, id).await?;
    let part = Part::open(RawStream::new(state.run_dir(&run.directory))).await?;
    respond_with(vec![part], &headers)
}
