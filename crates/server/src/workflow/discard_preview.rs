//! What throwing an attempt's work away would lose. Changes nothing.

use std::path::Path;

use domain::{Attempt, AttemptId, DiscardPreview};
use worktree::{DiffRequest, DiffTarget, Repository};

use crate::{
    api::{attempts::read_attempt, failure::conflict},
    error::ApiError,
    state::AppState,
    workflow::{finish_attempt::worktree_of, prepare_attempt::load_assignment},
};
use domain::AttemptAction;

/// Days for which removed work is kept.
pub(crate) const KEPT_DAYS: i32 = 30;

/// Says what a discard would lose.
///
/// # Errors
/// When there is nothing to discard, or git refuses.
pub(crate) async fn discard_preview(
    state: &AppState,
    attempt_id: AttemptId,
) -> Result<DiscardPreview, ApiError> {
    let attempt = read_attempt(state, attempt_id).await?;
    if !attempt.allowed_actions.contains(&AttemptAction::Discard) {
        let state = attempt.state.as_str();
        return Err(conflict(format!("the attempt is {state} and has no work that could be discarded")));
    }
    let assignment = load_assignment(state, attempt_id).await?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let totals = count_changes(&repository, &attempt).await?;
    Ok(DiscardPreview {
        commit_count: count_commits(&repository, &attempt).await?,
        uncommitted: list_uncommitted(&repository, &attempt).await?,
        branch_name: attempt.branch_name,
        worktree_path: attempt.worktree_path,
        files_changed: totals.files_changed,
        additions: totals.additions,
        deletions: totals.deletions,
        kept_days: KEPT_DAYS,
    })
}

/// What an attempt changes.
#[derive(Debug, Clone, Copy, Default)]
struct Changes {
    files_changed: i32,
    additions: i32,
    deletions: i32,
}

/// Everything in the worktree, committed or not; where that is gone, what the branch has.
async fn count_changes(repository: &Repository, attempt: &Attempt) -> Result<Changes, ApiError> {
    let Some(base) = attempt.base_commit.clone() else { return Ok(Changes::default()) };
    let target =
        match (worktree_of(attempt).filter(|worktree| is_there(&worktree.path)), &attempt.head_commit) {
            (Some(worktree), _) => DiffTarget::Worktree(worktree),
            (None, Some(head)) => DiffTarget::Commit(head.clone()),
            (None, None) => return Ok(Changes::default()),
        };
    let files = repository.diff_summary(&DiffRequest::since_merge_base(base, target)).await?.files;
    let total = |count: fn(&worktree::DiffFile) -> u32| {
        i32::try_from(files.iter().map(|file| u64::from(count(file))).sum::<u64>()).unwrap_or(i32::MAX)
    };
    Ok(Changes {
        files_changed: i32::try_from(files.len()).unwrap_or(i32::MAX),
        additions: total(|file| file.additions),
        deletions: total(|file| file.deletions),
    })
}

async fn count_commits(repository: &Repository, attempt: &Attempt) -> Result<i32, ApiError> {
    let Some(branch) = &attempt.branch_name else { return Ok(0) };
    if repository.find_branch(branch).await?.is_none() {
        return Ok(0);
    }
    Ok(i32::try_from(repository.count_own_commits(branch).await?).unwrap_or(i32::MAX))
}

async fn list_uncommitted(repository: &Repository, attempt: &Attempt) -> Result<Vec<String>, ApiError> {
    let worktree = worktree_of(attempt).filter(|worktree| is_there(&worktree.path));
    let Some(worktree) = worktree else { return Ok(Vec::new()) };
    let Some(head) = repository.worktree_head(&worktree).await? else { return Ok(Vec::new()) };
    let request = DiffRequest::exact(head, DiffTarget::Worktree(worktree));
    Ok(repository.diff_summary(&request).await?.files.into_iter().map(|file| file.path).collect())
}

fn is_there(path: &Path) -> bool {
    path.is_dir()
}
