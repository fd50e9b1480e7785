//! One agent that prints 100,000 lines as fast as it can: what is missing, how late the last one is, what it does to
//! others meanwhile; and how fast the end of that log opens afterwards.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use domain::{AttemptId, EventPage};
use tokio::sync::watch;

use super::agent;
use super::client::Client;
use super::figure::Figure;
use super::lab::Lab;
use super::samples::Samples;

const LINES: usize = 100_000;
const WAIT_MAX: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(10);
const PROBE_EVERY: Duration = Duration::from_millis(10);
const OPENINGS: usize = 40;

pub(crate) async fn measure(binary: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut lab = Lab::new(binary, 10)?;
    lab.start_server()?;
    let client = Client::connect(&lab).await?;
    let pipe = agent::print_into_pipe(&lab, LINES)?;
    let sign = lab.path("printed");
    let profile = client.create_agent(agent::that_prints(&lab, LINES, &sign)?).await?;
    let (stop, stopped) = watch::channel(false);
    let probe = tokio::spawn(client.clone().probe(PROBE_EVERY, stopped));
    let asked = SystemTime::now();
    let attempt = client.start("Print many lines", &profile).await?.id;
    let stored = wait_for_last_line(&client, attempt).await?;
    stop.send(true)?;
    let answers = probe.await??;
    let printed = sign.metadata()?.modified()?;
    let memory = lab.server_memory_mb("VmHWM:")?;
    let lines: Vec<usize> = client.events(attempt).await?.iter().filter_map(agent::line_number).collect();
    let lag = stored.duration_since(printed).unwrap_or_default();
    let all = stored.duration_since(asked)?;
    let mut figures = vec![
        Figure::count("lines missing or out of order, of 100,000", wrong(&lines)).budget(0.0),
        Figure::ms("last line printed to all stored", lag).budget(1000.0),
        Figure::ms("start to all stored", all)
            .beside("the same agent into a pipe", pipe.as_secs_f64() * 1000.0),
        Figure::new("server memory, peak resident", memory, "MB").budget(100.0),
        Figure::ms("board's API meanwhile, p50", answers.median()?),
        Figure::ms("board's API meanwhile, worst", answers.quantile(1.0)?).budget(20.0),
    ];
    figures.extend(open(&client, attempt).await?);
    Ok(figures)
}

/// How many places of the log do not hold the line that belongs there.
fn wrong(lines: &[usize]) -> usize {
    let right = lines.iter().enumerate().filter(|(place, line)| *place == **line).count();
    LINES.max(lines.len()) - right
}

/// The moment at which the last line can be read.
async fn wait_for_last_line(client: &Client, attempt: AttemptId) -> anyhow::Result<SystemTime> {
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        let page = last_page(client, attempt, 20).await?;
        if page.items.iter().filter_map(agent::line_number).any(|line| line == LINES - 1) {
            return Ok(SystemTime::now());
        }
        if Instant::now() > deadline {
            let state = client.attempt(attempt).await?;
            anyhow::bail!("after {} events: {:?} {:?}", state.last_seq, state.state, state.error);
        }
        tokio::time::sleep(POLL).await;
    }
}

async fn last_page(client: &Client, attempt: AttemptId, limit: usize) -> anyhow::Result<EventPage> {
    client.get(&format!("/api/attempts/{attempt}/events?before={}&limit={limit}", i32::MAX)).await
}

/// What the panel asks for to show the end of the log.
async fn open(client: &Client, attempt: AttemptId) -> anyhow::Result<Vec<Figure>> {
    let mut samples = Samples::default();
    for _ in 0..OPENINGS {
        let asked = Instant::now();
        client.attempt(attempt).await?;
        let page = last_page(client, attempt, 200).await?;
        samples.push(asked.elapsed());
        anyhow::ensure!(page.items.len() == 200, "the last page has {} events", page.items.len());
    }
    Ok(vec![
        Figure::ms("attempt and last 200 of 100,000 events, p50", samples.median()?),
        Figure::ms("the same, worst", samples.quantile(1.0)?).budget(200.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_place_is_counted() {
        let all: Vec<usize> = (0..LINES).collect();
        assert_eq!(wrong(&all), 0);
        assert_eq!(wrong(&all[..LINES - 1]), 1);
        assert_eq!(wrong(&[all.as_slice(), &[LINES - 1]].concat()), 1);
        assert_eq!(wrong(&all[1..]), LINES);
    }
}
