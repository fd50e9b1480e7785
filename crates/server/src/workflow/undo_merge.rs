//! Taking a merge back: the base branch goes back to where it was, or gets a commit that takes the changes back.
//!
//! As with a merge the intention is stored first, and afterwards the repository says what came of it.

use db::{Change, Durability, NewWorktree, Placement, WriteTx};
use domain::{
    Attempt, AttemptAction, AttemptId, AttemptState, AttemptTrigger, EventBody, LogLevel, TaskStatus,
    Timestamp, UndoMerge, UndoMergeHow,
};
use utils::ErrorChain;
use worktree::{Commit, MergeOutcome, Repository, RestoredWorktree, RevertMerge, TakeBack};

use crate::{
    clock::now,
    error::ApiError,
    merging::{revert_message, unchanged},
    state::{AppState, transaction},
    workflow::{
        prepare_attempt::{Assignment, load_assignment},
        resolve_approval::check_action,
        send_message::find_attempt,
        settle_change::{begin_change, end_change, settle_first, settle_now},
    },
};

/// Takes an attempt's merge back. After an undo its work is ready for review again, in its worktree; after a revert it
/// stays merged and its task goes to To Do. Goes on when nobody waits for it any more.
///
/// # Errors
/// When something was built on the merge, the revert conflicts, or the checkout is in the way; nothing is changed then.
pub(crate) async fn undo_merge(
    state: &AppState,
    attempt_id: AttemptId,
    request: UndoMerge,
) -> Result<Attempt, ApiError> {
    let worker = state.clone();
    let undoing =
        state.tasks.spawn("undo merge", async move { take_back(&worker, attempt_id, request.how).await });
    undoing.await.unwrap_or_else(|error| Err(ApiError::internal(error)))
}

async fn take_back(state: &AppState, attempt_id: AttemptId, how: UndoMergeHow) -> Result<Attempt, ApiError> {
    settle_first(state, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    check_action(
        &assignment.attempt,
        AttemptAction::UndoMerge,
        "only the newest attempt of a task, and only once it is merged, can have its merge taken back",
    )?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    begin_change(state, attempt_id, AttemptState::Merged, Change::UndoMerge).await?;
    let outcome = {
        let _turn = state.repositories.turn(repository.root()).await;
        match how {
            UndoMergeHow::Undo => repository.undo_merge(&merge_of(&assignment.attempt)).await,
            UndoMergeHow::Revert => repository.revert_merge(&revert_of(&assignment)).await,
        }
    };
    if let Ok(MergeOutcome::Merged { .. }) | Err(_) = &outcome {
        settle_now(state, attempt_id).await?;
    } else {
        // Refused, so it changed nothing: whatever the repository says by now, this has not taken the merge back.
        end_change(state, attempt_id).await?;
    }
    let attempt = find_attempt(state, attempt_id).await?;
    let is_done = attempt.state != AttemptState::Merged || attempt.revert_commit.is_some();
    match outcome {
        Ok(MergeOutcome::Merged { .. }) => Ok(attempt),
        Ok(other) => Err(unchanged(&other, &attempt.base_branch)),
        // Broken off in the middle, and settled to the end.
        Err(_) if is_done => Ok(attempt),
        Err(error) => Err(error.into()),
    }
}

fn merge_of(attempt: &Attempt) -> TakeBack {
    TakeBack {
        id: attempt.worktree_id.to_string(),
        target: attempt.base_branch.clone(),
        branch: attempt.branch_name.clone(),
    }
}

fn revert_of(assignment: &Assignment) -> RevertMerge {
    let Assignment { attempt, task, .. } = assignment;
    let commit = attempt.merge_commit.as_deref().unwrap_or("the merge");
    let message = revert_message(task, commit);
    RevertMerge { merge: merge_of(attempt), commit: Commit { message, author: None } }
}

/// Stores what came of taking a merge back, as the repository says it. The caller holds the repository's turn.
///
/// # Errors
/// When the repository or the database does not answer; the intention stays stored.
pub(crate) async fn settle_undo(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
) -> Result<(), ApiError> {
    let attempt = &assignment.attempt;
    let evidence = repository.find_evidence(&attempt.worktree_id.to_string()).await?;
    match (evidence.reverted, evidence.merged) {
        (Some(commit), _) if attempt.revert_commit.as_ref() != Some(&commit) => {
            store_revert(state, attempt, commit).await?;
        }
        (None, None) if !is_on_base(repository, attempt).await? => {
            let making = state.repositories.making().await;
            let restored = restore(repository, assignment).await;
            store_undo(state, attempt, restored).await?;
            drop(making);
        }
        _ => end_change(state, attempt.id).await?,
    }
    Ok(())
}

/// Whether the base branch still has the merge: evidence is let go after a while.
async fn is_on_base(repository: &Repository, attempt: &Attempt) -> Result<bool, ApiError> {
    let Some(commit) = &attempt.merge_commit else { return Ok(true) };
    Ok(repository.find_merge(commit, &attempt.base_branch).await?.is_some())
}

/// What can be had back of the worktree; the reason where nothing can.
type Restored = Result<RestoredWorktree, String>;

async fn restore(repository: &Repository, assignment: &Assignment) -> Restored {
    let id = assignment.attempt.worktree_id.to_string();
    let carry = &assignment.project.settings.carry_files;
    repository.restore_worktree(&id, carry).await.map_err(|error| ErrorChain(&error).to_string())
}

async fn store_undo(state: &AppState, attempt: &Attempt, restored: Restored) -> Result<(), db::Error> {
    let (id, task_id, at) = (attempt.id, attempt.task_id, now());
    let base_commit = attempt.base_commit.clone();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::clear_merged(tx, id).await?;
            db::end_change(tx, id).await?;
            store_restored(tx, id, restored, base_commit, at).await?;
            let reason = Some("its merge was undone");
            db::transition_attempt(tx, id, AttemptTrigger::Restored, reason, at).await?;
            let task = db::find_task(tx.connection(), task_id).await?;
            if !task.status.is_system() {
                db::place_task(tx, task_id, TaskStatus::Review, Placement::Top, at).await?;
            }
            Ok(())
        })
    });
    state.store.write(Durability::Full, work).await
}

/// Stores where a worktree that was had back stands, or why it could not be had back.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn store_restored(
    tx: &mut WriteTx,
    id: AttemptId,
    restored: Result<RestoredWorktree, String>,
    base_commit: Option<String>,
    at: Timestamp,
) -> Result<(), db::Error> {
    let events = match restored {
        Ok(RestoredWorktree { worktree, notes }) => {
            let path = worktree.path.to_string_lossy().into_owned();
            let made = format!("worktree and branch {} are back", worktree.branch);
            let base_commit = base_commit.unwrap_or(worktree.base_commit);
            let back = NewWorktree { path, branch_name: worktree.branch, base_commit };
            db::set_worktree(tx, id, &back).await?;
            db::set_restored(tx, id, at).await?;
            let notes = notes.into_iter().map(|note| EventBody::board_log(LogLevel::Warn, note));
            std::iter::once(EventBody::board_log(LogLevel::Info, made)).chain(notes).collect()
        }
        Err(reason) => {
            // Who looks for its work is not led to a branch that is not there, or is somebody else's by now.
            db::clear_branch(tx, id).await?;
            let message = format!("the worktree could not be made again: failed to {reason}");
            vec![EventBody::board_log(LogLevel::Warn, message)]
        }
    };
    let events: Vec<_> = events.into_iter().map(|event| (at, event)).collect();
    db::append_events(tx, id, &events).await.map(drop)
}

async fn store_revert(state: &AppState, attempt: &Attempt, commit: String) -> Result<(), db::Error> {
    let (id, task_id, at) = (attempt.id, attempt.task_id, now());
    let title = Some(format!("Merge into {} taken back", attempt.base_branch));
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            let artifact =
                EventBody::Artifact { artifact_kind: "revert".into(), artifact_ref: commit.clone(), title };
            db::append_events(tx, id, &[(at, artifact)]).await?;
            db::set_reverted(tx, id, &commit).await?;
            db::end_change(tx, id).await?;
            let task = db::find_task(tx.connection(), task_id).await?;
            if !task.status.is_system() {
                db::place_task(tx, task_id, TaskStatus::Todo, Placement::Top, at).await?;
            }
            Ok(())
        })
    });
    state.store.write(Durability::Full, work).await
}
