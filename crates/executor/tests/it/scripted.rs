//! The scripted agent, run as the server runs it: launched by its adapter, its requests answered, its lines translated.

use std::time::{Duration, Instant};

use domain::{AgentAdapter, AgentLimits, EventBody, MessageRole, PermissionMode, SessionId};
use executor::{
    Ack, AgentLine, Conversation, ExitOutcome, ExitRecord, JournalTail, LaunchRequest, OutputStream,
    RunCommand, RunEnd, RunSpec, Signal, TailEntry, Translation, TurnEnd, UserMessage, adapter_for,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::lab::{BOUND, Lab, lives, number_in};

/// What a whole run came to.
struct Story {
    events: Vec<EventBody>,
    ends: Vec<TurnEnd>,
    exit: ExitRecord,
    unknown_count: usize,
}

impl Story {
    fn kinds(&self) -> String {
        self.events.iter().map(EventBody::kind).collect::<Vec<_>>().join(" ")
    }

    fn words(&self) -> Vec<&str> {
        let words = |event| match event {
            &EventBody::Message { role: MessageRole::Assistant, ref text, .. } => Some(text.as_str()),
            _ => None,
        };
        self.events.iter().filter_map(words).collect()
    }
}

pub(crate) fn spec(lab: &Lab, prompt: &str, steps: &Value) -> RunSpec {
    let script = lab.file("script.json");
    std::fs::write(&script, json!({ "steps": steps }).to_string()).unwrap();
    adapter_for(AgentAdapter::Scripted).launch(LaunchRequest {
        run_id: lab.run_id,
        program: env!("CARGO_BIN_EXE_executor-roles").into(),
        leading_args: vec!["scripted-agent".to_owned()],
        cwd: lab.home.path().to_owned(),
        conversation: Conversation::New(SessionId::from(Uuid::nil())),
        prompt: UserMessage::text(prompt),
        add_dirs: Vec::new(),
        prompt_id: Uuid::nil(),
        mode: PermissionMode::Bypass,
        model: None,
        append_prompt: None,
        limits: AgentLimits::default(),
        env: Default::default(),
        env_remove: Vec::new(),
        extra_args: vec!["--script".to_owned(), script.display().to_string()],
        brought: None,
    })
}

/// Plays a script to its end. After each turn the next of `messages` is sent, and then the last words.
async fn play(lab: &Lab, prompt: &str, steps: &Value, messages: &[&str]) -> Story {
    lab.start_new(&spec(lab, prompt, steps)).await;
    let mut tail = JournalTail::open(&lab.dir(), 0);
    let (mut events, mut ends, mut unknown_count) = (Vec::new(), Vec::new(), 0);
    loop {
        let batch = tokio::time::timeout(BOUND, tail.next_batch(100_000)).await.unwrap().unwrap();
        for record in batch.records {
            let TailEntry::Line { stream, bytes, is_truncated, .. } = record.entry else { continue };
            let line = AgentLine { stream, bytes: &bytes, is_truncated };
            let translation = adapter_for(AgentAdapter::Scripted).translate(line);
            act(lab, &translation, &mut ends, messages).await;
            unknown_count += usize::from(translation.signals.contains(&Signal::Unknown));
            events.extend(translation.events);
        }
        match batch.end {
            Some(RunEnd::Exited(exit)) => return Story { events, ends, exit, unknown_count },
            Some(lost) => panic!("{lost:?}"),
            None => {}
        }
    }
}

async fn act(lab: &Lab, translation: &Translation, ends: &mut Vec<TurnEnd>, messages: &[&str]) {
    let adapter = adapter_for(AgentAdapter::Scripted);
    for signal in &translation.signals {
        match signal {
            Signal::Reply { command_id, bytes } => {
                let command = RunCommand::WriteStdin(bytes.clone());
                assert_eq!(lab.handle().send(command_id, command.clone()).await.unwrap(), Ack::Applied);
                assert_eq!(lab.handle().send(command_id, command).await.unwrap(), Ack::Duplicate);
            }
            Signal::TurnEnded(end) => {
                let command = match messages.get(ends.len()) {
                    Some(text) => {
                        let message = UserMessage::text(*text);
                        RunCommand::WriteStdin(adapter.user_message(Uuid::now_v7(), &message))
                    }
                    None => RunCommand::CloseStdin { last_words: adapter.last_words() },
                };
                ends.push(end.clone());
                lab.handle().send(&format!("after turn {}", ends.len()), command).await.unwrap();
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_script_edits_real_files_and_tells_it() {
    let lab = Lab::new();
    let steps = json!([
        { "think": "hm" },
        { "stream": { "text": "I will write a file.", "chars_per_delta": 5 } },
        { "write": { "path": "src/a.txt", "content": "one\ntwo\n" } },
        { "edit": { "path": "src/a.txt", "old": "two", "new": "three" } },
        { "edit": { "path": "src/a.txt", "old": "not there", "new": "x" } },
        { "write": { "path": "b.txt", "content": "b" } },
        { "delete": "b.txt" },
        { "run": "cat src/a.txt; echo problem >&2" },
        { "run": "exit 3" },
        "echo"
    ]);
    let story = play(&lab, "the prompt", &steps, &[]).await;
    assert_eq!(std::fs::read_to_string(lab.file("src/a.txt")).unwrap(), "one\nthree\n");
    assert!(!lab.file("b.txt").exists());
    let calls = "TOOL_CALL TOOL_RESULT ".repeat(7);
    assert_eq!(story.kinds(), format!("LOG THINKING MESSAGE {calls}MESSAGE USAGE"));
    assert_eq!(story.words(), ["I will write a file.", "the prompt"]);
    assert_eq!(story.unknown_count, 0);
    assert!(story.ends[0].is_ok && story.ends[0].result.as_deref() == Some("the prompt"));
    assert_eq!(story.exit.outcome, ExitOutcome::Exited { code: 0 });
    let failed = |event: &&EventBody| matches!(event, EventBody::ToolResult { is_error: true, .. });
    assert_eq!(story.events.iter().filter(failed).count(), 2);
    let patch = story.events.iter().find_map(|event| match event {
        EventBody::ToolResult { detail: Some(detail), .. } => {
            detail["structuredPatch"][0]["lines"].as_array().cloned()
        }
        _ => None,
    });
    assert_eq!(patch.unwrap(), [" one", "-two", "+three"]);
}

#[tokio::test]
async fn turns_follow_messages_and_errors_are_told() {
    let lab = Lab::new();
    let steps = json!([
        { "say": "first" }, "next_message", "echo", { "fail": { "message": "boom" } }, { "say": "third" },
        { "fail": { "message": "out of turns", "reason": "max_turns" } }
    ]);
    let story = play(&lab, "one", &steps, &["two", "three"]).await;
    assert_eq!(story.words(), ["first", "two", "third"]);
    let verdicts: Vec<_> =
        story.ends.iter().map(|end| (end.is_ok, end.is_limit, end.error.clone())).collect();
    let expected = [
        (true, false, None),
        (false, false, Some("boom".to_owned())),
        (false, true, Some("out of turns".to_owned())),
    ];
    assert_eq!(verdicts, expected);
    assert_eq!(story.exit.outcome, ExitOutcome::Exited { code: 1 });
}

#[tokio::test]
async fn many_messages_come_in_order() {
    let lab = Lab::new();
    let story = play(&lab, "go", &json!([{ "lines": { "count": 20_000 } }]), &[]).await;
    let words = story.words();
    assert_eq!(words.len(), 20_000);
    assert!(words.iter().enumerate().all(|(index, text)| *text == format!("line {index}")));
}

#[tokio::test]
async fn a_message_of_ten_megabytes_is_cut_in_the_event_only() {
    let lab = Lab::new();
    let story = play(&lab, "go", &json!([{ "long_line": { "megabytes": 10 } }]), &[]).await;
    let is_cut = |event: &EventBody| matches!(event, EventBody::Message { is_truncated: true, .. });
    assert!(story.events.iter().any(is_cut));
    assert!(story.exit.output_bytes > 10_000_000);
}

#[tokio::test]
async fn odd_lines_and_an_end_without_a_result_are_kept() {
    let lab = Lab::new();
    let steps = json!([{ "raw": "{\"type\":\"new\"}" }, { "raw": "no json" }, { "stderr": "trouble" }, { "exit": 9 }]);
    let story = play(&lab, "go", &steps, &[]).await;
    assert_eq!((story.kinds().as_str(), story.unknown_count), ("LOG LOG LOG LOG", 2));
    assert!(story.ends.is_empty());
    assert_eq!(story.exit.outcome, ExitOutcome::Exited { code: 9 });
}

#[tokio::test]
async fn a_stubborn_script_is_stopped_with_all_it_started() {
    let lab = Lab::new();
    let steps = json!([
        "ignore_sigterm",
        { "detach": { "seconds": 1000, "pid_file": "pid", "is_stubborn": true } },
        { "wait_for_file": "pid" },
        { "say": "hanging" },
        "hang"
    ]);
    lab.start_new(&spec(&lab, "go", &steps)).await;
    let detached = number_in(&lab.file("pid")).await;
    let began = Instant::now();
    lab.handle().send("stop", RunCommand::Stop { grace_ms: 500 }).await.unwrap();
    let (_, record) = lab.read_exit().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(record.outcome, ExitOutcome::Signalled { signal: 9 });
    assert!(record.was_stopped && !lives(detached));
}

#[tokio::test]
async fn without_a_script_it_plays_its_own() {
    let lab = Lab::new();
    let mut spec = spec(&lab, "go", &json!([]));
    spec.args.truncate(3);
    lab.start_new(&spec).await;
    lab.handle().send("end", RunCommand::CloseStdin { last_words: Vec::new() }).await.unwrap();
    let (records, record) = lab.read_exit().await;
    assert_eq!(record.outcome, ExitOutcome::Exited { code: 0 });
    assert!(crate::lab::lines(&records, OutputStream::Stdout).len() > 10);
    assert!(lab.file("NOTES-FROM-THE-DEMO.md").exists());
}

/// Whoever drives it by hand gives no ids.
#[test]
#[expect(clippy::disallowed_methods, reason = "the agent is run alone, without a shim")]
fn a_message_without_an_id_is_answered_too() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut command = Command::new(env!("CARGO_BIN_EXE_executor-roles"));
    command.arg("scripted-agent").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut agent = command.spawn().unwrap();
    let script = "```script\n{\"steps\": [{\"say\": \"heard\"}]}\n```";
    let message = json!({ "type": "user", "message": { "role": "user", "content": script } });
    writeln!(agent.stdin.take().unwrap(), "{message}").unwrap();
    let output = agent.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("heard"), "{output:?}");
}
