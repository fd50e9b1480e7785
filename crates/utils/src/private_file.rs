//! Files and folders that only their owner may read, whatever the umask, and that are never followed through a link.
//!
//! A file is replaced by writing a neighbour and renaming it: a reader sees the old bytes or the new ones.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Mode of a private folder.
pub const PRIVATE_DIR_MODE: u32 = 0o700;
/// Mode of a private file.
pub const PRIVATE_FILE_MODE: u32 = 0o600;

/// Why a private file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("{operation} {}", path.display())]
    Io {
        /// What was tried, as “read”.
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A link, a folder or a device stands where a file belongs.
    #[error("{} is not a regular file; links are not followed here", path.display())]
    NotRegular {
        /// Where.
        path: PathBuf,
    },
    /// A link or a file stands where a folder belongs.
    #[error("{} is not a folder; links are not followed here", path.display())]
    NotDirectory {
        /// Where.
        path: PathBuf,
    },
    /// Larger than the caller takes.
    #[error("{} is larger than {bytes_max} bytes", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The caller's limit.
        bytes_max: u64,
    },
}

impl FileError {
    /// Whether the file is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Makes a folder with mode 0700. True if it was not there.
///
/// # Errors
/// When something else than a folder is there, or the system refuses.
pub fn create_private_dir(path: &Path) -> Result<bool, FileError> {
    match DirBuilder::new().mode(PRIVATE_DIR_MODE).create(path) {
        Ok(()) => {
            fs::set_permissions(path, Permissions::from_mode(PRIVATE_DIR_MODE))
                .map_err(io_error("set the mode of", path))?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => must_be_dir(path).map(|()| false),
        Err(error) => Err(io_error("create", path)(error)),
    }
}

/// Opens a file for reading and writing, made with mode 0600 where it is missing.
///
/// # Errors
/// When a link or anything but a regular file is there, or the system refuses.
pub fn open_private(path: &Path) -> Result<File, FileError> {
    open(path, OpenOptions::new().read(true).write(true).create(true).truncate(false))
}

/// Opens a file for appending, made with mode 0600 where it is missing.
///
/// # Errors
/// When a link or anything but a regular file is there, or the system refuses.
pub fn open_private_append(path: &Path) -> Result<File, FileError> {
    open(path, OpenOptions::new().append(true).create(true))
}

/// Reads a whole file of at most `bytes_max` bytes.
///
/// # Errors
/// When it is missing, larger, a link, or the system refuses.
pub fn read_private(path: &Path, bytes_max: u64) -> Result<Vec<u8>, FileError> {
    let file = open(path, OpenOptions::new().read(true))?;
    let mut bytes = Vec::new();
    file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(io_error("read", path))?;
    if bytes.len() as u64 > bytes_max {
        return Err(FileError::TooLarge { path: path.to_owned(), bytes_max });
    }
    Ok(bytes)
}

/// Replaces a file's content in one step, with mode 0600, flushed to the disk before it takes the name.
///
/// A link at `path` is replaced, not followed. Two writers at once end with one of the two contents.
///
/// # Errors
/// When the system refuses; the old content is then untouched.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let draft = draft_path(path);
    let written = write_draft(&draft, bytes).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The draft may not even exist; the first error is the one to tell.
        drop(fs::remove_file(&draft));
    }
    written.map_err(io_error("write", path))?;
    sync_parent(path).map_err(io_error("flush the folder of", path))
}

fn write_draft(draft: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE_MODE).open(draft)?;
    file.set_permissions(Permissions::from_mode(PRIVATE_FILE_MODE))?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A name of its own for each write: processes differ by id, writes of one process by a count.
fn draft_path(path: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".draft-{}-{}", std::process::id(), DRAFTS.fetch_add(1, Ordering::Relaxed)));
    PathBuf::from(name)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}

/// `O_NOFOLLOW` refuses a link; `O_NONBLOCK` keeps a pipe in the file's place from hanging us.
fn open(path: &Path, options: &mut OpenOptions) -> Result<File, FileError> {
    options.mode(PRIVATE_FILE_MODE).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(path).map_err(|error| open_error(path, error))?;
    let metadata = file.metadata().map_err(io_error("look at", path))?;
    if !metadata.is_file() {
        return Err(FileError::NotRegular { path: path.to_owned() });
    }
    if metadata.mode() & 0o7777 != PRIVATE_FILE_MODE {
        file.set_permissions(Permissions::from_mode(PRIVATE_FILE_MODE))
            .map_err(io_error("set the mode of", path))?;
    }
    Ok(file)
}

fn open_error(path: &Path, error: io::Error) -> FileError {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file());
    if is_link { FileError::NotRegular { path: path.to_owned() } } else { io_error("open", path)(error) }
}

fn must_be_dir(path: &Path) -> Result<(), FileError> {
    let metadata = fs::symlink_metadata(path).map_err(io_error("look at", path))?;
    if metadata.is_dir() { Ok(()) } else { Err(FileError::NotDirectory { path: path.to_owned() }) }
}

fn io_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError + use<> {
    let path = path.to_owned();
    move |source| FileError::Io { operation, path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_written_file_is_private_and_leaves_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(read_private(&path, 3).unwrap(), b"two");
        assert_eq!(mode(&path), PRIVATE_FILE_MODE);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_refused_for_reading_and_replaced_by_writing() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "theirs").unwrap();
        symlink(&target, &link).unwrap();
        assert!(matches!(read_private(&link, 99), Err(FileError::NotRegular { .. })));
        assert!(matches!(open_private(&link), Err(FileError::NotRegular { .. })));
        assert!(matches!(open_private_append(&link), Err(FileError::NotRegular { .. })));
        write_private(&link, b"ours").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(&link).unwrap(), "ours");
    }

    #[test]
    fn a_file_too_wide_is_narrowed_when_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        drop(open_private(&path).unwrap());
        assert_eq!(mode(&path), PRIVATE_FILE_MODE);
    }

    #[test]
    fn a_file_over_the_limit_and_a_missing_one_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        assert!(read_private(&path, 3).unwrap_err().is_not_found());
        write_private(&path, b"four").unwrap();
        assert!(matches!(read_private(&path, 3), Err(FileError::TooLarge { .. })));
    }

    #[test]
    fn a_folder_is_private_and_a_link_to_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("home"), folder.path().join("link"));
        assert!(create_private_dir(&path).unwrap());
        assert!(!create_private_dir(&path).unwrap());
        assert_eq!(mode(&path), PRIVATE_DIR_MODE);
        symlink(&path, &link).unwrap();
        assert!(matches!(create_private_dir(&link), Err(FileError::NotDirectory { .. })));
    }
}
