//! The TypeScript twin of the wire types, as the text of one file.

use ts_rs::{Config as TsConfig, TS};

use crate as domain;

/// Declarations of every wire type, one per line group, in a fixed order.
///
/// `cargo xtask types` writes the text to the front-end and its check compares it.
pub fn typescript() -> String {
    let config = TsConfig::from_env();
    let mut text = String::new();
    macro_rules! declare {
        ($($name:ty),* $(,)?) => {
            $(push::<$name>(&config, &mut text);)*
        };
    }
    declare!(
        domain::Activity,
        domain::Agent,
        domain::AgentAdapter,
        domain::AgentId,
        domain::AgentLimits,
        domain::AgentLoop,
        domain::ApprovalState,
        domain::ApproveAction,
        domain::ApproveAttempt,
        domain::ApproveTask,
        domain::Attempt,
        domain::AttemptAction,
        domain::AttemptDiff,
        domain::AttemptError,
        domain::AttemptFrame,
        domain::AttemptId,
        domain::AttemptState,
        domain::AttemptSummary,
        domain::BatchedEvent,
        domain::BoardFrame,
        domain::BoardKind,
        domain::Config,
        domain::ConfigLimits,
        domain::ConfigPatch,
        domain::CreateAgent,
        domain::CreateProject,
        domain::CreateTask,
        domain::Criterion,
        domain::CriterionId,
        domain::CriterionPatch,
        domain::DiffFile,
        domain::DiffFileHunks,
        domain::DiffFileStatus,
        domain::DiffHunk,
        domain::DiffLine,
        domain::DiffLineKind,
        domain::ErrorCode,
        domain::ErrorDetail,
        domain::ErrorEnvelope,
        domain::Event,
        domain::EventBody,
        domain::EventPage,
        domain::FailureCode,
        domain::FrameEvent,
        domain::Gate,
        domain::LastOutcome,
        domain::LogLevel,
        domain::LogStream,
        domain::MergeResult,
        domain::MergeStyle,
        domain::MessageRole,
        domain::MoveTask,
        domain::Notice,
        domain::Page<domain::Task>,
        domain::PermissionMode,
        domain::Priority,
        domain::Project,
        domain::ProjectCheck,
        domain::ProjectId,
        domain::ProjectSettings,
        domain::ProjectValidation,
        domain::Rank,
        domain::RejectTask,
        domain::SessionId,
        domain::Size,
        domain::StartAttempt,
        domain::Task,
        domain::TaskAction,
        domain::TaskId,
        domain::TaskStatus,
        domain::Theme,
        domain::Timestamp,
        domain::UpdateAgent,
        domain::UpdateProject,
        domain::UpdateTask,
        domain::Usage,
    );
    text
}

fn push<T: TS + 'static>(config: &TsConfig, text: &mut String) {
    if let Some(docs) = T::docs() {
        text.push_str(&docs);
    }
    text.push_str("export ");
    text.push_str(&T::decl(config));
    text.push_str("\n\n");
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_named_type_is_declared() {
        let text = super::typescript();
        for name in ["Task", "Attempt", "EventBody", "BoardFrame", "Page<T>", "TaskStatus"] {
            assert!(text.contains(&format!("export type {name} =")), "{name} is missing");
        }
        assert!(!text.contains("bigint"), "wire integers are 32-bit");
    }
}
