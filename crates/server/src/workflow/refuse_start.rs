//! What an agent would refuse, said before it is started instead of after.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::{Agent, AgentAdapter, AgentId, PermissionMode, StartAttempt, TaskId};
use executor::{AgentCheck, check_agent, is_root_without_sandbox};

use crate::{api::failure::conflict, error::ApiError, state::AppState};

/// How long the agent's own program may take to say how it is. One that does not say so in time is started: nothing is
/// known against it.
const CHECK_MAX: Duration = Duration::from_secs(3);
/// How long an agent that was ready is believed to be so.
const BELIEVED: Duration = Duration::from_secs(600);
/// Where the program is asked: a repository's settings do not count.
const NEUTRAL_GROUND: &str = "/";

/// Agents that were ready a while ago, each with what it was started with.
#[derive(Debug, Default)]
pub(crate) struct ReadyAgents(Mutex<HashMap<AgentId, Ready>>);

#[derive(Debug)]
struct Ready {
    program: String,
    env: BTreeMap<String, String>,
    at: Instant,
}

impl ReadyAgents {
    fn knows(&self, agent: &Agent, program: &str) -> bool {
        let ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ready.get(&agent.id).is_some_and(|ready| {
            ready.program == program && ready.env == agent.env && ready.at.elapsed() < BELIEVED
        })
    }

    fn keep(&self, agent: &Agent, program: String) {
        let ready = Ready { program, env: agent.env.clone(), at: Instant::now() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(agent.id, ready);
    }
}

/// Whether the agent of this profile would work in this mode.
///
/// # Errors
/// When it would refuse, with what to do.
pub(crate) fn check_mode(agent: &Agent, mode: PermissionMode) -> Result<(), ApiError> {
    let is_asking = mode != PermissionMode::Bypass || agent.adapter != AgentAdapter::Claude;
    if is_asking || !is_root_without_sandbox(&agent.env) {
        return Ok(());
    }
    Err(conflict(format!(
        "Claude Code does not work in mode bypass as root. Start it in another mode, run the board as another user, \
         or, if this machine is a sandbox, set IS_SANDBOX=1 in the environment of the profile {}",
        agent.name
    )))
}

/// Whether the agent that would work on a task can be started and is logged in.
///
/// # Errors
/// When it says that it cannot, with what to do.
pub(crate) async fn check_ready(
    state: &AppState,
    task_id: TaskId,
    request: &StartAttempt,
) -> Result<(), ApiError> {
    let mut connection = state.store.read().await?;
    let task = db::find_task(&mut connection, task_id).await?;
    let project = db::find_project(&mut connection, task.project_id).await?;
    let wanted = request.agent_id.or(task.agent_id).or(project.settings.default_agent_id);
    let agent = match wanted {
        Some(id) => db::find_agent(&mut connection, id).await,
        None => db::find_default_agent(&mut connection).await,
    };
    drop(connection);
    // A profile that is gone is the start's own concern.
    let Ok(agent) = agent else { return Ok(()) };
    let program = agent.command.clone().unwrap_or_else(|| "claude".to_owned());
    if agent.adapter == AgentAdapter::Scripted || state.ready_agents.knows(&agent, &program) {
        return Ok(());
    }
    let check = check_agent(&program, Path::new(NEUTRAL_GROUND), &agent.env, CHECK_MAX).await;
    judge(&agent, &program, &check)?;
    if check.is_logged_in == Some(true) {
        state.ready_agents.keep(&agent, program);
    }
    Ok(())
}

fn judge(agent: &Agent, program: &str, check: &AgentCheck) -> Result<(), ApiError> {
    if let Some(problem) = &check.problem {
        return Err(conflict(format!(
            "{program} cannot be started: {problem}. Install Claude Code (npm install -g @anthropic-ai/claude-code), \
             or name its program in the profile {}",
            agent.name
        )));
    }
    if check.is_logged_in == Some(false) {
        return Err(conflict(format!(
            "Claude Code is not logged in: run {program} once and log in with /login, or give the profile {} a key in \
             its environment",
            agent.name
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent() -> Agent {
        Agent {
            id: uuid::Uuid::nil().into(),
            name: "claude".to_owned(),
            adapter: AgentAdapter::Claude,
            command: None,
            model: None,
            mode: PermissionMode::Bypass,
            append_prompt: None,
            env: BTreeMap::new(),
            extra_args: Vec::new(),
            limits: domain::AgentLimits::default(),
            repeat: domain::AgentLoop::default(),
            is_default: true,
        }
    }

    #[test]
    fn only_what_the_agent_says_against_itself_counts() {
        let ready =
            AgentCheck { version: Some("2".into()), is_logged_in: Some(true), ..AgentCheck::default() };
        let unknown = AgentCheck { is_logged_in: None, ..ready.clone() };
        let out = AgentCheck { is_logged_in: Some(false), ..ready.clone() };
        let absent = AgentCheck { problem: Some("no such file".into()), ..AgentCheck::default() };
        for (check, is_good) in [(ready, true), (unknown, true), (out, false), (absent, false)] {
            assert_eq!(judge(&agent(), "claude", &check).is_ok(), is_good, "{check:?}");
        }
    }

    #[test]
    fn a_changed_profile_is_asked_again() {
        let (known, mut agent) = (ReadyAgents::default(), agent());
        assert!(!known.knows(&agent, "claude"));
        known.keep(&agent, "claude".to_owned());
        assert!(known.knows(&agent, "claude") && !known.knows(&agent, "other"));
        agent.env.insert("KEY".to_owned(), "x".to_owned());
        assert!(!known.knows(&agent, "claude"));
    }
}
