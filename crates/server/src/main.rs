//! eval-kanban: one binary, several roles.
//!
//! The agents' roles come first, before anything is set up: a shim lives as long as its agent and must stay small.

use std::env;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1);
    let first = [args.next(), args.next(), args.next()];
    match &first {
        [Some(role), Some(flag), Some(dir)] if role == "shim" && flag == "--dir" => {
            executor::shim_main(Path::new(dir))
        }
        [Some(role), ..] if role == "scripted-agent" => {
            let args: Vec<_> = env::args_os().skip(2).map(|arg| arg.to_string_lossy().into_owned()).collect();
            executor::scripted_main(&args)
        }
        _ => server::cli::main(),
    }
}
