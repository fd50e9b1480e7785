//! What one batch of an agent's output stores: all of it in one transaction with the new position in its journal, so
//! that no line is lost and none counts twice.

use db::{Run, RunCommand, WriteTx};
use domain::{Activity, EventBody, LogLevel, PermissionMode, Progress, Timestamp, UpdateTask, Usage};
use executor::{Adapter, BoardAction, BoardCall};

use crate::{
    asks::{store_ask, withdraw_ask, withdraw_asks, withdraw_call},
    digest::{Happening, Reply, Verdict},
    standing::reconcile,
    talk::{Enclosures, close_command_id, release_queued, settle_recall, take},
};

/// Longest text of an agent's about its progress, in characters.
const CARD_CHARS_MAX: usize = 1_000;

/// What a batch became.
pub(super) struct Intake {
    /// Whether no turn ran before the batch.
    pub(super) is_between_turns: bool,
    pub(super) run: Run,
    pub(super) adapter: &'static dyn Adapter,
    /// Journal read up to here.
    pub(super) to: u64,
    pub(super) raw_bytes: u64,
    pub(super) happenings: Vec<(Timestamp, Happening)>,
    pub(super) activity: Option<Activity>,
    pub(super) usage: Option<Usage>,
    /// How the last turn ended; none again when another one began.
    pub(super) verdict: Option<Option<Verdict>>,
    /// Whether the batch ends between two turns.
    pub(super) is_turn_over: bool,
    pub(super) unknown_count: i32,
    pub(super) replies: Vec<Reply>,
    /// Files that go with messages which may be given to the agent again.
    pub(super) enclosures: Enclosures,
    pub(super) at: Timestamp,
}

/// What follows from it for the supervision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The agent goes on.
    GoesOn,
    /// Nothing more is asked of it: it must exit.
    Closing,
    /// Its turn is over, and it must begin another one with a message that it was given.
    MustBegin,
    /// Its turn was stopped: it waits for a person.
    Stopped,
    /// It has taken up a message after its turn: another turn begins.
    Begins,
}

impl Intake {
    /// Whether more is stored than the journal has.
    pub(super) fn is_more_than_events(&self) -> bool {
        let is_event = |(_, happening): &(Timestamp, Happening)| matches!(happening, Happening::Event(_));
        self.verdict.is_some() || !self.replies.is_empty() || !self.happenings.iter().all(is_event)
    }
}

/// Stores a batch. Returns what follows, and the number of the log's last event.
///
/// # Errors
/// When the database does not answer, or this part of the journal is stored already.
pub(super) async fn store_intake(tx: &mut WriteTx, intake: Intake) -> Result<(After, i32), db::Error> {
    let (run_id, attempt_id) = (intake.run.id, intake.run.attempt_id);
    db::advance_journal(tx, run_id, intake.run.journal_position, intake.to, intake.raw_bytes).await?;
    let Course { has_control, is_beginning } = store_happenings(tx, &intake).await?;
    if let Some(activity) = &intake.activity {
        db::set_activity(tx, attempt_id, Some(activity)).await?;
    }
    if let Some(usage) = &intake.usage {
        db::set_usage(tx, attempt_id, usage).await?;
    }
    if intake.unknown_count > 0 {
        db::add_unknown_entries(tx, attempt_id, intake.unknown_count).await?;
    }
    for reply in &intake.replies {
        insert_write(tx, &intake, reply.command_id.clone(), reply.bytes.clone()).await?;
    }
    let after = if is_beginning { begin_next(tx, &intake).await? } else { store_turn(tx, &intake).await? };
    if has_control || after != After::GoesOn {
        reconcile(tx, attempt_id, intake.at).await?;
    }
    Ok((after, db::append_events(tx, attempt_id, &[]).await?))
}

/// What a batch led to.
struct Course {
    /// Whether there was anything but events.
    has_control: bool,
    /// Whether it ends with a message that was taken up between two turns. Its turn begins, although the agent has not
    /// said so yet.
    is_beginning: bool,
}

/// Stores what happened in order; consecutive events go in together.
async fn store_happenings(tx: &mut WriteTx, intake: &Intake) -> Result<Course, db::Error> {
    let attempt_id = intake.run.attempt_id;
    let mut events: Vec<(Timestamp, EventBody)> = Vec::new();
    let (mut has_control, mut is_between, mut is_beginning) = (false, intake.is_between_turns, false);
    for (at, happening) in &intake.happenings {
        if let Happening::Event(body) = happening {
            events.push((*at, body.clone()));
            continue;
        }
        db::append_events(tx, attempt_id, &events).await?;
        events.clear();
        has_control = true;
        let is_taken = store_happening(tx, intake, happening, *at).await?;
        is_beginning |= is_between && is_taken;
        if let Happening::TurnStarted(_) | Happening::TurnEnded = happening {
            is_beginning = false;
            is_between = *happening == Happening::TurnEnded;
        }
    }
    db::append_events(tx, attempt_id, &events).await?;
    Ok(Course { has_control, is_beginning })
}

/// No turn is over any more: the agent has taken up a message.
async fn begin_next(tx: &mut WriteTx, intake: &Intake) -> Result<After, db::Error> {
    db::set_run_verdict(tx, intake.run.id, None).await?;
    Ok(After::Begins)
}

/// Stores one thing. True if a message was taken up by it.
async fn store_happening(
    tx: &mut WriteTx,
    intake: &Intake,
    happening: &Happening,
    at: Timestamp,
) -> Result<bool, db::Error> {
    let run = &intake.run;
    match happening {
        Happening::MessageTaken(wire_id) => return take(tx, *wire_id, at).await,
        Happening::Event(body) => {
            db::append_events(tx, run.attempt_id, &[(at, body.clone())]).await?;
        }
        Happening::TurnStarted(session_id) => {
            begin_turn(tx, run, session_id.unwrap_or(run.session_id)).await?
        }
        Happening::TurnEnded => {}
        Happening::Asked(ask) => store_ask(tx, run, intake.adapter, ask, at).await?,
        Happening::AskWithdrawn(request_id) => withdraw_ask(tx, run, request_id, at).await?,
        Happening::CallWithdrawn(rpc_id) => withdraw_call(tx, run, rpc_id, at).await?,
        Happening::Called(call) => answer_call(tx, intake, call, at).await?,
        Happening::MessageRecalled(wire_id, is_recalled) => {
            let is_taken = settle_recall(tx, *wire_id, *is_recalled, at).await?;
            give_again(tx, intake).await?;
            return Ok(is_taken);
        }
        Happening::ModeChanged(mode) => note_mode(tx, run, *mode).await?,
        Happening::ModeRefused(message) => {
            let text = format!("the agent keeps its mode: {message}");
            let event = EventBody::board_log(LogLevel::Warn, text);
            db::append_events(tx, run.attempt_id, &[(at, event)]).await?;
        }
    }
    Ok(false)
}

async fn note_mode(tx: &mut WriteTx, run: &Run, mode: PermissionMode) -> Result<(), db::Error> {
    let attempt = db::find_attempt(tx.connection(), run.attempt_id).await?;
    if attempt.mode == mode { Ok(()) } else { db::set_attempt_mode(tx, run.attempt_id, mode).await }
}

async fn begin_turn(tx: &mut WriteTx, run: &Run, session_id: domain::SessionId) -> Result<(), db::Error> {
    db::set_run_session(tx, run.id, session_id).await?;
    let attempt = db::find_attempt(tx.connection(), run.attempt_id).await?;
    if attempt.session_id != Some(session_id) {
        db::set_session(tx, run.attempt_id, session_id).await?;
    }
    // A turn that is still to be stopped is not one that goes on.
    if attempt.is_stopped && !db::is_stop_requested(tx.connection(), run.attempt_id).await? {
        db::set_stopped(tx, run.attempt_id, false).await?;
    }
    Ok(())
}

/// What came back goes to the agent again in its new order, unless the turn was stopped: then a person decides.
async fn give_again(tx: &mut WriteTx, intake: &Intake) -> Result<(), db::Error> {
    let attempt_id = intake.run.attempt_id;
    let attempt = db::find_attempt(tx.connection(), attempt_id).await?;
    if attempt.is_stopped || db::is_stop_requested(tx.connection(), attempt_id).await? {
        return Ok(());
    }
    release_queued(tx, &intake.run, intake.adapter, &intake.enclosures, intake.at).await.map(drop)
}

/// Stores the verdict of a turn, and decides what follows when no turn runs.
async fn store_turn(tx: &mut WriteTx, intake: &Intake) -> Result<After, db::Error> {
    let Some(verdict) = &intake.verdict else { return Ok(After::GoesOn) };
    let text = verdict.as_ref().map(serde_json::to_string).transpose();
    let text = text.map_err(|source| db::Error::Encode { what: "a verdict", source })?;
    db::set_run_verdict(tx, intake.run.id, text.as_deref()).await?;
    match verdict {
        Some(verdict) if intake.is_turn_over => end_turn(tx, intake, verdict).await,
        Some(_) | None => Ok(After::GoesOn),
    }
}

async fn end_turn(tx: &mut WriteTx, intake: &Intake, verdict: &Verdict) -> Result<After, db::Error> {
    let attempt_id = intake.run.attempt_id;
    withdraw_asks(tx, attempt_id, intake.at).await?;
    if verdict.is_conversation_missing {
        db::forget_sessions(tx, attempt_id).await?;
    }
    let is_stop_wanted = db::is_stop_requested(tx.connection(), attempt_id).await?;
    let unread = db::count_unread(tx.connection(), attempt_id).await?;
    if is_stop_wanted && (verdict.is_aborted() || unread > 0) {
        db::set_stopped(tx, attempt_id, true).await?;
        if !verdict.is_aborted() {
            // The stop is still on its way: it meets the turn that a message begins.
            db::request_stop(tx, attempt_id).await?;
        }
        let stopped = Activity { verb: "stopped".to_owned(), object: None, since: intake.at };
        db::set_activity(tx, attempt_id, Some(&stopped)).await?;
        return Ok(After::Stopped);
    }
    if is_stop_wanted {
        db::set_stopped(tx, attempt_id, false).await?;
    }
    if unread > 0 {
        release_queued(tx, &intake.run, intake.adapter, &intake.enclosures, intake.at).await?;
        return Ok(After::MustBegin);
    }
    close_run(tx, &intake.run, intake.adapter, intake.at).await?;
    Ok(After::Closing)
}

/// Tells the run's agent that nothing more is asked of it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn close_run(
    tx: &mut WriteTx,
    run: &Run,
    adapter: &dyn Adapter,
    at: Timestamp,
) -> Result<(), db::Error> {
    let command = RunCommand {
        id: close_command_id(run),
        run_id: run.id,
        kind: "close".to_owned(),
        body: adapter.last_words(),
    };
    db::insert_command(tx, &command, at).await.map(drop)
}

async fn insert_write(tx: &mut WriteTx, intake: &Intake, id: String, body: Vec<u8>) -> Result<(), db::Error> {
    let command = RunCommand { id, run_id: intake.run.id, kind: "write".to_owned(), body };
    db::insert_command(tx, &command, intake.at).await.map(drop)
}

/// Does what the agent wants of the board, and answers.
async fn answer_call(
    tx: &mut WriteTx,
    intake: &Intake,
    call: &BoardCall,
    at: Timestamp,
) -> Result<(), db::Error> {
    let answered = match &call.action {
        BoardAction::ReportProgress(progress) => note_progress(tx, &intake.run, progress, at).await?,
        BoardAction::SetCriterion { criterion, is_done, evidence } => {
            let tick = Tick { criterion, is_done: *is_done, evidence: evidence.as_deref() };
            set_criterion(tx, &intake.run, &tick, at).await?
        }
    };
    let (text, is_error) = match &answered {
        Ok(text) => (text, false),
        Err(text) => (text, true),
    };
    let bytes = intake.adapter.answer_call(&call.request_id, &call.rpc_id, text, is_error);
    insert_write(tx, intake, format!("call-{}", call.request_id), bytes).await
}

/// Words for the agent: what was done, or what it did wrong.
type Answered = Result<String, String>;

async fn note_progress(
    tx: &mut WriteTx,
    run: &Run,
    progress: &Progress,
    at: Timestamp,
) -> Result<Answered, db::Error> {
    let progress = Progress {
        phase: short(&progress.phase),
        message: progress.message.as_deref().map(short),
        ..progress.clone()
    };
    db::set_progress(tx, run.attempt_id, &progress).await?;
    let event = EventBody::Progress {
        phase: progress.phase.clone(),
        step: progress.step,
        total: progress.total,
        message: progress.message.clone().unwrap_or_default(),
    };
    db::append_events(tx, run.attempt_id, &[(at, event)]).await?;
    Ok(Ok("noted on the board".to_owned()))
}

/// An agent's words as a card bears them.
fn short(text: &str) -> String {
    text.trim().chars().take(CARD_CHARS_MAX).collect()
}

/// A line of the checklist as the agent names it, and what it says of it.
struct Tick<'a> {
    criterion: &'a str,
    is_done: bool,
    evidence: Option<&'a str>,
}

async fn set_criterion(
    tx: &mut WriteTx,
    run: &Run,
    tick: &Tick<'_>,
    at: Timestamp,
) -> Result<Answered, db::Error> {
    let attempt = db::find_attempt(tx.connection(), run.attempt_id).await?;
    let mut criteria = db::find_task(tx.connection(), attempt.task_id).await?.criteria;
    let Some(place) = place_of(&criteria, tick.criterion) else {
        return Ok(Err(no_such_criterion(&criteria, tick.criterion)));
    };
    let Some(criterion) = criteria.get_mut(place) else {
        return Ok(Err(no_such_criterion(&[], tick.criterion)));
    };
    criterion.done = tick.is_done;
    criterion.evidence = tick.evidence.map(short);
    let event = EventBody::Criterion {
        criterion_id: criterion.id,
        text: criterion.text.clone(),
        done: criterion.done,
        evidence: criterion.evidence.clone(),
    };
    let patch = UpdateTask {
        criteria: Some(criteria.into_iter().map(Into::into).collect()),
        ..UpdateTask::default()
    };
    db::update_task(tx, attempt.task_id, &patch, at).await?;
    db::append_events(tx, run.attempt_id, &[(at, event)]).await?;
    Ok(Ok("noted on the task".to_owned()))
}

/// A criterion is named by its number in the list, from 1, or by its text.
fn place_of(criteria: &[domain::Criterion], name: &str) -> Option<usize> {
    let name = name.trim();
    let by_number =
        name.trim_start_matches('#').parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let by_text = || criteria.iter().position(|criterion| criterion.text.trim().eq_ignore_ascii_case(name));
    by_number.filter(|place| *place < criteria.len()).or_else(by_text)
}

fn no_such_criterion(criteria: &[domain::Criterion], name: &str) -> String {
    if criteria.is_empty() {
        return "this task has no criteria".to_owned();
    }
    let list: Vec<String> = criteria
        .iter()
        .enumerate()
        .map(|(place, criterion)| format!("{}. {}", place + 1, criterion.text))
        .collect();
    format!("there is no criterion {name:?}; they are:\n{}", list.join("\n"))
}

#[cfg(test)]
mod tests {
    use domain::Criterion;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_criterion_is_named_by_number_or_text() {
        let criterion = |text: &str| Criterion {
            id: Uuid::nil().into(),
            text: text.to_owned(),
            done: false,
            evidence: None,
        };
        let criteria = [criterion("Totals are right"), criterion("2"), criterion("Docs")];
        let cases = [
            ("1", Some(0)),
            ("#3", Some(2)),
            (" docs ", Some(2)),
            ("2", Some(1)),
            ("0", None),
            ("4", None),
            ("none", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(place_of(&criteria, name), expected, "{name}");
        }
    }
}
