//! The crate against real git, in repositories of their own with a configuration of their own.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod checkpoint;
mod clone;
mod commits;
mod committed;
mod crash;
mod create;
mod diff;
mod follow;
mod hostile;
mod interrupted;
mod lab;
mod leftovers;
mod merge;
mod push;
mod radar;
mod recovery;
mod remove;
mod speed;
mod styles;
mod take_back;
mod tree;

/// A test file that nobody names here would never run.
#[test]
fn every_test_file_is_named() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(name == "main" || main.contains(&format!("mod {name};")), "{name} is not named in main.rs");
    }
}
