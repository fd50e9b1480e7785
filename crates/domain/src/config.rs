//! The global settings: `config.json` in the home.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::PermissionMode;

/// Colours of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// As the machine says.
    #[default]
    System,
}

/// Limits over all projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConfigLimits {
    /// Attempts at once over all projects.
    pub max_parallel: i32,
}

impl Default for ConfigLimits {
    fn default() -> Self {
        Self { max_parallel: 4 }
    }
}

/// How the board calls for a person. Only the edges of a task's state call, never messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Attention {
    /// Whether a sound is played.
    pub sound: bool,
    /// Whether the browser shows notifications.
    pub notifications: bool,
    /// Call when a tool call or plan waits.
    pub on_approval: bool,
    /// Call when a question waits.
    pub on_question: bool,
    /// Call when work can be looked at.
    pub on_review: bool,
    /// Call when an attempt failed or reached a limit.
    pub on_failure: bool,
}

impl Default for Attention {
    fn default() -> Self {
        Self {
            sound: false,
            notifications: false,
            on_approval: true,
            on_question: true,
            on_review: true,
            on_failure: true,
        }
    }
}

/// The global settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Version of this shape.
    pub config_version: i32,
    /// Colours of the board.
    pub theme: Theme,
    /// What agents may do unasked, where neither the start nor the task says; none is what each profile says.
    pub approval_mode: Option<PermissionMode>,
    /// How the board calls for a person.
    pub attention: Attention,
    /// Text added to every agent's prompt.
    pub append_prompt: String,
    /// First part of the names of attempts' branches.
    pub branch_prefix: String,
    /// Port to listen on at the next start.
    pub port: u16,
    /// Command that opens a file or folder in the user's editor.
    pub editor: String,
    /// Limits over all projects.
    pub limits: ConfigLimits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            config_version: 1,
            theme: Theme::System,
            approval_mode: None,
            attention: Attention::default(),
            append_prompt: String::new(),
            branch_prefix: "ek".to_owned(),
            port: 9847,
            editor: String::new(),
            limits: ConfigLimits::default(),
        }
    }
}

/// A changed approval mode: one of the modes, or what each profile says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalModePatch {
    /// What each profile says.
    Profile,
    /// [`PermissionMode::Bypass`].
    Bypass,
    /// [`PermissionMode::Interactive`].
    Interactive,
    /// [`PermissionMode::AcceptEdits`].
    AcceptEdits,
    /// [`PermissionMode::Plan`].
    Plan,
}

impl From<ApprovalModePatch> for Option<PermissionMode> {
    fn from(patch: ApprovalModePatch) -> Self {
        match patch {
            ApprovalModePatch::Profile => None,
            ApprovalModePatch::Bypass => Some(PermissionMode::Bypass),
            ApprovalModePatch::Interactive => Some(PermissionMode::Interactive),
            ApprovalModePatch::AcceptEdits => Some(PermissionMode::AcceptEdits),
            ApprovalModePatch::Plan => Some(PermissionMode::Plan),
        }
    }
}

/// Changed settings: what is given is replaced.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConfigPatch {
    /// Colours of the board.
    #[ts(optional = nullable)]
    pub theme: Option<Theme>,
    /// What agents may do unasked; `profile` is what each profile says.
    #[ts(optional = nullable)]
    pub approval_mode: Option<ApprovalModePatch>,
    /// How the board calls for a person.
    #[ts(optional = nullable)]
    pub attention: Option<Attention>,
    /// Text added to every agent's prompt.
    #[ts(optional = nullable)]
    pub append_prompt: Option<String>,
    /// First part of the names of attempts' branches.
    #[ts(optional = nullable)]
    pub branch_prefix: Option<String>,
    /// Port to listen on at the next start.
    #[ts(optional = nullable)]
    pub port: Option<u16>,
    /// Command that opens a file or folder in the user's editor.
    #[ts(optional = nullable)]
    pub editor: Option<String>,
    /// Limits over all projects.
    #[ts(optional = nullable)]
    pub limits: Option<ConfigLimits>,
}

/// Something the user should know about the board itself, as a settings file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct Notice {
    /// What happened and what to do.
    pub message: String,
}
