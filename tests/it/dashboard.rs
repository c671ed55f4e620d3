//! The pages in the binary, as a browser asks for them. What holds of any build is tried over a small one, beside the code in
//! `src/http/dashboard.rs`; here it is the real one or, where the pages were not built, how the server says so.

use std::path::Path;

use reqwest::Method;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, VARY};
use serde_json::json;

use crate::support::api::Api;
use crate::support::visitor::Webchat;
use crate::support::{Answer, shared};

/// Whether `make web` has been run: a debug server reads its pages from there.
pub fn is_built() -> bool {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist/index.html").exists();
    if !built {
        eprintln!("web/dist is not there: how the server says so is tried in place of the real pages");
    }
    built
}

async fn browse(api: &Api, path: &str) -> Answer {
    Answer::of(api.request(Method::GET, path).header(ACCEPT, "text/html,*/*;q=0.8")).await
}

/// Addresses of this server that a page loads.
fn loaded(page: &str) -> Vec<String> {
    let values = ["src=\"", "href=\""].iter().flat_map(|name| page.split(*name).skip(1));
    let values = values.filter_map(|rest| rest.split('"').next());
    values.filter(|value| value.starts_with('/')).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_browser_gets_the_dashboard_with_all_that_it_loads_and_programs_get_their_404() {
    let server = shared().await;
    let api = server.anonymous();
    let home = browse(&api, "/").await.expect(200);
    assert!(home.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    for path in ["/inbox/deep/inside", "/setup"] {
        assert_eq!(browse(&api, path).await.expect(200).text, home.text, "{path} is a page of the dashboard's own");
        api.get(path).await.refused(404, "NOT_FOUND");
    }
    for path in ["/api/nothing", "/webhooks/nothing/here", "/assets/nothing.js", "/metrics/nothing", "/ws/nothing"] {
        browse(&api, path).await.refused(404, "NOT_FOUND");
    }
    if !is_built() {
        assert!(home.text.contains("make web"));
        return;
    }
    assert_eq!(home.headers[CACHE_CONTROL], "no-cache");
    let tag = home.headers[ETAG].to_str().unwrap();
    Answer::of(api.request(Method::GET, "/").header("if-none-match", tag)).await.expect(304);
    let files = loaded(&home.text);
    let assets: Vec<&String> = files.iter().filter(|file| file.starts_with("/assets/")).collect();
    assert!(!assets.is_empty(), "the dashboard has a script");
    for file in &files {
        api.get(file).await.expect(200);
    }
    let mut packed = 0;
    for asset in assets {
        let request = api.request(Method::HEAD, asset).header(ACCEPT_ENCODING, "gzip, deflate, br");
        let headers = Answer::of(request).await.expect(200).headers;
        assert!(headers[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert_eq!(headers[VARY], "accept-encoding");
        // what is smaller than its packed form stays as it is
        packed += usize::from(headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "br"));
    }
    assert!(packed > 0, "scripts come packed");
}

#[tokio::test]
async fn the_dashboard_is_in_no_frame_loads_from_nowhere_else_and_speaks_to_this_server_alone() {
    let server = shared().await;
    let page = browse(&server.anonymous(), "/").await.expect(200);
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    for directive in [
        "default-src 'self'",
        "script-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.split("; ").any(|part| part == directive), "{directive} in {policy}");
    }
}

#[tokio::test]
async fn other_sites_embed_the_launcher_and_the_page_that_it_opens() {
    let server = shared().await;
    let admin = server.admin().await;
    let webchat = Webchat::create(&admin, json!({"allowedOrigins": ["https://shop.example"]})).await;
    let page = webchat.anonymous.get(&format!("/webchat/{}", webchat.id)).await;
    let launcher = webchat.anonymous.get("/widget.js").await;
    assert_eq!(launcher.headers["cross-origin-resource-policy"], "cross-origin");
    assert_eq!(launcher.headers["access-control-allow-origin"], "*");
    if !is_built() {
        for missing in [page, launcher] {
            assert!(missing.expect(503).text.contains("make web"));
        }
        return;
    }
    assert!(launcher.expect(200).headers["content-type"].to_str().unwrap().starts_with("text/javascript"));
    let page = page.expect(200);
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.ends_with("frame-ancestors 'self' https://shop.example"), "{policy}");
    for file in loaded(&page.text) {
        webchat.anonymous.get(&file).await.expect(200);
    }
}

#[tokio::test]
async fn check_says_whether_there_is_a_dashboard() {
    let server = shared().await;
    let output = server.run(&["check"]).await;
    let text = String::from_utf8(output.stdout).unwrap();
    let line = if is_built() { "ok      dashboard" } else { "missing dashboard: `make web`" };
    assert!(text.lines().any(|said| said.starts_with(line)), "{text}");
}
