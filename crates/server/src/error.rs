//! The one answer for errors: `{"error": {"code", "message", "details"?}}`.
//!
//! A 4xx tells the caller what to do. A 5xx is logged here, once, with its whole chain and the request's id, and
//! tells the caller only that id.

use std::borrow::Cow;
use std::error::Error;

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::{ErrorCode, ErrorDetail, ErrorEnvelope};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::{Value, json};
use utils::ErrorChain;

use crate::request_id::RequestId;

/// An error on its way to a client.
#[derive(Debug)]
pub struct ApiError {
    code: ErrorCode,
    message: Cow<'static, str>,
    details: Option<Value>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ApiError {
    /// An error the caller can act on; `message` says what happened and what to do.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), details: None, source: None }
    }

    /// A fault of ours. The caller learns the request's id, the log everything.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..Self::new(ErrorCode::Internal, "") }
    }

    /// Something below does not answer just now: worth another try, and logged.
    #[must_use]
    pub fn unavailable(
        message: impl Into<Cow<'static, str>>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { source: Some(source.into()), ..Self::new(ErrorCode::Unavailable, message) }
    }

    /// 404; `thing` as in “task”.
    #[must_use]
    pub fn not_found(thing: &'static str) -> Self {
        Self::new(ErrorCode::NotFound, format!("there is no such {thing}"))
    }

    /// Adds what belongs to the code, as the conflicting files.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// What kind of error it is.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// What happened, for people; empty for a fault of ours.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    fn log(&self, id: RequestId) {
        match &self.source {
            Some(source) => tracing::error!(
                request.id = %id,
                error = %ErrorChain(source.as_ref()),
                "request {id} failed: {}", ErrorChain(source.as_ref())
            ),
            None => tracing::error!(request.id = %id, "request {id} failed: {}", self.message),
        }
    }

    fn opaque(self, id: RequestId) -> ErrorDetail {
        let message = if self.message.is_empty() {
            format!("something went wrong on the server; its log tells more under {id}")
        } else {
            self.message.into_owned()
        };
        ErrorDetail { code: self.code, message, details: Some(json!({ "request_id": id.to_string() })) }
    }
}

/// The HTTP status of a code.
#[must_use]
pub fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadRequest => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::Conflict | ErrorCode::MergeConflict | ErrorCode::MergeRefused => StatusCode::CONFLICT,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::RangeNotSatisfiable => StatusCode::RANGE_NOT_SATISFIABLE,
        ErrorCode::MisdirectedRequest => StatusCode::MISDIRECTED_REQUEST,
        ErrorCode::ValidationFailed => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Gives an error answer that a library made (an unknown address, a failed handshake) the shape of all others.
pub(crate) fn shaped(response: Response) -> Response {
    let status = response.status();
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (code, message) = match status {
        StatusCode::NOT_FOUND => (ErrorCode::NotFound, "there is no such address".to_owned()),
        StatusCode::METHOD_NOT_ALLOWED => {
            (ErrorCode::MethodNotAllowed, "the method is not allowed here".to_owned())
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            (ErrorCode::TooLarge, "the body is larger than the board takes".to_owned())
        }
        status if status.is_server_error() => {
            return ApiError::internal(format!("answer {status}")).into_response();
        }
        status => (ErrorCode::BadRequest, format!("the request cannot be answered: {status}")),
    };
    let (mut parts, _body) = response.into_parts();
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    let error = ErrorDetail { code, message, details: None };
    (status, parts.headers, Json(ErrorEnvelope { error })).into_response()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = status_of(self.code);
        let error = if status.is_server_error() {
            let id = RequestId::current();
            self.log(id);
            self.opaque(id)
        } else {
            ErrorDetail { code: self.code, message: self.message.into_owned(), details: self.details }
        };
        (status, Json(ErrorEnvelope { error })).into_response()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn body_of(error: ApiError) -> (StatusCode, Value) {
        let response = error.into_response();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn a_fault_of_ours_tells_only_the_request_id() {
        let (status, body) =
            body_of(ApiError::internal(std::io::Error::other("/secret/path is broken"))).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!body.to_string().contains("secret"), "{body}");
        assert!(body["error"]["details"]["request_id"].is_string(), "{body}");
    }

    #[tokio::test]
    async fn a_refusal_tells_what_to_do() {
        let error =
            ApiError::new(ErrorCode::Conflict, "it changed; load it again").with_details(json!({"a": 1}));
        let (status, body) = body_of(error).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let message = "it changed; load it again";
        assert_eq!(body, json!({"error": {"code": "conflict", "message": message, "details": {"a": 1}}}));
    }
}
