//! What people say to agents on its way there: given to a run, taken up, or had back to be changed. All of it happens
//! inside a transaction of the caller.

use std::collections::HashMap;

use db::{Run, RunCommand, WaitingMessage, WriteTx};
use domain::{Attachment, AttemptId, EventBody, Message, MessageRole, MessageState, Timestamp, bounded_text};
use executor::{Adapter, Image, UserMessage, recall_request_id};
use serde::{Deserialize, Serialize};
use utils::OrLog;
use uuid::Uuid;

use crate::clock::new_id;

/// Attached files as the agent gets them, by the attachment's id. Read from the disk before the transaction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Enclosures(pub(crate) HashMap<String, Enclosure>);

/// An attached file as the agent gets it.
#[derive(Debug, Clone)]
pub(crate) struct Enclosure {
    /// Where it lies for the agent.
    pub(crate) path: String,
    /// What it is shown, if it is an image.
    pub(crate) image: Option<Image>,
}

/// Most bytes of images, as base64, that one message shows: a line to an agent is bounded. The rest is named only.
const IMAGES_BYTES_MAX: usize = 7 * 1024 * 1024;

/// What becomes of a message once the agent's program has given it back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Recall {
    /// Other words for it.
    pub(crate) body: Option<String>,
    /// It is not to be said.
    pub(crate) is_withdrawn: bool,
}

impl Recall {
    /// As JSON, laid over what was wanted of the message before.
    pub(crate) fn over(&self, before: &str) -> String {
        let before = Self::read(before);
        let body = self.body.clone().or(before.body);
        Self { body, is_withdrawn: self.is_withdrawn || before.is_withdrawn }.to_text()
    }

    fn read(text: &str) -> Self {
        serde_json::from_str(text).or_log("reading what becomes of a message").unwrap_or_default()
    }

    fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// The id of the command that ends a run's input.
pub(crate) fn close_command_id(run: &Run) -> String {
    format!("close-{}", run.id)
}

/// A message in the agent's form: its text, its images, and where its other files lie.
pub(crate) fn user_message(message: &Message, enclosures: &Enclosures) -> UserMessage {
    let mut spoken = UserMessage { text: message.body.clone(), images: Vec::new() };
    let (mut paths, mut image_bytes) = (Vec::new(), 0);
    for Attachment { id, name, .. } in &message.attachments {
        let Some(Enclosure { path, image }) = enclosures.0.get(id) else { continue };
        let size = image.as_ref().map_or(usize::MAX, |image| image.base64.len());
        match image.clone().filter(|_| size <= IMAGES_BYTES_MAX - image_bytes) {
            Some(image) => {
                image_bytes += size;
                spoken.images.push(image);
            }
            None => paths.push(format!("- {name}: {path}")),
        }
    }
    if !paths.is_empty() {
        spoken.text = format!("{}\n\nAttached files:\n{}", spoken.text.trim_end(), paths.join("\n"));
    }
    spoken
}

/// Gives what is queued for an attempt to its run, unless something is being had back: the order would be lost. False if
/// the run takes no more messages.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn release_queued(
    tx: &mut WriteTx,
    run: &Run,
    adapter: &dyn Adapter,
    enclosures: &Enclosures,
    at: Timestamp,
) -> Result<bool, db::Error> {
    if run.outcome.is_some() || db::has_command(tx.connection(), &close_command_id(run)).await? {
        return Ok(false);
    }
    let waiting = db::list_waiting_messages(tx.connection(), run.attempt_id).await?;
    if waiting.iter().any(|waiting| waiting.recall.is_some()) {
        return Ok(true);
    }
    for WaitingMessage { message, .. } in
        waiting.into_iter().filter(|waiting| waiting.message.state == MessageState::Queued)
    {
        // One whose files were not read yet stays, and what comes behind it.
        if message.attachments.iter().any(|attachment| !enclosures.0.contains_key(&attachment.id)) {
            break;
        }
        let wire_id = new_id::<Uuid>();
        db::send_message(tx, message.id, run.id, wire_id).await?;
        let command = RunCommand {
            id: format!("message-{wire_id}"),
            run_id: run.id,
            kind: "write".to_owned(),
            body: adapter.user_message(wire_id, &user_message(&message, enclosures)),
        };
        db::insert_command(tx, &command, at).await?;
    }
    Ok(true)
}

/// Asks a run's agent for every message back that it has not taken up. What becomes of them is in their recalls.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn recall_sent(
    tx: &mut WriteTx,
    run: &Run,
    adapter: &dyn Adapter,
    changed: Option<(domain::MessageId, Recall)>,
    is_everything: bool,
    at: Timestamp,
) -> Result<(), db::Error> {
    for waiting in db::list_waiting_messages(tx.connection(), run.attempt_id).await? {
        let id = waiting.message.id;
        let recall = match &changed {
            Some((changed, recall)) if *changed == id => recall.clone(),
            Some(_) | None if is_everything && waiting.recall.is_none() => Recall::default(),
            Some(_) | None => continue,
        };
        let Some(wire_id) = waiting.wire_id else { continue };
        db::recall_message(tx, id, &recall.to_text()).await?;
        let number = db::count_commands(tx.connection(), run.id).await?;
        let request_id = recall_request_id(wire_id, number);
        let body = adapter.recall_message(&request_id, wire_id);
        let command = RunCommand { id: request_id, run_id: run.id, kind: "write".to_owned(), body };
        db::insert_command(tx, &command, at).await?;
    }
    Ok(())
}

/// Stores that the agent took up a message, and that it was said. False if that is stored already, or it is none of ours.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn take(tx: &mut WriteTx, wire_id: Uuid, at: Timestamp) -> Result<bool, db::Error> {
    let Some(message) = db::take_message(tx, wire_id, at).await? else { return Ok(false) };
    let Some(attempt_id) = message.attempt_id else { return Ok(false) };
    db::append_events(tx, attempt_id, &[(at, said(&message))]).await?;
    Ok(true)
}

/// Takes back what a run's agent never took up; what was wanted of a message meanwhile is done with it. `was_started`
/// tells whether the agent came to hear what the run began with.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn release_run(
    tx: &mut WriteTx,
    run: &Run,
    was_started: bool,
    at: Timestamp,
) -> Result<(), db::Error> {
    for waiting in db::list_waiting_messages(tx.connection(), run.attempt_id).await? {
        if let (Some(wire_id), true) = (waiting.wire_id, waiting.recall.is_some()) {
            settle_recall(tx, wire_id, true, at).await?;
        }
    }
    db::release_messages(tx, run.id, was_started).await
}

/// Stores that a message came back, and does with it what was wanted. One that could not come back was taken up: then
/// true, unless that is stored already.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn settle_recall(
    tx: &mut WriteTx,
    wire_id: Uuid,
    is_recalled: bool,
    at: Timestamp,
) -> Result<bool, db::Error> {
    if !is_recalled {
        return take(tx, wire_id, at).await;
    }
    let Some(waiting) = db::find_sent_message(tx.connection(), wire_id).await? else { return Ok(false) };
    let recall = waiting.recall.as_deref().map(Recall::read).unwrap_or_default();
    let id = waiting.message.id;
    db::give_back_message(tx, id).await?;
    if let Some(body) = &recall.body {
        db::update_message_body(tx, id, body).await?;
    }
    if recall.is_withdrawn {
        db::withdraw_message(tx, id).await?;
    }
    Ok(false)
}

/// The entry of the log for something that was said to the agent.
pub(crate) fn said(message: &Message) -> EventBody {
    let (text, is_truncated) = bounded_text(&message.body);
    EventBody::Message {
        role: MessageRole::User,
        text,
        parent_tool_use_id: None,
        is_truncated,
        attachments: (!message.attachments.is_empty()).then(|| message.attachments.clone()),
    }
}

/// The run of an attempt that has not ended.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn unfinished_run(
    connection: &mut db::Connection,
    attempt_id: AttemptId,
) -> Result<Option<Run>, db::Error> {
    let runs = db::list_runs(connection, attempt_id).await?;
    Ok(runs.into_iter().find(|run| run.outcome.is_none()))
}
