//! Passwords: guessing is slowed, nothing is learned from it, and hashing cannot be used to flood the server.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::{Answer, Operator, Server, shared};

fn login(who: &Operator, password: &str) -> Value {
    json!({"email": who.email, "password": password})
}

async fn limited() -> Server {
    Server::builder().env("RATE_LIMIT", "on").start().await
}

#[tokio::test]
async fn a_login_gives_tokens_and_the_user() {
    let server = shared().await;
    let admin = server.admin().await;
    let upper = json!({"email": format!(" {} ", admin.email.to_uppercase()), "password": admin.password});
    let session = server.anonymous().post("/api/auth/login", upper).await.ok();
    assert_eq!(session["expiresIn"], 900);
    assert_eq!(session["user"]["id"], admin.user_id.as_str());
    assert_eq!(session["user"]["role"], "admin");
    let token = session["accessToken"].as_str().unwrap();
    let me = Api::new(&server.base, Some(token)).get("/api/me").await.ok();
    let fields: Vec<&String> = me.as_object().unwrap().keys().collect();
    let expected = ["avatarUrl", "createdAt", "email", "id", "lastSeenAt", "name", "online", "role", "username"];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn a10_an_account_takes_ten_failures_and_opens_again_by_itself() {
    let server = limited().await;
    let (admin, pool) = (server.admin().await, server.pool().await);
    for _ in 0..10 {
        server.anonymous().post("/api/auth/login", login(&admin, "wrong")).await.refused(401, "UNAUTHORIZED");
    }
    let answer = server.anonymous().post("/api/auth/login", login(&admin, &admin.password)).await;
    let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    answer.refused(429, "RATE_LIMIT");
    for _ in 0..5 {
        server.anonymous().post("/api/auth/login", login(&admin, "wrong")).await.refused(429, "RATE_LIMIT");
    }
    age_failures(&pool).await;
    server.anonymous().post("/api/auth/login", login(&admin, &admin.password)).await.ok();
    for _ in 0..9 {
        server.anonymous().post("/api/auth/login", login(&admin, "wrong")).await.refused(401, "UNAUTHORIZED");
    }
    server.anonymous().post("/api/auth/login", login(&admin, &admin.password)).await.ok();
    server.anonymous().post("/api/auth/login", login(&admin, "wrong")).await.refused(401, "UNAUTHORIZED");
}

async fn age_failures(pool: &sqlx::PgPool) {
    sqlx::query("update login_failures set failed_at = failed_at - interval '15 minutes'").execute(pool).await.unwrap();
}

#[tokio::test]
async fn a10_an_address_takes_fifty_failures_and_no_header_makes_it_another() {
    let server = limited().await;
    let admin = server.admin().await;
    let guess = async |number: usize| {
        let body = json!({"email": format!("nobody-{number}@example.com"), "password": "wrong"});
        let request = server.anonymous().request(Method::POST, "/api/auth/login").json(&body);
        Answer::of(request.header("x-forwarded-for", format!("192.0.2.{number}"))).await
    };
    for number in 0..50 {
        guess(number).await.refused(401, "UNAUTHORIZED");
    }
    guess(50).await.refused(429, "RATE_LIMIT");
    server.anonymous().post("/api/auth/login", login(&admin, &admin.password)).await.refused(429, "RATE_LIMIT");
    let twin = server.twin().await;
    twin.anonymous().post("/api/auth/login", login(&admin, "wrong")).await.refused(429, "RATE_LIMIT");
}

#[tokio::test]
async fn a10_behind_a_trusted_proxy_each_client_is_counted_by_itself() {
    let server = Server::builder().env("RATE_LIMIT", "on").env("TRUSTED_PROXIES", "127.0.0.1").start().await;
    let admin = server.admin().await;
    let from = async |address: &str, body: Value| {
        let request = server.anonymous().request(Method::POST, "/api/auth/login").json(&body);
        Answer::of(request.header("x-forwarded-for", format!("6.6.6.6, {address}"))).await
    };
    for number in 0..50 {
        let body = json!({"email": format!("nobody-{number}@example.com"), "password": "wrong"});
        from("192.0.2.1", body).await.refused(401, "UNAUTHORIZED");
    }
    from("192.0.2.1", login(&admin, &admin.password)).await.refused(429, "RATE_LIMIT");
    from("192.0.2.2", login(&admin, &admin.password)).await.ok();
}

#[tokio::test]
async fn a11_an_unknown_account_a_wrong_password_and_a_disabled_member_look_the_same() {
    let server = shared().await;
    let admin = server.admin().await;
    let disabled = admin.colleague("user").await;
    admin.patch(&format!("/api/users/{}", disabled.user_id), json!({"active": false})).await.ok();
    let mut answers = Vec::new();
    for body in [
        json!({"email": "nobody@example.com", "password": admin.password}),
        login(&admin, "wrong"),
        login(&disabled, &disabled.password),
        json!({"email": admin.email, "password": admin.password, "organizationId": uuid::Uuid::now_v7()}),
        json!({"email": admin.email, "password": admin.password, "organizationId": "no id"}),
        json!({"email": "' or 1=1 --", "password": "x"}),
    ] {
        let answer = server.anonymous().post("/api/auth/login", body).await;
        answers.push((answer.status, answer.text.clone()));
        answer.refused(401, "UNAUTHORIZED");
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn a12_a_huge_password_is_refused_before_it_is_hashed() {
    let server = shared().await;
    let admin = server.admin().await;
    let of = |bytes: usize| login(&admin, &"a".repeat(bytes));
    server.anonymous().post("/api/auth/login", of(1_024)).await.refused(401, "UNAUTHORIZED");
    let problem = server.anonymous().post("/api/auth/login", of(1_025)).await.refused(422, "INVALID_DATA");
    assert_eq!(problem["errors"][0]["field"], "password");
    server.anonymous().post("/api/auth/login", of(1 << 20)).await.refused(413, "INVALID_DATA");
}

#[tokio::test]
async fn a12_many_logins_at_once_are_served_or_told_to_wait() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let logins = (0..200).map(|_| async {
        let answer = server.anonymous().post("/api/auth/login", login(&admin, &admin.password)).await;
        answer.status.as_u16()
    });
    let statuses = futures::future::join_all(logins).await;
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
    server.anonymous().post("/api/auth/login", login(&admin, &admin.password)).await.ok();
}

#[tokio::test]
async fn what_is_wrong_with_a_login_is_said() {
    let server = shared().await;
    let anonymous = server.anonymous();
    let problem = anonymous.post("/api/auth/login", json!({"email": "a@b.c"})).await.refused(422, "INVALID_DATA");
    assert_eq!(problem["errors"][0]["field"], "password");
    let broken = anonymous.request(Method::POST, "/api/auth/login").body("{\"email\":");
    Answer::of(broken).await.refused(400, "INVALID_DATA");
    let nul = json!({"email": "a\u{0}@b.c", "password": "x"});
    anonymous.post("/api/auth/login", nul).await.refused(422, "INVALID_DATA");
    anonymous.get("/api/auth/login").await.refused(405, "INVALID_DATA");
}
