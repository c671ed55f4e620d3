//! The built pages: the operators' dashboard, the visitor's page and the launcher that other sites embed. They are the files of
//! `web/dist`: a part of a release binary, read from the disk by a debug one. Where they were not built, one plain page says how.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use super::layers;
use super::media::is_known;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Build;

/// The names of files under `/assets/` change with their bytes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What changes with the binary is asked for anew each time, and answered with 304 where it is still the same.
const ASK_AGAIN: &str = "no-cache";
/// What may lie packed beside a file, the smallest first.
const PACKED: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];
/// First parts of addresses under which nothing is a page of the dashboard.
const NO_PAGES: [&str; 7] = ["api", "assets", "health", "metrics", "socket.io", "webhooks", "ws"];

const UNBUILT: &str = "The web pages of this server were not built: run `make web` (scripts/run does it by itself), \
    then build and start the server again.\n";
const UNBUILT_PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Switchboard</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }</style>
<h1>Switchboard</h1>
<p>The inbox is running; its dashboard was not built. <code>scripts/run</code> builds it and starts the server;
<code>make web</code> builds it alone, before the server is built and started again. Node.js 20 or newer is needed.</p>
<p>How programs speak with the inbox: <a href="/api/docs/">REST</a> (<a href="/api/openapi.json">OpenAPI</a>) and
<a href="/api/asyncapi.json">Socket.IO</a> (AsyncAPI).</p>
</html>
"#;

/// The dashboard at `/` and wherever a browser goes that no route takes, its files, and the launcher.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    router_of::<Build, S>()
}

/// Whether there is a dashboard to serve.
#[must_use]
pub fn is_built() -> bool {
    Build::get("index.html").is_some()
}

/// The visitor's page, in frames of `ancestors` only.
///
/// # Errors
/// If `ancestors` cannot stand in a header.
pub fn visitor_page(headers: &HeaderMap, ancestors: &str) -> Result<Response, header::InvalidHeaderValue> {
    let Some(mut page) = file::<Build>("visitor.html", headers, ASK_AGAIN) else { return Ok(unbuilt()) };
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, layers::page_policy(ancestors)?);
    Ok(page)
}

fn router_of<F: RustEmbed + 'static, S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(async |headers: HeaderMap| page::<F>(&headers)))
        .route("/assets/{*path}", get(asset::<F>))
        .route("/widget.js", get(async |headers: HeaderMap| launcher::<F>(&headers)))
        .fallback(elsewhere::<F>)
}

fn page<F: RustEmbed>(headers: &HeaderMap) -> Response {
    file::<F>("index.html", headers, ASK_AGAIN).unwrap_or_else(|| Html(UNBUILT_PAGE).into_response())
}

async fn asset<F: RustEmbed>(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match file::<F>(&format!("assets/{path}"), &headers, FOR_EVER) {
        Some(file) => file,
        None => layers::not_found().await.into_response(),
    }
}

/// Pages of any origin may run it: that is what it is for.
fn launcher<F: RustEmbed>(headers: &HeaderMap) -> Response {
    let mut script = file::<F>("widget.js", headers, ASK_AGAIN).unwrap_or_else(unbuilt);
    let open = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    script.headers_mut().extend(open);
    script
}

/// An address that no route takes: a file of the build such as its icon; for a browser that goes there the dashboard, which
/// has pages of its own; else nothing.
async fn elsewhere<F: RustEmbed>(request: Request) -> Response {
    let (path, headers) = (request.uri().path().trim_start_matches('/'), request.headers());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let first = path.split('/').next().unwrap_or_default();
    if reads && !NO_PAGES.contains(&first) {
        if let Some(file) = file::<F>(path, headers, ASK_AGAIN) {
            return file;
        }
        if wants_page(headers) {
            return page::<F>(headers);
        }
    }
    layers::not_found().await.into_response()
}

/// Whether it is a person's browser that goes to an address, and no program.
#[must_use]
pub fn wants_page(headers: &HeaderMap) -> bool {
    let mut wanted = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    wanted.any(|line| line.contains("text/html"))
}

fn unbuilt() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, UNBUILT).into_response()
}

/// A file of the build, packed if the client unpacks it; `None` where there is none of this name.
fn file<F: RustEmbed>(name: &str, headers: &HeaderMap, cache: &'static str) -> Option<Response> {
    let plain = name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    if !plain || PACKED.iter().any(|(_, ending)| name.ends_with(ending)) {
        return None;
    }
    let packed = PACKED.iter().filter(|(encoding, _)| takes(headers, encoding));
    let mut packed = packed.filter_map(|(encoding, ending)| Some((*encoding, F::get(&format!("{name}{ending}"))?)));
    let (encoding, file) = match packed.next() {
        Some((encoding, file)) => (Some(encoding), file),
        None => (None, F::get(name)?),
    };
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let mut response = if is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind(name))], Body::from(file.data)).into_response()
    };
    let told = response.headers_mut();
    if let Some(encoding) = encoding {
        told.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    told.insert(header::ETAG, HeaderValue::try_from(tag).ok()?);
    told.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    told.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Some(response)
}

/// Whether the client names the encoding and does not refuse it (RFC 9110, section 12.5.3).
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts.filter_map(|part| part.strip_prefix("q=")).any(|weight| weight.parse() == Ok(0.0_f32));
        named && !refused
    })
}

/// Browsers believe nothing but this: all answers say `nosniff`.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        "ico" => "image/x-icon",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "svg" => "image/svg+xml",
        "webp" => "image/webp",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
#[path = "dashboard_tests.rs"]
mod tests;
