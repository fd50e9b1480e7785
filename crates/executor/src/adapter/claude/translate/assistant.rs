//! `assistant`: what the agent says, thinks and calls. One line per content block.

use std::path::Path;

use domain::{EventBody, MessageRole, bounded_text};
use serde_json::Value;

use super::{activity, unknown};
use crate::{
    Partial, Signal, Translation,
    adapter::claude::{
        bounded::bounded_value,
        message::{Block, Content, Spoken},
    },
};

/// Longest text in a status line.
const OBJECT_CHARS_MAX: usize = 120;

pub(super) fn translate_assistant(spoken: Spoken) -> Translation {
    let mut translation = Translation::default();
    if spoken.parent_tool_use_id.is_none() {
        translation.signals.push(Signal::Partial(Partial::Reset));
    }
    let blocks = match spoken.message.content {
        Content::Text(text) => vec![serde_json::json!({ "type": "text", "text": text })],
        Content::Blocks(blocks) => blocks,
    };
    for block in blocks {
        let of_block = translate_block(block, spoken.parent_tool_use_id.as_deref(), spoken.error.as_deref());
        translation.events.extend(of_block.events);
        translation.signals.extend(of_block.signals);
    }
    translation
}

fn translate_block(block: Value, parent: Option<&str>, error: Option<&str>) -> Translation {
    let parent_tool_use_id = parent.map(str::to_owned);
    match Block::read(block) {
        Ok(Block::Text { text }) => translate_text(&text, parent_tool_use_id, error),
        Ok(Block::Thinking { thinking }) if thinking.is_empty() => {
            Translation::of_signal(activity("thinking", None))
        }
        Ok(Block::Thinking { thinking }) => {
            let text = bounded_text(&thinking).0;
            Translation::of_event(EventBody::Thinking { text, parent_tool_use_id })
                .with_signal(activity("thinking", None))
        }
        Ok(Block::ToolUse { id, name, input }) => {
            let doing = tool_activity(&name, &input);
            let input = bounded_value(input);
            Translation::of_event(EventBody::ToolCall { tool_use_id: id, name, input, parent_tool_use_id })
                .with_signal(doing)
        }
        // Results of tools that the model service itself runs come in its own message.
        Ok(Block::ToolResult { tool_use_id, content, is_error }) => {
            Translation::of_event(super::user::tool_result(
                tool_use_id,
                &content,
                is_error.unwrap_or_default(),
                None,
                parent_tool_use_id,
            ))
        }
        // Encrypted thoughts and pictures have no text.
        Ok(Block::RedactedThinking {} | Block::Image {} | Block::Document {}) => Translation::default(),
        Err(text) => unknown(text.as_bytes()),
    }
}

fn translate_text(text: &str, parent_tool_use_id: Option<String>, error: Option<&str>) -> Translation {
    let (text, is_truncated) = bounded_text(text);
    if let Some(code) = error {
        return Translation::of_event(EventBody::Error { message: text, detail: Some(code.to_owned()) });
    }
    if text.trim().is_empty() {
        return Translation::default();
    }
    let role = MessageRole::Assistant;
    Translation::of_event(EventBody::Message {
        role,
        text,
        parent_tool_use_id,
        is_truncated,
        attachments: None,
    })
    .with_signal(activity("writing", None))
}

/// The status line of a tool call. Unknown tools are named.
fn tool_activity(name: &str, input: &Value) -> Signal {
    let text = |field: &str| input.get(field).and_then(Value::as_str);
    let file = || text("file_path").or_else(|| text("notebook_path")).map(file_name);
    let (verb, object) = match name {
        "Bash" => ("running", text("command").map(first_line)),
        "Read" => ("reading", file()),
        "Edit" | "Write" | "MultiEdit" | "NotebookEdit" => ("editing", file()),
        "Grep" | "Glob" | "WebSearch" | "ToolSearch" => {
            ("searching", text("pattern").or_else(|| text("query")).map(first_line))
        }
        "WebFetch" => ("fetching", text("url").map(first_line)),
        "Agent" | "Task" => ("delegating", text("description").map(first_line)),
        "AskUserQuestion" | "ExitPlanMode" => ("asking", None),
        other => ("using", Some(first_line(other))),
    };
    activity(verb, object)
}

/// The last three parts of a path say enough on a card.
fn file_name(path: &str) -> String {
    let parts: Vec<_> = Path::new(path).components().collect();
    let last = &parts[parts.len().saturating_sub(3)..];
    let short: std::path::PathBuf = last.iter().collect();
    first_line(&short.to_string_lossy())
}

fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(OBJECT_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tool_call_is_told_in_a_line() {
        let cases = [
            ("Bash", json!({"command": "npm test\n# more"}), "running", Some("npm test")),
            ("Edit", json!({"file_path": "/w/x/y/src/a.ts"}), "editing", Some("y/src/a.ts")),
            ("Read", json!({"file_path": "a.ts"}), "reading", Some("a.ts")),
            ("Grep", json!({"pattern": "x"}), "searching", Some("x")),
            ("Odd", json!(null), "using", Some("Odd")),
            ("Bash", json!({}), "running", None),
        ];
        for (name, input, verb, object) in cases {
            let expected = activity(verb, object.map(str::to_owned));
            assert_eq!(tool_activity(name, &input), expected, "{name}");
        }
        let long = json!({"command": "é".repeat(500)});
        let Signal::Activity(told) = tool_activity("Bash", &long) else { panic!("no activity") };
        assert_eq!(told.object.unwrap().chars().count(), OBJECT_CHARS_MAX + 1);
    }
}
