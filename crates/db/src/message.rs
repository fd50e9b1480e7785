//! Table `messages`: what people say to agents and about tasks.
//!
//! A message to an agent is queued, then sent to a run under an id of its own there, then taken up. One that was sent can
//! be had back from the agent's program until it is taken: then it is queued again, changed or withdrawn.

use domain::{Attachment, AttemptId, Message, MessageId, MessageState, Refusal, RunId, TaskId, Timestamp};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::row::{Columns, json, must_change};
use crate::statement::{Bound, statements};
use crate::{Connection, Error, WriteTx};

/// A message to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// Its task.
    pub task_id: TaskId,
    /// The attempt whose agent gets it; none for a remark.
    pub attempt_id: Option<AttemptId>,
    /// What is said.
    pub body: String,
    /// What is attached.
    pub attachments: Vec<Attachment>,
}

/// A message that its agent has not taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingMessage {
    /// The message.
    pub message: Message,
    /// The run that it was sent to.
    pub run_id: Option<RunId>,
    /// Its id there.
    pub wire_id: Option<Uuid>,
    /// What becomes of it once it is back, as JSON that only the caller reads.
    pub recall: Option<String>,
}

macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "select id, task_id, attempt_id, state, body, attachments, position, created_at, taken_at, run_id, \
             wire_id, recall from messages where ",
            $rest
        )
    };
}

statements! {
    INSERT = "insert into messages (id, task_id, attempt_id, state, body, attachments, position, created_at) \
              values ($1, $2, $3, $4, $5, $6, (select coalesce(max(position), -1) + 1 from messages \
              where attempt_id = $3 and state in ('queued', 'sent')), $7)";
    FIND = select_messages!("id = $1");
    FIND_BY_WIRE = select_messages!("wire_id = $1");
    LIST_FOR_ATTEMPT = select_messages!("attempt_id = $1 order by created_at, id");
    LIST_FOR_TASK = select_messages!("task_id = $1 order by created_at, id");
    LIST_WAITING = select_messages!("attempt_id = $1 and state in ('queued', 'sent') order by position, id");
    LIST_PROMPT = select_messages!("run_id = $1 and is_prompt = $2 order by position, id");
    SEND = "update messages set state = 'sent', run_id = $2, wire_id = $3, recall = null \
            where id = $1 and state = 'queued'";
    RECALL = "update messages set recall = $2 where id = $1 and state = 'sent' and wire_id is not null";
    GIVE_BACK = "update messages set state = 'queued', run_id = null, wire_id = null, recall = null \
                 where id = $1 and state = 'sent'";
    TAKE = "update messages set state = 'taken', taken_at = $2, recall = null where id = $1 and state = 'sent'";
    WITHDRAW = "update messages set state = 'withdrawn' where id = $1 and state = 'queued'";
    UPDATE_BODY = "update messages set body = $2 where id = $1 and state = 'queued'";
    SET_POSITION = "update messages set position = $2 where id = $1";
    ASSIGN_PROMPT = "update messages set state = 'taken', run_id = $2, is_prompt = $3, taken_at = $4 \
                     where attempt_id = $1 and state = 'queued' returning id";
    RELEASE_SENT = "update messages set state = 'queued', run_id = null, wire_id = null, recall = null \
                    where run_id = $1 and state = 'sent' returning id";
    RELEASE_PROMPT = "update messages set state = 'queued', run_id = null, is_prompt = $3, taken_at = null \
                      where run_id = $1 and is_prompt = $2 returning id";
    HAND_OVER = "update messages set attempt_id = $2 where attempt_id = $1 and state = 'queued' returning id";
    COUNT_UNREAD = "select count(*) from messages where attempt_id = $1 and state in ('queued', 'sent')";
}

/// Stores a message: queued for an attempt's agent, behind those that wait, or noted on the task.
///
/// # Errors
/// [`Error::Missing`] without the task.
pub async fn insert_message(tx: &mut WriteTx, new: &NewMessage, now: Timestamp) -> Result<(), Error> {
    let state = if new.attempt_id.is_some() { "queued" } else { "noted" };
    let statement = INSERT
        .bind(new.id.as_uuid())
        .bind(new.task_id.as_uuid())
        .bind(new.attempt_id.map(|id| id.as_uuid()))
        .bind(state)
        .bind(new.body.clone())
        .bind(json("attachments", &new.attachments)?)
        .bind(now.as_micros());
    statement.execute(tx.connection()).await.map_err(|error| error.or_missing("task"))?;
    tx.changes.message(new.id);
    Ok(())
}

/// Stores that a queued message goes to a run, under this id there.
///
/// # Errors
/// [`Error::Refused`] when it is not queued.
pub async fn send_message(
    tx: &mut WriteTx,
    id: MessageId,
    run_id: RunId,
    wire_id: Uuid,
) -> Result<(), Error> {
    change(tx, id, SEND.bind(id.as_uuid()).bind(run_id.as_uuid()).bind(wire_id)).await
}

/// Stores that a sent message is asked back, and what becomes of it then.
///
/// # Errors
/// [`Error::Refused`] when it is not with the agent's program, or cannot be had back.
pub async fn recall_message(tx: &mut WriteTx, id: MessageId, recall: &str) -> Result<(), Error> {
    change(tx, id, RECALL.bind(id.as_uuid()).bind(recall.to_owned())).await
}

/// Stores that the agent's program gave a sent message back: it is queued again.
///
/// # Errors
/// [`Error::Refused`] when it is not with the agent's program.
pub async fn give_back_message(tx: &mut WriteTx, id: MessageId) -> Result<(), Error> {
    change(tx, id, GIVE_BACK.bind(id.as_uuid())).await
}

/// Stores that the agent took up the message that has this id in its run, and gives it back. None if there is none, or
/// it was taken before.
///
/// # Errors
/// When the database does not answer.
pub async fn take_message(tx: &mut WriteTx, wire_id: Uuid, now: Timestamp) -> Result<Option<Message>, Error> {
    let Some(waiting) = find_by_wire(tx.connection(), wire_id).await? else { return Ok(None) };
    let id = waiting.message.id;
    let rows = TAKE.bind(id.as_uuid()).bind(now.as_micros()).execute(tx.connection()).await?;
    tx.changes.message(id);
    Ok((rows == 1).then_some(waiting.message))
}

/// Stores that a queued message is not to be said.
///
/// # Errors
/// [`Error::Refused`] when it is not queued.
pub async fn withdraw_message(tx: &mut WriteTx, id: MessageId) -> Result<(), Error> {
    change(tx, id, WITHDRAW.bind(id.as_uuid())).await
}

/// Stores other words for a queued message.
///
/// # Errors
/// [`Error::Refused`] when it is not queued.
pub async fn update_message_body(tx: &mut WriteTx, id: MessageId, body: &str) -> Result<(), Error> {
    change(tx, id, UPDATE_BODY.bind(id.as_uuid()).bind(body.to_owned())).await
}

/// Gives a message another place among those that wait; the others move up or down.
///
/// # Errors
/// [`Error::Refused`] when it does not wait.
pub async fn move_message(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    id: MessageId,
    position: i32,
) -> Result<(), Error> {
    let mut waiting: Vec<MessageId> = list_waiting_messages(tx.connection(), attempt_id)
        .await?
        .into_iter()
        .map(|waiting| waiting.message.id)
        .collect();
    let Some(from) = waiting.iter().position(|candidate| *candidate == id) else { return Err(too_late()) };
    waiting.remove(from);
    let to = usize::try_from(position).unwrap_or(0).min(waiting.len());
    waiting.insert(to, id);
    for (place, id) in (0..).zip(waiting) {
        let place: i32 = place;
        must_change(SET_POSITION.bind(id.as_uuid()).bind(place).execute(tx.connection()).await?, "message")?;
        tx.changes.message(id);
    }
    Ok(())
}

/// Makes what is queued for an attempt part of what a new run begins with.
///
/// # Errors
/// When the database does not answer.
pub async fn assign_prompt(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    run_id: RunId,
    now: Timestamp,
) -> Result<(), Error> {
    let statement =
        ASSIGN_PROMPT.bind(attempt_id.as_uuid()).bind(run_id.as_uuid()).bind(true).bind(now.as_micros());
    touch_all(tx, statement).await
}

/// Queues again what was given to a run that never took it up. `was_started` tells whether the run's agent got what it
/// was to begin with.
///
/// # Errors
/// When the database does not answer.
pub async fn release_messages(tx: &mut WriteTx, run_id: RunId, was_started: bool) -> Result<(), Error> {
    touch_all(tx, RELEASE_SENT.bind(run_id.as_uuid())).await?;
    if was_started {
        return Ok(());
    }
    touch_all(tx, RELEASE_PROMPT.bind(run_id.as_uuid()).bind(true).bind(false)).await
}

/// Gives what is queued for an attempt's agent to the attempt that goes on with it.
///
/// # Errors
/// When the database does not answer.
pub async fn hand_over_messages(tx: &mut WriteTx, from: AttemptId, to: AttemptId) -> Result<(), Error> {
    touch_all(tx, HAND_OVER.bind(from.as_uuid()).bind(to.as_uuid())).await
}

async fn touch_all(tx: &mut WriteTx, statement: Bound) -> Result<(), Error> {
    for row in statement.rows(tx.connection()).await? {
        let id = Columns::new(&row, "message").id()?;
        tx.changes.message(id);
    }
    Ok(())
}

async fn change(tx: &mut WriteTx, id: MessageId, statement: Bound) -> Result<(), Error> {
    if statement.execute(tx.connection()).await? == 0 {
        find_message(tx.connection(), id).await?;
        return Err(too_late());
    }
    tx.changes.message(id);
    Ok(())
}

fn too_late() -> Error {
    Refusal("the agent has taken up this message, or it was withdrawn: send another one".to_owned()).into()
}

/// A message.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_message(connection: &mut Connection, id: MessageId) -> Result<Message, Error> {
    find_waiting_message(connection, id).await.map(|waiting| waiting.message)
}

/// A message with where it is on its way.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_waiting_message(
    connection: &mut Connection,
    id: MessageId,
) -> Result<WaitingMessage, Error> {
    let row = FIND.bind(id.as_uuid()).first(connection).await?;
    row.as_ref().map(read).transpose()?.ok_or(Error::Missing { entity: "message" })
}

/// The message that has this id in a run and was not taken up.
///
/// # Errors
/// When the database does not answer.
pub async fn find_sent_message(
    connection: &mut Connection,
    wire_id: Uuid,
) -> Result<Option<WaitingMessage>, Error> {
    let found = find_by_wire(connection, wire_id).await?;
    Ok(found.filter(|waiting| waiting.message.state == MessageState::Sent))
}

async fn find_by_wire(connection: &mut Connection, wire_id: Uuid) -> Result<Option<WaitingMessage>, Error> {
    FIND_BY_WIRE.bind(wire_id).first(connection).await?.as_ref().map(read).transpose()
}

/// All messages to an attempt's agent, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_attempt_messages(
    connection: &mut Connection,
    attempt_id: AttemptId,
) -> Result<Vec<Message>, Error> {
    messages(LIST_FOR_ATTEMPT.bind(attempt_id.as_uuid()), connection).await
}

/// All messages of a task, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_task_messages(connection: &mut Connection, task_id: TaskId) -> Result<Vec<Message>, Error> {
    messages(LIST_FOR_TASK.bind(task_id.as_uuid()), connection).await
}

/// What a run begins with, in order.
///
/// # Errors
/// When the database does not answer.
pub async fn list_prompt(connection: &mut Connection, run_id: RunId) -> Result<Vec<Message>, Error> {
    messages(LIST_PROMPT.bind(run_id.as_uuid()).bind(true), connection).await
}

/// The messages that an attempt's agent has not taken up, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn list_waiting_messages(
    connection: &mut Connection,
    attempt_id: AttemptId,
) -> Result<Vec<WaitingMessage>, Error> {
    LIST_WAITING.bind(attempt_id.as_uuid()).rows(connection).await?.iter().map(read).collect()
}

/// How many messages an attempt's agent has not taken up.
///
/// # Errors
/// When the database does not answer.
pub async fn count_unread(connection: &mut Connection, attempt_id: AttemptId) -> Result<i32, Error> {
    let row = COUNT_UNREAD.bind(attempt_id.as_uuid()).first(connection).await?;
    row.map_or(Ok(0), |row| Columns::new(&row, "message").next())
}

async fn messages(statement: Bound, connection: &mut Connection) -> Result<Vec<Message>, Error> {
    let rows = statement.rows(connection).await?;
    rows.iter().map(|row| read(row).map(|waiting| waiting.message)).collect()
}

fn read(row: &SqliteRow) -> Result<WaitingMessage, Error> {
    let mut columns = Columns::new(row, "message");
    Ok(WaitingMessage {
        message: Message {
            id: columns.id()?,
            task_id: columns.id()?,
            attempt_id: columns.optional_id()?,
            state: columns.word::<MessageState>()?,
            body: columns.next()?,
            attachments: columns.json()?,
            position: columns.next()?,
            created_at: columns.time()?,
            taken_at: columns.optional_time()?,
        },
        run_id: columns.optional_id()?,
        wire_id: columns.next()?,
        recall: columns.next()?,
    })
}
