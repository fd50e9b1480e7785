//! Files that git ignores but the work needs, copied from the user's checkout into a worktree.
//!
//! Owns the way there: no link is followed on either side, nothing is overwritten, and the copy shares its blocks
//! with the original where the file system can.

use std::{
    ffi::OsStr,
    fs::File,
    io,
    os::{fd::OwnedFd, unix::fs::MetadataExt},
    path::{Component, Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{OFlag, openat, readlinkat},
    sys::stat::{Mode, mkdirat},
    unistd::symlinkat,
};

use crate::{CarriedFile, Carry, Error, blocking::blocking, git::Git};

const FILES_MAX: usize = 10_000;
const BYTES_MAX: u64 = 1 << 30;
const LISTING_MAX: usize = 16 << 20;

/// What the patterns stand for.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    paths: Vec<PathBuf>,
    refused: Vec<CarriedFile>,
}

/// Finds the ignored files that the patterns name.
pub(crate) async fn choose(git: &Git, patterns: &[String]) -> Result<Chosen, Error> {
    let mut chosen = Chosen::default();
    let (good, bad): (Vec<&str>, Vec<&str>) = patterns
        .iter()
        .map(|pattern| pattern.trim())
        .filter(|pattern| !pattern.is_empty())
        .partition(|p| is_inside(p));
    chosen
        .refused
        .extend(bad.into_iter().map(|pattern| skipped(pattern, "it is not a path below the repository")));
    for pattern in good {
        // A pattern that matches far too much costs its files, not the worktree.
        match list_ignored(git, pattern).await {
            Ok(paths) if paths.is_empty() => {
                chosen.refused.push(skipped(pattern, "it matches no file that git ignores"))
            }
            Ok(paths) => chosen.paths.extend(paths),
            Err(error) => chosen.refused.push(skipped(pattern, &format!("failed to {error}"))),
        }
    }
    chosen.paths.sort();
    chosen.paths.dedup();
    Ok(chosen)
}

/// Copies what was chosen.
pub(crate) async fn copy(git: &Git, worktree: &Path, chosen: Chosen) -> Result<Vec<CarriedFile>, Error> {
    let Chosen { paths, refused: mut carried } = chosen;
    if paths.is_empty() {
        return Ok(carried);
    }
    let (root, worktree) = (git.root().to_path_buf(), worktree.to_path_buf());
    let copied = blocking("carry files over", move || copy_all(&root, &worktree, &paths)).await?;
    carried.extend(copied);
    Ok(carried)
}

fn is_inside(pattern: &str) -> bool {
    let path = Path::new(pattern);
    !pattern.contains('\0')
        && path.components().all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
        && !path.components().any(|component| component.as_os_str().eq_ignore_ascii_case(".git"))
}

async fn list_ignored(git: &Git, pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    let call = git.call("ls-files").args(["--others", "--ignored", "--exclude-standard", "-z", "--"]);
    let specs = [format!(":(top,literal){pattern}"), format!(":(top,glob){pattern}")];
    let output = call.args(specs).output_max(LISTING_MAX).run().await?;
    Ok(output
        .paths()
        .into_iter()
        .filter(|path| !path.as_os_str().as_encoded_bytes().ends_with(b"/"))
        .collect())
}

fn copy_all(root: &Path, worktree: &Path, paths: &[PathBuf]) -> Result<Vec<CarriedFile>, Error> {
    let open = |path: &Path| File::open(path).map(OwnedFd::from).map_err(Error::io("open", path));
    let (from, to) = (open(root)?, open(worktree)?);
    let mut left = BYTES_MAX;
    let mut carried = Vec::new();
    for (count, path) in paths.iter().enumerate() {
        let result = if count < FILES_MAX { copy_one(&from, &to, path, left) } else { Err(too_much()) };
        if let Ok(bytes) = &result {
            left = left.saturating_sub(*bytes);
        }
        carried.push(report(path, result));
    }
    Ok(carried)
}

fn report(path: &Path, result: io::Result<u64>) -> CarriedFile {
    let carry = match result {
        Ok(bytes) => Carry::Copied { bytes },
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Carry::Skipped { reason: "the worktree has a file there already".to_owned() }
        }
        Err(error) => Carry::Skipped { reason: error.to_string() },
    };
    CarriedFile { path: path.to_string_lossy().into_owned(), carry }
}

fn copy_one(from: &OwnedFd, to: &OwnedFd, path: &Path, bytes_max: u64) -> io::Result<u64> {
    let (from, name) = open_parent(from, path, Missing::Fail)?;
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let source = match openat(&from, name, flags, Mode::empty()) {
        Err(Errno::ELOOP) => return copy_link(&from, to, path, name),
        other => File::from(other?),
    };
    let metadata = source.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if metadata.len() > bytes_max {
        return Err(too_much());
    }
    let (to, name) = open_parent(to, path, Missing::Create)?;
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mode = Mode::from_bits_truncate(metadata.mode() & 0o700);
    let mut target = File::from(openat(&to, name, flags, mode)?);
    // Between files this is `copy_file_range`: blocks are shared where the file system can.
    io::copy(&mut io::Read::take(source, bytes_max), &mut target)
}

/// A link is carried as a link, and only where its target stays below the worktree.
fn copy_link(from: &OwnedFd, to: &OwnedFd, path: &Path, name: &OsStr) -> io::Result<u64> {
    let target = readlinkat(from, name)?;
    if !stays_inside(path, Path::new(&target)) {
        return Err(io::Error::other("it is a symbolic link that leads out of the repository"));
    }
    let (to, name) = open_parent(to, path, Missing::Create)?;
    symlinkat(target.as_os_str(), &to, name)?;
    Ok(0)
}

fn stays_inside(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count().saturating_sub(1);
    for component in target.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}

#[derive(Clone, Copy)]
enum Missing {
    Create,
    Fail,
}

/// Opens the folder of `path` below `root`, component by component, so that no link on the way is followed.
fn open_parent<'a>(root: &OwnedFd, path: &'a Path, missing: Missing) -> io::Result<(OwnedFd, &'a OsStr)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut folder = root.try_clone()?;
    for component in path.parent().into_iter().flat_map(Path::components) {
        let Component::Normal(part) = component else { return Err(io::ErrorKind::InvalidInput.into()) };
        folder = open_folder(&folder, part, missing)?;
    }
    Ok((folder, name))
}

fn open_folder(parent: &OwnedFd, name: &OsStr, missing: Missing) -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    match (openat(parent, name, flags, Mode::empty()), missing) {
        (Err(Errno::ENOENT), Missing::Create) => {
            mkdirat(parent, name, Mode::from_bits_truncate(0o755))?;
            Ok(openat(parent, name, flags, Mode::empty())?)
        }
        (Err(Errno::ELOOP | Errno::ENOTDIR), _) => {
            Err(io::Error::other("a symbolic link or a file is in its way"))
        }
        (other, _) => Ok(other?),
    }
}

fn too_much() -> io::Error {
    io::Error::other("more than 10,000 files or 1 GiB are to be carried")
}

fn skipped(pattern: &str, reason: &str) -> CarriedFile {
    CarriedFile { path: pattern.to_owned(), carry: Carry::Skipped { reason: reason.to_owned() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stay_below_the_repository() {
        let check = |pattern: &str, expected: bool| assert_eq!(is_inside(pattern), expected, "{pattern:?}");
        check(".env", true);
        check("config/*.local.json", true);
        check("./a b/ü", true);
        check("../secret", false);
        check("a/../../b", false);
        check("/etc/passwd", false);
        check(".git/config", false);
        check("a/.GIT/config", false);
    }

    #[test]
    fn links_stay_below_the_repository() {
        let check = |link: &str, target: &str, expected: bool| {
            assert_eq!(stays_inside(Path::new(link), Path::new(target)), expected, "{link} {target}");
        };
        check("a", "b", true);
        check("d/a", "../b", true);
        check("d/a", "../../b", false);
        check("a", "../b", false);
        check("a", "/etc/passwd", false);
        check("a", "x/../../b", false);
    }
}
