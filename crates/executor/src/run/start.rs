//! Starting a run: its folder, its spec, and a shim that outlives us.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::io::AsyncReadExt;

use super::is_live;
use crate::{
    Error, Result, RunSpec,
    protocol::{LOG_FILE, Report, SPEC_FILE},
};

/// How long a shim may take to start an agent.
const START_BOUND: Duration = Duration::from_secs(30);

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

/// Starts a run exactly once: makes its folder, writes its spec, and lets a shim start the agent.
///
/// # Errors
/// When the folder cannot be written, or the shim cannot be started, gives up or does not report in time. The agent may
/// run nevertheless: [`crate::inspect_run`] knows.
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
