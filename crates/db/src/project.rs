//! Table `projects`.

use domain::{Project, ProjectId, ProjectSettings, Refusal, Timestamp};
use sqlx::sqlite::SqliteRow;

use crate::intent::refuse_changing_project;
use crate::row::{Columns, json, must_change, word};
use crate::statement::{Bound, statements};
use crate::{Connection, Error, WriteTx};

macro_rules! select_projects {
    ($condition:literal) => {
        concat!(
            "select id, name, path, default_branch, board, max_parallel, gates, setup_command, dev_command, \
             carry_files, default_agent_id, limits, merge_style, auto_run, notes, \
             question_default_after_s, question_default_answer, gates_before_merge, run_merge_hooks, created_at, updated_at \
             from projects where deleted_at is null ",
            $condition
        )
    };
}

statements! {
    INSERT = "insert into projects (id, name, default_branch, board, max_parallel, gates, setup_command, \
              dev_command, carry_files, default_agent_id, limits, merge_style, auto_run, notes, updated_at, \
              question_default_after_s, question_default_answer, gates_before_merge, run_merge_hooks, path, created_at) \
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
    UPDATE = "update projects set name = $2, default_branch = $3, board = $4, max_parallel = $5, gates = $6, \
              setup_command = $7, dev_command = $8, carry_files = $9, default_agent_id = $10, limits = $11, \
              merge_style = $12, auto_run = $13, notes = $14, updated_at = $15, \
              question_default_after_s = $16, question_default_answer = $17, \
              gates_before_merge = $18, run_merge_hooks = $19 \
              where id = $1 and deleted_at is null";
    DELETE = "update projects set deleted_at = $2, updated_at = $2 where id = $1 and deleted_at is null";
    FIND_LIVE_ATTEMPT = "select t.number from attempts a join tasks t on t.id = a.task_id \
                         where t.project_id = $1 \
                         and a.state in ('queued', 'preparing', 'running', 'waiting', 'gates') limit 1";
    FIND = select_projects!("and id = $1");
    FIND_BY_PATH = select_projects!("and path = $1");
    LIST = select_projects!("order by updated_at desc, id");
}

/// Stores a new project.
///
/// # Errors
/// [`Error::Refused`] when a project with this path is on the board; [`Error::Missing`] without its default agent.
pub async fn insert_project(tx: &mut WriteTx, project: &Project) -> Result<(), Error> {
    let statement =
        bind_fields(INSERT.bound(), project)?.bind(project.path.clone()).bind(project.created_at.as_micros());
    let inserted = statement.execute(tx.connection()).await;
    inserted.map_err(|error| {
        error.or_taken(|| format!("{} is on the board already", project.path)).or_missing("agent profile")
    })?;
    tx.changes.project(project.id);
    Ok(())
}

/// Stores a changed project: all of its fields but `path` and `created_at`.
///
/// # Errors
/// [`Error::Missing`], also without its default agent.
pub async fn update_project(tx: &mut WriteTx, project: &Project) -> Result<(), Error> {
    let updated = bind_fields(UPDATE.bound(), project)?.execute(tx.connection()).await;
    must_change(updated.map_err(|error| error.or_missing("agent profile"))?, "project")?;
    tx.changes.project(project.id);
    Ok(())
}

/// Removes a project from the board. Its rows stay.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] while one of its attempts is live, or something is being done with its work.
pub async fn delete_project(tx: &mut WriteTx, id: ProjectId, now: Timestamp) -> Result<(), Error> {
    if let Some(row) = FIND_LIVE_ATTEMPT.bind(id.as_uuid()).first(tx.connection()).await? {
        let number: i32 = Columns::new(&row, "task").next()?;
        return Err(Refusal(format!("task #{number} of the project is at work: cancel its run first")).into());
    }
    refuse_changing_project(tx.connection(), id).await?;
    let rows = DELETE.bind(id.as_uuid()).bind(now.as_micros()).execute(tx.connection()).await?;
    must_change(rows, "project")?;
    tx.changes.deleted_project(id);
    Ok(())
}

/// A project on the board.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_project(connection: &mut Connection, id: ProjectId) -> Result<Project, Error> {
    try_find_project(connection, id).await?.ok_or(Error::Missing { entity: "project" })
}

pub(crate) async fn try_find_project(
    connection: &mut Connection,
    id: ProjectId,
) -> Result<Option<Project>, Error> {
    let row = FIND.bind(id.as_uuid()).first(connection).await?;
    row.as_ref().map(read).transpose()
}

/// The project with this path, if it is on the board.
///
/// # Errors
/// When the database does not answer.
pub async fn find_project_by_path(connection: &mut Connection, path: &str) -> Result<Option<Project>, Error> {
    let row = FIND_BY_PATH.bind(path.to_owned()).first(connection).await?;
    row.as_ref().map(read).transpose()
}

/// All projects on the board, the last changed first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_projects(connection: &mut Connection) -> Result<Vec<Project>, Error> {
    LIST.bound().rows(connection).await?.iter().map(read).collect()
}

/// The fields that can change, as `$1` to `$19`.
fn bind_fields(statement: Bound, project: &Project) -> Result<Bound, Error> {
    let settings = &project.settings;
    Ok(statement
        .bind(project.id.as_uuid())
        .bind(project.name.clone())
        .bind(project.default_branch.clone())
        .bind(word(&project.board)?)
        .bind(settings.max_parallel)
        .bind(json("gates", &settings.gates)?)
        .bind(settings.setup_command.clone())
        .bind(settings.dev_command.clone())
        .bind(json("files to carry", &settings.carry_files)?)
        .bind(settings.default_agent_id.map(|id| id.as_uuid()))
        .bind(json("limits", &settings.limits)?)
        .bind(word(&settings.merge_style)?)
        .bind(settings.auto_run)
        .bind(settings.notes.clone())
        .bind(project.updated_at.as_micros())
        .bind(settings.question_default_after_s)
        .bind(settings.question_default_answer.clone())
        .bind(settings.gates_before_merge)
        .bind(settings.run_merge_hooks))
}

fn read(row: &SqliteRow) -> Result<Project, Error> {
    let mut columns = Columns::new(row, "project");
    Ok(Project {
        id: columns.id()?,
        name: columns.next()?,
        path: columns.next()?,
        default_branch: columns.next()?,
        board: columns.word()?,
        settings: ProjectSettings {
            max_parallel: columns.next()?,
            gates: columns.json()?,
            setup_command: columns.next()?,
            dev_command: columns.next()?,
            carry_files: columns.json()?,
            default_agent_id: columns.optional_id()?,
            limits: columns.json()?,
            merge_style: columns.word()?,
            auto_run: columns.next()?,
            notes: columns.next()?,
            question_default_after_s: columns.next()?,
            question_default_answer: columns.next()?,
            gates_before_merge: columns.next()?,
            run_merge_hooks: columns.next()?,
        },
        created_at: columns.time()?,
        updated_at: columns.time()?,
    })
}
