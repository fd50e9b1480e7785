//! Ten agents that print 200 lines a second each, a viewer on each: from the agent's line to the browser's frame.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use domain::{Attempt, AttemptId, Event};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest, http::HeaderValue};

use super::agent;
use super::client::Client;
use super::figure::Figure;
use super::lab::Lab;
use super::samples::Samples;

const AGENTS: usize = 10;
const LINES: usize = 4_000;
const LINES_PER_SECOND: usize = 200;
const WAIT_MAX: Duration = Duration::from_secs(120);
const PROBE_EVERY: Duration = Duration::from_millis(20);

/// What one viewer saw.
#[derive(Default)]
struct View {
    lines: BTreeSet<usize>,
    repeats: usize,
    delays: Vec<Duration>,
}

pub(crate) async fn measure(binary: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut lab = Lab::new(binary, 10)?;
    lab.start_server()?;
    let client = Client::connect(&lab).await?;
    client.allow_parallel(AGENTS as i32).await?;
    let plain = agent::delays_into_pipe(&lab, LINES_PER_SECOND)?;
    let profile = client.create_agent(agent::that_prints_at(&lab, LINES, LINES_PER_SECOND)?).await?;
    let (stop, stopped) = watch::channel(false);
    let probe = tokio::spawn(client.clone().probe(PROBE_EVERY, stopped));
    let mut viewers = JoinSet::new();
    for number in 0..AGENTS {
        let attempt = client.start(&format!("Agent {number}"), &profile).await?.id;
        viewers.spawn(watch_attempt(client.clone(), attempt));
    }
    let shim_mb = lab.shim_memory_mb();
    let views = viewers.join_all().await.into_iter().collect::<anyhow::Result<Vec<View>>>()?;
    stop.send(true)?;
    let answers = probe.await??;
    report(&lab, &views, &answers, plain.quantile(0.99)?, shim_mb?)
}

fn report(
    lab: &Lab,
    views: &[View],
    answers: &Samples,
    plain: Duration,
    shim_mb: f64,
) -> anyhow::Result<Vec<Figure>> {
    let seen: usize = views.iter().map(|view| view.lines.len()).sum();
    let repeats: usize = views.iter().map(|view| view.repeats).sum();
    let delays: Samples = views.iter().flat_map(|view| view.delays.iter().copied()).collect();
    let plain = plain.as_secs_f64() * 1000.0;
    Ok(vec![
        Figure::count("lines missing, of 10 × 4,000", AGENTS * LINES - seen).budget(0.0),
        Figure::count("lines twice", repeats).budget(0.0),
        Figure::ms("agent's line to browser's frame, p50", delays.median()?),
        Figure::ms("agent's line to browser's frame, p99", delays.quantile(0.99)?)
            .budget(50.0)
            .beside("a line through a pipe", plain),
        Figure::ms("board's API meanwhile, p99", answers.quantile(0.99)?).budget(20.0),
        Figure::ms("board's API meanwhile, worst", answers.quantile(1.0)?),
        Figure::new("server memory, peak resident", lab.server_memory_mb("VmHWM:")?, "MB").budget(80.0),
        Figure::new("a shim, private memory", shim_mb, "MB").budget(2.0),
    ])
}

/// Follows one attempt as the browser does, until its last line.
async fn watch_attempt(client: Client, attempt: AttemptId) -> anyhow::Result<View> {
    let url = client.socket_url(&format!("/ws/attempts/{attempt}?after=0"));
    let mut request = url.into_client_request()?;
    let protocols = HeaderValue::from_str(&format!("eval-kanban, t.{}", client.token()))?;
    request.headers_mut().insert("sec-websocket-protocol", protocols);
    let (mut socket, _) =
        tokio_tungstenite::connect_async(request).await.context("failed to open the live log")?;
    let mut view = View::default();
    let follow = async {
        while let Some(message) = socket.next().await {
            let received = SystemTime::now();
            if let Message::Text(text) = message? {
                view.take(&serde_json::from_str(&text)?, received)?;
            }
            if view.lines.contains(&(LINES - 1)) {
                return Ok(());
            }
        }
        anyhow::bail!("the live log ended early")
    };
    match tokio::time::timeout(WAIT_MAX, follow).await {
        Ok(followed) => followed?,
        Err(_elapsed) => {
            let Attempt { state, last_seq, .. } = client.attempt(attempt).await?;
            anyhow::bail!("{} lines came; attempt {attempt} is {state:?} at {last_seq}", view.lines.len());
        }
    }
    Ok(view)
}

impl View {
    fn take(&mut self, frame: &Value, received: SystemTime) -> anyhow::Result<()> {
        let stored = match frame["type"].as_str() {
            Some("event") => vec![frame.clone()],
            Some("events") => frame["events"].as_array().cloned().unwrap_or_default(),
            Some("partial") => Vec::new(),
            other => anyhow::bail!("unexpected frame {other:?}"),
        };
        for entry in stored {
            self.take_event(&event(&entry)?, received);
        }
        Ok(())
    }

    fn take_event(&mut self, event: &Event, received: SystemTime) {
        let Some(number) = agent::line_number(event) else { return };
        self.repeats += usize::from(!self.lines.insert(number));
        if let Some(printed) = agent::line_clock(event) {
            let now = received.duration_since(UNIX_EPOCH).unwrap_or_default();
            self.delays.push(now.saturating_sub(printed));
        }
    }
}

/// An event as the socket sends it, in the shape of the HTTP answer.
fn event(entry: &Value) -> anyhow::Result<Event> {
    let mut flat = entry["event"].clone();
    flat["seq"] = entry["seq"].clone();
    flat["ts"] = entry["ts"].clone();
    Ok(serde_json::from_value(flat)?)
}
