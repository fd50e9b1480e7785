//! The lock that a shim holds for life. It goes with the process, however that ends, so it says whether a run lives.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};

/// Holds the lock of a run until dropped.
pub(crate) type RunLock = Flock<File>;

/// How long those who only look may keep a shim waiting.
const LOOKERS_BOUND: Duration = Duration::from_secs(2);

/// Takes the lock of the run in `dir`. None if a shim has it.
pub(crate) fn take_lock(dir: &Path) -> io::Result<Option<RunLock>> {
    let began = Instant::now();
    loop {
        if let Some(lock) = try_flock(dir, FlockArg::LockExclusiveNonblock)? {
            return Ok(Some(lock));
        }
        // A shared lock is only refused by a shim; where it is granted, somebody was looking at the run.
        if try_flock(dir, FlockArg::LockSharedNonblock)?.is_none() || began.elapsed() > LOOKERS_BOUND {
            return Ok(None);
        }
        super::pause(Duration::from_millis(1));
    }
}

/// Whether a shim holds the lock of the run in `dir`.
pub(crate) fn is_locked(dir: &Path) -> io::Result<bool> {
    match try_flock(dir, FlockArg::LockSharedNonblock) {
        Ok(lock) => Ok(lock.is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn try_flock(dir: &Path, kind: FlockArg) -> io::Result<Option<RunLock>> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(kind == FlockArg::LockExclusiveNonblock)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(dir.join("lock"))?;
    match Flock::lock(file, kind) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_lookers_do_not() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_locked(dir.path()).unwrap());
        drop(take_lock(dir.path()).unwrap());
        let looker = try_flock(dir.path(), FlockArg::LockSharedNonblock).unwrap().unwrap();
        assert!(!is_locked(dir.path()).unwrap());
        drop(looker);
        let lock = take_lock(dir.path()).unwrap().unwrap();
        assert!(is_locked(dir.path()).unwrap());
        assert!(take_lock(dir.path()).unwrap().is_none());
        drop(lock);
        assert!(!is_locked(dir.path()).unwrap());
    }

    #[test]
    fn a_run_without_a_folder_is_not_locked() {
        assert!(!is_locked(Path::new("/nonexistent/run")).unwrap());
    }
}
