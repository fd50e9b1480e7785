//! The error shape of the wire.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use utoipa::ToSchema;

/// What kind of error, for programs. A code exists because a client acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the request cannot be read.
    BadRequest,
    /// 401: no token, or a wrong one.
    Unauthorized,
    /// 403: a foreign origin, or a token without the right.
    Forbidden,
    /// 404.
    NotFound,
    /// 405: the address exists, the method does not.
    MethodNotAllowed,
    /// 409: the thing is not in a state that allows this, or was changed meanwhile.
    Conflict,
    /// 409: merging would conflict; `details.files` lists where. Nothing was changed.
    MergeConflict,
    /// 409: the merge was refused to protect the checkout; nothing was changed.
    MergeRefused,
    /// 413: larger than the board takes.
    TooLarge,
    /// 415: changes are sent as `application/json`.
    UnsupportedMediaType,
    /// 416: no such part of the file.
    RangeNotSatisfiable,
    /// 421: a host name that is not the board's.
    MisdirectedRequest,
    /// 422: readable, but not acceptable; `details` says which field.
    ValidationFailed,
    /// 429: too many wrong tokens.
    TooManyRequests,
    /// 500: a fault of the board; the log has it under the request's id.
    Internal,
    /// 503: starting, stopping, or something below does not answer.
    Unavailable,
}

/// What went wrong and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct ErrorDetail {
    /// For programs.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// What belongs to the code, as the conflicting files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub details: Option<Value>,
}

/// Body of every error answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, ToSchema)]
pub struct ErrorEnvelope {
    /// The error.
    pub error: ErrorDetail,
}
