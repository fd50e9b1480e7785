//! The text that an agent gets as its first message. The agent explores the repository itself: only what a person
//! wrote goes in, each part under its heading, and nothing where there is nothing.

use std::fmt::Write;

use domain::{Comment, DiffSide, Task};

/// What goes into a prompt besides the task.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PromptParts<'a> {
    /// Notes of the project, Markdown.
    pub(crate) notes: &'a str,
    /// The global addition.
    pub(crate) append: &'a str,
    /// The profile's addition.
    pub(crate) profile_append: &'a str,
}

/// The first message of an attempt at `task`.
pub(crate) fn prompt(task: &Task, parts: PromptParts<'_>) -> String {
    let sections = [
        section("Notes of the project", parts.notes),
        Some(format!("# {}", task.title.trim())),
        plain(&task.description),
        section("Done when", &criteria(task)),
        section("Files to look at first", &focus_files(task)),
        section("Feedback on the last attempt", task.feedback.as_deref().unwrap_or_default()),
        plain(parts.append),
        plain(parts.profile_append),
    ];
    let mut text = sections.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    text
}

fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn section(heading: &str, text: &str) -> Option<String> {
    plain(text).map(|text| format!("## {heading}\n\n{text}"))
}

fn criteria(task: &Task) -> String {
    task.criteria.iter().fold(String::new(), |mut list, criterion| {
        let mark = if criterion.done { 'x' } else { ' ' };
        // Writing into a String cannot fail.
        writeln!(list, "- [{mark}] {}", criterion.text).unwrap_or_default();
        list
    })
}

fn focus_files(task: &Task) -> String {
    task.focus_files.iter().map(|path| format!("- `{path}`")).collect::<Vec<_>>().join("\n")
}

/// What a reviewer asks for: the feedback in general, then each comment with its file, line and the line's text.
pub(crate) fn review_message(feedback: &str, comments: &[Comment]) -> String {
    let comments: Vec<String> = comments.iter().map(comment).collect();
    let parts = [plain(feedback), section("Comments on your changes", &comments.join("\n\n"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn comment(comment: &Comment) -> String {
    let heading = format!("### {}", place(comment));
    let text = comment.line_text.as_deref().map(fenced);
    let parts = [Some(heading), text, plain(&comment.body)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn place(comment: &Comment) -> String {
    let path = code(&comment.path);
    match (comment.line, comment.current_line, comment.side) {
        (None, _, _) if comment.is_outdated => format!("{path}, which is gone or has another name by now"),
        (None, _, _) => path,
        (Some(_), Some(line), DiffSide::New) => format!("{path}, line {line}"),
        (Some(_), Some(line), DiffSide::Old) => format!("{path}, line {line} before your changes"),
        (Some(line), None, _) => format!("{path}, line {line} when it was written; it has changed since"),
    }
}

/// A path may hold backquotes, too.
fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// The text as a block of code, between more backquotes than it has itself.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}\n{text}\n{fence}")
}

/// The message of the commit that takes up what an agent left uncommitted.
pub(crate) fn leftover_message(task: &Task) -> String {
    format!("{}\n\nTask #{}: work left uncommitted at the end of the turn.", task.title.trim(), task.number)
}

/// The message of a merge commit.
pub(crate) fn merge_message(task: &Task, branch: &str, target: &str) -> String {
    format!("Merge branch '{branch}' into {target}\n\n#{} {}", task.number, task.title.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::task;

    #[test]
    fn a_bare_task_is_its_title() {
        assert_eq!(prompt(&task("Fix the total"), PromptParts::default()), "# Fix the total\n");
    }

    #[test]
    fn parts_come_in_order_and_empty_ones_leave_no_trace() {
        let mut task = task("Fix the total");
        task.description = "It is off by one.\n".to_owned();
        task.focus_files = vec!["src/cart.ts".to_owned()];
        task.feedback = Some("Keep the currency.".to_owned());
        let parts = PromptParts { notes: "Use pnpm.", append: "Be brief.", profile_append: "  " };
        let expected = "## Notes of the project\n\nUse pnpm.\n\n# Fix the total\n\nIt is off by one.\n\n\
            ## Files to look at first\n\n- `src/cart.ts`\n\n## Feedback on the last attempt\n\nKeep the currency.\n\n\
            Be brief.\n";
        assert_eq!(prompt(&task, parts), expected);
    }
}
