//! What a call of a file tool would make of a file. Pure; it follows the agent's program where that is known, and says
//! so where it cannot tell.

use serde_json::Value;

/// A text before and after a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// None where there is nothing yet.
    pub(crate) old: Option<String>,
    pub(crate) new: String,
    /// What to know besides.
    pub(crate) note: Option<String>,
}

/// What the call makes of the file as it is now.
///
/// # Errors
/// Why that cannot be shown, for people.
pub(crate) fn preview(tool_name: &str, input: &Value, current: Option<&str>) -> Result<Change, String> {
    match tool_name {
        "Write" => write(input, current),
        "Edit" => replace_all_of(std::slice::from_ref(input), current),
        "MultiEdit" => {
            let edits = input.get("edits").and_then(Value::as_array).ok_or("the call names no edits")?;
            replace_all_of(edits, current)
        }
        "NotebookEdit" => edit_cell(input, current),
        _ => Err("this call changes no file".to_owned()),
    }
}

fn write(input: &Value, current: Option<&str>) -> Result<Change, String> {
    let new = text_of(input, "content")?.to_owned();
    Ok(Change { old: current.map(str::to_owned), new, note: None })
}

/// The edits one after the other. The agent's program works on plain line ends, and puts the file's own back.
fn replace_all_of(edits: &[Value], current: Option<&str>) -> Result<Change, String> {
    let has_crlf = current.is_some_and(|text| text.contains("\r\n"));
    let old = current.map(|text| text.replace("\r\n", "\n"));
    let mut new = old.clone().unwrap_or_default();
    for edit in edits {
        new = replaced(&new, edit, current.is_some())?;
    }
    let note = has_crlf.then(|| "the line ends stay CRLF".to_owned());
    if old.as_ref() == Some(&new) {
        return Err("the call changes nothing".to_owned());
    }
    Ok(Change { old, new, note })
}

fn replaced(text: &str, edit: &Value, is_there: bool) -> Result<String, String> {
    let (from, to) = (text_of(edit, "old_string")?, text_of(edit, "new_string")?);
    let is_everywhere = edit.get("replace_all").and_then(Value::as_bool).unwrap_or(false);
    if from.is_empty() {
        return match text {
            "" => Ok(to.to_owned()),
            _ => Err("the text to replace is empty, and the file is not".to_owned()),
        };
    }
    match text.matches(from).count() {
        0 if !is_there => Err("the file does not exist".to_owned()),
        0 => Err("the text to replace is not in the file as it is now".to_owned()),
        1 => Ok(text.replacen(from, to, 1)),
        _ if is_everywhere => Ok(text.replace(from, to)),
        count => Err(format!("the text to replace is in the file {count} times, and only one is meant")),
    }
}

/// The text of one cell: the file around it is JSON that no person reads.
fn edit_cell(input: &Value, current: Option<&str>) -> Result<Change, String> {
    let current = current.ok_or("the notebook does not exist")?;
    let notebook: Value =
        serde_json::from_str(current).map_err(|error| format!("the notebook cannot be read: {error}"))?;
    let cells = notebook.get("cells").and_then(Value::as_array).ok_or("the notebook has no cells")?;
    let mode = input.get("edit_mode").and_then(Value::as_str).unwrap_or("replace");
    let place = input.get("cell_id").and_then(Value::as_str);
    let found = place.and_then(|id| find_cell(cells, id));
    let (old, new) = match (mode, found) {
        ("insert", _) => (None, text_of(input, "new_source")?.to_owned()),
        ("replace", Some(cell)) => (Some(source_of(cell)), text_of(input, "new_source")?.to_owned()),
        ("delete", Some(cell)) => (Some(source_of(cell)), String::new()),
        ("replace" | "delete", None) => return Err("the cell is not in the notebook as it is now".to_owned()),
        _ => return Err("the call names an edit that the board does not know".to_owned()),
    };
    let note = match (mode, place) {
        ("insert", Some(id)) => format!("a new cell after {id}"),
        ("insert", None) => "a new cell at the beginning".to_owned(),
        (mode, id) => format!("{mode} cell {}", id.unwrap_or_default()),
    };
    Ok(Change { old, new, note: Some(note) })
}

/// By its id, or by its number as `cell-3`.
fn find_cell<'c>(cells: &'c [Value], id: &str) -> Option<&'c Value> {
    let by_id = cells.iter().find(|cell| cell.get("id").and_then(Value::as_str) == Some(id));
    by_id.or_else(|| cells.get(id.strip_prefix("cell-")?.parse::<usize>().ok()?))
}

/// A text, or a list of its lines.
fn source_of(cell: &Value) -> String {
    match cell.get("source") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

fn text_of<'v>(input: &'v Value, key: &str) -> Result<&'v str, String> {
    input.get(key).and_then(Value::as_str).ok_or_else(|| format!("the call has no text `{key}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edit(from: &str, to: &str) -> Value {
        json!({"old_string": from, "new_string": to})
    }

    fn check(tool: &str, input: &Value, current: Option<&str>, expected: Result<&str, &str>) {
        let made = preview(tool, input, current);
        match (&made, expected) {
            (Ok(change), Ok(new)) => assert_eq!(change.new, new, "{tool} {input}"),
            (Err(problem), Err(part)) => assert!(problem.contains(part), "{problem}"),
            _ => panic!("{tool} {input}: {made:?}"),
        }
    }

    #[test]
    fn edits_are_made_as_the_program_makes_them() {
        check("Edit", &edit("b", "B"), Some("a b c"), Ok("a B c"));
        check("Edit", &edit("b", "$1\\1"), Some("b"), Ok("$1\\1"));
        check("Edit", &edit("", "new"), None, Ok("new"));
        check("Edit", &edit("", "new"), Some(""), Ok("new"));
        check("Edit", &edit("", "new"), Some("old"), Err("is empty"));
        check("Edit", &edit("x", "y"), Some("a"), Err("not in the file"));
        check("Edit", &edit("x", "y"), None, Err("does not exist"));
        check("Edit", &edit("a", "b"), Some("a a"), Err("2 times"));
        check("Edit", &edit("a", "a"), Some("a"), Err("changes nothing"));
        check("Edit", &json!({"old_string": "a"}), Some("a"), Err("new_string"));
        let all = json!({"old_string": "a", "new_string": "b", "replace_all": true});
        check("Edit", &all, Some("a a"), Ok("b b"));
        let both = json!({"edits": [edit("a", "b"), edit("b c", "d")]});
        check("MultiEdit", &both, Some("a c"), Ok("d"));
        check("MultiEdit", &json!({}), Some("a"), Err("no edits"));
        check("Write", &json!({"content": "x"}), Some("y"), Ok("x"));
        check("Write", &json!({"content": "x"}), None, Ok("x"));
        check("Bash", &json!({"command": "x"}), None, Err("changes no file"));
        let crlf = preview("Edit", &edit("a\nb", "c\nd"), Some("a\r\nb\r\n")).unwrap();
        assert_eq!((crlf.new.as_str(), crlf.note.is_some()), ("c\nd\n", true));
    }

    #[test]
    fn cells_are_shown_by_their_text() {
        let notebook = json!({"cells": [
            {"id": "x", "cell_type": "code", "source": ["a\n", "b"]},
            {"cell_type": "markdown", "source": "text"},
        ]})
        .to_string();
        let check = |input: Value, expected: Result<(Option<&str>, &str), &str>| {
            let made = preview("NotebookEdit", &input, Some(&notebook));
            match (&made, expected) {
                (Ok(change), Ok((old, new))) => {
                    assert_eq!((change.old.as_deref(), change.new.as_str()), (old, new), "{input}");
                }
                (Err(problem), Err(part)) => assert!(problem.contains(part), "{problem}"),
                _ => panic!("{input}: {made:?}"),
            }
        };
        check(json!({"cell_id": "x", "new_source": "c"}), Ok((Some("a\nb"), "c")));
        check(json!({"cell_id": "cell-1", "new_source": "c"}), Ok((Some("text"), "c")));
        check(json!({"cell_id": "x", "new_source": "", "edit_mode": "delete"}), Ok((Some("a\nb"), "")));
        check(json!({"cell_id": "x", "new_source": "c", "edit_mode": "insert"}), Ok((None, "c")));
        check(json!({"cell_id": "z", "new_source": "c"}), Err("not in the notebook"));
        check(json!({"cell_id": "x", "new_source": "c", "edit_mode": "melt"}), Err("does not know"));
        let broken = preview("NotebookEdit", &json!({"cell_id": "x", "new_source": ""}), Some("{"));
        assert!(broken.unwrap_err().contains("cannot be read"));
    }
}
