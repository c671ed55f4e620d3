//! Sessions: refresh tokens rotate, a copied one ends the session, a logout counts everywhere.

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::wait::eventually;
use crate::support::{Answer, Operator, Server, shared, text};

async fn log_in(server: &Server, who: &Operator) -> Value {
    server.anonymous().post("/api/auth/login", json!({"email": who.email, "password": who.password})).await.ok()
}

async fn refresh(server: &Server, token: &Value) -> Answer {
    server.anonymous().post("/api/auth/refresh", json!({"refreshToken": token})).await
}

async fn me(server: &Server, session: &Value) -> u16 {
    let token = text(&session["accessToken"]);
    Api::new(&server.base, Some(&token)).get("/api/me").await.status.as_u16()
}

#[tokio::test]
async fn a9_a_refresh_token_is_exchanged_for_a_new_pair() {
    let server = shared().await;
    let admin = server.admin().await;
    let first = log_in(&server, &admin).await;
    let second = refresh(&server, &first["refreshToken"]).await.ok();
    assert_ne!(first["refreshToken"], second["refreshToken"]);
    assert_eq!((&second["expiresIn"], &second["user"]["id"]), (&json!(900), &json!(admin.user_id)));
    assert_eq!(me(&server, &second).await, 200);
    let third = refresh(&server, &second["refreshToken"]).await.ok();
    assert_eq!(me(&server, &third).await, 200);
    for junk in [json!("junk"), json!(""), third["accessToken"].clone()] {
        refresh(&server, &junk).await.refused(401, "UNAUTHORIZED");
    }
}

#[tokio::test]
async fn a9_a_lost_answer_and_a_second_tab_are_forgiven() {
    let server = shared().await;
    let first = log_in(&server, &server.admin().await).await;
    let lost = refresh(&server, &first["refreshToken"]).await.ok();
    let again = refresh(&server, &first["refreshToken"]).await.ok();
    assert_ne!(lost["refreshToken"], again["refreshToken"]);
    assert_eq!(me(&server, &again).await, 200);
    refresh(&server, &again["refreshToken"]).await.ok();
    refresh(&server, &lost["refreshToken"]).await.ok();
}

#[tokio::test]
async fn a9_tabs_that_refresh_at_once_all_go_on() {
    let server = shared().await;
    let first = log_in(&server, &server.admin().await).await;
    let tabs = futures::future::join_all((0..8).map(|_| refresh(&server, &first["refreshToken"]))).await;
    for tab in tabs {
        let session = tab.ok();
        assert_eq!(me(&server, &session).await, 200);
    }
}

#[tokio::test]
async fn a9_a_copied_token_ends_the_session_for_thief_and_owner() {
    let server = shared().await;
    let admin = server.admin().await;
    let (first, other) = (log_in(&server, &admin).await, log_in(&server, &admin).await);
    let second = refresh(&server, &first["refreshToken"]).await.ok();
    let third = refresh(&server, &second["refreshToken"]).await.ok();
    refresh(&server, &first["refreshToken"]).await.refused(401, "UNAUTHORIZED");
    refresh(&server, &third["refreshToken"]).await.refused(401, "UNAUTHORIZED");
    assert_eq!(me(&server, &third).await, 401, "its access token ended with it");
    assert_eq!(me(&server, &other).await, 200, "another login goes on");
    refresh(&server, &other["refreshToken"]).await.ok();
}

#[tokio::test]
async fn a_logout_ends_its_session_alone_and_on_every_node() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let (session, other) = (log_in(&server, &admin).await, log_in(&server, &admin).await);
    assert_eq!(me(&twin, &session).await, 200);
    let caller = Api::new(&server.base, session["accessToken"].as_str());
    caller.post("/api/auth/logout", json!({})).await.ok();
    assert_eq!(me(&server, &session).await, 401);
    eventually("the other node refuses the token", || async { (me(&twin, &session).await == 401).then_some(()) }).await;
    refresh(&twin, &session["refreshToken"]).await.refused(401, "UNAUTHORIZED");
    assert_eq!(me(&twin, &other).await, 200);
}

#[tokio::test]
async fn who_has_only_a_refresh_token_left_can_log_out_with_it() {
    let server = shared().await;
    let session = log_in(&server, &server.admin().await).await;
    let body = json!({"refreshToken": session["refreshToken"]});
    server.anonymous().post("/api/auth/logout", body).await.ok();
    refresh(&server, &session["refreshToken"]).await.refused(401, "UNAUTHORIZED");
    server.anonymous().post("/api/auth/logout", json!({"refreshToken": "junk"})).await.refused(401, "UNAUTHORIZED");
    let nothing = server.anonymous().request(reqwest::Method::POST, "/api/auth/logout");
    Answer::of(nothing).await.refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_member_who_was_shut_out_cannot_refresh_nor_come_back_with_old_tokens() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let session = log_in(&server, &colleague).await;
    let path = format!("/api/users/{}", colleague.user_id);
    admin.patch(&path, json!({"active": false})).await.ok();
    refresh(&server, &session["refreshToken"]).await.refused(401, "UNAUTHORIZED");
    admin.patch(&path, json!({"active": true})).await.ok();
    refresh(&server, &session["refreshToken"]).await.refused(401, "UNAUTHORIZED");
    log_in(&server, &colleague).await;
}

#[tokio::test]
async fn no_token_is_stored_as_it_is() {
    let server = shared().await;
    let admin = server.admin().await;
    let session = log_in(&server, &admin).await;
    let pool = server.pool().await;
    let rows: Vec<String> = sqlx::query_scalar(
        "select to_jsonb(r)::text from refresh_tokens r union all select to_jsonb(s)::text from sessions s
         union all select to_jsonb(u)::text from users u",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert!(!rows.is_empty());
    for secret in [text(&session["refreshToken"]), text(&session["accessToken"]), admin.password.clone()] {
        assert!(rows.iter().all(|row| !row.contains(&secret)));
    }
}
