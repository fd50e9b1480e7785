//! What the schema refuses by itself, whatever the code does.

use db::NewRun;

use crate::support::{Board, new_id, now, raw, write};

/// What is tried, and what SQLite says to it.
const REFUSED: &[(&str, &str)] = &[
    ("update tasks set number = 'one'", "cannot store TEXT value in INTEGER column"),
    ("update tasks set status = 'doing'", "CHECK"),
    ("update tasks set rank = 'A0'", "CHECK"),
    ("update tasks set title = ''", "CHECK"),
    ("update tasks set number = 1", "UNIQUE"),
    ("update tasks set project_id = zeroblob(16)", "FOREIGN KEY"),
    ("update tasks set priority = 'huge'", "CHECK"),
    ("delete from projects", "FOREIGN KEY"),
    (
        "insert into projects select zeroblob(16), name, path, default_branch, board, max_parallel, gates, \
          setup_command, dev_command, carry_files, default_agent_id, limits, merge_style, auto_run, notes, \
          created_at, updated_at, deleted_at, question_default_after_s, question_default_answer, gates_before_merge, \
          run_merge_hooks from projects",
        "UNIQUE",
    ),
    (
        "insert into agents select zeroblob(16), 'another', adapter, command, model, mode, append_prompt, env, \
          extra_args, limits, repeat, is_default from agents",
        "UNIQUE",
    ),
    ("update agents set env = '{'", "CHECK"),
    ("update attempts set state = 'thinking'", "CHECK"),
    ("update attempts set error_code = 'lost'", "CHECK"),
    ("update attempts set activity_verb = 'running'", "CHECK"),
    ("update attempts set id = x'00'", "CHECK"),
    (
        "insert into attempts (id, task_id, number, state, agent_id, agent_name, mode, base_branch, queued_at) \
          select zeroblob(16), task_id, 2, 'running', agent_id, agent_name, mode, base_branch, 0 from attempts \
          limit 1",
        "UNIQUE",
    ),
    (
        "insert into runs (id, attempt_id, number, session_id, directory, state, started_at) \
          select zeroblob(16), attempt_id, 2, session_id, directory, 'live', 0 from runs",
        "UNIQUE",
    ),
    ("update runs set state = 'ended'", "CHECK"),
    ("update runs set journal_position = -1", "CHECK"),
    ("insert into events select attempt_id, seq, ts, kind, payload, crc from events", "UNIQUE"),
    ("insert into events values (zeroblob(16), 1, 1, 'LOG', '{}', 0)", "FOREIGN KEY"),
    ("insert into events select attempt_id, 0, ts, kind, payload, crc from events", "CHECK"),
    ("insert into task_dependencies select id, id from tasks", "CHECK"),
];

async fn refused(board: &Board, sql: &'static str, why: &str) {
    let error = raw(&board.store, sql).await.err().unwrap_or_else(|| panic!("stored: {sql}"));
    assert!(error.to_string().contains(why), "{sql}: {error}");
}

#[tokio::test]
async fn the_schema_carries_the_invariants() {
    let board = Board::new().await;
    let task = board.task("one").await;
    let other = board.task("two").await;
    let attempt = board.attempt(task).await;
    board.attempt(other).await;
    let run = NewRun { id: new_id(), attempt_id: attempt, session_id: new_id(), directory: "r".into() };
    write(&board.store, move |tx| Box::pin(async move { db::insert_run(tx, &run, now(1)).await }))
        .await
        .unwrap();
    for (sql, why) in REFUSED {
        refused(&board, sql, why).await;
    }
}

#[tokio::test]
async fn a_connection_is_set_as_it_should_be() {
    let board = Board::new().await;
    let mut reader = board.store.read().await.unwrap();
    for (pragma, expected) in [("pragma journal_mode", "wal"), ("select sqlite_version()", "3.5")] {
        let value: String = sqlx::query_scalar(pragma).fetch_one(&mut *reader).await.unwrap();
        assert!(value.starts_with(expected), "{pragma}: {value}");
    }
    let numbers = [
        ("pragma foreign_keys", 1),
        ("pragma trusted_schema", 0),
        ("pragma cell_size_check", 1),
        ("pragma busy_timeout", 5_000),
        ("pragma query_only", 1),
    ];
    for (pragma, expected) in numbers {
        let value: i64 = sqlx::query_scalar(pragma).fetch_one(&mut *reader).await.unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
    let mapped: Option<i64> =
        sqlx::query_scalar("pragma mmap_size").fetch_optional(&mut *reader).await.unwrap();
    assert_eq!(mapped.unwrap_or(0), 0);
    let strict: i64 = sqlx::query_scalar(
        "select count(*) from pragma_table_list where schema = 'main' and type = 'table' and strict = 0 \
         and name not like 'sqlite_%' and name <> '_sqlx_migrations'",
    )
    .fetch_one(&mut *reader)
    .await
    .unwrap();
    assert_eq!(strict, 0, "every table is strict");
}
