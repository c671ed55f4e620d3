//! Which pages may connect. WebSockets are not subject to CORS, so the server has to look by itself.

use axum::http::{HeaderMap, header};

use crate::config::{Config, CorsOrigins};

/// The pages that `CORS_ORIGINS` lets in, and our own.
pub struct Origins {
    allowed: CorsOrigins,
    /// The origin of `PUBLIC_URL`, where a proxy may change the host.
    own: Option<String>,
}

impl Origins {
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let own = reqwest::Url::parse(&config.public_url).ok().map(|url| url.origin().ascii_serialization());
        Self { allowed: config.cors_origins.clone(), own }
    }

    /// Programs send no origin and are let in; `null` is nobody's.
    #[must_use]
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        let origin = origin.to_ascii_lowercase();
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let same =
            origin.split_once("://").is_some_and(|(_, of)| host.is_some_and(|host| host.eq_ignore_ascii_case(of)));
        same || self.own.as_ref() == Some(&origin)
            || match &self.allowed {
                CorsOrigins::SameOrigin => false,
                CorsOrigins::Any => true,
                CorsOrigins::List(list) => list.contains(&origin),
            }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn allowed(origins: &str, origin: Option<&str>) -> bool {
        let config = Config::from_lookup(&|name| match name {
            "CORS_ORIGINS" => Some(origins.to_owned()),
            "PUBLIC_URL" => Some("https://inbox.example.com".to_owned()),
            _ => None,
        });
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("127.0.0.1:3000"))]);
        headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_str(origin).unwrap())));
        Origins::new(&config.unwrap()).allow(&headers)
    }

    #[test]
    fn h8_pages_of_other_origins_are_kept_out() {
        for origin in [None, Some("http://127.0.0.1:3000"), Some("https://inbox.example.com")] {
            assert!(allowed("", origin), "{origin:?} is our own");
        }
        for origin in ["null", "https://evil.example", "https://inbox.example.com.evil.example", "127.0.0.1:3000", ""] {
            assert!(!allowed("", Some(origin)), "{origin}");
            assert!(!allowed("https://app.example.com", Some(origin)), "{origin}");
        }
        assert!(allowed("https://app.example.com", Some("https://APP.example.com")));
        assert!(allowed("*", Some("https://evil.example")));
    }
}
