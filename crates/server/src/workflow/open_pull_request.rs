//! Opening a pull request: the attempt's branch is pushed, and GitHub asked to take it.
//!
//! Every step may be repeated: a branch that stands there is not pushed again, and a pull request that is open already
//! counts as opened. A server killed in between leaves the attempt ready for review.

use db::{Change, Durability, Placement, StoredPullRequest, WriteTx};
use domain::{
    Attempt, AttemptAction, AttemptId, AttemptTrigger, ChecksState, ErrorCode, EventBody, PullRequest,
    Refusal, Task, TaskStatus, Timestamp,
};
use worktree::{PushBranch, PushOutcome, Remote, Repository};

use crate::{
    api::failure::conflict,
    clock::now,
    error::ApiError,
    github::{
        NO_TOKEN,
        address::{Address, repository_of},
        client::{Client, Failure, NewPull, Pull},
        open_client, read_api_url,
    },
    state::{AppState, transaction},
    workflow::{
        approve_attempt::check_seen,
        prepare_attempt::{Assignment, load_assignment},
        resolve_approval::check_action,
        settle_change::{end_change, settle_first},
    },
};

/// Longest title; GitHub takes no more.
const TITLE_CHARS_MAX: usize = 250;

/// Accepts an attempt's work by a pull request: its task goes to Done. `seen` is the commit that the reviewer looked at,
/// `message` what the pull request says; its first line is the title.
///
/// # Errors
/// When the attempt is not ready, there is no token or no remote on GitHub, or the remote or GitHub refuses.
pub(crate) async fn open_pull_request(
    state: &AppState,
    attempt_id: AttemptId,
    seen: Option<String>,
    message: Option<String>,
) -> Result<(), ApiError> {
    let (owner, state) = (state.clone(), state.clone());
    // A caller that hangs up must not leave it in the middle.
    let opening = async move { open_wanted(&state, attempt_id, seen, message).await };
    owner.tasks.spawn("open a pull request", opening).await.map_err(ApiError::internal)?
}

async fn open_wanted(
    state: &AppState,
    attempt_id: AttemptId,
    seen: Option<String>,
    message: Option<String>,
) -> Result<(), ApiError> {
    settle_first(state, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    check_can_open(&assignment.attempt)?;
    check_seen(&assignment.attempt, seen.as_deref())?;
    let client = open_client(state).await?.ok_or_else(|| conflict(NO_TOKEN))?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let (remote, address) = find_address(state, &repository, &assignment.attempt).await?;
    begin(state, &assignment.attempt).await?;
    let opened = async {
        push(&repository, &assignment.attempt, remote.clone()).await?;
        open(&client, &address, &assignment, message).await
    };
    match opened.await {
        Ok(pull) => {
            let opened = Opened { pull, address, remote: remote.name };
            state.remember_failed(attempt_id, store_opened(state, &assignment, opened).await)
        }
        Err(error) => {
            end_change(state, attempt_id).await?;
            Err(error)
        }
    }
}

fn check_can_open(attempt: &Attempt) -> Result<(), ApiError> {
    check_action(
        attempt,
        AttemptAction::OpenPullRequest,
        "only one that is ready for review, of a task in Review or Done, can become a pull request",
    )
}

/// The remote that the branch goes to, and which repository on GitHub that is.
async fn find_address(
    state: &AppState,
    repository: &Repository,
    attempt: &Attempt,
) -> Result<(Remote, Address), ApiError> {
    let remote = repository.find_remote(&attempt.base_branch).await?.ok_or_else(|| {
        conflict(format!(
            "it is not clear where to push to: let {} follow a branch of a remote, or name a remote origin",
            attempt.base_branch
        ))
    })?;
    let api_url = read_api_url(state).await?;
    let found = [&remote.url, &remote.full_url].into_iter().find_map(|url| repository_of(url, &api_url));
    let address = found.ok_or_else(|| {
        conflict(format!("the remote {} is no repository on the GitHub that the settings name", remote.name))
    })?;
    Ok((remote, address))
}

/// Until it is settled nobody merges, discards or goes on with the attempt.
async fn begin(state: &AppState, attempt: &Attempt) -> Result<(), ApiError> {
    let (id, head) = (attempt.id, attempt.head_commit.clone());
    let work = transaction::<(), ApiError, _>(move |tx| {
        Box::pin(async move {
            let attempt = db::find_attempt(tx.connection(), id).await?;
            check_can_open(&attempt)?;
            if db::is_changing(tx.connection(), id).await? || attempt.head_commit != head {
                return Err(
                    Refusal("somebody does something else with the attempt just now".to_owned()).into()
                );
            }
            Ok(db::begin_change(tx, id, Change::PullRequest).await?)
        })
    });
    state.store.write(Durability::Full, work).await
}

async fn push(repository: &Repository, attempt: &Attempt, remote: Remote) -> Result<(), ApiError> {
    let (Some(branch), Some(commit), Some(base)) =
        (&attempt.branch_name, &attempt.head_commit, &attempt.base_commit)
    else {
        return Err(conflict("the attempt has no branch that could be pushed"));
    };
    let name = remote.name.clone();
    let request = PushBranch { remote, branch: branch.clone(), commit: commit.clone(), base: base.clone() };
    match repository.push_branch(&request).await? {
        PushOutcome::Pushed | PushOutcome::UpToDate => Ok(()),
        PushOutcome::Refused { reason } => {
            let message = format!("the branch was not pushed to {name}: {reason}");
            Err(ApiError::new(ErrorCode::MergeRefused, message))
        }
    }
}

async fn open(
    client: &Client,
    address: &Address,
    assignment: &Assignment,
    message: Option<String>,
) -> Result<Pull, ApiError> {
    let Assignment { attempt, task, .. } = assignment;
    let (title, body) = match message.as_deref().map(str::trim).filter(|message| !message.is_empty()) {
        Some(message) => {
            let (title, body) = message.split_once('\n').unwrap_or((message, ""));
            (title.to_owned(), body.trim().to_owned())
        }
        None => (task.title.trim().to_owned(), description(task, attempt)),
    };
    let new = NewPull {
        title: title.chars().take(TITLE_CHARS_MAX).collect(),
        body,
        head: attempt.branch_name.clone().unwrap_or_default(),
        base: attempt.base_branch.clone(),
    };
    client.open_pull(address, &new).await.map_err(ApiError::from)
}

/// What the agent says it did, and what was asked for.
fn description(task: &Task, attempt: &Attempt) -> String {
    let criteria = task.criteria.iter().map(|criterion| {
        let mark = if criterion.done { 'x' } else { ' ' };
        format!("- [{mark}] {}", criterion.text)
    });
    let criteria = criteria.collect::<Vec<_>>().join("\n");
    let summary = attempt.summary.as_deref().map(str::trim).unwrap_or_default();
    let parts = [summary, task.description.trim(), criteria.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        conflict(failure.to_string())
    }
}

/// What GitHub made.
struct Opened {
    pull: Pull,
    address: Address,
    remote: String,
}

async fn store_opened(state: &AppState, assignment: &Assignment, opened: Opened) -> Result<(), ApiError> {
    let (attempt_id, at) = (assignment.attempt.id, now());
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { write_opened(tx, attempt_id, opened, at).await })
    });
    Ok(state.store.write(Durability::Full, work).await?)
}

async fn write_opened(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    opened: Opened,
    at: Timestamp,
) -> Result<(), db::Error> {
    let Opened { pull, address, remote } = opened;
    let title = Some(format!("Pull request {}#{}", address.full_name(), pull.number));
    let artifact =
        EventBody::Artifact { artifact_kind: "pull_request".into(), artifact_ref: pull.url.clone(), title };
    let pull_request = PullRequest {
        repository: address.full_name(),
        number: pull.number,
        url: pull.url,
        state: pull.state,
        // Nobody has asked for them yet: they begin with the push.
        checks: ChecksState::Pending,
        error: None,
        checked_at: at,
    };
    let stored = StoredPullRequest { pull_request, remote, is_open: true };
    db::put_pull_request(tx, attempt_id, &stored).await?;
    db::append_events(tx, attempt_id, &[(at, artifact)]).await?;
    db::end_change(tx, attempt_id).await?;
    db::transition_attempt(tx, attempt_id, AttemptTrigger::PrCreated, None, at).await?;
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    if task.status == TaskStatus::Review {
        db::place_task(tx, task.id, TaskStatus::Done, Placement::Top, at).await?;
    }
    Ok(())
}
