//! What an agent asks of people and of the board, and the answers.

use std::collections::BTreeMap;

use domain::{PermissionMode, Progress, QuestionItem};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that waits for a person. The agent waits without a bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Its id; the answer bears it.
    pub request_id: String,
    /// On which way it came, and so the form of the answer.
    pub channel: AskChannel,
    /// What it is about.
    pub kind: AskKind,
    /// Name of the tool, as the agent gave it.
    pub tool_name: String,
    /// Arguments of the call, whole. A plan is under `plan`; it may be missing.
    pub tool_input: Value,
    /// Links it to the call in the log.
    pub tool_use_id: Option<String>,
    /// The agent's own words about the call.
    pub description: Option<String>,
    /// Why its program asks.
    pub reason: Option<String>,
    /// Whether a subagent asks.
    pub is_subagent: bool,
}

/// What an ask is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskKind {
    /// Whether a tool may run.
    Tool,
    /// Whether a plan is good.
    Plan,
    /// Questions, at least one.
    Question(Vec<QuestionItem>),
}

/// On which way an ask came. Stored with it, so that it can be answered by another server than the one that read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AskChannel {
    /// The agent's program asks for permission.
    Permission,
    /// The agent calls the board's own tool for questions.
    Tool {
        /// Id of the call within its channel.
        rpc_id: Value,
    },
}

/// The answer to an ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskAnswer {
    /// Let it run; the plan is good.
    Allow {
        /// Arguments to run with instead of those asked for.
        updated_input: Option<Value>,
        /// What the agent may do unasked from now on.
        mode: Option<PermissionMode>,
    },
    /// Do not; the plan is not good yet.
    Deny {
        /// Why, for the agent. It does not get it when the turn is stopped.
        message: String,
        /// Whether the turn ends with it.
        is_stop: bool,
    },
    /// Answers by question. Not every question needs one.
    Answers(BTreeMap<String, String>),
    /// No answers: the agent decides, and gets these words.
    Declined {
        /// The words.
        message: String,
    },
}

/// A call of one of the board's tools that the board answers itself.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardCall {
    /// Its id; the answer bears it.
    pub request_id: String,
    /// Id of the call within its channel; the answer bears it, too.
    pub rpc_id: Value,
    /// Links it to the call in the log.
    pub tool_use_id: Option<String>,
    /// What is to be done.
    pub action: BoardAction,
}

/// What an agent tells the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoardAction {
    /// How far it is.
    ReportProgress(Progress),
    /// A line of the task's checklist holds, or does not.
    SetCriterion {
        /// Its number in the list, from 1, or its text.
        criterion: String,
        /// Whether it holds.
        is_done: bool,
        /// Why one may believe so.
        evidence: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stored_channel_is_read_back() {
        let cases = [
            (AskChannel::Permission, json!({ "type": "permission" })),
            (AskChannel::Tool { rpc_id: json!(4) }, json!({ "type": "tool", "rpc_id": 4 })),
            (AskChannel::Tool { rpc_id: json!("a") }, json!({ "type": "tool", "rpc_id": "a" })),
        ];
        for (channel, stored) in cases {
            assert_eq!(serde_json::to_value(&channel).unwrap(), stored);
            assert_eq!(serde_json::from_value::<AskChannel>(stored).unwrap(), channel);
        }
    }
}
