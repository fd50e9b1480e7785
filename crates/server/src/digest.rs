//! What a batch of journal records becomes: events to store, facts about the attempt, commands to send. Pure.

use std::fmt::Write;

use domain::{
    Activity, AttemptError, AttemptId, EventBody, FailureCode, LogLevel, PermissionMode, SessionId,
    Timestamp, Usage, bounded_text,
};
use executor::{
    Adapter, AgentLine, Ask, BoardCall, ExitOutcome, Partial, RunEnd, Signal, TailEntry, TailRecord, TurnEnd,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The reason of an end that a person made.
const STOPPED_BY_PERSON: &str = "stopped by a person";

/// How the agent's last turn ended, kept with the run until the run has ended, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Verdict {
    /// Whether the agent finished what it was asked.
    pub(crate) is_ok: bool,
    /// The agent's own word for the reason.
    pub(crate) reason: String,
    /// Why it did not finish, for people.
    pub(crate) error: Option<String>,
    /// Whether the error is a missing or refused login.
    pub(crate) is_login_problem: bool,
    /// Whether a limit was reached.
    pub(crate) is_limit: bool,
    /// What the agent says it did.
    pub(crate) summary: Option<String>,
    /// Whether the conversation that was to go on was never saved: another one must begin.
    #[serde(default)]
    pub(crate) is_conversation_missing: bool,
}

impl Verdict {
    /// How a person ends a stopped attempt.
    pub(crate) fn by_person() -> Self {
        Self {
            is_ok: true,
            reason: STOPPED_BY_PERSON.to_owned(),
            error: None,
            is_login_problem: false,
            is_limit: false,
            summary: None,
            is_conversation_missing: false,
        }
    }

    /// Whether a person ended it.
    pub(crate) fn is_by_person(&self) -> bool {
        self.reason == STOPPED_BY_PERSON
    }

    /// Whether the turn was cut short, so that there is no answer to judge.
    pub(crate) fn is_aborted(&self) -> bool {
        !self.is_ok && self.reason.starts_with("aborted_")
    }
}

/// One thing that a batch says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Happening {
    /// An entry of the log.
    Event(EventBody),
    /// A turn began, in this conversation.
    TurnStarted(Option<SessionId>),
    /// It ended; the digest's verdict tells how.
    TurnEnded,
    /// The agent waits for a person.
    Asked(Box<Ask>),
    /// It does not any more.
    AskWithdrawn(String),
    /// It does not any more: the call of the board's own tool by which it asked has this id.
    CallWithdrawn(serde_json::Value),
    /// It wants something of the board.
    Called(BoardCall),
    /// It has taken up a message.
    MessageTaken(Uuid),
    /// A message came back, or could not.
    MessageRecalled(Uuid, bool),
    /// What it may do unasked.
    ModeChanged(PermissionMode),
    /// Why it may not.
    ModeRefused(String),
}

/// A command that follows from what the agent wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Id of the command: the same each time the line is read.
    pub(crate) command_id: String,
    /// What to write to the agent's standard input.
    pub(crate) bytes: Vec<u8>,
}

/// Everything that a batch means.
#[derive(Debug, Default)]
pub(crate) struct Digest {
    /// What happened, in order, each with the time of its line.
    pub(crate) happenings: Vec<(Timestamp, Happening)>,
    /// What the agent did last, if the batch says.
    pub(crate) activity: Option<Activity>,
    /// Tokens of the turns that ended; cost of the conversation so far.
    pub(crate) usage: Option<Usage>,
    /// How the last turn ended. None again when another turn began after it.
    pub(crate) verdict: Option<Option<Verdict>>,
    /// Whether nothing more is asked of the agent.
    pub(crate) is_turn_over: bool,
    /// Entries of unknown kinds.
    pub(crate) unknown_count: i32,
    /// Answers to the agent.
    pub(crate) replies: Vec<Reply>,
    /// Text written after the last event of the batch.
    pub(crate) partials: Vec<Partial>,
}

impl Digest {
    /// Reads a batch.
    pub(crate) fn of(adapter: &dyn Adapter, records: &[TailRecord]) -> Self {
        let mut digest = Self::default();
        for record in records {
            digest.take(adapter, record);
        }
        digest
    }

    fn take(&mut self, adapter: &dyn Adapter, record: &TailRecord) {
        let at = record.written_at;
        match &record.entry {
            TailEntry::Line { stream, bytes, is_truncated, .. } => {
                let line = AgentLine { stream: *stream, bytes, is_truncated: *is_truncated };
                self.take_line(adapter, line, at);
            }
            TailEntry::Note { message } => self.log(at, LogLevel::Warn, message.clone()),
            TailEntry::Damaged { byte_count } => {
                self.log(
                    at,
                    LogLevel::Error,
                    format!("{byte_count} bytes of the journal are damaged and were passed over"),
                );
            }
            TailEntry::Exit(record) if record.leftover_count > 0 => {
                let count = record.leftover_count;
                self.log(
                    at,
                    LogLevel::Info,
                    format!("{count} processes that the agent left behind were ended"),
                );
            }
            TailEntry::Started
            | TailEntry::CommandAccepted { .. }
            | TailEntry::InputDelivered { .. }
            | TailEntry::Exit(_) => {}
        }
    }

    fn add(&mut self, at: Timestamp, happening: Happening) {
        self.happenings.push((at, happening));
    }

    fn log(&mut self, at: Timestamp, level: LogLevel, message: String) {
        self.add(at, Happening::Event(EventBody::board_log(level, message)));
    }

    fn take_line(&mut self, adapter: &dyn Adapter, line: AgentLine<'_>, at: Timestamp) {
        let translation = adapter.translate(line);
        if !translation.events.is_empty() {
            self.partials.clear();
        }
        self.happenings.extend(translation.events.into_iter().map(|body| (at, Happening::Event(body))));
        for signal in translation.signals {
            self.take_signal(signal, at);
        }
    }

    fn take_signal(&mut self, signal: Signal, at: Timestamp) {
        match signal {
            Signal::TurnStarted(start) => {
                self.verdict = Some(None);
                self.is_turn_over = false;
                self.add(at, Happening::TurnStarted(start.session_id));
            }
            Signal::Asked(ask) => self.add(at, Happening::Asked(Box::new(ask))),
            Signal::AskWithdrawn { request_id } => self.add(at, Happening::AskWithdrawn(request_id)),
            Signal::CallWithdrawn { rpc_id } => self.add(at, Happening::CallWithdrawn(rpc_id)),
            Signal::BoardCall(call) => self.add(at, Happening::Called(call)),
            Signal::MessageTaken { message_id } => self.add(at, Happening::MessageTaken(message_id)),
            Signal::MessageRecalled { message_id, is_recalled } => {
                self.add(at, Happening::MessageRecalled(message_id, is_recalled));
            }
            Signal::ModeChanged { mode } => self.add(at, Happening::ModeChanged(mode)),
            Signal::ModeRefused { message } => self.add(at, Happening::ModeRefused(message)),
            Signal::TurnEnded(end) => {
                self.end_turn(end);
                self.add(at, Happening::TurnEnded);
            }
            Signal::Activity(activity) => {
                self.activity =
                    Some(Activity { verb: activity.verb.to_owned(), object: activity.object, since: at });
            }
            Signal::Partial(Partial::Reset) => {
                self.partials.clear();
                self.partials.push(Partial::Reset);
            }
            Signal::Partial(partial) => self.partials.push(partial),
            Signal::Reply { command_id, bytes } => self.replies.push(Reply { command_id, bytes }),
            Signal::Unknown => self.unknown_count += 1,
        }
    }

    fn end_turn(&mut self, end: TurnEnd) {
        self.usage = Some(add_turn(self.usage, end.usage));
        self.is_turn_over = end.queued_turns == 0;
        let is_conversation_missing = end.is_conversation_missing();
        self.verdict = Some(Some(Verdict {
            is_conversation_missing,
            is_ok: end.is_ok,
            reason: end.reason,
            error: end.error,
            is_login_problem: end.is_login_problem,
            is_limit: end.is_limit,
            summary: end.result.map(|text| bounded_text(&text).0),
        }));
    }
}

/// Tokens are per turn and add up; the agent's cost is that of the whole conversation, so the last one holds.
pub(crate) fn add_turn(before: Option<Usage>, turn: Usage) -> Usage {
    let Some(before) = before else { return turn };
    Usage {
        input_tokens: before.input_tokens.saturating_add(turn.input_tokens),
        output_tokens: before.output_tokens.saturating_add(turn.output_tokens),
        cache_read_tokens: before.cache_read_tokens.saturating_add(turn.cache_read_tokens),
        cache_creation_tokens: before.cache_creation_tokens.saturating_add(turn.cache_creation_tokens),
        cost_usd: turn.cost_usd.max(before.cost_usd),
        turns: before.turns.saturating_add(turn.turns),
    }
}

/// The frame for text that is being written.
pub(crate) fn partial_frame(attempt_id: AttemptId, partials: &[Partial]) -> String {
    let is_reset = partials.contains(&Partial::Reset);
    let is_thinking = matches!(partials.last(), Some(Partial::Thinking(_)));
    let text: String = partials.iter().filter_map(|partial| spoken(partial, is_thinking)).collect();
    let text = serde_json::Value::String(text);
    let mut frame = String::new();
    // Writing into a String cannot fail.
    write!(
        frame,
        "{{\"type\":\"partial\",\"attempt_id\":\"{attempt_id}\",\"is_reset\":{is_reset},\
         \"is_thinking\":{is_thinking},\"text\":{text}}}"
    )
    .unwrap_or_default();
    frame
}

fn spoken(partial: &Partial, is_thinking: bool) -> Option<&str> {
    match partial {
        Partial::Reset => None,
        Partial::Text(text) => (!is_thinking).then_some(text),
        Partial::Thinking(text) => is_thinking.then_some(text),
    }
}

/// What an attempt ends as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its work can be looked at.
    Finished,
    /// A person stopped it.
    Cancelled,
    /// It failed.
    Failed(AttemptError),
}

/// Decides how an attempt ended from the agent's own verdict, the end of its process and the person's wish. What is
/// not known to be success is a failure that says what is known. `last_words` is the end of standard error.
pub(crate) fn decide(
    verdict: Option<&Verdict>,
    end: &RunEnd,
    is_cancelled: bool,
    last_words: &str,
) -> Ending {
    if is_cancelled {
        return Ending::Cancelled;
    }
    match verdict {
        Some(verdict) if verdict.is_ok => Ending::Finished,
        Some(verdict) => Ending::Failed(verdict_error(verdict)),
        None => Ending::Failed(process_error(end, last_words)),
    }
}

fn verdict_error(verdict: &Verdict) -> AttemptError {
    let code = match (verdict.is_login_problem, verdict.is_limit) {
        (true, _) => FailureCode::NotLoggedIn,
        (false, true) => FailureCode::LimitReached,
        (false, false) => FailureCode::AgentError,
    };
    let message = verdict.error.clone().unwrap_or_else(|| format!("the agent stopped: {}", verdict.reason));
    AttemptError { code, message }
}

fn process_error(end: &RunEnd, last_words: &str) -> AttemptError {
    let (code, message) = match end {
        RunEnd::Lost { .. } => (
            FailureCode::Lost,
            "the agent was lost: its supervisor was killed, or the machine went down. What it wrote until then is kept"
                .to_owned(),
        ),
        RunEnd::Exited(record) => exit_error(&record.outcome),
    };
    let last_words = last_words.trim();
    let message = if last_words.is_empty() { message } else { format!("{message}. It said: {last_words}") };
    AttemptError { code, message }
}

fn exit_error(outcome: &ExitOutcome) -> (FailureCode, String) {
    match outcome {
        ExitOutcome::Exited { code } => {
            (FailureCode::NoResult, format!("the agent exited with code {code} without finishing its turn"))
        }
        ExitOutcome::Signalled { signal } => (
            FailureCode::NoResult,
            format!("the agent was ended by signal {signal} before it finished its turn"),
        ),
        ExitOutcome::FailedToStart { message } => {
            (FailureCode::StartFailed, format!("the agent could not be started: {message}"))
        }
        ExitOutcome::Unknown => (FailureCode::Lost, "the agent ended and nobody could learn how".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use executor::ExitRecord;

    use super::*;

    fn verdict(is_ok: bool) -> Verdict {
        Verdict {
            is_ok,
            reason: "api_error".to_owned(),
            error: None,
            is_login_problem: false,
            is_limit: false,
            summary: None,
            is_conversation_missing: false,
        }
    }

    fn exited(outcome: ExitOutcome) -> RunEnd {
        RunEnd::Exited(ExitRecord {
            outcome,
            was_stopped: false,
            output_bytes: 0,
            leftover_count: 0,
            survivors: Vec::new(),
            ended_at: 0,
        })
    }

    fn code(ending: Ending) -> Option<FailureCode> {
        match ending {
            Ending::Failed(error) => Some(error.code),
            Ending::Finished | Ending::Cancelled => None,
        }
    }

    #[test]
    fn only_the_agents_own_good_verdict_is_success() {
        let (ok, bad) = (verdict(true), verdict(false));
        let zero = exited(ExitOutcome::Exited { code: 0 });
        let lost = RunEnd::Lost { torn_bytes: 0 };
        let killed = exited(ExitOutcome::Signalled { signal: 9 });
        assert_eq!(decide(Some(&ok), &zero, false, ""), Ending::Finished);
        assert_eq!(decide(Some(&ok), &killed, false, ""), Ending::Finished);
        assert_eq!(decide(Some(&ok), &zero, true, ""), Ending::Cancelled);
        let failures = [
            (Some(&bad), &zero, FailureCode::AgentError),
            (None, &zero, FailureCode::NoResult),
            (None, &killed, FailureCode::NoResult),
            (None, &lost, FailureCode::Lost),
            (Some(&bad), &lost, FailureCode::AgentError),
            (None, &exited(ExitOutcome::Unknown), FailureCode::Lost),
            (
                None,
                &exited(ExitOutcome::FailedToStart { message: "no such file".into() }),
                FailureCode::StartFailed,
            ),
        ];
        for (verdict, end, expected) in failures {
            assert_eq!(code(decide(verdict, end, false, "")), Some(expected), "{verdict:?} {end:?}");
        }
    }

    #[test]
    fn limits_and_logins_have_their_own_codes() {
        let limit = Verdict { is_limit: true, error: Some("limit of 40 turns".into()), ..verdict(false) };
        let login = Verdict { is_login_problem: true, ..verdict(false) };
        let end = exited(ExitOutcome::Exited { code: 1 });
        assert_eq!(code(decide(Some(&limit), &end, false, "")), Some(FailureCode::LimitReached));
        assert_eq!(code(decide(Some(&login), &end, false, "")), Some(FailureCode::NotLoggedIn));
    }

    #[test]
    fn tokens_add_up_and_the_last_cost_holds() {
        let turn = Usage { input_tokens: 10, cost_usd: 0.5, turns: 1, ..Usage::default() };
        let both = add_turn(Some(turn), Usage { cost_usd: 0.7, ..turn });
        assert_eq!((both.input_tokens, both.cost_usd, both.turns), (20, 0.7, 2));
    }

    #[test]
    fn partial_text_is_one_frame() {
        let id = AttemptId::from(uuid::Uuid::nil());
        let frame =
            partial_frame(id, &[Partial::Reset, Partial::Text("a\"".into()), Partial::Text("b".into())]);
        let value: domain::AttemptFrame = serde_json::from_str(&frame).unwrap();
        let expected = domain::AttemptFrame::Partial {
            attempt_id: id,
            is_reset: true,
            is_thinking: false,
            text: "a\"b".to_owned(),
        };
        assert_eq!(value, expected);
    }
}
