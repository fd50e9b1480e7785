//! Claude Code, driven over its standard streams.

mod answer;
mod board;
mod bounded;
mod launch;
mod message;
mod request;
mod translate;

use domain::PermissionMode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Adapter, AgentLine, Translation,
    ask::{AskAnswer, AskChannel},
    launch::{LaunchRequest, UserMessage},
};
use crate::RunSpec;

/// Claude Code.
#[derive(Debug)]
pub(super) struct Claude;

impl Claude {
    /// The first bytes on standard input: the board's tools are offered before the first message.
    pub(super) fn first_input(&self, request: &LaunchRequest) -> String {
        launch::first_input(request)
    }

    /// The program's word for a mode.
    pub(super) const fn mode_word(mode: PermissionMode) -> &'static str {
        mode_word(mode)
    }
}

impl Adapter for Claude {
    fn launch(&self, request: LaunchRequest) -> RunSpec {
        launch::launch(request)
    }

    fn user_message(&self, message_id: Uuid, message: &UserMessage) -> Vec<u8> {
        request::user_message(message_id, message)
    }

    fn answer_ask(
        &self,
        request_id: &str,
        channel: &AskChannel,
        tool_input: &Value,
        answer: &AskAnswer,
    ) -> Vec<u8> {
        match channel {
            AskChannel::Permission => answer::permission(request_id, tool_input, answer),
            AskChannel::Tool { rpc_id } => board::answer_question(request_id, rpc_id, answer),
        }
    }

    fn answer_call(&self, request_id: &str, rpc_id: &Value, text: &str, is_error: bool) -> Vec<u8> {
        board::tool_result(request_id, rpc_id, text, is_error)
    }

    fn interrupt(&self, request_id: &str, is_queue_cancelled: bool) -> Vec<u8> {
        request::control(request_id, json!({ "subtype": "interrupt", "cancel_queued": is_queue_cancelled }))
    }

    fn set_mode(&self, request_id: &str, mode: PermissionMode) -> Vec<u8> {
        request::control(request_id, json!({ "subtype": "set_permission_mode", "mode": mode_word(mode) }))
    }

    fn recall_message(&self, request_id: &str, message_id: Uuid) -> Vec<u8> {
        request::control(request_id, json!({ "subtype": "cancel_async_message", "message_uuid": message_id }))
    }

    fn last_words(&self) -> Vec<u8> {
        request::control("end-session", json!({ "subtype": "end_session" }))
    }

    fn translate(&self, line: AgentLine<'_>) -> Translation {
        translate::translate(line)
    }
}

fn to_line(message: &Value) -> Vec<u8> {
    let mut line = message.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// The program's word for a mode.
const fn mode_word(mode: PermissionMode) -> &'static str {
    match mode {
        PermissionMode::Bypass => "bypassPermissions",
        PermissionMode::Interactive => "default",
        PermissionMode::AcceptEdits => "acceptEdits",
        PermissionMode::Plan => "plan",
    }
}

/// The mode behind the program's word; it has modes that the board does not.
fn mode_of_word(word: &str) -> Option<PermissionMode> {
    match word {
        "bypassPermissions" => Some(PermissionMode::Bypass),
        "default" | "manual" => Some(PermissionMode::Interactive),
        "acceptEdits" => Some(PermissionMode::AcceptEdits),
        "plan" => Some(PermissionMode::Plan),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_their_form() {
        let id = Uuid::from_u128(1);
        let cases = [
            (Claude.interrupt("r", false), json!({ "subtype": "interrupt", "cancel_queued": false })),
            (Claude.interrupt("r", true), json!({ "subtype": "interrupt", "cancel_queued": true })),
            (
                Claude.set_mode("r", PermissionMode::AcceptEdits),
                json!({ "subtype": "set_permission_mode", "mode": "acceptEdits" }),
            ),
            (
                Claude.recall_message("r", id),
                json!({ "subtype": "cancel_async_message", "message_uuid": id }),
            ),
        ];
        for (line, request) in cases {
            assert!(line.ends_with(b"\n"));
            let expected = json!({ "type": "control_request", "request_id": "r", "request": request });
            assert_eq!(serde_json::from_slice::<Value>(&line).unwrap(), expected);
        }
    }

    #[test]
    fn a_mode_has_a_word_that_is_read_back() {
        for mode in [
            PermissionMode::Bypass,
            PermissionMode::Interactive,
            PermissionMode::AcceptEdits,
            PermissionMode::Plan,
        ] {
            assert_eq!(mode_of_word(mode_word(mode)), Some(mode));
        }
        assert_eq!(mode_of_word("manual"), Some(PermissionMode::Interactive));
        for unknown in ["dontAsk", "auto", ""] {
            assert_eq!(mode_of_word(unknown), None);
        }
    }
}
