//! The beginning of a run: exactly once, in an order in which a crash between any two steps is told apart later.
//!
//! Lock, then history, then the start record on the disk, then the agent.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::{fd::AsFd, unix::fs::OpenOptionsExt},
    path::Path,
};

use nix::sys::{
    signal::{SigSet, Signal},
    signalfd::{SfdFlags, SignalFd},
    stat::{Mode, umask},
};

use super::{control::Control, input::InputPipe, output::OutputPipe};
use crate::{
    ExitOutcome, ExitRecord, OutputStream, RunSpec,
    journal::{
        Flush, History, JournalEnd, JournalWriter, RecordKind, SEGMENT_BYTES_MAX, SegmentDisk, history,
        now_micros, segment_path,
    },
    process::{AgentPipes, ProcessIdentity, ProcessTree, RUN_MARK, RunLock, spawn_agent, take_lock},
    protocol::{EXIT_FILE, FIRST_INPUT_ID, PROTOCOL, Report, SHIM_FILE, SPEC_FILE, ShimCard},
};

/// Room on the disk that is kept so that the end of a run can always be written.
const RESERVE_BYTES: usize = 64 * 1024;
/// Name of the file that keeps it.
pub(super) const RESERVE_FILE: &str = "reserve";
/// Our own variables; an agent inherits none of them.
const OWN_VARIABLES: &str = "EVAL_KANBAN_*";

/// How a start went.
pub(super) enum Beginning {
    /// No agent runs, and this says why.
    Refused(Report),
    /// The agent runs.
    Running(Box<Parts>),
}

/// What a supervisor is made of.
pub(super) struct Parts {
    pub(super) lock: RunLock,
    pub(super) journal: JournalWriter<SegmentDisk>,
    pub(super) agent_pid: i32,
    pub(super) input: InputPipe,
    pub(super) stdout: OutputPipe,
    pub(super) stderr: OutputPipe,
    pub(super) control: Control,
    pub(super) signals: SignalFd,
    pub(super) tree: ProcessTree,
}

impl Parts {
    /// What the server wants to hear.
    pub(super) fn report(&self) -> Report {
        Report::Started { shim_pid: nix::unistd::getpid().as_raw(), agent_pid: self.agent_pid }
    }
}

/// Starts the agent of the run in `dir`, which becomes the current folder, unless it was ever started before.
pub(super) fn begin(dir: &Path) -> io::Result<Beginning> {
    let agent_umask = umask(Mode::from_bits_truncate(0o077));
    std::env::set_current_dir(dir)?;
    let here = Path::new(".");
    let Some(lock) = take_lock(here)? else { return Ok(Beginning::Refused(Report::Exists)) };
    match history(here)? {
        History::Ended(_) => return Ok(Beginning::Refused(Report::Done)),
        History::Started => return Ok(Beginning::Refused(Report::Lost)),
        // Who the shim was is written after the agent was started.
        History::Empty { .. } if Path::new(SHIM_FILE).exists() => {
            return Ok(Beginning::Refused(Report::Lost));
        }
        History::Empty { torn_bytes: 0 } => {}
        History::Empty { .. } => set_torn_aside()?,
    }
    let spec: RunSpec = serde_json::from_slice(&fs::read(SPEC_FILE)?)?;
    let signals = prepare_process()?;
    let nonce = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let control = Control::open(nonce.clone())?;
    write_private(RESERVE_FILE, &[b'0'; RESERVE_BYTES])?;
    let disk = SegmentDisk::open(here, 0)?;
    let mut journal = JournalWriter::new(disk, JournalEnd::default(), SEGMENT_BYTES_MAX);
    // What failed until here left no trace of a start; what fails from here on is never tried again.
    write_start(&mut journal, &spec)?;
    match start_agent(&spec, agent_umask) {
        Err(error) => refuse(journal, &error),
        Ok(pipes) => {
            write_card(nonce, pipes.pid)?;
            assemble(lock, journal, pipes, control, signals, &spec)
        }
    }
}

/// Writes a file of ours by rename, so that it is whole or not there.
fn write_private(name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = draft(name)?;
    file.write_all(bytes)?;
    fs::rename(draft_name(name), name)
}

/// Writes a file of ours so that it is whole or not there, also after a power cut.
pub(super) fn write_durable(name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = draft(name)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(draft_name(name), name)?;
    File::open(".")?.sync_all()
}

fn draft_name(name: &str) -> String {
    format!("{name}.new")
}

fn draft(name: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    options.open(draft_name(name))
}

/// A first record that was only half written: the machine went down before an agent could be started.
fn set_torn_aside() -> io::Result<()> {
    fs::rename(segment_path(Path::new("."), 0), format!("torn-{}", now_micros()))
}

/// Makes orphans ours and signals readable, and lets no terminal or file limit end us.
fn prepare_process() -> io::Result<SignalFd> {
    #[cfg(target_os = "linux")]
    {
        nix::sys::prctl::set_child_subreaper(true)?;
        nix::sys::prctl::set_dumpable(false)?;
    }
    crate::process::ignore_signals()?;
    let mut set = SigSet::empty();
    [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT].into_iter().for_each(|signal| set.add(signal));
    set.thread_block()?;
    Ok(SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

fn write_start(journal: &mut JournalWriter<SegmentDisk>, spec: &RunSpec) -> io::Result<()> {
    let shim = ProcessIdentity::of(nix::unistd::getpid().as_raw());
    let words = serde_json::json!({ "run_id": spec.run_id, "protocol": PROTOCOL, "shim": shim });
    journal.append_durable(RecordKind::Start, words.to_string().as_bytes());
    flush_durably(journal)
}

fn flush_durably(journal: &mut JournalWriter<SegmentDisk>) -> io::Result<()> {
    match (journal.flush(), journal.sync_if_due()) {
        (Flush::Complete, Flush::Complete) => Ok(()),
        (Flush::Stuck, _) | (_, Flush::Stuck) => Err(io::ErrorKind::StorageFull.into()),
    }
}

fn start_agent(spec: &RunSpec, agent_umask: Mode) -> io::Result<AgentPipes> {
    if !spec.cwd.is_dir() {
        return Err(io::Error::other(format!("the folder {} is not there", spec.cwd.display())));
    }
    spawn_agent(spec, environment(spec), agent_umask).map_err(|error| {
        let program = spec.program.display();
        io::Error::new(error.kind(), format!("the program {program} could not be started: {error}"))
    })
}

/// What we inherited, less our own variables and what the spec takes out, with what it adds and the run's mark.
fn environment(spec: &RunSpec) -> Vec<(OsString, OsString)> {
    let is_removed = |name: &str| {
        let mut patterns = spec.env_remove.iter().map(String::as_str).chain([OWN_VARIABLES]);
        patterns.any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == pattern,
        })
    };
    let inherited =
        std::env::vars_os().filter(|(name, _)| name.to_str().is_none_or(|name| !is_removed(name)));
    let added = spec.env_set.iter().map(|(name, value)| (name.into(), value.into()));
    let mark = (RUN_MARK.into(), spec.run_id.to_string().into());
    inherited.chain(added).chain([mark]).collect()
}

fn refuse(mut journal: JournalWriter<SegmentDisk>, error: &io::Error) -> io::Result<Beginning> {
    let message = error.to_string();
    let record = ExitRecord {
        outcome: ExitOutcome::FailedToStart { message: message.clone() },
        was_stopped: false,
        output_bytes: 0,
        leftover_count: 0,
        survivors: Vec::new(),
        ended_at: i64::try_from(now_micros()).unwrap_or(i64::MAX),
    };
    let words = serde_json::to_vec(&record)?;
    journal.append_durable(RecordKind::Exit, &words);
    flush_durably(&mut journal)?;
    write_durable(EXIT_FILE, &words)?;
    fs::remove_file(RESERVE_FILE)?;
    fs::remove_file(crate::protocol::SOCKET)?;
    Ok(Beginning::Refused(Report::Failed { message }))
}

fn write_card(nonce: String, agent_pid: i32) -> io::Result<()> {
    let card = ShimCard {
        protocol: PROTOCOL,
        nonce,
        shim: ProcessIdentity::of(nix::unistd::getpid().as_raw()),
        agent: ProcessIdentity::of(agent_pid),
    };
    write_private(SHIM_FILE, &serde_json::to_vec(&card)?)
}

fn assemble(
    lock: RunLock,
    mut journal: JournalWriter<SegmentDisk>,
    pipes: AgentPipes,
    control: Control,
    signals: SignalFd,
    spec: &RunSpec,
) -> io::Result<Beginning> {
    for fd in [pipes.stdin.as_fd(), pipes.stdout.as_fd(), pipes.stderr.as_fd()] {
        crate::process::set_nonblocking(fd)?;
    }
    let mut input = InputPipe::new(pipes.stdin);
    if !spec.first_input.is_empty() {
        journal.append_durable(RecordKind::Accepted, &accepted(FIRST_INPUT_ID, "write_stdin"));
        input.push(FIRST_INPUT_ID.to_owned(), spec.first_input.clone().into_bytes());
    }
    Ok(Beginning::Running(Box::new(Parts {
        lock,
        journal,
        agent_pid: pipes.pid,
        input,
        stdout: OutputPipe::new(OutputStream::Stdout, pipes.stdout),
        stderr: OutputPipe::new(OutputStream::Stderr, pipes.stderr),
        control,
        signals,
        tree: ProcessTree::new(spec.run_id, Some(nix::unistd::getpid().as_raw())),
    })))
}

/// The payload of the record of an accepted command.
pub(super) fn accepted(id: &str, command: &str) -> Vec<u8> {
    serde_json::json!({ "id": id, "command": command }).to_string().into_bytes()
}
