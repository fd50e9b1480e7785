//! Table `tasks` and what hangs on it: labels, criteria, focus files, dependencies.

use domain::{CreateTask, ProjectId, Task, TaskId, TaskStatus, Timestamp, UpdateTask};

use crate::{Connection, Error, WriteTx};

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

/// Stores a new task with the next number of its project, at the end of its column. `fields.project_id` is not looked
/// at. The criteria get ids.
///
/// # Errors
/// [`Error::Missing`] without the project; [`Error::Invalid`] for a dependency outside the project or an unknown agent.
pub async fn insert_task(
    _tx: &mut WriteTx,
    _id: TaskId,
    _project_id: ProjectId,
    _fields: &CreateTask,
    _now: Timestamp,
) -> Result<(), Error> {
    todo!()
}

/// Stores the given fields of a task.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Invalid`] for a dependency outside the project or in a circle, an unknown criterion or
/// an unknown agent.
pub async fn update_task(
    _tx: &mut WriteTx,
    _id: TaskId,
    _patch: &UpdateTask,
    _now: Timestamp,
) -> Result<(), Error> {
    todo!()
}

/// Puts a task into a column, or to another place of its own. Asks no rule: see [`domain::check_move`]. Returns the
/// column where it was.
///
/// # Errors
/// [`Error::Missing`].
pub async fn place_task(
    _tx: &mut WriteTx,
    _id: TaskId,
    _status: TaskStatus,
    _placement: Placement,
    _now: Timestamp,
) -> Result<TaskStatus, Error> {
    todo!()
}

/// Puts a task from the column `from` into `to`.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it is not in `from`.
pub async fn change_task_status(
    _tx: &mut WriteTx,
    _id: TaskId,
    _from: TaskStatus,
    _to: TaskStatus,
    _placement: Placement,
    _now: Timestamp,
) -> Result<(), Error> {
    todo!()
}

/// Stores what the reviewer asked for, or that it is answered.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_task_feedback(
    _tx: &mut WriteTx,
    _id: TaskId,
    _feedback: Option<&str>,
    _now: Timestamp,
) -> Result<(), Error> {
    todo!()
}

/// Deletes a task. Its rows stay; its number is not given again; tasks that waited for it do not any more.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] while its attempt is live.
pub async fn delete_task(_tx: &mut WriteTx, _id: TaskId, _now: Timestamp) -> Result<(), Error> {
    todo!()
}

/// A task.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_task(_connection: &mut Connection, _id: TaskId) -> Result<Task, Error> {
    todo!()
}

/// All tasks of a project by number.
///
/// # Errors
/// When the database does not answer.
pub async fn list_tasks(_connection: &mut Connection, _project_id: ProjectId) -> Result<Vec<Task>, Error> {
    todo!()
}
