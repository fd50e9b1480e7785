//! The user's token: 256 random bits in `<home>/token`, the only thing that lets a caller drive the board.
//!
//! The file is the truth, also while the server runs: `token rotate` replaces it and the old token is dead at the
//! next request. Whatever cannot be read lets nobody in.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use utils::{ErrorChain, FileError, Secret, read_private, write_private};

use super::Home;

/// Shortest token taken from outside.
pub const TOKEN_CHARS_MIN: usize = 32;
const TOKEN_CHARS_MAX: usize = 512;
const FILE_NAME: &str = "token";
const FILE_BYTES_MAX: u64 = 4 * 1024;

/// Why there is no usable token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Too easy to guess.
    #[error(
        "use the token: it has {length} characters, it needs {TOKEN_CHARS_MIN} at least; \
         `openssl rand -hex 32` makes a good one"
    )]
    TooShort {
        /// Its length.
        length: usize,
    },
    /// It would not fit in a header.
    #[error("use the token: it is longer than {TOKEN_CHARS_MAX} characters")]
    TooLong,
    /// It could not be sent as a WebSocket's subprotocol.
    #[error(
        "use the token: only letters, digits and - . _ ~ may stand in it; `openssl rand -hex 32` makes a good one"
    )]
    BadCharacter,
    /// The file is not there or not readable.
    #[error(transparent)]
    File(#[from] FileError),
    /// No random numbers from the system.
    #[error("make a token")]
    Random(#[source] getrandom::Error),
}

/// A token that is long enough and can be sent in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(Secret);

impl Token {
    /// Takes a token from outside.
    ///
    /// # Errors
    /// When it is too short, too long or has characters that do not pass everywhere.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        if text.len() < TOKEN_CHARS_MIN {
            return Err(TokenError::TooShort { length: text.len() });
        }
        if text.len() > TOKEN_CHARS_MAX {
            return Err(TokenError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
            return Err(TokenError::BadCharacter);
        }
        Ok(Self(Secret::new(text.to_owned())))
    }

    /// A new one of 256 random bits.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn random() -> Result<Self, TokenError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
        Ok(Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The text, for the header and the page's fragment.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The token's file.
#[derive(Debug)]
pub struct TokenFile {
    path: PathBuf,
    known: Mutex<Option<Known>>,
}

/// The digest of what the file held when it looked so.
#[derive(Debug)]
struct Known {
    stamp: Stamp,
    digest: [u8; 32],
}

/// Replacing the file by rename gives it another inode.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    modified_s: i64,
    modified_ns: i64,
}

impl TokenFile {
    /// The file of this home; it need not exist yet.
    #[must_use]
    pub fn of(home: &Home) -> Self {
        Self { path: home.join(FILE_NAME), known: Mutex::new(None) }
    }

    /// The stored token.
    ///
    /// # Errors
    /// When it is missing, unreadable or not a token.
    pub fn read(&self) -> Result<Token, TokenError> {
        let bytes = read_private(&self.path, FILE_BYTES_MAX)?;
        Token::parse(String::from_utf8_lossy(&bytes).trim_end())
    }

    /// Stores `given` (from `EVAL_KANBAN_TOKEN`), else reads the stored token, else makes one.
    ///
    /// # Errors
    /// When `given` or the stored one is not good enough, or the file cannot be used.
    pub fn settle(&self, given: Option<&str>) -> Result<Token, TokenError> {
        let given = given.map(Token::parse).transpose()?;
        let stored = self.read();
        match (given, stored) {
            (Some(token), Ok(stored)) if stored == token => Ok(token),
            (Some(token), _) => self.replace(token),
            (None, Err(TokenError::File(error))) if error.is_not_found() => self.replace(Token::random()?),
            (None, stored) => stored,
        }
    }

    /// Makes a new token; the old one is dead at once.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn rotate(&self) -> Result<Token, TokenError> {
        self.replace(Token::random()?)
    }

    /// Whether `candidate` is the stored token, told in a time that does not depend on how much of it is right.
    /// False while the file cannot be read.
    #[must_use]
    pub fn is_valid(&self, candidate: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.refresh(&mut known);
        let candidate = digest(candidate);
        known.as_ref().is_some_and(|known| known.digest.ct_eq(&candidate).into())
    }

    fn refresh(&self, known: &mut Option<Known>) {
        let stamp = self.stamp();
        if stamp.is_some() && stamp.as_ref() == known.as_ref().map(|known| &known.stamp) {
            return;
        }
        let was_known = known.is_some();
        *known = None;
        match (stamp, self.read()) {
            (Some(stamp), Ok(token)) => *known = Some(Known { stamp, digest: digest(token.expose()) }),
            (_, Err(error)) if was_known => {
                tracing::error!("nobody is let in any more: failed to {}", ErrorChain(&error));
            }
            (_, _) => {}
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        let metadata = std::fs::symlink_metadata(&self.path).ok()?;
        Some(Stamp {
            inode: metadata.ino(),
            size: metadata.size(),
            modified_s: metadata.mtime(),
            modified_ns: metadata.mtime_nsec(),
        })
    }

    fn replace(&self, token: Token) -> Result<Token, TokenError> {
        write_private(&self.path, token.expose().as_bytes())?;
        Ok(token)
    }
}

/// Digests have one length, so that comparing them does not tell the token's.
fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, is_good: bool) {
        assert_eq!(Token::parse(text).is_ok(), is_good, "{text}");
    }

    #[test]
    fn a_token_is_long_and_fits_in_a_header() {
        check("", false);
        check(&"a".repeat(31), false);
        check(&"a".repeat(32), true);
        check(&"a".repeat(513), false);
        check(&"a b".repeat(16), false);
        check(&"a,b".repeat(16), false);
        check(&"ä".repeat(32), false);
        check(Token::random().unwrap().expose(), true);
    }

    #[test]
    fn two_random_tokens_differ_and_show_nothing() {
        let (one, two) = (Token::random().unwrap(), Token::random().unwrap());
        assert_ne!(one, two);
        assert!(!format!("{one:?}").contains(one.expose()));
    }
}
