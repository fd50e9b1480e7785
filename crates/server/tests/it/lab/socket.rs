//! A WebSocket as a browser opens it.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Lab, PATIENCE};

/// An open connection.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(lab: &Lab, path: &str) -> Self {
        let mut request = format!("ws://{}{path}", lab.address()).into_client_request().unwrap();
        let protocols = format!("eval-kanban, t.{}", lab.token());
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
        let (stream, answer) = connect_async(request).await.unwrap();
        assert_eq!(answer.headers()["sec-websocket-protocol"], "eval-kanban");
        Self(stream)
    }

    /// The next frame; none when the server closed.
    pub(crate) async fn try_next(&mut self) -> Option<Value> {
        loop {
            let next = timeout(PATIENCE, self.0.next()).await;
            match next.unwrap_or_else(|_| panic!("no frame within {PATIENCE:?}"))? {
                Ok(Message::Text(frame)) => return Some(serde_json::from_str(&frame).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub(crate) async fn next(&mut self) -> Value {
        self.try_next().await.unwrap()
    }

    /// The first frame for which `is_wanted` holds.
    pub(crate) async fn next_where(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.next().await;
            if is_wanted(&frame) {
                return frame;
            }
        }
    }

    /// The next frame, if it comes soon.
    pub(crate) async fn next_within(&mut self, time: Duration) -> Option<Value> {
        timeout(time, self.next()).await.ok()
    }
}

/// The events of an attempt's frame, as `(seq, kind, payload)`.
pub(crate) fn events_of(frame: &Value) -> Vec<(i64, String, Value)> {
    let one = |event: &Value| {
        let kind = super::text(&event["event"]["kind"]);
        (event["seq"].as_i64().unwrap(), kind, event["event"]["payload"].clone())
    };
    match frame["type"].as_str() {
        Some("event") => vec![one(frame)],
        Some("events") => frame["events"].as_array().unwrap().iter().map(one).collect(),
        _ => Vec::new(),
    }
}
