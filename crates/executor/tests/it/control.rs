//! The conversation with a running agent: asks, messages, interrupts, modes and the board's tools, with the scripted
//! agent over a real shim.

use std::collections::{BTreeMap, VecDeque};

use domain::{AgentAdapter, EventBody, MessageRole, PermissionMode, Progress};
use executor::{
    Ack, Adapter, AgentLine, Ask, AskAnswer, AskKind, BoardAction, BoardCall, ExitOutcome, ExitRecord,
    JournalTail, RunCommand, RunEnd, Signal, TailEntry, TurnEnd, UserMessage, adapter_for,
    interrupt_request_id, mode_request_id, recall_request_id,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    lab::{BOUND, Lab, eventually},
    scripted::spec,
};

/// A run in conversation. What is read is acted on in order: replies at once, the rest by the test.
struct Talk {
    lab: Lab,
    tail: JournalTail,
    signals: VecDeque<Signal>,
    events: Vec<EventBody>,
    end: Option<RunEnd>,
    command_count: u32,
}

fn agent() -> &'static dyn Adapter {
    adapter_for(AgentAdapter::Scripted)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

impl Talk {
    /// The first message has the nil id.
    async fn begin(lab: Lab, steps: &Value) -> Self {
        lab.start_new(&spec(&lab, "go", steps)).await;
        let tail = JournalTail::open(&lab.dir(), 0);
        Self { lab, tail, signals: VecDeque::new(), events: Vec::new(), end: None, command_count: 0 }
    }

    async fn send(&mut self, bytes: Vec<u8>) {
        self.command_count += 1;
        let command_id = format!("command {}", self.command_count);
        assert_eq!(
            self.lab.handle().send(&command_id, RunCommand::WriteStdin(bytes)).await.unwrap(),
            Ack::Applied
        );
    }

    async fn say(&mut self, number: u128, text: &str) {
        self.send(agent().user_message(id(number), &UserMessage::text(text))).await;
    }

    async fn answer(&mut self, ask: &Ask, answer: AskAnswer) {
        self.send(agent().answer_ask(&ask.request_id, &ask.channel, &ask.tool_input, &answer)).await;
    }

    /// Reads on until a signal that is looked for; those before it are passed over.
    async fn next<T>(&mut self, what: &str, look: impl Fn(&Signal) -> Option<T>) -> T {
        loop {
            let found = std::iter::from_fn(|| self.signals.pop_front()).find_map(|signal| look(&signal));
            if let Some(found) = found {
                return found;
            }
            assert!(self.end.is_none(), "the run ended without {what}: {:?}", self.events);
            self.read().await;
        }
    }

    async fn read(&mut self) {
        let batch = tokio::time::timeout(BOUND, self.tail.next_batch(100_000)).await.unwrap().unwrap();
        for record in batch.records {
            let TailEntry::Line { stream, bytes, is_truncated, .. } = record.entry else { continue };
            let translation = agent().translate(AgentLine { stream, bytes: &bytes, is_truncated });
            assert!(!translation.signals.contains(&Signal::Unknown), "{}", String::from_utf8_lossy(&bytes));
            for signal in &translation.signals {
                self.reply(signal).await;
            }
            self.signals.extend(translation.signals);
            self.events.extend(translation.events);
        }
        self.end = batch.end;
    }

    async fn reply(&self, signal: &Signal) {
        let Signal::Reply { command_id, bytes } = signal else { return };
        let command = RunCommand::WriteStdin(bytes.clone());
        assert_eq!(self.lab.handle().send(command_id, command).await.unwrap(), Ack::Applied);
    }

    async fn ask(&mut self) -> Ask {
        let ask = |signal: &Signal| if let Signal::Asked(ask) = signal { Some(ask.clone()) } else { None };
        self.next("an ask", ask).await
    }

    async fn turn_end(&mut self) -> TurnEnd {
        let end =
            |signal: &Signal| if let Signal::TurnEnded(end) = signal { Some(end.clone()) } else { None };
        self.next("the end of a turn", end).await
    }

    async fn wait_for(&mut self, signal: Signal) {
        self.next(&format!("{signal:?}"), |seen| (*seen == signal).then_some(())).await;
    }

    async fn activity(&mut self, wanted: &str) {
        let said = |signal: &Signal| match signal {
            Signal::Activity(activity) if activity.verb == wanted => Some(()),
            _ => None,
        };
        self.next(wanted, said).await;
    }

    /// Ends the session and reads to its end.
    async fn finish(mut self) -> (Lab, Vec<EventBody>, Vec<Signal>, ExitRecord) {
        let command = RunCommand::CloseStdin { last_words: agent().last_words() };
        assert_eq!(self.lab.handle().send("close", command).await.unwrap(), Ack::Applied);
        while self.end.is_none() {
            self.read().await;
        }
        let Some(RunEnd::Exited(exit)) = self.end else { panic!("lost") };
        (self.lab, self.events, self.signals.into(), exit)
    }
}

fn words(events: &[EventBody]) -> Vec<&str> {
    let words = |event| match event {
        &EventBody::Message { role: MessageRole::Assistant, ref text, .. } => Some(text.as_str()),
        _ => None,
    };
    events.iter().filter_map(words).collect()
}

fn results(events: &[EventBody]) -> Vec<(bool, &str)> {
    let result = |event| match event {
        &EventBody::ToolResult { is_error, ref content, .. } => Some((is_error, content.as_str())),
        _ => None,
    };
    events.iter().filter_map(result).collect()
}

fn bash(command: &str) -> Value {
    json!({ "ask": { "tool": "Bash", "input": { "command": command } } })
}

fn allow() -> AskAnswer {
    AskAnswer::Allow { updated_input: None, mode: None }
}

fn deny(message: &str, is_stop: bool) -> AskAnswer {
    AskAnswer::Deny { message: message.to_owned(), is_stop }
}

#[tokio::test]
async fn a_call_runs_as_it_was_allowed_or_not_at_all() {
    let steps =
        json!([bash("echo a >> ran"), bash("echo b >> ran"), bash("echo c >> ran"), { "say": "end" }]);
    let mut talk = Talk::begin(Lab::new(), &steps).await;
    let ask = talk.ask().await;
    assert_eq!(
        (ask.kind.clone(), ask.tool_input["command"].as_str()),
        (AskKind::Tool, Some("echo a >> ran"))
    );
    talk.answer(&ask, allow()).await;
    let ask = talk.ask().await;
    let updated_input = Some(json!({ "command": "echo edited >> ran" }));
    talk.answer(&ask, AskAnswer::Allow { updated_input, mode: None }).await;
    let ask = talk.ask().await;
    talk.answer(&ask, deny("not that", false)).await;
    assert!(talk.turn_end().await.is_ok);
    let (lab, events, _, exit) = talk.finish().await;
    assert_eq!(std::fs::read_to_string(lab.file("ran")).unwrap(), "a\nedited\n");
    let [(false, first), (false, second), (true, "not that")] = results(&events)[..] else {
        panic!("{events:?}")
    };
    assert!(first.contains("echo a >> ran") && second.contains("echo edited >> ran"));
    assert_eq!(words(&events), ["end"]);
    assert_eq!(exit.outcome, ExitOutcome::Exited { code: 0 });
}

#[tokio::test]
async fn a_denial_can_stop_the_turn() {
    let steps = json!([bash("touch ran"), { "say": "not reached" }, "next_message", "echo"]);
    let mut talk = Talk::begin(Lab::new(), &steps).await;
    let ask = talk.ask().await;
    talk.answer(&ask, deny("stop it", true)).await;
    let end = talk.turn_end().await;
    assert!(!end.is_ok && end.is_aborted() && !end.is_limit, "{end:?}");
    talk.say(2, "something else").await;
    assert!(talk.turn_end().await.is_ok);
    let (lab, events, _, exit) = talk.finish().await;
    assert!(!lab.file("ran").exists());
    assert_eq!(words(&events), ["something else"]);
    assert_eq!(exit.outcome, ExitOutcome::Exited { code: 0 });
}

#[tokio::test]
async fn questions_and_plans_are_answered() {
    let question = json!({ "questions": [
        { "question": "Which?", "header": "Which", "options": [{ "label": "A" }, { "label": "B" }], "multiSelect": false },
    ] });
    let steps = json!([
        { "ask": { "tool": "AskUserQuestion", "input": question } },
        { "ask": { "tool": "AskUserQuestion", "input": question } },
        { "ask": { "tool": "ExitPlanMode", "input": { "plan": "# First" } } },
        { "ask": { "tool": "ExitPlanMode", "input": { "plan": "# Second" }, "is_subagent": true } },
    ]);
    let mut talk = Talk::begin(Lab::new(), &steps).await;
    let ask = talk.ask().await;
    let AskKind::Question(items) = &ask.kind else { panic!("{ask:?}") };
    assert_eq!(items[0].options.len(), 2);
    let answers = BTreeMap::from([("Which?".to_owned(), "neither".to_owned())]);
    talk.answer(&ask, AskAnswer::Answers(answers)).await;
    let ask = talk.ask().await;
    talk.answer(&ask, AskAnswer::Declined { message: "decide yourself".to_owned() }).await;
    let ask = talk.ask().await;
    assert_eq!((ask.kind.clone(), ask.tool_input["plan"].as_str()), (AskKind::Plan, Some("# First")));
    talk.answer(&ask, deny("more tests", false)).await;
    let ask = talk.ask().await;
    assert!(ask.is_subagent);
    let mode = Some(PermissionMode::AcceptEdits);
    talk.answer(&ask, AskAnswer::Allow { updated_input: None, mode }).await;
    talk.wait_for(Signal::ModeChanged { mode: PermissionMode::AcceptEdits }).await;
    talk.turn_end().await;
    let (_, events, ..) = talk.finish().await;
    let [(false, answered), (true, "decide yourself"), (true, "more tests"), (false, approved)] =
        results(&events)[..]
    else {
        panic!("{events:?}")
    };
    assert!(answered.contains(r#""answers":{"Which?":"neither"}"#), "{answered}");
    assert!(approved.contains("# Second"), "{approved}");
}

#[tokio::test]
async fn a_message_is_folded_into_the_turn_at_the_next_call() {
    let steps = json!([
        { "think": "waiting" }, { "wait_for_file": "go" }, { "run": "true" }, "echo", { "wait_for_file": "on" }
    ]);
    let mut talk = Talk::begin(Lab::new(), &steps).await;
    talk.wait_for(Signal::MessageTaken { message_id: Uuid::nil() }).await;
    talk.activity("thinking").await;
    talk.say(2, "steer left").await;
    talk.say(2, "dropped: an id serves once").await;
    std::fs::write(talk.lab.file("go"), "").unwrap();
    talk.wait_for(Signal::MessageTaken { message_id: id(2) }).await;
    // Too late for the last call: it becomes the next turn.
    talk.activity("writing").await;
    talk.say(3, "and then").await;
    talk.send(agent().set_mode(&mode_request_id(id(9)), PermissionMode::Plan)).await;
    talk.wait_for(Signal::ModeChanged { mode: PermissionMode::Plan }).await;
    std::fs::write(talk.lab.file("on"), "").unwrap();
    assert_eq!(talk.turn_end().await.result.as_deref(), Some("steer left"));
    talk.wait_for(Signal::MessageTaken { message_id: id(3) }).await;
    talk.wait_for(Signal::ModeChanged { mode: PermissionMode::Plan }).await;
    assert!(talk.turn_end().await.is_ok);
    let (_, events, ..) = talk.finish().await;
    assert_eq!(words(&events), ["steer left", "The script has ended."]);
}

#[tokio::test]
async fn a_message_can_be_had_back_until_it_is_taken() {
    let steps = json!([{ "think": "waiting" }, { "wait_for_file": "go" }, { "run": "true" }, "echo"]);
    let mut talk = Talk::begin(Lab::new(), &steps).await;
    talk.activity("thinking").await;
    talk.say(2, "two").await;
    talk.say(3, "three").await;
    talk.send(agent().recall_message(&recall_request_id(id(2), 1), id(2))).await;
    talk.wait_for(Signal::MessageRecalled { message_id: id(2), is_recalled: true }).await;
    talk.send(agent().recall_message(&recall_request_id(Uuid::nil(), 1), Uuid::nil())).await;
    talk.wait_for(Signal::MessageRecalled { message_id: Uuid::nil(), is_recalled: false }).await;
    std::fs::write(talk.lab.file("go"), "").unwrap();
    talk.wait_for(Signal::MessageTaken { message_id: id(3) }).await;
    talk.turn_end().await;
    talk.send(agent().recall_message(&recall_request_id(id(3), 1), id(3))).await;
    talk.wait_for(Signal::MessageRecalled { message_id: id(3), is_recalled: false }).await;
    let (_, events, ..) = talk.finish().await;
    assert_eq!(words(&events), ["three"]);
}

#[tokio::test]
async fn an_interrupt_stops_the_turn_and_the_queue_goes_on() {
    let hanging = [json!("hang"), json!({ "wait_ms": 1_000_000 }), json!({ "wait_for_file": "never" })];
    for step in hanging {
        let steps = json!([{ "think": "now" }, step, { "say": "not reached" }, "next_message", "echo"]);
        let mut talk = Talk::begin(Lab::new(), &steps).await;
        talk.activity("thinking").await;
        let interrupt = agent().interrupt(&interrupt_request_id(id(9)), false);
        let message = agent().user_message(id(2), &UserMessage::text("do this"));
        talk.send([interrupt, message].concat()).await;
        assert!(talk.turn_end().await.is_aborted(), "{step}");
        talk.wait_for(Signal::MessageTaken { message_id: id(2) }).await;
        assert!(talk.turn_end().await.is_ok);
        let (_, events, ..) = talk.finish().await;
        assert_eq!(words(&events), ["do this"]);
    }
}

#[tokio::test]
async fn an_interrupt_can_empty_the_queue() {
    let stream = json!({ "stream": { "text": "word ".repeat(1000), "delay_ms": 50 } });
    let mut talk = Talk::begin(Lab::new(), &json!([stream])).await;
    talk.activity("writing").await;
    talk.say(2, "two").await;
    talk.send(agent().interrupt(&interrupt_request_id(id(9)), true)).await;
    talk.wait_for(Signal::MessageRecalled { message_id: id(2), is_recalled: true }).await;
    let end = talk.turn_end().await;
    assert_eq!((end.reason.as_str(), end.is_ok), ("aborted_streaming", false));
    let (_, events, _, exit) = talk.finish().await;
    assert!(words(&events).is_empty());
    // The last turn was not finished, and the real one says so, too.
    assert_eq!(exit.outcome, ExitOutcome::Exited { code: 1 });
}

#[tokio::test]
async fn an_interrupt_between_turns_is_harmless() {
    let mut talk = Talk::begin(Lab::new(), &json!(["next_message", "echo"])).await;
    talk.turn_end().await;
    talk.send(agent().interrupt(&interrupt_request_id(id(9)), false)).await;
    talk.say(2, "two").await;
    assert!(talk.turn_end().await.is_ok);
    let (_, events, ..) = talk.finish().await;
    assert_eq!(words(&events), ["two"]);
}

#[tokio::test]
async fn an_interrupt_takes_back_what_was_asked() {
    let ask_user = json!({ "call_board": { "tool": "ask_user", "input": { "question": "Which?" } } });
    let steps = json!([bash("touch ran"), "next_message", ask_user, "next_message", { "say": "end" }]);
    let mut talk = Talk::begin(Lab::new(), &steps).await;
    let ask = talk.ask().await;
    talk.send(agent().interrupt(&interrupt_request_id(id(8)), false)).await;
    talk.wait_for(Signal::AskWithdrawn { request_id: ask.request_id.clone() }).await;
    assert!(talk.turn_end().await.is_aborted());
    talk.answer(&ask, allow()).await;
    talk.say(2, "two").await;
    let ask = talk.ask().await;
    let executor::AskChannel::Tool { rpc_id } = ask.channel else { panic!("{ask:?}") };
    talk.send(agent().interrupt(&interrupt_request_id(id(9)), false)).await;
    talk.wait_for(Signal::CallWithdrawn { rpc_id }).await;
    assert!(talk.turn_end().await.is_aborted());
    talk.say(3, "three").await;
    assert!(talk.turn_end().await.is_ok);
    let (lab, events, ..) = talk.finish().await;
    assert!(!lab.file("ran").exists(), "a late answer means nothing");
    assert_eq!(words(&events), ["end"]);
}

#[tokio::test]
async fn the_boards_tools_are_called_and_answered() {
    let call = |tool: &str, input: Value| json!({ "call_board": { "tool": tool, "input": input } });
    let steps = json!([
        call("report_progress", json!({ "phase": "reading", "step": 1, "total": 3 })),
        call("set_criterion", json!({ "criterion": 2, "done": true, "evidence": "cargo test" })),
        call(
            "ask_user",
            json!({ "question": "Which?", "options": ["a", { "label": "b", "description": "B" }] })
        ),
        call("set_criterion", json!({ "criterion": "x" })),
        call("dance", json!({})),
    ]);
    let mut talk = Talk::begin(Lab::new(), &steps).await;
    let board_call = |signal: &Signal| match signal {
        Signal::BoardCall(call) => Some(call.clone()),
        _ => None,
    };
    let BoardCall { request_id, rpc_id, action, tool_use_id } = talk.next("a call", board_call).await;
    let progress = Progress { phase: "reading".to_owned(), step: Some(1), total: Some(3), message: None };
    assert_eq!(action, BoardAction::ReportProgress(progress));
    assert!(tool_use_id.is_some());
    talk.send(agent().answer_call(&request_id, &rpc_id, "Noted.", false)).await;
    let BoardCall { request_id, rpc_id, action, .. } = talk.next("a call", board_call).await;
    let BoardAction::SetCriterion { criterion, is_done: true, evidence: Some(_) } = action else {
        panic!("{action:?}")
    };
    assert_eq!(criterion, "2");
    talk.send(agent().answer_call(&request_id, &rpc_id, "There is no such line.", true)).await;
    let ask = talk.ask().await;
    assert_eq!(ask.tool_name, "mcp__board__ask_user");
    let answers = BTreeMap::from([("Which?".to_owned(), "a, but quickly".to_owned())]);
    talk.answer(&ask, AskAnswer::Answers(answers)).await;
    assert!(talk.turn_end().await.is_ok);
    let (_, events, ..) = talk.finish().await;
    let [(false, "Noted."), (true, "There is no such line."), (false, "a, but quickly"), bad, unknown] =
        results(&events)[..]
    else {
        panic!("{events:?}")
    };
    assert!(bad.0 && bad.1.contains("done"), "{bad:?}");
    assert!(unknown.0 && unknown.1.contains("No such tool"), "{unknown:?}");
}

#[tokio::test]
async fn a_mode_that_is_refused_stays_as_it_was() {
    let steps = json!([{ "refuse_mode": "bypassPermissions" }, { "think": "x" }, { "wait_for_file": "go" }]);
    let mut talk = Talk::begin(Lab::new(), &steps).await;
    talk.activity("thinking").await;
    talk.activity("thinking").await;
    talk.send(agent().set_mode(&mode_request_id(id(1)), PermissionMode::Bypass)).await;
    let refused = |signal: &Signal| match signal {
        Signal::ModeRefused { message } => Some(message.clone()),
        _ => None,
    };
    assert!(talk.next("a refusal", refused).await.contains("bypassPermissions"));
    talk.send(agent().set_mode(&mode_request_id(id(2)), PermissionMode::AcceptEdits)).await;
    talk.wait_for(Signal::ModeChanged { mode: PermissionMode::AcceptEdits }).await;
    std::fs::write(talk.lab.file("go"), "").unwrap();
    talk.turn_end().await;
    talk.finish().await;
}

#[tokio::test]
async fn an_ask_waits_for_the_next_reader() {
    let mut talk = Talk::begin(Lab::new(), &json!([bash("echo x >> ran"), { "say": "end" }])).await;
    let ask = talk.ask().await;
    // Another reader, from the beginning on, sees the same ask; the answer is applied once.
    let lab = talk.lab;
    let tail = JournalTail::open(&lab.dir(), 0);
    let mut talk =
        Talk { lab, tail, signals: VecDeque::new(), events: Vec::new(), end: None, command_count: 0 };
    assert_eq!(talk.ask().await, ask);
    let bytes = agent().answer_ask(&ask.request_id, &ask.channel, &ask.tool_input, &allow());
    let send = async |expected: Ack| {
        let command = RunCommand::WriteStdin(bytes.clone());
        assert_eq!(talk.lab.handle().send("answer-1", command).await.unwrap(), expected);
    };
    send(Ack::Applied).await;
    send(Ack::Duplicate).await;
    talk.turn_end().await;
    let (lab, ..) = talk.finish().await;
    eventually("the command", || (std::fs::read_to_string(lab.file("ran")).ok()? == "x\n").then_some(()))
        .await;
}
