//! Where log lines go: warnings to the terminal, everything from `info` up to `<home>/logs/server.log`.
//!
//! The terminal may close and the disk may fill: a line that cannot be written is dropped, and nobody hears of it
//! through the log.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, fmt};
use utils::{FileError, open_private_append};

/// At this size the file becomes `server.log.1`, in place of the one before.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Sets what is logged, as in `debug` or `server=debug,info`.
const FILTER_VARIABLE: &str = "EVAL_KANBAN_LOG";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// Somebody set up another log before.
    #[error("set up the log")]
    Taken(#[source] TryInitError),
}

/// Starts logging into `dir`, and panics with it.
///
/// # Errors
/// When the file cannot be opened, or logging was started before.
pub fn start(dir: &Path) -> Result<(), LogError> {
    let file = BoundedFile::open(dir.join("server.log"), FILE_BYTES_MAX)?;
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .with_env_var(FILTER_VARIABLE)
        .from_env_lossy();
    let terminal =
        fmt::layer().with_target(false).without_time().with_writer(io::stderr).log_internal_errors(false);
    let stored = fmt::layer().with_ansi(false).with_writer(file).log_internal_errors(false);
    tracing_subscriber::registry()
        .with(filter)
        .with(terminal.with_filter(LevelFilter::WARN))
        .with(stored)
        .try_init()
        .map_err(LogError::Taken)?;
    log_panics();
    Ok(())
}

/// A panic's message may hold anything; its place is enough to find it.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "a panic at {place}");
    }));
}

/// A file that never grows over its limit.
struct BoundedFile {
    path: PathBuf,
    bytes_max: u64,
    open: Mutex<Open>,
}

struct Open {
    file: File,
    size: u64,
}

impl BoundedFile {
    fn open(path: PathBuf, bytes_max: u64) -> Result<Self, FileError> {
        let open = Mutex::new(Open::append(&path)?);
        Ok(Self { path, bytes_max, open })
    }

    fn append(&self, line: &[u8]) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.size > 0 && open.size + line.len() as u64 > self.bytes_max {
            let mut old = self.path.as_os_str().to_owned();
            old.push(".1");
            fs::rename(&self.path, old)?;
            *open = Open::append(&self.path).map_err(io::Error::other)?;
        }
        open.file.write_all(line)?;
        open.size += line.len() as u64;
        Ok(())
    }
}

impl Open {
    fn append(path: &Path) -> Result<Self, FileError> {
        let file = open_private_append(path)?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        Ok(Self { file, size })
    }
}

/// One line on its way into the file.
struct Line<'a>(&'a BoundedFile);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.append(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for BoundedFile {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_keeps_within_twice_its_limit_and_loses_no_recent_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        let log = BoundedFile::open(path.clone(), 100).unwrap();
        for number in 0..50 {
            log.make_writer().write_all(format!("line {number:04}\n").as_bytes()).unwrap();
        }
        let (new, old) = (
            fs::read_to_string(&path).unwrap(),
            fs::read_to_string(folder.path().join("server.log.1")).unwrap(),
        );
        assert!(new.len() <= 100 && old.len() <= 100);
        assert!((old + &new).ends_with("line 0048\nline 0049\n"));
    }
}
