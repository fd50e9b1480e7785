//! Files that people attach.

use std::fs;
use std::os::unix::fs::MetadataExt;

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::{Value, json};

use crate::lab::{Lab, eventually, text};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot really one";

fn upload(name: &str, media_type: &str, bytes: &[u8]) -> Value {
    json!({"name": name, "media_type": media_type, "content": BASE64_STANDARD.encode(bytes)})
}

async fn uploaded(lab: &Lab, name: &str, media_type: &str, bytes: &[u8]) -> Value {
    let answer = lab.post("/api/attachments", upload(name, media_type, bytes)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.ok()
}

async fn fetched(lab: &Lab, id: &str) -> reqwest::Response {
    lab.request(Method::GET, &format!("/api/attachments/{id}")).send().await.unwrap()
}

#[tokio::test]
async fn a_file_is_kept_by_its_content_and_comes_back_as_it_was() {
    let mut lab = Lab::started().await;
    let first = uploaded(&lab, "../../ü shot.png", "text/plain", PNG).await;
    assert_eq!((&first["name"], &first["media_type"]), (&json!("ü shot.png"), &json!("image/png")));
    assert_eq!(first["byte_count"].as_u64().unwrap(), PNG.len() as u64);
    let again = uploaded(&lab, "other.png", "", PNG).await;
    assert_eq!(again["id"], first["id"]);
    let folder = lab.home().join("attachments");
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(folder.join(text(&first["id"]))).unwrap().mode() & 0o777, 0o600);
    lab.restart().await;
    let answer = fetched(&lab, &text(&first["id"])).await;
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename*=UTF-8''other.png");
    assert_eq!(answer.bytes().await.unwrap(), PNG);
}

#[tokio::test]
async fn pages_and_drawings_are_bytes_that_no_browser_opens() {
    let lab = Lab::started().await;
    for (name, media_type, bytes) in [
        ("evil.html", "text/html", "<script>alert(1)</script>"),
        ("evil.svg", "image/svg+xml", "<svg onload=\"alert(1)\"/>"),
    ] {
        let attachment = uploaded(&lab, name, media_type, bytes.as_bytes()).await;
        let answer = fetched(&lab, &text(&attachment["id"])).await;
        let headers = answer.headers();
        assert_eq!(headers["content-type"], "application/octet-stream", "{name}");
        assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment;"), "{name}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let policies: Vec<&str> =
            headers.get_all("content-security-policy").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(policies.iter().any(|policy| policy.contains("sandbox")), "{policies:?}");
        assert!(policies.iter().any(|policy| policy.contains("frame-ancestors 'none'")), "{policies:?}");
    }
}

#[tokio::test]
async fn the_limits_are_said() {
    let lab = Lab::started().await;
    let full = vec![b'x'; 5 * 1024 * 1024];
    let attachment = uploaded(&lab, "full.txt", "text/plain", &full).await;
    assert_eq!(fetched(&lab, &text(&attachment["id"])).await.bytes().await.unwrap().len(), full.len());
    let over = vec![b'x'; 5 * 1024 * 1024 + 1];
    lab.post("/api/attachments", upload("a", "", &over)).await.refused(413, "too_large");
    let beyond = vec![b'x'; 7 * 1024 * 1024];
    lab.post("/api/attachments", upload("a", "", &beyond)).await.refused(413, "too_large");
    let elsewhere = json!({"title": "x".repeat(3 * 1024 * 1024)});
    lab.post("/api/tasks", elsewhere).await.refused(413, "too_large");
    for (body, field) in [
        (json!({"name": "..", "media_type": "", "content": "aGk="}), "name"),
        (json!({"name": "a", "media_type": "", "content": "!"}), "content"),
        (json!({"name": "a", "media_type": "", "content": ""}), "content"),
    ] {
        assert_eq!(lab.post("/api/attachments", body).await.invalid_field(), field);
    }
}

#[tokio::test]
async fn only_what_was_uploaded_is_given_out() {
    let lab = Lab::started().await;
    let attachment = uploaded(&lab, "a.txt", "text/plain", b"text").await;
    let id = text(&attachment["id"]);
    for other in ["0".repeat(64), "..%2f..%2ftoken".to_owned(), id.to_uppercase(), "x".to_owned()] {
        assert_eq!(fetched(&lab, &other).await.status(), 404, "{other}");
    }
    fs::write(lab.home().join("attachments").join(&id), "swapped").unwrap();
    assert_eq!(fetched(&lab, &id).await.status(), 500);
    fs::remove_file(lab.home().join("attachments").join(&id)).unwrap();
    std::os::unix::fs::symlink(lab.home().join("token"), lab.home().join("attachments").join(&id)).unwrap();
    assert_eq!(fetched(&lab, &id).await.status(), 500);
    uploaded(&lab, "a.txt", "text/plain", b"text").await;
    assert_eq!(fetched(&lab, &id).await.bytes().await.unwrap(), "text");
}

#[tokio::test]
async fn an_agent_gets_images_as_such_and_other_files_by_their_place() {
    let lab = Lab::started().await;
    let project = lab.project().await;
    let work = lab.complete(&project, json!(["echo"])).await;
    let notes = uploaded(&lab, "notes.txt", "text/plain", b"the notes").await;
    let shot = uploaded(&lab, "shot.png", "image/png", PNG).await;
    let body = json!({"body": "Look.", "attachments": [notes["id"], shot["id"]]});
    let sent = lab.post(&format!("/api/attempts/{}/messages", work.attempt), body).await.ok();
    assert_eq!(sent["attachments"], json!([notes, shot]));
    let told = eventually("the agent's echo", || async {
        let said = lab.said(&work.attempt).await;
        said.into_iter().find(|text| text.contains("Attached files:"))
    })
    .await;
    assert!(told.contains("Look.") && !told.contains("shot.png"), "{told}");
    let place = told.lines().find_map(|line| line.strip_prefix("- notes.txt: ")).unwrap();
    assert_eq!(fs::read_to_string(place).unwrap(), "the notes");
    fs::write(place, "the agent's own").unwrap();
    let answer = fetched(&lab, &text(&notes["id"])).await;
    assert_eq!(answer.bytes().await.unwrap(), "the notes", "ours stays");
    lab.settled(&work.attempt).await;
    lab.post(&format!("/api/attempts/{}/discard", work.attempt), json!({})).await.ok();
    eventually("an empty place", || async { (!fs::exists(place).unwrap()).then_some(()) }).await;
    let unknown = json!({"body": "x", "attachments": ["0".repeat(64)]});
    let refused = lab.post(&format!("/api/attempts/{}/messages", work.attempt), unknown).await;
    assert!((400..500).contains(&refused.status), "{refused:?}");
}
