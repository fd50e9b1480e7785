//! Table `tasks` and what hangs on it: labels, criteria, focus files, dependencies.

pub(crate) mod card;
pub(crate) mod dependency;
pub(crate) mod part;
pub(crate) mod place;

use domain::{CreateTask, ProjectId, Refusal, Task, TaskId, TaskStatus, Timestamp, UpdateTask};

use crate::intent::refuse_changing_task;
use crate::row::{must_change, word};
use crate::statement::statements;
use crate::{Connection, Error, WriteTx, find_project};

/// Where in a column a task goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Beside these cards. One that is not in the column (any more) is passed over; with none left: at the end.
    Between {
        /// The card directly above.
        after: Option<TaskId>,
        /// The card directly below.
        before: Option<TaskId>,
    },
    /// Below all.
    End,
    /// Above all.
    Top,
}

statements! {
    INSERT = "insert into tasks (id, project_id, number, title, description, status, rank, priority, size, \
              agent_id, created_at, updated_at, mode) \
              values ($1, $2, (select coalesce(max(number), 0) + 1 from tasks where project_id = $2), \
              $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)";
    UPDATE = "update tasks set title = $2, description = $3, priority = $4, size = $5, agent_id = $6, \
              updated_at = $7, mode = $8 where id = $1 and deleted_at is null";
    SET_FEEDBACK = "update tasks set feedback = $2, updated_at = $3 where id = $1 and deleted_at is null";
    DELETE = "update tasks set deleted_at = $2, updated_at = $2 where id = $1 and deleted_at is null";
}

/// Stores a new task with the next number of its project, at the end of its column. `fields.project_id` is not looked
/// at. The criteria get ids.
///
/// # Errors
/// [`Error::Missing`] without the project; [`Error::Invalid`] for a dependency outside the project or an unknown agent.
pub async fn insert_task(
    tx: &mut WriteTx,
    id: TaskId,
    project_id: ProjectId,
    fields: &CreateTask,
    now: Timestamp,
) -> Result<(), Error> {
    find_project(tx.connection(), project_id).await?;
    let status = fields.status.unwrap_or(TaskStatus::Todo);
    let rank = place::rank_of_new(tx.connection(), project_id, status, id).await?;
    let statement = INSERT
        .bind(id.as_uuid())
        .bind(project_id.as_uuid())
        .bind(fields.title.clone())
        .bind(fields.description.clone().unwrap_or_default())
        .bind(status.as_str())
        .bind(rank.as_str().to_owned())
        .bind(fields.priority.as_ref().map(word).transpose()?)
        .bind(fields.size.as_ref().map(word).transpose()?)
        .bind(fields.agent_id.map(|id| id.as_uuid()))
        .bind(now.as_micros())
        .bind(fields.mode.as_ref().map(word).transpose()?);
    statement.execute(tx.connection()).await.map_err(unknown_agent)?;
    part::replace_labels(tx, id, fields.labels.as_deref().unwrap_or_default()).await?;
    part::replace_focus_files(tx, id, fields.focus_files.as_deref().unwrap_or_default()).await?;
    let criteria = part::new_criteria(fields.criteria.as_deref().unwrap_or_default());
    part::replace_criteria(tx, id, &criteria).await?;
    dependency::replace(tx, id, fields.blocked_by.as_deref().unwrap_or_default()).await?;
    tx.changes.task(id);
    Ok(())
}

/// Stores the given fields of a task.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Invalid`] for a dependency outside the project or in a circle, an unknown criterion or
/// an unknown agent.
pub async fn update_task(
    tx: &mut WriteTx,
    id: TaskId,
    patch: &UpdateTask,
    now: Timestamp,
) -> Result<(), Error> {
    let task = find_task(tx.connection(), id).await?;
    let statement = UPDATE
        .bind(id.as_uuid())
        .bind(patch.title.clone().unwrap_or(task.title))
        .bind(patch.description.clone().unwrap_or(task.description))
        .bind(patch.priority.unwrap_or(task.priority).as_ref().map(word).transpose()?)
        .bind(patch.size.unwrap_or(task.size).as_ref().map(word).transpose()?)
        .bind(patch.agent_id.unwrap_or(task.agent_id).map(|id| id.as_uuid()))
        .bind(now.as_micros())
        .bind(patch.mode.unwrap_or(task.mode).as_ref().map(word).transpose()?);
    must_change(statement.execute(tx.connection()).await.map_err(unknown_agent)?, "task")?;
    if let Some(labels) = &patch.labels {
        part::replace_labels(tx, id, labels).await?;
    }
    if let Some(paths) = &patch.focus_files {
        part::replace_focus_files(tx, id, paths).await?;
    }
    if let Some(patches) = &patch.criteria {
        part::replace_criteria(tx, id, &part::patched_criteria(&task.criteria, patches)?).await?;
    }
    if let Some(blockers) = &patch.blocked_by {
        dependency::replace(tx, id, blockers).await?;
    }
    tx.changes.task(id);
    Ok(())
}

/// Stores what the reviewer asked for, or that it is answered.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_task_feedback(
    tx: &mut WriteTx,
    id: TaskId,
    feedback: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let statement = SET_FEEDBACK.bind(id.as_uuid()).bind(feedback.map(str::to_owned)).bind(now.as_micros());
    must_change(statement.execute(tx.connection()).await?, "task")?;
    tx.changes.task(id);
    Ok(())
}

/// Deletes a task. Its rows stay; its number is not given again; tasks that waited for it do not any more.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] while its attempt is live, or something is being done with its work.
pub async fn delete_task(tx: &mut WriteTx, id: TaskId, now: Timestamp) -> Result<(), Error> {
    let task = find_task(tx.connection(), id).await?;
    if task.live_attempt.is_some() {
        return Err(Refusal("the task is at work: cancel its run first".to_owned()).into());
    }
    refuse_changing_task(tx.connection(), id).await?;
    must_change(DELETE.bind(id.as_uuid()).bind(now.as_micros()).execute(tx.connection()).await?, "task")?;
    dependency::detach(tx, id).await?;
    tx.changes.deleted_task(task.project_id, id);
    Ok(())
}

/// A task.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_task(connection: &mut Connection, id: TaskId) -> Result<Task, Error> {
    try_find_task(connection, id).await?.ok_or(Error::Missing { entity: "task" })
}

pub(crate) async fn try_find_task(connection: &mut Connection, id: TaskId) -> Result<Option<Task>, Error> {
    card::find(connection, id).await
}

/// All tasks of a project by number.
///
/// # Errors
/// When the database does not answer.
pub async fn list_tasks(connection: &mut Connection, project_id: ProjectId) -> Result<Vec<Task>, Error> {
    card::list(connection, project_id).await
}

fn unknown_agent(error: Error) -> Error {
    error.or_invalid("agent_id", "there is no such agent profile")
}
