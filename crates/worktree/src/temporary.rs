//! Checkouts for a while: a commit, detached, in a folder of ours, where gates or hooks look at it.
//!
//! Nothing in one is the work of anybody, so that it is removed with all that was made in it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    Error, TemporaryCheckout, carry,
    create::{prepare_folder, restore_git_file},
    git::Git,
    linked,
    merge::Scene,
    own_dir,
};

const CHECKOUT_LIMIT: Duration = Duration::from_secs(20 * 60);
const REMOVE_LIMIT: Duration = Duration::from_secs(10 * 60);
const LOCK_REASON: &str = "eval-kanban: a merge is being checked";
/// Folder beside the worktrees. No slug begins with a dot.
const FOLDER: &str = ".merged";

/// What is checked out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// Directory of all worktrees.
    pub(crate) workspaces: &'a Path,
    /// HEAD.
    pub(crate) head: &'a str,
    /// Index and files.
    pub(crate) tree: &'a str,
    /// Files that git ignores but the work needs.
    pub(crate) carry: &'a [String],
}

/// Makes a checkout.
pub(crate) async fn check_out(scene: Scene<'_>, wanted: Wanted<'_>) -> Result<TemporaryCheckout, Error> {
    let git = scene.git;
    let folder = prepare_folder(git, wanted.workspaces, scene.project_hash).await?.join(FOLDER);
    utils::create_private_dir(&folder)?;
    let path = folder.join(new_name());
    let call = git.call("worktree").args(["add", "--quiet", "--detach", "--no-checkout", "--lock"]);
    let call = call.args(["--reason", LOCK_REASON, "--"]).arg(&path).arg(wanted.head);
    call.time_limit(CHECKOUT_LIMIT).run().await?;
    let filled = async {
        let admin = own_dir::find_admin_dir(git.common_dir(), &path)?.ok_or_else(|| unknown(&path))?;
        let linked = linked::harden(&git.with_git_dir(&admin).with_work_tree(&path)).await?;
        let call = linked.call("read-tree").args(["--reset", "-u", wanted.tree]);
        call.time_limit(CHECKOUT_LIMIT).run().await?;
        let chosen = carry::choose(git, wanted.carry).await?;
        carry::copy(git, &path, chosen).await
    };
    match filled.await {
        Ok(carried) => Ok(TemporaryCheckout { path, carried }),
        Err(error) => {
            utils::OrLog::or_log(remove(git, &path).await, "removing a checkout that could not be filled");
            Err(error)
        }
    }
}

/// Removes a checkout with everything in it. It is no error if it is gone.
pub(crate) async fn remove(git: &Git, path: &Path) -> Result<(), Error> {
    if path.parent().and_then(Path::file_name) != Some(OsStr::new(FOLDER)) {
        return Err(unknown(path));
    }
    if let Some(admin) = own_dir::find_admin_dir(git.common_dir(), path)? {
        if path.exists() {
            restore_git_file(path, &admin)?;
        }
        let call = git.call("worktree").args(["remove", "--force", "--force", "--"]).arg(path);
        call.time_limit(REMOVE_LIMIT).run().await?;
    }
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("delete", path)(error)),
        _ => Ok(()),
    }
}

/// Removes what was made before a moment and is not used.
pub(crate) async fn sweep(
    git: &Git,
    worktrees: &Path,
    before: SystemTime,
    used: &[PathBuf],
) -> Result<(), Error> {
    let folder = worktrees.join(FOLDER);
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
    for entry in entries {
        let path = entry.map_err(Error::io("list", &folder))?.path();
        let is_old = made_at(&path).is_some_and(|made| made < before);
        if is_old && !used.iter().any(|used| used.file_name() == path.file_name()) {
            utils::OrLog::or_log(remove(git, &path).await, "removing a checkout that a crash left");
        }
    }
    Ok(())
}

/// Whether a folder is the one that temporary checkouts lie in.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.file_name() == Some(OsStr::new(FOLDER))
}

/// Begins with the time, by which sweeps tell old ones.
fn new_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{since}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn made_at(path: &Path) -> Option<SystemTime> {
    let nanoseconds: u64 = path.file_name()?.to_str()?.split('-').next()?.parse().ok()?;
    UNIX_EPOCH.checked_add(Duration::from_nanos(nanoseconds))
}

fn unknown(path: &Path) -> Error {
    let path: PathBuf = path.to_path_buf();
    Error::WorktreeBroken { path, reason: "it is no checkout of ours".to_owned() }
}
