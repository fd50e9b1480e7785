//! What merging an attempt would do now, before anybody decides.

use domain::{AttemptId, AttemptState, ConflictFile, ConflictHunk, MergeForecast, MergePreview, MergeStyle};
use serde_json::Value;
use worktree::{ConflictDetail, MergeForecast as Forecast, MergeLook};

use crate::{
    api::failure::conflict,
    error::ApiError,
    merging::{default_message, refusal_text},
    state::AppState,
    workflow::{
        merge_attempt::bare_request,
        prepare_attempt::{Assignment, load_assignment},
    },
};

/// Looks at the merge of an attempt that is ready for review. Nothing is changed.
///
/// # Errors
/// When the attempt is not ready, or the repository does not answer.
pub(crate) async fn preview_merge(
    state: &AppState,
    attempt_id: AttemptId,
    style: Option<MergeStyle>,
) -> Result<MergePreview, ApiError> {
    let assignment = load_assignment(state, attempt_id).await?;
    let Assignment { attempt, task, project, .. } = &assignment;
    if !matches!(attempt.state, AttemptState::ReviewReady | AttemptState::PrCreated) {
        return Err(conflict(format!(
            "the attempt is {}: there is nothing to merge now",
            attempt.state.as_str()
        )));
    }
    let style = style.unwrap_or(project.settings.merge_style);
    let request = bare_request(state, &assignment, style)?;
    let repository = state.repositories.open(&project.path).await?;
    let look = repository.look_at_merge(&request).await?;
    let message = default_message(style, task, &request.branch, &request.target, &look.subjects);
    let MergeLook { behind, ahead, forecast, updates_checkout, .. } = look;
    let (forecast, conflicts, refusal) = tell(forecast, &request.target);
    Ok(MergePreview {
        target: request.target,
        head: request.expected_head,
        style,
        message,
        behind: i32::try_from(behind).unwrap_or(i32::MAX),
        ahead: i32::try_from(ahead).unwrap_or(i32::MAX),
        forecast,
        conflicts,
        refusal,
        updates_checkout,
        runs_gates: project.settings.gates_before_merge && !project.settings.gates.is_empty(),
    })
}

fn tell(forecast: Forecast, target: &str) -> (MergeForecast, Vec<ConflictFile>, Option<String>) {
    match forecast {
        Forecast::Clean => (MergeForecast::Clean, Vec::new(), None),
        Forecast::AlreadyMerged => (MergeForecast::AlreadyMerged, Vec::new(), None),
        Forecast::Refused { reason } => {
            (MergeForecast::Refused, Vec::new(), Some(refusal_text(&reason, target)))
        }
        Forecast::Conflict { files } => {
            (MergeForecast::Conflict, files.into_iter().map(conflict_of).collect(), None)
        }
    }
}

fn conflict_of(detail: ConflictDetail) -> ConflictFile {
    let hunk = |hunk: worktree::ConflictHunk| ConflictHunk {
        line: i32::try_from(hunk.line).unwrap_or(i32::MAX),
        ours: hunk.ours,
        base: hunk.base,
        theirs: hunk.theirs,
    };
    let worktree::ConflictFile { path, kind, message } = detail.file;
    let kind = match serde_json::to_value(kind) {
        Ok(Value::String(kind)) => kind,
        Ok(_) | Err(_) => "other".to_owned(),
    };
    ConflictFile { path, kind, message, hunks: detail.hunks.into_iter().map(hunk).collect() }
}
