//! What every request and every workflow shares.

use std::{
    collections::HashSet,
    ops::Deref,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use db::{BoxFuture, Store, WriteTx};
use domain::{AttemptId, Notice};
use executor::ShimProgram;
use tokio::sync::{Notify, watch};
use utils::tasks::Tasks;

use crate::{
    board::Board,
    config_file::ConfigFile,
    gates::GateWorkers,
    github::{self, GithubAccess},
    radar::{self, RadarDesk},
    recover,
    repositories::Repositories,
    scheduler,
    shutdown::Shutdown,
    workflow::{refuse_start::ReadyAgents, settle_change},
};

/// The running program's own file on Linux, deleted or not.
const OWN_IMAGE: &str = "/proc/self/exe";

/// What the shell of the program hands to the board.
#[derive(Debug)]
pub struct Foundation {
    /// The home's folder.
    pub home: PathBuf,
    /// The global settings.
    pub config: ConfigFile,
    /// What the user should know from the start.
    pub notices: Vec<Notice>,
    /// Changes with every start of the server.
    pub instance_id: String,
    /// Owner of all tasks.
    pub tasks: Tasks,
    /// The wish to end.
    pub shutdown: Shutdown,
    /// This program, for the shims and the scripted agent.
    pub program: PathBuf,
}

/// The shared parts; a clone is another handle to the same ones.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// See [`AppState`].
pub struct Parts {
    pub(crate) store: Store,
    pub(crate) board: Arc<Board>,
    pub(crate) config: ConfigFile,
    pub(crate) notices: Mutex<Vec<Notice>>,
    pub(crate) instance_id: String,
    pub(crate) tasks: Tasks,
    pub(crate) shutdown: Shutdown,
    pub(crate) repositories: Repositories,
    /// What collides with what.
    pub(crate) radar: RadarDesk,
    /// Wakes the scheduler.
    pub(crate) wake: Arc<Notify>,
    /// Wakes whoever waits for an attempt to end.
    pub(crate) ended: Notify,
    /// Wakes whoever waits for a run of a gate to end.
    pub(crate) gate_ended: Notify,
    /// Who runs the gates of which attempt.
    pub(crate) gate_workers: GateWorkers,
    /// Merges and discards that were left in the middle, until somebody has found out what came of them.
    pub(crate) interrupted: Mutex<HashSet<AttemptId>>,
    /// Agents that are known to be ready for work.
    pub(crate) ready_agents: ReadyAgents,
    /// Tells the supervision of all runs that a person steered one of them.
    pub(crate) steered: watch::Sender<()>,
    /// How GitHub is reached.
    pub(crate) github: GithubAccess,
    program: PathBuf,
    home: PathBuf,
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl AppState {
    /// Opens the database, gives every unfinished attempt an explicit outcome or takes it up, and starts the
    /// scheduler. When this returns, requests may be answered.
    ///
    /// # Errors
    /// When the database cannot be opened or read.
    pub async fn open(foundation: Foundation) -> Result<Self, db::Error> {
        let wake = Arc::new(Notify::new());
        let board = Arc::new(Board::new(Arc::clone(&wake)));
        let store = Store::open(&foundation.home.join("eval-kanban.db"), board.clone()).await?;
        let state = Self(Arc::new(Parts {
            store,
            board,
            config: foundation.config,
            notices: Mutex::new(foundation.notices),
            instance_id: foundation.instance_id,
            tasks: foundation.tasks,
            shutdown: foundation.shutdown,
            repositories: Repositories::default(),
            radar: RadarDesk::default(),
            wake,
            ended: Notify::new(),
            gate_ended: Notify::new(),
            gate_workers: GateWorkers::default(),
            interrupted: Mutex::default(),
            ready_agents: ReadyAgents::default(),
            steered: watch::Sender::new(()),
            github: GithubAccess::default(),
            program: foundation.program,
            home: foundation.home,
        }));
        recover::recover(&state).await?;
        scheduler::start(&state);
        settle_change::start(&state);
        github::poll::start(&state);
        radar::start(&state);
        Ok(state)
    }

    /// Stores what is queued and closes the database. Agents go on.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

impl Parts {
    /// Whether a dead server left the attempt in the middle of a merge or discard that nobody has settled yet.
    pub(crate) fn is_interrupted(&self, attempt_id: AttemptId) -> bool {
        self.interrupted.lock().unwrap_or_else(PoisonError::into_inner).contains(&attempt_id)
    }

    /// Remembers that somebody has to find out what came of a merge.
    pub(crate) fn remember_interrupted(&self, attempt_id: AttemptId) {
        self.interrupted.lock().unwrap_or_else(PoisonError::into_inner).insert(attempt_id);
    }

    /// Passes on how the end of a change was stored; where it was not, somebody has to find out what came of it.
    pub(crate) fn remember_failed<T, E>(&self, attempt_id: AttemptId, stored: Result<T, E>) -> Result<T, E> {
        if stored.is_err() {
            self.remember_interrupted(attempt_id);
        }
        stored
    }

    /// Remembers that what a dead server left of the attempt is settled.
    pub(crate) fn forget_interrupted(&self, attempt_id: AttemptId) {
        self.interrupted.lock().unwrap_or_else(PoisonError::into_inner).remove(&attempt_id);
    }

    /// Folder of all worktrees.
    pub(crate) fn workspaces(&self) -> PathBuf {
        self.home.join("workspaces")
    }

    /// Folder of a run: its journal, socket and exit record.
    pub(crate) fn run_dir(&self, directory: &str) -> PathBuf {
        self.home.join("runs").join(directory)
    }

    /// The home's folder.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// This program, for the scripted agent. One whose file was taken away goes on from its own image, where the system
    /// has it.
    pub(crate) fn program(&self) -> &Path {
        if self.program.exists() { &self.program } else { Path::new(OWN_IMAGE) }
    }

    /// This program in its role as shim.
    pub(crate) fn shim(&self) -> ShimProgram {
        ShimProgram { program: self.program().to_owned(), args: vec!["shim".into(), "--dir".into()] }
    }

    /// Tells the viewers of an attempt that it will write no more, and those who wait for its end.
    pub(crate) fn announce_end(&self, attempt_id: AttemptId) {
        self.board.announce_end(attempt_id);
        self.ended.notify_waiters();
    }

    /// What the user should know about the board itself.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds to what the user should know.
    pub(crate) fn add_notices(&self, notices: Vec<Notice>) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).extend(notices);
    }
}

/// Gives a closure the type that [`Store::write`] wants; a closure in a variable does not get it by itself.
pub(crate) fn transaction<T, E, F>(work: F) -> F
where
    F: for<'t> FnOnce(&'t mut WriteTx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
{
    work
}
