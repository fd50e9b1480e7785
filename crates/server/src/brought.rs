//! What a repository brings for the agent's program that runs code: read, shown, pinned by a hash, and handed over only
//! as it was seen.
//!
//! Pure. Everything here was written by whoever wrote the repository: a file that does not parse is an item with its
//! problem, a key that we do not know is shown and never handed over.

mod instructions;
mod servers;
mod settings;

use domain::{TrustItem, TrustItemKind};
use executor::Brought;
use serde_json::Value;
use sha2::{Digest, Sha256};
use worktree::{CommittedContent, CommittedFile};

/// Names in a repository's top folder below which such files stand.
pub(crate) const ROOTS: [&str; 2] = [".claude", ".mcp.json"];

/// Where a detail is cut: its beginning and its end stay.
const DETAIL_CHARS_MAX: usize = 8_000;
const DETAIL_TAIL_CHARS: usize = 2_000;
/// Said of what no agent gets, whatever is decided.
const NOT_HANDED: &str = "never handed to agents";
/// Name of an item that stands for a file which could not be understood.
const UNREAD: &str = "not read";

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inventory {
    /// The things that run code, by file.
    pub(crate) items: Vec<TrustItem>,
    /// SHA-256 over the files that bring what can be handed over; none where there is nothing to decide.
    pub(crate) hash: Option<String>,
    /// What an agent gets once it is trusted.
    pub(crate) brought: Brought,
}

/// What a file is to the agent's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Settings,
    Servers,
    /// Text for the model that may name commands: agents, commands, skills.
    Instructions,
    /// Anything beside them, which a hook may run.
    Script,
    Harmless,
}

/// Looks through the files of [`ROOTS`].
pub(crate) fn look_through(files: &[CommittedFile]) -> Inventory {
    let mut files: Vec<&CommittedFile> = files.iter().collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let mut brought = Brought {
        settings: Value::Object(Default::default()),
        mcp_servers: Value::Object(Default::default()),
    };
    let mut items: Vec<TrustItem> = Vec::new();
    for file in &files {
        items.extend(items_of(file, &mut brought));
    }
    let is_run =
        |item: &TrustItem| item.kind != TrustItemKind::Permission && item.kind != TrustItemKind::Setting;
    if items.iter().any(is_run) {
        items.extend(
            files.iter().filter(|file| role_of(&file.path) == Role::Script).map(|file| script_item(file)),
        );
    }
    let hash = needs_decision(&items).then(|| {
        let is_bringing = |file: &&&CommittedFile| {
            role_of(&file.path) != Role::Instructions && items.iter().any(|item| item.file == file.path)
        };
        hash_of(files.iter().filter(is_bringing))
    });
    items.sort_by(|one, other| one.file.cmp(&other.file));
    Inventory { items, hash, brought }
}

/// Whether a decision makes a difference: there is something to hand over, or something that nobody understands.
fn needs_decision(items: &[TrustItem]) -> bool {
    items.iter().any(|item| item.kind != TrustItemKind::Setting || item.name == UNREAD)
}

/// In words: `2 hooks and 1 MCP server`.
pub(crate) fn in_words(items: &[TrustItem]) -> String {
    const KINDS: [(TrustItemKind, &str, &str); 6] = [
        (TrustItemKind::Hook, "hook", "hooks"),
        (TrustItemKind::McpServer, "MCP server", "MCP servers"),
        (TrustItemKind::Environment, "variable", "variables"),
        (TrustItemKind::Helper, "helper", "helpers"),
        (TrustItemKind::Permission, "permission", "permissions"),
        (TrustItemKind::Setting, "other setting", "other settings"),
    ];
    let words = KINDS.iter().filter_map(|(kind, one, many)| {
        let count = items.iter().filter(|item| item.kind == *kind).count();
        (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { many }))
    });
    let words: Vec<String> = words.collect();
    match words.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn role_of(path: &str) -> Role {
    let path = path.to_ascii_lowercase();
    let is_text = path.ends_with(".md");
    let is_in = |folder: &str| path.starts_with(folder);
    match path.as_str() {
        ".mcp.json" => Role::Servers,
        // As a link or a submodule it could become anything.
        ".claude" | ".claude/settings.json" | ".claude/settings.local.json" => Role::Settings,
        _ if is_in(".claude/agents/") || is_in(".claude/commands/") || is_in(".claude/skills/") => {
            if is_text { Role::Instructions } else { Role::Harmless }
        }
        _ if is_text || path.ends_with("/.gitignore") => Role::Harmless,
        _ => Role::Script,
    }
}

fn items_of(file: &CommittedFile, brought: &mut Brought) -> Vec<TrustItem> {
    let role = role_of(&file.path);
    let bytes = match (&file.content, role) {
        (_, Role::Harmless | Role::Script) => return Vec::new(),
        (CommittedContent::Bytes(bytes), _) => bytes.as_slice(),
        (_, Role::Instructions) => return Vec::new(),
        (content, Role::Settings | Role::Servers) => return vec![unread_item(file, content)],
    };
    match role {
        Role::Settings => settings::items(file, bytes, &mut brought.settings),
        Role::Servers => servers::items(file, bytes, &mut brought.mcp_servers),
        Role::Instructions => instructions::items(file, bytes),
        Role::Harmless | Role::Script => Vec::new(),
    }
}

fn unread_item(file: &CommittedFile, content: &CommittedContent) -> TrustItem {
    let what = match content {
        CommittedContent::Link => "a symbolic link",
        CommittedContent::Submodule => "another repository",
        CommittedContent::Unread { .. } => "too large, or its content is missing",
        CommittedContent::Bytes(_) => "a file",
    };
    problem_item(file, what)
}

/// Something that cannot be understood.
fn problem_item(file: &CommittedFile, problem: &str) -> TrustItem {
    let detail = format!("{problem}: {NOT_HANDED}");
    item(file, TrustItemKind::Setting, UNREAD, &detail)
}

fn script_item(file: &CommittedFile) -> TrustItem {
    let detail = match &file.content {
        CommittedContent::Bytes(bytes) => format!("a file of {} bytes that hooks can run", bytes.len()),
        CommittedContent::Link => "a symbolic link that hooks can run".to_owned(),
        CommittedContent::Submodule => "another repository, whose files hooks can run".to_owned(),
        CommittedContent::Unread { .. } => "a large file that hooks can run".to_owned(),
    };
    item(file, TrustItemKind::Setting, "script", &detail)
}

fn item(file: &CommittedFile, kind: TrustItemKind, name: &str, detail: &str) -> TrustItem {
    TrustItem { kind, file: file.path.clone(), name: bounded(name), detail: bounded(detail) }
}

/// What is too long to be read keeps both ends: an end out of sight is where things hide.
fn bounded(text: &str) -> String {
    let count = text.chars().count();
    if count <= DETAIL_CHARS_MAX {
        return text.to_owned();
    }
    let head: String = text.chars().take(DETAIL_CHARS_MAX - DETAIL_TAIL_CHARS).collect();
    let tail: String = text.chars().skip(count - DETAIL_TAIL_CHARS).collect();
    format!("{head} … {} characters are not shown … {tail}", count - DETAIL_CHARS_MAX)
}

/// A value as it stands in the file; text without its quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Lays what a later file says over an earlier one: objects are joined, lists put together, else the later one holds.
fn lay_over(lower: &mut Value, upper: Value) {
    match (lower, upper) {
        (Value::Object(lower), Value::Object(upper)) => {
            for (name, value) in upper {
                lay_over(lower.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(lower), Value::Array(upper)) => lower.extend(upper),
        (lower, upper) => *lower = upper,
    }
}

fn hash_of<'f>(files: impl Iterator<Item = &'f &'f CommittedFile>) -> String {
    let mut hash = Sha256::new();
    for file in files {
        let (kind, content): (&[u8], &[u8]) = match &file.content {
            CommittedContent::Bytes(bytes) => (b"file", bytes),
            CommittedContent::Unread { .. } => (b"unread", file.object_id.as_bytes()),
            CommittedContent::Link => (b"link", file.object_id.as_bytes()),
            CommittedContent::Submodule => (b"submodule", file.object_id.as_bytes()),
        };
        // Lengths first, so that nothing can move from one part to the next.
        for part in [kind, file.path.as_bytes(), content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
