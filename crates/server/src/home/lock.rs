//! One server per home: a file lock held for the life of the process. The system frees it, however we die.

use std::fs::{File, TryLockError};
use std::path::Path;

use utils::open_private;

use super::{HomeError, io_error};

/// The home is ours while this lives.
#[derive(Debug)]
#[must_use]
pub struct HomeLock {
    _file: File,
}

impl HomeLock {
    pub(super) fn take(path: &Path) -> Result<Option<Self>, HomeError> {
        let file = open_private(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(io_error("lock", path)(error)),
        }
    }
}
