//! The id of the request being answered: what joins an opaque answer with its line in the log.

use std::fmt;
use std::future::Future;

use uuid::Uuid;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// Names one request in answers and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A new one.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// That of the request being answered; a new one outside of any.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.try_with(|id| *id).unwrap_or_else(|_outside| Self::random())
    }

    /// Runs `future` as the answer to this request.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_simple().fmt(formatter)
    }
}
