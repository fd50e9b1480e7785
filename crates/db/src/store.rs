//! The open database: one writer, a pool of readers, and the lock that keeps other servers out.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Sqlite, SqlitePool, Transaction};
use tokio::sync::{mpsc, oneshot};
use utils::tasks::Tasks;

use crate::writer::{Request, Work, Writer};
use crate::{BoxFuture, Connection, Durability, Error, Observer, WriteTx, file};

/// Connections that read at once.
const READERS_MAX: u32 = 4;
/// How long one waits for a free connection before it is told that there is none.
const READER_WAIT: Duration = Duration::from_secs(10);

/// The open database. A clone is another handle to the same one.
#[derive(Debug, Clone)]
pub struct Store {
    requests: mpsc::Sender<Request>,
    readers: SqlitePool,
}

/// A connection that reads one snapshot of the database; it goes back to the pool when dropped.
#[derive(Debug)]
pub struct Reader {
    snapshot: Transaction<'static, Sqlite>,
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.snapshot
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.snapshot
    }
}

impl Store {
    /// Opens the database, makes it where it is missing, and brings its schema up to date after a backup.
    ///
    /// # Errors
    /// When another server holds it, it is damaged or of a newer version, or the disk refuses.
    pub async fn open(path: &Path, observer: Arc<dyn Observer>) -> Result<Self, Error> {
        let opened = file::open(path).await?;
        let writer = Writer::new(opened.connection, opened.options, observer, opened.lock);
        let (requests, queue) = Writer::queue();
        // The writer ends when the last handle is dropped or closes; `close` waits for its answer.
        drop(Tasks::new().spawn("database writer", writer.run(queue)));
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(READER_WAIT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(file::read_options(path));
        Ok(Self { requests, readers })
    }

    /// A connection to read with. All that it reads is of one moment; drop it soon. At most four at once: others wait,
    /// at most ten seconds.
    ///
    /// # Errors
    /// [`Error::Read`] when none can be had.
    pub async fn read(&self) -> Result<Reader, Error> {
        let snapshot = self.readers.begin().await.map_err(|source| Error::Read { source })?;
        Ok(Reader { snapshot })
    }

    /// Runs `work` in a transaction and stores what it did if it returns `Ok`; else nothing of it. When this returns
    /// `Ok` the change is stored and the observer has heard of it. Dropping the future does not stop the work.
    ///
    /// `store.write(Durability::Full, move |tx| Box::pin(async move { insert_task(tx, …).await })).await`
    ///
    /// # Errors
    /// What `work` returned, or why it could not be stored.
    pub async fn write<T, E, F>(&self, durability: Durability, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut WriteTx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let job = Box::new(Work::new(durability, work, caller));
        let sent = self.requests.send(Request::Run(job)).await;
        sent.map_err(|_refused| Error::Closed)?;
        match answer.await {
            Ok(result) => result,
            Err(_dropped) => Err(Error::Unanswered.into()),
        }
    }

    /// Lets the queued work finish, then closes the file and lets go of its lock. Later work is refused with
    /// [`Error::Closed`]. Waits for readers that are still held; the caller sets the bound.
    pub async fn close(&self) {
        self.readers.close().await;
        let (closer, closed) = oneshot::channel();
        if self.requests.send(Request::Close(closer)).await.is_ok() {
            // An error means that the writer has ended, which is what was asked for.
            drop(closed.await);
        }
    }
}
