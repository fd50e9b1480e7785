//! What is asked of the operating system: detached processes, their identity, their tree, the lock of a run.
//!
//! The only module with `unsafe`: each use is one system call that no safe wrapper covers. Linux in full; elsewhere
//! the process group stands in for the tree, and a dying shim does not take its agent along.
#![expect(unsafe_code, reason = "fork, pre_exec, pidfd and close_range have no safe wrapper")]

mod identity;
mod lock;
mod spawn;
mod tree;

pub(crate) use identity::ProcessIdentity;
pub(crate) use lock::{RunLock, is_locked, take_lock};
pub(crate) use spawn::{
    AgentPipes, detach, drop_std_streams, ignore_signals, ignore_sigterm, pause, set_nonblocking, spawn_agent,
};
pub(crate) use tree::{Member, ProcessTree, RUN_MARK};
