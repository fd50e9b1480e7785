//! The settings of the agent's program: hooks, variables, helpers, permissions.

use domain::{TrustItem, TrustItemKind};
use serde_json::{Map, Value, json};
use worktree::CommittedFile;

use super::{NOT_HANDED, item, lay_over, problem_item, shown};

/// Settings that name a command to run, and are handed over.
const HELPERS: [&str; 5] =
    ["apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "gcpAuthRefresh", "otelHeadersHelper"];

/// Settings that neither run nor allow anything.
const HARMLESS: [&str; 12] = [
    "$schema",
    "alwaysThinkingEnabled",
    "attribution",
    "cleanupPeriodDays",
    "companyAnnouncements",
    "includeCoAuthoredBy",
    "language",
    "model",
    "outputStyle",
    "prefersReducedMotion",
    "spinnerTipsEnabled",
    "theme",
];

/// Lists of permissions that are handed over.
const RULE_LISTS: [&str; 3] = ["allow", "ask", "deny"];

/// The items of one file; what of it may be handed over is laid over `handed`.
pub(super) fn items(file: &CommittedFile, bytes: &[u8], handed: &mut Value) -> Vec<TrustItem> {
    let settings = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Object(settings)) => settings,
        Ok(_) => return vec![problem_item(file, "not an object")],
        Err(error) => return vec![problem_item(file, &format!("not JSON ({error})"))],
    };
    let items = settings.iter().flat_map(|(key, value)| items_of_key(file, key, value)).collect();
    lay_over(handed, Value::Object(handable(settings)));
    items
}

fn items_of_key(file: &CommittedFile, key: &str, value: &Value) -> Vec<TrustItem> {
    match (key, value) {
        (_, Value::Null) => Vec::new(),
        ("hooks", Value::Object(events)) => {
            events.iter().flat_map(|(event, v)| hooks(file, event, v)).collect()
        }
        ("env", Value::Object(variables)) => variables
            .iter()
            .map(|(name, value)| item(file, TrustItemKind::Environment, name, &shown(value)))
            .collect(),
        ("permissions", Value::Object(lists)) => {
            lists.iter().flat_map(|(name, value)| permissions(file, name, value)).collect()
        }
        _ if HELPERS.contains(&key) => vec![item(file, TrustItemKind::Helper, key, &shown(value))],
        _ if HARMLESS.contains(&key) => Vec::new(),
        _ => vec![unhanded(file, key, value)],
    }
}

/// One item for each command of an event; whatever has another shape is shown as it stands.
fn hooks(file: &CommittedFile, event: &str, value: &Value) -> Vec<TrustItem> {
    let whole = |value: &Value| item(file, TrustItemKind::Hook, event, &value.to_string());
    let Some(groups) = value.as_array() else { return vec![whole(value)] };
    let of_group = |group: &Value| {
        let Some(hooks) = group.get("hooks").and_then(Value::as_array) else { return vec![whole(group)] };
        let name = match group.get("matcher") {
            None => event.to_owned(),
            Some(matcher) => format!("{event} ({})", shown(matcher)),
        };
        hooks.iter().map(|hook| item(file, TrustItemKind::Hook, &name, &command_of(hook))).collect()
    };
    groups.iter().flat_map(of_group).collect()
}

fn command_of(hook: &Value) -> String {
    let is_command = hook.get("type").and_then(Value::as_str) == Some("command");
    match hook.get("command") {
        Some(Value::String(command)) if is_command => command.clone(),
        _ => hook.to_string(),
    }
}

fn permissions(file: &CommittedFile, name: &str, value: &Value) -> Vec<TrustItem> {
    match value {
        Value::Array(rules) if RULE_LISTS.contains(&name) => {
            rules.iter().map(|rule| item(file, TrustItemKind::Permission, name, &shown(rule))).collect()
        }
        _ => vec![unhanded(file, &format!("permissions.{name}"), value)],
    }
}

fn unhanded(file: &CommittedFile, name: &str, value: &Value) -> TrustItem {
    item(file, TrustItemKind::Setting, name, &format!("{} ({NOT_HANDED})", shown(value)))
}

/// What may reach an agent: hooks, variables, helpers, and lists of rules. Never a mode, more folders, plugins, or what
/// we do not know.
fn handable(mut settings: Map<String, Value>) -> Map<String, Value> {
    let mut handed = Map::new();
    for key in ["hooks", "env"] {
        handed.extend(settings.remove(key).filter(Value::is_object).map(|value| (key.to_owned(), value)));
    }
    for key in HELPERS {
        handed.extend(settings.remove(key).filter(Value::is_string).map(|value| (key.to_owned(), value)));
    }
    let permissions = settings.remove("permissions").unwrap_or_default();
    let lists: Map<String, Value> = RULE_LISTS
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), texts(permissions.get(name)?)?)))
        .collect();
    if !lists.is_empty() {
        handed.insert("permissions".to_owned(), Value::Object(lists));
    }
    handed
}

fn texts(list: &Value) -> Option<Value> {
    let texts: Vec<&Value> = list.as_array()?.iter().filter(|rule| rule.is_string()).collect();
    Some(json!(texts))
}
