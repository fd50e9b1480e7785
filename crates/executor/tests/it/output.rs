//! Output: every byte, in order, in whole lines.

use executor::{JournalTail, OutputStream, RawStream, RunEnd, TailEntry};

use crate::lab::{BOUND, Lab, eventually, eventually_async, lines, read_from, texts};

#[tokio::test]
async fn a_line_of_ten_megabytes_and_all_bytes_pass_unchanged() {
    let lab = Lab::new();
    let mut expected = vec![b'a'; 10_000_000];
    expected.push(b'\n');
    (0..3).for_each(|_| expected.extend(0_u8..=255));
    expected.extend(b"\n\r\n\nJ1 o fake\n");
    expected.extend(vec![b'b'; 300_000]);
    std::fs::write(lab.file("bytes"), &expected).unwrap();
    lab.start_new(&lab.spec("/bin/cat", &["bytes"])).await;
    let (records, record) = lab.read_exit().await;
    let joined = lines(&records, OutputStream::Stdout).join(&b'\n');
    assert!(joined == expected, "{} of {} bytes", joined.len(), expected.len());
    assert_eq!(record.output_bytes, expected.len() as u64);
    let last = records.iter().rev().find(|record| matches!(record.entry, TailEntry::Line { .. })).unwrap();
    assert!(matches!(last.entry, TailEntry::Line { is_unterminated: true, is_truncated: false, .. }));
}

#[tokio::test]
async fn the_raw_stream_is_what_was_written() {
    let lab = Lab::new();
    let text: String =
        (0..20_000).map(|number| format!("line {number} {}\n", "x".repeat(number % 90))).collect();
    std::fs::write(lab.file("bytes"), &text).unwrap();
    lab.start_new(&lab.spec("/bin/cat", &["bytes"])).await;
    lab.read_exit().await;
    let raw = RawStream::new(lab.dir());
    assert_eq!(raw.byte_count().await.unwrap(), text.len() as u64);
    for (offset, count) in
        [(0, 10), (0, 3_000_000), (777_777, 65_536), (text.len() - 5, 100), (text.len(), 10)]
    {
        let end = text.len().min(offset + count);
        let read = raw.read(offset as u64, count).await.unwrap();
        assert!(read == text.as_bytes()[offset..end], "{count} bytes from {offset}");
    }
}

#[tokio::test]
async fn a_hundred_thousand_lines_are_all_there_in_order() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("seq 1 100000")).await;
    let (records, _) = lab.read_exit().await;
    let expected: Vec<String> = (1..=100_000).map(|number| number.to_string()).collect();
    assert!(texts(&records) == expected);
}

#[tokio::test]
async fn reading_goes_on_anywhere_without_loss_or_repeat() {
    let lab = Lab::new();
    let script = "for i in 1 2 3 4 5 6; do echo out $i; echo err $i >&2; head -c 400000 /dev/zero | tr '\\0' $i; \
                  echo mid $i >&2; echo; done";
    lab.start_new(&lab.shell(script)).await;
    let (expected, end) = lab.read_all().await;
    let mut position = 0;
    let mut records = Vec::new();
    loop {
        let batch = JournalTail::open(&lab.dir(), position).next_batch(1).await.unwrap();
        position = batch.position;
        records.extend(batch.records);
        if batch.end.is_some() {
            assert_eq!(batch.end, Some(end));
            break;
        }
    }
    assert_eq!(records.len(), expected.len());
    assert!(records == expected);
    assert_eq!(lines(&records, OutputStream::Stdout).len(), 12);
}

#[tokio::test]
async fn a_half_line_is_kept_when_the_shim_dies() {
    let lab = Lab::new();
    let (shim_pid, _) = lab.start_new(&lab.shell("echo whole; printf half; sleep 1000")).await;
    let raw = RawStream::new(lab.dir());
    eventually_async("both lines", async || raw.byte_count().await.unwrap() == 10).await;
    crate::lab::kill(shim_pid);
    let (records, end) = lab.read_all().await;
    assert_eq!(texts(&records), ["whole", "half"]);
    assert!(matches!(end, RunEnd::Lost { .. }));
}

#[tokio::test]
async fn a_reader_that_waits_is_told() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("echo ready; read line; echo $line; read line")).await;
    let mut tail = JournalTail::open(&lab.dir(), 0);
    let mut seen = Vec::new();
    while texts(&seen).is_empty() {
        seen.extend(tail.next_batch(1000).await.unwrap().records);
    }
    lab.handle().send("a", executor::RunCommand::WriteStdin(b"hello\n".to_vec())).await.unwrap();
    let began = std::time::Instant::now();
    while texts(&seen).len() < 2 {
        seen.extend(tokio::time::timeout(BOUND, tail.next_batch(1000)).await.unwrap().unwrap().records);
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(texts(&seen)[1], "hello");
}

#[tokio::test]
async fn a_read_that_is_cut_off_loses_nothing() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("seq 1 20000")).await;
    let mut tail = JournalTail::open(&lab.dir(), 0);
    let mut records = Vec::new();
    loop {
        let outcome =
            tokio::time::timeout(std::time::Duration::from_micros(200), tail.next_batch(3000)).await;
        let Ok(batch) = outcome else { continue };
        let batch = batch.unwrap();
        records.extend(batch.records);
        if batch.end.is_some() {
            break;
        }
    }
    assert_eq!(texts(&records).len(), 20_000);
}

#[tokio::test]
async fn a_full_disk_makes_the_agent_wait_and_loses_nothing() {
    let lab = Lab::new();
    let (shim_pid, _) =
        lab.start_new(&lab.shell("echo ready; read line; seq 1 200000; echo done > finished")).await;
    set_file_limit(shim_pid, 300_000);
    lab.handle().send("go", executor::RunCommand::WriteStdin(b"go\n".to_vec())).await.unwrap();
    eventually_async("a full disk", async || is_disk_full(&lab).await).await;
    assert!(!lab.file("finished").exists());
    set_file_limit(shim_pid, libc::RLIM_INFINITY);
    let (records, _) = lab.read_exit().await;
    let numbers = texts(&records);
    assert_eq!(numbers.len(), 200_001);
    assert!(numbers[1..].iter().enumerate().all(|(index, line)| *line == (index + 1).to_string()));
    let is_told = |record: &executor::TailRecord| matches!(&record.entry, TailEntry::Note { message } if message.contains("disk was full"));
    assert!(records.iter().any(is_told));
}

#[tokio::test]
async fn a_stop_works_while_the_disk_is_full() {
    let lab = Lab::new();
    let script = "echo ready; read line; seq 1 1000000; sleep 1000";
    let (shim_pid, agent_pid) = lab.start_new(&lab.shell(script)).await;
    set_file_limit(shim_pid, 300_000);
    lab.handle().send("go", executor::RunCommand::WriteStdin(b"go\n".to_vec())).await.unwrap();
    eventually_async("a full disk", async || is_disk_full(&lab).await).await;
    let handle = lab.handle();
    let stop = async { handle.send("stop", executor::RunCommand::Stop { grace_ms: 100 }).await.unwrap() };
    let room = async {
        let death = eventually("the agent's death", || (!crate::lab::lives(agent_pid)).then_some(()));
        tokio::time::timeout(std::time::Duration::from_secs(5), death).await.unwrap();
        set_file_limit(shim_pid, libc::RLIM_INFINITY);
    };
    let (ack, ()) = tokio::join!(stop, room);
    assert_eq!(ack, executor::Ack::Applied);
    let (_, record) = lab.read_exit().await;
    assert!(record.was_stopped);
}

async fn is_disk_full(lab: &Lab) -> bool {
    lab.handle().stat().await.unwrap().unwrap().is_disk_full
}

/// A limit on file size stands in for a full disk: the write is refused in the same way.
#[expect(unsafe_code, reason = "prlimit has no safe wrapper")]
fn set_file_limit(pid: i32, byte_count: u64) {
    let limit = libc::rlimit { rlim_cur: byte_count, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the limit lives until the call returns, and no old one is asked for.
    assert_eq!(unsafe { libc::prlimit(pid, libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) }, 0);
}

#[tokio::test]
async fn a_shim_stays_small() {
    let lab = Lab::new();
    let script = "seq 1 50000; head -c 10000000 /dev/zero | tr '\\0' a; echo; echo > printed; read line";
    let (shim_pid, _) = lab.start_new(&lab.shell(script)).await;
    eventually("the output", || lab.file("printed").exists().then_some(())).await;
    // What is mapped from the program's file is shared with the server and belongs to the page cache.
    let status = std::fs::read_to_string(format!("/proc/{shim_pid}/status")).unwrap();
    let anonymous = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    let private: u64 = anonymous.split_whitespace().next().unwrap().parse().unwrap();
    println!("shim: {private} kB of its own");
    assert!(private < 2048, "{private} kB of its own");
}

/// A server that dies after it stored the exit record's position and before it acted on it asks again from there.
#[tokio::test]
async fn the_end_is_told_again_to_who_has_read_it_before() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("echo one; exit 3")).await;
    let (_, record) = lab.read_exit().await;
    eventually("the shim's end", || {
        (executor::inspect_run(&lab.dir()).unwrap() != executor::RunStanding::Live).then_some(())
    })
    .await;
    let position = JournalTail::open(&lab.dir(), 0).next_batch(1 << 20).await.unwrap().position;
    // After a power cut the journal may be shorter than what was read of it before.
    for position in [position, 1 << 40] {
        let (records, end) = read_from(&lab.dir(), position).await;
        assert!(records.is_empty(), "{records:?}");
        assert_eq!(end, RunEnd::Exited(record.clone()));
    }
}

#[tokio::test]
async fn a_transcript_of_many_segments_is_one() {
    let lab = Lab::new();
    let script = "head -c 70000000 /dev/zero | tr '\\0' a | fold -w 99999; echo end";
    lab.start_new(&lab.shell(script)).await;
    let (records, record) = lab.read_exit().await;
    let segments = lab
        .dir()
        .read_dir()
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("journal-"));
    assert_eq!(segments.count(), 2);
    let whole = lines(&records, OutputStream::Stdout);
    assert_eq!(whole.last().unwrap().len(), 70_000_000 % 99_999 + 3);
    assert!(whole[..700].iter().all(|line| line.len() == 99_999));
    let raw = RawStream::new(lab.dir());
    assert_eq!(raw.byte_count().await.unwrap(), record.output_bytes);
    let (_, later) = read_from(&lab.dir(), records[690].position).await;
    assert!(matches!(later, RunEnd::Exited(_)));
    let began = std::time::Instant::now();
    for index in [0, 333, 690] {
        let read = raw.read(index * 100_000 + 99_990, 20).await.unwrap();
        assert_eq!(&read[..], b"aaaaaaaaa\naaaaaaaaaa");
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}", began.elapsed());
}
