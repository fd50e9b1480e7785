use db::{
    Error, NewMessage, NewRun, assign_prompt, count_unread, find_message, give_back_message, insert_message,
    insert_run, list_prompt, list_waiting_messages, move_message, recall_message, release_messages,
    send_message, take_message, update_message_body, withdraw_message,
};
use domain::{AttemptId, MessageId, MessageState, RunId, TaskId};
use uuid::Uuid;

use crate::support::{Board, new_id, now, write};

struct Talk {
    board: Board,
    task_id: TaskId,
    attempt_id: AttemptId,
    run_id: RunId,
}

impl Talk {
    async fn new() -> Self {
        let board = Board::new().await;
        let task_id = board.task("one").await;
        let attempt_id = board.attempt(task_id).await;
        let run_id: RunId = new_id();
        let run = NewRun { id: run_id, attempt_id, session_id: new_id(), directory: "run".to_owned() };
        write(&board.store, move |tx| Box::pin(async move { insert_run(tx, &run, now(2)).await }))
            .await
            .unwrap();
        Self { board, task_id, attempt_id, run_id }
    }

    async fn say(&self, body: &str) -> MessageId {
        let id = new_id();
        let (task_id, attempt_id) = (self.task_id, Some(self.attempt_id));
        let new = NewMessage { id, task_id, attempt_id, body: body.to_owned(), attachments: Vec::new() };
        write(&self.board.store, move |tx| Box::pin(async move { insert_message(tx, &new, now(3)).await }))
            .await
            .unwrap();
        id
    }

    async fn send(&self, id: MessageId, wire_id: Uuid) -> Result<(), Error> {
        let run_id = self.run_id;
        write(&self.board.store, move |tx| {
            Box::pin(async move { send_message(tx, id, run_id, wire_id).await })
        })
        .await
    }

    async fn shift(&self, id: MessageId, position: i32) {
        let attempt_id = self.attempt_id;
        let work = write(&self.board.store, move |tx| {
            Box::pin(async move { move_message(tx, attempt_id, id, position).await })
        });
        work.await.unwrap();
    }

    async fn waiting(&self) -> Vec<String> {
        let mut reader = self.board.store.read().await.unwrap();
        let waiting = list_waiting_messages(&mut reader, self.attempt_id).await.unwrap();
        waiting.into_iter().map(|waiting| waiting.message.body).collect()
    }

    async fn state(&self, id: MessageId) -> MessageState {
        find_message(&mut self.board.store.read().await.unwrap(), id).await.unwrap().state
    }
}

#[tokio::test]
async fn messages_wait_in_their_order_and_can_change_places() {
    let talk = Talk::new().await;
    let first = talk.say("first").await;
    talk.say("second").await;
    let third = talk.say("third").await;
    for (id, position, expected) in [
        (third, 0, ["third", "first", "second"]),
        (first, 99, ["third", "second", "first"]),
        (third, -5, ["third", "second", "first"]),
    ] {
        talk.shift(id, position).await;
        assert_eq!(talk.waiting().await, expected);
    }
}

#[tokio::test]
async fn a_taken_message_cannot_be_changed() {
    let talk = Talk::new().await;
    let id = talk.say("hello").await;
    let wire_id = Uuid::now_v7();
    talk.send(id, wire_id).await.unwrap();
    assert!(talk.send(id, Uuid::now_v7()).await.is_err());
    let taken =
        write(&talk.board.store, move |tx| Box::pin(async move { take_message(tx, wire_id, now(4)).await }));
    assert_eq!(taken.await.unwrap().unwrap().body, "hello");
    let again =
        write(&talk.board.store, move |tx| Box::pin(async move { take_message(tx, wire_id, now(5)).await }));
    assert_eq!(again.await.unwrap(), None);
    assert_eq!(talk.state(id).await, MessageState::Taken);
    let refused = [
        write(&talk.board.store, move |tx| Box::pin(async move { withdraw_message(tx, id).await })).await,
        write(&talk.board.store, move |tx| Box::pin(async move { update_message_body(tx, id, "x").await }))
            .await,
        write(&talk.board.store, move |tx| Box::pin(async move { recall_message(tx, id, "{}").await })).await,
        write(&talk.board.store, move |tx| Box::pin(async move { give_back_message(tx, id).await })).await,
    ];
    assert!(refused.iter().all(|result| matches!(result, Err(Error::Refused(_)))), "{refused:?}");
}

#[tokio::test]
async fn what_the_program_gives_back_is_queued_again() {
    let talk = Talk::new().await;
    let id = talk.say("hello").await;
    talk.send(id, Uuid::now_v7()).await.unwrap();
    let mut reader = talk.board.store.read().await.unwrap();
    assert_eq!(count_unread(&mut reader, talk.attempt_id).await.unwrap(), 1);
    drop(reader);
    write(&talk.board.store, move |tx| {
        Box::pin(async move {
            recall_message(tx, id, "\"withdraw\"").await?;
            give_back_message(tx, id).await?;
            update_message_body(tx, id, "hello again").await?;
            withdraw_message(tx, id).await
        })
    })
    .await
    .unwrap();
    assert_eq!(talk.state(id).await, MessageState::Withdrawn);
    let mut reader = talk.board.store.read().await.unwrap();
    assert_eq!(count_unread(&mut reader, talk.attempt_id).await.unwrap(), 0);
}

#[tokio::test]
async fn a_run_begins_with_what_was_queued_and_a_failed_start_gives_it_back() {
    let talk = Talk::new().await;
    let (attempt_id, run_id) = (talk.attempt_id, talk.run_id);
    let first = talk.say("first").await;
    let second = talk.say("second").await;
    write(&talk.board.store, move |tx| {
        Box::pin(async move { assign_prompt(tx, attempt_id, run_id, now(4)).await })
    })
    .await
    .unwrap();
    let sent = talk.say("third").await;
    talk.send(sent, Uuid::now_v7()).await.unwrap();
    let prompt = list_prompt(&mut talk.board.store.read().await.unwrap(), run_id).await.unwrap();
    assert_eq!(prompt.iter().map(|message| message.id).collect::<Vec<_>>(), [first, second]);
    write(&talk.board.store, move |tx| Box::pin(async move { release_messages(tx, run_id, true).await }))
        .await
        .unwrap();
    assert_eq!(talk.waiting().await, ["third"]);
    write(&talk.board.store, move |tx| Box::pin(async move { release_messages(tx, run_id, false).await }))
        .await
        .unwrap();
    let mut waiting = talk.waiting().await;
    waiting.sort();
    assert_eq!(waiting, ["first", "second", "third"]);
}
