//! Running the project's gates on what a merge would make, before the base branch moves.

use domain::ErrorCode;
use worktree::{PreparedMerge, Repository};

use crate::{error::ApiError, state::AppState, workflow::prepare_attempt::Assignment};

/// Checks a prepared merge in a checkout of its own ([`Repository::check_out`]); nobody else merges the attempt
/// meanwhile, others may merge into the same branch.
///
/// # Errors
/// When a gate does not pass; nothing is merged then.
pub(crate) async fn check_merged_tree(
    _state: &AppState,
    _repository: &Repository,
    _assignment: &Assignment,
    _prepared: &PreparedMerge,
) -> Result<(), ApiError> {
    let message = "gates cannot run on the merged tree yet: switch them off for merges in the project's settings; \
                   nothing was changed";
    Err(ApiError::new(ErrorCode::MergeRefused, message))
}
