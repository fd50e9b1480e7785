//! What can go wrong. Texts complete "failed to …" and say what to do where the user can do something.

use std::path::{Path, PathBuf};

/// A failed operation and its subject.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path lies in no git repository.
    #[error("open {path}: it is not inside a git repository; run `git init` there or choose another folder")]
    NotARepository {
        /// What was asked for.
        path: PathBuf,
    },
    /// The repository has no checkout.
    #[error("open {path}: it is a bare repository; clone it and choose the clone")]
    BareRepository {
        /// What was asked for.
        path: PathBuf,
    },
    /// The repository is laid out in a way that cannot be worked on safely.
    #[error("open {path}: {reason}")]
    UnusualLayout {
        /// What was asked for.
        path: PathBuf,
        /// What is unusual about it.
        reason: String,
    },
    /// There is no git, or it is too old.
    #[error("run git: {reason}; version 2.38 or newer is needed")]
    GitUnusable {
        /// What was found instead.
        reason: String,
    },
    /// The branch that work would start from has no commit.
    #[error("start work in {path}: there is no commit yet; make a first commit and try again")]
    NoCommits {
        /// The repository.
        path: PathBuf,
    },
    /// The branch or commit that work would start from does not exist.
    #[error("find {base:?}: there is no such branch or commit in this repository")]
    BaseNotFound {
        /// What was asked for.
        base: String,
    },
    /// A name that must not reach git.
    #[error("use {name:?} as {what}: {reason}")]
    InvalidName {
        /// The name.
        name: String,
        /// What it was meant for: branch prefix, id, path.
        what: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// A worktree that is not what our record says, so that nothing was done to it.
    #[error("use the worktree {path}: {reason}")]
    WorktreeBroken {
        /// The worktree.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody else works in the repository; the call may be repeated.
    #[error("wait for {path}: it is still held by another operation; try again in a moment")]
    Busy {
        /// The lock.
        path: PathBuf,
    },
    /// A merge was interrupted and could not be settled; nothing else is merged until it is.
    #[error("settle the interrupted merge in {path}: {reason}")]
    Unsettled {
        /// The repository.
        path: PathBuf,
        /// What stands in the way.
        reason: String,
    },
    /// git ended with an error.
    #[error("run git {command}: {message} (exit code {code:?})")]
    Git {
        /// The subcommand.
        command: String,
        /// Its exit code; none where a signal ended it.
        code: Option<i32>,
        /// The end of what it said.
        message: String,
    },
    /// git took too long and was stopped.
    #[error("run git {command}: no end after {seconds} s")]
    TimedOut {
        /// The subcommand.
        command: String,
        /// The limit.
        seconds: u64,
    },
    /// git said more than we keep.
    #[error("run git {command}: more than {limit} bytes of output")]
    OutputTooLarge {
        /// The subcommand.
        command: String,
        /// The limit.
        limit: usize,
    },
    /// git said something that we do not understand.
    #[error("understand git {command}: {message}")]
    Unexpected {
        /// The subcommand.
        command: String,
        /// What was wrong.
        message: String,
    },
    /// A file operation failed.
    #[error("{operation} {path}")]
    Io {
        /// The operation, as a verb.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A record of ours cannot be read or written.
    #[error("read the record {path}")]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A private file of ours cannot be used.
    #[error(transparent)]
    File(#[from] utils::FileError),
    /// Blocking work was lost with its thread.
    #[error("finish {operation}")]
    Lost {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: tokio::task::JoinError,
    },
}

impl Error {
    /// Wraps a failed file operation; for `map_err`.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { operation, path, source }
    }
}
