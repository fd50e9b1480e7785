//! What a transaction touched, so that the observer hears of all of it.

use std::collections::BTreeSet;

use domain::{ApprovalId, AttemptId, CommentId, GateRunId, MessageId, ProjectId, QuestionId, TaskId};

use crate::approval::{find_approval, find_question};
use crate::attempt::try_find_attempt;
use crate::comment::try_find_comment;
use crate::gate_run::try_find_gate_run;
use crate::message::find_message;
use crate::project::try_find_project;
use crate::task::try_find_task;
use crate::{Committed, Connection, Error, StoredEvent};

/// Ids of what was touched, and the events as they are: nothing else has their payload any more.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    tasks: BTreeSet<TaskId>,
    attempts: BTreeSet<AttemptId>,
    projects: BTreeSet<ProjectId>,
    deleted_tasks: Vec<(ProjectId, TaskId)>,
    deleted_projects: Vec<ProjectId>,
    approvals: BTreeSet<ApprovalId>,
    questions: BTreeSet<QuestionId>,
    messages: BTreeSet<MessageId>,
    comments: BTreeSet<CommentId>,
    deleted_comments: Vec<(TaskId, CommentId)>,
    gate_runs: BTreeSet<GateRunId>,
    events: Vec<(AttemptId, Vec<StoredEvent>)>,
}

impl Changes {
    pub(crate) fn task(&mut self, id: TaskId) {
        self.tasks.insert(id);
    }

    /// The attempt's task counts as touched, too.
    pub(crate) fn attempt(&mut self, id: AttemptId) {
        self.attempts.insert(id);
    }

    pub(crate) fn project(&mut self, id: ProjectId) {
        self.projects.insert(id);
    }

    pub(crate) fn deleted_task(&mut self, project_id: ProjectId, id: TaskId) {
        self.deleted_tasks.push((project_id, id));
    }

    pub(crate) fn deleted_project(&mut self, id: ProjectId) {
        self.deleted_projects.push(id);
    }

    pub(crate) fn approval(&mut self, id: ApprovalId) {
        self.approvals.insert(id);
    }

    pub(crate) fn question(&mut self, id: QuestionId) {
        self.questions.insert(id);
    }

    pub(crate) fn gate_run(&mut self, id: GateRunId) {
        self.gate_runs.insert(id);
    }

    pub(crate) fn message(&mut self, id: MessageId) {
        self.messages.insert(id);
    }

    pub(crate) fn comment(&mut self, id: CommentId) {
        self.comments.insert(id);
    }

    pub(crate) fn deleted_comment(&mut self, task_id: TaskId, id: CommentId) {
        self.deleted_comments.push((task_id, id));
    }

    /// Events of one attempt follow each other in one list.
    pub(crate) fn events(&mut self, attempt_id: AttemptId, events: Vec<StoredEvent>) {
        match self.events.iter_mut().find(|(id, _)| *id == attempt_id) {
            Some((_, known)) => known.extend(events),
            None => self.events.push((attempt_id, events)),
        }
    }

    /// Adds what a later part of the transaction touched.
    pub(crate) fn merge(&mut self, later: Self) {
        self.tasks.extend(later.tasks);
        self.attempts.extend(later.attempts);
        self.projects.extend(later.projects);
        self.deleted_tasks.extend(later.deleted_tasks);
        self.deleted_projects.extend(later.deleted_projects);
        self.approvals.extend(later.approvals);
        self.questions.extend(later.questions);
        self.messages.extend(later.messages);
        self.gate_runs.extend(later.gate_runs);
        self.comments.extend(later.comments);
        self.deleted_comments.extend(later.deleted_comments);
        for (attempt_id, events) in later.events {
            self.events(attempt_id, events);
        }
    }

    /// Reads all that was touched as it stands now, inside the transaction. What was deleted is left out.
    pub(crate) async fn load(mut self, connection: &mut Connection) -> Result<Committed, Error> {
        let mut committed = Committed {
            deleted_tasks: self.deleted_tasks,
            deleted_projects: self.deleted_projects,
            deleted_comments: self.deleted_comments,
            events: self.events,
            ..Committed::default()
        };
        for id in self.projects {
            committed.projects.extend(try_find_project(connection, id).await?);
        }
        for id in self.attempts {
            committed.attempts.extend(try_find_attempt(connection, id).await?);
        }
        self.tasks.extend(committed.attempts.iter().map(|attempt| attempt.task_id));
        for id in self.tasks {
            committed.tasks.extend(try_find_task(connection, id).await?);
        }
        for id in self.approvals {
            committed.approvals.push(find_approval(connection, id).await?);
        }
        for id in self.questions {
            committed.questions.push(find_question(connection, id).await?);
        }
        for id in self.messages {
            committed.messages.push(find_message(connection, id).await?);
        }
        for id in self.comments {
            committed.comments.extend(try_find_comment(connection, id).await?.map(|stored| stored.comment));
        }
        for id in self.gate_runs {
            committed.gate_runs.extend(try_find_gate_run(connection, id).await?);
        }
        Ok(committed)
    }
}
