//! `result`: the end of a turn. The verdict rests on `is_error` and `terminal_reason`, never on `subtype` alone: a
//! failed request comes as `success`.

use domain::{EventBody, LogLevel, LogStream, Usage};

use crate::{Partial, Signal, Translation, TurnEnd, adapter::claude::message::TurnResult};

/// How the program marks errors that are notes to its own makers.
const DIAGNOSTIC_MARK: &str = "[ede_diagnostic]";

pub(super) fn translate_result(result: TurnResult) -> Translation {
    let usage = usage_of(&result);
    let reason = result.terminal_reason.clone().unwrap_or_else(|| result.subtype.clone());
    let is_ok = is_finished(&result);
    let error = (!is_ok).then(|| error_of(&result, &reason));
    let mut events = vec![EventBody::Usage(usage)];
    // A failed request was told by the line before this one; an interrupt is what somebody wanted.
    if let Some(message) = error.clone().filter(|_| !is_request_error(&result, &reason)) {
        events.push(if is_aborted(&reason) {
            let (level, stream) = (LogLevel::Info, LogStream::Agent);
            EventBody::Log { level, stream, message, is_truncated: false }
        } else {
            EventBody::Error { message, detail: Some(reason.clone()) }
        });
    }
    let turn_end = TurnEnd {
        is_ok,
        is_login_problem: !is_ok && is_login_problem(&result),
        is_limit: matches!(reason.as_str(), "max_turns" | "budget_exhausted"),
        reason,
        error,
        queued_turns: result.queued_turn_count,
        result: result.result,
        usage,
    };
    Translation { events, signals: vec![Signal::Partial(Partial::Reset), Signal::TurnEnded(turn_end)] }
}

fn is_aborted(reason: &str) -> bool {
    reason.starts_with("aborted_")
}

/// Commands that the program runs itself (`/context`) have no reason; whatever else is not "completed" is not done.
fn is_finished(result: &TurnResult) -> bool {
    let is_completed = result.terminal_reason.as_deref().is_none_or(|reason| reason == "completed");
    !result.is_error && is_completed && result.subtype == "success"
}

fn is_request_error(result: &TurnResult, reason: &str) -> bool {
    result.api_error_status.is_some() || matches!(reason, "api_error" | "prompt_too_long")
}

fn is_login_problem(result: &TurnResult) -> bool {
    let words = result.result.as_deref().unwrap_or_default();
    matches!(result.api_error_status, Some(401 | 403))
        || matches!(result.api_error_type.as_deref(), Some("authentication_error" | "permission_error"))
        || ["/login", "Invalid API key", "Failed to authenticate"].iter().any(|hint| words.contains(hint))
}

/// For people: what the program says, or what its word for the reason means.
fn error_of(result: &TurnResult, reason: &str) -> String {
    let said = result.errors.iter().filter(|error| !error.starts_with(DIAGNOSTIC_MARK));
    let said: Vec<&str> =
        said.map(String::as_str).chain(result.result.as_deref().filter(|_| result.is_error)).collect();
    if !said.is_empty() {
        return said.join("\n");
    }
    match reason {
        aborted if is_aborted(aborted) => "The turn was interrupted.".to_owned(),
        other => format!("The turn ended early ({other})."),
    }
}

fn usage_of(result: &TurnResult) -> Usage {
    let count = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
    Usage {
        input_tokens: count(result.usage.input_tokens),
        output_tokens: count(result.usage.output_tokens),
        cache_read_tokens: count(result.usage.cache_read_input_tokens),
        cache_creation_tokens: count(result.usage.cache_creation_input_tokens),
        cost_usd: result.total_cost_usd,
        turns: count(result.num_turns),
    }
}
