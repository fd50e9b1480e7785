//! One server per home: starting, starting again, ending.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Output;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::product::Product;
use crate::support::wait_for;

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_second_start_finds_the_first_and_ends_well() {
    let product = Product::started();
    let before = product.instance();
    let second = product.run(&["--no-open", "--port", "0"], &[]);
    assert_eq!(second.status.code(), Some(0), "{}", words(&second));
    let address = format!("http://localhost:{}/#t={}", product.address().port(), product.token());
    assert!(words(&second).contains(&address), "{}", words(&second));
    assert_eq!(product.instance(), before);
}

/// The first start and any later one land on the board of the repository that they are made in.
#[test]
fn a_start_in_a_repository_opens_its_board() {
    let mut product = Product::new();
    let repository = product.make_repository("my work");
    let below = repository.join("a folder");
    std::fs::create_dir(&below).unwrap();
    product.start(&[below.to_str().unwrap()], &[]);
    let token = product.token();
    let projects = || product.ask("GET /api/projects", &token).json()["items"].clone();
    wait_for("the project", || (projects()[0]["path"] == repository.to_str().unwrap()).then_some(()));
    let second = product.run(&[repository.to_str().unwrap(), "--no-open"], &[]);
    let id = projects()[0]["id"].as_str().unwrap().to_owned();
    let address = format!("http://localhost:{}/p/{id}#t={token}", product.address().port());
    assert!(words(&second).contains(&address), "{}", words(&second));
    assert_eq!(projects().as_array().unwrap().len(), 1);
}

#[test]
fn a_killed_server_leaves_nothing_in_the_way() {
    let mut product = Product::started();
    let before = product.instance().unwrap();
    product.signal(Signal::SIGKILL);
    assert_eq!(product.end().0, None);
    assert_eq!(product.instance().as_ref(), Some(&before), "the file stays behind");
    product.start(&[], &[]);
    assert_ne!(product.instance().unwrap()["instance_id"], before["instance_id"]);
}

/// A stored pid and port prove nothing: here they are those of living strangers.
#[test]
fn an_instance_file_alone_is_not_believed() {
    let mut product = Product::new();
    let stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    std::fs::create_dir(product.home()).unwrap();
    let forged = json!({
        "pid": std::process::id(), "start_time": 1, "boot_id": "x", "host": "127.0.0.1", "version": "0",
        "port": stranger.local_addr().unwrap().port(), "instance_id": "0199a1b2-0000-7000-8000-000000000000",
    });
    std::fs::write(product.home().join("instance.json"), forged.to_string()).unwrap();
    product.start(&[], &[]);
    assert_ne!(product.instance().unwrap()["instance_id"], forged["instance_id"]);
}

#[test]
fn a_port_in_use_is_told_with_the_way_out() {
    let product = Product::new();
    let stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = stranger.local_addr().unwrap().port().to_string();
    let output = product.run(&["--no-open"], &[("EVAL_KANBAN_PORT", &port)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains(&port) && words(&output).contains("--port"), "{}", words(&output));
}

/// Whoever listens on `::1` is who the browser may ask for `localhost`, and would be given the token.
#[test]
fn a_stranger_on_the_other_loopback_address_is_not_handed_the_token() {
    let product = Product::new();
    let Ok(stranger) = TcpListener::bind((std::net::Ipv6Addr::LOCALHOST, 0)) else {
        let addresses = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
        return assert!(!addresses.contains("00000000000000000000000000000001"), "::1 could be bound here");
    };
    let port = stranger.local_addr().unwrap().port().to_string();
    let output = product.run(&["--no-open", "--port", &port], &[]);
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
}

#[test]
fn asked_to_end_by_signal_it_ends_well_and_gives_the_home_back() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut product = Product::started();
        product.signal(signal);
        assert_eq!(product.end(), (Some(0), String::new()), "{signal}");
        assert_eq!(product.instance(), None);
        product.start(&[], &[]);
    }
}

#[test]
fn it_goes_on_when_the_terminal_closes() {
    let mut product = Product::started();
    drop(product.child().stdout.take());
    drop(product.child().stderr.take());
    product.signal(Signal::SIGHUP);
    let token = product.token();
    // A refusal is a warning, and warnings go to the terminal that is gone.
    assert_eq!(product.status_of("/api/projects", "wrong"), 401);
    assert_eq!(product.status_of("/api/projects", &token), 200);
    wait_for("the line in the log", || product.log().contains("the terminal closed").then_some(()));
    product.signal(Signal::SIGTERM);
    assert_eq!(product.end().0, Some(0));
}

#[test]
fn stop_ends_the_server_and_says_when_there_is_none() {
    let mut product = Product::started();
    let output = product.run(&["stop"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(product.end().0, Some(0));
    for command in ["stop", "open"] {
        let output = product.run(&[command], &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(words(&output).contains("find a running server"), "{}", words(&output));
    }
}

#[test]
fn a_rotated_token_replaces_the_old_one_while_the_server_runs() {
    let product = Product::started();
    let old = product.token();
    assert_eq!(product.run(&["token", "rotate"], &[]).status.code(), Some(0));
    assert_ne!(product.token(), old);
    assert_eq!(product.status_of("/api/projects", &old), 401);
    assert_eq!(product.status_of("/api/projects", &product.token()), 200);
}

#[test]
fn a_given_token_is_in_force_and_a_weak_one_refused() {
    let mut product = Product::new();
    for weak in ["", "short", "thirty-one-characters-are-few-x", "spaces do not pass in a header, see"] {
        let output = product.run(&["--no-open", "--port", "0"], &[("EVAL_KANBAN_TOKEN", weak)]);
        assert_eq!(output.status.code(), Some(1), "{weak:?}");
        assert!(words(&output).contains("token"), "{}", words(&output));
    }
    let given = "0123456789abcdef0123456789abcdef";
    product.start(&[], &[("EVAL_KANBAN_TOKEN", given)]);
    assert_eq!(product.status_of("/api/projects", given), 200);
    assert_eq!(product.token(), given);
}

/// Row 79.
#[test]
fn other_machines_are_let_in_only_on_purpose() {
    let mut product = Product::new();
    let good = ("EVAL_KANBAN_TOKEN", "0123456789abcdef0123456789abcdef");
    for (args, variables) in [
        (vec![], vec![]),
        (vec![], vec![("EVAL_KANBAN_TOKEN", "12345")]),
        (vec!["--no-token"], vec![]),
        (vec!["--no-token"], vec![good]),
    ] {
        let args = [vec!["--no-open", "--port", "0", "--host", "0.0.0.0"], args].concat();
        let output = product.run(&args, &variables);
        assert_eq!(output.status.code(), Some(1), "{args:?} {variables:?}");
        assert!(words(&output).contains("token") || words(&output).contains("TOKEN"), "{}", words(&output));
    }
    assert!(words(&product.run(&["--host", "0.0.0.0"], &[])).contains("-p 127.0.0.1:9847:9847"));
    product.start(&["--host", "0.0.0.0"], &[good]);
    assert_eq!(product.status_of("/api/projects", "wrong"), 401);
}

#[test]
fn without_a_token_it_says_what_that_means() {
    let mut product = Product::new();
    product.start(&["--no-token"], &[]);
    assert_eq!(product.status_of("/api/projects", "none"), 200);
    product.signal(Signal::SIGTERM);
    let (code, words) = product.end();
    assert_eq!(code, Some(0));
    assert!(words.contains("every program and every user of this machine"), "{words}");
}

#[test]
fn the_token_is_in_no_log() {
    let product = Product::started();
    let token = product.token();
    for path in [format!("/api/projects?t={token}"), format!("/x/{token}.js")] {
        product.status_of(&path, "wrong");
    }
    assert_eq!(product.status_of("/api/projects", &token), 200);
    assert!(product.log().contains("refused GET /api/projects"), "{}", product.log());
    assert!(!product.log().contains(&token), "{}", product.log());
}
