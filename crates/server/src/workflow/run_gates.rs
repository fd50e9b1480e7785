//! Running an attempt's gates: after its agent ended, and again when a person asks. One task per attempt runs what is
//! queued, one after the other; who asks stores rows and wakes it.

use std::time::Duration;

use db::{Durability, StoredGateRun, WriteTx};
use domain::{
    Attempt, AttemptAction, AttemptId, Gate, GateKind, GateRun, GateRunId, GateState, Refusal, Timestamp,
};
use tokio::time::{Instant, sleep, timeout_at};
use utils::{ErrorChain, OrLog};
use worktree::WorktreeTree;

use crate::{
    api::failure::conflict,
    clock::now,
    error::ApiError,
    gates::{
        follow::{end_unstarted, is_gone, run_gate},
        is_groundwork, plan,
    },
    state::{AppState, transaction},
    workflow::{
        finish_attempt::{finish_after_gates, worktree_of},
        prepare_attempt::load_assignment,
        resolve_approval::check_action,
        settle_change::settle_first,
    },
};

/// How long whoever stops a gate waits to see its end.
const END_MAX: Duration = Duration::from_secs(10);
/// First wait after the database did not answer; it doubles up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// Runs what is queued of an attempt's gates, in a task of its own unless one does it already.
pub(crate) fn take_up_gates(state: &AppState, attempt_id: AttemptId) {
    if !state.gate_workers.enter(attempt_id) {
        return;
    }
    let owner = state.clone();
    let state = state.clone();
    drop(owner.tasks.spawn("gates", async move { work(&state, attempt_id).await }));
}

async fn work(state: &AppState, attempt_id: AttemptId) {
    let mut wait = RETRY_MIN;
    loop {
        match run_all(state, attempt_id).await {
            Ok(Course::Done) if state.gate_workers.leave(attempt_id) => return,
            Ok(Course::Done) => continue,
            Ok(Course::ServerEnds) => return state.gate_workers.abandon(attempt_id),
            Err(error) => tracing::error!(
                "the gates of attempt {attempt_id} cannot be run, trying again: {}",
                ErrorChain(&error)
            ),
        }
        if state.tasks.token().run_until_cancelled(sleep(wait)).await.is_none() {
            return state.gate_workers.abandon(attempt_id);
        }
        wait = (wait * 2).min(RETRY_MAX);
    }
}

/// How far the gates came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Done,
    ServerEnds,
}

/// Runs all that is queued. An attempt that waits for its gates goes on to review.
async fn run_all(state: &AppState, attempt_id: AttemptId) -> Result<Course, db::Error> {
    loop {
        let unfinished = list_unfinished(state, attempt_id).await?;
        let Some(next) = unfinished.first() else { break };
        if !settle_tree(state, attempt_id, &unfinished).await? {
            continue;
        }
        let Some(ended) = run_gate(state, next.id).await else { return Ok(Course::ServerEnds) };
        if is_groundwork(&ended.shown.name) && ended.shown.state != GateState::Passed {
            pass_over(state, &ended, &unfinished[1..]).await?;
        }
    }
    finish_after_gates(state, attempt_id).await?;
    Ok(Course::Done)
}

/// What is at work or queued of an attempt's gates, in the order in which it is to be run.
async fn list_unfinished(state: &AppState, attempt_id: AttemptId) -> Result<Vec<StoredGateRun>, db::Error> {
    let latest = db::list_latest_gate_runs(&mut *state.store.read().await?, attempt_id).await?;
    let is_unfinished = |run: &StoredGateRun| run.shown.kind == GateKind::Gate && run.shown.state.is_live();
    let (running, queued): (Vec<_>, Vec<_>) =
        latest.into_iter().filter(is_unfinished).partition(|run| run.shown.state == GateState::Running);
    Ok(running.into_iter().chain(queued).collect())
}

/// Binds what is queued to what the worktree holds now, before any of it runs: what one gate leaves behind does not
/// make the others look at something else than the reviewer. False if it could not be read: then nothing is run.
async fn settle_tree(
    state: &AppState,
    attempt_id: AttemptId,
    unfinished: &[StoredGateRun],
) -> Result<bool, db::Error> {
    let unbound: Vec<_> = unfinished
        .iter()
        .filter(|run| run.tree.is_none() && run.shown.state == GateState::Queued)
        .map(|run| run.id)
        .collect();
    if unbound.is_empty() {
        return Ok(true);
    }
    if is_gone(state, attempt_id).await? {
        // Who would run them ends them.
        return Ok(true);
    }
    match read_tree(state, attempt_id).await? {
        Ok(held) => {
            let work = transaction::<(), db::Error, _>(move |tx| {
                Box::pin(async move { bind_all(tx, &unbound, &held).await })
            });
            state.store.write(Durability::Full, work).await.map(|()| true)
        }
        Err(reason) => {
            for id in unbound {
                let message = format!("was not run, because the worktree cannot be read: {reason}");
                end_unstarted(state, id, GateState::Failed, Some(message)).await?;
            }
            Ok(false)
        }
    }
}

async fn bind_all(tx: &mut WriteTx, ids: &[GateRunId], held: &WorktreeTree) -> Result<(), db::Error> {
    for id in ids {
        db::set_gate_tree(tx, *id, &held.commit, &held.tree).await?;
    }
    Ok(())
}

async fn read_tree(
    state: &AppState,
    attempt_id: AttemptId,
) -> Result<Result<WorktreeTree, String>, db::Error> {
    let assignment = load_assignment(state, attempt_id).await?;
    let Some(worktree) = worktree_of(&assignment.attempt) else {
        return Ok(Err("it is not there any more".to_owned()));
    };
    let read = async {
        let repository = state.repositories.open(&assignment.project.path).await?;
        repository.tree_of_worktree(&worktree).await
    };
    Ok(read.await.map_err(|error: worktree::Error| format!("failed to {}", ErrorChain(&error))))
}

/// Ends what was to be run after the groundwork that failed.
async fn pass_over(
    state: &AppState,
    failed: &StoredGateRun,
    rest: &[StoredGateRun],
) -> Result<(), db::Error> {
    for run in rest {
        let message = format!("was not run, because {} did not pass", failed.shown.name);
        end_unstarted(state, run.id, GateState::Cancelled, Some(message)).await?;
    }
    Ok(())
}

/// Stores that an attempt's gates are to be run, in the transaction that ends its agent's work. False if there are none.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn queue_gates(
    tx: &mut WriteTx,
    attempt: &Attempt,
    at: Timestamp,
) -> Result<bool, db::Error> {
    let Some(cwd) = &attempt.worktree_path else { return Ok(false) };
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    let project = db::find_project(tx.connection(), task.project_id).await?;
    for new in plan(attempt, GateKind::Gate, &project.settings.gates, cwd) {
        db::insert_gate_run(tx, &new, at).await?;
    }
    Ok(!project.settings.gates.is_empty())
}

/// The project's gates in order, each with its last run; then those that it had, the setup and those before a merge.
///
/// # Errors
/// When there is no such attempt.
pub(crate) async fn list_gates(state: &AppState, attempt_id: AttemptId) -> Result<Vec<GateRun>, ApiError> {
    let assignment = load_assignment(state, attempt_id).await?;
    let latest = db::list_latest_gate_runs(&mut *state.store.read().await?, attempt_id).await?;
    let (mut gates, others): (Vec<_>, Vec<_>) =
        latest.into_iter().map(|run| run.shown).partition(|run| run.kind == GateKind::Gate);
    let mut shown = Vec::with_capacity(gates.len() + others.len());
    for gate in &assignment.project.settings.gates {
        let known = gates.iter().position(|run| run.name == gate.name);
        shown.push(known.map_or_else(|| not_run(attempt_id, gate), |index| gates.remove(index)));
    }
    shown.extend(gates);
    shown.extend(others);
    Ok(shown)
}

fn not_run(attempt_id: AttemptId, gate: &Gate) -> GateRun {
    GateRun {
        id: None,
        attempt_id,
        name: gate.name.clone(),
        kind: GateKind::Gate,
        command: gate.command.clone(),
        state: GateState::NotRun,
        commit: None,
        is_stale: false,
        exit_code: None,
        message: None,
        timeout_s: gate.timeout_s,
        output_bytes: 0,
        output_tail: String::new(),
        started_at: None,
        ended_at: None,
    }
}

/// Queues the gates with this name, or all, of an attempt that is not at work.
///
/// # Errors
/// When it is at work, has no worktree, there is no such gate, or one of them runs already.
pub(crate) async fn run_gates(
    state: &AppState,
    attempt_id: AttemptId,
    name: Option<&str>,
) -> Result<(), ApiError> {
    settle_first(state, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    check_runnable(&assignment.attempt)?;
    let mut gates = assignment.project.settings.gates;
    gates.retain(|gate| name.is_none_or(|name| gate.name == name));
    if gates.is_empty() {
        return Err(match name {
            Some(_) => ApiError::not_found("gate"),
            None => conflict("the project has no gates: add some in its settings"),
        });
    }
    let at = now();
    let work = transaction::<(), ApiError, _>(move |tx| {
        Box::pin(async move { store_wish(tx, attempt_id, &gates, at).await })
    });
    state.store.write(Durability::Full, work).await?;
    take_up_gates(state, attempt_id);
    Ok(())
}

fn check_runnable(attempt: &Attempt) -> Result<(), ApiError> {
    check_action(
        attempt,
        AttemptAction::RunGates,
        "gates run on the newest attempt of a task, once it has ended and as long as its worktree is there",
    )
}

async fn store_wish(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    gates: &[Gate],
    at: Timestamp,
) -> Result<(), ApiError> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    check_runnable(&attempt)?;
    if db::is_changing(tx.connection(), attempt_id).await? {
        let text = "the attempt's work is being merged or removed just now: its gates cannot run";
        return Err(Refusal(text.to_owned()).into());
    }
    let cwd = attempt.worktree_path.clone().unwrap_or_default();
    for new in plan(&attempt, GateKind::Gate, gates, &cwd) {
        db::insert_gate_run(tx, &new, at).await?;
    }
    Ok(())
}

/// The last run of a gate by its name.
///
/// # Errors
/// When it never ran.
pub(crate) async fn find_gate(
    state: &AppState,
    attempt_id: AttemptId,
    name: &str,
) -> Result<GateRun, ApiError> {
    let gates = list_gates(state, attempt_id).await?;
    gates.into_iter().find(|gate| gate.name == name).ok_or_else(|| ApiError::not_found("gate"))
}

/// Stops a gate, or whatever runs under this name, and waits until its processes are gone.
///
/// # Errors
/// When it does not run.
pub(crate) async fn cancel_gate(
    state: &AppState,
    attempt_id: AttemptId,
    name: &str,
) -> Result<GateRun, ApiError> {
    let latest = db::list_latest_gate_runs(&mut *state.store.read().await?, attempt_id).await?;
    let run = latest
        .into_iter()
        .find(|run| run.shown.name == name && run.shown.state.is_live())
        .ok_or_else(|| conflict(format!("{name} does not run: there is nothing to stop")))?;
    end_gates(state, &[run.id]).await?;
    Ok(db::find_gate_run(&mut *state.store.read().await?, run.id).await?.shown)
}

/// Stops what gates run in a folder, before somebody else works in it or it is taken away. Best effort within a bound.
pub(crate) async fn clear_gates(state: &AppState, attempt: &Attempt) {
    let Some(cwd) = &attempt.worktree_path else { return };
    let stopped = async {
        let unfinished = db::list_unfinished_gate_runs(&mut *state.store.read().await?).await?;
        let inside = unfinished.iter().filter(|run| run.cwd == *cwd && run.shown.kind == GateKind::Gate);
        end_gates(state, &inside.map(|run| run.id).collect::<Vec<_>>()).await
    };
    stopped
        .await
        .map_err(|error: db::Error| ErrorChain(&error).to_string())
        .or_log("stopping gates in a worktree");
}

/// Stops runs of gates: stores the wish, wakes who follows them, and waits until they are over or the time is.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn end_gates(state: &AppState, ids: &[GateRunId]) -> Result<(), db::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let wanted = ids.to_vec();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            for id in wanted {
                db::request_gate_cancel(tx, id).await?;
            }
            Ok(())
        })
    });
    state.store.write(Durability::Full, work).await?;
    state.steered.send_replace(());
    let until = Instant::now() + END_MAX;
    for id in ids {
        wait_for_end(state, *id, until).await?;
    }
    Ok(())
}

async fn wait_for_end(state: &AppState, id: GateRunId, until: Instant) -> Result<(), db::Error> {
    loop {
        let ended = state.gate_ended.notified();
        let run = db::find_gate_run(&mut *state.store.read().await?, id).await?;
        if !run.shown.state.is_live() || timeout_at(until, ended).await.is_err() {
            return Ok(());
        }
    }
}
