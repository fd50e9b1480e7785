//! The two WebSockets: what changes on the boards, and the log of one attempt.
//!
//! A client only ever sees what is stored. One that falls behind is told to fetch again, or served from the database;
//! nobody waits for it.

use std::time::Duration;

use axum::{
    extract::{
        State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use domain::{AttemptFrame, AttemptId, BoardFrame};
use futures_util::{SinkExt, StreamExt, stream::SplitSink, stream::SplitStream};
use serde::Deserialize;
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use utils::OrLog;

use crate::{
    api::extract::{PathOf, QueryOf},
    board::{AttemptUpdate, BoardChange, Unfinished, events_frame},
    error::ApiError,
    state::AppState,
};

/// The subprotocol that the board speaks; the token comes as a second one.
const SUBPROTOCOL: &str = "eval-kanban";
/// A client that takes longer for one frame is dropped.
const SEND_MAX: Duration = Duration::from_secs(20);
/// How often the peer is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A peer that was not heard of for so long is gone.
const SILENCE_MAX: Duration = Duration::from_secs(45);
/// Clients have nothing to say but pongs.
const INCOMING_BYTES_MAX: usize = 4 * 1024;
/// Incoming frames per ping interval before a client counts as flooding.
const INCOMING_FRAMES_MAX: u32 = 200;
/// Stored events per catch-up frame.
const CATCH_UP_EVENTS: i32 = 500;

/// The changes of all boards, as WebSocket frames (`BoardFrame`). The token comes as the subprotocol `t.<token>`.
#[utoipa::path(get, path = "/ws", responses((status = 101, description = "frames as BoardFrame", body = BoardFrame)))]
pub(crate) async fn board_socket(State(state): State<AppState>, upgrade: WebSocketUpgrade) -> Response {
    let changes = state.board.subscribe();
    let tasks = state.tasks.clone();
    prepare(upgrade).on_upgrade(move |socket| tasks.track(BoardSession::new(state, socket).run(changes)))
}

/// Where an attempt's viewer goes on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(crate) struct After {
    /// The last sequence number that the client has.
    #[serde(default)]
    after: i32,
}

/// Stored events after `after`, then live ones, as WebSocket frames (`AttemptFrame`).
#[utoipa::path(
    get, path = "/ws/attempts/{id}", params(("id" = AttemptId, Path), After),
    responses((status = 101, description = "frames as AttemptFrame", body = AttemptFrame))
)]
pub(crate) async fn attempt_socket(
    State(state): State<AppState>,
    PathOf(attempt_id): PathOf<AttemptId>,
    QueryOf(query): QueryOf<After>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    let (updates, unfinished) = state.board.subscribe_attempt(attempt_id);
    let mut connection = state.store.read().await?;
    db::find_attempt(&mut connection, attempt_id).await?;
    drop(connection);
    let tasks = state.tasks.clone();
    Ok(prepare(upgrade).on_upgrade(move |socket| {
        let session = AttemptSession { peer: Peer::new(socket), state, attempt_id, last: query.after.max(0) };
        tasks.track(session.run(updates, unfinished))
    }))
}

fn prepare(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(INCOMING_BYTES_MAX)
        .max_frame_size(INCOMING_BYTES_MAX)
        .write_buffer_size(64 * 1024)
        .max_write_buffer_size(4 * 1024 * 1024)
}

/// The connection is over; there is nothing left to do but to let go of it.
struct Gone;

/// One browser at the other end.
struct Peer {
    outgoing: SplitSink<WebSocket, Message>,
    incoming: SplitStream<WebSocket>,
    ping: tokio::time::Interval,
    heard_at: Instant,
    frames_heard: u32,
}

impl Peer {
    fn new(socket: WebSocket) -> Self {
        let (outgoing, incoming) = socket.split();
        let mut ping = interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { outgoing, incoming, ping, heard_at: Instant::now(), frames_heard: 0 }
    }

    async fn send(&mut self, frame: impl Into<Utf8Bytes>) -> Result<(), Gone> {
        self.send_message(Message::Text(frame.into())).await
    }

    async fn send_message(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(SEND_MAX, self.outgoing.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Waits until the peer must be pinged or is gone; what it says is only counted.
    async fn tend(&mut self) -> Result<(), Gone> {
        tokio::select! {
            message = self.incoming.next() => self.hear(message),
            _ = self.ping.tick() => self.check().await,
        }
    }

    fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), Gone> {
        self.heard_at = Instant::now();
        self.frames_heard += 1;
        match message {
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Gone),
            Some(Ok(_)) if self.frames_heard > INCOMING_FRAMES_MAX => Err(Gone),
            Some(Ok(_)) => Ok(()),
        }
    }

    async fn check(&mut self) -> Result<(), Gone> {
        self.frames_heard = 0;
        if self.heard_at.elapsed() > SILENCE_MAX {
            return Err(Gone);
        }
        self.send_message(Message::Ping(bytes::Bytes::new())).await
    }

    async fn close(mut self) {
        timeout(SEND_MAX, self.outgoing.close()).await.map(drop).or_log("closing a socket");
    }
}

/// What happens next on a board's socket.
enum BoardStep {
    Change(Result<BoardChange, RecvError>),
    Tended(Result<(), Gone>),
    Shutdown,
}

struct BoardSession {
    peer: Peer,
    state: AppState,
    n: i32,
}

impl BoardSession {
    fn new(state: AppState, socket: WebSocket) -> Self {
        Self { peer: Peer::new(socket), state, n: 0 }
    }

    async fn run(mut self, mut changes: broadcast::Receiver<BoardChange>) {
        let shutdown = self.state.tasks.token().clone();
        let hello = format!("\"instance_id\":\"{}\"", self.state.instance_id);
        let mut standing = self.send("hello", &hello).await;
        while standing.is_ok() {
            standing = match self.next_step(&mut changes, &shutdown).await {
                BoardStep::Change(Ok(change)) => self.tell(change, &mut changes).await,
                BoardStep::Change(Err(RecvError::Lagged(_))) => self.resync(&mut changes).await,
                BoardStep::Change(Err(RecvError::Closed)) | BoardStep::Shutdown => break,
                BoardStep::Tended(standing) => standing,
            };
        }
        self.peer.close().await;
    }

    async fn next_step(
        &mut self,
        changes: &mut broadcast::Receiver<BoardChange>,
        shutdown: &CancellationToken,
    ) -> BoardStep {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => BoardStep::Shutdown,
            change = changes.recv() => BoardStep::Change(change),
            standing = self.peer.tend() => BoardStep::Tended(standing),
        }
    }

    async fn tell(
        &mut self,
        change: BoardChange,
        changes: &mut broadcast::Receiver<BoardChange>,
    ) -> Result<(), Gone> {
        match change.fields.upgrade() {
            Some(fields) => self.send(change.kind, &fields).await,
            None => self.resync(changes).await,
        }
    }

    /// Whoever fetches after this frame has seen everything up to it.
    async fn resync(&mut self, changes: &mut broadcast::Receiver<BoardChange>) -> Result<(), Gone> {
        *changes = self.state.board.subscribe();
        self.send("resync", "").await
    }

    async fn send(&mut self, kind: &str, fields: &str) -> Result<(), Gone> {
        let comma = if fields.is_empty() { "" } else { "," };
        let frame = format!("{{\"type\":\"{kind}\",\"n\":{n}{comma}{fields}}}", n = self.n);
        self.n = self.n.wrapping_add(1);
        self.peer.send(frame).await
    }
}

/// What happens next on an attempt's socket.
enum AttemptStep {
    Update(Result<AttemptUpdate, RecvError>),
    Tended(Result<(), Gone>),
    Shutdown,
}

struct AttemptSession {
    peer: Peer,
    state: AppState,
    attempt_id: AttemptId,
    /// The last event that the client has.
    last: i32,
}

impl AttemptSession {
    async fn run(mut self, mut updates: broadcast::Receiver<AttemptUpdate>, unfinished: Option<Unfinished>) {
        let shutdown = self.state.tasks.token().clone();
        let mut standing = self.begin(unfinished).await;
        while standing.is_ok() {
            standing = match self.next_step(&mut updates, &shutdown).await {
                AttemptStep::Update(Ok(update)) => self.show(update).await,
                AttemptStep::Update(Err(RecvError::Lagged(_))) => self.catch_up().await,
                AttemptStep::Update(Err(RecvError::Closed)) => {
                    let unfinished;
                    (updates, unfinished) = self.state.board.subscribe_attempt(self.attempt_id);
                    self.begin(unfinished).await
                }
                AttemptStep::Tended(standing) => standing,
                AttemptStep::Shutdown => break,
            };
        }
        self.peer.close().await;
    }

    async fn next_step(
        &mut self,
        updates: &mut broadcast::Receiver<AttemptUpdate>,
        shutdown: &CancellationToken,
    ) -> AttemptStep {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => AttemptStep::Shutdown,
            update = updates.recv() => AttemptStep::Update(update),
            standing = self.peer.tend() => AttemptStep::Tended(standing),
        }
    }

    async fn show(&mut self, update: AttemptUpdate) -> Result<(), Gone> {
        match update {
            // What was written before an event that the client has is void.
            AttemptUpdate::Partial { after, .. } if after < self.last => Ok(()),
            AttemptUpdate::Partial { frame, .. } => self.peer.send(frame).await,
            AttemptUpdate::Ended => Ok(()),
            AttemptUpdate::Events { last, .. } if last <= self.last => Ok(()),
            AttemptUpdate::Events { first, last, frame: Some(frame) } if first == self.last + 1 => {
                self.last = last;
                self.peer.send(frame).await
            }
            AttemptUpdate::Events { .. } => self.catch_up().await,
        }
    }

    /// Sends what is stored, then what is being written, unless it is void by now.
    async fn begin(&mut self, unfinished: Option<Unfinished>) -> Result<(), Gone> {
        self.catch_up().await?;
        match unfinished.filter(|unfinished| unfinished.after >= self.last) {
            Some(unfinished) => self.peer.send(unfinished.frame(self.attempt_id)).await,
            None => Ok(()),
        }
    }

    /// Sends what is stored after the last event that the client has.
    async fn catch_up(&mut self) -> Result<(), Gone> {
        loop {
            let events = self.next_stored().await?;
            let Some(last) = events.last() else { return Ok(()) };
            self.last = last.seq;
            let frame = events_frame(self.attempt_id, &events);
            self.peer.send(frame).await?;
        }
    }

    async fn next_stored(&self) -> Result<Vec<db::StoredEvent>, Gone> {
        let page = read_after(&self.state, self.attempt_id, self.last).await;
        page.or_log("reading events for a viewer").ok_or(Gone)
    }
}

/// The stored events after `seq`, a page at most.
pub(crate) async fn read_after(
    state: &AppState,
    attempt_id: AttemptId,
    seq: i32,
) -> Result<Vec<db::StoredEvent>, db::Error> {
    let mut connection = state.store.read().await?;
    db::list_events_after(&mut connection, attempt_id, seq, CATCH_UP_EVENTS).await
}
