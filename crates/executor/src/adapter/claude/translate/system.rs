//! `system`: the program about itself.

use domain::{ApprovalState, EventBody, LogLevel};
use serde::Deserialize;
use serde_json::Value;

use super::{activity, control::mode_changed, log, read, unknown};
use crate::{
    Signal, Translation, TurnStart,
    adapter::claude::{message::Init, mode_of_word},
};

pub(super) fn translate_system(subtype: &str, bytes: &[u8]) -> serde_json::Result<Translation> {
    match subtype {
        "init" => read(bytes, translate_init),
        "status" => read(bytes, translate_status),
        "api_retry" => read(bytes, translate_retry),
        "model_fallback" => read(bytes, |words: Words| log(LogLevel::Warn, words.any())),
        "permission_denied" => read(bytes, translate_denial),
        "notification" | "informational" => read(bytes, translate_words),
        "compact_boundary" => read(bytes, translate_compaction),
        "hook_response" => read(bytes, translate_hook),
        "task_notification" => read(bytes, translate_task_end),
        "thinking_tokens" => Ok(Translation::of_signal(activity("thinking", None))),
        // The tool call, its result and the end of the task say it all.
        "task_started" | "task_progress" | "task_updated" | "background_tasks_changed" => {
            Ok(Translation::default())
        }
        // For hosts that draw a terminal or keep a list of conversations.
        "session_state_changed" | "session_title_changed" | "ui_invalidate" => Ok(Translation::default()),
        // Its response follows.
        "hook_started" | "hook_progress" => Ok(Translation::default()),
        _ => Ok(unknown(bytes)),
    }
}

fn translate_init(init: Init) -> Translation {
    let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let message = format!(
        "Claude Code {} begins a turn with {} in mode {}",
        or_unknown(&init.claude_code_version),
        or_unknown(&init.model),
        or_unknown(&init.permission_mode),
    );
    let turn_start = TurnStart {
        session_id: init.session_id.and_then(|id| id.parse().ok()),
        model: init.model,
        permission_mode: init.permission_mode,
        version: init.claude_code_version,
    };
    let mode = turn_start.permission_mode.as_deref().and_then(mode_of_word);
    let mut translation = log(LogLevel::Debug, message).with_signal(Signal::TurnStarted(turn_start));
    translation.signals.extend(mode.map(|mode| Signal::ModeChanged { mode }));
    translation.with_signal(activity("thinking", None))
}

#[derive(Debug, Deserialize)]
struct Status {
    #[serde(default)]
    status: Option<String>,
    #[serde(default, rename = "permissionMode")]
    permission_mode: Option<String>,
}

fn translate_status(line: Status) -> Translation {
    if let Some(mode) = line.permission_mode {
        let mut translation = log(LogLevel::Info, format!("the permission mode is now {mode}"));
        translation.signals = mode_changed(Some(&mode)).signals;
        return translation;
    }
    match line.status.as_deref() {
        Some("compacting") => {
            progress("compaction", None, None, "making the conversation shorter".to_owned())
                .with_signal(activity("making the conversation shorter", None))
        }
        Some("requesting") => Translation::of_signal(activity("thinking", None)),
        _ => Translation::default(),
    }
}

#[derive(Debug, Deserialize)]
struct Retry {
    attempt: i32,
    max_retries: i32,
    retry_delay_ms: f64,
    #[serde(default)]
    error_status: Option<u16>,
    #[serde(default)]
    error: Option<String>,
}

fn translate_retry(line: Retry) -> Translation {
    let what = match (line.error_status, line.error.as_deref()) {
        (Some(status), Some(error)) => format!("answered {status} ({error})"),
        (Some(status), None) => format!("answered {status}"),
        (None, _) => "could not be reached".to_owned(),
    };
    let seconds = line.retry_delay_ms / 1000.0;
    let message = format!("the model service {what}; trying again in {seconds:.1} s");
    progress("retry", Some(line.attempt), Some(line.max_retries), message)
        .with_signal(activity("waiting for the model service", None))
}

#[derive(Debug, Deserialize)]
struct Denial {
    tool_name: String,
    tool_use_id: String,
    #[serde(default)]
    message: Option<String>,
}

fn translate_denial(line: Denial) -> Translation {
    Translation::of_event(EventBody::Approval {
        approval_id: line.tool_use_id.clone(),
        state: ApprovalState::Denied,
        tool_name: line.tool_name,
        tool_input: Value::Null,
        message: line.message,
        tool_use_id: Some(line.tool_use_id),
        resolved_by: None,
        is_edited: None,
    })
}

/// Lines that are text for people, under whatever name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Words {
    content: Option<String>,
    text: Option<String>,
    level: Option<String>,
    priority: Option<String>,
}

impl Words {
    fn any(self) -> String {
        self.content.or(self.text).unwrap_or_default()
    }
}

fn translate_words(line: Words) -> Translation {
    let is_urgent = matches!(line.level.as_deref(), Some("warning" | "error"))
        || matches!(line.priority.as_deref(), Some("high" | "immediate"));
    log(if is_urgent { LogLevel::Warn } else { LogLevel::Info }, line.any())
}

#[derive(Debug, Deserialize)]
struct Compaction {
    compact_metadata: CompactionFacts,
}

#[derive(Debug, Deserialize)]
struct CompactionFacts {
    #[serde(default)]
    pre_tokens: u64,
    #[serde(default)]
    post_tokens: u64,
}

fn translate_compaction(line: Compaction) -> Translation {
    let CompactionFacts { pre_tokens, post_tokens } = line.compact_metadata;
    let message =
        format!("the conversation was made shorter: {pre_tokens} tokens before, {post_tokens} after");
    log(LogLevel::Info, message)
}

#[derive(Debug, Deserialize)]
struct Hook {
    hook_event: String,
    #[serde(default)]
    exit_code: Option<i32>,
    #[serde(default)]
    output: String,
}

fn translate_hook(line: Hook) -> Translation {
    let code = line.exit_code.map_or_else(String::new, |code| format!(" (exit code {code})"));
    log(LogLevel::Info, format!("hook {}{code}\n{}", line.hook_event, line.output).trim_end())
}

#[derive(Debug, Deserialize)]
struct TaskEnd {
    status: String,
    #[serde(default)]
    summary: String,
}

fn translate_task_end(line: TaskEnd) -> Translation {
    log(LogLevel::Info, format!("a task of the agent is {}: {}", line.status, line.summary))
}

/// `rate_limit_event`.
#[derive(Debug, Deserialize)]
pub(super) struct RateLimit {
    rate_limit_info: RateLimitFacts,
}

#[derive(Debug, Deserialize)]
struct RateLimitFacts {
    #[serde(default)]
    status: Option<String>,
}

/// Silent while requests are allowed.
pub(super) fn translate_rate_limit(line: RateLimit) -> Translation {
    match line.rate_limit_info.status.as_deref() {
        Some("allowed") | None => Translation::default(),
        Some(status) => log(LogLevel::Warn, format!("the model service's limit for this account: {status}")),
    }
}

fn progress(phase: &str, step: Option<i32>, total: Option<i32>, message: String) -> Translation {
    Translation::of_event(EventBody::Progress { phase: phase.to_owned(), step, total, message })
}
