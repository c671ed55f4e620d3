//! REST as a test speaks it: `operator.get("/api/chats").await.ok()`.

use std::sync::LazyLock;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// No pool of connections: a client outlives the runtime of the test that first used it.
pub fn http() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder()
            .pool_max_idle_per_host(0)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(std::time::Duration::from_secs(60))
            .build()
            .unwrap()
    });
    &CLIENT
}

/// A base address and the token that goes with each request.
#[derive(Clone)]
pub struct Api {
    pub base: String,
    pub token: Option<String>,
}

impl Api {
    pub fn new(base: &str, token: Option<&str>) -> Self {
        Self { base: base.to_owned(), token: token.map(str::to_owned) }
    }

    /// The same caller at another node.
    pub fn at(&self, server: &super::Server) -> Self {
        Self { base: server.base.clone(), token: self.token.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = http().request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Value>) -> Answer {
        Answer::of(self.request(Method::POST, path).json(&body.into())).await
    }

    pub async fn patch(&self, path: &str, body: impl Into<Value>) -> Answer {
        Answer::of(self.request(Method::PATCH, path).json(&body.into())).await
    }

    pub async fn put(&self, path: &str, body: impl Into<Value>) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(&body.into())).await
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub asked: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        Self::try_of(request).await.expect("the server answers")
    }

    /// `Err` where the server is gone.
    pub async fn try_of(request: RequestBuilder) -> reqwest::Result<Self> {
        let (client, request) = request.build_split();
        let request = request?;
        let asked = format!("{} {}", request.method(), request.url().path());
        let answer = client.execute(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        Ok(Self { asked, status, headers, text: answer.text().await? })
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} answered no JSON: {}", self.asked, self.text))
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{} answered {}", self.asked, self.text);
        self
    }

    /// 200 and a body.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.expect(200).json()
    }

    /// 201 and a body.
    #[track_caller]
    pub fn created(self) -> Value {
        self.expect(201).json()
    }

    /// A list's `items`.
    #[track_caller]
    pub fn items(self) -> Vec<Value> {
        match self.ok()["items"].take() {
            Value::Array(items) => items,
            other => panic!("`items` is {other}"),
        }
    }

    /// A problem of RFC 9457 with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let kind = self.headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
        let answer = self.expect(status);
        let problem = answer.json();
        assert_eq!(problem["code"], code, "{} answered {problem}", answer.asked);
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["type"].is_string(), "{problem}");
        assert!(kind.is_some_and(|kind| kind.starts_with("application/problem+json")), "{problem}");
        assert!(answer.headers.contains_key("x-request-id"), "{} answered without x-request-id", answer.asked);
        problem
    }
}
