//! A board in a temporary folder, and an observer that remembers.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use db::{
    BoxFuture, Committed, Durability, Error, NewAttempt, Observer, Store, WriteTx, find_default_agent,
    insert_attempt, insert_project, insert_task, transition_attempt,
};
use domain::{
    AttemptId, AttemptState, AttemptTrigger, BoardKind, CreateTask, PermissionMode, Project, ProjectId,
    ProjectSettings, TaskId, Timestamp,
};
use tempfile::TempDir;
use uuid::Uuid;

/// Remembers every commit.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) commits: Mutex<Vec<Committed>>,
}

impl Observer for Recorder {
    fn committed(&self, committed: Committed) {
        self.commits.lock().unwrap().push(committed);
    }
}

impl Recorder {
    /// What was heard since the last call.
    pub(crate) fn take(&self) -> Vec<Committed> {
        std::mem::take(&mut self.commits.lock().unwrap())
    }
}

/// A store with one project.
pub(crate) struct Board {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) project: Project,
}

impl Board {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Arc::new(Recorder::default());
        let store = Store::open(&folder.path().join("board.db"), recorder.clone()).await.unwrap();
        let project = project("/repositories/one");
        let stored = project.clone();
        write(&store, move |tx| Box::pin(async move { insert_project(tx, &stored).await })).await.unwrap();
        recorder.take();
        Self { folder, store, recorder, project }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("board.db")
    }

    /// A task with a title.
    pub(crate) async fn task(&self, title: &str) -> TaskId {
        self.task_with(CreateTask { title: title.to_owned(), ..CreateTask::default() }).await.unwrap()
    }

    /// A task with these fields; an empty title gets one.
    pub(crate) async fn task_with(&self, mut fields: CreateTask) -> Result<TaskId, Error> {
        if fields.title.is_empty() {
            "a task".clone_into(&mut fields.title);
        }
        let (id, project_id) = (new_id(), self.project.id);
        write(&self.store, move |tx| {
            Box::pin(async move { insert_task(tx, id, project_id, &fields, now(1)).await })
        })
        .await?;
        Ok(id)
    }

    /// A queued attempt.
    pub(crate) async fn attempt(&self, task_id: TaskId) -> AttemptId {
        self.try_attempt(task_id, now(2)).await.unwrap()
    }

    pub(crate) async fn try_attempt(
        &self,
        task_id: TaskId,
        queued_at: Timestamp,
    ) -> Result<AttemptId, Error> {
        self.queue(task_id, None, queued_at).await
    }

    /// A queued attempt that goes on with another one.
    pub(crate) async fn continue_attempt(&self, task_id: TaskId, continued: AttemptId) -> AttemptId {
        self.queue(task_id, Some(continued), now(2)).await.unwrap()
    }

    async fn queue(
        &self,
        task_id: TaskId,
        continues_id: Option<AttemptId>,
        queued_at: Timestamp,
    ) -> Result<AttemptId, Error> {
        let id = new_id();
        write(&self.store, move |tx| {
            Box::pin(async move {
                let agent = find_default_agent(tx.connection()).await?;
                let attempt = NewAttempt {
                    id,
                    task_id,
                    agent_id: agent.id,
                    agent_name: agent.name,
                    mode: PermissionMode::Bypass,
                    base_branch: "main".to_owned(),
                    reason: None,
                    continues_id,
                };
                insert_attempt(tx, &attempt, queued_at).await
            })
        })
        .await?;
        Ok(id)
    }

    /// Takes an attempt through these triggers.
    pub(crate) async fn drive(&self, id: AttemptId, triggers: &[AttemptTrigger]) {
        for trigger in triggers.iter().copied() {
            transition(&self.store, id, trigger).await.unwrap();
        }
    }
}

pub(crate) async fn transition(
    store: &Store,
    id: AttemptId,
    trigger: AttemptTrigger,
) -> Result<AttemptState, Error> {
    write(store, move |tx| Box::pin(async move { transition_attempt(tx, id, trigger, None, now(3)).await }))
        .await
}

/// A full write.
pub(crate) async fn write<T, F>(store: &Store, work: F) -> Result<T, Error>
where
    F: for<'t> FnOnce(&'t mut WriteTx) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
    T: Send + 'static,
{
    store.write(Durability::Full, work).await
}

/// Runs SQL past the crate, to see what the schema itself refuses.
pub(crate) async fn raw(store: &Store, sql: &'static str) -> Result<u64, sqlx::Error> {
    let done = store.write(Durability::Full, move |tx| {
        Box::pin(async move { Ok::<_, RawError>(sqlx::query(sql).execute(tx.connection()).await?) })
    });
    done.await.map(|done| done.rows_affected()).map_err(|error: RawError| error.0)
}

/// An error of a caller, other than the store's own.
#[derive(Debug)]
pub(crate) struct RawError(pub(crate) sqlx::Error);

impl From<sqlx::Error> for RawError {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl From<Error> for RawError {
    fn from(error: Error) -> Self {
        Self(sqlx::Error::Protocol(utils::ErrorChain(&error).to_string()))
    }
}

pub(crate) fn new_id<T: From<Uuid>>() -> T {
    Uuid::now_v7().into()
}

pub(crate) fn now(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

pub(crate) fn project(path: &str) -> Project {
    Project {
        id: new_id::<ProjectId>(),
        name: "one".to_owned(),
        path: path.to_owned(),
        default_branch: "main".to_owned(),
        board: BoardKind::Plain,
        settings: ProjectSettings::default(),
        created_at: now(0),
        updated_at: now(0),
    }
}
