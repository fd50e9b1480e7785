//! The log of an attempt.

use db::{Error, StoredEvent, append_events, find_attempt, last_seq, list_events_after, list_events_before};
use domain::{AttemptId, EventBody, LogLevel, TEXT_BYTES_MAX};
use proptest::prelude::*;

use crate::support::{Board, new_id, now, write};

async fn append(board: &Board, attempt: AttemptId, texts: Vec<String>) -> Result<i32, Error> {
    let events: Vec<_> =
        texts.into_iter().map(|text| (now(7), EventBody::board_log(LogLevel::Info, text))).collect();
    write(&board.store, move |tx| Box::pin(async move { append_events(tx, attempt, &events).await })).await
}

async fn attempt(board: &Board) -> AttemptId {
    let task = board.task("one").await;
    board.attempt(task).await
}

fn seqs(events: &[StoredEvent]) -> Vec<i32> {
    events.iter().map(|event| event.seq).collect()
}

#[tokio::test]
async fn pages_go_both_ways() {
    let board = Board::new().await;
    let attempt = attempt(&board).await;
    assert_eq!(append(&board, attempt, vec!["x".to_owned(); 9]).await.unwrap(), 10);
    let mut reader = board.store.read().await.unwrap();
    let cases = [(0, 3, vec![1, 2, 3]), (8, 5, vec![9, 10]), (10, 5, vec![]), (i32::MAX, 1, vec![])];
    for (after, limit, expected) in cases {
        let events = list_events_after(&mut reader, attempt, after, limit).await.unwrap();
        assert_eq!(seqs(&events), expected, "after {after}");
    }
    let cases = [(i32::MAX, 3, vec![8, 9, 10]), (3, 5, vec![1, 2]), (1, 5, vec![])];
    for (before, limit, expected) in cases {
        let events = list_events_before(&mut reader, attempt, before, limit).await.unwrap();
        assert_eq!(seqs(&events), expected, "before {before}");
    }
    assert_eq!(last_seq(&mut reader, attempt).await.unwrap(), 10);
    assert_eq!(find_attempt(&mut reader, attempt).await.unwrap().last_seq, 10);
    assert!(matches!(last_seq(&mut reader, new_id()).await, Err(Error::Missing { entity: "attempt" })));
}

#[tokio::test]
async fn long_events_end_a_page_early() {
    let board = Board::new().await;
    let attempt = attempt(&board).await;
    append(&board, attempt, vec!["x".repeat(TEXT_BYTES_MAX); 80]).await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    let first = list_events_after(&mut reader, attempt, 0, 5_000).await.unwrap();
    assert!((16..=64).contains(&first.len()), "{} events", first.len());
    let last = list_events_before(&mut reader, attempt, i32::MAX, 5_000).await.unwrap();
    assert_eq!(last.last().map(|event| event.seq), Some(81));
    assert!((16..=64).contains(&last.len()), "{} events", last.len());
}

#[tokio::test]
async fn nothing_appended_is_nothing_changed() {
    let board = Board::new().await;
    let attempt = attempt(&board).await;
    board.recorder.take();
    assert_eq!(append(&board, attempt, vec![]).await.unwrap(), 1);
    assert!(board.recorder.take().is_empty());
}

#[tokio::test]
async fn a_log_of_any_length_is_kept_byte_by_byte() {
    let board = Board::new().await;
    let attempt = attempt(&board).await;
    let mut expected = 1;
    for count in [1, 7, 8, 9, 63, 64, 65, 130, 500] {
        board.recorder.take();
        let texts: Vec<String> = (0..count).map(|number| format!("{number} \u{1F980}\0\"\\\n")).collect();
        expected += count;
        assert_eq!(append(&board, attempt, texts.clone()).await.unwrap(), expected);
        let mut reader = board.store.read().await.unwrap();
        let events = list_events_after(&mut reader, attempt, expected - count, i32::MAX).await.unwrap();
        assert_eq!(events, board.recorder.take()[0].events[0].1, "what was heard is what is stored");
        let read: Vec<String> = events.iter().map(text).collect();
        assert_eq!(read, texts);
    }
}

fn text(event: &StoredEvent) -> String {
    assert_eq!((event.kind.as_ref(), event.ts), ("LOG", now(7)));
    let payload: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
    payload["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_longest_text_passes() {
    let board = Board::new().await;
    let attempt = attempt(&board).await;
    append(&board, attempt, vec!["é".repeat(TEXT_BYTES_MAX / 2); 3]).await.unwrap();
    let events = list_events_after(&mut board.store.read().await.unwrap(), attempt, 3, 10).await.unwrap();
    assert_eq!(text(&events[0]).len(), TEXT_BYTES_MAX);
}

#[tokio::test]
async fn each_row_keeps_the_checksum_of_its_payload() {
    let board = Board::new().await;
    let attempt = attempt(&board).await;
    append(&board, attempt, vec!["one".to_owned(); 70]).await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select payload, crc from events").fetch_all(&mut *reader).await.unwrap();
    assert_eq!(rows.len(), 71);
    assert!(rows.iter().all(|(payload, crc)| i64::from(crc32fast::hash(payload.as_bytes())) == *crc));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn concurrent_logs_are_gapless_and_in_order(batches in proptest::collection::vec((0..3_usize, 1..90_usize), 1..20)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let board = std::sync::Arc::new(Board::new().await);
            let attempts = [attempt(&board).await, attempt(&board).await, attempt(&board).await];
            let mut callers = tokio::task::JoinSet::new();
            for (which, count) in batches.clone() {
                let (board, attempt) = (board.clone(), attempts[which]);
                callers.spawn(async move { append(&board, attempt, vec!["x".to_owned(); count]).await.unwrap() });
            }
            callers.join_all().await;
            for (which, attempt) in attempts.into_iter().enumerate() {
                let count: usize = batches.iter().filter(|batch| batch.0 == which).map(|batch| batch.1).sum();
                let mut reader = board.store.read().await.unwrap();
                let stored = list_events_after(&mut reader, attempt, 0, i32::MAX).await.unwrap();
                assert!(stored.iter().map(|event| event.seq).eq(1..=i32::try_from(count).unwrap() + 1));
            }
            let heard: Vec<i32> = heard(&board, attempts[0]);
            assert!(heard.is_sorted_by(|one, next| one + 1 == *next));
        });
    }
}

fn heard(board: &Board, attempt: AttemptId) -> Vec<i32> {
    let commits = board.recorder.take();
    let events = commits.into_iter().flat_map(|commit| commit.events);
    events.filter(|(id, _)| *id == attempt).flat_map(|(_, events)| seqs(&events)).collect()
}
