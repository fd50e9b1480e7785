//! The page and its assets, over a real socket. Whether a front-end is built in or not, these hold.

use crate::support::served::Served;

/// Rows 22 and 23: no spelling of a path reaches a file that is not embedded.
#[test]
fn no_path_leads_out() {
    let served = Served::start();
    for path in [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/....//....//etc/passwd",
        "/%c0%ae%c0%ae/etc/passwd",
        "/..\\..\\etc\\passwd",
        "//etc/passwd",
        "/assets/../../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/etc/passwd%00.html",
        "/.env",
        "/index.html::$DATA",
        "/C:/Windows/win.ini",
        "/file:///etc/passwd",
    ] {
        let answer = served.ask(&format!("GET {path}"), &[], "");
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
    }
    for path in ["/p/../../etc/passwd", "/p/%2e%2e%2fetc%2fpasswd"] {
        let answer = served.ask(&format!("GET {path}"), &["Accept-Encoding: identity"], "");
        assert!(!String::from_utf8_lossy(&answer.body).contains("root:"), "{path}");
    }
}

#[test]
fn addresses_inside_the_board_lead_to_the_page() {
    let served = Served::start();
    let page = served.ask_bare("GET /", &[]);
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    for path in ["/p/my-project", "/p/%c3%a9t%c3%a9/t/7", "/settings", "/?q=1"] {
        assert_eq!(served.ask_bare(&format!("GET {path}"), &[]).body, page.body, "{path}");
    }
    let head = served.ask_bare("HEAD /settings", &["Connection: close"]);
    assert_eq!(head.status, 200);
}

#[test]
fn a_missing_file_is_not_the_page() {
    let served = Served::start();
    for path in ["/assets/gone-1234.js", "/favicon.png", "/robots.txt", "/apis.json"] {
        let answer = served.ask_bare(&format!("GET {path}"), &[]);
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
    }
}
