//! What people say to agents and about tasks, and how they steer an agent that is there.

use axum::{Json, extract::State, http::StatusCode};
use db::{Durability, NewMessage};
use domain::{
    Attempt, AttemptId, Message, MessageAim, MessageId, Page, PostMessage, ResumeAttempt, SendMessage,
    SetMode, TaskId, UpdateMessage,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::{
        extract::{Body, PathOf},
        failure::{conflict, invalid},
    },
    clock::{new_id, now},
    error::ApiError,
    state::{AppState, transaction},
    workflow::{continue_attempt as going_on, send_message as send, steer_attempt as steer},
};

/// A body without fields.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// All messages to an attempt's agent, the oldest first.
#[utoipa::path(
    get, path = "/api/attempts/{id}/messages", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Page<Message>))
)]
pub(crate) async fn list_attempt_messages(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Page<Message>>, ApiError> {
    let mut connection = state.store.read().await?;
    db::find_attempt(&mut connection, id).await?;
    Ok(Json(Page::whole(db::list_attempt_messages(&mut connection, id).await?)))
}

/// Says something to an attempt's agent. One that has ended goes on with it, in its session and worktree.
#[utoipa::path(
    post, path = "/api/attempts/{id}/messages", params(("id" = AttemptId, Path)), request_body = SendMessage,
    responses((status = 201, body = Message))
)]
pub(crate) async fn send_message(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(request): Body<SendMessage>,
) -> Result<(StatusCode, Json<Message>), ApiError> {
    let message = send::send_message(&state, id, request).await?;
    Ok((StatusCode::CREATED, Json(message)))
}

/// Changes or moves a message that its agent has not taken up; 409 if it came too late.
#[utoipa::path(
    patch, path = "/api/messages/{id}", params(("id" = MessageId, Path)), request_body = UpdateMessage,
    responses((status = 200, body = Message))
)]
pub(crate) async fn update_message(
    State(state): State<AppState>,
    PathOf(id): PathOf<MessageId>,
    Body(request): Body<UpdateMessage>,
) -> Result<Json<Message>, ApiError> {
    send::update_message(&state, id, request).await.map(Json)
}

/// Withdraws a message that its agent has not taken up; 409 if it came too late.
#[utoipa::path(
    delete, path = "/api/messages/{id}", params(("id" = MessageId, Path)), responses((status = 200, body = Message))
)]
pub(crate) async fn withdraw_message(
    State(state): State<AppState>,
    PathOf(id): PathOf<MessageId>,
) -> Result<Json<Message>, ApiError> {
    send::withdraw_message(&state, id).await.map(Json)
}

/// Everything that was said about a task and to its agents, the oldest first.
#[utoipa::path(
    get, path = "/api/tasks/{id}/messages", params(("id" = TaskId, Path)),
    responses((status = 200, body = Page<Message>))
)]
pub(crate) async fn list_task_messages(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
) -> Result<Json<Page<Message>>, ApiError> {
    let mut connection = state.store.read().await?;
    db::find_task(&mut connection, id).await?;
    Ok(Json(Page::whole(db::list_task_messages(&mut connection, id).await?)))
}

/// Says something in a task's conversation: to the agent of its newest attempt, or to whoever reads the task.
#[utoipa::path(
    post, path = "/api/tasks/{id}/messages", params(("id" = TaskId, Path)), request_body = PostMessage,
    responses((status = 201, body = Message))
)]
pub(crate) async fn post_message(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
    Body(request): Body<PostMessage>,
) -> Result<(StatusCode, Json<Message>), ApiError> {
    let message = match request.to {
        MessageAim::Agent => send_to_newest(&state, id, request).await?,
        MessageAim::Task => note(&state, id, request).await?,
        MessageAim::Prd => {
            return Err(invalid(
                "to",
                "this version has no chat about the PRD: say it to the agent or the task",
            ));
        }
    };
    Ok((StatusCode::CREATED, Json(message)))
}

async fn send_to_newest(
    state: &AppState,
    task_id: TaskId,
    request: PostMessage,
) -> Result<Message, ApiError> {
    let mut connection = state.store.read().await?;
    let newest = db::find_task(&mut connection, task_id).await?.last_attempt;
    drop(connection);
    let Some(newest) = newest else {
        return Err(conflict(
            "no agent has worked on this task: write it into the description, or start it first",
        ));
    };
    let PostMessage { body, attachments, .. } = request;
    send::send_message(state, newest.id, SendMessage { body, attachments, delivery: None }).await
}

async fn note(state: &AppState, task_id: TaskId, request: PostMessage) -> Result<Message, ApiError> {
    if request.body.trim().is_empty() {
        return Err(invalid("body", "say something"));
    }
    if request.attachments.is_some_and(|attachments| !attachments.is_empty()) {
        return Err(invalid("attachments", "files go to agents only: attach them to a message to the agent"));
    }
    let (id, at) = (new_id::<MessageId>(), now());
    let body = request.body.trim_end().to_owned();
    let new = NewMessage { id, task_id, attempt_id: None, body, attachments: Vec::new() };
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::insert_message(tx, &new, at).await })
    });
    state.store.write(Durability::Full, work).await?;
    send::find_message(state, id).await
}

/// Stops what an attempt's agent does now; the attempt then waits for a message.
#[utoipa::path(
    post, path = "/api/attempts/{id}/interrupt", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn interrupt_attempt(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Attempt>, ApiError> {
    steer::interrupt_attempt(&state, id).await.map(Json)
}

/// Ends an attempt whose turn was stopped: its work goes to Review as it is.
#[utoipa::path(
    post, path = "/api/attempts/{id}/finish", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn finish_attempt(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Attempt>, ApiError> {
    steer::finish_stopped(&state, id).await.map(Json)
}

/// Lets an attempt that failed, was lost or cancelled go on in its session and worktree.
#[utoipa::path(
    post, path = "/api/attempts/{id}/resume", params(("id" = AttemptId, Path)), request_body = ResumeAttempt,
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn resume_attempt(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(request): Body<ResumeAttempt>,
) -> Result<Json<Attempt>, ApiError> {
    going_on::resume_attempt(&state, id, request).await.map(Json)
}

/// Changes what an attempt's agent may do unasked.
#[utoipa::path(
    post, path = "/api/attempts/{id}/mode", params(("id" = AttemptId, Path)), request_body = SetMode,
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn set_mode(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(request): Body<SetMode>,
) -> Result<Json<Attempt>, ApiError> {
    steer::set_mode(&state, id, request.mode).await.map(Json)
}
