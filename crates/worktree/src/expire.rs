//! Lets go of refs that kept something long enough.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use crate::{Error, checkpoint, git::Git, own_dir};

/// Lists names with the first lines of messages, which tell whose checkpoint one is.
pub(crate) const NAMES_AND_SUBJECTS: &str = "--format=%(refname)%00%(contents:subject)";

/// Deletes refs whose worktree was removed, or whose merge was done, longer ago than `age`.
pub(crate) async fn expire_refs(git: &Git, age: Duration, now: SystemTime) -> Result<Vec<String>, Error> {
    let listing = git.call("for-each-ref").args([NAMES_AND_SUBJECTS, "refs/eval-kanban/"]).text().await?;
    let is_old = |made: SystemTime| now.duration_since(made).is_ok_and(|since| since > age);
    let expired: Vec<String> = listing
        .lines()
        .filter_map(|line| line.split_once('\0'))
        .filter(|(name, subject)| kept_since(git.common_dir(), name, subject).is_some_and(is_old))
        .map(|(name, _)| name.to_owned())
        .collect();
    if expired.is_empty() {
        return Ok(expired);
    }
    let orders: String = expired.iter().map(|name| format!("delete {name}\n")).collect();
    git.call("update-ref").arg("--stdin").input(orders).run().await?;
    Ok(expired)
}

/// Since when a ref keeps something that nothing else does; none where that is not over, or not known.
pub(crate) fn kept_since(common_dir: &Path, name: &str, subject: &str) -> Option<SystemTime> {
    let (kind, id) = name.strip_prefix("refs/eval-kanban/")?.split_once('/')?;
    match kind {
        "undo" | "merge" => {
            let nanoseconds: u64 = id.split('-').next()?.parse().ok()?;
            SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanoseconds))
        }
        "keep" | "trash" | "merged" | "before" | "reverted" => own_dir::removed_at(common_dir, id),
        "checkpoint" => own_dir::removed_at(common_dir, checkpoint::worktree_id_of(subject)?),
        "leftover" => own_dir::removed_at(common_dir, id.rsplit_once('-')?.0),
        _ => None,
    }
}
