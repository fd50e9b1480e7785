//! The bytes of a changed file on one side of its diff.

use super::{Found, find_change};
use crate::{DiffRequest, Error, Side, SideContent, git::Git};

const SUBMODULE: &str = "160000";

/// What a changed file holds on one side; none where it is not among the changed ones.
pub(crate) async fn read_side(
    git: &Git,
    request: &DiffRequest,
    path: &str,
    side: Side,
    bytes_max: u64,
) -> Result<Option<SideContent>, Error> {
    let request = DiffRequest { hides_whitespace: false, ..request.clone() };
    let (pair, change) = match find_change(git, &request, path).await? {
        Some(Found::Change(pair, change)) => (pair, change),
        Some(Found::LeftOut(_)) => return Ok(Some(SideContent::TooLarge)),
        None => return Ok(None),
    };
    let [old, new] = &change.blobs;
    let (blob, mode) = match side {
        Side::Old => (old, &change.old_mode),
        Side::New => (new, &change.new_mode),
    };
    if blob.bytes().all(|byte| byte == b'0') || mode == SUBMODULE {
        return Ok(Some(SideContent::Nothing));
    }
    read_blob(&pair.git, blob, bytes_max).await.map(Some)
}

async fn read_blob(git: &Git, blob: &str, bytes_max: u64) -> Result<SideContent, Error> {
    let size = git.call("cat-file").args(["-s", blob]).text().await?;
    let unexpected =
        || Error::Unexpected { command: "cat-file".to_owned(), message: format!("size {size:?}") };
    if size.parse::<u64>().ok().ok_or_else(unexpected)? > bytes_max {
        return Ok(SideContent::TooLarge);
    }
    let limit = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let output = git.call("cat-file").args(["blob", blob]).output_max(limit).run().await?;
    Ok(SideContent::Bytes(output.stdout))
}
