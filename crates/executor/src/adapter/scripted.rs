//! The scripted agent as an adapter: this program in another role, speaking Claude Code's protocol.

use uuid::Uuid;

use super::{Adapter, AgentLine, LaunchRequest, Translation, claude::Claude};
use crate::RunSpec;

/// The scripted agent. Its script is named in the profile's `extra_args`, see [`crate::scripted_main`].
#[derive(Debug)]
pub(super) struct Scripted;

impl Adapter for Scripted {
    fn launch(&self, request: LaunchRequest) -> RunSpec {
        let first_input = Claude.user_message(request.prompt_id, &request.prompt);
        let session = request.conversation.session_id().to_string();
        let mut args = request.leading_args;
        args.extend(["--session-id".to_owned(), session]);
        args.extend(request.extra_args);
        RunSpec {
            run_id: request.run_id,
            program: request.program,
            args,
            cwd: request.cwd,
            env_set: request.env,
            env_remove: request.env_remove,
            first_input: String::from_utf8_lossy(&first_input).into_owned(),
        }
    }

    fn user_message(&self, message_id: Uuid, text: &str) -> Vec<u8> {
        Claude.user_message(message_id, text)
    }

    fn last_words(&self) -> Vec<u8> {
        Claude.last_words()
    }

    fn translate(&self, line: AgentLine<'_>) -> Translation {
        Claude.translate(line)
    }
}
