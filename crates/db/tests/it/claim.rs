//! Claims: never two, within the limits, in the right order.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{
    Placement, claim_next_attempt, find_attempt, insert_project, insert_task, list_live_attempts,
    next_auto_run_task, place_task, update_project,
};
use domain::{
    AttemptId, AttemptState, AttemptTrigger as T, CreateTask, Priority, Project, TaskId, TaskStatus,
};
use proptest::prelude::*;
use tokio::task::JoinSet;

use crate::support::{Board, new_id, now, project, write};

async fn claim(board: &Board, max_total: i32) -> Option<AttemptId> {
    write(&board.store, move |tx| Box::pin(async move { claim_next_attempt(tx, max_total, now(9)).await }))
        .await
        .unwrap()
}

async fn task(board: &Board, priority: Option<Priority>, blocked_by: Vec<TaskId>) -> TaskId {
    let fields = CreateTask { priority, blocked_by: Some(blocked_by), ..CreateTask::default() };
    board.task_with(fields).await.unwrap()
}

async fn settings(board: &Board, change: impl FnOnce(&mut Project)) {
    let mut project = board.project.clone();
    change(&mut project);
    write(&board.store, move |tx| Box::pin(async move { update_project(tx, &project).await })).await.unwrap();
}

#[tokio::test]
async fn the_most_urgent_comes_first_then_the_oldest() {
    let board = Board::new().await;
    settings(&board, |project| project.settings.max_parallel = 99).await;
    let cases = [
        (Some(Priority::Low), 1),
        (None, 5),
        (Some(Priority::Medium), 4),
        (Some(Priority::High), 9),
        (Some(Priority::Urgent), 8),
        (Some(Priority::Urgent), 7),
    ];
    let mut attempts = Vec::new();
    for (priority, seconds) in cases {
        let task = task(&board, priority, vec![]).await;
        attempts.push(board.try_attempt(task, now(seconds)).await.unwrap());
    }
    let mut claimed = Vec::new();
    while let Some(id) = claim(&board, 99).await {
        claimed.push(attempts.iter().position(|it| *it == id).unwrap());
    }
    assert_eq!(claimed, [5, 4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn a_claim_is_heard_with_its_event() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let attempt = board.attempt(task).await;
    board.recorder.take();
    assert_eq!(claim(&board, 4).await, Some(attempt));
    let commits = board.recorder.take();
    assert_eq!(commits[0].attempts[0].state, AttemptState::Preparing);
    assert_eq!(commits[0].events[0].1[0].payload, r#"{"from":"queued","to":"preparing","reason":null}"#);
    assert_eq!(commits[0].tasks[0].id, task);
    assert_eq!(claim(&board, 4).await, None);
    assert!(board.recorder.take().is_empty(), "nothing to tell of a claim of nothing");
}

#[tokio::test]
async fn a_task_waits_until_those_before_it_are_done() {
    let board = Board::new().await;
    let first = board.task("first").await;
    let second = task(&board, Some(Priority::Urgent), vec![first]).await;
    let attempt = board.attempt(second).await;
    assert_eq!(claim(&board, 4).await, None);
    let done = write(&board.store, move |tx| {
        Box::pin(async move { place_task(tx, first, TaskStatus::Done, Placement::End, now(4)).await })
    });
    done.await.unwrap();
    assert_eq!(claim(&board, 4).await, Some(attempt));
}

#[tokio::test]
async fn slots_are_counted_per_project_and_in_all_and_waiting_frees_one() {
    let board = Board::new().await;
    settings(&board, |project| project.settings.max_parallel = 1).await;
    let one = board.task("one").await;
    let two = board.task("two").await;
    let (one, two) = (board.attempt(one).await, board.attempt(two).await);
    assert_eq!(claim(&board, 0).await, None, "no slot in all");
    assert_eq!(claim(&board, 9).await, Some(one));
    assert_eq!(claim(&board, 9).await, None, "no slot in the project");
    board.drive(one, &[T::Spawned, T::Asked]).await;
    assert_eq!(claim(&board, 9).await, Some(two), "one that waits for a person frees its slot");
    board.drive(one, &[T::Answered]).await;
    board.drive(two, &[T::Unclaimed]).await;
    assert_eq!(claim(&board, 9).await, None);
    board.drive(one, &[T::Finished]).await;
    assert_eq!(claim(&board, 9).await, Some(two));
}

#[tokio::test]
async fn auto_run_takes_what_is_ready_while_there_is_room() {
    let board = Board::new().await;
    let first = board.task("first").await;
    let urgent = task(&board, Some(Priority::Urgent), vec![]).await;
    task(&board, Some(Priority::Urgent), vec![first]).await;
    let next = || async {
        next_auto_run_task(&mut board.store.read().await.unwrap(), board.project.id).await.unwrap()
    };
    assert_eq!(next().await, None, "it is off");
    settings(&board, |project| {
        project.settings.auto_run = true;
        project.settings.max_parallel = 2;
    })
    .await;
    assert_eq!(next().await, Some(urgent));
    board.attempt(urgent).await;
    assert_eq!(next().await, Some(first), "not the one that waits, nor the one that is queued");
    board.attempt(first).await;
    assert_eq!(next().await, None, "both slots will be taken");
}

/// A project's limit, and its tasks: priority, age, whether another one blocks it.
type Plan = (i32, Vec<(Option<Priority>, i64, bool)>);

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let priority = prop::option::of(prop::sample::select(vec![
        Priority::Low,
        Priority::Medium,
        Priority::High,
        Priority::Urgent,
    ]));
    let tasks = prop::collection::vec((priority, 0..5_i64, prop::bool::weighted(0.2)), 0..6);
    prop::collection::vec((0..4, tasks), 1..4)
}

/// What a queue knows of an attempt: its project, then what it is ordered by.
type Queued = (usize, std::cmp::Reverse<Priority>, i64, AttemptId);

async fn fill(board: &Board, plans: &[Plan]) -> Vec<Queued> {
    let mut queued = Vec::new();
    for (place, (max_parallel, tasks)) in plans.iter().enumerate() {
        let mut project = project(&format!("/{place}"));
        project.settings.max_parallel = *max_parallel;
        let blocker = new_id();
        let stored = project.clone();
        write(&board.store, move |tx| {
            Box::pin(async move {
                insert_project(tx, &stored).await?;
                let fields = CreateTask { title: "blocker".into(), ..CreateTask::default() };
                insert_task(tx, blocker, stored.id, &fields, now(1)).await
            })
        })
        .await
        .unwrap();
        for (priority, age, is_blocked) in tasks.iter().copied() {
            let attempt = queue(board, &project, priority, age, is_blocked.then_some(blocker)).await;
            let order = std::cmp::Reverse(priority.unwrap_or(Priority::Medium));
            queued.extend((!is_blocked).then_some((place, order, age, attempt)));
        }
    }
    queued
}

async fn queue(
    board: &Board,
    project: &Project,
    priority: Option<Priority>,
    age: i64,
    blocker: Option<TaskId>,
) -> AttemptId {
    let (id, project_id) = (new_id(), project.id);
    let fields = CreateTask {
        title: "x".into(),
        priority,
        blocked_by: Some(blocker.into_iter().collect()),
        ..CreateTask::default()
    };
    write(&board.store, move |tx| {
        Box::pin(async move { insert_task(tx, id, project_id, &fields, now(1)).await })
    })
    .await
    .unwrap();
    board.try_attempt(id, now(age)).await.unwrap()
}

/// The order in which one who is alone would claim them.
fn expected(plans: &[Plan], mut queued: Vec<Queued>, max_total: usize) -> Vec<AttemptId> {
    queued.sort_by_key(|(_, priority, age, id)| (*priority, *age, *id));
    let mut taken: BTreeMap<usize, i32> = BTreeMap::new();
    let mut claimed = Vec::new();
    for (place, _, _, id) in queued {
        let taken = taken.entry(place).or_default();
        if *taken < plans[place].0 && claimed.len() < max_total {
            *taken += 1;
            claimed.push(id);
        }
    }
    claimed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn many_callers_claim_as_one_would(plans in plans(), max_total in 0..8_i32) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let board = Arc::new(Board::new().await);
            let queued = fill(&board, &plans).await;
            let expected = expected(&plans, queued, usize::try_from(max_total).unwrap());
            board.recorder.take();
            let mut callers = JoinSet::new();
            for _ in 0..30 {
                let board = board.clone();
                callers.spawn(async move { claim(&board, max_total).await });
            }
            let mut claimed: Vec<AttemptId> = callers.join_all().await.into_iter().flatten().collect();
            let heard: Vec<AttemptId> =
                board.recorder.take().into_iter().flat_map(|commit| commit.events).map(|(id, _)| id).collect();
            assert_eq!(heard, expected, "in the order of urgency and age, within all limits");
            claimed.sort_unstable();
            let mut expected = expected;
            expected.sort_unstable();
            assert_eq!(claimed, expected, "each was given to exactly one caller");
            check_states(&board, &claimed).await;
        });
    }
}

async fn check_states(board: &Board, claimed: &[AttemptId]) {
    let mut reader = board.store.read().await.unwrap();
    for attempt in list_live_attempts(&mut reader).await.unwrap() {
        let is_claimed = claimed.contains(&attempt.id);
        assert_eq!(attempt.state == AttemptState::Preparing, is_claimed);
        assert_eq!(find_attempt(&mut reader, attempt.id).await.unwrap().last_seq, 1 + i32::from(is_claimed));
    }
}
