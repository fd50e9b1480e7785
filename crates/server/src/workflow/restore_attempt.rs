//! Having discarded work back: branch and worktree stand again as they were, and the attempt is ready for review.

use db::{Change, Durability, Placement, WriteTx};
use domain::{Attempt, AttemptAction, AttemptId, AttemptState, AttemptTrigger, TaskStatus};
use utils::ErrorChain;
use worktree::RestoredWorktree;

use crate::{
    api::{attempts::read_attempt, failure::conflict},
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        prepare_attempt::{Assignment, load_assignment},
        resolve_approval::check_action,
        settle_change::{begin_change, end_change, settle_first},
        undo_merge::store_restored,
    },
};

/// Has a discarded attempt's work back. Goes on when nobody waits for it any more.
///
/// # Errors
/// When the attempt is not its task's newest or was not discarded, or its work is not kept any more.
pub(crate) async fn restore_attempt(state: &AppState, attempt_id: AttemptId) -> Result<Attempt, ApiError> {
    let worker = state.clone();
    let restoring = state.tasks.spawn("restore attempt", async move { restore(&worker, attempt_id).await });
    restoring.await.unwrap_or_else(|error| Err(ApiError::internal(error)))
}

async fn restore(state: &AppState, attempt_id: AttemptId) -> Result<Attempt, ApiError> {
    settle_first(state, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    check_action(
        &assignment.attempt,
        AttemptAction::Restore,
        "only discarded work can be had back, and only of a task's newest attempt. Older work becomes a branch from the \
         project's recovery list",
    )?;
    begin_change(state, attempt_id, AttemptState::Discarded, Change::Restore).await?;
    // No sweep takes the worktree for an orphan before the attempt has it again.
    let making = state.repositories.making().await;
    let stored = match bring_back(state, &assignment).await {
        Ok(restored) => store(state, attempt_id, restored).await.map_err(ApiError::from),
        Err(error) => Err(error),
    };
    drop(making);
    if let Err(error) = stored {
        end_change(state, attempt_id).await?;
        return Err(error);
    }
    state.radar.look_again();
    read_attempt(state, attempt_id).await
}

async fn bring_back(state: &AppState, assignment: &Assignment) -> Result<RestoredWorktree, ApiError> {
    let id = assignment.attempt.worktree_id.to_string();
    let repository = state.repositories.open(&assignment.project.path).await?;
    let _turn = state.repositories.turn(repository.root()).await;
    let restored = repository.restore_worktree(&id, &assignment.project.settings.carry_files).await;
    let failed =
        |error| conflict(format!("the work could not be had back: failed to {}", ErrorChain(&error)));
    restored.map_err(failed)
}

async fn store(state: &AppState, attempt_id: AttemptId, restored: RestoredWorktree) -> Result<(), db::Error> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { store_in(tx, attempt_id, restored).await })
    });
    state.store.write(Durability::Full, work).await
}

async fn store_in(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    restored: RestoredWorktree,
) -> Result<(), db::Error> {
    let at = now();
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    db::end_change(tx, attempt_id).await?;
    store_restored(tx, attempt_id, Ok(restored), attempt.base_commit, at).await?;
    let reason = Some("its work was had back");
    db::transition_attempt(tx, attempt_id, AttemptTrigger::Restored, reason, at).await?;
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    if task.status.is_system() {
        return Ok(());
    }
    db::place_task(tx, task.id, TaskStatus::Review, Placement::Top, at).await.map(drop)
}
