//! One run of a gate from its start to its end: also one that an earlier server started.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use db::{Durability, GateEnd, StoredGateRun, WriteTx};
use domain::{
    Activity, AttemptId, AttemptState, EventBody, GateKind, GateRunId, GateState, RunId, Timestamp,
};
use executor::{
    OutputSeen, OutputWatch, RunCommand, RunEnd, RunHandle, RunStanding, ShellCommand, inspect_run,
    start_run, sweep_run,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};
use utils::{ErrorChain, OrLog};

use super::verdict::{Stop, gate_end};
use crate::{
    clock::now,
    error::ApiError,
    state::{AppState, transaction},
    supervise::{Interruption, STOP_GRACE_MS},
    workflow::prepare_attempt::{ENV_REMOVED, attempt_environment, load_assignment},
};

/// Between two frames about growing output.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// Output that comes within this time is looked at together.
const GATHER: Duration = Duration::from_millis(40);
/// A run is looked at by itself after this time, in case a wake-up was missed.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Most output of one run: more fills a disk, and nobody reads it.
const OUTPUT_BYTES_MAX: u64 = 1 << 30;
/// First wait after a failure of the disk or the database; it doubles up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(10);
const DELETED: &str = "its task or project was deleted";
const MOVED: &str = "the branch moved while it ran: this says nothing about what is there now";

/// Runs a stored run to its end, or takes it up where it stands; none when the server ends before it does. The command
/// goes on then, and the next server takes it up.
pub(crate) async fn run_gate(state: &AppState, id: GateRunId) -> Option<StoredGateRun> {
    let mut wait = RETRY_MIN;
    loop {
        match try_run(state, id).await {
            Ok(run) => return Some(run),
            Err(Interruption::Shutdown) => return None,
            Err(Interruption::Failed(reason)) => {
                tracing::error!(gate_run.id = %id, "gate run {id} cannot be followed, trying again: {reason}");
            }
        }
        state.tasks.token().run_until_cancelled(sleep(wait)).await?;
        wait = (wait * 2).min(RETRY_MAX);
    }
}

/// Stores that a run never began.
///
/// # Errors
/// When the database does not answer, or it is over already.
pub(crate) async fn end_unstarted(
    state: &AppState,
    id: GateRunId,
    gate_state: GateState,
    message: Option<String>,
) -> Result<(), db::Error> {
    let end =
        GateEnd { state: gate_state, exit_code: None, message, output_bytes: 0, output_tail: String::new() };
    store_end(state, id, end, now()).await
}

async fn try_run(state: &AppState, id: GateRunId) -> Result<StoredGateRun, Interruption> {
    // Before it is read whether somebody wants it to end: who wants so later is heard.
    let steering = state.steered.subscribe();
    let run = find(state, id).await?;
    match run.shown.state {
        GateState::Queued if is_cancelled(state, &run).await? => {
            let message = is_gone(state, run.shown.attempt_id).await?.then(|| DELETED.to_owned());
            end_unstarted(state, id, GateState::Cancelled, message).await?;
            return find(state, id).await;
        }
        GateState::Queued => set_running(state, &run).await?,
        GateState::Running => {}
        GateState::NotRun
        | GateState::Passed
        | GateState::Failed
        | GateState::TimedOut
        | GateState::Cancelled
        | GateState::Lost => return Ok(run),
    }
    let run = find(state, id).await?;
    let dir = state.run_dir(&run.directory);
    match start(state, &run).await? {
        Some(reason) => {
            let message = Some(format!("could not be started: {reason}"));
            end_unstarted(state, id, GateState::Failed, message).await?;
        }
        None => {
            let watch = OutputWatch::new(&dir);
            let handle = RunHandle::new(&dir);
            Following { state, run, watch, handle, steering, told: 0, told_at: None, stop: None }
                .follow()
                .await?;
        }
    }
    find(state, id).await
}

async fn find(state: &AppState, id: GateRunId) -> Result<StoredGateRun, Interruption> {
    Ok(db::find_gate_run(&mut *state.store.read().await?, id).await?)
}

/// Whether the attempt's task or project was deleted: nobody waits for its gates.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn is_gone(state: &AppState, attempt_id: AttemptId) -> Result<bool, db::Error> {
    match load_assignment(state, attempt_id).await {
        Ok(_) => Ok(false),
        Err(db::Error::Missing { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Whether a person wants the run to end, or the attempt that waits for it.
async fn is_cancelled(state: &AppState, run: &StoredGateRun) -> Result<bool, Interruption> {
    let mut connection = state.store.read().await?;
    let run = db::find_gate_run(&mut connection, run.id).await?;
    let attempt = db::find_attempt(&mut connection, run.shown.attempt_id).await?;
    let is_waited_for = matches!(attempt.state, AttemptState::Preparing | AttemptState::Gates);
    let is_attempt_cancelled = db::is_cancel_requested(&mut connection, attempt.id).await?;
    drop(connection);
    Ok(run.is_cancel_requested
        || (is_waited_for && is_attempt_cancelled)
        || is_gone(state, run.shown.attempt_id).await?)
}

async fn set_running(state: &AppState, run: &StoredGateRun) -> Result<(), db::Error> {
    let (id, attempt_id, at) = (run.id, run.shown.attempt_id, now());
    let activity =
        Activity { verb: "running".to_owned(), object: Some(run.shown.command.clone()), since: at };
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move {
            db::set_gate_running(tx, id, at).await?;
            if db::find_attempt(tx.connection(), attempt_id).await?.state.is_live() {
                db::set_activity(tx, attempt_id, Some(&activity)).await?;
            }
            Ok(())
        })
    });
    state.store.write(Durability::Full, work).await
}

/// Starts the command's shim, or finds that an earlier start did. Why it could not be started, if so.
async fn start(state: &AppState, run: &StoredGateRun) -> Result<Option<String>, Interruption> {
    let dir = state.run_dir(&run.directory);
    if is_gone(state, run.shown.attempt_id).await? {
        // What an earlier server started is followed, and stopped.
        let is_there = !matches!(inspect_run(&dir)?, RunStanding::NeverStarted);
        return Ok((!is_there).then(|| DELETED.to_owned()));
    }
    let spec = shell_command(state, run).await?.into();
    // Who was started before is watched; who could not be started has an exit record that says so.
    let Err(error) = start_run(&state.shim(), &dir, &spec).await else { return Ok(None) };
    match inspect_run(&dir)? {
        RunStanding::NeverStarted => Ok(Some(format!("failed to {}", ErrorChain(&error)))),
        RunStanding::Live | RunStanding::Ended(_) | RunStanding::Lost => Ok(None),
    }
}

async fn shell_command(state: &AppState, run: &StoredGateRun) -> Result<ShellCommand, Interruption> {
    let assignment = load_assignment(state, run.shown.attempt_id).await?;
    Ok(ShellCommand {
        run_id: RunId::from(run.id.as_uuid()),
        command: run.shown.command.clone(),
        cwd: PathBuf::from(&run.cwd),
        env: attempt_environment(&assignment.task, &assignment.attempt, BTreeMap::new()),
        env_remove: ENV_REMOVED.map(str::to_owned).to_vec(),
    })
}

/// A command that was started.
struct Following<'s> {
    state: &'s AppState,
    run: StoredGateRun,
    watch: OutputWatch,
    handle: RunHandle,
    /// Tells that a person wants something of some run.
    steering: watch::Receiver<()>,
    /// Bytes of output that everybody knows of, and since when.
    told: u64,
    told_at: Option<Instant>,
    /// The order to stop that its shim was given.
    stop: Option<Stop>,
}

impl Following<'_> {
    async fn follow(mut self) -> Result<(), Interruption> {
        loop {
            let (seen, end) = self.watch.look().await?;
            if let Some(end) = end {
                return self.finish(&seen, &end).await;
            }
            self.tell(&seen).await?;
            self.stop_if_due(&seen).await?;
            self.wait(&seen).await?;
        }
    }

    /// How long its time lasts from now on; nothing once it is over.
    fn time_left(&self) -> Duration {
        let began_at = self.run.shown.started_at.unwrap_or(self.run.created_at).as_micros();
        let over_at = began_at + i64::from(self.run.shown.timeout_s) * 1_000_000;
        Duration::from_micros(u64::try_from(over_at - now().as_micros()).unwrap_or(0))
    }

    async fn tell(&mut self, seen: &OutputSeen) -> Result<(), Interruption> {
        let is_soon = self.told_at.is_some_and(|at| at.elapsed() < TELL_EVERY);
        if is_soon || seen.byte_count == self.told {
            return Ok(());
        }
        let (id, byte_count) = (self.run.id, seen.byte_count);
        let work = transaction::<(), db::Error, _>(move |tx| {
            Box::pin(async move { db::set_gate_output(tx, id, byte_count).await })
        });
        self.state.store.write(Durability::Normal, work).await?;
        self.told = byte_count;
        self.told_at = Some(Instant::now());
        Ok(())
    }

    async fn stop_if_due(&mut self, seen: &OutputSeen) -> Result<(), Interruption> {
        if self.stop.is_some() {
            return Ok(());
        }
        let stop = if is_cancelled(self.state, &self.run).await? {
            Stop::Cancel
        } else if self.time_left().is_zero() {
            Stop::Timeout
        } else if seen.byte_count > OUTPUT_BYTES_MAX {
            Stop::Flood
        } else {
            return Ok(());
        };
        // A shim that is gone is seen at the next look.
        self.handle.send(stop.id(), RunCommand::Stop { grace_ms: STOP_GRACE_MS }).await?;
        self.stop = Some(stop);
        Ok(())
    }

    /// Until there may be something to do.
    async fn wait(&mut self, seen: &OutputSeen) -> Result<(), Interruption> {
        let token = self.state.tasks.token().clone();
        let mut wait = LOOK_EVERY;
        if self.stop.is_none() {
            wait = wait.min(self.time_left());
        }
        if seen.byte_count != self.told {
            wait = wait.min(TELL_EVERY);
        }
        tokio::select! {
            biased;
            () = token.cancelled() => return Err(Interruption::Shutdown),
            _ = self.steering.changed() => return Ok(()),
            // At the limit it only looks again.
            grown = timeout_at(Instant::now() + wait, self.watch.changed()) => drop(grown),
        }
        let gathered = token.run_until_cancelled(sleep(GATHER)).await;
        gathered.ok_or(Interruption::Shutdown)
    }

    async fn finish(self, seen: &OutputSeen, end: &RunEnd) -> Result<(), Interruption> {
        let at = match end {
            RunEnd::Exited(record) => Timestamp::from_micros(record.ended_at),
            RunEnd::Lost { .. } => {
                self.sweep().await;
                now()
            }
        };
        let at = at.max(self.run.shown.started_at.unwrap_or(at));
        let mut end = gate_end(seen, end, self.run.shown.timeout_s);
        let has_moved = self.run.shown.kind == GateKind::Gate && self.has_moved().await;
        if has_moved {
            end.message.get_or_insert_with(|| MOVED.to_owned());
            self.unbind().await?;
        }
        Ok(store_end(self.state, self.run.id, end, at).await?)
    }

    /// Whether the branch is not where it was when the gates were bound to it, or cannot be asked. What a gate leaves
    /// behind in the worktree does not count.
    async fn has_moved(&self) -> bool {
        let tip = async {
            let assignment = load_assignment(self.state, self.run.shown.attempt_id).await?;
            let repository = self.state.repositories.open(&assignment.project.path).await?;
            let branch = assignment.attempt.branch_name.into_iter().collect();
            Ok::<_, ApiError>(repository.read_tips(branch).await?.into_iter().next().flatten())
        };
        let tip = tip.await.map_err(|error| format!("{error:?}")).or_log("looking what a gate ran on");
        tip.flatten() != self.run.shown.commit
    }

    /// Its result is stale from now on, whatever comes.
    async fn unbind(&self) -> Result<(), db::Error> {
        let id = self.run.id;
        let work = transaction::<(), db::Error, _>(move |tx| {
            Box::pin(async move { db::unbind_gate_tree(tx, id).await })
        });
        self.state.store.write(Durability::Full, work).await
    }

    /// Ends what a dead shim left behind before anybody is told that the run is over.
    async fn sweep(&self) {
        let run_id = RunId::from(self.run.id.as_uuid());
        let swept = self.state.tasks.spawn_blocking(move || sweep_run(run_id)).await;
        if let Some(report) =
            swept.or_log("sweeping a lost gate").filter(|report| !report.survivors.is_empty())
        {
            tracing::error!(gate_run.id = %run_id, "processes of lost gate run {run_id} could not be ended: {:?}", report.survivors);
        }
    }
}

async fn store_end(state: &AppState, id: GateRunId, end: GateEnd, at: Timestamp) -> Result<(), db::Error> {
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { end_with_event(tx, id, &end, at).await })
    });
    state.store.write(Durability::Full, work).await?;
    state.gate_ended.notify_waiters();
    Ok(())
}

async fn end_with_event(
    tx: &mut WriteTx,
    id: GateRunId,
    end: &GateEnd,
    at: Timestamp,
) -> Result<(), db::Error> {
    let run = db::find_gate_run(tx.connection(), id).await?;
    if !run.shown.state.is_live() {
        return Ok(());
    }
    db::end_gate_run(tx, id, end, at).await?;
    let duration = run.shown.started_at.map(|began_at| (at.as_micros() - began_at.as_micros()) / 1_000);
    let event = EventBody::GateResult {
        gate: run.shown.name,
        purpose: run.shown.kind,
        state: end.state,
        exit_code: end.exit_code,
        duration_ms: duration.map(|millis| i32::try_from(millis).unwrap_or(i32::MAX)),
        output_ref: id,
        message: end.message.clone(),
    };
    db::append_events(tx, run.shown.attempt_id, &[(at, event)]).await.map(drop)
}
