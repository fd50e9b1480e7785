//! What the end of a command means for its gate. Pure: no clock, no database. What is not known never passes.

use std::collections::VecDeque;

use db::GateEnd;
use domain::GateState;
use executor::{ExitOutcome, ExitRecord, OUTPUT_TAIL_BYTES, OutputSeen, RunEnd};

/// Why we stopped a command; its name is the id of the order, so that the journal tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// A person wanted it.
    Cancel,
    /// Its time was over.
    Timeout,
    /// It wrote more than anybody reads.
    Flood,
}

impl Stop {
    const ALL: [Self; 3] = [Self::Cancel, Self::Timeout, Self::Flood];

    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Timeout => "timeout",
            Self::Flood => "flood",
        }
    }

    pub(super) fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stop| stop.id() == id)
    }
}

/// How a gate ended whose command ended like this.
pub(super) fn gate_end(seen: &OutputSeen, end: &RunEnd, timeout_s: i32) -> GateEnd {
    let stop = seen.stop_id.as_deref().and_then(Stop::of_id);
    let (state, exit_code, message) = match end {
        RunEnd::Lost { .. } => (
            GateState::Lost,
            None,
            Some("its supervisor vanished, so nobody knows how it ended: run it again".to_owned()),
        ),
        RunEnd::Exited(record) if record.was_stopped => stopped(stop, timeout_s),
        RunEnd::Exited(record) => ended(&record.outcome),
    };
    GateEnd {
        state,
        exit_code,
        message: with_survivors(message, end),
        output_bytes: seen.byte_count,
        output_tail: tail_text(&seen.tail, seen.byte_count),
    }
}

type Verdict = (GateState, Option<i32>, Option<String>);

fn stopped(stop: Option<Stop>, timeout_s: i32) -> Verdict {
    match stop {
        Some(Stop::Cancel) => (GateState::Cancelled, None, None),
        Some(Stop::Timeout) => {
            (GateState::TimedOut, None, Some(format!("stopped after {timeout_s} s, its time limit")))
        }
        Some(Stop::Flood) => (GateState::Failed, None, Some("stopped: it wrote more than 1 GiB".to_owned())),
        None => (GateState::Lost, None, Some("something else told its supervisor to end it".to_owned())),
    }
}

fn ended(outcome: &ExitOutcome) -> Verdict {
    match outcome {
        ExitOutcome::Exited { code: 0 } => (GateState::Passed, Some(0), None),
        ExitOutcome::Exited { code } => (GateState::Failed, Some(*code), None),
        ExitOutcome::Signalled { signal } => {
            (GateState::Failed, None, Some(format!("ended by signal {signal}")))
        }
        ExitOutcome::FailedToStart { message } => {
            (GateState::Failed, None, Some(format!("could not be started: {message}")))
        }
        ExitOutcome::Unknown => {
            (GateState::Lost, None, Some("nobody could learn how it ended: run it again".to_owned()))
        }
    }
}

fn with_survivors(message: Option<String>, end: &RunEnd) -> Option<String> {
    match end {
        RunEnd::Exited(ExitRecord { survivors, .. }) if !survivors.is_empty() => {
            let left = format!("processes {survivors:?} of it could not be ended");
            Some(message.map_or(left.clone(), |message| format!("{message}; {left}")))
        }
        RunEnd::Exited(_) | RunEnd::Lost { .. } => message,
    }
}

/// The last whole lines of the output as text.
fn tail_text(tail: &VecDeque<u8>, byte_count: u64) -> String {
    let bytes: Vec<u8> = tail.iter().copied().collect();
    let is_cut = byte_count > bytes.len() as u64;
    let first_line = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let from = if is_cut && first_line < bytes.len() { first_line } else { 0 };
    let text = String::from_utf8_lossy(&bytes[from..]).replace('\0', "\u{fffd}");
    let mut begin = text.len().saturating_sub(OUTPUT_TAIL_BYTES);
    while !text.is_char_boundary(begin) {
        begin += 1;
    }
    text[begin..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(outcome: ExitOutcome, was_stopped: bool) -> RunEnd {
        let (leftover_count, survivors, ended_at) = (0, Vec::new(), 0);
        RunEnd::Exited(ExitRecord {
            outcome,
            was_stopped,
            output_bytes: 0,
            leftover_count,
            survivors,
            ended_at,
        })
    }

    fn state_of(stop_id: Option<&str>, end: &RunEnd) -> (GateState, Option<i32>) {
        let seen = OutputSeen { stop_id: stop_id.map(str::to_owned), ..OutputSeen::default() };
        let end = gate_end(&seen, end, 7);
        (end.state, end.exit_code)
    }

    #[test]
    fn only_a_command_that_ended_by_itself_with_0_has_passed() {
        let zero = || ExitOutcome::Exited { code: 0 };
        let cases = [
            (None, record(zero(), false), (GateState::Passed, Some(0))),
            (None, record(ExitOutcome::Exited { code: 2 }, false), (GateState::Failed, Some(2))),
            (None, record(ExitOutcome::Signalled { signal: 11 }, false), (GateState::Failed, None)),
            (
                None,
                record(ExitOutcome::FailedToStart { message: "no".into() }, false),
                (GateState::Failed, None),
            ),
            (None, record(ExitOutcome::Unknown, false), (GateState::Lost, None)),
            (None, RunEnd::Lost { torn_bytes: 0 }, (GateState::Lost, None)),
            (Some("timeout"), record(zero(), true), (GateState::TimedOut, None)),
            (Some("cancel"), record(zero(), true), (GateState::Cancelled, None)),
            (Some("flood"), record(zero(), true), (GateState::Failed, None)),
            (None, record(zero(), true), (GateState::Lost, None)),
            // It ended before the order reached it.
            (Some("timeout"), record(zero(), false), (GateState::Passed, Some(0))),
        ];
        for (stop_id, end, expected) in cases {
            assert_eq!(state_of(stop_id, &end), expected, "{stop_id:?} {end:?}");
        }
    }

    #[test]
    fn the_tail_has_whole_lines_and_is_text() {
        let check = |bytes: &[u8], byte_count: u64, expected: &str| {
            assert_eq!(tail_text(&bytes.iter().copied().collect(), byte_count), expected);
        };
        check(b"one\ntwo\n", 8, "one\ntwo\n");
        check(b"ne\ntwo\n", 99, "two\n");
        check(b"no line end", 99, "no line end");
        check(b"cut\n", 99, "cut\n");
        check(b"a\xff\0b", 4, "a\u{fffd}\u{fffd}b");
        let garbage = vec![0xff; OUTPUT_TAIL_BYTES];
        let text = tail_text(&garbage.into(), 99_999);
        assert!(text.len() <= OUTPUT_TAIL_BYTES && text.len() > OUTPUT_TAIL_BYTES - 3);
    }
}
