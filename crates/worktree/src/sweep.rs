//! Finds worktrees of ours that the caller's records do not know.

use std::{collections::HashSet, fs, path::Path};

use crate::{
    Error, Orphan, OrphanFate, RemoveWorktree, Removed,
    git::Git,
    ignored,
    own_dir::{self, Record, RecordState},
    remove, temporary,
};

/// Removes what is saved, leaves and reports the rest.
pub(crate) async fn sweep_orphans(git: &Git, folder: &Path, known: &[String]) -> Result<Vec<Orphan>, Error> {
    let known: HashSet<&str> = known.iter().map(String::as_str).collect();
    own_dir::clear_temporary(git.common_dir())?;
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    ignored::expire_kept(&folder)?;
    let records = own_dir::list_records(git.common_dir())?;
    let mut orphans = unrecorded(&folder, &records)?;
    for record in records.into_iter().filter(|record| !known.contains(record.worktree.id.as_str())) {
        if record.worktree.path.parent() != Some(&folder) {
            // Another installation with a home of its own works in this repository, too.
            continue;
        }
        let fate =
            settle(git, &record).await.unwrap_or_else(|error| OrphanFate::Left { reason: error.to_string() });
        orphans.push(Orphan { path: record.worktree.path, id: Some(record.worktree.id), fate });
    }
    Ok(orphans)
}

async fn settle(git: &Git, record: &Record) -> Result<OrphanFate, Error> {
    if record.state == RecordState::Creating {
        remove::discard_unfinished(git, &record.worktree).await?;
        return Ok(OrphanFate::Removed { trash_ref: None });
    }
    let how = RemoveWorktree { delete_branch: false };
    Ok(match remove::remove_worktree(git, &record.worktree, how).await? {
        Removed::Done { trash_ref, .. } => OrphanFate::Removed { trash_ref },
        Removed::Left { reason } => OrphanFate::Left { reason },
    })
}

/// Folders that no record of ours names. Empty ones are what is left of an interrupted claim.
fn unrecorded(folder: &Path, records: &[Record]) -> Result<Vec<Orphan>, Error> {
    let mut orphans = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(orphans) };
    for entry in entries {
        let path = entry.map_err(Error::io("list", folder))?.path();
        let is_recorded = records.iter().any(|record| record.worktree.path == path);
        if is_recorded
            || ignored::is_kept_folder(&path)
            || temporary::is_folder(&path)
            || fs::remove_dir(&path).is_ok()
        {
            continue;
        }
        let reason = "we have no record of it".to_owned();
        orphans.push(Orphan { path, id: None, fate: OrphanFate::Left { reason } });
    }
    Ok(orphans)
}
