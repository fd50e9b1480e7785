//! Taking commands to a run's shim: stored first, sent in order, applied once. A stop overtakes everything.

use db::{Durability, Run, RunCommand, RunState};
use executor::{Ack, Error as ExecutorError, RunCommand as ShimCommand, RunHandle};

use super::{Interruption, STOP_GRACE_MS};
use crate::{
    clock::now,
    state::{AppState, transaction},
};

/// What became of what waited for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// Its shim has it.
    All,
    /// The agent does not read its input: the rest is sent later.
    NotAll,
}

/// Stores a command for a run; it is delivered by [`deliver_commands`], after a restart, too.
pub(crate) async fn store_command(state: &AppState, command: RunCommand) -> Result<(), db::Error> {
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::insert_command(tx, &command, at).await.map(drop) })
    });
    state.store.write(Durability::Full, work).await
}

/// Sends what a run's shim does not have yet; what cannot be sent now is sent by the run's supervision.
pub(crate) async fn deliver_soon(state: &AppState, run: &Run) {
    let handle = RunHandle::new(state.run_dir(&run.directory));
    match deliver_commands(state, run, &handle).await {
        Ok(Delivered::All) | Err(Interruption::Shutdown) => {}
        Ok(Delivered::NotAll) => state.steered.send_replace(()),
        Err(Interruption::Failed(reason)) => {
            tracing::warn!(run.id = %run.id, "a command for run {} waits: {reason}", run.id);
            state.steered.send_replace(());
        }
    }
}

/// Sends what a run's shim does not have yet. A command that was sent before a crash is recognised by its id.
pub(crate) async fn deliver_commands(
    state: &AppState,
    run: &Run,
    handle: &RunHandle,
) -> Result<Delivered, Interruption> {
    let mut connection = state.store.read().await?;
    let commands = db::list_pending_commands(&mut connection, run.id).await?;
    drop(connection);
    for command in commands {
        let id = command.id.clone();
        let Some(for_shim) = shim_command(command) else {
            tracing::error!(run.id = %run.id, "run {} has a command of an unknown kind; it is passed over", run.id);
            mark_delivered(state, id).await?;
            continue;
        };
        match handle.send(&id, for_shim).await {
            Ok(Ack::Busy) => return Ok(Delivered::NotAll),
            // A shim that is not there yet hears it when it is.
            Ok(Ack::Closed) if run.state == RunState::Starting => {}
            Ok(Ack::Applied | Ack::Duplicate | Ack::Closed) => mark_delivered(state, id).await?,
            // No shim ever takes it: what waits behind it must not wait for ever.
            Err(error @ ExecutorError::InputTooLong { .. }) => {
                tracing::error!(run.id = %run.id, "a command for run {} is too long and is passed over: {error}", run.id);
                mark_delivered(state, id).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Delivered::All)
}

async fn mark_delivered(state: &AppState, id: String) -> Result<(), db::Error> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::mark_command_delivered(tx, &id).await })
    });
    state.store.write(Durability::Normal, work).await
}

fn shim_command(command: RunCommand) -> Option<ShimCommand> {
    match command.kind.as_str() {
        "write" => Some(ShimCommand::WriteStdin(command.body)),
        "close" => Some(ShimCommand::CloseStdin { last_words: command.body }),
        "stop" => Some(ShimCommand::Stop { grace_ms: grace_of(&command.body) }),
        _ => None,
    }
}

fn grace_of(body: &[u8]) -> u32 {
    body.try_into().map_or(STOP_GRACE_MS, u32::from_le_bytes)
}
