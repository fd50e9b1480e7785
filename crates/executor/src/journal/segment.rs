//! The files of a journal: `journal-<offset of its first byte>`, each begun when the one before is full.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::JournalDisk;

const PREFIX: &str = "journal-";

/// The file that holds the journal from `start` on.
pub(crate) fn segment_path(dir: &Path, start: u64) -> PathBuf {
    dir.join(format!("{PREFIX}{start:016x}"))
}

/// Where the segments in `dir` start, ascending.
pub(crate) fn list_segments(dir: &Path) -> io::Result<Vec<u64>> {
    let mut starts = Vec::new();
    for entry in dir.read_dir()? {
        let name = entry?.file_name();
        let digits =
            name.to_str().and_then(|name| name.strip_prefix(PREFIX)).filter(|digits| digits.len() == 16);
        starts.extend(digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()));
    }
    starts.sort_unstable();
    Ok(starts)
}

/// The segment that is written to.
#[derive(Debug)]
pub(crate) struct SegmentDisk {
    dir: PathBuf,
    file: File,
}

impl SegmentDisk {
    /// Opens the segment that starts at `start` for appending, makes it if there is none, and makes its name last.
    pub(crate) fn open(dir: &Path, start: u64) -> io::Result<Self> {
        Ok(Self { dir: dir.to_owned(), file: open_for_append(dir, start)? })
    }
}

impl JournalDisk for SegmentDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn begin_segment(&mut self, start: u64) -> io::Result<()> {
        self.file.sync_data()?;
        self.file = open_for_append(&self.dir, start)?;
        Ok(())
    }
}

fn open_for_append(dir: &Path, start: u64) -> io::Result<File> {
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(segment_path(dir, start))?;
    File::open(dir)?.sync_all()?;
    Ok(file)
}
