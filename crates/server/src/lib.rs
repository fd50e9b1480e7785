//! The server: the only HTTP and WebSocket of the product, the workflows that join the other crates, and the command
//! line around them. Agent processes, SQL and git live in their own crates.

mod api;
mod approval_path;
mod asks;
mod assets;
mod attachments;
mod board;
mod brought;
pub mod cli;
mod clock;
mod comments;
pub mod config_file;
mod digest;
mod edit_preview;
mod enclosures;
pub mod error;
mod gates;
mod github;
pub mod guard;
pub mod home;
pub mod listener;
mod live;
pub mod logging;
mod merging;
mod prompt;
mod radar;
mod recover;
mod report;
mod repositories;
pub mod request_id;
mod scheduler;
pub mod shutdown;
mod standing;
pub mod state;
mod supervise;
mod talk;
#[cfg(test)]
mod testing;
mod wording;
mod workflow;

pub use api::router;
