//! Values for unit tests.

use domain::{Rank, Task, TaskStatus, Timestamp};
use uuid::Uuid;

/// A task in To Do that was never run.
pub(crate) fn task(title: &str) -> Task {
    Task {
        id: Uuid::now_v7().into(),
        project_id: Uuid::now_v7().into(),
        number: 7,
        title: title.to_owned(),
        description: String::new(),
        status: TaskStatus::Todo,
        rank: Rank::after(None),
        labels: Vec::new(),
        priority: None,
        size: None,
        criteria: Vec::new(),
        focus_files: Vec::new(),
        blocked_by: Vec::new(),
        blocks: Vec::new(),
        agent_id: None,
        mode: None,
        live_attempt: None,
        last_attempt: None,
        last_outcome: None,
        pending_approvals: 0,
        pending_questions: 0,
        error_message: None,
        feedback: None,
        cost_usd: 0.0,
        branch_name: None,
        worktree_path: None,
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
        allowed_actions: Vec::new(),
        allowed_moves: Vec::new(),
    }
}
