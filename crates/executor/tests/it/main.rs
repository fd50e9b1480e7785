//! Runs with real processes: real shims, real agents, real signals.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod lab;

mod any_line;
mod captures;
mod control;
mod crash;
mod input;
mod output;
mod scripted;
mod shell;
mod start;
mod stop;

/// A module that is not named above would never run.
#[test]
fn every_file_is_a_module() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");
    let listed = include_str!("main.rs");
    for entry in std::fs::read_dir(here).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(module) = name.strip_suffix(".rs") else { continue };
        assert!(module == "main" || listed.contains(&format!("mod {module};")), "{module} is forgotten");
    }
}
