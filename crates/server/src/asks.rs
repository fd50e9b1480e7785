//! What agents ask of people: stored when it is read, answered once, taken back when nobody waits any more. All of it
//! happens inside a transaction of the caller, so that a request, its event and its answer are there together or not.

use db::{NewApproval, NewApprovalKind, Request, Resolution, Run, RunCommand, WriteTx};
use domain::{
    Activity, ApprovalState, AttemptId, EventBody, ProjectId, QuestionState, Rule, RulePattern, Timestamp,
    propose_rules,
};
use executor::{Adapter, Ask, AskAnswer, AskChannel, AskKind};
use utils::OrLog;
use uuid::Uuid;

use crate::{
    approval_path::rule_allows,
    clock::new_id,
    wording::{PLAN_TOOL, allowed_activity, ask_activity, bounded_input},
};

/// An answer, for the agent and for the board.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// What the agent gets.
    pub(crate) to_agent: AskAnswer,
    /// What is remembered.
    pub(crate) resolution: Resolution,
}

/// Stores what an agent asks. A tool call that a rule allows is answered at once.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn store_ask(
    tx: &mut WriteTx,
    run: &Run,
    adapter: &dyn Adapter,
    ask: &Ask,
    at: Timestamp,
) -> Result<(), db::Error> {
    let attempt = db::find_attempt(tx.connection(), run.attempt_id).await?;
    let task = db::find_task(tx.connection(), attempt.task_id).await?;
    let project = db::find_project(tx.connection(), task.project_id).await?;
    let worktree = attempt.worktree_path.unwrap_or_default();
    let default_at = project.settings.question_default_after_s.map(|seconds| after(at, seconds));
    let new = new_approval(run, ask, &worktree, default_at);
    if !db::insert_approval(tx, &new, at).await? {
        return Ok(());
    }
    let request = db::find_request(tx.connection(), new.id).await?;
    if ask.kind == AskKind::Tool
        && let Some(rule) = find_rule(tx, project.id, &request, &worktree).await?
    {
        return answer_by_rule(tx, adapter, &request, &rule, at).await;
    }
    let pending = Resolution { state: "pending", ..Resolution::default() };
    db::append_events(tx, run.attempt_id, &[(at, event(&request, &pending))]).await?;
    let activity = ask_activity(&request, &worktree, at);
    db::set_activity(tx, run.attempt_id, Some(&activity)).await
}

fn new_approval(run: &Run, ask: &Ask, worktree: &str, default_at: Option<Timestamp>) -> NewApproval {
    let kind = match &ask.kind {
        AskKind::Tool => NewApprovalKind::Tool,
        AskKind::Plan => NewApprovalKind::Plan,
        AskKind::Question(items) => NewApprovalKind::Question { items: items.clone(), default_at },
    };
    NewApproval {
        id: new_id::<Uuid>(),
        attempt_id: run.attempt_id,
        run_id: run.id,
        request_id: ask.request_id.clone(),
        channel: serde_json::to_string(&ask.channel).unwrap_or_else(|_| "null".to_owned()),
        tool_name: ask.tool_name.clone(),
        tool_input: ask.tool_input.clone(),
        tool_use_id: ask.tool_use_id.clone(),
        description: ask.description.clone(),
        reason: ask.reason.clone(),
        is_subagent: ask.is_subagent,
        suggestions: match ask.kind {
            AskKind::Tool => propose_rules(&ask.tool_name, &ask.tool_input, worktree),
            AskKind::Plan | AskKind::Question(_) => Vec::new(),
        },
        kind,
    }
}

/// The first rule that allows the call.
async fn find_rule(
    tx: &mut WriteTx,
    project_id: ProjectId,
    request: &Request,
    worktree: &str,
) -> Result<Option<Rule>, db::Error> {
    let rules = db::list_attempt_rules(tx.connection(), project_id, request.attempt_id).await?;
    Ok(rules.into_iter().find(|rule| is_allowed(rule, request, worktree)))
}

/// Whether a rule allows a call, symbolic links included.
fn is_allowed(rule: &Rule, request: &Request, worktree: &str) -> bool {
    let pattern = RulePattern { tool_name: rule.tool_name.clone(), pattern: rule.pattern.clone() };
    rule_allows(&pattern, &request.tool_name, &request.tool_input, worktree)
}

async fn answer_by_rule(
    tx: &mut WriteTx,
    adapter: &dyn Adapter,
    request: &Request,
    rule: &Rule,
    at: Timestamp,
) -> Result<(), db::Error> {
    db::hit_rule(tx, rule.id, at).await?;
    let resolution = Resolution {
        state: "allowed",
        resolved_by: Some(format!("rule: {}", rule.text)),
        ..Resolution::default()
    };
    let to_agent = AskAnswer::Allow { updated_input: None, mode: None };
    store_answer(tx, adapter, request, Answer { to_agent, resolution }, at).await
}

/// Answers whatever else waits and is allowed by a rule that was just remembered.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn answer_others(
    tx: &mut WriteTx,
    adapter: &dyn Adapter,
    project_id: ProjectId,
    attempt_id: AttemptId,
    at: Timestamp,
) -> Result<(), db::Error> {
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    let worktree = attempt.worktree_path.unwrap_or_default();
    for request in db::list_pending_requests(tx.connection(), attempt_id).await? {
        let is_tool = !request.is_question && request.tool_name != PLAN_TOOL;
        let rule = if is_tool { find_rule(tx, project_id, &request, &worktree).await? } else { None };
        if let Some(rule) = rule {
            answer_by_rule(tx, adapter, &request, &rule, at).await?;
        }
    }
    Ok(())
}

/// Stores an answer with its event and the command that takes it to the agent.
///
/// # Errors
/// [`db::Error::Refused`] when the request does not wait any more.
pub(crate) async fn store_answer(
    tx: &mut WriteTx,
    adapter: &dyn Adapter,
    request: &Request,
    answer: Answer,
    at: Timestamp,
) -> Result<(), db::Error> {
    db::resolve_approval(tx, request, &answer.resolution, at).await?;
    let shown = match &answer.to_agent {
        AskAnswer::Allow { updated_input: Some(input), .. } => {
            Request { tool_input: input.clone(), ..request.clone() }
        }
        AskAnswer::Allow { .. }
        | AskAnswer::Deny { .. }
        | AskAnswer::Answers(_)
        | AskAnswer::Declined { .. } => request.clone(),
    };
    db::append_events(tx, request.attempt_id, &[(at, event(&shown, &answer.resolution))]).await?;
    let channel: AskChannel = serde_json::from_str(&request.channel)
        .or_log("reading how an ask came")
        .unwrap_or(AskChannel::Permission);
    let command = RunCommand {
        id: format!("answer-{}", request.id),
        run_id: request.run_id,
        kind: "write".to_owned(),
        body: adapter.answer_ask(&request.request_id, &channel, &request.tool_input, &answer.to_agent),
    };
    db::insert_command(tx, &command, at).await?;
    let is_allowed = matches!(answer.to_agent, AskAnswer::Allow { .. });
    show_next(tx, &shown, is_allowed, at).await
}

/// Lets the card say what the agent waits for next, or what it does now.
async fn show_next(
    tx: &mut WriteTx,
    answered: &Request,
    is_allowed: bool,
    at: Timestamp,
) -> Result<(), db::Error> {
    let attempt_id = answered.attempt_id;
    let worktree = db::find_attempt(tx.connection(), attempt_id).await?.worktree_path.unwrap_or_default();
    let next = db::list_pending_requests(tx.connection(), attempt_id).await?.into_iter().next();
    let activity = match next {
        Some(next) => ask_activity(&next, &worktree, at),
        None if is_allowed => allowed_activity(answered, &worktree, at),
        None => Activity { verb: "thinking".to_owned(), object: None, since: at },
    };
    db::set_activity(tx, attempt_id, Some(&activity)).await
}

fn after(at: Timestamp, seconds: i32) -> Timestamp {
    Timestamp::from_micros(at.as_micros().saturating_add(i64::from(seconds) * 1_000_000))
}

/// Stores that the agent took a request back.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn withdraw_ask(
    tx: &mut WriteTx,
    run: &Run,
    request_id: &str,
    at: Timestamp,
) -> Result<(), db::Error> {
    match db::withdraw_request(tx, run.id, request_id, at).await? {
        Some(request) => log_withdrawn(tx, &[request], at).await,
        None => Ok(()),
    }
}

/// Stores that the agent took back the call of the board's own tool by which it asked.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn withdraw_call(
    tx: &mut WriteTx,
    run: &Run,
    rpc_id: &serde_json::Value,
    at: Timestamp,
) -> Result<(), db::Error> {
    let call = AskChannel::Tool { rpc_id: rpc_id.clone() };
    let waiting = db::list_pending_requests(tx.connection(), run.attempt_id).await?;
    let asked = waiting.into_iter().find(|request| {
        request.run_id == run.id
            && serde_json::from_str(&request.channel).is_ok_and(|channel: AskChannel| channel == call)
    });
    match asked {
        Some(request) => withdraw_ask(tx, run, &request.request_id, at).await,
        None => Ok(()),
    }
}

/// Stores that nobody waits for answers to an attempt's agent any more.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn withdraw_asks(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    at: Timestamp,
) -> Result<(), db::Error> {
    let requests = db::withdraw_requests(tx, attempt_id, at).await?;
    log_withdrawn(tx, &requests, at).await
}

async fn log_withdrawn(tx: &mut WriteTx, requests: &[Request], at: Timestamp) -> Result<(), db::Error> {
    let resolution = Resolution { state: "withdrawn", ..Resolution::default() };
    for request in requests {
        db::append_events(tx, request.attempt_id, &[(at, event(request, &resolution))]).await?;
    }
    Ok(())
}

/// The entry of the log about a request in the state that it has now.
fn event(request: &Request, resolution: &Resolution) -> EventBody {
    let Resolution { state, message, is_edited, resolved_by, answers } = resolution.clone();
    match &request.questions {
        Some(questions) => EventBody::Question {
            question_id: request.id.to_string(),
            state: question_state(state),
            questions: questions.clone(),
            answers,
            message,
            resolved_by,
        },
        None => EventBody::Approval {
            approval_id: request.id.to_string(),
            state: approval_state(state),
            tool_name: request.tool_name.clone(),
            tool_input: bounded_input(request.tool_input.clone()),
            message,
            tool_use_id: request.tool_use_id.clone(),
            resolved_by,
            is_edited: is_edited.then_some(true),
        },
    }
}

fn approval_state(word: &str) -> ApprovalState {
    match word {
        "pending" => ApprovalState::Pending,
        "allowed" => ApprovalState::Allowed,
        "denied" => ApprovalState::Denied,
        _ => ApprovalState::Withdrawn,
    }
}

fn question_state(word: &str) -> QuestionState {
    match word {
        "pending" => QuestionState::Pending,
        "answered" => QuestionState::Answered,
        "declined" => QuestionState::Declined,
        _ => QuestionState::Withdrawn,
    }
}
