//! Going back: an attempt's worktree and branch are brought to a checkpoint. What they were before is a checkpoint of its
//! own, and stays in the branch's history.

use db::{Change, Durability};
use domain::{Attempt, AttemptAction, AttemptId, EventBody, LogLevel};
use worktree::{Commit, GoneBack, Repository};

use crate::{
    api::failure::conflict,
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        finish_attempt::worktree_of,
        measure_work::{Measured, measure_work, store_measured},
        prepare_attempt::{Assignment, load_assignment},
        resolve_approval::check_action,
        run_gates::clear_gates,
        settle_change::{end_change, settle_first, settle_now},
        take_checkpoint::{Occasion, take_checkpoint},
    },
};

const WHEN: &str = "it can go back to a checkpoint only between its turns, as its task's newest attempt, while it has its \
                    worktree";

/// Brings an attempt back to a checkpoint. Goes on when nobody waits for it any more.
///
/// # Errors
/// When it is at work, has no worktree or no such checkpoint, or a file stands in the way that is kept nowhere else.
pub(crate) async fn go_back(
    state: &AppState,
    attempt_id: AttemptId,
    number: i32,
) -> Result<Attempt, ApiError> {
    let worker = state.clone();
    let going = state.tasks.spawn("go back", async move { go(&worker, attempt_id, number).await });
    going.await.unwrap_or_else(|error| Err(ApiError::internal(error)))
}

async fn go(state: &AppState, attempt_id: AttemptId, number: i32) -> Result<Attempt, ApiError> {
    settle_first(state, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    let checkpoint = db::find_checkpoint(&mut *state.store.read().await?, attempt_id, number).await?;
    check_action(&assignment.attempt, AttemptAction::GoBack, WHEN)?;
    claim(state, attempt_id).await?;
    // What runs there would look at two states of the work.
    clear_gates(state, &assignment.attempt).await;
    let measured = match perform(state, &assignment, &checkpoint.commit, number).await {
        Ok(measured) => measured,
        Err(error) => {
            settle_now(state, attempt_id).await?;
            return Err(error);
        }
    };
    let text = format!("gone back to checkpoint {number}; what was there before is a checkpoint, too");
    state.remember_failed(attempt_id, store(state, attempt_id, measured, text).await)?;
    state.radar.look_again();
    Ok(db::find_attempt(&mut *state.store.read().await?, attempt_id).await?)
}

/// Nobody may go on in the worktree, merge it or remove it meanwhile.
async fn claim(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    let work = transaction::<(), ApiError, _>(move |tx| {
        Box::pin(async move {
            let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
            check_action(&attempt, AttemptAction::GoBack, WHEN)?;
            if db::is_changing(tx.connection(), attempt_id).await? {
                return Err(conflict(
                    "the attempt's work is being merged or removed just now: try again in a moment",
                ));
            }
            Ok(db::begin_change(tx, attempt_id, Change::GoBack).await?)
        })
    });
    state.store.write(Durability::Full, work).await
}

async fn perform(
    state: &AppState,
    assignment: &Assignment,
    commit: &str,
    number: i32,
) -> Result<Measured, ApiError> {
    let attempt = &assignment.attempt;
    let worktree = worktree_of(attempt).ok_or_else(|| conflict("the attempt has no worktree"))?;
    let next = db::next_checkpoint(&mut *state.store.read().await?, attempt.id).await?;
    take_checkpoint(state, assignment, &Occasion::GoingBack { to: number, number: next }).await?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let turn = state.repositories.turn(repository.root()).await;
    let message = Commit { message: format!("Go back to checkpoint {number}\n"), author: None };
    let gone = repository.go_back(&worktree, commit, &message).await?;
    drop(turn);
    match gone {
        GoneBack::Done { head, .. } => Ok(measure_work(&repository, &worktree, head).await?),
        GoneBack::Refused { reason } => Err(conflict(format!("the worktree was left as it is: {reason}"))),
    }
}

async fn store(
    state: &AppState,
    attempt_id: AttemptId,
    measured: Measured,
    text: String,
) -> Result<(), db::Error> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::end_change(tx, attempt_id).await?;
            store_measured(tx, attempt_id, &measured).await?;
            let event = EventBody::board_log(LogLevel::Info, text);
            db::append_events(tx, attempt_id, &[(now(), event)]).await.map(drop)
        })
    });
    state.store.write(Durability::Full, work).await
}

/// Stores where the attempt's branch stands after going back was broken off: what is reviewed and merged is what is
/// there. The caller holds the repository's turn.
///
/// # Errors
/// When the repository or the database does not answer; the intention stays stored.
pub(crate) async fn settle_go_back(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
) -> Result<(), ApiError> {
    let attempt = &assignment.attempt;
    let Some(worktree) = worktree_of(attempt) else { return Ok(end_change(state, attempt.id).await?) };
    let tip = repository.read_tips(vec![worktree.branch.clone()]).await?.into_iter().next().flatten();
    let Some(head) = tip.filter(|tip| attempt.head_commit.as_ref() != Some(tip)) else {
        return Ok(end_change(state, attempt.id).await?);
    };
    let measured = measure_work(repository, &worktree, head).await?;
    let text =
        "going back to a checkpoint was interrupted; the attempt is where its branch is now".to_owned();
    Ok(store(state, attempt.id, measured, text).await?)
}
