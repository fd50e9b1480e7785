//! Every recorded line of the real agent is understood, and every turn's end is judged rightly.

use std::{collections::BTreeMap, path::PathBuf};

use domain::{AgentAdapter, ApprovalState, EventBody};
use executor::{AgentLine, OutputStream, Partial, Signal, Translation, TurnEnd, adapter_for};

fn captures() -> BTreeMap<String, Vec<u8>> {
    let dir = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/claude"));
    let entries = dir.read_dir().unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

fn translate(bytes: &[u8]) -> Translation {
    let line = AgentLine { stream: OutputStream::Stdout, bytes, is_truncated: false };
    adapter_for(AgentAdapter::Claude).translate(line)
}

fn translations(name: &str) -> Vec<Translation> {
    captures()[name].split(|byte| *byte == b'\n').map(translate).collect()
}

fn events(name: &str) -> Vec<EventBody> {
    translations(name).into_iter().flat_map(|translation| translation.events).collect()
}

fn ends(translations: &[Translation]) -> Vec<&TurnEnd> {
    let signals = translations.iter().flat_map(|translation| &translation.signals);
    signals.filter_map(|signal| if let Signal::TurnEnded(end) = signal { Some(end) } else { None }).collect()
}

#[test]
fn no_line_is_unknown() {
    let captures = captures();
    assert_eq!(captures.len(), 67);
    for (name, bytes) in captures {
        for line in bytes.split(|byte| *byte == b'\n') {
            let translation = translate(line);
            let is_unknown = translation.signals.contains(&Signal::Unknown);
            assert!(!is_unknown, "{name}: {}", String::from_utf8_lossy(line));
        }
    }
}

/// Verdicts per capture: the reason, with `!` where the turn did not finish what it was asked.
#[test]
fn the_end_of_each_turn_is_judged() {
    let expected: BTreeMap<&str, &str> = BTreeMap::from([
        ("d1-control", "!aborted_tools completed"),
        ("d5-pending", "!aborted_tools completed completed"),
        ("d6-misc", "completed completed completed completed completed"),
        ("e1-multi", "completed completed completed"),
        ("e2-queue", "completed completed"),
        ("e3-now", "!aborted_streaming completed completed completed"),
        ("e4-interrupt", "completed completed completed completed completed"),
        ("e4b-interrupt", "!aborted_tools completed !aborted_streaming completed"),
        ("e7-interrupt-cancelq", "!aborted_streaming"),
        ("h3-500", "!api_error"),
        ("h7-404", "!api_error"),
        ("h9-400", "!prompt_too_long"),
        ("i1-max-turns", "!max_turns"),
        ("i2-max-budget", "!budget_exhausted"),
        ("l1-sigint", "!aborted_tools"),
        ("l8-stopcont", "completed completed"),
        ("m1-background", "completed completed"),
        ("m2-subagent", "completed completed"),
        ("m6-bash-timeout", "completed completed"),
        ("r2-slash", "completed success success success completed completed success completed"),
        ("r3-image", "completed completed completed"),
        ("s1b-bidi-error-then-ok", "!api_error completed"),
        ("s1c-bidi-ok-then-error", "completed !api_error"),
        ("s2-bidi-maxturns", "!max_turns completed completed"),
        ("s2b-bidi-budget", "!budget_exhausted !budget_exhausted"),
    ]);
    for name in captures().keys() {
        let translations = translations(name);
        let word = |end: &&TurnEnd| format!("{}{}", if end.is_ok { "" } else { "!" }, end.reason);
        let verdicts: Vec<String> = ends(&translations).iter().map(word).collect();
        assert_eq!(verdicts.join(" "), *expected.get(name.as_str()).unwrap_or(&"completed"), "{name}");
    }
}

#[test]
fn what_did_not_finish_says_why() {
    let cases = [
        ("i1-max-turns", "Reached maximum number of turns (2)", true),
        ("i2-max-budget", "Reached maximum budget ($0.5)", true),
        ("l1-sigint", "The turn was interrupted.", false),
        ("h7-404", "There's an issue with the selected model", false),
    ];
    for (name, error, is_limit) in cases {
        let translations = translations(name);
        let end = ends(&translations)[0];
        assert!(end.error.as_ref().unwrap().contains(error), "{name}: {end:?}");
        assert_eq!((end.is_ok, end.is_limit, end.is_login_problem), (false, is_limit, false), "{name}");
        let is_error =
            |event: &EventBody| matches!(event, EventBody::Error { message, .. } if message.contains(error));
        assert_eq!(events(name).iter().filter(|event| is_error(event)).count(), 1, "{name}: told once");
    }
}

#[test]
fn a_turn_with_tools_becomes_calls_results_and_words() {
    let events = events("b1-tools");
    let kinds: Vec<&str> = events.iter().map(EventBody::kind).collect();
    let expected =
        "LOG MESSAGE TOOL_CALL TOOL_RESULT TOOL_CALL TOOL_RESULT TOOL_CALL TOOL_RESULT TOOL_CALL TOOL_RESULT";
    assert!(kinds.join(" ").starts_with(expected), "{kinds:?}");
    assert!(kinds.join(" ").ends_with("MESSAGE USAGE"), "{kinds:?}");
    let detail_of = |wanted: &str| {
        let id = events.iter().find_map(|event| match event {
            EventBody::ToolCall { tool_use_id, name, .. } if name == wanted => Some(tool_use_id.clone()),
            _ => None,
        });
        let result = events.iter().find_map(|event| match event {
            EventBody::ToolResult { tool_use_id, detail, .. } if Some(tool_use_id) == id.as_ref() => {
                Some(detail.clone())
            }
            _ => None,
        });
        result.unwrap().unwrap()
    };
    let edit = detail_of("Edit");
    assert_eq!(edit["structuredPatch"][0]["lines"][1], "-line2");
    assert!(edit.get("originalFile").is_none());
    assert_eq!(detail_of("Read")["file"]["totalLines"], 4);
    let failed =
        events.iter().find(|event| matches!(event, EventBody::ToolResult { is_error: true, .. })).unwrap();
    assert!(matches!(failed, EventBody::ToolResult { content, .. } if content == "Exit code 3\nout\nerr"));
}

#[test]
fn every_request_is_answered_once_under_its_own_id() {
    for (name, bytes) in captures() {
        for line in bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| line.starts_with(b"{\"type\":\"control_request\""))
        {
            let request: serde_json::Value = serde_json::from_slice(line).unwrap();
            let translation = translate(line);
            let Signal::Reply { command_id, bytes } = &translation.signals[0] else {
                panic!("{name}: no reply")
            };
            let answer: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            assert!(bytes.ends_with(b"\n"));
            assert_eq!(answer["response"]["request_id"], request["request_id"]);
            assert!(command_id.contains(request["request_id"].as_str().unwrap()));
            let is_ask = request["request"]["subtype"] == "can_use_tool";
            assert_eq!(answer["response"]["response"]["behavior"] == "deny", is_ask, "{name}");
            let is_denied =
                |event: &EventBody| matches!(event, EventBody::Approval { state: ApprovalState::Denied, .. });
            assert_eq!(translation.events.iter().any(is_denied), is_ask, "{name}");
        }
    }
}

#[test]
fn partial_text_is_what_is_stored_in_the_end() {
    let mut partial = String::new();
    let mut checked = 0;
    for translation in translations("c1-partial") {
        let text = translation.events.iter().find_map(|event| match event {
            EventBody::Message { text, .. } => Some(text.clone()),
            _ => None,
        });
        if let Some(text) = text {
            assert_eq!(partial, text);
            checked += 1;
        }
        for signal in translation.signals {
            match signal {
                Signal::Partial(Partial::Reset) => partial.clear(),
                Signal::Partial(Partial::Text(more)) => partial.push_str(&more),
                _ => {}
            }
        }
    }
    assert!(checked > 1, "{checked}");
}

#[test]
fn retries_are_progress() {
    let events = events("h3-500");
    let retry = events.iter().find(|event| event.kind() == "PROGRESS").unwrap();
    let EventBody::Progress { phase, step: Some(1), total: Some(_), message } = retry else {
        panic!("{retry:?}")
    };
    assert_eq!(phase, "retry");
    assert!(message.contains("500"), "{message}");
}

#[test]
fn a_subagents_words_say_whose_they_are() {
    let events = events("m7-nobg");
    let parents = events.iter().filter(|event| match event {
        EventBody::ToolCall { parent_tool_use_id, .. } | EventBody::Message { parent_tool_use_id, .. } => {
            parent_tool_use_id.is_some()
        }
        _ => false,
    });
    assert!(parents.count() > 0);
}

#[test]
fn a_turn_begins_with_its_session_and_model() {
    let translations = translations("g1-sid");
    let start =
        translations.iter().flat_map(|translation| &translation.signals).find_map(|signal| match signal {
            Signal::TurnStarted(start) => Some(start),
            _ => None,
        });
    let start = start.unwrap();
    assert!(start.session_id.is_some() && start.model.as_deref() == Some("claude-opus-5-5"), "{start:?}");
}

#[test]
fn costs_and_tokens_are_the_agents_own() {
    let translations = translations("e1-multi");
    let costs: Vec<f64> = ends(&translations).iter().map(|end| end.usage.cost_usd).collect();
    assert_eq!(costs, [0.0008, 0.0016, 0.0032]);
    assert_eq!(ends(&translations)[2].usage.input_tokens, 200);
}
