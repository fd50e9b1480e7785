//! Appending to a journal. A full disk stops nothing but the reading of new output: what is not written waits here.

use std::{
    io,
    time::{Duration, Instant},
};

use super::{PAYLOAD_BYTES_MAX, RecordHead, RecordKind, encode};

/// How long written records may be lost to a power cut.
const SYNC_INTERVAL: Duration = Duration::from_millis(250);

/// Where a journal's bytes go.
pub(crate) trait JournalDisk {
    /// Appends some of `bytes` and says how many.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Makes what was written survive a power cut.
    fn sync(&mut self) -> io::Result<()>;
    /// Goes on in a new segment.
    fn begin_segment(&mut self, start: u64) -> io::Result<()>;
}

/// Whether everything could be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flush {
    /// All of it.
    Complete,
    /// The disk refuses; what is left is tried again at the next flush.
    Stuck,
}

/// The end of a journal, where records are appended.
#[derive(Debug)]
pub(crate) struct JournalWriter<D> {
    disk: D,
    seq: u64,
    raw_offset: u64,
    /// Offset of the first byte that is not written yet.
    written: u64,
    /// Records that are not written yet, from `done` on.
    pending: Vec<u8>,
    done: usize,
    segment_start: u64,
    segment_bytes_max: u64,
    /// Where in `pending` the next segment begins, counted from the journal's beginning.
    next_segment: Option<u64>,
    /// When the first byte was written that a power cut could take.
    dirty_since: Option<Instant>,
    wants_sync: bool,
    /// Times that the disk refused.
    refusals: u64,
}

/// Where a journal ends, found by reading it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct JournalEnd {
    /// Offset behind the last sound record.
    pub(crate) offset: u64,
    /// Number of the next record.
    pub(crate) seq: u64,
    /// Bytes of output so far.
    pub(crate) raw_offset: u64,
    /// Where the last segment starts.
    pub(crate) segment_start: u64,
}

impl<D: JournalDisk> JournalWriter<D> {
    /// Goes on at `end`, in segments that are followed by a new one once they have `segment_bytes_max` bytes.
    pub(crate) fn new(disk: D, end: JournalEnd, segment_bytes_max: u64) -> Self {
        Self {
            disk,
            seq: end.seq,
            raw_offset: end.raw_offset,
            written: end.offset,
            pending: Vec::new(),
            done: 0,
            segment_start: end.segment_start,
            segment_bytes_max,
            next_segment: None,
            dirty_since: None,
            wants_sync: false,
            refusals: 0,
        }
    }

    /// Appends a record in memory and says where it will stand. `line_start` is where the first piece of its line
    /// stands, if it is not this record.
    pub(crate) fn append(&mut self, kind: RecordKind, line_start: Option<u64>, parts: &[&[u8]]) -> u64 {
        let offset = self.end();
        if offset - self.segment_start >= self.segment_bytes_max && self.next_segment.is_none() {
            self.next_segment = Some(offset);
        }
        let back = line_start.map_or(0, |start| u32::try_from(offset - start).unwrap_or(u32::MAX));
        let head =
            RecordHead { kind, seq: self.seq, written_at: now_micros(), raw_offset: self.raw_offset, back };
        encode(&mut self.pending, &head, parts);
        self.seq += 1;
        self.raw_offset += kind.raw_bytes(parts.iter().map(|part| part.len()).sum());
        offset
    }

    /// Appends a record that has to survive a power cut as soon as it is written.
    pub(crate) fn append_durable(&mut self, kind: RecordKind, payload: &[u8]) {
        self.append(kind, None, &[payload]);
        self.wants_sync = true;
    }

    /// Writes what it can.
    pub(crate) fn flush(&mut self) -> Flush {
        while self.done < self.pending.len() {
            match self.write_some() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    self.refusals += 1;
                    return Flush::Stuck;
                }
            }
        }
        self.pending.clear();
        self.pending.shrink_to(PAYLOAD_BYTES_MAX);
        self.done = 0;
        Flush::Complete
    }

    /// Makes what was written survive a power cut, if a record wants that or enough time has passed.
    pub(crate) fn sync_if_due(&mut self) -> Flush {
        let is_due = self.sync_due().is_some_and(|due| due <= Instant::now());
        if is_due { self.sync() } else { Flush::Complete }
    }

    /// When what was written is to be made durable; none if it is.
    pub(crate) fn sync_due(&self) -> Option<Instant> {
        let since = self.dirty_since?;
        Some(if self.wants_sync { since } else { since + SYNC_INTERVAL })
    }

    /// A disk that refuses a sync is as good as full.
    fn sync(&mut self) -> Flush {
        if self.disk.sync().is_err() {
            self.refusals += 1;
            return Flush::Stuck;
        }
        self.dirty_since = None;
        self.wants_sync = false;
        Flush::Complete
    }

    /// Bytes that are not written yet.
    pub(crate) const fn backlog(&self) -> usize {
        self.pending.len() - self.done
    }

    /// Offset behind what is written.
    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    /// Bytes of the agent's output in all records.
    pub(crate) const fn raw_offset(&self) -> u64 {
        self.raw_offset
    }

    /// Times that the disk refused.
    pub(crate) const fn refusals(&self) -> u64 {
        self.refusals
    }

    #[cfg(test)]
    pub(crate) const fn disk_mut(&mut self) -> &mut D {
        &mut self.disk
    }

    const fn end(&self) -> u64 {
        self.written + self.backlog() as u64
    }

    fn write_some(&mut self) -> io::Result<()> {
        let mut until = self.pending.len();
        if let Some(start) = self.next_segment {
            if start == self.written {
                self.disk.begin_segment(start)?;
                self.segment_start = start;
                self.next_segment = None;
            } else {
                until = self.done + (start - self.written) as usize;
            }
        }
        let count = self.disk.write(&self.pending[self.done..until])?;
        if count == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.done += count;
        self.written += count as u64;
        self.dirty_since.get_or_insert_with(Instant::now);
        Ok(())
    }
}

/// Microseconds since the Unix epoch.
pub(crate) fn now_micros() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
