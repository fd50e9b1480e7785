//! Gates: the project's commands that must pass. What is to be run, one run to its end, and what its end means.
//!
//! A run is stored before its shim is started and a shim starts a command only once, so that a server killed anywhere
//! in here finds out afterwards what came of it. Who asks for runs, and what follows from them, is in `workflow`.

pub(crate) mod follow;
mod verdict;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use db::NewGateRun;
use domain::{Attempt, AttemptId, Gate, GateKind, GateRunId};

use crate::clock::new_id;

/// Name of the setup command's runs.
pub(crate) const SETUP: &str = "setup";
/// Seconds that the setup command may take: a first install of everything is slow.
pub(crate) const SETUP_TIMEOUT_S: i32 = 30 * 60;

/// What is to be run for an attempt, in order.
pub(crate) fn plan(attempt: &Attempt, kind: GateKind, gates: &[Gate], cwd: &str) -> Vec<NewGateRun> {
    let planned = gates.iter().zip(0..).map(|(gate, position)| {
        let id = new_id::<GateRunId>();
        NewGateRun {
            id,
            attempt_id: attempt.id,
            name: gate.name.clone(),
            kind,
            command: gate.command.clone(),
            position,
            timeout_s: gate.timeout_s,
            cwd: cwd.to_owned(),
            directory: id.to_string(),
        }
    });
    planned.collect()
}

/// The setup command as something to be run.
pub(crate) fn setup_gate(command: &str) -> Gate {
    Gate { name: SETUP.to_owned(), command: command.to_owned(), timeout_s: SETUP_TIMEOUT_S }
}

/// Whether what comes after this gate has nothing to work with when it fails.
pub(crate) fn is_groundwork(name: &str) -> bool {
    name.eq_ignore_ascii_case("install") || name.eq_ignore_ascii_case(SETUP)
}

/// Attempts whose gates are being run, each by one task. True once somebody asked again since it looked.
#[derive(Debug, Default)]
pub(crate) struct GateWorkers(Mutex<HashMap<AttemptId, bool>>);

impl GateWorkers {
    /// True for who has to do the work; else the one that does it looks again.
    pub(crate) fn enter(&self, attempt_id: AttemptId) -> bool {
        let mut workers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = !workers.contains_key(&attempt_id);
        workers.insert(attempt_id, !is_new);
        is_new
    }

    /// True if nothing is left to do; else the worker looks again.
    pub(crate) fn leave(&self, attempt_id: AttemptId) -> bool {
        let mut workers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let was_asked = workers.insert(attempt_id, false) == Some(true);
        if !was_asked {
            workers.remove(&attempt_id);
        }
        !was_asked
    }

    /// The worker is gone, whatever is left to do.
    pub(crate) fn abandon(&self, attempt_id: AttemptId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&attempt_id);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn whoever_asks_while_a_worker_leaves_is_not_forgotten() {
        let (workers, attempt_id) = (GateWorkers::default(), AttemptId::from(Uuid::now_v7()));
        assert!(workers.enter(attempt_id));
        assert!(!workers.enter(attempt_id), "one worker");
        assert!(!workers.leave(attempt_id), "it was asked again");
        assert!(workers.leave(attempt_id));
        assert!(workers.enter(attempt_id), "another worker");
    }

    #[test]
    fn only_groundwork_holds_the_others_up() {
        for (name, expected) in
            [("install", true), ("Setup", true), ("test", false), ("install-hooks", false)]
        {
            assert_eq!(is_groundwork(name), expected, "{name}");
        }
    }
}
