//! What changed between the merge base and an attempt, files and lines.
//!
//! Reads objects only: no program of the repository's configuration takes part, nothing in a worktree is followed,
//! and contents above a limit are never loaded.

pub(crate) mod contents;
mod patch;
mod summary;

use std::path::{Path, PathBuf};

use crate::{
    DiffFile, DiffRequest, DiffStatus, DiffSummary, DiffTarget, Error, FileDiff, Worktree,
    git::{Call, Git},
    linked, name, refs,
    staged::{self, LeftOut, LeftOutReason, Scope, TemporaryObjects},
};

/// Larger contents are named, not shown.
const SHOWN_MAX: u64 = 4 << 20;
const SHOWN_MAX_TEXT: &str = "4m";

/// Two trees to compare.
#[derive(Debug)]
struct Pair {
    /// Calls that find the objects of both.
    git: Git,
    base: String,
    head: String,
    is_live: bool,
    /// Files of a live worktree that are in no tree.
    left_out: Vec<LeftOut>,
    /// Holds the objects of a live worktree as long as they are compared.
    _objects: Option<TemporaryObjects>,
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
    let pair = find_pair(git, request, Scope::All).await?;
    let changes = summary::list_changes(&pair, Scope::All).await?;
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
    let only = Scope::Only(Path::new(path));
    let pair = find_pair(git, request, only).await?;
    let change =
        summary::list_changes(&pair, only).await?.into_iter().find(|change| change.file.path == path);
    if let Some(change) = change.filter(|change| change.file.status != DiffStatus::Added) {
        return read_lines(&pair, change).await.map(Some);
    }
    // A file that looks new may have come from elsewhere: that only the whole comparison tells.
    let pair = find_pair(git, request, Scope::All).await?;
    let changes = summary::list_changes(&pair, Scope::All).await?;
    if let Some(change) = changes.into_iter().find(|change| change.file.path == path) {
        return read_lines(&pair, change).await.map(Some);
    }
    let left_out = pair.left_out.iter().filter_map(left_out_file).find(|file| file.path == path);
    Ok(left_out.map(|file| FileDiff { file, hunks: vec![], notes: vec![], is_truncated: false }))
}

async fn read_lines(pair: &Pair, change: Change) -> Result<FileDiff, Error> {
    let mut notes = patch::notes_of(&change);
    if change.file.binary || change.file.too_large {
        return Ok(FileDiff { file: change.file, hunks: vec![], notes, is_truncated: false });
    }
    let paths = change.old_path.iter().chain([&change.path]).map(|path| Scope::Only(path).spec());
    let output = diff_tree(pair, &["-p", "-U3", "-M"]).arg("--").args(paths).run().await?;
    let patch = patch::parse(&output.stdout);
    notes.extend(patch.notes);
    Ok(FileDiff { file: change.file, hunks: patch.hunks, notes, is_truncated: patch.is_truncated })
}

async fn find_pair(git: &Git, request: &DiffRequest, scope: Scope<'_>) -> Result<Pair, Error> {
    let base = refs::resolve_base(git, &request.base).await?;
    match &request.target {
        DiffTarget::Commit(target) => {
            let head = refs::resolve_base(git, target).await?;
            let base = refs::merge_base(git, &base, &head).await?.unwrap_or(base);
            Ok(Pair { git: git.clone(), base, head, is_live: false, left_out: Vec::new(), _objects: None })
        }
        DiffTarget::Worktree(worktree) => find_live_pair(git, base, worktree, scope).await,
    }
}

async fn find_live_pair(
    git: &Git,
    base: String,
    worktree: &Worktree,
    scope: Scope<'_>,
) -> Result<Pair, Error> {
    let linked = linked::open_linked(git, worktree).await?;
    let head = linked::read_head(&linked).await?.commit;
    let base = match &head {
        Some(head) => refs::merge_base(git, &base, head).await?.unwrap_or(base),
        None => base,
    };
    let objects = TemporaryObjects::new(git.common_dir())?;
    let staged = staged::stage(&linked.git.with_objects(objects.path()), scope, SHOWN_MAX).await?;
    let git = git.with_objects(objects.path());
    Ok(Pair {
        git,
        base,
        head: staged.tree,
        is_live: true,
        left_out: staged.left_out,
        _objects: Some(objects),
    })
}

/// A comparison of the pair's trees.
fn diff_tree<'a>(pair: &'a Pair, options: &[&str]) -> Call<'a> {
    debug_assert!(
        name::is_object_id(&pair.base) && name::is_object_id(&pair.head),
        "only resolved names come here"
    );
    let call = pair
        .git
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
