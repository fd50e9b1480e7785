//! Merging an approved attempt into its base branch.
//!
//! The intention is stored first and git does the merge by its own log, so that a server killed anywhere in here finds
//! out whether the base branch has the work, and says that and nothing else.

use db::{Durability, Placement};
use domain::{
    Attempt, AttemptId, AttemptState, AttemptTrigger, EventBody, MergeStyle, MergeTask, Refusal, TaskStatus,
};
use worktree::{Commit, MergeAttempt, MergeHooks, MergeOutcome, MergeRefusal, Preparation, Repository};

use crate::{
    api::failure::{conflict, invalid},
    clock::now,
    error::ApiError,
    merging::{default_message, style_of, unchanged},
    state::{AppState, transaction},
    workflow::{
        approve_attempt::check_seen,
        check_merged_tree::check_merged_tree,
        prepare_attempt::{Assignment, load_assignment},
        remove_worktree::{BranchFate, remove_worktree},
        undo_merge::settle_undo,
    },
};

/// How often a merge with gates is computed anew because its base moved meanwhile.
const TRIES_MAX: u32 = 5;
/// Seconds that a hook of the repository may take.
const HOOK_SECONDS_MAX: u64 = 300;
const MESSAGE_BYTES_MAX: usize = 64 << 10;

/// What a merge did.
pub(crate) struct Merged {
    /// The commit on the base branch.
    pub(crate) commit: String,
    /// How it came there; none where the base had all of it already.
    pub(crate) style: Option<MergeStyle>,
    /// What to know besides.
    pub(crate) note: Option<String>,
}

/// Who says that the work may be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Approval {
    /// The task is Done already.
    Given,
    /// The merge is the approval: the task goes to Done with it, or stays in Review if it fails.
    WithMerge,
}

/// Merges an attempt and removes its worktree and branch. Goes on when nobody waits for it any more.
///
/// # Errors
/// With the conflicting files, or why the merge was refused; nothing is changed then.
pub(crate) async fn merge_attempt(
    state: &AppState,
    attempt_id: AttemptId,
    approval: Approval,
    wish: MergeTask,
) -> Result<Merged, ApiError> {
    let worker = state.clone();
    let merging =
        state.tasks.spawn("merge attempt", async move { merge(&worker, attempt_id, approval, wish).await });
    merging.await.unwrap_or_else(|error| Err(ApiError::internal(error)))
}

async fn merge(
    state: &AppState,
    attempt_id: AttemptId,
    approval: Approval,
    wish: MergeTask,
) -> Result<Merged, ApiError> {
    if state.is_interrupted(attempt_id) {
        settle_interrupted(state, attempt_id).await?;
    }
    check_message(wish.message.as_deref())?;
    let assignment = load_assignment(state, attempt_id).await?;
    check_ready(&assignment, approval, &wish)?;
    let style = wish.style.unwrap_or(assignment.project.settings.merge_style);
    begin_change(state, attempt_id, AttemptState::ReviewReady, Some(style)).await?;
    let merged = match merge_begun(state, attempt_id, approval, (style, &wish)).await {
        Ok(merged) => merged,
        Err(error) => return settle_failed(state, attempt_id, error).await,
    };
    // Where this fails the intention stays stored, and the next start finds out what came of it.
    store_merge(state, &assignment, &merged).await?;
    remove_worktree(state, &assignment.project, &assignment.attempt, BranchFate::Deleted).await;
    Ok(merged)
}

/// Merges while nobody else may do anything with the attempt.
async fn merge_begun(
    state: &AppState,
    attempt_id: AttemptId,
    approval: Approval,
    (style, wish): (MergeStyle, &MergeTask),
) -> Result<Merged, ApiError> {
    let assignment = load_assignment(state, attempt_id).await?;
    check_ready(&assignment, approval, wish)?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let request = request_of(state, &repository, &assignment, style, wish).await?;
    attempt_merge(state, &repository, &assignment, (style, &request)).await
}

/// Lets git merge.
async fn attempt_merge(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
    (style, request): (MergeStyle, &MergeAttempt),
) -> Result<Merged, ApiError> {
    let settings = &assignment.project.settings;
    let outcome = match settings.gates_before_merge && !settings.gates.is_empty() {
        true => merge_after_gates(state, repository, assignment, request).await?,
        false => {
            let _turn = state.repositories.turn(repository.root()).await;
            repository.merge_attempt(request).await?
        }
    };
    if let MergeOutcome::Refused { reason: MergeRefusal::HeadMoved { actual: Some(actual) } } = &outcome {
        let tree = repository.tree_of_commit(actual).await?;
        take_up_head(state, assignment.attempt.id, actual, tree).await?;
    }
    understand(outcome, style, &request.target)
}

/// Computes the merge, lets the gates look at it, and places it; again where the base moved meanwhile, unless the
/// merged tree stays the same.
async fn merge_after_gates(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
    request: &MergeAttempt,
) -> Result<MergeOutcome, ApiError> {
    let mut checked_tree = None;
    for _ in 0..TRIES_MAX {
        let turn = state.repositories.turn(repository.root()).await;
        let prepared = match repository.prepare_merge(request).await? {
            Preparation::Ready(prepared) => prepared,
            Preparation::Stopped(outcome) => return Ok(outcome),
        };
        drop(turn);
        if checked_tree.as_ref() != Some(&prepared.tree) {
            check_merged_tree(state, repository, assignment, &prepared).await?;
            checked_tree = Some(prepared.tree.clone());
        }
        let _turn = state.repositories.turn(repository.root()).await;
        match repository.place_merge(&prepared).await? {
            MergeOutcome::TargetMoved { .. } => {}
            outcome => return Ok(outcome),
        }
    }
    Ok(MergeOutcome::TargetMoved { actual: None })
}

/// What came of a merge that gave an error: nothing, or, where git broke off in the middle, what the repository says.
async fn settle_failed(state: &AppState, attempt_id: AttemptId, error: ApiError) -> Result<Merged, ApiError> {
    settle_now(state, attempt_id).await?;
    let Attempt { merge_commit, merge_style, .. } = load_assignment(state, attempt_id).await?.attempt;
    match merge_commit {
        Some(commit) => Ok(Merged { commit, style: merge_style, note: None }),
        None => Err(error),
    }
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

fn check_ready(assignment: &Assignment, approval: Approval, wish: &MergeTask) -> Result<(), ApiError> {
    let Assignment { attempt, task, .. } = assignment;
    if attempt.state != AttemptState::ReviewReady {
        return Err(conflict(format!("the attempt is {}: it cannot be merged", attempt.state.as_str())));
    }
    match approval {
        Approval::Given if task.status != TaskStatus::Done => {
            return Err(conflict("approve the attempt before it is merged"));
        }
        Approval::WithMerge if task.status != TaskStatus::Review => {
            return Err(conflict(format!("the task is in {}, not in Review", task.status.as_str())));
        }
        Approval::Given | Approval::WithMerge => {}
    }
    check_seen(attempt, wish.head.as_deref())
}

fn check_message(message: Option<&str>) -> Result<(), ApiError> {
    match message {
        Some(message) if message.trim().is_empty() => {
            Err(invalid("message", "say what the commit does, or leave the message out"))
        }
        Some(message) if message.len() > MESSAGE_BYTES_MAX || message.contains('\0') => {
            Err(invalid("message", format!("a message is text of at most {} KiB", MESSAGE_BYTES_MAX / 1024)))
        }
        Some(_) | None => Ok(()),
    }
}

/// What git is asked for.
async fn request_of(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
    style: MergeStyle,
    wish: &MergeTask,
) -> Result<MergeAttempt, ApiError> {
    let mut request = bare_request(state, assignment, style)?;
    request.commit.message = match &wish.message {
        Some(message) => message.trim().to_owned(),
        None => {
            let subjects = match style {
                MergeStyle::Squash => repository.merge_subjects(&request).await?,
                MergeStyle::Merge | MergeStyle::Rebase => Vec::new(),
            };
            let target = &assignment.attempt.base_branch;
            default_message(style, &assignment.task, &request.branch, target, &subjects).unwrap_or_default()
        }
    };
    Ok(request)
}

/// The same without a message.
pub(crate) fn bare_request(
    state: &AppState,
    assignment: &Assignment,
    style: MergeStyle,
) -> Result<MergeAttempt, ApiError> {
    let Assignment { attempt, project, .. } = assignment;
    let (Some(branch), Some(head)) = (&attempt.branch_name, &attempt.head_commit) else {
        return Err(conflict("the attempt has no branch to merge"));
    };
    let hooks = MergeHooks { workspaces: state.workspaces(), seconds_max: HOOK_SECONDS_MAX };
    Ok(MergeAttempt {
        id: attempt.worktree_id.to_string(),
        branch: branch.clone(),
        target: attempt.base_branch.clone(),
        expected_head: head.clone(),
        style: style_of(style),
        commit: Commit { message: String::new(), author: None },
        hooks: project.settings.run_merge_hooks.then_some(hooks),
    })
}

fn understand(outcome: MergeOutcome, style: MergeStyle, target: &str) -> Result<Merged, ApiError> {
    match outcome {
        MergeOutcome::Merged { commit, is_checkout_updated, .. } => {
            let note = (!is_checkout_updated)
                .then(|| format!("your checkout is not on {target}, so its files were not touched"));
            Ok(Merged { commit, style: Some(style), note })
        }
        MergeOutcome::AlreadyMerged { commit } => {
            Ok(Merged { commit, style: None, note: Some(format!("{target} had all of it already")) })
        }
        other => Err(unchanged(&other, target)),
    }
}

/// Stores that the attempt's work is being brought into the base branch or taken back: nobody else does anything with
/// it until that is settled.
///
/// # Errors
/// When the attempt is in another state by now, or somebody else is at it.
pub(crate) async fn begin_change(
    state: &AppState,
    attempt_id: AttemptId,
    expected: AttemptState,
    style: Option<MergeStyle>,
) -> Result<(), db::Error> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
            if db::is_merging(tx.connection(), attempt_id).await? {
                let text =
                    "the attempt's work is being merged, removed or taken back just now: nothing was changed";
                return Err(Refusal(text.to_owned()).into());
            }
            if attempt.state != expected {
                let text = format!("the attempt is {} by now: nothing was changed", attempt.state.as_str());
                return Err(Refusal(text).into());
            }
            db::choose_merge_style(tx, attempt_id, style).await?;
            db::set_merging(tx, attempt_id, true).await
        })
    });
    state.store.write(Durability::Full, work).await
}

/// Stores that it is settled, and came to nothing.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn end_change(state: &AppState, attempt_id: AttemptId) -> Result<(), db::Error> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::choose_merge_style(tx, attempt_id, None).await?;
            db::set_merging(tx, attempt_id, false).await
        })
    });
    state.store.write(Durability::Full, work).await
}

async fn store_merge(state: &AppState, assignment: &Assignment, merged: &Merged) -> Result<(), db::Error> {
    let (attempt_id, task_id) = (assignment.attempt.id, assignment.task.id);
    let (at, commit, style) = (now(), merged.commit.clone(), merged.style);
    let title = Some(format!("Merged into {}", assignment.attempt.base_branch));
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            let artifact =
                EventBody::Artifact { artifact_kind: "merge".into(), artifact_ref: commit.clone(), title };
            db::append_events(tx, attempt_id, &[(at, artifact)]).await?;
            db::set_merged(tx, attempt_id, &commit, style).await?;
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

/// True if the work turns out to be on the base branch, so that its worktree is not needed any more.
async fn settle_in_turn(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
) -> Result<bool, ApiError> {
    let attempt = &assignment.attempt;
    repository.recover_merges().await?;
    if attempt.state == AttemptState::Merged {
        settle_undo(state, repository, assignment).await?;
        return Ok(false);
    }
    let merged = match attempt.state {
        AttemptState::ReviewReady => find_merged(repository, attempt).await?,
        _ => None,
    };
    let Some(merged) = merged else {
        end_change(state, attempt.id).await?;
        return Ok(false);
    };
    store_merge(state, assignment, &merged).await?;
    Ok(true)
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
