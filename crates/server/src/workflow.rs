//! Steps that cross crates: what happens when somebody starts, stops, approves or merges something.
//!
//! A workflow is a list of steps, each of which leaves a state that a restart can go on from.

pub(crate) mod approve_attempt;
pub(crate) mod cancel_attempt;
pub(crate) mod check_merged_tree;
pub(crate) mod continue_attempt;
pub(crate) mod continue_in_new_attempt;
pub(crate) mod delete_task;
pub(crate) mod discard_attempt;
pub(crate) mod discard_preview;
pub(crate) mod finish_attempt;
pub(crate) mod go_back;
pub(crate) mod hand_over;
pub(crate) mod measure_work;
pub(crate) mod merge_attempt;
pub(crate) mod open_editor;
pub(crate) mod open_pull_request;
pub(crate) mod prepare_attempt;
pub(crate) mod preview_merge;
pub(crate) mod refresh_pull_request;
pub(crate) mod refuse_start;
pub(crate) mod register_project;
pub(crate) mod reject_task;
pub(crate) mod remove_worktree;
pub(crate) mod request_changes;
pub(crate) mod resolve_approval;
pub(crate) mod resolve_conflicts;
pub(crate) mod restore_attempt;
pub(crate) mod retry_attempt;
pub(crate) mod run_gates;
pub(crate) mod run_setup;
pub(crate) mod send_comment;
pub(crate) mod send_gates;
pub(crate) mod send_message;
pub(crate) mod settle_change;
pub(crate) mod start_attempt;
pub(crate) mod steer_attempt;
pub(crate) mod take_checkpoint;
pub(crate) mod undo_merge;
pub(crate) mod validate_project;
