//! Projects.

use axum::{Json, extract::State, http::StatusCode};
use db::Durability;
use domain::{
    CreateProject, Page, Project, ProjectId, ProjectSettings, ProjectValidation, Timestamp, UpdateProject,
};

use crate::{
    api::{
        extract::{Body, PathOf},
        failure::invalid,
    },
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        register_project::{check_settings, checked_name, register_project},
        validate_project as validate,
    },
};

/// All projects on the board.
#[utoipa::path(get, path = "/api/projects", responses((status = 200, body = Page<Project>)))]
pub(crate) async fn list_projects(State(state): State<AppState>) -> Result<Json<Page<Project>>, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(Json(Page::whole(db::list_projects(&mut connection).await?)))
}

/// Puts a repository on the board. Nothing is written into it.
#[utoipa::path(
    post, path = "/api/projects", request_body = CreateProject, responses((status = 201, body = Project))
)]
pub(crate) async fn create_project(
    State(state): State<AppState>,
    Body(request): Body<CreateProject>,
) -> Result<(StatusCode, Json<Project>), ApiError> {
    let project = register_project(&state, request).await?;
    Ok((StatusCode::CREATED, Json(project)))
}

/// A project.
#[utoipa::path(
    get, path = "/api/projects/{id}", params(("id" = ProjectId, Path)), responses((status = 200, body = Project))
)]
pub(crate) async fn find_project(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
) -> Result<Json<Project>, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(Json(db::find_project(&mut connection, id).await?))
}

/// Changes a project: what is given is replaced, in its settings key by key.
#[utoipa::path(
    patch, path = "/api/projects/{id}", params(("id" = ProjectId, Path)), request_body = UpdateProject,
    responses((status = 200, body = Project))
)]
pub(crate) async fn update_project(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
    Body(patch): Body<UpdateProject>,
) -> Result<Json<Project>, ApiError> {
    check_branch(&state, id, patch.default_branch.as_deref()).await?;
    let at = now();
    let work = transaction::<Project, ApiError, _>(move |tx| {
        Box::pin(async move {
            let project = patched(db::find_project(tx.connection(), id).await?, patch, at)?;
            check_settings(&project)?;
            db::update_project(tx, &project).await?;
            Ok(db::find_project(tx.connection(), id).await?)
        })
    });
    Ok(Json(state.store.write(Durability::Full, work).await?))
}

async fn check_branch(state: &AppState, id: ProjectId, branch: Option<&str>) -> Result<(), ApiError> {
    let Some(branch) = branch else { return Ok(()) };
    let mut connection = state.store.read().await?;
    let project = db::find_project(&mut connection, id).await?;
    drop(connection);
    let found = state.repositories.open(&project.path).await?.find_branch(branch).await?;
    match found {
        Some(_) => Ok(()),
        None => Err(invalid("default_branch", format!("there is no branch {branch} in this repository"))),
    }
}

fn patched(project: Project, patch: UpdateProject, at: Timestamp) -> Result<Project, ApiError> {
    Ok(Project {
        name: patch.name.map_or(Ok(project.name), checked_name)?,
        default_branch: patch.default_branch.unwrap_or(project.default_branch),
        board: patch.board.unwrap_or(project.board),
        settings: merged(project.settings, patch.settings.unwrap_or_default())?,
        updated_at: at,
        ..project
    })
}

/// Lays the given keys over the stored settings.
fn merged(
    settings: ProjectSettings,
    patch: serde_json::Map<String, serde_json::Value>,
) -> Result<ProjectSettings, ApiError> {
    let mut value = serde_json::to_value(settings).map_err(ApiError::internal)?;
    if let Some(stored) = value.as_object_mut() {
        stored.extend(patch);
    }
    serde_json::from_value(value).map_err(|error| invalid("settings", format!("`settings`: {error}")))
}

/// Takes a project off the board. The repository and everything stored stay.
#[utoipa::path(delete, path = "/api/projects/{id}", params(("id" = ProjectId, Path)), responses((status = 204)))]
pub(crate) async fn delete_project(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
) -> Result<StatusCode, ApiError> {
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::delete_project(tx, id, at).await })
    });
    state.store.write(Durability::Full, work).await?;
    // Its gates that still run find out that nobody waits for them.
    state.steered.send_replace(());
    Ok(StatusCode::NO_CONTENT)
}

/// Checks whether the project can be worked on.
#[utoipa::path(
    post, path = "/api/projects/{id}/validate", params(("id" = ProjectId, Path)),
    responses((status = 200, body = ProjectValidation))
)]
pub(crate) async fn validate_project(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
) -> Result<Json<ProjectValidation>, ApiError> {
    Ok(Json(validate::validate_project(&state, id).await?))
}
