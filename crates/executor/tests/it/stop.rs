//! Stopping: the whole tree, within five seconds, whatever it does.

use std::time::{Duration, Instant};

use executor::{Ack, ExitOutcome, RunCommand};

use crate::lab::{Lab, eventually, lives, number_in, texts};

const GRACE_MS: u32 = 1500;

fn stop() -> RunCommand {
    RunCommand::Stop { grace_ms: GRACE_MS }
}

#[tokio::test]
async fn a_stop_ends_what_made_its_own_session() {
    let lab = Lab::new();
    let script = "setsid sh -c 'echo $$ > a; exec sleep 1000' & \
                  (setsid sh -c 'trap \"\" TERM HUP; echo $$ > b; while :; do sleep 0.1; done' &) ; \
                  env -u EVAL_KANBAN_RUN setsid sh -c 'trap \"\" TERM; echo $$ > c; while :; do sleep 0.1; done' & \
                  trap '' TERM; while :; do sleep 0.1; done";
    let (_, agent_pid) = lab.start_new(&lab.shell(script)).await;
    let mut pids = vec![agent_pid];
    for name in ["a", "b", "c"] {
        pids.push(number_in(&lab.file(name)).await);
    }
    let began = Instant::now();
    assert_eq!(lab.handle().send("stop", stop()).await.unwrap(), Ack::Applied);
    let (_, record) = lab.read_exit().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(record.was_stopped && record.survivors.is_empty());
    assert_eq!(record.outcome, ExitOutcome::Signalled { signal: 9 });
    assert!(pids.iter().all(|pid| !lives(*pid)), "{pids:?}");
}

#[tokio::test]
async fn an_agent_that_listens_has_its_grace() {
    let lab = Lab::new();
    let script = "trap 'echo bye; exit 3' TERM; echo ready > ready; while :; do sleep 0.05; done";
    lab.start_new(&lab.shell(script)).await;
    eventually("the agent", || lab.file("ready").exists().then_some(())).await;
    lab.handle().send("stop", RunCommand::Stop { grace_ms: 30_000 }).await.unwrap();
    let (records, record) = lab.read_exit().await;
    assert_eq!(texts(&records), ["bye"]);
    assert_eq!(record.outcome, ExitOutcome::Exited { code: 3 });
    assert!(record.was_stopped);
}

#[tokio::test]
async fn a_second_stop_skips_the_grace() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("trap '' TERM; echo ready > ready; while :; do sleep 0.05; done")).await;
    eventually("the agent", || lab.file("ready").exists().then_some(())).await;
    let long = RunCommand::Stop { grace_ms: 600_000 };
    assert_eq!(lab.handle().send("one", long.clone()).await.unwrap(), Ack::Applied);
    assert_eq!(lab.handle().send("one", long.clone()).await.unwrap(), Ack::Duplicate);
    let began = Instant::now();
    assert_eq!(lab.handle().send("two", long).await.unwrap(), Ack::Applied);
    lab.read_exit().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_agent_that_ends_leaves_nothing_behind() {
    let lab = Lab::new();
    let script = "(setsid sh -c 'trap \"\" TERM; echo $$ > a; while :; do sleep 0.1; done' &) ; \
                  while [ ! -e a ]; do sleep 0.01; done; echo hi; exit 5";
    lab.start_new(&lab.shell(script)).await;
    let began = Instant::now();
    let (records, record) = lab.read_exit().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((texts(&records), record.outcome), (vec!["hi".to_owned()], ExitOutcome::Exited { code: 5 }));
    assert!(!record.was_stopped && record.leftover_count > 0);
    assert!(!lives(number_in(&lab.file("a")).await));
}

#[tokio::test]
async fn a_stopped_process_is_ended_too() {
    let lab = Lab::new();
    let (_, agent_pid) = lab.start_new(&lab.shell("kill -STOP $$; echo never")).await;
    lab.handle().send("stop", RunCommand::Stop { grace_ms: 200 }).await.unwrap();
    let (_, record) = lab.read_exit().await;
    assert_eq!(record.outcome, ExitOutcome::Signalled { signal: 9 });
    assert!(!lives(agent_pid));
}

#[tokio::test]
async fn a_stop_works_while_the_agent_floods() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("trap '' TERM; yes some line that is printed for ever")).await;
    let began = Instant::now();
    lab.handle().send("stop", RunCommand::Stop { grace_ms: 500 }).await.unwrap();
    let (_, record) = lab.read_exit().await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert!(record.was_stopped);
}

#[tokio::test]
async fn a_shim_that_is_told_to_end_ends_its_run() {
    let lab = Lab::new();
    let (shim_pid, agent_pid) = lab.start_new(&lab.shell("sleep 1000")).await;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(shim_pid), nix::sys::signal::Signal::SIGTERM).unwrap();
    let (_, record) = lab.read_exit().await;
    assert!(record.was_stopped && !lives(agent_pid));
}
