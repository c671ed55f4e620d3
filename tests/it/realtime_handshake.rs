//! Who may connect to `/`, in which words he is refused, and what he is told first.

use serde_json::{Value, json};

use crate::support::operator::{in_an_hour, sign_token};
use crate::support::socket::{Client, Connect, Language, RawClient};
use crate::support::{shared, text};

const LANGUAGES: [Language; 2] = [Language::JavaScript, Language::Python];

#[tokio::test]
async fn without_a_token_the_connection_is_refused_in_the_contract_s_words() {
    let server = shared().await;
    for language in LANGUAGES {
        for auth in [json!({}), json!({"token": ""}), json!({"token": null})] {
            let mut client = Client::spawn(language, &Connect::with(&server, auth.clone()));
            let refused = client.next("connect_error").await;
            assert_eq!(refused["message"], "Authentication failed: No token provided", "{language:?} {auth}");
        }
    }
}

#[tokio::test]
async fn with_a_bad_token_the_connection_is_refused_in_the_contract_s_words() {
    let server = shared().await;
    let admin = server.admin().await;
    let claims = json!({"userId": admin.user_id, "organizationId": admin.organization_id, "exp": in_an_hour()});
    let foreign = sign_token(&claims, "a key that this server does not have, and long");
    for (language, token) in LANGUAGES.into_iter().zip(["nonsense".to_owned(), foreign]) {
        let mut client = Client::spawn(language, &Connect::with(&server, json!({"token": token})));
        assert_eq!(client.next("connect_error").await["message"], "Authentication failed: Invalid token");
    }
}

#[tokio::test]
async fn an_operator_is_welcomed_with_his_ids_and_a_cursor() {
    let server = shared().await;
    let admin = server.admin().await;
    for language in LANGUAGES {
        let mut client = Client::spawn(language, &Connect::operator(&server, &admin));
        let connected = client.next("connected").await;
        assert_eq!(connected["userId"], admin.user_id.as_str());
        assert!(connected["socketId"].is_string() && connected["timestamp"].is_string(), "{connected}");
        let sync = client.next("sync:required").await;
        assert_eq!((&sync["userId"], &sync["reason"]), (&json!(admin.user_id), &json!("connection_established")));
        assert!(sync["cursor"].is_string() && sync["timestamp"].is_string(), "{sync}");
        let order: Vec<String> = client.names().into_iter().filter(|name| name != "connect").collect();
        assert_eq!(order[..2], ["connected", "sync:required"]);
    }
}

#[tokio::test]
async fn the_socket_id_that_is_told_is_not_the_session_s_credential() {
    let server = shared().await;
    let admin = server.admin().await;
    let mut client = RawClient::open(&server).await;
    client.send(&format!("40{}", json!({"token": admin.token()})));
    let sid = client.next("connect").await["sid"].clone();
    assert!(sid.is_string());
    let connected = client.next("connected").await;
    assert_ne!(connected["socketId"], Value::Null);
    assert_ne!(connected["socketId"], sid, "a polling session's only credential is shown to nobody");
}

#[tokio::test]
async fn the_token_may_come_in_a_header() {
    let server = shared().await;
    let admin = server.admin().await;
    let bearer = json!({"Authorization": format!("Bearer {}", admin.token())});
    for language in LANGUAGES {
        for transport in ["websocket", "polling"] {
            let connect =
                Connect::with(&server, json!({})).set("headers", bearer.clone()).set("transports", json!([transport]));
            Client::synced(language, &connect).await;
        }
    }
}

#[tokio::test]
async fn a_token_of_another_backend_with_the_same_key_is_good() {
    let server = shared().await;
    let admin = server.admin().await;
    let claims = json!({"sub": admin.user_id, "exp": in_an_hour()});
    let token = sign_token(&claims, server.env("JWT_SECRET"));
    Client::synced(Language::JavaScript, &Connect::with(&server, json!({"token": token}))).await;
}

#[tokio::test]
async fn when_a_token_expires_its_socket_is_told_and_closed() {
    let server = shared().await;
    let admin = server.admin().await;
    let claims = json!({"userId": admin.user_id, "organizationId": admin.organization_id,
        "exp": chrono::Utc::now().timestamp() + 2});
    let token = sign_token(&claims, server.env("JWT_SECRET"));
    let mut client = Client::synced(Language::JavaScript, &Connect::with(&server, json!({"token": token}))).await;
    let error = client.next("app:error").await;
    assert_eq!(error["code"], "UNAUTHORIZED");
    client.next("disconnect").await;
}

#[tokio::test]
async fn a_renewed_token_keeps_its_socket_open() {
    let server = shared().await;
    let admin = server.admin().await;
    let token = |secs: i64| {
        let claims = json!({"userId": admin.user_id, "organizationId": admin.organization_id,
            "exp": chrono::Utc::now().timestamp() + secs});
        sign_token(&claims, server.env("JWT_SECRET"))
    };
    let short = Connect::with(&server, json!({"token": token(3)}));
    let mut client = Client::synced(Language::JavaScript, &short).await;
    let ack = client.emit("auth:refresh", json!({"token": token(3_600)})).await;
    assert_eq!(ack["ok"], true, "{ack}");
    assert_eq!(client.next("sync:required").await["reason"], "token_refresh");
    let bad = client.emit("auth:refresh", json!({"token": "nonsense"})).await;
    assert_eq!((&bad["ok"], &bad["error"]["code"]), (&json!(false), &json!("UNAUTHORIZED")));

    // a socket whose token was not renewed is closed; this one outlives it
    let mut witness = Client::synced(Language::JavaScript, &Connect::with(&server, json!({"token": token(4)}))).await;
    witness.next("disconnect").await;
    let mark = admin.mark().await;
    client.up_to(&mark).await;
}

#[tokio::test]
async fn unknown_namespaces_are_refused() {
    let server = shared().await;
    let admin = server.admin().await;
    let mut client =
        Client::spawn(Language::JavaScript, &Connect::operator(&server, &admin).set("namespace", "/admin"));
    assert!(text(&client.next("connect_error").await["message"]).to_lowercase().contains("namespace"));
}
