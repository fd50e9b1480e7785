//! Cancelling an attempt: the wish is stored, the process tree is ended, and only then is the attempt cancelled.

use std::time::Duration;

use db::{Durability, RunCommand};
use domain::{Activity, Attempt, AttemptId, AttemptState, TaskId};
use tokio::time::{Instant, timeout_at};

use crate::{
    api::failure::conflict,
    clock::{new_id, now},
    error::ApiError,
    state::{AppState, transaction},
    supervise::{STOP_GRACE_MS, deliver::deliver_soon},
    workflow::finish_attempt::cancel_queued,
};

/// How long the caller waits to see the end. Five seconds are promised; the rest is for settling the work.
const END_MAX: Duration = Duration::from_secs(10);

/// Cancels the live attempt of a task.
///
/// # Errors
/// When none is live.
pub(crate) async fn cancel_task(state: &AppState, task_id: TaskId) -> Result<(), ApiError> {
    let mut connection = state.store.read().await?;
    let task = db::find_task(&mut connection, task_id).await?;
    drop(connection);
    let Some(attempt) = task.live_attempt else { return Err(conflict("nothing of this task is at work")) };
    cancel_attempt(state, attempt.id).await.map(drop)
}

/// Cancels an attempt and waits until its whole process tree is gone.
///
/// # Errors
/// When it is not live.
pub(crate) async fn cancel_attempt(state: &AppState, attempt_id: AttemptId) -> Result<Attempt, ApiError> {
    let mut connection = state.store.read().await?;
    let attempt = db::find_attempt(&mut connection, attempt_id).await?;
    drop(connection);
    match attempt.state {
        AttemptState::Queued if cancel_queued(state, attempt_id).await? => {}
        live if live.is_live() => {
            request_stop(state, attempt_id).await?;
            wait_for_end(state, attempt_id).await?;
        }
        ended => return Err(conflict(format!("the attempt is {} already", ended.as_str()))),
    }
    let mut connection = state.store.read().await?;
    Ok(db::find_attempt(&mut connection, attempt_id).await?)
}

/// Stores the wish and the command in one step, then delivers it. A second cancel is a second stop: it skips the wait.
async fn request_stop(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    let at = now();
    let command_id = format!("stop-{}", new_id::<uuid::Uuid>());
    let work = transaction::<Option<db::Run>, db::Error, _>(move |tx| {
        Box::pin(async move {
            db::request_cancel(tx, attempt_id).await?;
            let stopping = Activity { verb: "stopping".to_owned(), object: None, since: at };
            db::set_activity(tx, attempt_id, Some(&stopping)).await?;
            let runs = db::list_runs(tx.connection(), attempt_id).await?;
            let Some(run) = runs.into_iter().find(|run| run.outcome.is_none()) else { return Ok(None) };
            let body = STOP_GRACE_MS.to_le_bytes().to_vec();
            let command = RunCommand { id: command_id, run_id: run.id, kind: "stop".to_owned(), body };
            db::insert_command(tx, &command, at).await?;
            Ok(Some(run))
        })
    });
    let run = state.store.write(Durability::Full, work).await?;
    // Its setup or a gate may be what is at work.
    state.steered.send_replace(());
    if let Some(run) = run {
        deliver_soon(state, &run).await;
    }
    Ok(())
}

async fn wait_for_end(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    let until = Instant::now() + END_MAX;
    loop {
        let ended = state.ended.notified();
        let mut connection = state.store.read().await?;
        let attempt = db::find_attempt(&mut connection, attempt_id).await?;
        drop(connection);
        if !attempt.state.is_live() || timeout_at(until, ended).await.is_err() {
            return Ok(());
        }
    }
}
