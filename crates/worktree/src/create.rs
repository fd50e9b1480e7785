//! Makes worktrees.
//!
//! Names are claimed first, under a lock: a folder, a branch, a keep ref and a record that says "creating". Only then
//! git fills the folder, outside of the lock, so that several worktrees can be made at once. A creation that was
//! interrupted is found by its record: nobody was told of that worktree yet, so that what git left is taken away and
//! made again under the same names.

use std::{
    collections::HashSet,
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio::time::sleep;
use utils::OrLog;

use crate::{
    CarriedFile, CreateWorktree, CreatedWorktree, Error, Worktree,
    blocking::blocking,
    carry,
    git::Git,
    name,
    own_dir::{self, Record, RecordState},
    refs::{self, Heads},
    slug::slug,
    submodule,
};

const CHECKOUT_LIMIT: Duration = Duration::from_secs(20 * 60);
const SUFFIX_MAX: u32 = 10_000;
/// How long the lock of a new ref is waited for, and how old one is that nobody holds.
const LOCK_WAIT: Duration = Duration::from_secs(4);
const LOCK_STALE: Duration = Duration::from_secs(1);
const LOCK_LOOK: Duration = Duration::from_millis(100);
/// Why our worktrees are locked; git shows it to the user.
pub(crate) const LOCK_REASON: &str = "eval-kanban: in use by an attempt";

/// Makes the worktree that is asked for, or finds it.
pub(crate) async fn create_worktree(
    git: &Git,
    project_hash: &str,
    request: &CreateWorktree,
) -> Result<CreatedWorktree, Error> {
    name::check_id(&request.id)?;
    name::check_prefix(&request.prefix)?;
    // Kept by git as well: one that a killed caller left at work is waited for.
    let name = format!("tmp/create-{}.lock", request.id);
    let lock = own_dir::lock(git, &name).await?;
    let created = find_or_make(git, project_hash, request, &lock).await?;
    own_dir::remove_file(&git.common_dir().join("eval-kanban").join(name))?;
    Ok(created)
}

async fn find_or_make(
    git: &Git,
    project_hash: &str,
    request: &CreateWorktree,
    lock: &File,
) -> Result<CreatedWorktree, Error> {
    let mut record = match own_dir::find_record(git.common_dir(), &request.id)? {
        Some(record) if record.state == RecordState::Ready && is_whole(git, &record.worktree)? => {
            return Ok(CreatedWorktree {
                worktree: record.worktree,
                carried: vec![],
                notes: vec![],
                is_new: false,
            });
        }
        Some(record) => record,
        None => claim(git, project_hash, request).await?,
    };
    clear_interrupted(git, &record, lock).await?;
    if !claim_branch(git, &record).await? {
        fs::remove_dir(&record.worktree.path).map_err(Error::io("delete", &record.worktree.path))?;
        own_dir::remove_record(git.common_dir(), &request.id)?;
        record = claim(git, project_hash, request).await?;
        claim_branch(git, &record).await?;
    }
    fill(git, record.worktree, &request.carry, lock).await
}

/// Makes the worktree of a record again, whose branch is its own.
pub(crate) async fn find_or_fill(
    git: &Git,
    record: Record,
    carry: &[String],
    lock: &File,
) -> Result<CreatedWorktree, Error> {
    clear_interrupted(git, &record, lock).await?;
    claim_branch(git, &record).await?;
    fill(git, record.worktree, carry, lock).await
}

/// Where a worktree would start from.
#[derive(Debug)]
struct Base {
    branch: Option<String>,
    commit: String,
}

async fn claim(git: &Git, project_hash: &str, request: &CreateWorktree) -> Result<Record, Error> {
    let folder = prepare_folder(git, &request.workspaces, project_hash).await?;
    let _lock = own_dir::lock(git, "worktrees.lock").await?;
    let heads = refs::read_heads(git).await?;
    let base = find_base(git, &heads, request).await?;
    let (path, branch) = choose_names(&folder, &heads, request)?;
    let worktree =
        Worktree { id: request.id.clone(), path, branch, base_branch: base.branch, base_commit: base.commit };
    let record = Record { worktree, state: RecordState::Creating, admin: None };
    own_dir::write_record(git.common_dir(), &record)?;
    claim_branch(git, &record).await?;
    Ok(record)
}

/// The folder of a repository's worktrees; made where it is missing.
pub(crate) async fn prepare_folder(
    git: &Git,
    workspaces: &Path,
    project_hash: &str,
) -> Result<PathBuf, Error> {
    let (workspaces, project_hash) = (workspaces.to_path_buf(), project_hash.to_owned());
    let root = git.root().to_path_buf();
    blocking("make the workspaces folder", move || {
        fs::create_dir_all(&workspaces).map_err(Error::io("create", &workspaces))?;
        let workspaces = fs::canonicalize(&workspaces).map_err(Error::io("open", &workspaces))?;
        if workspaces.starts_with(&root) {
            let reason = "it lies inside the repository, where tools would find the wrong files";
            let name = workspaces.display().to_string();
            return Err(Error::InvalidName { name, what: "workspaces folder", reason });
        }
        let folder = workspaces.join(project_hash);
        utils::create_private_dir(&folder)?;
        Ok(folder)
    })
    .await
}

async fn find_base(git: &Git, heads: &Heads, request: &CreateWorktree) -> Result<Base, Error> {
    let branch = request.base_branch.clone().or_else(|| heads.head_branch.clone());
    if let Some(commit) = &request.base_commit {
        return Ok(Base { commit: refs::resolve_base(git, commit).await?, branch });
    }
    let known = match &branch {
        Some(branch) => heads.commit_of(branch).map(str::to_owned),
        None => heads.head_commit.clone(),
    };
    let has_commits = heads.head_commit.is_some() || !heads.branches.is_empty();
    match (known, branch) {
        (Some(commit), branch) => Ok(Base { branch, commit }),
        (None, Some(branch)) if has_commits => Err(Error::BaseNotFound { base: branch }),
        (None, _) => Err(Error::NoCommits { path: git.root().to_path_buf() }),
    }
}

/// Chooses a folder and a branch that nobody has, also where letter case does not tell names apart, and makes the
/// folder.
fn choose_names(folder: &Path, heads: &Heads, request: &CreateWorktree) -> Result<(PathBuf, String), Error> {
    let branches: HashSet<String> = heads.branches.iter().map(|branch| branch.name.to_lowercase()).collect();
    let folders = folded_entries(folder)?;
    let (stem, start) = (slug(&request.title), branch_start(&branches, &request.prefix));
    for number in 1..=SUFFIX_MAX {
        let name = if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
        let branch = format!("{start}{name}");
        if folders.contains(&name) || is_branch_taken(&branches, &branch) {
            continue;
        }
        let path = folder.join(&name);
        match fs::create_dir(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            other => return other.map(|()| (path.clone(), branch)).map_err(Error::io("create", &path)),
        }
    }
    Err(Error::InvalidName { name: stem, what: "title", reason: "too many worktrees have this name" })
}

fn folded_entries(folder: &Path) -> Result<HashSet<String>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::io("list", folder))?;
    entries
        .map(|entry| {
            Ok(entry.map_err(Error::io("list", folder))?.file_name().to_string_lossy().to_lowercase())
        })
        .collect()
}

/// `ek/`, or `ek-` where a branch `ek` exists: git cannot have both `ek` and `ek/…`.
fn branch_start(branches: &HashSet<String>, prefix: &str) -> String {
    let folded = prefix.to_lowercase();
    let mut ancestors = folded.match_indices('/').map(|(at, _)| &folded[..at]).chain([folded.as_str()]);
    if ancestors.any(|ancestor| branches.contains(ancestor)) {
        return format!("{}-", prefix.replace('/', "-"));
    }
    format!("{prefix}/")
}

fn is_branch_taken(branches: &HashSet<String>, branch: &str) -> bool {
    let folded = branch.to_lowercase();
    let inside = format!("{folded}/");
    branches.contains(&folded) || branches.iter().any(|known| known.starts_with(&inside))
}

async fn make_refs(git: &Git, worktree: &Worktree, commit: &str) -> Result<(), Error> {
    let Worktree { id, branch, .. } = worktree;
    let names = [format!("refs/heads/{branch}"), keep_ref(id)];
    let orders = format!("create {} {commit}\nupdate {} {commit}\n", names[0], names[1]);
    let until = Instant::now() + LOCK_WAIT;
    loop {
        let made = git.call("update-ref").arg("--stdin").input(orders.clone()).run().await;
        let locks = names.iter().map(|name| git.common_dir().join(format!("{name}.lock")));
        let locks: Vec<PathBuf> = locks.filter(|lock| lock.exists()).collect();
        match made {
            Ok(_) => return Ok(()),
            Err(error) if locks.is_empty() || Instant::now() > until => return Err(error),
            Err(_locked) => locks.iter().for_each(|lock| remove_if_stale(lock)),
        }
        sleep(LOCK_LOOK).await;
    }
}

/// A git that was killed leaves the lock of its ref. Only we make these refs, one creation at a time: a lock that is
/// older than any git takes for them belongs to nobody.
fn remove_if_stale(lock: &Path) {
    let age = fs::metadata(lock).and_then(|metadata| metadata.modified()).map(|at| at.elapsed());
    if matches!(age, Ok(Ok(age)) if age > LOCK_STALE) {
        fs::remove_file(lock).or_log("removing the lock of a git that was killed");
    }
}

/// The ref that keeps the commits of an attempt, whatever happens to its branch.
pub(crate) fn keep_ref(id: &str) -> String {
    format!("refs/eval-kanban/keep/{id}")
}

/// Whether a worktree that was handed out is still there.
pub(crate) fn is_whole(git: &Git, worktree: &Worktree) -> Result<bool, Error> {
    let admin = own_dir::find_admin_dir(git.common_dir(), &worktree.path)?;
    Ok(admin.is_some() && worktree.path.is_dir())
}

/// Takes away what an interrupted creation left, so that git can begin again.
async fn clear_interrupted(git: &Git, record: &Record, lock: &File) -> Result<(), Error> {
    let path = &record.worktree.path;
    if let Some(admin) = own_dir::find_admin_dir(git.common_dir(), path)? {
        if path.exists() {
            // Only a creation that was never handed out comes here. git needs this file to remove what it has begun.
            restore_git_file(path, &admin)?;
        }
        let call = git.call("worktree").args(["remove", "--force", "--force", "--"]).arg(path);
        call.holding(share(lock)?).run().await?;
    }
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let reason = "its folder has files that git does not know; move them away".to_owned();
            Err(Error::WorktreeBroken { path: path.clone(), reason })
        }
        Err(_) => fs::create_dir(path).map_err(Error::io("create", path)),
    }
}

/// Writes the file by which git finds from a worktree to its registration.
pub(crate) fn restore_git_file(path: &Path, admin: &Path) -> Result<(), Error> {
    let file = path.join(".git");
    own_dir::remove_file(&file)?;
    fs::write(&file, format!("gitdir: {}\n", admin.display())).map_err(Error::io("write", &file))
}

/// Makes the branch where it is missing. False where a branch of that name is somebody else's.
async fn claim_branch(git: &Git, record: &Record) -> Result<bool, Error> {
    let Worktree { id, branch, base_commit, .. } = &record.worktree;
    let kept = refs::resolve(git, &keep_ref(id)).await?;
    let has_branch = refs::find_branch(git, branch).await?.is_some();
    match (has_branch, kept) {
        // Both are made in one step, so that the branch alone is not ours.
        (true, None) => return Ok(false),
        (true, Some(_)) => {}
        (false, kept) => {
            make_refs(git, &record.worktree, &kept.unwrap_or_else(|| base_commit.clone())).await?
        }
    }
    Ok(true)
}

async fn fill(
    git: &Git,
    worktree: Worktree,
    patterns: &[String],
    lock: &File,
) -> Result<CreatedWorktree, Error> {
    let (_, chosen) = tokio::try_join!(add(git, &worktree, lock), carry::choose(git, patterns))?;
    let carried: Vec<CarriedFile> = carry::copy(git, &worktree.path, chosen).await?;
    let notes = submodule::populate(git, &worktree).await?;
    let admin = own_dir::find_admin_dir(git.common_dir(), &worktree.path)?;
    let record = Record { worktree, state: RecordState::Ready, admin };
    own_dir::write_record(git.common_dir(), &record)?;
    Ok(CreatedWorktree { worktree: record.worktree, carried, notes, is_new: true })
}

async fn add(git: &Git, worktree: &Worktree, lock: &File) -> Result<(), Error> {
    let call = git.call("worktree").args(["add", "--quiet", "--lock", "--reason", LOCK_REASON, "--"]);
    let call = call.arg(&worktree.path).arg(&worktree.branch).holding(share(lock)?);
    call.time_limit(CHECKOUT_LIMIT).run().await?;
    Ok(())
}

fn share(lock: &File) -> Result<File, Error> {
    lock.try_clone().map_err(Error::io("share", Path::new("create.lock")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_avoid_what_git_and_file_systems_cannot_tell_apart() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<HashSet<_>>();
        let check = |branches: &[&str], prefix: &str, expected: &str| {
            assert_eq!(branch_start(&names(branches), prefix), expected, "{branches:?} {prefix}");
        };
        check(&["main"], "ek", "ek/");
        check(&["ek"], "ek", "ek-");
        check(&["ek"], "EK", "EK-");
        check(&["team"], "team/ek", "team-ek-");
        check(&["team/ek/x"], "team/ek", "team/ek/");
        assert!(is_branch_taken(&names(&["ek/a"]), "EK/A"));
        assert!(is_branch_taken(&names(&["ek/a/b"]), "ek/a"));
        assert!(!is_branch_taken(&names(&["ek/ab"]), "ek/a"));
    }
}
