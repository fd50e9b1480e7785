//! An attempt that goes on with another one, and its pull request.

use db::{
    Error, NewMessage, NewRun, NewWorktree, RunOutcome, StoredPullRequest, WriteTx, end_run, find_attempt,
    find_inherited_session, find_pull_request, forget_sessions, hand_over_messages, insert_message,
    insert_run, list_attempts_with_worktree, list_open_pull_requests, list_waiting_messages,
    put_pull_request, set_run_session, set_session, set_worktree,
};
use domain::{AttemptId, ChecksState, PullRequest, PullRequestState, SessionId, TaskId};

use crate::support::{Board, new_id, now, write};

/// An attempt with a worktree and a conversation, that was sent back, and the one that goes on with it.
async fn round(board: &Board) -> (TaskId, AttemptId, AttemptId, SessionId) {
    use domain::AttemptTrigger as T;
    let task = board.task("one").await;
    let (first, session) = (board.attempt(task).await, new_id());
    board.drive(first, &[T::Claimed, T::Spawned]).await;
    write(&board.store, move |tx| Box::pin(work(tx, first, session))).await.unwrap();
    board.drive(first, &[T::Finished, T::ChangesRequested]).await;
    let second = board.continue_attempt(task, first).await;
    (task, first, second, session)
}

/// What an attempt leaves that ran once.
async fn work(tx: &mut WriteTx, id: AttemptId, session_id: SessionId) -> Result<(), Error> {
    let (path, branch_name) = ("/w".to_owned(), "ek/one".to_owned());
    set_worktree(tx, id, &NewWorktree { path, branch_name, base_commit: "b0".into() }).await?;
    let run = NewRun { id: new_id(), attempt_id: id, session_id, directory: "r".into() };
    insert_run(tx, &run, now(3)).await?;
    set_run_session(tx, run.id, session_id).await?;
    set_session(tx, id, session_id).await?;
    end_run(tx, run.id, RunOutcome::Exited, None, now(4)).await
}

#[tokio::test]
async fn the_next_attempt_takes_over_worktree_and_conversation() {
    let board = Board::new().await;
    let (_, first, second, session) = round(&board).await;
    let mut reader = board.store.read().await.unwrap();
    let (one, two) =
        (find_attempt(&mut reader, first).await.unwrap(), find_attempt(&mut reader, second).await.unwrap());
    assert_eq!((one.worktree_path, one.branch_name.as_deref()), (None, Some("ek/one")));
    assert_eq!((two.worktree_path.as_deref(), two.worktree_id), (Some("/w"), first));
    assert_eq!((two.continues_id, two.session_id), (Some(first), Some(session)));
    let with_worktree = list_attempts_with_worktree(&mut reader).await.unwrap();
    assert_eq!(
        with_worktree.iter().map(|it| it.id).collect::<Vec<_>>(),
        [second],
        "one worktree, one attempt"
    );
    assert_eq!(find_inherited_session(&mut reader, second).await.unwrap(), Some(session));
    assert_eq!(find_inherited_session(&mut reader, first).await.unwrap(), None);
    drop(reader);
    write(&board.store, move |tx| Box::pin(forget_sessions(tx, second))).await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    assert_eq!(find_inherited_session(&mut reader, second).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_never_heard_goes_to_the_next_attempt() {
    let board = Board::new().await;
    let (task_id, first, second, _) = round(&board).await;
    let id = new_id();
    let new = NewMessage { id, task_id, attempt_id: Some(first), body: "Later.".into(), attachments: vec![] };
    let stored = write(&board.store, move |tx| {
        Box::pin(async move {
            insert_message(tx, &new, now(5)).await?;
            hand_over_messages(tx, first, second).await
        })
    });
    stored.await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    assert!(list_waiting_messages(&mut reader, first).await.unwrap().is_empty());
    assert_eq!(list_waiting_messages(&mut reader, second).await.unwrap()[0].message.id, id);
}

#[tokio::test]
async fn a_pull_request_shows_on_its_attempt_and_card() {
    let board = Board::new().await;
    let (task, _, id, _) = round(&board).await;
    let mut reader = board.store.read().await.unwrap();
    let missing = find_pull_request(&mut reader, id).await;
    assert!(matches!(missing, Err(Error::Missing { entity: "pull request" })));
    drop(reader);
    let put = async |state, is_open| {
        let pull_request = PullRequest {
            repository: "ada/board".into(),
            number: 7,
            url: "https://host/ada/board/pull/7".into(),
            state,
            checks: ChecksState::Passing,
            error: None,
            checked_at: now(6),
        };
        let stored = StoredPullRequest { pull_request, remote: "origin".into(), is_open };
        let kept = stored.clone();
        write(&board.store, move |tx| Box::pin(async move { put_pull_request(tx, id, &kept).await }))
            .await
            .unwrap();
        stored
    };
    let open = put(PullRequestState::Open, true).await;
    let mut reader = board.store.read().await.unwrap();
    assert_eq!(find_pull_request(&mut reader, id).await.unwrap(), open);
    assert_eq!(list_open_pull_requests(&mut reader).await.unwrap(), [id]);
    let attempt = find_attempt(&mut reader, id).await.unwrap();
    assert_eq!(attempt.pull_request.as_ref(), Some(&open.pull_request));
    let card = db::find_task(&mut reader, task).await.unwrap().live_attempt.unwrap();
    assert_eq!(card.pull_request, Some(open.pull_request));
    drop(reader);
    put(PullRequestState::Merged, false).await;
    assert!(list_open_pull_requests(&mut board.store.read().await.unwrap()).await.unwrap().is_empty());
}
