//! A run's process tree: what descends from its shim, and what bears its mark in the environment.
//!
//! The shim is a subreaper, so whatever makes its own session or loses its parent still descends from it. Once the
//! shim is gone, only the mark is left to go by.

use std::{fs, io};

use domain::RunId;
use nix::errno::Errno;

use super::identity::ProcessStat;

/// Name of the variable that every process of a run inherits; its value is the run's id.
pub(crate) const RUN_MARK: &str = "EVAL_KANBAN_RUN";

/// The processes of one run.
#[derive(Debug)]
pub(crate) struct ProcessTree {
    mark: Vec<u8>,
    root_pid: Option<i32>,
}

/// A living process of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its number.
    pub(crate) pid: i32,
    start_time: u64,
}

impl ProcessTree {
    /// What descends from `root_pid`, the shim, or bears the run's mark. The root itself and the caller are no
    /// members.
    pub(crate) fn new(run_id: RunId, root_pid: Option<i32>) -> Self {
        Self { mark: format!("{RUN_MARK}={run_id}").into_bytes(), root_pid }
    }

    /// Who lives.
    pub(crate) fn members(&self) -> Vec<Member> {
        let own_pid = nix::unistd::getpid().as_raw();
        let living = living_processes();
        let is_member = |pid: i32| self.descends_from_root(pid, &living) || self.is_marked(pid);
        let others = living.iter().filter(|(pid, _)| *pid != own_pid && Some(*pid) != self.root_pid);
        let members = others.filter(|(pid, stat)| !stat.is_dead() && is_member(*pid));
        members.map(|(pid, stat)| Member { pid: *pid, start_time: stat.start_time }).collect()
    }

    fn descends_from_root(&self, pid: i32, living: &[(i32, ProcessStat)]) -> bool {
        let Some(root_pid) = self.root_pid else { return false };
        let parent_of = |pid| {
            let found = living.binary_search_by_key(&pid, |(other, _)| *other).ok()?;
            Some(living[found].1.parent_pid)
        };
        // Bounded, because numbers may be used again while we read.
        std::iter::successors(Some(pid), |pid| parent_of(*pid)).take(living.len()).any(|pid| pid == root_pid)
    }

    fn is_marked(&self, pid: i32) -> bool {
        let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else { return false };
        environment.split(|byte| *byte == 0).any(|variable| variable == self.mark)
    }
}

impl Member {
    /// Sends a signal to this process, never to a later one with its number. One that is gone is no error.
    pub(crate) fn signal(self, signal: i32) -> io::Result<()> {
        match self.try_signal(signal) {
            Err(Errno::ESRCH) => Ok(()),
            other => other.map_err(io::Error::from),
        }
    }

    #[cfg(target_os = "linux")]
    fn try_signal(self, signal: i32) -> nix::Result<()> {
        use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
        // SAFETY: a system call without pointers; its result is checked.
        let raw = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, self.pid, 0) })?;
        // SAFETY: the kernel just made this descriptor for us.
        let pidfd = unsafe { OwnedFd::from_raw_fd(raw as i32) };
        if ProcessStat::read(self.pid).is_none_or(|stat| stat.start_time != self.start_time) {
            return Err(Errno::ESRCH);
        }
        let no_info = std::ptr::null::<libc::siginfo_t>();
        // SAFETY: the descriptor is open, and no information is passed.
        let sent =
            unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, no_info, 0) };
        Errno::result(sent).map(drop)
    }

    #[cfg(not(target_os = "linux"))]
    fn try_signal(self, signal: i32) -> nix::Result<()> {
        let signal = nix::sys::signal::Signal::try_from(signal)?;
        nix::sys::signal::killpg(nix::unistd::Pid::from_raw(self.pid), signal)
    }
}

/// Every process there is, ascending.
fn living_processes() -> Vec<(i32, ProcessStat)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let mut living: Vec<_> = pids.filter_map(|pid| Some((pid, ProcessStat::read(pid)?))).collect();
    living.sort_unstable_by_key(|(pid, _)| *pid);
    living
}
