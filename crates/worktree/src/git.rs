//! The one place that starts git.
//!
//! A repository's own configuration can name programs that git runs during everyday steps, and an agent can write
//! that configuration. Every call here therefore names its directories, takes nothing of git's from our
//! environment, hands on no secret of ours, and overrides each key that could run something (see `hardening`). Nothing here knows what a call
//! is for.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::Seek,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, Command},
};

use crate::{Error, hardening::Overrides};

const TIME_LIMIT: Duration = Duration::from_secs(60);
const OUTPUT_MAX: usize = 64 << 20;
/// What git says when it reads, in another worktree's folder, a file that is made and not written yet.
const HALF_MADE: [&str; 2] = ["failed to read ", "/commondir: Success"];
const HALF_MADE_WAIT: Duration = Duration::from_millis(5);
const HALF_MADE_RETRIES: usize = 20;
const ERROR_OUTPUT_MAX: usize = 64 << 10;

/// Variables of the user that say where configuration is; every other `GIT_…` is dropped.
const KEPT_VARIABLES: [&str; 3] = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"];

/// Secrets of ours that hooks, filters and signers, which git starts, have no use for.
const SECRETS: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];
/// What every variable of ours begins with; some of them are secrets, too.
const OWN_VARIABLES: &[u8] = b"EVAL_KANBAN_";

const TEMPORARY_OBJECTS: [(&str, &str); 3] =
    [("core.fsync", "none"), ("core.compression", "0"), ("core.looseCompression", "0")];

/// Where calls work: the directories, the index, and the overrides of this repository's configuration.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    git_dir: PathBuf,
    common_dir: PathBuf,
    work_tree: Option<PathBuf>,
    index: Option<PathBuf>,
    objects: Option<PathBuf>,
    overrides: Arc<Overrides>,
    environment: GitEnvironment,
}

/// Variables for every call of git, on top of our own environment: a place for its configuration that is not the
/// user's.
#[derive(Debug, Clone, Default)]
pub struct GitEnvironment {
    variables: Arc<Vec<(OsString, OsString)>>,
}

impl GitEnvironment {
    /// These variables, as `HOME` or `GIT_CONFIG_GLOBAL`.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables: Arc::new(variables) }
    }
}

/// What a finished call said.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

#[derive(Debug)]
enum Input {
    Nothing,
    Bytes(Vec<u8>),
    /// A locked file, read from its start: the lock is held until the child has ended, too, even if we are killed
    /// meanwhile.
    Lock(File),
}

/// One call that is being put together.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    git: &'a Git,
    subcommand: &'static str,
    args: Vec<OsString>,
    variables: Vec<(&'static str, OsString)>,
    config: Vec<(OsString, OsString)>,
    input: Input,
    accepted: &'static [i32],
    time_limit: Duration,
    output_max: usize,
}

impl Git {
    /// Calls that only know the git directory, before its configuration was read.
    pub(crate) fn bare(git_dir: &Path, environment: GitEnvironment) -> Self {
        Self {
            git_dir: git_dir.to_path_buf(),
            common_dir: git_dir.to_path_buf(),
            work_tree: None,
            index: None,
            objects: None,
            overrides: Arc::default(),
            environment,
        }
    }

    /// Calls in another repository.
    pub(crate) fn elsewhere(&self, git_dir: &Path) -> Self {
        Self::bare(git_dir, self.environment.clone())
    }

    /// The same, with what must be overridden in this repository.
    pub(crate) fn hardened(self, overrides: Overrides) -> Self {
        Self { overrides: Arc::new(overrides), ..self }
    }

    /// The same, with the files of a checkout.
    pub(crate) fn with_work_tree(&self, work_tree: &Path) -> Self {
        Self { work_tree: Some(work_tree.to_path_buf()), ..self.clone() }
    }

    /// The same, for the linked worktree whose git directory is given.
    pub(crate) fn with_git_dir(&self, git_dir: &Path) -> Self {
        Self { git_dir: git_dir.to_path_buf(), ..self.clone() }
    }

    /// The same, with another index file.
    pub(crate) fn with_index(&self, index: &Path) -> Self {
        Self { index: Some(index.to_path_buf()), ..self.clone() }
    }

    /// The same, with new objects written to another folder.
    pub(crate) fn with_objects(&self, objects: &Path) -> Self {
        Self { objects: Some(objects.to_path_buf()), ..self.clone() }
    }

    pub(crate) fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    pub(crate) fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Top level of the files; the git directory where there are none.
    pub(crate) fn root(&self) -> &Path {
        self.work_tree.as_deref().unwrap_or(&self.git_dir)
    }

    pub(crate) fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Starts a call of `subcommand`.
    pub(crate) fn call(&self, subcommand: &'static str) -> Call<'_> {
        Call {
            git: self,
            subcommand,
            args: Vec::new(),
            variables: Vec::new(),
            config: Vec::new(),
            input: Input::Nothing,
            accepted: &[0],
            time_limit: TIME_LIMIT,
            output_max: OUTPUT_MAX,
        }
    }
}

impl Call<'_> {
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub(crate) fn args<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    pub(crate) fn variable(mut self, name: &'static str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name, value.as_ref().to_owned()));
        self
    }

    pub(crate) fn config(mut self, key: &str, value: &str) -> Self {
        self.config.push((key.into(), value.into()));
        self
    }

    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Input::Bytes(bytes.into());
        self
    }

    pub(crate) fn holding(mut self, lock: File) -> Self {
        self.input = Input::Lock(lock);
        self
    }

    /// Exit codes that are answers and not errors.
    pub(crate) fn accept(mut self, codes: &'static [i32]) -> Self {
        self.accepted = codes;
        self
    }

    pub(crate) fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    pub(crate) fn output_max(mut self, bytes: usize) -> Self {
        self.output_max = bytes;
        self
    }

    /// Runs the call and gives its standard output, without the line end.
    pub(crate) async fn text(self) -> Result<String, Error> {
        let subcommand = self.subcommand;
        let output = self.run().await?;
        match String::from_utf8(output.stdout) {
            Ok(text) => Ok(text.trim_end_matches('\n').to_owned()),
            Err(error) => {
                Err(Error::Unexpected { command: subcommand.to_owned(), message: error.to_string() })
            }
        }
    }

    /// Runs the call. The child is stopped with everything it started where it takes too long, says too much or
    /// nobody waits for it any more.
    pub(crate) async fn run(self) -> Result<Output, Error> {
        let mut output = self.run_bounded().await?;
        for _ in 0..HALF_MADE_RETRIES {
            if !output.saw_half_made() {
                break;
            }
            tokio::time::sleep(HALF_MADE_WAIT).await;
            output = self.run_bounded().await?;
        }
        if self.accepted.contains(&output.code) {
            return Ok(output);
        }
        Err(Error::Git {
            command: self.subcommand.to_owned(),
            code: (output.code >= 0).then_some(output.code),
            message: output.complaint(),
        })
    }

    async fn run_bounded(&self) -> Result<Output, Error> {
        let (command, seconds) = (self.subcommand, self.time_limit.as_secs());
        let output = tokio::time::timeout(self.time_limit, self.run_unbounded()).await;
        output.unwrap_or_else(|_| Err(Error::TimedOut { command: command.to_owned(), seconds }))
    }

    async fn run_unbounded(&self) -> Result<Output, Error> {
        let io = |operation| Error::io(operation, Path::new("git"));
        let (subcommand, limit) = (self.subcommand, self.output_max);
        let too_large = || Error::OutputTooLarge { command: subcommand.to_owned(), limit };
        let mut command = self.command();
        let input = stdin_of(&self.input, &mut command).map_err(io("share the lock with"))?;
        let mut group = Group(command.spawn().map_err(io("start"))?);
        let (stdin, stdout, stderr) = (group.0.stdin.take(), group.0.stdout.take(), group.0.stderr.take());
        let answer = async { keep(stdout, limit).await.map_err(io("read from"))?.ok_or_else(too_large) };
        let complaint = async { keep_start(stderr, ERROR_OUTPUT_MAX).await.map_err(io("read from")) };
        let fed = async {
            feed(stdin, input).await;
            Ok(())
        };
        let ((), stdout, stderr) = tokio::try_join!(fed, answer, complaint)?;
        let status = group.0.wait().await.map_err(io("wait for"))?;
        Ok(Output { code: status.code().unwrap_or(-1), stdout, stderr })
    }

    #[expect(clippy::disallowed_methods, reason = "the one function that starts git")]
    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.kill_on_drop(true).process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            if is_dropped(&name) {
                command.env_remove(&name);
            }
        }
        command.env_remove("SSH_ASKPASS").env_remove("LANGUAGE").env("LC_ALL", "C");
        command.envs(self.git.environment.variables.iter().map(|(name, value)| (name, value)));
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0");
        command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_NO_REPLACE_OBJECTS", "1");
        self.git.place(&mut command);
        let config =
            self.git.overrides.all().chain(self.git.objects_config()).chain(self.config.iter().cloned());
        let mut count = 0;
        for (key, value) in config {
            command
                .env(format!("GIT_CONFIG_KEY_{count}"), key)
                .env(format!("GIT_CONFIG_VALUE_{count}"), value);
            count += 1;
        }
        command.env("GIT_CONFIG_COUNT", count.to_string());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.arg(self.subcommand).args(&self.args);
        command
    }
}

impl Git {
    /// Nobody needs objects in another folder afterwards: neither their safety nor their size matters.
    fn objects_config(&self) -> impl Iterator<Item = (OsString, OsString)> {
        let config = TEMPORARY_OBJECTS.map(|(key, value)| (key.into(), value.into()));
        config.into_iter().filter(|_| self.objects.is_some())
    }

    /// Names the directories, so that nothing is searched for and no file in a worktree can redirect us.
    fn place(&self, command: &mut Command) {
        command.env("GIT_DIR", &self.git_dir);
        if self.git_dir != self.common_dir {
            command.env("GIT_COMMON_DIR", &self.common_dir);
        }
        if let Some(index) = &self.index {
            command.env("GIT_INDEX_FILE", index);
        }
        if let Some(objects) = &self.objects {
            let own = quoted(&self.common_dir.join("objects"));
            command.env("GIT_OBJECT_DIRECTORY", objects).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", own);
        }
        match &self.work_tree {
            Some(work_tree) => command.env("GIT_WORK_TREE", work_tree).current_dir(work_tree),
            None => command.current_dir(&self.common_dir),
        };
    }
}

impl Output {
    /// Whether this call read the files of a worktree that another git was just making, and gave up before it did
    /// anything.
    fn saw_half_made(&self) -> bool {
        let complaint = String::from_utf8_lossy(&self.stderr);
        self.code != 0 && HALF_MADE.iter().all(|part| complaint.contains(part))
    }

    /// What git complained about: the last lines, where the cause stands.
    pub(crate) fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(8)..].join("; ").chars().take(1000).collect()
    }

    /// The parts of an output with `-z`.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let body = self.stdout.strip_suffix(b"\0").unwrap_or(&self.stdout);
        body.split(|byte| *byte == 0).filter(|_| !self.stdout.is_empty())
    }

    /// The paths of an output with `-z`.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.parts().map(path_of).collect()
    }
}

/// Whether a variable of our own environment is none of git's business.
fn is_dropped(name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    let is_gits = bytes.starts_with(b"GIT_") && !KEPT_VARIABLES.iter().any(|kept| name == *kept);
    is_gits || bytes.starts_with(OWN_VARIABLES) || SECRETS.iter().any(|secret| name == *secret)
}

/// A path in a list that git separates by colons.
fn quoted(path: &Path) -> OsString {
    let mut quoted = b"\"".to_vec();
    for byte in path.as_os_str().as_bytes() {
        if matches!(byte, b'"' | b'\\') {
            quoted.push(b'\\');
        }
        quoted.push(*byte);
    }
    quoted.push(b'"');
    OsString::from_vec(quoted)
}

/// A path as git spells it.
pub(crate) fn path_of(bytes: &[u8]) -> PathBuf {
    OsString::from_vec(bytes.to_vec()).into()
}

/// Ends the whole process group when it is dropped before its end: git starts helpers of its own.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // `id` is none once the child was reaped, so the group cannot have become somebody else's.
        let Some(id) = self.0.id().and_then(|id| i32::try_from(id).ok()) else { return };
        if let Err(error) = killpg(Pid::from_raw(id), Signal::SIGKILL) {
            tracing::warn!(%error, "stopping git failed: {error}");
        }
    }
}

fn stdin_of<'a>(input: &'a Input, command: &mut Command) -> std::io::Result<&'a [u8]> {
    Ok(match input {
        Input::Nothing => {
            command.stdin(Stdio::null());
            &[]
        }
        Input::Bytes(bytes) => {
            command.stdin(Stdio::piped());
            bytes
        }
        Input::Lock(file) => {
            let mut file = file.try_clone()?;
            // The place in a file is shared: a call that is repeated reads from the start again.
            file.rewind()?;
            command.stdin(file);
            &[]
        }
    })
}

async fn feed(stdin: Option<ChildStdin>, bytes: &[u8]) {
    let Some(mut stdin) = stdin else { return };
    // A child that ends without reading all says why by its exit code.
    if let Err(error) = stdin.write_all(bytes).await {
        tracing::debug!(%error, "git did not read all of its input: {error}");
    }
}

/// All of a stream; none where it is longer than the limit.
async fn keep(stream: Option<impl AsyncRead + Unpin>, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let Some(stream) = stream else { return Ok(Some(bytes)) };
    stream.take(limit as u64 + 1).read_to_end(&mut bytes).await?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

/// The start of a stream; the rest is read and dropped, so that the writer can go on.
async fn keep_start(stream: Option<impl AsyncRead + Unpin>, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let Some(mut stream) = stream else { return Ok(bytes) };
    (&mut stream).take(limit as u64).read_to_end(&mut bytes).await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    Ok(bytes)
}
