//! A server in this process: the real listener and guard before a small router, so that only they decide.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use server::guard::{Entry, Guard, Hosts, Scope};
use server::home::{Home, TokenFile};
use server::listener::{Front, Limits, serve};
use server::shutdown::Shutdown;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use utils::tasks::Tasks;

use super::wait_for;
use super::wire::{Answer, ask, request};

/// A running server; dropping it ends it.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    pub(crate) token_file: TokenFile,
    pub(crate) slow: Arc<Slow>,
    pub(crate) shutdown: Shutdown,
    pub(crate) ended: Option<JoinHandle<()>>,
    pub(crate) runtime: Runtime,
    home: TempDir,
}

/// `GET /api/slow`: answers when it is let.
#[derive(Debug, Default)]
pub(crate) struct Slow {
    /// Requests that wait, or waited.
    pub(crate) begun: AtomicUsize,
    /// Requests whose answer was made.
    pub(crate) finished: AtomicUsize,
    pub(crate) may_answer: Notify,
}

impl Slow {
    async fn answer(&self) -> Json<Value> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        self.may_answer.notified().await;
        self.finished.fetch_add(1, Ordering::SeqCst);
        Json(json!({ "slow": true }))
    }

    /// Waits until a request is being answered.
    pub(crate) fn wait_until_begun(&self) {
        wait_for("the slow request", || (self.begun.load(Ordering::SeqCst) > 0).then_some(()));
    }
}

impl Served {
    pub(crate) fn start() -> Self {
        Self::with(Limits::default(), true)
    }

    pub(crate) fn with(limits: Limits, asks_token: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (home, _) = Home::open(&folder.path().join("home")).unwrap();
        let token = TokenFile::of(&home).settle(None).unwrap().expose().to_owned();
        let entry = if asks_token { Entry::Token(TokenFile::of(&home)) } else { Entry::Open };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let guard = Guard::new(Hosts::new(address.ip(), address.port()), entry);
        let (slow, shutdown, tasks) = (Arc::new(Slow::default()), Shutdown::new(), Tasks::new());
        let front = Front::new(guard, router(Arc::clone(&slow))).unwrap();
        let asked = shutdown.clone();
        let entered = runtime.enter();
        // A group of its own: the server cancels and awaits the one that it is given.
        let ended = Some(Tasks::new().spawn("server", async move {
            serve(vec![listener], front, limits, &tasks, &asked).await;
        }));
        drop(entered);
        Self {
            address,
            token,
            token_file: TokenFile::of(&home),
            slow,
            shutdown,
            ended,
            runtime,
            home: folder,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn token_path(&self) -> PathBuf {
        self.home.path().join("home/token")
    }

    pub(crate) fn host(&self) -> String {
        format!("Host: localhost:{}", self.port())
    }

    pub(crate) fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.token)
    }

    /// Asks as the board's own page would, with these header lines besides.
    pub(crate) fn ask(&self, line: &str, headers: &[&str], body: &str) -> Answer {
        let (host, bearer) = (self.host(), self.bearer());
        let mut all = vec![host.as_str(), bearer.as_str()];
        all.extend_from_slice(headers);
        ask(self.address, &request(line, &all, body))
    }

    /// Asks with nothing but a good `Host` and these header lines.
    pub(crate) fn ask_bare(&self, line: &str, headers: &[&str]) -> Answer {
        let host = self.host();
        let mut all = vec![host.as_str()];
        all.extend_from_slice(headers);
        ask(self.address, &request(line, &all, ""))
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.ask_bare("GET /api/health", &[]).status == 200
    }
}

/// What a WebSocket handshake asks for.
pub(crate) const UPGRADE: [&str; 4] = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

fn router(slow: Arc<Slow>) -> Router {
    Router::new()
        .route("/api/health", get(|| async { Json(json!({ "status": "ok" })) }))
        .route(
            "/api/projects",
            get(|| async { Json(json!({ "items": [] })) }).post(echo).patch(echo).delete(scope),
        )
        .route("/api/headers", get(seen_headers))
        .route("/api/slow", get(slow_answer).post(slow_answer))
        .route("/api/panic", post(|| async { assert_eq!(1, 2, "the secret of the handler") }))
        .route("/ws", get(socket))
        .with_state(slow)
}

async fn slow_answer(State(slow): State<Arc<Slow>>) -> Json<Value> {
    slow.answer().await
}

async fn echo(Json(body): Json<Value>) -> Json<Value> {
    Json(body)
}

async fn scope(axum::Extension(scope): axum::Extension<Scope>) -> String {
    format!("{scope:?}")
}

async fn seen_headers(headers: axum::http::HeaderMap) -> String {
    format!("{headers:?}")
}

async fn socket(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.protocols(["eval-kanban"]).on_upgrade(|mut socket| async move {
        while let Some(Ok(message)) =
            tokio::time::timeout(Duration::from_secs(20), socket.recv()).await.unwrap_or(None)
        {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    })
}
