//! The board's memory: one SQLite file, one writer, a few readers. The only place with SQL.
//!
//! Owns the schema, the statements and the transactions. It knows nothing of HTTP, git or processes, decides no rule of
//! the board (those are in `domain`) and never asks an agent anything. Read functions take a [`Connection`], write
//! functions a [`WriteTx`]; several of them in one [`Store::write`] are one transaction.

mod agent;
mod approval;
mod attachment;
mod attempt;
mod backup;
mod checkpoint;
mod claim;
mod comment;
mod error;
mod event;
mod file;
mod gate_run;
mod intent;
mod merged;
mod message;
mod observer;
mod project;
mod pull_request;
mod row;
mod rule;
mod run;
mod run_command;
mod statement;
mod store;
mod task;
mod trust;
mod viewed_file;
mod writer;

pub use agent::{delete_agent, find_agent, find_default_agent, insert_agent, list_agents, update_agent};
pub use approval::{
    NewApproval, NewApprovalKind, Request, Resolution, count_pending, find_approval, find_question,
    find_request, insert_approval, list_due_questions, list_pending_approvals, list_pending_questions,
    list_pending_requests, resolve_approval, withdraw_request, withdraw_requests,
};
pub use attachment::{find_attachment, insert_attachment};
pub use attempt::state::{insert_attempt, transition_attempt};
pub use attempt::{
    DiffTotals, NewAttempt, NewWorktree, add_unknown_entries, clear_branch, clear_worktree, find_attempt,
    list_attempts, list_attempts_of_worktree, list_attempts_with_worktree, list_compared_attempts,
    list_live_attempts, set_activity, set_attempt_error, set_attempt_mode, set_base_commit,
    set_config_changes, set_diff_totals, set_head_commit, set_progress, set_restored, set_session,
    set_summary, set_usage, set_worktree,
};
pub use checkpoint::{
    NewCheckpoint, delete_checkpoint, find_checkpoint, has_checkpoint, insert_checkpoint, list_checkpoints,
    next_checkpoint,
};
pub use claim::{claim_next_attempt, next_auto_run_task};
pub use comment::{
    CommentAnchor, CommentContext, NewComment, StoredComment, answer_comment, delete_comment, find_comment,
    insert_comment, list_comments, send_comment, set_comment_anchor, update_comment_body,
};
pub use error::Error;
pub use event::{StoredEvent, append_events, last_seq, list_events_after, list_events_before};
pub use gate_run::{
    GateEnd, NewGateRun, StoredGateRun, end_gate_run, find_gate_run, insert_gate_run, list_latest_gate_runs,
    list_setups, list_unfinished_gate_runs, request_gate_cancel, set_gate_output, set_gate_running,
    set_gate_tree, unbind_gate_tree, was_worked_in,
};
pub use intent::{
    Change, begin_change, end_change, find_change, find_run_verdict, is_cancel_requested, is_changing,
    is_stop_requested, list_changing_attempts, request_cancel, request_stop, set_run_verdict, set_stopped,
};
pub use merged::{
    choose_merge_style, clear_merged, set_merged, set_reverted, want_base_merge, wants_base_merge,
};
pub use message::{
    NewMessage, WaitingMessage, assign_prompt, count_unread, find_message, find_sent_message,
    find_waiting_message, give_back_message, hand_over_messages, insert_message, list_attempt_messages,
    list_prompt, list_task_messages, list_waiting_messages, move_message, recall_message, release_messages,
    send_message, take_message, update_message_body, withdraw_message,
};
pub use observer::{Committed, Observer};
pub use project::{
    delete_project, find_project, find_project_by_path, insert_project, list_projects, update_project,
};
pub use pull_request::{StoredPullRequest, find_pull_request, list_open_pull_requests, put_pull_request};
pub use rule::{NewRule, delete_rule, delete_rules, hit_rule, insert_rule, list_attempt_rules, list_rules};
pub use run::{
    NewRun, Run, RunOutcome, RunState, advance_journal, end_run, find_inherited_session, find_run,
    forget_sessions, insert_run, list_runs, list_unfinished_runs, set_run_live, set_run_session,
};
pub use run_command::{
    RunCommand, count_commands, has_command, insert_command, list_pending_commands, mark_command_delivered,
};
pub use store::{Reader, Store};
pub use task::place::{change_task_status, place_task};
pub use task::{Placement, delete_task, find_task, insert_task, list_tasks, set_task_feedback, update_task};
pub use trust::{Trust, decide_trust, find_trust};
pub use viewed_file::{list_viewed, set_viewed};
pub use writer::{BoxFuture, Durability, WriteTx};

/// The database connection that every function takes. Named here once, so that another database can stand in its place.
pub type Connection = sqlx::SqliteConnection;
