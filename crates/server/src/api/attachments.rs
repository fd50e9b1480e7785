//! Files that people attach to messages.

use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{Attachment, UploadAttachment};

use crate::{
    api::extract::{Body, PathOf},
    attachments::{self, StoredAttachment},
    error::ApiError,
    state::AppState,
};

/// What a browser may do with a file that somebody uploaded: nothing.
const POLICY: &str = "default-src 'none'; sandbox";

/// Keeps a file of 5 MiB at most. The same content is the same attachment.
#[utoipa::path(
    post, path = "/api/attachments", request_body = UploadAttachment, responses((status = 201, body = Attachment))
)]
pub(crate) async fn upload_attachment(
    State(state): State<AppState>,
    Body(upload): Body<UploadAttachment>,
) -> Result<(StatusCode, Json<Attachment>), ApiError> {
    let attachment = attachments::store(&state, upload).await?;
    Ok((StatusCode::CREATED, Json(attachment)))
}

/// A file's bytes, to be saved and never to be opened in place.
#[utoipa::path(
    get, path = "/api/attachments/{id}", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"))
)]
pub(crate) async fn read_attachment(
    State(state): State<AppState>,
    PathOf(id): PathOf<String>,
) -> Result<Response, ApiError> {
    let stored = attachments::load(&state, &id).await?;
    let bytes = stored.bytes(&state).await?;
    Ok((headers(&stored)?, bytes).into_response())
}

fn headers(stored: &StoredAttachment) -> Result<[(HeaderName, HeaderValue); 3], ApiError> {
    let media_type =
        if stored.is_image() { &stored.attachment.media_type } else { "application/octet-stream" };
    let disposition = format!("attachment; filename*=UTF-8''{}", percent_encoded(&stored.attachment.name));
    Ok([
        (header::CONTENT_TYPE, HeaderValue::from_str(media_type).map_err(ApiError::internal)?),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(ApiError::internal)?),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ])
}

fn percent_encoded(name: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    name.bytes().map(encode).collect()
}
