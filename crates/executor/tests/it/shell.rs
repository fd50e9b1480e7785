//! A plain command under a shim: its output as bytes in their order, and its end.

use std::{collections::BTreeMap, time::Duration};

use executor::{
    ExitOutcome, OUTPUT_TAIL_BYTES, OutputSeen, OutputWatch, RawStream, RunCommand, RunEnd, RunSpec,
    ShellCommand,
};

use crate::lab::{BOUND, Lab, kill, lives, number_in};

fn shell(lab: &Lab, command: &str) -> RunSpec {
    let env = BTreeMap::from([("WORD".to_owned(), "said".to_owned())]);
    let cwd = lab.home.path().to_owned();
    ShellCommand { run_id: lab.run_id, command: command.to_owned(), cwd, env, env_remove: Vec::new() }.into()
}

async fn watch_to_end(lab: &Lab) -> (OutputSeen, RunEnd) {
    let mut watch = OutputWatch::new(&lab.dir());
    loop {
        let (seen, end) = watch.look().await.unwrap();
        if let Some(end) = end {
            return (seen, end);
        }
        tokio::time::timeout(BOUND, watch.changed()).await.unwrap();
    }
}

fn outcome(end: RunEnd) -> ExitOutcome {
    match end {
        RunEnd::Exited(record) => record.outcome,
        RunEnd::Lost { .. } => panic!("lost"),
    }
}

#[tokio::test]
async fn both_streams_come_in_the_order_of_the_writes() {
    let lab = Lab::new();
    let command =
        "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done; cat; printf \"$WORD\"; exit 3";
    lab.start_new(&shell(&lab, command)).await;
    let (seen, end) = watch_to_end(&lab).await;
    let expected: String = (1..10).map(|i| format!("out {i}\nerr {i}\n")).collect::<String>() + "said";
    assert_eq!(outcome(end), ExitOutcome::Exited { code: 3 });
    assert_eq!(seen.tail.iter().copied().collect::<Vec<_>>(), expected.as_bytes());
    assert_eq!(seen.byte_count, expected.len() as u64);
    let raw = RawStream::new(lab.dir()).read(0, 1 << 20).await.unwrap();
    assert_eq!(raw, expected.as_bytes());
    // Whoever looks anew sees the same.
    assert_eq!(watch_to_end(&lab).await.0, seen);
}

#[tokio::test]
async fn of_much_output_the_end_is_held() {
    let lab = Lab::new();
    lab.start_new(&shell(&lab, "head -c 10000000 /dev/zero; printf '\\377\\376 end'")).await;
    let (seen, end) = watch_to_end(&lab).await;
    assert_eq!(outcome(end), ExitOutcome::Exited { code: 0 });
    assert_eq!((seen.byte_count, seen.tail.len()), (10_000_006, OUTPUT_TAIL_BYTES));
    assert!(seen.tail.into_iter().collect::<Vec<_>>().ends_with(b"\0\xff\xfe end"));
}

#[tokio::test]
async fn a_stop_is_told_by_its_id_and_ends_sessions_of_its_own() {
    let lab = Lab::new();
    let script = "setsid sh -c 'trap \"\" TERM; echo $$ > a; while :; do sleep 0.1; done' & wait";
    lab.start_new(&shell(&lab, script)).await;
    let pid = number_in(&lab.file("a")).await;
    lab.handle().send("first", RunCommand::Stop { grace_ms: 100 }).await.unwrap();
    lab.handle().send("second", RunCommand::Stop { grace_ms: 100 }).await.unwrap();
    let (seen, end) = tokio::time::timeout(Duration::from_secs(5), watch_to_end(&lab)).await.unwrap();
    assert_eq!(seen.stop_id.as_deref(), Some("first"));
    assert!(matches!(end, RunEnd::Exited(record) if record.was_stopped));
    assert!(!lives(pid));
}

#[tokio::test]
async fn a_killed_shim_is_a_lost_command() {
    let lab = Lab::new();
    let (shim_pid, _) = lab.start_new(&shell(&lab, "echo begun; echo $$ > a; sleep 600")).await;
    number_in(&lab.file("a")).await;
    kill(shim_pid);
    let (seen, end) = watch_to_end(&lab).await;
    assert!(matches!(end, RunEnd::Lost { .. }), "{end:?}");
    assert!(seen.byte_count <= 6);
}
