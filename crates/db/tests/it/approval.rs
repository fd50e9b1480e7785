use db::{
    Error, NewApproval, NewApprovalKind, NewRun, Resolution, count_pending, find_approval, find_question,
    find_request, find_task, insert_approval, insert_run, list_due_questions, list_pending_approvals,
    list_pending_questions, resolve_approval, withdraw_request, withdraw_requests,
};
use domain::{ApprovalState, AttemptId, AttemptTrigger, QuestionItem, QuestionState, RunId};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Board, new_id, now, write};

struct Asked {
    board: Board,
    attempt_id: AttemptId,
    run_id: RunId,
}

impl Asked {
    async fn new() -> Self {
        let board = Board::new().await;
        let task = board.task("one").await;
        let attempt_id = board.attempt(task).await;
        board.drive(attempt_id, &[AttemptTrigger::Claimed, AttemptTrigger::Spawned]).await;
        let run_id: RunId = new_id();
        let run = NewRun { id: run_id, attempt_id, session_id: new_id(), directory: "run".to_owned() };
        write(&board.store, move |tx| Box::pin(async move { insert_run(tx, &run, now(2)).await }))
            .await
            .unwrap();
        board.recorder.take();
        Self { board, attempt_id, run_id }
    }

    fn request(&self, request_id: &str, kind: NewApprovalKind) -> NewApproval {
        NewApproval {
            id: new_id::<domain::ApprovalId>().as_uuid(),
            attempt_id: self.attempt_id,
            run_id: self.run_id,
            request_id: request_id.to_owned(),
            kind,
            channel: "{}".to_owned(),
            tool_name: "Bash".to_owned(),
            tool_input: json!({ "command": "npm install" }),
            tool_use_id: Some("toolu_1".to_owned()),
            description: None,
            reason: None,
            is_subagent: false,
            suggestions: Vec::new(),
        }
    }

    async fn ask(&self, request_id: &str, kind: NewApprovalKind) -> (Uuid, bool) {
        let new = self.request(request_id, kind);
        let id = new.id;
        let is_new = write(&self.board.store, move |tx| {
            Box::pin(async move { insert_approval(tx, &new, now(3)).await })
        })
        .await
        .unwrap();
        (id, is_new)
    }

    async fn answer(&self, id: Uuid, state: &'static str) -> Result<(), Error> {
        write(&self.board.store, move |tx| {
            Box::pin(async move {
                let request = find_request(tx.connection(), id).await?;
                let by = Some("Firefox on Linux".to_owned());
                let resolution = Resolution { state, resolved_by: by, ..Resolution::default() };
                resolve_approval(tx, &request, &resolution, now(4)).await
            })
        })
        .await
    }
}

fn question(default_at: Option<i64>) -> NewApprovalKind {
    let item = QuestionItem {
        question: "Which one?".to_owned(),
        header: None,
        options: Vec::new(),
        multi_select: false,
    };
    NewApprovalKind::Question { items: vec![item], default_at: default_at.map(now) }
}

#[tokio::test]
async fn a_request_is_stored_once_and_shows_on_its_card() {
    let asked = Asked::new().await;
    let (id, is_new) = asked.ask("r1", NewApprovalKind::Tool).await;
    assert!(is_new);
    let commit = asked.board.recorder.take().pop().unwrap();
    assert_eq!(commit.approvals[0].id.as_uuid(), id);
    assert_eq!(commit.approvals[0].state, ApprovalState::Pending);
    assert_eq!((commit.tasks[0].pending_approvals, commit.tasks[0].pending_questions), (1, 0));
    let mut reader = asked.board.store.read().await.unwrap();
    assert_eq!(list_pending_approvals(&mut reader).await.unwrap().len(), 1);
    drop(reader);
    let twin = asked.request("r1", NewApprovalKind::Tool);
    let (stored, twin_id) = (twin.clone(), twin.id);
    let again = write(&asked.board.store, move |tx| {
        Box::pin(async move { insert_approval(tx, &stored, now(3)).await })
    });
    assert!(!again.await.unwrap(), "the same request is one, and harms nobody");
    let mut reader = asked.board.store.read().await.unwrap();
    assert_eq!(count_pending(&mut reader, asked.attempt_id).await.unwrap(), (1, 0));
    assert!(find_approval(&mut reader, twin_id.into()).await.is_err());
}

#[tokio::test]
async fn only_the_first_answer_counts() {
    let asked = Asked::new().await;
    let (id, _) = asked.ask("r1", NewApprovalKind::Tool).await;
    asked.answer(id, "allowed").await.unwrap();
    let second = asked.answer(id, "denied").await;
    assert!(matches!(second, Err(Error::Refused(_))));
    let mut reader = asked.board.store.read().await.unwrap();
    let approval = find_approval(&mut reader, id.into()).await.unwrap();
    assert_eq!((approval.state, approval.resolved_at), (ApprovalState::Allowed, Some(now(4))));
    assert_eq!(approval.resolved_by.as_deref(), Some("Firefox on Linux"));
    assert_eq!(count_pending(&mut reader, asked.attempt_id).await.unwrap(), (0, 0));
}

#[tokio::test]
async fn what_the_agent_takes_back_cannot_be_answered() {
    let asked = Asked::new().await;
    let (id, _) = asked.ask("r1", NewApprovalKind::Tool).await;
    let run_id = asked.run_id;
    let withdrawn = write(&asked.board.store, move |tx| {
        Box::pin(async move { withdraw_request(tx, run_id, "r1", now(4)).await })
    })
    .await
    .unwrap();
    assert_eq!(withdrawn.unwrap().id, id);
    assert!(asked.answer(id, "allowed").await.is_err());
    let unknown = write(&asked.board.store, move |tx| {
        Box::pin(async move { withdraw_request(tx, run_id, "other", now(4)).await })
    });
    assert_eq!(unknown.await.unwrap(), None);
}

#[tokio::test]
async fn an_answer_that_came_too_late_is_withdrawn_too() {
    let asked = Asked::new().await;
    let (id, _) = asked.ask("r1", NewApprovalKind::Plan).await;
    asked.answer(id, "allowed").await.unwrap();
    let run_id = asked.run_id;
    let withdrawn = write(&asked.board.store, move |tx| {
        Box::pin(async move { withdraw_request(tx, run_id, "r1", now(5)).await })
    })
    .await
    .unwrap();
    assert!(withdrawn.is_some());
    let mut reader = asked.board.store.read().await.unwrap();
    let approval = find_approval(&mut reader, id.into()).await.unwrap();
    assert_eq!(approval.state, ApprovalState::Withdrawn);
}

#[tokio::test]
async fn questions_are_apart_and_due_when_they_say() {
    let asked = Asked::new().await;
    let (id, _) = asked.ask("q1", question(Some(10))).await;
    asked.ask("q2", question(None)).await;
    asked.ask("r1", NewApprovalKind::Tool).await;
    let mut reader = asked.board.store.read().await.unwrap();
    assert_eq!(count_pending(&mut reader, asked.attempt_id).await.unwrap(), (3, 2));
    assert_eq!(list_pending_questions(&mut reader).await.unwrap().len(), 2);
    assert_eq!(list_pending_approvals(&mut reader).await.unwrap().len(), 1);
    assert!(list_due_questions(&mut reader, now(9)).await.unwrap().is_empty());
    assert_eq!(list_due_questions(&mut reader, now(10)).await.unwrap()[0].id, id);
    let stored = find_question(&mut reader, id.into()).await.unwrap();
    let task = find_task(&mut reader, stored.task_id).await.unwrap();
    assert_eq!((task.pending_approvals, task.pending_questions), (1, 2));
    drop(reader);
    let attempt_id = asked.attempt_id;
    let ended = write(&asked.board.store, move |tx| {
        Box::pin(async move { withdraw_requests(tx, attempt_id, now(11)).await })
    });
    assert_eq!(ended.await.unwrap().len(), 3);
    let mut reader = asked.board.store.read().await.unwrap();
    assert_eq!(find_question(&mut reader, id.into()).await.unwrap().state, QuestionState::Withdrawn);
    assert!(list_due_questions(&mut reader, now(99)).await.unwrap().is_empty());
}
