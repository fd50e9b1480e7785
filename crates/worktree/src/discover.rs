//! Finds the main checkout that a path belongs to.
//!
//! Walks up and reads `.git` itself instead of asking git: configuration found on the way could point git to other
//! directories, and a hidden bare repository in a folder must not be taken for the project.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::Error;

/// Where a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Top level of the main checkout.
    pub(crate) root: PathBuf,
    /// Its git directory, which is the common one of all worktrees.
    pub(crate) common_dir: PathBuf,
}

/// Finds the repository of `path`.
pub(crate) fn find_place(path: &Path) -> Result<Place, Error> {
    let start = fs::canonicalize(path).map_err(|error| unopened(path, error))?;
    for folder in start.ancestors() {
        let entry = folder.join(".git");
        let Ok(metadata) = fs::metadata(&entry) else { continue };
        if metadata.is_dir() && is_git_dir(&entry) {
            return place_of(path, folder, &entry);
        }
        if metadata.is_file() {
            return linked_place(path, folder, &entry);
        }
    }
    let is_bare = start.ancestors().any(is_git_dir);
    let path = path.to_path_buf();
    Err(if is_bare { Error::BareRepository { path } } else { Error::NotARepository { path } })
}

/// What a path is that leads nowhere: the user's to put right, not a fault of ours.
fn unopened(path: &Path, error: io::Error) -> Error {
    let reason = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "there is no such folder",
        io::ErrorKind::PermissionDenied => "it may not be read",
        _ => return Error::io("open", path)(error),
    };
    Error::UnusualLayout { path: path.to_path_buf(), reason: reason.to_owned() }
}

/// The git directory that a `.git` file names.
pub(crate) fn read_git_file(file: &Path) -> Result<PathBuf, Error> {
    let text = fs::read_to_string(file).map_err(Error::io("read", file))?;
    let broken =
        || Error::UnusualLayout { path: file.to_path_buf(), reason: "it names no git directory".to_owned() };
    let target = text.strip_prefix("gitdir:").ok_or_else(broken)?.trim_matches([' ', '\n', '\r']);
    let base = file.parent().ok_or_else(broken)?;
    fs::canonicalize(base.join(target)).map_err(Error::io("open", file))
}

/// A `.git` file belongs to a linked worktree, a submodule, or a repository whose git directory is elsewhere.
fn linked_place(path: &Path, folder: &Path, entry: &Path) -> Result<Place, Error> {
    let git_dir = read_git_file(entry)?;
    let Ok(common) = fs::read_to_string(git_dir.join("commondir")) else {
        return place_of(path, folder, &git_dir);
    };
    let common = git_dir.join(common.trim_end_matches('\n'));
    let common = fs::canonicalize(&common).map_err(Error::io("open", &common))?;
    let unusual = |reason: &str| Error::UnusualLayout { path: path.to_path_buf(), reason: reason.to_owned() };
    if common.file_name() != Some(".git".as_ref()) {
        return Err(unusual(
            "it is a linked worktree whose main checkout cannot be found; open the main checkout",
        ));
    }
    let root =
        common.parent().ok_or_else(|| unusual("its git directory is at the top of the file system"))?;
    place_of(path, root, &common)
}

fn place_of(path: &Path, root: &Path, git_dir: &Path) -> Result<Place, Error> {
    let common_dir = fs::canonicalize(git_dir).map_err(Error::io("open", git_dir))?;
    let unusual = |reason: &str| Error::UnusualLayout { path: path.to_path_buf(), reason: reason.to_owned() };
    if !is_git_dir(&common_dir) {
        return Err(unusual("its git directory is damaged"));
    }
    if root.parent().is_none() {
        return Err(unusual("the whole file system is its checkout"));
    }
    Ok(Place { root: root.to_path_buf(), common_dir })
}

/// What git itself requires of a git directory.
fn is_git_dir(path: &Path) -> bool {
    fs::symlink_metadata(path.join("HEAD")).is_ok()
        && path.join("objects").is_dir()
        && path.join("refs").is_dir()
}
