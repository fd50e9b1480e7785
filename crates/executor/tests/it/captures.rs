//! Every recorded line of the real agent is understood, and every turn's end is judged rightly.

use std::{collections::BTreeMap, path::PathBuf};

use domain::{AgentAdapter, EventBody};
use executor::{
    AgentLine, Ask, AskChannel, AskKind, BoardAction, BoardCall, OutputStream, Partial, Signal, Translation,
    TurnEnd, adapter_for,
};
use serde_json::Value;

pub(crate) fn captures() -> BTreeMap<String, Vec<u8>> {
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
    assert_eq!(captures.len(), 73);
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
        ("t2-interrupt-queued", "!aborted_tools completed"),
        ("t2b-interrupt-recalled", "!aborted_tools"),
        ("t3-board", "!aborted_tools"),
        ("t4-resume-missing", "!error_during_execution"),
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
        // An interrupt is somebody's wish and no error.
        let tells = |event: &EventBody| match event {
            EventBody::Error { message, .. } => message.contains(error) && !end.is_aborted(),
            EventBody::Log { message, .. } => message.contains(error) && end.is_aborted(),
            _ => false,
        };
        assert_eq!(events(name).iter().filter(|event| tells(event)).count(), 1, "{name}: told once");
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

/// What the board has to act on, in a word each.
fn acts(name: &str) -> String {
    let signals = translations(name).into_iter().flat_map(|translation| translation.signals);
    signals.filter_map(act).collect::<Vec<_>>().join(" ")
}

fn act(signal: Signal) -> Option<String> {
    let last = |id: uuid::Uuid| id.to_string()[34..].to_owned();
    match signal {
        Signal::Asked(Ask { kind: AskKind::Tool, tool_name, is_subagent, .. }) => {
            Some(format!("ask:{tool_name}{}", if is_subagent { "*" } else { "" }))
        }
        Signal::Asked(Ask { kind: AskKind::Plan, .. }) => Some("plan".to_owned()),
        Signal::Asked(Ask { kind: AskKind::Question(items), .. }) => {
            Some(format!("question:{}", items.len()))
        }
        Signal::AskWithdrawn { .. } => Some("withdrawn".to_owned()),
        Signal::CallWithdrawn { rpc_id } => Some(format!("withdrawn:{rpc_id}")),
        Signal::MessageTaken { message_id } => Some(format!("taken:{}", last(message_id))),
        Signal::MessageRecalled { message_id, is_recalled } => {
            Some(format!("{}:{}", if is_recalled { "recalled" } else { "too-late" }, last(message_id)))
        }
        Signal::ModeChanged { mode } => Some(format!("mode:{mode:?}")),
        Signal::ModeRefused { .. } => Some("mode-refused".to_owned()),
        Signal::BoardCall(BoardCall { action: BoardAction::ReportProgress(_), .. }) => {
            Some("progress".to_owned())
        }
        Signal::BoardCall(BoardCall { action: BoardAction::SetCriterion { .. }, .. }) => {
            Some("criterion".to_owned())
        }
        Signal::Reply { .. } => Some("reply".to_owned()),
        Signal::TurnEnded(end) => Some(if end.is_aborted() { "aborted" } else { "end" }.to_owned()),
        Signal::TurnStarted(_) | Signal::Activity(_) | Signal::Partial(_) | Signal::Unknown => None,
    }
}

/// `*` marks a subagent; a message is named by the end of its id.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_the_board_has_to_act_on_comes_in_order() {
    let cases = [
        ("d2-unanswered", "mode:Interactive ask:Bash end"),
        ("d8-subagent-ask", "mode:Interactive ask:Bash* end"),
        (
            "d5-pending",
            "mode:Interactive ask:Bash withdrawn aborted mode:Interactive ask:Bash mode:Bypass end \
             mode:Interactive mode:Interactive ask:Bash end",
        ),
        ("e7-interrupt-cancelq", "mode:Interactive recalled:11 aborted"),
        ("f1-ask", "mode:Interactive question:2 question:2 question:2 end"),
        ("f2-ask-unanswered", "mode:Interactive question:1 end"),
        ("f3-ask-bypass", "mode:Bypass question:2 end"),
        ("f5-plan", "mode:Plan ask:Write plan plan ask:Write end"),
        ("f5b-plan-approve", "mode:Plan ask:Bash plan mode:AcceptEdits end"),
        (
            "d1-control",
            "mode:Interactive ask:Write ask:Bash ask:Bash ask:Read aborted mode:AcceptEdits mode:Plan taken:2c \
             mode:Plan ask:WebFetch end",
        ),
        (
            "d4-odd-answers",
            "mode:Interactive ask:Bash ask:Bash ask:Bash ask:Bash ask:Bash ask:Bash ask:Bash end",
        ),
        (
            "e1-multi",
            "taken:11 mode:AcceptEdits taken:11 end taken:11 mode:AcceptEdits taken:c3 end taken:33 \
             mode:AcceptEdits taken:33 taken:44 taken:44 taken:44 end taken:33",
        ),
        (
            "e2-queue",
            "mode:Interactive taken:af end taken:11 taken:11 taken:11 mode:Interactive taken:11 end taken:11 \
             taken:11",
        ),
        (
            "e3-now",
            "mode:Interactive aborted mode:Interactive taken:3e end mode:Interactive taken:9e end \
             mode:Interactive taken:03 end",
        ),
        (
            "e4-interrupt",
            "mode:Interactive end mode:Interactive end mode:Interactive end taken:11 mode:Interactive end \
             taken:11 taken:11 mode:Interactive end taken:11",
        ),
        (
            "t1-recall",
            "reply reply reply taken:01 mode:Bypass recalled:02 recalled:02 too-late:02 too-late:01 too-late:09 \
             taken:03 taken:03 end taken:01",
        ),
        (
            "t2-interrupt-queued",
            "reply reply reply taken:01 mode:Bypass aborted recalled:01 taken:02 taken:03 mode:Bypass end taken:02 \
             taken:03",
        ),
        (
            "t2b-interrupt-recalled",
            "reply reply reply taken:01 mode:Bypass recalled:02 recalled:03 recalled:02 recalled:03 aborted \
             recalled:01",
        ),
        (
            "t3-board",
            "reply reply reply taken:01 mode:Plan reply progress reply criterion reply question:1 reply question:1 \
             reply withdrawn:5 aborted recalled:01",
        ),
        ("t4-resume-missing", "end"),
        (
            "t5-modes",
            "reply reply reply taken:01 mode:Interactive end taken:01 mode:AcceptEdits mode:AcceptEdits \
             mode:AcceptEdits mode-refused",
        ),
    ];
    for (name, expected) in cases {
        assert_eq!(acts(name), expected, "{name}");
    }
}

/// Requests that the program waits on: each is answered at once under its own id, or is for the board.
#[test]
fn no_request_hangs() {
    let mut counts = (0, 0);
    for (name, bytes) in captures() {
        for line in bytes.split(|byte| *byte == b'\n') {
            let Ok(request) = serde_json::from_slice::<Value>(line) else { continue };
            if request["type"] != "control_request" {
                continue;
            }
            let wanted = request["request_id"].as_str().unwrap();
            let translation = translate(line);
            match translation.signals.as_slice() {
                [Signal::Reply { command_id, bytes }, ..] => {
                    let answer: Value = serde_json::from_slice(bytes).unwrap();
                    assert!(bytes.ends_with(b"\n") && command_id.contains(wanted), "{name}");
                    assert_eq!(answer["response"]["request_id"], wanted, "{name}");
                    counts.0 += 1;
                }
                [Signal::Asked(Ask { request_id, .. }) | Signal::BoardCall(BoardCall { request_id, .. })] => {
                    assert_eq!(request_id, wanted, "{name}");
                    assert!(translation.events.is_empty(), "the board tells it, under its own id");
                    counts.1 += 1;
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }
    assert!(counts.0 > 20 && counts.1 > 50, "{counts:?}");
}

fn asks(name: &str) -> Vec<Ask> {
    let signals = translations(name).into_iter().flat_map(|translation| translation.signals);
    signals.filter_map(|signal| if let Signal::Asked(ask) = signal { Some(ask) } else { None }).collect()
}

#[test]
fn an_ask_has_everything_that_a_person_needs() {
    let [ask] = &asks("d8-subagent-ask")[..] else { panic!("one ask") };
    assert_eq!(ask.tool_input["command"], "touch subfile");
    assert_eq!((ask.description.as_deref(), ask.is_subagent), (Some("s"), true));
    assert!(ask.tool_use_id.as_deref().unwrap().starts_with("toolu_"));
    assert_eq!(ask.channel, AskChannel::Permission);

    let AskKind::Question(items) = &asks("f1-ask")[0].kind else { panic!("no question") };
    assert_eq!((items[0].question.as_str(), items[0].header.as_deref()), ("Which DB?", Some("DB")));
    assert_eq!(items[0].options[1].label, "SQLite");
    assert_eq!(items[0].options[1].description.as_deref(), Some("s"));
    assert_eq!((items[0].multi_select, items[1].multi_select), (false, true));

    let plan = &asks("f5b-plan-approve")[1];
    assert!(plan.tool_input["plan"].as_str().unwrap().contains('#'), "{plan:?}");
}

#[test]
fn a_withdrawal_names_what_was_asked() {
    let signals: Vec<Signal> =
        translations("d5-pending").into_iter().flat_map(|translation| translation.signals).collect();
    let withdrawn = signals.iter().find_map(|signal| match signal {
        Signal::AskWithdrawn { request_id } => Some(request_id),
        _ => None,
    });
    assert_eq!(withdrawn, Some(&asks("d5-pending")[0].request_id));
    let Some(Ask { channel: AskChannel::Tool { rpc_id }, .. }) = asks("t3-board").pop() else {
        panic!("no call")
    };
    assert!(acts("t3-board").contains(&format!("withdrawn:{rpc_id}")));
}

/// Calls of a server of tools, recorded before it had its name.
#[test]
fn a_call_that_waited_for_minutes_is_a_question() {
    let text = String::from_utf8(captures()["j6-sdk-mcp-unanswered"].clone()).unwrap();
    let text = text.replace("\"srv\"", "\"board\"").replace("\"ask_owner\"", "\"ask_user\"");
    let signals: Vec<Signal> = text.lines().flat_map(|line| translate(line.as_bytes()).signals).collect();
    let asked: Vec<&Ask> = signals
        .iter()
        .filter_map(|signal| if let Signal::Asked(ask) = signal { Some(ask) } else { None })
        .collect();
    let [Ask { channel: AskChannel::Tool { rpc_id }, tool_use_id: Some(_), tool_name, .. }] = asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!((rpc_id, tool_name.as_str()), (&Value::from(2), "mcp__board__ask_user"));
}

#[test]
fn a_conversation_that_is_gone_is_told_from_other_failures() {
    let is_missing = |name: &str| ends(&translations(name))[0].is_conversation_missing();
    assert!(is_missing("t4-resume-missing"));
    assert!(!is_missing("h3-500") && !is_missing("l1-sigint") && !is_missing("a1-plain"));
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
