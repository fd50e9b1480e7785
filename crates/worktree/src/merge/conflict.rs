//! The merge in memory: a tree, or the files in conflict.

use std::time::Duration;

use crate::{ConflictFile, ConflictKind, Error, git::Git, name};

const MERGE_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Merges two commits without touching anything but objects.
pub(super) async fn merge_trees(
    git: &Git,
    ours: &str,
    theirs: &str,
) -> Result<Result<String, Vec<ConflictFile>>, Error> {
    let call = git.call("merge-tree").args(["--write-tree", "-z", "--messages", ours, theirs]);
    let output = call.accept(&[0, 1]).time_limit(MERGE_LIMIT).run().await?;
    let unexpected =
        |message: &str| Error::Unexpected { command: "merge-tree".to_owned(), message: message.to_owned() };
    let parts: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    if output.code == 0 {
        let tree = parts.first().map(|tree| String::from_utf8_lossy(tree).into_owned()).unwrap_or_default();
        return if name::is_object_id(&tree) { Ok(Ok(tree)) } else { Err(unexpected("it gave no tree")) };
    }
    Ok(Err(parse(&parts).ok_or_else(|| unexpected("its list of conflicts has an unknown shape"))?))
}

/// `tree, entries of files in conflict, an empty part, messages`, each message being
/// `count of paths, paths, kind, text`.
fn parse(parts: &[&[u8]]) -> Option<Vec<ConflictFile>> {
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let gap = 1 + parts.get(1..)?.iter().position(|part| part.is_empty())?;
    let mut files: Vec<ConflictFile> = Vec::new();
    for entry in &parts[1..gap] {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let path = text(&entry[tab + 1..]);
        if !files.iter().any(|file| file.path == path) {
            files.push(ConflictFile { path, kind: ConflictKind::Other, message: String::new() });
        }
    }
    let mut rest = parts[gap + 1..].iter();
    while let Some(count) = rest.next().filter(|count| !count.is_empty()) {
        let count: usize = text(count).parse().ok()?;
        let paths: Vec<String> = rest.by_ref().take(count).map(|path| text(path)).collect();
        let (kind, message) = (text(rest.next()?), text(rest.next()?));
        if kind.starts_with("CONFLICT") {
            note(&mut files, &paths, kind_of(&kind, &message), message.trim_end());
        }
    }
    Some(files)
}

fn note(files: &mut Vec<ConflictFile>, paths: &[String], kind: ConflictKind, message: &str) {
    let mut is_known = false;
    for file in files.iter_mut().filter(|file| paths.contains(&file.path)) {
        is_known = true;
        if file.message.is_empty() {
            (file.kind, file.message) = (kind, message.to_owned());
        }
    }
    if let (false, Some(path)) = (is_known, paths.first()) {
        files.push(ConflictFile { path: path.clone(), kind, message: message.to_owned() });
    }
}

/// The message is finer than the kind: it tells "both added" from other contents.
fn kind_of(kind: &str, message: &str) -> ConflictKind {
    let source = if message.starts_with("CONFLICT (") { message } else { kind };
    let name = source.trim_start_matches("CONFLICT (").split(')').next().unwrap_or_default();
    match name {
        "contents" | "content" => ConflictKind::Content,
        "add/add" => ConflictKind::AddAdd,
        "modify/delete" => ConflictKind::ModifyDelete,
        "binary" => ConflictKind::Binary,
        "file/directory" => ConflictKind::FileDirectory,
        "distinct modes" | "distinct types" => ConflictKind::Type,
        _ if name.contains("rename") => ConflictKind::Rename,
        _ if name.contains("submodule") => ConflictKind::Submodule,
        _ => ConflictKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_are_listed_once_with_their_kind() {
        let id = "0123456789012345678901234567890123456789";
        let output = format!(
            "{id}\0100644 {id} 1\ta b\0100644 {id} 2\ta b\0100644 {id} 3\tü\0\0\
             1\0ok\0Auto-merging\0Auto-merging ok\n\0\
             1\0a b\0CONFLICT (contents)\0CONFLICT (content): Merge conflict in a b\n\0\
             1\0ü\0CONFLICT (modify/delete)\0deleted\n\0\
             2\0x\0y\0CONFLICT (rename/rename)\0both\n\0"
        );
        let parts: Vec<&[u8]> = output.as_bytes().split(|byte| *byte == 0).collect();
        let files = parse(&parts).unwrap();
        let seen: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.kind)).collect();
        let expected =
            [("a b", ConflictKind::Content), ("ü", ConflictKind::ModifyDelete), ("x", ConflictKind::Rename)];
        assert_eq!(seen, expected);
        assert_eq!(parse(&[b"tree"]), None);
    }
}
