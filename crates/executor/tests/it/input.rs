//! Input: each command once, and an agent that does not read stops nothing.

use executor::{Ack, Error, INPUT_BYTES_MAX, RunCommand, RunStanding, TailEntry, inspect_run};

use crate::lab::{Lab, eventually, texts};

fn write(text: &str) -> RunCommand {
    RunCommand::WriteStdin(text.as_bytes().to_vec())
}

#[tokio::test]
async fn a_command_is_applied_once() {
    let lab = Lab::new();
    let mut spec = lab.spec("/bin/cat", &[]);
    spec.first_input = "first\n".to_owned();
    lab.start_new(&spec).await;
    let handle = lab.handle();
    assert_eq!(handle.send("a", write("one\n")).await.unwrap(), Ack::Applied);
    assert_eq!(handle.send("a", write("one\n")).await.unwrap(), Ack::Duplicate);
    assert_eq!(handle.send("b", write("two\n")).await.unwrap(), Ack::Applied);
    let end = RunCommand::CloseStdin { last_words: b"three\n".to_vec() };
    assert_eq!(handle.send("end", end.clone()).await.unwrap(), Ack::Applied);
    let (records, _) = lab.read_exit().await;
    assert_eq!(texts(&records), ["first", "one", "two", "three"]);
    let delivered = |record: &executor::TailRecord| match &record.entry {
        TailEntry::InputDelivered { command_id } => Some(command_id.clone()),
        _ => None,
    };
    let delivered: Vec<String> = records.iter().filter_map(delivered).collect();
    assert_eq!(delivered, ["first-input", "a", "b", "end"]);
    eventually("the shim's end", || (inspect_run(&lab.dir()).unwrap() != RunStanding::Live).then_some(()))
        .await;
    assert_eq!(handle.send("b", write("two\n")).await.unwrap(), Ack::Duplicate);
    assert_eq!(handle.send("end", end).await.unwrap(), Ack::Duplicate);
    assert_eq!(handle.send("c", write("four\n")).await.unwrap(), Ack::Closed);
}

#[tokio::test]
async fn closed_input_takes_no_more() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("cat; read line < go")).await;
    nix::unistd::mkfifo(&lab.file("go"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let end = RunCommand::CloseStdin { last_words: Vec::new() };
    assert_eq!(lab.handle().send("end", end.clone()).await.unwrap(), Ack::Applied);
    assert_eq!(lab.handle().send("late", write("x")).await.unwrap(), Ack::Closed);
    assert_eq!(lab.handle().send("end again", end).await.unwrap(), Ack::Closed);
}

#[tokio::test]
async fn six_megabytes_go_through_and_back() {
    let lab = Lab::new();
    lab.start_new(&lab.spec("/bin/cat", &[])).await;
    let text = format!("{}\n", "0123456789abcdef".repeat(400_000));
    assert_eq!(lab.handle().send("big", write(&text)).await.unwrap(), Ack::Applied);
    lab.handle().send("end", RunCommand::CloseStdin { last_words: Vec::new() }).await.unwrap();
    let (records, _) = lab.read_exit().await;
    assert!(texts(&records) == [text.trim_end()]);
}

#[tokio::test]
async fn an_agent_that_never_reads_keeps_writing() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("while [ ! -e go ]; do sleep 0.01; done; seq 1 1000")).await;
    let message = "z".repeat(3_000_000);
    let mut acks = Vec::new();
    for id in ["a", "b", "c", "d"] {
        acks.push(lab.handle().send(id, write(&message)).await.unwrap());
    }
    assert_eq!(acks, [Ack::Applied, Ack::Applied, Ack::Busy, Ack::Busy]);
    std::fs::write(lab.file("go"), "").unwrap();
    let (records, _) = lab.read_exit().await;
    assert_eq!(texts(&records).len(), 1000);
}

#[tokio::test]
async fn what_is_too_long_is_refused_at_once_and_leaves_the_agent_alone() {
    let lab = Lab::new();
    lab.start_new(&lab.spec("/bin/cat", &[])).await;
    let most = RunCommand::WriteStdin(vec![b'\n'; INPUT_BYTES_MAX]);
    let too_long = RunCommand::WriteStdin(vec![b'\n'; INPUT_BYTES_MAX + 1]);
    let error = lab.handle().send("a", too_long).await.unwrap_err();
    assert!(matches!(error, Error::InputTooLong { byte_count, .. } if byte_count == INPUT_BYTES_MAX + 1));
    assert_eq!(lab.handle().send("a", most).await.unwrap(), Ack::Applied);
}

#[tokio::test]
async fn a_stranger_without_the_nonce_is_hung_up_on() {
    use std::io::{Read, Write};
    let lab = Lab::new();
    lab.start_new(&lab.spec("/bin/cat", &[])).await;
    let mut stream = std::os::unix::net::UnixStream::connect(lab.dir().join("ctl.sock")).unwrap();
    stream
        .write_all(b"{\"protocol\":1,\"nonce\":\"guess\"}\n{\"type\":\"stop\",\"id\":\"x\",\"grace_ms\":0}\n")
        .unwrap();
    let mut answer = Vec::new();
    // A connection with unread words may end in a reset instead of an end.
    stream.read_to_end(&mut answer).unwrap_or_default();
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(lab.handle().send("a", write("alive\n")).await.unwrap(), Ack::Applied);
}
