//! Reads the patch of one file. Pure; bounded in lines and bytes.

use crate::{DiffHunk, DiffLine, DiffLineKind, DiffStatus, LineRange, diff::Change};

const LINES_MAX: usize = 20_000;
const BYTES_MAX: usize = 2 << 20;
const LINE_MAX: usize = 16 << 10;

/// What a patch holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) hunks: Vec<DiffHunk>,
    pub(super) notes: Vec<String>,
    /// Offset of the next lines, where these are not all.
    pub(super) next_offset: Option<usize>,
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
    notes.extend(submodule_note(change));
    notes
}

/// Which commits of a submodule there were and are.
fn submodule_note(change: &Change) -> Option<String> {
    let commit = |mode: &str, id: &str| (mode == "160000").then(|| id.to_owned());
    let [old, new] = &change.blobs;
    match (commit(&change.old_mode, old), commit(&change.new_mode, new)) {
        (Some(old), Some(new)) => Some(format!("submodule commit {old} became {new}")),
        (Some(old), None) => Some(format!("submodule commit {old} is gone")),
        (None, Some(new)) => Some(format!("submodule commit {new} is new")),
        (None, None) => None,
    }
}

/// Reads hunks of a patch. Lines of content begin with a blank, `+` or `-`, so that none can be taken for a head. A
/// hunk that begins before the range, or ends after it, is cut there.
pub(super) fn parse(patch: &[u8], range: LineRange) -> Patch {
    let lines_max = if range.limit == 0 { LINES_MAX } else { range.limit.min(LINES_MAX) };
    let mut reader =
        Reader { range: range.offset..range.offset.saturating_add(lines_max), ..Reader::default() };
    let mut bytes = 0;
    for line in patch.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if !reader.take(line) {
            reader.patch.next_offset = Some(reader.count);
            break;
        }
        bytes += if reader.count > reader.range.start { line.len() } else { 0 };
        if bytes > BYTES_MAX {
            reader.range.end = reader.count;
        }
    }
    reader.patch.hunks.iter_mut().for_each(count_lines);
    reader.patch.hunks.retain(|hunk| !hunk.lines.is_empty());
    reader.patch
}

/// What was read of a patch so far.
#[derive(Debug, Default)]
struct Reader {
    patch: Patch,
    /// Numbers of the next line.
    numbers: (u32, u32),
    is_in_hunk: bool,
    /// Lines of content seen.
    count: usize,
    range: std::ops::Range<usize>,
}

impl Reader {
    /// False where the range has ended before the line.
    fn take(&mut self, line: &[u8]) -> bool {
        if let Some(hunk) = hunk_of(line) {
            self.is_in_hunk = true;
            self.numbers = (hunk.old_start, hunk.new_start);
            self.patch.hunks.push(hunk);
        } else if line.starts_with(b"diff --git ") {
            self.is_in_hunk = false;
        } else if self.is_in_hunk && line.starts_with(b"\\ ") {
            self.note_missing_newline();
        } else if self.is_in_hunk {
            return self.take_content(line);
        }
        true
    }

    fn take_content(&mut self, line: &[u8]) -> bool {
        if self.count >= self.range.end {
            return false;
        }
        let (first, Some(read)) = (self.numbers, line_of(line, &mut self.numbers)) else { return true };
        self.count += 1;
        if self.count <= self.range.start {
            return true;
        }
        if let Some(hunk) = self.patch.hunks.last_mut() {
            if hunk.lines.is_empty() && self.count == self.range.start + 1 {
                begin_at(hunk, first);
            }
            hunk.lines.push(read);
        }
        true
    }

    fn note_missing_newline(&mut self) {
        let last = self.patch.hunks.last().and_then(|hunk| hunk.lines.last());
        self.patch.notes.extend(last.map(|line| missing_newline(line.kind)));
    }
}

/// The hunk's first lines are on an earlier page.
fn begin_at(hunk: &mut DiffHunk, numbers: (u32, u32)) {
    if hunk.old_lines > 0 {
        hunk.old_start = numbers.0;
    }
    if hunk.new_lines > 0 {
        hunk.new_start = numbers.1;
    }
}

/// What a hunk says of its length holds for the lines that are there.
fn count_lines(hunk: &mut DiffHunk) {
    let count = |is_there: fn(&DiffLine) -> bool| {
        u32::try_from(hunk.lines.iter().filter(|line| is_there(line)).count()).unwrap_or(u32::MAX)
    };
    (hunk.old_lines, hunk.new_lines) =
        (count(|line| line.old_no.is_some()), count(|line| line.new_no.is_some()));
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

fn missing_newline(kind: DiffLineKind) -> String {
    let side = match kind {
        DiffLineKind::Removed => " before",
        DiffLineKind::Added => " after",
        DiffLineKind::Context => "",
    };
    format!("no newline at the end{side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(patch: &str) -> Vec<String> {
        let number = |number: Option<u32>| number.map_or_else(|| "_".to_owned(), |number| number.to_string());
        let hunks = parse(patch.as_bytes(), LineRange::default()).hunks;
        let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
        lines.map(|line| format!("{} {} {}", number(line.old_no), number(line.new_no), line.text)).collect()
    }

    #[test]
    fn lines_are_numbered_on_both_sides() {
        let patch = "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n@@ -3,3 +3,3 @@ fn main()\n a\n-b\n+c\n d\n@@ -10 +10,2 @@\n x\n+y\n";
        assert_eq!(shown(patch), ["3 3 a", "4 _ b", "_ 4 c", "5 5 d", "10 10 x", "_ 11 y"]);
        assert_eq!(parse(patch.as_bytes(), LineRange::default()).hunks[0].section, "fn main()");
    }

    #[test]
    fn content_that_looks_like_a_patch_is_content() {
        let patch = "@@ -1,2 +1,2 @@\n-@@ -1 +1 @@\n--- a/x\n+++ b/y\n+\\ No newline\n";
        assert_eq!(shown(patch), ["1 _ @@ -1 +1 @@", "2 _ -- a/x", "_ 1 ++ b/y", "_ 2 \\ No newline"]);
    }

    #[test]
    fn what_is_not_text_is_shown_lossily() {
        let parsed = parse(b"@@ -0,0 +1 @@\n+\xff\xfe\n\\ No newline at end of file\n", LineRange::default());
        assert_eq!(parsed.hunks[0].lines[0].text, "\u{fffd}\u{fffd}");
        assert_eq!(parsed.notes, ["no newline at the end after"]);
    }

    #[test]
    fn a_long_patch_comes_in_pages() {
        let patch = format!("@@ -0,0 +1,30000 @@\n{}", "+x\n".repeat(30_000));
        let parsed = parse(patch.as_bytes(), LineRange::default());
        assert_eq!(parsed.next_offset, Some(LINES_MAX));
        assert_eq!(parsed.hunks[0].lines.len(), LINES_MAX);
        let rest = parse(patch.as_bytes(), LineRange { offset: LINES_MAX, limit: 0 });
        assert_eq!((rest.next_offset, rest.hunks[0].lines.len()), (None, 10_000));
        assert_eq!((rest.hunks[0].new_start, rest.hunks[0].new_lines), (20_001, 10_000));
        let line = format!("@@ -0,0 +1 @@\n+{}\n", "é".repeat(20_000));
        assert!(shown(&line)[0].len() < LINE_MAX + 100);
    }

    #[test]
    fn pages_of_any_size_are_the_whole() {
        let patch = b"@@ -1,3 +1,3 @@ a\n one\n-two\n+2\n three\n@@ -9,2 +9,3 @@ b\n nine\n+x\n+y\n-ten\n\\ No newline\n";
        let lines = |patch: Patch| patch.hunks.into_iter().flat_map(|hunk| hunk.lines).collect::<Vec<_>>();
        let whole = lines(parse(patch, LineRange::default()));
        for limit in 1..10 {
            let (mut offset, mut pages) = (Some(0), Vec::new());
            while let Some(from) = offset {
                let page = parse(patch, LineRange { offset: from, limit });
                offset = page.next_offset;
                let first = page.hunks.iter().map(|hunk| (hunk.old_start, hunk.lines[0].old_no));
                assert!(first.into_iter().all(|(start, first)| first.is_none_or(|first| first == start)));
                pages.extend(lines(page));
            }
            assert_eq!(pages, whole, "{limit}");
        }
    }

    #[test]
    fn bytes_end_a_page_too() {
        let line = format!("+{}\n", "x".repeat(LINE_MAX / 2));
        let patch = format!("@@ -0,0 +1,1000 @@\n{}", line.repeat(1000));
        let page = parse(patch.as_bytes(), LineRange::default());
        let next = page.next_offset.unwrap();
        assert!(next < 1000 && page.hunks[0].lines.len() == next, "{next}");
    }
}
