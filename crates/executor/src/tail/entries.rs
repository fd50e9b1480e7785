//! From records to entries: puts the pieces of long lines together again, also when reading began in the middle.

use std::{io, path::Path};

use bytes::{Bytes, BytesMut};
use domain::Timestamp;

use super::{OutputStream, TailEntry, TailRecord};
use crate::{
    ExitOutcome, ExitRecord,
    journal::{JournalReader, OwnedRecord, RecordKind, Step},
    run::command_id_of,
};

/// Longest line that is put together in memory.
pub(super) const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Entries, and why there are no more.
#[derive(Debug)]
pub(super) struct EntryBatch {
    pub(super) records: Vec<TailRecord>,
    pub(super) position: u64,
    pub(super) stop: Stop,
}

/// Why a batch ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is big enough.
    Full,
    /// Nothing more is there now.
    End { torn_bytes: u64 },
    /// The run ended.
    Exit(ExitRecord),
}

/// The beginning of a line that goes on in later records.
#[derive(Debug)]
struct OpenLine {
    raw_offset: u64,
    bytes: BytesMut,
    is_truncated: bool,
}

impl OpenLine {
    fn push(&mut self, payload: &[u8]) {
        let room = LINE_BYTES_MAX - self.bytes.len();
        self.is_truncated |= payload.len() > room;
        self.bytes.extend_from_slice(&payload[..payload.len().min(room)]);
    }
}

/// Reads entries from a position on.
#[derive(Debug)]
pub(super) struct EntryReader {
    dir: std::path::PathBuf,
    reader: JournalReader,
    stdout: Option<OpenLine>,
    stderr: Option<OpenLine>,
    /// When the last record was written: the time of what has none of its own.
    last_written_at: Timestamp,
}

impl EntryReader {
    pub(super) fn new(dir: &Path, position: u64) -> Self {
        Self {
            dir: dir.to_owned(),
            reader: JournalReader::new(dir, position),
            stdout: None,
            stderr: None,
            last_written_at: Timestamp::from_micros(0),
        }
    }

    /// Entries of about `bytes_max` bytes of journal.
    pub(super) fn read_batch(&mut self, bytes_max: usize) -> io::Result<EntryBatch> {
        let began = self.reader.position();
        let mut records = Vec::new();
        let stop = loop {
            match self.reader.next()? {
                Step::Record(record) => records.extend(self.entry_of(record)?),
                Step::Damaged { position, byte_count } => records.push(self.damaged(position, byte_count)),
                Step::End { torn_bytes } => break Stop::End { torn_bytes },
            }
            if let Some(TailRecord { entry: TailEntry::Exit(record), .. }) = records.last() {
                break Stop::Exit(record.clone());
            }
            if !records.is_empty() && self.reader.position() - began >= bytes_max as u64 {
                break Stop::Full;
            }
        };
        Ok(EntryBatch { records, position: self.reader.position(), stop })
    }

    /// The beginnings of lines whose ends will never come.
    pub(super) fn take_open_lines(&mut self) -> Vec<TailRecord> {
        let (position, written_at) = (self.reader.position(), self.last_written_at);
        let open = [(OutputStream::Stdout, self.stdout.take()), (OutputStream::Stderr, self.stderr.take())];
        let lines = open.into_iter().filter_map(|(stream, line)| Some((stream, line?)));
        lines
            .map(|(stream, line)| TailRecord {
                position,
                raw_offset: line.raw_offset,
                written_at,
                entry: TailEntry::Line {
                    stream,
                    bytes: line.bytes.freeze(),
                    is_truncated: line.is_truncated,
                    is_unterminated: true,
                },
            })
            .collect()
    }

    fn entry_of(&mut self, record: OwnedRecord) -> io::Result<Option<TailRecord>> {
        let mut raw_offset = record.head.raw_offset;
        let (position, written_at) = (record.position, timestamp(record.head.written_at));
        self.last_written_at = written_at;
        let entry = match record.head.kind {
            RecordKind::Piece(stream) => {
                self.open_line(stream, &record)?.push(&record.payload);
                return Ok(None);
            }
            RecordKind::Line(stream) | RecordKind::Rest(stream) => {
                let (line_offset, line) = self.close_line(stream, record)?;
                raw_offset = line_offset;
                line
            }
            RecordKind::Start => TailEntry::Started,
            RecordKind::Accepted => TailEntry::CommandAccepted { command_id: id_of(&record.payload) },
            RecordKind::Delivered => TailEntry::InputDelivered { command_id: id_of(&record.payload) },
            RecordKind::Note => TailEntry::Note { message: message_of(&record.payload) },
            RecordKind::Exit => TailEntry::Exit(exit_of(&record.payload)),
        };
        Ok(Some(TailRecord { position, raw_offset, written_at, entry }))
    }

    /// The line that this record goes on with, read again from its beginning if that was before our time.
    fn open_line(&mut self, stream: OutputStream, record: &OwnedRecord) -> io::Result<&mut OpenLine> {
        let slot = match stream {
            OutputStream::Stdout => &mut self.stdout,
            OutputStream::Stderr => &mut self.stderr,
        };
        // A new line while one is open: the end of that one was damaged, which was told.
        if record.head.back == 0 {
            *slot = None;
        }
        let line = match slot.take() {
            Some(line) => line,
            None => reopen_line(&self.dir, stream, record)?,
        };
        Ok(slot.insert(line))
    }

    fn close_line(&mut self, stream: OutputStream, record: OwnedRecord) -> io::Result<(u64, TailEntry)> {
        let is_unterminated = matches!(record.head.kind, RecordKind::Rest(_));
        let line =
            |bytes: Bytes, is_truncated| TailEntry::Line { stream, bytes, is_truncated, is_unterminated };
        if record.head.back == 0 {
            return Ok((record.head.raw_offset, line(record.payload, false)));
        }
        let open = self.open_line(stream, &record)?;
        open.push(&record.payload);
        let (raw_offset, is_truncated) = (open.raw_offset, open.is_truncated);
        let bytes = std::mem::take(&mut open.bytes).freeze();
        match stream {
            OutputStream::Stdout => self.stdout = None,
            OutputStream::Stderr => self.stderr = None,
        }
        Ok((raw_offset, line(bytes, is_truncated)))
    }

    /// What is open now may have lost a piece.
    fn damaged(&mut self, position: u64, byte_count: u64) -> TailRecord {
        [&mut self.stdout, &mut self.stderr].into_iter().flatten().for_each(|line| line.is_truncated = true);
        let entry = TailEntry::Damaged { byte_count };
        TailRecord { position, raw_offset: 0, written_at: self.last_written_at, entry }
    }
}

/// The beginning of the line that `record` goes on with.
fn reopen_line(dir: &Path, stream: OutputStream, record: &OwnedRecord) -> io::Result<OpenLine> {
    let is_too_far = record.head.back == u32::MAX;
    let mut line =
        OpenLine { raw_offset: record.head.raw_offset, bytes: BytesMut::new(), is_truncated: is_too_far };
    if record.head.back == 0 || is_too_far {
        return Ok(line);
    }
    let start = record.position - u64::from(record.head.back);
    let mut reader = JournalReader::new(dir, start);
    while reader.position() < record.position {
        match reader.next()? {
            Step::Record(piece) if piece.head.kind == RecordKind::Piece(stream) => {
                line.raw_offset = line.raw_offset.min(piece.head.raw_offset);
                line.push(&piece.payload);
            }
            Step::Record(_) => {}
            Step::Damaged { .. } => line.is_truncated = true,
            Step::End { .. } => break,
        }
    }
    Ok(line)
}

fn timestamp(micros: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn id_of(payload: &[u8]) -> String {
    command_id_of(payload).unwrap_or_default()
}

fn message_of(payload: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Words {
        message: String,
    }
    let words = serde_json::from_slice::<Words>(payload);
    words.map_or_else(|_| String::from_utf8_lossy(payload).into_owned(), |words| words.message)
}

/// A record that a later release wrote in a form unknown here is an end whose kind is unknown.
fn exit_of(payload: &[u8]) -> ExitRecord {
    serde_json::from_slice(payload).unwrap_or(ExitRecord {
        outcome: ExitOutcome::Unknown,
        was_stopped: false,
        output_bytes: 0,
        leftover_count: 0,
        survivors: Vec::new(),
        ended_at: 0,
    })
}
