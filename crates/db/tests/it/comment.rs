//! Comments: drafts, what is sent, what answers it, and who hears of it.

use db::{
    CommentAnchor, CommentContext, Error, NewComment, answer_comment, delete_comment, find_comment,
    insert_comment, list_comments, send_comment, set_comment_anchor, update_comment_body,
};
use domain::{AttemptId, Comment, CommentId, CommentState, DiffSide, TaskId};

use crate::support::{Board, new_id, now, write};

struct Desk {
    board: Board,
    task_id: TaskId,
    attempt_id: AttemptId,
}

impl Desk {
    async fn new() -> Self {
        let board = Board::new().await;
        let task_id = board.task("one").await;
        let attempt_id = board.attempt(task_id).await;
        board.recorder.take();
        Self { board, task_id, attempt_id }
    }

    fn draft(&self) -> NewComment {
        NewComment {
            id: new_id(),
            task_id: self.task_id,
            attempt_id: self.attempt_id,
            commit: "c1".to_owned(),
            path: "src/a.rs".to_owned(),
            side: DiffSide::New,
            line: Some(7),
            line_text: Some("let x = 1;".to_owned()),
            context: CommentContext { before: vec!["{".to_owned()], after: vec!["}".to_owned()] },
            body: "Why?".to_owned(),
        }
    }

    async fn written(&self) -> CommentId {
        let new = self.draft();
        let id = new.id;
        let stored = write(&self.board.store, move |tx| {
            Box::pin(async move { insert_comment(tx, &new, now(3)).await })
        });
        stored.await.unwrap();
        id
    }

    async fn find(&self, id: CommentId) -> Comment {
        find_comment(&mut self.board.store.read().await.unwrap(), id).await.unwrap().comment
    }

    async fn send(&self, id: CommentId) -> Result<(), Error> {
        let attempt_id = self.attempt_id;
        write(&self.board.store, move |tx| Box::pin(send_comment(tx, id, attempt_id, now(4)))).await
    }

    async fn answer(&self, id: CommentId, commit: &'static str) -> Result<(), Error> {
        write(&self.board.store, move |tx| Box::pin(answer_comment(tx, id, Some(commit), now(6)))).await
    }

    async fn anchor(&self, id: CommentId, current_line: Option<i32>, is_outdated: bool) {
        let anchor = CommentAnchor { current_line, is_outdated };
        write(&self.board.store, move |tx| Box::pin(set_comment_anchor(tx, id, anchor))).await.unwrap();
    }

    /// What was heard of comments since the last call.
    fn heard(&self) -> (Vec<Comment>, Vec<(TaskId, CommentId)>) {
        let commits = self.board.recorder.take();
        let deleted = commits.iter().flat_map(|it| it.deleted_comments.clone()).collect();
        (commits.into_iter().flat_map(|it| it.comments).collect(), deleted)
    }
}

#[tokio::test]
async fn a_draft_can_be_changed_and_deleted_and_is_heard_of() {
    let desk = Desk::new().await;
    let id = desk.written().await;
    let comment = desk.find(id).await;
    assert_eq!((comment.line, comment.current_line, comment.is_outdated), (Some(7), Some(7), false));
    assert_eq!((comment.state, comment.sent_attempt_id), (CommentState::Draft, None));
    assert_eq!(desk.heard().0, [comment]);
    let changed = write(&desk.board.store, move |tx| {
        Box::pin(async move { update_comment_body(tx, id, "Why not?", now(4)).await })
    });
    changed.await.unwrap();
    let comment = desk.find(id).await;
    assert_eq!((comment.body.as_str(), comment.updated_at), ("Why not?", now(4)));
    desk.heard();
    write(&desk.board.store, move |tx| Box::pin(delete_comment(tx, id))).await.unwrap();
    assert_eq!(desk.heard(), (Vec::new(), vec![(desk.task_id, id)]));
    let gone = write(&desk.board.store, move |tx| Box::pin(delete_comment(tx, id))).await;
    assert!(matches!(gone, Err(Error::Missing { entity: "comment" })));
}

#[tokio::test]
async fn what_was_sent_stays_as_it_is_and_is_answered_once() {
    let desk = Desk::new().await;
    let id = desk.written().await;
    desk.send(id).await.unwrap();
    assert!(matches!(desk.send(id).await, Err(Error::Refused(_))), "once");
    let edited = write(&desk.board.store, move |tx| {
        Box::pin(async move { update_comment_body(tx, id, "Other", now(5)).await })
    });
    assert!(matches!(edited.await, Err(Error::Refused(_))));
    let deleted = write(&desk.board.store, move |tx| Box::pin(delete_comment(tx, id))).await;
    assert!(matches!(deleted, Err(Error::Refused(_))));
    desk.heard();
    desk.answer(id, "c2").await.unwrap();
    desk.answer(id, "c3").await.unwrap();
    let comment = desk.find(id).await;
    assert_eq!((comment.state, comment.answered_commit.as_deref()), (CommentState::Answered, Some("c2")));
    assert_eq!(comment.sent_attempt_id, Some(desk.attempt_id));
    assert_eq!(desk.heard().0.len(), 1, "what changes nothing is not announced");
}

#[tokio::test]
async fn a_line_that_moved_is_heard_of_and_one_that_stayed_is_not() {
    let desk = Desk::new().await;
    let id = desk.written().await;
    desk.heard();
    desk.anchor(id, Some(7), false).await;
    assert!(desk.heard().0.is_empty());
    desk.anchor(id, Some(9), false).await;
    desk.anchor(id, None, true).await;
    desk.anchor(id, None, true).await;
    let heard: Vec<_> = desk.heard().0.iter().map(|it| (it.current_line, it.is_outdated)).collect();
    assert_eq!(heard, [(Some(9), false), (None, true)]);
    let listed = list_comments(&mut desk.board.store.read().await.unwrap(), desk.task_id).await.unwrap();
    assert_eq!(listed[0].context, desk.draft().context);
    assert_eq!(listed[0].comment.line, Some(7), "where it was written stays known");
}
