//! What the rest of the program hears of a commit.

use domain::{
    Approval, Attempt, AttemptId, Comment, CommentId, GateRun, Message, Project, ProjectId, Question, Task,
    TaskId,
};

use crate::StoredEvent;

/// Hears every commit, once, in commit order, after it is stored and before its callers are answered.
///
/// It runs inside the writer: it hands on and returns, and never waits.
pub trait Observer: Send + Sync {
    /// `committed` is stored.
    fn committed(&self, committed: Committed);
}

/// Everything that a commit changed, as it stands after it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Committed {
    /// Tasks that were made or changed, or whose attempts or dependencies were.
    pub tasks: Vec<Task>,
    /// Tasks that were deleted.
    pub deleted_tasks: Vec<(ProjectId, TaskId)>,
    /// Attempts that were made or changed. New events alone do not count: they are in `events`.
    pub attempts: Vec<Attempt>,
    /// Projects that were made or changed.
    pub projects: Vec<Project>,
    /// Projects that were removed from the board.
    pub deleted_projects: Vec<ProjectId>,
    /// Tool calls and plans that were asked, answered or taken back.
    pub approvals: Vec<Approval>,
    /// Questions that were asked, answered or taken back.
    pub questions: Vec<Question>,
    /// Messages that were sent, changed, taken up or withdrawn.
    pub messages: Vec<Message>,
    /// Comments that were written, changed, sent or answered, or whose line is elsewhere.
    pub comments: Vec<Comment>,
    /// Comments that were deleted.
    pub deleted_comments: Vec<(TaskId, CommentId)>,
    /// Runs of gates that were queued, started, wrote or ended, or whose tree is not the attempt's any more.
    pub gate_runs: Vec<GateRun>,
    /// Events by attempt, each in order.
    pub events: Vec<(AttemptId, Vec<StoredEvent>)>,
}

impl Committed {
    /// Whether there is nothing to tell.
    pub const fn is_empty(&self) -> bool {
        self.tasks.is_empty()
            && self.deleted_tasks.is_empty()
            && self.attempts.is_empty()
            && self.projects.is_empty()
            && self.deleted_projects.is_empty()
            && self.approvals.is_empty()
            && self.questions.is_empty()
            && self.messages.is_empty()
            && self.comments.is_empty()
            && self.deleted_comments.is_empty()
            && self.gate_runs.is_empty()
            && self.events.is_empty()
    }
}
