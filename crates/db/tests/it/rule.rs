use db::{NewRule, delete_rule, delete_rules, hit_rule, insert_rule, list_attempt_rules, list_rules};
use domain::{AttemptId, RuleId, RulePattern};

use crate::support::{Board, new_id, now, write};

async fn remember(board: &Board, attempt_id: Option<AttemptId>, pattern: &str) -> RuleId {
    let id = new_id();
    let pattern = RulePattern { tool_name: "Bash".to_owned(), pattern: Some(pattern.to_owned()) };
    let rule = NewRule { id, project_id: board.project.id, attempt_id, pattern };
    write(&board.store, move |tx| Box::pin(async move { insert_rule(tx, &rule, now(3)).await }))
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn rules_of_an_attempt_hold_for_it_alone() {
    let board = Board::new().await;
    let one = board.attempt(board.task("one").await).await;
    let two = board.attempt(board.task("two").await).await;
    let for_all = remember(&board, None, "npm test").await;
    let for_one = remember(&board, Some(one), "npm install *").await;
    let mut reader = board.store.read().await.unwrap();
    let project_id = board.project.id;
    let ids = |rules: Vec<domain::Rule>| rules.into_iter().map(|rule| rule.id).collect::<Vec<_>>();
    assert_eq!(ids(list_attempt_rules(&mut reader, project_id, one).await.unwrap()).len(), 2);
    assert_eq!(ids(list_attempt_rules(&mut reader, project_id, two).await.unwrap()), [for_all]);
    assert!(ids(list_rules(&mut reader, project_id).await.unwrap()).contains(&for_one));
}

#[tokio::test]
async fn a_rule_is_remembered_once_counts_and_is_forgotten() {
    let board = Board::new().await;
    let id = remember(&board, None, "npm test").await;
    remember(&board, None, "npm test").await;
    write(&board.store, move |tx| Box::pin(async move { hit_rule(tx, id, now(8)).await })).await.unwrap();
    let project_id = board.project.id;
    let rules = list_rules(&mut board.store.read().await.unwrap(), project_id).await.unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!((rules[0].hit_count, rules[0].last_hit_at), (1, Some(now(8))));
    let stranger = new_id();
    let other = write(&board.store, move |tx| Box::pin(async move { delete_rule(tx, stranger, id).await }));
    assert!(other.await.is_err());
    write(&board.store, move |tx| Box::pin(async move { delete_rule(tx, project_id, id).await }))
        .await
        .unwrap();
    remember(&board, None, "npm run a").await;
    write(&board.store, move |tx| Box::pin(async move { delete_rules(tx, project_id).await })).await.unwrap();
    assert!(list_rules(&mut board.store.read().await.unwrap(), project_id).await.unwrap().is_empty());
}
