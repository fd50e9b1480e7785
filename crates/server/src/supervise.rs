//! Taking up a run: its journal is read from where the database stands, and what was read is stored together with the
//! new position, so that no line is lost and none counts twice, whenever the server dies.

pub(crate) mod deliver;
pub(crate) mod intake;

use std::time::Duration;

use db::{Durability, Run, RunCommand};
use domain::{Activity, AttemptId, LogStream, RunId, Usage};
use executor::{
    Adapter, JournalTail, RunEnd, RunHandle, TailBatch, TailEntry, TailRecord, adapter_for, sweep_run,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};
use utils::{ErrorChain, OrLog};

use crate::{
    asks::withdraw_asks,
    clock::now,
    digest::{Digest, Happening, Verdict, add_turn, decide},
    state::{AppState, transaction},
    supervise::{
        deliver::{Delivered, deliver_commands, store_command},
        intake::{After, Intake, close_run, store_intake},
    },
    talk::{Enclosures, close_command_id, release_run},
    workflow::{
        finish_attempt::finish_attempt,
        prepare_attempt::load_assignment,
        send_message::read_enclosures,
        take_checkpoint::{Occasion, take_beside},
    },
};

/// Output that becomes one transaction.
const BATCH_BYTES_MAX: usize = 512 * 1024;
/// Lines that come within this time share a transaction.
const GATHER: Duration = Duration::from_millis(8);
/// A batch with so many entries is one of many: the next one is read at once.
const BURST_ENTRIES: usize = 200;
/// How long an agent may take to begin a turn with a message that it has.
const BEGINNING_MAX: Duration = Duration::from_secs(30);
/// How long an agent may take to exit once nothing more is asked of it.
const CLOSING_MAX: Duration = Duration::from_secs(20);
/// Between asking a process tree to end and killing it.
pub(crate) const STOP_GRACE_MS: u32 = 2_000;
/// First wait after a failure of the disk or the database; it doubles up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(10);
/// A run is looked at by itself after this time, in case a wake-up was missed.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How much of standard error's end stands in the message of a failure.
const LAST_WORDS_CHARS_MAX: usize = 400;
/// Events looked through for the end of standard error.
const LAST_WORDS_EVENTS: i32 = 40;

/// Why a run is let go of for now.
pub(crate) enum Interruption {
    /// The server ends; the agent goes on.
    Shutdown,
    /// Something below failed; the run is taken up again after a wait.
    Failed(String),
}

impl From<db::Error> for Interruption {
    fn from(error: db::Error) -> Self {
        Self::Failed(ErrorChain(&error).to_string())
    }
}

impl From<executor::Error> for Interruption {
    fn from(error: executor::Error) -> Self {
        Self::Failed(ErrorChain(&error).to_string())
    }
}

/// Supervises a run until it has ended and its attempt is settled.
pub(crate) fn take_up(state: &AppState, run_id: RunId) {
    let owner = state.clone();
    let state = state.clone();
    drop(owner.tasks.spawn("run", async move { supervise(state, run_id).await }));
}

async fn supervise(state: AppState, run_id: RunId) {
    let mut wait = RETRY_MIN;
    loop {
        let began_at = Instant::now();
        match follow(&state, run_id).await {
            Ok(()) | Err(Interruption::Shutdown) => return,
            Err(Interruption::Failed(reason)) => {
                tracing::error!(run.id = %run_id, "run {run_id} cannot be followed, trying again: {reason}");
            }
        }
        wait = if began_at.elapsed() > RETRY_MAX { RETRY_MIN } else { (wait * 2).min(RETRY_MAX) };
        if state.tasks.token().run_until_cancelled(sleep(wait)).await.is_none() {
            return;
        }
    }
}

async fn follow(state: &AppState, run_id: RunId) -> Result<(), Interruption> {
    let mut connection = state.store.read().await?;
    let run = db::find_run(&mut connection, run_id).await?;
    let verdict = db::find_run_verdict(&mut connection, run_id).await?;
    drop(connection);
    let assignment = load_assignment(state, run.attempt_id).await?;
    let dir = state.run_dir(&run.directory);
    let supervision = Supervision {
        adapter: adapter_for(assignment.agent.adapter),
        handle: RunHandle::new(&dir),
        tail: JournalTail::open(&dir, run.journal_position),
        verdict: verdict.as_deref().and_then(read_verdict),
        activity: assignment.attempt.activity,
        usage: assignment.attempt.usage,
        steering: state.steered.subscribe(),
        due: None,
        has_undelivered: false,
        is_behind: false,
        state: state.clone(),
        run,
    };
    supervision.run().await
}

struct Supervision {
    state: AppState,
    run: Run,
    adapter: &'static dyn Adapter,
    handle: RunHandle,
    tail: JournalTail,
    verdict: Option<Verdict>,
    activity: Option<Activity>,
    usage: Usage,
    /// Tells that a person steered some run.
    steering: watch::Receiver<()>,
    /// By when an agent must do what is expected of it.
    due: Option<Due>,
    /// Whether the agent could not take all that waits for it.
    has_undelivered: bool,
    /// Whether the last batch was one of many, so that more waits already.
    is_behind: bool,
}

/// What is expected of an agent, and by when.
#[derive(Debug, Clone, Copy)]
enum Due {
    /// To exit: nothing more is asked of it.
    Exit(Instant),
    /// To begin a turn with a message that it was given.
    Turn(Instant),
}

impl Due {
    const fn at(self) -> Instant {
        match self {
            Self::Exit(at) | Self::Turn(at) => at,
        }
    }
}

/// What happens next to a run.
enum Step {
    Batch(TailBatch),
    Overdue(Due),
    Steered,
}

impl Supervision {
    async fn run(mut self) -> Result<(), Interruption> {
        self.look_again().await?;
        loop {
            let end = match self.next_step().await? {
                Step::Overdue(Due::Exit(_)) => self.stop_lingering().await?,
                Step::Overdue(Due::Turn(_)) => self.take_back_unread().await?,
                Step::Steered => self.look_again().await?,
                Step::Batch(batch) => self.ingest(batch).await?,
            };
            if let Some(end) = end {
                return self.finish(end).await;
            }
            self.gather().await?;
        }
    }

    async fn next_step(&mut self) -> Result<Step, Interruption> {
        let (token, due) = (self.state.tasks.token().clone(), self.due);
        let look_at = Instant::now() + if self.has_undelivered { RETRY_MIN } else { LOOK_EVERY };
        let overdue_at = due.map_or(look_at, |due| due.at().min(look_at));
        let batch = tokio::select! {
            biased;
            () = token.cancelled() => return Err(Interruption::Shutdown),
            _ = self.steering.changed() => return Ok(Step::Steered),
            batch = timeout_at(overdue_at, self.tail.next_batch(BATCH_BYTES_MAX)) => batch,
        };
        match (batch, due) {
            (Ok(batch), _) => Ok(Step::Batch(batch?)),
            (Err(_elapsed), Some(due)) if due.at() <= Instant::now() => Ok(Step::Overdue(due)),
            (Err(_elapsed), Some(_) | None) => Ok(Step::Steered),
        }
    }

    /// Sees whether somebody steered this run: what waits for it is sent, and a run that was told to end must end.
    async fn look_again(&mut self) -> Result<Option<RunEnd>, Interruption> {
        self.deliver_commands().await?;
        let mut connection = self.state.store.read().await?;
        let is_closing = db::has_command(&mut connection, &close_command_id(&self.run)).await?;
        let is_stopped = db::find_attempt(&mut connection, self.run.attempt_id).await?.is_stopped;
        drop(connection);
        match self.due {
            Some(Due::Exit(_)) => {}
            _ if is_closing => self.due = Some(Due::Exit(Instant::now() + CLOSING_MAX)),
            None if self.verdict.is_some() && !is_stopped => {
                self.due = Some(Due::Turn(Instant::now() + BEGINNING_MAX));
            }
            Some(Due::Turn(_)) | None => {}
        }
        Ok(None)
    }

    /// Lets a few lines come together; a burst fills its batches by itself.
    async fn gather(&self) -> Result<(), Interruption> {
        if self.is_behind {
            return Ok(());
        }
        let gathered = self.state.tasks.token().run_until_cancelled(sleep(GATHER)).await;
        gathered.ok_or(Interruption::Shutdown)
    }

    /// Stores what a batch became, then acts on it. Returns how the run ended, once it has.
    async fn ingest(&mut self, batch: TailBatch) -> Result<Option<RunEnd>, Interruption> {
        self.is_behind = batch.records.len() >= BURST_ENTRIES;
        if batch.records.is_empty() {
            return Ok(batch.end);
        }
        let digest = Digest::of(self.adapter, &batch.records);
        let raw_bytes = batch.records.last().map_or(self.run.raw_bytes, raw_end);
        let partials = digest.partials.clone();
        let has_turn_ended = digest.happenings.iter().any(|(_, one)| *one == Happening::TurnEnded);
        let intake = self.intake(digest, batch.position, raw_bytes).await?;
        let has_control = intake.is_more_than_events();
        let (after, last_seq) = self.store(intake).await?;
        self.run.journal_position = batch.position;
        if has_turn_ended && after != After::Closing {
            let occasion = Occasion::TurnEnded { run_id: self.run.id, position: batch.position };
            take_beside(&self.state, self.run.attempt_id, occasion);
        }
        self.run.raw_bytes = raw_bytes;
        self.expect(after);
        if !partials.is_empty() {
            self.state.board.announce_partial(self.run.attempt_id, last_seq, &partials);
        }
        if has_control {
            self.deliver_commands().await?;
        }
        Ok(batch.end)
    }

    /// Turns a digest into what is to be stored, and remembers it.
    async fn intake(&mut self, digest: Digest, to: u64, raw_bytes: u64) -> Result<Intake, Interruption> {
        let had_verdict = self.verdict.is_some();
        if let Some(verdict) = &digest.verdict {
            self.verdict.clone_from(verdict);
        }
        let usage = digest.usage.map(|usage| add_turn(Some(self.usage), usage));
        self.usage = usage.unwrap_or(self.usage);
        let has = |wanted: fn(&Happening) -> bool| digest.happenings.iter().any(|(_, one)| wanted(one));
        let has_asked = has(|one| matches!(one, Happening::Asked(_)));
        let may_give_again = digest.is_turn_over || has(|one| matches!(one, Happening::MessageRecalled(..)));
        let enclosures = if may_give_again {
            read_enclosures(&self.state, self.run.attempt_id).await?
        } else {
            Enclosures::default()
        };
        // What an agent asks stands on its card until it is answered.
        let activity =
            if has_asked { self.forget_activity() } else { self.changed_activity(digest.activity) };
        Ok(Intake {
            is_between_turns: had_verdict,
            run: self.run.clone(),
            adapter: self.adapter,
            to,
            raw_bytes,
            happenings: digest.happenings,
            activity,
            usage,
            verdict: digest.verdict,
            is_turn_over: digest.is_turn_over,
            unknown_count: digest.unknown_count,
            replies: digest.replies,
            enclosures,
            at: now(),
        })
    }

    fn forget_activity(&mut self) -> Option<Activity> {
        self.activity = None;
        None
    }

    fn expect(&mut self, after: After) {
        match after {
            After::Closing => self.due = Some(Due::Exit(Instant::now() + CLOSING_MAX)),
            After::MustBegin => self.due = Some(Due::Turn(Instant::now() + BEGINNING_MAX)),
            After::Stopped => self.due = None,
            After::Begins => {
                self.verdict = None;
                self.due = None;
            }
            After::GoesOn if self.verdict.is_none() => self.due = None,
            After::GoesOn => {}
        }
    }

    /// The activity if it is another one than before; the same one goes on since when it began.
    fn changed_activity(&mut self, activity: Option<Activity>) -> Option<Activity> {
        let activity = activity?;
        let is_same = self
            .activity
            .as_ref()
            .is_some_and(|before| before.verb == activity.verb && before.object == activity.object);
        if is_same {
            return None;
        }
        self.activity = Some(activity.clone());
        Some(activity)
    }

    fn command(&self, id: String, kind: &str, body: Vec<u8>) -> RunCommand {
        RunCommand { id, run_id: self.run.id, kind: kind.to_owned(), body }
    }

    async fn store(&self, intake: Intake) -> Result<(After, i32), db::Error> {
        let durability = if intake.is_more_than_events() { Durability::Full } else { Durability::Normal };
        let work = transaction::<(After, i32), db::Error, _>(move |tx| {
            Box::pin(async move { store_intake(tx, intake).await })
        });
        self.state.store.write(durability, work).await
    }

    async fn deliver_commands(&mut self) -> Result<(), Interruption> {
        let delivered = deliver_commands(&self.state, &self.run, &self.handle).await?;
        self.has_undelivered = delivered == Delivered::NotAll;
        Ok(())
    }

    /// Ends an agent that did not exit although nothing more was asked of it.
    async fn stop_lingering(&mut self) -> Result<Option<RunEnd>, Interruption> {
        self.due = None;
        let command =
            self.command(format!("linger-{}", self.run.id), "stop", STOP_GRACE_MS.to_le_bytes().to_vec());
        store_command(&self.state, command).await?;
        self.deliver_commands().await?;
        Ok(None)
    }

    /// Lets an agent go that did not take up what it was told after its turn: another run of the attempt says it.
    async fn take_back_unread(&mut self) -> Result<Option<RunEnd>, Interruption> {
        let (run, adapter, at) = (self.run.clone(), self.adapter, now());
        let work = transaction::<(), db::Error, _>(move |tx| {
            Box::pin(async move {
                release_run(tx, &run, true, at).await?;
                close_run(tx, &run, adapter, at).await
            })
        });
        self.state.store.write(Durability::Full, work).await?;
        self.due = Some(Due::Exit(Instant::now() + CLOSING_MAX));
        self.deliver_commands().await?;
        Ok(None)
    }

    async fn finish(self, end: RunEnd) -> Result<(), Interruption> {
        // Whoever answers from here on is told that nobody waits.
        let (attempt_id, at) = (self.run.attempt_id, now());
        let work = transaction::<(), db::Error, _>(move |tx| {
            Box::pin(async move { withdraw_asks(tx, attempt_id, at).await })
        });
        self.state.store.write(Durability::Full, work).await?;
        if matches!(end, RunEnd::Lost { .. }) {
            self.sweep().await;
        }
        let mut connection = self.state.store.read().await?;
        let is_cancelled = db::is_cancel_requested(&mut connection, self.run.attempt_id).await?;
        let last_words = last_words(&mut connection, self.run.attempt_id).await?;
        let verdict = db::find_run_verdict(&mut connection, self.run.id).await?;
        let run = db::find_run(&mut connection, self.run.id).await?;
        drop(connection);
        let verdict = verdict.as_deref().and_then(read_verdict);
        let ending = decide(verdict.as_ref(), &end, is_cancelled, &last_words);
        finish_attempt(&self.state, &run, &end, ending, verdict).await?;
        Ok(())
    }

    /// Ends what a dead shim left behind before anybody is told that the run is over.
    async fn sweep(&self) {
        let run_id = self.run.id;
        let swept = self.state.tasks.spawn_blocking(move || sweep_run(run_id)).await;
        if let Some(report) =
            swept.or_log("sweeping a lost run").filter(|report| !report.survivors.is_empty())
        {
            tracing::error!(run.id = %run_id, "processes of lost run {run_id} could not be ended: {:?}", report.survivors);
        }
    }
}

fn read_verdict(text: &str) -> Option<Verdict> {
    serde_json::from_str(text).or_log("reading a verdict")
}

/// Bytes of the agent's output up to the end of a record.
fn raw_end(record: &TailRecord) -> u64 {
    match &record.entry {
        TailEntry::Line { bytes, is_unterminated, .. } => {
            record.raw_offset + bytes.len() as u64 + u64::from(!is_unterminated)
        }
        _ => record.raw_offset,
    }
}

/// The end of what the agent wrote to standard error.
async fn last_words(connection: &mut db::Connection, attempt_id: AttemptId) -> Result<String, db::Error> {
    let events = db::list_events_before(connection, attempt_id, i32::MAX, LAST_WORDS_EVENTS).await?;
    let lines = events.iter().filter(|event| event.kind == "LOG").filter_map(|event| {
        match serde_json::from_str::<StderrLine>(&event.payload) {
            Ok(line) if line.stream == LogStream::Stderr => Some(line.message),
            Ok(_) | Err(_) => None,
        }
    });
    let text = lines.collect::<Vec<_>>().join(" ");
    let skipped = text.chars().count().saturating_sub(LAST_WORDS_CHARS_MAX);
    Ok(text.chars().skip(skipped).collect())
}

#[derive(serde::Deserialize)]
struct StderrLine {
    stream: LogStream,
    message: String,
}
