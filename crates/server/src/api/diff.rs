//! The difference between two states of an attempt, file by file.

mod scope;
mod wire;

use std::collections::HashMap;

use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use db::Durability;
use domain::{
    AttemptDiff, AttemptId, DiffFileHunks, DiffScope, DiffScopeCount, DiffSide, ErrorCode, Page, TaskId,
    ViewedFile,
};
use serde::Deserialize;
use utoipa::IntoParams;
use worktree::{LineRange, Side, SideContent};

use crate::{
    api::{
        attempts::read_attempt,
        extract::{Body, PathOf, QueryOf},
        failure::invalid,
    },
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    workflow::prepare_attempt::load_assignment,
};

pub(crate) use wire::hunks_of;

use scope::{DiffSelection, Opened, Whitespace, of_scope, open};

/// Larger files are not handed out.
const CONTENT_BYTES_MAX: u64 = 20 << 20;
/// Marks that one call may set.
const VIEWED_MAX: usize = 10_000;
const SCOPES: [DiffScope; 4] =
    [DiffScope::All, DiffScope::LastReview, DiffScope::LastTurn, DiffScope::Uncommitted];
/// What is shown comes from an agent: it runs nothing and loads nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// The changed files.
#[utoipa::path(
    get, path = "/api/attempts/{id}/diff", params(("id" = AttemptId, Path), DiffSelection),
    responses((status = 200, body = AttemptDiff))
)]
pub(crate) async fn find_diff(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    QueryOf(selection): QueryOf<DiffSelection>,
) -> Result<Json<AttemptDiff>, ApiError> {
    let Opened { repository, assignment, request } = open(&state, id, selection).await?;
    let summary = repository.diff_summary(&request).await?;
    let viewed = list_viewed(&state, assignment.task.id).await?;
    let files = summary.files.into_iter().map(|file| wire::file_of(file, &viewed)).collect();
    Ok(Json(AttemptDiff {
        base: summary.base,
        head: summary.head,
        is_live: summary.is_live,
        scope: selection.scope.unwrap_or_default(),
        files,
    }))
}

/// Which file, of which changes, and which of its lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileSelection {
    /// Its path after the change.
    path: String,
    /// Which changes; all if not given.
    scope: Option<DiffScope>,
    /// Whether changes of blanks count: `show`, or `hide`.
    whitespace: Option<Whitespace>,
    /// Number of the checkpoint to compare with, instead of a scope.
    from: Option<i32>,
    /// Number of the checkpoint that is compared; the present state if not given.
    to: Option<i32>,
    /// Lines of the diff to leave out at its beginning.
    offset: Option<u32>,
    /// At most so many lines; 20,000 at most.
    limit: Option<u32>,
}

impl FileSelection {
    const fn changes(&self) -> DiffSelection {
        DiffSelection { scope: self.scope, whitespace: self.whitespace, from: self.from, to: self.to }
    }

    fn range(&self) -> LineRange {
        let size = |number: Option<u32>| number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        LineRange { offset: size(self.offset), limit: size(self.limit) }
    }
}

/// The changed lines of one file. `next_offset` tells where the next ones are, where these are not all.
#[utoipa::path(
    get, path = "/api/attempts/{id}/diff/file", params(("id" = AttemptId, Path), FileSelection),
    responses((status = 200, body = DiffFileHunks))
)]
pub(crate) async fn find_file_diff(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    QueryOf(selection): QueryOf<FileSelection>,
) -> Result<Json<DiffFileHunks>, ApiError> {
    let Opened { repository, assignment, request } = open(&state, id, selection.changes()).await?;
    let diff = repository.file_diff(&request, &selection.path, selection.range()).await?;
    let viewed = list_viewed(&state, assignment.task.id).await?;
    let hunks = diff.map(|diff| hunks_of(diff, &viewed));
    hunks.map(Json).ok_or_else(|| ApiError::not_found("changed file"))
}

/// How many files each scope has.
#[utoipa::path(
    get, path = "/api/attempts/{id}/diff/scopes", params(("id" = AttemptId, Path)),
    responses((status = 200, body = Page<DiffScopeCount>))
)]
pub(crate) async fn list_diff_scopes(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
) -> Result<Json<Page<DiffScopeCount>>, ApiError> {
    let assignment = load_assignment(&state, id).await?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let mut counts = Vec::with_capacity(SCOPES.len());
    for scope in SCOPES {
        let file_count = match of_scope(&state, &repository, &assignment.attempt, scope).await {
            Ok(request) => Some(repository.diff_summary(&request).await?.files.len()),
            Err(error) if error.code() == ErrorCode::Conflict => None,
            Err(error) => return Err(error),
        };
        let file_count = file_count.map(|count| i32::try_from(count).unwrap_or(i32::MAX));
        counts.push(DiffScopeCount { scope, file_count });
    }
    Ok(Json(Page::whole(counts)))
}

/// Which side of which file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContentSelection {
    /// Its path after the change.
    path: String,
    /// Before or after the change.
    side: DiffSide,
    /// Which changes; all if not given.
    scope: Option<DiffScope>,
    /// Number of the checkpoint to compare with, instead of a scope.
    from: Option<i32>,
    /// Number of the checkpoint that is compared; the present state if not given.
    to: Option<i32>,
}

/// A changed file's bytes before or after the change.
#[utoipa::path(
    get, path = "/api/attempts/{id}/diff/content", params(("id" = AttemptId, Path), ContentSelection),
    responses((status = 200, content_type = "application/octet-stream"))
)]
pub(crate) async fn read_diff_content(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    QueryOf(selection): QueryOf<ContentSelection>,
) -> Result<Response, ApiError> {
    let ContentSelection { path, side, scope, from, to } = selection;
    let changes = DiffSelection { scope, whitespace: None, from, to };
    let Opened { repository, request, .. } = open(&state, id, changes).await?;
    let side = match side {
        DiffSide::Old => Side::Old,
        DiffSide::New => Side::New,
    };
    match repository.read_side(&request, &path, side, CONTENT_BYTES_MAX).await? {
        Some(SideContent::Bytes(bytes)) => Ok((content_headers(&path, &bytes), bytes).into_response()),
        Some(SideContent::TooLarge) => Err(ApiError::new(
            ErrorCode::TooLarge,
            "the file is larger than 20 MB: look at it in the worktree",
        )),
        Some(SideContent::Nothing) => Err(ApiError::not_found("file on this side")),
        None => Err(ApiError::not_found("changed file")),
    }
}

fn content_headers(path: &str, bytes: &[u8]) -> [(HeaderName, &'static str); 4] {
    [
        (header::CONTENT_TYPE, media_type(path, bytes)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ]
}

/// Images by their name; anything else is text or just bytes.
fn media_type(path: &str, bytes: &[u8]) -> &'static str {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("svg") => "image/svg+xml",
        _ if !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok() => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Marks files as seen, or takes marks back. They belong to the task and to exactly this content.
#[utoipa::path(
    put, path = "/api/attempts/{id}/viewed", params(("id" = AttemptId, Path)), request_body = Vec<ViewedFile>,
    responses((status = 204))
)]
pub(crate) async fn set_viewed(
    State(state): State<AppState>,
    PathOf(id): PathOf<AttemptId>,
    Body(files): Body<Vec<ViewedFile>>,
) -> Result<StatusCode, ApiError> {
    if files.len() > VIEWED_MAX {
        return Err(invalid("", format!("at most {VIEWED_MAX} files can be marked at once")));
    }
    if files.iter().any(|file| file.path.is_empty() || file.content_key.is_empty()) {
        return Err(invalid("path", "a mark needs the file's `path` and `content_key`"));
    }
    let (attempt, at) = (read_attempt(&state, id).await?, now());
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            for file in &files {
                db::set_viewed(tx, attempt.task_id, file, at).await?;
            }
            Ok(())
        })
    });
    state.store.write(Durability::Full, work).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list_viewed(state: &AppState, task_id: TaskId) -> Result<HashMap<String, String>, ApiError> {
    let mut connection = state.store.read().await?;
    Ok(db::list_viewed(&mut connection, task_id).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_images_are_shown_as_what_they_say_they_are() {
        let check = |path: &str, bytes: &[u8], expected: &str| {
            assert_eq!(media_type(path, bytes), expected, "{path}")
        };
        check("a/b.PNG", b"\0", "image/png");
        check("a.jpeg", b"", "image/jpeg");
        check("a.svg", b"<svg/>", "image/svg+xml");
        check("a.html", b"<script>", "text/plain; charset=utf-8");
        check("noending", b"text", "text/plain; charset=utf-8");
        check("png", b"\xff\xfe", "application/octet-stream");
        check("a.js", b"a\0b", "application/octet-stream");
    }
}
