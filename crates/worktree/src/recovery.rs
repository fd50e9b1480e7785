//! What our refs keep of work that is nowhere else, and having it back as a branch.

use std::time::{Duration, SystemTime};

use crate::{
    Error, KeptKind, KeptRef, RestoredBranch,
    expire::{self, NAMES_AND_SUBJECTS},
    git::Git,
    name, refs,
};

/// Numbers tried for a made-up branch.
const SUFFIX_MAX: u32 = 1_000;

/// Everything that can be had back.
pub(crate) async fn list_kept(git: &Git) -> Result<Vec<KeptRef>, Error> {
    let format = format!("{NAMES_AND_SUBJECTS}%00%(objectname)%00%(committerdate:unix)");
    let listing = git.call("for-each-ref").args([format.as_str(), "refs/eval-kanban/"]).text().await?;
    Ok(listing.lines().filter_map(|line| kept_of(git, line)).collect())
}

fn kept_of(git: &Git, line: &str) -> Option<KeptRef> {
    let mut fields = line.split('\0');
    let (name, subject, commit, date) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let (kind, id) = name.strip_prefix("refs/eval-kanban/")?.split_once('/')?;
    let since = expire::kept_since(git.common_dir(), name, subject);
    let made =
        date.parse().ok().and_then(|date| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(date)));
    let (kind, id, is_kept_alone) = match kind {
        "keep" => (KeptKind::Branch, Some(id), since.is_some()),
        "trash" => (KeptKind::Uncommitted, Some(id), true),
        "leftover" => (KeptKind::Leftover, Some(id.rsplit_once('-')?.0), true),
        "undo" => (KeptKind::BeforeMerge, None, true),
        _ => return None,
    };
    is_kept_alone.then(|| KeptRef {
        name: name.to_owned(),
        kind,
        worktree_id: id.map(str::to_owned),
        commit: commit.to_owned(),
        subject: subject.to_owned(),
        since,
        made_at: made.unwrap_or(SystemTime::UNIX_EPOCH),
    })
}

/// Makes a branch of what a ref keeps: the one that is asked for, or `<prefix>/restored-<n>`.
pub(crate) async fn restore_branch(
    git: &Git,
    kept: &str,
    branch: Option<&str>,
    prefix: &str,
) -> Result<Option<RestoredBranch>, Error> {
    let Some(kept) = list_kept(git).await?.into_iter().find(|known| known.name == kept) else {
        return Ok(None);
    };
    let commit = kept.commit;
    if let Some(branch) = branch {
        let reason = match refs::find_branch(git, branch).await? {
            _ if !name::is_branch_name(branch) => "it is no name for a branch",
            Some(_) => "a branch of that name is there already",
            None => return make_branch(git, branch.to_owned(), commit).await.map(Some),
        };
        return Err(Error::InvalidName { name: branch.to_owned(), what: "branch", reason });
    }
    name::check_prefix(prefix)?;
    let heads = refs::read_heads(git).await?;
    let is_free = |branch: &String| heads.commit_of(branch).is_none();
    let start = if heads.commit_of(prefix).is_some() { format!("{prefix}-") } else { format!("{prefix}/") };
    let free = (1..=SUFFIX_MAX).map(|number| format!("{start}restored-{number}")).find(is_free);
    let reason = "too many branches have this name";
    let none = || Error::InvalidName { name: format!("{prefix}/restored"), what: "branch", reason };
    make_branch(git, free.ok_or_else(none)?, commit).await.map(Some)
}

async fn make_branch(git: &Git, branch: String, commit: String) -> Result<RestoredBranch, Error> {
    let orders = format!("create refs/heads/{branch} {commit}\n");
    git.call("update-ref").arg("--stdin").input(orders).run().await?;
    Ok(RestoredBranch { branch, commit })
}

/// How many commits of a branch no other branch has.
pub(crate) async fn count_own_commits(git: &Git, branch: &str) -> Result<u32, Error> {
    let tip = refs::resolve_base(git, branch).await?;
    let exclude = format!("--exclude={branch}");
    let args = ["--count", &tip, "--not", &exclude, "--branches", "--remotes", "--tags"];
    let text = git.call("rev-list").args(args).text().await?;
    let unexpected =
        || Error::Unexpected { command: "rev-list".to_owned(), message: format!("it said {text:?}") };
    text.parse().ok().ok_or_else(unexpected)
}
