//! How long the start of an attempt takes beyond what git itself needs for the worktree, with 20,000 files.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::AttemptState;

use super::agent;
use super::client::Client;
use super::figure::Figure;
use super::lab::Lab;
use super::samples::Samples;

const FILES: usize = 20_000;
const RUNS: usize = 5;

pub(crate) async fn measure(binary: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut lab = Lab::new(binary, FILES)?;
    lab.start_server()?;
    let client = Client::connect(&lab).await?;
    let mut whole = Samples::default();
    let mut git = Samples::default();
    // Both in turn, so that the machine's load falls on both.
    for run in 0..RUNS {
        git.push(plain(&lab, run)?);
        whole.push(start(&lab, &client, run).await?);
    }
    let (whole, git_ms) = (whole.median()?, git.median()?.as_secs_f64() * 1000.0);
    let beyond_ms = whole.as_secs_f64() * 1000.0 - git_ms;
    Ok(vec![
        Figure::ms("start to the agent's first act, 20,000 files", whole).beside("git worktree add", git_ms),
        Figure::new("the same beyond git worktree add", beyond_ms, "ms").budget(40.0),
    ])
}

fn plain(lab: &Lab, run: usize) -> anyhow::Result<Duration> {
    let path = lab.path(&format!("plain-{run}")).to_string_lossy().into_owned();
    let asked = Instant::now();
    lab.git(&["worktree", "add", "--quiet", "-b", &format!("plain-{run}"), &path])?;
    Ok(asked.elapsed())
}

/// From the request to the moment at which the agent acts: it makes a file, outside the worktree, first thing.
async fn start(lab: &Lab, client: &Client, run: usize) -> anyhow::Result<Duration> {
    let sign = lab.path(&format!("acted-{run}"));
    let profile = client.create_agent(agent::that_makes(lab, &format!("maker {run}"), &sign)?).await?;
    let task = client.create_task(format!("Run {run}")).await?;
    let asked = std::time::SystemTime::now();
    let attempt = client.start_task(task.id, &profile).await?;
    client.wait_for_attempt(attempt.id, |attempt| attempt.state == AttemptState::ReviewReady).await?;
    Ok(sign.metadata()?.modified()?.duration_since(asked)?)
}
