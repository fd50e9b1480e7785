//! Asking GitHub how a pull request stands. One that was merged there ends its attempt as merged; one that was closed
//! makes it ready for review again.

use db::{Durability, Placement, StoredPullRequest, WriteTx};
use domain::{
    AttemptId, AttemptState, AttemptTrigger, ChecksState, PullRequest, PullRequestState, TaskStatus,
    Timestamp,
};

use crate::{
    clock::now,
    error::ApiError,
    github::{
        NO_TOKEN,
        address::Address,
        client::{Client, Failure, Pull},
        open_client,
    },
    state::{AppState, transaction},
    workflow::{
        prepare_attempt::load_assignment,
        remove_worktree::{BranchFate, remove_worktree},
    },
};

/// Asks for the state of an attempt's pull request and stores it. Where GitHub does not answer, what was known stays and
/// says why it is not newer.
///
/// # Errors
/// When the attempt has no pull request, or the database does not answer.
pub(crate) async fn refresh_pull_request(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    let stored = db::find_pull_request(&mut *state.store.read().await?, attempt_id).await?;
    let before = &stored.pull_request;
    let asked = match open_client(state).await? {
        Some(client) => ask(&client, before).await.map_err(Unasked::Failed),
        None => Err(Unasked::NoToken),
    };
    if let Err(Unasked::Failed(Failure::RateLimited { pause })) = &asked {
        state.github.pause(*pause);
    }
    let at = now();
    let known = match asked {
        Ok((pull, checks)) => newer(before, &pull, checks, at),
        Err(unasked) => PullRequest { error: Some(unasked.words()), ..before.clone() },
    };
    let is_merged = known.state == PullRequestState::Merged && before.state != PullRequestState::Merged;
    let is_open = known.state == PullRequestState::Open;
    let stored = StoredPullRequest { pull_request: known, is_open, ..stored };
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { store_known(tx, attempt_id, stored, at).await })
    });
    state.store.write(Durability::Full, work).await?;
    if is_merged {
        // A server that dies before this does it at its next start.
        let assignment = load_assignment(state, attempt_id).await?;
        remove_worktree(state, &assignment.project, &assignment.attempt, BranchFate::Deleted).await;
    }
    Ok(())
}

/// Why nothing new is known.
enum Unasked {
    /// There is nobody who could ask.
    NoToken,
    /// GitHub did not say.
    Failed(Failure),
}

impl Unasked {
    fn words(&self) -> String {
        match self {
            Self::NoToken => NO_TOKEN.to_owned(),
            Self::Failed(failure) => failure.to_string(),
        }
    }
}

async fn ask(client: &Client, before: &PullRequest) -> Result<(Pull, ChecksState), Failure> {
    let address = Address::parse(&before.repository)
        .ok_or_else(|| Failure::NotFound(format!("repository {}", before.repository)))?;
    let pull = client.find_pull(&address, before.number).await?;
    let checks = client.find_checks(&address, &pull.head).await;
    match (checks, pull.state) {
        (Ok(checks), _) => Ok((pull, checks)),
        // What became of it counts, whatever its checks say.
        (Err(_), PullRequestState::Merged | PullRequestState::Closed) => Ok((pull, before.checks)),
        (Err(failure), PullRequestState::Open) => Err(failure),
    }
}

fn newer(before: &PullRequest, pull: &Pull, checks: ChecksState, at: Timestamp) -> PullRequest {
    PullRequest {
        repository: before.repository.clone(),
        number: before.number,
        url: pull.url.clone(),
        state: pull.state,
        checks,
        error: None,
        checked_at: at,
    }
}

async fn store_known(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    stored: StoredPullRequest,
    at: Timestamp,
) -> Result<(), db::Error> {
    let state = stored.pull_request.state;
    db::put_pull_request(tx, attempt_id, &stored).await?;
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    if attempt.state != AttemptState::PrCreated {
        return Ok(());
    }
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    match state {
        PullRequestState::Open => Ok(()),
        PullRequestState::Merged => {
            let reason = Some("merged on GitHub");
            db::transition_attempt(tx, attempt_id, AttemptTrigger::Merged, reason, at).await?;
            if task.status == TaskStatus::Review {
                db::place_task(tx, task.id, TaskStatus::Done, Placement::Top, at).await?;
            }
            Ok(())
        }
        PullRequestState::Closed => {
            let reason = Some("its pull request was closed");
            db::transition_attempt(tx, attempt_id, AttemptTrigger::Restored, reason, at).await?;
            if task.status == TaskStatus::Done {
                db::place_task(tx, task.id, TaskStatus::Review, Placement::Top, at).await?;
            }
            Ok(())
        }
    }
}
