//! What an attempt did, in one place, and as Markdown to be copied.

use domain::{
    Attempt, AttemptCommit, AttemptId, AttemptReport, AttemptState, Comment, CommentState, Criterion,
    GateKind, GateRun, GateState, Task, Timestamp, Usage,
};
use utils::{ErrorChain, OrLog};
use worktree::{DiffRequest, DiffTarget, Repository};

use crate::{
    comments::list_comments,
    error::ApiError,
    state::AppState,
    workflow::{
        finish_attempt::worktree_of,
        prepare_attempt::{Assignment, load_assignment},
        run_gates::list_gates,
    },
};

/// Paths that one open point names.
const PATHS_SHOWN: usize = 10;
/// Characters of a comment that an open point quotes.
const QUOTE_CHARS: usize = 80;

/// Puts the report of an attempt together.
///
/// # Errors
/// When there is no such attempt, or the database does not answer.
pub(crate) async fn find_report(state: &AppState, attempt_id: AttemptId) -> Result<AttemptReport, ApiError> {
    let comments = list_comments(state, attempt_id).await?;
    let gates = list_gates(state, attempt_id).await?;
    let assignment = load_assignment(state, attempt_id).await?;
    let Assignment { attempt, task, .. } = &assignment;
    let found = read_repository(state, &assignment).await;
    let mut report = AttemptReport {
        summary: attempt.summary.clone(),
        files_changed: attempt.files_changed.unwrap_or(0),
        additions: attempt.additions.unwrap_or(0),
        deletions: attempt.deletions.unwrap_or(0),
        commits: found.commits,
        gates,
        criteria: task.criteria.clone(),
        usage: attempt.usage,
        duration_ms: duration_ms(attempt),
        open_points: Vec::new(),
        markdown: String::new(),
    };
    report.open_points = failure(attempt)
        .into_iter()
        .chain(open_criteria(&report.criteria))
        .chain(open_gates(&report.gates))
        .chain(open_comments(&comments))
        .chain(found.open_points)
        .collect();
    report.markdown = markdown(task, attempt, &report);
    Ok(report)
}

/// What the repository says of an attempt.
struct Found {
    commits: Vec<AttemptCommit>,
    open_points: Vec<String>,
}

async fn read_repository(state: &AppState, assignment: &Assignment) -> Found {
    let Assignment { attempt, project, .. } = assignment;
    let (Some(base), Some(head)) = (&attempt.base_commit, &attempt.head_commit) else {
        return Found { commits: Vec::new(), open_points: Vec::new() };
    };
    let read = async {
        let repository = state.repositories.open(&project.path).await?;
        let commits = repository.list_commits(base, head).await?;
        Ok::<_, worktree::Error>((commits, left_out(&repository, attempt, head).await?))
    };
    let read =
        read.await.map_err(|error| ErrorChain(&error).to_string()).or_log("reading an attempt's commits");
    let Some((commits, left_out)) = read else {
        let unknown = "Its commits could not be read from the repository".to_owned();
        return Found { commits: Vec::new(), open_points: vec![unknown] };
    };
    let commits = commits.into_iter().map(|commit| AttemptCommit {
        id: commit.id,
        subject: commit.subject,
        author: commit.author,
        committed_at: Timestamp::from_micros(commit.committed_s.saturating_mul(1_000_000)),
    });
    Found { commits: commits.collect(), open_points: left_out.into_iter().collect() }
}

/// Files of its worktree that no commit has, once its agent has ended.
async fn left_out(
    repository: &Repository,
    attempt: &Attempt,
    head: &str,
) -> Result<Option<String>, worktree::Error> {
    let is_decided = attempt.state.is_live() || attempt.state == AttemptState::Discarded;
    let Some(worktree) = worktree_of(attempt).filter(|_| !is_decided) else { return Ok(None) };
    let request = DiffRequest::exact(head.to_owned(), DiffTarget::Worktree(worktree));
    let files = repository.diff_summary(&request).await?.files;
    let shown: Vec<_> = files.iter().take(PATHS_SHOWN).map(|file| format!("`{}`", file.path)).collect();
    let more = match files.len().saturating_sub(PATHS_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Ok((!shown.is_empty()).then(|| format!("In the worktree and in no commit: {}{more}", shown.join(", "))))
}

fn duration_ms(attempt: &Attempt) -> Option<i32> {
    let (from, to) = attempt.started_at.zip(attempt.ended_at)?;
    i32::try_from((to.as_micros() - from.as_micros()) / 1_000).ok()
}

fn failure(attempt: &Attempt) -> Option<String> {
    attempt.error.as_ref().map(|error| format!("The attempt failed: {}", error.message))
}

fn open_criteria(criteria: &[Criterion]) -> impl Iterator<Item = String> {
    let open = criteria.iter().filter(|criterion| !criterion.done);
    open.map(|criterion| format!("Not ticked: {}", criterion.text))
}

fn open_gates(gates: &[GateRun]) -> impl Iterator<Item = String> {
    let own = gates.iter().filter(|gate| gate.kind == GateKind::Gate);
    own.filter_map(|gate| match (gate.state, gate.is_stale) {
        (GateState::Passed, false) => None,
        (GateState::Passed, true) => {
            Some(format!("The gate {} passed on an earlier state of the work", gate.name))
        }
        (state, _) => Some(format!("The gate {} {}", gate.name, gate_words(state))),
    })
}

const fn gate_words(state: GateState) -> &'static str {
    match state {
        GateState::NotRun => "has not run",
        GateState::Queued => "waits to run",
        GateState::Running => "still runs",
        GateState::Passed => "passed",
        GateState::Failed => "failed",
        GateState::TimedOut => "was stopped at its time limit",
        GateState::Cancelled => "was stopped by a person",
        GateState::Lost => "was lost: nobody knows how it ended",
    }
}

fn open_comments(comments: &[Comment]) -> impl Iterator<Item = String> {
    comments.iter().filter_map(|comment| {
        let what = match comment.state {
            CommentState::Draft => "A comment was not sent",
            CommentState::Sent => "A comment has no answer yet",
            CommentState::Answered => return None,
        };
        let line = comment.current_line.or(comment.line).map_or(String::new(), |line| format!(":{line}"));
        Some(format!("{what}: `{}{line}` {}", comment.path, quote(&comment.body)))
    })
}

fn quote(body: &str) -> String {
    let line = body.lines().next().unwrap_or_default();
    let start: String = line.chars().take(QUOTE_CHARS).collect();
    if start.len() == body.len() { start } else { format!("{start}…") }
}

fn markdown(task: &Task, attempt: &Attempt, report: &AttemptReport) -> String {
    let title = format!("# #{} {}", task.number, task.title.trim());
    let branch = attempt.branch_name.as_ref().map_or(String::new(), |branch| format!(", branch `{branch}`"));
    let standing =
        format!("Attempt {} ({}){branch}", attempt.number, attempt.state.as_str().replace('_', " "));
    let commits = report.commits.iter().map(|commit| format!("`{}` {}", short(&commit.id), commit.subject));
    let gates = report.gates.iter().filter(|gate| gate.state != GateState::NotRun).map(gate_line);
    let open_points = report.open_points.iter().cloned();
    let sections = [
        Some(title),
        Some(standing),
        report.summary.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
        Some(changes(report)),
        section("Commits", commits.map(|line| format!("- {line}"))),
        section("Gates", gates.map(|line| format!("- {line}"))),
        section("Done when", report.criteria.iter().map(criterion_line)),
        section("Open", open_points.map(|line| format!("- {line}"))),
        Some(format!("## Used\n\n{}", used(&report.usage, report.duration_ms))),
    ];
    let mut text = sections.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    text
}

fn section(heading: &str, lines: impl Iterator<Item = String>) -> Option<String> {
    let lines = lines.collect::<Vec<_>>().join("\n");
    (!lines.is_empty()).then(|| format!("## {heading}\n\n{lines}"))
}

fn changes(report: &AttemptReport) -> String {
    let files = counted(report.files_changed, "file");
    format!("## Changes\n\n{files}, +{} −{}", report.additions, report.deletions)
}

fn counted(count: i32, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn criterion_line(criterion: &Criterion) -> String {
    let mark = if criterion.done { 'x' } else { ' ' };
    let evidence = criterion.evidence.as_deref().map_or(String::new(), |evidence| format!(" — {evidence}"));
    format!("- [{mark}] {}{evidence}", criterion.text)
}

fn gate_line(gate: &GateRun) -> String {
    let stale = if gate.is_stale { ", on an earlier state" } else { "" };
    let code =
        gate.exit_code.filter(|code| *code != 0).map_or(String::new(), |code| format!(", exit code {code}"));
    let took = gate.started_at.zip(gate.ended_at).map_or(String::new(), |(from, to)| {
        format!(", {}", lasting((to.as_micros() - from.as_micros()) / 1_000))
    });
    format!("{}: {}{code}{took}{stale}", gate.name, gate_words(gate.state))
}

fn used(usage: &Usage, duration_ms: Option<i32>) -> String {
    let tokens = format!(
        "{} tokens in, {} out, {} read from and {} written to the cache",
        usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_creation_tokens
    );
    let took = duration_ms.map_or(String::new(), |ms| format!(", {}", lasting(i64::from(ms))));
    format!("{tokens}; ${:.2}, {}{took}", usage.cost_usd, counted(usage.turns, "turn"))
}

fn lasting(ms: i64) -> String {
    match ms / 1_000 {
        0 => format!("{ms} ms"),
        s @ 1..=59 => format!("{s} s"),
        s @ 60..=3_599 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
    }
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_two_units_at_most() {
        let check = |ms: i64, expected: &str| assert_eq!(lasting(ms), expected);
        check(0, "0 ms");
        check(999, "999 ms");
        check(1_500, "1 s");
        check(61_000, "1 min 1 s");
        check(3_600_000, "1 h 0 min");
        check(90_061_000, "25 h 1 min");
    }

    #[test]
    fn a_gate_that_is_not_known_to_pass_is_open() {
        let gate = |state, is_stale| GateRun {
            id: None,
            attempt_id: uuid::Uuid::nil().into(),
            name: "test".to_owned(),
            kind: GateKind::Gate,
            command: "npm test".to_owned(),
            state,
            commit: None,
            is_stale,
            exit_code: None,
            message: None,
            timeout_s: 60,
            output_bytes: 0,
            output_tail: String::new(),
            started_at: None,
            ended_at: None,
        };
        let open = |state, is_stale| open_gates(&[gate(state, is_stale)]).next();
        assert_eq!(open(GateState::Passed, false), None);
        assert!(open(GateState::Passed, true).unwrap().contains("earlier state"));
        for state in [GateState::NotRun, GateState::Running, GateState::Failed, GateState::Lost] {
            assert!(open(state, false).is_some(), "{state:?}");
        }
        let setup = GateRun { kind: GateKind::Setup, ..gate(GateState::Failed, false) };
        assert_eq!(open_gates(&[setup]).next(), None);
    }

    #[test]
    fn a_quote_is_one_short_line() {
        assert_eq!(quote("Why?"), "Why?");
        assert_eq!(quote("Why?\nBecause."), "Why?…");
        assert_eq!(quote(&"x".repeat(100)).chars().count(), QUOTE_CHARS + 1);
    }
}
