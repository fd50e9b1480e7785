//! The one guard before everything: what it does not admit reaches neither the router nor the assets.
//!
//! The same checks in the same order for plain requests and WebSocket upgrades: form (400), host (421), origin (403),
//! method (405), token (401), content type (415), size (413). It knows which part of the address space is the page's
//! and which is the board's, and of all routes two: the one that needs no token, and the one that takes files.

mod body;
mod headers;
mod hosts;
mod refusals;

use std::error::Error;
use std::net::SocketAddr;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::ErrorCode;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL,
    TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request};
use hyper::body::Body as HttpBody;

use crate::error::ApiError;
use crate::home::TokenFile;

pub(crate) use headers::{Area, SecurityHeaders};
pub use hosts::Hosts;
use refusals::Refusals;

/// Largest body of a request.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Largest body of an upload: base64 in JSON.
pub const UPLOAD_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Deepest nesting of a JSON body.
pub const JSON_DEPTH_MAX: usize = 128;
/// The one call of the board's that needs no token.
const HEALTH_PATH: &str = "/api/health";
/// The one call that takes files.
const UPLOAD_PATH: &str = "/api/attachments";

/// The subprotocol that the board speaks over WebSockets.
const SUBPROTOCOL: &str = "eval-kanban";
/// What stands before the token where it is sent as a subprotocol.
const TOKEN_SUBPROTOCOL_PREFIX: &str = "t.";
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the caller may do. A request without one did not pass the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The user: everything.
    User,
    /// Nobody in particular: only what is the same for everybody.
    Anyone,
}

/// How callers prove who they are.
#[derive(Debug)]
pub enum Entry {
    /// By the user's token.
    Token(TokenFile),
    /// Not at all: `--no-token`. Hosts and origins are checked all the same.
    Open,
}

/// The guard of one server.
#[derive(Debug)]
pub struct Guard {
    hosts: Hosts,
    entry: Entry,
    refusals: Refusals,
}

/// A request that may go on.
#[derive(Debug)]
pub(crate) enum Admitted {
    /// To the page and its assets.
    Page(Parts),
    /// To the board's router.
    Board(Request<Body>),
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusal {
    code: ErrorCode,
    message: &'static str,
}

impl Refusal {
    const fn new(code: ErrorCode, message: &'static str) -> Self {
        Self { code, message }
    }
}

const MALFORMED: Refusal = Refusal::new(ErrorCode::BadRequest, "the request is malformed");
const WRONG_HOST: Refusal = Refusal::new(
    ErrorCode::MisdirectedRequest,
    "the board does not answer to this host name; use the address it was started with",
);
const FOREIGN_ORIGIN: Refusal = Refusal::new(ErrorCode::Forbidden, "the board answers to no other page");
const NO_TOKEN: Refusal = Refusal::new(
    ErrorCode::Unauthorized,
    "a valid token is needed; `eval-kanban open` opens the board with it",
);
const WRONG_METHOD: Refusal = Refusal::new(ErrorCode::MethodNotAllowed, "the method is not allowed here");
const NOT_JSON: Refusal = Refusal::new(ErrorCode::UnsupportedMediaType, "send the body as application/json");
const TOO_LARGE: Refusal = Refusal::new(ErrorCode::TooLarge, "the body is larger than 2 MiB");
const UPLOAD_TOO_LARGE: Refusal =
    Refusal::new(ErrorCode::TooLarge, "the body is larger than 8 MiB: a file may have 5 MiB");
const TOO_DEEP: Refusal = Refusal::new(ErrorCode::BadRequest, "the body is nested deeper than 128 levels");
const INCOMPLETE: Refusal = Refusal::new(ErrorCode::BadRequest, "the body did not arrive whole");

/// How large a body may be, and what is said of a larger one.
#[derive(Debug, Clone, Copy)]
struct Limit {
    bytes_max: usize,
    refusal: Refusal,
}

impl Limit {
    fn of(parts: &Parts) -> Self {
        if parts.method == Method::POST && parts.uri.path() == UPLOAD_PATH {
            Self { bytes_max: UPLOAD_BYTES_MAX, refusal: UPLOAD_TOO_LARGE }
        } else {
            Self { bytes_max: BODY_BYTES_MAX, refusal: TOO_LARGE }
        }
    }
}

impl Guard {
    /// A guard for a server that answers to `hosts`.
    #[must_use]
    pub fn new(hosts: Hosts, entry: Entry) -> Self {
        Self { hosts, entry, refusals: Refusals::default() }
    }

    /// The port that pages see.
    pub(crate) fn port(&self) -> u16 {
        self.hosts.port()
    }

    /// Lets a request in, with its [`Scope`] as an extension, its body read and its token taken off; or answers it.
    pub(crate) async fn admit<B>(&self, request: Request<B>, peer: SocketAddr) -> Result<Admitted, Response>
    where
        B: HttpBody<Data = Bytes> + Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (mut parts, body) = request.into_parts();
        let scope = match self.check(&parts) {
            Ok(scope) => scope,
            Err(refusal) => return Err(self.refuse(refusal, &parts, peer).await),
        };
        let bytes = match body::read(&parts.method, Limit::of(&parts), body).await {
            Ok(bytes) => bytes,
            Err(refusal) => return Err(self.refuse(refusal, &parts, peer).await),
        };
        take_token_off(&mut parts);
        parts.extensions.insert(scope);
        let area = Area::of(parts.uri.path());
        Ok(match area {
            Area::Page => Admitted::Page(parts),
            Area::Board => Admitted::Board(Request::from_parts(parts, Body::from(bytes))),
        })
    }

    fn check(&self, parts: &Parts) -> Result<Scope, Refusal> {
        check_form(parts)?;
        let host = self.check_host(parts)?;
        check_origin(parts, host)?;
        let is_for_anyone = check_method(parts)?;
        let scope = if is_for_anyone { Scope::Anyone } else { self.check_token(parts)? };
        if is_change(&parts.method) {
            check_content(parts)?;
        }
        Ok(scope)
    }

    fn check_host<'a>(&self, parts: &'a Parts) -> Result<&'a str, Refusal> {
        let host = single(parts, &HOST)?.ok_or(MALFORMED)?;
        if self.hosts.has(host) { Ok(host) } else { Err(WRONG_HOST) }
    }

    fn check_token(&self, parts: &Parts) -> Result<Scope, Refusal> {
        match &self.entry {
            Entry::Open => Ok(Scope::User),
            Entry::Token(file) if token_of(parts)?.is_some_and(|token| file.is_valid(token)) => {
                Ok(Scope::User)
            }
            Entry::Token(_) => Err(NO_TOKEN),
        }
    }

    async fn refuse(&self, refusal: Refusal, parts: &Parts, peer: SocketAddr) -> Response {
        let delay = self.refusals.note(refusal, parts, peer);
        tokio::time::sleep(delay).await;
        if refusal.code == ErrorCode::Forbidden && is_navigation(parts) {
            return headers::lost_page();
        }
        let mut response = ApiError::new(refusal.code, refusal.message).into_response();
        if matches!(refusal.code, ErrorCode::BadRequest | ErrorCode::TooLarge) {
            // What is left of the request is not worth reading.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Hyper has refused most of what is malformed, and the listener the rest; this holds if either lets go.
fn check_form(parts: &Parts) -> Result<(), Refusal> {
    let uri = &parts.uri;
    let is_path = uri.scheme().is_none() && uri.authority().is_none() && uri.path().starts_with('/');
    let is_framed_once =
        !(parts.headers.contains_key(CONTENT_LENGTH) && parts.headers.contains_key(TRANSFER_ENCODING));
    if is_path && is_framed_once { Ok(()) } else { Err(MALFORMED) }
}

/// A page's origin is ours only if it is the very address the request went to. `null` is foreign.
fn check_origin(parts: &Parts, host: &str) -> Result<(), Refusal> {
    let is_ours = single(parts, &ORIGIN)?.is_none_or(|origin| origin.strip_prefix("http://") == Some(host));
    let is_same_site = single(parts, &FETCH_SITE)?.is_none_or(|site| matches!(site, "same-origin" | "none"));
    if is_ours && is_same_site { Ok(()) } else { Err(FOREIGN_ORIGIN) }
}

/// True where no token is asked for: the page, its assets and the health answer.
fn check_method(parts: &Parts) -> Result<bool, Refusal> {
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    match Area::of(parts.uri.path()) {
        Area::Page if is_read => Ok(true),
        Area::Page => Err(WRONG_METHOD),
        Area::Board if is_read => Ok(parts.uri.path() == HEALTH_PATH),
        Area::Board if is_known_method(&parts.method) => Ok(false),
        Area::Board => Err(WRONG_METHOD),
    }
}

fn is_known_method(method: &Method) -> bool {
    is_change(method) || *method == Method::OPTIONS
}

/// Whether a request with this method changes something.
pub(crate) fn is_change(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
}

/// A change without a body needs no content type; one that is given must be JSON.
fn check_content(parts: &Parts) -> Result<(), Refusal> {
    let length = match single(parts, &CONTENT_LENGTH)? {
        Some(length) => Some(length.parse::<u64>().map_err(|_not_a_number| MALFORMED)?),
        None => None,
    };
    let has_body = parts.headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length > 0);
    let is_json = single(parts, &CONTENT_TYPE)?.map(is_json);
    if !is_json.unwrap_or(!has_body) {
        return Err(NOT_JSON);
    }
    let limit = Limit::of(parts);
    if length.is_some_and(|length| length > limit.bytes_max as u64) { Err(limit.refusal) } else { Ok(()) }
}

fn is_json(content_type: &str) -> bool {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, "charset=utf-8"));
    kind.trim().eq_ignore_ascii_case("application/json")
        && parameters.trim().eq_ignore_ascii_case("charset=utf-8")
}

/// The token that the request brings: in `Authorization`, or as a subprotocol of an upgrade. Nowhere else.
fn token_of(parts: &Parts) -> Result<Option<&str>, Refusal> {
    if let Some(authorization) = single(parts, &AUTHORIZATION)? {
        let bearer =
            authorization.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        return Ok(bearer.map(|(_, token)| token));
    }
    if !is_upgrade(parts) {
        return Ok(None);
    }
    Ok(subprotocols(parts).find_map(|name| name.strip_prefix(TOKEN_SUBPROTOCOL_PREFIX)))
}

/// Whether the request asks to become a WebSocket.
fn is_upgrade(parts: &Parts) -> bool {
    parts.headers.get(UPGRADE).is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

fn subprotocols(parts: &Parts) -> impl Iterator<Item = &str> {
    let lists =
        parts.headers.get_all(SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',').map(str::trim))
}

/// Behind the guard nobody needs the token: it cannot be logged or sent back by mistake.
fn take_token_off(parts: &mut Parts) {
    let speaks_ours = subprotocols(parts).any(|name| name == SUBPROTOCOL);
    parts.headers.remove(AUTHORIZATION);
    parts.headers.remove(SEC_WEBSOCKET_PROTOCOL);
    if speaks_ours {
        parts.headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
}

/// The text of a header that may stand once.
fn single<'a>(parts: &'a Parts, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = parts.headers.get_all(name).into_iter();
    let (first, second) = (values.next(), values.next());
    match (first, second) {
        (Some(value), None) => value.to_str().map(Some).map_err(|_not_text| MALFORMED),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(MALFORMED),
    }
}

/// Somebody followed a link to the board: they get a page that explains, not JSON.
fn is_navigation(parts: &Parts) -> bool {
    let is = |name: &str, value: &str| {
        parts.headers.get(name).is_some_and(|found| found.as_bytes() == value.as_bytes())
    };
    Area::of(parts.uri.path()) == Area::Page
        && is("sec-fetch-mode", "navigate")
        && is("sec-fetch-dest", "document")
}
