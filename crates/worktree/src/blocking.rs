//! Work that blocks, off the async threads.

use crate::Error;

/// Runs `work` on a thread that may block. It runs to its end even where nobody waits for it any more.
pub(crate) async fn blocking<T, W>(operation: &'static str, work: W) -> Result<T, Error>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T, Error> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(source) => Err(Error::Lost { operation, source }),
    }
}
