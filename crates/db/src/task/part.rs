//! Tables `task_labels`, `criteria` and `task_focus_files`: short lists that are replaced as a whole.

use domain::{Criterion, CriterionId, CriterionPatch, TaskId};
use uuid::Uuid;

use super::card::SEPARATOR;
use crate::statement::{Statement, statements};
use crate::{Error, WriteTx};

statements! {
    DELETE_LABELS = "delete from task_labels where task_id = $1";
    INSERT_LABEL = "insert into task_labels (task_id, position, label) values ($1, $2, $3)";
    DELETE_FOCUS_FILES = "delete from task_focus_files where task_id = $1";
    INSERT_FOCUS_FILE = "insert into task_focus_files (task_id, position, path) values ($1, $2, $3)";
    DELETE_CRITERIA = "delete from criteria where task_id = $1";
    INSERT_CRITERION = "insert into criteria (task_id, position, id, text, is_done, evidence) \
                        values ($1, $2, $3, $4, $5, $6)";
}

/// A label counts once, where it stands first.
pub(crate) async fn replace_labels(tx: &mut WriteTx, id: TaskId, labels: &[String]) -> Result<(), Error> {
    replace_texts(tx, id, labels, "labels", [DELETE_LABELS, INSERT_LABEL]).await
}

/// A path counts once, where it stands first.
pub(crate) async fn replace_focus_files(tx: &mut WriteTx, id: TaskId, paths: &[String]) -> Result<(), Error> {
    replace_texts(tx, id, paths, "focus_files", [DELETE_FOCUS_FILES, INSERT_FOCUS_FILE]).await
}

pub(crate) async fn replace_criteria(
    tx: &mut WriteTx,
    id: TaskId,
    criteria: &[Criterion],
) -> Result<(), Error> {
    DELETE_CRITERIA.bind(id.as_uuid()).execute(tx.connection()).await?;
    for (position, criterion) in (0i32..).zip(criteria) {
        let statement = INSERT_CRITERION
            .bind(id.as_uuid())
            .bind(position)
            .bind(criterion.id.as_uuid())
            .bind(criterion.text.clone())
            .bind(criterion.done)
            .bind(criterion.evidence.clone());
        statement.execute(tx.connection()).await?;
    }
    Ok(())
}

/// Criteria of a new task: none is done, each gets an id.
pub(crate) fn new_criteria(texts: &[String]) -> Vec<Criterion> {
    let criterion =
        |text: &String| Criterion { id: new_id(), text: text.clone(), done: false, evidence: None };
    texts.iter().map(criterion).collect()
}

/// The checklist that a client sent: what has an id must be one of `known`, once; what has none gets one.
pub(crate) fn patched_criteria(
    known: &[Criterion],
    patches: &[CriterionPatch],
) -> Result<Vec<Criterion>, Error> {
    let mut unused: Vec<CriterionId> = known.iter().map(|criterion| criterion.id).collect();
    patches.iter().map(|patch| patched_criterion(&mut unused, patch)).collect()
}

fn patched_criterion(unused: &mut Vec<CriterionId>, patch: &CriterionPatch) -> Result<Criterion, Error> {
    let id = match patch.id {
        None => new_id(),
        Some(id) => {
            let place = unused.iter().position(|candidate| *candidate == id);
            unused.swap_remove(place.ok_or_else(|| unknown_criterion(id))?)
        }
    };
    let CriterionPatch { text, done, evidence, .. } = patch.clone();
    Ok(Criterion { id, text, done, evidence })
}

fn unknown_criterion(id: CriterionId) -> Error {
    let message =
        format!("criterion {id} is not (or twice) on this task's list: leave the id out for a new one");
    Error::Invalid { field: "criteria", message }
}

fn new_id() -> CriterionId {
    Uuid::now_v7().into()
}

async fn replace_texts(
    tx: &mut WriteTx,
    id: TaskId,
    texts: &[String],
    field: &'static str,
    [delete, insert]: [Statement; 2],
) -> Result<(), Error> {
    if texts.iter().any(|text| text.contains(SEPARATOR)) {
        return Err(Error::Invalid { field, message: "a text has a control character".to_owned() });
    }
    delete.bind(id.as_uuid()).execute(tx.connection()).await?;
    for (position, text) in (0i32..).zip(texts) {
        let is_repeat = texts.iter().position(|first| first == text) != usize::try_from(position).ok();
        if !is_repeat {
            insert.bind(id.as_uuid()).bind(position).bind(text.clone()).execute(tx.connection()).await?;
        }
    }
    Ok(())
}
