//! The lines between two contents that are in no repository: what an edit would do.

use git2::{DiffOptions, Patch};

use super::patch;
use crate::{DiffFile, DiffStatus, Error, FileDiff, LineRange};

/// As far as git looks for a byte that no text has.
const BINARY_LOOK: usize = 8_000;

/// Compares the file `path` as it was, if it was there, with what it would become. Blocks: up to about a second for
/// megabytes that have nothing in common.
///
/// # Errors
/// When the library refuses.
pub fn diff_contents(path: &str, old: Option<&[u8]>, new: &[u8]) -> Result<FileDiff, Error> {
    let status = if old.is_some() { DiffStatus::Modified } else { DiffStatus::Added };
    let old = old.unwrap_or_default();
    let mut file = DiffFile {
        path: path.to_owned(),
        old_path: None,
        status,
        additions: 0,
        deletions: 0,
        binary: is_binary(old) || is_binary(new),
        too_large: false,
        old_mode: None,
        new_mode: None,
        is_submodule: false,
        content_key: String::new(),
    };
    if file.binary {
        return Ok(FileDiff { file, hunks: vec![], notes: vec![], next_offset: None });
    }
    let mut options = DiffOptions::new();
    options.context_lines(3).force_text(true);
    let mut difference = Patch::from_buffers(old, None, new, None, Some(&mut options)).map_err(failed)?;
    let (_, additions, deletions) = difference.line_stats().map_err(failed)?;
    file.additions = u32::try_from(additions).unwrap_or(u32::MAX);
    file.deletions = u32::try_from(deletions).unwrap_or(u32::MAX);
    let parsed = patch::parse(&difference.to_buf().map_err(failed)?, LineRange::default());
    Ok(FileDiff { file, hunks: parsed.hunks, notes: parsed.notes, next_offset: parsed.next_offset })
}

fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(BINARY_LOOK).any(|byte| *byte == 0)
}

fn failed(error: git2::Error) -> Error {
    Error::Unexpected { command: "diff".to_owned(), message: error.message().to_owned() }
}

#[cfg(test)]
mod tests {
    use crate::DiffLineKind;

    use super::*;

    fn shown(old: Option<&str>, new: &str) -> Vec<String> {
        let diff = diff_contents("a.txt", old.map(str::as_bytes), new.as_bytes()).unwrap();
        let mark = |kind| match kind {
            DiffLineKind::Context => ' ',
            DiffLineKind::Added => '+',
            DiffLineKind::Removed => '-',
        };
        let lines = diff.hunks.iter().flat_map(|hunk| &hunk.lines);
        lines.map(|line| format!("{}{}", mark(line.kind), line.text)).collect()
    }

    #[test]
    fn an_edit_and_a_new_file_are_shown_by_lines() {
        assert_eq!(shown(Some("a\nb\nc\n"), "a\nB\nc\n"), [" a", "-b", "+B", " c"]);
        assert_eq!(shown(None, "x\n@@ -1 +1 @@\n"), ["+x", "+@@ -1 +1 @@"]);
        assert!(shown(Some("same\n"), "same\n").is_empty());
        let diff = diff_contents("a", Some(b"a\n"), b"a").unwrap();
        assert_eq!((diff.file.additions, diff.file.deletions), (1, 1));
        assert_eq!(diff.notes, ["no newline at the end after"]);
        assert_eq!(diff_contents("a", None, b"x").unwrap().file.status, DiffStatus::Added);
    }

    #[test]
    fn what_is_no_text_is_not_shown() {
        let diff = diff_contents("a", Some(b"text\n"), b"\0\x01").unwrap();
        assert!(diff.file.binary && diff.hunks.is_empty());
    }
}
