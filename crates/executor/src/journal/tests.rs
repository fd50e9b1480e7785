use std::{fs, io};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::journal::writer::JournalEnd;

fn write_lines(dir: &TempDir, lines: &[Vec<u8>], segment_bytes_max: u64) {
    let disk = SegmentDisk::open(dir.path(), 0).unwrap();
    let mut writer = JournalWriter::new(disk, JournalEnd::default(), segment_bytes_max);
    for line in lines {
        writer.append(RecordKind::Line(OutputStream::Stdout), None, &[line]);
        assert_eq!(writer.flush(), Flush::Complete);
    }
}

/// The lines that can be read, and what else was met on the way.
fn read_all(dir: &TempDir) -> (Vec<Vec<u8>>, Vec<Step>) {
    let mut reader = JournalReader::new(dir.path(), 0);
    let (mut lines, mut others) = (Vec::new(), Vec::new());
    loop {
        match reader.next().unwrap() {
            Step::Record(record) => lines.push(record.payload.to_vec()),
            end @ Step::End { .. } => {
                others.push(end);
                return (lines, others);
            }
            other @ Step::Damaged { .. } => others.push(other),
        }
    }
}

fn journal_files(dir: &TempDir) -> Vec<std::path::PathBuf> {
    let starts = list_segments(dir.path()).unwrap();
    starts.into_iter().map(|start| segment_path(dir.path(), start)).collect()
}

fn any_lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let line = prop::collection::vec(any::<u8>().prop_filter("no newline", |byte| *byte != b'\n'), 0..200);
    prop::collection::vec(line, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn segments_read_as_one_journal(lines in any_lines(), segment_bytes_max in 1_u64..2000) {
        let dir = TempDir::new().unwrap();
        write_lines(&dir, &lines, segment_bytes_max);
        prop_assert_eq!(read_all(&dir), (lines, vec![Step::End { torn_bytes: 0 }]));
    }

    #[test]
    fn a_cut_journal_is_a_prefix(lines in any_lines(), cut: prop::sample::Index, zeros in 0_usize..5000) {
        let dir = TempDir::new().unwrap();
        write_lines(&dir, &lines, u64::MAX);
        let path = segment_path(dir.path(), 0);
        let mut bytes = fs::read(&path).unwrap();
        bytes.truncate(cut.index(bytes.len()));
        bytes.resize(bytes.len() + zeros, 0);
        fs::write(&path, bytes).unwrap();
        let (read, others) = read_all(&dir);
        prop_assert!(lines.starts_with(&read) && read.len() < lines.len());
        let is_only_an_end = matches!(others[..], [Step::End { .. }]);
        prop_assert!(is_only_an_end, "{:?}", others);
    }

    #[test]
    fn a_flipped_bit_costs_two_records_at_most_and_is_told(
        lines in any_lines(), segment_bytes_max in 100_u64..3000, at: prop::sample::Index, bit in 0_u8..8,
    ) {
        let dir = TempDir::new().unwrap();
        write_lines(&dir, &lines, segment_bytes_max);
        let files = journal_files(&dir);
        let path = &files[at.index(files.len())];
        let mut bytes = fs::read(path).unwrap();
        let index = at.index(bytes.len());
        bytes[index] ^= 1 << bit;
        fs::write(path, bytes).unwrap();
        let (read, others) = read_all(&dir);
        prop_assert!(read.len() >= lines.len().saturating_sub(2) && read.len() < lines.len(), "{} of {}", read.len(), lines.len());
        let is_told = matches!(others[0], Step::Damaged { .. } | Step::End { torn_bytes: 1.. });
        prop_assert!(is_told, "{:?}", others);
    }
}

#[test]
fn a_line_that_looks_like_a_record_is_a_line() {
    let dir = TempDir::new().unwrap();
    let mut fake = Vec::new();
    let head = RecordHead { kind: RecordKind::Exit, seq: 0, written_at: 0, raw_offset: 0, back: 0 };
    encode(&mut fake, &head, &[b"{}"]);
    fake.pop();
    let lines = vec![b"one".to_vec(), fake, b"three".to_vec()];
    write_lines(&dir, &lines, u64::MAX);
    let path = segment_path(dir.path(), 0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[10] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (read, others) = read_all(&dir);
    assert_eq!(read, lines[1..]);
    assert!(matches!(others[0], Step::Damaged { position: 0, .. }));
}

#[test]
fn a_missing_segment_is_damage() {
    let dir = TempDir::new().unwrap();
    let lines: Vec<Vec<u8>> = (0..10).map(|number| format!("line {number}").into_bytes()).collect();
    write_lines(&dir, &lines, 1);
    fs::remove_file(&journal_files(&dir)[4]).unwrap();
    let (read, others) = read_all(&dir);
    assert_eq!(read.len(), 9);
    assert!(matches!(others[..], [Step::Damaged { .. }, Step::End { torn_bytes: 0 }]));
}

/// Takes `room` bytes, then refuses.
#[derive(Default)]
struct SmallDisk {
    room: usize,
    bytes: Vec<u8>,
    /// Bytes that would survive a power cut.
    durable: usize,
}

impl JournalDisk for SmallDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room - self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..count]);
        if count == 0 { Err(io::Error::from_raw_os_error(libc::ENOSPC)) } else { Ok(count) }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.durable = self.bytes.len();
        Ok(())
    }

    fn begin_segment(&mut self, _start: u64) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let small = SmallDisk { room: 100, ..SmallDisk::default() };
    let mut writer = JournalWriter::new(small, JournalEnd::default(), u64::MAX);
    writer.append(RecordKind::Line(OutputStream::Stdout), None, &[b"first"]);
    writer.append(RecordKind::Line(OutputStream::Stderr), None, &[b"second"]);
    assert_eq!(writer.flush(), Flush::Stuck);
    assert_eq!((writer.written(), writer.refusals()), (100, 1));
    writer.disk_mut().room = 1000;
    assert_eq!(writer.flush(), Flush::Complete);
    let bytes = writer.disk_mut().bytes.clone();
    let Parsed::Sound { payload: b"first", size, .. } = parse(&bytes) else { panic!("first record") };
    let Parsed::Sound { head, payload: b"second", .. } = parse(&bytes[size..]) else {
        panic!("second record")
    };
    assert_eq!((head.seq, head.raw_offset), (1, 6));
}

/// A reader meets half-written records all the time; they are never damage.
#[test]
fn a_reader_beside_a_writer_sees_no_damage() {
    const COUNT: u64 = 400;
    let dir = TempDir::new().unwrap();
    let disk = SegmentDisk::open(dir.path(), 0).unwrap();
    let mut writer = JournalWriter::new(disk, JournalEnd::default(), 10_000_000);
    let writing = std::thread::spawn(move || {
        for _ in 0..COUNT {
            writer.append(RecordKind::Piece(OutputStream::Stdout), None, &[&[b'x'; PAYLOAD_BYTES_MAX]]);
            assert_eq!(writer.flush(), Flush::Complete);
        }
    });
    let mut reader = JournalReader::new(dir.path(), 0);
    let mut seq = 0;
    while seq < COUNT {
        match reader.next().unwrap() {
            Step::Record(record) => {
                assert_eq!(record.head.seq, seq);
                seq += 1;
            }
            Step::End { .. } => std::thread::yield_now(),
            damaged @ Step::Damaged { .. } => panic!("{damaged:?} after {seq}"),
        }
    }
    writing.join().unwrap();
}

#[test]
fn a_command_is_durable_at_once_and_output_soon() {
    let disk = SmallDisk { room: 10_000, ..SmallDisk::default() };
    let mut writer = JournalWriter::new(disk, JournalEnd::default(), u64::MAX);
    writer.append(RecordKind::Line(OutputStream::Stdout), None, &[b"output"]);
    assert_eq!((writer.flush(), writer.sync_if_due()), (Flush::Complete, Flush::Complete));
    assert_eq!(writer.disk_mut().durable, 0);
    assert!(writer.sync_due().is_some());
    writer.append_durable(RecordKind::Accepted, b"command");
    assert_eq!((writer.flush(), writer.sync_if_due()), (Flush::Complete, Flush::Complete));
    let disk = writer.disk_mut();
    assert_eq!(disk.durable, disk.bytes.len());
    assert_eq!(writer.sync_due(), None);
}
