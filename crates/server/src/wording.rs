//! Words for cards and logs about what agents ask.

use db::Request;
use domain::{Activity, Timestamp};
use serde_json::Value;

/// Longest text inside the arguments of a call that the log repeats, in bytes. The approval has them whole.
const INPUT_TEXT_BYTES_MAX: usize = 16 * 1024;
/// The tool by which an agent shows its plan.
pub(crate) const PLAN_TOOL: &str = "ExitPlanMode";
/// Longest object of a status line, in characters.
const OBJECT_CHARS_MAX: usize = 200;

/// What a card says while an agent waits for an answer.
pub(crate) fn ask_activity(request: &Request, worktree: &str, since: Timestamp) -> Activity {
    if let Some(item) = request.questions.as_ref().and_then(|items| items.first()) {
        return Activity { verb: format!("asks: {}", one_line(&item.question)), object: None, since };
    }
    if request.tool_name == PLAN_TOOL {
        return Activity { verb: "has a plan".to_owned(), object: None, since };
    }
    let (key, verb, _) = words_for(&request.tool_name);
    let object = object_of(request, key, worktree);
    Activity { verb: verb.to_owned(), object: Some(object), since }
}

/// What a card says while an agent does what it was allowed.
pub(crate) fn allowed_activity(request: &Request, worktree: &str, since: Timestamp) -> Activity {
    if request.is_question || request.tool_name == PLAN_TOOL {
        return Activity { verb: "thinking".to_owned(), object: None, since };
    }
    let (key, _, verb) = words_for(&request.tool_name);
    let object = object_of(request, key, worktree);
    Activity { verb: verb.to_owned(), object: Some(object), since }
}

/// The argument that tells what a call is about, and the verbs for wanting it and doing it.
fn words_for(tool_name: &str) -> (&'static str, &'static str, &'static str) {
    match tool_name {
        "Bash" => ("command", "wants to run", "running"),
        "Edit" | "MultiEdit" => ("file_path", "wants to edit", "editing"),
        "Write" => ("file_path", "wants to write", "writing"),
        "NotebookEdit" => ("notebook_path", "wants to edit", "editing"),
        "Read" => ("file_path", "wants to read", "reading"),
        "WebFetch" => ("url", "wants to open", "opening"),
        "WebSearch" => ("query", "wants to search", "searching"),
        _ => ("", "wants to use", "using"),
    }
}

fn object_of(request: &Request, key: &str, worktree: &str) -> String {
    let object = request.tool_input.get(key).and_then(Value::as_str);
    object.map_or_else(|| request.tool_name.clone(), |text| one_line(inside(text, worktree)))
}

/// A path as it is called inside the worktree.
fn inside<'p>(path: &'p str, worktree: &str) -> &'p str {
    let below = path.strip_prefix(worktree).and_then(|rest| rest.strip_prefix('/'));
    below.filter(|_| !worktree.is_empty()).unwrap_or(path)
}

/// The first line of a text, bounded.
fn one_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().chars().take(OBJECT_CHARS_MAX).collect()
}

/// Arguments with their long texts cut.
pub(crate) fn bounded_input(input: Value) -> Value {
    match input {
        Value::String(text) if text.len() > INPUT_TEXT_BYTES_MAX => {
            let kept: String = text.chars().take(INPUT_TEXT_BYTES_MAX / 4).collect();
            Value::String(format!("{kept}… ({} bytes in all)", text.len()))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(bounded_input).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, bounded_input(value))).collect())
        }
        small => small,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn request(tool_name: &str, tool_input: Value) -> Request {
        Request {
            id: Uuid::nil(),
            is_question: false,
            attempt_id: Uuid::nil().into(),
            run_id: Uuid::nil().into(),
            request_id: "r".to_owned(),
            channel: "{}".to_owned(),
            tool_name: tool_name.to_owned(),
            tool_input,
            tool_use_id: None,
            questions: None,
        }
    }

    #[test]
    fn a_card_says_what_the_agent_wants() {
        let cases = [
            ("Bash", json!({"command": "npm install zod\nrm x"}), "wants to run", "npm install zod"),
            ("Write", json!({"file_path": "/w/a.txt"}), "wants to write", "a.txt"),
            ("Edit", json!({"file_path": "/wide/a.txt"}), "wants to edit", "/wide/a.txt"),
            ("WebFetch", json!({"url": "https://docs.rs"}), "wants to open", "https://docs.rs"),
            ("mcp__db__query", json!({"sql": "select 1"}), "wants to use", "mcp__db__query"),
            ("Bash", json!({}), "wants to run", "Bash"),
        ];
        for (tool, input, verb, object) in cases {
            let activity = ask_activity(&request(tool, input), "/w", Timestamp::from_micros(0));
            assert_eq!((activity.verb.as_str(), activity.object.as_deref()), (verb, Some(object)));
        }
        let allowed = request("Bash", json!({"command": "npm test"}));
        let activity = allowed_activity(&allowed, "/w", Timestamp::from_micros(0));
        assert_eq!((activity.verb.as_str(), activity.object.as_deref()), ("running", Some("npm test")));
    }

    #[test]
    fn only_long_texts_are_cut() {
        let long = "x".repeat(INPUT_TEXT_BYTES_MAX + 1);
        let cut = bounded_input(json!({"a": ["short", long], "n": 1}));
        assert_eq!(cut["a"][0], "short");
        assert_eq!(cut["n"], 1);
        assert!(cut["a"][1].as_str().unwrap().len() < INPUT_TEXT_BYTES_MAX);
    }
}
