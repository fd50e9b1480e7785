//! Owned tasks: the only place that spawns, so that every task has a name, an owner and an end.
//!
//! A [`Tasks`] is a tracker with a cancellation token. A clone shares both. [`Tasks::child`] makes a group that is
//! cancelled with its parent but can also be cancelled and awaited alone.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
pub use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::Instrument;

/// A group of tasks that are cancelled and awaited together.
///
/// Dropping it neither cancels nor waits: the owner calls [`Tasks::shutdown`].
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    token: CancellationToken,
    own: TaskTracker,
    above: Vec<TaskTracker>,
}

/// What became of a group at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Ended {
    /// Every task came to its end.
    All,
    /// Time was up; so many tasks were still running.
    TimedOut {
        /// Tasks that did not end in time.
        remaining: usize,
    },
}

impl Tasks {
    /// An empty group.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A group inside this one: cancelled with it and awaited by it.
    #[must_use]
    pub fn child(&self) -> Self {
        let mut above = self.above.clone();
        above.push(self.own.clone());
        Self { token: self.token.child_token(), own: TaskTracker::new(), above }
    }

    /// The token that asks the group's tasks to end.
    #[must_use]
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Resolves when the group is asked to end.
    pub async fn cancelled(&self) {
        self.token.cancelled().await;
    }

    /// Whether the group is asked to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Asks all tasks to end; does not wait.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// Runs `future` as a task of this group. The task sees the token itself: it is asked, not aborted.
    ///
    /// Dropping the handle detaches the task from the caller, never from the group.
    pub fn spawn<F>(&self, name: &'static str, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let counted = self.counted_above();
        let named = future.instrument(tracing::debug_span!("task", task = name));
        self.own.spawn(counted_while(counted, named))
    }

    /// Runs `future` as a task that is dropped at its next suspension point when the group is asked to end.
    pub fn spawn_until_cancelled<F>(&self, name: &'static str, future: F) -> JoinHandle<Option<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let token = self.token.clone();
        self.spawn(name, async move { token.run_until_cancelled(future).await })
    }

    /// Runs blocking work on the blocking pool, counted as one of the group's tasks.
    pub fn spawn_blocking<F, T>(&self, work: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let counted = self.counted_above();
        self.own.spawn_blocking(move || {
            let value = work();
            drop(counted);
            value
        })
    }

    /// Counts a future that something else drives (a WebSocket callback, say) as one of the group's tasks.
    pub fn track<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let mut counted = self.counted_above();
        counted.push(self.own.token());
        counted_while(counted, future)
    }

    /// Tasks that have not ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.own.len()
    }

    /// Whether no task is running.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    /// Cancels the group and waits for its tasks, at most `bound`. At the limit the rest is left running, counted.
    pub async fn shutdown(&self, bound: Duration) -> Ended {
        self.cancel();
        self.own.close();
        match tokio::time::timeout(bound, self.own.wait()).await {
            Ok(()) => Ended::All,
            Err(_elapsed) => Ended::TimedOut { remaining: self.own.len() },
        }
    }

    fn counted_above(&self) -> Vec<TaskTrackerToken> {
        self.above.iter().map(TaskTracker::token).collect()
    }
}

/// The tokens live as long as the future, whether it ends or is dropped.
async fn counted_while<F: Future>(counted: Vec<TaskTrackerToken>, future: F) -> F::Output {
    let value = future.await;
    drop(counted);
    value
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    const BOUND: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn shutdown_waits_for_a_task_that_heeds_the_token() {
        let tasks = Tasks::new();
        let token = tasks.token().clone();
        let task = tasks.spawn("heeds", async move { token.cancelled().await });
        assert_eq!(tasks.shutdown(BOUND).await, Ended::All);
        assert!(task.is_finished());
    }

    #[tokio::test]
    async fn shutdown_is_bounded_and_counts_the_rest() {
        let tasks = Tasks::new();
        let stubborn = tasks.spawn("stubborn", pending::<()>());
        assert_eq!(tasks.shutdown(Duration::from_millis(20)).await, Ended::TimedOut { remaining: 1 });
        stubborn.abort();
    }

    #[tokio::test]
    async fn a_dropped_on_cancel_task_ends() {
        let tasks = Tasks::new();
        let task = tasks.spawn_until_cancelled("endless", pending::<()>());
        assert_eq!(tasks.shutdown(BOUND).await, Ended::All);
        assert_eq!(task.await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_child_is_cancelled_and_awaited_with_its_parent() {
        let tasks = Tasks::new();
        let child = tasks.child().child();
        let task = child.spawn_until_cancelled("endless", pending::<()>());
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks.shutdown(BOUND).await, Ended::All);
        assert!(task.is_finished());
    }

    #[tokio::test]
    async fn a_child_ends_without_its_parent() {
        let tasks = Tasks::new();
        let child = tasks.child();
        child.spawn_until_cancelled("endless", pending::<()>());
        assert_eq!(child.shutdown(BOUND).await, Ended::All);
        assert!(!tasks.is_cancelled());
    }

    #[tokio::test]
    async fn a_tracked_future_counts_until_it_is_dropped() {
        let tasks = Tasks::new();
        let socket = tasks.track(pending::<()>());
        assert_eq!(tasks.len(), 1);
        drop(socket);
        assert_eq!(tasks.len(), 0);
    }

    #[tokio::test]
    async fn blocking_work_counts_in_the_parent() {
        let tasks = Tasks::new();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let task = tasks.child().spawn_blocking(move || held.recv().is_ok());
        assert_eq!(tasks.len(), 1);
        release.send(()).unwrap();
        assert!(task.await.unwrap());
        assert_eq!(tasks.shutdown(BOUND).await, Ended::All);
    }
}
