//! What a kill leaves behind.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use db::{Durability, Store, append_events, insert_attempt, list_events_after, list_live_attempts};
use domain::{AttemptId, EventBody, LogLevel};

use crate::support::{Board, Recorder, now, write};

/// Tells the process, started again, which file is its own and that it is the one to be killed.
const CHILD: &str = "EVAL_KANBAN_TEST_KILLED";
const BATCH: i32 = 10;

/// Plays both parts: started again with the path in the environment it is the writer that gets killed.
#[tokio::test]
async fn a_killed_writer_leaves_whole_transactions_and_all_that_it_confirmed() {
    if let Some(path) = std::env::var_os(CHILD) {
        write_until_killed(&PathBuf::from(path)).await;
        return;
    }
    let board = Board::new().await;
    let task = board.task("one").await;
    let attempt = board.attempt(task).await;
    let path = board.path();
    board.store.close().await;
    let mut stored = 1;
    for round in 0..12 {
        let confirmed = kill_after(&path, 1 + round * 7);
        stored = check(&path, attempt, stored + confirmed * BATCH).await;
    }
}

async fn write_until_killed(path: &Path) {
    let store = Store::open(path, Arc::new(Recorder::default())).await.unwrap();
    let attempt = list_live_attempts(&mut store.read().await.unwrap()).await.unwrap()[0].id;
    for number in 0.. {
        let durability = if number % 2 == 0 { Durability::Full } else { Durability::Normal };
        let events = vec![(now(number), EventBody::board_log(LogLevel::Info, "line")); BATCH as usize];
        let work = store
            .write(durability, move |tx| Box::pin(async move { append_events(tx, attempt, &events).await }));
        let stored: Result<i32, db::Error> = work.await;
        stored.unwrap();
        std::io::stdout().write_all(b"\nconfirmed\n").unwrap();
    }
}

/// Kills a writer after so many confirmed transactions; how many it confirmed in the end.
fn kill_after(path: &Path, confirmations: i32) -> i32 {
    let mut child = start("a_killed_writer_leaves_whole_transactions_and_all_that_it_confirmed", path);
    let mut confirmed = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        if line.unwrap() == "confirmed" {
            confirmed += 1;
        }
        if confirmed == confirmations {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(confirmed >= confirmations, "the writer ended by itself after {confirmed}");
    confirmed
}

#[expect(clippy::disallowed_methods, reason = "the test starts itself again")]
fn start(test: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("crash::{test}"), "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The file is sound, no transaction is halved, and at least `least` events are there; how many.
async fn check(path: &Path, attempt: AttemptId, least: i32) -> i32 {
    let store = Store::open(path, Arc::new(Recorder::default())).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let verdict: String = sqlx::query_scalar("pragma integrity_check").fetch_one(&mut *reader).await.unwrap();
    assert_eq!(verdict, "ok");
    let events = list_events_after(&mut reader, attempt, 0, i32::MAX).await.unwrap();
    let last = db::last_seq(&mut reader, attempt).await.unwrap();
    assert!(events.iter().map(|event| event.seq).eq(1..=last), "numbered without a gap");
    assert_eq!((last - 1) % BATCH, 0, "a transaction is there as a whole or not at all");
    assert!(last >= least, "{last} events are stored, {least} were confirmed");
    drop(reader);
    store.close().await;
    last
}

/// Plays both parts, too. The kill comes as soon as so much of the new file stands on the disk.
#[tokio::test]
async fn a_kill_while_the_file_is_made_is_made_good_by_the_next_start() {
    if let Some(path) = std::env::var_os(CHILD) {
        Store::open(&PathBuf::from(path), Arc::new(Recorder::default())).await.unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (round, (name, bytes)) in
        [("", 0), ("", 1), ("-wal", 0), ("-wal", 1), ("-wal", 5_000), ("-wal", 90_000)]
            .into_iter()
            .enumerate()
    {
        let path = folder.path().join(format!("{round}.db"));
        let watched = PathBuf::from(format!("{}{name}", path.display()));
        let mut child = start("a_kill_while_the_file_is_made_is_made_good_by_the_next_start", &path);
        while child.try_wait().unwrap().is_none()
            && !std::fs::metadata(&watched).is_ok_and(|metadata| metadata.len() >= bytes)
        {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let store = Store::open(&path, Arc::new(Recorder::default())).await.unwrap();
        let agents = db::list_agents(&mut store.read().await.unwrap()).await.unwrap();
        assert_eq!(agents.len(), 1, "the whole schema or none of it, then all");
        store.close().await;
    }
}

#[tokio::test]
async fn an_attempt_and_its_first_event_are_one() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let attempt = board.attempt(task).await;
    let again = db::find_attempt(&mut board.store.read().await.unwrap(), attempt).await.unwrap();
    let duplicate = db::NewAttempt {
        id: attempt,
        task_id: task,
        agent_id: again.agent_id,
        agent_name: again.agent_name,
        mode: again.mode,
        base_branch: again.base_branch,
        reason: None,
        continues_id: None,
    };
    let result =
        write(&board.store, move |tx| Box::pin(async move { insert_attempt(tx, &duplicate, now(5)).await }));
    assert!(result.await.is_err());
    let mut reader = board.store.read().await.unwrap();
    assert_eq!(list_events_after(&mut reader, attempt, 0, 10).await.unwrap().len(), 1);
}
