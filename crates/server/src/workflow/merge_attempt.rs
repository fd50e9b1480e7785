//! Merging an approved attempt into its base branch.
//!
//! The intention is stored first and git does the merge by its own log, so that a server killed anywhere in here finds
//! out whether the base branch has the work, and says that and nothing else.

use db::{Durability, Placement};
use domain::{
    Attempt, AttemptId, AttemptState, AttemptTrigger, ErrorCode, EventBody, MergeStyle, Project, Refusal,
    Task, TaskStatus,
};
use serde_json::json;
use worktree::{Commit, MergeAttempt, MergeOutcome, MergeRefusal, Repository};

use crate::{
    api::failure::conflict,
    clock::now,
    error::ApiError,
    prompt::merge_message,
    state::{AppState, transaction},
    workflow::{
        approve_attempt::check_seen,
        prepare_attempt::{Assignment, load_assignment},
        remove_worktree::{BranchFate, remove_worktree},
    },
};

/// What a merge did.
pub(crate) struct Merged {
    /// The commit on the base branch.
    pub(crate) commit: String,
    /// What to know besides.
    pub(crate) note: Option<String>,
}

/// Who says that the work may be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Approval {
    /// The task is Done already.
    Given,
    /// The merge is the approval: the task goes to Done with it, or stays in Review if it fails. With the commit that
    /// the reviewer looked at, if they said.
    WithMerge(Option<String>),
}

/// Merges an attempt and removes its worktree and branch.
///
/// # Errors
/// With the conflicting files, or why the merge was refused; nothing is changed then.
pub(crate) async fn merge_attempt(
    state: &AppState,
    attempt_id: AttemptId,
    approval: Approval,
) -> Result<Merged, ApiError> {
    if state.is_interrupted(attempt_id) {
        settle_interrupted(state, attempt_id).await?;
    }
    let assignment = load_assignment(state, attempt_id).await?;
    check_ready(&assignment, &approval)?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let turn = state.repositories.turn(repository.root()).await;
    let assignment = load_assignment(state, attempt_id).await?;
    let request = check_ready(&assignment, &approval)?;
    set_merging(state, attempt_id, true).await?;
    let merged = match attempt_merge(state, &repository, &assignment, &request).await {
        Ok(merged) => merged,
        Err(error) => {
            set_merging(state, attempt_id, false).await?;
            return Err(error);
        }
    };
    store_merge(state, &assignment, &merged).await?;
    drop(turn);
    remove_worktree(state, &assignment.project, &assignment.attempt, BranchFate::Deleted).await;
    Ok(merged)
}

/// Lets git merge. When that breaks off in the middle, the repository itself says what came of it.
async fn attempt_merge(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
    request: &MergeAttempt,
) -> Result<Merged, ApiError> {
    match repository.merge_attempt(request).await {
        Ok(MergeOutcome::Refused { reason: MergeRefusal::HeadMoved { actual: Some(actual) } }) => {
            let tree = repository.tree_of_commit(&actual).await?;
            take_up_head(state, assignment.attempt.id, &actual, tree).await?;
            understand(
                MergeOutcome::Refused { reason: MergeRefusal::HeadMoved { actual: Some(actual) } },
                request,
            )
        }
        Ok(outcome) => understand(outcome, request),
        Err(error) => {
            repository.recover_merges().await?;
            match merged_commit(repository, &assignment.attempt).await? {
                Some(commit) => Ok(Merged { commit, note: None }),
                None => Err(error.into()),
            }
        }
    }
}

/// Somebody committed on the attempt's branch: the next look at the diff shows it.
async fn take_up_head(
    state: &AppState,
    attempt_id: AttemptId,
    head: &str,
    tree: String,
) -> Result<(), db::Error> {
    let head = head.to_owned();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::set_head_commit(tx, attempt_id, &head, &tree).await })
    });
    state.store.write(Durability::Full, work).await
}

fn check_ready(assignment: &Assignment, approval: &Approval) -> Result<MergeAttempt, ApiError> {
    let Assignment { attempt, task, project, .. } = assignment;
    if attempt.state != AttemptState::ReviewReady {
        return Err(conflict(format!("the attempt is {}: it cannot be merged", attempt.state.as_str())));
    }
    match approval {
        Approval::Given if task.status != TaskStatus::Done => {
            return Err(conflict("approve the attempt before it is merged"));
        }
        Approval::WithMerge(_) if task.status != TaskStatus::Review => {
            return Err(conflict(format!("the task is in {}, not in Review", task.status.as_str())));
        }
        Approval::WithMerge(seen) => check_seen(attempt, seen.as_deref())?,
        Approval::Given => {}
    }
    check_style(project)?;
    request_of(attempt, task)
}

/// Another style than the one asked for would be a surprise in somebody's history.
fn check_style(project: &Project) -> Result<(), ApiError> {
    match project.settings.merge_style {
        MergeStyle::Merge => Ok(()),
        MergeStyle::Squash | MergeStyle::Rebase => Err(conflict(
            "this version merges with a merge commit only: set the project's merge style to merge, or merge the branch by hand",
        )),
    }
}

fn request_of(attempt: &Attempt, task: &Task) -> Result<MergeAttempt, ApiError> {
    let (Some(branch), Some(head)) = (&attempt.branch_name, &attempt.head_commit) else {
        return Err(conflict("the attempt has no branch to merge"));
    };
    Ok(MergeAttempt {
        branch: branch.clone(),
        target: attempt.base_branch.clone(),
        expected_head: head.clone(),
        commit: Commit { message: merge_message(task, branch, &attempt.base_branch), author: None },
    })
}

fn understand(outcome: MergeOutcome, request: &MergeAttempt) -> Result<Merged, ApiError> {
    let target = &request.target;
    match outcome {
        MergeOutcome::Merged { commit, is_checkout_updated, .. } => {
            let note = (!is_checkout_updated)
                .then(|| format!("your checkout is not on {target}, so its files were not touched"));
            Ok(Merged { commit, note })
        }
        MergeOutcome::AlreadyMerged { commit } => {
            Ok(Merged { commit, note: Some(format!("{target} had all of it already")) })
        }
        MergeOutcome::Conflict { files } => {
            let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
            let message =
                format!("merging into {target} would conflict in {}; nothing was changed", paths.join(", "));
            Err(ApiError::new(ErrorCode::MergeConflict, message).with_details(json!({ "files": files })))
        }
        MergeOutcome::Refused { reason } => {
            let message = format!("{}; nothing was changed", refusal_text(&reason, target));
            Err(ApiError::new(ErrorCode::MergeRefused, message).with_details(json!({ "reason": reason })))
        }
        MergeOutcome::Busy { path, .. } => Err(ApiError::new(
            ErrorCode::MergeRefused,
            format!(
                "somebody works in the repository ({} is held): try again in a moment; nothing was changed",
                path.display()
            ),
        )),
    }
}

fn refusal_text(reason: &MergeRefusal, target: &str) -> String {
    match reason {
        MergeRefusal::HeadMoved { actual: Some(actual) } => {
            format!("the attempt's branch moved to {actual} since it was reviewed: look at it again")
        }
        MergeRefusal::HeadMoved { actual: None } => "the attempt's branch is gone".to_owned(),
        MergeRefusal::TargetMissing => format!("the branch {target} does not exist any more"),
        MergeRefusal::DirtyFiles { paths } => {
            format!("your checkout has changes of yours in {}: commit or stash them first", paths.join(", "))
        }
        MergeRefusal::InTheWay { paths } => {
            format!("files of yours stand in the way: move {} away first", paths.join(", "))
        }
        MergeRefusal::OperationInProgress { operation, path } => {
            format!("git is in the middle of a {operation:?} in {}: finish or abort it first", path.display())
        }
        MergeRefusal::CheckedOutElsewhere { path } => {
            format!(
                "{target} is checked out in {}: merge there, or switch it to another branch",
                path.display()
            )
        }
        MergeRefusal::UnrelatedHistories { is_shallow: true } => {
            "no common commit is in this shallow clone: fetch more history first".to_owned()
        }
        MergeRefusal::UnrelatedHistories { is_shallow: false } => {
            format!("the branch and {target} have no common commit")
        }
        MergeRefusal::LocalFilter { filter, paths } => format!(
            "{} would pass the filter {filter} of the repository's own configuration, which the board does not run: merge by hand",
            paths.join(", ")
        ),
        MergeRefusal::Other { message } => format!("git refuses: {message}"),
    }
}

async fn set_merging(state: &AppState, attempt_id: AttemptId, is_merging: bool) -> Result<(), db::Error> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
            let is_busy = db::is_merging(tx.connection(), attempt_id).await?;
            if is_merging && (is_busy || attempt.state != AttemptState::ReviewReady) {
                let text = format!("the attempt is {} by now: nothing was merged", attempt.state.as_str());
                return Err(Refusal(text).into());
            }
            db::set_merging(tx, attempt_id, is_merging).await
        })
    });
    state.store.write(Durability::Full, work).await
}

async fn store_merge(state: &AppState, assignment: &Assignment, merged: &Merged) -> Result<(), db::Error> {
    let (attempt_id, task_id) = (assignment.attempt.id, assignment.task.id);
    let (at, commit) = (now(), merged.commit.clone());
    let title = Some(format!("Merged into {}", assignment.attempt.base_branch));
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            let artifact =
                EventBody::Artifact { artifact_kind: "merge".into(), artifact_ref: commit.clone(), title };
            db::append_events(tx, attempt_id, &[(at, artifact)]).await?;
            db::set_merge_commit(tx, attempt_id, &commit).await?;
            db::set_merging(tx, attempt_id, false).await?;
            db::transition_attempt(tx, attempt_id, AttemptTrigger::Merged, None, at).await?;
            let task = db::find_task(tx.connection(), task_id).await?;
            if task.status == TaskStatus::Review {
                db::place_task(tx, task_id, TaskStatus::Done, Placement::Top, at).await?;
            }
            Ok(())
        })
    });
    state.store.write(Durability::Full, work).await
}

/// Finds out what came of a merge that a dead server began: the base branch either has the work or has not.
///
/// # Errors
/// When the repository or the database does not answer; the intention stays stored.
pub(crate) async fn settle_interrupted(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    let assignment = load_assignment(state, attempt_id).await?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let turn = state.repositories.turn(repository.root()).await;
    // Another request may have settled it, and begun something of its own since.
    if !state.is_interrupted(attempt_id) {
        return Ok(());
    }
    let is_merged = settle_in_turn(state, &repository, &assignment).await?;
    state.forget_interrupted(attempt_id);
    drop(turn);
    if is_merged {
        remove_worktree(state, &assignment.project, &assignment.attempt, BranchFate::Deleted).await;
    }
    Ok(())
}

/// True if the work turns out to be on the base branch.
async fn settle_in_turn(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
) -> Result<bool, ApiError> {
    let attempt = &assignment.attempt;
    repository.recover_merges().await?;
    let merged = match attempt.state {
        AttemptState::ReviewReady => merged_commit(repository, attempt).await?,
        _ => None,
    };
    let Some(commit) = merged else {
        set_merging(state, attempt.id, false).await?;
        return Ok(false);
    };
    store_merge(state, assignment, &Merged { commit, note: None }).await?;
    Ok(true)
}

async fn merged_commit(repository: &Repository, attempt: &Attempt) -> Result<Option<String>, ApiError> {
    let Some(head) = &attempt.head_commit else { return Ok(None) };
    Ok(repository.find_merge(head, &attempt.base_branch).await?)
}
