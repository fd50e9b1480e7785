//! Trial worktrees: a commit that no branch has, laid out for commands that say whether it is good. Whatever they leave
//! in it is thrown away with it.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Error, Worktree, carry,
    create::{prepare_folder, restore_git_file},
    git::Git,
    name, own_dir, submodule,
};

const CHECKOUT_LIMIT: Duration = Duration::from_secs(20 * 60);
/// How the names of their folders begin.
const PREFIX: &str = "trial-";
const LOCK_REASON: &str = "eval-kanban: gates before a merge";

/// A trial worktree to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakeTrial {
    /// Names it; letters, digits and `-`.
    pub id: String,
    /// Folder below which each project has one for its worktrees.
    pub workspaces: PathBuf,
    /// What is laid out.
    pub commit: String,
    /// Ignored files of the main checkout that the work needs: paths or patterns.
    pub carry: Vec<String>,
}

/// Lays a commit out in a folder of its own; its path.
pub(crate) async fn make_trial(git: &Git, project_hash: &str, request: &MakeTrial) -> Result<PathBuf, Error> {
    name::check_id(&request.id)?;
    let folder = prepare_folder(git, &request.workspaces, project_hash).await?;
    let path = folder.join(format!("{PREFIX}{}", request.id));
    remove_trial(git, &path).await?;
    let call = git.call("worktree").args(["add", "--quiet", "--detach", "--lock", "--reason", LOCK_REASON]);
    call.arg("--").arg(&path).arg(&request.commit).time_limit(CHECKOUT_LIMIT).run().await?;
    let chosen = carry::choose(git, &request.carry).await?;
    carry::copy(git, &path, chosen).await?;
    let worktree = Worktree {
        id: request.id.clone(),
        path: path.clone(),
        branch: String::new(),
        base_branch: None,
        base_commit: request.commit.clone(),
    };
    submodule::populate(git, &worktree).await?;
    Ok(path)
}

/// Throws a trial worktree away. It is no error if there is none.
pub(crate) async fn remove_trial(git: &Git, path: &Path) -> Result<(), Error> {
    if !is_trial(path) {
        let (name, what) = (path.display().to_string(), "trial worktree");
        return Err(Error::InvalidName { name, what, reason: "it was not made as one" });
    }
    let Some(admin) = own_dir::find_admin_dir(git.common_dir(), path)? else { return Ok(()) };
    if path.exists() {
        restore_git_file(path, &admin)?;
    }
    let call = git.call("worktree").args(["remove", "--force", "--force", "--"]).arg(path);
    call.time_limit(CHECKOUT_LIMIT).run().await.map(drop)
}

/// Throws away the trial worktrees of a project that nobody uses.
pub(crate) async fn sweep_trials(git: &Git, folder: &Path, used: &[PathBuf]) -> Result<(), Error> {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
    for entry in entries {
        let path = entry.map_err(Error::io("list", &folder))?.path();
        if is_trial(&path) && !used.contains(&path) {
            remove_trial(git, &path).await?;
        }
    }
    Ok(())
}

fn is_trial(path: &Path) -> bool {
    path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with(PREFIX))
}
