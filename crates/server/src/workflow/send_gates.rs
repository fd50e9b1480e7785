//! Sending failed gates to the agent: what they said becomes what the next attempt begins with.

use db::{Durability, StoredGateRun};
use domain::{Attempt, AttemptId, GateKind, GateState};

use crate::{
    api::failure::conflict,
    clock::{new_id, now},
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        continue_in_new_attempt::{Continuation, continue_in_new_attempt},
        settle_change::settle_first,
    },
};

/// Lets the agent go on in a new attempt with the commands, exit codes and last output of the gates that failed.
///
/// # Errors
/// When no gate failed, or the attempt cannot be sent back.
pub(crate) async fn send_gates(state: &AppState, attempt_id: AttemptId) -> Result<Attempt, ApiError> {
    settle_first(state, attempt_id).await?;
    let latest = db::list_latest_gate_runs(&mut *state.store.read().await?, attempt_id).await?;
    let failed: Vec<_> = latest.iter().filter(|run| has_failed(run)).collect();
    if failed.is_empty() {
        return Err(conflict("no gate of the attempt has failed: there is nothing to send"));
    }
    let next = Continuation { id: new_id(), body: in_words(&failed), reason: "gates failed".to_owned() };
    let at = now();
    let work = transaction::<Attempt, ApiError, _>(move |tx| {
        Box::pin(async move { continue_in_new_attempt(tx, attempt_id, next, at).await })
    });
    state.store.write(Durability::Full, work).await
}

fn has_failed(run: &StoredGateRun) -> bool {
    run.shown.kind != GateKind::Setup && matches!(run.shown.state, GateState::Failed | GateState::TimedOut)
}

fn in_words(failed: &[&StoredGateRun]) -> String {
    let which = if failed.len() == 1 { "This gate" } else { "These gates" };
    let mut text = format!("{which} did not pass on your work. Find out why, and fix the cause.\n");
    for run in failed {
        let shown = &run.shown;
        let how = match (shown.exit_code, &shown.message) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(message)) => message.clone(),
            (None, None) => shown.state.as_str().to_owned(),
        };
        let fence = fence_around(&shown.output_tail);
        let note = if shown.kind == GateKind::Merge { ", on your work merged into its base" } else { "" };
        text.push_str(&format!("\n## {}\n\nCommand: `{}`{note}\nResult: {how}\n", shown.name, shown.command));
        if !shown.output_tail.trim().is_empty() {
            let output = shown.output_tail.trim_end();
            text.push_str(&format!("The end of its output:\n\n{fence}\n{output}\n{fence}\n"));
        }
    }
    text
}

/// A fence that the text cannot close.
fn fence_around(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_does_not_get_out_of_its_fence() {
        for (text, expected) in [("", "```"), ("a `b` c", "```"), ("x\n```\ny", "````"), ("`````", "``````")]
        {
            assert_eq!(fence_around(text), expected);
        }
    }
}
