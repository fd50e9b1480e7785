//! The store on real files, as the server uses it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod agent;
mod approval;
mod attachment;
mod attempt;
mod claim;
mod comment;
mod crash;
mod event;
mod gate_run;
mod message;
mod open;
mod place;
mod project;
mod recovery;
mod round;
mod rule;
mod run;
mod schema;
mod support;
mod task;
mod trust;
mod writer;

#[test]
fn no_module_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let source = std::fs::read_to_string(folder.join("main.rs")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap();
        assert!(module == "main" || source.contains(&format!("mod {module};")), "{name} is not a module");
    }
}
