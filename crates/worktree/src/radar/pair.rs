//! Merges what two sides both changed, in memory.

use std::{collections::BTreeSet, ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

use git2::{IndexEntry, IndexTime, MergeFileOptions, MergeOptions, Oid, Repository, Tree};

use super::changes::{Changes, shown};

/// Larger files are not merged: that both sides changed them is said.
const MERGED_MAX: usize = 4 << 20;
const REGULAR: [i32; 2] = [0o100_644, 0o100_755];

/// How a path would merge.
enum Fate {
    Merges,
    Conflicts,
    /// A file was moved or deleted: only whole trees tell.
    Unclear,
}

/// The paths that conflict between the second and the third commit, the first being their merge base.
pub(super) fn merge(
    library: &Repository,
    commits: [Oid; 3],
    changes: (&Changes, &Changes),
    overlap: &BTreeSet<Vec<u8>>,
) -> Result<Vec<String>, git2::Error> {
    let [base, ours, theirs] = commits;
    let tree = |commit: Oid| library.find_commit(commit)?.tree();
    let trees = [tree(base)?, tree(ours)?, tree(theirs)?];
    let mut conflicts = Vec::new();
    for path in overlap {
        match fate_of(library, &trees, path)? {
            Fate::Merges => {}
            Fate::Conflicts => conflicts.push(shown(path)),
            Fate::Unclear => return merge_whole(library, &trees, changes),
        }
    }
    Ok(conflicts)
}

fn fate_of(library: &Repository, trees: &[Tree<'_>; 3], path: &[u8]) -> Result<Fate, git2::Error> {
    let [base, ours, theirs] = [0, 1, 2].map(|side: usize| entry_of(trees.get(side), path));
    let same = |one: &Option<IndexEntry>, other: &Option<IndexEntry>| {
        one.as_ref().map(|entry| (entry.id, entry.mode)) == other.as_ref().map(|entry| (entry.id, entry.mode))
    };
    Ok(match (&base, &ours, &theirs) {
        (Some(_), None, _) | (Some(_), _, None) => Fate::Unclear,
        _ if same(&ours, &theirs) || same(&base, &ours) || same(&base, &theirs) => {
            fate_of_folder(trees, path)
        }
        (Some(base), Some(ours), Some(theirs)) => merge_file(library, base, ours, theirs)?,
        (None, _, _) => Fate::Conflicts,
    })
}

/// One side's file, where the other may have a folder.
fn fate_of_folder(trees: &[Tree<'_>; 3], path: &[u8]) -> Fate {
    let kinds = trees.iter().skip(1).filter_map(|tree| tree.get_path(as_path(path)).ok()?.kind());
    let is_folder: Vec<bool> = kinds.map(|kind| kind == git2::ObjectType::Tree).collect();
    if is_folder.contains(&true) && is_folder.contains(&false) { Fate::Conflicts } else { Fate::Merges }
}

fn merge_file(
    library: &Repository,
    base: &IndexEntry,
    ours: &IndexEntry,
    theirs: &IndexEntry,
) -> Result<Fate, git2::Error> {
    let entries = [base, ours, theirs];
    let is_regular = |entry: &&IndexEntry| {
        i32::try_from(entry.mode).is_ok_and(|mode| REGULAR.contains(&mode))
            && size_of(library, entry.id) <= MERGED_MAX
    };
    if !entries.iter().all(is_regular) {
        return Ok(Fate::Conflicts);
    }
    let mut options = MergeFileOptions::new();
    let merged = library.merge_file_from_index(base, ours, theirs, Some(&mut options))?;
    Ok(if merged.is_automergeable() { Fate::Merges } else { Fate::Conflicts })
}

/// What cannot be read counts as too large.
fn size_of(library: &Repository, id: Oid) -> usize {
    let header = library.odb().and_then(|objects| objects.read_header(id));
    header.map_or(usize::MAX, |(size, _)| size)
}

/// Follows moved files. Only what one of the two changed is theirs: the rest is between one of them and its branch.
fn merge_whole(
    library: &Repository,
    trees: &[Tree<'_>; 3],
    changes: (&Changes, &Changes),
) -> Result<Vec<String>, git2::Error> {
    let [base, ours, theirs] = trees;
    let mut options = MergeOptions::new();
    options.find_renames(true);
    let index = library.merge_trees(base, ours, theirs, Some(&options))?;
    let mut paths = BTreeSet::new();
    for conflict in index.conflicts()? {
        let conflict = conflict?;
        let sides = [conflict.ancestor, conflict.our, conflict.their];
        let mut named = sides.into_iter().flatten().map(|entry| entry.path);
        let own = named.find(|path| changes.0.has(path) || changes.1.has(path));
        paths.extend(own.map(|path| shown(&path)));
    }
    Ok(paths.into_iter().collect())
}

/// The file at a path; none where there is none, or a folder.
fn entry_of(tree: Option<&Tree<'_>>, path: &[u8]) -> Option<IndexEntry> {
    let entry = tree?.get_path(as_path(path)).ok()?;
    if entry.kind() == Some(git2::ObjectType::Tree) {
        return None;
    }
    Some(IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: u32::try_from(entry.filemode()).ok()?,
        uid: 0,
        gid: 0,
        file_size: 0,
        id: entry.id(),
        flags: 0,
        flags_extended: 0,
        path: path.to_vec(),
    })
}

fn as_path(path: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(path))
}
