//! How fast the database is: `cargo run --release -p db --example speed`. Figures go to standard output.
#![expect(clippy::unwrap_used, reason = "a measurement ends at the first error")]

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{
    Committed, Durability, Error, NewAttempt, Observer, Placement, Store, WriteTx, append_events,
    find_default_agent, insert_attempt, insert_project, insert_task, list_events_after, list_events_before,
    list_tasks, place_task, transition_attempt,
};
use domain::{
    AttemptId, AttemptTrigger, BoardKind, CreateTask, EventBody, LogLevel, PermissionMode, Project,
    ProjectId, ProjectSettings, TaskId, TaskStatus, Timestamp,
};
use uuid::Uuid;

const TASKS: usize = 10_000;
const ATTEMPTS: usize = 2_000;
const EVENTS: usize = 200_000;
const BATCH: usize = 500;
const ROUNDS: i32 = 20;
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

struct Ignore;

impl Observer for Ignore {
    fn committed(&self, _committed: Committed) {}
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("board.db");
    let store = open("open, new file", &path).await;
    let project = project();
    let project_id = project.id;
    write(&store, Durability::Full, move |tx| Box::pin(async move { insert_project(tx, &project).await }))
        .await;
    let tasks = insert_tasks(&store, project_id).await;
    let attempt = insert_attempts(&store, &tasks).await;
    append(&store, attempt).await;
    list(&store, project_id, attempt).await;
    place(&store, &tasks).await;
    store.close().await;
    for _ in 0..3 {
        open("open, existing file", &path).await.close().await;
    }
}

async fn write<T, F>(store: &Store, durability: Durability, work: F) -> T
where
    F: for<'t> FnOnce(&'t mut WriteTx) -> db::BoxFuture<'t, Result<T, Error>> + Send + 'static,
    T: Send + 'static,
{
    store.write(durability, work).await.unwrap()
}

async fn open(name: &str, path: &Path) -> Store {
    let watch = Stopwatch::start();
    let store = Store::open(path, Arc::new(Ignore)).await.unwrap();
    drop(store.read().await.unwrap());
    watch.report(name);
    store
}

async fn insert_tasks(store: &Store, project_id: ProjectId) -> Vec<TaskId> {
    let ids: Vec<TaskId> = (0..TASKS).map(|_| Uuid::now_v7().into()).collect();
    let watch = Stopwatch::start();
    for chunk in ids.chunks(BATCH) {
        let chunk = chunk.to_vec();
        write(store, Durability::Full, move |tx| Box::pin(insert_chunk(tx, project_id, chunk))).await;
    }
    watch.report("insert 10,000 tasks, 500 in a transaction");
    ids
}

async fn insert_chunk(tx: &mut WriteTx, project_id: ProjectId, ids: Vec<TaskId>) -> Result<(), Error> {
    for id in ids {
        insert_task(tx, id, project_id, &fields(), NOW).await?;
    }
    Ok(())
}

fn fields() -> CreateTask {
    CreateTask {
        title: "Make the board faster than anybody asked for".to_owned(),
        description: Some("A paragraph that says what is wanted and why it is worth the trouble. ".repeat(3)),
        labels: Some(vec!["speed".to_owned(), "db".to_owned()]),
        criteria: Some(vec!["it is fast".to_owned()]),
        ..CreateTask::default()
    }
}

/// The last one stays live.
async fn insert_attempts(store: &Store, tasks: &[TaskId]) -> AttemptId {
    let mut last = Uuid::now_v7().into();
    for task_id in tasks.iter().copied().take(ATTEMPTS) {
        last = Uuid::now_v7().into();
        write(store, Durability::Normal, move |tx| {
            Box::pin(async move {
                let agent = find_default_agent(tx.connection()).await?;
                let (mode, base_branch) = (PermissionMode::Bypass, "main".to_owned());
                let attempt = NewAttempt {
                    id: last,
                    task_id,
                    agent_id: agent.id,
                    agent_name: agent.name,
                    mode,
                    base_branch,
                    reason: None,
                    continues_id: None,
                };
                insert_attempt(tx, &attempt, NOW).await?;
                transition_attempt(tx, last, AttemptTrigger::Claimed, None, NOW).await.map(drop)
            })
        })
        .await;
    }
    last
}

async fn append(store: &Store, attempt: AttemptId) {
    let mut watch = Stopwatch::start();
    for _ in 0..EVENTS / BATCH {
        let event = EventBody::board_log(LogLevel::Info, "x".repeat(230));
        let events = vec![(NOW, event); BATCH];
        let begun = Instant::now();
        write(store, Durability::Normal, move |tx| {
            Box::pin(async move { append_events(tx, attempt, &events).await })
        })
        .await;
        watch.lap(begun);
    }
    let rate = EVENTS as f64 / watch.wall.elapsed().as_secs_f64();
    watch.report(&format!("append 500 events of 300 bytes, {rate:.0} events/s"));
}

async fn list(store: &Store, project_id: ProjectId, attempt: AttemptId) {
    let mut watch = Stopwatch::start();
    for _ in 0..ROUNDS {
        let mut reader = store.read().await.unwrap();
        let begun = Instant::now();
        assert_eq!(list_tasks(&mut reader, project_id).await.unwrap().len(), TASKS);
        watch.lap(begun);
    }
    watch.report("list 10,000 tasks");
    let mut watch = Stopwatch::start();
    for round in 0..ROUNDS {
        let mut reader = store.read().await.unwrap();
        let begun = Instant::now();
        assert_eq!(list_events_after(&mut reader, attempt, round * 5_000, 5_000).await.unwrap().len(), 5_000);
        watch.lap(begun);
    }
    watch.report("list 5,000 events");
    let mut watch = Stopwatch::start();
    for _ in 0..ROUNDS {
        let mut reader = store.read().await.unwrap();
        let begun = Instant::now();
        assert_eq!(list_events_before(&mut reader, attempt, i32::MAX, 200).await.unwrap().len(), 200);
        watch.lap(begun);
    }
    watch.report("list the last 200 events");
}

async fn place(store: &Store, tasks: &[TaskId]) {
    let mut watch = Stopwatch::start();
    for pair in tasks.windows(2).skip(ATTEMPTS).step_by(7).take(300) {
        let (id, placement) = (pair[1], Placement::Between { after: Some(tasks[0]), before: None });
        let begun = Instant::now();
        write(store, Durability::Full, move |tx| {
            Box::pin(async move { place_task(tx, id, TaskStatus::Todo, placement, NOW).await })
        })
        .await;
        watch.lap(begun);
    }
    watch.report("move a task among 10,000, synced to the disk");
}

fn project() -> Project {
    Project {
        id: Uuid::now_v7().into(),
        name: "speed".to_owned(),
        path: "/speed".to_owned(),
        default_branch: "main".to_owned(),
        board: BoardKind::Plain,
        settings: ProjectSettings::default(),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// Wall time lies on a machine that does other things, too: processor time stands beside it.
struct Stopwatch {
    wall: Instant,
    processor: f64,
    laps: Vec<Duration>,
}

impl Stopwatch {
    fn start() -> Self {
        Self { wall: Instant::now(), processor: processor_ms(), laps: Vec::new() }
    }

    fn lap(&mut self, begun: Instant) {
        self.laps.push(begun.elapsed());
    }

    fn report(mut self, name: &str) {
        if self.laps.is_empty() {
            self.laps.push(self.wall.elapsed());
        }
        let processor = (processor_ms() - self.processor) / self.laps.len() as f64;
        self.laps.sort_unstable();
        let at = |share: usize| self.laps[(self.laps.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
        print(&format!(
            "{name}: p50 {:.2} ms, p99 {:.2} ms, processor {processor:.2} ms each",
            at(50),
            at(99)
        ));
    }
}

/// Processor time of this process so far, where the system tells it.
fn processor_ms() -> f64 {
    let ticks = |text: String| -> Option<f64> {
        let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
        Some(fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?)
    };
    std::fs::read_to_string("/proc/self/stat").ok().and_then(ticks).unwrap_or_default() * 10.0
}

fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).unwrap();
    out.write_all(b"\n").unwrap();
}
