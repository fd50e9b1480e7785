//! One call to a server on this machine: small, blocking and bounded, so that a command needs no runtime.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::home::Token;

const CONNECT_TIME_MAX: Duration = Duration::from_secs(1);
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A call that is about to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct HttpCall<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) token: Option<&'a Token>,
    pub(super) body: Option<&'a Value>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `Null` if it is no JSON.
    pub(super) body: Value,
}

impl HttpCall<'_> {
    /// Reads `path`.
    pub(super) fn get<'a>(path: &'a str, token: Option<&'a Token>) -> HttpCall<'a> {
        HttpCall { method: "GET", path, token, body: None }
    }

    /// Makes the call.
    pub(super) fn send(&self, server: SocketAddr) -> io::Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&server, CONNECT_TIME_MAX)?;
        stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
        stream.set_write_timeout(Some(ANSWER_TIME_MAX))?;
        stream.write_all(self.request(server).as_bytes())?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
        parse(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP"))
    }

    /// HTTP/1.0: the answer comes whole, and the end of the connection is its end.
    fn request(&self, server: SocketAddr) -> String {
        let Self { method, path, .. } = self;
        let body = self.body.map(Value::to_string).unwrap_or_default();
        let token = self
            .token
            .map(|token| format!("Authorization: Bearer {}\r\n", token.expose()))
            .unwrap_or_default();
        let length = body.len();
        format!(
            "{method} {path} HTTP/1.0\r\nHost: {server}\r\n{token}Content-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
    }
}

fn parse(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let status = head.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    let body = serde_json::from_slice(answer.get(end + 4..)?).unwrap_or_default();
    Some(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_nonsense_is_not_one() {
        let answer = parse(b"HTTP/1.0 200 OK\r\na: b\r\n\r\n{\"status\":\"ok\"}").unwrap();
        assert_eq!((answer.status, &answer.body["status"]), (200, &Value::from("ok")));
        assert_eq!(parse(b"HTTP/1.1 500 x\r\n\r\noops").unwrap().body, Value::Null);
        for bad in [&b""[..], b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n"] {
            assert!(parse(bad).is_none());
        }
    }
}
