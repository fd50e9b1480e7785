//! Tasks as the board shows them, put together from a few set-based queries.

use std::collections::HashMap;

use domain::{
    AttemptState, AttemptSummary, Criterion, LastOutcome, ProjectId, Task, TaskFacts, TaskId, allowed_moves,
    task_actions,
};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::attempt::{read_activity, read_error};
use crate::row::Columns;
use crate::statement::{Bound, Statement, statements};
use crate::{Connection, Error};

macro_rules! select_tasks {
    ($condition:literal) => {
        concat!(
            "select t.id, t.project_id, t.number, t.title, t.description, t.status, t.rank, t.priority, t.size, \
             t.agent_id, t.mode, t.feedback, t.created_at, t.updated_at, \
             (select string_agg(label, $2) from \
             (select label from task_labels where task_id = t.id order by position) labels), \
             (select string_agg(path, $2) from \
             (select path from task_focus_files where task_id = t.id order by position) paths) \
             from tasks t where t.deleted_at is null and ",
            $condition,
            " order by t.number"
        )
    };
}

macro_rules! select_criteria {
    ($condition:literal) => {
        concat!(
            "select c.task_id, c.id, c.text, c.is_done, c.evidence from criteria c join tasks t on t.id = c.task_id \
             where t.deleted_at is null and ",
            $condition,
            " order by c.task_id, c.position"
        )
    };
}

macro_rules! select_attempts {
    ($condition:literal) => {
        concat!(
            "select a.task_id, a.branch_name, a.worktree_path, a.id, a.number, a.state, a.agent_id, a.agent_name, \
             a.mode, a.base_branch, a.queued_at, a.started_at, a.ended_at, a.error_code, a.error_message, \
             a.activity_verb, a.activity_object, a.activity_since, a.cost_usd, a.turns, a.files_changed, \
             a.additions, a.deletions, a.progress, a.is_stopped, ",
            crate::attempt::review_columns!(),
            ", (select count(*) from approvals p where p.attempt_id = a.id and p.state = 'pending' and p.kind <> 'question'), \
             (select count(*) from approvals p where p.attempt_id = a.id and p.state = 'pending' and p.kind = 'question') \
             from attempts a join tasks t on t.id = a.task_id where t.deleted_at is null and ",
            $condition,
            " order by a.task_id, a.number"
        )
    };
}

statements! {
    FIND = select_tasks!("t.id = $1");
    LIST = select_tasks!("t.project_id = $1");
    FIND_CRITERIA = select_criteria!("t.id = $1");
    LIST_CRITERIA = select_criteria!("t.project_id = $1");
    FIND_DEPENDENCIES = "select d.task_id, d.blocker_id from task_dependencies d \
                         where d.task_id = $1 or d.blocker_id = $1 order by d.task_id, d.blocker_id";
    LIST_DEPENDENCIES = "select d.task_id, d.blocker_id from task_dependencies d join tasks t on t.id = d.task_id \
                         where t.deleted_at is null and t.project_id = $1 order by d.task_id, d.blocker_id";
    FIND_ATTEMPTS = select_attempts!("t.id = $1");
    LIST_ATTEMPTS = select_attempts!("t.project_id = $1");
}

/// Stands between joined texts; a text that has it is refused when it is stored.
pub(crate) const SEPARATOR: &str = "\u{1f}";

/// Which tasks.
#[derive(Debug, Clone, Copy)]
enum Scope {
    Task(TaskId),
    Project(ProjectId),
}

impl Scope {
    fn pick(self, one: Statement, all: Statement) -> Bound {
        match self {
            Self::Task(id) => one.bind(id.as_uuid()),
            Self::Project(id) => all.bind(id.as_uuid()),
        }
    }
}

/// Tasks, and where each one is.
struct Cards {
    tasks: Vec<Task>,
    places: HashMap<TaskId, usize>,
}

pub(crate) async fn find(connection: &mut Connection, id: TaskId) -> Result<Option<Task>, Error> {
    Ok(load(connection, Scope::Task(id)).await?.pop())
}

pub(crate) async fn list(connection: &mut Connection, project_id: ProjectId) -> Result<Vec<Task>, Error> {
    load(connection, Scope::Project(project_id)).await
}

async fn load(connection: &mut Connection, scope: Scope) -> Result<Vec<Task>, Error> {
    let mut cards = Cards { tasks: Vec::new(), places: HashMap::new() };
    let tasks = scope.pick(FIND, LIST).bind(SEPARATOR);
    tasks.each(connection, |row| cards.add(read_task(row)?)).await?;
    if cards.tasks.is_empty() {
        return Ok(Vec::new());
    }
    let criteria = scope.pick(FIND_CRITERIA, LIST_CRITERIA);
    criteria.each(connection, |row| cards.fill(row, add_criterion)).await?;
    let dependencies = scope.pick(FIND_DEPENDENCIES, LIST_DEPENDENCIES);
    dependencies.each(connection, |row| cards.link(row)).await?;
    let attempts = scope.pick(FIND_ATTEMPTS, LIST_ATTEMPTS);
    attempts.each(connection, |row| cards.fill(row, add_attempt)).await?;
    cards.tasks.iter_mut().for_each(finish);
    Ok(cards.tasks)
}

impl Cards {
    fn add(&mut self, task: Task) -> Result<(), Error> {
        self.places.insert(task.id, self.tasks.len());
        self.tasks.push(task);
        Ok(())
    }

    /// Gives the row to the task that its first column names.
    fn fill(
        &mut self,
        row: &SqliteRow,
        add: impl Fn(&mut Task, &mut Columns<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut columns = Columns::new(row, "task");
        match self.task(columns.id()?) {
            Some(task) => add(task, &mut columns),
            None => Ok(()),
        }
    }

    /// A dependency shows at both of its ends.
    fn link(&mut self, row: &SqliteRow) -> Result<(), Error> {
        let mut columns = Columns::new(row, "dependency");
        let (waiting, blocker): (TaskId, TaskId) = (columns.id()?, columns.id()?);
        if let Some(task) = self.task(waiting) {
            task.blocked_by.push(blocker);
        }
        if let Some(task) = self.task(blocker) {
            task.blocks.push(waiting);
        }
        Ok(())
    }

    fn task(&mut self, id: TaskId) -> Option<&mut Task> {
        self.places.get(&id).and_then(|place| self.tasks.get_mut(*place))
    }
}

fn read_task(row: &SqliteRow) -> Result<Task, Error> {
    let mut columns = Columns::new(row, "task");
    Ok(Task {
        id: columns.id()?,
        project_id: columns.id()?,
        number: columns.next()?,
        title: columns.next()?,
        description: columns.next()?,
        status: columns.word()?,
        rank: columns.word()?,
        priority: columns.optional_word()?,
        size: columns.optional_word()?,
        agent_id: columns.optional_id()?,
        mode: columns.optional_word()?,
        feedback: columns.next()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
        labels: read_texts(&mut columns)?,
        focus_files: read_texts(&mut columns)?,
        criteria: Vec::new(),
        blocked_by: Vec::new(),
        blocks: Vec::new(),
        live_attempt: None,
        last_attempt: None,
        last_outcome: None,
        pending_approvals: 0,
        pending_questions: 0,
        error_message: None,
        cost_usd: 0.0,
        branch_name: None,
        worktree_path: None,
        allowed_actions: Vec::new(),
        allowed_moves: Vec::new(),
    })
}

/// Texts that the statement joined: a row for each would cost more than all the rest.
fn read_texts(columns: &mut Columns<'_>) -> Result<Vec<String>, Error> {
    let joined: Option<&str> = columns.next()?;
    Ok(joined.map_or_else(Vec::new, |joined| joined.split(SEPARATOR).map(str::to_owned).collect()))
}

fn add_criterion(task: &mut Task, columns: &mut Columns<'_>) -> Result<(), Error> {
    task.criteria.push(Criterion {
        id: columns.id()?,
        text: columns.next()?,
        done: columns.next()?,
        evidence: columns.next()?,
    });
    Ok(())
}

/// Attempts come oldest first: the last one to be added is the newest.
fn add_attempt(task: &mut Task, columns: &mut Columns<'_>) -> Result<(), Error> {
    task.branch_name = columns.next()?;
    task.worktree_path = columns.next()?;
    let attempt = read_summary(columns)?;
    task.cost_usd += attempt.cost_usd;
    if !attempt.state.is_live() {
        task.last_outcome = Some(outcome(attempt.state));
    }
    task.last_attempt = Some(attempt);
    task.pending_approvals += columns.next::<i32>()?;
    task.pending_questions += columns.next::<i32>()?;
    Ok(())
}

fn read_summary(columns: &mut Columns<'_>) -> Result<AttemptSummary, Error> {
    Ok(AttemptSummary {
        id: columns.id()?,
        number: columns.next()?,
        state: columns.word()?,
        agent_id: columns.next::<Uuid>()?.into(),
        agent_name: columns.next()?,
        mode: columns.word()?,
        base_branch: columns.next()?,
        queued_at: columns.time()?,
        started_at: columns.optional_time()?,
        ended_at: columns.optional_time()?,
        error: read_error(columns)?,
        activity: read_activity(columns)?,
        cost_usd: columns.next()?,
        turns: columns.next()?,
        files_changed: columns.next()?,
        additions: columns.next()?,
        deletions: columns.next()?,
        progress: columns.optional_json()?,
        is_stopped: columns.next()?,
        gates: columns.json()?,
        pull_request: columns.optional_json()?,
    })
}

const fn outcome(state: AttemptState) -> LastOutcome {
    match state {
        AttemptState::Failed => LastOutcome::Failed,
        AttemptState::Cancelled => LastOutcome::Cancelled,
        AttemptState::Queued
        | AttemptState::Preparing
        | AttemptState::Running
        | AttemptState::Waiting
        | AttemptState::Gates
        | AttemptState::ReviewReady
        | AttemptState::Merged
        | AttemptState::PrCreated
        | AttemptState::ChangesRequested
        | AttemptState::Discarded => LastOutcome::Ok,
    }
}

/// What follows from the rest.
fn finish(task: &mut Task) {
    let last = task.last_attempt.as_ref();
    let state = last.map(|attempt| attempt.state);
    let is_live = state.is_some_and(AttemptState::is_live);
    task.error_message = last.and_then(|attempt| attempt.error.as_ref()).map(|error| error.message.clone());
    task.live_attempt = last.filter(|_| is_live).cloned();
    let facts =
        TaskFacts { status: task.status, last_attempt: state, has_worktree: task.worktree_path.is_some() };
    task.allowed_actions = task_actions(facts);
    task.allowed_moves = allowed_moves(task.status, is_live);
}
