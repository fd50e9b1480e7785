//! What can fail here, one variant per operation.

use std::{io, path::PathBuf};

/// A failed operation on a run. Texts complete "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the run could not be read.
    #[error("read {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the run could not be written.
    #[error("write {path}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the run does not say what it should.
    #[error("understand {path}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The shim's program could not be started.
    #[error("start the shim {program}")]
    StartShim {
        /// Its program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The shim started and gave up.
    #[error("start the run in {dir}: the shim says {message:?}")]
    ShimGaveUp {
        /// The run's folder.
        dir: PathBuf,
        /// The shim's words.
        message: String,
    },
    /// The shim could not be reached or hung up.
    #[error("talk to the shim of {dir}")]
    Control {
        /// The run's folder.
        dir: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The shim answered something that this version does not understand.
    #[error("understand the shim of {dir}: it says {answer:?}")]
    Answer {
        /// The run's folder.
        dir: PathBuf,
        /// Its words.
        answer: String,
    },
    /// A command for the agent is longer than [`crate::INPUT_BYTES_MAX`]. Nothing was written; sent again, it fails
    /// again.
    #[error("hand {byte_count} bytes to the agent of {dir} at once")]
    InputTooLong {
        /// The run's folder.
        dir: PathBuf,
        /// How long it is.
        byte_count: usize,
    },
    /// A blocking step of ours was cut short by the runtime's end.
    #[error("finish reading the journal")]
    Cut(#[from] tokio::task::JoinError),
}
