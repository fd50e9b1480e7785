//! `control_request`: what the program asks its host. Nobody can answer on this board yet, so every request is
//! refused at once, with words that let the agent go on: nothing may hang.

use domain::{ApprovalState, EventBody, LogLevel};
use serde::Deserialize;
use serde_json::{Value, json};

use super::log;
use crate::{
    Signal, Translation,
    adapter::claude::{
        bounded::bounded_value,
        message::{Control, ControlRequest},
        to_line,
    },
};

pub(super) fn translate_control_request(line: ControlRequest) -> Translation {
    let ControlRequest { request_id, request } = line;
    match request.subtype.as_str() {
        "can_use_tool" => refuse_tool(&request_id, request),
        other => refuse_other(&request_id, other),
    }
}

/// `control_response`: the answer to a request of ours.
#[derive(Debug, Deserialize)]
pub(super) struct ControlResponse {
    response: Response,
}

#[derive(Debug, Deserialize)]
struct Response {
    subtype: String,
    #[serde(default)]
    error: Option<String>,
}

/// Success is silent: what it changes comes in other lines.
pub(super) fn translate_control_response(line: ControlResponse) -> Translation {
    match line.response.error {
        Some(error) if line.response.subtype == "error" => {
            log(LogLevel::Warn, format!("a request was refused: {error}"))
        }
        _ => Translation::default(),
    }
}

fn refuse_tool(request_id: &str, request: Control) -> Translation {
    let tool_name = request.tool_name.unwrap_or_default();
    let message = refusal(&tool_name);
    let answer = json!({ "behavior": "deny", "message": message });
    let response = json!({ "subtype": "success", "request_id": request_id, "response": answer });
    Translation::of_event(EventBody::Approval {
        approval_id: request_id.to_owned(),
        state: ApprovalState::Denied,
        tool_name,
        tool_input: bounded_value(request.input),
        message: Some(message.to_owned()),
    })
    .with_signal(reply(request_id, &response))
}

fn refuse_other(request_id: &str, subtype: &str) -> Translation {
    let error = format!("this host does not answer {subtype}");
    let response = json!({ "subtype": "error", "request_id": request_id, "error": error });
    log(LogLevel::Warn, format!("the agent asked for {subtype}, which is not supported"))
        .with_signal(reply(request_id, &response))
}

fn reply(request_id: &str, response: &Value) -> Signal {
    let bytes = to_line(&json!({ "type": "control_response", "response": response }));
    Signal::Reply { command_id: format!("reply-{request_id}"), bytes }
}

fn refusal(tool_name: &str) -> &'static str {
    match tool_name {
        "AskUserQuestion" => {
            "Nobody can answer questions on this board yet. Decide yourself, say what you decided, and go on."
        }
        "ExitPlanMode" => {
            "Nobody can approve a plan on this board yet. Give the plan as your answer and end your turn."
        }
        _ => {
            "Nobody can approve this on this board yet. Go on without it, and say at the end what was left undone."
        }
    }
}
