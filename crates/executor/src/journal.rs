//! The journal: what a run's agent wrote and what was done to it, as an append-only file of self-checking records.
//!
//! Owns the format of a record. One writer (the shim), any number of readers. A record is a header of fixed length in
//! ASCII, so that `less` shows it, then the payload, then a newline:
//!
//! `J1 kind seq time raw len back crc payload`
//!
//! No payload holds a newline, so `"\nJ1 "` is where a record begins and nowhere else. Nothing here deletes.

mod history;
mod reader;
#[cfg(test)]
mod record_tests;
mod segment;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use history::{History, history};
pub(crate) use reader::{JournalReader, OwnedRecord, Step, find_sound, journal_length};
pub(crate) use segment::{SegmentDisk, list_segments, segment_path};
pub(crate) use writer::{Flush, JournalDisk, JournalEnd, JournalWriter, now_micros};

use crate::OutputStream;

/// Bytes of a record before its payload.
pub(crate) const HEADER_BYTES: usize = 83;
/// Longest payload; a longer line is recorded in pieces.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 256 * 1024;
/// Longest record.
pub(crate) const RECORD_BYTES_MAX: usize = HEADER_BYTES + PAYLOAD_BYTES_MAX + 1;
/// A segment that has reached this length is followed by a new one.
pub(crate) const SEGMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;

const MAGIC: &[u8; 3] = b"J1 ";
/// Header bytes that the checksum covers; the payload follows them.
const CHECKED_BYTES: usize = 74;
/// Where the header has a space.
const GAPS: [usize; 8] = [2, 4, 21, 38, 55, 64, 73, 82];

/// What a record tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// The agent is about to be started.
    Start,
    /// A line, or the last piece of one; its newline is not in the payload.
    Line(OutputStream),
    /// A piece of a line that goes on.
    Piece(OutputStream),
    /// The end of a stream that did not end in a newline.
    Rest(OutputStream),
    /// A command was accepted.
    Accepted,
    /// What a command had for standard input was handed over.
    Delivered,
    /// The shim about itself.
    Note,
    /// How the run ended.
    Exit,
}

impl RecordKind {
    const fn to_byte(self) -> u8 {
        match self {
            Self::Start => b'h',
            Self::Line(OutputStream::Stdout) => b'o',
            Self::Line(OutputStream::Stderr) => b'e',
            Self::Piece(OutputStream::Stdout) => b'O',
            Self::Piece(OutputStream::Stderr) => b'E',
            Self::Rest(OutputStream::Stdout) => b'q',
            Self::Rest(OutputStream::Stderr) => b'r',
            Self::Accepted => b'i',
            Self::Delivered => b'I',
            Self::Note => b'g',
            Self::Exit => b'x',
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            b'h' => Self::Start,
            b'o' => Self::Line(OutputStream::Stdout),
            b'e' => Self::Line(OutputStream::Stderr),
            b'O' => Self::Piece(OutputStream::Stdout),
            b'E' => Self::Piece(OutputStream::Stderr),
            b'q' => Self::Rest(OutputStream::Stdout),
            b'r' => Self::Rest(OutputStream::Stderr),
            b'i' => Self::Accepted,
            b'I' => Self::Delivered,
            b'g' => Self::Note,
            b'x' => Self::Exit,
            _ => return None,
        })
    }

    /// How many bytes of the agent's output a record with this payload stands for.
    pub(crate) const fn raw_bytes(self, payload_bytes: usize) -> u64 {
        match self {
            Self::Line(_) => payload_bytes as u64 + 1,
            Self::Piece(_) | Self::Rest(_) => payload_bytes as u64,
            Self::Start | Self::Accepted | Self::Delivered | Self::Note | Self::Exit => 0,
        }
    }
}

/// What a record's header says besides length and checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordHead {
    /// What the record tells.
    pub(crate) kind: RecordKind,
    /// Its number; grows by one.
    pub(crate) seq: u64,
    /// Microseconds since the Unix epoch.
    pub(crate) written_at: u64,
    /// Bytes of the agent's output before this record.
    pub(crate) raw_offset: u64,
    /// Bytes from the first piece of this record's line to this record; 0 if it is the first. Stops at the largest
    /// number that fits.
    pub(crate) back: u32,
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    /// A sound record of `size` bytes.
    Sound { head: RecordHead, payload: &'a [u8], size: usize },
    /// What may become a record when more bytes are there.
    Short,
    /// No record.
    Bad,
}

/// Appends a record to `out`.
pub(crate) fn encode(out: &mut Vec<u8>, head: &RecordHead, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let start = out.len();
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[head.kind.to_byte(), b' ']);
    push_hex(out, head.seq, 16);
    push_hex(out, head.written_at, 16);
    push_hex(out, head.raw_offset, 16);
    push_hex(out, length as u64, 8);
    push_hex(out, u64::from(head.back), 8);
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&out[start..]);
    parts.iter().for_each(|part| checksum.update(part));
    push_hex(out, u64::from(checksum.finalize()), 8);
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.push(b'\n');
}

/// What stands at the beginning of `bytes`.
pub(crate) fn parse(bytes: &[u8]) -> Parsed<'_> {
    let Some(header) = bytes.get(..HEADER_BYTES) else {
        let seen = bytes.len().min(MAGIC.len());
        return if bytes[..seen] == MAGIC[..seen] { Parsed::Short } else { Parsed::Bad };
    };
    let Some((head, length, expected)) = parse_header(header) else { return Parsed::Bad };
    let size = HEADER_BYTES + length + 1;
    let Some(record) = bytes.get(..size) else { return Parsed::Short };
    let payload = &record[HEADER_BYTES..size - 1];
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&header[..CHECKED_BYTES]);
    checksum.update(payload);
    if record[size - 1] != b'\n' || checksum.finalize() != expected {
        return Parsed::Bad;
    }
    Parsed::Sound { head, payload, size }
}

fn parse_header(header: &[u8]) -> Option<(RecordHead, usize, u32)> {
    if !header.starts_with(MAGIC) || GAPS.iter().any(|gap| header[*gap] != b' ') {
        return None;
    }
    let length = read_hex(&header[56..64])? as usize;
    if length > PAYLOAD_BYTES_MAX {
        return None;
    }
    let head = RecordHead {
        kind: RecordKind::from_byte(header[3])?,
        seq: read_hex(&header[5..21])?,
        written_at: read_hex(&header[22..38])?,
        raw_offset: read_hex(&header[39..55])?,
        back: read_hex(&header[65..73])? as u32,
    };
    Some((head, length, read_hex(&header[74..82])? as u32))
}

/// `width` hexadecimal digits and a space.
fn push_hex(out: &mut Vec<u8>, number: u64, width: u32) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend((0..width).rev().map(|place| DIGITS[(number >> (4 * place)) as usize & 15]));
    out.push(b' ');
}

fn read_hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(value))
    })
}
