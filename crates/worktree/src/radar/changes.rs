//! What a piece of work changes, as paths; moved files count at their old and their new one.

use std::collections::{BTreeMap, BTreeSet};

use git2::{Delta, DiffOptions, Oid};

/// Changed paths, with whether there is a file afterwards.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<Vec<u8>, bool>);

impl Changes {
    /// What changed between two commits.
    pub(super) fn between(library: &git2::Repository, from: Oid, to: Oid) -> Result<Self, git2::Error> {
        let (from, to) = (library.find_commit(from)?.tree()?, library.find_commit(to)?.tree()?);
        let mut options = DiffOptions::new();
        options.skip_binary_check(true).include_typechange(true).ignore_submodules(false);
        let diff = library.diff_tree_to_tree(Some(&from), Some(&to), Some(&mut options))?;
        let mut paths = BTreeMap::new();
        for delta in diff.deltas() {
            let is_there = delta.status() != Delta::Deleted;
            let file = if is_there { delta.new_file() } else { delta.old_file() };
            // A file that gives way to one of another kind is listed twice.
            *paths.entry(file.path_bytes().unwrap_or_default().to_vec()).or_insert(false) |= is_there;
        }
        Ok(Self(paths))
    }

    /// Whether the work changes this path.
    pub(super) fn has(&self, path: &[u8]) -> bool {
        self.0.contains_key(path)
    }

    /// Paths that both change, and files of the one where the other has a folder.
    pub(super) fn overlap(&self, other: &Self) -> BTreeSet<Vec<u8>> {
        let (small, large) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        let both = small.0.keys().filter(|path| large.has(path)).cloned();
        both.chain(small.files_under(large)).chain(large.files_under(small)).collect()
    }

    /// Files of ours that stand where `other` has a folder with a file.
    fn files_under(&self, other: &Self) -> impl Iterator<Item = Vec<u8>> {
        let present = other.0.iter().filter(|(_, is_there)| **is_there);
        let above = present.flat_map(|(path, _)| folders_of(path));
        above.filter(|folder| self.0.get(*folder) == Some(&true)).map(<[u8]>::to_vec)
    }
}

fn folders_of(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter().enumerate().filter(|(_, byte)| **byte == b'/').filter_map(|(end, _)| path.get(..end))
}

/// A path as people read it.
pub(super) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
