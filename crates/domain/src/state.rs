//! The two state machines, of tasks and of attempts, and what a person may do in each state.
//!
//! Pure functions of `(state, trigger)`. Every change in the database goes through them and is a compare-and-set
//! there; the browser gets the answer of [`task_actions`] and never guesses.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{AttemptAction, AttemptFacts, TaskAction, TaskFacts};

/// Column of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Not planned yet.
    Backlog,
    /// Its PRD is being written or reviewed.
    PrdReview,
    /// Ready to be worked on.
    Todo,
    /// An attempt is queued or at work.
    InProgress,
    /// An attempt waits for an answer.
    Blocked,
    /// An attempt's work waits to be looked at, or failed.
    Review,
    /// Accepted.
    Done,
}

impl TaskStatus {
    /// All columns in board order.
    pub const ALL: [Self; 7] = [
        Self::Backlog,
        Self::PrdReview,
        Self::Todo,
        Self::InProgress,
        Self::Blocked,
        Self::Review,
        Self::Done,
    ];

    /// Whether the column belongs to the system: cards come and go with their attempts.
    pub const fn is_system(self) -> bool {
        matches!(self, Self::InProgress | Self::Blocked)
    }

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backlog => "backlog",
            Self::PrdReview => "prd_review",
            Self::Todo => "todo",
            Self::InProgress => "in_progress",
            Self::Blocked => "blocked",
            Self::Review => "review",
            Self::Done => "done",
        }
    }
}

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// Waits for a slot, or for the tasks that block it.
    Queued,
    /// Its worktree is being made.
    Preparing,
    /// Its agent is at work.
    Running,
    /// Its agent waits for a person.
    Waiting,
    /// The project's gates run on its work.
    Gates,
    /// Its work can be looked at.
    ReviewReady,
    /// It failed.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// Its work is on the base branch.
    Merged,
    /// Its work is in a pull request.
    PrCreated,
    /// A reviewer asked for changes; another attempt goes on from it.
    ChangesRequested,
    /// Its work was thrown away.
    Discarded,
}

impl AttemptState {
    /// All states.
    pub const ALL: [Self; 12] = [
        Self::Queued,
        Self::Preparing,
        Self::Running,
        Self::Waiting,
        Self::Gates,
        Self::ReviewReady,
        Self::Failed,
        Self::Cancelled,
        Self::Merged,
        Self::PrCreated,
        Self::ChangesRequested,
        Self::Discarded,
    ];

    /// Whether the attempt is queued or at work: it holds the task In Progress.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Preparing | Self::Running | Self::Waiting | Self::Gates)
    }

    /// Whether the attempt takes one of the slots. One that waits for a person frees its own.
    pub const fn takes_slot(self) -> bool {
        matches!(self, Self::Preparing | Self::Running | Self::Gates)
    }

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Preparing => "preparing",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Gates => "gates",
            Self::ReviewReady => "review_ready",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Merged => "merged",
            Self::PrCreated => "pr_created",
            Self::ChangesRequested => "changes_requested",
            Self::Discarded => "discarded",
        }
    }
}

/// What happens to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptTrigger {
    /// The scheduler claimed it.
    Claimed,
    /// The server found it claimed but not spawned, and puts it back.
    Unclaimed,
    /// Its agent was started.
    Spawned,
    /// The agent waits for a person.
    Asked,
    /// The person answered.
    Answered,
    /// The turn ended well and the project's gates follow.
    GatesStarted,
    /// The work can be looked at.
    Finished,
    /// It failed.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// Its work went into the base branch.
    Merged,
    /// A pull request was opened.
    PrCreated,
    /// A reviewer asked for changes.
    ChangesRequested,
    /// Its work was thrown away.
    Discarded,
    /// A person goes on in its session and worktree.
    Continued,
    /// Its merge was taken back, its pull request was closed, or its discarded work was had back.
    Restored,
}

impl AttemptTrigger {
    /// All triggers.
    pub const ALL: [Self; 15] = [
        Self::Claimed,
        Self::Unclaimed,
        Self::Spawned,
        Self::Asked,
        Self::Answered,
        Self::GatesStarted,
        Self::Finished,
        Self::Failed,
        Self::Cancelled,
        Self::Merged,
        Self::PrCreated,
        Self::ChangesRequested,
        Self::Discarded,
        Self::Continued,
        Self::Restored,
    ];
}

/// Why a rule forbids something, as a sentence the user can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The attempt's state after `trigger`.
///
/// # Errors
/// [`Refusal`] if the trigger means nothing in `state`.
pub fn next_attempt_state(state: AttemptState, trigger: AttemptTrigger) -> Result<AttemptState, Refusal> {
    use AttemptState as S;
    use AttemptTrigger as T;
    let next = match (trigger, state) {
        (T::Claimed, S::Queued) => S::Preparing,
        (T::Unclaimed, S::Preparing) => S::Queued,
        (T::Spawned, S::Preparing) | (T::Answered, S::Waiting) => S::Running,
        (T::Asked, S::Running) => S::Waiting,
        (T::GatesStarted, S::Running) => S::Gates,
        (T::Finished, S::Running | S::Gates) => S::ReviewReady,
        (T::Failed, state) if state.is_live() => S::Failed,
        (T::Cancelled, state) if state.is_live() => S::Cancelled,
        (T::Merged, S::ReviewReady | S::PrCreated) => S::Merged,
        (T::PrCreated, S::ReviewReady) => S::PrCreated,
        (T::ChangesRequested, S::ReviewReady) => S::ChangesRequested,
        (T::Discarded, S::ReviewReady) => S::Discarded,
        (T::Continued, S::ReviewReady | S::Failed | S::Cancelled) => S::Queued,
        (T::Restored, S::Merged | S::PrCreated | S::Discarded) => S::ReviewReady,
        (trigger, state) => {
            let state = state.as_str();
            return Err(Refusal::new(format!(
                "the attempt is {state}, so it cannot become {}",
                aim(trigger)
            )));
        }
    };
    Ok(next)
}

const fn aim(trigger: AttemptTrigger) -> &'static str {
    match trigger {
        AttemptTrigger::Claimed => "claimed",
        AttemptTrigger::Unclaimed => "queued again",
        AttemptTrigger::Spawned | AttemptTrigger::Answered => "running",
        AttemptTrigger::Asked => "waiting",
        AttemptTrigger::GatesStarted => "checked by gates",
        AttemptTrigger::Finished => "ready for review",
        AttemptTrigger::Failed => "failed",
        AttemptTrigger::Cancelled => "cancelled",
        AttemptTrigger::Merged => "merged",
        AttemptTrigger::PrCreated => "a pull request",
        AttemptTrigger::ChangesRequested => "sent back",
        AttemptTrigger::Discarded => "discarded",
        AttemptTrigger::Continued => "queued to go on",
        AttemptTrigger::Restored => "ready for review again",
    }
}

/// Whether a person may move a task from `from` to `to`. A move to In Progress starts an attempt.
///
/// # Errors
/// [`Refusal`] with what to do instead.
pub fn check_move(from: TaskStatus, to: TaskStatus, is_live: bool) -> Result<(), Refusal> {
    if from == to {
        return Ok(());
    }
    if to == TaskStatus::Blocked {
        return Err(Refusal::new(
            "Blocked belongs to the system: a task goes there when its agent asks something",
        ));
    }
    if is_live {
        return Err(Refusal::new("the task is at work: cancel its run first"));
    }
    if to == TaskStatus::InProgress && from == TaskStatus::Done {
        return Err(Refusal::new("the task is done: move it to To Do before it runs again"));
    }
    Ok(())
}

/// The columns that a person may move a task to.
pub fn allowed_moves(from: TaskStatus, is_live: bool) -> Vec<TaskStatus> {
    TaskStatus::ALL.into_iter().filter(|to| check_move(from, *to, is_live).is_ok()).collect()
}

/// What a person may do with a task now.
pub fn task_actions(facts: TaskFacts) -> Vec<TaskAction> {
    let is_live = facts.last_attempt.is_some_and(AttemptState::is_live);
    let is_ready = facts.last_attempt == Some(AttemptState::ReviewReady);
    let in_review = facts.status == TaskStatus::Review;
    let rules = [
        (TaskAction::Start, !is_live && facts.status != TaskStatus::Done),
        (TaskAction::Cancel, is_live),
        (TaskAction::Approve, in_review && is_ready),
        (TaskAction::ApproveAndMerge, in_review && is_ready),
        (TaskAction::Merge, facts.status == TaskStatus::Done && is_ready),
        (TaskAction::Reject, in_review && !is_live),
        (TaskAction::Discard, facts.last_attempt.is_some_and(|state| can_discard(state, facts.has_worktree))),
        (TaskAction::Edit, true),
        (TaskAction::Delete, true),
    ];
    rules.into_iter().filter_map(|(action, is_allowed)| is_allowed.then_some(action)).collect()
}

/// What a person may do with an attempt now.
pub fn attempt_actions(facts: AttemptFacts) -> Vec<AttemptAction> {
    let AttemptFacts { state, status, has_worktree, is_stopped, is_newest } = facts;
    let is_ready = state == AttemptState::ReviewReady;
    let is_broken = matches!(state, AttemptState::Failed | AttemptState::Cancelled);
    let can_continue = is_newest && has_worktree && (is_ready || is_broken);
    let rules = [
        (AttemptAction::Message, state.is_live() || can_continue),
        (AttemptAction::Interrupt, !is_stopped && is_with_agent(state)),
        (AttemptAction::Finish, is_stopped && is_with_agent(state)),
        (AttemptAction::Resume, can_continue && is_broken),
        (AttemptAction::SetMode, state.is_live() || can_continue),
        (AttemptAction::Cancel, state.is_live()),
        (AttemptAction::Approve, is_ready && status == TaskStatus::Review),
        (AttemptAction::ApproveAndMerge, is_ready && status == TaskStatus::Review),
        (AttemptAction::Merge, is_ready && status == TaskStatus::Done),
        (AttemptAction::Discard, can_discard(state, has_worktree)),
        (AttemptAction::RequestChanges, can_continue && is_ready),
        (AttemptAction::RetryFresh, is_newest && (is_ready || is_broken)),
        (AttemptAction::ResolveConflicts, can_continue && is_ready),
        (AttemptAction::OpenPullRequest, is_ready && matches!(status, TaskStatus::Review | TaskStatus::Done)),
        (AttemptAction::UndoMerge, is_newest && state == AttemptState::Merged),
        (AttemptAction::Restore, is_newest && state == AttemptState::Discarded),
        (AttemptAction::RunGates, can_continue),
        (AttemptAction::GoBack, can_continue),
    ];
    rules.into_iter().filter_map(|(action, is_allowed)| is_allowed.then_some(action)).collect()
}

/// Whether its agent's process is there to be talked to.
const fn is_with_agent(state: AttemptState) -> bool {
    matches!(state, AttemptState::Running | AttemptState::Waiting)
}

/// A failed or cancelled attempt keeps its end state when its work is thrown away.
fn can_discard(state: AttemptState, has_worktree: bool) -> bool {
    match state {
        AttemptState::ReviewReady => true,
        AttemptState::Failed | AttemptState::Cancelled => has_worktree,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell of the machine: the triggers that do something in each state.
    fn table() -> Vec<(AttemptState, Vec<(AttemptTrigger, AttemptState)>)> {
        use AttemptState as S;
        use AttemptTrigger as T;
        let ends = [(T::Failed, S::Failed), (T::Cancelled, S::Cancelled)];
        let with_ends = |own: &[(T, S)]| own.iter().copied().chain(ends).collect::<Vec<_>>();
        vec![
            (S::Queued, with_ends(&[(T::Claimed, S::Preparing)])),
            (S::Preparing, with_ends(&[(T::Unclaimed, S::Queued), (T::Spawned, S::Running)])),
            (
                S::Running,
                with_ends(&[
                    (T::Asked, S::Waiting),
                    (T::GatesStarted, S::Gates),
                    (T::Finished, S::ReviewReady),
                ]),
            ),
            (S::Waiting, with_ends(&[(T::Answered, S::Running)])),
            (S::Gates, with_ends(&[(T::Finished, S::ReviewReady)])),
            (
                S::ReviewReady,
                vec![
                    (T::Merged, S::Merged),
                    (T::PrCreated, S::PrCreated),
                    (T::ChangesRequested, S::ChangesRequested),
                    (T::Discarded, S::Discarded),
                    (T::Continued, S::Queued),
                ],
            ),
            (S::Failed, vec![(T::Continued, S::Queued)]),
            (S::Cancelled, vec![(T::Continued, S::Queued)]),
            (S::Merged, vec![(T::Restored, S::ReviewReady)]),
            (S::PrCreated, vec![(T::Merged, S::Merged), (T::Restored, S::ReviewReady)]),
            (S::ChangesRequested, vec![]),
            (S::Discarded, vec![(T::Restored, S::ReviewReady)]),
        ]
    }

    #[test]
    fn the_attempt_machine_is_exactly_its_table() {
        let table = table();
        assert_eq!(table.len(), AttemptState::ALL.len());
        for (state, row) in table {
            for trigger in AttemptTrigger::ALL {
                let expected = row.iter().find(|(candidate, _)| *candidate == trigger).map(|(_, next)| *next);
                assert_eq!(next_attempt_state(state, trigger).ok(), expected, "{state:?} on {trigger:?}");
            }
        }
    }

    #[test]
    fn moves_follow_the_rules_of_the_board() {
        use TaskStatus as S;
        let cases = [
            (S::Todo, S::Done, false, true),
            (S::Done, S::Backlog, false, true),
            (S::Todo, S::InProgress, false, true),
            (S::Review, S::InProgress, false, true),
            (S::Done, S::InProgress, false, false),
            (S::Todo, S::Blocked, false, false),
            (S::InProgress, S::Todo, true, false),
            (S::InProgress, S::InProgress, true, true),
            (S::InProgress, S::Review, false, true),
        ];
        for (from, to, is_live, is_allowed) in cases {
            assert_eq!(
                check_move(from, to, is_live).is_ok(),
                is_allowed,
                "{from:?} to {to:?}, live {is_live}"
            );
            assert_eq!(allowed_moves(from, is_live).contains(&to), is_allowed);
        }
    }

    #[test]
    fn a_live_task_offers_only_what_cannot_hurt_the_run() {
        for state in AttemptState::ALL {
            let facts =
                TaskFacts { status: TaskStatus::InProgress, last_attempt: Some(state), has_worktree: true };
            let actions = task_actions(facts);
            assert_eq!(actions.contains(&TaskAction::Cancel), state.is_live());
            assert!(!(state.is_live() && actions.contains(&TaskAction::Start)), "{state:?}");
            assert!(!actions.contains(&TaskAction::Merge), "nothing in progress can be merged");
        }
    }

    #[test]
    fn merge_needs_an_approved_attempt() {
        let facts = |status, state| TaskFacts { status, last_attempt: Some(state), has_worktree: true };
        let review = task_actions(facts(TaskStatus::Review, AttemptState::ReviewReady));
        assert!(review.contains(&TaskAction::Approve) && !review.contains(&TaskAction::Merge));
        assert!(
            task_actions(facts(TaskStatus::Done, AttemptState::ReviewReady)).contains(&TaskAction::Merge)
        );
        for state in [AttemptState::Merged, AttemptState::Failed, AttemptState::Discarded] {
            assert!(!task_actions(facts(TaskStatus::Done, state)).contains(&TaskAction::Merge), "{state:?}");
        }
        let facts = AttemptFacts {
            state: AttemptState::ReviewReady,
            status: TaskStatus::Review,
            has_worktree: true,
            is_stopped: false,
            is_newest: true,
        };
        let approve = attempt_actions(facts);
        assert!(approve.contains(&AttemptAction::ApproveAndMerge));
    }

    #[test]
    fn names_on_the_wire_are_those_of_the_database() {
        for status in TaskStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        for state in AttemptState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }

    #[test]
    fn an_ended_attempt_goes_on_only_as_the_newest_and_in_its_worktree() {
        let facts = |state, has_worktree, is_newest| AttemptFacts {
            state,
            status: TaskStatus::Review,
            has_worktree,
            is_stopped: false,
            is_newest,
        };
        let cases = [
            (AttemptState::ReviewReady, true, true, (true, false)),
            (AttemptState::Failed, true, true, (true, true)),
            (AttemptState::Cancelled, true, true, (true, true)),
            (AttemptState::Failed, false, true, (false, false)),
            (AttemptState::Failed, true, false, (false, false)),
            (AttemptState::Merged, true, true, (false, false)),
            (AttemptState::Discarded, true, true, (false, false)),
        ];
        for (state, has_worktree, is_newest, expected) in cases {
            let actions = attempt_actions(facts(state, has_worktree, is_newest));
            let found = (actions.contains(&AttemptAction::Message), actions.contains(&AttemptAction::Resume));
            assert_eq!(found, expected, "{state:?} {has_worktree} {is_newest}");
        }
    }

    #[test]
    fn a_turn_is_stopped_once_and_then_finished() {
        let facts = |state, is_stopped| AttemptFacts {
            state,
            status: TaskStatus::InProgress,
            has_worktree: true,
            is_stopped,
            is_newest: true,
        };
        for state in AttemptState::ALL {
            let has_agent = matches!(state, AttemptState::Running | AttemptState::Waiting);
            let running = attempt_actions(facts(state, false));
            let stopped = attempt_actions(facts(state, true));
            assert_eq!(running.contains(&AttemptAction::Interrupt), has_agent, "{state:?}");
            assert!(!running.contains(&AttemptAction::Finish), "{state:?}");
            assert_eq!(stopped.contains(&AttemptAction::Finish), has_agent, "{state:?}");
        }
    }
}
