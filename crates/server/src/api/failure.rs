//! How failures of the lower crates look to a client.

use domain::{ErrorCode, Refusal};
use serde_json::json;
use utils::ErrorChain;

use crate::{config_file::ConfigError, error::ApiError};

impl From<db::Error> for ApiError {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Missing { entity } => Self::not_found(entity),
            db::Error::Refused(refusal) => refusal.into(),
            db::Error::Invalid { field, message } => invalid(field, message),
            error if error.is_unavailable() => Self::unavailable(
                "the board cannot write to its database just now: see that the disk has room, then try again",
                error,
            ),
            error => Self::internal(error),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::new(ErrorCode::Conflict, refusal.0)
    }
}

impl From<executor::Error> for ApiError {
    fn from(error: executor::Error) -> Self {
        Self::internal(error)
    }
}

/// What git says about the user's repository is for the user to act on.
impl From<worktree::Error> for ApiError {
    fn from(error: worktree::Error) -> Self {
        use worktree::Error as E;
        let message = format!("failed to {}", ErrorChain(&error));
        let code = match error {
            E::NotARepository { .. }
            | E::BareRepository { .. }
            | E::UnusualLayout { .. }
            | E::GitUnusable { .. }
            | E::NoCommits { .. }
            | E::BaseNotFound { .. }
            | E::InvalidName { .. } => ErrorCode::ValidationFailed,
            E::WorktreeBroken { .. } | E::Busy { .. } | E::Unsettled { .. } => ErrorCode::Conflict,
            _ => return Self::internal(error),
        };
        Self::new(code, message)
    }
}

impl From<ConfigError> for ApiError {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Invalid { field, message } => invalid(field, format!("`{field}` {message}")),
            error => Self::internal(error),
        }
    }
}

/// 422 for one field.
pub(crate) fn invalid(field: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::ValidationFailed, message.into()).with_details(json!({ "field": field }))
}

/// 409 with what to do instead.
pub(crate) fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::Conflict, message.into())
}
