//! Going back: an attempt's worktree and branch are brought to a checkpoint. What they were before is a checkpoint of its
//! own, and stays in the branch's history.

use db::{Durability, WriteTx};
use domain::{Attempt, AttemptAction, AttemptId, EventBody, LogLevel};
use worktree::{Commit, GoneBack};

use crate::{
    api::failure::conflict,
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        finish_attempt::worktree_of,
        measure_work::{Measured, measure_work, store_measured},
        merge_attempt::settle_interrupted,
        prepare_attempt::{Assignment, load_assignment},
        resolve_approval::check_action,
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
    if state.is_interrupted(attempt_id) {
        settle_interrupted(state, attempt_id).await?;
    }
    let assignment = load_assignment(state, attempt_id).await?;
    let checkpoint = db::find_checkpoint(&mut *state.store.read().await?, attempt_id, number).await?;
    check_action(&assignment.attempt, AttemptAction::GoBack, WHEN)?;
    claim(state, attempt_id).await?;
    let gone = perform(state, &assignment, &checkpoint.commit, number).await;
    let (measured, result) = match gone {
        Ok(measured) => (Some(measured), Ok(())),
        Err(error) => (None, Err(error)),
    };
    store(state, attempt_id, number, measured).await?;
    result?;
    state.radar.look_again();
    Ok(db::find_attempt(&mut *state.store.read().await?, attempt_id).await?)
}

/// Nobody may go on in the worktree, merge it or remove it meanwhile.
async fn claim(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    let work = transaction::<(), ApiError, _>(move |tx| {
        Box::pin(async move {
            let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
            check_action(&attempt, AttemptAction::GoBack, WHEN)?;
            if db::is_merging(tx.connection(), attempt_id).await? {
                return Err(conflict(
                    "the attempt's work is being merged or removed just now: try again in a moment",
                ));
            }
            Ok(db::set_merging(tx, attempt_id, true).await?)
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
    number: i32,
    measured: Option<Measured>,
) -> Result<(), ApiError> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::set_merging(tx, attempt_id, false).await?;
            match measured {
                Some(measured) => store_gone(tx, attempt_id, number, &measured).await,
                None => Ok(()),
            }
        })
    });
    Ok(state.store.write(Durability::Full, work).await?)
}

async fn store_gone(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    number: i32,
    measured: &Measured,
) -> Result<(), db::Error> {
    store_measured(tx, attempt_id, measured).await?;
    let text = format!("gone back to checkpoint {number}; what was there before is a checkpoint, too");
    db::append_events(tx, attempt_id, &[(now(), EventBody::board_log(LogLevel::Info, text))]).await.map(drop)
}
