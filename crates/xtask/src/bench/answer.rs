//! How long a person's answer takes to the agent that waits for it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use domain::{Approval, AttemptState};
use serde_json::{Value, json};

use super::agent;
use super::client::Client;
use super::figure::Figure;
use super::lab::Lab;
use super::samples::Samples;

const ANSWERS: usize = 200;

pub(crate) async fn measure(binary: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut lab = Lab::new(binary, 10)?;
    lab.start_server()?;
    let client = Client::connect(&lab).await?;
    let profile = client.create_agent(agent::that_asks(&lab, ANSWERS)?).await?;
    let attempt = client.start("Ask", &profile).await?.id;
    let mut sent = Vec::new();
    let mut last = None;
    for _ in 0..ANSWERS {
        let approval = next_approval(&client, last).await?;
        last = Some(approval.id);
        sent.push(now());
        let path = format!("/api/approvals/{}", approval.id);
        client.post::<Value>(&path, json!({"decision": "deny"})).await?;
    }
    client.wait_for_attempt(attempt, |attempt| attempt.state == AttemptState::ReviewReady).await?;
    let events = client.events(attempt).await?;
    let heard: Vec<Duration> = events.iter().filter_map(agent::line_clock).collect();
    ensure!(heard.len() == ANSWERS, "{} of {ANSWERS} answers were heard", heard.len());
    let samples: Samples = heard.iter().zip(&sent).map(|(heard, sent)| heard.saturating_sub(*sent)).collect();
    let plain = into_pipe(&lab)?;
    Ok(vec![
        Figure::ms("answer to an agent that asks, p50", samples.median()?)
            .beside("a line into its pipe", plain.median()?.as_secs_f64() * 1000.0),
        Figure::ms("the same, p99", samples.quantile(0.99)?)
            .budget(50.0)
            .beside("a line into its pipe", plain.quantile(0.99)?.as_secs_f64() * 1000.0),
    ])
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The approval that waits after the last one was answered.
async fn next_approval(client: &Client, last: Option<domain::ApprovalId>) -> anyhow::Result<Approval> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        let waiting = client.get_items::<Approval>("/api/approvals/pending").await?;
        if let Some(approval) = waiting.into_iter().find(|approval| Some(approval.id) != last) {
            return Ok(approval);
        }
        ensure!(tokio::time::Instant::now() < deadline, "the agent does not ask");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// How long a message takes to the same agent over a bare pipe.
fn into_pipe(lab: &Lab) -> anyhow::Result<Samples> {
    let script = agent::script_that_answers(lab, ANSWERS)?;
    let mut command = Command::new(lab.binary());
    command.arg(agent::ROLE).arg("--script").arg(script).current_dir(lab.repository());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().context("the agent has no input")?;
    let mut lines = BufReader::new(child.stdout.take().context("the agent has no output")?).lines();
    let mut samples = Samples::default();
    for number in 0..ANSWERS {
        let message = json!({"role": "user", "content": "go"});
        let sent = now();
        writeln!(stdin, "{}", json!({"type": "user", "message": message, "uuid": number.to_string()}))?;
        samples.push(next_clock(&mut lines)?.saturating_sub(sent));
    }
    drop(stdin);
    lines.for_each(drop);
    ensure!(child.wait()?.success(), "the agent failed");
    Ok(samples)
}

/// When the agent printed the stamped line of its turn, read to the turn's end: what is said before that would belong to
/// the same turn.
fn next_clock(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> anyhow::Result<Duration> {
    let mut printed = None;
    for line in lines {
        let message: Value = serde_json::from_str(&line?).unwrap_or_default();
        let clock = message["message"]["content"][0]["text"].as_str().and_then(agent::clock);
        printed = printed.or(clock);
        if message["type"] == "result" {
            break;
        }
    }
    printed.context("the agent ended its turn without a line")
}
