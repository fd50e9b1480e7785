//! Attempts: their states, their events, what is stored about them.

use db::{
    Change, DiffTotals, Error, NewWorktree, WriteTx, add_unknown_entries, begin_change, clear_worktree,
    end_change, find_attempt, find_change, is_cancel_requested, list_attempts, list_attempts_with_worktree,
    list_changing_attempts, list_events_after, list_live_attempts, request_cancel, set_activity,
    set_attempt_error, set_base_commit, set_diff_totals, set_head_commit, set_merged, set_session,
    set_summary, set_usage, set_worktree,
};
use domain::{
    Activity, Attempt, AttemptAction, AttemptError, AttemptId, AttemptState, AttemptTrigger as T,
    FailureCode, SessionId, Usage,
};

use crate::support::{Board, new_id, now, transition, write};

async fn find(board: &Board, id: AttemptId) -> Attempt {
    find_attempt(&mut board.store.read().await.unwrap(), id).await.unwrap()
}

#[tokio::test]
async fn a_task_has_one_live_attempt_and_they_are_numbered() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let first = board.attempt(task).await;
    let refused = board.try_attempt(task, now(3)).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(_)) && refused.to_string().contains("#1"), "{refused}");
    assert!(matches!(board.try_attempt(new_id(), now(3)).await, Err(Error::Missing { entity: "task" })));
    board.drive(first, &[T::Cancelled]).await;
    let second = board.attempt(task).await;
    let mut reader = board.store.read().await.unwrap();
    let listed = list_attempts(&mut reader, task).await.unwrap();
    assert_eq!(listed.iter().map(|it| (it.id, it.number)).collect::<Vec<_>>(), [(second, 2), (first, 1)]);
    let live: Vec<_> = list_live_attempts(&mut reader).await.unwrap().into_iter().map(|it| it.id).collect();
    assert_eq!(live, [second]);
}

#[tokio::test]
async fn every_change_of_state_is_an_event_and_is_heard_with_its_task() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let id = board.attempt(task).await;
    board.recorder.take();
    board
        .drive(id, &[T::Claimed, T::Spawned, T::Asked, T::Answered, T::GatesStarted, T::Finished, T::Merged])
        .await;
    let commits = board.recorder.take();
    assert_eq!(commits.len(), 7);
    assert!(
        commits.iter().all(|it| it.tasks[0].id == task && it.attempts[0].id == id && it.events[0].0 == id)
    );
    let events = list_events_after(&mut board.store.read().await.unwrap(), id, 0, 100).await.unwrap();
    let payloads: Vec<_> = events.iter().map(|event| event.payload.as_str()).collect();
    assert_eq!(
        payloads,
        [
            r#"{"from":null,"to":"queued","reason":null}"#,
            r#"{"from":"queued","to":"preparing","reason":null}"#,
            r#"{"from":"preparing","to":"running","reason":null}"#,
            r#"{"from":"running","to":"waiting","reason":null}"#,
            r#"{"from":"waiting","to":"running","reason":null}"#,
            r#"{"from":"running","to":"gates","reason":null}"#,
            r#"{"from":"gates","to":"review_ready","reason":null}"#,
            r#"{"from":"review_ready","to":"merged","reason":null}"#,
        ]
    );
    let attempt = find(&board, id).await;
    assert_eq!((attempt.state, attempt.last_seq), (AttemptState::Merged, 8));
    assert_eq!(
        (attempt.queued_at, attempt.started_at, attempt.ended_at),
        (now(2), Some(now(3)), Some(now(3)))
    );
}

#[tokio::test]
async fn what_the_machine_refuses_leaves_no_trace() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let id = board.attempt(task).await;
    board.recorder.take();
    let refused = transition(&board.store, id, T::Spawned).await;
    assert!(matches!(refused, Err(Error::Refused(_))));
    let missing = transition(&board.store, new_id(), T::Spawned).await;
    assert!(matches!(missing, Err(Error::Missing { entity: "attempt" })));
    assert!(board.recorder.take().is_empty());
    assert_eq!((find(&board, id).await.state, find(&board, id).await.last_seq), (AttemptState::Queued, 1));
}

const USAGE: Usage = Usage {
    input_tokens: 1,
    output_tokens: 2,
    cache_read_tokens: 3,
    cache_creation_tokens: 4,
    cost_usd: 0.5,
    turns: 6,
};

fn activity() -> Activity {
    Activity { verb: "running".into(), object: Some("npm test".into()), since: now(4) }
}

fn error() -> AttemptError {
    AttemptError { code: FailureCode::LimitReached, message: "too long".into() }
}

async fn set_everything(tx: &mut WriteTx, id: AttemptId, session: SessionId) -> Result<(), Error> {
    let worktree = NewWorktree { path: "/w".into(), branch_name: "ek/one".into(), base_commit: "b0".into() };
    set_worktree(tx, id, &worktree).await?;
    set_base_commit(tx, id, "b1").await?;
    set_head_commit(tx, id, "h1", "t1").await?;
    set_merged(tx, id, "m1", Some(domain::MergeStyle::Squash)).await?;
    set_session(tx, id, session).await?;
    set_activity(tx, id, Some(&activity())).await?;
    set_usage(tx, id, &USAGE).await?;
    add_unknown_entries(tx, id, 2).await?;
    add_unknown_entries(tx, id, 3).await?;
    set_attempt_error(tx, id, &error()).await?;
    set_summary(tx, id, "done").await?;
    set_diff_totals(tx, id, DiffTotals { files_changed: 1, additions: 20, deletions: 3 }).await
}

#[tokio::test]
async fn every_fact_comes_back() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let (id, session) = (board.attempt(task).await, new_id());
    board.drive(id, &[T::Claimed, T::Spawned]).await;
    board.recorder.take();
    write(&board.store, move |tx| Box::pin(set_everything(tx, id, session))).await.unwrap();
    assert_eq!(board.recorder.take()[0].attempts.len(), 1, "heard once, as it is in the end");
    let it = find(&board, id).await;
    assert_eq!((it.worktree_path.as_deref(), it.branch_name.as_deref()), (Some("/w"), Some("ek/one")));
    assert_eq!((it.base_commit.as_deref(), it.head_commit.as_deref()), (Some("b1"), Some("h1")));
    assert_eq!((it.merge_commit.as_deref(), it.session_id), (Some("m1"), Some(session)));
    assert_eq!((it.activity, it.usage, it.unknown_entries), (Some(activity()), USAGE, 5));
    assert_eq!((it.error, it.summary.as_deref()), (Some(error()), Some("done")));
    assert_eq!((it.files_changed, it.additions, it.deletions), (Some(1), Some(20), Some(3)));
    let none = write(&board.store, |tx| Box::pin(async move { set_summary(tx, new_id(), "x").await }));
    assert!(matches!(none.await, Err(Error::Missing { entity: "attempt" })));
}

#[tokio::test]
async fn an_end_clears_the_activity_and_a_worktree_may_go_later() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let (id, session) = (board.attempt(task).await, new_id());
    write(&board.store, move |tx| Box::pin(set_everything(tx, id, session))).await.unwrap();
    board.drive(id, &[T::Failed]).await;
    let it = find(&board, id).await;
    assert_eq!(it.activity, None);
    let kept =
        [AttemptAction::Discard, AttemptAction::RetryFresh, AttemptAction::RunGates, AttemptAction::GoBack];
    let going_on = [AttemptAction::Message, AttemptAction::Resume, AttemptAction::SetMode];
    assert_eq!(it.allowed_actions, [&going_on[..], &kept].concat());
    let with_worktree = list_attempts_with_worktree(&mut board.store.read().await.unwrap()).await.unwrap();
    assert_eq!(with_worktree.len(), 1);
    write(&board.store, move |tx| Box::pin(async move { clear_worktree(tx, id).await })).await.unwrap();
    let it = find(&board, id).await;
    assert_eq!((it.worktree_path, it.branch_name.as_deref()), (None, Some("ek/one")));
    assert_eq!(it.allowed_actions, [AttemptAction::RetryFresh]);
}

#[tokio::test]
async fn what_was_decided_is_known_after_a_restart() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let id = board.attempt(task).await;
    assert!(!is_cancel_requested(&mut board.store.read().await.unwrap(), id).await.unwrap());
    decide(&board, id, true).await;
    let mut reader = board.store.read().await.unwrap();
    assert!(is_cancel_requested(&mut reader, id).await.unwrap());
    assert_eq!(list_changing_attempts(&mut reader).await.unwrap()[0].id, id);
    assert_eq!(find_change(&mut reader, id).await.unwrap(), Some(Change::GoBack), "and what it is");
    drop(reader);
    decide(&board, id, false).await;
    assert_eq!(list_changing_attempts(&mut board.store.read().await.unwrap()).await.unwrap(), []);
    assert_eq!(find_change(&mut board.store.read().await.unwrap(), id).await.unwrap(), None);
}

async fn decide(board: &Board, id: AttemptId, is_changing: bool) {
    let decided = write(&board.store, move |tx| {
        Box::pin(async move {
            request_cancel(tx, id).await?;
            if is_changing { begin_change(tx, id, Change::GoBack).await } else { end_change(tx, id).await }
        })
    });
    decided.await.unwrap();
}
