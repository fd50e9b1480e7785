//! Which two states of an attempt a diff compares.

use domain::{Attempt, AttemptId, AttemptState, Checkpoint, DiffScope};
use serde::Deserialize;
use utoipa::IntoParams;
use worktree::{DiffRequest, DiffTarget, Repository};

use crate::{
    api::failure::{conflict, invalid},
    error::ApiError,
    state::AppState,
    workflow::{
        finish_attempt::worktree_of,
        prepare_attempt::{Assignment, load_assignment},
        take_checkpoint::is_turn,
    },
};

/// Which changes.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DiffSelection {
    /// Which changes; all if not given.
    pub(crate) scope: Option<DiffScope>,
    /// Whether changes of blanks count: `show`, or `hide`.
    pub(crate) whitespace: Option<Whitespace>,
    /// Number of the checkpoint to compare with, instead of a scope.
    pub(crate) from: Option<i32>,
    /// Number of the checkpoint that is compared; the present state if not given.
    pub(crate) to: Option<i32>,
}

/// Whether changes of blanks within lines count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Whitespace {
    /// They do.
    Show,
    /// They do not.
    Hide,
}

/// A comparison of an attempt's states.
pub(crate) struct Opened {
    pub(crate) repository: Repository,
    pub(crate) assignment: Assignment,
    pub(crate) request: DiffRequest,
}

/// Finds the states that a selection compares.
///
/// # Errors
/// When there is no such scope or checkpoint.
pub(crate) async fn open(
    state: &AppState,
    id: AttemptId,
    selection: DiffSelection,
) -> Result<Opened, ApiError> {
    let assignment = load_assignment(state, id).await?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let attempt = &assignment.attempt;
    let request = match (selection.scope, selection.from, selection.to) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            return Err(invalid("scope", "give `scope`, or `from` and `to`, not both"));
        }
        (None, None, Some(_)) => {
            return Err(invalid("from", "`to` needs `from`: the checkpoint to compare with"));
        }
        (None, Some(from), to) => between(state, attempt, from, to).await?,
        (scope, None, None) => of_scope(state, &repository, attempt, scope.unwrap_or_default()).await?,
    };
    let hides_whitespace = selection.whitespace == Some(Whitespace::Hide);
    Ok(Opened { repository, assignment, request: DiffRequest { hides_whitespace, ..request } })
}

async fn between(
    state: &AppState,
    attempt: &Attempt,
    from: i32,
    to: Option<i32>,
) -> Result<DiffRequest, ApiError> {
    let mut connection = state.store.read().await?;
    let from = db::find_checkpoint(&mut connection, attempt.id, from).await?;
    let target = match to {
        Some(to) => DiffTarget::Commit(db::find_checkpoint(&mut connection, attempt.id, to).await?.commit),
        None => present(attempt)?,
    };
    Ok(DiffRequest::exact(from.commit, target))
}

/// The comparison of a scope.
///
/// # Errors
/// When there is no such scope, with why.
pub(crate) async fn of_scope(
    state: &AppState,
    repository: &Repository,
    attempt: &Attempt,
    scope: DiffScope,
) -> Result<DiffRequest, ApiError> {
    match scope {
        DiffScope::All => {
            let base = attempt.base_commit.clone();
            let base =
                base.ok_or_else(|| conflict("the attempt has no worktree yet: there is nothing to compare"))?;
            Ok(DiffRequest::since_merge_base(base, present(attempt)?))
        }
        DiffScope::LastReview => {
            let reviewed = attempt.reviewed_commit.clone();
            let reviewed =
                reviewed.ok_or_else(|| conflict("nobody has asked for changes of this work yet"))?;
            Ok(DiffRequest::exact(reviewed, present(attempt)?))
        }
        DiffScope::LastTurn => {
            let mut connection = state.store.read().await?;
            let checkpoints = db::list_checkpoints(&mut connection, attempt.id).await?;
            drop(connection);
            let before = before_last_turn(attempt, &checkpoints);
            let before = before.ok_or_else(|| conflict("no turn of this attempt has ended yet"))?;
            Ok(DiffRequest::exact(before.commit.clone(), present(attempt)?))
        }
        DiffScope::Uncommitted => {
            let worktree = worktree_of(attempt).ok_or_else(|| conflict("the attempt has no worktree"))?;
            let head = repository.worktree_head(&worktree).await?;
            Ok(DiffRequest::exact(
                head.unwrap_or(worktree.base_commit.clone()),
                DiffTarget::Worktree(worktree),
            ))
        }
    }
}

/// While the agent works, its worktree as it is; afterwards what its branch, or the merge, has kept.
fn present(attempt: &Attempt) -> Result<DiffTarget, ApiError> {
    match (worktree_of(attempt), &attempt.head_commit) {
        (Some(worktree), _) if attempt.state.is_live() => Ok(DiffTarget::Worktree(worktree)),
        (_, Some(head)) => Ok(DiffTarget::Commit(head.clone())),
        (Some(worktree), None) if attempt.state != AttemptState::Discarded => {
            Ok(DiffTarget::Worktree(worktree))
        }
        _ => Err(conflict("the attempt has left no work to compare")),
    }
}

/// The state before the turn that runs, or before the last one that ended. `checkpoints` come newest first.
fn before_last_turn<'c>(attempt: &Attempt, checkpoints: &'c [Checkpoint]) -> Option<&'c Checkpoint> {
    let is_in_turn = attempt.state.is_live() && !attempt.is_stopped;
    if is_in_turn && attempt.state != AttemptState::Gates {
        return checkpoints.first();
    }
    let last = checkpoints.iter().position(is_turn)?;
    checkpoints.get(last + 1)
}
