//! `cargo xtask bench`: measures the release binary through its public interfaces, each figure beside the plain
//! equivalent in the same run, and says which budget is missed.

mod agent;
mod answer;
mod board;
mod client;
mod figure;
mod ingest;
mod lab;
mod live;
mod recovery;
mod samples;
mod size;
mod startup;
mod worktree;

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;

use crate::bench::figure::Figure;
use crate::checkout::Checkout;
use crate::product;
use crate::stage::cargo;

/// What to measure and where to put the figures.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measure this binary instead of building the release one.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Also write the figures to this file, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Measure only this (may be given several times).
    #[arg(long, value_enum)]
    only: Vec<Subject>,
}

/// What can be measured, in the order in which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    /// Binary and front-end.
    Size,
    /// From exec to the first answer; idle memory.
    Startup,
    /// A board of 10,000 tasks.
    Board,
    /// The start of an attempt in a repository of 20,000 files.
    Worktree,
    /// One agent that prints 100,000 lines, and opening them afterwards.
    Ingest,
    /// Ten agents of 200 lines a second, with viewers.
    Live,
    /// Thirty agents taken up after a kill.
    Recovery,
    /// Answers to an agent that asks.
    Answer,
}

/// Measures, prints the table, and fails if something could not be measured. A missed budget is said, not a failure.
pub(crate) fn bench(checkout: &Checkout, options: &Options) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        return with_optimisation(checkout);
    }
    let binary = match &options.binary {
        Some(binary) => binary.canonicalize().context("failed to find the binary")?,
        None => {
            product::build(checkout)?;
            checkout.release_binary()
        }
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let mut figures = Vec::new();
    let mut failures = Vec::new();
    for subject in options.subjects() {
        println!("measuring {subject:?} …");
        match measure(checkout, &binary, &runtime, subject) {
            Ok(measured) => figures.extend(measured),
            Err(error) => failures.push(format!("{subject:?}: {error:#}")),
        }
    }
    println!("\n{}\n\n{}", machine(), figure::table(&figures));
    if let Some(path) = &options.json {
        write_json(path, &figures)?;
    }
    anyhow::ensure!(failures.is_empty(), "not measured:\n{}", failures.join("\n"));
    Ok(())
}

/// Runs the same command again, optimised: a slow observer on a machine of two cores would measure itself.
fn with_optimisation(checkout: &Checkout) -> anyhow::Result<()> {
    let own: Vec<String> = std::env::args().skip(1).collect();
    let manifest = checkout.root().join("Cargo.toml");
    let manifest = manifest.to_str().context("the path of the checkout is not UTF-8")?;
    let cargo_part = ["run", "--release", "--package", "xtask", "--manifest-path", manifest, "--"];
    let arguments: Vec<&str> = cargo_part.into_iter().chain(own.iter().map(String::as_str)).collect();
    cargo(&arguments, &std::env::current_dir()?).run()
}

impl Options {
    fn subjects(&self) -> Vec<Subject> {
        let all = <Subject as clap::ValueEnum>::value_variants().iter().copied();
        all.filter(|subject| self.only.is_empty() || self.only.contains(subject)).collect()
    }
}

fn measure(
    checkout: &Checkout,
    binary: &Path,
    runtime: &tokio::runtime::Runtime,
    subject: Subject,
) -> anyhow::Result<Vec<Figure>> {
    match subject {
        Subject::Size => size::measure(checkout, binary),
        Subject::Startup => startup::measure(binary, runtime),
        Subject::Board => runtime.block_on(board::measure(binary)),
        Subject::Worktree => runtime.block_on(worktree::measure(binary)),
        Subject::Ingest => runtime.block_on(ingest::measure(binary)),
        Subject::Live => runtime.block_on(live::measure(binary)),
        Subject::Recovery => runtime.block_on(recovery::measure(binary)),
        Subject::Answer => runtime.block_on(answer::measure(binary)),
    }
}

fn write_json(path: &Path, figures: &[Figure]) -> anyhow::Result<()> {
    let report = json!({"machine": machine(), "figures": figures});
    let text = serde_json::to_string_pretty(&report)?;
    std::fs::write(path, text + "\n").with_context(|| format!("failed to write {}", path.display()))
}

/// The machine in one line: figures mean nothing without it.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let meminfo = read("/proc/meminfo");
    let kilobytes = meminfo.split_whitespace().nth(1).and_then(|number| number.parse::<f64>().ok());
    let memory =
        kilobytes.map_or_else(|| "?".to_owned(), |number| format!("{:.0}", number / 1024.0 / 1024.0));
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("?");
    format!("{cores} cores, {memory} GB, {} {}, load {load}", std::env::consts::OS, std::env::consts::ARCH)
}
