//! Extractors that turn bad input into the error shape of the API, saying which field is wrong.

use axum::{
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::request::Parts,
};
use bytes::Bytes;
use domain::ErrorCode;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::json;

use crate::error::ApiError;

/// A JSON body. An empty body counts as `{}`, so that actions without arguments need none.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let bytes = Bytes::from_request(request, state).await.map_err(body_error)?;
        parse_body(&bytes).map(Self)
    }
}

fn body_error(rejection: BytesRejection) -> ApiError {
    if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::new(ErrorCode::TooLarge, "the body is larger than the board takes");
    }
    ApiError::new(ErrorCode::BadRequest, "the body could not be read to its end")
}

fn parse_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let bytes = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { bytes };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value =
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| value_error(bytes, &error))?;
    deserializer.end().map_err(|error| syntax_error(&error))?;
    Ok(value)
}

/// A word of ours that is given as a number counts as a fault of the syntax: only a second look tells.
fn value_error(bytes: &[u8], error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    if let Err(fault) = serde_json::from_slice::<IgnoredAny>(bytes) {
        return syntax_error(&fault);
    }
    let field = error.path().to_string();
    let message = format!("`{field}`: {}", error.inner());
    ApiError::new(ErrorCode::ValidationFailed, message).with_details(json!({ "field": field }))
}

fn syntax_error(error: &serde_json::Error) -> ApiError {
    ApiError::new(ErrorCode::BadRequest, format!("the body is not JSON: {error}"))
}

/// Parts of the address, as an id. Anything unreadable names nothing that exists.
pub(crate) struct PathOf<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(ApiError::new(ErrorCode::NotFound, "no such address: the id in it is not one")),
        }
    }
}

/// The query of the address.
pub(crate) struct QueryOf<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::new(ErrorCode::BadRequest, rejection.body_text())),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{ErrorCode, MoveTask};

    use super::*;

    fn code_of(text: &str) -> Option<ErrorCode> {
        parse_body::<MoveTask>(text.as_bytes()).err().map(|error| error.code())
    }

    #[test]
    fn a_bad_body_is_told_by_its_fault() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let cases = [
            (r#"{"status": "todo"}"#, None),
            (r#"{"status": "tomorrow"}"#, Some(ErrorCode::ValidationFailed)),
            (r#"{"status": "todo", "rank": 1}"#, Some(ErrorCode::ValidationFailed)),
            (r#"{"status": 3}"#, Some(ErrorCode::ValidationFailed)),
            ("{}", Some(ErrorCode::ValidationFailed)),
            ("", Some(ErrorCode::ValidationFailed)),
            ("{", Some(ErrorCode::BadRequest)),
            (r#"{"status": "todo"} x"#, Some(ErrorCode::BadRequest)),
        ];
        for (text, expected) in cases {
            assert_eq!(code_of(text), expected, "{text}");
        }
        assert!(code_of(&deep).is_some());
    }
}
