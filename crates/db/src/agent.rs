//! Table `agents`: the profiles. Exactly one is the default.

use domain::{Agent, AgentId, ProjectId, Refusal, TaskId};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::row::{Columns, json, must_change, word};
use crate::statement::{Bound, Statement, statements};
use crate::{Connection, Error, WriteTx};

macro_rules! select_agents {
    ($rest:literal) => {
        concat!(
            "select id, name, adapter, command, model, mode, append_prompt, env, extra_args, limits, repeat, \
             is_default from agents ",
            $rest
        )
    };
}

statements! {
    INSERT = "insert into agents (id, name, adapter, command, model, mode, append_prompt, env, extra_args, \
              limits, repeat, is_default) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    UPDATE = "update agents set name = $2, adapter = $3, command = $4, model = $5, mode = $6, \
              append_prompt = $7, env = $8, extra_args = $9, limits = $10, repeat = $11, is_default = $12 \
              where id = $1";
    CLEAR_DEFAULT = "update agents set is_default = $2 where is_default = $3 and id <> $1";
    DELETE = "delete from agents where id = $1";
    RELEASE_TASKS = "update tasks set agent_id = null where agent_id = $1 returning id";
    RELEASE_PROJECTS = "update projects set default_agent_id = null where default_agent_id = $1 returning id";
    FIND_LIVE_ATTEMPT = "select t.number from attempts a join tasks t on t.id = a.task_id \
                         where a.agent_id = $1 \
                         and a.state in ('queued', 'preparing', 'running', 'waiting', 'gates') limit 1";
    FIND = select_agents!("where id = $1");
    FIND_DEFAULT = select_agents!("where is_default = $1");
    LIST = select_agents!("order by name, id");
}

/// Stores a new profile. If it is the default, the one before is not any more.
///
/// # Errors
/// [`Error::Refused`] when the name is taken.
pub async fn insert_agent(tx: &mut WriteTx, agent: &Agent) -> Result<(), Error> {
    take_default(tx, agent).await?;
    let inserted = bind_fields(INSERT.bound(), agent)?.execute(tx.connection()).await;
    inserted.map(drop).map_err(|error| name_taken(error, agent))
}

/// Stores a changed profile. If it becomes the default, the one before is not any more.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when the name is taken, or the default would be given away to none.
pub async fn update_agent(tx: &mut WriteTx, agent: &Agent) -> Result<(), Error> {
    let was_default = find_agent(tx.connection(), agent.id).await?.is_default;
    if was_default && !agent.is_default {
        return Err(Refusal("make another profile the default instead".to_owned()).into());
    }
    take_default(tx, agent).await?;
    let updated = bind_fields(UPDATE.bound(), agent)?.execute(tx.connection()).await;
    must_change(updated.map_err(|error| name_taken(error, agent))?, "agent profile")
}

/// Deletes a profile. Tasks and projects that name it fall back to the default; attempts keep its name.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] for the default and while a live attempt uses it.
pub async fn delete_agent(tx: &mut WriteTx, id: AgentId) -> Result<(), Error> {
    if find_agent(tx.connection(), id).await?.is_default {
        return Err(
            Refusal("this is the default profile: make another one the default first".to_owned()).into()
        );
    }
    if let Some(row) = FIND_LIVE_ATTEMPT.bind(id.as_uuid()).first(tx.connection()).await? {
        let number: i32 = Columns::new(&row, "task").next()?;
        return Err(Refusal(format!("task #{number} runs with this profile: cancel its run first")).into());
    }
    for task in release(tx, RELEASE_TASKS, id).await? {
        tx.changes.task(TaskId::from(task));
    }
    for project in release(tx, RELEASE_PROJECTS, id).await? {
        tx.changes.project(ProjectId::from(project));
    }
    must_change(DELETE.bind(id.as_uuid()).execute(tx.connection()).await?, "agent profile")
}

/// A profile.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_agent(connection: &mut Connection, id: AgentId) -> Result<Agent, Error> {
    let row = FIND.bind(id.as_uuid()).first(connection).await?;
    row.as_ref().map(read).transpose()?.ok_or(Error::Missing { entity: "agent profile" })
}

/// The default profile.
///
/// # Errors
/// When the database does not answer.
pub async fn find_default_agent(connection: &mut Connection) -> Result<Agent, Error> {
    let row = FIND_DEFAULT.bind(true).first(connection).await?;
    row.as_ref().map(read).transpose()?.ok_or(Error::Missing { entity: "default agent profile" })
}

/// All profiles by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list_agents(connection: &mut Connection) -> Result<Vec<Agent>, Error> {
    LIST.bound().rows(connection).await?.iter().map(read).collect()
}

/// Takes the mark from the default so far, if `agent` is to have it.
async fn take_default(tx: &mut WriteTx, agent: &Agent) -> Result<(), Error> {
    if !agent.is_default {
        return Ok(());
    }
    let statement = CLEAR_DEFAULT.bind(agent.id.as_uuid()).bind(false).bind(true);
    statement.execute(tx.connection()).await.map(drop)
}

/// The ids of those that named the profile and do not any more.
async fn release(tx: &mut WriteTx, statement: Statement, id: AgentId) -> Result<Vec<Uuid>, Error> {
    let rows = statement.bind(id.as_uuid()).rows(tx.connection()).await?;
    rows.iter().map(|row| Columns::new(row, "id").next()).collect()
}

fn name_taken(error: Error, agent: &Agent) -> Error {
    error.or_taken(|| format!("another profile is called {}", agent.name))
}

fn bind_fields(statement: Bound, agent: &Agent) -> Result<Bound, Error> {
    Ok(statement
        .bind(agent.id.as_uuid())
        .bind(agent.name.clone())
        .bind(word(&agent.adapter)?)
        .bind(agent.command.clone())
        .bind(agent.model.clone())
        .bind(word(&agent.mode)?)
        .bind(agent.append_prompt.clone())
        .bind(json("environment", &agent.env)?)
        .bind(json("arguments", &agent.extra_args)?)
        .bind(json("limits", &agent.limits)?)
        .bind(json("loop", &agent.repeat)?)
        .bind(agent.is_default))
}

fn read(row: &SqliteRow) -> Result<Agent, Error> {
    let mut columns = Columns::new(row, "agent profile");
    Ok(Agent {
        id: columns.id()?,
        name: columns.next()?,
        adapter: columns.word()?,
        command: columns.next()?,
        model: columns.next()?,
        mode: columns.word()?,
        append_prompt: columns.next()?,
        env: columns.json()?,
        extra_args: columns.json()?,
        limits: columns.json()?,
        repeat: columns.json()?,
        is_default: columns.next()?,
    })
}
