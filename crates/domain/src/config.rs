//! The global settings: `config.json` in the home.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

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

/// The global settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Version of this shape.
    pub config_version: i32,
    /// Colours of the board.
    pub theme: Theme,
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
            append_prompt: String::new(),
            branch_prefix: "ek".to_owned(),
            port: 9847,
            editor: String::new(),
            limits: ConfigLimits::default(),
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
