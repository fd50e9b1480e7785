//! Checking whether a project can be worked on, each failure with what to do about it.

use std::{path::Path, time::Duration};

use domain::{Agent, AgentAdapter, PermissionMode, Project, ProjectCheck, ProjectId, ProjectValidation};
use executor::{AgentCheck, check_agent};
use utils::ErrorChain;

use crate::{error::ApiError, state::AppState};

/// How long the agent's own program may take to say how it is.
const AGENT_MAX: Duration = Duration::from_secs(10);

/// Checks a project's repository and its agent.
///
/// # Errors
/// When the project does not exist.
pub(crate) async fn validate_project(state: &AppState, id: ProjectId) -> Result<ProjectValidation, ApiError> {
    let mut connection = state.store.read().await?;
    let project = db::find_project(&mut connection, id).await?;
    let agent = match project.settings.default_agent_id {
        Some(agent_id) => db::find_agent(&mut connection, agent_id).await,
        None => db::find_default_agent(&mut connection).await,
    };
    drop(connection);
    let mut checks = check_repository(state, &project).await;
    checks.extend(check_profile(&project, &agent?).await);
    Ok(ProjectValidation { ok: checks.iter().all(|check| check.ok), checks })
}

fn good(name: &str, message: impl Into<String>) -> ProjectCheck {
    ProjectCheck { name: name.to_owned(), ok: true, message: message.into(), fix: None }
}

fn bad(name: &str, message: impl Into<String>, fix: impl Into<String>) -> ProjectCheck {
    ProjectCheck { name: name.to_owned(), ok: false, message: message.into(), fix: Some(fix.into()) }
}

async fn check_repository(state: &AppState, project: &Project) -> Vec<ProjectCheck> {
    let checked =
        async { state.repositories.open(&project.path).await?.check(Some(&project.default_branch)).await };
    let check = match checked.await {
        Ok(check) => check,
        Err(error) => {
            let fix =
                "put the repository back in its place, or remove the project and add it where it is now";
            return vec![bad("repository", format!("failed to {}", ErrorChain(&error)), fix)];
        }
    };
    let branch = &project.default_branch;
    vec![
        good("repository", format!("{} can be reached", project.path)),
        if check.is_git_supported {
            good("git", format!("git {}", check.git_version))
        } else {
            bad("git", format!("git {} is too old", check.git_version), "install git 2.38 or newer")
        },
        match (check.facts.has_commits, check.branch_exists) {
            (false, _) => bad(
                "branch",
                "the repository has no commit yet",
                "make a first commit: git commit --allow-empty -m start",
            ),
            (true, true) => good("branch", format!("{branch} exists")),
            (true, false) => bad(
                "branch",
                format!("there is no branch {branch}"),
                "choose another branch in the project's settings",
            ),
        },
        if check.has_user_identity {
            good("identity", format!("commits are by {}", check.identity.name))
        } else {
            good("identity", "git does not know who you are: commits of agents' work are by eval-kanban")
        },
    ]
}

async fn check_profile(project: &Project, agent: &Agent) -> Vec<ProjectCheck> {
    if agent.adapter == AgentAdapter::Scripted {
        return vec![good("agent", format!("{} is part of this program", agent.name))];
    }
    let program = agent.command.clone().unwrap_or_else(|| "claude".to_owned());
    let checked = check_agent(&program, Path::new(&project.path), &agent.env, AGENT_MAX).await;
    let mut checks = agent_checks(&program, &checked);
    checks.extend(root_check(agent, &checked));
    checks
}

fn agent_checks(program: &str, checked: &AgentCheck) -> Vec<ProjectCheck> {
    let install = "install Claude Code: npm install -g @anthropic-ai/claude-code";
    let Some(version) = &checked.version else {
        let why = checked.problem.clone().unwrap_or_else(|| "it does not answer".to_owned());
        return vec![bad("agent", format!("{program} cannot be started: {why}"), install)];
    };
    let login = match checked.is_logged_in {
        Some(true) => good("login", "the agent is logged in"),
        Some(false) => {
            bad("login", "the agent is not logged in", format!("run {program} once and log in with /login"))
        }
        None => bad(
            "login",
            "the agent does not say whether it is logged in",
            format!("run {program} auth status"),
        ),
    };
    vec![good("agent", format!("{program} {version}")), login]
}

/// As root the agent refuses to run without asking, unless it is told that it is in a sandbox.
fn root_check(agent: &Agent, checked: &AgentCheck) -> Option<ProjectCheck> {
    let refuses = agent.mode == PermissionMode::Bypass && checked.is_root_without_sandbox;
    refuses.then(|| {
        bad(
            "root",
            "the agent refuses to work unasked as root",
            "run the board as a normal user; in a container of its own set IS_SANDBOX=1",
        )
    })
}
