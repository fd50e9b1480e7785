//! The HTTP interface: extract, call, respond. One module per resource.

pub(crate) mod agents;
pub(crate) mod approval_preview;
pub(crate) mod approvals;
pub(crate) mod attachments;
pub(crate) mod attempts;
pub(crate) mod caller;
pub(crate) mod checkpoints;
pub(crate) mod comments;
pub(crate) mod diff;
pub(crate) mod extract;
pub(crate) mod failure;
pub(crate) mod gates;
pub(crate) mod github;
pub(crate) mod logs;
pub(crate) mod merge;
pub(crate) mod messages;
pub(crate) mod projects;
pub(crate) mod radar;
pub(crate) mod raw;
pub(crate) mod recovery;
pub(crate) mod review;
pub(crate) mod server;
pub(crate) mod tasks;
pub(crate) mod trust;

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    routing::{MethodRouter, get},
};
use utoipa::{OpenApi, openapi::path::HttpMethod};
use utoipa_axum::{PathItemExt, paste, router::OpenApiRouter, routes};

use crate::{guard::UPLOAD_BYTES_MAX, live, state::AppState};

#[derive(OpenApi)]
#[openapi(info(
    title = "eval-kanban",
    description = "The board's interface. Every call but health needs the token as a bearer; changes are JSON."
))]
struct Description;

/// Declares the interface once, as groups of handlers, and makes of it a router for each group, and the document.
///
/// The document is put together only for whoever asks for it: that costs more than the rest of a start.
macro_rules! interface {
    ($($group:ident { $($module:ident :: $handler:ident),* $(,)? })*) => {
        $(fn $group() -> Router<AppState> {
            Router::new()$(.route(
                &paste! { <$module::[<__path_ $handler>] as utoipa::Path>::path() },
                on_each(&paste! { <$module::[<__path_ $handler>] as utoipa::Path>::methods() }, |filter| {
                    axum::routing::on(filter, $module::$handler)
                }),
            ))*
        })*

        /// The interface's OpenAPI document.
        fn document() -> utoipa::openapi::OpenApi {
            OpenApiRouter::<AppState>::with_openapi(Description::openapi())
                $($(.routes(routes!($module::$handler)))*)*
                .into_openapi()
        }
    };
}

/// The router of everything below `/api` and `/ws`.
pub fn router(state: AppState) -> Router {
    // The guard bounds what is uploaded; the extractor's own, smaller bound is for everything else.
    let attachments = attachment_routes().layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX));
    Router::new()
        .merge(server_routes())
        .merge(project_routes())
        .merge(task_routes())
        .merge(attempt_routes())
        .merge(review_routes())
        .merge(merge_routes())
        .merge(control_routes())
        .merge(attachments)
        .route("/api/openapi.json", get(async || Json(document())))
        .with_state(state)
}

fn on_each(
    methods: &[HttpMethod],
    route: impl Fn(axum::routing::MethodFilter) -> MethodRouter<AppState>,
) -> MethodRouter<AppState> {
    methods.iter().fold(MethodRouter::new(), |all, method| all.merge(route(method.to_method_filter())))
}

interface! {
    server_routes {
        server::find_health,
        server::find_config,
        server::update_config,
        server::list_notices,
        server::shut_down,
        live::board_socket,
        live::attempt_socket,
        agents::list_agents,
        agents::create_agent,
        agents::find_agent,
        agents::update_agent,
        agents::delete_agent,
    }
    project_routes {
        projects::list_projects,
        projects::create_project,
        projects::find_project,
        projects::update_project,
        projects::delete_project,
        projects::validate_project,
        trust::find_trust,
        trust::decide_trust,
        tasks::list_project_tasks,
        tasks::create_project_task,
    }
    task_routes {
        tasks::list_tasks,
        tasks::create_task,
        tasks::find_task,
        tasks::update_task,
        tasks::delete_task,
        tasks::move_task,
        tasks::start_task,
        tasks::cancel_task,
        tasks::approve_task,
        tasks::reject_task,
        tasks::merge_task,
        attempts::list_task_attempts,
        attempts::start_task_attempt,
        logs::stream_task_logs,
    }
    attempt_routes {
        attempts::find_attempt,
        attempts::list_events,
        raw::read_raw,
        attempts::cancel_attempt,
        attempts::approve_attempt,
        attempts::discard_attempt,
        diff::find_diff,
        diff::find_file_diff,
        diff::list_diff_scopes,
        diff::read_diff_content,
        diff::set_viewed,
        checkpoints::list_checkpoints,
        checkpoints::restore_checkpoint,
        recovery::preview_discard,
        recovery::restore_attempt,
        recovery::list_recovery,
        recovery::restore_item,
        radar::find_radar,
        gates::list_gates,
        gates::run_gates,
        gates::run_gate,
        gates::cancel_gate,
        gates::send_gates,
        gates::read_gate_output,
    }
    review_routes {
        comments::list_comments,
        comments::create_comment,
        comments::update_comment,
        comments::delete_comment,
        comments::send_comment,
        review::request_changes,
        review::retry_attempt,
        review::find_report,
        github::find_github,
        github::update_github,
        github::refresh_pull_request,
    }
    merge_routes {
        merge::preview_merge,
        merge::undo_merge,
        merge::resolve_conflicts,
        merge::open_editor,
    }
    control_routes {
        approvals::list_pending_approvals,
        approvals::find_approval,
        approvals::resolve_approval,
        approval_preview::preview_approval,
        approvals::list_pending_questions,
        approvals::find_question,
        approvals::resolve_question,
        approvals::list_rules,
        approvals::delete_rules,
        approvals::delete_rule,
        messages::list_attempt_messages,
        messages::send_message,
        messages::update_message,
        messages::withdraw_message,
        messages::list_task_messages,
        messages::post_message,
        messages::interrupt_attempt,
        messages::finish_attempt,
        messages::resume_attempt,
        messages::set_mode,
    }
    attachment_routes {
        attachments::upload_attachment,
        attachments::read_attachment,
    }
}
