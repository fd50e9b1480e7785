//! Best effort that can be seen: a failure nobody can act on is at least a line in the log.

use std::fmt::Display;

/// Turns a `Result` into an `Option` and logs the error.
pub trait OrLog<T> {
    /// The value, or `None` after a warning that says which `operation` failed.
    ///
    /// `operation` completes “failed: …”, as in `.or_log("removing the worktree")`.
    fn or_log(self, operation: &'static str) -> Option<T>;
}

impl<T, E: Display> OrLog<T> for Result<T, E> {
    fn or_log(self, operation: &'static str) -> Option<T> {
        self.inspect_err(|error| tracing::warn!(operation, error = %error, "{operation} failed: {error:#}"))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_passes_and_a_failure_is_none() {
        assert_eq!(Ok::<_, &str>(7).or_log("counting"), Some(7));
        assert_eq!(Err::<u8, _>("no fingers").or_log("counting"), None);
    }
}
