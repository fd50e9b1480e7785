//! The server from outside: over real sockets, and as a real process.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod agent_killed;
mod approvals;
mod ask_killed;
mod assets;
mod attachments;
mod changes_killed;
mod checkpoints;
mod config;
mod diff;
mod disturbed;
mod gates;
mod gates_killed;
mod guard;
mod home;
mod instance;
mod lab;
mod limits;
mod live;
mod merge_gates;
mod merge_killed;
mod merging;
mod preview;
mod projects;
mod pull_requests;
mod queue;
mod radar;
mod recovery;
mod review;
mod rounds;
mod server_killed;
mod steering;
mod support;
mod tasks;
mod trust;

/// A test file that is no module here would never run.
#[test]
fn no_file_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = include_str!("main.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        assert!(module == "main" || main.contains(&format!("mod {module};")), "{name} is not a module");
    }
}
