//! From exec to the first answers, on a database that exists; and the memory of a server that does nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use super::client::Client;
use super::figure::Figure;
use super::lab::Lab;
use super::samples::Samples;
use crate::stage::Call;

const RUNS: usize = 20;
const IDLE: Duration = Duration::from_secs(3);

pub(crate) fn measure(binary: &Path, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Figure>> {
    let mut lab = Lab::new(binary, 10)?;
    lab.start_server()?;
    let client = runtime.block_on(Client::connect(&lab))?;
    let mut page = Samples::default();
    let mut board = Samples::default();
    for _ in 0..RUNS {
        lab.kill_server()?;
        let started = lab.spawn_server()?;
        page.push(lab.wait_for("/", "")? - started);
        board.push(lab.wait_for(&client.tasks_path(), client.token())? - started);
    }
    std::thread::sleep(IDLE);
    let plain = plain()?.as_secs_f64() * 1000.0;
    Ok(vec![
        Figure::ms("exec to first 200 on /, median", page.median()?)
            .budget(20.0)
            .beside("exec of git", plain),
        Figure::ms("exec to first 200 on the board's API, median", board.median()?).budget(20.0),
        Figure::ms("the same, worst of 20", board.quantile(1.0)?),
        Figure::new("server memory idle, peak resident", lab.server_memory_mb("VmHWM:")?, "MB").budget(20.0),
    ])
}

/// What the machine needs to start a small program and see its end.
fn plain() -> anyhow::Result<Duration> {
    let samples: anyhow::Result<Samples> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            Call::new("git", &["version"], Path::new("/")).output().map(|_| started.elapsed())
        })
        .collect();
    samples?.median()
}
