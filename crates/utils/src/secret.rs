//! Values that must appear in no log, event or answer.

use std::fmt;

/// What stands where a secret was.
pub const REDACTED: &str = "[redacted]";

/// Shorter values are not searched for: they would blank out ordinary text.
const REDACTABLE_BYTES_MIN: usize = 6;

/// A string that `Debug` and logs never show; [`Secret::expose`] is the only way to its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself: for comparing and sending, not for showing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

/// `text` with every occurrence of every secret replaced by [`REDACTED`].
///
/// Values shorter than six bytes are left alone.
#[must_use]
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    secrets
        .iter()
        .filter(|secret| secret.0.len() >= REDACTABLE_BYTES_MIN)
        .fold(text.to_owned(), |text, secret| text.replace(secret.expose(), REDACTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter22".to_owned())), REDACTED);
    }

    #[test]
    fn every_occurrence_goes_and_short_values_stay() {
        let secrets = [Secret::new("hunter22".to_owned()), Secret::new("a".to_owned())];
        assert_eq!(redact("a hunter22, hunter22!", &secrets), "a [redacted], [redacted]!");
    }
}
