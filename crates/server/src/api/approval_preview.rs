//! What an allowed call would do to a file, against the file as it is now.

use std::collections::HashMap;

use axum::{Json, extract::State};
use domain::{Approval, ApprovalId, ApprovalPreview, ApprovalState};

use crate::{
    api::{diff::hunks_of, extract::PathOf},
    approval_path::{Standing, path_of_call, read_inside, relative_to},
    edit_preview::preview,
    error::ApiError,
    state::AppState,
};

/// Larger files and contents are not compared.
const COMPARED_BYTES_MAX: usize = 1024 * 1024;

/// The change that a waiting call of a file tool would make.
#[utoipa::path(
    get, path = "/api/approvals/{id}/preview", params(("id" = ApprovalId, Path)),
    responses((status = 200, body = ApprovalPreview))
)]
pub(crate) async fn preview_approval(
    State(state): State<AppState>,
    PathOf(id): PathOf<ApprovalId>,
) -> Result<Json<ApprovalPreview>, ApiError> {
    let approval = db::find_approval(&mut *state.store.read().await?, id).await?;
    let preview = state.tasks.spawn_blocking(move || preview_of(&approval)).await;
    Ok(Json(preview.map_err(ApiError::internal)?))
}

fn preview_of(approval: &Approval) -> ApprovalPreview {
    let mut shown =
        ApprovalPreview { path: None, is_inside: false, is_new: false, diff: None, problem: None };
    let Some(path) = path_of_call(&approval.tool_name, &approval.tool_input) else {
        return ApprovalPreview { problem: Some("the call names no file".to_owned()), ..shown };
    };
    let inside = approval.cwd.as_deref().and_then(|cwd| Some((cwd, relative_to(cwd, path)?)));
    shown.path = Some(inside.map_or(path, |(_, relative)| relative).to_owned());
    let Some((worktree, relative)) = inside else {
        let problem = "the file is outside of the worktree: it is not read";
        return ApprovalPreview { problem: Some(problem.to_owned()), ..shown };
    };
    let standing = read_inside(worktree, relative, COMPARED_BYTES_MAX);
    shown.is_inside = !matches!(standing, Standing::Elsewhere);
    shown.is_new = matches!(standing, Standing::Missing);
    match compared(approval, relative, standing) {
        Ok(diff) => ApprovalPreview { diff: Some(diff), ..shown },
        Err(problem) => ApprovalPreview { problem: Some(problem), ..shown },
    }
}

fn compared(approval: &Approval, path: &str, standing: Standing) -> Result<domain::DiffFileHunks, String> {
    if approval.state != ApprovalState::Pending {
        return Err("the call was answered: the file need not be any more what it was about".to_owned());
    }
    let current = match standing {
        Standing::File(bytes) => {
            Some(String::from_utf8(bytes).map_err(|error| format!("the file is not text: {error}"))?)
        }
        Standing::Missing => None,
        Standing::Elsewhere => {
            return Err("a symbolic link or a file is in the way: nothing is read".to_owned());
        }
        Standing::NotRegular => return Err("it is not a regular file: it is not read".to_owned()),
        Standing::TooLarge => return Err("the file is too large to be compared".to_owned()),
        Standing::Unreadable(error) => return Err(format!("the file cannot be read: {error}")),
    };
    let change = preview(&approval.tool_name, &approval.tool_input, current.as_deref())?;
    if change.new.len() > COMPARED_BYTES_MAX {
        return Err("what it would become is too large to be compared".to_owned());
    }
    let old = change.old.as_deref().map(str::as_bytes);
    let diff = worktree::diff_contents(path, old, change.new.as_bytes());
    let mut hunks = hunks_of(
        diff.map_err(|error| format!("the change cannot be compared: failed to {error}"))?,
        &HashMap::new(),
    );
    hunks.notes.extend(change.note);
    Ok(hunks)
}
