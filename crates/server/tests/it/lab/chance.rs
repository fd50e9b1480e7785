//! Random moments that can be had again: the seed is printed, and `EVAL_KANBAN_SEED` sets it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A generator of chances (splitmix64).
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// Prints its seed.
    pub(crate) fn new(what: &str) -> Self {
        let seed = setting("EVAL_KANBAN_SEED").unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            u64::from(since.subsec_nanos()) ^ since.as_secs()
        });
        eprintln!("{what}: EVAL_KANBAN_SEED={seed}");
        Self(seed)
    }

    /// A number in this range, its end excluded.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        from + (bits ^ (bits >> 31)) % (to - from)
    }

    /// A time in this range.
    pub(crate) fn time(&mut self, from_ms: u64, to_ms: u64) -> Duration {
        Duration::from_micros(self.between(from_ms * 1_000, to_ms * 1_000))
    }

    /// Lets a random time pass: the moment itself is what is tried, there is nothing to wait for.
    pub(crate) async fn moment(&mut self, from_ms: u64, to_ms: u64) {
        tokio::time::sleep(self.time(from_ms, to_ms)).await;
    }
}

/// How often to kill: `EVAL_KANBAN_KILLS`, for longer runs than every build can afford.
pub(crate) fn kills(usual: u64) -> u64 {
    setting("EVAL_KANBAN_KILLS").unwrap_or(usual)
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}
