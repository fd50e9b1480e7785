//! `cargo xtask`: what a developer of eval-kanban runs. It builds, tests and measures the product and writes the
//! generated TypeScript; it is no part of the product and knows of it only `domain` and the public interfaces.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a development tool on a terminal: it starts the other tools and prints what they did"
)]

mod bench;
mod checkout;
mod claude;
mod frontend;
mod npm_tools;
mod package;
mod product;
mod setup;
mod stage;
mod tally;
mod test;
mod types;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::checkout::Checkout;

/// Development commands of eval-kanban.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build what is out of date and start the product on a repository.
    Run {
        /// The git repository to open.
        #[arg(default_value = ".")]
        path: PathBuf,
        /// Options for `eval-kanban serve`, after `--`.
        #[arg(last = true)]
        options: Vec<String>,
    },
    /// Build the release binary with the front-end inside.
    Build,
    /// Make the npm packages of this platform, as tarballs.
    Package(package::Options),
    /// Install what the tests need and run all of them.
    Test(test::Selection),
    /// Measure the release binary against its budgets.
    Bench(bench::Options),
    /// Write the TypeScript types of the API.
    Types {
        /// Change nothing; fail if the file is not up to date.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match run(Xtask::parse().command) {
        Ok(status) => status,
        Err(error) => {
            println!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let checkout = Checkout::find()?;
    match command {
        Command::Run { path, options } => product::run(&checkout, &path, &options)?,
        Command::Build => product::build(&checkout)?,
        Command::Package(options) => package::package(&checkout, &options)?,
        Command::Test(selection) => return Ok(test::test(&checkout, &selection)),
        Command::Bench(options) => bench::bench(&checkout, &options)?,
        Command::Types { check: true } => types::check(&checkout)?,
        Command::Types { check: false } => types::write(&checkout)?,
    }
    Ok(ExitCode::SUCCESS)
}
