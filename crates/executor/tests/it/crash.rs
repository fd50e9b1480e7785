//! Deaths: of the shim, of the agent, of the server.

use executor::{ExitOutcome, JournalTail, RunEnd, RunStanding, inspect_run, sweep_run};

use crate::lab::{Lab, eventually, eventually_async, kill, lives, number_in, texts};

#[tokio::test]
async fn a_killed_shim_takes_its_agent_along_and_the_sweep_the_rest() {
    let lab = Lab::new();
    let script = "(setsid sh -c 'echo $$ > a; exec sleep 1000' &) ; while [ ! -e a ]; do sleep 0.01; done; \
                  echo ready; sleep 1000";
    let (shim_pid, agent_pid) = lab.start_new(&lab.shell(script)).await;
    let orphan = number_in(&lab.file("a")).await;
    kill(shim_pid);
    let (_, end) = lab.read_all().await;
    assert!(matches!(end, RunEnd::Lost { .. }), "{end:?}");
    assert_eq!(inspect_run(&lab.dir()).unwrap(), RunStanding::Lost);
    eventually("the agent's death", || (!lives(agent_pid)).then_some(())).await;
    assert!(lives(orphan));
    let report = tokio::task::spawn_blocking({
        let run_id = lab.run_id;
        move || sweep_run(run_id)
    });
    let report = report.await.unwrap();
    assert!(report.ended_count >= 1 && report.survivors.is_empty(), "{report:?}");
    assert!(!lives(orphan));
}

#[tokio::test]
async fn a_killed_agent_is_a_signal() {
    let lab = Lab::new();
    let (_, agent_pid) = lab.start_new(&lab.shell("echo one; sleep 1000")).await;
    kill(agent_pid);
    let (_, record) = lab.read_exit().await;
    assert_eq!(record.outcome, ExitOutcome::Signalled { signal: 9 });
    assert!(!record.was_stopped);
}

/// The "server" is a shell that starts the shim and is killed with its whole group.
#[tokio::test]
async fn a_killed_server_changes_nothing() {
    let lab = Lab::new();
    let spec = lab.shell("i=0; while [ $i -lt 300 ]; do echo $i; i=$((i+1)); sleep 0.002; done; exit 4");
    std::fs::create_dir(lab.dir()).unwrap();
    std::fs::write(lab.dir().join("spec.json"), serde_json::to_vec(&spec).unwrap()).unwrap();
    let mut server = server_shell(&lab);
    eventually("the start", || lab.file("report").metadata().ok().filter(|file| file.len() > 0)).await;
    let group = nix::unistd::Pid::from_raw(i32::try_from(server.id()).unwrap());
    nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL).unwrap();
    server.wait().unwrap();
    let (records, record) = lab.read_exit().await;
    let expected: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    assert_eq!(texts(&records), expected);
    assert_eq!(record.outcome, ExitOutcome::Exited { code: 4 });
}

#[expect(clippy::disallowed_methods, reason = "stands in for the server")]
fn server_shell(lab: &Lab) -> std::process::Child {
    use std::os::unix::process::CommandExt;
    let script = "\"$0\" shim \"$1\" > report; sleep 1000";
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", script]).arg(crate::lab::shim().program).arg(lab.dir());
    command.current_dir(lab.home.path()).process_group(0).spawn().unwrap()
}

#[tokio::test]
async fn a_journal_that_was_cut_is_a_prefix_and_lost() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("seq 1 2000")).await;
    lab.read_exit().await;
    eventually("the shim's end", || (inspect_run(&lab.dir()).unwrap() != RunStanding::Live).then_some(()))
        .await;
    let path = lab.dir().join("journal-0000000000000000");
    let whole = std::fs::read(&path).unwrap();
    std::fs::remove_file(lab.dir().join("exit.json")).unwrap();
    for cut in [whole.len() - 1, whole.len() / 2, 100, 84] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let (records, end) = lab.read_all().await;
        let numbers = texts(&records);
        assert!(numbers.iter().enumerate().all(|(index, line)| *line == (index + 1).to_string()));
        assert!(matches!(end, RunEnd::Lost { .. }));
        assert_eq!(inspect_run(&lab.dir()).unwrap(), RunStanding::Lost);
    }
}

/// A server may die between storing the last of a journal and storing what that meant.
#[tokio::test]
async fn one_who_has_read_everything_still_hears_how_it_ended() {
    let lab = Lab::new();
    lab.start_new(&lab.shell("echo one; exit 4")).await;
    let mut tail = JournalTail::open(&lab.dir(), 0);
    let last = loop {
        let batch = tail.next_batch(1).await.unwrap();
        if batch.end.is_some() {
            break batch;
        }
    };
    eventually("the shim's end", || (inspect_run(&lab.dir()).unwrap() != RunStanding::Live).then_some(()))
        .await;
    let again = JournalTail::open(&lab.dir(), last.position).next_batch(1).await.unwrap();
    assert_eq!((again.records, again.position, again.end), (Vec::new(), last.position, last.end));
}

/// A server that dies while a shim starts never hears its report.
#[tokio::test]
async fn a_shim_whose_report_nobody_hears_goes_on() {
    let lab = Lab::new();
    let spec = lab.shell("echo one; exit 4");
    std::fs::create_dir(lab.dir()).unwrap();
    std::fs::write(lab.dir().join("spec.json"), serde_json::to_vec(&spec).unwrap()).unwrap();
    start_unheard(&lab);
    eventually("the shim's card", || lab.dir().join("shim.json").exists().then_some(())).await;
    let (records, record) = lab.read_exit().await;
    assert_eq!(texts(&records), ["one"]);
    assert_eq!(record.outcome, ExitOutcome::Exited { code: 4 });
}

#[expect(clippy::disallowed_methods, reason = "stands in for the server")]
fn start_unheard(lab: &Lab) {
    let (listener, report) = std::io::pipe().unwrap();
    drop(listener);
    let mut command = std::process::Command::new(crate::lab::shim().program);
    command.arg("shim").arg(lab.dir()).stdin(std::process::Stdio::null()).stdout(report);
    command.status().unwrap();
}

#[tokio::test]
async fn what_a_killed_shim_recorded_is_a_beginning_without_gaps() {
    for delay_ms in [0, 3, 10, 30, 80] {
        let lab = Lab::new();
        let (shim_pid, agent_pid) = lab.start_new(&lab.shell("seq 1 200000; sleep 1000")).await;
        let raw = executor::RawStream::new(lab.dir());
        eventually_async("output", async || raw.byte_count().await.unwrap() >= 1000).await;
        tokio::time::sleep(std::time::Duration::from_millis(delay_ms)).await;
        kill(shim_pid);
        let (records, end) = lab.read_all().await;
        assert!(matches!(end, RunEnd::Lost { .. }), "{end:?}");
        let numbers = texts(&records);
        let (last, whole) = numbers.split_last().unwrap();
        assert!(whole.iter().enumerate().all(|(index, line)| *line == (index + 1).to_string()));
        assert!((whole.len() + 1).to_string().starts_with(last), "{last} after {}", whole.len());
        eventually("the agent's death", || (!lives(agent_pid)).then_some(())).await;
    }
}
