//! The shim at work: waits for what happens next, lets each part do its own, and settles what that left to write.

mod commands;
mod wait;

use std::{
    collections::HashSet,
    fs, io,
    time::{Duration, Instant},
};

use nix::{
    sys::{
        signal::Signal,
        signalfd::SignalFd,
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

use self::wait::Ready;
use super::{
    clearing::Clearing,
    control::Control,
    input::{Delivery, InputPipe},
    output::OutputPipe,
    start::{Parts, RESERVE_FILE, write_durable},
};
use crate::{
    ExitOutcome, ExitRecord,
    journal::{Flush, JournalWriter, RecordKind, SegmentDisk, now_micros},
    process::{ProcessTree, RunLock},
    protocol::{EXIT_FILE, Reply, SOCKET},
};

/// Output that waits for the disk beyond this is left in the agent's pipe, so that the agent waits.
const BACKLOG_BYTES_MAX: usize = 1024 * 1024;
/// How long the end of a stream is awaited once no process of the tree is left that could write to it.
const DRAIN_BOUND: Duration = Duration::from_secs(2);
/// Grace when the shim itself is told to end.
const OWN_GRACE: Duration = Duration::from_secs(3);
/// Bytes read from one descriptor at a time.
const READ_BYTES: usize = 64 * 1024;

/// Everything that a shim holds.
pub(super) struct Supervisor {
    _lock: RunLock,
    journal: JournalWriter<SegmentDisk>,
    agent_pid: i32,
    input: InputPipe,
    stdout: OutputPipe,
    stderr: OutputPipe,
    control: Control,
    signals: SignalFd,
    tree: ProcessTree,
    buffer: Vec<u8>,
    /// Commands that were applied.
    applied: HashSet<String>,
    /// Answers that wait until the journal has what they say.
    owed: Vec<(u64, Reply)>,
    /// Up to where the journal has grown as far as the clients know.
    told: u64,
    is_stuck: bool,
    was_stopped: bool,
    clearing: Option<Clearing>,
    outcome: Option<ExitOutcome>,
    exit: Option<ExitRecord>,
}

impl Supervisor {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            _lock: parts.lock,
            journal: parts.journal,
            agent_pid: parts.agent_pid,
            input: parts.input,
            stdout: parts.stdout,
            stderr: parts.stderr,
            control: parts.control,
            signals: parts.signals,
            tree: parts.tree,
            buffer: vec![0; READ_BYTES],
            applied: HashSet::from([crate::protocol::FIRST_INPUT_ID.to_owned()]),
            owed: Vec::new(),
            told: 0,
            is_stuck: false,
            was_stopped: false,
            clearing: None,
            outcome: None,
            exit: None,
        }
    }

    /// Until the run has ended and its exit record is on the disk.
    pub(super) fn run(&mut self) -> io::Result<()> {
        loop {
            self.settle();
            if let Some(record) = self.finished() {
                return self.finish(&record);
            }
            let ready = self.wait()?;
            self.handle(&ready);
            self.tick();
        }
    }

    fn handle(&mut self, ready: &Ready) {
        if ready.signals {
            self.read_signals();
        }
        if ready.listener {
            self.control.accept();
        }
        for incoming in self.control.serve(&ready.clients, &mut self.buffer) {
            self.serve(incoming);
        }
        if ready.stdout {
            self.stdout.read(&mut self.buffer, &mut self.journal);
        }
        if ready.stderr {
            self.stderr.read(&mut self.buffer, &mut self.journal);
        }
        if ready.input {
            self.write_input();
        }
    }

    /// Whether output may be read: not while the disk refuses, or is behind.
    const fn has_room(&self) -> bool {
        !self.is_stuck && self.journal.backlog() < BACKLOG_BYTES_MAX
    }

    fn read_signals(&mut self) {
        while let Ok(Some(signal)) = self.signals.read_signal() {
            if signal.ssi_signo != Signal::SIGCHLD as u32 {
                self.note("the shim was told to end");
                self.stop(OWN_GRACE);
            }
        }
        while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            match status {
                WaitStatus::StillAlive => break,
                ended => self.reaped(ended),
            }
        }
    }

    fn reaped(&mut self, status: WaitStatus) {
        if status.pid() != Some(Pid::from_raw(self.agent_pid)) {
            return;
        }
        self.outcome = Some(match status {
            WaitStatus::Exited(_, code) => ExitOutcome::Exited { code },
            WaitStatus::Signaled(_, signal, _) => ExitOutcome::Signalled { signal: signal as i32 },
            _ => ExitOutcome::Unknown,
        });
        let clearing = self.clearing.get_or_insert_with(Clearing::unasked);
        clearing.agent_ended(&self.tree);
    }

    fn write_input(&mut self) {
        for delivery in self.input.write() {
            match delivery {
                Delivery::Done { id } => {
                    let words = serde_json::json!({ "id": id }).to_string();
                    self.journal.append(RecordKind::Delivered, None, &[words.as_bytes()]);
                }
                Delivery::Broken { undelivered_count } => {
                    self.note(&format!(
                        "the agent closed its input; {undelivered_count} messages not delivered"
                    ));
                }
            }
        }
    }

    fn note(&mut self, message: &str) {
        let words = serde_json::json!({ "message": message }).to_string();
        self.journal.append(RecordKind::Note, None, &[words.as_bytes()]);
    }

    /// What is due by time alone.
    fn tick(&mut self) {
        let now = Instant::now();
        if self.has_room() {
            self.stdout.lines.flush_piece_if_due(now, &mut self.journal);
            self.stderr.lines.flush_piece_if_due(now, &mut self.journal);
        }
        if let Some(clearing) = &mut self.clearing {
            clearing.look(&self.tree);
        }
        if self.drain_due().is_some_and(|due| due <= now) {
            self.note("the agent is gone and somebody else holds its output open; it was let go");
            self.stdout.close(&mut self.journal);
            self.stderr.close(&mut self.journal);
        }
        if self.exit.is_none() {
            self.write_exit();
        }
    }

    /// When the end of the streams is awaited no longer.
    fn drain_due(&self) -> Option<Instant> {
        let cleared_at = self.clearing.as_ref()?.cleared_at?;
        let is_open = !self.stdout.is_closed() || !self.stderr.is_closed();
        (is_open && self.outcome.is_some() && self.has_room()).then(|| cleared_at + DRAIN_BOUND)
    }

    /// Records the end once the agent is gone, its tree is empty and both streams are read to their end.
    fn write_exit(&mut self) {
        let (Some(outcome), Some(clearing)) = (&self.outcome, &self.clearing) else { return };
        if clearing.cleared_at.is_none() || !self.stdout.is_closed() || !self.stderr.is_closed() {
            return;
        }
        let record = ExitRecord {
            outcome: outcome.clone(),
            was_stopped: self.was_stopped,
            output_bytes: self.journal.raw_offset(),
            leftover_count: clearing.leftover_count,
            survivors: clearing.survivors.clone(),
            ended_at: i64::try_from(now_micros()).unwrap_or(i64::MAX),
        };
        release_reserve();
        self.input.close();
        self.journal.append_durable(RecordKind::Exit, &to_json(&record));
        self.exit = Some(record);
    }

    /// Writes what can be written, then says what follows from that. Readers are told before the disk has made it
    /// durable, those who sent a command after.
    fn settle(&mut self) {
        let was_stuck = self.is_stuck;
        self.is_stuck = self.journal.flush() == Flush::Stuck;
        if was_stuck && !self.is_stuck {
            let count = self.journal.refusals();
            self.note(&format!(
                "the disk was full; the agent waited and nothing was dropped ({count} tries)"
            ));
            self.is_stuck = self.journal.flush() == Flush::Stuck;
        }
        if self.journal.written() != self.told {
            self.told = self.journal.written();
            self.control.poke();
        }
        self.is_stuck = self.is_stuck || self.journal.sync_if_due() == Flush::Stuck;
        if self.is_stuck {
            return;
        }
        for (client_id, reply) in std::mem::take(&mut self.owed) {
            self.control.say(client_id, &reply);
        }
    }

    fn finished(&self) -> Option<ExitRecord> {
        self.exit.clone().filter(|_| !self.is_stuck)
    }

    /// The journal has the end; the file beside it is for those who do not want to read a journal.
    fn finish(&mut self, record: &ExitRecord) -> io::Result<()> {
        write_durable(EXIT_FILE, &to_json(record))?;
        fs::remove_file(SOCKET)
    }
}

fn to_json(record: &ExitRecord) -> Vec<u8> {
    // A record of numbers and texts always has a form; an empty one would be read as "unknown".
    serde_json::to_vec(record).unwrap_or_default()
}

/// Gives the reserved room back. It is gone already if it was needed before.
fn release_reserve() {
    fs::remove_file(RESERVE_FILE).unwrap_or_default();
}
