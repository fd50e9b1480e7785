//! The attack table: every row over a real socket, against the real listener and guard.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::listener::Limits;

use crate::support::served::{Served, UPGRADE};
use crate::support::wire::{Answer, Wire, ask, request};

const JSON: &str = "Content-Type: application/json";

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    base.iter().chain(more).copied().collect()
}

/// Rows 1 to 4, 9: another host name gets nothing, wherever it asks.
#[test]
fn another_host_is_misdirected_everywhere() {
    let served = Served::start();
    let (port, bearer) = (served.port(), served.bearer());
    for host in [
        format!("evil.example:{port}"),
        format!("localhost.evil.example:{port}"),
        format!("127.0.0.1.nip.io:{port}"),
        format!("evil.example.:{port}"),
        format!("localhost.:{port}"),
        format!("p1.localhost:{port}"),
        format!("0.0.0.0:{port}"),
        format!("localhost:{}", port.wrapping_add(1)),
        "localhost".to_owned(),
        format!("localhost:{port}@evil"),
        String::new(),
    ] {
        let (host, origin) = (format!("Host: {host}"), format!("Origin: http://{host}"));
        for (line, more) in [
            ("GET /", vec![]),
            ("GET /assets/x.js", vec![]),
            ("GET /api/health", vec![]),
            ("GET /api/projects", vec![bearer.as_str()]),
            ("POST /api/projects", vec![bearer.as_str(), JSON, origin.as_str()]),
            ("GET /ws", with(&UPGRADE, &[bearer.as_str(), origin.as_str()])),
        ] {
            let answer = ask(served.address, &request(line, &with(&[host.as_str()], &more), ""));
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (421, "misdirected_request"),
                "{line} {host}"
            );
        }
    }
}

#[test]
fn our_own_names_are_served() {
    let served = Served::start();
    for name in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"] {
        let host = format!("Host: {name}:{}", served.port());
        assert_eq!(
            ask(served.address, &request("GET /api/health", &[host.as_str()], "")).status,
            200,
            "{name}"
        );
    }
}

#[test]
fn what_is_malformed_is_refused_and_ends_the_connection() {
    let served = Served::start();
    let (host, port) = (served.host(), served.port());
    let token = served.bearer();
    let head = format!("POST /api/projects HTTP/1.1\r\n{host}\r\n{token}\r\n{JSON}\r\n");
    for bytes in [
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\n{host}\r\n{host}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host}\r\nHost: evil.example\r\n\r\n"),
        format!("GET http://localhost:{port}/api/health HTTP/1.1\r\n{host}\r\n\r\n"),
        format!("GET http://evil.example/ HTTP/1.1\r\n{host}\r\n\r\n"),
        format!("OPTIONS * HTTP/1.1\r\n{host}\r\n\r\n"),
        format!("CONNECT evil.example:443 HTTP/1.1\r\n{host}\r\n\r\n"),
        format!("GET / HTTP/1.1\n{host}\n\n"),
        format!("GET / HTTP/1.1\r\n{host}\r\nX : y\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host}\r\nOrigin: http://localhost:{port}\r\nOrigin: null\r\n\r\n"),
        format!("{head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"),
        format!("{head}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"),
        format!("{head}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{{}}"),
        format!("{head}Content-Length: -2\r\n\r\n{{}}"),
        format!("{head}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host}\r\nX: {}\r\n\r\n", "a".repeat(70_000)),
    ] {
        let shown = bytes.get(..bytes.len().min(300)).unwrap();
        let mut wire = Wire::open(served.address);
        // Behind it stands a good request: it must not be answered.
        wire.send(format!("{bytes}GET /api/health HTTP/1.1\r\n{host}\r\n\r\n").as_bytes());
        let answer = wire.answer().unwrap_or_else(|| panic!("no answer to {shown:?}"));
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"), "{shown:?}");
        assert!(wire.is_closed(), "{shown:?}");
    }
    assert!(served.is_healthy());
}

/// Rows 6, 7, 11: only the page that the board served itself.
#[test]
fn a_foreign_origin_is_forbidden_everywhere() {
    let served = Served::start();
    let (port, bearer) = (served.port(), served.bearer());
    for origin in [
        "null".to_owned(),
        "file://".to_owned(),
        "http://evil.example".to_owned(),
        format!("http://evil.example:{port}"),
        "http://localhost".to_owned(),
        "http://localhost:5173".to_owned(),
        format!("https://localhost:{port}"),
        format!("http://127.0.0.1:{port}"),
        format!("http://[::1]:{port}"),
        format!("http://p1.localhost:{port}"),
        format!("http://task-1.preview.localhost:{port}"),
        format!("http://localhost:{port}/"),
        format!("http://localhost:{port}.evil.example"),
        format!("http://localhost:{port}@evil.example"),
        String::new(),
    ] {
        let origin = format!("Origin: {origin}");
        for (line, more) in [
            ("GET /", vec![]),
            ("GET /api/health", vec![]),
            ("GET /api/projects", vec![bearer.as_str()]),
            ("POST /api/projects", vec![bearer.as_str(), JSON]),
            ("OPTIONS /api/projects", vec!["Access-Control-Request-Method: POST"]),
            ("GET /ws", with(&UPGRADE, &[bearer.as_str(), "Cookie: token=x"])),
        ] {
            let answer = served.ask_bare(line, &with(&more, &[origin.as_str()]));
            assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"), "{line} {origin}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
}

#[test]
fn the_boards_own_page_is_served() {
    let served = Served::start();
    let origin = format!("Origin: http://localhost:{}", served.port());
    for site in ["same-origin", "none"] {
        let site = format!("Sec-Fetch-Site: {site}");
        assert_eq!(served.ask("GET /api/projects", &[origin.as_str(), site.as_str()], "").status, 200);
    }
}

/// Row 12: images and scripts of other pages send no origin.
#[test]
fn what_another_page_fetches_is_forbidden() {
    let served = Served::start();
    for site in ["cross-site", "same-site", "nonsense"] {
        let site = format!("Sec-Fetch-Site: {site}");
        for path in ["/", "/assets/x.js", "/api/health", "/api/projects"] {
            let answer = served.ask(&format!("GET {path}"), &[site.as_str(), "Sec-Fetch-Mode: no-cors"], "");
            assert_eq!(answer.status, 403, "{site} {path}");
        }
    }
}

#[test]
fn a_followed_link_leads_to_a_page_that_explains() {
    let served = Served::start();
    let navigation = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"];
    let answer = served.ask_bare("GET /", &navigation);
    assert_eq!(answer.status, 403);
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(served.ask("GET /api/projects", &navigation, "").code(), "forbidden");
}

/// Rows 15 to 17, 19.
#[test]
fn only_the_whole_token_in_its_place_opens() {
    let served = Served::start();
    let token = served.token.clone();
    let shorter = token.get(1..).unwrap();
    for header in [
        "X: y".to_owned(),
        "Authorization:".to_owned(),
        "Authorization: Bearer".to_owned(),
        "Authorization: Bearer ".to_owned(),
        format!("Authorization: Bearer {shorter}"),
        format!("Authorization: Bearer {token}x"),
        format!("Authorization: Bearer {}", "a".repeat(token.len())),
        format!("Authorization: Bearer {}", token.to_ascii_uppercase()),
        format!("Authorization: Basic {token}"),
        format!("Authorization: {token}"),
        format!("Cookie: token={token}; t={token}; session={token}"),
        format!("X-Token: {token}"),
        format!("Sec-WebSocket-Protocol: eval-kanban, t.{token}"),
    ] {
        for line in [
            "GET /api/projects",
            "GET /api/unknown",
            "GET /ws",
            "POST /api/projects",
            "GET /api",
            "GET /api/",
        ] {
            let answer = served.ask_bare(line, &[header.as_str()]);
            assert_eq!((answer.status, answer.code().as_str()), (401, "unauthorized"), "{line} {header}");
        }
    }
    for line in [format!("GET /api/projects?token={token}"), format!("GET /api/projects?t={token}")] {
        assert_eq!(served.ask_bare(&line, &[]).status, 401);
    }
    for scheme in ["Bearer", "bearer"] {
        let header = format!("Authorization: {scheme} {token}");
        assert_eq!(served.ask_bare("GET /api/projects", &[header.as_str()]).status, 200, "{scheme}");
    }
}

/// Rows 8 and 6: the same for upgrades.
#[test]
fn a_socket_needs_the_token_too() {
    let served = Served::start();
    let token = served.token.clone();
    let origin = format!("Origin: http://localhost:{}", served.port());
    for protocols in [
        "eval-kanban".to_owned(),
        "eval-kanban, t.".to_owned(),
        format!("eval-kanban, t.{token}x"),
        token.clone(),
    ] {
        let protocols = format!("Sec-WebSocket-Protocol: {protocols}");
        for more in [vec![protocols.as_str()], vec![protocols.as_str(), origin.as_str()]] {
            assert_eq!(served.ask_bare("GET /ws", &with(&UPGRADE, &more)).status, 401, "{protocols}");
        }
    }
    let query = format!("GET /ws?t={token}");
    assert_eq!(served.ask_bare(&query, &UPGRADE).status, 401);
}

#[test]
fn a_socket_opens_with_the_token_and_does_not_send_it_back() {
    let served = Served::start();
    let token = served.token.clone();
    let origin = format!("Origin: http://localhost:{}", served.port());
    for protocols in [format!("eval-kanban, t.{token}"), format!("t.{token},eval-kanban")] {
        let protocols = format!("Sec-WebSocket-Protocol: {protocols}");
        let answer = served.ask_bare("GET /ws", &with(&UPGRADE, &[protocols.as_str(), origin.as_str()]));
        assert_eq!((answer.status, answer.header("sec-websocket-protocol")), (101, Some("eval-kanban")));
        assert!(!answer.head.contains(&token), "{}", answer.head);
    }
    assert_eq!(served.ask("GET /ws", &UPGRADE, "").status, 101);
}

#[test]
fn behind_the_guard_nobody_sees_the_token() {
    let served = Served::start();
    let protocols = format!("Sec-WebSocket-Protocol: eval-kanban, t.{}", served.token);
    let answer = served.ask("GET /api/headers", &[protocols.as_str()], "");
    assert_eq!(answer.status, 200);
    assert!(!String::from_utf8(answer.body).unwrap().contains(&served.token));
}

#[test]
fn a_refused_upgrade_ends_the_connection() {
    let served = Served::start();
    let host = served.host();
    for (line, upgrade, status) in [
        ("GET /ws", &UPGRADE[..], 401),
        ("GET /api/health", &UPGRADE[..], 200),
        ("GET /api/health", &["Connection: Upgrade", "Upgrade: h2c"], 200),
    ] {
        let mut wire = Wire::open(served.address);
        wire.send(&request(line, &with(&[host.as_str()], upgrade), ""));
        wire.send(&request("GET /api/health", &[host.as_str()], ""));
        assert_eq!(wire.answer().unwrap().status, status, "{line} {upgrade:?}");
        assert!(wire.is_closed(), "{line} {upgrade:?}");
    }
}

/// Row 18: guessing gets slower; who has the token is not slowed by it.
#[test]
fn guessing_tokens_gets_slower() {
    let served = Served::start();
    let guess = |number: usize| {
        let header = format!("Authorization: Bearer {number:064}");
        let start = Instant::now();
        assert_eq!(served.ask_bare("GET /api/projects", &[header.as_str()]).status, 401);
        start.elapsed()
    };
    let times: Vec<Duration> = (0..70).map(guess).collect();
    assert!(times[60..].iter().all(|time| *time >= Duration::from_millis(45)), "{times:?}");
    let entry = |_| {
        let start = Instant::now();
        assert_eq!(served.ask("GET /api/projects", &[], "").status, 200);
        start.elapsed()
    };
    // The best of some: the machine may be busy, a delay would be in each.
    assert!((0..10).map(entry).min() < Some(Duration::from_millis(45)));
}

#[test]
fn a_rotated_token_is_dead_at_once_and_a_lost_one_lets_nobody_in() {
    let served = Served::start();
    assert_eq!(served.ask("GET /api/projects", &[], "").status, 200);
    let new = format!("Authorization: Bearer {}", served.token_file.rotate().unwrap().expose());
    assert_eq!(served.ask("GET /api/projects", &[], "").status, 401);
    assert_eq!(served.ask_bare("GET /api/projects", &[new.as_str()]).status, 200);
    std::fs::remove_file(served.token_path()).unwrap();
    assert_eq!(served.ask_bare("GET /api/projects", &[new.as_str()]).status, 401);
}

#[test]
fn without_a_token_hosts_and_origins_still_count() {
    let served = Served::with(Limits::default(), false);
    assert_eq!(served.ask_bare("GET /api/projects", &[]).status, 200);
    assert_eq!(served.ask_bare("GET /ws", &UPGRADE).status, 101);
    assert_eq!(served.ask_bare("GET /api/projects", &["Origin: http://localhost:5173"]).status, 403);
    assert_eq!(ask(served.address, &request("GET /api/projects", &["Host: evil.example"], "")).status, 421);
}

/// Row 10: what a foreign form or script can send without asking first.
#[test]
fn a_change_is_json() {
    let served = Served::start();
    for kind in [
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "",
    ] {
        let header = format!("Content-Type: {kind}");
        let answer = served.ask("POST /api/projects", &[header.as_str()], "{}");
        assert_eq!((answer.status, answer.code().as_str()), (415, "unsupported_media_type"), "{kind}");
    }
    for line in ["POST /api/projects", "PATCH /api/projects", "DELETE /api/projects"] {
        assert_eq!(served.ask(line, &[], "{}").status, 415, "{line} without a content type");
    }
    for kind in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
        let header = format!("Content-Type: {kind}");
        let answer = served.ask("POST /api/projects", &[header.as_str()], r#"{"a":1}"#);
        assert_eq!((answer.status, answer.json()), (200, json!({"a": 1})), "{kind}");
    }
    let bodiless = served.ask("DELETE /api/projects", &[], "");
    assert_eq!(String::from_utf8(bodiless.body).unwrap(), "User");
}

/// Row 31.
#[test]
fn a_body_over_the_limit_is_refused() {
    let served = Served::start();
    let is_refused = |answer: Option<Answer>| answer.is_none_or(|answer| answer.status == 413);
    let (host, bearer) = (served.host(), served.bearer());
    let mut stated = Wire::open(served.address);
    stated.send(&request("POST /api/projects", &[&host, &bearer, JSON, "Content-Length: 67108864"], ""));
    assert_eq!(stated.answer().map(|answer| answer.status), Some(413));
    let mut endless = Wire::open(served.address);
    endless.send(&request("POST /api/projects", &[&host, &bearer, JSON, "Transfer-Encoding: chunked"], ""));
    let chunk = format!("10000\r\n{}\r\n", "[".repeat(0x10000));
    let sent = (0..1_024).take_while(|_| endless.send(chunk.as_bytes())).count();
    assert!(sent < 1_024, "the server took 64 MiB");
    assert!(is_refused(endless.answer()));
    let largest = format!("\"{}\"", "a".repeat(2 * 1024 * 1024 - 2));
    assert_eq!(served.ask("POST /api/projects", &[JSON], &largest).status, 200);
    let one_more = format!("\"{}\"", "a".repeat(2 * 1024 * 1024 - 1));
    assert_eq!(served.ask("POST /api/projects", &[JSON], &one_more).status, 413);
}

#[test]
fn a_body_in_chunks_is_taken_and_the_connection_goes_on() {
    let served = Served::start();
    let (host, bearer) = (served.host(), served.bearer());
    let mut wire = Wire::open(served.address);
    wire.send(&request("POST /api/projects", &[&host, &bearer, JSON, "Transfer-Encoding: chunked"], ""));
    wire.send(b"3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n");
    assert_eq!(wire.answer().unwrap().json(), json!({"a": 1}));
    wire.send(&request("GET /api/health", &[&host], ""));
    assert_eq!(wire.answer().unwrap().status, 200);
}

/// Row 32.
#[test]
fn a_body_too_deep_is_refused() {
    let served = Served::start();
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for depth in [129, 100_000] {
        let answer = served.ask("POST /api/projects", &[JSON], &nested(depth));
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"), "{depth}");
    }
    assert_eq!(served.ask("POST /api/projects", &[JSON], &nested(127)).status, 200);
    assert!(served.is_healthy());
}

/// Row 40.
#[test]
fn odd_methods_and_addresses_get_plain_refusals() {
    let served = Served::start();
    for line in
        ["TRACE /", "TRACE /api/projects", "BREW /api/projects", "POST /", "DELETE /assets/x.js", "OPTIONS /"]
    {
        let answer = served.ask(line, &[], "");
        assert_eq!((answer.status, answer.code().as_str()), (405, "method_not_allowed"), "{line}");
        assert!(!String::from_utf8_lossy(&answer.body).contains(&served.token));
    }
    for (line, status, code) in [
        ("GET /api/unknown", 404, "not_found"),
        ("GET /ws/unknown", 404, "not_found"),
        ("PUT /api/projects", 405, "method_not_allowed"),
        ("OPTIONS /api/projects", 405, "method_not_allowed"),
        ("GET /ws", 400, "bad_request"),
    ] {
        let answer = served.ask(line, &[], "");
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{line}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{line}");
    }
}

#[test]
fn every_answer_carries_the_policy_and_no_banner() {
    let served = Served::start();
    for (line, headers) in [
        ("GET /", vec![]),
        ("GET /missing.js", vec![]),
        ("GET /api/health", vec![]),
        ("GET /api/projects", vec![]),
        ("GET /api/unknown", vec![]),
        ("GET /api/projects", vec!["Origin: null"]),
        ("TRACE /", vec![]),
        ("POST /api/panic", vec![]),
    ] {
        let answer = served.ask(line, &headers, "");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        for part in ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"]
        {
            assert!(policy.contains(part), "{line}: {policy}");
        }
        assert!(policy.contains(&format!("frame-src http://*.localhost:{}", served.port())), "{policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{line} {name}");
        }
        for name in ["server", "x-powered-by", "access-control-allow-origin", "set-cookie"] {
            assert_eq!(answer.header(name), None, "{line} {name}");
        }
        if line.contains("/api") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{line}");
        }
    }
}

#[test]
fn a_panic_is_an_opaque_fault_and_the_server_goes_on() {
    let served = Served::start();
    let answer = served.ask("POST /api/panic", &[], "");
    assert_eq!((answer.status, answer.code().as_str()), (500, "internal"));
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    assert!(matches!(answer.json()["error"]["details"]["request_id"], Value::String(_)));
    assert!(served.is_healthy());
}
