//! The raw stream of an attempt, byte for byte, in ranges.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{AttemptId, ErrorCode};
use executor::RawStream;
use futures_util::stream::try_unfold;

use crate::{api::extract::PathOf, error::ApiError, state::AppState};

/// Bytes read from the journal at once.
const CHUNK_BYTES: usize = 256 * 1024;

/// What the agent wrote, as it came. With `Range: bytes=…` a part of it.
#[utoipa::path(
    get, path = "/api/attempts/{id}/raw", params(("id" = AttemptId, Path)),
    responses((status = 200, content_type = "text/plain"), (status = 206, content_type = "text/plain"))
)]
pub(crate) async fn read_raw(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    respond_with(open_parts(&state, id).await?, &headers)
}

/// The parts one after the other, or the range of them that is asked for.
///
/// # Errors
/// When the range is none of theirs.
pub(crate) fn respond_with(parts: Vec<Part>, headers: &HeaderMap) -> Result<Response, ApiError> {
    let total = parts.iter().map(|part| part.byte_count).sum::<u64>();
    let range = match headers.get(header::RANGE) {
        None => None,
        Some(value) => {
            let range = value.to_str().ok().and_then(|text| parse_range(text, total));
            Some(range.ok_or_else(|| unsatisfiable(total))?)
        }
    };
    Ok(respond(parts, range, total))
}

/// The stream of one run inside the attempt's.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    stream: RawStream,
    byte_count: u64,
}

impl Part {
    /// What there is of a stream now.
    ///
    /// # Errors
    /// When its journal cannot be read.
    pub(crate) async fn open(stream: RawStream) -> Result<Self, ApiError> {
        let byte_count = stream.byte_count().await?;
        Ok(Self { stream, byte_count })
    }
}

async fn open_parts(state: &AppState, id: AttemptId) -> Result<Vec<Part>, ApiError> {
    let mut connection = state.store.read().await?;
    db::find_attempt(&mut connection, id).await?;
    let runs = db::list_runs(&mut connection, id).await?;
    drop(connection);
    let mut parts = Vec::with_capacity(runs.len());
    for run in runs {
        parts.push(Part::open(RawStream::new(state.run_dir(&run.directory))).await?);
    }
    Ok(parts)
}

fn unsatisfiable(total: u64) -> ApiError {
    ApiError::new(
        ErrorCode::RangeNotSatisfiable,
        format!("the stream has {total} bytes; ask for a part of them"),
    )
}

/// The bytes `start..end` of one range; several ranges at once are not served.
fn parse_range(text: &str, total: u64) -> Option<(u64, u64)> {
    let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = match (start.trim(), end.trim()) {
        ("", last) => (total.saturating_sub(last.parse().ok()?), total),
        (start, "") => (start.parse().ok()?, total),
        (start, end) => (start.parse().ok()?, end.parse::<u64>().ok()?.saturating_add(1).min(total)),
    };
    (start < end).then_some((start, end))
}

fn respond(parts: Vec<Part>, range: Option<(u64, u64)>, total: u64) -> Response {
    let (start, end) = range.unwrap_or((0, total));
    let content_range = format!("bytes {start}-{}/{total}", end.saturating_sub(1));
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, (end - start).to_string()),
    ];
    let body = Body::from_stream(try_unfold((parts, start), move |(parts, at)| next_chunk(parts, at, end)));
    match range {
        None => (StatusCode::OK, headers, body).into_response(),
        Some(_) => (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, content_range)], headers, body)
            .into_response(),
    }
}

type Chunk = Option<(Bytes, (Vec<Part>, u64))>;

/// Reads on at `at` until `end`; a journal that gives less than it had is an error, not the end.
async fn next_chunk(parts: Vec<Part>, at: u64, end: u64) -> Result<Chunk, std::io::Error> {
    let Some((part, offset)) = locate(&parts, at).filter(|_| at < end) else { return Ok(None) };
    let count_max = (end - at).min(part.byte_count - offset).min(CHUNK_BYTES as u64);
    let count_max = usize::try_from(count_max).unwrap_or(CHUNK_BYTES);
    let bytes = part.stream.read(offset, count_max).await.map_err(std::io::Error::other)?;
    if bytes.is_empty() {
        return Err(std::io::Error::other("the journal ends before it should"));
    }
    let next = at + bytes.len() as u64;
    Ok(Some((bytes, (parts, next))))
}

fn locate(parts: &[Part], at: u64) -> Option<(&Part, u64)> {
    let mut offset = at;
    for part in parts {
        if offset < part.byte_count {
            return Some((part, offset));
        }
        offset -= part.byte_count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_means_them() {
        let cases = [
            ("bytes=0-9", Some((0, 10))),
            ("bytes=90-", Some((90, 100))),
            ("bytes=-10", Some((90, 100))),
            ("bytes=-1000", Some((0, 100))),
            ("bytes=50-1000", Some((50, 100))),
            ("bytes=100-", None),
            ("bytes=9-1", None),
            ("bytes=a-b", None),
            ("lines=1-2", None),
            ("bytes=0-1,5-6", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_range(text, 100), expected, "{text}");
        }
        assert_eq!(parse_range("bytes=0-", 0), None);
    }
}
