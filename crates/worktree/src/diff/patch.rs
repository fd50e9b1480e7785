//! Reads the patch of one file. Pure; bounded in lines and bytes.

use crate::{DiffHunk, DiffLine, DiffLineKind, DiffStatus, diff::Change};

const LINES_MAX: usize = 20_000;
const BYTES_MAX: usize = 2 << 20;
const LINE_MAX: usize = 16 << 10;

/// What a patch holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) hunks: Vec<DiffHunk>,
    pub(super) notes: Vec<String>,
    pub(super) is_truncated: bool,
}

/// What modes say about a file.
pub(super) fn notes_of(change: &Change) -> Vec<String> {
    let kind = |mode: &str| match mode {
        "120000" => Some("symbolic link"),
        "160000" => Some("submodule"),
        _ => None,
    };
    let mut notes: Vec<String> = Vec::new();
    match (kind(&change.old_mode), kind(&change.new_mode)) {
        (None, None) => {}
        (old, new) if old == new => notes.extend(new.map(str::to_owned)),
        (_, Some(new)) if change.file.status == DiffStatus::Added => notes.push(new.to_owned()),
        (Some(old), _) if change.file.status == DiffStatus::Deleted => notes.push(old.to_owned()),
        (old, new) => notes.push(format!("{} became {}", old.unwrap_or("file"), new.unwrap_or("file"))),
    }
    let is_mode_change = change.old_mode != change.new_mode && notes.is_empty();
    if is_mode_change && !matches!(change.file.status, DiffStatus::Added | DiffStatus::Deleted) {
        notes.push(format!("mode {} became {}", change.old_mode, change.new_mode));
    }
    notes
}

/// Reads the hunks of a patch. Lines of content begin with a blank, `+` or `-`, so that none can be taken for a head.
pub(super) fn parse(patch: &[u8]) -> Patch {
    let mut parsed = Patch::default();
    let mut numbers = (0, 0);
    let mut is_head = true;
    let (mut lines, mut bytes) = (0, 0);
    for line in patch.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        (lines, bytes) = (lines + 1, bytes + line.len());
        if lines > LINES_MAX || bytes > BYTES_MAX {
            parsed.is_truncated = true;
            break;
        }
        if let Some(hunk) = hunk_of(line) {
            is_head = false;
            numbers = (hunk.old_start, hunk.new_start);
            parsed.hunks.push(hunk);
        } else if is_head || line.starts_with(b"diff --git ") {
            is_head = true;
        } else {
            parsed.take_line(line, &mut numbers);
        }
    }
    parsed
}

impl Patch {
    fn take_line(&mut self, line: &[u8], numbers: &mut (u32, u32)) {
        let Some(hunk) = self.hunks.last_mut() else { return };
        if line.starts_with(b"\\ ") {
            self.notes.push(missing_newline(hunk));
        } else {
            hunk.lines.extend(line_of(line, numbers));
        }
    }
}

/// `@@ -old_start,old_lines +new_start,new_lines @@ section`.
fn hunk_of(line: &[u8]) -> Option<DiffHunk> {
    let text = String::from_utf8_lossy(line.strip_prefix(b"@@ -")?).into_owned();
    let (ranges, section) = text.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let ((old_start, old_lines), (new_start, new_lines)) = (range_of(old)?, range_of(new)?);
    let section = section.trim_start().to_owned();
    Some(DiffHunk { old_start, old_lines, new_start, new_lines, section, lines: Vec::new() })
}

fn range_of(text: &str) -> Option<(u32, u32)> {
    match text.split_once(',') {
        Some((start, lines)) => Some((start.parse().ok()?, lines.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

fn line_of(line: &[u8], numbers: &mut (u32, u32)) -> Option<DiffLine> {
    let (mark, text) = line.split_first()?;
    let kind = match mark {
        b' ' => DiffLineKind::Context,
        b'+' => DiffLineKind::Added,
        b'-' => DiffLineKind::Removed,
        _ => return None,
    };
    let old_no = (kind != DiffLineKind::Added).then_some(numbers.0);
    let new_no = (kind != DiffLineKind::Removed).then_some(numbers.1);
    numbers.0 += u32::from(old_no.is_some());
    numbers.1 += u32::from(new_no.is_some());
    Some(DiffLine { kind, old_no, new_no, text: text_of(text) })
}

fn text_of(line: &[u8]) -> String {
    if line.len() <= LINE_MAX {
        return String::from_utf8_lossy(line).into_owned();
    }
    format!("{}… ({} bytes)", String::from_utf8_lossy(&line[..LINE_MAX]), line.len())
}

fn missing_newline(hunk: &DiffHunk) -> String {
    let side = match hunk.lines.last().map(|line| line.kind) {
        Some(DiffLineKind::Removed) => " before",
        Some(DiffLineKind::Added) => " after",
        Some(DiffLineKind::Context) | None => "",
    };
    format!("no newline at the end{side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(patch: &str) -> Vec<String> {
        let number = |number: Option<u32>| number.map_or_else(|| "_".to_owned(), |number| number.to_string());
        let hunks = parse(patch.as_bytes()).hunks;
        let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
        lines.map(|line| format!("{} {} {}", number(line.old_no), number(line.new_no), line.text)).collect()
    }

    #[test]
    fn lines_are_numbered_on_both_sides() {
        let patch = "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n@@ -3,3 +3,3 @@ fn main()\n a\n-b\n+c\n d\n@@ -10 +10,2 @@\n x\n+y\n";
        assert_eq!(shown(patch), ["3 3 a", "4 _ b", "_ 4 c", "5 5 d", "10 10 x", "_ 11 y"]);
        assert_eq!(parse(patch.as_bytes()).hunks[0].section, "fn main()");
    }

    #[test]
    fn content_that_looks_like_a_patch_is_content() {
        let patch = "@@ -1,2 +1,2 @@\n-@@ -1 +1 @@\n--- a/x\n+++ b/y\n+\\ No newline\n";
        assert_eq!(shown(patch), ["1 _ @@ -1 +1 @@", "2 _ -- a/x", "_ 1 ++ b/y", "_ 2 \\ No newline"]);
    }

    #[test]
    fn what_is_not_text_is_shown_lossily() {
        let parsed = parse(b"@@ -0,0 +1 @@\n+\xff\xfe\n\\ No newline at end of file\n");
        assert_eq!(parsed.hunks[0].lines[0].text, "\u{fffd}\u{fffd}");
        assert_eq!(parsed.notes, ["no newline at the end after"]);
    }

    #[test]
    fn a_long_patch_is_cut_and_says_so() {
        let patch = format!("@@ -0,0 +1,30000 @@\n{}", "+x\n".repeat(30_000));
        let parsed = parse(patch.as_bytes());
        assert!(parsed.is_truncated);
        assert_eq!(parsed.hunks[0].lines.len(), LINES_MAX - 1);
        let line = format!("@@ -0,0 +1 @@\n+{}\n", "é".repeat(20_000));
        assert!(shown(&line)[0].len() < LINE_MAX + 100);
    }
}
