//! Servers that are started for their tools: `.mcp.json`.

use domain::{TrustItem, TrustItemKind};
use serde_json::{Map, Value};
use worktree::CommittedFile;

use super::{NOT_HANDED, item, lay_over, problem_item, shown};

/// The board's own server, whose tools need no approval: no other may look like it.
const OWN_NAME: &str = "board";

/// The items of one file; the servers that may be handed over are laid over `handed`.
pub(super) fn items(file: &CommittedFile, bytes: &[u8], handed: &mut Value) -> Vec<TrustItem> {
    let servers = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Object(mut root)) => root.remove("mcpServers").unwrap_or_default(),
        Ok(_) => return vec![problem_item(file, "not an object")],
        Err(error) => return vec![problem_item(file, &format!("not JSON ({error})"))],
    };
    let servers = match servers {
        Value::Object(servers) => servers,
        Value::Null => return Vec::new(),
        _ => return vec![problem_item(file, "its `mcpServers` is not an object")],
    };
    let items = servers.iter().map(|(name, server)| item_of(file, name, server)).collect();
    let handable = |(name, server): &(String, Value)| is_handable(name, server);
    let servers: Map<String, Value> = servers.into_iter().filter(handable).collect();
    lay_over(handed, Value::Object(servers));
    items
}

fn item_of(file: &CommittedFile, name: &str, server: &Value) -> TrustItem {
    let detail = command_line(server).unwrap_or_else(|| server.to_string());
    let detail = if is_handable(name, server) { detail } else { format!("{detail} ({NOT_HANDED})") };
    item(file, TrustItemKind::McpServer, name, &detail)
}

/// A plain name: the agent's program makes `mcp__<name>__<tool>` of it, and other characters to `_`.
fn is_handable(name: &str, server: &Value) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !name.is_empty()
        && name.bytes().all(is_plain)
        && !name.contains("__")
        && !name.to_ascii_lowercase().starts_with(OWN_NAME)
        && server.is_object()
}

/// The command with its arguments, if there is nothing else to say.
fn command_line(server: &Value) -> Option<String> {
    let fields = server.as_object()?;
    let is_told = |(key, value): (&String, &Value)| match key.as_str() {
        "command" | "args" => true,
        "type" => value == "stdio",
        _ => false,
    };
    let command = fields.get("command")?.as_str()?;
    let args = match fields.get("args") {
        None => &[][..],
        Some(args) => args.as_array()?.as_slice(),
    };
    let words = std::iter::once(command.to_owned()).chain(args.iter().map(shown));
    let quoted = words.map(|word| if word.contains([' ', '"', '\'']) { format!("{word:?}") } else { word });
    fields.iter().all(is_told).then(|| quoted.collect::<Vec<_>>().join(" "))
}
