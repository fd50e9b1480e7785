//! Deleting a task. Its rows, its attempts' logs and branches stay; the card and the worktrees go.

use db::Durability;
use domain::{Attempt, Project, TaskId};

use crate::{
    api::failure::conflict,
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        cancel_attempt::cancel_attempt,
        remove_worktree::{BranchFate, remove_worktree},
        settle_change::settle_first,
    },
};

/// Deletes a task; one at work only if `is_forced`, after its run was cancelled.
///
/// # Errors
/// When it is at work and not forced, its run does not end, or its work is being merged or removed.
pub(crate) async fn delete_task(state: &AppState, task_id: TaskId, is_forced: bool) -> Result<(), ApiError> {
    let mut connection = state.store.read().await?;
    let task = db::find_task(&mut connection, task_id).await?;
    drop(connection);
    match task.live_attempt {
        Some(_) if !is_forced => {
            return Err(conflict("the task is at work: cancel its run first, or delete with ?force=true"));
        }
        Some(attempt) => drop(cancel_attempt(state, attempt.id).await?),
        None => {}
    }
    let assignments = worktrees_of(state, task_id).await?;
    for (_, attempt) in &assignments {
        settle_first(state, attempt.id).await?;
    }
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::delete_task(tx, task_id, at).await })
    });
    state.store.write(Durability::Full, work).await?;
    for (project, attempt) in &assignments {
        remove_worktree(state, project, attempt, BranchFate::Kept).await;
    }
    Ok(())
}

/// The attempts that have a worktree, with their project: nobody finds them through the task once it is gone.
async fn worktrees_of(state: &AppState, task_id: TaskId) -> Result<Vec<(Project, Attempt)>, db::Error> {
    let mut connection = state.store.read().await?;
    let task = db::find_task(&mut connection, task_id).await?;
    let project = db::find_project(&mut connection, task.project_id).await?;
    let attempts = db::list_attempts(&mut connection, task_id).await?;
    let with_worktree = attempts.into_iter().filter(|attempt| attempt.worktree_path.is_some());
    Ok(with_worktree.map(|attempt| (project.clone(), attempt)).collect())
}
