//! Attempts and their events.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use db::{Placement, StoredEvent};
use domain::{
    ApproveAction, ApproveAttempt, Attempt, AttemptId, EventPage, MergeTask, Page, StartAttempt, TaskId,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    api::{
        extract::{Body, PathOf, QueryOf},
        failure::invalid,
    },
    error::ApiError,
    state::AppState,
    workflow::{
        approve_attempt as approve, cancel_attempt as cancel, discard_attempt as discard,
        merge_attempt::{Approval, merge_attempt},
        open_pull_request::open_pull_request,
        start_attempt::start_attempt,
    },
};

const EVENTS_MAX: i32 = 5_000;
const EVENTS_DEFAULT: i32 = 500;

/// All attempts at a task, newest first.
#[utoipa::path(
    get, path = "/api/tasks/{id}/attempts", params(("id" = TaskId, Path)),
    responses((status = 200, body = Page<Attempt>))
)]
pub(crate) async fn list_task_attempts(
    State(state): State<AppState>,
    PathOf(task_id): PathOf<TaskId>,
) -> Result<Json<Page<Attempt>>, ApiError> {
    let mut connection = state.store.read().await?;
    db::find_task(&mut connection, task_id).await?;
    Ok(Json(Page::whole(db::list_attempts(&mut connection, task_id).await?)))
}

/// Starts an attempt.
#[utoipa::path(
    post, path = "/api/tasks/{id}/attempts", params(("id" = TaskId, Path)), request_body = StartAttempt,
    responses((status = 201, body = Attempt))
)]
pub(crate) async fn start_task_attempt(
    State(state): State<AppState>,
    PathOf(task_id): PathOf<TaskId>,
    Body(request): Body<StartAttempt>,
) -> Result<(StatusCode, Json<Attempt>), ApiError> {
    let attempt = start_attempt(&state, task_id, request, Placement::End).await?;
    Ok((StatusCode::CREATED, Json(attempt)))
}

/// An attempt.
#[utoipa::path(
    get, path = "/api/attempts/{id}", params(("id" = AttemptId, Path)), responses((status = 200, body = Attempt))
)]
pub(crate) async fn find_attempt(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Attempt>, ApiError> {
    read_attempt(&state, id).await.map(Json)
}

/// Reads an attempt.
pub(crate) async fn read_attempt(state: &AppState, id: AttemptId) -> Result<Attempt, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(db::find_attempt(&mut connection, id).await?)
}

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EventRange {
    /// Those after this number, from the oldest on.
    after: Option<i32>,
    /// The last ones before this number.
    before: Option<i32>,
    /// At most so many; 5000 at most.
    limit: Option<i32>,
}

/// Events in order. Without `after` and `before` from the first on.
#[utoipa::path(
    get, path = "/api/attempts/{id}/events", params(("id" = AttemptId, Path), EventRange),
    responses((status = 200, body = EventPage))
)]
pub(crate) async fn list_events(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    QueryOf(range): QueryOf<EventRange>,
) -> Result<Response, ApiError> {
    let limit = checked_limit(range.limit)?;
    let mut connection = state.store.read().await?;
    let last_seq = db::last_seq(&mut connection, id).await?;
    let (events, next_cursor) = match (range.after, range.before) {
        (Some(_), Some(_)) => return Err(invalid("before", "give `after` or `before`, not both")),
        (None, Some(before)) => {
            let events = db::list_events_before(&mut connection, id, before, limit).await?;
            let next = events.first().map(|event| event.seq).filter(|first| *first > 1);
            (events, next)
        }
        (after, None) => {
            let events = db::list_events_after(&mut connection, id, after.unwrap_or(0), limit).await?;
            let next = events.last().map(|event| event.seq).filter(|last| *last < last_seq);
            (events, next)
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], events_body(&events, next_cursor, last_seq))
        .into_response())
}

fn checked_limit(limit: Option<i32>) -> Result<i32, ApiError> {
    let limit = limit.unwrap_or(EVENTS_DEFAULT);
    if (1..=EVENTS_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(invalid("limit", format!("`limit` is between 1 and {EVENTS_MAX}")))
}

/// Payloads are stored as JSON text and go out as they stand.
fn events_body(events: &[StoredEvent], next_cursor: Option<i32>, last_seq: i32) -> String {
    let items: Vec<_> = events.iter().map(event_json).collect();
    let next_cursor = next_cursor.map_or_else(|| "null".to_owned(), |cursor| cursor.to_string());
    format!("{{\"items\":[{}],\"next_cursor\":{next_cursor},\"last_seq\":{last_seq}}}", items.join(","))
}

/// One event as the API shows it.
pub(crate) fn event_json(event: &StoredEvent) -> String {
    let StoredEvent { seq, ts, kind, payload } = event;
    format!("{{\"seq\":{seq},\"ts\":\"{ts}\",\"kind\":\"{kind}\",\"payload\":{payload}}}")
}

/// Cancels a live attempt and waits until its processes are gone.
#[utoipa::path(
    post, path = "/api/attempts/{id}/cancel", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn cancel_attempt(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Attempt>, ApiError> {
    cancel::cancel_attempt(&state, id).await.map(Json)
}

/// Accepts an attempt's work, and merges it if asked.
#[utoipa::path(
    post, path = "/api/attempts/{id}/approve", params(("id" = AttemptId, Path)), request_body = ApproveAttempt,
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn approve_attempt(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(request): Body<ApproveAttempt>,
) -> Result<Json<Attempt>, ApiError> {
    match request.action {
        ApproveAction::Pr => open_pull_request(&state, id, request.head, request.message).await?,
        ApproveAction::Merge => {
            let ApproveAttempt { head, style, message, .. } = request;
            merge_attempt(&state, id, Approval::WithMerge, MergeTask { style, message, head }).await?;
        }
        ApproveAction::Keep => drop(approve::approve_attempt(&state, id, request.head).await?),
    }
    read_attempt(&state, id).await.map(Json)
}

/// Throws an attempt's work away; it can be had back for 30 days.
#[utoipa::path(
    post, path = "/api/attempts/{id}/discard", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Attempt))
)]
pub(crate) async fn discard_attempt(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Attempt>, ApiError> {
    discard::discard_attempt(&state, id).await.map(Json)
}

#[cfg(test)]
mod tests {
    use domain::{Event, Timestamp};

    use super::*;

    #[test]
    fn stored_payloads_go_out_as_they_stand() {
        let event = StoredEvent {
            seq: 3,
            ts: Timestamp::from_micros(1_000),
            kind: "LOG".into(),
            payload: r#"{"message":"a\"b"}"#.to_owned(),
        };
        let page: EventPage =
            serde_json::from_str(&events_body(&[event.clone(), event.clone()], Some(3), 9)).unwrap();
        assert_eq!((page.items.len(), page.next_cursor, page.last_seq), (2, Some(3), 9));
        let read: Event = serde_json::from_str(&event_json(&event)).unwrap();
        assert_eq!((read.seq, read.payload["message"].as_str()), (3, Some("a\"b")));
    }
}
