//! Accepts connections and answers their requests: guard, then assets or router. Owns every limit on a connection.
//!
//! At the end: stop accepting, ask all tasks to end, let answers that are under way finish within a bound.

mod seats;
mod strict_head;
mod strict_io;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use tracing::Instrument;
use utils::OrLog;
use utils::tasks::{Ended, Tasks};

use crate::assets;
use crate::error::{ApiError, shaped};
use crate::guard::{Admitted, Area, Guard, SecurityHeaders, is_change};
use crate::request_id::RequestId;
use crate::shutdown::Shutdown;
use seats::{Seat, Seats};
use strict_io::StrictIo;

/// Pause after the system refused a connection, as when no file descriptors are left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Hyper's buffer holds a whole head.
const BUFFER_BYTES_MAX: usize = strict_head::HEAD_BYTES_MAX + 1024;
const HEADERS_MAX: usize = 128;

/// Limits on connections.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once, WebSockets included. At the limit the oldest idle one leaves for a new one.
    pub connections_max: usize,
    /// How long a head may take to arrive, and how long a connection may wait between requests.
    pub head_time_max: Duration,
    /// How long answers under way may take at the end.
    pub end_time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 512,
            head_time_max: Duration::from_secs(10),
            end_time_max: Duration::from_secs(5),
        }
    }
}

/// What answers requests.
#[derive(Debug)]
pub struct Front {
    guard: Guard,
    router: Router,
    headers: SecurityHeaders,
}

impl Front {
    /// The guard before the router.
    ///
    /// # Errors
    /// Never in practice: the port would have to be no part of a header.
    pub fn new(guard: Guard, router: Router) -> Result<Self, http::header::InvalidHeaderValue> {
        let headers = SecurityHeaders::new(guard.port())?;
        Ok(Self { guard, router, headers })
    }

    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr, tasks: &Tasks) -> Response {
        let (parts, body) = request.into_parts();
        let (area, wants_upgrade) = (Area::of(parts.uri.path()), parts.headers.contains_key(UPGRADE));
        let mut response = match self.guard.admit(Request::from_parts(parts, body), peer).await {
            Ok(Admitted::Page(request)) => assets::answer(&request).await,
            Ok(Admitted::Board(request)) => self.ask_board(request, tasks).await,
            Err(response) => response,
        };
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return response;
        }
        self.headers.put_on(response.headers_mut(), area);
        if wants_upgrade {
            // Behind a request to upgrade the bytes are no longer checked: nothing may follow it.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// A change runs to its end as a task of its own: that the caller hung up stops nothing half-way.
    async fn ask_board(&self, request: Request<Body>, tasks: &Tasks) -> Response {
        let is_change = is_change(request.method());
        let answer = answer_or_fault(self.router.clone(), request);
        if !is_change {
            return answer.await;
        }
        let change = tasks.spawn("change", RequestId::current().scope(answer).in_current_span());
        change.await.unwrap_or_else(|error| ApiError::internal(error).into_response())
    }
}

async fn answer_or_fault(router: Router, request: Request<Body>) -> Response {
    match AssertUnwindSafe(router.oneshot(request)).catch_unwind().await {
        Ok(Ok(response)) => shaped(response),
        Ok(Err(never)) => match never {},
        Err(_panic) => ApiError::internal("a handler panicked").into_response(),
    }
}

/// Serves until `shutdown` is requested; then cancels `tasks` and waits for answers under way, within the limit.
///
/// The other tasks of the group are the caller's to await.
pub async fn serve(
    listeners: Vec<TcpListener>,
    front: Front,
    limits: Limits,
    tasks: &Tasks,
    shutdown: &Shutdown,
) {
    let connections = tasks.child();
    let server = Arc::new(Server { front, limits, seats: Seats::new(limits.connections_max), connections });
    for listener in listeners {
        let (server, shutdown) = (Arc::clone(&server), shutdown.clone());
        tasks.spawn("accept", async move { server.accept_until(listener, shutdown).await });
    }
    shutdown.requested().await;
    tasks.cancel();
    match server.connections.shutdown(limits.end_time_max).await {
        Ended::All => {}
        Ended::TimedOut { remaining } => {
            tracing::warn!(remaining, "{remaining} connections did not end in time; they are cut off");
        }
    }
}

/// What the connections share.
#[derive(Debug)]
struct Server {
    front: Front,
    limits: Limits,
    seats: Arc<Seats>,
    connections: Tasks,
}

impl Server {
    async fn accept_until(self: Arc<Self>, listener: TcpListener, shutdown: Shutdown) {
        loop {
            tokio::select! {
                biased;
                () = shutdown.requested() => return,
                accepted = listener.accept() => self.welcome(accepted).await,
            }
        }
    }

    async fn welcome(self: &Arc<Self>, accepted: io::Result<(TcpStream, SocketAddr)>) {
        let Some((stream, peer)) = accepted.or_log("accepting a connection") else {
            self.seats.make_room();
            return tokio::time::sleep(ACCEPT_PAUSE).await;
        };
        let Some(seat) = self.seats.take(self.connections.token()) else {
            return tracing::warn!(%peer, "refused a connection from {peer}: all are busy");
        };
        stream.set_nodelay(true).or_log("sending small answers at once");
        let server = Arc::clone(self);
        drop(self.connections.spawn("connection", async move { server.converse(stream, peer, seat).await }));
    }

    async fn converse(self: Arc<Self>, stream: TcpStream, peer: SocketAddr, seat: Arc<Seat>) {
        let io = TokioIo::new(StrictIo::new(stream, Arc::clone(&seat)));
        let service = service_fn(|request| self.answer(request, peer, Arc::clone(&seat)));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head_time_max)
            .max_buf_size(BUFFER_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .half_close(true)
            .serve_connection(io, service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            biased;
            () = seat.asked_to_leave() => None,
            ended = connection.as_mut() => Some(ended),
        };
        let ended = match ended {
            Some(ended) => ended,
            None if seat.is_new() => return,
            None => {
                connection.as_mut().graceful_shutdown();
                let Ok(ended) = tokio::time::timeout(self.limits.end_time_max, connection).await else {
                    return;
                };
                ended
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%peer, "the connection from {peer} broke: {error}");
        }
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        seat: Arc<Seat>,
    ) -> Result<Response, Infallible> {
        seat.set_busy();
        let id = RequestId::random();
        let span = tracing::info_span!("request", request.id = %id);
        let response = id.scope(self.front.answer(request, peer, &self.connections)).instrument(span).await;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            seat.set_waiting();
        }
        Ok(response)
    }
}
