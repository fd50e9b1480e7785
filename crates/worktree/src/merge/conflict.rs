//! The merge in memory: a tree, or the files in conflict.

use std::time::Duration;

use crate::{ConflictFile, ConflictKind, Error, git::Git, name};

const MERGE_LIMIT: Duration = Duration::from_secs(5 * 60);

/// What of a file in conflict one of the sides has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stage {
    path: String,
    /// 1 for the ancestor, 2 for the target, 3 for the attempt.
    number: u8,
    mode: String,
    pub(super) blob: String,
}

/// What two commits do not agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflicts {
    files: Vec<ConflictFile>,
    stages: Vec<Stage>,
}

impl Stage {
    /// Whether it is a file, and not a link or another repository.
    pub(super) fn is_file(&self) -> bool {
        self.mode.starts_with("100")
    }
}

impl Conflicts {
    /// The files.
    pub(crate) fn files(&self) -> Vec<ConflictFile> {
        self.files.clone()
    }

    /// One side of a file.
    pub(super) fn stage(&self, path: &str, number: u8) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.path == path && stage.number == number)
    }
}

/// Merges two commits without touching anything but objects.
pub(crate) async fn merge_trees(
    git: &Git,
    ours: &str,
    theirs: &str,
) -> Result<Result<String, Conflicts>, Error> {
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
fn parse(parts: &[&[u8]]) -> Option<Conflicts> {
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let gap = 1 + parts.get(1..)?.iter().position(|part| part.is_empty())?;
    let stages: Vec<Stage> = parts[1..gap].iter().map(|entry| stage_of(entry)).collect::<Option<_>>()?;
    let mut files: Vec<ConflictFile> = Vec::new();
    for Stage { path, .. } in &stages {
        if files.last().is_none_or(|file| file.path != *path) {
            let (path, message) = (path.clone(), String::new());
            files.push(ConflictFile { path, kind: ConflictKind::Other, message });
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
    Some(Conflicts { files, stages })
}

/// `<mode> <object> <stage>\t<path>`.
fn stage_of(entry: &[u8]) -> Option<Stage> {
    let tab = entry.iter().position(|byte| *byte == b'\t')?;
    let mut facts = std::str::from_utf8(&entry[..tab]).ok()?.split(' ');
    let (mode, blob, number) = (facts.next()?.to_owned(), facts.next()?.to_owned(), facts.next()?);
    let path = String::from_utf8_lossy(&entry[tab + 1..]).into_owned();
    Some(Stage { path, number: number.parse().ok()?, mode, blob })
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
        let conflicts = parse(&parts).unwrap();
        let files = conflicts.files();
        let seen: Vec<_> = files.iter().map(|file| (file.path.as_str(), file.kind)).collect();
        let expected =
            [("a b", ConflictKind::Content), ("ü", ConflictKind::ModifyDelete), ("x", ConflictKind::Rename)];
        assert_eq!(seen, expected);
        assert_eq!(conflicts.stage("a b", 3), None);
        assert!(conflicts.stage("a b", 2).unwrap().is_file());
        assert_eq!(parse(&[b"tree"]), None);
    }
}
