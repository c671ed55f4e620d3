//! Tokens that are missing, forged, stale or claim too much.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};
use uuid::Uuid;

use crate::support::api::Api;
use crate::support::operator::{in_an_hour, sign_token};
use crate::support::wait::eventually;
use crate::support::{Answer, Operator, Server, shared};

/// What everybody gets who could not prove who they are.
async fn nobody(server: &Server) -> String {
    let answer = server.anonymous().get("/api/me").await;
    answer.text.clone() + &answer.expect(401).refused(401, "UNAUTHORIZED")["code"].to_string()
}

async fn me(server: &Server, token: &str) -> Answer {
    Api::new(&server.base, Some(token)).get("/api/me").await
}

async fn assert_nobody(server: &Server, token: &str, what: &str) {
    let answer = me(server, token).await;
    assert_eq!(answer.status, 401, "{what}: {}", answer.text);
    let expected = nobody(server).await;
    assert_eq!(answer.text.clone() + "\"UNAUTHORIZED\"", expected, "{what} is told apart from other bad tokens");
}

fn claims(admin: &Operator) -> Value {
    json!({"userId": admin.user_id, "organizationId": admin.organization_id, "exp": in_an_hour()})
}

fn body(header: &Value, claims: &Value) -> String {
    format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()))
}

fn hs256(body: &str, secret: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret).unwrap();
    mac.update(body.as_bytes());
    format!("{body}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a1_without_a_token_nobody_enters() {
    let server = shared().await;
    let expected = nobody(&server).await;
    for header in ["", "Bearer", "Bearer ", "Basic YTpi", "Token abc", "Bearer abc", "abc"] {
        let request = server.anonymous().request(Method::GET, "/api/me").header("authorization", header);
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 401, "{header}");
        assert_eq!(answer.text + "\"UNAUTHORIZED\"", expected, "{header}");
    }
}

#[tokio::test]
async fn a2_an_unsigned_token_is_nobodys() {
    let server = shared().await;
    let admin = server.admin().await;
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let body = body(&json!({"alg": alg, "typ": "JWT"}), &claims(&admin));
        assert_nobody(&server, &format!("{body}."), alg).await;
        assert_nobody(&server, &body, alg).await;
    }
    let (cut, _) = admin.token().rsplit_once('.').unwrap();
    assert_nobody(&server, &format!("{cut}."), "cut off").await;
    me(&server, admin.token()).await.ok();
}

#[tokio::test]
async fn a3_another_algorithm_is_no_signature() {
    let server = shared().await;
    let (admin, secret) = (server.admin().await, server.env("JWT_SECRET").as_bytes().to_vec());
    for alg in ["RS256", "RS512", "ES256", "PS256", "EdDSA", "HS384", "HS512"] {
        let token = hs256(&body(&json!({"alg": alg}), &claims(&admin)), &secret);
        assert_nobody(&server, &token, alg).await;
    }
    let long = body(&json!({"alg": "HS384"}), &claims(&admin));
    let mut mac = <Hmac<Sha384> as Mac>::new_from_slice(&secret).unwrap();
    mac.update(long.as_bytes());
    assert_nobody(&server, &format!("{long}.{}", BASE64.encode(mac.finalize().into_bytes())), "HS384").await;
    let longer = body(&json!({"alg": "HS512"}), &claims(&admin));
    let mut mac = <Hmac<Sha512> as Mac>::new_from_slice(&secret).unwrap();
    mac.update(longer.as_bytes());
    assert_nobody(&server, &format!("{longer}.{}", BASE64.encode(mac.finalize().into_bytes())), "HS512").await;
    for secret in [&b""[..], b"-----BEGIN PUBLIC KEY-----", &[0; 64]] {
        assert_nobody(&server, &hs256(&body(&json!({"alg": "HS256"}), &claims(&admin)), secret), "a guess").await;
    }
}

#[tokio::test]
async fn a4_keys_that_a_header_names_are_not_fetched() {
    let server = shared().await;
    let (admin, secret) = (server.admin().await, server.env("JWT_SECRET").as_bytes().to_vec());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let header = json!({"alg": "HS256", "kid": "../../../etc/passwd\u{0}' or 1=1 --", "jku": url, "x5u": url});
    me(&server, &hs256(&body(&header, &claims(&admin)), &secret)).await.ok();
    assert_nobody(&server, &hs256(&body(&header, &claims(&admin)), b"the attacker's own"), "jku").await;
    let asked = tokio::time::timeout(std::time::Duration::from_millis(1), listener.accept()).await;
    assert!(asked.is_err(), "the server fetched a key");
}

#[tokio::test]
async fn a5_a_token_needs_an_end_that_is_ahead() {
    let server = shared().await;
    let (admin, secret) = (server.admin().await, server.env("JWT_SECRET").to_owned());
    let now = in_an_hour() - 3_600;
    let with = |name: &str, value: Value| {
        let mut claims = claims(&admin);
        claims[name] = value;
        sign_token(&claims, &secret)
    };
    me(&server, &with("exp", json!(now + 60))).await.ok();
    for exp in [json!(now - 6), json!("9999999999"), json!(1e308), json!(-1), json!(null), json!([now + 60])] {
        assert_nobody(&server, &with("exp", exp.clone()), &format!("exp {exp}")).await;
    }
    assert_nobody(&server, &with("nbf", json!(now + 60)), "nbf").await;
    let endless = sign_token(&json!({"userId": admin.user_id, "organizationId": admin.organization_id}), &secret);
    assert_nobody(&server, &endless, "no exp").await;
}

#[tokio::test]
async fn a7_the_database_says_who_somebody_is_whatever_the_token_claims() {
    let server = shared().await;
    let (ours, theirs) = (server.admin().await, server.admin().await);
    let colleague = ours.colleague("user").await;
    let secret = server.env("JWT_SECRET").to_owned();
    let sign = |user: &str, organization: &str, role: &str| {
        let claims = json!({"userId": user, "organizationId": organization, "role": role, "exp": in_an_hour()});
        sign_token(&claims, &secret)
    };
    assert_nobody(&server, &sign(&ours.user_id, &theirs.organization_id, "admin"), "another organization").await;
    assert_nobody(&server, &sign(&Uuid::now_v7().to_string(), &ours.organization_id, "admin"), "a stranger").await;
    assert_nobody(&server, &sign("1 or 1=1", &ours.organization_id, "admin"), "no id").await;
    let raised = sign(&colleague.user_id, &ours.organization_id, "admin");
    Api::new(&server.base, Some(&raised)).get("/api/api-keys").await.refused(403, "FORBIDDEN");
    let bare = sign_token(&json!({"sub": ours.user_id, "exp": in_an_hour()}), &secret);
    assert_eq!(me(&server, &bare).await.ok()["role"], "admin", "one membership needs no organization in the token");
}

#[tokio::test]
async fn a7_a_removed_member_and_a_changed_role_count_on_every_node_within_seconds() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("moderator").await.at(&twin);
    assert_eq!(colleague.get("/api/me").await.ok()["role"], "moderator");
    let path = format!("/api/users/{}", colleague.user_id);
    admin.patch(&path, json!({"role": "admin"})).await.ok();
    eventually("the other node knows the new role", || async {
        (colleague.get("/api/api-keys").await.status == 200).then_some(())
    })
    .await;
    admin.patch(&path, json!({"active": false})).await.ok();
    eventually("the other node shuts the member out", || async {
        (colleague.get("/api/me").await.status == 401).then_some(())
    })
    .await;
    admin.patch(&path, json!({"active": true})).await.ok();
    eventually("the member is back", || async { (colleague.get("/api/me").await.status == 200).then_some(()) }).await;
}

#[tokio::test]
async fn a8_a_guest_may_not_do_what_operators_do() {
    let server = shared().await;
    let admin = server.admin().await;
    let (chat, contact) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query(
        "insert into chats (id, organization_id, channel_id, contact_id, external_id) values ($1, $2::uuid, $3, $4, 'v')",
    )
    .bind(chat)
    .bind(&admin.organization_id)
    .bind(Uuid::now_v7())
    .bind(contact)
    .execute(&server.pool().await)
    .await
    .unwrap();
    let secret = server.env("JWT_SECRET");
    let sign = |claims: Value| Api::new(&server.base, Some(&sign_token(&claims, secret)));
    let guest = sign(json!({"contactId": contact, "chatId": chat, "role": "guest", "exp": in_an_hour()}));
    guest.get("/api/me").await.refused(403, "FORBIDDEN");
    guest.get("/api/users").await.refused(403, "FORBIDDEN");
    guest.get("/api/api-keys").await.refused(403, "FORBIDDEN");
    guest.patch("/api/me", json!({"name": "x"})).await.refused(403, "FORBIDDEN");
    guest.post("/api/auth/logout", json!({})).await.refused(403, "FORBIDDEN");
    for stranger in [
        json!({"contactId": Uuid::now_v7(), "chatId": chat, "role": "guest", "exp": in_an_hour()}),
        json!({"contactId": contact, "chatId": Uuid::now_v7(), "role": "guest", "exp": in_an_hour()}),
        json!({"contactId": contact, "role": "guest", "exp": in_an_hour()}),
        json!({"contactId": contact, "chatId": chat, "organizationId": Uuid::now_v7(), "exp": in_an_hour()}),
    ] {
        sign(stranger).get("/api/me").await.refused(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn a13_a_token_in_the_address_opens_nothing_and_is_not_logged() {
    let server = Server::builder().env("LOG_LEVEL", "debug").start().await;
    let admin = server.admin().await;
    let answer = server.anonymous().get(&format!("/api/me?token={}", admin.token())).await;
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    answer.refused(401, "UNAUTHORIZED");
    admin.get("/api/me").await.ok();
    let log = server.log_text();
    assert!(log.contains("/api/me"), "there are access lines: {log}");
    assert!(!log.contains(admin.token()));
}
