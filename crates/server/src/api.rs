//! The HTTP interface: extract, call, respond. One module per resource.

pub(crate) mod agents;
pub(crate) mod approval_preview;
pub(crate) mod approvals;
pub(crate) mod attachments;
pub(crate) mod attempts;
pub(crate) mod caller;
pub(crate) mod diff;
pub(crate) mod extract;
pub(crate) mod failure;
pub(crate) mod logs;
pub(crate) mod messages;
pub(crate) mod projects;
pub(crate) mod raw;
pub(crate) mod server;
pub(crate) mod tasks;
pub(crate) mod trust;

use axum::{Router, extract::DefaultBodyLimit, routing::get};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{guard::UPLOAD_BYTES_MAX, live, state::AppState};

#[derive(OpenApi)]
#[openapi(info(
    title = "eval-kanban",
    description = "The board's interface. Every call but health needs the token as a bearer; changes are JSON."
))]
struct Description;

/// The router of everything below `/api` and `/ws`.
pub fn router(state: AppState) -> Router {
    let (router, description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(server_routes())
        .merge(project_routes())
        .merge(task_routes())
        .merge(attempt_routes())
        .merge(control_routes())
        .merge(attachment_routes())
        .split_for_parts();
    let document = serde_json::to_string(&description).unwrap_or_default();
    router.route("/api/openapi.json", get(move || async move { server::openapi(document) })).with_state(state)
}

fn server_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(server::find_health))
        .routes(routes!(server::find_config, server::update_config))
        .routes(routes!(server::list_notices))
        .routes(routes!(server::shut_down))
        .routes(routes!(live::board_socket))
        .routes(routes!(live::attempt_socket))
        .routes(routes!(agents::list_agents, agents::create_agent))
        .routes(routes!(agents::find_agent, agents::update_agent, agents::delete_agent))
}

fn project_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(projects::list_projects, projects::create_project))
        .routes(routes!(projects::find_project, projects::update_project, projects::delete_project))
        .routes(routes!(projects::validate_project))
        .routes(routes!(trust::find_trust, trust::decide_trust))
        .routes(routes!(tasks::list_project_tasks, tasks::create_project_task))
}

fn task_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(tasks::list_tasks, tasks::create_task))
        .routes(routes!(tasks::find_task, tasks::update_task, tasks::delete_task))
        .routes(routes!(tasks::move_task))
        .routes(routes!(tasks::start_task))
        .routes(routes!(tasks::cancel_task))
        .routes(routes!(tasks::approve_task))
        .routes(routes!(tasks::reject_task))
        .routes(routes!(tasks::merge_task))
        .routes(routes!(attempts::list_task_attempts, attempts::start_task_attempt))
        .routes(routes!(logs::stream_task_logs))
}

fn attempt_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(attempts::find_attempt))
        .routes(routes!(attempts::list_events))
        .routes(routes!(raw::read_raw))
        .routes(routes!(attempts::cancel_attempt))
        .routes(routes!(attempts::approve_attempt))
        .routes(routes!(attempts::discard_attempt))
        .routes(routes!(diff::find_diff))
        .routes(routes!(diff::find_file_diff))
}

fn control_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(approvals::list_pending_approvals))
        .routes(routes!(approvals::find_approval, approvals::resolve_approval))
        .routes(routes!(approval_preview::preview_approval))
        .routes(routes!(approvals::list_pending_questions))
        .routes(routes!(approvals::find_question, approvals::resolve_question))
        .routes(routes!(approvals::list_rules, approvals::delete_rules))
        .routes(routes!(approvals::delete_rule))
        .routes(routes!(messages::list_attempt_messages, messages::send_message))
        .routes(routes!(messages::update_message, messages::withdraw_message))
        .routes(routes!(messages::list_task_messages, messages::post_message))
        .routes(routes!(messages::interrupt_attempt))
        .routes(routes!(messages::finish_attempt))
        .routes(routes!(messages::resume_attempt))
        .routes(routes!(messages::set_mode))
}

/// The guard bounds what is uploaded; the extractor's own, smaller bound is for everything else.
fn attachment_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(attachments::upload_attachment))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
        .routes(routes!(attachments::read_attachment))
}
