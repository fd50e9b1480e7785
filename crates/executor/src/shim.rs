//! The shim: one small process per run that owns the agent, its streams, its process tree and the run's journal.
//!
//! One thread, one `poll`. It knows no tasks, no database and no network; it outlives the server and is outlived by
//! nothing of the agent's. What it promises when which process dies is in this crate's `README.md`.

mod clearing;
mod client;
mod control;
mod input;
mod output;
mod start;
mod supervisor;

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use crate::{
    process,
    protocol::Report,
    shim::{start::Beginning, supervisor::Supervisor},
};

/// Runs the shim of the run in `dir`, until its agent has ended. To be called before the process has a second thread
/// or an open descriptor beyond its streams. Says on standard output how the start went.
pub fn shim_main(dir: &Path) -> ExitCode {
    match serve(dir) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody listens any more if the start was reported already; then this ends in the run's log file.
            report(&Report::Error { message: error.to_string() }).unwrap_or_default();
            eprintln!("shim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(dir: &Path) -> io::Result<()> {
    process::detach()?;
    match start::begin(dir)? {
        Beginning::Refused(words) => report(&words),
        Beginning::Running(parts) => {
            let words = parts.report();
            let mut supervisor = Supervisor::new(*parts);
            // A server that died meanwhile must not take the agent along: the next one finds us by our lock.
            report(&words).unwrap_or_default();
            process::drop_std_streams()?;
            supervisor.run()
        }
    }
}

fn report(words: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(words)?;
    line.push(b'\n');
    io::stdout().lock().write_all(&line)
}
