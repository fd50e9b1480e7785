//! Asking GitHub how a pull request stands. One that was merged there ends its attempt as merged; one that was closed
//! makes it ready for review again.

use db::{Change, Durability, Placement, StoredPullRequest, WriteTx};
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
    workflow::{prepare_attempt::load_assignment, settle_change::finish_removal},
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
    let is_open = known.state == PullRequestState::Open;
    let stored = StoredPullRequest { pull_request: known, is_open, ..stored };
    let work = transaction::<bool, db::Error, _>(move |tx| {
        Box::pin(async move { store_known(tx, attempt_id, stored, at).await })
    });
    if state.store.write(Durability::Full, work).await? {
        let assignment = load_assignment(state, attempt_id).await;
        finish_removal(state, &state.remember_failed(attempt_id, assignment)?).await?;
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

/// True if that ends the attempt as merged, so that its worktree is not needed any more: its removal is what is being done
/// from now on. An attempt that was had back meanwhile goes on, whatever becomes of its pull request.
async fn store_known(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    stored: StoredPullRequest,
    at: Timestamp,
) -> Result<bool, db::Error> {
    let state = stored.pull_request.state;
    db::put_pull_request(tx, attempt_id, &stored).await?;
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    if attempt.state != AttemptState::PrCreated {
        return Ok(false);
    }
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    match state {
        PullRequestState::Open => Ok(false),
        PullRequestState::Merged => {
            let reason = Some("merged on GitHub");
            db::transition_attempt(tx, attempt_id, AttemptTrigger::Merged, reason, at).await?;
            if task.status == TaskStatus::Review {
                db::place_task(tx, task.id, TaskStatus::Done, Placement::Top, at).await?;
            }
            claim_removal(tx, attempt_id).await
        }
        PullRequestState::Closed => {
            let reason = Some("its pull request was closed");
            db::transition_attempt(tx, attempt_id, AttemptTrigger::Restored, reason, at).await?;
            if task.status == TaskStatus::Done {
                db::place_task(tx, task.id, TaskStatus::Review, Placement::Top, at).await?;
            }
            Ok(false)
        }
    }
}

/// False while somebody else is at the attempt's work: the next start removes what is left then.
async fn claim_removal(tx: &mut WriteTx, attempt_id: AttemptId) -> Result<bool, db::Error> {
    if db::is_changing(tx.connection(), attempt_id).await? {
        return Ok(false);
    }
    db::begin_change(tx, attempt_id, Change::Removal).await.map(|()| true)
}
