//! The pages over a small build of their own, `tests/fixtures/web`, and over none at all.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use axum::body::to_bytes;
use axum::http::request::Builder;
use tower::ServiceExt;

use super::*;

#[derive(RustEmbed)]
#[folder = "tests/fixtures/web"]
struct Built;

#[derive(RustEmbed)]
#[folder = "tests/fixtures/nothing"]
#[allow_missing = true]
struct Missing;

const SCRIPT: &str = "/assets/app-1a2b3c.js";

struct Got {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask<F: RustEmbed + 'static>(request: Builder) -> Got {
    let router: Router = router_of::<F, ()>();
    let (parts, body) = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let text = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    Got { status: parts.status.as_u16(), headers: parts.headers, text }
}

async fn get(path: &str) -> Got {
    ask::<Built>(Request::get(path)).await
}

async fn browse(path: &str) -> Got {
    ask::<Built>(Request::get(path).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")).await
}

#[tokio::test]
async fn the_dashboard_is_at_the_root_and_wherever_a_browser_goes_that_nobody_else_serves() {
    for path in ["/", "/chats/0197", "/setup?x=1", "/settings/channels/new"] {
        let page = browse(path).await;
        assert_eq!((page.status, page.text.contains("The dashboard")), (200, true), "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache", "a new binary is seen at once");
    }
    assert_eq!(get("/").await.status, 200, "whatever the client accepts");
}

#[tokio::test]
async fn programs_and_the_addresses_of_others_keep_their_404() {
    for path in NO_PAGES.iter().flat_map(|first| [format!("/{first}"), format!("/{first}/nothing")]) {
        let page = browse(&path).await;
        assert_eq!((page.status, page.header("content-type")), (404, "application/problem+json"), "{path}");
    }
    assert_eq!(get("/chats/0197").await.status, 404, "no browser");
    let post = Request::post("/chats/0197").header("accept", "text/html");
    assert_eq!(ask::<Built>(post).await.status, 404);
    assert_eq!(browse("/apiary").await.status, 200, "only begins like another's");
}

#[tokio::test]
async fn files_come_packed_as_the_client_unpacks_them() {
    for (accepted, encoding, text) in [
        ("gzip, deflate, br", "br", "\"the script, br\";\n"),
        ("gzip", "gzip", "\"the script, gzip\";\n"),
        ("GZIP;q=0.5", "gzip", "\"the script, gzip\";\n"),
        ("br;q=0, gzip;q=1", "gzip", "\"the script, gzip\";\n"),
        ("br;q=0.0", "", "\"the script\";\n"),
        ("brotli", "", "\"the script\";\n"),
        ("", "", "\"the script\";\n"),
    ] {
        let file = ask::<Built>(Request::get(SCRIPT).header("accept-encoding", accepted)).await;
        assert_eq!((file.header("content-encoding"), &*file.text), (encoding, text), "{accepted}");
        assert_eq!(file.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(file.header("vary"), "accept-encoding");
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
    }
    let style = ask::<Built>(Request::get("/assets/app-9f8e7d.css").header("accept-encoding", "br")).await;
    assert_eq!((style.header("content-encoding"), style.header("content-type")), ("", "text/css; charset=utf-8"));
    assert_eq!(get("/manifest.webmanifest").await.header("content-type"), "application/manifest+json");
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    for path in ["/", SCRIPT, "/widget.js"] {
        let tag = get(path).await.header("etag").to_owned();
        let again = ask::<Built>(Request::get(path).header("if-none-match", &tag)).await;
        assert_eq!((again.status, &*again.text, again.header("etag")), (304, "", &*tag), "{path}");
        let other = ask::<Built>(Request::get(path).header("if-none-match", "\"other\"")).await;
        assert_eq!(other.status, 200);
    }
    let packed = ask::<Built>(Request::get(SCRIPT).header("accept-encoding", "br")).await;
    assert_ne!(packed.header("etag"), get(SCRIPT).await.header("etag"), "other bytes, another tag");
}

#[tokio::test]
async fn head_says_the_same_without_the_bytes() {
    for path in ["/", SCRIPT, "/widget.js"] {
        let (whole, head) = (get(path).await, ask::<Built>(Request::head(path)).await);
        assert_eq!((head.status, &*head.text), (200, ""), "{path}");
        assert_eq!(head.header("content-length"), whole.text.len().to_string());
        assert_eq!(
            (head.header("etag"), head.header("content-type")),
            (whole.header("etag"), whole.header("content-type"))
        );
    }
}

#[tokio::test]
async fn pages_of_any_origin_may_run_the_launcher() {
    let script = get("/widget.js").await;
    assert_eq!((script.status, &*script.text), (200, "\"the launcher\";\n"));
    assert_eq!(script.header("access-control-allow-origin"), "*");
    assert_eq!(script.header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(script.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn nothing_but_the_build_is_served() {
    for path in
        ["/assets/../../../Cargo.toml", "/assets/%2e%2e/index.html", "//etc/hostname", "/assets//etc/hostname", "/.env"]
    {
        assert_eq!(get(path).await.status, 404, "{path}");
    }
    assert_eq!(get(&format!("{SCRIPT}.br")).await.status, 404, "packed files have no address of their own");
}

#[tokio::test]
async fn without_a_build_the_root_says_how_to_make_one_and_the_rest_that_it_is_missing() {
    let page = ask::<Missing>(Request::get("/")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("make web") && page.text.contains("scripts/run") && page.text.contains("/api/docs/"));
    let script = ask::<Missing>(Request::get("/widget.js")).await;
    assert_eq!((script.status, script.header("content-type")), (503, "text/plain; charset=utf-8"));
    assert!(script.text.contains("make web"));
    assert_eq!(ask::<Missing>(Request::get(SCRIPT)).await.status, 404);
}
