//! Thirty agents at work, the server killed and started again: how long until the board shows them all.

use std::collections::BTreeMap;
use std::path::Path;

use domain::{AttemptId, AttemptState};

use super::agent;
use super::client::Client;
use super::figure::Figure;
use super::lab::Lab;

const AGENTS: usize = 30;

pub(crate) async fn measure(binary: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut lab = Lab::new(binary, 10)?;
    lab.start_server()?;
    let client = Client::connect(&lab).await?;
    client.allow_parallel(AGENTS as i32).await?;
    let profile = client.create_agent(agent::that_ticks(&lab, 10)?).await?;
    let mut attempts = Vec::new();
    for number in 0..AGENTS {
        attempts.push(client.start(&format!("Agent {number}"), &profile).await?.id);
    }
    let before = working(&client, &attempts, &BTreeMap::new()).await?;
    lab.kill_server()?;
    let started = lab.spawn_server()?;
    lab.wait_for(&client.tasks_path(), client.token())?;
    let answered = started.elapsed();
    working(&client, &attempts, &before).await?;
    let taken_up = started.elapsed();
    for attempt in &attempts {
        client.cancel(*attempt).await?;
    }
    for attempt in attempts {
        client.wait_for_attempt(attempt, |attempt| attempt.state == AttemptState::Cancelled).await?;
    }
    Ok(vec![
        Figure::ms("kill with 30 live agents, exec to the board's answer", answered),
        Figure::ms("the same, until each of the 30 has new events", taken_up).budget(1000.0),
    ])
}

/// Waits until each attempt runs and has more events than before.
async fn working(
    client: &Client,
    attempts: &[AttemptId],
    before: &BTreeMap<AttemptId, i32>,
) -> anyhow::Result<BTreeMap<AttemptId, i32>> {
    let mut reached = BTreeMap::new();
    for id in attempts {
        let least = before.get(id).copied().unwrap_or(5);
        let fits =
            |attempt: &domain::Attempt| attempt.state == AttemptState::Running && attempt.last_seq > least;
        reached.insert(*id, client.wait_for_attempt(*id, fits).await?.last_seq);
    }
    Ok(reached)
}
