//! Ending a process tree: ask, wait, kill, until nothing is left or the system refuses.

use std::time::{Duration, Instant};

use crate::process::{Member, ProcessTree};

/// How long what the agent left behind may take to end by itself.
const LEFTOVER_GRACE: Duration = Duration::from_millis(500);
/// How often the tree is looked at while it is being ended.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// How long killing is tried before what is left is reported as it is.
const KILL_BOUND: Duration = Duration::from_secs(4);

/// The end of a tree, under way.
#[derive(Debug)]
pub(super) struct Clearing {
    kill_at: Instant,
    look_at: Instant,
    has_agent_ended: bool,
    /// Processes that were there after the agent.
    pub(super) leftover_count: u32,
    /// Processes that could not be ended.
    pub(super) survivors: Vec<i32>,
    /// When nothing was left, or no more was tried.
    pub(super) cleared_at: Option<Instant>,
}

impl Clearing {
    /// Asks the tree to end and gives it `grace`.
    pub(super) fn begin(tree: &ProcessTree, grace: Duration) -> Self {
        signal_all(&tree.members(), libc::SIGTERM);
        Self::until(Instant::now() + grace)
    }

    /// Nobody asked the agent to end.
    pub(super) fn unasked() -> Self {
        Self::until(Instant::now() + LEFTOVER_GRACE)
    }

    const fn until(kill_at: Instant) -> Self {
        Self {
            kill_at,
            look_at: kill_at,
            has_agent_ended: false,
            leftover_count: 0,
            survivors: Vec::new(),
            cleared_at: None,
        }
    }

    /// Skips the rest of the grace.
    pub(super) fn hurry(&mut self) {
        self.kill_at = Instant::now();
        self.look_at = self.kill_at;
    }

    /// The agent has ended: what is left has little time, and is looked at from now on.
    pub(super) fn agent_ended(&mut self, tree: &ProcessTree) {
        let now = Instant::now();
        let leftovers = tree.members();
        self.has_agent_ended = true;
        self.leftover_count = u32::try_from(leftovers.len()).unwrap_or(u32::MAX);
        self.kill_at = self.kill_at.min(now + LEFTOVER_GRACE);
        self.look_at = now;
        signal_all(&leftovers, libc::SIGTERM);
    }

    /// When the tree wants to be looked at again.
    pub(super) fn look_at(&self) -> Option<Instant> {
        self.cleared_at.is_none().then_some(self.look_at)
    }

    /// Looks at the tree, and kills it when its time is over.
    pub(super) fn look(&mut self, tree: &ProcessTree) {
        let now = Instant::now();
        if self.cleared_at.is_some() || now < self.look_at {
            return;
        }
        self.look_at = now + LOOK_INTERVAL;
        let members = tree.members();
        if members.is_empty() && self.has_agent_ended {
            self.cleared_at = Some(now);
        } else if now >= self.kill_at + KILL_BOUND {
            self.survivors = members.iter().map(|member| member.pid).collect();
            self.cleared_at = Some(now);
        } else if now >= self.kill_at {
            signal_all(&members, libc::SIGKILL);
        }
    }
}

/// What refuses the signal is found again at the next look, and reported in the end.
fn signal_all(members: &[Member], signal: i32) {
    for member in members {
        member.signal(signal).unwrap_or_default();
    }
}
