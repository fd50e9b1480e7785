//! What changed between two states of an attempt, files and lines.
//!
//! Reads objects only: no program of the repository's configuration takes part, nothing in a worktree is followed,
//! and contents above a limit are never loaded.

pub(crate) mod content;
pub(crate) mod contents;
mod key;
mod patch;
mod summary;

use std::path::{Path, PathBuf};

use crate::{
    DiffFile, DiffRequest, DiffStatus, DiffSummary, DiffTarget, Error, FileDiff, LineRange, Worktree,
    git::{Call, Git},
    linked, name, refs,
    staged::{self, LeftOut, LeftOutReason, Scope, TemporaryObjects},
};

/// Larger contents are named, not shown.
const SHOWN_MAX: u64 = 16 << 20;
const SHOWN_MAX_TEXT: &str = "16m";

/// Two trees to compare.
#[derive(Debug)]
struct Pair {
    /// Calls that find the objects of both.
    git: Git,
    base: String,
    head: String,
    is_live: bool,
    hides_whitespace: bool,
    /// Files of a live worktree that are in no tree.
    left_out: Vec<LeftOut>,
    /// Top level of a live worktree.
    root: Option<PathBuf>,
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

/// A changed file, with the trees that show it.
enum Found {
    /// It is in the trees.
    Change(Box<Pair>, Box<Change>),
    /// It is in a live worktree and in no tree.
    LeftOut(DiffFile),
}

/// The changed files, by path.
pub(crate) async fn diff_summary(git: &Git, request: &DiffRequest) -> Result<DiffSummary, Error> {
    let pair = find_pair(git, request, Scope::All).await?;
    let changes = summary::list_changes(&pair, Scope::All).await?;
    let mut files: Vec<DiffFile> = changes.into_iter().map(|change| change.file).collect();
    files.extend(pair.left_out.iter().filter_map(|file| left_out_file(&pair, file)));
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(DiffSummary { base: pair.base, head: pair.head, is_live: pair.is_live, files })
}

/// The changed lines of one file.
pub(crate) async fn file_diff(
    git: &Git,
    request: &DiffRequest,
    path: &str,
    range: LineRange,
) -> Result<Option<FileDiff>, Error> {
    match find_change(git, request, path).await? {
        Some(Found::Change(pair, change)) => read_lines(&pair, *change, range).await.map(Some),
        Some(Found::LeftOut(file)) => {
            Ok(Some(FileDiff { file, hunks: vec![], notes: vec![], next_offset: None }))
        }
        None => Ok(None),
    }
}

/// Finds one changed file by its path after the change.
async fn find_change(git: &Git, request: &DiffRequest, path: &str) -> Result<Option<Found>, Error> {
    let only = Scope::Only(Path::new(path));
    let pair = find_pair(git, request, only).await?;
    let is_it = |change: &Change| change.file.path == path;
    if let Some(change) = summary::list_changes(&pair, only).await?.into_iter().find(is_it) {
        let may_be_moved = change.file.status == DiffStatus::Added && summary::has_lost_files(&pair).await?;
        if !may_be_moved {
            return Ok(Some(Found::Change(Box::new(pair), Box::new(change))));
        }
    }
    // A file that looks new may have come from elsewhere: that only the whole comparison tells.
    let pair = find_pair(git, request, Scope::All).await?;
    if let Some(change) = summary::list_changes(&pair, Scope::All).await?.into_iter().find(is_it) {
        return Ok(Some(Found::Change(Box::new(pair), Box::new(change))));
    }
    let left_out = pair.left_out.iter().filter_map(|file| left_out_file(&pair, file));
    Ok(left_out.into_iter().find(|file| file.path == path).map(Found::LeftOut))
}

async fn read_lines(pair: &Pair, change: Change, range: LineRange) -> Result<FileDiff, Error> {
    let mut notes = patch::notes_of(&change);
    if change.file.binary || change.file.too_large {
        return Ok(FileDiff { file: change.file, hunks: vec![], notes, next_offset: None });
    }
    let paths = change.old_path.iter().chain([&change.path]).map(|path| Scope::Only(path).spec());
    let output = diff_tree(pair, &["-p", "-U3", "-M"]).arg("--").args(paths).run().await?;
    let patch = patch::parse(&output.stdout, range);
    notes.extend(patch.notes);
    Ok(FileDiff { file: change.file, hunks: patch.hunks, notes, next_offset: patch.next_offset })
}

async fn find_pair(git: &Git, request: &DiffRequest, scope: Scope<'_>) -> Result<Pair, Error> {
    let base = refs::resolve_base(git, &request.base).await?;
    match &request.target {
        DiffTarget::Commit(target) => {
            let head = refs::resolve_base(git, target).await?;
            let base = compared_base(git, request, base, Some(&head)).await?;
            Ok(Pair {
                git: git.clone(),
                base,
                head,
                is_live: false,
                hides_whitespace: request.hides_whitespace,
                left_out: Vec::new(),
                root: None,
                _objects: None,
            })
        }
        DiffTarget::Worktree(worktree) => find_live_pair(git, request, base, worktree, scope).await,
    }
}

async fn compared_base(
    git: &Git,
    request: &DiffRequest,
    base: String,
    head: Option<&str>,
) -> Result<String, Error> {
    match head {
        Some(head) if !request.is_exact => Ok(refs::merge_base(git, &base, head).await?.unwrap_or(base)),
        _ => Ok(base),
    }
}

async fn find_live_pair(
    git: &Git,
    request: &DiffRequest,
    base: String,
    worktree: &Worktree,
    scope: Scope<'_>,
) -> Result<Pair, Error> {
    let linked = linked::open_linked(git, worktree).await?;
    let head = linked::read_head(&linked).await?.commit;
    let base = compared_base(git, request, base, head.as_deref()).await?;
    let objects = TemporaryObjects::new(git.common_dir())?;
    let staged = staged::stage(&linked.git.with_objects(objects.path()), scope, SHOWN_MAX).await?;
    let git = git.with_objects(objects.path());
    Ok(Pair {
        git,
        base,
        head: staged.tree,
        is_live: true,
        hides_whitespace: request.hides_whitespace,
        left_out: staged.left_out,
        root: Some(worktree.path.clone()),
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
    let call = if pair.hides_whitespace { call.arg("--ignore-all-space") } else { call };
    call.args(options).args([&pair.base, &pair.head])
}

/// A file of a live worktree that is in no tree; what the agent's own repositories hold is not ours to show.
fn left_out_file(pair: &Pair, left_out: &LeftOut) -> Option<DiffFile> {
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
        old_mode: None,
        new_mode: None,
        is_submodule: false,
        content_key: key::of_loose_file(pair.root.as_deref(), &left_out.path),
    })
}
