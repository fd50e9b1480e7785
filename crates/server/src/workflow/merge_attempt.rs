//! Merging an approved attempt into its base branch.
//!
//! The intention is stored first and git does the merge by its own log, so that a server killed anywhere in here finds
//! out whether the base branch has the work, and says that and nothing else.

use db::{Change, Durability, Placement};
use domain::{
    Attempt, AttemptId, AttemptState, AttemptTrigger, EventBody, MergeStyle, MergeTask, TaskStatus,
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
        settle_change::{begin_change, finish_removal, settle_first, settle_now},
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
    settle_first(state, attempt_id).await?;
    check_message(wish.message.as_deref())?;
    let assignment = load_assignment(state, attempt_id).await?;
    check_ready(&assignment, approval, &wish)?;
    let style = wish.style.unwrap_or(assignment.project.settings.merge_style);
    begin_merge(state, attempt_id, style).await?;
    let merged = match merge_begun(state, attempt_id, approval, (style, &wish)).await {
        Ok(merged) => merged,
        Err(error) => return settle_failed(state, attempt_id, error).await,
    };
    // Where this fails the intention stays stored, and whoever is next finds out what came of it.
    state.remember_failed(attempt_id, store_merge(state, &assignment, &merged).await)?;
    finish_removal(state, &assignment).await?;
    Ok(merged)
}

/// Stores the intention, and how it is to be done.
async fn begin_merge(state: &AppState, attempt_id: AttemptId, style: MergeStyle) -> Result<(), db::Error> {
    begin_change(state, attempt_id, AttemptState::ReviewReady, Change::Merge).await?;
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::choose_merge_style(tx, attempt_id, Some(style)).await })
    });
    state.remember_failed(attempt_id, state.store.write(Durability::Full, work).await)
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
    // A branch whose worktree could not be had back may be anybody's by now.
    if let MergeOutcome::Refused { reason: MergeRefusal::HeadMoved { actual: Some(actual) } } = &outcome
        && assignment.attempt.worktree_path.is_some()
    {
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

/// Stores that the attempt is merged. What is being done from now on is the removal of its worktree: nobody takes the
/// merge back before that is over.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn store_merge(
    state: &AppState,
    assignment: &Assignment,
    merged: &Merged,
) -> Result<(), db::Error> {
    let (attempt_id, task_id) = (assignment.attempt.id, assignment.task.id);
    let (at, commit, style) = (now(), merged.commit.clone(), merged.style);
    let title = Some(format!("Merged into {}", assignment.attempt.base_branch));
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            let artifact =
                EventBody::Artifact { artifact_kind: "merge".into(), artifact_ref: commit.clone(), title };
            db::append_events(tx, attempt_id, &[(at, artifact)]).await?;
            db::set_merged(tx, attempt_id, &commit, style).await?;
            db::begin_change(tx, attempt_id, Change::Removal).await?;
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
