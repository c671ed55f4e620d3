//! The first administrator: made by who holds the link that the start prints, once, and by nobody else.

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::{Server, text};

/// What the running server printed behind `#token=`; `None` where it printed no link.
fn printed_token(server: &Server) -> Option<String> {
    let output = server.output_text();
    let link = output.lines().map(str::trim).find(|line| line.contains("/setup#token="))?;
    let token = link.strip_prefix(&format!("{}/setup#token=", server.base)).expect("the link is all of its line");
    Some(token.to_owned())
}

fn body(token: &str, email: &str) -> Value {
    json!({"token": token, "organization": " Corner Shop ", "name": "Ann", "email": email, "password": "pick a long one"})
}

async fn needed(api: &Api) -> Value {
    api.get("/api/setup").await.ok()
}

#[tokio::test]
async fn the_printed_link_makes_the_first_administrator_and_signs_it_in() {
    let server = Server::start().await;
    let anonymous = server.anonymous();
    assert_eq!(needed(&anonymous).await, json!({"needed": true}));
    let token = printed_token(&server).expect("a link is printed");
    assert!(server.log_text().contains(&format!("{}/setup#token={token}", server.base)), "and logged");
    let session = anonymous.post("/api/setup", body(&token, " Ann@Example.com")).await.created();
    let user = &session["user"];
    assert_eq!((&user["name"], &user["email"]), (&"Ann".into(), &"ann@example.com".into()));
    assert_eq!(user["role"], "admin");
    assert_eq!(needed(&anonymous).await, json!({"needed": false}));
    let admin = Api::new(&server.base, session["accessToken"].as_str());
    assert_eq!(admin.get("/api/me").await.ok()["id"], user["id"]);
    admin.get("/api/admin/monitoring?scope=server").await.expect(200);
    anonymous.post("/api/auth/refresh", json!({"refreshToken": session["refreshToken"]})).await.ok();
    let login = json!({"email": "ann@example.com", "password": "pick a long one"});
    let again = anonymous.post("/api/auth/login", login).await.ok();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((keys(&session), keys(user)), (keys(&again), keys(&again["user"])), "the answer is a login's");
}

#[tokio::test]
async fn the_link_is_good_once_and_no_longer_than_nobody_has_an_account() {
    let server = Server::start().await;
    let (anonymous, token) = (server.anonymous(), printed_token(&server).unwrap());
    anonymous.post("/api/setup", body(&token, "ann@example.com")).await.created();
    anonymous.post("/api/setup", body(&token, "eve@example.com")).await.refused(409, "CONFLICT");
    assert!(server.terminate().await.success());
    server.launch().await;
    assert_eq!(printed_token(&server), None, "a later start prints no link");

    let other = Server::start().await;
    let token = printed_token(&other).unwrap();
    other.admin().await;
    assert_eq!(needed(&other.anonymous()).await, json!({"needed": false}));
    let late = other.anonymous().post("/api/setup", body(&token, "eve@example.com")).await;
    late.refused(409, "CONFLICT");
}

#[tokio::test]
async fn of_many_who_use_the_link_at_once_on_two_nodes_one_wins() {
    let server = Server::builder().nodes(2).start().await;
    let twin = server.twin().await;
    let token = printed_token(&server).unwrap();
    assert_eq!(printed_token(&twin).as_ref(), Some(&token), "all nodes print the same");
    let tries = (0..8).map(|n| {
        let api = if n % 2 == 0 { server.anonymous() } else { twin.anonymous() };
        let body = body(&token, &format!("admin{n}@example.com"));
        async move { api.post("/api/setup", body).await.status.as_u16() }
    });
    let mut answers = futures::future::join_all(tries).await;
    answers.sort_unstable();
    assert_eq!(answers, [201, 409, 409, 409, 409, 409, 409, 409]);
    let pool = server.pool().await;
    let (users, organizations): (i64, i64) =
        sqlx::query_as("select (select count(*) from users), (select count(*) from organizations)")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!((users, organizations), (1, 1));
}

#[tokio::test]
async fn a_restart_prints_the_same_link_and_another_installation_has_another() {
    let server = Server::start().await;
    let token = printed_token(&server).unwrap();
    server.restart().await;
    assert_eq!(printed_token(&server).as_ref(), Some(&token));
    let other = Server::start().await;
    assert_ne!(printed_token(&other).as_ref(), Some(&token));
    let foreign = other.anonymous().post("/api/setup", body(&token, "eve@example.com")).await;
    foreign.refused(401, "UNAUTHORIZED");
    let pool = server.pool().await;
    let stored: bool =
        sqlx::query_scalar("select exists (select 1 from installation where value like '%' || $1 || '%')")
            .bind(&token)
            .fetch_one(&pool)
            .await
            .unwrap();
    assert!(!stored, "the token is kept nowhere");
}

#[tokio::test]
async fn wrong_tokens_make_nobody_and_are_limited_like_wrong_passwords() {
    let server = Server::builder().env("RATE_LIMIT", "on").start().await;
    let (anonymous, token) = (server.anonymous(), printed_token(&server).unwrap());
    for wrong in ["", "x", &token[1..], &token.to_uppercase(), &format!("{token}x")] {
        anonymous.post("/api/setup", body(wrong, "eve@example.com")).await.refused(401, "UNAUTHORIZED");
    }
    let mut refused = 0;
    let limited = loop {
        let answer = anonymous.post("/api/setup", body("guess", "eve@example.com")).await;
        if answer.status == 429 {
            break answer;
        }
        answer.refused(401, "UNAUTHORIZED");
        refused += 1;
        assert!(refused < 60, "fifty failures of an address are enough");
    };
    assert!(limited.headers.contains_key("retry-after"));
    limited.refused(429, "RATE_LIMIT");
    assert_eq!(needed(&anonymous).await, json!({"needed": true}));
}

#[tokio::test]
async fn wrong_fields_are_named_and_leave_the_link_good() {
    let server = Server::start().await;
    let (anonymous, token) = (server.anonymous(), printed_token(&server).unwrap());
    let wrong = json!({"token": token, "organization": " ", "name": "", "email": "ann", "password": "short"});
    let problem = anonymous.post("/api/setup", wrong).await.refused(422, "INVALID_DATA");
    let fields: Vec<String> = problem["errors"].as_array().unwrap().iter().map(|error| text(&error["field"])).collect();
    assert_eq!(fields, ["organization", "name", "email", "password"]);
    anonymous.post("/api/setup", json!({"token": token})).await.refused(422, "INVALID_DATA");
    anonymous.post("/api/setup", body(&token, "ann@example.com")).await.created();
}
