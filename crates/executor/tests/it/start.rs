//! Starting: exactly once, or with a reason.

use executor::{ExitOutcome, RunEnd, RunStanding, Started, TailEntry, inspect_run};

use crate::lab::{Lab, eventually, kill, texts};

#[tokio::test]
async fn an_agent_runs_and_its_end_is_known() {
    let lab = Lab::new();
    assert_eq!(inspect_run(&lab.dir()).unwrap(), RunStanding::NeverStarted);
    lab.start_new(&lab.shell("echo one; echo two >&2; echo $EVAL_KANBAN_RUN; exit 7")).await;
    let (records, record) = lab.read_exit().await;
    assert_eq!(texts(&records), ["one".to_owned(), lab.run_id.to_string()]);
    assert_eq!(record.outcome, ExitOutcome::Exited { code: 7 });
    assert!(!record.was_stopped && record.survivors.is_empty());
    assert!(matches!(records[0].entry, TailEntry::Started));
    let ended = eventually("the shim's end", || match inspect_run(&lab.dir()).unwrap() {
        RunStanding::Live => None,
        other => Some(other),
    });
    assert_eq!(ended.await, RunStanding::Ended(record));
}

#[tokio::test]
async fn a_run_starts_once_whatever_is_asked() {
    let lab = Lab::new();
    let spec = lab.shell("echo run >> runs; read line");
    lab.start_new(&spec).await;
    assert_eq!(lab.start(&spec).await, Started::Exists);
    lab.handle().send("end", executor::RunCommand::CloseStdin { last_words: Vec::new() }).await.unwrap();
    lab.read_exit().await;
    eventually("the shim's end", || (inspect_run(&lab.dir()).unwrap() != RunStanding::Live).then_some(()))
        .await;
    assert_eq!(lab.start(&spec).await, Started::Done);
    assert_eq!(std::fs::read_to_string(lab.file("runs")).unwrap(), "run\n");
}

#[tokio::test]
async fn many_starts_at_once_start_one() {
    let lab = Lab::new();
    let spec = lab.shell("echo run >> runs; read line");
    let starts = (0..8).map(|_| lab.start(&spec));
    let mut started = 0;
    for outcome in futures(starts).await {
        match outcome {
            Started::New { .. } => started += 1,
            other => assert_eq!(other, Started::Exists),
        }
    }
    assert_eq!(started, 1);
    eventually("the agent's file", || lab.file("runs").exists().then_some(())).await;
    assert_eq!(std::fs::read_to_string(lab.file("runs")).unwrap(), "run\n");
}

async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pinned: Vec<_> = all.map(Box::pin).collect();
    let mut outcomes: Vec<Option<F::Output>> = pinned.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, outcome) in pinned.iter_mut().zip(&mut outcomes).filter(|(_, outcome)| outcome.is_none())
        {
            if let std::task::Poll::Ready(ready) = future.as_mut().poll(context) {
                *outcome = Some(ready);
            }
        }
        if outcomes.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    outcomes.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_lost_run_is_never_started_again() {
    let lab = Lab::new();
    let spec = lab.shell("echo run >> runs; read line");
    let (shim_pid, _) = lab.start_new(&spec).await;
    eventually("the agent's file", || lab.file("runs").exists().then_some(())).await;
    kill(shim_pid);
    let (_, end) = lab.read_all().await;
    assert!(matches!(end, RunEnd::Lost { torn_bytes: 0 }), "{end:?}");
    assert_eq!(inspect_run(&lab.dir()).unwrap(), RunStanding::Lost);
    assert_eq!(lab.start(&spec).await, Started::Lost);
    assert_eq!(std::fs::read_to_string(lab.file("runs")).unwrap(), "run\n");
}

#[tokio::test]
async fn an_agent_that_cannot_start_says_why() {
    let lab = Lab::new();
    let Started::Failed { message } = lab.start(&lab.spec("/nonexistent/agent", &[])).await else {
        panic!("started");
    };
    assert!(message.contains("/nonexistent/agent"), "{message}");
    let (_, record) = lab.read_exit().await;
    assert_eq!(record.outcome, ExitOutcome::FailedToStart { message });
    assert_eq!(inspect_run(&lab.dir()).unwrap(), RunStanding::Ended(record));
}

#[tokio::test]
async fn a_missing_folder_is_told_from_a_missing_program() {
    let lab = Lab::new();
    let mut spec = lab.shell("true");
    spec.cwd = lab.file("gone");
    let Started::Failed { message } = lab.start(&spec).await else { panic!("started") };
    assert!(message.contains("gone"), "{message}");
}

#[tokio::test]
async fn the_environment_is_inherited_less_ours_and_what_is_taken_out() {
    let lab = Lab::new();
    let mut spec = lab.shell("echo ${HOME-none} $ADDED ${PATH:+path}; umask");
    spec.env_remove = vec!["HOM*".to_owned(), "UNUSED".to_owned()];
    spec.env_set.insert("ADDED".to_owned(), "with space".to_owned());
    lab.start_new(&spec).await;
    let (records, _) = lab.read_exit().await;
    assert_eq!(texts(&records)[0], "none with space path");
    assert_ne!(texts(&records)[1], "0077");
}

#[tokio::test]
async fn a_folder_with_a_very_long_name_works() {
    let lab = Lab::new();
    let dir = lab.file(&"long ü ".repeat(20)).join("run");
    let started =
        executor::start_run(&crate::lab::shim(), &dir, &lab.shell("read line; echo $line")).await.unwrap();
    assert!(matches!(started, Started::New { .. }));
    let handle = executor::RunHandle::new(&dir);
    handle.send("a", executor::RunCommand::WriteStdin(b"hello\n".to_vec())).await.unwrap();
    let (records, _) = crate::lab::read_from(&dir, 0).await;
    assert_eq!(texts(&records), ["hello"]);
}

#[tokio::test]
async fn files_of_a_run_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    lab.start_new(&lab.shell("read line")).await;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&lab.dir()), 0o700);
    for entry in lab.dir().read_dir().unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
