//! Emptying the write-ahead log into the file beside the writer, on a connection of its own, so that no commit waits
//! for it.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::JoinHandle;
use utils::OrLog;
use utils::tasks::{CancellationToken, Tasks};

use crate::row::Columns;
use crate::statement::statements;
use crate::{Connection, Error};

/// Pages in the log that are worth a copy.
const PAGES_MIN: i64 = 1_000;
/// Size of a log of so many pages.
const BYTES_MIN: u64 = 4_096 * 1_000;
/// How often it is looked at, at most.
const PERIOD: Duration = Duration::from_millis(250);

statements! {
    MEASURE = "pragma wal_checkpoint(noop)";
    COPY = "pragma wal_checkpoint(passive)";
}

/// A task that copies the log's pages into the file whenever there are many.
pub(crate) struct Checkpointer {
    wake: mpsc::Sender<()>,
    tasks: Tasks,
    task: JoinHandle<()>,
}

impl Checkpointer {
    /// Opens its connection when it is first needed.
    pub(crate) fn start(options: SqliteConnectOptions) -> Self {
        let (wake, woken) = mpsc::channel(1);
        let tasks = Tasks::new();
        // It ends when the writer drops the sending end; `close` waits for that.
        let task = tasks.spawn("database checkpointer", run(options, woken, tasks.token().clone()));
        Self { wake, tasks, task }
    }

    /// Something was written.
    pub(crate) fn wake(&self) {
        match self.wake.try_send(()) {
            Ok(()) | Err(TrySendError::Full(())) => {}
            Err(TrySendError::Closed(())) => {
                tracing::warn!("the database's checkpointer has ended: the writer does its work");
            }
        }
    }

    /// Waits until its connection is closed.
    pub(crate) async fn close(self) {
        self.tasks.cancel();
        drop(self.wake);
        self.task.await.or_log("ending the database's checkpointer");
    }
}

async fn run(options: SqliteConnectOptions, mut woken: mpsc::Receiver<()>, token: CancellationToken) {
    let mut connection = None;
    while woken.recv().await.is_some() {
        checkpoint(&options, &mut connection).await.or_log("emptying the write-ahead log");
        if token.run_until_cancelled(tokio::time::sleep(PERIOD)).await.is_none() {
            break;
        }
    }
    if let Some(connection) = connection {
        connection.close().await.or_log("closing the checkpointer's connection");
    }
}

async fn checkpoint(
    options: &SqliteConnectOptions,
    connection: &mut Option<Connection>,
) -> Result<(), Error> {
    if !is_long(options) {
        return Ok(());
    }
    let connection = match connection {
        Some(connection) => connection,
        None => {
            let opened = options.connect().await.map_err(|source| Error::Read { source })?;
            connection.insert(opened)
        }
    };
    let row = MEASURE.bound().first(connection).await?;
    let Some(row) = row else { return Ok(()) };
    let mut columns = Columns::new(&row, "checkpoint");
    let (_busy, logged, copied): (i64, i64, i64) = (columns.next()?, columns.next()?, columns.next()?);
    if logged - copied >= PAGES_MIN {
        COPY.bound().execute(connection).await?;
    }
    Ok(())
}

/// Whether the log was ever long enough: most boards never need the connection.
fn is_long(options: &SqliteConnectOptions) -> bool {
    let mut name = options.get_filename().as_os_str().to_owned();
    name.push("-wal");
    // Where there is no log there is nothing to copy.
    std::fs::metadata(PathBuf::from(name)).is_ok_and(|metadata| metadata.len() >= BYTES_MIN)
}
