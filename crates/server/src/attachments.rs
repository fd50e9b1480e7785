//! Files that people attach: kept in the home by the hash of their content, handed to agents as images or as copies.
//!
//! Nothing is ever unpacked or decoded. What a file is, is told by its first bytes and not by its sender; only four
//! kinds of image count as images, everything else is bytes.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use db::Durability;
use domain::{Attachment, AttemptId, ErrorCode, UploadAttachment};
use sha2::{Digest, Sha256};
use utils::{FileError, OrLog, create_private_dir, read_private, write_private};

use crate::{
    api::failure::invalid,
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
};

/// Largest content of a file.
const CONTENT_BYTES_MAX: usize = 5 * 1024 * 1024;
const NAME_CHARS_MAX: usize = 100;
const BYTES: &str = "application/octet-stream";

/// What images begin with, as far as it tells them from everything else.
const IMAGES: [(&str, &[u8]); 4] = [
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/gif", b"GIF87a"),
    ("image/gif", b"GIF89a"),
];

/// A stored file.
#[derive(Debug, Clone)]
pub(crate) struct StoredAttachment {
    pub(crate) attachment: Attachment,
    path: PathBuf,
}

impl StoredAttachment {
    /// Its content, exactly what was uploaded.
    ///
    /// # Errors
    /// When it cannot be read, or is not what it was.
    pub(crate) async fn bytes(&self, state: &AppState) -> Result<Vec<u8>, ApiError> {
        let (path, id) = (self.path.clone(), self.attachment.id.clone());
        blocking(state, move || {
            let bytes = read_private(&path, CONTENT_BYTES_MAX as u64).map_err(ApiError::internal)?;
            if id_of(&bytes) == id {
                return Ok(bytes);
            }
            Err(ApiError::internal(format!("the attachment {} is not what was uploaded", path.display())))
        })
        .await
    }

    /// Whether an agent can be shown it.
    pub(crate) fn is_image(&self) -> bool {
        self.attachment.media_type.starts_with("image/")
    }

    /// Puts a copy where the agent of a worktree can read it; the same one again where it is there. The agent may do with
    /// it what it likes: ours stays.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub(crate) async fn copy_for(
        &self,
        state: &AppState,
        worktree_id: AttemptId,
    ) -> Result<PathBuf, ApiError> {
        let bytes = self.bytes(state).await?;
        let folder = folder_of(state, worktree_id);
        let name = format!("{}-{}", self.attachment.id.get(..8).unwrap_or_default(), self.attachment.name);
        blocking(state, move || {
            for folder in folder.ancestors().take(3).collect::<Vec<_>>().into_iter().rev() {
                create_private_dir(folder).map_err(ApiError::internal)?;
            }
            let path = folder.join(name);
            write_private(&path, &bytes).map_err(ApiError::internal)?;
            Ok(path)
        })
        .await
    }
}

/// The folder with the copies for the agents of a worktree, whichever attempt works in it: a conversation goes on and
/// knows its files by where they lie. It may not be there.
pub(crate) fn folder_of(state: &AppState, worktree_id: AttemptId) -> PathBuf {
    folder(state).join("by-attempt").join(worktree_id.to_string())
}

/// Removes the copies for the agents of a worktree. Best effort: there is nothing in them that is not kept.
pub(crate) async fn remove_copies(state: &AppState, worktree_id: AttemptId) {
    match tokio::fs::remove_dir_all(folder_of(state, worktree_id)).await {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err::<(), _>(error).or_log("removing the files of an attempt");
        }
        Ok(()) | Err(_) => {}
    }
}

/// Keeps an uploaded file.
///
/// # Errors
/// When its name or content is no good, or it cannot be written.
pub(crate) async fn store(state: &AppState, upload: UploadAttachment) -> Result<Attachment, ApiError> {
    let name = cleaned_name(&upload.name)?;
    let folder = folder(state);
    let media_type = upload.media_type;
    let attachment = blocking(state, move || {
        let bytes = decoded(&upload.content)?;
        let attachment = Attachment {
            id: id_of(&bytes),
            name,
            media_type: media_type_of(&bytes, &media_type),
            byte_count: i32::try_from(bytes.len()).map_err(ApiError::internal)?,
        };
        keep(&folder, &attachment.id, &bytes).map_err(ApiError::internal)?;
        Ok(attachment)
    })
    .await?;
    let (stored, at) = (attachment.clone(), now());
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { db::insert_attachment(tx, &stored, at).await })
    });
    state.store.write(Durability::Full, work).await?;
    Ok(attachment)
}

/// Finds a file that was uploaded.
///
/// # Errors
/// When there is none.
pub(crate) async fn load(state: &AppState, id: &str) -> Result<StoredAttachment, ApiError> {
    if !is_id(id) {
        return Err(ApiError::not_found("attachment"));
    }
    let attachment = db::find_attachment(&mut *state.store.read().await?, id).await?;
    let path = folder(state).join(&attachment.id);
    Ok(StoredAttachment { attachment, path })
}

fn folder(state: &AppState) -> PathBuf {
    state.home().join("attachments")
}

async fn blocking<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    state.tasks.spawn_blocking(work).await.map_err(ApiError::internal)?
}

/// The file first, then its row: a row never lacks its file. What is there already has the same content by its name.
fn keep(folder: &Path, id: &str, bytes: &[u8]) -> Result<(), FileError> {
    create_private_dir(folder)?;
    let path = folder.join(id);
    match read_private(&path, CONTENT_BYTES_MAX as u64) {
        Ok(known) if known == bytes => Ok(()),
        Ok(_) | Err(_) => write_private(&path, bytes),
    }
}

fn decoded(content: &str) -> Result<Vec<u8>, ApiError> {
    let bytes = BASE64_STANDARD
        .decode(content)
        .map_err(|error| invalid("content", format!("`content` is not base64: {error}")))?;
    match bytes.len() {
        0 => Err(invalid("content", "the file is empty")),
        count if count > CONTENT_BYTES_MAX => {
            Err(ApiError::new(ErrorCode::TooLarge, "a file may have 5 MiB at most"))
        }
        _ => Ok(bytes),
    }
}

fn id_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_id(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The last part of a path, without what cannot be seen, in a length that every file system takes.
fn cleaned_name(name: &str) -> Result<String, ApiError> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.chars().filter(|c| is_seen(*c)).collect();
    let seen = seen.trim().trim_start_matches('.').trim_start();
    let start: String = seen.chars().take(NAME_CHARS_MAX).collect();
    let kept = match (seen == start, Path::new(seen).extension().and_then(|extension| extension.to_str())) {
        (false, Some(extension)) if extension.len() <= 10 => {
            let stem: String = start.chars().take(NAME_CHARS_MAX - 11).collect();
            format!("{stem}.{extension}")
        }
        _ => start,
    };
    let kept = kept.trim_end_matches(['.', ' ']);
    // Four bytes a character at most, so any file system takes 50 of them with our prefix.
    let bounded: String = if kept.len() > 200 { kept.chars().take(50).collect() } else { kept.to_owned() };
    if bounded.is_empty() {
        return Err(invalid("name", "the file needs a name"));
    }
    Ok(bounded)
}

fn is_seen(c: char) -> bool {
    let changes_sight = matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    !c.is_control() && !changes_sight
}

fn media_type_of(bytes: &[u8], said: &str) -> String {
    let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let image = IMAGES.iter().find(|(_, magic)| bytes.starts_with(magic)).map(|(media_type, _)| *media_type);
    match image.or_else(|| is_webp.then_some("image/webp")) {
        Some(image) => image.to_owned(),
        None if is_plain_media_type(said) => said.to_ascii_lowercase(),
        None => BYTES.to_owned(),
    }
}

/// A type that may stand in a record: it is never sent to a browser.
fn is_plain_media_type(said: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+._".contains(&b))
    };
    let is_image = said.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("image/"));
    said.len() <= 100
        && !is_image
        && said.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_plain_part() {
        let check = |name: &str, expected: Option<&str>| {
            assert_eq!(cleaned_name(name).ok().as_deref(), expected, "{name:?}");
        };
        check("a.png", Some("a.png"));
        check("../../etc/passwd", Some("passwd"));
        check("C:\\dir\\b c.txt", Some("b c.txt"));
        check("ü \u{1F980}.md", Some("ü \u{1F980}.md"));
        check("x\u{202e}gnp.exe\n", Some("xgnp.exe"));
        check(".bashrc", Some("bashrc"));
        for bad in ["", "..", "/", "a/", " . ", "\u{200b}"] {
            check(bad, None);
        }
        let long = cleaned_name(&format!("{}.tar.gz", "x".repeat(500))).unwrap();
        assert!(long.len() <= 100 && long.ends_with(".gz"), "{long}");
        assert!(cleaned_name(&"\u{1F980}".repeat(90)).unwrap().len() <= 200);
    }

    #[test]
    fn only_the_first_bytes_make_an_image() {
        let check = |bytes: &[u8], said: &str, expected: &str| {
            assert_eq!(media_type_of(bytes, said), expected, "{said}");
        };
        check(b"\x89PNG\r\n\x1a\nrest", "text/plain", "image/png");
        check(b"RIFF\0\0\0\0WEBPVP8 ", "x", "image/webp");
        check(b"GIF89a", "", "image/gif");
        check(b"\xff\xd8\xff\xe0", "", "image/jpeg");
        check(b"<svg onload=alert(1)>", "image/svg+xml", BYTES);
        check(b"text", "image/png", BYTES);
        check(b"text", "Text/HTML", "text/html");
        check(b"text", "text/html\r\nx: y", BYTES);
        check(b"text", "é/é", BYTES);
    }

    #[test]
    fn content_is_bounded_base64() {
        assert_eq!(decoded("aGk=").unwrap(), b"hi");
        assert!(decoded("").is_err() && decoded("!").is_err());
        let large = BASE64_STANDARD.encode(vec![0_u8; CONTENT_BYTES_MAX + 1]);
        assert_eq!(decoded(&large).unwrap_err().code(), ErrorCode::TooLarge);
    }

    #[test]
    fn what_is_damaged_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("attachments");
        let id = id_of(b"hi");
        for damage in ["", "hx"] {
            keep(&folder, &id, b"hi").unwrap();
            assert_eq!(std::fs::read(folder.join(&id)).unwrap(), b"hi");
            std::fs::write(folder.join(&id), damage).unwrap();
        }
    }
}
