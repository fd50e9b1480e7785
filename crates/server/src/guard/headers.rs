//! What every answer carries, so that a browser helps the guard.

use axum::response::{Html, IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The two parts of the address space. Whatever is not clearly the board's is the page's, where no router answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// The page and its assets: the same for everybody.
    Page,
    /// The board's API and its WebSockets.
    Board,
}

impl Area {
    /// Whose part a path is.
    pub(crate) fn of(path: &str) -> Self {
        let is_under =
            |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if is_under("/api") || is_under("/ws") { Self::Board } else { Self::Page }
    }
}

/// The headers of one server's answers.
#[derive(Debug)]
pub(crate) struct SecurityHeaders {
    policy: HeaderValue,
}

impl SecurityHeaders {
    /// For a server whose pages see this port.
    pub(crate) fn new(port: u16) -> Result<Self, http::header::InvalidHeaderValue> {
        // Dialogs and drag and drop put style elements into the page, hence the inline styles; scripts never.
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
             font-src 'self'; connect-src 'self'; worker-src 'self'; media-src 'self'; manifest-src 'self'; \
             frame-src http://*.localhost:{port}; object-src 'none'; base-uri 'none'; form-action 'none'; \
             frame-ancestors 'none'"
        );
        Ok(Self { policy: HeaderValue::try_from(policy)? })
    }

    /// Puts them on an answer.
    pub(crate) fn put_on(&self, headers: &mut HeaderMap, area: Area) {
        // A policy that the answer has already stays beside it: a browser holds to both.
        headers.append(CONTENT_SECURITY_POLICY, self.policy.clone());
        for (name, value) in [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            (REFERRER_POLICY, "no-referrer"),
            (OPENER_POLICY, "same-origin"),
            (RESOURCE_POLICY, "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if area == Area::Board {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

/// For a browser that another page sent here. The link comes from our own page, so following it is no longer foreign.
pub(super) fn lost_page() -> Response {
    let page = "<!doctype html><meta charset=\"utf-8\"><title>eval-kanban</title>\
        <p>Another page sent you here, and the board does not follow such links.</p>\
        <p><a href=\"/\">Open the board</a></p>";
    (StatusCode::FORBIDDEN, [(CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_clearly_the_boards_reaches_its_router() {
        for path in ["/api", "/api/", "/api/health", "/ws", "/ws/attempts/1"] {
            assert_eq!(Area::of(path), Area::Board, "{path}");
        }
        for path in ["/", "/apis", "/wsx", "//api/x", "/API/x", "/%61pi/x", "/x/../api/x", "/assets/api/x"] {
            assert_eq!(Area::of(path), Area::Page, "{path}");
        }
    }
}
