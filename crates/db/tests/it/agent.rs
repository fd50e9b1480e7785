//! Agent profiles.

use std::collections::BTreeMap;

use db::{
    Error, delete_agent, find_agent, find_default_agent, find_project, find_task, insert_agent, list_agents,
    update_agent, update_project, update_task,
};
use domain::{
    Agent, AgentAdapter, AgentId, AgentLimits, AgentLoop, AttemptTrigger, PermissionMode, UpdateTask,
};

use crate::support::{Board, new_id, now, write};

fn agent(name: &str) -> Agent {
    Agent {
        id: new_id(),
        name: name.to_owned(),
        adapter: AgentAdapter::Scripted,
        command: Some("/bin/agent".to_owned()),
        model: Some("opus".to_owned()),
        mode: PermissionMode::AcceptEdits,
        append_prompt: Some("be brief".to_owned()),
        env: BTreeMap::from([("KEY".to_owned(), "value".to_owned())]),
        extra_args: vec!["--one".to_owned()],
        limits: AgentLimits { max_turns: Some(3), ..AgentLimits::default() },
        repeat: AgentLoop { enabled: true, promise: Some("DONE".to_owned()) },
        is_default: false,
    }
}

async fn insert(board: &Board, agent: &Agent) -> Result<(), Error> {
    let agent = agent.clone();
    write(&board.store, move |tx| Box::pin(async move { insert_agent(tx, &agent).await })).await
}

async fn update(board: &Board, agent: &Agent) -> Result<(), Error> {
    let agent = agent.clone();
    write(&board.store, move |tx| Box::pin(async move { update_agent(tx, &agent).await })).await
}

async fn delete(board: &Board, id: AgentId) -> Result<(), Error> {
    write(&board.store, move |tx| Box::pin(async move { delete_agent(tx, id).await })).await
}

async fn default(board: &Board) -> Agent {
    find_default_agent(&mut board.store.read().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn every_field_comes_back_and_names_are_unique() {
    let board = Board::new().await;
    let stored = agent("another");
    insert(&board, &stored).await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    assert_eq!(find_agent(&mut reader, stored.id).await.unwrap(), stored);
    let names: Vec<_> = list_agents(&mut reader).await.unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["another", "claude"]);
    assert!(matches!(insert(&board, &agent("claude")).await, Err(Error::Refused(_))));
    assert!(matches!(
        update(&board, &Agent { name: "claude".into(), ..stored }).await,
        Err(Error::Refused(_))
    ));
}

#[tokio::test]
async fn the_default_moves_and_never_vanishes() {
    let board = Board::new().await;
    let first = default(&board).await;
    let second = Agent { is_default: true, ..agent("second") };
    insert(&board, &second).await.unwrap();
    assert_eq!(default(&board).await.id, second.id);
    let refused = update(&board, &Agent { is_default: false, ..second.clone() }).await;
    assert!(matches!(refused, Err(Error::Refused(_))));
    assert!(matches!(delete(&board, second.id).await, Err(Error::Refused(_))));
    update(&board, &first).await.unwrap();
    assert_eq!(default(&board).await.id, first.id);
    delete(&board, second.id).await.unwrap();
    assert!(matches!(delete(&board, second.id).await, Err(Error::Missing { .. })));
    assert_eq!(list_agents(&mut board.store.read().await.unwrap()).await.unwrap(), [first]);
}

#[tokio::test]
async fn a_deleted_profile_leaves_no_name_behind_and_a_used_one_stays() {
    let board = Board::new().await;
    let profile = agent("short-lived");
    insert(&board, &profile).await.unwrap();
    let (id, task) = (profile.id, board.task("one").await);
    let mut project = board.project.clone();
    project.settings.default_agent_id = Some(id);
    write(&board.store, move |tx| {
        Box::pin(async move {
            update_project(tx, &project).await?;
            update_task(tx, task, &UpdateTask { agent_id: Some(Some(id)), ..UpdateTask::default() }, now(2))
                .await
        })
    })
    .await
    .unwrap();
    board.recorder.take();
    delete(&board, id).await.unwrap();
    let commits = board.recorder.take();
    assert_eq!(commits[0].tasks[0].agent_id, None);
    assert_eq!(commits[0].projects[0].settings.default_agent_id, None);
    let mut reader = board.store.read().await.unwrap();
    assert_eq!(find_task(&mut reader, task).await.unwrap().agent_id, None);
    assert_eq!(find_project(&mut reader, board.project.id).await.unwrap().settings.default_agent_id, None);
}

#[tokio::test]
async fn a_profile_at_work_is_not_deleted() {
    let board = Board::new().await;
    let claude = default(&board).await.id;
    let task = board.task("one").await;
    let attempt = board.attempt(task).await;
    update(&board, &agent("missing")).await.unwrap_err();
    insert(&board, &Agent { is_default: true, ..agent("second") }).await.unwrap();
    let refused = delete(&board, claude).await.unwrap_err();
    assert!(refused.to_string().contains("#1"), "{refused}");
    board.drive(attempt, &[AttemptTrigger::Cancelled]).await;
    delete(&board, claude).await.unwrap();
    let kept = db::find_attempt(&mut board.store.read().await.unwrap(), attempt).await.unwrap();
    assert_eq!((kept.agent_id, kept.agent_name.as_str()), (claude, "claude"));
}
