//! Texts for the model that may run something: agents, commands and skills with hooks, servers, permissions or commands
//! in them. The board hands none of them over, and its agents' program, started without the repository's settings, finds
//! none: they are shown, and need no decision.

use domain::{TrustItem, TrustItemKind};
use worktree::CommittedFile;

use super::{NOT_HANDED, item};

/// Words of a head that make a text more than a text.
const RUNNING_WORDS: [&str; 5] = ["hooks", "mcpservers", "allowed-tools", "allowedtools", "permissionmode"];

pub(super) fn items(file: &CommittedFile, bytes: &[u8]) -> Vec<TrustItem> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = split_head(&text);
    let lower = head.to_ascii_lowercase();
    let found: Vec<&str> = RUNNING_WORDS.into_iter().filter(|word| lower.contains(word)).collect();
    let lines: Vec<&str> = body.lines().filter(|line| line.contains("!`") || line.contains("```!")).collect();
    let of = |name: &str, detail: &str| {
        item(file, TrustItemKind::Setting, name, &format!("{detail} ({NOT_HANDED})"))
    };
    let head = (!found.is_empty()).then(|| of(&found.join(", "), head.trim()));
    let commands = (!lines.is_empty()).then(|| of("command in the text", &lines.join("\n")));
    head.into_iter().chain(commands).collect()
}

/// The lines between the two `---`, and what follows.
fn split_head(text: &str) -> (&str, &str) {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let Some(rest) = start.strip_prefix("---") else { return ("", text) };
    rest.split_once("\n---").unwrap_or((rest, ""))
}
