//! Answering what an agent asks. The answer, what is remembered of it and the command that takes it to the agent are
//! stored in one step; only then is it sent. A server killed in between sends it at its next start, and the shim applies
//! it once.

use db::{Durability, NewRule, Request, Resolution, Run, WriteTx};
use domain::{
    Approval, ApprovalId, ApprovalState, Attempt, Decision, ProjectId, Question, QuestionId, QuestionState,
    ResolveApproval, ResolveQuestion, RulePattern, RuleScope, Timestamp, check_rule, rule_allows,
};
use executor::{Adapter, AskAnswer, adapter_for};
use serde_json::json;
use uuid::Uuid;

use crate::{
    api::failure::{conflict, invalid},
    asks::{Answer, answer_others, store_answer},
    clock::{new_id, now},
    error::ApiError,
    standing::reconcile,
    state::{AppState, transaction},
    supervise::deliver::deliver_soon,
    workflow::{prepare_attempt::load_assignment, refuse_start::check_mode},
};

/// What a denial says that says nothing itself.
const PLAIN_DENIAL: &str = "The user does not want this. Do not try it in another way; go on without it, or say what you need it for.";
const PLAIN_PLAN_DENIAL: &str = "The user does not approve this plan yet. Ask what should be different.";
const PLAIN_DECLINE: &str = "The user does not answer this. Decide yourself, and say what you decided.";

/// Answers a tool call or plan.
///
/// # Errors
/// When it does not wait any more (the answer tells who was first), or the answer makes no sense.
pub(crate) async fn resolve_approval(
    state: &AppState,
    id: ApprovalId,
    answer: ResolveApproval,
    by: String,
) -> Result<Approval, ApiError> {
    let approval = find_approval(state, id).await?;
    check_pending(&approval)?;
    let rule = remembered(&approval, &answer)?;
    let resolved = Resolved { answer: approval_answer(&approval, answer, by)?, rule };
    if store_resolved(state, id.as_uuid(), resolved).await?.is_none() {
        check_pending(&find_approval(state, id).await?)?;
    }
    find_approval(state, id).await
}

/// Answers a question, or says that nobody will.
///
/// # Errors
/// When it does not wait any more (the answer tells who was first), or the answer makes no sense.
pub(crate) async fn resolve_question(
    state: &AppState,
    id: QuestionId,
    answer: ResolveQuestion,
    by: String,
) -> Result<Question, ApiError> {
    let question = find_question(state, id).await?;
    check_waiting(&question)?;
    let resolved = Resolved { answer: question_answer(&question, answer, by)?, rule: None };
    if store_resolved(state, id.as_uuid(), resolved).await?.is_none() {
        check_waiting(&find_question(state, id).await?)?;
    }
    find_question(state, id).await
}

/// Reads a tool call or plan.
pub(crate) async fn find_approval(state: &AppState, id: ApprovalId) -> Result<Approval, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(db::find_approval(&mut connection, id).await?)
}

/// Reads a question.
pub(crate) async fn find_question(state: &AppState, id: QuestionId) -> Result<Question, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(db::find_question(&mut connection, id).await?)
}

fn check_pending(approval: &Approval) -> Result<(), ApiError> {
    let did = match approval.state {
        ApprovalState::Pending => return Ok(()),
        ApprovalState::Allowed => "allowed it",
        ApprovalState::Denied => "denied it",
        ApprovalState::Withdrawn => return Err(conflict("the agent does not wait for this any more")),
    };
    Err(too_late(approval.resolved_by.as_deref(), did, approval.resolved_at, json!(approval.state)))
}

fn check_waiting(question: &Question) -> Result<(), ApiError> {
    let did = match question.state {
        QuestionState::Pending => return Ok(()),
        QuestionState::Answered => "answered it",
        QuestionState::Declined => "left it to the agent",
        QuestionState::Withdrawn => return Err(conflict("the agent does not wait for this any more")),
    };
    Err(too_late(question.resolved_by.as_deref(), did, question.resolved_at, json!(question.state)))
}

fn too_late(by: Option<&str>, did: &str, at: Option<Timestamp>, state: serde_json::Value) -> ApiError {
    let who = by.unwrap_or("somebody else");
    conflict(format!("{who} {did} before this answer came"))
        .with_details(json!({ "resolved_by": by, "resolved_at": at, "state": state }))
}

/// What is stored with an answer.
struct Resolved {
    answer: Answer,
    rule: Option<(RuleScope, RulePattern)>,
}

/// The rule that the person wants to be remembered.
fn remembered(
    approval: &Approval,
    answer: &ResolveApproval,
) -> Result<Option<(RuleScope, RulePattern)>, ApiError> {
    let Some(scope) = answer.remember else { return Ok(None) };
    if answer.decision == Decision::Deny {
        return Err(invalid("remember", "only what is allowed can be remembered"));
    }
    let proposed = approval.suggestions.first().map(|proposal| RulePattern {
        tool_name: proposal.tool_name.clone(),
        pattern: proposal.pattern.clone(),
    });
    let Some(pattern) = answer.rule.clone().or(proposed) else {
        return Err(invalid("remember", "no rule is safe for calls like this one: allow it once"));
    };
    if pattern.tool_name != approval.tool_name {
        let message = format!("the rule must be about {}", approval.tool_name);
        return Err(invalid("rule.tool_name", message));
    }
    check_rule(&pattern).map_err(|refusal| invalid("rule.pattern", refusal.0))?;
    let input = answer.updated_input.as_ref().unwrap_or(&approval.tool_input);
    let worktree = approval.cwd.as_deref().unwrap_or_default();
    if !rule_allows(&pattern, &approval.tool_name, input, worktree) {
        return Err(invalid(
            "rule",
            "this rule does not allow the very call that you allow: change one of them",
        ));
    }
    Ok(Some((scope, pattern)))
}

fn approval_answer(approval: &Approval, answer: ResolveApproval, by: String) -> Result<Answer, ApiError> {
    let ResolveApproval { decision, message, updated_input, stop, mode, .. } = answer;
    let is_edited = updated_input.is_some();
    if updated_input.as_ref().is_some_and(|input| !input.is_object()) {
        return Err(invalid(
            "updated_input",
            "`updated_input` is the whole arguments of the call, an object",
        ));
    }
    let message = message.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let resolution = |state| Resolution {
        state,
        message: message.clone(),
        is_edited,
        resolved_by: Some(by),
        answers: None,
    };
    if decision == Decision::Allow {
        let to_agent = AskAnswer::Allow { updated_input, mode };
        return Ok(Answer { to_agent, resolution: resolution("allowed") });
    }
    let plain = match approval.kind {
        domain::ApprovalKind::Tool => PLAIN_DENIAL,
        domain::ApprovalKind::Plan => PLAIN_PLAN_DENIAL,
    };
    let words = message.clone().unwrap_or_else(|| plain.to_owned());
    let to_agent = AskAnswer::Deny { message: words, is_stop: stop.unwrap_or(false) };
    Ok(Answer { to_agent, resolution: resolution("denied") })
}

fn question_answer(question: &Question, answer: ResolveQuestion, by: String) -> Result<Answer, ApiError> {
    let resolved_by = Some(by);
    let Some(answers) = answer.answers.filter(|answers| !answers.is_empty()) else {
        let message = answer.message.unwrap_or_else(|| PLAIN_DECLINE.to_owned());
        let resolution = Resolution {
            state: "declined",
            message: Some(message.clone()),
            resolved_by,
            ..Resolution::default()
        };
        return Ok(Answer { to_agent: AskAnswer::Declined { message }, resolution });
    };
    let is_asked = |name: &str| question.questions.iter().any(|item| item.question == name);
    if let Some(stray) = answers.keys().find(|name| !is_asked(name)) {
        return Err(invalid(
            "answers",
            format!("the agent did not ask {stray:?}: answers go by their question"),
        ));
    }
    let resolution = Resolution {
        state: "answered",
        answers: Some(answers.clone()),
        resolved_by,
        ..Resolution::default()
    };
    Ok(Answer { to_agent: AskAnswer::Answers(answers), resolution })
}

/// Stores an answer and sends it. None if somebody else was first.
async fn store_resolved(state: &AppState, id: Uuid, resolved: Resolved) -> Result<Option<Run>, ApiError> {
    let mut connection = state.store.read().await?;
    let request = db::find_request(&mut connection, id).await?;
    drop(connection);
    let assignment = load_assignment(state, request.attempt_id).await?;
    if let AskAnswer::Allow { mode: Some(mode), .. } = &resolved.answer.to_agent {
        check_mode(&assignment.agent, *mode)?;
    }
    let (adapter, project_id, at) = (adapter_for(assignment.agent.adapter), assignment.project.id, now());
    let work = transaction::<Run, db::Error, _>(move |tx| {
        Box::pin(async move { store_step(tx, adapter, &request, project_id, resolved, at).await })
    });
    match state.store.write(Durability::Full, work).await {
        Ok(run) => {
            deliver_soon(state, &run).await;
            Ok(Some(run))
        }
        Err(db::Error::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn store_step(
    tx: &mut WriteTx,
    adapter: &dyn Adapter,
    request: &Request,
    project_id: ProjectId,
    resolved: Resolved,
    at: Timestamp,
) -> Result<Run, db::Error> {
    let attempt_id = request.attempt_id;
    let is_stop = matches!(&resolved.answer.to_agent, AskAnswer::Deny { is_stop: true, .. });
    store_answer(tx, adapter, request, resolved.answer, at).await?;
    if is_stop {
        db::request_stop(tx, attempt_id).await?;
    }
    if let Some((scope, pattern)) = resolved.rule {
        let attempt_id = (scope == RuleScope::Attempt).then_some(attempt_id);
        let rule = NewRule { id: new_id(), project_id, attempt_id, pattern };
        db::insert_rule(tx, &rule, at).await?;
        answer_others(tx, adapter, project_id, request.attempt_id, at).await?;
    }
    reconcile(tx, attempt_id, at).await?;
    db::find_run(tx.connection(), request.run_id).await
}

/// Gives the project's default answer to questions whose time is over.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn answer_due_questions(state: &AppState) -> Result<(), ApiError> {
    let mut connection = state.store.read().await?;
    let due = db::list_due_questions(&mut connection, now()).await?;
    drop(connection);
    for request in due {
        // One that cannot be answered holds up no other.
        match answer_due(state, &request).await {
            Ok(()) => {}
            Err(error) if error.code() == domain::ErrorCode::Conflict => {}
            Err(error) => tracing::error!("the question {} got no default answer: {error:?}", request.id),
        }
    }
    Ok(())
}

async fn answer_due(state: &AppState, request: &Request) -> Result<(), ApiError> {
    let assignment = load_assignment(state, request.attempt_id).await?;
    let answer = default_answer(request, &assignment.project.settings.question_default_answer);
    let by = "the project's default answer".to_owned();
    resolve_question(state, request.id.into(), answer, by).await.map(drop)
}

fn default_answer(request: &Request, text: &str) -> ResolveQuestion {
    let text = text.trim();
    if text.is_empty() {
        return ResolveQuestion::default();
    }
    let items = request.questions.iter().flatten();
    let answers = items.map(|item| (item.question.clone(), text.to_owned())).collect();
    ResolveQuestion { answers: Some(answers), message: None }
}

/// Whether an attempt has an agent that can be talked to now.
pub(crate) fn check_action(
    attempt: &Attempt,
    action: domain::AttemptAction,
    what: &str,
) -> Result<(), ApiError> {
    if attempt.allowed_actions.contains(&action) {
        return Ok(());
    }
    Err(conflict(format!("the attempt is {}: {what}", attempt.state.as_str())))
}
