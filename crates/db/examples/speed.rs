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
    let begun = Instant::now();
    let store = Store::open(path, Arc::new(Ignore)).await.unwrap();
    drop(store.read().await.unwrap());
    report(name, &mut [begun.elapsed()]);
    store
}

async fn insert_tasks(store: &Store, project_id: ProjectId) -> Vec<TaskId> {
    let ids: Vec<TaskId> = (0..TASKS).map(|_| Uuid::now_v7().into()).collect();
    let begun = Instant::now();
    for chunk in ids.chunks(BATCH) {
        let chunk = chunk.to_vec();
        write(store, Durability::Full, move |tx| Box::pin(insert_chunk(tx, project_id, chunk))).await;
    }
    report("insert 10,000 tasks, 500 in a transaction", &mut [begun.elapsed()]);
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
    let begun = Instant::now();
    let mut times = Vec::new();
    for _ in 0..EVENTS / BATCH {
        let event = EventBody::board_log(LogLevel::Info, "x".repeat(230));
        let events = vec![(NOW, event); BATCH];
        let one = Instant::now();
        write(store, Durability::Normal, move |tx| {
            Box::pin(async move { append_events(tx, attempt, &events).await })
        })
        .await;
        times.push(one.elapsed());
    }
    let rate = EVENTS as f64 / begun.elapsed().as_secs_f64();
    report("append 500 events of 300 bytes", &mut times);
    print(&format!("    {rate:.0} events/s"));
}

async fn list(store: &Store, project_id: ProjectId, attempt: AttemptId) {
    let (mut cards, mut pages, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..20_i32 {
        let mut reader = store.read().await.unwrap();
        let begun = Instant::now();
        assert_eq!(list_tasks(&mut reader, project_id).await.unwrap().len(), TASKS);
        cards.push(begun.elapsed());
        let begun = Instant::now();
        assert_eq!(list_events_after(&mut reader, attempt, round * 5_000, 5_000).await.unwrap().len(), 5_000);
        pages.push(begun.elapsed());
        let begun = Instant::now();
        assert_eq!(list_events_before(&mut reader, attempt, i32::MAX, 200).await.unwrap().len(), 200);
        ends.push(begun.elapsed());
    }
    report("list 10,000 tasks", &mut cards);
    report("list 5,000 events", &mut pages);
    report("list the last 200 events", &mut ends);
}

async fn place(store: &Store, tasks: &[TaskId]) {
    let mut times = Vec::new();
    for pair in tasks.windows(2).skip(ATTEMPTS).step_by(7).take(300) {
        let (id, placement) = (pair[1], Placement::Between { after: Some(tasks[0]), before: None });
        let begun = Instant::now();
        write(store, Durability::Full, move |tx| {
            Box::pin(async move { place_task(tx, id, TaskStatus::Todo, placement, NOW).await })
        })
        .await;
        times.push(begun.elapsed());
    }
    report("move a task among 10,000, synced to the disk", &mut times);
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

fn report(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
    print(&format!("{name}: p50 {:.2} ms, p99 {:.2} ms", at(50), at(99)));
}

fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).unwrap();
    out.write_all(b"\n").unwrap();
}
