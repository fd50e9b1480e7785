//! What changed between the merge base and an attempt, files and lines.
//!
//! Reads objects only: no program of the repository's configuration takes part, nothing in a worktree is followed,
//! and contents above a limit are never loaded.

mod patch;
mod summary;

use std::path::PathBuf;

use crate::{
    DiffFile, DiffRequest, DiffStatus, DiffSummary, DiffTarget, Error, FileDiff,
    git::{Call, Git},
    linked, name, refs,
    staged::{self, LeftOut, LeftOutReason},
};

/// Larger contents are named, not shown.
const SHOWN_MAX: u64 = 4 << 20;
const SHOWN_MAX_TEXT: &str = "4m";

/// Two trees to compare.
#[derive(Debug)]
struct Pair {
    base: String,
    head: String,
    is_live: bool,
    /// Files of a live worktree that are in no tree.
    left_out: Vec<LeftOut>,
}

/// One changed file, with what git needs to find it again.
#[derive(Debug, Clone)]
struct Change {
    file: DiffFile,
    path: PathBuf,
    old_path: Option<PathBuf>,
    old_mode: String,
    new_mode: String,
    blobs: [String; 2],
}

/// The changed files, by path.
pub(crate) async fn diff_summary(git: &Git, request: &DiffRequest) -> Result<DiffSummary, Error> {
    let pair = find_pair(git, request).await?;
    let changes = summary::list_changes(git, &pair).await?;
    let mut files: Vec<DiffFile> = changes.into_iter().map(|change| change.file).collect();
    files.extend(pair.left_out.iter().filter_map(left_out_file));
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(DiffSummary { base: pair.base, head: pair.head, is_live: pair.is_live, files })
}

/// The changed lines of one file.
pub(crate) async fn file_diff(
    git: &Git,
    request: &DiffRequest,
    path: &str,
) -> Result<Option<FileDiff>, Error> {
    let pair = find_pair(git, request).await?;
    let changes = summary::list_changes(git, &pair).await?;
    let Some(change) = changes.into_iter().find(|change| change.file.path == path) else {
        let left_out = pair.left_out.iter().filter_map(left_out_file).find(|file| file.path == path);
        return Ok(left_out.map(|file| FileDiff { file, hunks: vec![], notes: vec![], is_truncated: false }));
    };
    let mut notes = patch::notes_of(&change);
    if change.file.binary || change.file.too_large {
        return Ok(Some(FileDiff { file: change.file, hunks: vec![], notes, is_truncated: false }));
    }
    let paths = change.old_path.iter().chain([&change.path]);
    let output = diff_tree(git, &pair, &["-p", "-U3", "-M"]).arg("--").args(paths).run().await?;
    let patch = patch::parse(&output.stdout);
    notes.extend(patch.notes);
    Ok(Some(FileDiff { file: change.file, hunks: patch.hunks, notes, is_truncated: patch.is_truncated }))
}

async fn find_pair(git: &Git, request: &DiffRequest) -> Result<Pair, Error> {
    let base = refs::resolve_base(git, &request.base).await?;
    match &request.target {
        DiffTarget::Commit(target) => {
            let head = refs::resolve_base(git, target).await?;
            let base = refs::merge_base(git, &base, &head).await?.unwrap_or(base);
            Ok(Pair { base, head, is_live: false, left_out: Vec::new() })
        }
        DiffTarget::Worktree(worktree) => {
            let linked = linked::open_linked(git, worktree).await?;
            let head = linked::read_head(&linked).await?.commit;
            let base = match &head {
                Some(head) => refs::merge_base(git, &base, head).await?.unwrap_or(base),
                None => base,
            };
            let staged = staged::stage_all(&linked.git, SHOWN_MAX).await?;
            Ok(Pair { base, head: staged.tree, is_live: true, left_out: staged.left_out })
        }
    }
}

/// A comparison of the pair's trees.
fn diff_tree<'a>(git: &'a Git, pair: &Pair, options: &[&str]) -> Call<'a> {
    debug_assert!(
        name::is_object_id(&pair.base) && name::is_object_id(&pair.head),
        "only resolved names come here"
    );
    let call = git
        .call("diff-tree")
        .config("core.bigFileThreshold", SHOWN_MAX_TEXT)
        .config("diff.renameLimit", "2000");
    let call = call.args([
        "-r",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "--full-index",
        "--ignore-submodules=none",
    ]);
    call.args(options).args([&pair.base, &pair.head])
}

/// A file of a live worktree that is in no tree; what the agent's own repositories hold is not ours to show.
fn left_out_file(left_out: &LeftOut) -> Option<DiffFile> {
    let is_too_large = match left_out.reason {
        LeftOutReason::NestedRepository => return None,
        LeftOutReason::TooLarge => true,
        LeftOutReason::Unreadable => false,
    };
    let status = if left_out.is_tracked { DiffStatus::Modified } else { DiffStatus::Added };
    Some(DiffFile {
        path: left_out.path.to_string_lossy().into_owned(),
        old_path: None,
        status,
        additions: 0,
        deletions: 0,
        binary: true,
        too_large: is_too_large,
    })
}
