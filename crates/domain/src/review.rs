//! Reviewing: comments on lines, requests for changes, and the report of an attempt.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttemptId, CommentId, Criterion, GateRun, TaskId, Timestamp, Usage};

/// Which side of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiffSide {
    /// Before the change.
    Old,
    /// After it.
    New,
}

/// Where a comment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommentState {
    /// Written, not sent.
    Draft,
    /// The agent has it, or gets it with what is queued.
    Sent,
    /// An attempt that had it has ended with new work.
    Answered,
}

/// A reviewer's comment on a line or a file of a diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The task under review.
    pub task_id: TaskId,
    /// The attempt whose diff it was written on.
    pub attempt_id: AttemptId,
    /// The commit that was looked at.
    pub commit: String,
    /// Path of the file.
    pub path: String,
    /// The side it was written on.
    pub side: DiffSide,
    /// The line it was written on; none for the whole file.
    pub line: Option<i32>,
    /// That line's text.
    pub line_text: Option<String>,
    /// Where the line is in the diff that was asked for; none where it is gone or changed, and for a whole file.
    pub current_line: Option<i32>,
    /// Whether the code it is about is gone or changed.
    pub is_outdated: bool,
    /// What it says, as Markdown.
    pub body: String,
    /// Where it stands.
    pub state: CommentState,
    /// The attempt that was told.
    pub sent_attempt_id: Option<AttemptId>,
    /// The commit that answered it: the last one of that attempt that changed the file.
    pub answered_commit: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A comment as it is given: on its own, or inside a request for changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateComment {
    /// Path of the file.
    pub path: String,
    /// The line; none for the whole file.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub line: Option<i32>,
    /// The side; the new one if not given.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub side: Option<DiffSide>,
    /// What it says.
    pub body: String,
}

/// Body of a changed comment. Only a draft can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateComment {
    /// What it says.
    pub body: String,
}

/// Body of a request for changes: the next attempt goes on in the same worktree and session with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RequestChanges {
    /// What is missing in general; may be empty where there are comments.
    pub feedback: String,
    /// Comments that were not stored before.
    pub comments: Vec<CreateComment>,
    /// Stored drafts that go along.
    pub comment_ids: Vec<CommentId>,
}

/// Body of a fresh try: a new attempt from the base on a new branch, with the feedback in its prompt.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetryAttempt {
    /// What is missing.
    pub feedback: String,
    /// Stored drafts that go along.
    pub comment_ids: Vec<CommentId>,
    /// Checkpoint of the attempt to start from instead of the base.
    #[ts(optional = nullable)]
    pub checkpoint: Option<i32>,
}

/// A mark that a reviewer has seen a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewedFile {
    /// Path of the file, after the change.
    pub path: String,
    /// What was seen: `content_key` of the changed file. Another one there un-ticks the mark.
    pub content_key: String,
    /// Whether it was seen.
    pub is_viewed: bool,
}

/// A commit of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct AttemptCommit {
    /// Its full name.
    pub id: String,
    /// First line of its message.
    pub subject: String,
    /// Its author's name.
    pub author: String,
    /// When it was made.
    pub committed_at: Timestamp,
}

/// What an attempt did, in one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct AttemptReport {
    /// What the agent says it did.
    pub summary: Option<String>,
    /// Files changed.
    pub files_changed: i32,
    /// Lines added.
    pub additions: i32,
    /// Lines removed.
    pub deletions: i32,
    /// Its commits, oldest first.
    pub commits: Vec<AttemptCommit>,
    /// Its gates.
    pub gates: Vec<GateRun>,
    /// The task's checklist.
    pub criteria: Vec<Criterion>,
    /// Tokens and cost.
    pub usage: Usage,
    /// Milliseconds from the start of its agent to its end.
    pub duration_ms: Option<i32>,
    /// What is left open: criteria without a tick, gates that did not pass, comments without an answer.
    pub open_points: Vec<String>,
    /// All of it as Markdown, to be copied.
    pub markdown: String,
}
