//! Starting processes: the shim leaves the server's session, the agent gets one of its own.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io,
    os::{
        fd::{AsRawFd, BorrowedFd, OwnedFd},
        unix::process::CommandExt,
    },
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollTimeout, poll},
    sys::{
        signal::{SigHandler, Signal, signal},
        stat::Mode,
    },
    unistd::{ForkResult, dup2_stdin, dup2_stdout, fork, getppid, setsid},
};

use crate::RunSpec;

/// How much sooner than anything else the system ends an agent when memory runs out.
const OOM_SCORE: &[u8] = b"700";

/// The agent's process and our ends of its streams.
#[derive(Debug)]
pub(crate) struct AgentPipes {
    /// The agent's process id, also its group's and session's.
    pub(crate) pid: i32,
    /// Its standard input.
    pub(crate) stdin: OwnedFd,
    /// Its standard output.
    pub(crate) stdout: OwnedFd,
    /// Its standard error.
    pub(crate) stderr: OwnedFd,
}

/// Leaves the caller's session: the process that goes on is a child of init, leads a session without a terminal and
/// holds nothing open but its three streams. The other one ends at once. To be called before anything else, while
/// the process has one thread and owns no descriptor.
pub(crate) fn detach() -> io::Result<()> {
    close_inherited();
    // SAFETY: one thread, so the child's copy of the process is whole.
    match unsafe { fork() }? {
        // SAFETY: ends this process without running what belongs to the one that goes on.
        ForkResult::Parent { .. } => unsafe { libc::_exit(0) },
        ForkResult::Child => setsid().map(drop).map_err(io::Error::from),
    }
}

/// Lets go of the streams that the server gave us. Standard error is the run's log file and stays: there a panic speaks.
pub(crate) fn drop_std_streams() -> io::Result<()> {
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    Ok(())
}

/// Starts the agent in its own session with exactly this environment. It ends when the calling thread does.
#[expect(clippy::disallowed_methods, reason = "the one place that starts an agent")]
pub(crate) fn spawn_agent(
    spec: &RunSpec,
    env: Vec<(OsString, OsString)>,
    umask: Mode,
) -> io::Result<AgentPipes> {
    let mut command = Command::new(&spec.program);
    command.args(&spec.args).current_dir(&spec.cwd).env_clear().envs(env);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let shim_pid = nix::unistd::getpid();
    // SAFETY: between fork and exec, and only system calls.
    unsafe { command.pre_exec(move || prepare_agent(shim_pid, umask)) };
    let mut child = command.spawn()?;
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::Error::other("a stream of the agent is missing"));
    };
    let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
    Ok(AgentPipes { pid, stdin: stdin.into(), stdout: stdout.into(), stderr: stderr.into() })
}

fn prepare_agent(shim_pid: nix::unistd::Pid, umask: Mode) -> io::Result<()> {
    setsid()?;
    #[cfg(target_os = "linux")]
    {
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
        // The shim is not, and what is not does not own its files in /proc.
        nix::sys::prctl::set_dumpable(true)?;
        close_on_exec();
    }
    if getppid() != shim_pid {
        return Err(io::Error::other("the shim is gone"));
    }
    // SAFETY: the default disposition is no handler of ours.
    unsafe {
        signal(Signal::SIGHUP, SigHandler::SigDfl)?;
        signal(Signal::SIGXFSZ, SigHandler::SigDfl)?;
    }
    nix::sys::stat::umask(umask);
    raise_oom_score();
    Ok(())
}

/// Best effort: where it is refused, the system judges by size alone.
fn raise_oom_score() {
    if let Ok(file) = File::options().write(true).open("/proc/self/oom_score_adj") {
        // SAFETY: a write to a descriptor that is open here, from memory that is there.
        unsafe { libc::write(file.as_raw_fd(), OOM_SCORE.as_ptr().cast(), OOM_SCORE.len()) };
    }
}

#[cfg(target_os = "linux")]
fn close_on_exec() {
    // SAFETY: marks descriptors; closes none that anybody owns here.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
}

#[cfg(target_os = "linux")]
fn close_inherited() {
    // SAFETY: called first in the process, before it owns a descriptor beyond its streams.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) };
}

#[cfg(not(target_os = "linux"))]
fn close_inherited() {}

/// Signals that would end a shim for no reason of its own: a closed terminal, a limit on file size.
pub(crate) fn ignore_signals() -> io::Result<()> {
    // SAFETY: ignoring is no handler of ours.
    unsafe {
        signal(Signal::SIGHUP, SigHandler::SigIgn)?;
        signal(Signal::SIGPIPE, SigHandler::SigIgn)?;
        signal(Signal::SIGXFSZ, SigHandler::SigIgn)?;
    }
    Ok(())
}

/// Makes reads and writes on a descriptor return at once.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    let flags = OFlag::from_bits_truncate(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// From now on this process does not end when it is asked to.
pub(crate) fn ignore_sigterm() -> io::Result<()> {
    // SAFETY: ignoring is no handler of ours.
    unsafe { signal(Signal::SIGTERM, SigHandler::SigIgn)? };
    Ok(())
}

/// Waits, for programs without a runtime.
pub(crate) fn pause(duration: Duration) {
    let until = Instant::now() + duration;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        let millis = i32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
        // Cut short by a signal, it goes on with what is left.
        poll(&mut [], PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)).unwrap_or_default();
    }
}
