//! The one writer: a task that owns the only connection that writes.

use std::future::Future;
use std::pin::Pin;

use crate::Connection;

/// A future that can be sent and borrows for `'a`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a change survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// The end of this program. For events: they are in the journal, too.
    Normal,
    /// The end of the machine's power. For what a person did, and for every change of state.
    Full,
}

/// A transaction that writes. Only [`crate::Store::write`] makes one.
#[derive(Debug)]
pub struct WriteTx {
    connection: Connection,
}

impl WriteTx {
    /// The connection, for reading inside the transaction.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
