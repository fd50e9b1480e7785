//! The one writer: a task that owns the only connection that writes.
//!
//! Work waits in a queue. The writer takes what is there, runs it in one transaction, each piece in a savepoint of its
//! own so that one that fails is undone alone, stores all of it with one commit, tells the observer, and only then
//! answers, in order.

mod changes;
pub(crate) mod checkpoint;
mod job;

use std::fs::File;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _};
use tokio::sync::{mpsc, oneshot};
use utils::OrLog;

use crate::statement::statements;
use crate::{Committed, Connection, Error, Observer};
pub(crate) use changes::Changes;
use checkpoint::Checkpointer;
pub(crate) use job::{Fate, Job, Work};

/// A future that can be sent and borrows for `'a`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Work that waits; at the limit callers wait for a place.
const QUEUE_MAX: usize = 1024;
/// Work in one transaction; the rest goes into the next.
const GROUP_MAX: usize = 64;
/// Without work for so long, the write-ahead log is emptied into the file.
const IDLE: Duration = Duration::from_secs(2);

/// What a change survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// The end of this program. For events: they are in the journal, too.
    Normal,
    /// The end of the machine's power. For what a person did, and for every change of state.
    Full,
}

/// A transaction that writes. Only [`crate::Store::write`] makes one.
///
/// After an error the work must end with one, too: the database may have undone more than the statement that failed.
#[derive(Debug)]
pub struct WriteTx {
    connection: Connection,
    pub(crate) changes: Changes,
}

impl WriteTx {
    /// The connection, for reading inside the transaction.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

statements! {
    BEGIN = "begin immediate";
    PROBE = "begin";
    COMMIT = "commit";
    ROLLBACK = "rollback";
    SAVE = "savepoint job";
    KEEP = "release savepoint job";
    UNDO = "rollback to savepoint job";
    SYNC_FULL = "pragma synchronous = full";
    SYNC_NORMAL = "pragma synchronous = normal";
    WAIT_NOT = "pragma busy_timeout = 0";
    WAIT = "pragma busy_timeout = 5000";
    TRUNCATE = "pragma wal_checkpoint(truncate)";
}

/// What the writer is sent.
pub(crate) enum Request {
    /// Work to do.
    Run(Box<dyn Job>),
    /// Finish what is queued and close; answered when the file is closed and the lock released.
    Close(oneshot::Sender<()>),
}

/// What the writer is made of.
pub(crate) struct Writer {
    tx: WriteTx,
    options: SqliteConnectOptions,
    observer: Arc<dyn Observer>,
    checkpointer: Checkpointer,
    /// Held until the connection is closed.
    lock: File,
    synced: Durability,
    has_written: bool,
}

/// What the writer does next.
enum Step {
    Write(Vec<Box<dyn Job>>),
    Rest,
    End,
}

/// The writer's queue, and who asked it to close.
struct Queue {
    requests: mpsc::Receiver<Request>,
    closers: Vec<oneshot::Sender<()>>,
}

impl Writer {
    pub(crate) fn new(
        connection: Connection,
        options: SqliteConnectOptions,
        observer: Arc<dyn Observer>,
        lock: File,
    ) -> Self {
        let tx = WriteTx { connection, changes: Changes::default() };
        let checkpointer = Checkpointer::start(options.clone());
        Self { tx, options, observer, checkpointer, lock, synced: Durability::Full, has_written: false }
    }

    /// A queue for a writer, and its sending end.
    pub(crate) fn queue() -> (mpsc::Sender<Request>, mpsc::Receiver<Request>) {
        mpsc::channel(QUEUE_MAX)
    }

    /// Writes until it is told to close or nobody can send any more.
    pub(crate) async fn run(mut self, requests: mpsc::Receiver<Request>) {
        let mut queue = Queue { requests, closers: Vec::new() };
        loop {
            match queue.next(self.has_written).await {
                Step::Write(group) => self.write(group).await,
                Step::Rest => self.checkpoint().await,
                Step::End => break,
            }
        }
        self.close().await;
        for closer in queue.closers {
            if closer.send(()).is_err() {
                tracing::debug!("nobody waits any more for the database to close");
            }
        }
    }

    async fn write(&mut self, mut group: Vec<Box<dyn Job>>) {
        if group.is_empty() {
            return;
        }
        let fate = match self.run_group(&mut group).await {
            Ok(committed) => {
                self.checkpointer.wake();
                self.tell(committed);
                Fate::Stored
            }
            Err(fate) => {
                tracing::error!(jobs = group.len(), "the database did not store a change: {fate}");
                self.abandon().await;
                fate
            }
        };
        for job in group {
            job.answer(fate.clone());
        }
    }

    /// Runs the group up to its commit. On an error the transaction may still be open.
    async fn run_group(&mut self, group: &mut [Box<dyn Job>]) -> Result<Committed, Fate> {
        self.has_written = true;
        let durability = group.iter().map(|job| job.durability()).max().unwrap_or(Durability::Full);
        self.begin(durability).await.map_err(Fate::not_begun)?;
        let changes = match group {
            [alone] => self.run_alone(alone.as_mut()).await,
            group => self.run_together(group).await,
        };
        let committed = self.commit(changes.map_err(Fate::not_stored)?).await;
        committed.map_err(Fate::not_stored)
    }

    /// What the jobs changed; none if all failed.
    async fn run_together(&mut self, group: &mut [Box<dyn Job>]) -> Result<Option<Changes>, Error> {
        let mut all = None;
        for job in group {
            if let Some(changes) = self.run_saved(job.as_mut()).await? {
                all.get_or_insert_with(Changes::default).merge(changes);
            }
        }
        Ok(all)
    }

    /// Without changes there is nothing to store.
    async fn commit(&mut self, changes: Option<Changes>) -> Result<Committed, Error> {
        let connection = &mut self.tx.connection;
        let Some(changes) = changes else {
            ROLLBACK.bound().execute(connection).await?;
            return Ok(Committed::default());
        };
        let committed = changes.load(connection).await?;
        COMMIT.bound().execute(connection).await?;
        Ok(committed)
    }

    async fn begin(&mut self, durability: Durability) -> Result<(), Error> {
        if durability != self.synced {
            let statement = match durability {
                Durability::Normal => SYNC_NORMAL,
                Durability::Full => SYNC_FULL,
            };
            statement.bound().execute(&mut self.tx.connection).await?;
            self.synced = durability;
        }
        BEGIN.bound().execute(&mut self.tx.connection).await.map(drop)
    }

    /// What the job changed; none if it failed: then its transaction is undone as a whole.
    async fn run_alone(&mut self, job: &mut dyn Job) -> Result<Option<Changes>, Error> {
        let is_done = caught(job.run(&mut self.tx)).await.unwrap_or(false);
        let changes = std::mem::take(&mut self.tx.changes);
        Ok(is_done.then_some(changes))
    }

    /// The same among others. An error means that the whole transaction is lost.
    async fn run_saved(&mut self, job: &mut dyn Job) -> Result<Option<Changes>, Error> {
        SAVE.bound().execute(&mut self.tx.connection).await?;
        let changes = self.run_alone(job).await?;
        if changes.is_none() {
            UNDO.bound().execute(&mut self.tx.connection).await?;
        }
        KEEP.bound().execute(&mut self.tx.connection).await?;
        Ok(changes)
    }

    /// An observer that panics must not take the writer with it: the change is stored.
    fn tell(&self, committed: Committed) {
        if committed.is_empty() {
            return;
        }
        let told = catch_unwind(AssertUnwindSafe(|| self.observer.committed(committed)));
        if told.is_err() {
            tracing::error!("the observer of the database panicked: live views miss a change");
        }
    }

    /// Ends a failed transaction, if need be with a new connection.
    async fn abandon(&mut self) {
        self.tx.changes = Changes::default();
        // The database may have ended the transaction by itself; then there is nothing to roll back.
        drop(ROLLBACK.bound().execute(&mut self.tx.connection).await);
        if PROBE.bound().execute(&mut self.tx.connection).await.is_ok()
            && ROLLBACK.bound().execute(&mut self.tx.connection).await.is_ok()
        {
            return;
        }
        if let Some(connection) = self.options.connect().await.or_log("opening the database again") {
            self.tx.connection = connection;
            self.synced = Durability::Full;
        }
    }

    /// Empties the write-ahead log without waiting for readers.
    async fn checkpoint(&mut self) {
        self.has_written = false;
        for statement in [WAIT_NOT, TRUNCATE, WAIT] {
            let done = statement.bound().execute(&mut self.tx.connection).await;
            done.or_log("emptying the write-ahead log");
        }
    }

    async fn close(self) {
        self.checkpointer.close().await;
        self.tx.connection.close().await.or_log("closing the database");
        drop(self.lock);
    }
}

impl Queue {
    /// Waits for work and takes what else is there, in order. After it was closed: what is left, then the end.
    async fn next(&mut self, has_written: bool) -> Step {
        let first = if has_written {
            match tokio::time::timeout(IDLE, self.requests.recv()).await {
                Ok(first) => first,
                Err(_idle) => return Step::Rest,
            }
        } else {
            self.requests.recv().await
        };
        first.map_or(Step::End, |first| Step::Write(self.group(first)))
    }

    /// May be empty, when there was nothing but the wish to close.
    fn group(&mut self, first: Request) -> Vec<Box<dyn Job>> {
        let mut group = Vec::new();
        let mut next = Some(first);
        while let Some(request) = next.take() {
            match request {
                Request::Run(job) => group.push(job),
                Request::Close(closer) => self.close(closer),
            }
            if group.len() < GROUP_MAX {
                next = self.requests.try_recv().ok();
            }
        }
        group
    }

    fn close(&mut self, closer: oneshot::Sender<()>) {
        self.requests.close();
        self.closers.push(closer);
    }
}

/// The future's value, or none if it panicked.
async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_panic) => Poll::Ready(None),
    })
    .await
}
