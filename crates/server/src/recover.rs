//! What happens before the first request is answered: every unfinished attempt is taken up where its shim lives,
//! settled where it ended, or said to be lost. "Running" is never believed from memory.

use std::{
    collections::BTreeSet,
    sync::PoisonError,
    time::{Duration, SystemTime},
};

use db::{Durability, StoredGateRun};
use domain::{Attempt, AttemptId, AttemptState, GateKind, Project};
use futures_util::future::join_all;
use tokio::time::{Instant, timeout};
use utils::{ErrorChain, OrLog};
use uuid::Uuid;

use crate::{
    error::ApiError,
    state::{AppState, transaction},
    supervise,
    workflow::{
        check_merged_tree::settle_cut_off, prepare_attempt::prepare_attempt,
        remove_worktree::remove_leftover_worktrees, run_gates::take_up_gates, settle_change::settle_or_log,
    },
};

/// How long thrown-away and merged work can be had back.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);
/// How long the first request waits for runs that ended while nobody watched to be settled. What takes longer is
/// settled while the board is served.
const SETTLE_MAX: Duration = Duration::from_secs(2);

/// Takes up, settles or marks as lost whatever an earlier server left unfinished.
///
/// # Errors
/// When the database cannot be read: then nothing is known, and the server must not start.
pub(crate) async fn recover(state: &AppState) -> Result<(), db::Error> {
    let mut connection = state.store.read().await?;
    let runs = db::list_unfinished_runs(&mut connection).await?;
    let live = db::list_live_attempts(&mut connection).await?;
    let gates = db::list_unfinished_gate_runs(&mut connection).await?;
    drop(connection);
    for attempt in live.iter().filter(|attempt| attempt.state == AttemptState::Preparing) {
        drop(state.tasks.spawn("prepare attempt", prepare_attempt(state.clone(), attempt.id)));
    }
    take_up_all_gates(state, &live, &gates);
    let preparing = |run: &db::Run| {
        live.iter().any(|attempt| attempt.id == run.attempt_id && attempt.state == AttemptState::Preparing)
    };
    let taken_up: Vec<_> = runs.iter().filter(|run| !preparing(run)).collect();
    for run in &taken_up {
        supervise::take_up(state, run.id);
    }
    if !taken_up.is_empty() {
        tracing::info!(run_count = taken_up.len(), "took up {} unfinished runs", taken_up.len());
        settle_ended(state, &taken_up).await;
    }
    tidy_repositories(state).await
}

/// Gates go on where they stand. A setup is taken up by who prepares its attempt; what nobody waits for any more is
/// followed to its end all the same.
fn take_up_all_gates(state: &AppState, live: &[Attempt], gates: &[StoredGateRun]) {
    let at_gates = live.iter().filter(|attempt| attempt.state == AttemptState::Gates);
    let queued = gates.iter().filter(|run| run.shown.kind == GateKind::Gate);
    let attempts: BTreeSet<_> =
        at_gates.map(|attempt| attempt.id).chain(queued.map(|run| run.shown.attempt_id)).collect();
    attempts.into_iter().for_each(|attempt_id| take_up_gates(state, attempt_id));
    for run in gates.iter().filter(|run| run.shown.kind != GateKind::Gate) {
        let is_prepared = live
            .iter()
            .any(|attempt| attempt.id == run.shown.attempt_id && attempt.state == AttemptState::Preparing);
        if !is_prepared {
            let (owner, state, run) = (state.clone(), state.clone(), run.clone());
            drop(owner.tasks.spawn("gate", async move { settle_cut_off(&state, run).await }));
        }
    }
}

/// Waits until runs that are over are settled, so that the first look at the board shows them so.
async fn settle_ended(state: &AppState, runs: &[&db::Run]) {
    let until = Instant::now() + SETTLE_MAX;
    for run in runs {
        let is_over = !matches!(
            executor::inspect_run(&state.run_dir(&run.directory)).or_log("looking at a run"),
            Some(executor::RunStanding::Live) | None
        );
        while is_over && Instant::now() < until && !is_settled(state, run).await {
            // At the limit the condition above ends the wait.
            drop(timeout(Duration::from_millis(20), state.ended.notified()).await);
        }
    }
}

async fn is_settled(state: &AppState, run: &db::Run) -> bool {
    let Some(mut connection) = state.store.read().await.or_log("reading a run") else { return true };
    let run = db::find_run(&mut connection, run.id).await.or_log("reading a run");
    run.is_none_or(|run| run.outcome.is_some())
}

/// Throws away what a merge that was cut off had checked out for its gates, unless one still runs there.
async fn sweep_checkouts(state: &AppState, project: &Project, before: SystemTime) {
    let swept = async {
        let unfinished = db::list_unfinished_gate_runs(&mut *state.store.read().await?).await?;
        let used: Vec<_> = unfinished.into_iter().map(|run| run.cwd.into()).collect();
        let repository = state.repositories.open(&project.path).await?;
        Ok::<_, ApiError>(repository.sweep_checkouts(&state.workspaces(), before, &used).await?)
    };
    swept.await.map_err(|error| format!("{error:?}")).or_log("removing checkouts of merges");
}

/// Interrupted merges and left-over worktrees are settled beside the first requests: whoever wants to merge before that
/// settles the attempt first.
async fn tidy_repositories(state: &AppState) -> Result<(), db::Error> {
    let mut connection = state.store.read().await?;
    let projects = db::list_projects(&mut connection).await?;
    let merging = db::list_changing_attempts(&mut connection).await?;
    drop(connection);
    let interrupted = merging.iter().map(|attempt| attempt.id);
    state.interrupted.lock().unwrap_or_else(PoisonError::into_inner).extend(interrupted);
    let began_at = SystemTime::now();
    let (owner, state) = (state.clone(), state.clone());
    let tidying = async move { tidy(&state, projects, merging, began_at).await };
    drop(owner.tasks.spawn_until_cancelled("tidy repositories", tidying));
    Ok(())
}

async fn tidy(state: &AppState, projects: Vec<Project>, merging: Vec<Attempt>, began_at: SystemTime) {
    join_all(projects.iter().map(|project| recover_merges(state, project))).await;
    for attempt in merging {
        settle_or_log(state, attempt.id).await;
    }
    remove_leftover_worktrees(state, &projects).await;
    for project in &projects {
        sweep_checkouts(state, project, began_at).await;
        expire_refs(state, project).await;
    }
}

/// Lets go of what was kept for so long as the board says it is.
async fn expire_refs(state: &AppState, project: &Project) {
    let expired = async {
        let repository = state.repositories.open(&project.path).await?;
        let turn = state.repositories.turn(repository.root()).await;
        let expired = repository.expire_refs(KEPT, SystemTime::now()).await;
        drop(turn);
        expired
    };
    let expired =
        expired.await.map_err(|error| ErrorChain(&error).to_string()).or_log("letting go of old refs");
    for name in expired.into_iter().flatten() {
        tracing::info!("{name} was kept for 30 days and is let go");
        forget_checkpoint(state, &name).await.or_log("forgetting a checkpoint");
    }
}

/// A checkpoint whose commit is gone cannot be gone back to.
async fn forget_checkpoint(state: &AppState, name: &str) -> Result<(), db::Error> {
    let Some((attempt_id, number)) = checkpoint_of(name) else { return Ok(()) };
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::delete_checkpoint(tx, attempt_id, number).await })
    });
    state.store.write(Durability::Full, work).await
}

/// The attempt and number in the name of a checkpoint's ref.
fn checkpoint_of(name: &str) -> Option<(AttemptId, i32)> {
    let (attempt_id, number) = name.strip_prefix("refs/eval-kanban/checkpoint/")?.split_once('/')?;
    Some((Uuid::parse_str(attempt_id).ok()?.into(), number.parse().ok()?))
}

async fn recover_merges(state: &AppState, project: &Project) {
    let recovered = async {
        let repository = state.repositories.open(&project.path).await?;
        let turn = state.repositories.turn(repository.root()).await;
        let merges = repository.recover_merges().await;
        drop(turn);
        merges
    };
    let merges = recovered.await.map_err(|error| ErrorChain(&error).to_string()).or_log("settling merges");
    for merge in merges.into_iter().flatten() {
        tracing::info!(target_branch = %merge.target, is_merged = merge.is_merged, "an interrupted merge was settled");
    }
}
