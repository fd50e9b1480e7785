//! The limits of connections: slow ones, many ones, and the end.

use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use server::listener::Limits;

use crate::support::served::Served;
use crate::support::wait_for;
use crate::support::wire::{Wire, request};

fn quick() -> Limits {
    Limits { head_time_max: Duration::from_millis(400), ..Limits::default() }
}

#[test]
fn the_limits_in_force_are_those_that_are_promised() {
    let limits = Limits::default();
    assert!(limits.head_time_max <= Duration::from_secs(10) && limits.connections_max <= 1_000);
}

/// Row 36.
#[test]
fn a_slow_head_is_cut_off_however_it_trickles() {
    let served = Served::with(quick(), true);
    for beginning in ["", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nX: "] {
        let start = Instant::now();
        let mut wire = Wire::open(served.address);
        wire.send(beginning.as_bytes());
        assert!(wire.answer().is_none_or(|answer| answer.status == 408), "{beginning:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{beginning:?} held for {:?}", start.elapsed());
    }
    let mut wire = Wire::open(served.address);
    let start = Instant::now();
    while wire.send(b"G") && start.elapsed() < Duration::from_secs(5) {}
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_idle_connection_is_closed() {
    let served = Served::with(quick(), true);
    let mut wire = Wire::open(served.address);
    wire.send(&request("GET /api/health", &[&served.host()], ""));
    assert_eq!(wire.answer().unwrap().status, 200);
    assert!(wire.is_closed());
}

/// Row 37: also with more than there are seats.
#[test]
fn half_open_connections_do_not_keep_others_out() {
    let served = Served::with(Limits { connections_max: 50, ..Limits::default() }, true);
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(TcpStream::connect(served.address).unwrap());
    }
    let start = Instant::now();
    assert!(served.is_healthy());
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    drop(silent);
}

#[test]
fn requests_in_a_row_are_answered_in_a_row() {
    let served = Served::start();
    let (host, bearer) = (served.host(), served.bearer());
    let mut wire = Wire::open(served.address);
    let one = request("GET /api/health", &[&host], "");
    let other = request("POST /api/projects", &[&host, &bearer, "Content-Type: application/json"], "[1]");
    wire.send(&[one.clone(), other, one].concat());
    assert!(wire.answer().unwrap().json()["status"] == "ok");
    assert_eq!(wire.answer().unwrap().body, b"[1]");
    assert!(wire.answer().unwrap().json()["status"] == "ok");
}

#[test]
fn a_client_that_stops_sending_still_gets_its_answer() {
    let served = Served::start();
    let mut wire = Wire::open(served.address);
    wire.send(&request("GET /api/health", &[&served.host(), "Connection: close"], ""));
    wire.end_sending();
    assert_eq!(wire.answer().unwrap().status, 200);
}

#[test]
fn at_the_end_an_answer_under_way_is_finished_and_idle_ones_are_not_awaited() {
    let mut served = Served::start();
    let (mut idle, mut slow) = (Wire::open(served.address), Wire::open(served.address));
    slow.send(&request("GET /api/slow", &[&served.host(), &served.bearer()], ""));
    served.slow.wait_until_begun();
    let start = Instant::now();
    served.shutdown.request();
    assert!(idle.is_closed());
    served.slow.may_answer.notify_one();
    assert_eq!(slow.answer().unwrap().json()["slow"], true);
    served.runtime.block_on(served.ended.take().unwrap()).unwrap();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(TcpStream::connect(served.address).is_err());
}

/// Whoever hangs up must not leave a merge half done.
#[test]
fn a_change_runs_to_its_end_when_the_caller_hangs_up() {
    let served = Served::start();
    let mut caller = Wire::open(served.address);
    caller.send(&request("POST /api/slow", &[&served.host(), &served.bearer()], ""));
    served.slow.wait_until_begun();
    drop(caller);
    assert!(served.is_healthy());
    served.slow.may_answer.notify_one();
    wait_for("the change's end", || (served.slow.finished.load(Ordering::SeqCst) == 1).then_some(()));
}

#[test]
fn at_the_end_an_answer_that_never_comes_is_cut_off() {
    let mut served =
        Served::with(Limits { end_time_max: Duration::from_millis(200), ..Limits::default() }, true);
    let mut stuck = Wire::open(served.address);
    stuck.send(&request("GET /api/slow", &[&served.host(), &served.bearer()], ""));
    served.slow.wait_until_begun();
    served.shutdown.request();
    served.runtime.block_on(served.ended.take().unwrap()).unwrap();
}
