//! Projects: registered git repositories with their settings.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AgentId, AgentLimits, ProjectId, Timestamp};

/// Which columns a project shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoardKind {
    /// To Do, In Progress, Review, Done.
    #[default]
    Plain,
    /// Backlog, PRD Review, To Do, In Progress, Blocked, Review, Done.
    Prd,
}

/// How an attempt's work goes into the base branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MergeStyle {
    /// A merge commit.
    #[default]
    Merge,
    /// One commit with all changes.
    Squash,
    /// The commits, replayed on the base.
    Rebase,
}

/// A command of the project that must pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// As `test`.
    pub name: String,
    /// As `npm test`.
    pub command: String,
    /// Seconds it may take.
    pub timeout_s: i32,
}

/// Settings of a project. Missing fields have their default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProjectSettings {
    /// Attempts at once in this project.
    pub max_parallel: i32,
    /// Commands that must pass.
    pub gates: Vec<Gate>,
    /// Command run in a new worktree before the agent starts.
    pub setup_command: Option<String>,
    /// Command that serves the project for a preview.
    pub dev_command: Option<String>,
    /// Files that git ignores but the work needs: paths or patterns below the repository.
    pub carry_files: Vec<String>,
    /// Agent profile of tasks that name none.
    pub default_agent_id: Option<AgentId>,
    /// Limits of each attempt, where the profile has none.
    pub limits: AgentLimits,
    /// How work is merged.
    pub merge_style: MergeStyle,
    /// Whether the gates run on the merged tree before the base branch moves.
    pub gates_before_merge: bool,
    /// Whether the repository's `pre-merge-commit` and `commit-msg` hooks run at a merge.
    pub run_merge_hooks: bool,
    /// Whether the scheduler takes tasks from To Do unasked.
    pub auto_run: bool,
    /// Markdown that every agent of the project gets before its task.
    pub notes: String,
    /// Seconds after which a question gets the default answer; none is never.
    pub question_default_after_s: Option<i32>,
    /// The default answer; empty tells the agent to decide itself.
    pub question_default_answer: String,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self {
            max_parallel: 3,
            gates: Vec::new(),
            setup_command: None,
            dev_command: None,
            carry_files: Vec::new(),
            default_agent_id: None,
            limits: AgentLimits::default(),
            merge_style: MergeStyle::Merge,
            gates_before_merge: false,
            run_merge_hooks: false,
            auto_run: false,
            notes: String::new(),
            question_default_after_s: None,
            question_default_answer: String::new(),
        }
    }
}

/// A registered git repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// Absolute path of the repository's main checkout.
    pub path: String,
    /// Branch that attempts start from and merge into.
    pub default_branch: String,
    /// Which columns it shows.
    pub board: BoardKind,
    /// Its settings.
    pub settings: ProjectSettings,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Body of a new project: one of `path` and `clone_url`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CreateProject {
    /// Absolute path in a repository on this machine.
    #[ts(optional = nullable)]
    pub path: Option<String>,
    /// Address to clone from.
    #[ts(optional = nullable)]
    pub clone_url: Option<String>,
    /// Its name; the folder's if not given.
    #[ts(optional = nullable)]
    pub name: Option<String>,
    /// Branch that attempts start from; the repository's if not given.
    #[ts(optional = nullable)]
    pub default_branch: Option<String>,
    /// Which columns it shows.
    #[ts(optional = nullable)]
    pub board: Option<BoardKind>,
    /// Its settings.
    #[ts(optional = nullable)]
    pub settings: Option<ProjectSettings>,
}

/// Body of a changed project: what is given is replaced.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateProject {
    /// Its name.
    #[ts(optional = nullable)]
    pub name: Option<String>,
    /// Branch that attempts start from.
    #[ts(optional = nullable)]
    pub default_branch: Option<String>,
    /// Which columns it shows.
    #[ts(optional = nullable)]
    pub board: Option<BoardKind>,
    /// Its settings: the keys that are given are replaced, the others stay.
    #[ts(type = "Partial<ProjectSettings> | null", optional = nullable)]
    #[schema(value_type = Option<ProjectSettings>)]
    pub settings: Option<serde_json::Map<String, serde_json::Value>>,
}

/// One line of a project's validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ProjectCheck {
    /// What was checked, as `repository`.
    pub name: String,
    /// Whether it is in order.
    pub ok: bool,
    /// What was found.
    pub message: String,
    /// What to do, if it is not in order.
    pub fix: Option<String>,
}

/// Whether a project can be worked on, check by check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
pub struct ProjectValidation {
    /// Whether every check is in order.
    pub ok: bool,
    /// The checks.
    pub checks: Vec<ProjectCheck>,
}
