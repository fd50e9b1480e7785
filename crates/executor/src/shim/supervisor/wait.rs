//! Waiting: one `poll` over everything that can happen, with a time limit for everything that is due.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd},
    time::{Duration, Instant},
};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Supervisor;
use crate::shim::clearing::Clearing;

/// How often a disk that refuses is tried again.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// What is ready.
#[derive(Debug, Default)]
pub(super) struct Ready {
    pub(super) signals: bool,
    pub(super) listener: bool,
    pub(super) input: bool,
    pub(super) stdout: bool,
    pub(super) stderr: bool,
    pub(super) clients: Vec<usize>,
}

impl Supervisor {
    /// Waits for what happens next, or for the time of what is due.
    pub(super) fn wait(&self) -> io::Result<Ready> {
        let reads = self.has_room();
        let mut fds = vec![poll_fd(self.signals.as_fd(), PollFlags::POLLIN)];
        fds.push(poll_fd(self.control.listener_fd(), PollFlags::POLLIN));
        let input = push(&mut fds, self.input.as_fd(), PollFlags::POLLOUT);
        let stdout = push(&mut fds, self.stdout.as_fd().filter(|_| reads), PollFlags::POLLIN);
        let stderr = push(&mut fds, self.stderr.as_fd().filter(|_| reads), PollFlags::POLLIN);
        let first_client = fds.len();
        fds.extend(self.control.client_fds().map(|(fd, has_mail)| {
            poll_fd(fd, if has_mail { PollFlags::POLLIN | PollFlags::POLLOUT } else { PollFlags::POLLIN })
        }));
        match poll(&mut fds, self.timeout()) {
            Ok(_) => {}
            Err(nix::errno::Errno::EINTR) => return Ok(Ready::default()),
            Err(errno) => return Err(errno.into()),
        }
        let is_ready = |place: usize| fds[place].any().unwrap_or(true);
        Ok(Ready {
            signals: is_ready(0),
            listener: is_ready(1),
            input: input.is_some_and(is_ready),
            stdout: stdout.is_some_and(is_ready),
            stderr: stderr.is_some_and(is_ready),
            clients: (first_client..fds.len())
                .filter(|place| is_ready(*place))
                .map(|place| place - first_client)
                .collect(),
        })
    }

    fn timeout(&self) -> PollTimeout {
        let now = Instant::now();
        let dues = [
            self.is_stuck.then(|| now + RETRY_INTERVAL),
            self.journal.sync_due().filter(|_| !self.is_stuck),
            self.stdout.lines.piece_due().filter(|_| self.has_room()),
            self.stderr.lines.piece_due().filter(|_| self.has_room()),
            self.clearing.as_ref().and_then(Clearing::look_at),
            self.drain_due(),
        ];
        match dues.into_iter().flatten().min() {
            None => PollTimeout::NONE,
            Some(due) => {
                let millis = due.saturating_duration_since(now).as_micros().div_ceil(1000);
                PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)
            }
        }
    }
}

fn poll_fd(fd: BorrowedFd<'_>, events: PollFlags) -> PollFd<'_> {
    PollFd::new(fd, events)
}

/// Adds a descriptor, if there is one, and says at which place.
fn push<'fd>(fds: &mut Vec<PollFd<'fd>>, fd: Option<BorrowedFd<'fd>>, events: PollFlags) -> Option<usize> {
    fds.push(poll_fd(fd?, events));
    Some(fds.len() - 1)
}
