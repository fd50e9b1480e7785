//! What a repository brings that runs code, on its way to an agent: exactly as it was seen and trusted, or not at all.

use db::Trust;
use domain::{EventBody, LogLevel, Project, ProjectTrust, TrustDecision, TrustState, runs_by_itself};
use executor::Brought;
use utils::ErrorChain;

use crate::{
    brought::{Inventory, ROOTS, in_words, look_through},
    error::ApiError,
    state::AppState,
};

/// What an agent gets of it, and what its log says about that.
pub(crate) struct HandOver {
    /// None: it runs without.
    pub(crate) brought: Option<Brought>,
    /// None where there is nothing to tell.
    pub(crate) note: Option<EventBody>,
}

/// What an agent that starts from this commit may get. What cannot be read is not handed over.
pub(crate) async fn trusted_brought(state: &AppState, project: &Project, commit: &str) -> HandOver {
    let found = match find_inventory(state, project, commit).await {
        Ok(found) => found,
        Err(error) => {
            let text = format!(
                "what the repository brings could not be read, so the agent runs without it: failed to {}",
                ErrorChain(&error)
            );
            return HandOver { brought: None, note: Some(EventBody::board_log(LogLevel::Warn, text)) };
        }
    };
    match find_decision(state, project).await {
        Ok(decision) => hand_over(found, decision.as_ref()),
        Err(error) => {
            let text = format!(
                "what was decided about what the repository brings could not be read, so the agent runs without \
                 it: failed to {}",
                ErrorChain(&error)
            );
            HandOver { brought: None, note: Some(EventBody::board_log(LogLevel::Warn, text)) }
        }
    }
}

/// The files among these that run code by themselves: a review marks them.
pub(crate) fn config_changes<'p>(paths: impl IntoIterator<Item = &'p str>) -> Vec<String> {
    paths.into_iter().filter(|path| runs_by_itself(path)).map(str::to_owned).collect()
}

/// What the project's repository brings on its default branch, and what was decided about it.
///
/// # Errors
/// When the repository or the database cannot be read.
pub(crate) async fn find_project_trust(
    state: &AppState,
    project: &Project,
) -> Result<ProjectTrust, ApiError> {
    let found = match find_inventory(state, project, &project.default_branch).await {
        // A branch without a commit brings nothing yet.
        Err(worktree::Error::BaseNotFound { .. }) => look_through(&[]),
        found => found?,
    };
    let decision = find_decision(state, project).await?;
    let standing = standing(&found, decision.as_ref());
    let is_decided = !matches!(standing, TrustState::Nothing | TrustState::Undecided);
    let decided_at = decision.filter(|_| is_decided).map(|decision| decision.decided_at);
    Ok(ProjectTrust { state: standing, hash: found.hash, items: found.items, decided_at })
}

async fn find_inventory(
    state: &AppState,
    project: &Project,
    commit: &str,
) -> Result<Inventory, worktree::Error> {
    let repository = state.repositories.open(&project.path).await?;
    Ok(look_through(&repository.read_committed(commit, &ROOTS).await?))
}

async fn find_decision(state: &AppState, project: &Project) -> Result<Option<Trust>, db::Error> {
    db::find_trust(&mut *state.store.read().await?, project.id).await
}

/// A refusal holds for whatever comes; trust holds for what was seen.
fn standing(found: &Inventory, decision: Option<&Trust>) -> TrustState {
    let Some(hash) = &found.hash else { return TrustState::Nothing };
    match decision {
        None => TrustState::Undecided,
        Some(Trust { decision: TrustDecision::Refuse, .. }) => TrustState::Refused,
        Some(trust) if trust.hash == *hash => TrustState::Trusted,
        Some(_) => TrustState::Changed,
    }
}

fn hand_over(found: Inventory, decision: Option<&Trust>) -> HandOver {
    let standing = standing(&found, decision);
    let words = in_words(&found.items);
    let note = match standing {
        TrustState::Nothing => None,
        TrustState::Trusted => {
            let text = format!("the agent gets what the repository brings, as it was trusted: {words}");
            Some((LogLevel::Info, text))
        }
        TrustState::Undecided => Some((LogLevel::Warn, without(&words, "that nobody has trusted"))),
        TrustState::Refused => Some((LogLevel::Info, without(&words, "that a person refused"))),
        TrustState::Changed => Some((LogLevel::Warn, without(&words, "that is not what was trusted"))),
    };
    HandOver {
        brought: (standing == TrustState::Trusted).then_some(found.brought),
        note: note.map(|(level, text)| EventBody::board_log(level, text)),
    }
}

fn without(words: &str, why: &str) -> String {
    format!("the repository brings {words} {why}: the agent runs without it")
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use worktree::{CommittedContent, CommittedFile};

    use super::*;

    fn found(text: &str) -> Inventory {
        let content = CommittedContent::Bytes(text.as_bytes().to_vec());
        let path = ".mcp.json".to_owned();
        look_through(&[CommittedFile { path, object_id: String::new(), content }])
    }

    #[test]
    fn only_what_was_seen_and_trusted_is_handed_over() {
        let seen = found(r#"{"mcpServers": {"lab": {"command": "npx"}}}"#);
        let other = found(r#"{"mcpServers": {"lab": {"command": "sh"}}}"#);
        let decided = |decision, found: &Inventory| {
            let hash = found.hash.clone().unwrap();
            Some(Trust { hash, decision, decided_at: Timestamp::from_micros(1) })
        };
        let check = |decision: Option<Trust>, expected: TrustState, part: &str| {
            assert_eq!(standing(&seen, decision.as_ref()), expected);
            let HandOver { brought, note } = hand_over(seen.clone(), decision.as_ref());
            assert_eq!(brought.is_some(), expected == TrustState::Trusted);
            let note = serde_json::to_string(&note.unwrap()).unwrap();
            assert!(note.contains("1 MCP server") && note.contains(part), "{note}");
        };
        check(None, TrustState::Undecided, "nobody has trusted");
        check(decided(TrustDecision::Trust, &seen), TrustState::Trusted, "as it was trusted");
        check(decided(TrustDecision::Trust, &other), TrustState::Changed, "not what was trusted");
        check(decided(TrustDecision::Refuse, &seen), TrustState::Refused, "refused");
        check(decided(TrustDecision::Refuse, &other), TrustState::Refused, "refused");
        let nothing = hand_over(look_through(&[]), decided(TrustDecision::Trust, &seen).as_ref());
        assert!(nothing.brought.is_none() && nothing.note.is_none());
    }

    #[test]
    fn a_review_marks_what_runs_by_itself() {
        let paths = ["src/a.rs", ".mcp.json", "CLAUDE.md", ".github/workflows/ci.yml"];
        assert_eq!(config_changes(paths), [".mcp.json", ".github/workflows/ci.yml"]);
    }
}
