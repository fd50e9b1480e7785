//! Agent profiles: how to run an agent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::AgentId;

/// Which protocol an agent speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentAdapter {
    /// Claude Code.
    Claude,
    /// The scripted agent of this program: plays a script file, costs nothing.
    Scripted,
}

/// What an agent may do without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PermissionMode {
    /// Everything.
    Bypass,
    /// What is harmless; the rest waits for a person.
    Interactive,
    /// Edits of files in the worktree, too.
    AcceptEdits,
    /// Nothing until its plan is approved.
    Plan,
}

/// Limits of one attempt. None is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgentLimits {
    /// Seconds of wall time.
    #[ts(optional = nullable)]
    pub max_runtime_s: Option<i32>,
    /// Seconds without output.
    #[ts(optional = nullable)]
    pub max_idle_s: Option<i32>,
    /// Model turns.
    #[ts(optional = nullable)]
    pub max_turns: Option<i32>,
    /// Rounds of the loop.
    #[ts(optional = nullable)]
    pub max_iterations: Option<i32>,
    /// US dollars.
    #[ts(optional = nullable)]
    pub max_cost_usd: Option<f64>,
    /// Tokens in all.
    #[ts(optional = nullable)]
    pub max_tokens: Option<i32>,
}

/// Whether the agent is sent back to work until its task is complete.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgentLoop {
    /// Whether it is on.
    pub enabled: bool,
    /// The text by which the agent says that it is done.
    #[ts(optional = nullable)]
    pub promise: Option<String>,
}

/// An agent profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Its name, unique.
    pub name: String,
    /// Which protocol it speaks.
    pub adapter: AgentAdapter,
    /// Program to start instead of the adapter's own.
    pub command: Option<String>,
    /// Model to ask for instead of the agent's default.
    pub model: Option<String>,
    /// What it may do unasked.
    pub mode: PermissionMode,
    /// Text added to its instructions.
    pub append_prompt: Option<String>,
    /// Environment added to its process.
    pub env: BTreeMap<String, String>,
    /// Arguments added to its command.
    pub extra_args: Vec<String>,
    /// Limits of each attempt.
    pub limits: AgentLimits,
    /// Whether it is sent back to work until its task is complete.
    #[serde(rename = "loop")]
    #[ts(rename = "loop")]
    pub repeat: AgentLoop,
    /// Whether projects that name none use it. Exactly one profile is the default.
    pub is_default: bool,
}

/// Body of a new profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAgent {
    /// Its name, unique.
    pub name: String,
    /// Which protocol it speaks.
    pub adapter: AgentAdapter,
    /// Program to start instead of the adapter's own.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub command: Option<String>,
    /// Model to ask for.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub model: Option<String>,
    /// What it may do unasked; bypass if not given.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub mode: Option<PermissionMode>,
    /// Text added to its instructions.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub append_prompt: Option<String>,
    /// Environment added to its process.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub env: Option<BTreeMap<String, String>>,
    /// Arguments added to its command.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub extra_args: Option<Vec<String>>,
    /// Limits of each attempt.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub limits: Option<AgentLimits>,
    /// Whether it is sent back to work until its task is complete.
    #[serde(default, rename = "loop")]
    #[ts(optional = nullable, rename = "loop")]
    pub repeat: Option<AgentLoop>,
    /// Whether it becomes the default.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub is_default: Option<bool>,
}

/// Body of a changed profile: what is given is replaced; `null` empties what can be empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateAgent {
    /// Its name, unique.
    #[ts(optional = nullable)]
    pub name: Option<String>,
    /// Program to start; an empty text is none.
    #[ts(optional = nullable)]
    pub command: Option<String>,
    /// Model to ask for; an empty text is none.
    #[ts(optional = nullable)]
    pub model: Option<String>,
    /// What it may do unasked.
    #[ts(optional = nullable)]
    pub mode: Option<PermissionMode>,
    /// Text added to its instructions; an empty text is none.
    #[ts(optional = nullable)]
    pub append_prompt: Option<String>,
    /// Environment added to its process.
    #[ts(optional = nullable)]
    pub env: Option<BTreeMap<String, String>>,
    /// Arguments added to its command.
    #[ts(optional = nullable)]
    pub extra_args: Option<Vec<String>>,
    /// Limits of each attempt.
    #[ts(optional = nullable)]
    pub limits: Option<AgentLimits>,
    /// Whether it is sent back to work until its task is complete.
    #[serde(rename = "loop")]
    #[ts(optional = nullable, rename = "loop")]
    pub repeat: Option<AgentLoop>,
    /// Whether it becomes the default; a default is only given away by making another one it.
    #[ts(optional = nullable)]
    pub is_default: Option<bool>,
}
