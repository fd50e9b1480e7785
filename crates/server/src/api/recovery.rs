//! What would be lost, and having back what was removed.

use std::time::{Duration, SystemTime};

use axum::{Json, extract::State};
use domain::{
    Attempt, AttemptId, DiscardPreview, Page, ProjectId, RecoveryItem, RecoveryKind, RestoreItem,
    RestoredItem, Task, Timestamp,
};
use uuid::Uuid;
use worktree::{KeptKind, KeptRef};

use crate::{
    api::{
        extract::{Body, PathOf},
        failure::invalid,
    },
    error::ApiError,
    state::AppState,
    workflow::{
        discard_preview::{self as preview, KEPT_DAYS},
        restore_attempt as restore,
    },
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What throwing the attempt's work away would lose.
#[utoipa::path(
    get, path = "/api/attempts/{id}/discard-preview", params(("id" = AttemptId, Path)),
    responses((status = 200, body = DiscardPreview))
)]
pub(crate) async fn preview_discard(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<DiscardPreview>, ApiError> {
    preview::discard_preview(&state, id).await.map(Json)
}

/// Has discarded work back: its attempt is ready for review again.
#[utoipa::path(
    post, path = "/api/attempts/{id}/restore", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn restore_attempt(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Attempt>, ApiError> {
    restore::restore_attempt(&state, id).await.map(Json)
}

/// What was removed and can be had back, newest first.
#[utoipa::path(
    get, path = "/api/projects/{id}/recovery", params(("id" = ProjectId, Path)),
    responses((status = 200, body = Page<RecoveryItem>))
)]
pub(crate) async fn list_recovery(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
) -> Result<Json<Page<RecoveryItem>>, ApiError> {
    let project = db::find_project(&mut *state.store.read().await?, id).await?;
    let kept = state.repositories.open(&project.path).await?.list_kept().await?;
    let mut items = Vec::with_capacity(kept.len());
    for kept in kept {
        let origin = find_origin(&state, &kept).await?;
        items.push(item_of(kept, origin));
    }
    items.sort_by(|one, other| {
        other.created_at.cmp(&one.created_at).then(one.reference.cmp(&other.reference))
    });
    Ok(Json(Page::whole(items)))
}

/// Makes a branch of something that was removed.
#[utoipa::path(
    post, path = "/api/projects/{id}/recovery", params(("id" = ProjectId, Path)), request_body = RestoreItem,
    responses((status = 200, body = RestoredItem))
)]
pub(crate) async fn restore_item(
    State(state): State<AppState>,
    PathOf(id): PathOf<ProjectId>,
    Body(request): Body<RestoreItem>,
) -> Result<Json<RestoredItem>, ApiError> {
    let project = db::find_project(&mut *state.store.read().await?, id).await?;
    let repository = state.repositories.open(&project.path).await?;
    let prefix = state.config.current().branch_prefix.clone();
    let turn = state.repositories.turn(repository.root()).await;
    let restored = repository.restore_branch(&request.reference, request.branch.as_deref(), &prefix).await?;
    drop(turn);
    let text = "nothing is kept there (any more): load the list again";
    let restored = restored.ok_or_else(|| invalid("reference", text))?;
    Ok(Json(RestoredItem { branch: restored.branch, commit: restored.commit, attempt_id: None }))
}

/// The attempt and task that something comes from.
async fn find_origin(state: &AppState, kept: &KeptRef) -> Result<Option<(Attempt, Task)>, ApiError> {
    let id = kept.worktree_id.as_deref().and_then(|id| Uuid::parse_str(id).ok()).map(AttemptId::from);
    let Some(id) = id else { return Ok(None) };
    let mut connection = state.store.read().await?;
    let Some(attempt) = db::list_attempts_of_worktree(&mut connection, id).await?.into_iter().next() else {
        return Ok(None);
    };
    match db::find_task(&mut connection, attempt.task_id).await {
        Ok(task) => Ok(Some((attempt, task))),
        // The task was deleted; its work is still there.
        Err(db::Error::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What still stands is kept for as long as if it were removed now.
fn item_of(kept: KeptRef, origin: Option<(Attempt, Task)>) -> RecoveryItem {
    let kept_for = DAY * u32::try_from(KEPT_DAYS).unwrap_or(0);
    let expires_at = kept.since.unwrap_or_else(SystemTime::now) + kept_for;
    let (attempt, task) = origin.unzip();
    RecoveryItem {
        reference: kept.name,
        kind: match kept.kind {
            KeptKind::Branch => RecoveryKind::Branch,
            KeptKind::Uncommitted => RecoveryKind::Uncommitted,
            KeptKind::Leftover => RecoveryKind::Leftover,
            KeptKind::BeforeMerge => RecoveryKind::BeforeMerge,
        },
        commit: kept.commit,
        subject: kept.subject,
        attempt_id: attempt.as_ref().map(|attempt| attempt.id),
        attempt_number: attempt.as_ref().map(|attempt| attempt.number),
        task_id: task.as_ref().map(|task| task.id),
        task_number: task.as_ref().map(|task| task.number),
        task_title: task.map(|task| task.title),
        created_at: timestamp(kept.since.unwrap_or(kept.made_at)),
        expires_at: timestamp(expires_at),
    }
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
