//! `config.json`: the global settings. What cannot be understood is kept aside and told, never overwritten.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Config, ConfigPatch, Notice};
use utils::{ErrorChain, FileError, read_private, write_private};

use crate::home::Home;

const FILE_NAME: &str = "config.json";
const BYTES_MAX: u64 = 1024 * 1024;
const VERSION: i32 = 1;
const PARALLEL_MAX: i32 = 64;
const PREFIX_CHARS_MAX: usize = 40;
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Why settings could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value that is no good; the text tells the user why.
    #[error("{field}: {message}")]
    Invalid {
        /// Which setting.
        field: &'static str,
        /// What it must be.
        message: &'static str,
    },
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A broken file could not be moved away, so nothing may be written in its place.
    #[error("keep {} aside", path.display())]
    KeepAside {
        /// The broken file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Settings that have no JSON.
    #[error("write the settings as JSON")]
    Encode(#[source] serde_json::Error),
}

/// The settings and their file.
#[derive(Debug)]
pub struct ConfigFile {
    path: PathBuf,
    current: Mutex<Arc<Config>>,
}

impl ConfigFile {
    /// Reads the settings of a home; a missing file means the defaults and is not written.
    ///
    /// # Errors
    /// When the file cannot be read at all, or a broken one not kept aside.
    pub fn open(home: &Home) -> Result<(Self, Vec<Notice>), ConfigError> {
        let path = home.join(FILE_NAME);
        let (config, notice) = load(&path)?;
        Ok((Self { path, current: Mutex::new(Arc::new(config)) }, notice.into_iter().collect()))
    }

    /// The settings in force.
    #[must_use]
    pub fn current(&self) -> Arc<Config> {
        Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what the patch gives, on top of what the file says now: an edit made in it meanwhile is kept.
    ///
    /// Blocks on the disk.
    ///
    /// # Errors
    /// When a value is no good or the file cannot be written; nothing is changed then.
    pub fn update(&self, patch: ConfigPatch) -> Result<(Arc<Config>, Vec<Notice>), ConfigError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let (stored, notice) = load(&self.path)?;
        let config = patched(stored, patch);
        validate(&config)?;
        let json = serde_json::to_vec_pretty(&config).map_err(ConfigError::Encode)?;
        write_private(&self.path, &json)?;
        *current = Arc::new(config);
        Ok((Arc::clone(&current), notice.into_iter().collect()))
    }
}

fn patched(config: Config, patch: ConfigPatch) -> Config {
    let ConfigPatch { theme, approval_mode, attention, append_prompt, branch_prefix, port, editor, limits } =
        patch;
    Config {
        config_version: config.config_version,
        theme: theme.unwrap_or(config.theme),
        approval_mode: approval_mode.map_or(config.approval_mode, Into::into),
        attention: attention.unwrap_or(config.attention),
        append_prompt: append_prompt.unwrap_or(config.append_prompt),
        branch_prefix: branch_prefix.unwrap_or(config.branch_prefix),
        port: port.unwrap_or(config.port),
        editor: editor.unwrap_or(config.editor),
        limits: limits.unwrap_or(config.limits),
    }
}

fn load(path: &Path) -> Result<(Config, Option<Notice>), ConfigError> {
    let reason = match read_private(path, BYTES_MAX) {
        Ok(bytes) => match parse(&bytes) {
            Ok(config) => return Ok((config, None)),
            Err(reason) => reason,
        },
        Err(error) if error.is_not_found() => return Ok((Config::default(), None)),
        Err(error @ FileError::TooLarge { .. }) => ErrorChain(&error).to_string(),
        Err(error) => return Err(error.into()),
    };
    let aside =
        keep_aside(path).map_err(|source| ConfigError::KeepAside { path: path.to_owned(), source })?;
    let message = format!(
        "the settings in {} could not be used ({reason}); the defaults are in force and the file is kept as {}",
        path.display(),
        aside.display()
    );
    tracing::warn!("{message}");
    Ok((Config::default(), Some(Notice { message })))
}

fn parse(bytes: &[u8]) -> Result<Config, String> {
    // A list would pass for settings that are all left out.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err("it is not a JSON object".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let config: Config = serde_path_to_error::deserialize(&mut reader).map_err(|error| error.to_string())?;
    reader.end().map_err(|error| error.to_string())?;
    if config.config_version != VERSION {
        return Err(format!("config_version {} is not {VERSION}", config.config_version));
    }
    validate(&config).map_err(|error| error.to_string())?;
    Ok(config)
}

/// A link fails where the name is taken, unlike a rename: an earlier file kept aside is never lost.
fn keep_aside(path: &Path) -> io::Result<PathBuf> {
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".unreadable-{time}"));
    let aside = PathBuf::from(name);
    fs::hard_link(path, &aside)?;
    fs::remove_file(path)?;
    Ok(aside)
}

fn validate(config: &Config) -> Result<(), ConfigError> {
    check(config.port != 0, "port", "must be between 1 and 65535")?;
    let parallel = config.limits.max_parallel;
    check((1..=PARALLEL_MAX).contains(&parallel), "limits.max_parallel", "must be between 1 and 64")?;
    check(
        is_branch_prefix(&config.branch_prefix),
        "branch_prefix",
        "must be 1 to 40 of the characters A-Z a-z 0-9 . _ - /, and a valid start of a branch name",
    )?;
    check(config.append_prompt.len() <= TEXT_BYTES_MAX, "append_prompt", "must have 64 KiB at most")?;
    check(config.editor.len() <= TEXT_BYTES_MAX, "editor", "must have 64 KiB at most")
}

fn check(is_good: bool, field: &'static str, message: &'static str) -> Result<(), ConfigError> {
    if is_good { Ok(()) } else { Err(ConfigError::Invalid { field, message }) }
}

/// What git takes as the first part of a branch name, and nothing that a command could read as an option.
fn is_branch_prefix(prefix: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.ends_with('.')
            && !part.ends_with(".lock")
            && !part.contains("..")
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    prefix.len() <= PREFIX_CHARS_MAX && prefix.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_prefix_is_what_git_takes() {
        for good in ["ek", "eval-kanban", "a/b", "A.b_c"] {
            assert!(is_branch_prefix(good), "{good}");
        }
        let long = "a".repeat(41);
        for bad in ["", "-x", "a/", "/a", "a//b", "a..b", "a.lock", "a b", "@{u}", "a.", ".a", "ä", &long] {
            assert!(!is_branch_prefix(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_place() {
        for (text, part) in [
            ("{", "EOF"),
            ("[]", "object"),
            (r#"{"colour": 1}"#, "colour"),
            (r#"{"limits": {"max_parallel": "many"}}"#, "limits.max_parallel"),
            (r#"{"limits": {"max_parallel": 0}}"#, "limits.max_parallel"),
            (r#"{"config_version": 2}"#, "config_version"),
            (r#"{} {}"#, "trailing"),
        ] {
            let reason = parse(text.as_bytes()).unwrap_err();
            assert!(reason.contains(part), "{text}: {reason}");
        }
        assert_eq!(parse(b"{}").unwrap(), Config::default());
    }
}
