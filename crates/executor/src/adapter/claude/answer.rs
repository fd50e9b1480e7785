//! Answers to what Claude Code asks: the envelope, and the answers to its requests for permission.

use serde_json::{Map, Value, json};

use super::{mode_word, to_line};
use crate::{Signal, adapter::ask::AskAnswer};

/// What a denial without words says; the program demands some.
const PLAIN_DENIAL: &str = "The person in charge does not allow this.";

/// The answer to a request under this id.
pub(super) fn success(request_id: &str, response: Value) -> Vec<u8> {
    let response = json!({ "subtype": "success", "request_id": request_id, "response": response });
    to_line(&json!({ "type": "control_response", "response": response }))
}

/// The refusal of a request that is not known here.
pub(super) fn failure(request_id: &str, error: &str) -> Vec<u8> {
    let response = json!({ "subtype": "error", "request_id": request_id, "error": error });
    to_line(&json!({ "type": "control_response", "response": response }))
}

/// An answer that nobody has to think about. Its command id is the same each time the line is read.
pub(super) fn at_once(request_id: &str, bytes: Vec<u8>) -> Signal {
    Signal::Reply { command_id: format!("reply-{request_id}"), bytes }
}

/// The answer to `can_use_tool`.
pub(super) fn permission(request_id: &str, tool_input: &Value, answer: &AskAnswer) -> Vec<u8> {
    let response = match answer {
        AskAnswer::Allow { updated_input, mode } => {
            let mut response = json!({ "behavior": "allow" });
            if let Some(input) = updated_input {
                response["updatedInput"] = input.clone();
            }
            if let Some(mode) = mode {
                // Only this session: any other destination is a file in the person's checkout.
                let update = json!({ "type": "setMode", "mode": mode_word(*mode), "destination": "session" });
                response["updatedPermissions"] = json!([update]);
            }
            response
        }
        AskAnswer::Deny { message, is_stop: false } => deny(message),
        AskAnswer::Deny { message, is_stop: true } => {
            let mut response = deny(message);
            response["interrupt"] = Value::Bool(true);
            response
        }
        AskAnswer::Answers(answers) => {
            let mut input = tool_input.as_object().cloned().unwrap_or_else(Map::new);
            input.insert("answers".to_owned(), json!(answers));
            json!({ "behavior": "allow", "updatedInput": input })
        }
        AskAnswer::Declined { message } => deny(message),
    };
    success(request_id, response)
}

fn deny(message: &str) -> Value {
    let message = if message.trim().is_empty() { PLAIN_DENIAL } else { message };
    json!({ "behavior": "deny", "message": message })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::PermissionMode;

    use super::*;

    fn check(answer: &AskAnswer, expected: &Value) {
        let input = json!({ "command": "x", "questions": [1] });
        let line = permission("r-1", &input, answer);
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let line: Value = serde_json::from_slice(&line).unwrap();
        let response = json!({ "subtype": "success", "request_id": "r-1", "response": expected });
        assert_eq!(line, json!({ "type": "control_response", "response": response }), "{answer:?}");
    }

    #[test]
    fn every_answer_has_its_form() {
        let allow = |updated_input, mode| AskAnswer::Allow { updated_input, mode };
        let deny = |message: &str, is_stop| AskAnswer::Deny { message: message.to_owned(), is_stop };
        let mode = |word| json!([{ "type": "setMode", "mode": word, "destination": "session" }]);
        let edited = json!({ "command": "y" });
        let answers = BTreeMap::from([("Which?".to_owned(), "A, B".to_owned())]);
        check(&allow(None, None), &json!({ "behavior": "allow" }));
        check(&allow(Some(edited.clone()), None), &json!({ "behavior": "allow", "updatedInput": edited }));
        for (wanted, word) in [
            (PermissionMode::Bypass, "bypassPermissions"),
            (PermissionMode::Interactive, "default"),
            (PermissionMode::AcceptEdits, "acceptEdits"),
            (PermissionMode::Plan, "plan"),
        ] {
            check(
                &allow(None, Some(wanted)),
                &json!({ "behavior": "allow", "updatedPermissions": mode(word) }),
            );
        }
        check(&deny("no\n\"no\"", false), &json!({ "behavior": "deny", "message": "no\n\"no\"" }));
        check(&deny(" ", false), &json!({ "behavior": "deny", "message": PLAIN_DENIAL }));
        check(&deny("no", true), &json!({ "behavior": "deny", "message": "no", "interrupt": true }));
        let answered = json!({ "command": "x", "questions": [1], "answers": { "Which?": "A, B" } });
        check(&AskAnswer::Answers(answers), &json!({ "behavior": "allow", "updatedInput": answered }));
        let declined = AskAnswer::Declined { message: "decide yourself".to_owned() };
        check(&declined, &json!({ "behavior": "deny", "message": "decide yourself" }));
    }

    #[test]
    fn answers_need_no_input_that_is_an_object() {
        let line = permission("r", &Value::Null, &AskAnswer::Answers(BTreeMap::new()));
        let line: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(line["response"]["response"]["updatedInput"], json!({ "answers": {} }));
    }
}
