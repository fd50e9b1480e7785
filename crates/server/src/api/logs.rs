//! The live attempt's events as server-sent events, for those who have no WebSocket.

use std::convert::Infallible;

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use db::StoredEvent;
use domain::{AttemptId, TaskId};
use futures_util::{
    Stream, StreamExt,
    stream::{iter, unfold},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use utils::OrLog;

use crate::{
    api::{attempts::event_json, extract::PathOf, failure::conflict},
    board::AttemptUpdate,
    error::ApiError,
    live::read_after,
    state::AppState,
};

/// Events of the task's live attempt, or of its newest; `id:` is the number, `Last-Event-ID` resumes. Ends with the
/// attempt.
#[utoipa::path(
    get, path = "/api/tasks/{id}/logs", params(("id" = TaskId, Path)),
    responses((status = 200, content_type = "text/event-stream"))
)]
pub(crate) async fn stream_task_logs(
    State(state): State<AppState>,
    PathOf(task_id): PathOf<TaskId>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let mut connection = state.store.read().await?;
    let task = db::find_task(&mut connection, task_id).await?;
    drop(connection);
    let attempt = task.live_attempt.or(task.last_attempt);
    let attempt_id = attempt.ok_or_else(|| conflict("the task was never run: it has no log"))?.id;
    let (updates, _) = state.board.subscribe_attempt(attempt_id);
    let log = Log { state, attempt_id, last: last.unwrap_or(0), updates, is_over: false };
    let events = unfold(log, Log::next).flat_map(iter);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

struct Log {
    state: AppState,
    attempt_id: AttemptId,
    last: i32,
    updates: Receiver<AttemptUpdate>,
    is_over: bool,
}

impl Log {
    /// The next stored events; waits while there are none and the attempt is live.
    async fn next(mut self) -> Option<(Vec<Result<Event, Infallible>>, Self)> {
        loop {
            let events = read_after(&self.state, self.attempt_id, self.last).await.or_log("reading a log")?;
            if let Some(last) = events.last() {
                self.last = last.seq;
                let events = events.iter().map(sse_event).collect();
                return Some((events, self));
            }
            if self.is_over || !self.wait().await {
                return None;
            }
        }
    }

    /// Waits for more. False when the server ends.
    async fn wait(&mut self) -> bool {
        let mut connection = match self.state.store.read().await.or_log("reading a log") {
            Some(connection) => connection,
            None => return false,
        };
        let attempt = db::find_attempt(&mut connection, self.attempt_id).await.or_log("reading a log");
        drop(connection);
        self.is_over = attempt.is_none_or(|attempt| !attempt.state.is_live());
        if self.is_over {
            return true;
        }
        let token = self.state.tasks.token().clone();
        match token.run_until_cancelled(self.updates.recv()).await {
            Some(Err(RecvError::Closed)) => {
                (self.updates, _) = self.state.board.subscribe_attempt(self.attempt_id);
                true
            }
            Some(Ok(_) | Err(RecvError::Lagged(_))) => true,
            None => false,
        }
    }
}

fn sse_event(event: &StoredEvent) -> Result<Event, Infallible> {
    Ok(Event::default().id(event.seq.to_string()).event("event").data(event_json(event)))
}
