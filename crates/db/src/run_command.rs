//! Table `run_commands`: what was sent to a run's shim, or will be.

use domain::{RunId, Timestamp};

use crate::{Connection, Error, WriteTx};

/// A command for a run. Its id is the shim's key to apply it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCommand {
    /// Its id.
    pub id: String,
    /// Its run.
    pub run_id: RunId,
    /// What it is.
    pub kind: String,
    /// What belongs to it.
    pub body: Vec<u8>,
}

/// Stores a command to be delivered. False if one with this id is stored already: then nothing changes.
///
/// # Errors
/// [`Error::Missing`] without the run.
pub async fn insert_command(
    _tx: &mut WriteTx,
    _command: &RunCommand,
    _now: Timestamp,
) -> Result<bool, Error> {
    todo!()
}

/// The commands of a run that are not known to be delivered, in the order of their storing.
///
/// # Errors
/// When the database does not answer.
pub async fn list_pending_commands(
    _connection: &mut Connection,
    _run_id: RunId,
) -> Result<Vec<RunCommand>, Error> {
    todo!()
}

/// Stores that the shim has a command. Nothing changes if it had it before.
///
/// # Errors
/// [`Error::Missing`].
pub async fn mark_command_delivered(_tx: &mut WriteTx, _id: &str) -> Result<(), Error> {
    todo!()
}
