//! Changes of an attempt's work that take more than one transaction: each is stored before it begins and named, so that
//! nobody does anything else with the work meanwhile, and what a crash or a full disk left in the middle is found out.
//!
//! What came of it is asked of the repository, never guessed. Every request settles first what it depends on; what nobody
//! asks for is tried again now and then.

use std::{sync::PoisonError, time::Duration};

use db::{Change, Durability};
use domain::{Attempt, AttemptId, AttemptState, ErrorCode, Refusal};
use tokio::time::sleep;
use worktree::Repository;

use crate::{
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        go_back::settle_go_back,
        merge_attempt::{Merged, store_merge},
        prepare_attempt::{Assignment, load_assignment},
        remove_worktree::{fate_of_branch, remove_worktree},
        undo_merge::settle_undo,
    },
};

/// How often what could not be settled is tried again.
const TRY_EVERY: Duration = Duration::from_secs(10);

/// Starts settling, now and then, what was left in the middle.
pub(crate) fn start(state: &AppState) {
    let (owner, state) = (state.clone(), state.clone());
    drop(owner.tasks.spawn_until_cancelled("settle changes", async move { watch(&state).await }));
}

async fn watch(state: &AppState) {
    loop {
        sleep(TRY_EVERY).await;
        let left: Vec<_> =
            state.interrupted.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        for attempt_id in left {
            settle_or_log(state, attempt_id).await;
        }
    }
}

/// Settles what was left of an attempt, if the repository answers; else somebody tries again.
pub(crate) async fn settle_or_log(state: &AppState, attempt_id: AttemptId) {
    match settle_interrupted(state, attempt_id).await {
        // Its task or project is not on the board any more: nobody can ask for anything.
        Err(error) if error.code() == ErrorCode::NotFound => state.forget_interrupted(attempt_id),
        Err(error) => {
            tracing::error!("what was interrupted of attempt {attempt_id} cannot be settled: {error:?}")
        }
        Ok(()) => {}
    }
}

/// Stores that something is begun with the attempt's work: nobody else does anything with it until that is settled.
///
/// # Errors
/// When the attempt is in another state by now, or somebody else is at it.
pub(crate) async fn begin_change(
    state: &AppState,
    attempt_id: AttemptId,
    expected: AttemptState,
    change: Change,
) -> Result<(), db::Error> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
            if db::is_changing(tx.connection(), attempt_id).await? {
                let text =
                    "the attempt's work is being merged, removed or taken back just now: nothing was changed";
                return Err(Refusal(text.to_owned()).into());
            }
            if attempt.state != expected {
                let text = format!("the attempt is {} by now: nothing was changed", attempt.state.as_str());
                return Err(Refusal(text).into());
            }
            db::begin_change(tx, attempt_id, change).await
        })
    });
    state.store.write(Durability::Full, work).await
}

/// Stores that it is settled. Where that fails it is settled again later.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn end_change(state: &AppState, attempt_id: AttemptId) -> Result<(), db::Error> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::choose_merge_style(tx, attempt_id, None).await?;
            db::end_change(tx, attempt_id).await
        })
    });
    state.remember_failed(attempt_id, state.store.write(Durability::Full, work).await)
}

/// Settles what was left of an attempt before something else is begun with it.
///
/// # Errors
/// When repository or database do not answer.
pub(crate) async fn settle_first(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    if !state.is_interrupted(attempt_id) {
        return Ok(());
    }
    settle_interrupted(state, attempt_id).await
}

/// Settles what this server itself began. Where the repository does not answer, the next one who wants something of the
/// attempt does it.
///
/// # Errors
/// When repository or database do not answer.
pub(crate) async fn settle_now(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    state.remember_interrupted(attempt_id);
    settle_interrupted(state, attempt_id).await
}

/// Removes the worktree whose removal is stored as what is being done. What stays there does not hold the attempt up: it
/// is tried again at the next start, and the log says why.
pub(crate) async fn finish_removal(state: &AppState, assignment: &Assignment) -> Result<(), db::Error> {
    let Assignment { attempt, project, .. } = assignment;
    remove_worktree(state, project, attempt, fate_of_branch(attempt.state)).await;
    end_change(state, attempt.id).await
}

/// Finds out what came of what a dead server, or one that could not store its end, began.
///
/// # Errors
/// When the repository or the database does not answer; the intention stays stored.
pub(crate) async fn settle_interrupted(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    let project = load_assignment(state, attempt_id).await?.project;
    let repository = state.repositories.open(&project.path).await?;
    let turn = state.repositories.turn(repository.root()).await;
    // Another request may have settled it, and begun something of its own since.
    if !state.is_interrupted(attempt_id) {
        return Ok(());
    }
    // Read only now: whoever held the turn before may have changed it.
    let assignment = load_assignment(state, attempt_id).await?;
    let change = db::find_change(&mut *state.store.read().await?, attempt_id).await?;
    let is_left_to_remove = settle_in_turn(state, &repository, &assignment, change).await?;
    state.forget_interrupted(attempt_id);
    drop(turn);
    if is_left_to_remove {
        finish_removal(state, &assignment).await?;
    }
    Ok(())
}

/// True if the worktree is not needed any more, and its removal is what is being done from now on.
async fn settle_in_turn(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
    change: Option<Change>,
) -> Result<bool, ApiError> {
    let attempt = &assignment.attempt;
    match change {
        None => return Ok(false),
        Some(Change::Removal) => return Ok(true),
        Some(Change::GoBack) => settle_go_back(state, repository, assignment).await?,
        Some(Change::UndoMerge) if attempt.state == AttemptState::Merged => {
            repository.recover_merges().await?;
            settle_undo(state, repository, assignment).await?;
        }
        Some(Change::Merge) if attempt.state == AttemptState::ReviewReady => {
            repository.recover_merges().await?;
            if let Some(merged) = find_merged(repository, attempt).await? {
                store_merge(state, assignment, &merged).await?;
                return Ok(true);
            }
            end_change(state, attempt.id).await?;
        }
        // What stands there by now is there to be asked for again.
        Some(Change::Merge | Change::UndoMerge | Change::PullRequest | Change::Restore) => {
            end_change(state, attempt.id).await?;
        }
    }
    Ok(false)
}

/// The evidence that git left in the same step as it moved the base branch; else that branch itself, where it has the
/// work in its history.
async fn find_merged(repository: &Repository, attempt: &Attempt) -> Result<Option<Merged>, ApiError> {
    let evidence = repository.find_evidence(&attempt.worktree_id.to_string()).await?;
    if let Some(commit) = evidence.merged {
        return Ok(Some(Merged { commit, style: attempt.merge_style, note: None }));
    }
    let Some(head) = &attempt.head_commit else { return Ok(None) };
    let found = repository.find_merge(head, &attempt.base_branch).await?;
    Ok(found.map(|commit| Merged { commit, style: None, note: None }))
}
