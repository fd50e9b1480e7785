//! What the host says to the scripted agent on standard input.

use std::{
    io::{self, BufRead},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Instant,
};

use serde_json::Value;

use crate::process;

/// Something that was said.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Heard {
    /// A user message.
    Message(Message),
    /// An answer to a request of ours; null if it was refused.
    Answer { request_id: String, answer: Value },
    /// The host wants something.
    Request { request_id: String, request: Request },
    /// Nothing more will be said.
    End,
}

/// A user message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// Its id, if it has one.
    pub(super) id: Option<String>,
    pub(super) text: String,
}

/// What the host wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    /// To be introduced; with this, it offers servers of tools.
    Initialize { servers: Vec<String> },
    /// The end of the turn.
    Interrupt { is_queue_cancelled: bool },
    /// Another mode.
    SetMode(String),
    /// A message back.
    Recall(String),
    /// The end of the session.
    EndSession,
    /// Something that we do not know.
    Other(String),
}

/// Listens, also while the script plays.
pub(super) struct Ears {
    incoming: Receiver<Heard>,
}

impl Ears {
    /// Begins to listen. The thread ends with standard input, or with the process.
    pub(super) fn listen() -> Self {
        let (sender, incoming) = channel();
        thread::spawn(move || {
            let lines = io::stdin().lock().lines().map_while(Result::ok);
            lines.filter_map(|line| understand(&line)).try_for_each(|heard| sender.send(heard))
        });
        Self { incoming }
    }

    /// What is said next.
    pub(super) fn hear(&self) -> Heard {
        self.incoming.recv().unwrap_or(Heard::End)
    }

    /// What is said until then; none if it is nothing.
    pub(super) fn hear_until(&self, until: Instant) -> Option<Heard> {
        match self.incoming.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(heard) => Some(heard),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                process::pause(until.saturating_duration_since(Instant::now()));
                None
            }
        }
    }

    /// What was said already.
    pub(super) fn heard(&self) -> Option<Heard> {
        self.incoming.try_recv().ok()
    }
}

/// What a line says; none if it is not for us.
fn understand(line: &str) -> Option<Heard> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    match line.get("type")?.as_str()? {
        "user" => Some(Heard::Message(Message {
            id: text("/uuid"),
            text: message_text(line.pointer("/message/content")?),
        })),
        "control_request" => {
            Some(Heard::Request { request_id: text("/request_id")?, request: request(line.get("request")?)? })
        }
        "control_response" => {
            let answer = line.pointer("/response/response").cloned().unwrap_or_default();
            Some(Heard::Answer { request_id: text("/response/request_id")?, answer })
        }
        _ => None,
    }
}

fn request(request: &Value) -> Option<Request> {
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let request = match request.get("subtype")?.as_str()? {
        "initialize" => {
            let servers = request.get("sdkMcpServers").and_then(Value::as_array).into_iter().flatten();
            Request::Initialize {
                servers: servers.filter_map(|name| Some(name.as_str()?.to_owned())).collect(),
            }
        }
        "interrupt" => {
            let is_queue_cancelled =
                request.get("cancel_queued").and_then(Value::as_bool).unwrap_or_default();
            Request::Interrupt { is_queue_cancelled }
        }
        "set_permission_mode" => Request::SetMode(text("mode")),
        "cancel_async_message" => Request::Recall(text("message_uuid")),
        "end_session" => Request::EndSession,
        other => Request::Other(other.to_owned()),
    };
    Some(request)
}

fn message_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| block.get("text")?.as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(id: Option<&str>, text: &str) -> Option<Heard> {
        Some(Heard::Message(Message { id: id.map(str::to_owned), text: text.to_owned() }))
    }

    #[test]
    fn lines_are_understood_or_passed_over() {
        let blocks = json!([{ "type": "image" }, { "type": "text", "text": "a" }]);
        let answer = json!({ "behavior": "deny" });
        let cases = [
            (json!({ "type": "user", "message": { "content": "hi" } }), message(None, "hi")),
            (
                json!({ "type": "user", "uuid": "u", "message": { "content": blocks } }),
                message(Some("u"), "a"),
            ),
            (
                json!({ "type": "control_response", "response": { "request_id": "a", "response": answer } }),
                Some(Heard::Answer { request_id: "a".into(), answer }),
            ),
            (json!({ "type": "keep_alive" }), None),
            (json!({ "type": "control_request", "request_id": "a" }), None),
        ];
        for (line, expected) in cases {
            assert_eq!(understand(&line.to_string()), expected, "{line}");
        }
        assert_eq!(understand("no json"), None);
    }

    #[test]
    fn requests_are_told_apart() {
        let cases = [
            (
                json!({ "subtype": "initialize", "sdkMcpServers": ["board"] }),
                Request::Initialize { servers: vec!["board".into()] },
            ),
            (json!({ "subtype": "interrupt" }), Request::Interrupt { is_queue_cancelled: false }),
            (
                json!({ "subtype": "interrupt", "cancel_queued": true }),
                Request::Interrupt { is_queue_cancelled: true },
            ),
            (json!({ "subtype": "set_permission_mode", "mode": "plan" }), Request::SetMode("plan".into())),
            (json!({ "subtype": "cancel_async_message", "message_uuid": "u" }), Request::Recall("u".into())),
            (json!({ "subtype": "end_session" }), Request::EndSession),
            (json!({ "subtype": "dance" }), Request::Other("dance".into())),
        ];
        for (wanted, request) in cases {
            let line = json!({ "type": "control_request", "request_id": "r", "request": wanted });
            let expected = Some(Heard::Request { request_id: "r".into(), request });
            assert_eq!(understand(&line.to_string()), expected, "{line}");
        }
    }
}
