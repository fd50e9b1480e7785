//! Vocabulary and rules of the board: ids, states, transitions, events and the shapes on the wire.
//!
//! Nothing here does I/O, asks a clock, spawns or locks: every function is a pure one, so that the rules can be
//! tested as tables. Every type that crosses the wire is defined here once; `cargo xtask types` writes the
//! TypeScript twin from it.

mod agent;
mod approval;
mod attempt;
mod config;
mod diff;
mod error;
mod event;
mod gate;
mod id;
mod live;
mod merge;
mod message;
mod project;
mod rank;
mod recovery;
mod review;
mod rule;
mod state;
mod task;
mod time;
mod trust;
mod typescript;

pub use agent::{Agent, AgentAdapter, AgentLimits, AgentLoop, CreateAgent, PermissionMode, UpdateAgent};
pub use approval::{
    Approval, ApprovalKind, ApprovalPreview, ApprovalState, Decision, Question, QuestionItem, QuestionOption,
    QuestionState, ResolveApproval, ResolveQuestion, Rule, RulePattern, RuleProposal, RuleScope,
};
pub use attempt::{
    Activity, Attempt, AttemptAction, AttemptError, AttemptFacts, AttemptSummary, FailureCode, Progress,
    StartAttempt, Usage,
};
pub use config::{ApprovalModePatch, Attention, Config, ConfigLimits, ConfigPatch, Notice, Theme};
pub use diff::{
    AttemptDiff, DiffFile, DiffFileHunks, DiffFileStatus, DiffHunk, DiffLine, DiffLineKind, DiffScope,
    DiffScopeCount,
};
pub use error::{ErrorCode, ErrorDetail, ErrorEnvelope};
pub use event::{
    Event, EventBody, EventPage, LogLevel, LogStream, MessageRole, TEXT_BYTES_MAX, bounded_text,
};
pub use gate::{GateKind, GateMark, GateRun, GateState};
pub use id::{
    AgentId, ApprovalId, AttemptId, CommentId, CriterionId, GateRunId, MessageId, ProjectId, QuestionId,
    RuleId, RunId, SessionId, TaskId,
};
pub use live::{AttemptFrame, BatchedEvent, BoardFrame, FrameEvent};
pub use merge::{
    ChecksState, Collision, ConflictFile, ConflictHunk, Github, GithubTokenSource, MergeForecast,
    MergePreview, MergeTask, PullRequest, PullRequestState, Radar, UndoMerge, UndoMergeHow, UpdateGithub,
};
pub use message::{
    Attachment, Delivery, Message, MessageAim, MessageState, PostMessage, ResumeAttempt, SendMessage,
    SetMode, UpdateMessage, UploadAttachment,
};
pub use project::{
    BoardKind, CreateProject, Gate, MergeStyle, Project, ProjectCheck, ProjectSettings, ProjectValidation,
    UpdateProject,
};
pub use rank::{Rank, RankError};
pub use recovery::{Checkpoint, DiscardPreview, RecoveryItem, RecoveryKind, RestoreItem, RestoredItem};
pub use review::{
    AttemptCommit, AttemptReport, Comment, CommentState, CreateComment, DiffSide, RequestChanges,
    RetryAttempt, UpdateComment, ViewedFile,
};
pub use rule::{check_rule, propose_rules, rule_allows, rule_text, runs_by_itself};
pub use state::{
    AttemptState, AttemptTrigger, Refusal, TaskStatus, allowed_moves, attempt_actions, check_move,
    next_attempt_state, task_actions,
};
pub use task::{
    ApproveAction, ApproveAttempt, ApproveTask, CreateTask, Criterion, CriterionPatch, LastOutcome,
    MergeResult, MoveTask, Page, Priority, RejectTask, Size, Task, TaskAction, TaskFacts, UpdateTask,
};
pub use time::Timestamp;
pub use trust::{DecideTrust, ProjectTrust, TrustDecision, TrustItem, TrustItemKind, TrustState};
pub use typescript::typescript;
