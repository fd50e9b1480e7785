//! `control_request`, `control_cancel_request` and `control_response`: what the program asks its host, and how it
//! answers what we asked. `command_lifecycle`: what became of our messages.

use domain::{LogLevel, QuestionItem, QuestionOption};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::log;
use crate::{
    Signal, Translation,
    adapter::{
        ask::{Ask, AskAnswer, AskChannel, AskKind},
        claude::{answer, board, mode_of_word},
        request_id::Asked,
    },
};

/// `control_request`.
#[derive(Debug, Deserialize)]
pub(super) struct ControlRequest {
    request_id: String,
    request: Request,
}

/// What it asks for.
#[derive(Debug, Deserialize)]
#[serde(tag = "subtype", rename_all = "snake_case")]
enum Request {
    CanUseTool(ToolRequest),
    McpMessage {
        server_name: String,
        message: board::Message,
    },
    #[serde(untagged)]
    Other {
        subtype: String,
    },
}

#[derive(Debug, Deserialize)]
struct ToolRequest {
    tool_name: String,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    tool_use_id: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    decision_reason: Option<String>,
    #[serde(default)]
    agent_id: Option<String>,
}

/// Every request is either answered here or told: nothing hangs.
pub(super) fn translate_control_request(line: ControlRequest) -> Translation {
    let ControlRequest { request_id, request } = line;
    match request {
        Request::CanUseTool(request) => ask(request_id, request),
        Request::McpMessage { server_name, message } if server_name == board::SERVER => {
            board::translate_message(&request_id, message)
        }
        Request::McpMessage { server_name, .. } => refuse(&request_id, &format!("a server {server_name}")),
        Request::Other { subtype } => refuse(&request_id, &subtype),
    }
}

fn ask(request_id: String, request: ToolRequest) -> Translation {
    // Our own tools ask by themselves where a person is needed.
    if board::is_ours(&request.tool_name) {
        let allow = AskAnswer::Allow { updated_input: None, mode: None };
        let bytes = answer::permission(&request_id, &request.input, &allow);
        return Translation::of_signal(answer::at_once(&request_id, bytes));
    }
    let kind = kind_of(&request.tool_name, &request.input);
    Translation::of_signal(Signal::Asked(Ask {
        request_id,
        channel: AskChannel::Permission,
        kind,
        tool_name: request.tool_name,
        tool_input: request.input,
        tool_use_id: request.tool_use_id,
        description: request.description,
        reason: request.decision_reason,
        is_subagent: request.agent_id.is_some(),
    }))
}

/// A question that cannot be read is shown as the call that it is.
fn kind_of(tool_name: &str, input: &Value) -> AskKind {
    match tool_name {
        "ExitPlanMode" => AskKind::Plan,
        "AskUserQuestion" => questions(input).map_or(AskKind::Tool, AskKind::Question),
        _ => AskKind::Tool,
    }
}

fn questions(input: &Value) -> Option<Vec<QuestionItem>> {
    #[derive(Deserialize)]
    struct Item {
        question: String,
        #[serde(default)]
        header: Option<String>,
        #[serde(default)]
        options: Vec<Choice>,
        #[serde(default, rename = "multiSelect")]
        multi_select: bool,
    }
    #[derive(Deserialize)]
    struct Choice {
        label: String,
        #[serde(default)]
        description: Option<String>,
    }
    let items = Vec::<Item>::deserialize(input.get("questions")?).ok()?;
    let option = |Choice { label, description }| QuestionOption { label, description };
    let item = |Item { question, header, options, multi_select }| QuestionItem {
        question,
        header,
        options: options.into_iter().map(option).collect(),
        multi_select,
    };
    let items: Vec<QuestionItem> = items.into_iter().map(item).collect();
    (!items.is_empty()).then_some(items)
}

fn refuse(request_id: &str, what: &str) -> Translation {
    let bytes = answer::failure(request_id, &format!("this host does not answer {what}"));
    log(LogLevel::Warn, format!("the agent asked for {what}, which is not supported"))
        .with_signal(answer::at_once(request_id, bytes))
}

/// `control_cancel_request`.
#[derive(Debug, Deserialize)]
pub(super) struct ControlCancel {
    request_id: String,
}

pub(super) fn translate_control_cancel(line: ControlCancel) -> Translation {
    Translation::of_signal(Signal::AskWithdrawn { request_id: line.request_id })
}

/// `control_response`: the answer to a request of ours, known by its id alone.
#[derive(Debug, Deserialize)]
pub(super) struct ControlResponse {
    response: Response,
}

#[derive(Debug, Deserialize)]
struct Response {
    subtype: String,
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    response: Value,
    #[serde(default)]
    error: Option<String>,
}

pub(super) fn translate_control_response(line: ControlResponse) -> Translation {
    let Response { subtype, request_id, response, error } = line.response;
    let asked = Asked::read(&request_id);
    if subtype == "error" {
        return translate_refusal(asked, error.unwrap_or_else(|| "no reason was given".to_owned()));
    }
    match asked {
        Asked::Recall(message_id) => {
            let is_recalled = response.get("cancelled").and_then(Value::as_bool).unwrap_or_default();
            Translation::of_signal(Signal::MessageRecalled { message_id, is_recalled })
        }
        Asked::Interrupt => recalled_by_interrupt(&response),
        Asked::Mode => mode_changed(response.get("mode").and_then(Value::as_str)),
        Asked::Other => Translation::default(),
    }
}

/// A message that the program would not give back was not given back.
fn translate_refusal(asked: Asked, message: String) -> Translation {
    let told = log(LogLevel::Warn, format!("a request was refused: {message}"));
    match asked {
        Asked::Recall(message_id) => {
            told.with_signal(Signal::MessageRecalled { message_id, is_recalled: false })
        }
        Asked::Mode => told.with_signal(Signal::ModeRefused { message }),
        Asked::Interrupt | Asked::Other => told,
    }
}

fn recalled_by_interrupt(response: &Value) -> Translation {
    let ids = response.get("cancelled").and_then(Value::as_array).into_iter().flatten();
    let ids = ids.filter_map(|id| id.as_str()?.parse().ok());
    let recalled = ids.map(|message_id| Signal::MessageRecalled { message_id, is_recalled: true });
    Translation { events: Vec::new(), signals: recalled.collect() }
}

/// The mode in the program's word; one that the board does not have is no signal.
pub(super) fn mode_changed(word: Option<&str>) -> Translation {
    let mode = word.and_then(mode_of_word);
    mode.map_or_else(Translation::default, |mode| Translation::of_signal(Signal::ModeChanged { mode }))
}

/// `command_lifecycle`.
#[derive(Debug, Deserialize)]
pub(super) struct Lifecycle {
    command_uuid: Uuid,
    state: String,
}

/// Queued is what we know already.
pub(super) fn translate_lifecycle(line: Lifecycle) -> Translation {
    let message_id = line.command_uuid;
    match line.state.as_str() {
        "started" | "completed" => Translation::of_signal(Signal::MessageTaken { message_id }),
        "cancelled" => Translation::of_signal(Signal::MessageRecalled { message_id, is_recalled: true }),
        _ => Translation::default(),
    }
}

#[cfg(test)]
mod tests {
    use domain::PermissionMode;
    use serde_json::json;

    use super::*;
    use crate::{AgentLine, OutputStream, mode_request_id, recall_request_id};

    fn signals(line: &Value) -> Vec<Signal> {
        let bytes = line.to_string().into_bytes();
        let line = AgentLine { stream: OutputStream::Stdout, bytes: &bytes, is_truncated: false };
        super::super::translate(line).signals
    }

    fn response(request_id: &str, response: Value) -> Value {
        let response = json!({ "subtype": "success", "request_id": request_id, "response": response });
        json!({ "type": "control_response", "response": response })
    }

    fn refusal(request_id: &str) -> Value {
        let response = json!({ "subtype": "error", "request_id": request_id, "error": "no" });
        json!({ "type": "control_response", "response": response })
    }

    #[test]
    fn the_id_of_a_request_says_what_its_answer_means() {
        let id = Uuid::from_u128(1);
        let (recall, mode) = (recall_request_id(id, 1), mode_request_id(id));
        let recalled = |is_recalled| vec![Signal::MessageRecalled { message_id: id, is_recalled }];
        let cases = [
            (response(&recall, json!({ "cancelled": true })), recalled(true)),
            (response(&recall, json!({ "cancelled": false })), recalled(false)),
            // What cannot be read is no success.
            (response(&recall, json!(null)), recalled(false)),
            (refusal(&recall), recalled(false)),
            (
                response(&mode, json!({ "mode": "plan" })),
                vec![Signal::ModeChanged { mode: PermissionMode::Plan }],
            ),
            (response(&mode, json!({ "mode": "dontAsk" })), vec![]),
            (refusal(&mode), vec![Signal::ModeRefused { message: "no".to_owned() }]),
            (response("interrupt:x", json!({ "still_queued": [id] })), vec![]),
            (response("interrupt:x", json!({ "cancelled": [id, "no id", 3] })), recalled(true)),
            (response("another's", json!({ "cancelled": true, "mode": "plan" })), vec![]),
            (refusal("another's"), vec![]),
        ];
        for (line, expected) in cases {
            assert_eq!(signals(&line), expected, "{line}");
        }
    }

    #[test]
    fn the_life_of_a_message_is_told() {
        let id = Uuid::from_u128(1);
        let cases = [
            ("queued", vec![]),
            ("started", vec![Signal::MessageTaken { message_id: id }]),
            ("completed", vec![Signal::MessageTaken { message_id: id }]),
            ("cancelled", vec![Signal::MessageRecalled { message_id: id, is_recalled: true }]),
            ("brand new", vec![]),
        ];
        for (state, expected) in cases {
            let line = json!({ "type": "command_lifecycle", "command_uuid": id, "state": state });
            assert_eq!(signals(&line), expected, "{state}");
        }
        let content = json!({ "role": "user", "content": "x" });
        let replay = json!({ "type": "user", "isReplay": true, "uuid": id, "message": content });
        assert_eq!(signals(&replay), [Signal::MessageTaken { message_id: id }]);
    }

    fn request(request: &Value) -> Vec<Signal> {
        signals(&json!({ "type": "control_request", "request_id": "r", "request": request }))
    }

    #[test]
    fn a_request_of_an_unknown_kind_or_shape_is_refused_at_once() {
        let cases = [
            json!({ "subtype": "dance" }),
            json!({ "subtype": "can_use_tool" }),
            json!({ "subtype": "mcp_message" }),
            json!({ "subtype": "mcp_message", "server_name": "other", "message": { "method": "ping", "id": 1 } }),
            json!({ "subtype": "hook_callback", "callback_id": "x" }),
        ];
        for case in cases {
            let [Signal::Reply { bytes, .. }] = &request(&case)[..] else { panic!("{case}") };
            let answer: Value = serde_json::from_slice(bytes).unwrap();
            assert_eq!(answer["response"]["subtype"], "error", "{case}");
        }
    }

    #[test]
    fn our_own_tools_need_no_person_to_be_called() {
        let ours = json!({ "subtype": "can_use_tool", "tool_name": "mcp__board__ask_user", "input": {} });
        let [Signal::Reply { bytes, .. }] = &request(&ours)[..] else { panic!("asked") };
        let answer: Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(answer["response"]["response"], json!({ "behavior": "allow" }));
        let other = json!({ "subtype": "can_use_tool", "tool_name": "mcp__other__ask_user", "input": {} });
        assert!(matches!(&request(&other)[..], [Signal::Asked(Ask { kind: AskKind::Tool, .. })]));
    }

    #[test]
    fn a_question_that_cannot_be_read_is_shown_as_a_call() {
        for input in [json!({}), json!({ "questions": [] }), json!({ "questions": [{ "header": "x" }] })] {
            assert_eq!(kind_of("AskUserQuestion", &input), AskKind::Tool, "{input}");
        }
        assert_eq!(kind_of("ExitPlanMode", &json!({})), AskKind::Plan);
    }
}
