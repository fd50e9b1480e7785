//! Durations of the same thing, many times.

use std::time::Duration;

/// Measured durations; at least one, or every question is an error.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    /// Adds one.
    pub(crate) fn push(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    /// The duration that `share` of the samples do not exceed.
    pub(crate) fn quantile(&self, share: f64) -> anyhow::Result<Duration> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let index = (sorted.len() as f64 * share).ceil().max(1.0) as usize - 1;
        sorted.get(index).copied().ok_or_else(|| anyhow::anyhow!("nothing was measured"))
    }

    /// The one in the middle.
    pub(crate) fn median(&self) -> anyhow::Result<Duration> {
        self.quantile(0.5)
    }
}

impl FromIterator<Duration> for Samples {
    fn from_iter<Durations: IntoIterator<Item = Duration>>(durations: Durations) -> Self {
        Self(durations.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_sorted_samples() {
        let samples: Samples = (1..=100).rev().map(Duration::from_millis).collect();
        check(&samples, 0.0, 1);
        check(&samples, 0.5, 50);
        check(&samples, 0.99, 99);
        check(&samples, 1.0, 100);
        assert!(Samples::default().median().is_err());
    }

    fn check(samples: &Samples, share: f64, expected_ms: u64) {
        assert_eq!(samples.quantile(share).unwrap(), Duration::from_millis(expected_ms));
    }
}
