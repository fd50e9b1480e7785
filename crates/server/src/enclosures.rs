//! Attached files as an agent gets them: images are shown to it, other files are named by where they lie.

use std::path::PathBuf;

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Attachment, AttemptId};
use executor::Image;
use utils::{ErrorChain, OrLog, create_private_dir};

use crate::{
    attachments::{folder_of, load},
    error::ApiError,
    state::AppState,
    talk::{Enclosure, Enclosures},
};

/// Reads attachments for the agent of a worktree. What cannot be read is logged and left out: the agent is told.
pub(crate) async fn enclose(
    state: &AppState,
    worktree_id: AttemptId,
    attachments: &[Attachment],
) -> Enclosures {
    let mut enclosures = Enclosures::default();
    for attachment in attachments {
        match enclose_one(state, worktree_id, attachment).await {
            Ok(enclosure) => drop(enclosures.0.insert(attachment.id.clone(), enclosure)),
            Err(error) => {
                tracing::error!("the attachment {} could not be read: {error:?}", attachment.id);
                let path = "could not be read".to_owned();
                enclosures.0.insert(attachment.id.clone(), Enclosure { path, image: None });
            }
        }
    }
    enclosures
}

/// Makes the folder with the files for the agents of a worktree, so that it may read there from its start on.
pub(crate) async fn make_folder(state: &AppState, worktree_id: AttemptId) -> PathBuf {
    let folder = folder_of(state, worktree_id);
    let wanted = folder.clone();
    let made = state.tasks.spawn_blocking(move || {
        let parents: Vec<_> = wanted.ancestors().take(3).collect();
        parents.into_iter().rev().try_for_each(|folder| create_private_dir(folder).map(drop))
    });
    if let Some(Err(error)) = made.await.or_log("making the folder for an attempt's files") {
        tracing::error!("the folder {} could not be made: {}", folder.display(), ErrorChain(&error));
    }
    folder
}

async fn enclose_one(
    state: &AppState,
    worktree_id: AttemptId,
    attachment: &Attachment,
) -> Result<Enclosure, ApiError> {
    let stored = load(state, &attachment.id).await?;
    let path = stored.copy_for(state, worktree_id).await?.to_string_lossy().into_owned();
    if !stored.is_image() {
        return Ok(Enclosure { path, image: None });
    }
    let base64 = BASE64_STANDARD.encode(stored.bytes(state).await?);
    let media_type = stored.attachment.media_type.clone();
    Ok(Enclosure { path, image: Some(Image { media_type, base64 }) })
}
