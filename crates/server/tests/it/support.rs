//! What the tests share: bytes over TCP, a server in this process, and the product as a process of its own.

pub(crate) mod product;
pub(crate) mod served;
pub(crate) mod wire;

use std::time::{Duration, Instant};

/// Longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The first value that `attempt` gives, within [`PATIENCE`].
pub(crate) fn wait_for<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "polls a condition of another process, with a bound")]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
