//! Jobs: work of any type in one queue.

use std::fmt::{self, Display};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::{BoxFuture, Durability, WriteTx};
use crate::Error;

/// Work with its caller, its types hidden.
pub(crate) trait Job: Send {
    /// What the change must survive.
    fn durability(&self) -> Durability;

    /// Runs the work; whether it is to be kept.
    fn run<'j>(&'j mut self, tx: &'j mut WriteTx) -> BoxFuture<'j, bool>;

    /// Tells the caller.
    fn answer(self: Box<Self>, fate: Fate);
}

/// What became of a transaction.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// It is stored.
    Stored,
    /// It never began.
    NotBegun(Arc<Error>),
    /// It began and was undone.
    NotStored(Arc<Error>),
}

impl Fate {
    pub(crate) fn not_begun(error: Error) -> Self {
        Self::NotBegun(Arc::new(error))
    }

    pub(crate) fn not_stored(error: Error) -> Self {
        Self::NotStored(Arc::new(error))
    }
}

impl Display for Fate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored => formatter.write_str("it is stored"),
            Self::NotBegun(error) | Self::NotStored(error) => utils::ErrorChain(error).fmt(formatter),
        }
    }
}

/// Work, then its result, until the commit decides what the caller hears.
pub(crate) struct Work<T, E, F> {
    durability: Durability,
    work: Option<F>,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Work<T, E, F> {
    pub(crate) const fn new(durability: Durability, work: F, caller: oneshot::Sender<Result<T, E>>) -> Self {
        Self { durability, work: Some(work), result: None, caller }
    }
}

impl<T, E, F> Job for Work<T, E, F>
where
    F: for<'t> FnOnce(&'t mut WriteTx) -> BoxFuture<'t, Result<T, E>> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn run<'j>(&'j mut self, tx: &'j mut WriteTx) -> BoxFuture<'j, bool> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let result = work(tx).await;
            let is_done = result.is_ok();
            self.result = Some(result);
            is_done
        })
    }

    fn answer(self: Box<Self>, fate: Fate) {
        let answer = match (self.result, fate) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Fate::Stored) => Ok(value),
            (None, Fate::Stored) => Err(Error::Panicked.into()),
            (_, Fate::NotBegun(source)) => Err(Error::Begin { source }.into()),
            (_, Fate::NotStored(source)) => Err(Error::Commit { source }.into()),
        };
        // Whoever asked may have stopped waiting; the work is done all the same.
        drop(self.caller.send(answer));
    }
}
