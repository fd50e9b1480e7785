//! Tasks and what hangs on them.

use db::{
    Error, delete_task, find_task, insert_project, insert_task, list_tasks, set_attempt_error,
    set_task_feedback, set_usage, update_task,
};
use domain::{
    AttemptError, AttemptState, AttemptTrigger as T, CreateTask, CriterionPatch, FailureCode, LastOutcome,
    Priority, Size, Task, TaskAction, TaskId, TaskStatus, UpdateTask, Usage,
};

use crate::support::{Board, new_id, now, project, write};

async fn find(board: &Board, id: TaskId) -> Task {
    find_task(&mut board.store.read().await.unwrap(), id).await.unwrap()
}

async fn update(board: &Board, id: TaskId, patch: UpdateTask) -> Result<(), Error> {
    write(&board.store, move |tx| Box::pin(async move { update_task(tx, id, &patch, now(9)).await })).await
}

fn field(error: &Error) -> &'static str {
    let Error::Invalid { field, .. } = error else { panic!("{error:?}") };
    field
}

fn texts(values: &[&str]) -> Option<Vec<String>> {
    Some(values.iter().map(|value| (*value).to_owned()).collect())
}

#[tokio::test]
async fn every_field_comes_back() {
    let board = Board::new().await;
    let blocker = board.task("first").await;
    let fields = CreateTask {
        title: "second".to_owned(),
        description: Some("**bold**".to_owned()),
        status: Some(TaskStatus::Backlog),
        labels: texts(&["ui", "bug", "ui"]),
        priority: Some(Priority::Urgent),
        size: Some(Size::Xl),
        criteria: texts(&["works", "is fast"]),
        focus_files: texts(&["src/b.rs", "src/a.rs"]),
        blocked_by: Some(vec![blocker, blocker]),
        ..CreateTask::default()
    };
    let id = board.task_with(fields).await.unwrap();
    let task = find(&board, id).await;
    assert_eq!((task.number, task.title.as_str(), task.description.as_str()), (2, "second", "**bold**"));
    assert_eq!(
        (task.status, task.priority, task.size),
        (TaskStatus::Backlog, Some(Priority::Urgent), Some(Size::Xl))
    );
    assert_eq!(
        (task.labels.as_slice(), task.focus_files.as_slice()),
        (texts(&["ui", "bug"]).unwrap().as_slice(), texts(&["src/b.rs", "src/a.rs"]).unwrap().as_slice())
    );
    assert_eq!(task.blocked_by, [blocker]);
    let criteria: Vec<_> = task.criteria.iter().map(|it| (it.text.as_str(), it.done)).collect();
    assert_eq!(criteria, [("works", false), ("is fast", false)]);
    assert_eq!(find(&board, blocker).await.blocks, [id]);
    let heard = board.recorder.take().pop().unwrap().tasks;
    assert_eq!(
        heard.iter().map(|it| it.id).collect::<Vec<_>>(),
        [blocker, id],
        "both ends of the dependency"
    );
    assert_eq!(heard[1], task);
}

#[tokio::test]
async fn the_list_shows_what_each_task_shows_alone() {
    let board = Board::new().await;
    let one =
        board.task_with(CreateTask { labels: texts(&["a", "b"]), ..CreateTask::default() }).await.unwrap();
    let two = board
        .task_with(CreateTask {
            blocked_by: Some(vec![one]),
            criteria: texts(&["c"]),
            ..CreateTask::default()
        })
        .await
        .unwrap();
    let attempt = board.attempt(one).await;
    board.drive(attempt, &[T::Claimed, T::Failed]).await;
    board.attempt(one).await;
    let deleted = board.task("gone").await;
    write(&board.store, move |tx| Box::pin(async move { delete_task(tx, deleted, now(3)).await }))
        .await
        .unwrap();
    let listed = list_tasks(&mut board.store.read().await.unwrap(), board.project.id).await.unwrap();
    assert_eq!(listed, [find(&board, one).await, find(&board, two).await]);
    assert_eq!(list_tasks(&mut board.store.read().await.unwrap(), new_id()).await.unwrap(), []);
}

#[tokio::test]
async fn a_patch_changes_what_it_gives_and_empties_what_is_null() {
    let board = Board::new().await;
    let fields = CreateTask { priority: Some(Priority::Low), labels: texts(&["a"]), ..CreateTask::default() };
    let id = board.task_with(fields).await.unwrap();
    let patch = UpdateTask { title: Some("new".into()), size: Some(Some(Size::S)), ..UpdateTask::default() };
    update(&board, id, patch).await.unwrap();
    let task = find(&board, id).await;
    assert_eq!((task.title.as_str(), task.priority, task.size), ("new", Some(Priority::Low), Some(Size::S)));
    assert_eq!((task.labels.len(), task.created_at, task.updated_at), (1, now(1), now(9)));
    let patch = UpdateTask { priority: Some(None), labels: Some(vec![]), ..UpdateTask::default() };
    update(&board, id, patch).await.unwrap();
    let task = find(&board, id).await;
    assert_eq!((task.priority, task.labels.len(), task.title.as_str()), (None, 0, "new"));
    assert!(matches!(
        update(&board, new_id(), UpdateTask::default()).await,
        Err(Error::Missing { entity: "task" })
    ));
}

#[tokio::test]
async fn criteria_keep_their_ids() {
    let board = Board::new().await;
    let id =
        board.task_with(CreateTask { criteria: texts(&["a", "b"]), ..CreateTask::default() }).await.unwrap();
    let known = find(&board, id).await.criteria;
    let patch = |id, text: &str, done| CriterionPatch { id, text: text.to_owned(), done, evidence: None };
    let criteria = vec![patch(None, "new", false), patch(Some(known[1].id), "b!", true)];
    update(&board, id, UpdateTask { criteria: Some(criteria), ..UpdateTask::default() }).await.unwrap();
    let changed = find(&board, id).await.criteria;
    assert_eq!((changed[1].id, changed[1].text.as_str(), changed[1].done), (known[1].id, "b!", true));
    assert!(changed[0].id != known[0].id && changed.len() == 2);
    for wrong in [vec![Some(known[0].id)], vec![Some(known[1].id); 2]] {
        let criteria = wrong.into_iter().map(|id| patch(id, "x", false)).collect();
        let patch = UpdateTask { criteria: Some(criteria), ..UpdateTask::default() };
        assert_eq!(field(&update(&board, id, patch).await.unwrap_err()), "criteria");
    }
    assert_eq!(find(&board, id).await.criteria, changed, "nothing of a refused change is stored");
}

#[tokio::test]
async fn a_text_that_could_not_be_read_back_is_refused() {
    let board = Board::new().await;
    let fields = CreateTask { labels: texts(&["a\u{1f}b"]), ..CreateTask::default() };
    assert_eq!(field(&board.task_with(fields).await.unwrap_err()), "labels");
    let fields = CreateTask { focus_files: texts(&["\u{1f}"]), ..CreateTask::default() };
    assert_eq!(field(&board.task_with(fields).await.unwrap_err()), "focus_files");
    let odd = texts(&["a,b", "new\nline", "\"quoted\"", "é"]);
    let id = board.task_with(CreateTask { labels: odd.clone(), ..CreateTask::default() }).await.unwrap();
    assert_eq!(Some(find(&board, id).await.labels), odd);
}

#[tokio::test]
async fn numbers_are_never_given_again_and_count_per_project() {
    let board = Board::new().await;
    let (one, two) = (board.task("one").await, board.task("two").await);
    write(&board.store, move |tx| Box::pin(async move { delete_task(tx, two, now(3)).await })).await.unwrap();
    assert_eq!(board.recorder.take().pop().unwrap().deleted_tasks, [(board.project.id, two)]);
    let three = board.task("three").await;
    assert_eq!((find(&board, one).await.number, find(&board, three).await.number), (1, 3));
    let other = project("/other");
    let (project_id, id) = (other.id, new_id());
    write(&board.store, move |tx| {
        Box::pin(async move {
            insert_project(tx, &other).await?;
            let fields = CreateTask { title: "x".into(), ..CreateTask::default() };
            insert_task(tx, id, project_id, &fields, now(1)).await
        })
    })
    .await
    .unwrap();
    assert_eq!(find(&board, id).await.number, 1);
    let fields = UpdateTask { blocked_by: Some(vec![id]), ..UpdateTask::default() };
    assert_eq!(field(&update(&board, one, fields).await.unwrap_err()), "blocked_by");
}

#[tokio::test]
async fn dependencies_never_form_a_circle() {
    let board = Board::new().await;
    let mut tasks = Vec::new();
    for _ in 0..4 {
        tasks.push(board.task("x").await);
    }
    let wait = |id, blockers: Vec<TaskId>| {
        update(&board, id, UpdateTask { blocked_by: Some(blockers), ..UpdateTask::default() })
    };
    wait(tasks[1], vec![tasks[0]]).await.unwrap();
    wait(tasks[2], vec![tasks[1], tasks[0]]).await.unwrap();
    wait(tasks[3], vec![tasks[2]]).await.unwrap();
    for (id, blocker) in [(0, 0), (0, 1), (0, 3), (1, 2)] {
        let error = wait(tasks[id], vec![tasks[blocker]]).await.unwrap_err();
        assert_eq!(field(&error), "blocked_by", "{id} waits for {blocker}");
    }
    assert!(find(&board, tasks[0]).await.blocked_by.is_empty());
    assert_eq!(field(&wait(tasks[0], vec![new_id()]).await.unwrap_err()), "blocked_by");
    board.recorder.take();
    wait(tasks[2], vec![]).await.unwrap();
    assert_eq!(board.recorder.take()[0].tasks.len(), 3, "the task and both that it waited for");
    wait(tasks[0], vec![tasks[3]]).await.unwrap();
}

#[tokio::test]
async fn a_deleted_task_blocks_nobody() {
    let board = Board::new().await;
    let blocker = board.task("one").await;
    let waiting = board
        .task_with(CreateTask { blocked_by: Some(vec![blocker]), ..CreateTask::default() })
        .await
        .unwrap();
    board.recorder.take();
    write(&board.store, move |tx| Box::pin(async move { delete_task(tx, blocker, now(3)).await }))
        .await
        .unwrap();
    assert!(find(&board, waiting).await.blocked_by.is_empty());
    let heard = board.recorder.take();
    assert_eq!(heard[0].tasks.iter().map(|it| it.id).collect::<Vec<_>>(), [waiting]);
    assert!(matches!(
        find_task(&mut board.store.read().await.unwrap(), blocker).await,
        Err(Error::Missing { .. })
    ));
}

#[tokio::test]
async fn a_task_at_work_is_not_deleted() {
    let board = Board::new().await;
    let id = board.task("one").await;
    let attempt = board.attempt(id).await;
    let delete = || write(&board.store, move |tx| Box::pin(async move { delete_task(tx, id, now(3)).await }));
    assert!(matches!(delete().await, Err(Error::Refused(_))));
    board.drive(attempt, &[T::Cancelled]).await;
    delete().await.unwrap();
}

#[tokio::test]
async fn an_unknown_agent_or_project_is_refused() {
    let board = Board::new().await;
    let fields = CreateTask { agent_id: Some(new_id()), ..CreateTask::default() };
    assert_eq!(field(&board.task_with(fields).await.unwrap_err()), "agent_id");
    let missing = write(&board.store, |tx| {
        let fields = CreateTask { title: "x".into(), ..CreateTask::default() };
        Box::pin(async move { insert_task(tx, new_id(), new_id(), &fields, now(1)).await })
    });
    assert!(matches!(missing.await, Err(Error::Missing { entity: "project" })));
}

#[tokio::test]
async fn a_card_tells_of_its_attempts() {
    let board = Board::new().await;
    let id = board.task("one").await;
    let cost = |attempt, cost_usd| {
        let usage = Usage { cost_usd, turns: 2, ..Usage::default() };
        write(&board.store, move |tx| Box::pin(async move { set_usage(tx, attempt, &usage).await }))
    };
    let task = find(&board, id).await;
    assert!(task.last_attempt.is_none() && task.allowed_actions.contains(&TaskAction::Start));

    let first = board.attempt(id).await;
    cost(first, 0.25).await.unwrap();
    let task = find(&board, id).await;
    assert_eq!(task.live_attempt.as_ref().map(|it| it.state), Some(AttemptState::Queued));
    assert_eq!((task.last_outcome, task.live_attempt == task.last_attempt), (None, true));
    assert!(task.allowed_actions.contains(&TaskAction::Cancel));

    let error = AttemptError { code: FailureCode::Lost, message: "it vanished".to_owned() };
    write(&board.store, move |tx| Box::pin(async move { set_attempt_error(tx, first, &error).await }))
        .await
        .unwrap();
    board.drive(first, &[T::Claimed, T::Spawned, T::Failed]).await;
    let task = find(&board, id).await;
    assert_eq!(
        (task.last_outcome, task.error_message.as_deref()),
        (Some(LastOutcome::Failed), Some("it vanished"))
    );
    assert!(task.live_attempt.is_none() && task.last_attempt.is_some());

    let second = board.attempt(id).await;
    cost(second, 0.5).await.unwrap();
    board.drive(second, &[T::Claimed, T::Spawned]).await;
    let task = find(&board, id).await;
    assert_eq!((task.last_outcome, task.error_message.as_deref()), (Some(LastOutcome::Failed), None));
    assert_eq!(task.cost_usd, 0.75);
    assert_eq!(task.live_attempt.unwrap().number, 2);
    board.drive(second, &[T::Finished]).await;
    assert_eq!(find(&board, id).await.last_outcome, Some(LastOutcome::Ok));
}

#[tokio::test]
async fn feedback_is_kept_and_cleared() {
    let board = Board::new().await;
    let id = board.task("one").await;
    for feedback in [Some("more tests"), None] {
        answer(&board, id, feedback).await.unwrap();
        assert_eq!(find(&board, id).await.feedback.as_deref(), feedback);
    }
}

async fn answer(board: &Board, id: TaskId, feedback: Option<&'static str>) -> Result<(), Error> {
    write(&board.store, move |tx| Box::pin(async move { set_task_feedback(tx, id, feedback, now(4)).await }))
        .await
}
