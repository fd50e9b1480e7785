//! Small files that git ignores, as a changed `.env`: no ref keeps them, so that they are moved beside the worktrees
//! before a worktree is removed. Folders that are ignored as a whole are built again, not kept.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Error, Worktree, blocking::blocking, git::Git, restore};

const FILE_MAX: u64 = 1 << 20;
const FILES_MAX: usize = 200;
const LISTING_MAX: usize = 16 << 20;
const KEPT_AGE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Folder beside the worktrees. No slug begins with a dot.
const FOLDER: &str = ".kept";

/// Moves files that the user's checkout does not have alike to `<worktrees>/.kept/<id>/`. At the limit of files the
/// rest goes with the worktree.
pub(crate) async fn keep_ignored(git: &Git, linked: &Git, worktree: &Worktree) -> Result<(), Error> {
    let call =
        linked.call("ls-files").args(["-z", "--others", "--ignored", "--exclude-standard", "--directory"]);
    let paths = call.output_max(LISTING_MAX).run().await?.paths();
    let (root, worktree) = (git.root().to_path_buf(), worktree.clone());
    blocking("keep ignored files", move || {
        let Some(beside) = worktree.path.parent() else { return Ok(()) };
        let kept = beside.join(FOLDER).join(&worktree.id);
        let is_wanted = |path: &&PathBuf| is_worth_keeping(&worktree.path.join(path), &root.join(path));
        for path in paths.iter().filter(is_wanted).take(FILES_MAX) {
            move_beside(&worktree.path.join(path), &kept, path)?;
        }
        Ok(())
    })
    .await
}

/// Copies what was kept of a worktree back into it, over what was carried there meanwhile; says what could not be.
pub(crate) fn put_back(worktree: &Worktree) -> Result<Vec<String>, Error> {
    let Some(kept) = worktree.path.parent().map(|beside| beside.join(FOLDER).join(&worktree.id)) else {
        return Ok(Vec::new());
    };
    let mut notes = Vec::new();
    let mut folders = vec![kept.clone()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let entry = entry.map_err(Error::io("list", &folder))?;
            match entry.file_type().map_err(Error::io("look at", &folder))? {
                kind if kind.is_dir() => folders.push(entry.path()),
                kind if kind.is_file() => notes.extend(put_back_one(&kept, &entry.path(), &worktree.path)?),
                _ => {}
            }
        }
    }
    Ok(notes)
}

fn put_back_one(kept: &Path, file: &Path, root: &Path) -> Result<Option<String>, Error> {
    let Ok(path) = file.strip_prefix(kept) else { return Ok(None) };
    if !restore::is_open(root, path) {
        return Ok(Some(format!("{} was not put back: something else stands there", path.display())));
    }
    let target = root.join(path);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    fs::copy(file, &target).map_err(Error::io("put back", &target))?;
    Ok(None)
}

/// Whether a folder is the one that kept files lie in.
pub(crate) fn is_kept_folder(path: &Path) -> bool {
    path.file_name() == Some(OsStr::new(FOLDER))
}

/// Deletes what was kept long enough.
pub(crate) fn expire_kept(worktrees: &Path) -> Result<(), Error> {
    let folder = worktrees.join(FOLDER);
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(Error::io("list", &folder))?;
        let metadata = entry.metadata().map_err(Error::io("look at", &folder))?;
        let age = metadata.modified().ok().and_then(|modified| modified.elapsed().ok());
        if metadata.is_dir() && age.is_some_and(|age| age > KEPT_AGE) {
            utils::OrLog::or_log(fs::remove_dir_all(entry.path()), "deleting kept files after 30 days");
        }
    }
    Ok(())
}

fn is_worth_keeping(file: &Path, original: &Path) -> bool {
    let Ok(metadata) = fs::symlink_metadata(file) else { return false };
    if !metadata.is_file() || metadata.len() > FILE_MAX {
        return false;
    }
    let is_alike =
        fs::symlink_metadata(original).is_ok_and(|other| other.is_file() && other.len() == metadata.len());
    !(is_alike && fs::read(file).ok() == fs::read(original).ok())
}

fn move_beside(file: &Path, kept: &Path, path: &Path) -> Result<(), Error> {
    for folder in [kept.parent(), Some(kept)].into_iter().flatten() {
        utils::create_private_dir(folder)?;
    }
    let target = kept.join(path);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    }
    fs::rename(file, &target).map_err(Error::io("keep", file))
}
