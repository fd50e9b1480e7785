//! Projects.

use db::{
    Error, delete_project, find_default_agent, find_project, find_project_by_path, insert_project,
    list_projects, update_project,
};
use domain::{AgentLimits, BoardKind, Gate, MergeStyle, ProjectSettings};

use crate::support::{Board, new_id, now, project, write};

#[tokio::test]
async fn every_field_comes_back() {
    let board = Board::new().await;
    let agent = find_default_agent(&mut board.store.read().await.unwrap()).await.unwrap();
    let mut changed = board.project.clone();
    changed.name = "Ümläut \u{1F980}".to_owned();
    changed.default_branch = "trunk".to_owned();
    changed.board = BoardKind::Prd;
    changed.settings = ProjectSettings {
        gates_before_merge: true,
        run_merge_hooks: true,
        max_parallel: 7,
        gates: vec![Gate { name: "test".to_owned(), command: "npm test".to_owned(), timeout_s: 60 }],
        setup_command: Some("npm ci".to_owned()),
        dev_command: Some("npm run dev".to_owned()),
        carry_files: vec![".env".to_owned()],
        default_agent_id: Some(agent.id),
        limits: AgentLimits { max_cost_usd: Some(1.5), ..AgentLimits::default() },
        merge_style: MergeStyle::Squash,
        auto_run: true,
        notes: "be kind".to_owned(),
        question_default_after_s: Some(600),
        question_default_answer: "the smaller one".to_owned(),
    };
    changed.updated_at = now(9);
    let stored = changed.clone();
    write(&board.store, move |tx| Box::pin(async move { update_project(tx, &stored).await })).await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    assert_eq!(find_project(&mut reader, changed.id).await.unwrap(), changed);
    assert_eq!(find_project_by_path(&mut reader, &changed.path).await.unwrap(), Some(changed.clone()));
    assert_eq!(find_project_by_path(&mut reader, "/elsewhere").await.unwrap(), None);
    assert_eq!(board.recorder.take()[0].projects, [changed]);
}

#[tokio::test]
async fn a_path_is_on_the_board_once_until_its_project_is_removed() {
    let board = Board::new().await;
    let id = board.project.id;
    let twin = project(&board.project.path);
    let insert = |twin: &domain::Project| {
        let twin = twin.clone();
        write(&board.store, move |tx| Box::pin(async move { insert_project(tx, &twin).await }))
    };
    let refused = insert(&twin).await.unwrap_err();
    assert!(refused.to_string().contains("on the board already"), "{refused}");
    write(&board.store, move |tx| Box::pin(async move { delete_project(tx, id, now(5)).await }))
        .await
        .unwrap();
    assert_eq!(board.recorder.take()[0].deleted_projects, [id]);
    insert(&twin).await.unwrap();
    let mut reader = board.store.read().await.unwrap();
    assert_eq!(list_projects(&mut reader).await.unwrap(), [twin]);
    assert!(matches!(find_project(&mut reader, id).await, Err(Error::Missing { entity: "project" })));
    let gone = write(&board.store, move |tx| Box::pin(async move { delete_project(tx, id, now(6)).await }));
    assert!(matches!(gone.await, Err(Error::Missing { .. })));
}

#[tokio::test]
async fn a_project_at_work_is_not_removed() {
    let board = Board::new().await;
    let task = board.task("one").await;
    board.attempt(task).await;
    let id = board.project.id;
    let refused =
        write(&board.store, move |tx| Box::pin(async move { delete_project(tx, id, now(5)).await }));
    assert!(matches!(refused.await, Err(Error::Refused(_))));
}

#[tokio::test]
async fn a_default_agent_must_exist() {
    let board = Board::new().await;
    let mut changed = board.project.clone();
    changed.settings.default_agent_id = Some(new_id());
    let refused = write(&board.store, move |tx| Box::pin(async move { update_project(tx, &changed).await }));
    assert!(matches!(refused.await, Err(Error::Missing { entity: "agent profile" })));
}
