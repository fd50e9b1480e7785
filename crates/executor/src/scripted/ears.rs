//! What the host says to the scripted agent on standard input.

use std::{
    collections::VecDeque,
    io::{self, BufRead},
    sync::mpsc::{Receiver, channel},
    thread,
};

use serde_json::Value;

/// Something that was said.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Heard {
    /// A user message.
    Message(String),
    /// An answer to a question of ours.
    Answer { request_id: String, answer: Value },
    /// The session is to end.
    EndSession(String),
    /// Nothing more will be said.
    End,
}

/// Listens, also while the script plays.
pub(super) struct Ears {
    incoming: Receiver<Heard>,
    /// Messages that came while an answer was awaited.
    waiting: VecDeque<Heard>,
}

impl Ears {
    /// Begins to listen. The thread ends with standard input, or with the process.
    pub(super) fn listen() -> Self {
        let (sender, incoming) = channel();
        thread::spawn(move || {
            let lines = io::stdin().lock().lines().map_while(Result::ok);
            lines.filter_map(|line| understand(&line)).try_for_each(|heard| sender.send(heard))
        });
        Self { incoming, waiting: VecDeque::new() }
    }

    /// The next message, or the end. Answers that nobody waits for are passed over.
    pub(super) fn next(&mut self) -> Heard {
        if let Some(heard) = self.waiting.pop_front() {
            return heard;
        }
        let mut heard = self.incoming.iter();
        heard.find(|heard| !matches!(heard, Heard::Answer { .. })).unwrap_or(Heard::End)
    }

    /// The answer to a question; null if nobody will answer any more.
    pub(super) fn answer_to(&mut self, wanted: &str) -> Value {
        for heard in self.incoming.iter() {
            match heard {
                Heard::Answer { request_id, answer } if request_id == wanted => return answer,
                Heard::Answer { .. } => {}
                other => self.waiting.push_back(other),
            }
        }
        Value::Null
    }
}

/// What a line says; none if it is not for us.
fn understand(line: &str) -> Option<Heard> {
    let line: Value = serde_json::from_str(line).ok()?;
    let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    match line.get("type")?.as_str()? {
        "user" => Some(Heard::Message(message_text(line.pointer("/message/content")?))),
        "control_request" if text("/request/subtype")? == "end_session" => {
            Some(Heard::EndSession(text("/request_id")?))
        }
        "control_response" => {
            let answer = line.pointer("/response/response").cloned().unwrap_or_default();
            Some(Heard::Answer { request_id: text("/response/request_id")?, answer })
        }
        _ => None,
    }
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
    use super::*;

    #[test]
    fn lines_are_understood_or_passed_over() {
        let cases = [
            (r#"{"type":"user","message":{"content":"hi"}}"#, Some(Heard::Message("hi".into()))),
            (
                r#"{"type":"user","message":{"content":[{"type":"text","text":"a"},{"type":"image"}]}}"#,
                Some(Heard::Message("a".into())),
            ),
            (
                r#"{"type":"control_request","request_id":"e","request":{"subtype":"end_session"}}"#,
                Some(Heard::EndSession("e".into())),
            ),
            (
                r#"{"type":"control_response","response":{"request_id":"a","response":{"behavior":"deny"}}}"#,
                Some(Heard::Answer {
                    request_id: "a".into(),
                    answer: serde_json::json!({"behavior": "deny"}),
                }),
            ),
            (r#"{"type":"keep_alive"}"#, None),
            ("no json", None),
        ];
        for (line, expected) in cases {
            assert_eq!(understand(line), expected, "{line}");
        }
    }
}
