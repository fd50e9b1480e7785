//! Diffs in their form on the wire.

use std::collections::HashMap;

use domain::{DiffFile, DiffFileHunks, DiffFileStatus, DiffHunk, DiffLine, DiffLineKind};
use worktree::{DiffStatus, FileDiff};

/// The changed lines of a file.
pub(crate) fn hunks_of(diff: FileDiff, viewed: &HashMap<String, String>) -> DiffFileHunks {
    DiffFileHunks {
        file: file_of(diff.file, viewed),
        hunks: diff.hunks.into_iter().map(hunk_of).collect(),
        notes: diff.notes,
        next_offset: diff.next_offset.map(|offset| i32::try_from(offset).unwrap_or(i32::MAX)),
    }
}

/// A changed file; `viewed` are the keys of what a reviewer has seen, by path.
pub(crate) fn file_of(file: worktree::DiffFile, viewed: &HashMap<String, String>) -> DiffFile {
    DiffFile {
        is_viewed: viewed.get(&file.path) == Some(&file.content_key),
        path: file.path,
        content_key: file.content_key,
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

pub(crate) fn wire(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
