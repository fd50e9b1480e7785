//! What an agent is launched with, and what is said to it.

use std::{collections::BTreeMap, path::PathBuf};

use domain::{AgentLimits, PermissionMode, RunId, SessionId};
use serde_json::Value;
use uuid::Uuid;

/// Whether the agent begins a conversation or takes one up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversation {
    /// A new one under this id.
    New(SessionId),
    /// An earlier one, after a crash or a restart.
    Resumed(SessionId),
}

impl Conversation {
    /// The conversation's id.
    pub const fn session_id(self) -> SessionId {
        match self {
            Self::New(id) | Self::Resumed(id) => id,
        }
    }
}

/// What the server knows about a run that is to start.
#[derive(Debug, Clone)]
pub struct LaunchRequest {
    /// The run's id.
    pub run_id: RunId,
    /// The agent's program. For the scripted agent: this program, with `leading_args` naming the role.
    pub program: PathBuf,
    /// Arguments before all others.
    pub leading_args: Vec<String>,
    /// The attempt's worktree.
    pub cwd: PathBuf,
    /// More folders that the agent may work in as in its worktree.
    pub add_dirs: Vec<PathBuf>,
    /// New or taken up again.
    pub conversation: Conversation,
    /// The first user message.
    pub prompt: UserMessage,
    /// Id of that message.
    pub prompt_id: Uuid,
    /// What the agent may do unasked.
    pub mode: PermissionMode,
    /// Model instead of the agent's default.
    pub model: Option<String>,
    /// Text added to the agent's instructions.
    pub append_prompt: Option<String>,
    /// Limits that the agent itself can hold.
    pub limits: AgentLimits,
    /// Variables added to the environment.
    pub env: BTreeMap<String, String>,
    /// Variables taken out of the inherited environment; a name may end in `*`.
    pub env_remove: Vec<String>,
    /// Arguments after all others.
    pub extra_args: Vec<String>,
    /// What the repository brings that runs code and that a person trusts; none: nothing of it reaches the agent.
    pub brought: Option<Brought>,
}

/// What a repository brings, exactly as it was seen and trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Brought {
    /// Settings of the agent's program: an object with hooks, variables, permissions. Ours win over them.
    pub settings: Value,
    /// Servers of tools: an object from name to configuration.
    pub mcp_servers: Value,
}

/// What a person says to an agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserMessage {
    /// The text.
    pub text: String,
    /// Images that go with it.
    pub images: Vec<Image>,
}

impl UserMessage {
    /// A message that is only text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), images: Vec::new() }
    }
}

/// An image of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// As `image/png`.
    pub media_type: String,
    /// Its content in base64.
    pub base64: String,
}
