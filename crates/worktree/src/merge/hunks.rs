//! The stretches of a file in conflict, with both sides and their ancestor; bounded in every direction.

use std::{fs, path::Path};

use crate::{
    ConflictDetail, ConflictFile, ConflictHunk, Error,
    git::Git,
    merge::conflict::{Conflicts, Stage},
    staged::TemporaryObjects,
};

const FILES_MAX: usize = 50;
const HUNKS_MAX: usize = 50;
const BLOB_MAX: usize = 1 << 20;
const TEXT_MAX: usize = 8 << 10;
/// Longer than what stands in files, so that lines of theirs are not taken for markers.
const MARKER: usize = 47;

/// The files with their stretches; a file that is no text, too large or one too many has none.
pub(super) async fn detail(git: &Git, conflicts: &Conflicts) -> Result<Vec<ConflictDetail>, Error> {
    let mut details = Vec::new();
    for (index, file) in conflicts.files().into_iter().enumerate() {
        let hunks = match index < FILES_MAX {
            true => hunks_of(git, conflicts, &file).await?,
            false => Vec::new(),
        };
        details.push(ConflictDetail { file, hunks });
    }
    Ok(details)
}

async fn hunks_of(git: &Git, conflicts: &Conflicts, file: &ConflictFile) -> Result<Vec<ConflictHunk>, Error> {
    let stage = |number: u8| conflicts.stage(&file.path, number).filter(|stage| stage.is_file());
    let (Some(ours), Some(theirs)) = (stage(2), stage(3)) else { return Ok(Vec::new()) };
    let mut sides = Vec::with_capacity(3);
    for side in [Some(ours), stage(1), Some(theirs)] {
        let Some(content) = read(git, side).await? else { return Ok(Vec::new()) };
        sides.push(content);
    }
    let folder = TemporaryObjects::new(git.common_dir())?;
    Ok(parse(&merge(git, folder.path(), &sides).await?))
}

/// A side's text; none where it is too large or no text.
async fn read(git: &Git, stage: Option<&Stage>) -> Result<Option<Vec<u8>>, Error> {
    let Some(stage) = stage else { return Ok(Some(Vec::new())) };
    let call = git.call("cat-file").args(["blob", &stage.blob]).output_max(BLOB_MAX);
    match call.run().await {
        Err(Error::OutputTooLarge { .. }) => Ok(None),
        read => Ok(Some(read?.stdout).filter(|content| !content.contains(&0))),
    }
}

async fn merge(git: &Git, folder: &Path, sides: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
    let mut call = git.call("merge-file").args(["-p", "-q", "--diff3", &format!("--marker-size={MARKER}")]);
    for (name, content) in ["ours", "base", "theirs"].into_iter().zip(sides) {
        let path = folder.join(name);
        fs::write(&path, content).map_err(Error::io("write", &path))?;
        call = call.arg(path);
    }
    // Its exit code is the number of conflicts, at most 127.
    const ENDS: &[i32] = &{
        let mut ends = [0; 128];
        let mut end = 0;
        while end < 128 {
            ends[end as usize] = end;
            end += 1;
        }
        ends
    };
    Ok(call.accept(ENDS).output_max(8 * BLOB_MAX).run().await?.stdout)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Outside,
    Ours,
    Base,
    Theirs,
}

fn parse(merged: &[u8]) -> Vec<ConflictHunk> {
    let mut hunks: Vec<ConflictHunk> = Vec::new();
    let mut part = Part::Outside;
    let mut line = 1;
    for text in merged.split_inclusive(|byte| *byte == b'\n') {
        let begun = marker(text, part);
        if begun == Some(Part::Ours) {
            if hunks.len() == HUNKS_MAX {
                break;
            }
            let empty = String::new;
            hunks.push(ConflictHunk { line, ours: empty(), base: empty(), theirs: empty() });
        }
        part = begun.unwrap_or(part);
        // Lines count as in the file with the target's side.
        line += u32::from(begun.is_none() && matches!(part, Part::Outside | Part::Ours));
        if let (None, Some(hunk)) = (begun, hunks.last_mut()) {
            add(hunk, part, text);
        }
    }
    hunks
}

/// The part that a marker begins.
fn marker(line: &[u8], part: Part) -> Option<Part> {
    let sign = *line.first()?;
    let next = match (sign, part) {
        (b'<', Part::Outside) => Part::Ours,
        (b'|', Part::Ours) => Part::Base,
        (b'=', Part::Base) => Part::Theirs,
        (b'>', Part::Theirs) => Part::Outside,
        _ => return None,
    };
    let is_marker = line.len() > MARKER && line[..MARKER].iter().all(|byte| *byte == sign);
    (is_marker && line.get(MARKER) != Some(&sign)).then_some(next)
}

fn add(hunk: &mut ConflictHunk, part: Part, text: &[u8]) {
    let side = match part {
        Part::Outside => return,
        Part::Ours => &mut hunk.ours,
        Part::Base => &mut hunk.base,
        Part::Theirs => &mut hunk.theirs,
    };
    let text = String::from_utf8_lossy(text);
    let room = TEXT_MAX.saturating_sub(side.len());
    let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    side.push_str(&text[..end]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_read_with_all_three_sides() {
        let mark = |sign: &str| sign.repeat(MARKER);
        let merged = format!(
            "a\n{} ours\nM\n<<<<<<< not one\n{} base\nb\n{}\nX\n{} theirs\nc\n{} ours\n{} base\nd\n{}\n{} theirs\n",
            mark("<"),
            mark("|"),
            mark("="),
            mark(">"),
            mark("<"),
            mark("|"),
            mark("="),
            mark(">")
        );
        let hunks = parse(merged.as_bytes());
        let hunk = |line, ours: &str, base: &str, theirs: &str| ConflictHunk {
            line,
            ours: ours.to_owned(),
            base: base.to_owned(),
            theirs: theirs.to_owned(),
        };
        assert_eq!(hunks, [hunk(2, "M\n<<<<<<< not one\n", "b\n", "X\n"), hunk(5, "", "d\n", "")]);
        assert_eq!(parse(b""), []);
    }

    #[test]
    fn long_sides_are_cut_between_characters() {
        let mut hunk =
            ConflictHunk { line: 1, ours: String::new(), base: String::new(), theirs: String::new() };
        add(&mut hunk, Part::Ours, "ü".repeat(TEXT_MAX).as_bytes());
        add(&mut hunk, Part::Ours, b"more");
        assert_eq!(hunk.ours.len(), TEXT_MAX);
    }
}
