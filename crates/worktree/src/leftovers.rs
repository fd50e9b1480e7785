//! Commits what an agent left in its worktree.
//!
//! Works on a copy of the index and moves the branch by compare-and-swap, so that no hook runs and nothing half done
//! is left. Where the state must not become a commit of the branch, a ref keeps the files instead.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Commit, Error, Identity, InProgress, Leftovers, Worktree,
    base_merge::find_unresolved,
    create::keep_ref,
    facts,
    git::{Call, Git},
    linked::{self, Head, Linked},
    own_dir, refs,
    staged::{self, Scope, Staged},
};

const FILE_MAX: u64 = 1 << 30;
const LOCK_PATIENCE: Duration = Duration::from_secs(3);
const LOCK_POLL: Duration = Duration::from_millis(50);
const MERGE_MARKS: [&str; 5] = ["MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE", "MERGE_AUTOSTASH"];

/// What becomes of the files.
#[derive(Debug)]
enum Plan {
    /// A commit on top of these; the branch is at `tip` now, or gone.
    Commit { parents: Vec<String>, tip: Option<String>, moved_from: Option<String> },
    /// A ref, because of the reason.
    Snapshot { reason: String },
    /// A ref, because these files of a merge have conflict markers.
    Unresolved { paths: Vec<String> },
}

/// Commits everything that git does not ignore.
pub(crate) async fn commit_leftovers(
    git: &Git,
    worktree: &Worktree,
    commit: &Commit,
) -> Result<Leftovers, Error> {
    let linked = linked::open_linked(git, worktree).await?;
    clear_stale_locks(git, &linked, &worktree.branch).await?;
    let head = linked::read_head(&linked).await?;
    let tip = refs::find_branch(git, &worktree.branch).await?;
    let plan = plan(&linked, worktree, &head, tip.clone()).await?;
    let staged = staged::stage(&linked.git, Scope::All, FILE_MAX).await?;
    match plan {
        Plan::Commit { parents, tip, moved_from } => {
            let work = Work { linked: &linked, worktree, commit, staged };
            work.commit(parents, tip, moved_from).await
        }
        Plan::Snapshot { reason } => {
            let (snapshot_ref, commit) = snapshot(&linked, worktree, &head, &staged).await?;
            let head = tip.unwrap_or_else(|| worktree.base_commit.clone());
            Ok(Leftovers::Snapshotted { snapshot_ref, commit, reason, head })
        }
        Plan::Unresolved { paths } => {
            let (snapshot_ref, _) = snapshot(&linked, worktree, &head, &staged).await?;
            let head = tip.unwrap_or_else(|| worktree.base_commit.clone());
            Ok(Leftovers::Unresolved { snapshot_ref, paths, head })
        }
    }
}

async fn plan(linked: &Linked, worktree: &Worktree, head: &Head, tip: Option<String>) -> Result<Plan, Error> {
    let branch = format!("refs/heads/{}", worktree.branch);
    let is_on_branch = head.reference.as_ref() == Some(&branch);
    let Some(head_commit) = &head.commit else {
        return Ok(Plan::Snapshot { reason: "the agent left its branch for one without commits".to_owned() });
    };
    let mut parents = vec![head_commit.clone()];
    match facts::in_progress(&linked.admin).as_slice() {
        [] | [InProgress::Bisect] => {}
        [InProgress::Merge] if is_on_branch => {
            let merged = merge_heads(linked)?;
            let paths = find_unresolved(linked, &merged).await?;
            if !paths.is_empty() {
                return Ok(Plan::Unresolved { paths });
            }
            parents.extend(merged);
        }
        operations => {
            return Ok(Plan::Snapshot { reason: format!("git is in the middle of {operations:?}") });
        }
    }
    if is_on_branch {
        return Ok(Plan::Commit { parents, tip, moved_from: None });
    }
    let moved_from = head.reference.clone().unwrap_or_else(|| head_commit.clone());
    let start = tip.as_ref().unwrap_or(&worktree.base_commit);
    if linked::is_ancestor(&linked.git, start, head_commit).await? {
        return Ok(Plan::Commit { parents, tip, moved_from: Some(moved_from) });
    }
    let reason = format!("the agent left its branch for {moved_from}, which does not build on it");
    Ok(Plan::Snapshot { reason })
}

fn merge_heads(linked: &Linked) -> Result<Vec<String>, Error> {
    let path = linked.admin.join("MERGE_HEAD");
    let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Files on their way to a commit.
struct Work<'a> {
    linked: &'a Linked,
    worktree: &'a Worktree,
    commit: &'a Commit,
    staged: Staged,
}

impl Work<'_> {
    async fn commit(
        self,
        parents: Vec<String>,
        tip: Option<String>,
        moved_from: Option<String>,
    ) -> Result<Leftovers, Error> {
        let head = parents[0].clone();
        let head_tree = self.linked.git.call("rev-parse").arg(format!("{head}^{{tree}}")).text().await?;
        let is_new = head_tree != self.staged.tree || parents.len() > 1;
        let commit = if is_new { self.write_commit(&parents).await? } else { head.clone() };
        if tip.as_ref() != Some(&commit) {
            self.move_branch(&commit, tip.as_deref()).await?;
        }
        if moved_from.is_some() {
            let branch = format!("refs/heads/{}", self.worktree.branch);
            self.linked.git.call("symbolic-ref").args(["HEAD", &branch]).run().await?;
        }
        if is_new || self.staged.is_changed {
            install_index(&self.staged, &self.linked.admin)?;
        }
        if parents.len() > 1 {
            MERGE_MARKS.iter().try_for_each(|mark| own_dir::remove_file(&self.linked.admin.join(mark)))?;
        }
        if !is_new && moved_from.is_none() {
            return Ok(Leftovers::Clean { head });
        }
        let left_out =
            self.staged.left_out.iter().map(|file| file.path.to_string_lossy().into_owned()).collect();
        Ok(Leftovers::Committed { commit, moved_from, left_out })
    }

    async fn write_commit(&self, parents: &[String]) -> Result<String, Error> {
        let author = self.commit.author.clone().or_else(|| self.linked.git.overrides().identity());
        let call = self.linked.git.call("commit-tree").args(["-F", "-"]);
        let call = parents.iter().fold(call, |call, parent| call.args(["-p", parent]));
        let message = self.message(parents);
        signed(call, &author.unwrap_or_else(Identity::fallback))
            .arg(&self.staged.tree)
            .input(message)
            .text()
            .await
    }

    /// A merge that is concluded has the message that was prepared for it.
    fn message(&self, parents: &[String]) -> String {
        let prepared = fs::read_to_string(self.linked.admin.join("MERGE_MSG")).unwrap_or_default();
        let lines: Vec<&str> = prepared.lines().filter(|line| !line.starts_with('#')).collect();
        let prepared = lines.join("\n");
        match parents.len() > 1 && !prepared.trim().is_empty() {
            true => format!("{}\n", prepared.trim()),
            false => self.commit.message.clone(),
        }
    }

    async fn move_branch(&self, commit: &str, tip: Option<&str>) -> Result<(), Error> {
        let Worktree { id, branch, .. } = self.worktree;
        let keep = keep_ref(id);
        let order = match tip {
            Some(tip) => format!("update refs/heads/{branch} {commit} {tip}\n"),
            None => format!("create refs/heads/{branch} {commit}\n"),
        };
        let orders = format!("{order}update {keep} {commit}\n");
        let call = self.linked.git.call("update-ref").args([
            "-m",
            "eval-kanban: work that the agent left",
            "--stdin",
        ]);
        call.input(orders).run().await?;
        Ok(())
    }
}

/// Names author and committer for a call.
pub(crate) fn signed<'a>(call: Call<'a>, author: &Identity) -> Call<'a> {
    let call = call.variable("GIT_AUTHOR_NAME", &author.name).variable("GIT_AUTHOR_EMAIL", &author.email);
    call.variable("GIT_COMMITTER_NAME", &author.name).variable("GIT_COMMITTER_EMAIL", &author.email)
}

/// Keeps the files by a ref that is named after their content, so that no later one replaces it.
async fn snapshot(
    linked: &Linked,
    worktree: &Worktree,
    head: &Head,
    staged: &Staged,
) -> Result<(String, String), Error> {
    let message = format!("uncommitted work of {}\n", worktree.branch);
    let call = linked.git.call("commit-tree").args(["-F", "-"]);
    let call = head.commit.iter().fold(call, |call, parent| call.args(["-p", parent]));
    let commit = signed(call, &Identity::fallback()).arg(&staged.tree).input(message).text().await?;
    let tree: String = staged.tree.chars().take(12).collect();
    let name = format!("refs/eval-kanban/leftover/{}-{tree}", worktree.id);
    linked.git.call("update-ref").args([&name, &commit]).run().await?;
    Ok((name, commit))
}

/// Puts the index that has everything in the place of the worktree's own, by git's own locking.
pub(crate) fn install_index(staged: &Staged, admin: &Path) -> Result<(), Error> {
    let (lock, index) = (admin.join("index.lock"), admin.join("index"));
    match fs::hard_link(staged.index.path(), &lock) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(Error::Busy { path: lock });
        }
        other => other.map_err(Error::io("lock", &index))?,
    }
    fs::rename(&lock, &index).map_err(Error::io("replace", &index))
}

/// Waits for locks in the worktree and takes away what is still there then: no turn is going on, and an agent or a git
/// of ours that was stopped in the middle leaves them for ever.
pub(crate) async fn clear_stale_locks(git: &Git, linked: &Linked, branch: &str) -> Result<(), Error> {
    let branch = git.common_dir().join(format!("refs/heads/{branch}.lock"));
    let mut locks: Vec<PathBuf> =
        vec![linked.admin.join("index.lock"), linked.admin.join("HEAD.lock"), branch];
    let deadline = tokio::time::Instant::now() + LOCK_PATIENCE;
    loop {
        locks.retain(|lock| lock.symlink_metadata().is_ok());
        if locks.is_empty() || tokio::time::Instant::now() >= deadline {
            break;
        }
        tokio::time::sleep(LOCK_POLL).await;
    }
    for lock in locks {
        tracing::warn!(path = %lock.display(), "a lock that a stopped git left was removed");
        own_dir::remove_file(&lock)?;
    }
    Ok(())
}
