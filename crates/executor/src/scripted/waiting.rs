//! What the scripted agent waits for others with: permissions, questions, plans, and calls of the board's tools.

use std::io;

use serde_json::{Value, json};

use super::{
    Actor,
    ears::Heard,
    script::{Ask, CallBoard},
    tools::{self, ToolOutcome},
};

/// The server of tools that we know.
const BOARD: &str = "board";
/// Result of a call that an interrupt stopped.
const REJECTED: &str = "The user doesn't want to proceed with this tool use. The tool use was rejected.";
/// Result of a call that nobody can answer any more.
const CLOSED: &str = "Tool permission stream closed before response received";

/// The host's server of tools.
#[derive(Debug, Default)]
pub(super) struct Board {
    is_offered: bool,
    /// Names of its tools; none before we asked.
    tools: Option<Vec<String>>,
    rpc_count: u64,
}

impl Board {
    /// The host offers these servers.
    pub(super) fn offer(&mut self, servers: &[String]) {
        self.is_offered = servers.iter().any(|server| server == BOARD);
    }

    fn next_rpc_id(&mut self) -> u64 {
        self.rpc_count += 1;
        self.rpc_count - 1
    }
}

/// How waiting for an answer ends.
enum Waited {
    Answered(Value),
    Cut,
    Closed,
}

impl Actor {
    /// Asks and waits for the answer as the real one does: a denial is a failed call, an end of input a denial.
    pub(super) fn ask(&mut self, ask: Ask) -> io::Result<()> {
        let tool_use_id = self.voice.call_tool(&ask.tool, &ask.input)?;
        let request_id = self.voice.ask(&ask, &tool_use_id)?;
        let outcome = match self.answer_to(&request_id)? {
            Waited::Answered(answer) => self.follow(&ask, &answer)?,
            Waited::Cut => {
                self.voice.withdraw(&request_id)?;
                Err(REJECTED.to_owned())
            }
            Waited::Closed => Err(CLOSED.to_owned()),
        };
        self.end_call(&tool_use_id, outcome)
    }

    /// Calls one of the board's tools and waits for its result.
    pub(super) fn call_board(&mut self, call: CallBoard) -> io::Result<()> {
        let CallBoard { tool, input } = call;
        let name = format!("mcp__{BOARD}__{tool}");
        let tool_use_id = self.voice.call_tool(&name, &input)?;
        let outcome = if self.board_tools()?.contains(&tool) {
            let meta = json!({ "claudecode/toolUseId": tool_use_id });
            self.rpc_call(&json!({ "name": tool, "arguments": input, "_meta": meta }))?
        } else {
            Err(format!("No such tool available: {name}"))
        };
        self.end_call(&tool_use_id, outcome)
    }

    fn answer_to(&mut self, wanted: &str) -> io::Result<Waited> {
        while self.cut.is_none() {
            match self.ears.hear() {
                Heard::Answer { request_id, answer } if request_id == wanted => {
                    return Ok(Waited::Answered(answer));
                }
                Heard::End => {
                    self.is_closed = true;
                    return Ok(Waited::Closed);
                }
                other @ (Heard::Answer { .. } | Heard::Message(_) | Heard::Request { .. }) => {
                    self.attend(other)?;
                }
            }
        }
        Ok(Waited::Cut)
    }

    /// Does what the answer says.
    fn follow(&mut self, ask: &Ask, answer: &Value) -> io::Result<ToolOutcome> {
        if answer.get("behavior").and_then(Value::as_str) != Some("allow") {
            let message =
                answer.get("message").and_then(Value::as_str).unwrap_or("The answer was not understood.");
            if answer.get("interrupt").and_then(Value::as_bool) == Some(true) {
                self.cut = Some("aborted_tools");
                return Ok(Err(REJECTED.to_owned()));
            }
            return Ok(Err(message.to_owned()));
        }
        let updates = answer.get("updatedPermissions").and_then(Value::as_array).into_iter().flatten();
        for mode in updates.filter_map(|update| update.get("mode")?.as_str()) {
            self.set_mode(mode)?;
        }
        let input = answer.get("updatedInput").unwrap_or(&ask.input);
        Ok(tools::run_allowed(&ask.tool, input))
    }

    /// The names of the board's tools, asked for once.
    fn board_tools(&mut self) -> io::Result<Vec<String>> {
        if !self.board.is_offered {
            return Ok(Vec::new());
        }
        if let Some(tools) = &self.board.tools {
            return Ok(tools.clone());
        }
        let version = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
        self.rpc("initialize", &version)?;
        self.voice.mcp(BOARD, &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        let list = match self.rpc("tools/list", &json!({}))?.1 {
            Waited::Answered(answer) => answer,
            Waited::Cut | Waited::Closed => Value::Null,
        };
        let tools =
            list.pointer("/mcp_response/result/tools").and_then(Value::as_array).into_iter().flatten();
        let tools: Vec<String> =
            tools.filter_map(|tool| Some(tool.get("name")?.as_str()?.to_owned())).collect();
        self.board.tools = Some(tools.clone());
        Ok(tools)
    }

    fn rpc_call(&mut self, params: &Value) -> io::Result<ToolOutcome> {
        let (rpc_id, waited) = self.rpc("tools/call", params)?;
        match waited {
            Waited::Answered(answer) => Ok(rpc_outcome(&answer)),
            Waited::Cut => {
                let params = json!({ "requestId": rpc_id, "reason": "AbortError: remote-cancel" });
                let method = "notifications/cancelled";
                self.voice.mcp(BOARD, &json!({ "jsonrpc": "2.0", "method": method, "params": params }))?;
                Ok(Err(REJECTED.to_owned()))
            }
            Waited::Closed => Ok(Err(CLOSED.to_owned())),
        }
    }

    /// A request to the board, its id and what came of it.
    fn rpc(&mut self, method: &str, params: &Value) -> io::Result<(u64, Waited)> {
        let rpc_id = self.board.next_rpc_id();
        let message = json!({ "jsonrpc": "2.0", "id": rpc_id, "method": method, "params": params });
        let request_id = self.voice.mcp(BOARD, &message)?;
        Ok((rpc_id, self.answer_to(&request_id)?))
    }
}

/// The result of a call of a tool, as text.
fn rpc_outcome(answer: &Value) -> ToolOutcome {
    let Some(result) = answer.pointer("/mcp_response/result") else {
        let error = answer.pointer("/mcp_response/error/message").and_then(Value::as_str);
        return Err(error.unwrap_or("the host has no answer").to_owned());
    };
    let content = result.get("content").cloned().unwrap_or_default();
    let texts = content.as_array().into_iter().flatten().filter_map(|block| block.get("text")?.as_str());
    let text = texts.collect::<Vec<_>>().join("\n");
    let is_error = result.get("isError").and_then(Value::as_bool).unwrap_or_default();
    if is_error { Err(text) } else { Ok((text, content)) }
}
