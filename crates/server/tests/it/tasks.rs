//! Tasks: made, changed, filtered, moved, deleted.

use futures_util::future::join;
use serde_json::{Value, json};

use crate::lab::socket::Socket;
use crate::lab::{Lab, ids, items, text};

#[tokio::test]
async fn a_task_keeps_all_that_it_was_given() {
    let mut lab = Lab::started().await;
    let project = lab.project().await;
    let agent = lab.agent(json!([])).await;
    let first = lab.task(&project, "First").await;
    let request = json!({
        "title": "  Fix   the total ", "description": "It is *off*.", "status": "backlog", "labels": ["cart", "bug"],
        "priority": "high", "size": "xs", "criteria": ["The total is right", "  "], "focus_files": ["src/cart.rs"],
        "blocked_by": [first], "agent_id": agent,
    });
    let created = lab.post(&format!("/api/projects/{project}/tasks"), request).await;
    assert_eq!(created.status, 201);
    let task = created.ok();
    let expected = json!({
        "title": "Fix the total", "description": "It is *off*.", "status": "backlog", "labels": ["cart", "bug"],
        "priority": "high", "size": "xs", "focus_files": ["src/cart.rs"], "blocked_by": [first],
        "agent_id": agent, "number": 2, "live_attempt": null, "last_outcome": null, "cost_usd": 0.0,
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&task[field], value, "{field}");
    }
    assert_eq!(items_of(&task["criteria"], "text"), ["The total is right"]);
    assert_eq!(lab.find_task(&first).await["blocks"], json!([task["id"]]));
    lab.restart().await;
    assert_eq!(lab.find_task(&text(&task["id"])).await, task);
}

fn items_of(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| text(&item[field])).collect()
}

#[tokio::test]
async fn a_bad_task_is_refused_with_its_field() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let agent = lab.agent(json!([])).await;
    let stranger = "01900000-0000-7000-8000-000000000000";
    let cases = [
        (json!({}), "title"),
        (json!({ "title": " \n " }), "title"),
        (json!({ "title": "x".repeat(501) }), "title"),
        (json!({ "title": "x", "status": "in_progress" }), "status"),
        (json!({ "title": "x", "status": "blocked" }), "status"),
        (json!({ "title": "x", "status": "soon" }), "status"),
        (json!({ "title": "x", "priority": "now" }), "priority"),
        (json!({ "title": "x", "size": 3 }), "size"),
        (json!({ "title": "x", "labels": [""] }), "labels"),
        (json!({ "title": "x", "labels": ["a", 1] }), "labels[1]"),
        (json!({ "title": "x", "blocked_by": [stranger] }), "blocked_by"),
        (json!({ "title": "x", "agent_id": stranger }), "agent_id"),
        (json!({ "title": "x", "colour": "red" }), "colour"),
        (json!({ "title": "x", "description": "x".repeat(256 * 1024 + 1) }), "description"),
    ];
    for (request, field) in cases {
        let answer = lab.post(&format!("/api/projects/{project}/tasks"), request.clone()).await;
        assert_eq!(answer.invalid_field(), field, "{request}");
    }
    assert_eq!(lab.post("/api/tasks", json!({ "title": "x" })).await.invalid_field(), "project_id");
    lab.post(&format!("/api/projects/{stranger}/tasks"), json!({ "title": "x" }))
        .await
        .refused(404, "not_found");
    assert_eq!(items(&lab.get(&format!("/api/projects/{project}/tasks")).await.ok()).len(), 0);
    let task =
        lab.post("/api/tasks", json!({ "project_id": project, "title": "x", "agent_id": agent })).await.ok();
    let itself = json!({ "blocked_by": [task["id"]] });
    let refused = lab.patch(&format!("/api/tasks/{}", text(&task["id"])), itself).await;
    assert_eq!(refused.invalid_field(), "blocked_by");
}

#[tokio::test]
async fn a_patch_tells_null_from_absent() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let agent = lab.agent(json!([])).await;
    let request = json!({
        "project_id": project, "title": "x", "priority": "low", "size": "l", "agent_id": agent, "criteria": ["a", "b"],
    });
    let task = lab.post("/api/tasks", request).await.ok();
    let address = format!("/api/tasks/{}", text(&task["id"]));
    let same = lab.patch(&address, json!({ "title": "y" })).await.ok();
    assert_eq!(
        (&same["priority"], &same["size"], &same["agent_id"]),
        (&json!("low"), &json!("l"), &json!(agent))
    );
    let cleared = lab.patch(&address, json!({ "priority": null, "size": null, "agent_id": null })).await.ok();
    assert_eq!(
        (&cleared["priority"], &cleared["size"], &cleared["agent_id"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(cleared["title"], "y");
    let second = &task["criteria"][1];
    let patch = json!({ "criteria": [{ "id": second["id"], "text": "b!", "done": true, "evidence": "seen" }, { "text": "c" }] });
    let patched = lab.patch(&address, patch).await.ok();
    assert_eq!(items_of(&patched["criteria"], "text"), ["b!", "c"]);
    assert_eq!(
        (&patched["criteria"][0]["id"], &patched["criteria"][0]["evidence"]),
        (&second["id"], &json!("seen"))
    );
    lab.patch(&address, json!({ "status": "done" })).await.refused(422, "validation_failed");
    lab.patch("/api/tasks/nonsense", json!({})).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_board_is_filtered() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let agent = lab.agent(json!([])).await;
    let make = |request: Value| async {
        let answer = lab.post(&format!("/api/projects/{project}/tasks"), request).await;
        text(&answer.ok()["id"])
    };
    let cart = make(json!({ "title": "Fix the Cart", "labels": ["bug"], "priority": "urgent" })).await;
    let docs =
        make(json!({ "title": "Docs", "description": "about größe", "status": "done", "agent_id": agent }))
            .await;
    let cases = [
        ("".to_owned(), vec![&cart, &docs]),
        ("status=done".to_owned(), vec![&docs]),
        ("label=bug".to_owned(), vec![&cart]),
        ("priority=urgent".to_owned(), vec![&cart]),
        (format!("agent_id={agent}"), vec![&docs]),
        ("q=cart".to_owned(), vec![&cart]),
        ("q=GR%C3%96SSE".to_owned(), vec![]),
        ("q=gr%C3%B6%C3%9Fe".to_owned(), vec![&docs]),
        ("q=%232".to_owned(), vec![&docs]),
        ("q=cart&status=done".to_owned(), vec![]),
    ];
    for (query, expected) in cases {
        for path in [
            format!("/api/projects/{project}/tasks?{query}"),
            format!("/api/tasks?project_id={project}&{query}"),
        ] {
            assert_eq!(
                ids(&lab.get(path.trim_end_matches(['&', '?'])).await.ok()).iter().collect::<Vec<_>>(),
                expected,
                "{path}"
            );
        }
    }
    for query in ["status=soon", "colour=red", "priority="] {
        lab.get(&format!("/api/projects/{project}/tasks?{query}")).await.refused(400, "bad_request");
    }
}

#[tokio::test]
async fn moves_follow_the_rules() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let task = lab.task(&project, "Moved").await;
    let address = format!("/api/tasks/{task}/move");
    for status in ["done", "backlog", "prd_review", "review", "todo", "todo"] {
        assert_eq!(lab.post(&address, json!({ "status": status })).await.ok()["status"], status);
    }
    lab.post(&address, json!({ "status": "blocked" })).await.refused(409, "conflict");
    lab.post(&address, json!({ "status": "done" })).await.ok();
    lab.post(&address, json!({ "status": "in_progress" })).await.refused(409, "conflict");
    lab.post(&address, json!({ "status": "todo" })).await.ok();
    let agent = lab.agent(json!(["hang"])).await;
    lab.patch(&format!("/api/tasks/{task}"), json!({ "agent_id": agent })).await.ok();
    let started = lab.post(&address, json!({ "status": "in_progress" })).await.ok();
    assert_eq!((&started["status"], &started["live_attempt"]["number"]), (&json!("in_progress"), &json!(1)));
    lab.post(&address, json!({ "status": "todo" })).await.refused(409, "conflict");
    lab.post(&address, json!({ "status": "in_progress" })).await.ok();
    let attempts = lab.get(&format!("/api/tasks/{task}/attempts")).await.ok();
    assert_eq!(items(&attempts).len(), 1, "a move within the column starts nothing");
    lab.post(&format!("/api/tasks/{task}/start"), json!({})).await.refused(409, "conflict");
    lab.post(&format!("/api/tasks/{task}/cancel"), json!({})).await.ok();
    lab.post(&format!("/api/tasks/{task}/cancel"), json!({})).await.refused(409, "conflict");
}

#[tokio::test]
async fn cards_keep_the_order_that_they_were_given() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let mut tasks = Vec::new();
    for name in ["a", "b", "c", "d"] {
        tasks.push(lab.task(&project, name).await);
    }
    let [a, b, c, d] = &tasks[..] else { panic!("four tasks") };
    let place = |task: &String, request: Value| {
        let path = format!("/api/tasks/{task}/move");
        let lab = &lab;
        async move { lab.post(&path, request).await }
    };
    assert_eq!(order(&lab, &project).await, "abcd");
    place(d, json!({ "status": "todo", "before": a })).await.ok();
    assert_eq!(order(&lab, &project).await, "dabc");
    place(a, json!({ "status": "todo", "after": b })).await.ok();
    assert_eq!(order(&lab, &project).await, "dbac");
    place(c, json!({ "status": "todo", "after": d, "before": b })).await.ok();
    assert_eq!(order(&lab, &project).await, "dcba");
    place(d, json!({ "status": "todo" })).await.ok();
    assert_eq!(order(&lab, &project).await, "cbad");
    // The neighbour was moved elsewhere meanwhile: the column counts.
    let own = order(&lab, &project).await;
    place(b, json!({ "status": "todo", "before": b })).await.ok();
    assert_eq!(order(&lab, &project).await, own, "before itself is where it is");
    let moved = place(b, json!({ "status": "done", "before": c })).await.ok();
    assert_eq!(moved["status"], "done");
    assert_eq!(order(&lab, &project).await, "cad");
}

async fn order(lab: &Lab, project: &str) -> String {
    let list = lab.get(&format!("/api/projects/{project}/tasks?status=todo")).await.ok();
    items(&list).iter().map(|task| text(&task["title"])).collect()
}

/// Moves cards about, in an order of its own for each `offset`.
async fn keep_moving(lab: &Lab, tasks: &[String], offset: usize) {
    for step in 0..20 {
        let (task, next) = (&tasks[(step * 5 + offset) % 6], &tasks[(step + 3 * offset + 1) % 6]);
        if task != next {
            let request = json!({ "status": "todo", "before": next });
            lab.post(&format!("/api/tasks/{task}/move"), request).await.ok();
        }
    }
}

/// Two people move cards at once, a third comes later: all three see the same order.
#[tokio::test]
async fn movers_at_the_same_time_end_with_one_order() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let mut tasks = Vec::new();
    for number in 0..6 {
        tasks.push(lab.task(&project, &number.to_string()).await);
    }
    let (mut left, mut right) = (Socket::open(&lab, "/ws").await, Socket::open(&lab, "/ws").await);
    join(keep_moving(&lab, &tasks, 0), keep_moving(&lab, &tasks, 1)).await;
    let last = lab.task(&project, "last").await;
    let expected = ids(&lab.get(&format!("/api/projects/{project}/tasks")).await.ok());
    for socket in [&mut left, &mut right] {
        let mut ranks = std::collections::BTreeMap::new();
        while !ranks.contains_key(&last) {
            let frame = socket.next_where(|frame| frame["type"] == "task").await;
            ranks.insert(text(&frame["task"]["id"]), text(&frame["task"]["rank"]));
        }
        let mut seen: Vec<_> = ranks.iter().map(|(id, rank)| (rank.clone(), id.clone())).collect();
        seen.sort();
        assert_eq!(seen.into_iter().map(|(_, id)| id).collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn a_task_at_work_is_deleted_only_by_force() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let idle = lab.task(&project, "Idle").await;
    assert_eq!(lab.delete(&format!("/api/tasks/{idle}")).await.status, 204);
    lab.get(&format!("/api/tasks/{idle}")).await.refused(404, "not_found");
    lab.delete(&format!("/api/tasks/{idle}")).await.refused(404, "not_found");
    let work = lab.begin(&project, json!([{ "write": { "path": "a", "content": "b" } }, "hang"])).await;
    lab.running(&work.attempt).await;
    let run = lab.run_of(&work.attempt).await;
    let address = format!("/api/tasks/{}", work.task);
    lab.delete(&address).await.refused(409, "conflict");
    assert!(run.agent.lives());
    assert_eq!(lab.delete(&format!("{address}?force=true")).await.status, 204);
    assert_eq!(run.tree(), Vec::<i32>::new());
    lab.get(&address).await.refused(404, "not_found");
    assert_eq!(items(&lab.get(&format!("/api/projects/{project}/tasks")).await.ok()).len(), 0);
}
