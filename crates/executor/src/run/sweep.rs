//! Ending what a dead shim left behind.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use domain::RunId;

use crate::process::{self, ProcessTree};

/// How long a sweep goes on.
const SWEEP_BOUND: Duration = Duration::from_secs(5);
/// Between two looks of a sweep.
const SWEEP_INTERVAL: Duration = Duration::from_millis(10);

/// What a sweep found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SweepReport {
    /// Processes that were ended.
    pub ended_count: u32,
    /// Processes that the system did not let us end.
    pub survivors: Vec<i32>,
}

/// Ends whatever a dead shim left behind, found by the run's mark in the environment. Blocks, five seconds at most.
pub fn sweep_run(run_id: RunId) -> SweepReport {
    let tree = ProcessTree::new(run_id, None);
    let bound = Instant::now() + SWEEP_BOUND;
    let mut ended = HashSet::new();
    loop {
        let members = tree.members();
        if members.is_empty() || Instant::now() > bound {
            let survivors: Vec<i32> = members.iter().map(|member| member.pid).collect();
            let ended_count = ended.iter().filter(|pid| !survivors.contains(pid)).count();
            return SweepReport { ended_count: u32::try_from(ended_count).unwrap_or(u32::MAX), survivors };
        }
        for member in members {
            // Who refuses is found again, and reported in the end.
            member.signal(libc::SIGKILL).unwrap_or_default();
            ended.insert(member.pid);
        }
        process::pause(SWEEP_INTERVAL);
    }
}
