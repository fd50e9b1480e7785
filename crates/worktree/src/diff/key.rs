//! Keys by which a changed file is known again: another key means that something about it is another.

use std::{
    fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::Change;

const KEY_BYTES: usize = 16;

/// The key of a changed file: its path, modes and contents before and after.
pub(super) fn of_change(change: &Change) -> String {
    let old_path = change.old_path.as_deref().unwrap_or(Path::new(""));
    let facts = [&change.old_mode, &change.new_mode, &change.blobs[0], &change.blobs[1]];
    let facts = facts.into_iter().map(|fact| fact.as_bytes());
    of_parts(facts.chain([old_path.as_os_str().as_bytes(), change.path.as_os_str().as_bytes()]))
}

/// The key of a file that is in no tree: its size and when it was last written stand for its content.
pub(super) fn of_loose_file(root: Option<&Path>, path: &Path) -> String {
    let metadata = root.and_then(|root| fs::symlink_metadata(root.join(path)).ok());
    let facts =
        metadata.map_or([0; 3], |facts| [facts.size().cast_signed(), facts.mtime(), facts.mtime_nsec()]);
    let facts = facts.map(i64::to_le_bytes);
    of_parts(facts.iter().map(<[u8; 8]>::as_slice).chain([path.as_os_str().as_bytes()]))
}

fn of_parts<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(KEY_BYTES).map(|byte| format!("{byte:02x}")).collect()
}
