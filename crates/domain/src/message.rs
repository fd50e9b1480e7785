//! What people say to agents and about tasks, with the files they attach.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttemptId, MessageId, PermissionMode, TaskId, Timestamp};

/// Where a message to an agent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Kept by the board until the agent can have it.
    Queued,
    /// Given to the agent's program, which has not taken it up; it can still be had back.
    Sent,
    /// The agent has taken it up.
    Taken,
    /// A person took it back before the agent had it.
    Withdrawn,
    /// A remark on the task; no agent gets it.
    Noted,
}

/// A file that was attached to a message, stored by the hash of its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Attachment {
    /// SHA-256 of its content, in hexadecimal.
    pub id: String,
    /// Its name.
    pub name: String,
    /// As `image/png`.
    pub media_type: String,
    /// Its size in bytes.
    pub byte_count: i32,
}

/// Something a person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its task.
    pub task_id: TaskId,
    /// The attempt whose agent gets it; none for a remark.
    pub attempt_id: Option<AttemptId>,
    /// Where it stands.
    pub state: MessageState,
    /// What was said, as Markdown.
    pub body: String,
    /// What was attached.
    pub attachments: Vec<Attachment>,
    /// Place among the attempt's messages that wait, from 0.
    pub position: i32,
    /// When it was said.
    pub created_at: Timestamp,
    /// When the agent took it up.
    pub taken_at: Option<Timestamp>,
}

/// When a message reaches a working agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// In the running turn, at the next tool call; else as the next turn.
    #[default]
    Turn,
    /// At once: what the agent does now is interrupted.
    Now,
}

/// Body of a message to an attempt's agent. To an attempt that has ended it is a follow-up: the agent goes on in its
/// session and worktree.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SendMessage {
    /// What to say.
    pub body: String,
    /// Ids of uploaded attachments.
    #[ts(optional = nullable)]
    pub attachments: Option<Vec<String>>,
    /// When it reaches a working agent.
    #[ts(optional = nullable)]
    pub delivery: Option<Delivery>,
}

/// Body of a changed message that the agent has not taken up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateMessage {
    /// What to say instead.
    #[ts(optional = nullable)]
    pub body: Option<String>,
    /// Its new place among those that wait, from 0.
    #[ts(optional = nullable)]
    pub position: Option<i32>,
}

/// Who gets a message of a task's conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageAim {
    /// The agent of the task's newest attempt.
    Agent,
    /// Whoever reads the task.
    Task,
    /// The chat about the PRD.
    Prd,
}

/// Body of a message in a task's conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostMessage {
    /// What to say.
    pub body: String,
    /// Who gets it.
    pub to: MessageAim,
    /// Ids of uploaded attachments.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub attachments: Option<Vec<String>>,
}

/// Body of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadAttachment {
    /// Its name, without folders.
    pub name: String,
    /// As `image/png`.
    pub media_type: String,
    /// Its content as base64.
    pub content: String,
}

/// Body of a change of what an agent may do unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMode {
    /// The new mode.
    pub mode: PermissionMode,
}

/// Body of a resume: the agent is told that it was interrupted, and this.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResumeAttempt {
    /// More to say.
    #[ts(optional = nullable)]
    pub message: Option<String>,
}
