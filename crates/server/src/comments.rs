//! Comments of reviewers: written on a line or a file, found again when the code moves, and answered by commits.
//!
//! What a comment is about is read from the repository when it is written and when it is shown; a place that cannot be
//! found is said to be outdated, never guessed.

pub(crate) mod anchor;

use std::collections::HashMap;

use db::{CommentAnchor, CommentContext, Durability, NewComment, StoredComment, WriteTx};
use domain::{
    Attempt, AttemptId, AttemptState, Comment, CommentId, CommentState, CreateComment, DiffSide, Timestamp,
    UpdateComment,
};
use utils::OrLog;
use worktree::{DiffRequest, DiffTarget, FollowFiles, FollowedFile, Repository};

use crate::{
    api::failure::{conflict, invalid},
    clock::{new_id, now},
    comments::anchor::{Followed, WantedLine, context_of, shown_line},
    error::ApiError,
    state::{AppState, transaction},
    workflow::{
        finish_attempt::worktree_of,
        prepare_attempt::{Assignment, load_assignment},
    },
};

/// Longest comment, in bytes.
const BODY_BYTES_MAX: usize = 16 * 1024;
const PATH_BYTES_MAX: usize = 4 * 1024;

/// All comments of an attempt's task, each at its place in the attempt's diff.
///
/// # Errors
/// When the attempt does not exist.
pub(crate) async fn list_comments(state: &AppState, attempt_id: AttemptId) -> Result<Vec<Comment>, ApiError> {
    settle_comments(state, attempt_id)
        .await
        .map_err(|error| format!("{error:?}"))
        .or_log("answering comments");
    let assignment = load_assignment(state, attempt_id).await?;
    let stored = db::list_comments(&mut *state.store.read().await?, assignment.task.id).await?;
    let as_stored = || stored.iter().map(|stored| stored.comment.clone()).collect();
    let anchored = anchor_comments(state, &assignment, &stored).await.map_err(|error| format!("{error:?}"));
    Ok(anchored.or_log("finding the lines of comments").unwrap_or_else(as_stored))
}

/// Writes a comment on an attempt's diff, as a draft.
///
/// # Errors
/// When there is no such file or line, or nothing is said.
pub(crate) async fn create_comment(
    state: &AppState,
    attempt_id: AttemptId,
    request: CreateComment,
) -> Result<Comment, ApiError> {
    let assignment = load_assignment(state, attempt_id).await?;
    let new = compose(state, &assignment, &request).await?;
    let at = now();
    let work = transaction::<Comment, db::Error, _>(move |tx| {
        Box::pin(async move {
            db::insert_comment(tx, &new, at).await?;
            db::find_comment(tx.connection(), new.id).await.map(|stored| stored.comment)
        })
    });
    Ok(state.store.write(Durability::Full, work).await?)
}

/// Changes a draft.
///
/// # Errors
/// When it was sent, or nothing is said.
pub(crate) async fn update_comment(
    state: &AppState,
    id: CommentId,
    request: UpdateComment,
) -> Result<Comment, ApiError> {
    let (body, at) = (checked_body(&request.body)?, now());
    let work = transaction::<Comment, db::Error, _>(move |tx| {
        Box::pin(async move {
            db::update_comment_body(tx, id, &body, at).await?;
            db::find_comment(tx.connection(), id).await.map(|stored| stored.comment)
        })
    });
    Ok(state.store.write(Durability::Full, work).await?)
}

/// Deletes a draft.
///
/// # Errors
/// When it was sent.
pub(crate) async fn delete_comment(state: &AppState, id: CommentId) -> Result<(), ApiError> {
    let work =
        transaction::<(), db::Error, _>(move |tx| Box::pin(async move { db::delete_comment(tx, id).await }));
    Ok(state.store.write(Durability::Full, work).await?)
}

fn checked_body(body: &str) -> Result<String, ApiError> {
    let body = body.trim();
    match body.len() {
        0 => Err(invalid("body", "say what you mean: the comment is empty")),
        length if length > BODY_BYTES_MAX => {
            Err(invalid("body", format!("a comment has at most {} KiB", BODY_BYTES_MAX / 1024)))
        }
        _ => Ok(body.to_owned()),
    }
}

/// A comment on a diff with what finds its line again. Nothing is stored.
///
/// # Errors
/// When there is no such file or line, or nothing is said.
pub(crate) async fn compose(
    state: &AppState,
    assignment: &Assignment,
    request: &CreateComment,
) -> Result<NewComment, ApiError> {
    let Assignment { attempt, task, project, .. } = assignment;
    let body = checked_body(&request.body)?;
    if request.path.is_empty() || request.path.len() > PATH_BYTES_MAX {
        return Err(invalid("path", "name the file as the diff does"));
    }
    let repository = state.repositories.open(&project.path).await?;
    let side = request.side.unwrap_or(DiffSide::New);
    let found = find_file(&repository, attempt, side, request).await?;
    let FoundFile { side, commit, path, text } = found;
    let (line_text, context) = match request.line {
        None => (None, CommentContext::default()),
        Some(line) => {
            let text = text.ok_or_else(|| invalid("line", "the file has no lines that could be shown"))?;
            let (line_text, context) = read_line(&text, line)?;
            (Some(line_text), context)
        }
    };
    Ok(NewComment {
        id: new_id(),
        task_id: task.id,
        attempt_id: attempt.id,
        commit,
        path,
        side,
        line: request.line,
        line_text,
        context,
        body,
    })
}

fn read_line(text: &str, line: i32) -> Result<(String, CommentContext), ApiError> {
    let lines: Vec<&str> = text.lines().map(shown_line).collect();
    let number = usize::try_from(line).ok().filter(|number| (1..=lines.len()).contains(number));
    let number = number
        .ok_or_else(|| invalid("line", format!("the file has the lines 1 to {}, not {line}", lines.len())))?;
    Ok((lines[number - 1].to_owned(), context_of(&lines, number)))
}

/// The file that a comment is on, on the side that has it.
struct FoundFile {
    side: DiffSide,
    commit: String,
    path: String,
    text: Option<String>,
}

async fn find_file(
    repository: &Repository,
    attempt: &Attempt,
    side: DiffSide,
    request: &CreateComment,
) -> Result<FoundFile, ApiError> {
    if let Some(found) = read_side(repository, attempt, side, &request.path).await? {
        return Ok(found);
    }
    // A file that moved has its new name in the diff, and a file that is gone has its old side only.
    let old_path = match side {
        DiffSide::Old => find_old_path(repository, attempt, &request.path).await?,
        DiffSide::New if request.line.is_none() => Some(request.path.clone()),
        DiffSide::New => None,
    };
    let found = match old_path {
        Some(path) => read_side(repository, attempt, DiffSide::Old, &path).await?,
        None => None,
    };
    found.ok_or_else(|| invalid("path", format!("there is no file {} on this side", request.path)))
}

async fn read_side(
    repository: &Repository,
    attempt: &Attempt,
    side: DiffSide,
    path: &str,
) -> Result<Option<FoundFile>, ApiError> {
    let target = side_of(attempt, side)
        .ok_or_else(|| conflict("the attempt has left no work yet that could be commented on"))?;
    let known = [&attempt.head_commit, &attempt.base_commit].into_iter().flatten().next().cloned();
    let commit = match &target {
        DiffTarget::Commit(commit) => commit.clone(),
        DiffTarget::Worktree(worktree) => known.unwrap_or_else(|| worktree.base_commit.clone()),
    };
    let request = FollowFiles { from: None, target, paths: vec![path.to_owned()] };
    let file = repository.follow_files(&request).await?.remove(path).filter(|file| file.is_there);
    Ok(file.map(|file| FoundFile { side, commit, path: path.to_owned(), text: file.after }))
}

async fn find_old_path(
    repository: &Repository,
    attempt: &Attempt,
    path: &str,
) -> Result<Option<String>, ApiError> {
    let (Some(base), Some(target)) = (attempt.base_commit.clone(), side_of(attempt, DiffSide::New)) else {
        return Ok(None);
    };
    let diff = repository.diff_summary(&DiffRequest::since_merge_base(base, target)).await?;
    Ok(diff.files.into_iter().find(|file| file.path == path).and_then(|file| file.old_path))
}

/// Where a side of an attempt's diff is read: the new one while its agent is at work from its worktree, then from its
/// branch. None where there is nothing yet.
fn side_of(attempt: &Attempt, side: DiffSide) -> Option<DiffTarget> {
    match side {
        DiffSide::Old => attempt.base_commit.clone().map(DiffTarget::Commit),
        DiffSide::New => match (worktree_of(attempt), &attempt.head_commit) {
            (Some(worktree), _) if attempt.state.is_live() => Some(DiffTarget::Worktree(worktree)),
            (_, Some(head)) => Some(DiffTarget::Commit(head.clone())),
            (Some(worktree), None) => Some(DiffTarget::Worktree(worktree)),
            (None, None) => None,
        },
    }
}

/// The comments with their paths and lines in an attempt's diff.
///
/// # Errors
/// When the repository cannot be read.
pub(crate) async fn anchor_comments(
    state: &AppState,
    assignment: &Assignment,
    stored: &[StoredComment],
) -> Result<Vec<Comment>, ApiError> {
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let repository = state.repositories.open(&assignment.project.path).await?;
    let mut groups: HashMap<(&str, bool), Vec<&StoredComment>> = HashMap::new();
    for one in stored {
        let is_old = one.comment.side == DiffSide::Old;
        groups.entry((one.comment.commit.as_str(), is_old)).or_default().push(one);
    }
    let mut anchored = Vec::with_capacity(stored.len());
    for ((commit, is_old), group) in groups {
        let side = if is_old { DiffSide::Old } else { DiffSide::New };
        let files = match side_of(&assignment.attempt, side) {
            Some(target) => follow_group(&repository, commit, target, &group).await?,
            None => HashMap::new(),
        };
        anchored.extend(anchor_group(&group, &files));
    }
    anchored.sort_by_key(|comment| (comment.created_at, comment.id));
    Ok(anchored)
}

async fn follow_group(
    repository: &Repository,
    commit: &str,
    target: DiffTarget,
    group: &[&StoredComment],
) -> Result<HashMap<String, FollowedFile>, ApiError> {
    let mut paths: Vec<String> = group.iter().map(|stored| stored.comment.path.clone()).collect();
    paths.sort_unstable();
    paths.dedup();
    Ok(repository.follow_files(&FollowFiles { from: Some(commit.to_owned()), target, paths }).await?)
}

fn anchor_group(group: &[&StoredComment], files: &HashMap<String, FollowedFile>) -> Vec<Comment> {
    let texts: HashMap<&str, Followed<'_>> = files
        .iter()
        .filter_map(|(path, file)| {
            let after = file.after.as_deref()?;
            Some((path.as_str(), Followed::new(file.before.as_deref().unwrap_or_default(), after)))
        })
        .collect();
    group.iter().map(|stored| anchor_one(stored, files, &texts)).collect()
}

fn anchor_one(
    stored: &StoredComment,
    files: &HashMap<String, FollowedFile>,
    texts: &HashMap<&str, Followed<'_>>,
) -> Comment {
    let mut comment = stored.comment.clone();
    let wanted = comment.line.zip(comment.line_text.as_deref()).and_then(|(line, text)| {
        Some(WantedLine { line: usize::try_from(line).ok()?, text, context: &stored.context })
    });
    let text = texts.get(comment.path.as_str());
    let found = wanted.and_then(|wanted| text.and_then(|text| text.find_line(wanted)));
    comment.current_line = found.and_then(|line| i32::try_from(line).ok());
    let file = files.get(&comment.path).filter(|file| file.is_there);
    comment.is_outdated = if comment.line.is_some() { found.is_none() } else { file.is_none() };
    if let Some(file) = file {
        comment.path.clone_from(&file.path);
    }
    comment
}

/// Says which commits answered the comments that an attempt's task has, and where the lines are in its newest attempt.
/// May be repeated.
///
/// # Errors
/// When the repository or the database cannot be read.
pub(crate) async fn settle_comments(state: &AppState, attempt_id: AttemptId) -> Result<(), ApiError> {
    let mut connection = state.store.read().await?;
    let task_id = db::find_attempt(&mut connection, attempt_id).await?.task_id;
    let stored = db::list_comments(&mut connection, task_id).await?;
    if stored.is_empty() {
        return Ok(());
    }
    let attempts = db::list_attempts(&mut connection, task_id).await?;
    drop(connection);
    let Some(newest) = attempts.first() else { return Ok(()) };
    let assignment = load_assignment(state, newest.id).await?;
    let anchored = anchor_comments(state, &assignment, &stored).await?;
    let repository = state.repositories.open(&assignment.project.path).await?;
    let mut answers = Vec::new();
    for comment in anchored.iter().filter(|comment| comment.state == CommentState::Sent) {
        let told = attempts.iter().find(|attempt| Some(attempt.id) == comment.sent_attempt_id);
        let Some(told) = told.filter(|attempt| has_stopped_working(attempt.state)) else { continue };
        let then = stored.iter().find(|stored| stored.comment.id == comment.id);
        let path = then.map_or(comment.path.as_str(), |stored| stored.comment.path.as_str());
        answers.extend(find_answer(&repository, told, comment, path).await?);
    }
    store_findings(state, Findings { anchors: changed_anchors(&stored, &anchored), answers }).await
}

/// Whether its agent's work so far is taken up.
const fn has_stopped_working(state: AttemptState) -> bool {
    use AttemptState as S;
    !matches!(state, S::Queued | S::Preparing | S::Running | S::Waiting)
}

/// A comment with the commit that answered it, if the file has one.
type Answer = (CommentId, Option<String>);

/// None while the attempt that was told has left nothing new.
async fn find_answer(
    repository: &Repository,
    told: &Attempt,
    comment: &Comment,
    path_then: &str,
) -> Result<Option<Answer>, ApiError> {
    let Some(head) = told.head_commit.as_deref() else { return Ok(None) };
    let start = [told.reviewed_commit.as_deref(), told.base_commit.as_deref()];
    let known: Vec<&str> = start.into_iter().flatten().chain([comment.commit.as_str()]).collect();
    if known.contains(&head) || repository.find_last_change(head, &known, &[]).await?.is_none() {
        return Ok(None);
    }
    let commit = repository.find_last_change(head, &known, &[path_then, &comment.path]).await?;
    Ok(Some((comment.id, commit)))
}

fn changed_anchors(stored: &[StoredComment], anchored: &[Comment]) -> Vec<(CommentId, CommentAnchor)> {
    let is_changed = |comment: &&Comment| {
        let before = stored.iter().map(|stored| &stored.comment).find(|before| before.id == comment.id);
        before.is_some_and(|before| {
            (before.current_line, before.is_outdated) != (comment.current_line, comment.is_outdated)
        })
    };
    let anchor = |comment: &Comment| CommentAnchor {
        current_line: comment.current_line,
        is_outdated: comment.is_outdated,
    };
    anchored.iter().filter(is_changed).map(|comment| (comment.id, anchor(comment))).collect()
}

/// What the repository says about comments.
struct Findings {
    anchors: Vec<(CommentId, CommentAnchor)>,
    answers: Vec<Answer>,
}

async fn store_findings(state: &AppState, findings: Findings) -> Result<(), ApiError> {
    if findings.anchors.is_empty() && findings.answers.is_empty() {
        return Ok(());
    }
    let at = now();
    let work = transaction::<(), db::Error, _>(move |tx| {
        Box::pin(async move { write_findings(tx, findings, at).await })
    });
    Ok(state.store.write(Durability::Full, work).await?)
}

async fn write_findings(tx: &mut WriteTx, findings: Findings, at: Timestamp) -> Result<(), db::Error> {
    for (id, anchor) in findings.anchors {
        db::set_comment_anchor(tx, id, anchor).await?;
    }
    for (id, commit) in findings.answers {
        db::answer_comment(tx, id, commit.as_deref(), at).await?;
    }
    Ok(())
}
