//! Runs, their journals and their commands.

use db::{
    Error, NewRun, RunCommand, RunOutcome, RunState, advance_journal, append_events, end_run, find_run,
    find_run_verdict, insert_command, insert_run, last_seq, list_pending_commands, list_runs,
    list_unfinished_runs, mark_command_delivered, set_run_live, set_run_verdict,
};
use domain::{AttemptId, EventBody, LogLevel, RunId};

use crate::support::{Board, new_id, now, write};

async fn attempt(board: &Board) -> AttemptId {
    let task = board.task("one").await;
    board.attempt(task).await
}

async fn run(board: &Board, attempt_id: AttemptId) -> Result<RunId, Error> {
    let run = NewRun { id: new_id(), attempt_id, session_id: new_id(), directory: "run-1".into() };
    let id = run.id;
    write(&board.store, move |tx| Box::pin(async move { insert_run(tx, &run, now(4)).await })).await?;
    Ok(id)
}

async fn end(board: &Board, id: RunId) -> Result<(), Error> {
    write(&board.store, move |tx| {
        Box::pin(async move { end_run(tx, id, RunOutcome::Signalled, Some("9"), now(6)).await })
    })
    .await
}

#[tokio::test]
async fn an_attempt_has_one_active_run_and_an_end_is_an_end() {
    let board = Board::new().await;
    let attempt = attempt(&board).await;
    let first = run(&board, attempt).await.unwrap();
    assert!(matches!(run(&board, attempt).await, Err(Error::Refused(_))));
    assert!(matches!(run(&board, new_id()).await, Err(Error::Missing { entity: "attempt" })));
    let live = |id| write(&board.store, move |tx| Box::pin(async move { set_run_live(tx, id).await }));
    live(first).await.unwrap();
    live(first).await.unwrap();
    let verdict = write(&board.store, move |tx| {
        Box::pin(async move { set_run_verdict(tx, first, Some(r#"{"is_error":false}"#)).await })
    });
    verdict.await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    assert_eq!(find_run_verdict(&mut reader, first).await.unwrap().as_deref(), Some(r#"{"is_error":false}"#));
    assert_eq!(list_unfinished_runs(&mut reader).await.unwrap()[0].state, RunState::Live);
    drop(reader);
    end(&board, first).await.unwrap();
    assert!(matches!(end(&board, first).await, Err(Error::Refused(_))));
    assert!(matches!(live(first).await, Err(Error::Refused(_))));
    assert!(matches!(end(&board, new_id()).await, Err(Error::Missing { entity: "run" })));
    let ended = find_run(&mut board.store.read().await.unwrap(), first).await.unwrap();
    assert_eq!((ended.state, ended.outcome), (RunState::Ended, Some(RunOutcome::Signalled)));
    assert_eq!((ended.exit_detail.as_deref(), ended.ended_at), (Some("9"), Some(now(6))));
    let second = run(&board, attempt).await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    let runs = list_runs(&mut reader, attempt).await.unwrap();
    assert_eq!(runs.iter().map(|it| (it.id, it.number)).collect::<Vec<_>>(), [(first, 1), (second, 2)]);
    assert_eq!(list_unfinished_runs(&mut reader).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_part_of_a_journal_is_stored_once() {
    let board = Board::new().await;
    let attempt = attempt(&board).await;
    let id = run(&board, attempt).await.unwrap();
    let store = |from, to| take_in(&board, attempt, id, from, to);
    store(0, 100).await.unwrap();
    assert!(matches!(store(0, 100).await, Err(Error::Refused(_))), "a repeat");
    assert!(matches!(store(200, 300).await, Err(Error::Refused(_))), "a gap");
    store(100, 5_000_000_000).await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    let run = find_run(&mut reader, id).await.unwrap();
    assert_eq!((run.journal_position, run.raw_bytes), (5_000_000_000, 10_000_000_000));
    assert_eq!(
        last_seq(&mut reader, attempt).await.unwrap(),
        3,
        "the events of the refused parts are not there"
    );
}

/// Stores an event with the journal's new position.
async fn take_in(board: &Board, attempt: AttemptId, id: RunId, from: u64, to: u64) -> Result<(), Error> {
    let event = (now(1), EventBody::board_log(LogLevel::Info, "line"));
    let stored = write(&board.store, move |tx| {
        Box::pin(async move {
            append_events(tx, attempt, &[event]).await?;
            advance_journal(tx, id, from, to, to * 2).await
        })
    });
    stored.await
}

#[tokio::test]
async fn a_command_is_kept_once_until_it_is_delivered() {
    let board = Board::new().await;
    let attempt = attempt(&board).await;
    let run_id = run(&board, attempt).await.unwrap();
    let command =
        |id: &str| RunCommand { id: id.into(), run_id, kind: "write_stdin".into(), body: vec![0, 255] };
    let insert = |command: RunCommand| {
        write(&board.store, move |tx| Box::pin(async move { insert_command(tx, &command, now(5)).await }))
    };
    for (id, is_new) in [("b", true), ("a", true), ("b", false)] {
        assert_eq!(insert(command(id)).await.unwrap(), is_new, "{id}");
    }
    let pending = list_pending_commands(&mut board.store.read().await.unwrap(), run_id).await.unwrap();
    assert_eq!(pending, [command("b"), command("a")], "in the order of their storing");
    let deliver = |id: &'static str| {
        write(&board.store, move |tx| Box::pin(async move { mark_command_delivered(tx, id).await }))
    };
    deliver("b").await.unwrap();
    deliver("b").await.unwrap();
    assert!(matches!(deliver("c").await, Err(Error::Missing { entity: "command" })));
    let pending = list_pending_commands(&mut board.store.read().await.unwrap(), run_id).await.unwrap();
    assert_eq!(pending, [command("a")]);
    let stray = RunCommand { run_id: new_id(), ..command("stray") };
    assert!(matches!(insert(stray).await, Err(Error::Missing { entity: "run" })));
}
