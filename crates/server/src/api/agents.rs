//! Agent profiles.

use axum::{Json, extract::State, http::StatusCode};
use db::Durability;
use domain::{Agent, AgentId, CreateAgent, Page, PermissionMode, UpdateAgent};

use crate::{
    api::{
        extract::{Body, PathOf},
        failure::invalid,
    },
    clock::new_id,
    error::ApiError,
    state::{AppState, transaction},
    workflow::register_project::checked_name,
};

/// All profiles.
#[utoipa::path(get, path = "/api/agents", responses((status = 200, body = Page<Agent>)))]
pub(crate) async fn list_agents(State(state): State<AppState>) -> Result<Json<Page<Agent>>, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(Json(Page::whole(db::list_agents(&mut connection).await?)))
}

/// Makes a profile.
#[utoipa::path(post, path = "/api/agents", request_body = CreateAgent, responses((status = 201, body = Agent)))]
pub(crate) async fn create_agent(
    State(state): State<AppState>,
    Body(request): Body<CreateAgent>,
) -> Result<(StatusCode, Json<Agent>), ApiError> {
    let agent = Agent {
        id: new_id::<AgentId>(),
        name: checked_name(request.name)?,
        adapter: request.adapter,
        command: filled(request.command),
        model: filled(request.model),
        mode: request.mode.unwrap_or(PermissionMode::Bypass),
        append_prompt: filled(request.append_prompt),
        env: request.env.unwrap_or_default(),
        extra_args: request.extra_args.unwrap_or_default(),
        limits: request.limits.unwrap_or_default(),
        repeat: request.repeat.unwrap_or_default(),
        is_default: request.is_default.unwrap_or(false),
    };
    check(&agent)?;
    let id = agent.id;
    let work = transaction::<Agent, db::Error, _>(move |tx| {
        Box::pin(async move {
            db::insert_agent(tx, &agent).await?;
            db::find_agent(tx.connection(), id).await
        })
    });
    let agent = state.store.write(Durability::Full, work).await?;
    Ok((StatusCode::CREATED, Json(agent)))
}

/// A profile.
#[utoipa::path(get, path = "/api/agents/{id}", params(("id" = AgentId, Path)), responses((status = 200, body = Agent)))]
pub(crate) async fn find_agent(
    State(state): State<AppState>,
    PathOf(id): PathOf<AgentId>,
) -> Result<Json<Agent>, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(Json(db::find_agent(&mut connection, id).await?))
}

/// Changes a profile: what is given is replaced.
#[utoipa::path(
    patch, path = "/api/agents/{id}", params(("id" = AgentId, Path)), request_body = UpdateAgent,
    responses((status = 200, body = Agent))
)]
pub(crate) async fn update_agent(
    State(state): State<AppState>,
    PathOf(id): PathOf<AgentId>,
    Body(patch): Body<UpdateAgent>,
) -> Result<Json<Agent>, ApiError> {
    let work = transaction::<Agent, ApiError, _>(move |tx| {
        Box::pin(async move {
            let agent = patched(db::find_agent(tx.connection(), id).await?, patch)?;
            check(&agent)?;
            db::update_agent(tx, &agent).await?;
            Ok(db::find_agent(tx.connection(), id).await?)
        })
    });
    Ok(Json(state.store.write(Durability::Full, work).await?))
}

/// Deletes a profile that is not the default.
#[utoipa::path(delete, path = "/api/agents/{id}", params(("id" = AgentId, Path)), responses((status = 204)))]
pub(crate) async fn delete_agent(
    State(state): State<AppState>,
    PathOf(id): PathOf<AgentId>,
) -> Result<StatusCode, ApiError> {
    let work =
        transaction::<(), db::Error, _>(move |tx| Box::pin(async move { db::delete_agent(tx, id).await }));
    state.store.write(Durability::Full, work).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn patched(agent: Agent, patch: UpdateAgent) -> Result<Agent, ApiError> {
    Ok(Agent {
        id: agent.id,
        name: patch.name.map_or(Ok(agent.name), checked_name)?,
        adapter: agent.adapter,
        command: replaced(agent.command, patch.command),
        model: replaced(agent.model, patch.model),
        mode: patch.mode.unwrap_or(agent.mode),
        append_prompt: replaced(agent.append_prompt, patch.append_prompt),
        env: patch.env.unwrap_or(agent.env),
        extra_args: patch.extra_args.unwrap_or(agent.extra_args),
        limits: patch.limits.unwrap_or(agent.limits),
        repeat: patch.repeat.unwrap_or(agent.repeat),
        is_default: patch.is_default.unwrap_or(agent.is_default),
    })
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn replaced(before: Option<String>, patch: Option<String>) -> Option<String> {
    match patch {
        Some(text) => filled(Some(text)),
        None => before,
    }
}

/// What the system could not hand to a process.
fn check(agent: &Agent) -> Result<(), ApiError> {
    let is_name = |name: &str| !name.is_empty() && !name.contains(['=', '\0']);
    if !agent.env.iter().all(|(name, value)| is_name(name) && !value.contains('\0')) {
        return Err(invalid("env", "names of variables have no = and are not empty"));
    }
    if agent.extra_args.iter().any(|argument| argument.contains('\0')) {
        return Err(invalid("extra_args", "arguments have no NUL"));
    }
    Ok(())
}
