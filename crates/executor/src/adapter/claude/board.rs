//! The board's own tools for the agent: a server of tools inside Claude Code's control channel, without a process.
//!
//! The handshake is answered from the line alone. A call is told to the board, which answers in its own time.

use domain::{Progress, QuestionItem, QuestionOption};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::answer;
use crate::{
    Signal, Translation,
    adapter::ask::{Ask, AskAnswer, AskChannel, AskKind, BoardAction, BoardCall},
};

/// Name of the server; its tools are called `mcp__board__…`.
pub(super) const SERVER: &str = "board";

/// The rule that allows all of them.
pub(super) const ALL_TOOLS: &str = "mcp__board";

/// Whether a tool is one of ours, by the name that the program gives it.
pub(super) fn is_ours(tool_name: &str) -> bool {
    tool_name
        .strip_prefix("mcp__")
        .and_then(|name| name.strip_prefix(SERVER))
        .is_some_and(|rest| rest.starts_with("__"))
}

/// A message of the program to a server of tools.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    method: String,
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    params: Value,
}

/// What a message to our server means.
pub(super) fn translate_message(request_id: &str, message: Message) -> Translation {
    let Message { method, id, params } = message;
    let Some(rpc_id) = id else { return translate_notification(request_id, &method, &params) };
    match method.as_str() {
        "initialize" => reply(request_id, &rpc_id, json!({ "result": introduction(&params) })),
        "ping" => reply(request_id, &rpc_id, json!({ "result": {} })),
        "tools/list" => reply(request_id, &rpc_id, json!({ "result": { "tools": tools() } })),
        "tools/call" => translate_call(request_id, rpc_id, params),
        other => {
            let error = json!({ "code": -32601, "message": format!("there is no method {other} here") });
            reply(request_id, &rpc_id, json!({ "error": error }))
        }
    }
}

/// A notification wants no answer, but the request that it came in does.
fn translate_notification(request_id: &str, method: &str, params: &Value) -> Translation {
    let answered = reply(request_id, &json!(0), json!({ "result": {} }));
    match params.get("requestId") {
        Some(rpc_id) if method == "notifications/cancelled" => {
            answered.with_signal(Signal::CallWithdrawn { rpc_id: rpc_id.clone() })
        }
        _ => answered,
    }
}

/// The result of a call.
pub(super) fn tool_result(request_id: &str, rpc_id: &Value, text: &str, is_error: bool) -> Vec<u8> {
    let content = json!([{ "type": "text", "text": text }]);
    envelope(request_id, rpc_id, json!({ "result": { "content": content, "isError": is_error } }))
}

/// The result of a call that asked a person.
pub(super) fn answer_question(request_id: &str, rpc_id: &Value, answer: &AskAnswer) -> Vec<u8> {
    let (text, is_error) = match answer {
        AskAnswer::Answers(answers) => (answer_text(answers.iter()), false),
        AskAnswer::Declined { message } => (message.clone(), false),
        AskAnswer::Allow { .. } => ("Yes.".to_owned(), false),
        AskAnswer::Deny { message, .. } => (message.clone(), true),
    };
    tool_result(request_id, rpc_id, &text, is_error)
}

/// One answer stands for itself; several say what they answer.
fn answer_text<'a>(answers: impl ExactSizeIterator<Item = (&'a String, &'a String)>) -> String {
    let is_one = answers.len() == 1;
    let lines: Vec<String> = answers
        .map(|(question, answer)| if is_one { answer.clone() } else { format!("{question}: {answer}") })
        .collect();
    if lines.is_empty() { "No answer was given. Decide yourself.".to_owned() } else { lines.join("\n") }
}

fn envelope(request_id: &str, rpc_id: &Value, mut message: Value) -> Vec<u8> {
    message["jsonrpc"] = json!("2.0");
    message["id"] = rpc_id.clone();
    answer::success(request_id, json!({ "mcp_response": message }))
}

fn reply(request_id: &str, rpc_id: &Value, message: Value) -> Translation {
    Translation::of_signal(answer::at_once(request_id, envelope(request_id, rpc_id, message)))
}

fn introduction(params: &Value) -> Value {
    let version = params.get("protocolVersion").cloned().unwrap_or_else(|| json!("2025-11-25"));
    json!({
        "protocolVersion": version,
        "capabilities": { "tools": {} },
        "serverInfo": { "name": SERVER, "version": env!("CARGO_PKG_VERSION") },
    })
}

/// The tools, always loaded: one that had to be searched for would not be found.
fn tools() -> Value {
    let option = json!({ "anyOf": [
        { "type": "string" },
        {
            "type": "object",
            "properties": { "label": { "type": "string" }, "description": { "type": "string" } },
            "required": ["label"],
        },
    ] });
    let count = json!({ "type": "integer", "minimum": 0 });
    let ask = json!({
        "question": { "type": "string", "description": "The whole question, as Markdown. The person sees nothing but it." },
        "options": { "type": "array", "items": option, "description": "Answers to choose from. Another one can always be given." },
        "multi_select": { "type": "boolean", "description": "Whether several options may be chosen." },
    });
    let report = json!({
        "phase": { "type": "string", "description": "What you do now, in a few words, as `writing tests`." },
        "step": count, "total": count,
        "message": { "type": "string", "description": "A line about it." },
    });
    let criterion = json!({
        "criterion": { "type": "string", "description": "Its number in the list, from 1, or its text." },
        "done": { "type": "boolean", "description": "Whether it holds." },
        "evidence": { "type": "string", "description": "How you know: the command and its result, or the file and line." },
    });
    json!([
        tool(
            "ask_user",
            "Ask the person in charge of this task, and wait for the answer. It may take hours: ask only what you cannot find out or decide yourself, and all that you need at once.",
            &ask,
            &["question"]
        ),
        tool(
            "report_progress",
            "Show on the task's card how far you are. Call it when you begin another part of the work.",
            &report,
            &["phase"]
        ),
        tool(
            "set_criterion",
            "Mark one of the task's acceptance criteria as met or not met. Call it once you have checked that it holds, with the evidence.",
            &criterion,
            &["criterion", "done"]
        ),
    ])
}

fn tool(name: &str, description: &str, properties: &Value, required: &[&str]) -> Value {
    json!({
        "name": name,
        "description": description,
        "inputSchema": { "type": "object", "properties": properties, "required": required },
        "_meta": { "anthropic/alwaysLoad": true },
    })
}

#[derive(Debug, Deserialize)]
struct Call {
    name: String,
    #[serde(default)]
    arguments: Value,
    #[serde(default, rename = "_meta")]
    meta: Value,
}

fn translate_call(request_id: &str, rpc_id: Value, params: Value) -> Translation {
    let signal = read_call(params).and_then(|call| signal_of(request_id, &rpc_id, call));
    signal.map_or_else(
        |problem| {
            let bytes = tool_result(request_id, &rpc_id, &problem, true);
            Translation::of_signal(answer::at_once(request_id, bytes))
        },
        Translation::of_signal,
    )
}

/// What is wrong is told to the agent, which may try again.
fn read_call(params: Value) -> Result<Call, String> {
    serde_json::from_value(params).map_err(|error| format!("This is no call of a tool: {error}."))
}

fn signal_of(request_id: &str, rpc_id: &Value, call: Call) -> Result<Signal, String> {
    let Call { name, arguments, meta } = call;
    let tool_use_id = meta.get("claudecode/toolUseId").and_then(Value::as_str).map(str::to_owned);
    let action = match name.as_str() {
        "ask_user" => {
            let ask = Ask {
                request_id: request_id.to_owned(),
                channel: AskChannel::Tool { rpc_id: rpc_id.clone() },
                kind: AskKind::Question(vec![read_question(arguments.clone())?]),
                tool_name: format!("mcp__{SERVER}__{name}"),
                tool_input: arguments,
                tool_use_id,
                description: None,
                reason: None,
                is_subagent: false,
            };
            return Ok(Signal::Asked(ask));
        }
        "report_progress" => read_progress(arguments)?,
        "set_criterion" => read_criterion(arguments)?,
        other => return Err(format!("There is no tool {other} here.")),
    };
    let (request_id, rpc_id) = (request_id.to_owned(), rpc_id.clone());
    Ok(Signal::BoardCall(BoardCall { request_id, rpc_id, tool_use_id, action }))
}

#[derive(Debug, Deserialize)]
struct Question {
    question: String,
    #[serde(default)]
    options: Option<Vec<Choice>>,
    #[serde(default)]
    multi_select: Option<bool>,
}

/// An option in either of its forms.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Choice {
    Label(String),
    Explained {
        label: String,
        #[serde(default)]
        description: Option<String>,
    },
}

fn read_question(arguments: Value) -> Result<QuestionItem, String> {
    let Question { question, options, multi_select } = read_arguments(arguments)?;
    required("question", &question)?;
    let option = |choice| match choice {
        Choice::Label(label) => QuestionOption { label, description: None },
        Choice::Explained { label, description } => QuestionOption { label, description },
    };
    Ok(QuestionItem {
        question,
        header: None,
        options: options.unwrap_or_default().into_iter().map(option).collect(),
        multi_select: multi_select.unwrap_or_default(),
    })
}

fn read_progress(arguments: Value) -> Result<BoardAction, String> {
    #[derive(Debug, Deserialize)]
    struct Report {
        phase: String,
        #[serde(default)]
        step: Option<i32>,
        #[serde(default)]
        total: Option<i32>,
        #[serde(default)]
        message: Option<String>,
    }
    let Report { phase, step, total, message } = read_arguments(arguments)?;
    required("phase", &phase)?;
    Ok(BoardAction::ReportProgress(Progress { phase, step, total, message }))
}

fn read_criterion(arguments: Value) -> Result<BoardAction, String> {
    #[derive(Debug, Deserialize)]
    struct Mark {
        criterion: Name,
        done: bool,
        #[serde(default)]
        evidence: Option<String>,
    }
    /// Agents give the number as text or as number.
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Name {
        Text(String),
        Number(u32),
    }
    let Mark { criterion, done, evidence } = read_arguments(arguments)?;
    let criterion = match criterion {
        Name::Text(text) => text,
        Name::Number(number) => number.to_string(),
    };
    required("criterion", &criterion)?;
    Ok(BoardAction::SetCriterion { criterion, is_done: done, evidence })
}

fn read_arguments<T: DeserializeOwned>(arguments: Value) -> Result<T, String> {
    serde_json::from_value(arguments).map_err(|error| format!("The arguments are not right: {error}."))
}

fn required(name: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() { Err(format!("`{name}` must not be empty.")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn message(method: &str, id: Option<u32>, params: Value) -> Translation {
        let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        if let Some(id) = id {
            message["id"] = json!(id);
        }
        translate_message("r", serde_json::from_value(message).unwrap())
    }

    fn call(name: &str, arguments: Value) -> Signal {
        let meta = json!({ "claudecode/toolUseId": "toolu_1" });
        let params = json!({ "name": name, "arguments": arguments, "_meta": meta });
        message("tools/call", Some(7), params).signals.remove(0)
    }

    /// What a reply says to the program's client of tools.
    fn said(signal: &Signal) -> Value {
        let Signal::Reply { command_id, bytes } = signal else { panic!("{signal:?}") };
        assert_eq!(command_id, "reply-r");
        spoken(bytes)
    }

    fn spoken(bytes: &[u8]) -> Value {
        let line: Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(line["response"]["request_id"], "r");
        line["response"]["response"]["mcp_response"].clone()
    }

    #[test]
    fn the_handshake_is_answered_from_the_line_alone() {
        let version = json!({ "protocolVersion": "2030-01-01" });
        let introduced = said(&message("initialize", Some(0), version).signals[0]);
        assert_eq!(introduced["result"]["protocolVersion"], "2030-01-01");
        assert_eq!((&introduced["id"], &introduced["jsonrpc"]), (&json!(0), &json!("2.0")));
        assert_eq!(
            said(&message("notifications/initialized", None, Value::Null).signals[0])["result"],
            json!({})
        );
        assert_eq!(said(&message("ping", Some(3), Value::Null).signals[0])["result"], json!({}));
        assert_eq!(said(&message("dance", Some(4), Value::Null).signals[0])["error"]["code"], -32601);
    }

    #[test]
    fn tools_are_always_there_and_say_what_they_take() {
        let list = said(&message("tools/list", Some(1), Value::Null).signals[0]);
        let tools = list["result"]["tools"].as_array().unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["ask_user", "report_progress", "set_criterion"]);
        for tool in tools {
            assert_eq!(tool["_meta"]["anthropic/alwaysLoad"], true);
            assert!(tool["description"].as_str().unwrap().len() > 40);
            let properties = tool["inputSchema"]["properties"].as_object().unwrap();
            let required = tool["inputSchema"]["required"].as_array().unwrap();
            assert!(required.iter().all(|name| properties.contains_key(name.as_str().unwrap())));
            assert!(is_ours(&format!("mcp__board__{}", tool["name"].as_str().unwrap())));
        }
        assert!(!is_ours("mcp__boards__x") && !is_ours("Bash") && !is_ours("mcp__board"));
        assert!(format!("{ALL_TOOLS}__x") == format!("mcp__{SERVER}__x"));
    }

    #[test]
    fn a_question_is_asked_in_any_of_its_forms() {
        let options = json!(["a", { "label": "b", "description": "B" }, { "label": "c" }]);
        let arguments = json!({ "question": "Which?", "options": options, "multi_select": true, "more": 1 });
        let Signal::Asked(ask) = call("ask_user", arguments.clone()) else { panic!("no ask") };
        let AskKind::Question(items) = &ask.kind else { panic!("{ask:?}") };
        let labels: Vec<_> = items[0]
            .options
            .iter()
            .map(|option| (option.label.as_str(), option.description.as_deref()))
            .collect();
        assert_eq!(labels, [("a", None), ("b", Some("B")), ("c", None)]);
        assert!(items[0].multi_select && items[0].question == "Which?");
        assert_eq!((ask.tool_input, ask.tool_use_id.as_deref()), (arguments, Some("toolu_1")));
        assert_eq!(ask.channel, AskChannel::Tool { rpc_id: json!(7) });
        let Signal::Asked(ask) = call("ask_user", json!({ "question": "Why?" })) else { panic!("no ask") };
        assert!(matches!(&ask.kind, AskKind::Question(items) if items[0].options.is_empty()));
    }

    #[test]
    fn what_the_agent_tells_the_board_is_read() {
        let action = |signal| match signal {
            Signal::BoardCall(call) => (call.action, call.rpc_id, call.request_id),
            other => panic!("{other:?}"),
        };
        let report = json!({ "phase": "tests", "step": 2, "total": null, "message": "half" });
        let progress = Progress {
            phase: "tests".to_owned(),
            step: Some(2),
            total: None,
            message: Some("half".to_owned()),
        };
        let expected = (BoardAction::ReportProgress(progress), json!(7), "r".to_owned());
        assert_eq!(action(call("report_progress", report)), expected);
        for (given, criterion) in [(json!(3), "3"), (json!("It builds"), "It builds")] {
            let arguments = json!({ "criterion": given, "done": false });
            let expected =
                BoardAction::SetCriterion { criterion: criterion.to_owned(), is_done: false, evidence: None };
            assert_eq!(action(call("set_criterion", arguments)).0, expected);
        }
    }

    #[test]
    fn a_call_that_is_not_right_is_told_to_the_agent() {
        let cases = [
            ("dance", json!({}), "no tool dance"),
            ("ask_user", json!({}), "question"),
            ("ask_user", json!({ "question": " " }), "question"),
            ("ask_user", json!(null), "arguments"),
            ("ask_user", json!({ "question": "x", "options": [1] }), "arguments"),
            ("report_progress", json!({ "phase": "x", "step": "two" }), "arguments"),
            ("report_progress", json!({ "phase": "" }), "phase"),
            ("set_criterion", json!({ "criterion": 1 }), "done"),
            ("set_criterion", json!({ "criterion": -1, "done": true }), "arguments"),
        ];
        for (name, arguments, expected) in cases {
            let result = said(&call(name, arguments.clone()));
            assert_eq!(result["result"]["isError"], true, "{name} {arguments}");
            let text = result["result"]["content"][0]["text"].as_str().unwrap();
            assert!(text.contains(expected), "{name} {arguments}: {text}");
        }
        let shapeless = message("tools/call", Some(7), json!([]));
        assert_eq!(said(&shapeless.signals[0])["result"]["isError"], true);
    }

    #[test]
    fn an_answered_question_is_a_plain_result() {
        let map = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(question, answer)| ((*question).to_owned(), (*answer).to_owned()));
            AskAnswer::Answers(pairs.collect::<BTreeMap<_, _>>())
        };
        let cases = [
            (map(&[("Which?", "b")]), "b", false),
            (map(&[("A?", "1"), ("B?", "2")]), "A?: 1\nB?: 2", false),
            (map(&[]), "No answer was given. Decide yourself.", false),
            (AskAnswer::Declined { message: "decide".to_owned() }, "decide", false),
            (AskAnswer::Deny { message: "no".to_owned(), is_stop: false }, "no", true),
            (AskAnswer::Allow { updated_input: None, mode: None }, "Yes.", false),
        ];
        for (answer, text, is_error) in cases {
            let said = spoken(&answer_question("r", &json!("x"), &answer));
            let content = json!([{ "type": "text", "text": text }]);
            let result = json!({ "content": content, "isError": is_error });
            assert_eq!(said, json!({ "jsonrpc": "2.0", "id": "x", "result": result }));
        }
    }
}
