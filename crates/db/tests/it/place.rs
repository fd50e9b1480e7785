//! Places in columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Error, Placement, change_task_status, find_task, list_tasks, place_task};
use domain::{TaskId, TaskStatus};
use proptest::prelude::*;
use tokio::task::JoinSet;

use crate::support::{Board, new_id, now, write};

const TODO: TaskStatus = TaskStatus::Todo;

async fn place(
    board: &Board,
    id: TaskId,
    status: TaskStatus,
    placement: Placement,
) -> Result<TaskStatus, Error> {
    write(&board.store, move |tx| {
        Box::pin(async move { place_task(tx, id, status, placement, now(5)).await })
    })
    .await
}

/// The cards of a column from top to bottom.
async fn column(board: &Board, status: TaskStatus) -> Vec<TaskId> {
    let mut tasks = list_tasks(&mut board.store.read().await.unwrap(), board.project.id).await.unwrap();
    tasks.retain(|task| task.status == status);
    tasks.sort_by(|one, other| one.rank.cmp(&other.rank));
    assert!(tasks.windows(2).all(|pair| pair[0].rank < pair[1].rank), "no two share a place");
    tasks.into_iter().map(|task| task.id).collect()
}

async fn tasks<const N: usize>(board: &Board) -> [TaskId; N] {
    let mut ids = [new_id(); N];
    for id in &mut ids {
        *id = board.task("x").await;
    }
    ids
}

const fn between(after: Option<TaskId>, before: Option<TaskId>) -> Placement {
    Placement::Between { after, before }
}

#[tokio::test]
async fn cards_go_where_they_are_put() {
    let board = Board::new().await;
    let [a, b, c, d] = tasks(&board).await;
    let moves = [
        (d, between(Some(a), Some(b)), [a, d, b, c]),
        (a, Placement::End, [d, b, c, a]),
        (c, Placement::Top, [c, d, b, a]),
        (a, between(None, Some(c)), [a, c, d, b]),
        (a, between(Some(b), None), [c, d, b, a]),
        (b, between(Some(b), Some(c)), [b, c, d, a]),
        (b, between(Some(new_id()), Some(new_id())), [c, d, a, b]),
        (b, between(Some(b), None), [c, d, a, b]),
    ];
    for (id, placement, expected) in moves {
        assert_eq!(place(&board, id, TODO, placement).await.unwrap(), TODO);
        assert_eq!(column(&board, TODO).await, expected, "{placement:?}");
    }
}

#[tokio::test]
async fn a_neighbour_that_has_left_is_passed_over() {
    let board = Board::new().await;
    let [a, b, c, d] = tasks(&board).await;
    place(&board, a, TaskStatus::Review, Placement::End).await.unwrap();
    place(&board, d, TODO, between(Some(a), Some(c))).await.unwrap();
    assert_eq!(column(&board, TODO).await, [b, d, c], "the other neighbour counts");
    assert_eq!(place(&board, d, TaskStatus::Review, between(Some(c), Some(b))).await.unwrap(), TODO);
    assert_eq!(column(&board, TaskStatus::Review).await, [a, d], "at the end without any");
}

#[tokio::test]
async fn a_change_of_column_is_compared_first() {
    let board = Board::new().await;
    let [a] = tasks(&board).await;
    change(&board, a, TODO, TaskStatus::InProgress).await.unwrap();
    let refused = change(&board, a, TODO, TaskStatus::Review).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(_)), "{refused:?}");
    assert_eq!(
        find_task(&mut board.store.read().await.unwrap(), a).await.unwrap().status,
        TaskStatus::InProgress
    );
    assert!(matches!(place(&board, new_id(), TODO, Placement::End).await, Err(Error::Missing { .. })));
}

async fn change(board: &Board, id: TaskId, from: TaskStatus, to: TaskStatus) -> Result<(), Error> {
    let place = Placement::Top;
    let changed = write(&board.store, move |tx| {
        Box::pin(async move { change_task_status(tx, id, from, to, place, now(5)).await })
    });
    changed.await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_move_cards_at_once_end_with_one_order() {
    let board = Arc::new(Board::new().await);
    let cards: [TaskId; 6] = tasks(&board).await;
    let mut movers = JoinSet::new();
    for mover in 0..2_usize {
        movers.spawn(shuffle(board.clone(), cards, mover));
    }
    movers.join_all().await;
    let mut seen = BTreeMap::new();
    for task in board.recorder.take().into_iter().flat_map(|commit| commit.tasks) {
        seen.insert(task.id, (task.status, task.rank));
    }
    let stored = list_tasks(&mut board.store.read().await.unwrap(), board.project.id).await.unwrap();
    let stored: BTreeMap<_, _> = stored.into_iter().map(|task| (task.id, (task.status, task.rank))).collect();
    assert_eq!(seen, stored, "who only listened knows the same order");
    column(&board, TODO).await;
}

async fn shuffle(board: Arc<Board>, cards: [TaskId; 6], mover: usize) {
    for step in 0..60 {
        let (card, after) = (cards[(step * 5 + mover) % 6], cards[(step * 7 + mover * 3) % 6]);
        let status = if step % 9 == 0 { TaskStatus::Backlog } else { TODO };
        place(&board, card, status, between(Some(after), None)).await.unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_moves_end_as_in_a_plain_list(moves in proptest::collection::vec((0..5_usize, 0..5_usize, any::<bool>()), 1..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let board = Board::new().await;
            let cards: [TaskId; 5] = tasks(&board).await;
            let mut model = cards.to_vec();
            for (card, beside, is_after) in moves {
                let (card, beside) = (cards[card], cards[beside]);
                let placement = if is_after { between(Some(beside), None) } else { between(None, Some(beside)) };
                place(&board, card, TODO, placement).await.unwrap();
                model.retain(|id| *id != card);
                let place = model.iter().position(|id| *id == beside);
                model.insert(place.map_or(model.len(), |place| place + usize::from(is_after)), card);
            }
            assert_eq!(column(&board, TODO).await, model);
        });
    }
}
