//! The writer: groups, order, and what happens when something fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use db::{
    Durability, Error, Store, append_events, find_project, find_task, insert_project, last_seq,
    list_projects, set_task_feedback, update_project,
};
use domain::{EventBody, LogLevel, TaskId};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::support::{Board, RawError, new_id, now, project, raw, write};

/// Adds one to a number in the project and returns it.
async fn count_up(board: &Board, durability: Durability) -> Result<i32, Error> {
    let id = board.project.id;
    board
        .store
        .write(durability, move |tx| {
            Box::pin(async move {
                let mut project = find_project(tx.connection(), id).await?;
                project.settings.max_parallel += 1;
                update_project(tx, &project).await?;
                Ok(project.settings.max_parallel)
            })
        })
        .await
}

/// Holds the writer in a job of its own until the returned bell rings.
async fn hold(board: &Board, callers: &mut JoinSet<Result<(), Error>>) -> Arc<Notify> {
    let (begun, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begin, released, store) = (begun.clone(), release.clone(), board.store.clone());
    callers.spawn(async move {
        write(&store, move |_tx| {
            Box::pin(async move {
                begin.notify_one();
                released.notified().await;
                Ok(())
            })
        })
        .await
    });
    begun.notified().await;
    release
}

/// On the single thread of the test every caller that can send has sent after this.
async fn let_callers_send() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_heard_in_order_and_before_their_callers() {
    let board = Arc::new(Board::new().await);
    let mut callers = JoinSet::new();
    for number in 0..100 {
        let board = board.clone();
        let durability = if number % 3 == 0 { Durability::Full } else { Durability::Normal };
        callers.spawn(async move {
            let value = count_up(&board, durability).await.unwrap();
            let commits = board.recorder.commits.lock().unwrap();
            let heard = commits.last().unwrap().projects[0].settings.max_parallel;
            assert!(heard >= value, "answered {value} when {heard} was heard");
            value
        });
    }
    let mut values = callers.join_all().await;
    values.sort_unstable();
    assert_eq!(values, (4..104).collect::<Vec<_>>(), "each saw the one before");
    let commits = board.recorder.take();
    let heard: Vec<i32> = commits.iter().map(|it| it.projects[0].settings.max_parallel).collect();
    assert!(heard.is_sorted_by(|one, next| one < next), "{heard:?}");
    assert_eq!(heard.last(), Some(&103));
}

#[tokio::test]
async fn what_waits_is_stored_with_one_commit() {
    let board = Arc::new(Board::new().await);
    let mut holders = JoinSet::new();
    let release = hold(&board, &mut holders).await;
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let board = board.clone();
        callers.spawn(async move { count_up(&board, Durability::Normal).await });
    }
    let_callers_send().await;
    release.notify_one();
    let values: Vec<i32> = callers.join_all().await.into_iter().map(Result::unwrap).collect();
    assert_eq!(values, (4..24).collect::<Vec<_>>(), "answered in order");
    let commits = board.recorder.take();
    assert_eq!(commits.len(), 1, "one commit for all that waited");
    assert_eq!(commits[0].projects.len(), 1);
    assert_eq!(commits[0].projects[0].settings.max_parallel, 23);
}

/// How a commit is synced, as a transaction sees it: 1 is normal, 2 is full.
async fn synchronous(store: Store, durability: Durability) -> i64 {
    let asked = store.write(durability, |tx| {
        Box::pin(async move {
            let asked = sqlx::query_scalar("pragma synchronous").fetch_one(tx.connection()).await;
            asked.map_err(RawError)
        })
    });
    asked.await.unwrap()
}

#[tokio::test]
async fn the_disk_is_synced_as_the_most_careful_of_a_group_asks() {
    let board = Board::new().await;
    for (durability, expected) in [(Durability::Normal, 1), (Durability::Full, 2), (Durability::Normal, 1)] {
        assert_eq!(synchronous(board.store.clone(), durability).await, expected);
    }
    let mut holders = JoinSet::new();
    let release = hold(&board, &mut holders).await;
    let mut callers = JoinSet::new();
    for durability in [Durability::Normal, Durability::Full, Durability::Normal] {
        callers.spawn(synchronous(board.store.clone(), durability));
    }
    let_callers_send().await;
    release.notify_one();
    assert_eq!(callers.join_all().await, [2, 2, 2]);
}

#[tokio::test]
async fn work_that_fails_is_undone_alone() {
    let board = Arc::new(Board::new().await);
    let mut callers = JoinSet::new();
    let release = hold(&board, &mut callers).await;
    for name in ["one", "fails", "panics", "two"] {
        callers.spawn(insert_or_fail(board.store.clone(), name));
    }
    let_callers_send().await;
    release.notify_one();
    for result in callers.join_all().await {
        result.unwrap();
    }
    let commits = board.recorder.take();
    assert_eq!(commits.len(), 1, "they shared a transaction");
    let heard: Vec<_> = commits[0].projects.iter().map(|project| project.path.as_str()).collect();
    assert_eq!(heard, ["one", "two"]);
    assert_eq!(list_projects(&mut board.store.read().await.unwrap()).await.unwrap().len(), 3);
}

/// Inserts a project and then does as its name says; an error if that is not what the caller hears.
async fn insert_or_fail(store: Store, name: &'static str) -> Result<(), Error> {
    let inserted = write(&store, move |tx| {
        Box::pin(async move {
            insert_project(tx, &project(name)).await?;
            match name {
                "fails" => Err(Error::Missing { entity: "luck" }),
                "panics" => panic!("on purpose"),
                _ => Ok(()),
            }
        })
    });
    match (name, inserted.await) {
        ("fails", Err(Error::Missing { entity: "luck" })) | ("panics", Err(Error::Panicked)) => Ok(()),
        (_, result) => result,
    }
}

#[tokio::test]
async fn a_caller_may_abort_with_its_own_error() {
    let board = Board::new().await;
    let result = board.store.write(Durability::Full, |tx| {
        Box::pin(async move {
            insert_project(tx, &project("/other")).await?;
            Err::<(), _>(RawError(sqlx::Error::RowNotFound))
        })
    });
    assert!(matches!(result.await, Err(RawError(sqlx::Error::RowNotFound))));
    assert_eq!(list_projects(&mut board.store.read().await.unwrap()).await.unwrap().len(), 1);
    assert!(board.recorder.take().is_empty(), "nobody hears of what is not stored");
}

#[tokio::test]
async fn work_goes_on_when_its_caller_has_gone() {
    let board = Board::new().await;
    let mut holders = JoinSet::new();
    let release = hold(&board, &mut holders).await;
    let mut callers = JoinSet::new();
    let store = board.store.clone();
    callers.spawn(async move {
        write(&store, |tx| Box::pin(async move { insert_project(tx, &project("/other")).await })).await
    });
    let_callers_send().await;
    callers.shutdown().await;
    release.notify_one();
    board.store.close().await;
    assert_eq!(board.recorder.take()[0].projects[0].path, "/other");
}

#[tokio::test]
async fn a_commit_that_fails_is_no_success_for_anybody() {
    let board = Arc::new(Board::new().await);
    let task = board.task("one").await;
    board.recorder.take();
    let mut callers = JoinSet::new();
    let release = hold(&board, &mut callers).await;
    callers.spawn(set_feedback(board.store.clone(), task));
    callers.spawn(break_a_reference(board.store.clone()));
    let_callers_send().await;
    release.notify_one();
    let results = callers.join_all().await;
    let count = |wanted: fn(&Result<(), Error>) -> bool| results.iter().filter(|it| wanted(it)).count();
    assert_eq!(count(Result::is_ok), 1, "only the one that held the writer: {results:?}");
    assert_eq!(count(|it| matches!(it, Err(Error::Commit { .. }))), 1, "{results:?}");
    assert_eq!(count(|it| matches!(it, Err(Error::Closed))), 1, "{results:?}");
    assert!(board.recorder.take().is_empty());
    assert_eq!(find_task(&mut board.store.read().await.unwrap(), task).await.unwrap().feedback, None);
    assert_eq!(count_up(&board, Durability::Full).await.unwrap(), 4, "the writer goes on");
}

async fn set_feedback(store: Store, task: TaskId) -> Result<(), Error> {
    write(&store, move |tx| Box::pin(async move { set_task_feedback(tx, task, Some("no"), now(9)).await }))
        .await
}

/// Found to be wrong only when the transaction is to be stored.
async fn break_a_reference(store: Store) -> Result<(), Error> {
    let broken = store.write(Durability::Full, |tx| {
        Box::pin(async move {
            sqlx::query("pragma defer_foreign_keys = on").execute(tx.connection()).await?;
            sqlx::query("update tasks set project_id = zeroblob(16)").execute(tx.connection()).await?;
            Ok::<_, RawError>(())
        })
    });
    broken.await.map_err(|_error| Error::Closed)
}

#[tokio::test]
async fn work_that_ends_the_transaction_itself_is_no_success() {
    let board = Board::new().await;
    let error = raw(&board.store, "rollback").await.unwrap_err();
    assert!(error.to_string().contains("store the change"), "{error}");
    assert_eq!(count_up(&board, Durability::Full).await.unwrap(), 4, "the writer goes on");
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_lost() {
    let board = Board::new().await;
    let (task, text) = (board.task("one").await, "x".repeat(20_000));
    let attempt = board.attempt(task).await;
    raw(&board.store, "pragma max_page_count = 100").await.unwrap();
    let append = || {
        let event = (now(1), EventBody::board_log(LogLevel::Info, text.clone()));
        write(&board.store, move |tx| Box::pin(async move { append_events(tx, attempt, &[event]).await }))
    };
    let mut last = 1;
    let error = loop {
        match append().await {
            Ok(seq) => last = seq,
            Err(error) => break error,
        }
        assert!(last < 1_000, "the limit is never reached");
    };
    let text = utils::ErrorChain(&error).to_string();
    assert!(text.contains("full") && error.is_unavailable(), "{text}");
    assert_eq!(last_seq(&mut board.store.read().await.unwrap(), attempt).await.unwrap(), last);
    raw(&board.store, "pragma max_page_count = 1000000").await.unwrap();
    assert_eq!(append().await.unwrap(), last + 1, "it goes on where it was");
}

#[tokio::test]
async fn a_file_that_another_program_holds_is_told_and_the_work_not_tried() {
    let board = Board::new().await;
    raw(&board.store, "pragma busy_timeout = 20").await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(board.path());
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("begin exclusive").execute(&mut other).await.unwrap();
    let was_tried = Arc::new(AtomicBool::new(false));
    let tried = was_tried.clone();
    let error = write(&board.store, move |_tx| {
        Box::pin(async move {
            tried.store(true, Ordering::SeqCst);
            Ok(())
        })
    });
    let error = error.await.unwrap_err();
    assert!(matches!(error, Error::Begin { .. }) && error.is_unavailable(), "{error:?}");
    assert!(!was_tried.load(Ordering::SeqCst));
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    assert_eq!(count_up(&board, Durability::Full).await.unwrap(), 4, "the writer goes on");
}

#[tokio::test]
async fn an_observer_that_panics_does_not_stop_the_writer() {
    struct Panics;
    impl db::Observer for Panics {
        fn committed(&self, _committed: db::Committed) {
            panic!("on purpose");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let store = db::Store::open(&folder.path().join("board.db"), Arc::new(Panics)).await.unwrap();
    for path in ["/one", "/two"] {
        write(&store, move |tx| Box::pin(async move { insert_project(tx, &project(path)).await }))
            .await
            .unwrap();
    }
    assert_eq!(list_projects(&mut store.read().await.unwrap()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn events_of_one_commit_are_heard_in_order_with_their_attempt_left_alone() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let attempt = board.attempt(task).await;
    board.recorder.take();
    let event = |text: &str| (now(1), EventBody::board_log(LogLevel::Info, text));
    let (one, two) = (event("one"), event("two"));
    write(&board.store, move |tx| {
        Box::pin(async move {
            append_events(tx, attempt, &[one]).await?;
            append_events(tx, attempt, &[two]).await
        })
    })
    .await
    .unwrap();
    let commits = board.recorder.take();
    assert_eq!(commits.len(), 1);
    let (id, events) = &commits[0].events[0];
    assert_eq!((*id, events.len(), events[0].seq, events[1].seq), (attempt, 2, 2, 3));
    assert!(commits[0].attempts.is_empty() && commits[0].tasks.is_empty());
    assert!(matches!(
        write(&board.store, move |tx| Box::pin(async move { append_events(tx, new_id(), &[]).await })).await,
        Err(Error::Missing { entity: "attempt" })
    ));
}

/// Waits until a file of the database has grown or shrunk as wanted, doing a little work meanwhile.
async fn file_size(board: &Board, extension: &str, is_busy: bool, wanted: impl Fn(u64) -> bool) {
    let path = board.path().with_extension(extension);
    let begun = std::time::Instant::now();
    while !wanted(std::fs::metadata(&path).unwrap().len()) {
        assert!(begun.elapsed().as_secs() < 20, "{extension} stays as it is");
        if is_busy {
            count_up(board, Durability::Normal).await.unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_copied_while_work_goes_on_and_emptied_at_rest() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let attempt = board.attempt(task).await;
    let events = vec![(now(1), EventBody::board_log(LogLevel::Info, "x".repeat(100_000))); 80];
    write(&board.store, move |tx| Box::pin(async move { append_events(tx, attempt, &events).await }))
        .await
        .unwrap();
    file_size(&board, "db", true, |bytes| bytes > 6_000_000).await;
    file_size(&board, "db-wal", false, |bytes| bytes == 0).await;
}
