//! Opening and closing the file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use db::{Error, Store, append_events, find_default_agent, list_projects};
use domain::{AgentAdapter, EventBody, LogLevel, PermissionMode};

use crate::support::{Board, Recorder, now, project, write};

async fn open(path: &Path) -> Result<Store, Error> {
    Store::open(path, Arc::new(Recorder::default())).await
}

#[tokio::test]
async fn a_new_file_is_private_and_has_the_claude_profile() {
    let board = Board::new().await;
    for entry in fs::read_dir(board.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
    let agent = find_default_agent(&mut board.store.read().await.unwrap()).await.unwrap();
    assert_eq!((agent.name.as_str(), agent.adapter), ("claude", AgentAdapter::Claude));
    assert_eq!((agent.mode, agent.is_default), (PermissionMode::Bypass, true));
}

#[tokio::test]
async fn a_second_server_is_refused_until_the_first_has_closed() {
    let board = Board::new().await;
    let error = open(&board.path()).await.unwrap_err();
    assert!(matches!(&error, Error::Locked { path } if path.ends_with("board.db.lock")), "{error}");
    board.store.close().await;
    let store = open(&board.path()).await.unwrap();
    let projects = list_projects(&mut store.read().await.unwrap()).await.unwrap();
    assert_eq!(projects, std::slice::from_ref(&board.project));
}

#[tokio::test]
async fn a_store_that_was_only_dropped_lets_go_of_the_file() {
    let board = Board::new().await;
    let Board { folder, store, .. } = board;
    drop(store);
    let path = folder.path().join("board.db");
    let opened = tokio::time::timeout(std::time::Duration::from_secs(10), async {
        loop {
            match open(&path).await {
                Err(Error::Locked { .. }) => tokio::task::yield_now().await,
                result => break result,
            }
        }
    });
    opened.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_closed_store_refuses_work_and_leaves_no_log_behind() {
    let board = Board::new().await;
    board.store.clone().close().await;
    let other = project("/repositories/two");
    let refused =
        write(&board.store, move |tx| Box::pin(async move { db::insert_project(tx, &other).await })).await;
    assert!(matches!(refused, Err(Error::Closed)));
    assert!(matches!(board.store.read().await, Err(Error::Read { .. })));
    assert!(!board.path().with_extension("db-wal").exists(), "everything is in the file");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board.db");
    let junk = vec![b'x'; 10_000];
    fs::write(&path, &junk).unwrap();
    let error = open(&path).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { newest_backup: None, .. }), "{error:?}");
    assert!(error.to_string().contains("nothing was deleted"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), junk);
}

#[tokio::test]
async fn a_broken_schema_page_is_damage() {
    let board = Board::new().await;
    board.store.close().await;
    let mut bytes = fs::read(board.path()).unwrap();
    bytes[100..2_000].fill(0xAA);
    fs::write(board.path(), &bytes).unwrap();
    let error = open(&board.path()).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert_eq!(fs::read(board.path()).unwrap(), bytes);
}

#[tokio::test]
async fn a_file_that_was_not_closed_is_looked_at_as_a_whole() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let attempt = board.attempt(task).await;
    let events = vec![(now(1), EventBody::board_log(LogLevel::Info, "x".repeat(300))); 500];
    write(&board.store, move |tx| Box::pin(async move { append_events(tx, attempt, &events).await }))
        .await
        .unwrap();
    board.store.close().await;
    let mut bytes = fs::read(board.path()).unwrap();
    let page = bytes.len() - 4_096;
    bytes[page..page + 200].fill(0xFF);
    fs::write(board.path(), &bytes).unwrap();
    open(&board.path()).await.unwrap().close().await;
    fs::write(board.path().with_extension("db-wal"), "left by a kill").unwrap();
    let error = open(&board.path()).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert_eq!(fs::read(board.path()).unwrap(), bytes, "the file is left as it is");
}

#[tokio::test]
async fn a_link_in_the_place_of_the_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (target, path) = (folder.path().join("theirs"), folder.path().join("board.db"));
    fs::write(&target, "").unwrap();
    std::os::unix::fs::symlink(&target, &path).unwrap();
    assert!(matches!(open(&path).await, Err(Error::File { .. })));
}

#[tokio::test]
async fn a_reader_sees_one_moment_and_cannot_write() {
    let board = Board::new().await;
    let mut reader = board.store.read().await.unwrap();
    assert_eq!(list_projects(&mut reader).await.unwrap().len(), 1);
    let other = project("/repositories/two");
    write(&board.store, move |tx| Box::pin(async move { db::insert_project(tx, &other).await }))
        .await
        .unwrap();
    assert_eq!(list_projects(&mut reader).await.unwrap().len(), 1, "still the moment of the first read");
    let refused = sqlx::query("delete from projects").execute(&mut *reader).await;
    assert!(refused.unwrap_err().to_string().contains("readonly"));
    drop(reader);
    assert_eq!(list_projects(&mut board.store.read().await.unwrap()).await.unwrap().len(), 2);
}
