//! What every open browser sees: the cached cards of each board, and the stream of their changes.
//!
//! Fed only by what the database has committed, in commit order, so that nothing is shown that is not stored. Holds
//! no truth of its own: what is not cached is read from the database.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError, RwLock, Weak},
};

use axum::extract::ws::Utf8Bytes;
use bytes::{BufMut, Bytes, BytesMut};
use db::{Committed, Observer, StoredEvent};
use domain::{Attempt, AttemptId, AttemptState, Project, ProjectId, Radar, Rank, Task, TaskId, TaskStatus};
use executor::Partial;
use tokio::sync::broadcast;
use utils::OrLog;

use crate::digest::partial_frame;

/// Changes that a browser may lag behind before it is told to fetch the board again.
const BOARD_BACKLOG_MAX: usize = 1_024;
/// The same in bytes: descriptions can be long.
const BOARD_BACKLOG_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Frames that a viewer of an attempt may lag behind before it reads from the database instead.
const ATTEMPT_BACKLOG_MAX: usize = 64;
/// Most text that is kept while it is being written, for those who open the log in the middle of it.
const UNFINISHED_BYTES_MAX: usize = 128 * 1024;
/// Largest frame that is rendered once for all viewers; larger batches are read from the database by each.
const SHARED_FRAME_BYTES_MAX: usize = 256 * 1024;

/// One change of a board: the frame's fields after `type` and `n`, already as JSON.
#[derive(Debug, Clone)]
pub(crate) struct BoardChange {
    /// The frame's `type`.
    pub(crate) kind: &'static str,
    /// The rest of the object, as `"task":{…}`; gone once too much came after it.
    pub(crate) fields: Weak<str>,
}

/// The newest changes, within a bound of bytes, however slow somebody reads them.
#[derive(Default)]
struct Backlog {
    fields: VecDeque<Arc<str>>,
    byte_count: usize,
}

impl Backlog {
    fn keep(&mut self, fields: Arc<str>) {
        self.byte_count += fields.len();
        self.fields.push_back(fields);
        while self.fields.len() > BOARD_BACKLOG_MAX
            || (self.fields.len() > 1 && self.byte_count > BOARD_BACKLOG_BYTES_MAX)
        {
            self.byte_count -= self.fields.pop_front().map_or(0, |oldest| oldest.len());
        }
    }
}

/// Something new about one attempt's log.
#[derive(Debug, Clone)]
pub(crate) enum AttemptUpdate {
    /// Events `first` to `last` are stored; the frame has them all unless it would be too large.
    Events {
        /// First sequence number.
        first: i32,
        /// Last sequence number.
        last: i32,
        /// The frame, ready to send.
        frame: Option<Utf8Bytes>,
    },
    /// Text that is being written after this event; never stored.
    Partial {
        /// The log's last sequence number when it was written.
        after: i32,
        /// The frame, ready to send.
        frame: Utf8Bytes,
    },
    /// The attempt will write no more.
    Ended,
}

/// Text that is being written, from its beginning, for those who open the log in the middle of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// The log's last sequence number when it was written.
    pub(crate) after: i32,
    is_thinking: bool,
    text: String,
}

impl Unfinished {
    /// The text with these pieces; none if there is no text, or more than is worth keeping.
    fn extended(before: Option<Self>, after: i32, partials: &[Partial]) -> Option<Self> {
        let mut whole = before.unwrap_or(Self { after, is_thinking: false, text: String::new() });
        whole.after = after;
        for partial in partials {
            let (is_thinking, piece) = match partial {
                Partial::Reset => (false, None),
                Partial::Text(text) => (false, Some(text)),
                Partial::Thinking(text) => (true, Some(text)),
            };
            if piece.is_none() || whole.is_thinking != is_thinking {
                whole.text.clear();
            }
            whole.is_thinking = is_thinking;
            whole.text.push_str(piece.map_or("", String::as_str));
        }
        (!whole.text.is_empty() && whole.text.len() <= UNFINISHED_BYTES_MAX).then_some(whole)
    }

    /// The frame that shows it from its beginning.
    pub(crate) fn frame(self, attempt_id: AttemptId) -> String {
        let piece = if self.is_thinking { Partial::Thinking(self.text) } else { Partial::Text(self.text) };
        partial_frame(attempt_id, &[Partial::Reset, piece])
    }
}

/// Who views an attempt's log, and what is being written into it.
struct Log {
    viewers: broadcast::Sender<AttemptUpdate>,
    unfinished: Option<Unfinished>,
}

impl Log {
    fn new() -> Self {
        Self { viewers: broadcast::channel(ATTEMPT_BACKLOG_MAX).0, unfinished: None }
    }
}

struct Card {
    task: Arc<Task>,
    json: Arc<str>,
}

#[derive(Default)]
struct Cards {
    by_id: HashMap<TaskId, Card>,
    order: BTreeMap<(TaskStatus, Rank, TaskId), ()>,
    body: Option<Bytes>,
}

impl Cards {
    /// Puts the task in; false if nothing about it that is shown has changed.
    fn put(&mut self, task: Task, json: Arc<str>) -> bool {
        if self.by_id.get(&task.id).is_some_and(|card| card.json == json) {
            return false;
        }
        self.remove(task.id);
        self.order.insert((task.status, task.rank.clone(), task.id), ());
        self.by_id.insert(task.id, Card { task: Arc::new(task), json });
        true
    }

    fn remove(&mut self, task_id: TaskId) {
        self.body = None;
        if let Some(card) = self.by_id.remove(&task_id) {
            self.order.remove(&(card.task.status, card.task.rank.clone(), task_id));
        }
    }

    fn in_order(&self) -> impl Iterator<Item = &Card> {
        self.order.keys().filter_map(|(_, _, task_id)| self.by_id.get(task_id))
    }

    fn body(&mut self) -> Bytes {
        if let Some(body) = &self.body {
            return body.clone();
        }
        let body = list_body(self.in_order().map(|card| card.json.as_ref()));
        self.body = Some(body.clone());
        body
    }
}

/// The JSON of a list answer from the JSON of its items.
pub(crate) fn list_body<'a>(items: impl Iterator<Item = &'a str>) -> Bytes {
    let mut body = BytesMut::with_capacity(4 * 1024);
    body.put_slice(b"{\"items\":[");
    for (index, item) in items.enumerate() {
        if index > 0 {
            body.put_u8(b',');
        }
        body.put_slice(item.as_bytes());
    }
    body.put_slice(b"],\"next_cursor\":null}");
    body.freeze()
}

/// A project's cards: complete, or being read while changes gather.
enum ProjectCards {
    Loading(Vec<TaskChange>),
    Loaded(Cards),
}

enum TaskChange {
    Put(Box<Task>, Arc<str>),
    Remove(TaskId),
}

/// The cached boards and the streams of their changes.
pub(crate) struct Board {
    projects: RwLock<HashMap<ProjectId, ProjectCards>>,
    attempts: Mutex<HashMap<AttemptId, String>>,
    changes: broadcast::Sender<BoardChange>,
    backlog: Mutex<Backlog>,
    logs: Mutex<HashMap<AttemptId, Log>>,
    wake: Arc<tokio::sync::Notify>,
    /// Wakes whoever waits for what becomes of a message or a question.
    pub(crate) talked: tokio::sync::Notify,
}

impl Board {
    /// An empty board that wakes the scheduler by `wake` when something changed.
    pub(crate) fn new(wake: Arc<tokio::sync::Notify>) -> Self {
        Self {
            projects: RwLock::default(),
            attempts: Mutex::default(),
            changes: broadcast::channel(BOARD_BACKLOG_MAX).0,
            backlog: Mutex::default(),
            logs: Mutex::default(),
            wake,
            talked: tokio::sync::Notify::new(),
        }
    }

    /// All changes from now on.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<BoardChange> {
        self.changes.subscribe()
    }

    /// What happens to one attempt's log from now on, and what is being written into it just now.
    pub(crate) fn subscribe_attempt(
        &self,
        attempt_id: AttemptId,
    ) -> (broadcast::Receiver<AttemptUpdate>, Option<Unfinished>) {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let log = logs.entry(attempt_id).or_insert_with(Log::new);
        (log.viewers.subscribe(), log.unfinished.clone())
    }

    /// Shows text that is being written after event `after` to the viewers of an attempt, and keeps it for those to come.
    pub(crate) fn announce_partial(&self, attempt_id: AttemptId, after: i32, partials: &[Partial]) {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let log = logs.entry(attempt_id).or_insert_with(Log::new);
        log.unfinished = Unfinished::extended(log.unfinished.take(), after, partials);
        if log.viewers.receiver_count() > 0 {
            let frame = partial_frame(attempt_id, partials).into();
            send(&log.viewers, AttemptUpdate::Partial { after, frame });
        }
    }

    /// The whole board as the body of its list, if it is cached.
    pub(crate) fn cached_body(&self, project_id: ProjectId) -> Option<Bytes> {
        let mut projects = self.projects.write().unwrap_or_else(PoisonError::into_inner);
        match projects.get_mut(&project_id) {
            Some(ProjectCards::Loaded(cards)) => Some(cards.body()),
            Some(ProjectCards::Loading(_)) | None => None,
        }
    }

    /// The cards that `matches`, in board order, as the body of a list, if the board is cached.
    pub(crate) fn filtered_body(
        &self,
        project_id: ProjectId,
        matches: impl Fn(&Task) -> bool,
    ) -> Option<Bytes> {
        let projects = self.projects.read().unwrap_or_else(PoisonError::into_inner);
        match projects.get(&project_id) {
            Some(ProjectCards::Loaded(cards)) => {
                let found = cards.in_order().filter(|card| matches(&card.task));
                Some(list_body(found.map(|card| card.json.as_ref())))
            }
            Some(ProjectCards::Loading(_)) | None => None,
        }
    }

    /// Begins to gather changes of a project whose cards are about to be read. False if somebody reads them already.
    pub(crate) fn begin_loading(&self, project_id: ProjectId) {
        let mut projects = self.projects.write().unwrap_or_else(PoisonError::into_inner);
        projects.entry(project_id).or_insert_with(|| ProjectCards::Loading(Vec::new()));
    }

    /// Takes what was read; what changed meanwhile goes over it.
    pub(crate) fn finish_loading(&self, project_id: ProjectId, tasks: Vec<Task>) {
        let mut cards = Cards::default();
        for task in tasks {
            if let Some(json) = json_of(&task) {
                cards.put(task, json);
            }
        }
        let mut projects = self.projects.write().unwrap_or_else(PoisonError::into_inner);
        let Some(ProjectCards::Loading(changes)) = projects.get_mut(&project_id) else { return };
        for change in changes.drain(..) {
            match change {
                TaskChange::Put(task, json) => {
                    cards.put(*task, json);
                }
                TaskChange::Remove(task_id) => cards.remove(task_id),
            }
        }
        projects.insert(project_id, ProjectCards::Loaded(cards));
    }

    fn put_task(&self, task: Task) {
        let Some(json) = json_of(&task) else { return };
        let mut projects = self.projects.write().unwrap_or_else(PoisonError::into_inner);
        let is_changed = match projects.get_mut(&task.project_id) {
            Some(ProjectCards::Loaded(cards)) => cards.put(task, json.clone()),
            Some(ProjectCards::Loading(changes)) => {
                changes.push(TaskChange::Put(Box::new(task), json.clone()));
                true
            }
            None => true,
        };
        drop(projects);
        if is_changed {
            self.announce("task", format!("\"task\":{json}"));
        }
    }

    fn remove_task(&self, project_id: ProjectId, task_id: TaskId) {
        let mut projects = self.projects.write().unwrap_or_else(PoisonError::into_inner);
        match projects.get_mut(&project_id) {
            Some(ProjectCards::Loaded(cards)) => cards.remove(task_id),
            Some(ProjectCards::Loading(changes)) => changes.push(TaskChange::Remove(task_id)),
            None => {}
        }
        drop(projects);
        self.announce("task_deleted", format!("\"project_id\":\"{project_id}\",\"task_id\":\"{task_id}\""));
    }

    /// An attempt whose log alone grew is not announced: its viewers see the events themselves.
    fn put_attempt(&self, attempt: &Attempt) {
        let Some(json) = json_of(attempt) else { return };
        let Some(shown) = json_of(&Attempt { last_seq: 0, ..attempt.clone() }) else { return };
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let is_changed = attempts.get(&attempt.id).is_none_or(|before| before.as_str() != shown.as_ref());
        if attempt.state.is_live() {
            attempts.insert(attempt.id, shown.as_ref().to_owned());
        } else {
            attempts.remove(&attempt.id);
        }
        drop(attempts);
        if is_changed {
            self.announce("attempt", format!("\"attempt\":{json}"));
        }
    }

    fn put_project(&self, project: &Project) {
        if let Some(json) = json_of(project) {
            self.announce("project", format!("\"project\":{json}"));
        }
    }

    /// What waits for a person, and what a person said.
    fn put_talk(&self, committed: &Committed) {
        for approval in &committed.approvals {
            self.announce_as("approval", approval);
        }
        for question in &committed.questions {
            self.announce_as("question", question);
        }
        for message in &committed.messages {
            self.announce_as("message", message);
        }
        for gate_run in &committed.gate_runs {
            self.announce_as("gate_run", gate_run);
        }
        for comment in &committed.comments {
            self.announce_as("comment", comment);
        }
        for (task_id, comment_id) in &committed.deleted_comments {
            let fields = format!("\"task_id\":\"{task_id}\",\"comment_id\":\"{comment_id}\"");
            self.announce("comment_deleted", fields);
        }
        if !committed.messages.is_empty() || !committed.questions.is_empty() {
            self.talked.notify_waiters();
        }
    }

    /// Tells what collides in a project now.
    pub(crate) fn announce_radar(&self, radar: &Radar) {
        self.announce_as("radar", radar);
    }

    fn announce_as(&self, kind: &'static str, value: &impl serde::Serialize) {
        if let Some(json) = json_of(value) {
            self.announce(kind, format!("\"{kind}\":{json}"));
        }
    }

    fn remove_project(&self, project_id: ProjectId) {
        self.projects.write().unwrap_or_else(PoisonError::into_inner).remove(&project_id);
        self.announce("project_deleted", format!("\"project_id\":\"{project_id}\""));
    }

    fn announce(&self, kind: &'static str, fields: String) {
        if self.changes.receiver_count() == 0 {
            return;
        }
        let fields: Arc<str> = fields.into();
        let change = BoardChange { kind, fields: Arc::downgrade(&fields) };
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner).keep(fields);
        self.changes.send(change).or_log("announcing a change of the board");
    }

    fn announce_events(&self, attempt_id: AttemptId, events: &[StoredEvent]) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
        let Some(sender) = self.viewers_of(attempt_id) else { return };
        let byte_count: usize = events.iter().map(|event| event.payload.len() + 128).sum();
        let frame = (byte_count <= SHARED_FRAME_BYTES_MAX).then(|| events_frame(attempt_id, events).into());
        send(&sender, AttemptUpdate::Events { first: first.seq, last: last.seq, frame });
    }

    /// Tells the viewers of an attempt that its log is complete, and forgets the attempt.
    pub(crate) fn announce_end(&self, attempt_id: AttemptId) {
        let log = self.logs.lock().unwrap_or_else(PoisonError::into_inner).remove(&attempt_id);
        if let Some(log) = log {
            send(&log.viewers, AttemptUpdate::Ended);
        }
    }

    /// Who hears of new events; what was being written is among them, or void.
    fn viewers_of(&self, attempt_id: AttemptId) -> Option<broadcast::Sender<AttemptUpdate>> {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if logs.get(&attempt_id).is_some_and(|log| log.viewers.receiver_count() == 0) {
            logs.remove(&attempt_id);
        }
        let log = logs.get_mut(&attempt_id)?;
        log.unfinished = None;
        Some(log.viewers.clone())
    }
}

/// A viewer may leave between the look and the send: then nobody is there to be told, and nothing is lost.
fn send(sender: &broadcast::Sender<AttemptUpdate>, update: AttemptUpdate) {
    if sender.send(update).is_err() {
        tracing::trace!("the last viewer left");
    }
}

fn json_of(value: &impl serde::Serialize) -> Option<Arc<str>> {
    serde_json::to_string(value).map(Arc::from).or_log("writing a changed object as JSON")
}

/// A frame of `/ws/attempts/{id}` with these events.
pub(crate) fn events_frame(attempt_id: AttemptId, events: &[StoredEvent]) -> String {
    if let [event] = events {
        return format!("{{\"type\":\"event\",\"attempt_id\":\"{attempt_id}\",{}", &frame_event(event)[1..]);
    }
    let mut frame = format!("{{\"type\":\"events\",\"attempt_id\":\"{attempt_id}\",\"events\":[");
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            frame.push(',');
        }
        frame.push_str(&frame_event(event));
    }
    frame.push_str("]}");
    frame
}

fn frame_event(event: &StoredEvent) -> String {
    let StoredEvent { seq, ts, kind, payload, .. } = event;
    format!("{{\"seq\":{seq},\"ts\":\"{ts}\",\"event\":{{\"kind\":\"{kind}\",\"payload\":{payload}}}}}")
}

impl Observer for Board {
    fn committed(&self, committed: Committed) {
        let may_start_something = wakes_scheduler(&committed);
        for project in &committed.projects {
            self.put_project(project);
        }
        self.put_talk(&committed);
        for task in committed.tasks {
            self.put_task(task);
        }
        for attempt in &committed.attempts {
            self.put_attempt(attempt);
        }
        for (attempt_id, events) in &committed.events {
            self.announce_events(*attempt_id, events);
        }
        for (project_id, task_id) in committed.deleted_tasks {
            self.remove_task(project_id, task_id);
        }
        for project_id in committed.deleted_projects {
            self.remove_project(project_id);
        }
        if may_start_something {
            self.wake.notify_one();
        }
    }
}

/// Whether a slot, a dependency or a limit may have changed: something is queued, ended or done, or has new settings.
fn wakes_scheduler(committed: &Committed) -> bool {
    !committed.projects.is_empty()
        || committed
            .attempts
            .iter()
            .any(|attempt| attempt.state == AttemptState::Queued || !attempt.state.takes_slot())
        || committed.tasks.iter().any(|task| matches!(task.status, TaskStatus::Todo | TaskStatus::Done))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(piece: &str) -> Partial {
        Partial::Text(piece.to_owned())
    }

    fn thought(piece: &str) -> Partial {
        Partial::Thinking(piece.to_owned())
    }

    #[test]
    fn unfinished_text_is_kept_from_its_beginning() {
        let one = Unfinished::extended(None, 4, &[Partial::Reset, text("Hel")]);
        let two = Unfinished::extended(one, 4, &[text("lo")]).unwrap();
        assert_eq!((two.text.as_str(), two.is_thinking, two.after), ("Hello", false, 4));
        let three = Unfinished::extended(Some(two), 5, &[thought("hm")]).unwrap();
        assert_eq!((three.text.as_str(), three.is_thinking, three.after), ("hm", true, 5));
        assert_eq!(Unfinished::extended(Some(three), 5, &[Partial::Reset]), None);
        let long = text(&"x".repeat(UNFINISHED_BYTES_MAX + 1));
        assert_eq!(Unfinished::extended(None, 1, &[long]), None);
    }
}
