//! `cargo xtask test`: every check of the project, in one order, each announced. All of them run even if one fails, so
//! that one call shows everything that is wrong; only what nothing can go on without ends it early.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use crate::checkout::Checkout;
use crate::stage::{Call, cargo};
use crate::tally::Tally;
use crate::{npm_tools, package, product, setup, types};

/// Which stages to run.
#[derive(clap::Args)]
pub(crate) struct Selection {
    /// Run this stage alone (may be given several times).
    #[arg(long, value_enum)]
    only: Vec<Stage>,
    /// Leave out the browser tests and what they install.
    #[arg(long)]
    no_e2e: bool,
}

/// The stages, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Stage {
    /// npm packages, Chromium, the pinned Claude Code.
    Setup,
    /// package-lock.json is complete.
    Lock,
    /// cargo fmt --check.
    Fmt,
    /// cargo clippy, warnings denied.
    Clippy,
    /// The generated TypeScript is up to date.
    Types,
    /// cargo test.
    Rust,
    /// The TypeScript compiler.
    Tsc,
    /// oxlint.
    Lint,
    /// oxfmt --check.
    Format,
    /// Front-end unit tests.
    Unit,
    /// Tests of the npm wrapper.
    Npx,
    /// The workflows of the repository, by actionlint.
    Workflows,
    /// The front-end and the binary that embeds it.
    Build,
    /// The npm packages and the image, installed and used.
    Package,
    /// Playwright against the real binary and the real Claude Code.
    E2e,
}

impl Stage {
    /// Nothing that follows can be trusted when one of these fails.
    fn is_needed_by_all(self) -> bool {
        matches!(self, Self::Setup | Self::Build)
    }

    /// A stage whose program must have counted tests.
    fn counts_tests(self) -> bool {
        matches!(self, Self::Rust | Self::Unit | Self::Npx | Self::Workflows | Self::Package | Self::E2e)
    }
}

/// Runs the selected stages and ends with the line of counts; fails if a stage or a test failed.
pub(crate) fn test(checkout: &Checkout, selection: &Selection) -> ExitCode {
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    for stage in selection.stages() {
        let started = Instant::now();
        println!("\n== {stage:?}");
        let mut counted = Tally::default();
        let result = run(checkout, selection, stage, &mut counted);
        let failure = failure(stage, result, &mut counted);
        println!(
            "== {stage:?} {} in {:.1?}",
            if failure.is_none() { "passed" } else { "FAILED" },
            started.elapsed()
        );
        tally.add(counted);
        let must_end = failure.is_some() && stage.is_needed_by_all();
        failures.extend(failure);
        if must_end {
            break;
        }
    }
    report(&tally, &failures);
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Selection {
    fn stages(&self) -> Vec<Stage> {
        let all = <Stage as clap::ValueEnum>::value_variants().iter().copied();
        let is_selected = |stage: &Stage| self.only.is_empty() || self.only.contains(stage);
        all.filter(is_selected).filter(|stage| !(self.no_e2e && *stage == Stage::E2e)).collect()
    }
}

/// What went wrong in a stage. One that failed without a failed test, or whose tests were not counted, counts as one
/// failure: it is never taken for a success.
fn failure(stage: Stage, result: anyhow::Result<()>, counted: &mut Tally) -> Option<String> {
    let problem = match result {
        Err(error) => format!("{error:#}"),
        Ok(()) if stage.counts_tests() && counted.lines.is_empty() => "no test was counted".to_owned(),
        Ok(()) if counted.failed > 0 => "tests failed".to_owned(),
        Ok(()) => return None,
    };
    counted.failed = counted.failed.max(1);
    println!("{problem}");
    Some(format!("{stage:?}: {problem}"))
}

fn report(tally: &Tally, failures: &[String]) {
    println!("\n== Summary");
    tally.lines.iter().for_each(|line| println!("{line}"));
    failures.iter().for_each(|failure| println!("FAILED {failure}"));
    println!("{} passed, {} failed", tally.passed, tally.failed);
}

fn run(checkout: &Checkout, selection: &Selection, stage: Stage, tally: &mut Tally) -> anyhow::Result<()> {
    let root = checkout.root();
    match stage {
        Stage::Setup => set_up(checkout, selection),
        Stage::Lock => npm(checkout, "lockcheck").run(),
        Stage::Fmt => cargo(&["fmt", "--all", "--check"], root).run(),
        Stage::Clippy => {
            cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"], root).run()
        }
        Stage::Types => types::check(checkout),
        Stage::Rust => {
            cargo(&["test", "--workspace", "--no-fail-fast"], root).run_reading(|line| tally.read(line))
        }
        Stage::Tsc => npm(checkout, "typecheck").run(),
        Stage::Lint => npm(checkout, "lint").run(),
        Stage::Format => npm(checkout, "format:check").run(),
        Stage::Unit => npm(checkout, "test").run_reading(|line| tally.read(line)),
        Stage::Npx => node_tests(&[], &root.join("npx-cli")).run_reading(|line| tally.read(line)),
        Stage::Workflows => node_tests(&["crates/xtask/src/workflows.mjs"], root)
            .env("NPM_TOOLS", npm_tools::install(checkout)?)
            .run_reading(|line| tally.read(line)),
        Stage::Package => packages(checkout, tally),
        Stage::Build => product::build_debug(checkout),
        Stage::E2e => browser_tests(checkout, tally),
    }
}

fn set_up(checkout: &Checkout, selection: &Selection) -> anyhow::Result<()> {
    setup::packages(checkout)?;
    if selection.no_e2e {
        return Ok(());
    }
    setup::tools(checkout).map(drop)
}

fn browser_tests(checkout: &Checkout, tally: &mut Tally) -> anyhow::Result<()> {
    let tools = setup::tools(checkout)?;
    Call::new("npx", &["--no-install", "playwright", "test"], &checkout.frontend())
        .env("NO_COLOR", "1")
        .env("CHROMIUM", tools.chromium)
        .env("EVAL_KANBAN_BIN", checkout.debug_binary())
        .env("EVAL_KANBAN_CLAUDE", tools.claude)
        .run_reading(|line| tally.read(line))
}

/// Packs the debug binary, which stands for the release, installs the packages with every package manager, and runs the
/// image where there is a container tool.
fn packages(checkout: &Checkout, tally: &mut Tally) -> anyhow::Result<()> {
    let tools = npm_tools::install(checkout)?;
    let out = tempfile::tempdir()?;
    let options = package::Options::of_binary(checkout.debug_binary(), out.path().to_path_buf());
    package::package(checkout, &options)?;
    node_tests(&["e2e/packages.mjs", "e2e/image.mjs"], &checkout.root().join("npx-cli"))
        .env("EVAL_KANBAN_BIN", checkout.debug_binary())
        .env("EVAL_KANBAN_PACKAGES", out.path())
        .env("NPM_TOOLS", tools)
        .run_reading(|line| tally.read(line))
}

fn node_tests(files: &[&str], directory: &Path) -> Call {
    let arguments = [&["--test", "--test-reporter", "tap"], files].concat();
    Call::new("node", &arguments, directory)
}

fn npm(checkout: &Checkout, script: &str) -> Call {
    Call::new("npm", &["run", "--silent", script], &checkout.frontend()).env("NO_COLOR", "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_stages_run_in_order_unless_chosen() {
        check(
            &[],
            false,
            "Setup Lock Fmt Clippy Types Rust Tsc Lint Format Unit Npx Workflows Build Package E2e",
        );
        check(&[], true, "Setup Lock Fmt Clippy Types Rust Tsc Lint Format Unit Npx Workflows Build Package");
        check(&[Stage::Rust, Stage::Fmt], false, "Fmt Rust");
    }

    #[test]
    fn what_is_unknown_is_a_failure() {
        let counted = |line: &str| {
            let mut tally = Tally::default();
            tally.read(line);
            tally
        };
        assert_failed(Stage::Rust, Ok(()), Tally::default(), 1);
        assert_failed(Stage::Clippy, Err(anyhow::anyhow!("exit status: 101")), Tally::default(), 1);
        assert_failed(Stage::E2e, Ok(()), counted("  2 failed"), 2);
        assert_eq!(failure(Stage::E2e, Ok(()), &mut counted("  2 passed (1s)")), None);
        assert_eq!(failure(Stage::Fmt, Ok(()), &mut Tally::default()), None);
    }

    fn assert_failed(stage: Stage, result: anyhow::Result<()>, mut counted: Tally, failed: u64) {
        assert!(failure(stage, result, &mut counted).is_some());
        assert_eq!(counted.failed, failed);
    }

    fn check(only: &[Stage], no_e2e: bool, expected: &str) {
        let stages = Selection { only: only.to_vec(), no_e2e }.stages();
        let names: Vec<String> = stages.iter().map(|stage| format!("{stage:?}")).collect();
        assert_eq!(names.join(" "), expected);
    }
}
