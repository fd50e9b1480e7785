//! The setup command: once per worktree, before its first agent starts.

use db::{Durability, StoredGateRun};
use domain::{EventBody, GateKind, GateState};

use crate::{
    clock::now,
    gates::{follow::run_gate, plan, setup_gate},
    state::{AppState, transaction},
    workflow::prepare_attempt::Assignment,
};

/// What became of the setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Setup {
    /// The agent may start.
    Ready,
    /// It failed; the message is for people.
    Failed(String),
    /// The server ends before it does; the next one takes it up.
    ServerEnds,
}

/// Runs the project's setup command in the attempt's worktree, unless it passed there or an agent worked in it before.
///
/// # Errors
/// When the database does not answer; what was begun is found again.
pub(crate) async fn run_setup(state: &AppState, assignment: &Assignment) -> Result<Setup, db::Error> {
    let Some(run) = find_or_store(state, assignment).await? else { return Ok(Setup::Ready) };
    let Some(ended) = run_gate(state, run.id).await else { return Ok(Setup::ServerEnds) };
    Ok(match ended.shown.state {
        GateState::Passed => Setup::Ready,
        // Whoever cancels the attempt is heard by who starts its agent.
        GateState::Cancelled if !ended.is_cancel_requested => Setup::Ready,
        _ => Setup::Failed(in_words(&ended)),
    })
}

/// The run of this preparation, begun or ended; none where nothing is to be run.
async fn find_or_store(
    state: &AppState,
    assignment: &Assignment,
) -> Result<Option<StoredGateRun>, db::Error> {
    let (attempt, settings) = (assignment.attempt.clone(), &assignment.project.settings);
    let Some(cwd) = attempt.worktree_path.clone() else { return Ok(None) };
    let command = settings.setup_command.as_deref().map(str::trim).filter(|command| !command.is_empty());
    let new = command.and_then(|command| plan(&attempt, GateKind::Setup, &[setup_gate(command)], &cwd).pop());
    let at = now();
    let work = transaction::<Option<StoredGateRun>, db::Error, _>(move |tx| {
        Box::pin(async move {
            let last = db::list_setups(tx.connection(), attempt.worktree_id).await?.into_iter().next();
            if last.as_ref().is_some_and(|last| last.shown.state == GateState::Passed)
                || db::was_worked_in(tx.connection(), attempt.worktree_id).await?
            {
                return Ok(None);
            }
            // Ended or not: a server was killed before it could say so of the attempt.
            if let Some(known) = last.filter(|last| last.created_at >= attempt.queued_at) {
                return Ok(Some(known));
            }
            let Some(new) = new else { return Ok(None) };
            db::insert_gate_run(tx, &new, at).await?;
            let event = EventBody::Command { cmd: new.command.clone(), cwd: new.cwd.clone() };
            db::append_events(tx, attempt.id, &[(at, event)]).await?;
            db::find_gate_run(tx.connection(), new.id).await.map(Some)
        })
    });
    state.store.write(Durability::Full, work).await
}

fn in_words(ended: &StoredGateRun) -> String {
    let shown = &ended.shown;
    let how = match (shown.exit_code, &shown.message) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(message)) => message.clone(),
        (None, None) => shown.state.as_str().to_owned(),
    };
    let output = shown.output_tail.trim();
    let output =
        if output.is_empty() { "it wrote nothing".to_owned() } else { format!("its last words:\n{output}") };
    format!("the setup command `{}` did not pass ({how}); {output}", shown.command)
}
