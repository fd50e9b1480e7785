//! A place for one run: a folder, a spec, and the means to wait for what happens.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use domain::RunId;
use executor::{
    ExitRecord, JournalTail, OutputStream, RunEnd, RunHandle, RunSpec, ShimProgram, Started, TailEntry,
    TailRecord, start_run,
};
use tempfile::TempDir;
use uuid::Uuid;

/// Bound of every wait.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// A place for one run. What lives in it ends with it.
pub(crate) struct Lab {
    pub(crate) home: TempDir,
    pub(crate) run_id: RunId,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self { home: TempDir::new().unwrap(), run_id: RunId::from(Uuid::now_v7()) }
    }

    /// The run's folder.
    pub(crate) fn dir(&self) -> PathBuf {
        self.home.path().join("run")
    }

    /// A file for the agent and the test to meet at.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// An agent that is a shell script; its folder is the lab's.
    pub(crate) fn shell(&self, script: &str) -> RunSpec {
        self.spec("/bin/sh", &["-c", script])
    }

    pub(crate) fn spec(&self, program: &str, args: &[&str]) -> RunSpec {
        RunSpec {
            run_id: self.run_id,
            program: program.into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            cwd: self.home.path().to_owned(),
            env_set: Default::default(),
            env_remove: Vec::new(),
            first_input: String::new(),
        }
    }

    pub(crate) async fn start(&self, spec: &RunSpec) -> Started {
        start_run(&shim(), &self.dir(), spec).await.unwrap()
    }

    /// Starts a run that has to start, and gives the shim's and the agent's process ids.
    pub(crate) async fn start_new(&self, spec: &RunSpec) -> (i32, i32) {
        match self.start(spec).await {
            Started::New { shim_pid, agent_pid } => (shim_pid, agent_pid),
            other => panic!("not started: {other:?}"),
        }
    }

    pub(crate) fn handle(&self) -> RunHandle {
        RunHandle::new(self.dir())
    }

    /// Reads to the end of the run.
    pub(crate) async fn read_all(&self) -> (Vec<TailRecord>, RunEnd) {
        read_from(&self.dir(), 0).await
    }

    /// Reads to the end of a run that has to end with an exit record.
    pub(crate) async fn read_exit(&self) -> (Vec<TailRecord>, ExitRecord) {
        match self.read_all().await {
            (records, RunEnd::Exited(record)) => (records, record),
            (records, RunEnd::Lost { .. }) => panic!("lost after {records:?}"),
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        executor::sweep_run(self.run_id);
    }
}

/// This crate's own program in its role as shim.
pub(crate) fn shim() -> ShimProgram {
    ShimProgram { program: env!("CARGO_BIN_EXE_executor-roles").into(), args: vec!["shim".into()] }
}

pub(crate) async fn read_from(dir: &Path, position: u64) -> (Vec<TailRecord>, RunEnd) {
    let mut tail = JournalTail::open(dir, position);
    let mut records = Vec::new();
    loop {
        let batch = tokio::time::timeout(BOUND, tail.next_batch(100_000)).await.unwrap().unwrap();
        records.extend(batch.records);
        if let Some(end) = batch.end {
            return (records, end);
        }
    }
}

/// The lines of one stream.
pub(crate) fn lines(records: &[TailRecord], wanted: OutputStream) -> Vec<Vec<u8>> {
    let line = |record: &TailRecord| match &record.entry {
        TailEntry::Line { stream, bytes, .. } if *stream == wanted => Some(bytes.to_vec()),
        _ => None,
    };
    records.iter().filter_map(line).collect()
}

/// The lines of standard output as text.
pub(crate) fn texts(records: &[TailRecord]) -> Vec<String> {
    let texts = lines(records, OutputStream::Stdout).into_iter();
    texts.map(|line| String::from_utf8(line).unwrap()).collect()
}

/// Waits until something is there.
pub(crate) async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < BOUND, "still waiting: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a question that takes time is answered with yes.
pub(crate) async fn eventually_async(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !look().await {
        assert!(began.elapsed() < BOUND, "still waiting: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits for a number in a file that an agent writes.
pub(crate) async fn number_in(path: &Path) -> i32 {
    eventually("a number in a file", || std::fs::read_to_string(path).ok()?.strip_suffix('\n')?.parse().ok())
        .await
}

/// Whether a process lives; one that has only its exit status left does not.
pub(crate) fn lives(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

pub(crate) fn kill(pid: i32) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
}
