//! Running the project's gates on what a merge would make, before the base branch moves.
//!
//! Nothing here holds a lock of the repository: gates take minutes. Whoever merges sees afterwards whether the target
//! has moved, and asks again.

use std::path::Path;

use db::{Durability, NewGateRun, StoredGateRun};
use domain::{AttemptId, ErrorCode, Gate, GateKind, GateRunId, GateState, Project};
use utils::{ErrorChain, OrLog};
use worktree::{PreparedMerge, Repository};

use crate::{
    clock::now,
    error::ApiError,
    gates::{
        follow::{end_unstarted, run_gate},
        plan, setup_gate,
    },
    state::{AppState, transaction},
    workflow::{
        prepare_attempt::{Assignment, load_assignment},
        run_gates::end_gates,
    },
};

/// Runs the setup command and the gates on what a merge would make, in a checkout of its own
/// ([`Repository::check_out`]); nobody else merges the attempt meanwhile, others may merge into the same branch.
///
/// # Errors
/// 409 `merge_refused` with the gate that does not pass and the end of its output; nothing is merged then.
pub(crate) async fn check_merged_tree(
    state: &AppState,
    repository: &Repository,
    assignment: &Assignment,
    prepared: &PreparedMerge,
) -> Result<(), ApiError> {
    let settings = &assignment.project.settings;
    let gates = wanted(&assignment.project);
    stop_earlier(state, assignment.attempt.id).await?;
    let checkout = repository.check_out(&prepared.commit, &state.workspaces(), &settings.carry_files).await?;
    let checked = match queue(state, assignment, &gates, (&checkout.path, prepared)).await {
        Ok(ids) => run_in_order(state, &ids).await,
        Err(error) => Err(error.into()),
    };
    if checked.as_ref().is_err_and(|error| error.code() == ErrorCode::Unavailable) {
        // The gate goes on without us; the next server removes the checkout after it.
        return checked;
    }
    let removed = repository.remove_checkout(&checkout.path).await;
    removed.map_err(|error| ErrorChain(&error).to_string()).or_log("removing the checkout of a merge");
    checked
}

/// What is to be run: the worktree is new, so it is set up first.
fn wanted(project: &Project) -> Vec<Gate> {
    let settings = &project.settings;
    let command = settings.setup_command.as_deref().map(str::trim).filter(|command| !command.is_empty());
    let mut setup = command.map(setup_gate);
    if let Some(setup) = &mut setup
        && settings.gates.iter().any(|gate| gate.name == setup.name)
    {
        setup.name = "setup command".to_owned();
    }
    setup.into_iter().chain(settings.gates.clone()).collect()
}

/// What an earlier try has left, because the server ended under it.
async fn stop_earlier(state: &AppState, attempt_id: AttemptId) -> Result<(), db::Error> {
    let latest = db::list_latest_gate_runs(&mut *state.store.read().await?, attempt_id).await?;
    let is_left = |run: &&StoredGateRun| run.shown.kind == GateKind::Merge && run.shown.state.is_live();
    let left: Vec<_> = latest.iter().filter(is_left).map(|run| run.id).collect();
    end_gates(state, &left).await
}

async fn queue(
    state: &AppState,
    assignment: &Assignment,
    gates: &[Gate],
    (path, prepared): (&Path, &PreparedMerge),
) -> Result<Vec<GateRunId>, db::Error> {
    let planned: Vec<NewGateRun> = plan(&assignment.attempt, GateKind::Merge, gates, &path.to_string_lossy());
    let ids = planned.iter().map(|new| new.id).collect();
    let (commit, tree, at) = (prepared.commit.clone(), prepared.tree.clone(), now());
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            for new in planned {
                db::insert_gate_run(tx, &new, at).await?;
                db::set_gate_tree(tx, new.id, &commit, &tree).await?;
            }
            Ok(())
        })
    });
    state.store.write(Durability::Full, work).await?;
    Ok(ids)
}

/// The first one that does not pass decides: nobody merges what failed once.
async fn run_in_order(state: &AppState, ids: &[GateRunId]) -> Result<(), ApiError> {
    for (index, id) in ids.iter().enumerate() {
        let Some(ended) = run_gate(state, *id).await else {
            return Err(ApiError::new(ErrorCode::Unavailable, "the server ends: nothing was merged"));
        };
        if ended.shown.state == GateState::Passed {
            continue;
        }
        for rest in &ids[index + 1..] {
            let message = format!("was not run, because {} did not pass", ended.shown.name);
            end_unstarted(state, *rest, GateState::Cancelled, Some(message)).await?;
        }
        return Err(refusal(&ended));
    }
    Ok(())
}

fn refusal(ended: &StoredGateRun) -> ApiError {
    let shown = &ended.shown;
    let how = match (shown.exit_code, &shown.message) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(message)) => message.clone(),
        (None, None) => shown.state.as_str().to_owned(),
    };
    let output = shown.output_tail.trim();
    let output = if output.is_empty() { String::new() } else { format!("; its last words:\n{output}") };
    let message = format!(
        "the gate {} did not pass on the merged work ({how}); nothing was merged{output}",
        shown.name
    );
    let details = serde_json::json!({
        "gate": shown.name, "gate_run_id": ended.id, "exit_code": shown.exit_code, "output_tail": shown.output_tail,
    });
    ApiError::new(ErrorCode::MergeRefused, message).with_details(details)
}

/// Follows what a merge that was cut off had begun to its end, for its log, and ends what it had not.
pub(crate) async fn settle_cut_off(state: &AppState, run: StoredGateRun) {
    let ended = if run.shown.state == GateState::Queued {
        let message = "was not run, because the server that wanted it ended".to_owned();
        end_unstarted(state, run.id, GateState::Cancelled, Some(message)).await
    } else {
        run_gate(state, run.id).await;
        Ok(())
    };
    ended.map_err(|error| ErrorChain(&error).to_string()).or_log("ending a gate that nobody waits for");
    if run.shown.kind == GateKind::Merge {
        forget_checkout(state, &run)
            .await
            .map_err(|error| format!("{error:?}"))
            .or_log("removing the checkout of a merge");
    }
}

/// Removes the checkout of a merge once nothing runs in it any more.
async fn forget_checkout(state: &AppState, run: &StoredGateRun) -> Result<(), ApiError> {
    let assignment = load_assignment(state, run.shown.attempt_id).await?;
    let unfinished = db::list_unfinished_gate_runs(&mut *state.store.read().await?).await?;
    if unfinished.iter().any(|other| other.cwd == run.cwd) {
        return Ok(());
    }
    let repository = state.repositories.open(&assignment.project.path).await?;
    Ok(repository.remove_checkout(Path::new(&run.cwd)).await?)
}
