//! Ending an attempt: what the agent left is committed, what it changed is counted, and the outcome is stored with
//! the end of its run in one transaction.
//!
//! Every step may be repeated: a server killed in here finds the run unfinished and does it again.

use std::path::PathBuf;

use db::{Durability, Placement, Run, RunOutcome, WriteTx};
use domain::{
    Attempt, AttemptAction, AttemptError, AttemptId, AttemptState, AttemptTrigger, EventBody, FailureCode,
    LogLevel, TaskStatus, Timestamp,
};
use executor::{ExitOutcome, RunEnd};
use utils::{ErrorChain, OrLog};
use worktree::{Commit, Leftovers, Worktree};

use crate::{
    asks::withdraw_asks,
    clock::now,
    comments::settle_comments,
    digest::{Ending, Verdict},
    prompt::leftover_message,
    standing::reconcile,
    state::{AppState, transaction},
    talk::release_run,
    workflow::continue_attempt::queue_again,
    workflow::measure_work::{Measured, measure_work, store_measured},
    workflow::prepare_attempt::{Assignment, load_assignment},
    workflow::run_gates::{queue_gates, take_up_gates},
    workflow::take_checkpoint::{Occasion, take_or_say},
};

/// What the repository says about the attempt's work.
#[derive(Default)]
struct Work {
    events: Vec<EventBody>,
    measured: Option<Measured>,
    failure: Option<AttemptError>,
}

/// The worktree of an attempt, if it has one.
pub(crate) fn worktree_of(attempt: &Attempt) -> Option<Worktree> {
    Some(Worktree {
        id: attempt.worktree_id.to_string(),
        path: PathBuf::from(attempt.worktree_path.as_ref()?),
        branch: attempt.branch_name.clone()?,
        base_branch: Some(attempt.base_branch.clone()),
        base_commit: attempt.base_commit.clone()?,
    })
}

/// Settles an attempt whose run has ended.
///
/// # Errors
/// When the database does not answer; the run is then still unfinished.
pub(crate) async fn finish_attempt(
    state: &AppState,
    run: &Run,
    end: &RunEnd,
    ending: Ending,
    verdict: Option<Verdict>,
) -> Result<(), db::Error> {
    let assignment = load_assignment(state, run.attempt_id).await?;
    let mut work = gather_work(state, &assignment).await;
    work.events.extend(take_or_say(state, &assignment, &Occasion::RunEnded(run.id)).await);
    let may_go_on = may_go_on(run, &ending, verdict.as_ref());
    let settlement = Settlement {
        attempt_id: run.attempt_id,
        run: Some(EndedRun {
            run: run.clone(),
            outcome: run_outcome(end, &ending),
            detail: serde_json::to_string(&end_detail(end)).or_log("keeping an exit record"),
        }),
        ending: overrule(ending, &work),
        may_go_on,
        summary: verdict.and_then(|verdict| verdict.summary),
        work,
        at: now(),
    };
    settle(state, settlement).await?;
    // Whoever looks at the comments later finds out the same.
    settle_comments(state, run.attempt_id)
        .await
        .map_err(|error| format!("{error:?}"))
        .or_log("answering comments");
    Ok(())
}

fn may_go_on(run: &Run, ending: &Ending, verdict: Option<&Verdict>) -> bool {
    let Some(verdict) = verdict else { return false };
    match ending {
        Ending::Cancelled => false,
        Ending::Failed(_) => verdict.is_conversation_missing,
        Ending::Finished => run.has_session && !verdict.is_by_person(),
    }
}

/// Ends an attempt that has no run to wait for: it could not be prepared, or was stopped before.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn fail_attempt(
    state: &AppState,
    attempt_id: AttemptId,
    trigger: AttemptTrigger,
    error: Option<AttemptError>,
) -> Result<(), db::Error> {
    let ending = match (trigger, error) {
        (AttemptTrigger::Cancelled, _) | (_, None) => Ending::Cancelled,
        (_, Some(error)) => Ending::Failed(error),
    };
    let settlement = Settlement {
        attempt_id,
        run: None,
        ending,
        may_go_on: false,
        summary: None,
        work: Work::default(),
        at: now(),
    };
    settle(state, settlement).await
}

/// Cancels an attempt that nobody has begun to prepare. False if somebody has meanwhile: its run must be stopped then.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn cancel_queued(state: &AppState, attempt_id: AttemptId) -> Result<bool, db::Error> {
    let at = now();
    let work = transaction::<bool, db::Error, _>(move |tx| {
        Box::pin(async move {
            if db::find_attempt(tx.connection(), attempt_id).await?.state != AttemptState::Queued {
                return Ok(false);
            }
            let (ending, work) = (Ending::Cancelled, Work::default());
            let settlement =
                Settlement { attempt_id, run: None, ending, may_go_on: false, summary: None, work, at };
            store_settlement(tx, settlement).await.map(|_| true)
        })
    });
    let is_cancelled = state.store.write(Durability::Full, work).await?;
    if is_cancelled {
        state.announce_end(attempt_id);
    }
    Ok(is_cancelled)
}

/// Work that was done and cannot be read back must not look ready.
fn overrule(ending: Ending, work: &Work) -> Ending {
    match (ending, &work.failure) {
        (Ending::Finished, Some(failure)) => Ending::Failed(failure.clone()),
        (ending, _) => ending,
    }
}

async fn gather_work(state: &AppState, assignment: &Assignment) -> Work {
    let Some(worktree) = worktree_of(&assignment.attempt) else { return Work::default() };
    let mut work = Work::default();
    if let Err(error) = read_work(state, assignment, &worktree, &mut work).await {
        let message = format!("the work could not be taken up: failed to {}", ErrorChain(&error));
        work.events.push(EventBody::Error { message: message.clone(), detail: None });
        work.failure = Some(AttemptError { code: FailureCode::FinishFailed, message });
    }
    work
}

async fn read_work(
    state: &AppState,
    assignment: &Assignment,
    worktree: &Worktree,
    work: &mut Work,
) -> Result<(), worktree::Error> {
    let repository = state.repositories.open(&assignment.project.path).await?;
    let commit = Commit { message: leftover_message(&assignment.task), author: None };
    let leftovers = repository.commit_leftovers(worktree, &commit).await?;
    work.events.extend(leftover_events(&leftovers));
    work.failure = unresolved(&leftovers);
    work.measured = Some(measure_work(&repository, worktree, head_of(&leftovers).to_owned()).await?);
    Ok(())
}

fn head_of(leftovers: &Leftovers) -> &str {
    match leftovers {
        Leftovers::Clean { head }
        | Leftovers::Snapshotted { head, .. }
        | Leftovers::Unresolved { head, .. } => head,
        Leftovers::Committed { commit, .. } => commit,
    }
}

fn leftover_events(leftovers: &Leftovers) -> Vec<EventBody> {
    match leftovers {
        Leftovers::Clean { .. } => Vec::new(),
        Leftovers::Committed { commit, moved_from, left_out } => {
            let title = Some("Work left uncommitted was committed".to_owned());
            let artifact =
                EventBody::Artifact { artifact_kind: "commit".into(), artifact_ref: commit.clone(), title };
            let moved = moved_from
                .iter()
                .map(|from| format!("the agent had moved to {from}; its work is on the branch now"));
            let left = left_out
                .iter()
                .map(|path| format!("{path} could not be committed and stays in the worktree"));
            let logs = moved.chain(left).map(|message| EventBody::board_log(LogLevel::Warn, message));
            std::iter::once(artifact).chain(logs).collect()
        }
        Leftovers::Snapshotted { snapshot_ref, reason, .. } => {
            let message = format!("uncommitted work is kept at {snapshot_ref}, not on the branch: {reason}");
            vec![EventBody::board_log(LogLevel::Warn, message)]
        }
        Leftovers::Unresolved { snapshot_ref, .. } => {
            let message = format!("the files of the unresolved merge are kept at {snapshot_ref}");
            vec![EventBody::board_log(LogLevel::Warn, message)]
        }
    }
}

/// A merge that nobody resolved must not look ready.
fn unresolved(leftovers: &Leftovers) -> Option<AttemptError> {
    let Leftovers::Unresolved { paths, .. } = leftovers else { return None };
    let message = format!(
        "the merge of the base still has conflict markers in {}: let the agent go on, or resolve them in the worktree",
        paths.join(", ")
    );
    Some(AttemptError { code: FailureCode::FinishFailed, message })
}

fn run_outcome(end: &RunEnd, ending: &Ending) -> RunOutcome {
    match end {
        RunEnd::Lost { .. } => RunOutcome::Lost,
        RunEnd::Exited(_) if *ending == Ending::Cancelled => RunOutcome::Cancelled,
        RunEnd::Exited(record) => match record.outcome {
            ExitOutcome::Exited { .. } => RunOutcome::Exited,
            ExitOutcome::Signalled { .. } => RunOutcome::Signalled,
            ExitOutcome::FailedToStart { .. } => RunOutcome::FailedToStart,
            ExitOutcome::Unknown => RunOutcome::Lost,
        },
    }
}

fn end_detail(end: &RunEnd) -> Option<&executor::ExitRecord> {
    match end {
        RunEnd::Exited(record) => Some(record),
        RunEnd::Lost { .. } => None,
    }
}

/// The run whose end ends the attempt.
struct EndedRun {
    run: Run,
    outcome: RunOutcome,
    detail: Option<String>,
}

/// Everything that the end of an attempt stores.
struct Settlement {
    attempt_id: AttemptId,
    run: Option<EndedRun>,
    ending: Ending,
    /// Whether what waits for the agent is what it goes on with: it ended well by itself, or its conversation was never
    /// saved, so that another one must begin.
    may_go_on: bool,
    summary: Option<String>,
    work: Work,
    at: Timestamp,
}

/// Where an attempt goes from the end of its agent's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    /// It is over, or queued again.
    Ended,
    /// Its gates are to be run first.
    AtGates,
}

async fn settle(state: &AppState, settlement: Settlement) -> Result<(), db::Error> {
    let attempt_id = settlement.attempt_id;
    let work = transaction::<Settled, db::Error, _>(move |tx| {
        Box::pin(async move { store_settlement(tx, settlement).await })
    });
    match state.store.write(Durability::Full, work).await? {
        Settled::Ended => state.announce_end(attempt_id),
        Settled::AtGates => take_up_gates(state, attempt_id),
    }
    Ok(())
}

async fn store_settlement(tx: &mut WriteTx, settlement: Settlement) -> Result<Settled, db::Error> {
    let Settlement { attempt_id, run, ending, may_go_on, summary, work, at } = settlement;
    if let Some(run) = run {
        db::end_run(tx, run.run.id, run.outcome, run.detail.as_deref(), at).await?;
        release_run(tx, &run.run, run.run.has_session, at).await?;
    }
    withdraw_asks(tx, attempt_id, at).await?;
    db::set_stopped(tx, attempt_id, false).await?;
    if !db::find_attempt(tx.connection(), attempt_id).await?.state.is_live() {
        return Ok(Settled::Ended);
    }
    reconcile(tx, attempt_id, at).await?;
    store_work(tx, attempt_id, work, at).await?;
    if let Some(summary) = summary {
        db::set_summary(tx, attempt_id, &summary).await?;
    }
    db::set_activity(tx, attempt_id, None).await?;
    let goes_on = may_go_on && db::count_unread(tx.connection(), attempt_id).await? > 0;
    // Whoever goes on at once has nothing yet that is worth a gate.
    if ending == Ending::Finished && !goes_on && start_gates(tx, attempt_id, at).await? {
        return Ok(Settled::AtGates);
    }
    end_attempt(tx, attempt_id, &ending, at).await?;
    if may_go_on {
        go_on_with_queued(tx, attempt_id, at).await?;
    }
    Ok(Settled::Ended)
}

/// Queues the project's gates. False if there are none.
async fn start_gates(tx: &mut WriteTx, attempt_id: AttemptId, at: Timestamp) -> Result<bool, db::Error> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    if attempt.state != AttemptState::Running || !queue_gates(tx, &attempt, at).await? {
        return Ok(false);
    }
    db::transition_attempt(tx, attempt_id, AttemptTrigger::GatesStarted, None, at).await.map(|_| true)
}

/// Brings an attempt to its end, and its card to where people look for it.
async fn end_attempt(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    ending: &Ending,
    at: Timestamp,
) -> Result<(), db::Error> {
    let (trigger, reason) = match ending {
        Ending::Finished => (AttemptTrigger::Finished, None),
        Ending::Cancelled => (AttemptTrigger::Cancelled, None),
        Ending::Failed(error) => (AttemptTrigger::Failed, Some(error.message.as_str())),
    };
    if let Ending::Failed(error) = ending {
        db::set_attempt_error(tx, attempt_id, error).await?;
    }
    db::transition_attempt(tx, attempt_id, trigger, reason, at).await?;
    place_card(tx, attempt_id, ending, at).await
}

/// Brings an attempt whose gates have run to review, whatever they said. What a person said to its agent meanwhile is
/// what it goes on with. Nothing happens to one that does not wait for gates.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn finish_after_gates(state: &AppState, attempt_id: AttemptId) -> Result<(), db::Error> {
    let at = now();
    let work = transaction::<bool, db::Error, _>(move |tx| {
        Box::pin(async move { store_gates_done(tx, attempt_id, at).await })
    });
    if state.store.write(Durability::Full, work).await? {
        state.announce_end(attempt_id);
    }
    Ok(())
}

async fn store_gates_done(tx: &mut WriteTx, attempt_id: AttemptId, at: Timestamp) -> Result<bool, db::Error> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    if attempt.state != AttemptState::Gates {
        return Ok(false);
    }
    let is_cancelled = db::is_cancel_requested(tx.connection(), attempt_id).await?;
    let ending = if is_cancelled { Ending::Cancelled } else { Ending::Finished };
    end_attempt(tx, attempt_id, &ending, at).await?;
    if !is_cancelled && was_spoken_to(tx, attempt_id).await? {
        go_on_with_queued(tx, attempt_id, at).await?;
    }
    Ok(true)
}

/// Whether somebody said something since its agent ended: what waited before was decided about then.
async fn was_spoken_to(tx: &mut WriteTx, attempt_id: AttemptId) -> Result<bool, db::Error> {
    let runs = db::list_runs(tx.connection(), attempt_id).await?;
    let ended_at = runs.last().and_then(|run| run.ended_at);
    let waiting = db::list_waiting_messages(tx.connection(), attempt_id).await?;
    Ok(waiting.iter().any(|waiting| Some(waiting.message.created_at) >= ended_at))
}

/// What was said to the agent after it had nothing left to do is what it goes on with.
async fn go_on_with_queued(tx: &mut WriteTx, attempt_id: AttemptId, at: Timestamp) -> Result<(), db::Error> {
    if db::count_unread(tx.connection(), attempt_id).await? == 0 {
        return Ok(());
    }
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    if attempt.allowed_actions.contains(&AttemptAction::Message) {
        queue_again(tx, &attempt, "a message was waiting", at).await?;
    }
    Ok(())
}

async fn store_work(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    work: Work,
    at: Timestamp,
) -> Result<(), db::Error> {
    let events: Vec<_> = work.events.into_iter().map(|body| (at, body)).collect();
    db::append_events(tx, attempt_id, &events).await?;
    if let Some(measured) = &work.measured {
        store_measured(tx, attempt_id, measured).await?;
    }
    Ok(())
}

/// A stopped task goes back to To Do, any other to Review, newest on top.
async fn place_card(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    ending: &Ending,
    at: Timestamp,
) -> Result<(), db::Error> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    let column = match ending {
        Ending::Cancelled => TaskStatus::Todo,
        Ending::Finished | Ending::Failed(_) => TaskStatus::Review,
    };
    if task.status.is_system() {
        db::place_task(tx, task.id, column, Placement::Top, at).await?;
    }
    Ok(())
}
