//! The scripted agent: plays a script file and speaks Claude Code's protocol, for the demo, tests and benchmarks.
//!
//! It edits real files, runs real commands, asks, fails, floods and hangs as its script says, costs nothing and does
//! the same each time. The format of a script is in this crate's `README.md`.

mod ears;
mod hearing;
mod inbox;
mod script;
mod tools;
mod voice;
mod waiting;

use std::{
    collections::VecDeque,
    io,
    process::ExitCode,
    time::{Duration, Instant},
};

use self::{
    ears::Ears,
    inbox::Inbox,
    script::{Flood, Script, Step, Stream},
    tools::ToolCall,
    voice::Voice,
    waiting::Board,
};
use crate::process;

/// Between two looks for a file.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// Lines of a flood between two times of listening.
const FLOOD_LINES: u64 = 64;

/// Plays a script. `args` are `--session-id <uuid>` or `--resume <uuid>`, `--permission-mode <mode>` and
/// `--script <file>`, all optional; without a file, the script is a fenced block marked `script` in the first message,
/// and without that a small one of its own.
pub fn scripted_main(args: &[String]) -> ExitCode {
    match Actor::from_args(args).play() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("scripted agent: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What follows a step.
enum Next {
    /// The next step.
    GoOn,
    /// The end of the turn.
    EndTurn(Ending),
    /// The end of the process, without a result.
    Exit(u8),
}

/// How a turn ends.
enum Ending {
    Done,
    Failed { reason: String },
    Aborted,
}

/// What cuts a turn short, in the protocol's word.
type Cut = &'static str;

struct Actor {
    voice: Voice,
    ears: Ears,
    inbox: Inbox,
    board: Board,
    script_path: Option<String>,
    is_resumed: bool,
    /// What is left to play; none before the first message.
    steps: Option<VecDeque<Step>>,
    mode: String,
    refused_modes: Vec<String>,
    /// Text of the message that was taken up last.
    message: String,
    last_words: String,
    is_in_turn: bool,
    cut: Option<Cut>,
    /// Whether no more messages come.
    is_closed: bool,
    /// Whether the session is to end at once.
    is_ending: bool,
    has_failed: bool,
}

impl Actor {
    fn from_args(args: &[String]) -> Self {
        let value_of = |name: &str| {
            let place = args.iter().position(|arg| arg == name)?;
            args.get(place + 1).cloned()
        };
        let resumed = value_of("--resume");
        let is_resumed = resumed.is_some();
        let session_id = resumed.or_else(|| value_of("--session-id"));
        let session_id = session_id.unwrap_or_else(|| uuid::Uuid::nil().to_string());
        Self {
            voice: Voice::new(session_id, is_resumed),
            ears: Ears::listen(),
            inbox: Inbox::default(),
            board: Board::default(),
            script_path: value_of("--script"),
            is_resumed,
            steps: None,
            mode: value_of("--permission-mode").unwrap_or_else(|| "bypassPermissions".to_owned()),
            refused_modes: Vec::new(),
            message: String::new(),
            last_words: String::new(),
            is_in_turn: false,
            cut: None,
            is_closed: false,
            is_ending: false,
            has_failed: false,
        }
    }

    /// Plays to the end and gives the exit code.
    fn play(&mut self) -> io::Result<u8> {
        if self.is_resumed && Script::forgets(self.script_path.as_deref())? {
            self.voice.know_nothing()?;
            return Ok(1);
        }
        while self.begin_turn()? {
            match self.play_turn()? {
                Next::GoOn => {}
                Next::EndTurn(ending) => self.end_turn(ending)?,
                Next::Exit(code) => return Ok(code),
            }
        }
        Ok(u8::from(self.has_failed))
    }

    /// Waits for a message and begins a turn with it, and with all others that wait. False at the end of the session.
    fn begin_turn(&mut self) -> io::Result<bool> {
        while !self.inbox.is_waiting() && !self.is_closed && !self.is_ending {
            let heard = self.ears.hear();
            self.attend(heard)?;
        }
        if self.is_ending || !self.inbox.is_waiting() {
            return Ok(false);
        }
        self.cut = None;
        self.is_in_turn = true;
        self.take_messages()?;
        self.voice.begin_turn(&self.mode)?;
        self.look_up_steps()?;
        Ok(true)
    }

    /// The script for the first message; later one only where a message brings it.
    fn look_up_steps(&mut self) -> io::Result<()> {
        let steps = match self.steps.take() {
            None => Script::load(self.script_path.as_deref(), &self.message, self.is_resumed)?,
            Some(steps) if steps.is_empty() => Script::next(&self.message)?,
            Some(steps) => steps,
        };
        self.steps = Some(steps);
        Ok(())
    }

    fn next_step(&mut self) -> Option<Step> {
        self.steps.as_mut()?.pop_front()
    }

    fn play_turn(&mut self) -> io::Result<Next> {
        loop {
            self.listen()?;
            if self.cut.is_some() {
                return Ok(Next::EndTurn(Ending::Aborted));
            }
            let Some(step) = self.next_step() else { return Ok(Next::EndTurn(Ending::Done)) };
            match self.perform(step)? {
                Next::GoOn => {}
                next @ (Next::EndTurn(_) | Next::Exit(_)) => return Ok(next),
            }
        }
    }

    fn end_turn(&mut self, ending: Ending) -> io::Result<()> {
        self.is_in_turn = false;
        self.has_failed = !matches!(ending, Ending::Done);
        let fate = match ending {
            Ending::Done => {
                self.voice.end_turn(&self.last_words)?;
                "completed"
            }
            Ending::Failed { reason } => {
                self.voice.fail_turn(&reason, &self.last_words)?;
                "completed"
            }
            Ending::Aborted => {
                self.skip_turn();
                self.voice.abort_turn(self.cut.take().unwrap_or("aborted_tools"))?;
                "cancelled"
            }
        };
        let ids = self.inbox.end_turn();
        ids.iter().try_for_each(|id| self.voice.lifecycle(id, fate))
    }

    /// What was left of an aborted turn is not played in the next one.
    fn skip_turn(&mut self) {
        while let Some(step) = self.next_step() {
            if matches!(step, Step::NextMessage | Step::Fail(_)) {
                return;
            }
        }
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
            Step::WaitMs(millis) => self.wait(Duration::from_millis(millis))?,
            Step::WaitForFile(path) => self.wait_for_file(&path)?,
            Step::Ask(ask) => self.ask(ask)?,
            Step::CallBoard(call) => self.call_board(call)?,
            Step::RefuseMode(mode) => self.refused_modes.push(mode),
            Step::Fail(fail) => {
                self.last_words = fail.message;
                return Ok(Next::EndTurn(Ending::Failed { reason: fail.reason }));
            }
            Step::NextMessage => return Ok(Next::EndTurn(Ending::Done)),
            Step::Exit(code) => return Ok(Next::Exit(code)),
            Step::Lines(flood) => self.flood(&flood)?,
            Step::LongLine { megabytes } => self.voice.say(&"x".repeat(megabytes * 1_000_000))?,
            Step::Raw(line) => self.voice.raw(&line)?,
            Step::Stderr(text) => eprintln!("{text}"),
            Step::Detach(detach) => tools::spawn_detached(&detach)?,
            Step::IgnoreSigterm => process::ignore_sigterm()?,
            Step::Hang => self.hang()?,
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
            self.wait(Duration::from_millis(stream.delay_ms))?;
            if self.cut.is_some() {
                self.cut = Some("aborted_streaming");
                return self.voice.end_text();
            }
        }
        self.voice.end_text()?;
        self.say(&stream.text)
    }

    fn call(&mut self, call: &impl ToolCall) -> io::Result<()> {
        let tool_use_id = self.voice.call_tool(call.name(), &call.input())?;
        let outcome = call.perform();
        self.end_call(&tool_use_id, outcome)
    }

    fn flood(&mut self, flood: &Flood) -> io::Result<()> {
        let began = Instant::now();
        for index in 0..flood.count {
            if let Some(micros) = (index * 1_000_000).checked_div(flood.per_second) {
                self.wait((began + Duration::from_micros(micros)).saturating_duration_since(Instant::now()))?;
            } else if index.is_multiple_of(FLOOD_LINES) {
                self.listen()?;
            }
            if self.cut.is_some() {
                break;
            }
            self.voice.say_buffered(&flood.text_of(index))?;
            if flood.per_second > 0 {
                self.voice.flush()?;
            }
        }
        self.voice.flush()
    }
}
