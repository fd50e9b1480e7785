//! Starting an attempt: it is queued at once; the scheduler does the rest.

use db::{Durability, NewAttempt, Placement, WriteTx};
use domain::{
    Agent, Attempt, AttemptId, PermissionMode, StartAttempt, Task, TaskAction, TaskId, TaskStatus, Timestamp,
    check_move,
};

use crate::{
    api::failure::conflict,
    clock::{new_id, now},
    error::ApiError,
    state::{AppState, transaction},
    workflow::refuse_start::{check_mode, check_ready},
};

/// Queues an attempt at a task and puts its card into In Progress.
///
/// # Errors
/// When the task is at work or done, or the profile does not exist.
pub(crate) async fn start_attempt(
    state: &AppState,
    task_id: TaskId,
    request: StartAttempt,
    placement: Placement,
) -> Result<Attempt, ApiError> {
    check_ready(state, task_id, &request).await?;
    let (approval_mode, at) = (state.config.current().approval_mode, now());
    let work = transaction::<Attempt, ApiError, _>(move |tx| {
        Box::pin(async move { queue_attempt(tx, task_id, &request, approval_mode, placement, at).await })
    });
    state.store.write(Durability::Full, work).await
}

/// The step of [`start_attempt`] that writes; also for those who start in the same transaction. The mode is that of the
/// request, else of the task, else `approval_mode` of the settings, else of the profile.
pub(crate) async fn queue_attempt(
    tx: &mut WriteTx,
    task_id: TaskId,
    request: &StartAttempt,
    approval_mode: Option<PermissionMode>,
    placement: Placement,
    at: Timestamp,
) -> Result<Attempt, ApiError> {
    let task = db::find_task(tx.connection(), task_id).await?;
    check_start(&task)?;
    let project = db::find_project(tx.connection(), task.project_id).await?;
    let wanted = request.agent_id.or(task.agent_id).or(project.settings.default_agent_id);
    let agent = find_profile(tx, wanted, request.agent_id.is_some()).await?;
    let mode = request.mode.or(task.mode).or(approval_mode).unwrap_or(agent.mode);
    check_mode(&agent, mode)?;
    let attempt = NewAttempt {
        id: new_id::<AttemptId>(),
        task_id,
        agent_id: agent.id,
        agent_name: agent.name,
        mode,
        base_branch: request.base.clone().unwrap_or(project.default_branch),
        reason: None,
        continues_id: None,
    };
    db::insert_attempt(tx, &attempt, at).await?;
    db::place_task(tx, task_id, TaskStatus::InProgress, placement, at).await?;
    Ok(db::find_attempt(tx.connection(), attempt.id).await?)
}

fn check_start(task: &Task) -> Result<(), ApiError> {
    check_move(task.status, TaskStatus::InProgress, task.live_attempt.is_some())?;
    if task.allowed_actions.contains(&TaskAction::Start) {
        return Ok(());
    }
    Err(conflict("the task is at work already: cancel its run before starting another"))
}

/// The profile that was asked for; one that a task or project remembers may be gone, then the default runs.
async fn find_profile(
    tx: &mut WriteTx,
    wanted: Option<domain::AgentId>,
    must_exist: bool,
) -> Result<Agent, ApiError> {
    let Some(wanted) = wanted else { return Ok(db::find_default_agent(tx.connection()).await?) };
    match db::find_agent(tx.connection(), wanted).await {
        Err(db::Error::Missing { .. }) if !must_exist => Ok(db::find_default_agent(tx.connection()).await?),
        found => Ok(found?),
    }
}
