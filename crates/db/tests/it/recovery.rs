//! What a reviewer has seen, and the states of a worktree that can be gone back to.

use db::{
    Error, NewCheckpoint, delete_checkpoint, find_checkpoint, has_checkpoint, insert_checkpoint,
    list_checkpoints, list_viewed, next_checkpoint, set_viewed,
};
use domain::{AttemptId, TaskId, ViewedFile};

use crate::support::{Board, new_id, now, write};

async fn mark(board: &Board, task_id: TaskId, content_key: &str, is_viewed: bool) -> Result<(), Error> {
    let file = ViewedFile { path: "a.rs".to_owned(), content_key: content_key.to_owned(), is_viewed };
    write(&board.store, move |tx| Box::pin(async move { set_viewed(tx, task_id, &file, now(3)).await })).await
}

#[tokio::test]
async fn a_mark_is_of_one_content() {
    let board = Board::new().await;
    let task_id = board.task("a").await;
    let viewed = async || list_viewed(&mut board.store.read().await.unwrap(), task_id).await.unwrap();
    mark(&board, task_id, "one", true).await.unwrap();
    mark(&board, task_id, "two", true).await.unwrap();
    assert_eq!(viewed().await, [("a.rs".to_owned(), "two".to_owned())].into());
    mark(&board, task_id, "two", false).await.unwrap();
    mark(&board, task_id, "two", false).await.unwrap();
    assert!(viewed().await.is_empty());
    assert!(matches!(mark(&board, new_id(), "x", true).await, Err(Error::Missing { entity: "task" })));
}

async fn take(board: &Board, attempt_id: AttemptId, number: i32, occasion: &str) -> Result<(), Error> {
    let checkpoint = NewCheckpoint {
        attempt_id,
        number,
        commit: format!("{number}{number}"),
        label: format!("turn {number}"),
        occasion: occasion.to_owned(),
        files_changed: number,
    };
    let stored = write(&board.store, move |tx| {
        Box::pin(async move { insert_checkpoint(tx, &checkpoint, now(3)).await })
    });
    stored.await
}

#[tokio::test]
async fn an_occasion_is_taken_once() {
    let board = Board::new().await;
    let attempt_id = board.attempt(board.task("a").await).await;
    let next = async || next_checkpoint(&mut board.store.read().await.unwrap(), attempt_id).await.unwrap();
    assert_eq!(next().await, 0);
    take(&board, attempt_id, 0, "begin").await.unwrap();
    take(&board, attempt_id, 1, "run-1").await.unwrap();
    take(&board, attempt_id, 2, "run-1").await.unwrap();
    assert_eq!(next().await, 2);
    let mut connection = board.store.read().await.unwrap();
    assert!(has_checkpoint(&mut connection, attempt_id, "run-1").await.unwrap());
    assert!(!has_checkpoint(&mut connection, attempt_id, "run-2").await.unwrap());
    let listed = list_checkpoints(&mut connection, attempt_id).await.unwrap();
    assert_eq!(listed.iter().map(|checkpoint| checkpoint.number).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(find_checkpoint(&mut connection, attempt_id, 1).await.unwrap(), listed[0]);
    drop(connection);
    write(&board.store, move |tx| Box::pin(async move { delete_checkpoint(tx, attempt_id, 1).await }))
        .await
        .unwrap();
    let gone = find_checkpoint(&mut board.store.read().await.unwrap(), attempt_id, 1).await;
    assert!(matches!(gone, Err(Error::Missing { entity: "checkpoint" })));
    let unknown = take(&board, new_id(), 0, "begin").await;
    assert!(matches!(unknown, Err(Error::Missing { entity: "attempt" })), "{unknown:?}");
}
