//! The open database: one writer, a pool of readers, and the lock that keeps other servers out.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;

use crate::{BoxFuture, Connection, Durability, Error, Observer, WriteTx};

/// The open database. A clone is another handle to the same one.
#[derive(Debug, Clone)]
pub struct Store {}

/// A connection that reads one snapshot of the database; it goes back to the pool when dropped.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Store {
    /// Opens the database, makes it where it is missing, and brings its schema up to date after a backup.
    ///
    /// # Errors
    /// When another server holds it, it is damaged or of a newer version, or the disk refuses.
    pub async fn open(_path: &Path, _observer: Arc<dyn Observer>) -> Result<Self, Error> {
        todo!()
    }

    /// A connection to read with. All that it reads is of one moment; drop it soon. At most four at once: others wait.
    ///
    /// # Errors
    /// [`Error::Read`] when none can be opened.
    pub async fn read(&self) -> Result<Reader, Error> {
        todo!()
    }

    /// Runs `work` in a transaction and stores what it did if it returns `Ok`; else nothing of it. When this returns
    /// `Ok` the change is stored and the observer has heard of it. Dropping the future does not stop the work.
    ///
    /// `store.write(Durability::Full, move |tx| Box::pin(async move { insert_task(tx, …).await })).await`
    ///
    /// # Errors
    /// What `work` returned, or why it could not be stored.
    pub async fn write<T, E, F>(&self, _durability: Durability, _work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut WriteTx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        todo!()
    }

    /// Lets the queued work finish, then closes the file. Later work is refused with [`Error::Closed`].
    pub async fn close(&self) {
        todo!()
    }
}
