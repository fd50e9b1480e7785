//! Runs of gates: the last one of each counts, one runs at a time, and a result belongs to its tree.

use db::{
    Error, GateEnd, NewGateRun, StoredGateRun, end_gate_run, find_attempt, find_gate_run, insert_gate_run,
    list_latest_gate_runs, list_setups, list_unfinished_gate_runs, set_gate_output, set_gate_running,
    set_gate_tree, set_head_commit, was_worked_in,
};
use domain::{AttemptId, AttemptTrigger as T, GateKind, GateRunId, GateState};

use crate::support::{Board, new_id, now, write};

struct Desk {
    board: Board,
    attempt_id: AttemptId,
}

impl Desk {
    async fn new() -> Self {
        let board = Board::new().await;
        let task = board.task("one").await;
        let attempt_id = board.attempt(task).await;
        board.drive(attempt_id, &[T::Claimed]).await;
        board.recorder.take();
        Self { board, attempt_id }
    }

    async fn queue(&self, name: &str, kind: GateKind, position: i32) -> Result<GateRunId, Error> {
        let new = NewGateRun {
            id: new_id(),
            attempt_id: self.attempt_id,
            name: name.to_owned(),
            kind,
            command: "true".to_owned(),
            position,
            timeout_s: 60,
            cwd: "/w".to_owned(),
            directory: "d".to_owned(),
        };
        let id = new.id;
        write(&self.board.store, move |tx| {
            Box::pin(async move { insert_gate_run(tx, &new, now(5)).await.map(|()| id) })
        })
        .await
    }

    async fn start(&self, id: GateRunId) -> Result<(), Error> {
        write(&self.board.store, move |tx| Box::pin(set_gate_running(tx, id, now(6)))).await
    }

    async fn end(&self, id: GateRunId, state: GateState) -> Result<(), Error> {
        let end = GateEnd {
            state,
            exit_code: Some(3),
            message: Some("why".to_owned()),
            output_bytes: 7,
            output_tail: "the end".to_owned(),
        };
        write(&self.board.store, move |tx| Box::pin(async move { end_gate_run(tx, id, &end, now(8)).await }))
            .await
    }

    async fn head(&self, tree: &'static str) {
        let id = self.attempt_id;
        write(&self.board.store, move |tx| Box::pin(set_head_commit(tx, id, "h", tree))).await.unwrap();
    }

    async fn find(&self, id: GateRunId) -> StoredGateRun {
        find_gate_run(&mut self.board.store.read().await.unwrap(), id).await.unwrap()
    }

    async fn latest(&self) -> Vec<GateRunId> {
        let mut connection = self.board.store.read().await.unwrap();
        let runs = list_latest_gate_runs(&mut connection, self.attempt_id).await.unwrap();
        runs.into_iter().map(|run| run.id).collect()
    }

    /// The marks on the attempt: name, state, staleness.
    async fn marks(&self) -> Vec<(String, GateState, bool)> {
        let mut connection = self.board.store.read().await.unwrap();
        let attempt = find_attempt(&mut connection, self.attempt_id).await.unwrap();
        attempt.gates.into_iter().map(|mark| (mark.name, mark.state, mark.is_stale)).collect()
    }
}

#[tokio::test]
async fn a_run_is_queued_started_and_ended_once() {
    let desk = Desk::new().await;
    let id = desk.queue("test", GateKind::Gate, 0).await.unwrap();
    desk.start(id).await.unwrap();
    assert!(matches!(desk.start(id).await, Err(Error::Refused(_))), "once");
    desk.end(id, GateState::Failed).await.unwrap();
    assert!(matches!(desk.end(id, GateState::Passed).await, Err(Error::Refused(_))), "once");
    let run = desk.find(id).await.shown;
    assert_eq!((run.state, run.exit_code, run.output_bytes), (GateState::Failed, Some(3), 7));
    assert_eq!(
        (run.started_at, run.ended_at, run.output_tail.as_str()),
        (Some(now(6)), Some(now(8)), "the end")
    );
    let heard: Vec<_> = desk.board.recorder.take();
    let states: Vec<_> = heard.iter().flat_map(|one| &one.gate_runs).map(|run| run.state).collect();
    assert_eq!(states, [GateState::Queued, GateState::Running, GateState::Failed]);
    assert!(heard.iter().all(|one| one.attempts.len() == 1), "its attempt shows it");
    assert!(matches!(desk.end(new_id(), GateState::Passed).await, Err(Error::Missing { .. })));
}

#[tokio::test]
async fn growing_output_is_heard_of_alone() {
    let desk = Desk::new().await;
    let id = desk.queue("test", GateKind::Gate, 0).await.unwrap();
    desk.start(id).await.unwrap();
    desk.board.recorder.take();
    write(&desk.board.store, move |tx| Box::pin(set_gate_output(tx, id, 9))).await.unwrap();
    let heard = desk.board.recorder.take();
    assert_eq!(heard.len(), 1);
    assert_eq!(
        (heard[0].gate_runs[0].output_bytes, heard[0].attempts.len(), heard[0].tasks.len()),
        (9, 0, 0)
    );
}

#[tokio::test]
async fn a_gate_runs_once_at_a_time_and_its_last_run_counts() {
    let desk = Desk::new().await;
    let lint = desk.queue("lint", GateKind::Gate, 1).await.unwrap();
    let first = desk.queue("test", GateKind::Gate, 0).await.unwrap();
    let again = desk.queue("test", GateKind::Gate, 0).await;
    assert!(matches!(again, Err(Error::Refused(refusal)) if refusal.0.contains("test is at work")));
    assert_eq!(desk.latest().await, [first, lint], "in their order, the refused one undone");
    desk.end(first, GateState::Passed).await.unwrap();
    let second = desk.queue("test", GateKind::Gate, 0).await.unwrap();
    let merge = desk.queue("test", GateKind::Merge, 2).await.unwrap();
    assert_eq!(desk.latest().await, [second, lint, merge]);
    let mut connection = desk.board.store.read().await.unwrap();
    let unfinished = list_unfinished_gate_runs(&mut connection).await.unwrap();
    assert_eq!(unfinished.len(), 3);
    drop(connection);
    let marks = desk.marks().await;
    assert_eq!(marks.iter().map(|mark| mark.0.as_str()).collect::<Vec<_>>(), ["test", "lint"]);
}

#[tokio::test]
async fn a_result_is_stale_once_the_work_has_another_tree() {
    let desk = Desk::new().await;
    desk.head("t1").await;
    let id = desk.queue("test", GateKind::Gate, 0).await.unwrap();
    assert_eq!(desk.marks().await, [("test".to_owned(), GateState::Queued, false)], "bound to nothing yet");
    write(&desk.board.store, move |tx| Box::pin(set_gate_tree(tx, id, "c", "t1"))).await.unwrap();
    desk.end(id, GateState::Passed).await.unwrap();
    assert!(!desk.find(id).await.shown.is_stale);
    desk.board.recorder.take();
    desk.head("t2").await;
    let heard = desk.board.recorder.take();
    assert!(heard[0].gate_runs[0].is_stale, "whoever shows it is told");
    assert_eq!(desk.marks().await, [("test".to_owned(), GateState::Passed, true)]);
    desk.head("t1").await;
    assert!(!desk.find(id).await.shown.is_stale);
}

#[tokio::test]
async fn a_setup_belongs_to_the_worktree() {
    let desk = Desk::new().await;
    let id = desk.queue("setup", GateKind::Setup, 0).await.unwrap();
    assert!(desk.marks().await.is_empty(), "it is no gate");
    let mut connection = desk.board.store.read().await.unwrap();
    let worktree_id = find_attempt(&mut connection, desk.attempt_id).await.unwrap().worktree_id;
    let setups = list_setups(&mut connection, worktree_id).await.unwrap();
    assert_eq!(setups.iter().map(|run| run.id).collect::<Vec<_>>(), [id]);
    assert!(!was_worked_in(&mut connection, worktree_id).await.unwrap());
    assert!(list_setups(&mut connection, new_id()).await.unwrap().is_empty());
}
