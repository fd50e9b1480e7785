//! The roles of the product's binary that this crate's tests start: the shim and the scripted agent.

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["shim", dir] => executor::shim_main(Path::new(dir)),
        _ => ExitCode::FAILURE,
    }
}
