//! What the scripted agent prints: Claude Code's lines, with ids that are the same each time.

use std::io::{self, BufWriter, Stdout, Write};

use serde_json::{Value, json};

use super::{script::Ask, tools::ToolOutcome};

/// What the scripted agent calls its model.
const MODEL: &str = "scripted";
/// Tokens that each message is said to cost.
const TOKENS_PER_MESSAGE: u64 = 10;
/// Dollars per token, so that a board has something to add up.
const DOLLARS_PER_TOKEN: f64 = 0.000_01;

/// Standard output with everything that has to be counted.
pub(super) struct Voice {
    out: BufWriter<Stdout>,
    session_id: String,
    /// What ids begin with, behind their kind.
    id_stem: String,
    /// Numbers the ids.
    counter: u64,
    messages_in_turn: u64,
    turns: u64,
    tokens: u64,
}

impl Voice {
    /// In a conversation that is taken up again, the ids must not be those of before.
    pub(super) fn new(session_id: String, is_resumed: bool) -> Self {
        let out = BufWriter::with_capacity(64 * 1024, io::stdout());
        let id_stem = if is_resumed {
            format!("{session_id}_{}", crate::journal::now_micros())
        } else {
            session_id.clone()
        };
        Self { out, session_id, id_stem, counter: 0, messages_in_turn: 0, turns: 0, tokens: 0 }
    }

    pub(super) fn begin_turn(&mut self, mode: &str) -> io::Result<()> {
        self.messages_in_turn = 0;
        let cwd = std::env::current_dir().unwrap_or_default();
        self.print(&json!({
            "type": "system", "subtype": "init", "session_id": self.session_id, "cwd": cwd, "model": MODEL,
            "permissionMode": mode, "tools": ["Bash", "Edit", "Write"], "mcp_servers": [],
            "claude_code_version": "scripted",
        }))
    }

    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        self.say_buffered(text)?;
        self.flush()
    }

    /// Says something that may wait for more before it is written.
    pub(super) fn say_buffered(&mut self, text: &str) -> io::Result<()> {
        self.message(&json!({ "type": "text", "text": text }))
    }

    pub(super) fn think(&mut self, text: &str) -> io::Result<()> {
        self.message(&json!({ "type": "thinking", "thinking": text, "signature": "" }))?;
        self.flush()
    }

    pub(super) fn begin_text(&mut self) -> io::Result<()> {
        let message = json!({ "id": "partial", "role": "assistant", "model": MODEL, "content": [] });
        self.event(&json!({ "type": "message_start", "message": message }))?;
        let block = json!({ "type": "text", "text": "" });
        self.event(&json!({ "type": "content_block_start", "index": 0, "content_block": block }))
    }

    pub(super) fn delta(&mut self, text: &str) -> io::Result<()> {
        let delta = json!({ "type": "text_delta", "text": text });
        self.event(&json!({ "type": "content_block_delta", "index": 0, "delta": delta }))
    }

    pub(super) fn end_text(&mut self) -> io::Result<()> {
        self.event(&json!({ "type": "content_block_stop", "index": 0 }))
    }

    /// Calls a tool and gives the call's id.
    pub(super) fn call_tool(&mut self, name: &str, input: &Value) -> io::Result<String> {
        let tool_use_id = self.next_id("toolu");
        self.message(&json!({ "type": "tool_use", "id": tool_use_id, "name": name, "input": input }))?;
        self.flush()?;
        Ok(tool_use_id)
    }

    pub(super) fn tool_result(&mut self, tool_use_id: &str, outcome: ToolOutcome) -> io::Result<()> {
        let (content, is_error, structured) = match outcome {
            Ok((content, structured)) => (content, false, structured),
            Err(message) => (message.clone(), true, Value::String(format!("Error: {message}"))),
        };
        let block = json!({ "type": "tool_result", "tool_use_id": tool_use_id, "content": content, "is_error": is_error });
        self.print(&json!({
            "type": "user", "message": { "role": "user", "content": [block] }, "parent_tool_use_id": null,
            "session_id": self.session_id, "tool_use_result": structured,
        }))
    }

    /// Asks for permission and gives the request's id.
    pub(super) fn ask(&mut self, ask: &Ask, tool_use_id: &str) -> io::Result<String> {
        let mut request = json!({
            "subtype": "can_use_tool", "tool_name": ask.tool, "display_name": ask.tool, "input": ask.input,
            "tool_use_id": tool_use_id, "permission_suggestions": [],
        });
        let more = [
            ("description", ask.description.clone()),
            ("decision_reason", ask.reason.clone()),
            ("agent_id", ask.is_subagent.then(|| "subagent".to_owned())),
        ];
        for (name, value) in more.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            request[name] = Value::String(value);
        }
        self.request("ask", &request)
    }

    /// Takes a request back.
    pub(super) fn withdraw(&mut self, request_id: &str) -> io::Result<()> {
        self.print(&json!({ "type": "control_cancel_request", "request_id": request_id }))
    }

    /// Says something to a server of tools and gives the request's id.
    pub(super) fn mcp(&mut self, server: &str, message: &Value) -> io::Result<String> {
        self.request("mcp", &json!({ "subtype": "mcp_message", "server_name": server, "message": message }))
    }

    /// Answers a request of the host.
    pub(super) fn answer(&mut self, request_id: &str, answer: &Value) -> io::Result<()> {
        let response = json!({ "subtype": "success", "request_id": request_id, "response": answer });
        self.print(&json!({ "type": "control_response", "response": response }))
    }

    /// Refuses a request of the host.
    pub(super) fn refuse(&mut self, request_id: &str, error: &str) -> io::Result<()> {
        let response = json!({ "subtype": "error", "request_id": request_id, "error": error });
        self.print(&json!({ "type": "control_response", "response": response }))
    }

    /// Says what became of a message.
    pub(super) fn lifecycle(&mut self, message_id: &str, state: &str) -> io::Result<()> {
        self.print(&json!({ "type": "command_lifecycle", "command_uuid": message_id, "state": state }))
    }

    /// Says which mode is in force now.
    pub(super) fn tell_mode(&mut self, mode: &str) -> io::Result<()> {
        self.print(&json!({
            "type": "system", "subtype": "status", "status": null, "permissionMode": mode,
            "session_id": self.session_id,
        }))
    }

    pub(super) fn end_turn(&mut self, result: &str) -> io::Result<()> {
        self.result(result, "completed", false)
    }

    pub(super) fn fail_turn(&mut self, reason: &str, message: &str) -> io::Result<()> {
        if reason == "api_error" {
            let content = json!([{ "type": "text", "text": message }]);
            self.print(&json!({
                "type": "assistant", "message": { "role": "assistant", "model": "<synthetic>", "content": content },
                "parent_tool_use_id": null, "session_id": self.session_id, "error": "server_error",
                "is_api_error_message": true,
            }))?;
        }
        self.result(message, reason, true)
    }

    /// Ends a turn that was cut short.
    pub(super) fn abort_turn(&mut self, reason: &str) -> io::Result<()> {
        let content = json!([{ "type": "text", "text": "[Request interrupted by user]" }]);
        self.print(&json!({
            "type": "user", "message": { "role": "user", "content": content }, "parent_tool_use_id": null,
            "session_id": self.session_id,
        }))?;
        let errors = ["[ede_diagnostic] result_type=user last_content_type=n/a"];
        self.error(reason, &errors)
    }

    /// Says that there is no conversation to take up.
    pub(super) fn know_nothing(&mut self) -> io::Result<()> {
        let error = format!("No conversation found with session ID: {}", self.session_id);
        eprintln!("{error}");
        self.error("error_during_execution", &[error.as_str()])
    }

    /// Prints a line as it stands.
    pub(super) fn raw(&mut self, line: &str) -> io::Result<()> {
        self.out.write_all(line.as_bytes())?;
        self.out.write_all(b"\n")?;
        self.flush()
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn message(&mut self, block: &Value) -> io::Result<()> {
        self.messages_in_turn += 1;
        self.tokens += TOKENS_PER_MESSAGE;
        let message_id = self.next_id("msg");
        self.print_buffered(&json!({
            "type": "assistant",
            "message": {
                "id": message_id, "type": "message", "role": "assistant", "model": MODEL, "content": [block],
                "stop_reason": null,
            },
            "parent_tool_use_id": null, "session_id": self.session_id,
        }))
    }

    fn event(&mut self, event: &Value) -> io::Result<()> {
        self.print(&json!({
            "type": "stream_event", "event": event, "parent_tool_use_id": null, "session_id": self.session_id,
        }))
    }

    fn request(&mut self, kind: &str, request: &Value) -> io::Result<String> {
        let request_id = self.next_id(kind);
        self.print(&json!({ "type": "control_request", "request_id": request_id, "request": request }))?;
        Ok(request_id)
    }

    /// A result without words of the agent.
    fn error(&mut self, reason: &str, errors: &[&str]) -> io::Result<()> {
        self.turns += 1;
        self.print(&json!({
            "type": "result", "subtype": "error_during_execution", "is_error": true, "errors": errors,
            "num_turns": self.messages_in_turn, "terminal_reason": reason, "duration_ms": 0,
            "total_cost_usd": self.tokens as f64 * DOLLARS_PER_TOKEN,
            "usage": { "input_tokens": 0, "output_tokens": self.messages_in_turn * TOKENS_PER_MESSAGE },
            "queued_turn_count": 0, "result_index": self.turns - 1, "permission_denials": [],
            "session_id": self.session_id,
        }))
    }

    fn result(&mut self, result: &str, reason: &str, is_error: bool) -> io::Result<()> {
        self.turns += 1;
        let output_tokens = self.messages_in_turn * TOKENS_PER_MESSAGE;
        self.print(&json!({
            "type": "result", "subtype": "success", "is_error": is_error, "result": result,
            "num_turns": self.messages_in_turn, "terminal_reason": reason, "duration_ms": 0,
            "total_cost_usd": self.tokens as f64 * DOLLARS_PER_TOKEN,
            "usage": { "input_tokens": 0, "output_tokens": output_tokens },
            "queued_turn_count": 0, "result_index": self.turns - 1, "permission_denials": [],
            "session_id": self.session_id,
        }))
    }

    fn next_id(&mut self, kind: &str) -> String {
        self.counter += 1;
        format!("{kind}_{}_{}", self.id_stem, self.counter)
    }

    fn print(&mut self, line: &Value) -> io::Result<()> {
        self.print_buffered(line)?;
        self.flush()
    }

    fn print_buffered(&mut self, line: &Value) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }
}
