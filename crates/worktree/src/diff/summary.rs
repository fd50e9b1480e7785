//! The list of changed files, from one call of git that gives modes, renames and line counts together.

use std::{collections::HashMap, path::PathBuf};

use crate::{
    DiffFile, DiffStatus, Error,
    blocking::blocking,
    diff::{Change, Pair, SHOWN_MAX, diff_tree, key},
    git::{Git, path_of},
    staged::Scope,
};

const SUBMODULE: &str = "160000";

/// Lists the changes of the pair.
pub(super) async fn list_changes(pair: &Pair, scope: Scope<'_>) -> Result<Vec<Change>, Error> {
    let call = diff_tree(pair, &["-z", "-M", "--raw", "--numstat"]).arg("--");
    let output = call.arg(scope.spec()).run().await?;
    let mut changes = parse(&output.stdout, pair.hides_whitespace).ok_or_else(unexpected)?;
    mark_too_large(&pair.git, &mut changes).await?;
    Ok(changes)
}

/// Whether a file of the base is no longer there, in the tree or among the files of a live worktree: only such a one can
/// have moved.
pub(super) async fn has_lost_files(pair: &Pair) -> Result<bool, Error> {
    if let Some(root) = &pair.root {
        let names =
            pair.git.call("ls-tree").args(["-r", "-z", "--name-only", &pair.base]).run().await?.paths();
        let root = root.clone();
        let is_gone = move || Ok(names.iter().any(|name| root.join(name).symlink_metadata().is_err()));
        return blocking("look for moved files", is_gone).await;
    }
    let call = diff_tree(pair, &["-z", "--no-renames", "--name-only", "--diff-filter=D"]);
    Ok(!call.run().await?.stdout.is_empty())
}

fn unexpected() -> Error {
    Error::Unexpected { command: "diff-tree".to_owned(), message: "its list has an unknown shape".to_owned() }
}

/// All `--raw` entries come first, each beginning with `:`; then the `--numstat` entries in the same order. Where blanks
/// do not count, files whose lines are all alike have no count, and are no changes.
fn parse(output: &[u8], may_skip: bool) -> Option<Vec<Change>> {
    let mut parts = output.split(|byte| *byte == 0).filter(|part| !part.is_empty()).peekable();
    let mut changes = Vec::new();
    while parts.peek().is_some_and(|part| part.first() == Some(&b':')) {
        let head = std::str::from_utf8(parts.next()?).ok()?.strip_prefix(':')?;
        let first = path_of(parts.next()?);
        let is_moved = head.rsplit(' ').next()?.starts_with(['R', 'C']);
        let (old_path, path) = if is_moved { (Some(first), path_of(parts.next()?)) } else { (None, first) };
        changes.push(change_of(head, path, old_path)?);
    }
    let count_wanted = changes.len();
    let (mut counted, mut changes) = (Vec::with_capacity(count_wanted), changes.into_iter());
    while let Some(counts) = parts.next() {
        let mut fields = counts.splitn(3, |byte| *byte == b'\t');
        let (added, deleted, path) = (fields.next()?, fields.next()?, fields.next()?);
        let path = path_of(if path.is_empty() { parts.nth(1)? } else { path });
        let mut change = changes.find(|change| change.path == path)?;
        count(&mut change.file, added, deleted);
        counted.push(change);
    }
    (may_skip || counted.len() == count_wanted).then_some(counted)
}

/// `old mode, new mode, old blob, new blob, status`.
fn change_of(head: &str, path: PathBuf, old_path: Option<PathBuf>) -> Option<Change> {
    let mut fields = head.split(' ').map(str::to_owned);
    let (old_mode, new_mode) = (fields.next()?, fields.next()?);
    let blobs = [fields.next()?, fields.next()?];
    let status = match fields.next()?.chars().next()? {
        'A' => DiffStatus::Added,
        'D' => DiffStatus::Deleted,
        'R' => DiffStatus::Renamed,
        'C' => DiffStatus::Copied,
        'T' => DiffStatus::TypeChanged,
        'M' => DiffStatus::Modified,
        _ => return None,
    };
    let file = DiffFile {
        path: path.to_string_lossy().into_owned(),
        old_path: old_path.as_ref().map(|path| path.to_string_lossy().into_owned()),
        status,
        additions: 0,
        deletions: 0,
        binary: false,
        too_large: false,
        old_mode: mode(&old_mode),
        new_mode: mode(&new_mode),
        is_submodule: old_mode == SUBMODULE || new_mode == SUBMODULE,
        content_key: String::new(),
    };
    let mut change = Change { file, path, old_path, old_mode, new_mode, blobs };
    change.file.content_key = key::of_change(&change);
    Some(change)
}

/// A mode as it is shown; none where there is no file.
fn mode(mode: &str) -> Option<String> {
    mode.bytes().any(|byte| byte != b'0').then(|| mode.to_owned())
}

fn count(file: &mut DiffFile, added: &[u8], deleted: &[u8]) {
    let number = |bytes: &[u8]| std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
    match (number(added), number(deleted)) {
        (Some(added), Some(deleted)) => (file.additions, file.deletions) = (added, deleted),
        _ => file.binary = true,
    }
}

/// git does not open what is above its limit and calls it binary: the sizes say which of them are only large.
async fn mark_too_large(git: &Git, changes: &mut [Change]) -> Result<(), Error> {
    let is_asked = |change: &&Change| change.file.binary;
    let names = changes.iter().filter(is_asked).flat_map(|change| &change.blobs);
    let names: String =
        names.filter(|blob| blob.bytes().any(|b| b != b'0')).map(|blob| format!("{blob}\n")).collect();
    if names.is_empty() {
        return Ok(());
    }
    let sizes =
        git.call("cat-file").arg("--batch-check=%(objectname) %(objectsize)").input(names).text().await?;
    let sizes: HashMap<&str, u64> = sizes
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(id, size)| Some((id, size.parse().ok()?)))
        .collect();
    for change in changes.iter_mut().filter(|change| change.file.binary) {
        let is_large = |blob: &String| sizes.get(blob.as_str()).is_some_and(|size| *size >= SHOWN_MAX);
        change.file.too_large = change.blobs.iter().any(is_large);
        change.file.binary = change.new_mode != SUBMODULE;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_and_counts_are_read_together() {
        let zero = "0".repeat(40);
        let output = format!(
            ":100644 100644 {zero} {zero} R090\0old\0new\0:000000 120000 {zero} {zero} A\0li\nnk\0\
             :100644 000000 {zero} {zero} D\0bin\01\t2\t\0old\0new\01\t0\tli\nnk\0-\t-\tbin\0"
        );
        let changes = parse(output.as_bytes(), false).unwrap();
        let seen: Vec<_> =
            changes.iter().map(|c| (c.file.path.as_str(), c.file.status, c.file.additions)).collect();
        let expected = [
            ("new", DiffStatus::Renamed, 1),
            ("li\nnk", DiffStatus::Added, 1),
            ("bin", DiffStatus::Deleted, 0),
        ];
        assert_eq!(seen, expected);
        assert_eq!(changes[0].file.old_path.as_deref(), Some("old"));
        assert!(changes[2].file.binary);
        assert!(parse(b"", false).unwrap().is_empty());
        assert!(parse(b":nonsense\0path\0", false).is_none());
        assert!(parse(format!(":100644 100644 {zero} {zero} M\0a\0").as_bytes(), false).is_none());
    }
}
