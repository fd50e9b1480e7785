//! What was decided about what a repository brings.

use db::{Error, Trust, decide_trust, find_trust};
use domain::{ProjectId, TrustDecision};

use crate::support::{Board, new_id, now, write};

async fn decide(board: &Board, id: ProjectId, trust: &Trust) -> Result<(), Error> {
    let trust = trust.clone();
    write(&board.store, move |tx| Box::pin(async move { decide_trust(tx, id, &trust).await })).await
}

#[tokio::test]
async fn the_last_decision_counts_and_is_heard_of() {
    let board = Board::new().await;
    let id = board.project.id;
    assert_eq!(find_trust(&mut board.store.read().await.unwrap(), id).await.unwrap(), None);
    let first = Trust { hash: "a".repeat(64), decision: TrustDecision::Refuse, decided_at: now(1) };
    let second = Trust { hash: "b".repeat(64), decision: TrustDecision::Trust, decided_at: now(2) };
    for trust in [first, second] {
        decide(&board, id, &trust).await.unwrap();
        assert_eq!(board.recorder.take()[0].projects, std::slice::from_ref(&board.project));
        let found = find_trust(&mut board.store.read().await.unwrap(), id).await.unwrap();
        assert_eq!(found, Some(trust));
    }
}

#[tokio::test]
async fn a_project_that_is_not_there_is_told() {
    let board = Board::new().await;
    let trust = Trust { hash: "a".repeat(64), decision: TrustDecision::Trust, decided_at: now(1) };
    let decided = decide(&board, new_id(), &trust).await;
    assert!(matches!(decided, Err(Error::Missing { entity: "project" })), "{decided:?}");
}
