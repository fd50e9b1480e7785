//! What a merge would do now. Writes objects beside the repository's own, and nothing that stays.

use crate::{
    Error, MergeAttempt, MergeForecast, MergeLook, MergeOutcome, MergeRefusal, MergeStyle, Preparation,
    PreparedMerge,
    git::Git,
    merge::{Scene, checkout::Passage, conflict, draft::Draft, hunks, place},
    refs,
    staged::{TemporaryIndex, TemporaryObjects},
};

const SUBJECTS_MAX: usize = 100;

/// Looks at it.
pub(super) async fn look(scene: Scene<'_>, request: &MergeAttempt) -> Result<MergeLook, Error> {
    let objects = TemporaryObjects::new(scene.git.common_dir())?;
    let git = scene.git.with_objects(objects.path());
    let draft = Draft { scene: Scene { git: &git, ..scene }, is_trial: true };
    let forecast = forecast(&draft, request).await?;
    let place = place::find_checkout(scene.git, scene.root, &request.target).await?;
    let (behind, ahead) = count(&git, request).await?;
    let subjects = subjects(&git, request).await?;
    Ok(MergeLook { behind, ahead, subjects, forecast, updates_checkout: place.unwrap_or(false) })
}

async fn forecast(draft: &Draft<'_>, request: &MergeAttempt) -> Result<MergeForecast, Error> {
    let outcome = match draft.prepare(request).await? {
        Preparation::Ready(prepared) => try_checkout(draft, &prepared).await?,
        Preparation::Stopped(outcome) => Some(outcome),
    };
    Ok(match outcome {
        None | Some(MergeOutcome::Merged { .. }) => MergeForecast::Clean,
        Some(MergeOutcome::AlreadyMerged { .. }) => MergeForecast::AlreadyMerged,
        Some(MergeOutcome::Conflict { .. }) => conflict(draft, request).await?,
        Some(MergeOutcome::Refused { reason }) => MergeForecast::Refused { reason },
        Some(MergeOutcome::Busy { .. } | MergeOutcome::TargetMoved { .. } | MergeOutcome::BuiltOn { .. }) => {
            let message = "the repository changes just now: look again".to_owned();
            MergeForecast::Refused { reason: MergeRefusal::Other { message } }
        }
    })
}

/// What the user's checkout says to it, where it would be brought along.
async fn try_checkout(draft: &Draft<'_>, prepared: &PreparedMerge) -> Result<Option<MergeOutcome>, Error> {
    let Scene { git, root, .. } = draft.scene;
    if place::find_checkout(git, root, &prepared.target).await? != Ok(true) {
        return Ok(None);
    }
    let index = TemporaryIndex::new(git.common_dir())?;
    let (old, new) = (prepared.target_before.as_str(), prepared.commit.as_str());
    Passage { git, root, index: index.path(), target: &prepared.target, old, new }.check(None).await
}

async fn conflict(draft: &Draft<'_>, request: &MergeAttempt) -> Result<MergeForecast, Error> {
    let git = draft.scene.git;
    let target = refs::find_branch(git, &request.target).await?.unwrap_or_default();
    Ok(match conflict::merge_trees(git, &target, &request.expected_head).await? {
        // It was one a moment ago.
        Ok(_) => MergeForecast::Clean,
        Err(conflicts) => MergeForecast::Conflict { files: hunks::detail(git, &conflicts).await? },
    })
}

/// Commits that only the target has, and those that only the attempt has; nothing where there is no target.
async fn count(git: &Git, request: &MergeAttempt) -> Result<(u32, u32), Error> {
    let Some(target) = refs::find_branch(git, &request.target).await? else { return Ok((0, 0)) };
    let range = format!("{target}...{}", request.expected_head);
    let args = ["--left-right", "--count", "--end-of-options", &range];
    let text = git.call("rev-list").args(args).text().await?;
    let mut counts = text.split_ascii_whitespace().map(str::parse::<u32>);
    match (counts.next(), counts.next()) {
        (Some(Ok(behind)), Some(Ok(ahead))) => Ok((behind, ahead)),
        _ => Err(Error::Unexpected { command: "rev-list".to_owned(), message: format!("it said {text:?}") }),
    }
}

pub(super) async fn subjects(git: &Git, request: &MergeAttempt) -> Result<Vec<String>, Error> {
    if request.style == MergeStyle::Rebase {
        return Ok(Vec::new());
    }
    let Some(target) = refs::find_branch(git, &request.target).await? else { return Ok(Vec::new()) };
    let range = format!("{target}..{}", request.expected_head);
    let count = format!("--max-count={SUBJECTS_MAX}");
    let args = ["--no-merges", "--no-show-signature", "--format=%s", &count, "--end-of-options", &range];
    let listing = git.call("log").args(args).text().await?;
    let mut subjects: Vec<String> = listing.lines().map(str::to_owned).collect();
    subjects.reverse();
    Ok(subjects)
}
