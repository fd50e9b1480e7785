//! From a line to events and signals: one function per kind of line. Pure; a line alone decides.
//!
//! Kinds that mean nothing to a reader of the log are silent on purpose, and are listed as such here. A kind that is
//! neither translated nor silent is kept as an unknown entry.

mod assistant;
mod control;
mod result;
mod stream;
mod system;
mod user;

use domain::{EventBody, LogLevel, LogStream};
use serde::de::DeserializeOwned;

use super::{bounded::bounded_bytes, message::Envelope};
use crate::{AgentActivity, AgentLine, OutputStream, Signal, Translation};

/// What a line means.
pub(super) fn translate(line: AgentLine<'_>) -> Translation {
    match line.stream {
        OutputStream::Stderr => translate_stderr(line.bytes),
        OutputStream::Stdout if line.bytes.trim_ascii().is_empty() => Translation::default(),
        OutputStream::Stdout if line.is_truncated => unknown(line.bytes),
        OutputStream::Stdout => translate_stdout(line.bytes).unwrap_or_else(|_| unknown(line.bytes)),
    }
}

fn translate_stdout(bytes: &[u8]) -> serde_json::Result<Translation> {
    let envelope: Envelope = serde_json::from_slice(bytes)?;
    let subtype = envelope.subtype.as_deref().unwrap_or_default();
    match envelope.kind.as_str() {
        "assistant" => read(bytes, assistant::translate_assistant),
        "user" => read(bytes, user::translate_user),
        "result" => read(bytes, result::translate_result),
        "stream_event" => read(bytes, stream::translate_stream_event),
        "control_request" => read(bytes, control::translate_control_request),
        "control_response" => read(bytes, control::translate_control_response),
        "system" => system::translate_system(subtype, bytes),
        "control_cancel_request" => read(bytes, control::translate_control_cancel),
        "command_lifecycle" => read(bytes, control::translate_lifecycle),
        "conversation_reset" => Ok(log(LogLevel::Info, "the conversation was cleared")),
        "rate_limit_event" => read(bytes, system::translate_rate_limit),
        // A tool still runs, the line is alive.
        "tool_progress" | "keep_alive" => Ok(Translation::default()),
        _ => Ok(unknown(bytes)),
    }
}

/// Reads a line in the shape that its kind has, and translates it.
fn read<T: DeserializeOwned>(
    bytes: &[u8],
    translate: impl FnOnce(T) -> Translation,
) -> serde_json::Result<Translation> {
    serde_json::from_slice(bytes).map(translate)
}

fn translate_stderr(bytes: &[u8]) -> Translation {
    let (message, is_truncated) = bounded_bytes(bytes);
    if message.trim().is_empty() {
        return Translation::default();
    }
    let level = LogLevel::Warn;
    Translation::of_event(EventBody::Log { level, stream: LogStream::Stderr, message, is_truncated })
}

/// Kept as it is, and counted.
fn unknown(bytes: &[u8]) -> Translation {
    let (message, is_truncated) = bounded_bytes(bytes);
    let level = LogLevel::Warn;
    let event = EventBody::Log { level, stream: LogStream::Unknown, message, is_truncated };
    Translation { events: vec![event], signals: vec![Signal::Unknown] }
}

/// A line of the program about itself.
fn log(level: LogLevel, message: impl AsRef<[u8]>) -> Translation {
    let (message, is_truncated) = bounded_bytes(message.as_ref());
    Translation::of_event(EventBody::Log { level, stream: LogStream::Agent, message, is_truncated })
}

fn activity(verb: &'static str, object: Option<String>) -> Signal {
    Signal::Activity(AgentActivity { verb, object })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translate_text(text: &str) -> Translation {
        let bytes = text.as_bytes();
        translate(AgentLine { stream: OutputStream::Stdout, bytes, is_truncated: false })
    }

    #[test]
    fn what_is_not_understood_is_kept_and_counted() {
        let cases = [
            "{",
            "no json",
            "[]",
            "{\"type\":\"system\",\"subtype\":\"brand_new\"}",
            "{\"type\":\"brand_new\"}",
            "{\"type\":\"result\"}",
            "{\"type\":\"assistant\",\"message\":{}}",
            "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"brand_new\"}]}}",
        ];
        for case in cases {
            let Translation { events, signals } = translate_text(case);
            assert!(signals.contains(&Signal::Unknown), "{case}");
            let is_kept = matches!(&events[0], EventBody::Log { stream: LogStream::Unknown, .. });
            assert!(is_kept, "{case}: {events:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_kept() {
        let bytes = b"{\"type\":\"assistant\",\"message\":\"\xff\"}";
        let Translation { events, .. } =
            translate(AgentLine { stream: OutputStream::Stdout, bytes, is_truncated: false });
        assert!(matches!(&events[0], EventBody::Log { message, .. } if message.contains('\u{fffd}')));
    }

    #[test]
    fn errors_in_plain_words_are_logged() {
        let bytes = b"something broke";
        let Translation { events, signals } =
            translate(AgentLine { stream: OutputStream::Stderr, bytes, is_truncated: false });
        assert!(signals.is_empty());
        assert!(
            matches!(&events[0], EventBody::Log { stream: LogStream::Stderr, message, .. } if message == "something broke")
        );
    }

    #[test]
    fn empty_lines_are_silent() {
        assert_eq!(translate_text(" \r"), Translation::default());
    }
}
