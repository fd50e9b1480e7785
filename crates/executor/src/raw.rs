//! The agent's raw output, byte for byte, read in ranges out of the journal.

use std::{
    io,
    path::{Path, PathBuf},
};

use bytes::{Bytes, BytesMut};

use crate::{
    Error, Result,
    journal::{JournalReader, OwnedRecord, RecordKind, Step, find_sound, journal_length},
};

/// A stretch of journal that is read from its beginning instead of being halved further; also how far from its end
/// the last record is looked for.
const STRETCH_BYTES: u64 = 1024 * 1024;
/// What stands for a byte whose record is damaged, so that the bytes behind it keep their places.
const DAMAGED_BYTE: u8 = b'?';

/// Standard output and error of one run in the order in which they were recorded.
#[derive(Debug, Clone)]
pub struct RawStream {
    dir: PathBuf,
}

impl RawStream {
    /// The raw stream of the run in this folder.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// How many bytes there are now.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn byte_count(&self) -> Result<u64> {
        self.blocking(count_bytes).await
    }

    /// Up to `count_max` bytes from `offset` on; empty at the end. Reads little more than it gives.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn read(&self, offset: u64, count_max: usize) -> Result<Bytes> {
        self.blocking(move |dir| read_range(dir, offset, count_max)).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let dir = self.dir.clone();
        let outcome = tokio::task::spawn_blocking(move || read(&dir)).await?;
        outcome.map_err(|source| Error::Read { path: self.dir.clone(), source })
    }
}

/// Up to where the journal reached when we began: a writer may be faster than we are.
fn count_bytes(dir: &Path) -> io::Result<u64> {
    let length = journal_length(dir)?;
    let from = length.saturating_sub(STRETCH_BYTES);
    let mut count = 0;
    let mut reader = JournalReader::new(dir, find_sound(dir, from)?.unwrap_or(0));
    while reader.position() < length {
        let Some(record) = next_record(&mut reader)? else { break };
        count = record.head.raw_offset + record.head.kind.raw_bytes(record.payload.len());
    }
    Ok(count)
}

fn read_range(dir: &Path, offset: u64, count_max: usize) -> io::Result<Bytes> {
    let end = offset.saturating_add(count_max as u64);
    let mut range = BytesMut::new();
    let mut reader = JournalReader::new(dir, find_record_before(dir, offset)?);
    while let Some(record) = next_record(&mut reader)? {
        if record.head.raw_offset >= end {
            range.resize(count_max, DAMAGED_BYTE);
        }
        if range.len() >= count_max {
            break;
        }
        push_part(&mut range, &record, offset, end);
    }
    Ok(range.freeze())
}

/// Appends what lies between `offset` and `end` of a record's bytes.
fn push_part(range: &mut BytesMut, record: &OwnedRecord, offset: u64, end: u64) {
    let parts: &[&[u8]] = match record.head.kind {
        RecordKind::Line(_) => &[&record.payload, b"\n"],
        RecordKind::Piece(_) | RecordKind::Rest(_) => &[&record.payload],
        RecordKind::Start
        | RecordKind::Accepted
        | RecordKind::Delivered
        | RecordKind::Note
        | RecordKind::Exit => &[],
    };
    let mut at = record.head.raw_offset;
    for part in parts {
        let (from, to) = (at.max(offset), (at + part.len() as u64).min(end));
        if from < to {
            range.resize((from - offset) as usize, DAMAGED_BYTE);
            range.extend_from_slice(&part[(from - at) as usize..(to - at) as usize]);
        }
        at += part.len() as u64;
    }
}

/// Position of a sound record, not far before the one that holds `offset`.
fn find_record_before(dir: &Path, offset: u64) -> io::Result<u64> {
    let (mut low, mut high) = (0, journal_length(dir)?);
    while high - low > STRETCH_BYTES {
        let middle = low + (high - low) / 2;
        match find_head(dir, middle, high)? {
            Some((position, raw_offset)) if raw_offset <= offset => low = position,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

/// The first sound record between two positions, and its raw offset.
fn find_head(dir: &Path, from: u64, until: u64) -> io::Result<Option<(u64, u64)>> {
    let Some(position) = find_sound(dir, from)?.filter(|position| *position < until) else { return Ok(None) };
    let record = next_record(&mut JournalReader::new(dir, position))?;
    Ok(record.map(|record| (position, record.head.raw_offset)))
}

fn next_record(reader: &mut JournalReader) -> io::Result<Option<OwnedRecord>> {
    loop {
        match reader.next()? {
            Step::Record(record) => return Ok(Some(record)),
            Step::Damaged { .. } => {}
            Step::End { .. } => return Ok(None),
        }
    }
}
