//! Frames that the server sends on its WebSockets.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    Approval, Attempt, AttemptId, Comment, CommentId, Event, GateRun, Message, Project, ProjectId, Question,
    Radar, Task, TaskId, Timestamp,
};

/// A frame of `/ws`. `n` grows by one per connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BoardFrame {
    /// First frame.
    Hello {
        /// 0.
        n: i32,
        /// Changes when the server was started anew.
        instance_id: String,
    },
    /// A task was made or changed; after it was stored.
    Task {
        /// Place in the connection.
        n: i32,
        /// The whole task.
        task: Box<Task>,
    },
    /// A task was deleted.
    TaskDeleted {
        /// Place in the connection.
        n: i32,
        /// Its project.
        project_id: ProjectId,
        /// The task.
        task_id: TaskId,
    },
    /// An attempt was made or changed.
    Attempt {
        /// Place in the connection.
        n: i32,
        /// The whole attempt.
        attempt: Box<Attempt>,
    },
    /// A tool call or plan waits for a person, or was answered.
    Approval {
        /// Place in the connection.
        n: i32,
        /// The whole approval.
        approval: Box<Approval>,
    },
    /// A question waits for a person, or was answered.
    Question {
        /// Place in the connection.
        n: i32,
        /// The whole question.
        question: Box<Question>,
    },
    /// A message was sent, changed, taken up or withdrawn.
    Message {
        /// Place in the connection.
        n: i32,
        /// The whole message.
        message: Box<Message>,
    },
    /// A run of a gate was queued, started, wrote or ended. Frames about output come a few times a second at most.
    GateRun {
        /// Place in the connection.
        n: i32,
        /// The whole run.
        gate_run: Box<GateRun>,
    },
    /// A comment was written, changed or sent.
    Comment {
        /// Place in the connection.
        n: i32,
        /// The whole comment, anchored at the newest attempt.
        comment: Box<Comment>,
    },
    /// A comment was deleted.
    CommentDeleted {
        /// Place in the connection.
        n: i32,
        /// Its task.
        task_id: TaskId,
        /// The comment.
        comment_id: CommentId,
    },
    /// What collides in a project was computed again and is another.
    Radar {
        /// Place in the connection.
        n: i32,
        /// The whole radar.
        radar: Box<Radar>,
    },
    /// A project was made or changed.
    Project {
        /// Place in the connection.
        n: i32,
        /// The whole project.
        project: Box<Project>,
    },
    /// A project was removed from the board.
    ProjectDeleted {
        /// Place in the connection.
        n: i32,
        /// The project.
        project_id: ProjectId,
    },
    /// This client fell behind: fetch the board again.
    Resync {
        /// Place in the connection.
        n: i32,
    },
}

/// An event inside a frame: tagged body without its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct FrameEvent {
    /// Kind of the event.
    pub kind: String,
    /// What happened.
    pub payload: serde_json::Value,
}

/// A frame of `/ws/attempts/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AttemptFrame {
    /// One stored event.
    Event {
        /// The attempt.
        attempt_id: AttemptId,
        /// Place in the log.
        seq: i32,
        /// When.
        ts: Timestamp,
        /// What.
        event: FrameEvent,
    },
    /// Many stored events in order.
    Events {
        /// The attempt.
        attempt_id: AttemptId,
        /// The events; each with `seq`, `ts` and `event`.
        events: Vec<BatchedEvent>,
    },
    /// Text still being written: replaced by the event that follows. An empty text with `is_reset` takes it back.
    Partial {
        /// The attempt.
        attempt_id: AttemptId,
        /// Whether earlier partial text is void.
        is_reset: bool,
        /// Whether the text is thinking.
        is_thinking: bool,
        /// The next piece of text.
        text: String,
    },
    /// This client fell behind: connect again with the last `seq` it has.
    Resync {
        /// The attempt.
        attempt_id: AttemptId,
    },
}

/// An event of an `events` frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct BatchedEvent {
    /// Place in the log.
    pub seq: i32,
    /// When.
    pub ts: Timestamp,
    /// What.
    pub event: FrameEvent,
}

impl From<Event> for BatchedEvent {
    fn from(event: Event) -> Self {
        Self { seq: event.seq, ts: event.ts, event: FrameEvent { kind: event.kind, payload: event.payload } }
    }
}
