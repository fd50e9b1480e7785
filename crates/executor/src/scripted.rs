//! The scripted agent: plays a script file and speaks Claude Code's protocol, for the demo, tests and benchmarks.
//!
//! It edits real files, runs real commands, asks, fails, floods and hangs as its script says, costs nothing and does
//! the same each time. The format of a script is in this crate's `README.md`.

mod ears;
mod script;
mod tools;
mod voice;

use std::{
    io,
    process::ExitCode,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use self::{
    ears::{Ears, Heard},
    script::{Flood, Script, Step, Stream},
    tools::ToolCall,
    voice::Voice,
};
use crate::process;

/// Most text of a flood that waits before it is written.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// Plays a script. `args` are `--session-id <uuid>` and `--script <file>`, both optional; without a file, the script is
/// a fenced block marked `script` in the first message, and without that a small one of its own.
pub fn scripted_main(args: &[String]) -> ExitCode {
    match Actor::from_args(args).and_then(|mut actor| actor.play()) {
        Ok(Ending { code }) => ExitCode::from(code),
        Err(error) => {
            eprintln!("scripted agent: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How the process ends.
struct Ending {
    code: u8,
}

/// What follows a step.
enum Next {
    /// The next step.
    GoOn,
    /// The end of the process.
    End(Ending),
}

struct Actor {
    voice: Voice,
    ears: Ears,
    script_path: Option<String>,
    /// Text of the message that the turn answers.
    message: String,
    last_words: String,
    has_failed: bool,
}

impl Actor {
    fn from_args(args: &[String]) -> io::Result<Self> {
        let value_of = |name: &str| {
            let place = args.iter().position(|arg| arg == name)?;
            args.get(place + 1).cloned()
        };
        let session_id = value_of("--session-id").unwrap_or_else(|| uuid::Uuid::nil().to_string());
        Ok(Self {
            voice: Voice::new(session_id),
            ears: Ears::listen(),
            script_path: value_of("--script"),
            message: String::new(),
            last_words: String::new(),
            has_failed: false,
        })
    }

    fn play(&mut self) -> io::Result<Ending> {
        if !self.next_message()? {
            return Ok(Ending { code: 0 });
        }
        let script = Script::load(self.script_path.as_deref(), &self.message)?;
        for step in script.steps {
            if let Next::End(ending) = self.perform(step)? {
                return Ok(ending);
            }
        }
        self.end_turn()?;
        while self.next_message()? {
            self.say("The script has ended.")?;
            self.end_turn()?;
        }
        Ok(Ending { code: u8::from(self.has_failed) })
    }

    fn perform(&mut self, step: Step) -> io::Result<Next> {
        match step {
            Step::Say(text) => self.say(&text)?,
            Step::Think(text) => self.voice.think(&text)?,
            Step::Stream(stream) => self.stream(&stream)?,
            Step::Echo => self.say(&self.message.clone())?,
            Step::Write(write) => self.call(&write)?,
            Step::Edit(edit) => self.call(&edit)?,
            Step::Delete(delete) => self.call(&delete)?,
            Step::Run(run) => self.call(&run)?,
            Step::WaitMs(millis) => process::pause(Duration::from_millis(millis)),
            Step::WaitForFile(path) => wait_for_file(&path),
            Step::Ask(ask) => return self.ask(&ask.tool, ask.input),
            Step::Fail(fail) => {
                self.last_words = fail.message;
                self.fail_turn(&fail.reason)?;
                return self.wait_for_next();
            }
            Step::NextMessage => {
                self.end_turn()?;
                return self.wait_for_next();
            }
            Step::Exit(code) => return Ok(Next::End(Ending { code })),
            Step::Lines(flood) => self.flood(&flood)?,
            Step::LongLine { megabytes } => self.voice.say(&"x".repeat(megabytes * 1_000_000))?,
            Step::Raw(line) => self.voice.raw(&line)?,
            Step::Stderr(text) => eprintln!("{text}"),
            Step::Detach(detach) => tools::spawn_detached(&detach)?,
            Step::IgnoreSigterm => process::ignore_sigterm()?,
            Step::Hang => loop {
                process::pause(Duration::from_secs(3600));
            },
        }
        Ok(Next::GoOn)
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        text.clone_into(&mut self.last_words);
        self.voice.say(text)
    }

    fn stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.voice.begin_text()?;
        let chars: Vec<char> = stream.text.chars().collect();
        for part in chars.chunks(stream.chars_per_delta.max(1)) {
            self.voice.delta(&part.iter().collect::<String>())?;
            process::pause(Duration::from_millis(stream.delay_ms));
        }
        self.voice.end_text()?;
        self.say(&stream.text)
    }

    fn call(&mut self, call: &impl ToolCall) -> io::Result<()> {
        let tool_use_id = self.voice.call_tool(call.name(), call.input())?;
        let outcome = call.perform();
        self.voice.tool_result(&tool_use_id, outcome)
    }

    /// Asks and waits for the answer as the real one does: a denial is a failed call, an end of input a denial.
    fn ask(&mut self, tool: &str, input: Value) -> io::Result<Next> {
        let tool_use_id = self.voice.call_tool(tool, input.clone())?;
        let request_id = self.voice.ask(tool, &tool_use_id, &input)?;
        let answer = self.ears.answer_to(&request_id);
        let is_allowed = answer.get("behavior").and_then(Value::as_str) == Some("allow");
        let outcome = if is_allowed {
            Ok(("allowed".to_owned(), json!({ "answer": answer })))
        } else {
            let message = answer.get("message").and_then(Value::as_str);
            Err(message.unwrap_or("Tool permission stream closed before response received").to_owned())
        };
        self.voice.tool_result(&tool_use_id, outcome)?;
        Ok(Next::GoOn)
    }

    fn flood(&mut self, flood: &Flood) -> io::Result<()> {
        let began = Instant::now();
        for index in 0..flood.count {
            if let Some(micros) = (index * 1_000_000).checked_div(flood.per_second) {
                process::pause(
                    (began + Duration::from_micros(micros)).saturating_duration_since(Instant::now()),
                );
            }
            self.voice.say_buffered(&flood.text_of(index))?;
            if flood.per_second > 0 {
                self.voice.flush()?;
            }
        }
        self.voice.flush()
    }

    fn end_turn(&mut self) -> io::Result<()> {
        self.has_failed = false;
        self.voice.end_turn(&self.last_words)
    }

    fn fail_turn(&mut self, reason: &str) -> io::Result<()> {
        self.has_failed = true;
        self.voice.fail_turn(reason, &self.last_words)
    }

    fn wait_for_next(&mut self) -> io::Result<Next> {
        let is_there = self.next_message()?;
        let code = u8::from(self.has_failed);
        Ok(if is_there { Next::GoOn } else { Next::End(Ending { code }) })
    }

    /// Waits for a message and begins a turn with it. False at the end of the session.
    fn next_message(&mut self) -> io::Result<bool> {
        match self.ears.next() {
            Heard::Message(text) => {
                self.message = text;
                self.voice.begin_turn()?;
                Ok(true)
            }
            Heard::EndSession(request_id) => {
                self.voice.answer(&request_id)?;
                Ok(false)
            }
            Heard::Answer { .. } | Heard::End => Ok(false),
        }
    }
}

fn wait_for_file(path: &std::path::Path) {
    while !path.exists() {
        process::pause(LOOK_INTERVAL);
    }
}
