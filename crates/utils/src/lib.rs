//! What could have been in std or tokio: owned tasks, visible best effort, secrets, private files.
//!
//! Nothing here knows a domain word; a thing with one in its name belongs to another crate.

mod error_chain;
mod or_log;
mod private_file;
mod secret;
pub mod tasks;

pub use error_chain::ErrorChain;
pub use or_log::OrLog;
pub use private_file::{
    FileError, PRIVATE_DIR_MODE, PRIVATE_FILE_MODE, create_private_dir, open_private, open_private_append,
    read_private, write_private,
};
pub use secret::{REDACTED, Secret, redact};
