//! The roles of the product's binary that this crate's tests start: the shim and the scripted agent.

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [role, dir] if role == "shim" => executor::shim_main(Path::new(dir)),
        [role, rest @ ..] if role == "scripted-agent" => executor::scripted_main(rest),
        _ => ExitCode::FAILURE,
    }
}
