//! Removing worktrees that are done with. What is in them and nowhere else is saved by refs first.

use db::{Change, Durability};
use domain::{Attempt, AttemptId, AttemptState, EventBody, LogLevel, Project};
use utils::{ErrorChain, OrLog};
use worktree::{Orphan, RemoveWorktree, Removed};

use crate::{
    attachments::remove_copies,
    clock::now,
    state::{AppState, transaction},
    workflow::{
        finish_attempt::worktree_of, prepare_attempt::load_assignment, run_gates::clear_gates,
        settle_change::finish_removal,
    },
};

/// What becomes of a removed worktree's branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BranchFate {
    /// Its work is merged or was thrown away: a ref keeps its head for 30 days.
    Deleted,
    /// Nobody decided about its work.
    Kept,
}

/// Removes the worktree of an attempt whose end is stored. Best effort: what stays is tried again at the
/// next start, and the log says why.
pub(crate) async fn remove_worktree(
    state: &AppState,
    project: &Project,
    attempt: &Attempt,
    branch: BranchFate,
) {
    let Some(worktree) = worktree_of(attempt) else { return };
    clear_gates(state, attempt).await;
    let removed = async {
        let repository = state.repositories.open(&project.path).await?;
        let turn = state.repositories.turn(repository.root()).await;
        let removed = repository
            .remove_worktree(&worktree, RemoveWorktree { delete_branch: branch == BranchFate::Deleted })
            .await;
        drop(turn);
        removed
    };
    let (is_gone, event) = match removed.await {
        Ok(Removed::Done { trash_ref, keep_ref, is_branch_deleted }) => {
            (true, removed_event(is_branch_deleted, trash_ref, keep_ref))
        }
        Ok(Removed::Left { reason }) => (false, left_event(&reason)),
        Err(error) => (false, left_event(&ErrorChain(&error).to_string())),
    };
    if is_gone {
        remove_copies(state, attempt.worktree_id).await;
    }
    store_removal(state, attempt.id, is_gone, event)
        .await
        .map_err(|error| ErrorChain(&error).to_string())
        .or_log("storing that a worktree was removed");
}

fn removed_event(is_branch_deleted: bool, trash_ref: Option<String>, keep_ref: Option<String>) -> EventBody {
    let what =
        if is_branch_deleted { "worktree and branch removed" } else { "worktree removed, the branch stays" };
    let kept: Vec<_> = trash_ref.into_iter().chain(keep_ref).collect();
    let message = if kept.is_empty() {
        what.to_owned()
    } else {
        format!("{what}; for 30 days what was in them can be had back from {}", kept.join(" and "))
    };
    EventBody::board_log(LogLevel::Info, message)
}

fn left_event(reason: &str) -> EventBody {
    EventBody::board_log(LogLevel::Warn, format!("the worktree was left where it is: {reason}"))
}

async fn store_removal(
    state: &AppState,
    attempt_id: AttemptId,
    is_gone: bool,
    event: EventBody,
) -> Result<(), db::Error> {
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            if is_gone {
                db::clear_worktree(tx, attempt_id).await?;
            }
            db::append_events(tx, attempt_id, &[(at, event)]).await.map(drop)
        })
    });
    state.store.write(Durability::Full, work).await
}

/// Removes, at the start of a server, the worktrees of attempts that are over for good, and those that no attempt
/// knows.
pub(crate) async fn remove_leftover_worktrees(state: &AppState, projects: &[Project]) {
    let attempts = async {
        let mut connection = state.store.read().await?;
        db::list_attempts_with_worktree(&mut connection).await
    };
    let Some(attempts) =
        attempts.await.map_err(|error| ErrorChain(&error).to_string()).or_log("listing worktrees")
    else {
        return;
    };
    for project in projects {
        sweep_project(state, project, &attempts).await;
    }
}

async fn sweep_project(state: &AppState, project: &Project, attempts: &[Attempt]) {
    for attempt in attempts.iter().filter(|attempt| is_over(attempt.state)) {
        if belongs_to(state, project, attempt).await {
            remove_leftover(state, attempt.id)
                .await
                .map_err(|error| ErrorChain(&error).to_string())
                .or_log("removing a worktree that was left over");
        }
    }
    for orphan in sweep_orphans(state, project).await.into_iter().flatten() {
        tracing::info!(path = %orphan.path.display(), "orphan worktree {}: {:?}", orphan.path.display(), orphan.fate);
    }
}

/// The list may be old by now: somebody may have had the work back, or be at it.
async fn remove_leftover(state: &AppState, attempt_id: AttemptId) -> Result<(), db::Error> {
    let work = transaction::<bool, db::Error, _>(move |tx| {
        Box::pin(async move {
            let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
            let is_busy = db::is_changing(tx.connection(), attempt_id).await?;
            if is_busy || !is_over(attempt.state) || attempt.worktree_path.is_none() {
                return Ok(false);
            }
            db::begin_change(tx, attempt_id, Change::Removal).await.map(|()| true)
        })
    });
    if state.store.write(Durability::Full, work).await? {
        let assignment = load_assignment(state, attempt_id).await;
        finish_removal(state, &state.remember_failed(attempt_id, assignment)?).await?;
    }
    Ok(())
}

/// Who is known is asked while no worktree is being made, so that none is taken away from under a new attempt.
async fn sweep_orphans(state: &AppState, project: &Project) -> Option<Vec<Orphan>> {
    let sweeping = state.repositories.sweeping().await;
    let known = known_worktrees(state).await.map_err(|error| ErrorChain(&error).to_string());
    let known = known.or_log("listing worktrees")?;
    let swept = async {
        let repository = state.repositories.open(&project.path).await?;
        let turn = state.repositories.turn(repository.root()).await;
        let orphans = repository.sweep_orphans(&state.workspaces(), &known).await;
        drop(turn);
        orphans
    };
    let orphans = swept.await.map_err(|error| ErrorChain(&error).to_string());
    drop(sweeping);
    orphans.or_log("looking for orphan worktrees")
}

/// The worktrees that attempts have or will have, by their ids in the repository.
async fn known_worktrees(state: &AppState) -> Result<Vec<String>, db::Error> {
    let mut connection = state.store.read().await?;
    let with_worktree = db::list_attempts_with_worktree(&mut connection).await?;
    let live = db::list_live_attempts(&mut connection).await?;
    Ok(with_worktree.iter().chain(&live).map(|attempt| attempt.worktree_id.to_string()).collect())
}

/// States after which nothing is done in the worktree any more. An attempt that was sent back and still has its own is
/// one that another try from the base followed: the next one in the same worktree would have taken it over.
const fn is_over(state: AttemptState) -> bool {
    matches!(state, AttemptState::Merged | AttemptState::Discarded | AttemptState::ChangesRequested)
}

/// What becomes of the branch of an attempt in this state once its worktree goes.
pub(crate) const fn fate_of_branch(state: AttemptState) -> BranchFate {
    if matches!(state, AttemptState::ChangesRequested) { BranchFate::Kept } else { BranchFate::Deleted }
}

async fn belongs_to(state: &AppState, project: &Project, attempt: &Attempt) -> bool {
    let Some(mut connection) = state.store.read().await.or_log("reading a task") else { return false };
    let task = db::find_task(&mut connection, attempt.task_id).await.or_log("reading a task");
    task.is_some_and(|task| task.project_id == project.id)
}
