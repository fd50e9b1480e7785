//! The home: the one folder that holds everything the product keeps. Owns its place, its modes and what the shell
//! itself stores there (token, lock, instance); what others store is theirs.

mod identity;
mod instance;
mod lock;
mod token;

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use domain::Notice;
use nix::unistd::geteuid;
use utils::{FileError, PRIVATE_DIR_MODE, PRIVATE_FILE_MODE, create_private_dir};

pub use instance::Instance;
pub use lock::HomeLock;
pub use token::{TOKEN_CHARS_MIN, Token, TokenError, TokenFile};

/// Name of the home in the user's home directory.
const DIR_NAME: &str = ".eval-kanban";

/// Why the home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Neither `EVAL_KANBAN_HOME` nor `HOME` says where.
    #[error("find a home directory: set EVAL_KANBAN_HOME to the folder to use")]
    NoPlace,
    /// The system refused.
    #[error("{operation} {}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file of the shell's could not be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Somebody else's folder or file.
    #[error(
        "use {}: it belongs to user {owner_id}, not to you; remove it or set EVAL_KANBAN_HOME to another folder",
        path.display()
    )]
    Foreign {
        /// What is not ours.
        path: PathBuf,
        /// Whose it is.
        owner_id: u32,
    },
    /// A link in the home could lead our writes anywhere.
    #[error("use {}: it is a symbolic link; put the real file or folder there", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
}

/// An opened home: a folder of ours that nobody else may enter.
#[derive(Debug, Clone)]
pub struct Home {
    path: PathBuf,
}

impl Home {
    /// Where the home is: `given` (from `EVAL_KANBAN_HOME`), else `.eval-kanban` in the user's home directory.
    ///
    /// # Errors
    /// When there is neither.
    pub fn locate(given: Option<PathBuf>) -> Result<PathBuf, HomeError> {
        let place = given.filter(|path| !path.as_os_str().is_empty());
        let place = match place {
            Some(path) => path,
            None => std::env::home_dir()
                .filter(|path| path.is_absolute())
                .ok_or(HomeError::NoPlace)?
                .join(DIR_NAME),
        };
        std::path::absolute(&place).map_err(io_error("make absolute", &place))
    }

    /// Opens the home, making it where it is missing. Modes that let others in are narrowed, and told as notices.
    ///
    /// # Errors
    /// When the home or something in it is a link or belongs to somebody else, or the system refuses.
    pub fn open(path: &Path) -> Result<(Self, Vec<Notice>), HomeError> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(io_error("create", parent))?;
        }
        if is_link(path) {
            return Err(HomeError::Link { path: path.to_owned() });
        }
        create_private_dir(path)?;
        let mut notices = Vec::new();
        notices.extend(narrow(path)?);
        let entries = fs::read_dir(path).map_err(io_error("list", path))?;
        for entry in entries {
            let entry = entry.map_err(io_error("list", path))?;
            notices.extend(narrow(&entry.path())?);
        }
        Ok((Self { path: path.to_owned() }, notices))
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file or folder in the home; `name` is a single component.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A private folder in the home, made where it is missing.
    ///
    /// # Errors
    /// When something else is there, or the system refuses.
    pub fn dir(&self, name: &str) -> Result<PathBuf, HomeError> {
        let path = self.join(name);
        create_private_dir(&path)?;
        Ok(path)
    }

    /// Takes the home for this process until the lock is dropped. `None`: another process has it.
    ///
    /// # Errors
    /// When the lock file is a link, or the system refuses.
    pub fn lock(&self) -> Result<Option<HomeLock>, HomeError> {
        HomeLock::take(&self.join("lock"))
    }
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// Closes a file or folder to others. Sockets and the like are left alone: the closed folder protects them.
fn narrow(path: &Path) -> Result<Option<Notice>, HomeError> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        // A running server's drafts come and go while we look.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("look at", path)(error)),
    };
    if metadata.is_symlink() {
        return Err(HomeError::Link { path: path.to_owned() });
    }
    if metadata.uid() != geteuid().as_raw() {
        return Err(HomeError::Foreign { path: path.to_owned(), owner_id: metadata.uid() });
    }
    let Some(mode) = narrower_mode(&metadata) else { return Ok(None) };
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(io_error("set the mode of", path))?;
    let was = metadata.mode() & 0o777;
    let message =
        format!("{} was open to other users (mode {was:03o}); it is closed now ({mode:03o})", path.display());
    Ok(Some(Notice { message }))
}

fn narrower_mode(metadata: &Metadata) -> Option<u32> {
    let is_open_to_others = metadata.mode() & 0o077 != 0;
    match (is_open_to_others, metadata.is_dir(), metadata.is_file()) {
        (true, true, _) => Some(PRIVATE_DIR_MODE),
        (true, _, true) => Some(PRIVATE_FILE_MODE),
        _ => None,
    }
}

fn io_error(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HomeError + use<> {
    let path = path.to_owned();
    move |source| HomeError::Io { operation, path, source }
}
