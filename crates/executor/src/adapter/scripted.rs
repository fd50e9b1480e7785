//! The scripted agent as an adapter: this program in another role, speaking Claude Code's protocol.

use domain::PermissionMode;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Adapter, AgentLine, Translation,
    ask::{AskAnswer, AskChannel},
    claude::Claude,
    launch::{Conversation, LaunchRequest, UserMessage},
};
use crate::RunSpec;

/// The scripted agent. Its script is named in the profile's `extra_args`, see [`crate::scripted_main`].
#[derive(Debug)]
pub(super) struct Scripted;

impl Adapter for Scripted {
    fn launch(&self, request: LaunchRequest) -> RunSpec {
        let (conversation, session_id) = match request.conversation {
            Conversation::New(id) => ("--session-id", id),
            Conversation::Resumed(id) => ("--resume", id),
        };
        let first_input = Claude.first_input(&request);
        let mut args = request.leading_args;
        args.extend([conversation.to_owned(), session_id.to_string()]);
        args.extend(["--permission-mode".to_owned(), Claude::mode_word(request.mode).to_owned()]);
        args.extend(request.extra_args);
        RunSpec {
            run_id: request.run_id,
            program: request.program,
            args,
            cwd: request.cwd,
            env_set: request.env,
            env_remove: request.env_remove,
            first_input,
        }
    }

    fn user_message(&self, message_id: Uuid, message: &UserMessage) -> Vec<u8> {
        Claude.user_message(message_id, message)
    }

    fn answer_ask(
        &self,
        request_id: &str,
        channel: &AskChannel,
        tool_input: &Value,
        answer: &AskAnswer,
    ) -> Vec<u8> {
        Claude.answer_ask(request_id, channel, tool_input, answer)
    }

    fn answer_call(&self, request_id: &str, rpc_id: &Value, text: &str, is_error: bool) -> Vec<u8> {
        Claude.answer_call(request_id, rpc_id, text, is_error)
    }

    fn interrupt(&self, request_id: &str, is_queue_cancelled: bool) -> Vec<u8> {
        Claude.interrupt(request_id, is_queue_cancelled)
    }

    fn set_mode(&self, request_id: &str, mode: PermissionMode) -> Vec<u8> {
        Claude.set_mode(request_id, mode)
    }

    fn recall_message(&self, request_id: &str, message_id: Uuid) -> Vec<u8> {
        Claude.recall_message(request_id, message_id)
    }

    fn last_words(&self) -> Vec<u8> {
        Claude.last_words()
    }

    fn translate(&self, line: AgentLine<'_>) -> Translation {
        Claude.translate(line)
    }
}
