//! Table `comments`: what reviewers wrote on lines and files, with what finds the line again.

use domain::{AttemptId, Comment, CommentId, CommentState, DiffSide, Refusal, TaskId, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;

use crate::row::{Columns, json, word};
use crate::statement::{Bound, statements};
use crate::{Connection, Error, WriteTx};

/// The lines around the one that a comment is on, each side in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CommentContext {
    /// Lines before it.
    pub before: Vec<String>,
    /// Lines after it.
    pub after: Vec<String>,
}

/// A comment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredComment {
    /// The comment, anchored at its task's newest attempt as far as that was looked at.
    pub comment: Comment,
    /// What stood around its line.
    pub context: CommentContext,
}

/// A comment to be stored as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewComment {
    /// Its id.
    pub id: CommentId,
    /// The task under review.
    pub task_id: TaskId,
    /// The attempt whose diff it is written on.
    pub attempt_id: AttemptId,
    /// The commit that has the line.
    pub commit: String,
    /// Path of the file in that commit.
    pub path: String,
    /// The side it is written on.
    pub side: DiffSide,
    /// The line; none for the whole file.
    pub line: Option<i32>,
    /// That line's text.
    pub line_text: Option<String>,
    /// What stands around it.
    pub context: CommentContext,
    /// What it says.
    pub body: String,
}

/// Where a comment is in the newest attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommentAnchor {
    /// Its line now.
    pub current_line: Option<i32>,
    /// Whether what it is about is gone or changed.
    pub is_outdated: bool,
}

macro_rules! select_comments {
    ($rest:literal) => {
        concat!(
            "select id, task_id, attempt_id, commit_id, path, side, line, line_text, current_line, is_outdated, body, \
             state, sent_attempt_id, answered_commit, created_at, updated_at, context from comments where ",
            $rest
        )
    };
}

statements! {
    INSERT = "insert into comments (id, task_id, attempt_id, commit_id, path, side, line, line_text, context, body, \
              state, current_line, is_outdated, created_at, updated_at) \
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'draft', $7, $11, $12, $12)";
    FIND = select_comments!("id = $1");
    LIST = select_comments!("task_id = $1 order by created_at, id");
    UPDATE = "update comments set body = $2, updated_at = $3 where id = $1 and state = 'draft'";
    DELETE = "delete from comments where id = $1 and state = 'draft'";
    SEND = "update comments set state = 'sent', sent_attempt_id = $2, updated_at = $3 \
            where id = $1 and state = 'draft'";
    ANSWER = "update comments set state = 'answered', answered_commit = $2, updated_at = $3 \
              where id = $1 and state = 'sent'";
    SET_ANCHOR = "update comments set current_line = $2, is_outdated = $3 \
                  where id = $1 and (current_line is not $2 or is_outdated <> $3)";
}

/// Stores a comment as a draft.
///
/// # Errors
/// [`Error::Missing`] without its attempt.
pub async fn insert_comment(tx: &mut WriteTx, new: &NewComment, now: Timestamp) -> Result<(), Error> {
    let statement = INSERT
        .bind(new.id.as_uuid())
        .bind(new.task_id.as_uuid())
        .bind(new.attempt_id.as_uuid())
        .bind(new.commit.clone())
        .bind(new.path.clone())
        .bind(word(&new.side)?)
        .bind(new.line)
        .bind(new.line_text.clone())
        .bind(json("lines around a comment", &new.context)?)
        .bind(new.body.clone())
        .bind(false)
        .bind(now.as_micros());
    statement.execute(tx.connection()).await.map_err(|error| error.or_missing("attempt"))?;
    tx.changes.comment(new.id);
    Ok(())
}

/// Stores other words for a draft.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it was sent.
pub async fn update_comment_body(
    tx: &mut WriteTx,
    id: CommentId,
    body: &str,
    now: Timestamp,
) -> Result<(), Error> {
    change(tx, id, UPDATE.bind(id.as_uuid()).bind(body.to_owned()).bind(now.as_micros())).await
}

/// Deletes a draft.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it was sent.
pub async fn delete_comment(tx: &mut WriteTx, id: CommentId) -> Result<(), Error> {
    let task_id = find_comment(tx.connection(), id).await?.comment.task_id;
    if DELETE.bind(id.as_uuid()).execute(tx.connection()).await? == 0 {
        return Err(no_draft());
    }
    tx.changes.deleted_comment(task_id, id);
    Ok(())
}

/// Stores that an attempt was told a draft.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it was sent before.
pub async fn send_comment(
    tx: &mut WriteTx,
    id: CommentId,
    attempt_id: AttemptId,
    now: Timestamp,
) -> Result<(), Error> {
    change(tx, id, SEND.bind(id.as_uuid()).bind(attempt_id.as_uuid()).bind(now.as_micros())).await
}

/// Stores that the attempt that was told has ended with new work, and which commit of it changed the file. Nothing
/// changes if that is stored.
///
/// # Errors
/// When the database does not answer.
pub async fn answer_comment(
    tx: &mut WriteTx,
    id: CommentId,
    commit: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let statement = ANSWER.bind(id.as_uuid()).bind(commit.map(str::to_owned)).bind(now.as_micros());
    touch(tx, id, statement).await
}

/// Stores where a comment is in its task's newest attempt. Nothing is announced where it is where it was.
///
/// # Errors
/// When the database does not answer.
pub async fn set_comment_anchor(tx: &mut WriteTx, id: CommentId, anchor: CommentAnchor) -> Result<(), Error> {
    let statement = SET_ANCHOR.bind(id.as_uuid()).bind(anchor.current_line).bind(anchor.is_outdated);
    touch(tx, id, statement).await
}

async fn touch(tx: &mut WriteTx, id: CommentId, statement: Bound) -> Result<(), Error> {
    if statement.execute(tx.connection()).await? > 0 {
        tx.changes.comment(id);
    }
    Ok(())
}

async fn change(tx: &mut WriteTx, id: CommentId, statement: Bound) -> Result<(), Error> {
    if statement.execute(tx.connection()).await? == 0 {
        find_comment(tx.connection(), id).await?;
        return Err(no_draft());
    }
    tx.changes.comment(id);
    Ok(())
}

fn no_draft() -> Error {
    Refusal("the comment was sent: write another one".to_owned()).into()
}

/// A comment.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_comment(connection: &mut Connection, id: CommentId) -> Result<StoredComment, Error> {
    try_find_comment(connection, id).await?.ok_or(Error::Missing { entity: "comment" })
}

pub(crate) async fn try_find_comment(
    connection: &mut Connection,
    id: CommentId,
) -> Result<Option<StoredComment>, Error> {
    FIND.bind(id.as_uuid()).first(connection).await?.as_ref().map(read).transpose()
}

/// All comments of a task, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_comments(
    connection: &mut Connection,
    task_id: TaskId,
) -> Result<Vec<StoredComment>, Error> {
    LIST.bind(task_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<StoredComment, Error> {
    let mut columns = Columns::new(row, "comment");
    let comment = Comment {
        id: columns.id()?,
        task_id: columns.id()?,
        attempt_id: columns.id()?,
        commit: columns.next()?,
        path: columns.next()?,
        side: columns.word::<DiffSide>()?,
        line: columns.next()?,
        line_text: columns.next()?,
        current_line: columns.next()?,
        is_outdated: columns.next()?,
        body: columns.next()?,
        state: columns.word::<CommentState>()?,
        sent_attempt_id: columns.optional_id()?,
        answered_commit: columns.next()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
    };
    Ok(StoredComment { comment, context: columns.optional_json()?.unwrap_or_default() })
}
