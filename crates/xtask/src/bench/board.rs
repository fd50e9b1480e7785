//! A board of 10,000 tasks: listing it and moving a card on it.

use std::path::Path;
use std::time::Instant;

use domain::{Task, TaskStatus};
use serde_json::json;

use super::client::Client;
use super::figure::Figure;
use super::lab::Lab;
use super::samples::Samples;
use crate::stage::Call;

/// The state, below the home.
const DATABASE: &str = "eval-kanban.db";
const TASKS: usize = 10_000;
const LISTS: usize = 40;
const MOVES: usize = 400;

pub(crate) async fn measure(binary: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut lab = Lab::new(binary, 10)?;
    lab.start_server()?;
    let client = Client::connect(&lab).await?;
    let creates = create(&client).await?;
    let lists = list(&client).await?;
    let moves = move_cards(&client).await?;
    let plain = plain(&lab)?;
    Ok(vec![
        Figure::ms("create a task, median of 10,000", creates.median()?),
        Figure::ms("list 10,000 tasks, p50", lists.median()?)
            .budget(10.0)
            .beside("sqlite3, the same rows", plain),
        Figure::ms("list 10,000 tasks, p99", lists.quantile(0.99)?),
        Figure::ms("move a card among 10,000, p50", moves.median()?),
        Figure::ms("move a card among 10,000, p99", moves.quantile(0.99)?).budget(10.0),
        Figure::new("server memory with 10,000 tasks, peak resident", lab.server_memory_mb("VmHWM:")?, "MB"),
    ])
}

async fn create(client: &Client) -> anyhow::Result<Samples> {
    let mut samples = Samples::default();
    for number in 0..TASKS {
        let asked = Instant::now();
        client.create_task(format!("Task {number}: say in the log what was carried over")).await?;
        samples.push(asked.elapsed());
    }
    Ok(samples)
}

/// The bytes of the answer are received; reading them is the browser's work.
async fn list(client: &Client) -> anyhow::Result<Samples> {
    let mut samples = Samples::default();
    for _ in 0..LISTS {
        let asked = Instant::now();
        let bytes = client.get_bytes(&client.tasks_path()).await?;
        samples.push(asked.elapsed());
        anyhow::ensure!(bytes > TASKS * 100, "the list has only {bytes} bytes");
    }
    Ok(samples)
}

/// Cards go to the top of Done, each above the one before.
async fn move_cards(client: &Client) -> anyhow::Result<Samples> {
    let tasks = client.tasks().await?;
    anyhow::ensure!(tasks.len() == TASKS, "the list has {} tasks", tasks.len());
    let mut samples = Samples::default();
    let mut top: Option<&Task> = None;
    for task in tasks.iter().step_by(TASKS / MOVES) {
        let wish = json!({"status": TaskStatus::Done, "before": top.map(|task| task.id)});
        let asked = Instant::now();
        client.post::<Task>(&format!("/api/tasks/{}/move", task.id), wish).await?;
        samples.push(asked.elapsed());
        top = Some(task);
    }
    Ok(samples)
}

/// The same rows by the command line of SQLite, its start included. In milliseconds.
fn plain(lab: &Lab) -> anyhow::Result<f64> {
    let database = lab.home().join(DATABASE).to_string_lossy().into_owned();
    let arguments = ["-readonly", "-json", &database, "select * from tasks"];
    let samples: anyhow::Result<Samples> = (0..5)
        .map(|_| {
            let asked = Instant::now();
            let rows = Call::new("sqlite3", &arguments, Path::new("/")).output()?;
            anyhow::ensure!(rows.len() > TASKS * 100, "sqlite3 gave {} bytes", rows.len());
            Ok(asked.elapsed())
        })
        .collect();
    Ok(samples?.median()?.as_secs_f64() * 1000.0)
}
