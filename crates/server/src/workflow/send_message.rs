//! Messages to an attempt's agent: into its running turn, as its next turn, or as the beginning of a new run of an
//! attempt that has ended. Stored first, then sent; until the agent has taken one up it can be changed or withdrawn.

use std::time::Duration;

use db::{Durability, NewMessage, Run, RunCommand, WriteTx};
use domain::{
    Attachment, Attempt, AttemptAction, AttemptId, CommentId, Delivery, Message, MessageId, MessageState,
    SendMessage, Timestamp, UpdateMessage,
};
use executor::{Adapter, adapter_for, interrupt_request_id};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::{
    api::failure::{conflict, invalid},
    clock::{new_id, now},
    error::ApiError,
    standing::reconcile,
    state::{AppState, transaction},
    supervise::deliver::deliver_soon,
    talk::{Enclosures, Recall, close_command_id, recall_sent, release_queued, unfinished_run},
    workflow::{
        continue_attempt::queue_again, prepare_attempt::load_assignment, request_changes::mark_sent,
        resolve_approval::check_action, settle_change::settle_first,
    },
};

/// Longest message, in bytes: an event carries it whole.
const BODY_BYTES_MAX: usize = 128 * 1024;
/// Most files that go with one message.
const ATTACHMENTS_MAX: usize = 20;
/// How long the agent's program may take to give a message back.
const RECALL_MAX: Duration = Duration::from_secs(5);

/// Sends a message to an attempt's agent. One that has ended goes on with it.
///
/// # Errors
/// When the message is empty, an attachment is unknown, or the attempt cannot go on.
pub(crate) async fn send_message(
    state: &AppState,
    attempt_id: AttemptId,
    request: SendMessage,
) -> Result<Message, ApiError> {
    send_comments(state, attempt_id, request, Vec::new()).await
}

/// The same with a message that tells these comments: they count as sent with it.
///
/// # Errors
/// As [`send_message`], and when a comment was sent before.
pub(crate) async fn send_comments(
    state: &AppState,
    attempt_id: AttemptId,
    request: SendMessage,
    comment_ids: Vec<CommentId>,
) -> Result<Message, ApiError> {
    settle_first(state, attempt_id).await?;
    let attachments = find_attachments(state, request.attachments.as_deref().unwrap_or_default()).await?;
    let body = checked_body(&request.body, &attachments)?;
    let assignment = load_assignment(state, attempt_id).await?;
    check_action(
        &assignment.attempt,
        AttemptAction::Message,
        "only the newest attempt can go on, as long as its worktree is there. Start a new attempt instead",
    )?;
    let new = NewMessage {
        id: new_id(),
        task_id: assignment.task.id,
        attempt_id: Some(attempt_id),
        body,
        attachments,
    };
    let enclosures = enclose(state, &assignment.attempt, &new.attachments).await?;
    let sending = Sending {
        new,
        adapter: adapter_for(assignment.agent.adapter),
        enclosures,
        comment_ids,
        is_interrupting: request.delivery.unwrap_or_default() == Delivery::Now,
        at: now(),
    };
    let id = sending.new.id;
    let work = transaction::<Option<Run>, ApiError, _>(move |tx| {
        Box::pin(async move { store_message(tx, attempt_id, sending).await })
    });
    if let Some(run) = state.store.write(Durability::Full, work).await? {
        deliver_soon(state, &run).await;
        state.steered.send_replace(());
    }
    find_message(state, id).await
}

struct Sending {
    new: NewMessage,
    adapter: &'static dyn Adapter,
    enclosures: Enclosures,
    /// Comments that the message tells.
    comment_ids: Vec<CommentId>,
    is_interrupting: bool,
    at: Timestamp,
}

/// Stores a message; gives it to the agent that is there, or queues the attempt again. Returns the run that has it.
async fn store_message(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    sending: Sending,
) -> Result<Option<Run>, ApiError> {
    let Sending { new, adapter, enclosures, comment_ids, is_interrupting, at } = sending;
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    db::insert_message(tx, &new, at).await?;
    mark_sent(tx, &comment_ids, attempt_id, at).await?;
    if !attempt.state.is_live() {
        check_action(&attempt, AttemptAction::Message, "it cannot go on. Start a new attempt instead")?;
        queue_again(tx, &attempt, "a person goes on", at).await?;
        return Ok(None);
    }
    let Some(run) = unfinished_run(tx.connection(), attempt_id).await? else { return Ok(None) };
    // The interrupt goes first: behind the message it could cut the message's own turn.
    if is_interrupting && !attempt.is_stopped {
        interrupt_first(tx, &run, adapter, at).await?;
    }
    let is_taken = release_queued(tx, &run, adapter, &enclosures, at).await?;
    if is_taken && attempt.is_stopped {
        db::set_stopped(tx, attempt_id, false).await?;
        reconcile(tx, attempt_id, at).await?;
    }
    Ok(Some(run))
}

async fn interrupt_first(
    tx: &mut WriteTx,
    run: &Run,
    adapter: &dyn Adapter,
    at: Timestamp,
) -> Result<(), db::Error> {
    if db::has_command(tx.connection(), &close_command_id(run)).await? {
        return Ok(());
    }
    let request_id = interrupt_request_id(new_id::<Uuid>());
    let body = adapter.interrupt(&request_id, false);
    let command = RunCommand { id: request_id, run_id: run.id, kind: "write".to_owned(), body };
    db::insert_command(tx, &command, at).await.map(drop)
}

fn checked_body(body: &str, attachments: &[Attachment]) -> Result<String, ApiError> {
    if body.trim().is_empty() && attachments.is_empty() {
        return Err(invalid("body", "say something, or attach a file"));
    }
    if body.len() > BODY_BYTES_MAX {
        let message =
            format!("a message has at most {} KiB: attach longer texts as a file", BODY_BYTES_MAX / 1024);
        return Err(invalid("body", message));
    }
    Ok(body.trim_end().to_owned())
}

/// Changes or moves a message that its agent has not taken up.
///
/// # Errors
/// When it was taken up already.
pub(crate) async fn update_message(
    state: &AppState,
    id: MessageId,
    change: UpdateMessage,
) -> Result<Message, ApiError> {
    let message = find_message(state, id).await?;
    let attempt_id = check_waits(&message)?;
    let body = change.body.map(|body| checked_body(&body, &message.attachments)).transpose()?;
    let position = change.position;
    let recall = Recall { body, is_withdrawn: false };
    let wanted = Wanted { id, recall, position };
    change_waiting(state, attempt_id, wanted).await
}

/// Withdraws a message that its agent has not taken up.
///
/// # Errors
/// When it was taken up already.
pub(crate) async fn withdraw_message(state: &AppState, id: MessageId) -> Result<Message, ApiError> {
    let message = find_message(state, id).await?;
    let attempt_id = check_waits(&message)?;
    let recall = Recall { body: None, is_withdrawn: true };
    change_waiting(state, attempt_id, Wanted { id, recall, position: None }).await
}

fn check_waits(message: &Message) -> Result<AttemptId, ApiError> {
    let reason = match (message.state, message.attempt_id) {
        (MessageState::Queued | MessageState::Sent, Some(attempt_id)) => return Ok(attempt_id),
        (MessageState::Taken, _) => "the agent has taken up this message: send another one",
        (MessageState::Withdrawn, _) => "this message was withdrawn",
        (MessageState::Noted | MessageState::Queued | MessageState::Sent, _) => {
            "this is a remark on the task, no agent gets it"
        }
    };
    Err(conflict(reason))
}

/// What a person wants of a message that waits.
struct Wanted {
    id: MessageId,
    recall: Recall,
    position: Option<i32>,
}

/// Changes a message here, or asks the agent's program for it first and waits for what becomes of it.
async fn change_waiting(
    state: &AppState,
    attempt_id: AttemptId,
    wanted: Wanted,
) -> Result<Message, ApiError> {
    let assignment = load_assignment(state, attempt_id).await?;
    let adapter = adapter_for(assignment.agent.adapter);
    let enclosures = enclose(state, &assignment.attempt, &[]).await?;
    let (id, at) = (wanted.id, now());
    let work = transaction::<Option<Run>, ApiError, _>(move |tx| {
        Box::pin(async move { store_change(tx, attempt_id, wanted, adapter, &enclosures, at).await })
    });
    if let Some(run) = state.store.write(Durability::Full, work).await? {
        deliver_soon(state, &run).await;
    }
    wait_for_recall(state, id).await
}

async fn store_change(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    wanted: Wanted,
    adapter: &dyn Adapter,
    enclosures: &Enclosures,
    at: Timestamp,
) -> Result<Option<Run>, ApiError> {
    let Wanted { id, recall, position } = wanted;
    if let Some(position) = position {
        db::move_message(tx, attempt_id, id, position).await?;
    }
    let waiting = db::find_waiting_message(tx.connection(), id).await?;
    check_waits(&waiting.message)?;
    let run = unfinished_run(tx.connection(), attempt_id).await?;
    let is_sent = waiting.message.state == MessageState::Sent;
    match (&waiting.recall, &run) {
        (Some(before), _) => db::recall_message(tx, id, &recall.over(before)).await?,
        (None, Some(run)) if is_sent || position.is_some() => {
            let changed = is_sent.then_some((id, recall.clone()));
            recall_sent(tx, run, adapter, changed, position.is_some(), at).await?;
        }
        (None, _) => {}
    }
    if !is_sent {
        apply(tx, id, &recall).await?;
    }
    let is_stopped = db::find_attempt(tx.connection(), attempt_id).await?.is_stopped;
    if let Some(run) = run.as_ref().filter(|_| !is_stopped) {
        release_queued(tx, run, adapter, enclosures, at).await?;
    }
    Ok(run)
}

async fn apply(tx: &mut WriteTx, id: MessageId, recall: &Recall) -> Result<(), ApiError> {
    if let Some(body) = &recall.body {
        db::update_message_body(tx, id, body).await?;
    }
    if recall.is_withdrawn {
        db::withdraw_message(tx, id).await?;
    }
    Ok(())
}

/// Waits until the agent's program has said what becomes of a message.
async fn wait_for_recall(state: &AppState, id: MessageId) -> Result<Message, ApiError> {
    let until = Instant::now() + RECALL_MAX;
    loop {
        let talked = state.board.talked.notified();
        let mut connection = state.store.read().await?;
        let waiting = db::find_waiting_message(&mut connection, id).await?;
        drop(connection);
        match waiting.message.state {
            MessageState::Taken => {
                return Err(conflict("too late: the agent has just taken up this message. Send another one"));
            }
            _ if waiting.recall.is_none() => return Ok(waiting.message),
            _ => {}
        }
        if timeout_at(until, talked).await.is_err() {
            return Err(conflict(
                "the agent has not said yet whether it gives this message back: it changes as soon as it does",
            ));
        }
    }
}

/// Reads a message.
pub(crate) async fn find_message(state: &AppState, id: MessageId) -> Result<Message, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(db::find_message(&mut connection, id).await?)
}

/// Reads an attempt again after something was done to it.
pub(crate) async fn find_attempt(state: &AppState, id: AttemptId) -> Result<Attempt, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(db::find_attempt(&mut connection, id).await?)
}

/// Files that go with what waits for an attempt's agent, and with these ones.
async fn enclose(state: &AppState, attempt: &Attempt, more: &[Attachment]) -> Result<Enclosures, ApiError> {
    let mut enclosures = read_enclosures(state, attempt.id).await?;
    enclosures.0.extend(crate::enclosures::enclose(state, attempt.worktree_id, more).await.0);
    Ok(enclosures)
}

/// Files that go with what waits for an attempt's agent.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn read_enclosures(
    state: &AppState,
    attempt_id: AttemptId,
) -> Result<Enclosures, db::Error> {
    let mut connection = state.store.read().await?;
    let waiting = db::list_waiting_messages(&mut connection, attempt_id).await?;
    let attachments: Vec<Attachment> =
        waiting.into_iter().flat_map(|waiting| waiting.message.attachments).collect();
    if attachments.is_empty() {
        return Ok(Enclosures::default());
    }
    let worktree_id = db::find_attempt(&mut connection, attempt_id).await?.worktree_id;
    drop(connection);
    Ok(crate::enclosures::enclose(state, worktree_id, &attachments).await)
}

async fn find_attachments(state: &AppState, ids: &[String]) -> Result<Vec<Attachment>, ApiError> {
    if ids.len() > ATTACHMENTS_MAX {
        return Err(invalid("attachments", format!("at most {ATTACHMENTS_MAX} files go with one message")));
    }
    let mut attachments = Vec::with_capacity(ids.len());
    let mut connection = state.store.read().await?;
    for id in ids {
        attachments.push(match db::find_attachment(&mut connection, id).await {
            Err(db::Error::Missing { .. }) => {
                return Err(invalid("attachments", format!("{id} was not uploaded: upload it first")));
            }
            found => found?,
        });
    }
    Ok(attachments)
}
