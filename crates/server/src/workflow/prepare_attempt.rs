//! Preparing a claimed attempt: its worktree, its run, its agent. Only the scheduler calls this.
//!
//! The run is stored before its shim is started, and a shim starts an agent only once, so that a server killed anywhere
//! in here finds out afterwards what came of it.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use db::{Durability, NewRun, NewWorktree, Run, RunOutcome, WriteTx};
use domain::{
    Agent, AgentAdapter, Attachment, Attempt, AttemptError, AttemptId, AttemptTrigger, EventBody,
    FailureCode, LogLevel, Message, MessageRole, Project, RunId, SessionId, Task, bounded_text,
};
use executor::{
    Brought, Conversation, LaunchRequest, RunSpec, RunStanding, Started, UserMessage, adapter_for,
    inspect_run, start_run,
};
use tokio::time::sleep;
use utils::{ErrorChain, OrLog};
use uuid::Uuid;
use worktree::{Carry, CreateWorktree, CreatedWorktree};

use crate::{
    clock::{new_id, now},
    enclosures::{enclose, make_folder},
    prompt::{PromptParts, prompt},
    state::{AppState, transaction},
    supervise,
    talk::{said, user_message},
    workflow::{
        finish_attempt::fail_attempt,
        hand_over::{HandOver, trusted_brought},
        resolve_conflicts::merge_wanted_base,
        run_gates::clear_gates,
        run_setup::{Setup, run_setup},
        take_checkpoint::keep_beginning,
    },
};

/// First wait after the database did not answer; it doubles up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(10);
/// Variables of ours that no agent inherits. The token would let it approve itself.
pub(crate) const ENV_REMOVED: [&str; 1] = ["EVAL_KANBAN_*"];

/// Everything that is known about an attempt.
pub(crate) struct Assignment {
    pub(crate) attempt: Attempt,
    pub(crate) task: Task,
    pub(crate) project: Project,
    pub(crate) agent: Agent,
}

/// Why an attempt could not be prepared.
enum Unprepared {
    /// It failed; the message is for people.
    Failed(AttemptError),
    /// The database does not answer: nothing is known, nothing is settled.
    Unknown(db::Error),
    /// A person stopped it meanwhile.
    Cancelled,
    /// The server ends; the next one goes on with it.
    ServerEnds,
}

impl From<db::Error> for Unprepared {
    fn from(error: db::Error) -> Self {
        Self::Unknown(error)
    }
}

/// Prepares the attempt and starts its agent; a failure becomes the attempt's.
pub(crate) async fn prepare_attempt(state: AppState, attempt_id: AttemptId) {
    let mut wait = RETRY_MIN;
    while let Err(error) = prepare_or_fail(&state, attempt_id).await {
        // Each step may be repeated: what was done before is found.
        tracing::error!("attempt {attempt_id} cannot be prepared, trying again: {}", ErrorChain(&error));
        if state.tasks.token().run_until_cancelled(sleep(wait)).await.is_none() {
            return;
        }
        wait = (wait * 2).min(RETRY_MAX);
    }
}

async fn prepare_or_fail(state: &AppState, attempt_id: AttemptId) -> Result<(), db::Error> {
    match try_prepare(state, attempt_id).await {
        Ok(()) => Ok(()),
        Err(Unprepared::Failed(error)) => {
            fail_attempt(state, attempt_id, AttemptTrigger::Failed, Some(error)).await
        }
        Err(Unprepared::Cancelled) => fail_attempt(state, attempt_id, AttemptTrigger::Cancelled, None).await,
        // Nobody needs it any more: it was settled by somebody else, or the next server does it.
        Err(
            Unprepared::Unknown(db::Error::Refused(_) | db::Error::Missing { .. }) | Unprepared::ServerEnds,
        ) => Ok(()),
        Err(Unprepared::Unknown(error)) => Err(error),
    }
}

async fn try_prepare(state: &AppState, attempt_id: AttemptId) -> Result<(), Unprepared> {
    let assignment = load_assignment(state, attempt_id).await?;
    let making = state.repositories.making().await;
    let created = make_worktree(state, &assignment).await?;
    let cwd = created.worktree.path.clone();
    let base_commit = base_of(state, &assignment, &created).await;
    store_worktree(state, &assignment, created, base_commit).await?;
    drop(making);
    keep_beginning(state, attempt_id);
    set_up(state, attempt_id).await?;
    merge_base(state, attempt_id).await?;
    let opening = find_or_store_run(state, attempt_id).await?.ok_or(Unprepared::Cancelled)?;
    let assignment = load_assignment(state, attempt_id).await?;
    start(state, &assignment, opening, cwd).await
}

/// Merges the base into the worktree where the attempt is there to resolve what conflicts.
async fn merge_base(state: &AppState, attempt_id: AttemptId) -> Result<(), Unprepared> {
    merge_wanted_base(state, attempt_id)
        .await?
        .map_err(|message| Unprepared::Failed(AttemptError { code: FailureCode::WorktreeFailed, message }))
}

/// Makes the worktree ready for an agent: no gate works in it any more, and the setup command has passed.
async fn set_up(state: &AppState, attempt_id: AttemptId) -> Result<(), Unprepared> {
    let assignment = load_assignment(state, attempt_id).await?;
    clear_gates(state, &assignment.attempt).await;
    match run_setup(state, &assignment).await? {
        Setup::Ready => Ok(()),
        Setup::ServerEnds => Err(Unprepared::ServerEnds),
        Setup::Failed(message) => {
            Err(Unprepared::Failed(AttemptError { code: FailureCode::WorktreeFailed, message }))
        }
    }
}

/// Reads an attempt with its task, project and profile.
pub(crate) async fn load_assignment(
    state: &AppState,
    attempt_id: AttemptId,
) -> Result<Assignment, db::Error> {
    let mut connection = state.store.read().await?;
    let attempt = db::find_attempt(&mut connection, attempt_id).await?;
    let task = db::find_task(&mut connection, attempt.task_id).await?;
    let project = db::find_project(&mut connection, task.project_id).await?;
    let agent = match db::find_agent(&mut connection, attempt.agent_id).await {
        Err(db::Error::Missing { .. }) => db::find_default_agent(&mut connection).await?,
        found => found?,
    };
    Ok(Assignment { attempt, task, project, agent })
}

async fn make_worktree(state: &AppState, assignment: &Assignment) -> Result<CreatedWorktree, Unprepared> {
    let Assignment { attempt, task, project, .. } = assignment;
    let request = CreateWorktree {
        id: attempt.worktree_id.to_string(),
        workspaces: state.workspaces(),
        title: task.title.clone(),
        prefix: state.config.current().branch_prefix.clone(),
        base_branch: Some(attempt.base_branch.clone()),
        base_commit: attempt.base_commit.clone(),
        carry: project.settings.carry_files.clone(),
    };
    let failed = |error: worktree::Error| {
        let message = format!("the worktree could not be made: failed to {}", ErrorChain(&error));
        Unprepared::Failed(AttemptError { code: FailureCode::WorktreeFailed, message })
    };
    let repository = state.repositories.open(&project.path).await.map_err(failed)?;
    let created = repository.create_worktree(&request).await.map_err(failed)?;
    check_same_branch(attempt, &created)?;
    Ok(created)
}

/// An attempt that goes on does so where its work is, or not at all: in a new worktree its agent would look for it in
/// vain.
fn check_same_branch(attempt: &Attempt, created: &CreatedWorktree) -> Result<(), Unprepared> {
    let made = &created.worktree.branch;
    match &attempt.branch_name {
        Some(branch) if branch != made => {
            let message = format!(
                "the worktree of branch {branch} is gone, and what was made for the attempt is the new branch {made}: \
                 start a new attempt instead"
            );
            Err(Unprepared::Failed(AttemptError { code: FailureCode::WorktreeFailed, message }))
        }
        Some(_) | None => Ok(()),
    }
}

/// What the attempt's work is compared with. One that starts from a checkpoint begins with work that the base has not;
/// one whose work was taken up before knows better than the repository's record.
async fn base_of(state: &AppState, assignment: &Assignment, created: &CreatedWorktree) -> String {
    let Assignment { attempt, project, .. } = assignment;
    let start = created.worktree.base_commit.clone();
    match (&attempt.base_commit, &attempt.branch_name) {
        (None, _) => start,
        (Some(base), Some(_)) => base.clone(),
        (Some(_), None) => {
            let base = async {
                let repository = state.repositories.open(&project.path).await?;
                repository.merge_base(&attempt.base_branch, &start).await
            };
            let base = base.await.map_err(|error| ErrorChain(&error).to_string());
            base.or_log("finding the merge base of a checkpoint").flatten().unwrap_or(start)
        }
    }
}

async fn store_worktree(
    state: &AppState,
    assignment: &Assignment,
    created: CreatedWorktree,
    base_commit: String,
) -> Result<(), db::Error> {
    let (attempt_id, at) = (assignment.attempt.id, now());
    let worktree = NewWorktree {
        path: created.worktree.path.to_string_lossy().into_owned(),
        branch_name: created.worktree.branch.clone(),
        base_commit,
    };
    let is_known = assignment.attempt.worktree_path.as_deref() == Some(worktree.path.as_str());
    let events = if is_known { Vec::new() } else { worktree_events(&created) };
    let events: Vec<_> = events.into_iter().map(|body| (at, body)).collect();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::set_worktree(tx, attempt_id, &worktree).await?;
            db::append_events(tx, attempt_id, &events).await.map(drop)
        })
    });
    state.store.write(Durability::Full, work).await
}

fn worktree_events(created: &CreatedWorktree) -> Vec<EventBody> {
    let worktree = &created.worktree;
    let commit = worktree.base_commit.get(..10).unwrap_or(&worktree.base_commit);
    let made = format!("worktree made on branch {} from {commit}", worktree.branch);
    let mut events = vec![EventBody::board_log(LogLevel::Info, made)];
    for file in &created.carried {
        events.push(match &file.carry {
            Carry::Copied { .. } => {
                EventBody::board_log(LogLevel::Info, format!("carried over {}", file.path))
            }
            Carry::Skipped { reason } => {
                EventBody::board_log(LogLevel::Warn, format!("{} was not carried over: {reason}", file.path))
            }
        });
    }
    events.extend(created.notes.iter().map(|note| EventBody::board_log(LogLevel::Warn, note.clone())));
    events
}

/// The attempt's unfinished run where a crash cut an earlier start short: its shim may be about to start, and only the
/// same run can find out. Else a new one, unless a person stopped the attempt: whoever does so after this finds the run
/// and stops that. A conversation that exists goes on; what is queued for the agent is what the run begins with.
async fn find_or_store_run(state: &AppState, attempt_id: AttemptId) -> Result<Option<Opening>, db::Error> {
    let (run_id, at) = (new_id::<RunId>(), now());
    let fresh = SessionId::from(Uuid::new_v4());
    let work = transaction::<Option<Opening>, db::Error, _>(move |tx| {
        Box::pin(async move {
            let runs = db::list_runs(tx.connection(), attempt_id).await?;
            let own = runs.iter().rev().find(|run| run.has_session).map(|run| run.session_id);
            let known = match own {
                Some(own) => Some(own),
                None => db::find_inherited_session(tx.connection(), attempt_id).await?,
            };
            if let Some(unfinished) = runs.into_iter().find(|run| run.outcome.is_none()) {
                return opening(tx, unfinished, known).await.map(Some);
            }
            let is_wanted = db::find_attempt(tx.connection(), attempt_id).await?.state.is_live();
            if !is_wanted || db::is_cancel_requested(tx.connection(), attempt_id).await? {
                return Ok(None);
            }
            let session_id = known.unwrap_or(fresh);
            let run = NewRun { id: run_id, attempt_id, session_id, directory: run_id.to_string() };
            db::insert_run(tx, &run, at).await?;
            db::set_session(tx, attempt_id, session_id).await?;
            db::assign_prompt(tx, attempt_id, run_id, at).await?;
            let run = db::find_run(tx.connection(), run_id).await?;
            opening(tx, run, known).await.map(Some)
        })
    });
    state.store.write(Durability::Full, work).await
}

/// A run with what it begins with.
struct Opening {
    run: Run,
    conversation: Conversation,
    /// What people said for it to begin with, in order.
    messages: Vec<Message>,
}

async fn opening(tx: &mut WriteTx, run: Run, known: Option<SessionId>) -> Result<Opening, db::Error> {
    let messages = db::list_prompt(tx.connection(), run.id).await?;
    let conversation = if known == Some(run.session_id) {
        Conversation::Resumed(run.session_id)
    } else {
        Conversation::New(run.session_id)
    };
    Ok(Opening { run, conversation, messages })
}

/// What the run's agent is told first: its task, unless it knows it, and what people said.
async fn first_words(
    state: &AppState,
    assignment: &Assignment,
    opening: &Opening,
) -> (UserMessage, Vec<EventBody>) {
    let attachments: Vec<Attachment> =
        opening.messages.iter().flat_map(|message| message.attachments.clone()).collect();
    let enclosures = enclose(state, assignment.attempt.worktree_id, &attachments).await;
    let mut words = UserMessage::default();
    let mut events = Vec::new();
    if matches!(opening.conversation, Conversation::New(_)) {
        words.text = assignment_prompt(state, assignment);
        let (text, is_truncated) = bounded_text(&words.text);
        let role = MessageRole::User;
        let attachments = None;
        events.push(EventBody::Message { role, text, parent_tool_use_id: None, is_truncated, attachments });
    }
    for message in &opening.messages {
        let spoken = user_message(message, &enclosures);
        let parts = [words.text.trim_end(), spoken.text.trim()];
        words.text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
        words.images.extend(spoken.images);
        events.push(said(message));
    }
    if words.text.is_empty() && words.images.is_empty() {
        words.text = "Go on.".to_owned();
    }
    (words, events)
}

fn assignment_prompt(state: &AppState, assignment: &Assignment) -> String {
    let config = state.config.current();
    let parts = PromptParts {
        notes: &assignment.project.settings.notes,
        append: &config.append_prompt,
        profile_append: assignment.agent.append_prompt.as_deref().unwrap_or_default(),
    };
    prompt(&assignment.task, parts)
}

/// What differs from run to run.
struct Launch {
    cwd: PathBuf,
    /// Where attached files are put for the agent.
    files: PathBuf,
    prompt: UserMessage,
    brought: Option<Brought>,
}

/// What to start: the profile's program and arguments, the prompt, the environment.
fn launch(state: &AppState, assignment: &Assignment, opening: &Opening, launch: Launch) -> RunSpec {
    let Assignment { attempt, task, agent, .. } = assignment;
    let Launch { cwd, files, prompt, brought } = launch;
    let (program, leading_args) = agent_program(state, agent);
    let env = attempt_environment(task, attempt, agent.env.clone());
    adapter_for(agent.adapter).launch(LaunchRequest {
        run_id: opening.run.id,
        program,
        leading_args,
        cwd,
        add_dirs: vec![files],
        conversation: opening.conversation,
        prompt,
        prompt_id: opening.run.id.as_uuid(),
        mode: attempt.mode,
        model: agent.model.clone(),
        append_prompt: None,
        limits: agent.limits,
        env,
        env_remove: ENV_REMOVED.map(str::to_owned).to_vec(),
        extra_args: agent.extra_args.clone(),
        brought,
    })
}

/// `env` with what tells an attempt's processes whose they are, so that they keep out of each other's way.
pub(crate) fn attempt_environment(
    task: &Task,
    attempt: &Attempt,
    mut env: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    env.insert("EVAL_KANBAN_TASK".to_owned(), task.number.to_string());
    env.insert("EVAL_KANBAN_ATTEMPT".to_owned(), attempt.id.to_string());
    env.insert("COMPOSE_PROJECT_NAME".to_owned(), format!("ek-{}-{}", task.number, attempt.number));
    env
}

fn agent_program(state: &AppState, agent: &Agent) -> (PathBuf, Vec<String>) {
    match (&agent.command, agent.adapter) {
        (Some(command), _) => (command.into(), Vec::new()),
        (None, AgentAdapter::Claude) => ("claude".into(), Vec::new()),
        (None, AgentAdapter::Scripted) => (state.program().to_owned(), vec!["scripted-agent".to_owned()]),
    }
}

/// Starts the run's shim, or finds that an earlier start did, and takes the run up.
async fn start(
    state: &AppState,
    assignment: &Assignment,
    opening: Opening,
    cwd: PathBuf,
) -> Result<(), Unprepared> {
    let (prompt, said) = first_words(state, assignment, &opening).await;
    let commit = assignment.attempt.base_commit.as_deref().unwrap_or(&assignment.attempt.base_branch);
    let HandOver { brought, note } = trusted_brought(state, &assignment.project, commit).await;
    let said = note.into_iter().chain(said).collect();
    let files = make_folder(state, assignment.attempt.worktree_id).await;
    let spec = launch(state, assignment, &opening, Launch { cwd, files, prompt, brought });
    let run = &opening.run;
    match start_run(&state.shim(), &state.run_dir(&run.directory), &spec).await {
        Ok(Started::New { .. } | Started::Exists | Started::Done | Started::Lost) => {
            begin(state, run, said).await
        }
        Ok(Started::Failed { message }) => Err(unstarted(state, run, &message).await),
        Err(_) if was_started(state, run) => begin(state, run, said).await,
        Err(error) => Err(unstarted(state, run, &format!("failed to {}", ErrorChain(&error))).await),
    }
}

/// Whether a start that told nothing started the agent all the same. What cannot be read counts as started: its
/// supervision finds out, and nobody is told that nothing runs.
fn was_started(state: &AppState, run: &Run) -> bool {
    let standing =
        inspect_run(&state.run_dir(&run.directory)).or_log("looking at a run that may have started");
    standing != Some(RunStanding::NeverStarted)
}

async fn begin(state: &AppState, run: &Run, said: Vec<EventBody>) -> Result<(), Unprepared> {
    mark_running(state, run, said).await?;
    supervise::take_up(state, run.id);
    Ok(())
}

/// Stores that the run's shim was seen; the first time also what the agent was told.
async fn mark_running(state: &AppState, run: &Run, said: Vec<EventBody>) -> Result<(), db::Error> {
    let (run_id, attempt_id, at) = (run.id, run.attempt_id, now());
    let said: Vec<_> = said.into_iter().map(|body| (at, body)).collect();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::set_run_live(tx, run_id).await?;
            db::transition_attempt(tx, attempt_id, AttemptTrigger::Spawned, None, at).await?;
            db::append_events(tx, attempt_id, &said).await.map(drop)
        })
    });
    state.store.write(Durability::Full, work).await
}

/// Stores that the run never began.
async fn unstarted(state: &AppState, run: &Run, reason: &str) -> Unprepared {
    let message = format!("the agent could not be started: {reason}");
    let (run_id, at, detail) = (run.id, now(), message.clone());
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::end_run(tx, run_id, RunOutcome::FailedToStart, Some(&detail), at).await?;
            db::release_messages(tx, run_id, false).await
        })
    });
    match state.store.write(Durability::Full, work).await {
        Ok(()) => Unprepared::Failed(AttemptError { code: FailureCode::StartFailed, message }),
        Err(error) => Unprepared::Unknown(error),
    }
}
