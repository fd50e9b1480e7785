//! Table `approvals`: everything that waits, or waited, for a person. The wire knows tool calls and plans as approvals
//! and the rest as questions; here they are rows of one table, because they live and end alike.

use std::collections::BTreeMap;

use domain::{
    Approval, ApprovalId, ApprovalKind, ApprovalState, AttemptId, Question, QuestionId, QuestionItem,
    QuestionState, Refusal, RuleProposal, RunId, Timestamp,
};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::row::{Columns, json};
use crate::statement::statements;
use crate::{Connection, Error, WriteTx};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewApprovalKind {
    /// Whether a tool call may run.
    Tool,
    /// Whether a plan may be carried out.
    Plan,
    /// Something to know.
    Question {
        /// What.
        items: Vec<QuestionItem>,
        /// When the project's default answer is given.
        default_at: Option<Timestamp>,
    },
}

/// A request of an agent to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewApproval {
    /// Its id: an [`ApprovalId`] or a [`QuestionId`].
    pub id: Uuid,
    /// Its attempt.
    pub attempt_id: AttemptId,
    /// The run that asks.
    pub run_id: RunId,
    /// The agent's own id of it.
    pub request_id: String,
    /// What is asked.
    pub kind: NewApprovalKind,
    /// How the answer reaches the agent, as JSON that only the caller reads.
    pub channel: String,
    /// Name of the tool.
    pub tool_name: String,
    /// Arguments of the call.
    pub tool_input: Value,
    /// Links it to the call in the log.
    pub tool_use_id: Option<String>,
    /// The agent's words about it.
    pub description: Option<String>,
    /// Why it asks.
    pub reason: Option<String>,
    /// Whether a subagent asks.
    pub is_subagent: bool,
    /// Rules that would allow it.
    pub suggestions: Vec<RuleProposal>,
}

/// What is needed to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its id: an [`ApprovalId`] or a [`QuestionId`].
    pub id: Uuid,
    /// Whether it is a question.
    pub is_question: bool,
    /// Its attempt.
    pub attempt_id: AttemptId,
    /// The run that asks.
    pub run_id: RunId,
    /// The agent's own id of it.
    pub request_id: String,
    /// How the answer reaches the agent.
    pub channel: String,
    /// Name of the tool.
    pub tool_name: String,
    /// Arguments of the call.
    pub tool_input: Value,
    /// Links it to the call in the log.
    pub tool_use_id: Option<String>,
    /// What it wants to know, if it is a question.
    pub questions: Option<Vec<QuestionItem>>,
}

/// An answer to be stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolution {
    /// The new state: a word of [`ApprovalState`] or [`QuestionState`].
    pub state: &'static str,
    /// What was said with it.
    pub message: Option<String>,
    /// Whether the call was allowed with other arguments.
    pub is_edited: bool,
    /// Who answered.
    pub resolved_by: Option<String>,
    /// Answers by question.
    pub answers: Option<BTreeMap<String, String>>,
}

macro_rules! select_approvals {
    ($rest:literal) => {
        concat!(
            "select p.id, t.project_id, a.task_id, p.attempt_id, p.kind, p.state, p.tool_name, p.tool_input, \
             p.tool_use_id, p.description, p.reason, p.is_subagent, a.worktree_path, p.suggestions, p.created_at, \
             p.resolved_at, p.resolved_by, p.message, p.is_edited \
             from approvals p join attempts a on a.id = p.attempt_id join tasks t on t.id = a.task_id \
             where p.kind <> 'question' and ",
            $rest
        )
    };
}

macro_rules! select_questions {
    ($rest:literal) => {
        concat!(
            "select p.id, t.project_id, a.task_id, p.attempt_id, p.state, p.questions, p.created_at, p.default_at, \
             p.resolved_at, p.resolved_by, p.answers, p.message \
             from approvals p join attempts a on a.id = p.attempt_id join tasks t on t.id = a.task_id \
             where p.kind = 'question' and ",
            $rest
        )
    };
}

macro_rules! select_requests {
    ($rest:literal) => {
        concat!(
            "select id, kind, attempt_id, run_id, request_id, channel, tool_name, tool_input, tool_use_id, questions \
             from approvals where ",
            $rest
        )
    };
}

statements! {
    INSERT = "insert into approvals (id, attempt_id, run_id, request_id, kind, state, channel, tool_name, \
              tool_input, tool_use_id, description, reason, is_subagent, suggestions, questions, default_at, \
              created_at) \
              values ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
              on conflict (run_id, request_id) do nothing";
    RESOLVE = "update approvals set state = $2, message = $3, is_edited = $4, resolved_by = $5, answers = $6, \
               resolved_at = $7 where id = $1 and state = 'pending'";
    WITHDRAW = "update approvals set state = 'withdrawn', resolved_at = $2 where id = $1 and state <> 'withdrawn'";
    FIND_APPROVAL = select_approvals!("p.id = $1");
    FIND_QUESTION = select_questions!("p.id = $1");
    LIST_APPROVALS = select_approvals!("p.state = 'pending' and t.deleted_at is null order by p.created_at, p.id");
    LIST_QUESTIONS = select_questions!("p.state = 'pending' and t.deleted_at is null order by p.created_at, p.id");
    FIND_REQUEST = select_requests!("id = $1");
    FIND_BY_REQUEST = select_requests!("run_id = $1 and request_id = $2");
    LIST_REQUESTS = select_requests!("attempt_id = $1 and state = 'pending' order by created_at, id");
    LIST_DUE = select_requests!("state = 'pending' and default_at <= $1 order by default_at, id");
    COUNT_PENDING = "select count(*) from approvals where attempt_id = $1 and state = 'pending'";
    COUNT_QUESTIONS = "select count(*) from approvals \
                       where attempt_id = $1 and state = 'pending' and kind = 'question'";
}

/// Stores a request as pending. False if it is stored already: the same line was read before.
///
/// # Errors
/// [`Error::Missing`] without the run.
pub async fn insert_approval(tx: &mut WriteTx, new: &NewApproval, now: Timestamp) -> Result<bool, Error> {
    let (kind, items, default_at) = match &new.kind {
        NewApprovalKind::Tool => ("tool", None, None),
        NewApprovalKind::Plan => ("plan", None, None),
        NewApprovalKind::Question { items, default_at } => ("question", Some(items), *default_at),
    };
    let statement = INSERT
        .bind(new.id)
        .bind(new.attempt_id.as_uuid())
        .bind(new.run_id.as_uuid())
        .bind(new.request_id.clone())
        .bind(kind)
        .bind(new.channel.clone())
        .bind(new.tool_name.clone())
        .bind(json("arguments of a call", &new.tool_input)?)
        .bind(new.tool_use_id.clone())
        .bind(new.description.clone())
        .bind(new.reason.clone())
        .bind(new.is_subagent)
        .bind(json("suggested rules", &new.suggestions)?)
        .bind(items.map(|items| json("questions", items)).transpose()?)
        .bind(default_at.map(|at| at.as_micros()))
        .bind(now.as_micros());
    let rows = statement.execute(tx.connection()).await.map_err(|error| error.or_missing("run"))?;
    if rows == 1 {
        touch(tx, new.id, kind == "question", new.attempt_id);
    }
    Ok(rows == 1)
}

/// Stores the answer to a pending request.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Refused`] when it does not wait any more.
pub async fn resolve_approval(
    tx: &mut WriteTx,
    request: &Request,
    resolution: &Resolution,
    now: Timestamp,
) -> Result<(), Error> {
    let statement = RESOLVE
        .bind(request.id)
        .bind(resolution.state)
        .bind(resolution.message.clone())
        .bind(resolution.is_edited)
        .bind(resolution.resolved_by.clone())
        .bind(resolution.answers.as_ref().map(|answers| json("answers", answers)).transpose()?)
        .bind(now.as_micros());
    if statement.execute(tx.connection()).await? != 1 {
        return Err(Refusal("it was answered or taken back meanwhile".to_owned()).into());
    }
    touch(tx, request.id, request.is_question, request.attempt_id);
    Ok(())
}

/// Stores that the agent took a request back; an answer that was on its way came too late. None if there is no such
/// request, or it was withdrawn before.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw_request(
    tx: &mut WriteTx,
    run_id: RunId,
    request_id: &str,
    now: Timestamp,
) -> Result<Option<Request>, Error> {
    let statement = FIND_BY_REQUEST.bind(run_id.as_uuid()).bind(request_id.to_owned());
    let Some(row) = statement.first(tx.connection()).await? else { return Ok(None) };
    let request = read_request(&row)?;
    let is_new = withdraw(tx, &request, now).await?;
    Ok(is_new.then_some(request))
}

/// Stores that nobody waits for the answers of an attempt's pending requests any more, and gives them back.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw_requests(
    tx: &mut WriteTx,
    attempt_id: AttemptId,
    now: Timestamp,
) -> Result<Vec<Request>, Error> {
    let requests = list_pending_requests(tx.connection(), attempt_id).await?;
    for request in &requests {
        withdraw(tx, request, now).await?;
    }
    Ok(requests)
}

async fn withdraw(tx: &mut WriteTx, request: &Request, now: Timestamp) -> Result<bool, Error> {
    let rows = WITHDRAW.bind(request.id).bind(now.as_micros()).execute(tx.connection()).await?;
    touch(tx, request.id, request.is_question, request.attempt_id);
    Ok(rows == 1)
}

fn touch(tx: &mut WriteTx, id: Uuid, is_question: bool, attempt_id: AttemptId) {
    if is_question {
        tx.changes.question(id.into());
    } else {
        tx.changes.approval(id.into());
    }
    tx.changes.attempt(attempt_id);
}

/// A tool call or plan.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_approval(connection: &mut Connection, id: ApprovalId) -> Result<Approval, Error> {
    let row = FIND_APPROVAL.bind(id.as_uuid()).first(connection).await?;
    row.as_ref().map(read_approval).transpose()?.ok_or(Error::Missing { entity: "approval" })
}

/// A question.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_question(connection: &mut Connection, id: QuestionId) -> Result<Question, Error> {
    let row = FIND_QUESTION.bind(id.as_uuid()).first(connection).await?;
    row.as_ref().map(read_question).transpose()?.ok_or(Error::Missing { entity: "question" })
}

/// Tool calls and plans that wait, the longest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_pending_approvals(connection: &mut Connection) -> Result<Vec<Approval>, Error> {
    LIST_APPROVALS.bound().rows(connection).await?.iter().map(read_approval).collect()
}

/// Questions that wait, the longest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_pending_questions(connection: &mut Connection) -> Result<Vec<Question>, Error> {
    LIST_QUESTIONS.bound().rows(connection).await?.iter().map(read_question).collect()
}

/// What is needed to answer a request, in whatever state it is.
///
/// # Errors
/// [`Error::Missing`].
pub async fn find_request(connection: &mut Connection, id: Uuid) -> Result<Request, Error> {
    let row = FIND_REQUEST.bind(id).first(connection).await?;
    row.as_ref().map(read_request).transpose()?.ok_or(Error::Missing { entity: "approval" })
}

/// The requests of an attempt that wait, the longest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_pending_requests(
    connection: &mut Connection,
    attempt_id: AttemptId,
) -> Result<Vec<Request>, Error> {
    LIST_REQUESTS.bind(attempt_id.as_uuid()).rows(connection).await?.iter().map(read_request).collect()
}

/// Questions whose default answer is due.
///
/// # Errors
/// When the database does not answer.
pub async fn list_due_questions(connection: &mut Connection, now: Timestamp) -> Result<Vec<Request>, Error> {
    LIST_DUE.bind(now.as_micros()).rows(connection).await?.iter().map(read_request).collect()
}

/// How many requests of an attempt wait, and how many of them are questions.
///
/// # Errors
/// When the database does not answer.
pub async fn count_pending(connection: &mut Connection, attempt_id: AttemptId) -> Result<(i32, i32), Error> {
    let mut counts = [0, 0];
    for (count, statement) in counts.iter_mut().zip([COUNT_PENDING, COUNT_QUESTIONS]) {
        let row = statement.bind(attempt_id.as_uuid()).first(connection).await?;
        let row = row.ok_or(Error::Missing { entity: "attempt" })?;
        *count = Columns::new(&row, "approval").next()?;
    }
    Ok(counts.into())
}

fn read_approval(row: &SqliteRow) -> Result<Approval, Error> {
    let mut columns = Columns::new(row, "approval");
    Ok(Approval {
        id: columns.id()?,
        project_id: columns.id()?,
        task_id: columns.id()?,
        attempt_id: columns.id()?,
        kind: columns.word::<ApprovalKind>()?,
        state: columns.word::<ApprovalState>()?,
        tool_name: columns.next()?,
        tool_input: columns.json()?,
        tool_use_id: columns.next()?,
        description: columns.next()?,
        reason: columns.next()?,
        is_subagent: columns.next()?,
        cwd: columns.next()?,
        suggestions: columns.json()?,
        created_at: columns.time()?,
        resolved_at: columns.optional_time()?,
        resolved_by: columns.next()?,
        message: columns.next()?,
        is_edited: columns.next()?,
    })
}

fn read_question(row: &SqliteRow) -> Result<Question, Error> {
    let mut columns = Columns::new(row, "question");
    Ok(Question {
        id: columns.id()?,
        project_id: columns.id()?,
        task_id: columns.id()?,
        attempt_id: columns.id()?,
        state: columns.word::<QuestionState>()?,
        questions: columns.json()?,
        created_at: columns.time()?,
        default_at: columns.optional_time()?,
        resolved_at: columns.optional_time()?,
        resolved_by: columns.next()?,
        answers: columns.optional_json()?,
        message: columns.next()?,
    })
}

fn read_request(row: &SqliteRow) -> Result<Request, Error> {
    let mut columns = Columns::new(row, "approval");
    let id = columns.next()?;
    let kind: &str = columns.next()?;
    Ok(Request {
        id,
        is_question: kind == "question",
        attempt_id: columns.id()?,
        run_id: columns.id()?,
        request_id: columns.next()?,
        channel: columns.next()?,
        tool_name: columns.next()?,
        tool_input: columns.json()?,
        tool_use_id: columns.next()?,
        questions: columns.optional_json()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_on_the_wire_is_one_of_the_table() {
        let migration = include_str!("../../../migrations/20261120160000_add_control.sql");
        let approvals = ["pending", "allowed", "denied", "withdrawn"];
        let questions = ["pending", "answered", "declined", "withdrawn"];
        for state in approvals {
            assert!(serde_json::from_value::<ApprovalState>(state.into()).is_ok(), "{state}");
        }
        for state in questions {
            assert!(serde_json::from_value::<QuestionState>(state.into()).is_ok(), "{state}");
        }
        for state in approvals.into_iter().chain(questions) {
            assert!(migration.contains(&format!("'{state}'")), "{state}");
        }
    }
}
