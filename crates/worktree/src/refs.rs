//! Reading branches and commits: through libgit2 where it can open the repository, through git where it cannot
//! (reftable, SHA-256). Reads never change anything.

use std::path::Path;

use crate::{BranchFacts, Error, blocking::blocking, git::Git, name};

/// Where HEAD is, and all local branches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heads {
    /// The branch of HEAD, which may have no commit yet; none where it is detached.
    pub(crate) head_branch: Option<String>,
    /// The commit of HEAD.
    pub(crate) head_commit: Option<String>,
    /// By name.
    pub(crate) branches: Vec<BranchFacts>,
}

impl Heads {
    /// The commit of a branch.
    pub(crate) fn commit_of(&self, branch: &str) -> Option<&str> {
        self.branches.iter().find(|known| known.name == branch).map(|known| known.commit.as_str())
    }
}

/// Reads HEAD and the branches of the main checkout.
pub(crate) async fn read_heads(git: &Git) -> Result<Heads, Error> {
    let common_dir = git.common_dir().to_path_buf();
    match blocking("read the branches", move || Ok(heads_by_library(&common_dir))).await? {
        Some(heads) => Ok(heads),
        None => heads_by_git(git).await,
    }
}

/// The commit of a local branch.
pub(crate) async fn find_branch(git: &Git, branch: &str) -> Result<Option<String>, Error> {
    if !name::is_branch_name(branch) {
        return Ok(None);
    }
    resolve(git, &format!("refs/heads/{branch}")).await
}

/// The commit that a whole ref name or object id stands for.
pub(crate) async fn resolve(git: &Git, name: &str) -> Result<Option<String>, Error> {
    let (common_dir, wanted) = (git.common_dir().to_path_buf(), name.to_owned());
    let found = blocking("resolve a name", move || Ok(resolve_by_library(&common_dir, &wanted))).await?;
    match found {
        Some(found) => Ok(found),
        None => resolve_by_git(git, name).await,
    }
}

/// The commit that a branch name or object id of the user stands for; branches first.
pub(crate) async fn resolve_base(git: &Git, base: &str) -> Result<String, Error> {
    if let Some(commit) = find_branch(git, base).await? {
        return Ok(commit);
    }
    let found = if name::is_object_id(base) { resolve(git, base).await? } else { None };
    found.ok_or_else(|| Error::BaseNotFound { base: base.to_owned() })
}

/// The best common ancestor of two commits; none where they have none.
pub(crate) async fn merge_base(git: &Git, one: &str, other: &str) -> Result<Option<String>, Error> {
    let common_dir = git.common_dir().to_path_buf();
    let pair = (one.to_owned(), other.to_owned());
    let found =
        blocking("find the merge base", move || Ok(merge_base_by_library(&common_dir, &pair))).await?;
    if let Some(found) = found {
        return Ok(Some(found));
    }
    let call = git.call("merge-base").args(["--end-of-options", one, other]).accept(&[0, 1]);
    let text = call.text().await?;
    Ok((!text.is_empty()).then_some(text))
}

/// The first commit on a branch's own line that has `commit` in its history.
pub(crate) async fn find_merge(git: &Git, commit: &str, branch: &str) -> Result<Option<String>, Error> {
    let Some(tip) = find_branch(git, branch).await? else { return Ok(None) };
    if merge_base(git, commit, &tip).await?.as_deref() != Some(commit) {
        return Ok(None);
    }
    let range = format!("{commit}..{tip}");
    let args = ["--first-parent", "--ancestry-path", "--reverse", "--end-of-options", &range];
    let line = git.call("rev-list").args(args).text().await?;
    Ok(Some(line.lines().next().unwrap_or(&tip).to_owned()))
}

fn library(common_dir: &Path) -> Option<git2::Repository> {
    git2::Repository::open_bare(common_dir)
        .inspect_err(|error| tracing::debug!(%error, "reading through git, not libgit2: {error}"))
        .ok()
}

fn heads_by_library(common_dir: &Path) -> Option<Heads> {
    let library = library(common_dir)?;
    let head = library.find_reference("HEAD").ok()?;
    let head_branch = match head.symbolic_target_bytes() {
        Some(target) => Some(std::str::from_utf8(target.strip_prefix(b"refs/heads/")?).ok()?.to_owned()),
        None => None,
    };
    let head_commit = head.resolve().ok().and_then(|head| head.target()).map(|id| id.to_string());
    let mut branches = Vec::new();
    for branch in library.references_glob("refs/heads/*").ok()? {
        let branch = branch.ok()?;
        let name = std::str::from_utf8(branch.name_bytes()).ok()?.strip_prefix("refs/heads/")?.to_owned();
        let Some(commit) = branch.resolve().ok()?.target() else { continue };
        branches.push(BranchFacts { name, commit: commit.to_string() });
    }
    branches.sort_by(|one, other| one.name.cmp(&other.name));
    Some(Heads { head_branch, head_commit, branches })
}

async fn heads_by_git(git: &Git) -> Result<Heads, Error> {
    let listing =
        git.call("for-each-ref").args(["--format=%(refname)%00%(objectname)", "refs/heads/"]).text().await?;
    let branch_of = |line: &str| {
        let (name, commit) = line.split_once('\0')?;
        Some(BranchFacts { name: name.strip_prefix("refs/heads/")?.to_owned(), commit: commit.to_owned() })
    };
    let branches = listing.lines().filter_map(branch_of).collect();
    let head = git.call("symbolic-ref").args(["-q", "HEAD"]).accept(&[0, 1]).text().await?;
    let head_branch = head.strip_prefix("refs/heads/").map(str::to_owned);
    Ok(Heads { head_branch, head_commit: resolve_by_git(git, "HEAD").await?, branches })
}

/// None where libgit2 cannot tell; `Some(None)` where there is no such commit.
fn resolve_by_library(common_dir: &Path, name: &str) -> Option<Option<String>> {
    let library = library(common_dir)?;
    if let Ok(id) = git2::Oid::from_str(name) {
        let commit = library.find_object(id, None).and_then(|object| object.peel_to_commit());
        return Some(commit.ok().map(|commit| commit.id().to_string()));
    }
    match library.find_reference(name).and_then(|reference| reference.peel_to_commit()) {
        Ok(commit) => Some(Some(commit.id().to_string())),
        Err(error) if error.code() == git2::ErrorCode::NotFound => Some(None),
        Err(_) => None,
    }
}

async fn resolve_by_git(git: &Git, name: &str) -> Result<Option<String>, Error> {
    let wanted = format!("{name}^{{commit}}");
    let call =
        git.call("rev-parse").args(["--verify", "--quiet", "--end-of-options", &wanted]).accept(&[0, 1, 128]);
    let text = call.text().await?;
    Ok(name::is_object_id(&text).then_some(text))
}

fn merge_base_by_library(common_dir: &Path, pair: &(String, String)) -> Option<String> {
    let library = library(common_dir)?;
    let (one, other) = (git2::Oid::from_str(&pair.0).ok()?, git2::Oid::from_str(&pair.1).ok()?);
    library.merge_base(one, other).ok().map(|id| id.to_string())
}
