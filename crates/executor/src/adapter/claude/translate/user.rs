//! `user`: results of tools, and what the program says in the user's name.

use domain::{EventBody, MessageRole, bounded_text};
use serde_json::Value;

use super::{activity, unknown};
use crate::{
    Signal, Translation,
    adapter::claude::{
        bounded::bounded_value,
        message::{Block, Content, Spoken},
    },
};

/// Fields of a structured result that repeat what stands elsewhere, or the whole file.
const LEFT_OUT: [&str; 3] = ["originalFile", "content", "prompt"];

pub(super) fn translate_user(spoken: Spoken) -> Translation {
    // Our own messages are in the log since they were sent; said again, they were taken up.
    if spoken.is_replay {
        let taken = spoken.uuid.map(|message_id| Signal::MessageTaken { message_id });
        return Translation { events: Vec::new(), signals: taken.into_iter().collect() };
    }
    let speaker = Speaker::of(&spoken);
    match spoken.message.content {
        Content::Text(text) => speaker.say(&text),
        Content::Blocks(blocks) => translate_blocks(blocks, spoken.tool_use_result, &speaker),
    }
}

/// How the program tells the model that a turn was cut short.
const INTERRUPT_MARK: &str = "[Request interrupted by user";

/// In whose name a text is.
struct Speaker {
    role: MessageRole,
    parent_tool_use_id: Option<String>,
}

impl Speaker {
    /// A subagent's user is the agent that called it; everything else here is the program's own.
    fn of(spoken: &Spoken) -> Self {
        let is_prompt = spoken.parent_tool_use_id.is_some() && !spoken.is_synthetic;
        let role = if is_prompt { MessageRole::User } else { MessageRole::System };
        Self { role, parent_tool_use_id: spoken.parent_tool_use_id.clone() }
    }

    fn say(&self, text: &str) -> Translation {
        let (text, is_truncated) = bounded_text(text);
        let parent_tool_use_id = self.parent_tool_use_id.clone();
        Translation::of_event(EventBody::Message {
            role: self.role,
            text,
            parent_tool_use_id,
            is_truncated,
            attachments: None,
        })
    }
}

fn translate_blocks(blocks: Vec<Value>, structured: Option<Value>, speaker: &Speaker) -> Translation {
    let mut translation = Translation::default();
    // The structured form belongs to the one result of the line.
    let mut structured = structured.filter(|_| blocks.len() == 1);
    for block in blocks {
        let of_block = match Block::read(block) {
            // The end of the turn tells it.
            Ok(Block::Text { text }) if text.starts_with(INTERRUPT_MARK) => Translation::default(),
            Ok(Block::Text { text }) => speaker.say(&text),
            Ok(Block::ToolResult { tool_use_id, content, is_error }) => {
                let detail = structured.take().and_then(detail);
                let is_error = is_error.unwrap_or_default();
                let parent = speaker.parent_tool_use_id.clone();
                Translation::of_event(tool_result(tool_use_id, &content, is_error, detail, parent))
                    .with_signal(activity("thinking", None))
            }
            Ok(Block::Image {}) => speaker.say("(image)"),
            Ok(Block::Document {}) => speaker.say("(document)"),
            Ok(other @ (Block::Thinking { .. } | Block::RedactedThinking {} | Block::ToolUse { .. })) => {
                unknown(format!("in the user's name: {other:?}").as_bytes())
            }
            Err(text) => unknown(text.as_bytes()),
        };
        translation.events.extend(of_block.events);
        translation.signals.extend(of_block.signals);
    }
    translation
}

/// The event of a tool's answer.
pub(super) fn tool_result(
    tool_use_id: String,
    content: &Value,
    is_error: bool,
    detail: Option<Value>,
    parent_tool_use_id: Option<String>,
) -> EventBody {
    let (content, is_truncated) = bounded_text(&text_of(content));
    EventBody::ToolResult { tool_use_id, is_error, content, detail, parent_tool_use_id, is_truncated }
}

/// What the model sees, as text.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks.iter().map(block_text).collect::<Vec<_>>().join("\n"),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn block_text(block: &Value) -> String {
    let kind = block.get("type").and_then(Value::as_str).unwrap_or("part");
    match block.get("text").and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => format!("({kind})"),
    }
}

/// The structured result, less what repeats. A text says nothing that the content does not.
fn detail(structured: Value) -> Option<Value> {
    let Value::Object(mut fields) = structured else { return None };
    LEFT_OUT.iter().for_each(|name| drop(fields.remove(*name)));
    if let Some(Value::Object(file)) = fields.get_mut("file") {
        LEFT_OUT.iter().chain(&["base64"]).for_each(|name| drop(file.remove(*name)));
    }
    Some(bounded_value(Value::Object(fields)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_edit_keeps_its_patch_and_drops_the_file() {
        let structured =
            json!({"filePath": "a", "originalFile": "x", "structuredPatch": [{"lines": ["-a", "+b"]}]});
        let expected = json!({"filePath": "a", "structuredPatch": [{"lines": ["-a", "+b"]}]});
        assert_eq!(detail(structured), Some(expected));
        assert_eq!(detail(json!("Error: no")), None);
        let read = json!({"type": "text", "file": {"filePath": "a", "content": "x", "numLines": 3}});
        assert_eq!(detail(read), Some(json!({"type": "text", "file": {"filePath": "a", "numLines": 3}})));
    }

    #[test]
    fn blocks_become_text() {
        let content = json!([{"type": "text", "text": "a"}, {"type": "image", "source": {}}]);
        assert_eq!(text_of(&content), "a\n(image)");
    }
}
