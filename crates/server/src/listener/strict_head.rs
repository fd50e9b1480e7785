//! Reads a connection's bytes before hyper does, and refuses what two readers could understand in two ways.
//!
//! Hyper forgives: it drops a `Content-Length` that stands beside a `Transfer-Encoding`, takes bare line feeds and
//! absolute targets. What is forgiven cannot be refused later, so it is refused here: a head that breaks a rule is
//! replaced by [`REFUSED_HEAD`], which the guard answers with 400, and nothing behind it is read.

use std::io;

/// Longest head, request line included.
pub(super) const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What hyper reads in place of a refused head. The guard takes no target but a path.
pub(super) const REFUSED_HEAD: &[u8] = b"OPTIONS * HTTP/1.1\r\nconnection: close\r\n\r\n";

/// Hexadecimal digits of a chunk's size; more would overflow.
const CHUNK_DIGITS_MAX: usize = 15;

/// Where in the stream of requests we are.
#[derive(Debug, Default)]
pub(super) struct Scan {
    stage: Stage,
    head: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Head,
    Body(u64),
    Chunk(ChunkStage),
    /// After an upgrade the bytes are another protocol's.
    Through,
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChunkStage {
    Size {
        digits: usize,
        size: u64,
    },
    SizeEnd(u64),
    Bytes(u64),
    /// The carriage return and the line feed behind a chunk; true for the last chunk.
    End(bool),
    EndFeed(bool),
}

/// How long the body behind a head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
    Upgrade,
}

impl Scan {
    /// Whether all that follows may go through unread.
    pub(super) fn is_through(&self) -> bool {
        self.stage == Stage::Through
    }

    /// Whether a head was refused: nothing will come through any more.
    pub(super) fn is_refused(&self) -> bool {
        self.stage == Stage::Refused
    }

    /// Takes what arrived and adds to `output` what hyper may see.
    ///
    /// A broken chunk is an error: there is no head left to replace.
    pub(super) fn feed(&mut self, mut input: &[u8], output: &mut Vec<u8>) -> io::Result<()> {
        while let [first, ..] = input {
            let taken = match self.stage {
                Stage::Head => self.feed_head(*first, output),
                Stage::Body(rest) => self.feed_body(rest, input, output),
                Stage::Chunk(stage) => self.feed_chunk(stage, input, output)?,
                Stage::Through => pass(input, input.len() as u64, output),
                Stage::Refused => input.len(),
            };
            input = input.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    fn feed_head(&mut self, byte: u8, output: &mut Vec<u8>) -> usize {
        self.head.push(byte);
        let is_bare_feed = byte == b'\n' && !self.head.ends_with(b"\r\n");
        if is_bare_feed || self.head.len() > HEAD_BYTES_MAX {
            self.refuse(output);
        } else if self.head.ends_with(b"\r\n\r\n") {
            self.finish_head(output);
        }
        1
    }

    fn finish_head(&mut self, output: &mut Vec<u8>) {
        match framing(&self.head) {
            Some(framing) => {
                output.append(&mut self.head);
                self.stage = framing.into();
            }
            None => self.refuse(output),
        }
    }

    fn refuse(&mut self, output: &mut Vec<u8>) {
        self.head = Vec::new();
        output.extend_from_slice(REFUSED_HEAD);
        self.stage = Stage::Refused;
    }

    fn feed_body(&mut self, rest: u64, input: &[u8], output: &mut Vec<u8>) -> usize {
        let taken = pass(input, rest, output);
        self.stage = Framing::Length(rest - taken as u64).into();
        taken
    }

    fn feed_chunk(&mut self, stage: ChunkStage, input: &[u8], output: &mut Vec<u8>) -> io::Result<usize> {
        if let ChunkStage::Bytes(rest) = stage {
            let taken = pass(input, rest, output);
            let rest = rest - taken as u64;
            self.stage =
                Stage::Chunk(if rest == 0 { ChunkStage::End(false) } else { ChunkStage::Bytes(rest) });
            return Ok(taken);
        }
        let byte = input.first().copied().unwrap_or_default();
        self.stage = after_chunk_byte(stage, byte).ok_or_else(broken_chunk)?;
        Ok(pass(input, 1, output))
    }
}

impl From<Framing> for Stage {
    fn from(framing: Framing) -> Self {
        match framing {
            Framing::Length(0) => Self::Head,
            Framing::Length(rest) => Self::Body(rest),
            Framing::Chunked => Self::Chunk(ChunkStage::Size { digits: 0, size: 0 }),
            Framing::Upgrade => Self::Through,
        }
    }
}

fn pass(input: &[u8], bytes_max: u64, output: &mut Vec<u8>) -> usize {
    let taken = usize::try_from(bytes_max).unwrap_or(usize::MAX).min(input.len());
    output.extend_from_slice(input.get(..taken).unwrap_or_default());
    taken
}

/// Sizes stand alone (no extensions) and nothing follows the last chunk (no trailers).
fn after_chunk_byte(stage: ChunkStage, byte: u8) -> Option<Stage> {
    let next = match (stage, byte) {
        (ChunkStage::Size { digits: 1.., size }, b'\r') => ChunkStage::SizeEnd(size),
        (ChunkStage::Size { digits, size }, _) if digits < CHUNK_DIGITS_MAX => {
            let digit = char::from(byte).to_digit(16)?;
            ChunkStage::Size { digits: digits + 1, size: size * 16 + u64::from(digit) }
        }
        (ChunkStage::SizeEnd(0), b'\n') => ChunkStage::End(true),
        (ChunkStage::SizeEnd(size), b'\n') => ChunkStage::Bytes(size),
        (ChunkStage::End(is_last), b'\r') => ChunkStage::EndFeed(is_last),
        (ChunkStage::EndFeed(true), b'\n') => return Some(Stage::Head),
        (ChunkStage::EndFeed(false), b'\n') => ChunkStage::Size { digits: 0, size: 0 },
        _ => return None,
    };
    Some(Stage::Chunk(next))
}

fn broken_chunk() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "broken chunk in a request body")
}

/// Checks a whole head and says what follows it. `None`: refuse.
fn framing(head: &[u8]) -> Option<Framing> {
    let text = head.strip_suffix(b"\r\n\r\n")?;
    let mut lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    check_request_line(lines.next()?)?;
    let mut fields = Fields::default();
    for line in lines {
        fields.take(line)?;
    }
    fields.framing()
}

/// `METHOD /path HTTP/1.x`: one blank between, no absolute form.
fn check_request_line(line: &[u8]) -> Option<()> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (method, target, version) = (parts.next()?, parts.next()?, parts.next()?);
    let is_good = parts.next().is_none()
        && is_token(method)
        && target.starts_with(b"/")
        && target.iter().all(|byte| (0x21..0x7f).contains(byte))
        && matches!(version, b"HTTP/1.1" | b"HTTP/1.0");
    is_good.then_some(())
}

/// The fields of a head that say where it ends and whom it is for.
#[derive(Debug, Default)]
struct Fields {
    hosts: usize,
    origins: usize,
    authorizations: usize,
    lengths: usize,
    length: u64,
    encodings: usize,
    is_upgrade: bool,
}

impl Fields {
    fn take(&mut self, line: &[u8]) -> Option<()> {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?.trim_ascii());
        if !is_token(name) || value.iter().any(|byte| *byte < 0x20 && *byte != b'\t' || *byte == 0x7f) {
            return None;
        }
        match name.to_ascii_lowercase().as_slice() {
            b"host" => self.hosts += 1,
            b"origin" => self.origins += 1,
            b"authorization" => self.authorizations += 1,
            b"content-length" => self.take_length(value)?,
            b"transfer-encoding" if value.eq_ignore_ascii_case(b"chunked") => self.encodings += 1,
            b"transfer-encoding" => return None,
            b"upgrade" => self.is_upgrade = true,
            _ => {}
        }
        Some(())
    }

    fn take_length(&mut self, value: &[u8]) -> Option<()> {
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        self.lengths += 1;
        self.length = std::str::from_utf8(value).ok().filter(|_| is_number)?.parse().ok()?;
        Some(())
    }

    fn framing(&self) -> Option<Framing> {
        if self.hosts != 1 || self.origins > 1 || self.authorizations > 1 {
            return None;
        }
        match (self.is_upgrade, self.lengths, self.encodings) {
            (true, 0, 0) => Some(Framing::Upgrade),
            (true, 1, 0) if self.length == 0 => Some(Framing::Upgrade),
            (false, 0 | 1, 0) => Some(Framing::Length(self.length)),
            (false, 0, 1) => Some(Framing::Chunked),
            _ => None,
        }
    }
}

fn is_token(name: &[u8]) -> bool {
    !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scan(input: &[u8]) -> (Scan, Vec<u8>, bool) {
        let (mut scan, mut output) = (Scan::default(), Vec::new());
        let is_ok = scan.feed(input, &mut output).is_ok();
        (scan, output, is_ok)
    }

    fn passes(input: &str) {
        let (scan, output, is_ok) = scan(input.as_bytes());
        assert!(is_ok && !scan.is_refused(), "{input:?}");
        assert_eq!(output, input.as_bytes(), "{input:?}");
    }

    fn is_refused(input: &str) {
        let (scan, output, is_ok) = scan(input.as_bytes());
        assert!(!is_ok || scan.is_refused() && output.ends_with(REFUSED_HEAD), "{input:?}");
    }

    fn with_fields(fields: &str) -> String {
        format!("POST /api/x HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
    }

    #[test]
    fn what_is_unmistakable_passes() {
        for fields in
            ["", "Origin: http://a\r\n", "Content-Length: 0\r\n", "X: a b\t\u{e4}\r\n", "Empty:\r\n"]
        {
            passes(&with_fields(fields));
        }
        let with_body = with_fields("Content-Length: 3\r\n") + "{}\n";
        passes(&with_body);
        passes(&(with_body.clone() + &with_body + &with_fields("")));
        let chunked = with_fields("Transfer-Encoding: chunked\r\n") + "a\r\n0123456789\r\n0\r\n\r\n";
        passes(&(chunked + &with_fields("")));
    }

    #[test]
    fn what_two_readers_could_understand_in_two_ways_is_refused() {
        for fields in [
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length:\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Host: b\r\n",
            "Origin: http://a\r\nOrigin: http://b\r\n",
            "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
            "Upgrade: websocket\r\nContent-Length: 4\r\n",
            "Content-Length : 1\r\n",
            " folded: 1\r\n",
            "X: a\r\n folded\r\n",
            "no colon\r\n",
            "X: a\nY: b\r\n",
            "X: a\rY: b\r\n",
            "X: \0\r\n",
        ] {
            is_refused(&with_fields(fields));
        }
    }

    #[test]
    fn a_target_is_a_path() {
        for line in [
            "GET http://a/ HTTP/1.1",
            "CONNECT a:443 HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "GET  / HTTP/1.1",
            "GET / HTTP/1.1 ",
            "GET / HTTP/2.0",
            "GET /",
            "",
            "GET /\u{e4} HTTP/1.1",
        ] {
            is_refused(&format!("{line}\r\nHost: a\r\n\r\n"));
        }
        is_refused("GET / HTTP/1.1\r\n\r\n");
        is_refused("GET / HTTP/1.1\nHost: a\n\n");
    }

    #[test]
    fn a_broken_chunk_ends_the_stream() {
        for body in
            ["\r\n", "g\r\n", "1;x\r\n", "1\r\nab", "1\n", "0\r\nX: y\r\n\r\n", "0000000000000001\r\n"]
        {
            is_refused(&(with_fields("Transfer-Encoding: chunked\r\n") + body));
        }
    }

    #[test]
    fn an_endless_head_is_refused_and_an_upgrade_goes_through() {
        is_refused(&format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(HEAD_BYTES_MAX)));
        let (scan, output, _) = scan(b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n\x81\x00\n");
        assert!(scan.is_through() && output.ends_with(b"\x81\x00\n"));
    }

    #[test]
    fn what_follows_a_refused_head_is_never_seen() {
        let smuggled = with_fields("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n") + &with_fields("");
        assert_eq!(scan(smuggled.as_bytes()).1, REFUSED_HEAD);
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_changes_nothing(cuts in prop::collection::vec(1_usize..40, 1..40)) {
            let input = with_fields("Content-Length: 3\r\n") + "abc"
                + &with_fields("Transfer-Encoding: chunked\r\n") + "1f\r\n0123456789012345678901234567890\r\n0\r\n\r\n"
                + "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
            let (mut cut, mut output) = (Scan::default(), Vec::new());
            let mut rest = input.as_bytes();
            for length in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (now, later) = rest.split_at((*length).min(rest.len()));
                cut.feed(now, &mut output).unwrap();
                rest = later;
            }
            prop_assert_eq!(output, scan(input.as_bytes()).1);
        }

        #[test]
        fn no_bytes_make_it_fall(input in prop::collection::vec(any::<u8>(), 0..400)) {
            scan(&input);
        }
    }
}
