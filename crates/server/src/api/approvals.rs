//! What waits for a person: approvals and questions, and the rules that were remembered.

use axum::{Json, extract::State, http::StatusCode};
use db::Durability;
use domain::{
    Approval, ApprovalId, Page, ProjectId, Question, QuestionId, ResolveApproval, ResolveQuestion, Rule,
    RuleId,
};

use crate::{
    api::{
        caller::Caller,
        extract::{Body, PathOf},
    },
    error::ApiError,
    state::{AppState, transaction},
    workflow::resolve_approval as resolve,
};

/// Tool calls and plans that wait, of all projects, the longest first.
#[utoipa::path(get, path = "/api/approvals/pending", responses((status = 200, body = Page<Approval>)))]
pub(crate) async fn list_pending_approvals(
    State(state): State<AppState>,
) -> Result<Json<Page<Approval>>, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(Json(Page::whole(db::list_pending_approvals(&mut connection).await?)))
}

/// A tool call or plan, answered or not.
#[utoipa::path(
    get, path = "/api/approvals/{id}", params(("id" = ApprovalId, Path)), responses((status = 200, body = Approval))
)]
pub(crate) async fn find_approval(
    State(state): State<AppState>,
    PathOf(id): PathOf<ApprovalId>,
) -> Result<Json<Approval>, ApiError> {
    resolve::find_approval(&state, id).await.map(Json)
}

/// Answers a tool call or plan. A second answer is 409 and tells who was first.
#[utoipa::path(
    post, path = "/api/approvals/{id}", params(("id" = ApprovalId, Path)), request_body = ResolveApproval,
    responses((status = 200, body = Approval))
)]
pub(crate) async fn resolve_approval(
    State(state): State<AppState>,
    PathOf(id): PathOf<ApprovalId>,
    Caller(by): Caller,
    Body(answer): Body<ResolveApproval>,
) -> Result<Json<Approval>, ApiError> {
    resolve::resolve_approval(&state, id, answer, by).await.map(Json)
}

/// Questions that wait, of all projects, the longest first.
#[utoipa::path(get, path = "/api/questions/pending", responses((status = 200, body = Page<Question>)))]
pub(crate) async fn list_pending_questions(
    State(state): State<AppState>,
) -> Result<Json<Page<Question>>, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(Json(Page::whole(db::list_pending_questions(&mut connection).await?)))
}

/// A question, answered or not.
#[utoipa::path(
    get, path = "/api/questions/{id}", params(("id" = QuestionId, Path)), responses((status = 200, body = Question))
)]
pub(crate) async fn find_question(
    State(state): State<AppState>,
    PathOf(id): PathOf<QuestionId>,
) -> Result<Json<Question>, ApiError> {
    resolve::find_question(&state, id).await.map(Json)
}

/// Answers a question, or leaves it to the agent. A second answer is 409 and tells who was first.
#[utoipa::path(
    post, path = "/api/questions/{id}", params(("id" = QuestionId, Path)), request_body = ResolveQuestion,
    responses((status = 200, body = Question))
)]
pub(crate) async fn resolve_question(
    State(state): State<AppState>,
    PathOf(id): PathOf<QuestionId>,
    Caller(by): Caller,
    Body(answer): Body<ResolveQuestion>,
) -> Result<Json<Question>, ApiError> {
    resolve::resolve_question(&state, id, answer, by).await.map(Json)
}

/// What was remembered for a project, the newest first.
#[utoipa::path(
    get, path = "/api/projects/{id}/rules", params(("id" = ProjectId, Path)),
    responses((status = 200, body = Page<Rule>))
)]
pub(crate) async fn list_rules(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
) -> Result<Json<Page<Rule>>, ApiError> {
    let mut connection = state.store.read().await?;
    db::find_project(&mut connection, id).await?;
    Ok(Json(Page::whole(db::list_rules(&mut connection, id).await?)))
}

/// Forgets everything that was remembered for a project.
#[utoipa::path(
    delete, path = "/api/projects/{id}/rules", params(("id" = ProjectId, Path)), responses((status = 204))
)]
pub(crate) async fn delete_rules(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
) -> Result<StatusCode, ApiError> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::find_project(tx.connection(), id).await?;
            db::delete_rules(tx, id).await
        })
    });
    state.store.write(Durability::Full, work).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets one rule.
#[utoipa::path(
    delete, path = "/api/projects/{id}/rules/{rule_id}",
    params(("id" = ProjectId, Path), ("rule_id" = RuleId, Path)), responses((status = 204))
)]
pub(crate) async fn delete_rule(
    State(state): State<AppState>,
    PathOf((id, rule_id)): PathOf<(ProjectId, RuleId)>,
) -> Result<StatusCode, ApiError> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::delete_rule(tx, id, rule_id).await })
    });
    state.store.write(Durability::Full, work).await?;
    Ok(StatusCode::NO_CONTENT)
}
