//! The TypeScript twin of the wire types, as the text of one file.

use serde_json::Value;
use ts_rs::{Config as TsConfig, TS};

use crate as domain;

type Declaration = fn(&TsConfig) -> String;

/// Every wire type once, by name.
const DECLARATIONS: &[Declaration] = &[
    declaration::<Value>,
    declaration::<domain::Activity>,
    declaration::<domain::Agent>,
    declaration::<domain::AgentAdapter>,
    declaration::<domain::AgentId>,
    declaration::<domain::AgentLimits>,
    declaration::<domain::AgentLoop>,
    declaration::<domain::Approval>,
    declaration::<domain::ApprovalId>,
    declaration::<domain::ApprovalKind>,
    declaration::<domain::ApprovalModePatch>,
    declaration::<domain::ApprovalPreview>,
    declaration::<domain::ApprovalState>,
    declaration::<domain::ApproveAction>,
    declaration::<domain::ApproveAttempt>,
    declaration::<domain::ApproveTask>,
    declaration::<domain::Attachment>,
    declaration::<domain::Attempt>,
    declaration::<domain::AttemptAction>,
    declaration::<domain::AttemptDiff>,
    declaration::<domain::AttemptError>,
    declaration::<domain::AttemptFrame>,
    declaration::<domain::AttemptId>,
    declaration::<domain::AttemptState>,
    declaration::<domain::AttemptSummary>,
    declaration::<domain::Attention>,
    declaration::<domain::BatchedEvent>,
    declaration::<domain::BoardFrame>,
    declaration::<domain::BoardKind>,
    declaration::<domain::Config>,
    declaration::<domain::ConfigLimits>,
    declaration::<domain::ConfigPatch>,
    declaration::<domain::CreateAgent>,
    declaration::<domain::CreateProject>,
    declaration::<domain::CreateTask>,
    declaration::<domain::Criterion>,
    declaration::<domain::CriterionId>,
    declaration::<domain::CriterionPatch>,
    declaration::<domain::DecideTrust>,
    declaration::<domain::Decision>,
    declaration::<domain::Delivery>,
    declaration::<domain::DiffFile>,
    declaration::<domain::DiffFileHunks>,
    declaration::<domain::DiffFileStatus>,
    declaration::<domain::DiffHunk>,
    declaration::<domain::DiffLine>,
    declaration::<domain::DiffLineKind>,
    declaration::<domain::ErrorCode>,
    declaration::<domain::ErrorDetail>,
    declaration::<domain::ErrorEnvelope>,
    declaration::<domain::Event>,
    declaration::<domain::EventBody>,
    declaration::<domain::EventPage>,
    declaration::<domain::FailureCode>,
    declaration::<domain::FrameEvent>,
    declaration::<domain::Gate>,
    declaration::<domain::LastOutcome>,
    declaration::<domain::LogLevel>,
    declaration::<domain::LogStream>,
    declaration::<domain::MergeResult>,
    declaration::<domain::MergeStyle>,
    declaration::<domain::Message>,
    declaration::<domain::MessageAim>,
    declaration::<domain::MessageId>,
    declaration::<domain::MessageRole>,
    declaration::<domain::MessageState>,
    declaration::<domain::MoveTask>,
    declaration::<domain::Notice>,
    declaration::<domain::Page<domain::Task>>,
    declaration::<domain::PermissionMode>,
    declaration::<domain::PostMessage>,
    declaration::<domain::Priority>,
    declaration::<domain::Progress>,
    declaration::<domain::Project>,
    declaration::<domain::ProjectCheck>,
    declaration::<domain::ProjectId>,
    declaration::<domain::ProjectSettings>,
    declaration::<domain::ProjectTrust>,
    declaration::<domain::ProjectValidation>,
    declaration::<domain::Question>,
    declaration::<domain::QuestionId>,
    declaration::<domain::QuestionItem>,
    declaration::<domain::QuestionOption>,
    declaration::<domain::QuestionState>,
    declaration::<domain::Rank>,
    declaration::<domain::RejectTask>,
    declaration::<domain::ResolveApproval>,
    declaration::<domain::ResolveQuestion>,
    declaration::<domain::ResumeAttempt>,
    declaration::<domain::Rule>,
    declaration::<domain::RuleId>,
    declaration::<domain::RulePattern>,
    declaration::<domain::RuleProposal>,
    declaration::<domain::RuleScope>,
    declaration::<domain::SendMessage>,
    declaration::<domain::SessionId>,
    declaration::<domain::SetMode>,
    declaration::<domain::Size>,
    declaration::<domain::StartAttempt>,
    declaration::<domain::Task>,
    declaration::<domain::TaskAction>,
    declaration::<domain::TaskId>,
    declaration::<domain::TaskStatus>,
    declaration::<domain::Theme>,
    declaration::<domain::Timestamp>,
    declaration::<domain::TrustDecision>,
    declaration::<domain::TrustItem>,
    declaration::<domain::TrustItemKind>,
    declaration::<domain::TrustState>,
    declaration::<domain::UpdateAgent>,
    declaration::<domain::UpdateMessage>,
    declaration::<domain::UpdateProject>,
    declaration::<domain::UpdateTask>,
    declaration::<domain::UploadAttachment>,
    declaration::<domain::Usage>,
];

/// Declarations of every wire type, in a fixed order.
///
/// `cargo xtask types` writes the text to the front-end and its check compares it.
pub fn typescript() -> String {
    let config = TsConfig::from_env();
    DECLARATIONS.iter().map(|declaration| declaration(&config)).collect::<Vec<_>>().join("\n")
}

fn declaration<T: TS + 'static>(config: &TsConfig) -> String {
    format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(config))
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
