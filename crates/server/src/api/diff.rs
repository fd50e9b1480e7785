//! The difference between an attempt and its merge base.

use axum::{Json, extract::State};
use domain::{
    Attempt, AttemptDiff, AttemptId, AttemptState, DiffFile, DiffFileHunks, DiffFileStatus, DiffHunk,
    DiffLine, DiffLineKind, DiffScope,
};
use serde::Deserialize;
use utoipa::IntoParams;
use worktree::{DiffRequest, DiffStatus, DiffTarget, FileDiff, LineRange, Repository};

use crate::{
    api::{
        extract::{PathOf, QueryOf},
        failure::conflict,
    },
    error::ApiError,
    state::AppState,
    workflow::{finish_attempt::worktree_of, prepare_attempt::load_assignment},
};

/// The changed files.
#[utoipa::path(
    get, path = "/api/attempts/{id}/diff", params(("id" = AttemptId, Path)),
    responses((status = 200, body = AttemptDiff))
)]
pub(crate) async fn find_diff(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<AttemptDiff>, ApiError> {
    let (repository, request) = open(&state, id).await?;
    let summary = repository.diff_summary(&request).await?;
    let files = summary.files.into_iter().map(file_of).collect();
    Ok(Json(AttemptDiff {
        base: summary.base,
        head: summary.head,
        is_live: summary.is_live,
        scope: DiffScope::All,
        files,
    }))
}

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilePath {
    /// Its path after the change.
    path: String,
}

/// The changed lines of one file.
#[utoipa::path(
    get, path = "/api/attempts/{id}/diff/file", params(("id" = AttemptId, Path), FilePath),
    responses((status = 200, body = DiffFileHunks))
)]
pub(crate) async fn find_file_diff(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    QueryOf(query): QueryOf<FilePath>,
) -> Result<Json<DiffFileHunks>, ApiError> {
    let (repository, request) = open(&state, id).await?;
    let diff = repository.file_diff(&request, &query.path, LineRange::default()).await?;
    diff.map(hunks_of).map(Json).ok_or_else(|| ApiError::not_found("changed file"))
}

/// The changed lines of a file in their form on the wire.
pub(crate) fn hunks_of(diff: FileDiff) -> DiffFileHunks {
    let mut notes = diff.notes;
    if diff.next_offset.is_some() {
        notes.push("the rest is too long to be shown".to_owned());
    }
    DiffFileHunks { file: file_of(diff.file), hunks: diff.hunks.into_iter().map(hunk_of).collect(), notes }
}

async fn open(state: &AppState, id: AttemptId) -> Result<(Repository, DiffRequest), ApiError> {
    let assignment = load_assignment(state, id).await?;
    let request = request_of(&assignment.attempt)?;
    Ok((state.repositories.open(&assignment.project.path).await?, request))
}

/// While the agent works, its worktree as it is; afterwards what its branch, or the merge, has kept.
fn request_of(attempt: &Attempt) -> Result<DiffRequest, ApiError> {
    let Some(base) = attempt.base_commit.clone() else {
        return Err(conflict("the attempt has no worktree yet: there is nothing to compare"));
    };
    let target = match (worktree_of(attempt), &attempt.head_commit) {
        (Some(worktree), _) if attempt.state.is_live() => DiffTarget::Worktree(worktree),
        (_, Some(head)) => DiffTarget::Commit(head.clone()),
        (Some(worktree), None) if attempt.state != AttemptState::Discarded => DiffTarget::Worktree(worktree),
        _ => return Err(conflict("the attempt has left no work to compare")),
    };
    Ok(DiffRequest::since_merge_base(base, target))
}

fn file_of(file: worktree::DiffFile) -> DiffFile {
    DiffFile {
        path: file.path,
        content_key: file.content_key,
        is_viewed: false,
        old_mode: file.old_mode,
        new_mode: file.new_mode,
        is_submodule: file.is_submodule,
        old_path: file.old_path,
        status: match file.status {
            DiffStatus::Added => DiffFileStatus::Added,
            DiffStatus::Modified => DiffFileStatus::Modified,
            DiffStatus::Deleted => DiffFileStatus::Deleted,
            DiffStatus::Renamed => DiffFileStatus::Renamed,
            DiffStatus::Copied => DiffFileStatus::Copied,
            DiffStatus::TypeChanged => DiffFileStatus::TypeChanged,
        },
        additions: wire(file.additions),
        deletions: wire(file.deletions),
        binary: file.binary,
        too_large: file.too_large,
    }
}

fn hunk_of(hunk: worktree::DiffHunk) -> DiffHunk {
    DiffHunk {
        old_start: wire(hunk.old_start),
        old_lines: wire(hunk.old_lines),
        new_start: wire(hunk.new_start),
        new_lines: wire(hunk.new_lines),
        section: hunk.section,
        lines: hunk.lines.into_iter().map(line_of).collect(),
    }
}

fn line_of(line: worktree::DiffLine) -> DiffLine {
    DiffLine {
        kind: match line.kind {
            worktree::DiffLineKind::Context => DiffLineKind::Context,
            worktree::DiffLineKind::Added => DiffLineKind::Added,
            worktree::DiffLineKind::Removed => DiffLineKind::Removed,
        },
        old_no: line.old_no.map(wire),
        new_no: line.new_no.map(wire),
        text: line.text,
    }
}

fn wire(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
