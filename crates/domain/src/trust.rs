//! What a repository brings along that runs code once an agent is started in it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::Timestamp;

/// What a person decided about what a repository brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrustState {
    /// It brings nothing that runs code.
    Nothing,
    /// Nobody has decided: agents run without it.
    Undecided,
    /// Agents get exactly what was seen.
    Trusted,
    /// Agents run without it.
    Refused,
    /// It was trusted, and is not what was seen any more: agents run without it until somebody decides again.
    Changed,
}

/// What kind of thing runs code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrustItemKind {
    /// A command that the agent's program runs at certain moments.
    Hook,
    /// A server that is started for its tools.
    McpServer,
    /// A variable of the agent's environment.
    Environment,
    /// A command that gives credentials, a status line and the like.
    Helper,
    /// Calls that need no approval.
    Permission,
    /// Anything else in the settings.
    Setting,
}

/// One thing that a repository brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct TrustItem {
    /// What kind of thing.
    pub kind: TrustItemKind,
    /// The file that brings it, relative to the repository.
    pub file: String,
    /// Its name, as `PreToolUse` or a server's name.
    pub name: String,
    /// What it runs or sets, as it stands in the file.
    pub detail: String,
}

/// What a project's repository brings on its default branch, and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ProjectTrust {
    /// What was decided.
    pub state: TrustState,
    /// SHA-256 over what was found; a decision names it.
    pub hash: Option<String>,
    /// What was found.
    pub items: Vec<TrustItem>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

/// A decision about what a repository brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrustDecision {
    /// Hand it to agents as long as it stays what was seen.
    Trust,
    /// Never hand it to agents.
    Refuse,
}

/// Body of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideTrust {
    /// The decision.
    pub decision: TrustDecision,
    /// Hash of what was seen; 409 if it is something else by now.
    pub hash: String,
}
