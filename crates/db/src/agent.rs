//! Table `agents`: the profiles. Exactly one is the default.

use domain::{Agent, AgentId};

use crate::{Connection, Error, WriteTx};

/// Stores a new profile. If it is the default, the one before is not any more.
///
/// # Errors
/// [`Error::Refused`] when the name is taken.
pub async fn insert_agent(_tx: &mut WriteTx, _agent: &Agent) -> Result<(), Error> {
    todo!()
}

/// Stores a changed profile. If it becomes the default, the one before is not any more.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when the name is taken, or the default would be given away to none.
pub async fn update_agent(_tx: &mut WriteTx, _agent: &Agent) -> Result<(), Error> {
    todo!()
}

/// Deletes a profile. Tasks and projects that name it fall back to the default; attempts keep its name.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] for the default and while a live attempt uses it.
pub async fn delete_agent(_tx: &mut WriteTx, _id: AgentId) -> Result<(), Error> {
    todo!()
}

/// A profile.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_agent(_connection: &mut Connection, _id: AgentId) -> Result<Agent, Error> {
    todo!()
}

/// The default profile.
///
/// # Errors
/// When the database does not answer.
pub async fn find_default_agent(_connection: &mut Connection) -> Result<Agent, Error> {
    todo!()
}

/// All profiles by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list_agents(_connection: &mut Connection) -> Result<Vec<Agent>, Error> {
    todo!()
}
