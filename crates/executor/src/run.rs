//! A run as the server sees it: start it, ask how it stands, send it commands, sweep what it left behind.

use std::{
    collections::HashSet,
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use domain::RunId;
use tokio::io::AsyncReadExt;

use crate::{
    Error, ExitRecord, Result, RunSpec, ShimStat,
    connection::Connection,
    journal::{History, JournalReader, RecordKind, Step, history},
    process::{self, ProcessTree, is_locked},
    protocol::{EXIT_FILE, LOG_FILE, Reply, Report, Request, SHIM_FILE, SPEC_FILE, Verdict},
};

/// How long a shim may take to answer.
const ANSWER_BOUND: Duration = Duration::from_secs(10);
/// How long a shim may take to start an agent.
const START_BOUND: Duration = Duration::from_secs(30);
/// Between two tries to reach a shim that is only just starting or ending.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);
/// Tries to reach a shim that hangs up on us.
const RETRIES_MAX: u32 = 200;
/// How long a sweep goes on.
const SWEEP_BOUND: Duration = Duration::from_secs(5);
/// Between two looks of a sweep.
const SWEEP_INTERVAL: Duration = Duration::from_millis(10);

/// How to start a shim: this program in its role as shim. The run's folder becomes the last argument.
#[derive(Debug, Clone)]
pub struct ShimProgram {
    /// The program.
    pub program: PathBuf,
    /// Arguments that select the role.
    pub args: Vec<OsString>,
}

/// How a start went. Only `New` started an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// The agent runs.
    New {
        /// The shim's process id.
        shim_pid: i32,
        /// The agent's process id.
        agent_pid: i32,
    },
    /// A shim of this run already lives.
    Exists,
    /// This run has ended before.
    Done,
    /// This run was started before and its shim is gone; it is never started again.
    Lost,
    /// The agent's program could not be started; the exit record says so, too.
    Failed {
        /// Why.
        message: String,
    },
}

/// How a run stands. Decided by the shim's lock and the journal, never by a process id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunStanding {
    /// Its shim lives.
    Live,
    /// It ended.
    Ended(ExitRecord),
    /// It was started and its shim is gone without an exit record.
    Lost,
    /// It was never started.
    NeverStarted,
}

/// Something to do to a run. Applied once per command id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunCommand {
    /// Write to the agent's standard input.
    WriteStdin(Vec<u8>),
    /// Write these last bytes, then close the agent's standard input.
    CloseStdin {
        /// What [`crate::Adapter::last_words`] gave; may be empty.
        last_words: Vec<u8>,
    },
    /// End the agent's whole process tree: ask, wait `grace_ms`, kill. A second stop skips the wait.
    Stop {
        /// How long to wait between asking and killing.
        grace_ms: u32,
    },
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// It is in the journal and is being done.
    Applied,
    /// It was applied before.
    Duplicate,
    /// The agent's standard input, or the whole run, is closed.
    Closed,
    /// More than 8 MiB wait for the agent already; try again later.
    Busy,
}

/// What a sweep found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SweepReport {
    /// Processes that were ended.
    pub ended_count: u32,
    /// Processes that the system did not let us end.
    pub survivors: Vec<i32>,
}

/// A run to send commands to. Cheap to make and to clone: it is the run's folder.
#[derive(Debug, Clone)]
pub struct RunHandle {
    dir: PathBuf,
}

impl RunHandle {
    /// The run in this folder.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Sends a command. `Applied` means that it is in the journal; sent again under the same id it is a `Duplicate`,
    /// also after the run ended.
    ///
    /// # Errors
    /// When the shim lives and cannot be reached or does not answer within ten seconds. The command may have been
    /// applied; send it again under the same id.
    pub async fn send(&self, command_id: &str, command: RunCommand) -> Result<Ack> {
        let id = command_id.to_owned();
        let (request, bytes) = match command {
            RunCommand::WriteStdin(bytes) => (Request::WriteStdin { id, byte_count: bytes.len() }, bytes),
            RunCommand::CloseStdin { last_words } => {
                (Request::CloseStdin { id, byte_count: last_words.len() }, last_words)
            }
            RunCommand::Stop { grace_ms } => (Request::Stop { id, grace_ms }, Vec::new()),
        };
        match self.ask(&request, &bytes).await? {
            Some(Reply::Ack { ack, .. }) => Ok(ack.into()),
            Some(other) => Err(self.not_understood(&other)),
            None if self.was_applied(command_id).await? => Ok(Ack::Duplicate),
            None => Ok(Ack::Closed),
        }
    }

    /// How things stand in the shim; none if it is gone.
    ///
    /// # Errors
    /// When the shim lives and cannot be reached or does not answer within ten seconds.
    pub async fn stat(&self) -> Result<Option<ShimStat>> {
        match self.ask(&Request::Stat, &[]).await? {
            Some(Reply::Stat(stat)) => Ok(Some(stat)),
            Some(other) => Err(self.not_understood(&other)),
            None => Ok(None),
        }
    }

    /// The shim's answer; none if it is gone.
    async fn ask(&self, request: &Request, bytes: &[u8]) -> Result<Option<Reply>> {
        let asked = tokio::time::timeout(ANSWER_BOUND, self.ask_until_gone(request, bytes)).await;
        asked.unwrap_or_else(|_| Err(self.control_error(io::ErrorKind::TimedOut.into())))
    }

    /// A shim that lives and cannot be reached is only just starting, or only just ending.
    async fn ask_until_gone(&self, request: &Request, bytes: &[u8]) -> Result<Option<Reply>> {
        let mut failure = None;
        while is_live(&self.dir)? {
            match ask_once(&self.dir, request, bytes).await {
                Ok(reply) => return Ok(Some(reply)),
                Err(error) if is_lasting(&error) || failure.is_some_and(|count| count > RETRIES_MAX) => {
                    return Err(self.control_error(error));
                }
                Err(_) => failure = Some(failure.map_or(0, |count: u32| count + 1)),
            }
            tokio::time::sleep(RETRY_INTERVAL).await;
        }
        Ok(None)
    }

    async fn was_applied(&self, command_id: &str) -> Result<bool> {
        let (dir, id) = (self.dir.clone(), command_id.to_owned());
        let found = tokio::task::spawn_blocking(move || find_command(&dir, &id)).await?;
        found.map_err(|source| Error::Read { path: self.dir.clone(), source })
    }

    fn control_error(&self, source: io::Error) -> Error {
        Error::Control { dir: self.dir.clone(), source }
    }

    fn not_understood(&self, reply: &Reply) -> Error {
        Error::Answer { dir: self.dir.clone(), answer: format!("{reply:?}") }
    }
}

impl From<Verdict> for Ack {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Applied => Self::Applied,
            Verdict::Duplicate => Self::Duplicate,
            Verdict::Closed => Self::Closed,
            Verdict::Busy => Self::Busy,
        }
    }
}

/// Starts a run exactly once: makes its folder, writes its spec, and lets a shim start the agent.
///
/// # Errors
/// When the folder cannot be written, or the shim cannot be started, gives up or does not report in time. The agent may
/// run nevertheless: [`inspect_run`] knows.
pub async fn start_run(shim: &ShimProgram, dir: &Path, spec: &RunSpec) -> Result<Started> {
    let (owned_dir, owned_spec) = (dir.to_owned(), spec.clone());
    let log = tokio::task::spawn_blocking(move || prepare_dir(&owned_dir, &owned_spec)).await??;
    let Some(log) = log else { return Ok(Started::Exists) };
    let report = run_shim(shim, dir, log)
        .await
        .map_err(|source| Error::StartShim { program: shim.program.clone(), source })?;
    match serde_json::from_slice(&report) {
        Ok(Report::Started { shim_pid, agent_pid }) => Ok(Started::New { shim_pid, agent_pid }),
        Ok(Report::Exists) => Ok(Started::Exists),
        Ok(Report::Done) => Ok(Started::Done),
        Ok(Report::Lost) => Ok(Started::Lost),
        Ok(Report::Failed { message }) => Ok(Started::Failed { message }),
        Ok(Report::Error { message }) => Err(Error::ShimGaveUp { dir: dir.to_owned(), message }),
        Err(_) => Err(Error::ShimGaveUp {
            dir: dir.to_owned(),
            message: String::from_utf8_lossy(&report).into_owned(),
        }),
    }
}

/// How the run in this folder stands.
///
/// # Errors
/// When its files cannot be read.
pub fn inspect_run(dir: &Path) -> Result<RunStanding> {
    if is_live(dir)? {
        return Ok(RunStanding::Live);
    }
    if let Some(record) =
        fs::read(dir.join(EXIT_FILE)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
    {
        return Ok(RunStanding::Ended(record));
    }
    match history(dir).map_err(|source| Error::Read { path: dir.to_owned(), source })? {
        History::Ended(record) => Ok(RunStanding::Ended(record)),
        History::Started => Ok(RunStanding::Lost),
        History::Empty { .. } if dir.join(SHIM_FILE).exists() => Ok(RunStanding::Lost),
        History::Empty { .. } => Ok(RunStanding::NeverStarted),
    }
}

/// Ends whatever a dead shim left behind, found by the run's mark in the environment. Blocks, five seconds at most.
pub fn sweep_run(run_id: RunId) -> SweepReport {
    let tree = ProcessTree::new(run_id, None);
    let bound = Instant::now() + SWEEP_BOUND;
    let mut ended = HashSet::new();
    loop {
        let members = tree.members();
        if members.is_empty() || Instant::now() > bound {
            let survivors: Vec<i32> = members.iter().map(|member| member.pid).collect();
            let ended_count = ended.iter().filter(|pid| !survivors.contains(pid)).count();
            return SweepReport { ended_count: u32::try_from(ended_count).unwrap_or(u32::MAX), survivors };
        }
        for member in members {
            // Who refuses is found again, and reported in the end.
            member.signal(libc::SIGKILL).unwrap_or_default();
            ended.insert(member.pid);
        }
        process::pause(SWEEP_INTERVAL);
    }
}

/// Whether a shim holds the run's lock.
pub(crate) fn is_live(dir: &Path) -> Result<bool> {
    is_locked(dir).map_err(|source| Error::Read { path: dir.join("lock"), source })
}

/// None if a shim lives there already.
fn prepare_dir(dir: &Path, spec: &RunSpec) -> Result<Option<File>> {
    let failed = |path: PathBuf| move |source| Error::Write { path, source };
    let made = DirBuilder::new().mode(0o700).recursive(true).create(dir);
    made.map_err(failed(dir.to_owned()))?;
    fs::set_permissions(dir, Permissions::from_mode(0o700)).map_err(failed(dir.to_owned()))?;
    if is_live(dir)? {
        return Ok(None);
    }
    let path = dir.join(SPEC_FILE);
    let json = serde_json::to_vec(spec).map_err(|source| Error::Malformed { path: path.clone(), source })?;
    write_private(&path, &json).map_err(failed(path.clone()))?;
    let path = dir.join(LOG_FILE);
    let log = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
    log.map(Some).map_err(failed(path))
}

/// By rename, so that a shim that starts at the same time reads a whole one.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(uuid::Uuid::new_v4().simple().to_string());
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(bytes)?;
    fs::rename(draft, path)
}

/// What the shim reports. It goes on by itself when it has.
#[expect(clippy::disallowed_methods, reason = "the one place that starts a shim")]
async fn run_shim(shim: &ShimProgram, dir: &Path, log: File) -> io::Result<Vec<u8>> {
    let mut command = tokio::process::Command::new(&shim.program);
    command.args(&shim.args).arg(dir);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let mut child = command.spawn()?;
    let Some(mut stdout) = child.stdout.take() else { return Err(io::Error::other("its output is missing")) };
    let mut report = Vec::new();
    let read = tokio::time::timeout(START_BOUND, stdout.read_to_end(&mut report)).await;
    read.map_err(|elapsed| io::Error::new(io::ErrorKind::TimedOut, elapsed))??;
    child.wait().await?;
    Ok(report)
}

async fn ask_once(dir: &Path, request: &Request, bytes: &[u8]) -> io::Result<Reply> {
    let mut connection = Connection::open(dir).await?;
    connection.send(request, bytes).await?;
    connection.next_reply().await
}

/// Whether asking again is no use.
fn is_lasting(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidData)
}

/// Whether the journal says that this command was accepted.
fn find_command(dir: &Path, command_id: &str) -> io::Result<bool> {
    let mut reader = JournalReader::new(dir, 0);
    loop {
        match reader.next()? {
            Step::Record(record) if record.head.kind == RecordKind::Accepted => {
                if command_id_of(&record.payload).as_deref() == Some(command_id) {
                    return Ok(true);
                }
            }
            Step::Record(_) | Step::Damaged { .. } => {}
            Step::End { .. } => return Ok(false),
        }
    }
}

/// The id in the payload of an accepted or delivered command.
pub(crate) fn command_id_of(payload: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Words {
        id: String,
    }
    serde_json::from_slice::<Words>(payload).ok().map(|words| words.id)
}
