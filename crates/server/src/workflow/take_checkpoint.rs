//! Checkpoints: each turn's whole state as a hidden commit, beside the agent and never in its way.
//!
//! A checkpoint that cannot be taken costs nobody their work: it is said in the attempt's log, and that is all.

use db::{Durability, NewCheckpoint};
use domain::{AttemptId, Checkpoint, EventBody, LogLevel, RunId};
use utils::{ErrorChain, OrLog};
use worktree::{DiffRequest, DiffTarget, Repository, Worktree};

use crate::{
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        finish_attempt::worktree_of,
        prepare_attempt::{Assignment, load_assignment},
    },
};

const TURN: &str = "turn ";
const BEGINNING: &str = "beginning";

/// What a checkpoint is taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// A turn ended and its run goes on; the journal was read up to here.
    TurnEnded {
        /// The run.
        run_id: RunId,
        /// The place in its journal.
        position: u64,
    },
    /// A run ended.
    RunEnded(RunId),
    /// The worktree is about to be brought back to a checkpoint, for the so-and-so-manieth time.
    GoingBack {
        /// The checkpoint.
        to: i32,
        /// The number of the one to be taken.
        number: i32,
    },
}

impl Occasion {
    /// Another one for each; the same again after a crash.
    fn key(&self) -> String {
        match self {
            Self::TurnEnded { run_id, position } => format!("turn-{run_id}-{position}"),
            Self::RunEnded(run_id) => format!("run-{run_id}"),
            Self::GoingBack { to, number } => format!("back-{to}-{number}"),
        }
    }

    fn label(&self, earlier: &[Checkpoint]) -> String {
        match self {
            Self::TurnEnded { .. } | Self::RunEnded(_) => {
                format!("{TURN}{}", earlier.iter().filter(|checkpoint| is_turn(checkpoint)).count() + 1)
            }
            Self::GoingBack { to, .. } => format!("before going back to {to}"),
        }
    }
}

/// Whether the checkpoint is a turn's end.
pub(crate) fn is_turn(checkpoint: &Checkpoint) -> bool {
    checkpoint.label.starts_with(TURN)
}

/// Keeps the state that an attempt begins with, beside its start.
pub(crate) fn keep_beginning(state: &AppState, attempt_id: AttemptId) {
    let (owner, state) = (state.clone(), state.clone());
    let keeping = async move {
        let kept = async {
            let assignment = load_assignment(&state, attempt_id).await?;
            let _alone = state.repositories.checkpointing().await;
            ensure_beginning(&state, &assignment).await
        };
        kept.await.map_err(|error| format!("{error:?}")).or_log("keeping what an attempt begins with");
    };
    drop(owner.tasks.spawn_until_cancelled("checkpoint", keeping));
}

/// Takes a checkpoint beside the agent, which goes on meanwhile.
pub(crate) fn take_beside(state: &AppState, attempt_id: AttemptId, occasion: Occasion) {
    let (owner, state) = (state.clone(), state.clone());
    let taking = async move {
        let assignment = load_assignment(&state, attempt_id).await.or_log("reading an attempt");
        let Some(assignment) = assignment else { return };
        let said = take_or_say(&state, &assignment, &occasion).await;
        if let Some(event) = said {
            say(&state, attempt_id, event).await.or_log("saying that a checkpoint failed");
        }
    };
    drop(owner.tasks.spawn_until_cancelled("checkpoint", taking));
}

async fn say(state: &AppState, attempt_id: AttemptId, event: EventBody) -> Result<(), db::Error> {
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::append_events(tx, attempt_id, &[(at, event)]).await.map(drop) })
    });
    state.store.write(Durability::Normal, work).await
}

/// Takes a checkpoint; gives what the log must say where that failed.
pub(crate) async fn take_or_say(
    state: &AppState,
    assignment: &Assignment,
    occasion: &Occasion,
) -> Option<EventBody> {
    let error = take_checkpoint(state, assignment, occasion).await.err()?;
    let why = if error.message().is_empty() { format!("{error:?}") } else { error.message().to_owned() };
    tracing::warn!(attempt.id = %assignment.attempt.id, "no checkpoint was taken: {why}");
    let text = "no checkpoint of this turn was taken: it cannot be gone back to";
    Some(EventBody::board_log(LogLevel::Warn, format!("{text} ({why})")))
}

/// Takes a checkpoint of an attempt's worktree as it is, once for each occasion.
///
/// # Errors
/// When it has no worktree, or git or the database refuse.
pub(crate) async fn take_checkpoint(
    state: &AppState,
    assignment: &Assignment,
    occasion: &Occasion,
) -> Result<(), ApiError> {
    let attempt_id = assignment.attempt.id;
    let Some(worktree) = worktree_of(&assignment.attempt) else { return Ok(()) };
    // One at a time, all in all: numbers have no gap, and many turns that end together do not fight for the disk.
    let _alone = state.repositories.checkpointing().await;
    ensure_beginning(state, assignment).await?;
    let mut connection = state.store.read().await?;
    if db::has_checkpoint(&mut connection, attempt_id, &occasion.key()).await? {
        return Ok(());
    }
    let earlier = db::list_checkpoints(&mut connection, attempt_id).await?;
    let number = db::next_checkpoint(&mut connection, attempt_id).await?;
    drop(connection);
    let repository = state.repositories.open(&assignment.project.path).await?;
    let taken = repository.take_checkpoint(&worktree, &attempt_id.to_string(), unsigned(number)).await?;
    let checkpoint = NewCheckpoint {
        attempt_id,
        number,
        label: occasion.label(&earlier),
        occasion: occasion.key(),
        files_changed: count_changed(&repository, earlier.first(), &taken.commit).await,
        commit: taken.commit,
    };
    store(state, checkpoint).await?;
    state.radar.look_again();
    Ok(())
}

/// Checkpoint 0: the commit that the attempt's branch stood at before its agent began.
async fn ensure_beginning(state: &AppState, assignment: &Assignment) -> Result<(), ApiError> {
    let attempt = &assignment.attempt;
    let mut connection = state.store.read().await?;
    if db::next_checkpoint(&mut connection, attempt.id).await? > 0 {
        return Ok(());
    }
    let before = match attempt.continues_id {
        Some(before) => db::find_attempt(&mut connection, before).await?.head_commit,
        None => None,
    };
    drop(connection);
    let Some(worktree) = worktree_of(attempt) else { return Ok(()) };
    let repository = state.repositories.open(&assignment.project.path).await?;
    let start = start_of(&repository, &worktree, before).await?;
    let commit = repository.keep_commit(&worktree, &attempt.id.to_string(), 0, &start).await?;
    let (occasion, label) = (BEGINNING.to_owned(), BEGINNING.to_owned());
    let checkpoint =
        NewCheckpoint { attempt_id: attempt.id, number: 0, commit, label, occasion, files_changed: 0 };
    store(state, checkpoint).await
}

async fn start_of(
    repository: &Repository,
    worktree: &Worktree,
    before: Option<String>,
) -> Result<String, worktree::Error> {
    match before {
        Some(before) => Ok(before),
        None => Ok(repository.started_from(&worktree.id).await?.unwrap_or(worktree.base_commit.clone())),
    }
}

/// How many files changed since the checkpoint before. The count is for the eye: where git cannot tell it, it is 0.
async fn count_changed(repository: &Repository, before: Option<&Checkpoint>, commit: &str) -> i32 {
    let Some(before) = before else { return 0 };
    let request = DiffRequest::exact(before.commit.clone(), DiffTarget::Commit(commit.to_owned()));
    let summary = repository.diff_summary(&request).await.map_err(|error| ErrorChain(&error).to_string());
    let summary = summary.or_log("counting what changed since a checkpoint");
    summary.map_or(0, |summary| i32::try_from(summary.files.len()).unwrap_or(i32::MAX))
}

async fn store(state: &AppState, checkpoint: NewCheckpoint) -> Result<(), ApiError> {
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::insert_checkpoint(tx, &checkpoint, at).await })
    });
    Ok(state.store.write(Durability::Full, work).await?)
}

/// Numbers of checkpoints are never negative: the table says so.
fn unsigned(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}
