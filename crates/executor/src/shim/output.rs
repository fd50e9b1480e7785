//! One of the agent's output streams: bytes in, records of lines out. Lines are split at newline bytes, whatever else
//! they hold; long ones are recorded in pieces.

use std::{
    fs::File,
    io::{self, Read},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    time::{Duration, Instant},
};

use crate::{
    OutputStream,
    journal::{JournalDisk, JournalWriter, PAYLOAD_BYTES_MAX, RecordKind},
};

/// How long the beginning of a line waits for its end before it is recorded as a piece.
pub(super) const PIECE_DELAY: Duration = Duration::from_millis(50);

/// Cuts one stream into lines.
#[derive(Debug)]
pub(super) struct LineCutter {
    stream: OutputStream,
    /// The line's bytes that are in no record yet.
    partial: Vec<u8>,
    /// When the first of them came.
    since: Instant,
    /// Where the line's first piece stands, if it has one.
    line_start: Option<u64>,
}

impl LineCutter {
    pub(super) fn new(stream: OutputStream) -> Self {
        Self { stream, partial: Vec::new(), since: Instant::now(), line_start: None }
    }

    /// Records what `bytes` complete.
    pub(super) fn feed<D: JournalDisk>(&mut self, mut bytes: &[u8], journal: &mut JournalWriter<D>) {
        while let Some(newline) = memchr::memchr(b'\n', bytes) {
            self.make_room(newline, journal);
            let line_start = self.line_start.take();
            journal.append(RecordKind::Line(self.stream), line_start, &[&self.partial, &bytes[..newline]]);
            self.partial.clear();
            bytes = &bytes[newline + 1..];
        }
        if bytes.is_empty() {
            return;
        }
        self.make_room(bytes.len(), journal);
        if self.partial.is_empty() {
            self.since = Instant::now();
        }
        self.partial.extend_from_slice(bytes);
    }

    /// When the beginning of a line has waited long enough for its end.
    pub(super) fn piece_due(&self) -> Option<Instant> {
        (!self.partial.is_empty()).then(|| self.since + PIECE_DELAY)
    }

    /// Records the beginning of a line that has waited long enough.
    pub(super) fn flush_piece_if_due<D: JournalDisk>(
        &mut self,
        now: Instant,
        journal: &mut JournalWriter<D>,
    ) {
        if self.piece_due().is_some_and(|due| due <= now) {
            self.flush_piece(journal);
        }
    }

    /// Records the beginning of a line as a piece of it.
    pub(super) fn flush_piece<D: JournalDisk>(&mut self, journal: &mut JournalWriter<D>) {
        if self.partial.is_empty() {
            return;
        }
        let offset = journal.append(RecordKind::Piece(self.stream), self.line_start, &[&self.partial]);
        self.line_start.get_or_insert(offset);
        self.partial.clear();
        self.partial.shrink_to(4096);
    }

    /// Records what is left when the stream ends without a newline.
    pub(super) fn finish<D: JournalDisk>(&mut self, journal: &mut JournalWriter<D>) {
        let line_start = self.line_start.take();
        if line_start.is_some() || !self.partial.is_empty() {
            journal.append(RecordKind::Rest(self.stream), line_start, &[&self.partial]);
        }
        self.partial = Vec::new();
    }

    fn make_room<D: JournalDisk>(&mut self, coming: usize, journal: &mut JournalWriter<D>) {
        if self.partial.len() + coming > PAYLOAD_BYTES_MAX {
            self.flush_piece(journal);
        }
    }
}

/// Our end of one of the agent's output streams.
#[derive(Debug)]
pub(super) struct OutputPipe {
    file: Option<File>,
    pub(super) lines: LineCutter,
}

impl OutputPipe {
    pub(super) fn new(stream: OutputStream, fd: OwnedFd) -> Self {
        Self { file: Some(File::from(fd)), lines: LineCutter::new(stream) }
    }

    /// What to poll; none once the stream has ended.
    pub(super) fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().map(AsFd::as_fd)
    }

    /// Whether the stream has ended.
    pub(super) const fn is_closed(&self) -> bool {
        self.file.is_none()
    }

    /// Reads what is there, once, into `buffer` and the journal. Never longer than a record holds.
    pub(super) fn read<D: JournalDisk>(&mut self, buffer: &mut [u8], journal: &mut JournalWriter<D>) {
        let Some(file) = &mut self.file else { return };
        match file.read(buffer) {
            Ok(0) => self.close(journal),
            Ok(count) => self.lines.feed(&buffer[..count], journal),
            Err(error) if is_passing(&error) => {}
            Err(_) => self.close(journal),
        }
    }

    /// Gives the stream up, as at its end.
    pub(super) fn close<D: JournalDisk>(&mut self, journal: &mut JournalWriter<D>) {
        self.file = None;
        self.lines.finish(journal);
    }
}

/// Whether the same call may succeed later.
pub(super) fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::journal::{JournalEnd, JournalReader, SegmentDisk, Step};

    /// The raw bytes that the records of what was fed stand for.
    fn recorded(chunks: &[Vec<u8>], pieces_at: &[bool]) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let disk = SegmentDisk::open(dir.path(), 0).unwrap();
        let mut journal = JournalWriter::new(disk, JournalEnd::default(), u64::MAX);
        let mut lines = LineCutter::new(OutputStream::Stdout);
        for (chunk, flushes) in chunks.iter().zip(pieces_at.iter().cycle()) {
            lines.feed(chunk, &mut journal);
            if *flushes {
                lines.flush_piece(&mut journal);
            }
        }
        lines.finish(&mut journal);
        journal.flush();
        raw_bytes(&mut JournalReader::new(dir.path(), 0))
    }

    fn raw_bytes(reader: &mut JournalReader) -> Vec<u8> {
        let mut raw = Vec::new();
        while let Step::Record(record) = reader.next().unwrap() {
            assert_eq!(record.head.raw_offset, raw.len() as u64);
            raw.extend_from_slice(&record.payload);
            if matches!(record.head.kind, RecordKind::Line(_)) {
                raw.push(b'\n');
            }
        }
        raw
    }

    fn any_chunk() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![3 => any::<u8>(), 1 => Just(b'\n')];
        prop::collection::vec(byte, 0..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_lost_wherever_reads_and_pieces_cut(
            chunks in prop::collection::vec(any_chunk(), 0..20),
            pieces_at in prop::collection::vec(any::<bool>(), 1..20),
        ) {
            prop_assert_eq!(recorded(&chunks, &pieces_at), chunks.concat());
        }
    }

    #[test]
    fn a_line_of_many_records_is_whole() {
        let chunk = vec![b'x'; 60_000];
        let mut chunks = vec![chunk; 30];
        chunks.push(b"\nend\n".to_vec());
        assert_eq!(recorded(&chunks, &[false]), chunks.concat());
    }
}
