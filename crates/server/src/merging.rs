//! What git says about a merge, for people: refusals with what to do, and the messages of commits.

use domain::{ErrorCode, MergeStyle, Task};
use serde_json::json;
use worktree::{MergeOutcome, MergeRefusal};

use crate::{error::ApiError, prompt::merge_message};

/// Subjects named in a squash commit.
const SUBJECTS_MAX: usize = 100;

/// The style as git's side knows it.
pub(crate) const fn style_of(style: MergeStyle) -> worktree::MergeStyle {
    match style {
        MergeStyle::Merge => worktree::MergeStyle::Merge,
        MergeStyle::Squash => worktree::MergeStyle::Squash,
        MergeStyle::Rebase => worktree::MergeStyle::Rebase,
    }
}

/// The message that a merge or squash commit has if nobody writes another; none for a rebase.
pub(crate) fn default_message(
    style: MergeStyle,
    task: &Task,
    branch: &str,
    target: &str,
    subjects: &[String],
) -> Option<String> {
    match style {
        MergeStyle::Merge => Some(merge_message(task, branch, target)),
        MergeStyle::Squash => Some(squash_message(task, subjects)),
        MergeStyle::Rebase => None,
    }
}

fn squash_message(task: &Task, subjects: &[String]) -> String {
    let head = format!("{}\n\n#{}", task.title.trim(), task.number);
    if subjects.is_empty() {
        return head;
    }
    let mut lines: Vec<String> =
        subjects.iter().take(SUBJECTS_MAX).map(|subject| format!("- {subject}")).collect();
    if subjects.len() > SUBJECTS_MAX {
        lines.push(format!("- and {} more commits", subjects.len() - SUBJECTS_MAX));
    }
    format!("{head}\n\n{}", lines.join("\n"))
}

/// The message of a commit that takes a merge back.
pub(crate) fn revert_message(task: &Task, commit: &str) -> String {
    format!("Revert \"{}\"\n\n#{}: takes back what {commit} brought.", task.title.trim(), task.number)
}

/// The answer to an outcome that changed nothing.
pub(crate) fn unchanged(outcome: &MergeOutcome, target: &str) -> ApiError {
    let refused = |message: String| ApiError::new(ErrorCode::MergeRefused, message);
    match outcome {
        MergeOutcome::Conflict { files } => {
            let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
            let message =
                format!("merging into {target} would conflict in {}; nothing was changed", paths.join(", "));
            ApiError::new(ErrorCode::MergeConflict, message).with_details(json!({ "files": files }))
        }
        MergeOutcome::Refused { reason } => {
            refused(format!("{}; nothing was changed", refusal_text(reason, target)))
                .with_details(json!({ "reason": reason }))
        }
        MergeOutcome::Busy { path, .. } => refused(format!(
            "somebody works in the repository ({} is held): try again in a moment; nothing was changed",
            path.display()
        )),
        MergeOutcome::TargetMoved { .. } => {
            refused(format!("{target} keeps moving: try again in a moment; nothing was changed"))
        }
        MergeOutcome::BuiltOn { refs } => {
            let message = format!(
                "{} was built on the merge: it cannot be undone any more. Take it back by a new commit instead",
                refs.join(", ")
            );
            ApiError::new(ErrorCode::Conflict, message)
                .with_details(json!({ "can_revert": true, "refs": refs }))
        }
        MergeOutcome::AlreadyMerged { .. } => {
            refused(format!("{target} has nothing of it that could be taken back; nothing was changed"))
        }
        // Only for outcomes without a change; this one is asked for nowhere.
        MergeOutcome::Merged { commit, .. } => ApiError::internal(format!("{commit} is a change")),
    }
}

/// Why a merge is refused, and what to do.
pub(crate) fn refusal_text(reason: &MergeRefusal, target: &str) -> String {
    match reason {
        MergeRefusal::HeadMoved { actual: Some(actual) } => {
            format!("the attempt's branch moved to {actual} since it was reviewed: look at it again")
        }
        MergeRefusal::HeadMoved { actual: None } => "the attempt's branch is gone".to_owned(),
        MergeRefusal::TargetMissing => format!("the branch {target} does not exist any more"),
        MergeRefusal::DirtyFiles { paths } => {
            format!("your checkout has changes of yours in {}: commit or stash them first", paths.join(", "))
        }
        MergeRefusal::InTheWay { paths } => {
            format!("files of yours stand in the way: move {} away first", paths.join(", "))
        }
        MergeRefusal::OperationInProgress { operation, path } => {
            format!("git is in the middle of a {operation:?} in {}: finish or abort it first", path.display())
        }
        MergeRefusal::CheckedOutElsewhere { path } => {
            format!(
                "{target} is checked out in {}: merge there, or switch it to another branch",
                path.display()
            )
        }
        MergeRefusal::UnrelatedHistories { is_shallow: true } => {
            "no common commit is in this shallow clone: fetch more history first".to_owned()
        }
        MergeRefusal::UnrelatedHistories { is_shallow: false } => {
            format!("the branch and {target} have no common commit")
        }
        MergeRefusal::LocalFilter { .. }
        | MergeRefusal::CannotReplay { .. }
        | MergeRefusal::SigningFailed { .. }
        | MergeRefusal::HookFailed { .. }
        | MergeRefusal::NotMerged
        | MergeRefusal::Other { .. } => program_text(reason, target),
    }
}

/// Those in which a program, or the merge itself, has something to say.
fn program_text(reason: &MergeRefusal, target: &str) -> String {
    match reason {
        MergeRefusal::LocalFilter { filter, paths } => format!(
            "{} would pass the filter {filter} of the repository's own configuration, which the board does not run: merge by hand",
            paths.join(", ")
        ),
        MergeRefusal::CannotReplay { commit, paths } => format!(
            "the commit {} cannot be replayed on {target} by itself (it conflicts in {}), though all of them together merge: use a merge commit or squash instead",
            commit.get(..10).unwrap_or(commit),
            paths.join(", ")
        ),
        MergeRefusal::SigningFailed { message } => format!(
            "your git configuration wants commits signed, and that failed ({message}): unlock your key, or set commit.gpgSign to false"
        ),
        MergeRefusal::HookFailed { hook, output } => {
            format!("the repository's hook {hook} refuses: {output}")
        }
        MergeRefusal::NotMerged => format!(
            "{target} has no merge of this attempt that the board could take back: it was taken back already, or too long ago"
        ),
        MergeRefusal::Other { message } => format!("git refuses: {message}"),
        // The others are told by the caller.
        other => format!("git refuses: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::task;

    #[test]
    fn a_squash_names_its_commits() {
        let task = task("Fix the total");
        let subjects = ["One".to_owned(), "Two".to_owned()];
        let message = default_message(MergeStyle::Squash, &task, "ek/x", "main", &subjects);
        assert_eq!(message.as_deref(), Some("Fix the total\n\n#7\n\n- One\n- Two"));
        assert_eq!(squash_message(&task, &[]), "Fix the total\n\n#7");
        let many = vec!["x".to_owned(); 103];
        assert!(squash_message(&task, &many).ends_with("- x\n- and 3 more commits"));
        assert_eq!(default_message(MergeStyle::Rebase, &task, "ek/x", "main", &subjects), None);
    }
}
