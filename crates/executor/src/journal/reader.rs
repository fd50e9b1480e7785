//! Reading a journal record by record. A bad place with nothing sound behind it is the torn end of a writer that was
//! cut off, or is writing still; with something sound behind it, it is damage, and is told and passed over.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use super::{HEADER_BYTES, Parsed, RECORD_BYTES_MAX, RecordHead, list_segments, parse, segment_path};

const CHUNK_BYTES: usize = 64 * 1024;

/// A record with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnedRecord {
    /// Offset of its first byte.
    pub(crate) position: u64,
    /// What its header says.
    pub(crate) head: RecordHead,
    /// Its payload.
    pub(crate) payload: Bytes,
}

/// What comes next in a journal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A record.
    Record(OwnedRecord),
    /// A part that is no record, with records behind it.
    Damaged { position: u64, byte_count: u64 },
    /// Nothing, now. `torn_bytes` stand there and are no record yet, or never will be.
    End { torn_bytes: u64 },
}

#[derive(Debug)]
struct Segment {
    start: u64,
    file: File,
}

/// A place in a journal.
#[derive(Debug)]
pub(crate) struct JournalReader {
    dir: PathBuf,
    /// Offset of the buffer's first byte.
    position: u64,
    buffer: BytesMut,
    segment: Option<Segment>,
}

impl JournalReader {
    /// At `position` of the journal in `dir`, whether there is something or not.
    pub(crate) fn new(dir: &Path, position: u64) -> Self {
        Self { dir: dir.to_owned(), position, buffer: BytesMut::new(), segment: None }
    }

    /// Offset of the next record.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// What comes next.
    pub(crate) fn next(&mut self) -> io::Result<Step> {
        loop {
            let is_short = match parse(&self.buffer) {
                Parsed::Sound { head, size, .. } => return Ok(Step::Record(self.take(head, size))),
                Parsed::Short => true,
                Parsed::Bad => false,
            };
            if is_short && self.fill()? {
                continue;
            }
            if let Some(step) = self.settle()? {
                return Ok(step);
            }
        }
    }

    fn take(&mut self, head: RecordHead, size: usize) -> OwnedRecord {
        let position = self.position;
        self.position += size as u64;
        let record = self.buffer.split_to(size).freeze();
        OwnedRecord { position, head, payload: record.slice(HEADER_BYTES..size - 1) }
    }

    /// Reads more bytes behind the buffer. False if there are none.
    fn fill(&mut self) -> io::Result<bool> {
        if self.segment.is_none() {
            self.segment = open_segment_of(&self.dir, self.position)?;
        }
        if self.fill_from_segment()? {
            return Ok(true);
        }
        if !self.buffer.is_empty() {
            return Ok(false);
        }
        let Some(next) = open_segment(&self.dir, self.position)?.filter(|next| !self.is_current(next)) else {
            return Ok(false);
        };
        self.segment = Some(next);
        self.fill_from_segment()
    }

    fn is_current(&self, other: &Segment) -> bool {
        self.segment.as_ref().is_some_and(|segment| segment.start == other.start)
    }

    fn fill_from_segment(&mut self) -> io::Result<bool> {
        let Some(segment) = &self.segment else { return Ok(false) };
        let have = self.buffer.len();
        let offset = self.position + have as u64 - segment.start;
        self.buffer.resize(have + CHUNK_BYTES, 0);
        let outcome = segment.file.read_at(&mut self.buffer[have..], offset);
        self.buffer.truncate(have + outcome.as_ref().map_or(0, |count| *count));
        Ok(outcome? > 0)
    }

    /// While we search, the writer may complete the record here and go on with the next. So what is found further
    /// behind is no proof until a second look: by then all before it is written.
    fn find_sound_here_or_behind(&self) -> io::Result<Option<u64>> {
        match find_sound(&self.dir, self.position)? {
            Some(behind) if behind > self.position => find_sound(&self.dir, self.position),
            other => Ok(other),
        }
    }

    /// Decides what a place without a record is. None if it became one meanwhile, because the writer went on.
    fn settle(&mut self) -> io::Result<Option<Step>> {
        let position = self.position;
        if self.buffer.is_empty() && list_or_none(&self.dir)?.last().is_none_or(|last| *last < position) {
            return Ok(Some(Step::End { torn_bytes: 0 }));
        }
        let Some(sound) = self.find_sound_here_or_behind()? else {
            let torn_bytes = journal_length(&self.dir)?.saturating_sub(position);
            return Ok(Some(Step::End { torn_bytes }));
        };
        *self = Self::new(&self.dir, sound);
        let byte_count = sound - position;
        Ok((byte_count > 0).then_some(Step::Damaged { position, byte_count }))
    }
}

/// Offset of the first sound record at or behind `from`.
pub(crate) fn find_sound(dir: &Path, from: u64) -> io::Result<Option<u64>> {
    let starts = list_or_none(dir)?;
    for (index, start) in starts.iter().enumerate() {
        let is_before = starts.get(index + 1).is_some_and(|next| *next <= from);
        let found = if is_before { None } else { find_sound_in(dir, *start, from.max(*start))? };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn find_sound_in(dir: &Path, start: u64, from: u64) -> io::Result<Option<u64>> {
    let Some(segment) = open_segment(dir, start)? else { return Ok(None) };
    if from == start && is_sound_at(&segment, start)? {
        return Ok(Some(start));
    }
    // A record begins behind a newline; the one before `from` may be that newline.
    let mut offset = (from - start).saturating_sub(1);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = segment.file.read_at(&mut chunk, offset)?;
        for hit in memmem::find_iter(&chunk[..count], b"\nJ1 ") {
            let candidate = start + offset + hit as u64 + 1;
            if is_sound_at(&segment, candidate)? {
                return Ok(Some(candidate));
            }
        }
        // What looks like the beginning of a mark at the chunk's end is seen again.
        match count.checked_sub(3) {
            Some(step) if step > 0 => offset += step as u64,
            _ => return Ok(None),
        }
    }
}

fn is_sound_at(segment: &Segment, position: u64) -> io::Result<bool> {
    let mut bytes = vec![0; RECORD_BYTES_MAX];
    let count = read_full(&segment.file, &mut bytes, position - segment.start)?;
    Ok(matches!(parse(&bytes[..count]), Parsed::Sound { .. }))
}

fn read_full(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut have = 0;
    while have < buffer.len() {
        match file.read_at(&mut buffer[have..], offset + have as u64)? {
            0 => break,
            count => have += count,
        }
    }
    Ok(have)
}

/// The segment that holds `position`: the last one that does not begin behind it.
fn open_segment_of(dir: &Path, position: u64) -> io::Result<Option<Segment>> {
    match list_or_none(dir)?.into_iter().rfind(|start| *start <= position) {
        Some(start) => open_segment(dir, start),
        None => Ok(None),
    }
}

fn open_segment(dir: &Path, start: u64) -> io::Result<Option<Segment>> {
    match File::open(segment_path(dir, start)) {
        Ok(file) => Ok(Some(Segment { start, file })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn list_or_none(dir: &Path) -> io::Result<Vec<u64>> {
    match list_segments(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}

/// Offset behind the journal's last byte, sound or not.
pub(crate) fn journal_length(dir: &Path) -> io::Result<u64> {
    match list_or_none(dir)?.last() {
        Some(start) => Ok(start + segment_path(dir, *start).metadata()?.len()),
        None => Ok(0),
    }
}
