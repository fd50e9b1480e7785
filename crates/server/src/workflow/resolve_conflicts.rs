//! Letting the agent resolve conflicts: the next attempt goes on in the worktree with the base merged into it.
//!
//! The wish is stored with the attempt and carried out when it is prepared, so that a server killed in between does it
//! then, once.

use db::Durability;
use domain::{Attempt, AttemptAction, AttemptId, EventBody, LogLevel, MergeStyle};
use utils::ErrorChain;
use worktree::{BaseMerge, MergeForecast};

use crate::{
    api::failure::conflict,
    clock::{new_id, now},
    error::ApiError,
    merging::refusal_text,
    state::{AppState, transaction},
    workflow::{
        continue_in_new_attempt::{Continuation, continue_in_new_attempt},
        finish_attempt::worktree_of,
        merge_attempt::bare_request,
        prepare_attempt::{Assignment, load_assignment},
        resolve_approval::check_action,
        settle_change::settle_first,
    },
};

/// Most files named to the agent; git tells it the others.
const NAMED_MAX: usize = 200;

/// Queues the attempt that resolves what conflicts with the base now.
///
/// # Errors
/// When nothing conflicts, or nobody can go on with the attempt.
pub(crate) async fn resolve_conflicts(state: &AppState, attempt_id: AttemptId) -> Result<Attempt, ApiError> {
    settle_first(state, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    check_action(
        &assignment.attempt,
        AttemptAction::ResolveConflicts,
        "only the newest attempt of a task that is ready for review, and has its worktree, can resolve conflicts",
    )?;
    let paths = find_conflicts(state, &assignment).await?;
    let body = request(&assignment.attempt.base_branch, &paths);
    let at = now();
    let work = transaction::<Attempt, ApiError, _>(move |tx| {
        Box::pin(async move {
            let next = Continuation { id: new_id(), body, reason: "conflicts to be resolved".to_owned() };
            let attempt = continue_in_new_attempt(tx, attempt_id, next, at).await?;
            db::want_base_merge(tx, attempt.id, true).await?;
            Ok(attempt)
        })
    });
    state.store.write(Durability::Full, work).await
}

async fn find_conflicts(state: &AppState, assignment: &Assignment) -> Result<Vec<String>, ApiError> {
    let request = bare_request(state, assignment, MergeStyle::Merge)?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let target = &request.target;
    match repository.look_at_merge(&request).await?.forecast {
        MergeForecast::Conflict { files } => Ok(files.into_iter().map(|detail| detail.file.path).collect()),
        MergeForecast::Clean | MergeForecast::AlreadyMerged => {
            Err(conflict(format!("it merges into {target} without a conflict: there is nothing to resolve")))
        }
        MergeForecast::Refused { reason } => Err(conflict(refusal_text(&reason, target))),
    }
}

fn request(base: &str, paths: &[String]) -> String {
    let files: Vec<String> = paths.iter().take(NAMED_MAX).map(|path| format!("- `{path}`")).collect();
    format!(
        "Your work conflicts with `{base}`. `{base}` was merged into this worktree just now, and the merge is not \
         committed: the files below conflict, and git has left conflict markers in those that are text.\n\n{}\n\n\
         Resolve each of them so that what `{base}` changed and what you did both still work, remove every marker, and \
         run the tests. Then add the files and commit the merge with `git commit --no-edit`. Do not abort the merge and \
         do not rebase.",
        files.join("\n")
    )
}

/// Merges the base into the worktree of an attempt that is there for that. The reason where it cannot.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn merge_wanted_base(
    state: &AppState,
    attempt_id: AttemptId,
) -> Result<Result<(), String>, db::Error> {
    let is_wanted = db::wants_base_merge(&mut *state.store.read().await?, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    let Some(worktree) = worktree_of(&assignment.attempt).filter(|_| is_wanted) else { return Ok(Ok(())) };
    let base = &assignment.attempt.base_branch;
    let begun = async {
        let repository = state.repositories.open(&assignment.project.path).await?;
        repository.begin_base_merge(&worktree, base).await
    };
    let event = match begun.await {
        Ok(begun) => told(base, &begun),
        Err(error) => {
            let chain = ErrorChain(&error);
            return Ok(Err(format!("{base} could not be merged into the worktree: failed to {chain}")));
        }
    };
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::want_base_merge(tx, attempt_id, false).await?;
            db::append_events(tx, attempt_id, &[(at, event)]).await.map(drop)
        })
    });
    state.store.write(Durability::Full, work).await.map(Ok)
}

fn told(base: &str, begun: &BaseMerge) -> EventBody {
    let message = match begun {
        BaseMerge::UpToDate => format!("the branch has all of {base} already"),
        BaseMerge::Clean => format!("{base} was merged into the worktree without a conflict"),
        BaseMerge::Conflicts { paths } => {
            format!("{base} was merged into the worktree; it conflicts in {}", paths.join(", "))
        }
    };
    EventBody::board_log(LogLevel::Info, message)
}
