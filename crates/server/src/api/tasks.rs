//! Tasks: the cards of a board.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use db::{Durability, Placement, WriteTx};
use domain::{
    ApproveTask, Attempt, CreateTask, MergeResult, MergeTask, MoveTask, Page, PermissionMode, Priority,
    ProjectId, RejectTask, StartAttempt, Task, TaskId, TaskStatus, Timestamp, UpdateTask, check_move,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    api::{
        extract::{Body, PathOf, QueryOf},
        failure::invalid,
    },
    clock::{new_id, now},
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        approve_attempt::{approve_attempt, ready_attempt},
        cancel_attempt, delete_task as delete,
        merge_attempt::{Approval, merge_attempt},
        refuse_start::check_ready,
        reject_task as reject,
        start_attempt::{queue_attempt, start_attempt},
    },
};

const TITLE_CHARS_MAX: usize = 500;
const DESCRIPTION_BYTES_MAX: usize = 256 * 1024;
const LABEL_CHARS_MAX: usize = 60;
const LIST_ENTRIES_MAX: usize = 200;

/// Which cards of a board.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TaskFilter {
    /// Of this column.
    status: Option<TaskStatus>,
    /// With this label.
    label: Option<String>,
    /// This urgent.
    priority: Option<Priority>,
    /// For this agent profile.
    agent_id: Option<domain::AgentId>,
    /// With this text in number, title, description or a label.
    q: Option<String>,
}

impl TaskFilter {
    const fn is_empty(&self) -> bool {
        self.status.is_none()
            && self.label.is_none()
            && self.priority.is_none()
            && self.agent_id.is_none()
            && self.q.is_none()
    }

    fn matches(&self, task: &Task) -> bool {
        self.status.is_none_or(|status| task.status == status)
            && self.label.as_ref().is_none_or(|label| task.labels.contains(label))
            && self.priority.is_none_or(|priority| task.priority == Some(priority))
            && self.agent_id.is_none_or(|agent_id| task.agent_id == Some(agent_id))
            && self.q.as_deref().is_none_or(|text| has_text(task, text))
    }
}

fn has_text(task: &Task, text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let number = format!("#{}", task.number);
    let has = |field: &str| field.to_lowercase().contains(&text);
    number == text || has(&task.title) || has(&task.description) || task.labels.iter().any(|label| has(label))
}

/// The cards of a project in board order.
#[utoipa::path(
    get, path = "/api/projects/{id}/tasks", params(("id" = ProjectId, Path), TaskFilter),
    responses((status = 200, body = Page<Task>))
)]
pub(crate) async fn list_project_tasks(
    State(state): State<AppState>,
    PathOf(project_id): PathOf<ProjectId>,
    QueryOf(filter): QueryOf<TaskFilter>,
) -> Result<Response, ApiError> {
    let body = board_body(&state, project_id, &filter).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// The cards as the body of the answer: from the cache, which is filled from the database the first time.
async fn board_body(state: &AppState, project_id: ProjectId, filter: &TaskFilter) -> Result<Bytes, ApiError> {
    let cached = || {
        if filter.is_empty() {
            state.board.cached_body(project_id)
        } else {
            state.board.filtered_body(project_id, |task| filter.matches(task))
        }
    };
    if let Some(body) = cached() {
        return Ok(body);
    }
    let mut connection = state.store.read().await?;
    db::find_project(&mut connection, project_id).await?;
    drop(connection);
    state.board.begin_loading(project_id);
    let mut connection = state.store.read().await?;
    let tasks = db::list_tasks(&mut connection, project_id).await?;
    drop(connection);
    state.board.finish_loading(project_id, tasks);
    cached().ok_or_else(|| ApiError::not_found("project"))
}

/// The flat list: its project comes in the query.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlatFilter {
    /// Its project.
    project_id: ProjectId,
    /// Of this column.
    #[serde(default)]
    status: Option<TaskStatus>,
    /// With this label.
    #[serde(default)]
    label: Option<String>,
    /// This urgent.
    #[serde(default)]
    priority: Option<Priority>,
    /// For this agent profile.
    #[serde(default)]
    agent_id: Option<domain::AgentId>,
    /// With this text.
    #[serde(default)]
    q: Option<String>,
}

/// The cards of a project in board order.
#[utoipa::path(get, path = "/api/tasks", params(FlatFilter), responses((status = 200, body = Page<Task>)))]
pub(crate) async fn list_tasks(
    State(state): State<AppState>,
    QueryOf(query): QueryOf<FlatFilter>,
) -> Result<Response, ApiError> {
    let FlatFilter { project_id, status, label, priority, agent_id, q } = query;
    let filter = TaskFilter { status, label, priority, agent_id, q };
    list_project_tasks(State(state), PathOf(project_id), QueryOf(filter)).await
}

/// Makes a task.
#[utoipa::path(
    post, path = "/api/projects/{id}/tasks", params(("id" = ProjectId, Path)), request_body = CreateTask,
    responses((status = 201, body = Task))
)]
pub(crate) async fn create_project_task(
    State(state): State<AppState>,
    PathOf(project_id): PathOf<ProjectId>,
    Body(request): Body<CreateTask>,
) -> Result<(StatusCode, Json<Task>), ApiError> {
    if request.project_id.is_some_and(|other| other != project_id) {
        return Err(invalid("project_id", "the address names another project"));
    }
    store_task(&state, project_id, request).await
}

/// Makes a task.
#[utoipa::path(post, path = "/api/tasks", request_body = CreateTask, responses((status = 201, body = Task)))]
pub(crate) async fn create_task(
    State(state): State<AppState>,
    Body(request): Body<CreateTask>,
) -> Result<(StatusCode, Json<Task>), ApiError> {
    let project_id =
        request.project_id.ok_or_else(|| invalid("project_id", "say which project the task is for"))?;
    store_task(&state, project_id, request).await
}

async fn store_task(
    state: &AppState,
    project_id: ProjectId,
    request: CreateTask,
) -> Result<(StatusCode, Json<Task>), ApiError> {
    let request = checked_new(request)?;
    let (id, at) = (new_id::<TaskId>(), now());
    let work = transaction::<Task, db::Error, _>(move |tx| {
        Box::pin(async move {
            db::insert_task(tx, id, project_id, &request, at).await?;
            db::find_task(tx.connection(), id).await
        })
    });
    let task = state.store.write(Durability::Full, work).await?;
    Ok((StatusCode::CREATED, Json(task)))
}

fn checked_new(request: CreateTask) -> Result<CreateTask, ApiError> {
    if request.status.is_some_and(TaskStatus::is_system) {
        return Err(invalid("status", "a new task cannot be at work: make it in To Do, then start it"));
    }
    check_texts(request.description.as_deref(), request.labels.as_deref(), request.focus_files.as_deref())?;
    let criteria =
        request.criteria.map(|texts| texts.into_iter().filter(|text| !text.trim().is_empty()).collect());
    Ok(CreateTask { title: checked_title(&request.title)?, criteria, ..request })
}

fn checked_title(title: &str) -> Result<String, ApiError> {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() || title.chars().count() > TITLE_CHARS_MAX {
        return Err(invalid("title", format!("a title has 1 to {TITLE_CHARS_MAX} characters")));
    }
    Ok(title)
}

fn check_texts(
    description: Option<&str>,
    labels: Option<&[String]>,
    focus_files: Option<&[String]>,
) -> Result<(), ApiError> {
    if description.is_some_and(|text| text.len() > DESCRIPTION_BYTES_MAX) {
        return Err(invalid(
            "description",
            "a description has 256 KiB at most: put more into a file of the repository",
        ));
    }
    let is_label = |label: &String| !label.trim().is_empty() && label.chars().count() <= LABEL_CHARS_MAX;
    if labels.is_some_and(|labels| labels.len() > LIST_ENTRIES_MAX || !labels.iter().all(is_label)) {
        return Err(invalid("labels", format!("labels have 1 to {LABEL_CHARS_MAX} characters")));
    }
    if focus_files.is_some_and(|files| files.len() > LIST_ENTRIES_MAX) {
        return Err(invalid("focus_files", format!("at most {LIST_ENTRIES_MAX} files")));
    }
    Ok(())
}

/// A task.
#[utoipa::path(get, path = "/api/tasks/{id}", params(("id" = TaskId, Path)), responses((status = 200, body = Task)))]
pub(crate) async fn find_task(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
) -> Result<Json<Task>, ApiError> {
    read_task(&state, id).await.map(Json)
}

async fn read_task(state: &AppState, id: TaskId) -> Result<Task, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(db::find_task(&mut connection, id).await?)
}

/// Changes a task: what is given is replaced.
#[utoipa::path(
    patch, path = "/api/tasks/{id}", params(("id" = TaskId, Path)), request_body = UpdateTask,
    responses((status = 200, body = Task))
)]
pub(crate) async fn update_task(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
    Body(patch): Body<UpdateTask>,
) -> Result<Json<Task>, ApiError> {
    check_texts(patch.description.as_deref(), patch.labels.as_deref(), patch.focus_files.as_deref())?;
    let title = patch.title.as_deref().map(checked_title).transpose()?;
    let (patch, at) = (UpdateTask { title, ..patch }, now());
    let work = transaction::<Task, db::Error, _>(move |tx| {
        Box::pin(async move {
            db::update_task(tx, id, &patch, at).await?;
            db::find_task(tx.connection(), id).await
        })
    });
    Ok(Json(state.store.write(Durability::Full, work).await?))
}

/// Whether a task at work is cancelled first.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
pub(crate) struct Force {
    /// Cancels a run first.
    force: bool,
}

/// Deletes a task; one at work only with `?force=true`, which cancels its run first.
#[utoipa::path(
    delete, path = "/api/tasks/{id}", params(("id" = TaskId, Path), Force), responses((status = 204))
)]
pub(crate) async fn delete_task(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
    QueryOf(query): QueryOf<Force>,
) -> Result<StatusCode, ApiError> {
    delete::delete_task(&state, id, query.force).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves a task. A move to In Progress starts an attempt.
#[utoipa::path(
    post, path = "/api/tasks/{id}/move", params(("id" = TaskId, Path)), request_body = MoveTask,
    responses((status = 200, body = Task))
)]
pub(crate) async fn move_task(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
    Body(request): Body<MoveTask>,
) -> Result<Json<Task>, ApiError> {
    if request.status == TaskStatus::InProgress {
        check_ready(&state, id, &StartAttempt::default()).await?;
    }
    let (approval_mode, at) = (state.config.current().approval_mode, now());
    let work = transaction::<Task, ApiError, _>(move |tx| {
        Box::pin(async move { store_move(tx, id, &request, approval_mode, at).await })
    });
    Ok(Json(state.store.write(Durability::Full, work).await?))
}

async fn store_move(
    tx: &mut WriteTx,
    id: TaskId,
    request: &MoveTask,
    approval_mode: Option<PermissionMode>,
    at: Timestamp,
) -> Result<Task, ApiError> {
    let task = db::find_task(tx.connection(), id).await?;
    check_move(task.status, request.status, task.live_attempt.is_some())?;
    // A card stands beside itself nowhere: then its other neighbour tells the place.
    let beside = |neighbour: Option<TaskId>| neighbour.filter(|neighbour| *neighbour != id);
    let is_beside_itself = [request.after, request.before].contains(&Some(id));
    if is_beside_itself && request.status == task.status {
        return Ok(task);
    }
    let placement = match (beside(request.after), beside(request.before)) {
        (None, None) => Placement::End,
        (after, before) => Placement::Between { after, before },
    };
    if request.status == TaskStatus::InProgress && task.live_attempt.is_none() {
        queue_attempt(tx, id, &StartAttempt::default(), approval_mode, placement, at).await?;
    } else {
        db::place_task(tx, id, request.status, placement, at).await?;
    }
    Ok(db::find_task(tx.connection(), id).await?)
}

/// Starts an attempt.
#[utoipa::path(
    post, path = "/api/tasks/{id}/start", params(("id" = TaskId, Path)), request_body = StartAttempt,
    responses((status = 201, body = Attempt))
)]
pub(crate) async fn start_task(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
    Body(request): Body<StartAttempt>,
) -> Result<(StatusCode, Json<Attempt>), ApiError> {
    let attempt = start_attempt(&state, id, request, Placement::End).await?;
    Ok((StatusCode::CREATED, Json(attempt)))
}

/// Cancels the task's live attempt.
#[utoipa::path(
    post, path = "/api/tasks/{id}/cancel", params(("id" = TaskId, Path)), responses((status = 200, body = Task))
)]
pub(crate) async fn cancel_task(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
) -> Result<Json<Task>, ApiError> {
    cancel_attempt::cancel_task(&state, id).await?;
    read_task(&state, id).await.map(Json)
}

/// Accepts the task's newest attempt; with `merge` it is merged in the same step.
#[utoipa::path(
    post, path = "/api/tasks/{id}/approve", params(("id" = TaskId, Path)), request_body = ApproveTask,
    responses((status = 200, body = Task))
)]
pub(crate) async fn approve_task(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
    Body(request): Body<ApproveTask>,
) -> Result<Json<Task>, ApiError> {
    let attempt_id = ready_attempt(&state, id).await?;
    if request.merge {
        let ApproveTask { head, style, message, .. } = request;
        merge_attempt(&state, attempt_id, Approval::WithMerge, MergeTask { style, message, head }).await?;
    } else {
        approve_attempt(&state, attempt_id, request.head).await?;
    }
    read_task(&state, id).await.map(Json)
}

/// Sends the task back to To Do with feedback.
#[utoipa::path(
    post, path = "/api/tasks/{id}/reject", params(("id" = TaskId, Path)), request_body = RejectTask,
    responses((status = 200, body = Task))
)]
pub(crate) async fn reject_task(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
    Body(request): Body<RejectTask>,
) -> Result<Json<Task>, ApiError> {
    reject::reject_task(&state, id, request).await.map(Json)
}

/// Merges the task's approved attempt.
#[utoipa::path(
    post, path = "/api/tasks/{id}/merge", params(("id" = TaskId, Path)), request_body = MergeTask,
    responses((status = 200, body = MergeResult))
)]
pub(crate) async fn merge_task(
    State(state): State<AppState>,
    PathOf(id): PathOf<TaskId>,
    Body(wish): Body<MergeTask>,
) -> Result<Json<MergeResult>, ApiError> {
    let attempt_id = ready_attempt(&state, id).await?;
    let merged = merge_attempt(&state, attempt_id, Approval::Given, wish).await?;
    let task = read_task(&state, id).await?;
    Ok(Json(MergeResult { task, commit: merged.commit, note: merged.note }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::task;

    #[test]
    fn filters_narrow_a_board() {
        let mut card = task("Fix the Cart total");
        card.labels = vec!["checkout".to_owned()];
        card.priority = Some(Priority::High);
        let with = |change: fn(&mut TaskFilter)| {
            let mut filter = TaskFilter::default();
            change(&mut filter);
            filter.matches(&card)
        };
        assert!(with(|_| ()));
        assert!(with(|filter| filter.q = Some("cart".into())));
        assert!(with(|filter| filter.q = Some("#7".into())));
        assert!(!with(|filter| filter.q = Some("#77".into())));
        assert!(with(|filter| filter.label = Some("checkout".into())));
        assert!(!with(|filter| filter.label = Some("docs".into())));
        assert!(!with(|filter| filter.status = Some(TaskStatus::Done)));
        assert!(!with(|filter| filter.priority = Some(Priority::Low)));
    }

    #[test]
    fn a_title_is_one_line_of_something() {
        assert_eq!(checked_title("  a \n b ").ok().as_deref(), Some("a b"));
        assert!(checked_title(" \n").is_err());
        assert!(checked_title(&"x".repeat(TITLE_CHARS_MAX + 1)).is_err());
    }
}
