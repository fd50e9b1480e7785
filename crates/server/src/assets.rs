//! The page and its assets, embedded in the binary as brotli and nothing else.
//!
//! `cargo xtask build` fills `frontend/dist-embed`; without it there is a page that says so. Lookups are by name in
//! the embedded table: no path reaches the file system.

use std::io::{Cursor, Read};

use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::ApiError;

/// Files under this folder have a hash of their content in their name.
const HASHED_FOLDER: &str = "assets/";
/// Addresses of the page that hold names which people chose, in any script.
const BOARDS: &str = "/p/";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";
/// Largest decoded file.
const DECODED_BYTES_MAX: u64 = 64 * 1024 * 1024;
const DECODE_BUFFER_BYTES: usize = 16 * 1024;

const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>eval-kanban</title>\
    <p>The server runs, but this build has no board in it.</p><p>Run <code>cargo xtask build</code>.</p></html>";

#[derive(RustEmbed)]
#[folder = "../../frontend/dist-embed"]
struct Embedded;

/// Answers a GET or HEAD for the page or an asset.
pub(crate) async fn answer(request: &Parts) -> Response {
    let path = request.uri.path();
    let name = if path.starts_with(BOARDS) { Some("") } else { name_of(path) };
    let Some(name) = name else { return missing() };
    match find(name) {
        Some((name, file)) => send(name, file, &request.headers).await,
        None if Embedded::get("index.html.br").is_none() && !is_file_name(name) => {
            ([(CACHE_CONTROL, ASK_AGAIN)], Html(PLACEHOLDER)).into_response()
        }
        None => missing(),
    }
}

fn missing() -> Response {
    ApiError::not_found("page").into_response()
}

/// The asset's name, if the path can be one: plain characters, no empty or dotted steps. Empty for a board.
fn name_of(path: &str) -> Option<&str> {
    if path.starts_with(BOARDS) {
        return Some("");
    }
    let name = path.strip_prefix('/')?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_step = |step: &str| !step.is_empty() && !step.starts_with('.');
    let steps = name.strip_suffix('/').unwrap_or(name);
    (name.is_empty() || name.bytes().all(is_plain) && steps.split('/').all(is_step)).then_some(name)
}

/// The file of that name; for an address inside the board the page, which finds its way there.
fn find(name: &str) -> Option<(&str, EmbeddedFile)> {
    let wanted = if is_file_name(name) { name } else { "index.html" };
    Embedded::get(&format!("{wanted}.br")).map(|file| (wanted, file))
}

fn is_file_name(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|step| step.contains('.'))
}

async fn send(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = etag_of(&file);
    let cache = if name.starts_with(HASHED_FOLDER) { FOR_EVER } else { ASK_AGAIN };
    let common = [(CACHE_CONTROL, cache), (ETAG, etag.as_str()), (VARY, "accept-encoding")];
    let known = headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    if known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == etag)) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let bytes = match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let kind = [(CONTENT_TYPE, kind_of(name))];
    if takes_brotli(headers) {
        return (common, kind, [(CONTENT_ENCODING, "br")], bytes).into_response();
    }
    match tokio::task::spawn_blocking(move || decode(&bytes)).await {
        Ok(Ok(decoded)) => (common, kind, decoded).into_response(),
        Ok(Err(error)) => ApiError::internal(error).into_response(),
        Err(error) => ApiError::internal(error).into_response(),
    }
}

/// Weak: the same tag stands for the file as brotli and decoded.
fn etag_of(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{digits}\"")
}

/// Browsers offer brotli on loopback names; on others, over plain HTTP, only gzip.
fn takes_brotli(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    offers.flat_map(|offer| offer.split(',')).any(|offer| {
        let (coding, weight) = offer.split_once(';').unwrap_or((offer, ""));
        coding.trim() == "br" && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

fn decode(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut decoded = Vec::new();
    let reader = brotli_decompressor::Decompressor::new(Cursor::new(bytes), DECODE_BUFFER_BYTES);
    reader.take(DECODED_BYTES_MAX).read_to_end(&mut decoded)?;
    Ok(decoded)
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_plain_names_are_looked_up() {
        for good in ["/", "/index.html", "/assets/main-3f.js", "/projects/0199/tasks/7", "/projects/"] {
            assert!(name_of(good).is_some(), "{good}");
        }
        for bad in [
            "//etc/passwd",
            "/../etc/passwd",
            "/assets/../index.html",
            "/..%2fetc/passwd",
            "/%2e%2e/x",
            "/....//x",
            "/a\\b",
            "/.env",
            "/assets/.git/config",
            "/C:/x",
            "/x::$DATA",
            "/a b",
        ] {
            assert_eq!(name_of(bad), None, "{bad}");
        }
        assert_eq!(name_of("/p/%c3%a9t%c3%a9.v2/t/7"), Some(""));
    }

    fn file() -> EmbeddedFile {
        let hello = &[11, 5, 128, 104, 101, 108, 108, 111, 32, 104, 101, 108, 108, 111, 3];
        let metadata = rust_embed::Metadata::__rust_embed_new([0xab; 32], None, None);
        EmbeddedFile { data: std::borrow::Cow::Borrowed(hello), metadata }
    }

    async fn sent(
        name: &str,
        headers: &[(http::HeaderName, &'static str)],
    ) -> (StatusCode, HeaderMap, Bytes) {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let response = send(name, file(), &headers.collect()).await;
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, axum::body::to_bytes(body, 1_000).await.unwrap())
    }

    #[tokio::test]
    async fn brotli_goes_out_as_it_is_or_decoded() {
        let (_, headers, body) = sent("index.html", &[(ACCEPT_ENCODING, "gzip, br")]).await;
        assert_eq!((headers[CONTENT_ENCODING].as_bytes(), body.len()), (&b"br"[..], 15));
        let (_, headers, body) = sent("index.html", &[(ACCEPT_ENCODING, "gzip")]).await;
        assert_eq!((headers.get(CONTENT_ENCODING), &body[..]), (None, &b"hello hello"[..]));
        assert_eq!(headers[VARY], "accept-encoding");
    }

    #[tokio::test]
    async fn hashed_names_are_kept_for_ever_and_the_rest_is_asked_for_again() {
        for (name, cache) in
            [("assets/a-1f.js", FOR_EVER), ("index.html", ASK_AGAIN), ("theme.js", ASK_AGAIN)]
        {
            assert_eq!(sent(name, &[]).await.1[CACHE_CONTROL], cache, "{name}");
        }
        let etag = "W/\"abababababababababababababababab\"";
        let (status, headers, body) = sent("index.html", &[(IF_NONE_MATCH, etag)]).await;
        assert_eq!(
            (status, headers[ETAG].as_bytes(), body.len()),
            (StatusCode::NOT_MODIFIED, etag.as_bytes(), 0)
        );
        assert_eq!(sent("index.html", &[(IF_NONE_MATCH, "W/\"other\"")]).await.0, StatusCode::OK);
    }

    #[test]
    fn a_name_with_an_ending_is_a_file_and_never_the_page() {
        for (name, is_file) in [("", false), ("projects/7", false), ("favicon.ico", true), ("a.b/c", false)] {
            assert_eq!(is_file_name(name), is_file, "{name}");
        }
        assert!(find("missing.js").is_none());
    }

    #[test]
    fn brotli_is_sent_to_those_who_take_it() {
        for (offer, is_taken) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0", true),
            ("br;q=0", false),
            ("gzip", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(offer))]);
            assert_eq!(takes_brotli(&headers), is_taken, "{offer}");
        }
    }
}
