//! Table `projects`.

use domain::{Project, ProjectId, Timestamp};

use crate::{Connection, Error, WriteTx};

/// Stores a new project.
///
/// # Errors
/// [`Error::Refused`] when a project with this path is on the board.
pub async fn insert_project(_tx: &mut WriteTx, _project: &Project) -> Result<(), Error> {
    todo!()
}

/// Stores a changed project: all of its fields but `path` and `created_at`.
///
/// # Errors
/// [`Error::Missing`].
pub async fn update_project(_tx: &mut WriteTx, _project: &Project) -> Result<(), Error> {
    todo!()
}

/// Removes a project from the board. Its rows stay.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] while one of its attempts is live.
pub async fn delete_project(_tx: &mut WriteTx, _id: ProjectId, _now: Timestamp) -> Result<(), Error> {
    todo!()
}

/// A project on the board.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_project(_connection: &mut Connection, _id: ProjectId) -> Result<Project, Error> {
    todo!()
}

/// The project with this path, if it is on the board.
///
/// # Errors
/// When the database does not answer.
pub async fn find_project_by_path(
    _connection: &mut Connection,
    _path: &str,
) -> Result<Option<Project>, Error> {
    todo!()
}

/// All projects on the board, the last changed first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_projects(_connection: &mut Connection) -> Result<Vec<Project>, Error> {
    todo!()
}
