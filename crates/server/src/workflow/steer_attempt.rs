//! Steering an agent that is there: stopping its turn, ending a stopped attempt, changing what it may do unasked.

use db::{Durability, Run, RunCommand, WriteTx};
use domain::{Activity, Attempt, AttemptAction, AttemptId, EventBody, LogLevel, PermissionMode, Timestamp};
use executor::{Adapter, adapter_for, interrupt_request_id, mode_request_id};
use uuid::Uuid;

use crate::{
    api::failure::conflict,
    clock::{new_id, now},
    digest::Verdict,
    error::ApiError,
    standing::reconcile,
    state::{AppState, transaction},
    supervise::{deliver::deliver_soon, intake::close_run},
    talk::{close_command_id, unfinished_run},
    workflow::{
        prepare_attempt::load_assignment, refuse_start::check_mode, resolve_approval::check_action,
        send_message::find_attempt,
    },
};

/// Stops what an agent does now. The attempt then waits for a message.
///
/// # Errors
/// When no agent is at work.
pub(crate) async fn interrupt_attempt(state: &AppState, id: AttemptId) -> Result<Attempt, ApiError> {
    steer(state, id, |tx, steered| Box::pin(interrupt(tx, steered))).await
}

/// Ends an attempt whose turn was stopped: its work goes to Review as it is.
///
/// # Errors
/// When its turn was not stopped.
pub(crate) async fn finish_stopped(state: &AppState, id: AttemptId) -> Result<Attempt, ApiError> {
    steer(state, id, |tx, steered| Box::pin(finish(tx, steered))).await
}

/// Changes what an attempt's agent may do unasked: at once where it is there, else for its next run.
///
/// # Errors
/// When the attempt is over for good, or the agent would refuse.
pub(crate) async fn set_mode(
    state: &AppState,
    id: AttemptId,
    mode: PermissionMode,
) -> Result<Attempt, ApiError> {
    let assignment = load_assignment(state, id).await?;
    check_mode(&assignment.agent, mode)?;
    steer(state, id, move |tx, steered| Box::pin(change_mode(tx, steered, mode))).await
}

/// An attempt with the run that has its agent, if there is one.
struct Steered {
    attempt: Attempt,
    run: Option<Run>,
    adapter: &'static dyn Adapter,
    at: Timestamp,
}

async fn steer<F>(state: &AppState, id: AttemptId, step: F) -> Result<Attempt, ApiError>
where
    F: for<'t> FnOnce(&'t mut WriteTx, Steered) -> db::BoxFuture<'t, Result<(), ApiError>> + Send + 'static,
{
    let assignment = load_assignment(state, id).await?;
    let (adapter, at) = (adapter_for(assignment.agent.adapter), now());
    let work = transaction::<Option<Run>, ApiError, _>(move |tx| {
        Box::pin(async move {
            let attempt = db::find_attempt(tx.connection(), id).await?;
            let run = unfinished_run(tx.connection(), id).await?;
            step(tx, Steered { attempt, run: run.clone(), adapter, at }).await?;
            Ok(run)
        })
    });
    if let Some(run) = state.store.write(Durability::Full, work).await? {
        deliver_soon(state, &run).await;
        state.steered.send_replace(());
    }
    find_attempt(state, id).await
}

async fn interrupt(tx: &mut WriteTx, steered: Steered) -> Result<(), ApiError> {
    let Steered { attempt, run, adapter, at } = steered;
    check_action(&attempt, AttemptAction::Interrupt, "no turn runs that could be stopped")?;
    let Some(run) = run else {
        return Err(conflict("the agent is not there yet: cancel the attempt instead"));
    };
    if !run.has_session {
        return Err(conflict("the agent has not begun yet: wait a moment, or cancel the attempt"));
    }
    // Between two turns nothing tells of the stop: the attempt is stopped as it stands.
    let is_between_turns = run.verdict.is_some();
    if is_between_turns {
        db::set_stopped(tx, attempt.id, true).await?;
    }
    db::request_stop(tx, attempt.id).await?;
    let verb = if is_between_turns { "stopped" } else { "stopping the turn" };
    let stopping = Activity { verb: verb.to_owned(), object: None, since: at };
    db::set_activity(tx, attempt.id, Some(&stopping)).await?;
    let request_id = interrupt_request_id(new_id::<Uuid>());
    let body = adapter.interrupt(&request_id, true);
    let command = RunCommand { id: request_id, run_id: run.id, kind: "write".to_owned(), body };
    db::insert_command(tx, &command, at).await?;
    reconcile(tx, attempt.id, at).await?;
    Ok(())
}

async fn finish(tx: &mut WriteTx, steered: Steered) -> Result<(), ApiError> {
    let Steered { attempt, run, adapter, at } = steered;
    check_action(&attempt, AttemptAction::Finish, "stop its turn first")?;
    let Some(run) = run else { return Err(conflict("the agent is gone already")) };
    let text = serde_json::to_string(&Verdict::by_person()).map_err(ApiError::internal)?;
    db::set_run_verdict(tx, run.id, Some(&text)).await?;
    db::set_stopped(tx, attempt.id, false).await?;
    reconcile(tx, attempt.id, at).await?;
    close_run(tx, &run, adapter, at).await?;
    Ok(())
}

async fn change_mode(tx: &mut WriteTx, steered: Steered, mode: PermissionMode) -> Result<(), ApiError> {
    let Steered { attempt, run, adapter, at } = steered;
    check_action(&attempt, AttemptAction::SetMode, "its mode means nothing any more")?;
    let Some(run) = open_run(tx, run).await? else {
        return Ok(db::set_attempt_mode(tx, attempt.id, mode).await?);
    };
    let request_id = mode_request_id(new_id::<Uuid>());
    let body = adapter.set_mode(&request_id, mode);
    let command = RunCommand { id: request_id, run_id: run.id, kind: "write".to_owned(), body };
    db::insert_command(tx, &command, at).await?;
    let word = serde_json::to_value(mode).ok().and_then(|value| value.as_str().map(str::to_owned));
    let text = format!("a person wants the mode {}", word.unwrap_or_default());
    db::append_events(tx, attempt.id, &[(at, EventBody::board_log(LogLevel::Info, text))]).await?;
    Ok(())
}

/// The run, unless nothing more is asked of it.
async fn open_run(tx: &mut WriteTx, run: Option<Run>) -> Result<Option<Run>, db::Error> {
    let Some(run) = run else { return Ok(None) };
    let is_closing = db::has_command(tx.connection(), &close_command_id(&run)).await?;
    Ok((!is_closing).then_some(run))
}
