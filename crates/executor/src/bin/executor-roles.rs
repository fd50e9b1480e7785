//! The roles of the product's binary that this crate's tests start: the shim and the scripted agent.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::FAILURE
}
