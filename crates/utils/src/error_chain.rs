//! An error with all its causes on one line, for the log.

use std::error::Error;
use std::fmt;

/// Shows an error and every `source` below it, joined by `: `.
///
/// Errors of this workspace do not repeat their source in their own text, so the chain reads as one sentence.
#[derive(Debug, Clone, Copy)]
pub struct ErrorChain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("open {path}")]
    struct Outer {
        path: &'static str,
        #[source]
        source: std::io::Error,
    }

    #[test]
    fn every_cause_is_shown_once() {
        let error = Outer { path: "board.db", source: std::io::Error::other("disk on fire") };
        assert_eq!(ErrorChain(&error).to_string(), "open board.db: disk on fire");
    }
}
