//! The shapes of Claude Code's lines, as far as they mean something here. Everything that may be missing is optional:
//! the set of fields grows from release to release.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// What decides how a line is read.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    /// Kind of the line.
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// Kind within the kind.
    #[serde(default)]
    pub(super) subtype: Option<String>,
}

/// `assistant`, `user`: one message of the conversation.
#[derive(Debug, Deserialize)]
pub(super) struct Spoken {
    pub(super) message: SpokenMessage,
    #[serde(default)]
    pub(super) parent_tool_use_id: Option<String>,
    /// Set where the "message" is the program's report of a failed request.
    #[serde(default)]
    pub(super) error: Option<String>,
    /// The structured form of the one tool result in the message.
    #[serde(default)]
    pub(super) tool_use_result: Option<Value>,
    /// Said by the program in the user's name.
    #[serde(default, rename = "isSynthetic")]
    pub(super) is_synthetic: bool,
    /// Our own message, said again.
    #[serde(default, rename = "isReplay")]
    pub(super) is_replay: bool,
    /// Id of the message; ours, where it is our own message said again.
    #[serde(default)]
    pub(super) uuid: Option<Uuid>,
}

/// The API's message.
#[derive(Debug, Deserialize)]
pub(super) struct SpokenMessage {
    pub(super) content: Content,
}

/// Text, or blocks.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Blocks(Vec<Value>),
}

/// A block whose kind is known.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    Text {
        text: String,
    },
    Thinking {
        thinking: String,
    },
    RedactedThinking {},
    #[serde(alias = "server_tool_use", alias = "mcp_tool_use")]
    ToolUse {
        id: String,
        name: String,
        #[serde(default)]
        input: Value,
    },
    #[serde(alias = "web_search_tool_result", alias = "mcp_tool_result")]
    ToolResult {
        tool_use_id: String,
        #[serde(default)]
        content: Value,
        #[serde(default)]
        is_error: Option<bool>,
    },
    Image {},
    Document {},
}

impl Block {
    /// Reads a block; what is of no known kind or shape comes back as text.
    pub(super) fn read(block: Value) -> Result<Self, String> {
        const KINDS: [&str; 11] = [
            "text",
            "thinking",
            "redacted_thinking",
            "tool_use",
            "server_tool_use",
            "mcp_tool_use",
            "tool_result",
            "web_search_tool_result",
            "mcp_tool_result",
            "image",
            "document",
        ];
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !KINDS.contains(&kind.as_str()) {
            return Err(block.to_string());
        }
        serde_json::from_value(block).map_err(|error| format!("a {kind} block of unknown shape: {error}"))
    }
}

/// `system/init`.
#[derive(Debug, Deserialize)]
pub(super) struct Init {
    #[serde(default)]
    pub(super) session_id: Option<String>,
    #[serde(default)]
    pub(super) model: Option<String>,
    #[serde(default, rename = "permissionMode")]
    pub(super) permission_mode: Option<String>,
    #[serde(default)]
    pub(super) claude_code_version: Option<String>,
}

/// `result`.
#[derive(Debug, Deserialize)]
pub(super) struct TurnResult {
    pub(super) subtype: String,
    pub(super) is_error: bool,
    #[serde(default)]
    pub(super) result: Option<String>,
    #[serde(default)]
    pub(super) errors: Vec<String>,
    #[serde(default)]
    pub(super) terminal_reason: Option<String>,
    #[serde(default)]
    pub(super) api_error_status: Option<u16>,
    #[serde(default)]
    pub(super) api_error_type: Option<String>,
    #[serde(default)]
    pub(super) num_turns: u64,
    #[serde(default)]
    pub(super) total_cost_usd: f64,
    #[serde(default)]
    pub(super) queued_turn_count: u32,
    #[serde(default)]
    pub(super) usage: TurnUsage,
}

/// Tokens of one turn.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TurnUsage {
    pub(super) input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) cache_read_input_tokens: u64,
    pub(super) cache_creation_input_tokens: u64,
}

/// `stream_event`: a piece of a message that is being written.
#[derive(Debug, Deserialize)]
pub(super) struct StreamEvent {
    pub(super) event: StreamPiece,
    #[serde(default)]
    pub(super) parent_tool_use_id: Option<String>,
}

/// The API's own event.
#[derive(Debug, Deserialize)]
pub(super) struct StreamPiece {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) delta: Option<Delta>,
    #[serde(default)]
    pub(super) content_block: Option<Envelope>,
}

/// More of a block.
#[derive(Debug, Deserialize)]
pub(super) struct Delta {
    #[serde(default)]
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) thinking: Option<String>,
}
