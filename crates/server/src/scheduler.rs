//! The scheduler: the only thing that starts attempts.
//!
//! It claims the most urgent, oldest attempt that may run with one atomic statement, again and again until none is
//! left, whenever something changed. Claims of a dead server are found by `recover`.

use std::time::Duration;

use db::{Durability, Placement};
use domain::{AttemptId, StartAttempt};
use utils::{ErrorChain, OrLog};

use crate::{
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        prepare_attempt::prepare_attempt, resolve_approval::answer_due_questions,
        start_attempt::queue_attempt,
    },
};

/// It looks by itself after this time, in case a wake-up was missed.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How exactly the time of a default answer is kept.
const ANSWER_EVERY: Duration = Duration::from_secs(5);

/// Starts the scheduler as a task of the server.
pub(crate) fn start(state: &AppState) {
    let owner = state.clone();
    let (state, other) = (state.clone(), state.clone());
    drop(owner.tasks.spawn_until_cancelled("scheduler", async move { run(&state).await }));
    drop(owner.tasks.spawn_until_cancelled("default answers", async move { answer_questions(&other).await }));
}

/// Gives default answers when their time has come: at once when a question changes, else after a look now and then.
async fn answer_questions(state: &AppState) {
    loop {
        let talked = state.board.talked.notified();
        answer_due_questions(state)
            .await
            .map_err(|error| format!("{error:?}"))
            .or_log("giving default answers to questions");
        // At the limit it only looks again.
        drop(tokio::time::timeout(ANSWER_EVERY, talked).await);
    }
}

async fn run(state: &AppState) {
    loop {
        start_all(state)
            .await
            .map_err(|error| ErrorChain(&error).to_string())
            .or_log("starting queued attempts");
        // At the limit it only looks again.
        drop(tokio::time::timeout(LOOK_EVERY, state.wake.notified()).await);
    }
}

async fn start_all(state: &AppState) -> Result<(), db::Error> {
    queue_auto_runs(state).await?;
    while let Some(attempt_id) = claim_next(state).await? {
        let preparing = prepare_attempt(state.clone(), attempt_id);
        drop(state.tasks.spawn("prepare attempt", preparing));
    }
    Ok(())
}

async fn claim_next(state: &AppState) -> Result<Option<AttemptId>, db::Error> {
    let (total_max, at) = (state.config.current().limits.max_parallel, now());
    let work = transaction::<Option<AttemptId>, db::Error, _>(move |tx| {
        Box::pin(async move { db::claim_next_attempt(tx, total_max, at).await })
    });
    state.store.write(Durability::Full, work).await
}

/// Projects that run by themselves get their next task queued for each free slot.
async fn queue_auto_runs(state: &AppState) -> Result<(), db::Error> {
    let mut connection = state.store.read().await?;
    let projects = db::list_projects(&mut connection).await?;
    drop(connection);
    for project in projects.into_iter().filter(|project| project.settings.auto_run) {
        while queue_auto_run(state, project.id)
            .await
            .or_log("queueing a task that runs by itself")
            .unwrap_or(false)
        {}
    }
    Ok(())
}

async fn queue_auto_run(state: &AppState, project_id: domain::ProjectId) -> Result<bool, String> {
    let (approval_mode, at) = (state.config.current().approval_mode, now());
    let work = transaction::<bool, ApiError, _>(move |tx| {
        Box::pin(async move {
            let Some(task_id) = db::next_auto_run_task(tx.connection(), project_id).await? else {
                return Ok(false);
            };
            let request = StartAttempt::default();
            queue_attempt(tx, task_id, &request, approval_mode, Placement::End, at).await.map(|_| true)
        })
    });
    state.store.write(Durability::Full, work).await.map_err(|error| format!("{error:?}"))
}
