//! Opening and closing a channel.

use contract::{Account, ChannelStatus, Mode, Network, OpenError, Opened};
use serde_json::json;

use crate::server::{Answer, Server, nobody, ok, refusal};
use crate::support::{TOKEN, account, network};

async fn open(server: &Server, account: &Account) -> Result<Opened, OpenError> {
    network(&server.url).open(account).await
}

#[tokio::test]
async fn a_webhook_channel_tells_telegram_where_and_with_which_secret_to_deliver() {
    let server = Server::ok(json!(true)).await;
    let opened = open(&server, &account(Mode::Webhook)).await.unwrap();
    assert_eq!((opened.status, opened.warning), (ChannelStatus::Connected, None));
    let requests = server.requests();
    assert_eq!(requests[0].path, format!("/bot{TOKEN}/getMe"));
    assert_eq!(requests[1].path, format!("/bot{TOKEN}/setWebhook"));
    let asked = requests[1].json();
    assert_eq!(asked["url"], "https://inbox.example/webhooks/telegram/1");
    assert_eq!(asked["secret_token"], "chosen-by-the-user");
    for kind in ["message", "edited_message", "message_reaction", "chat_member", "callback_query", "business_message"] {
        assert!(asked["allowed_updates"].as_array().unwrap().contains(&json!(kind)), "{kind}");
    }
    assert!(asked.get("drop_pending_updates").is_none());
}

#[tokio::test]
async fn without_a_chosen_secret_ours_is_handed_over() {
    let server = Server::ok(json!(true)).await;
    let account = Account { credentials: json!({ "token": TOKEN }), ..account(Mode::Webhook) };
    open(&server, &account).await.unwrap();
    assert_eq!(server.requests()[1].json()["secret_token"], "made-by-switchboard");
}

#[tokio::test]
async fn an_address_without_tls_is_tried_with_a_warning() {
    let server = Server::ok(json!(true)).await;
    let account = Account { webhook_url: "http://127.0.0.1:3000/webhooks".into(), ..account(Mode::Webhook) };
    assert!(open(&server, &account).await.unwrap().warning.unwrap().contains("https"));
    assert_eq!(server.requests()[1].method(), "setWebhook");
}

#[tokio::test]
async fn a_polled_channel_takes_the_webhook_away_and_keeps_what_waits() {
    let server = Server::ok(json!({ "id": 77 })).await;
    assert_eq!(open(&server, &account(Mode::Polling)).await.unwrap().warning, None);
    let asked = &server.requests()[1];
    assert_eq!((asked.method(), asked.json()), ("deleteWebhook", json!({})));
}

#[tokio::test]
async fn a_token_that_telegram_does_not_know_is_refused() {
    for code in [401, 404] {
        let server = Server::start(vec![refusal(code, "Unauthorized", json!({}))]).await;
        let error = open(&server, &account(Mode::Polling)).await.unwrap_err();
        assert!(matches!(&error, OpenError::Refused { message } if message.contains("token")), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_that_telegram_does_not_take_is_refused() {
    let bad = refusal(400, "Bad Request: bad webhook: HTTPS url must be provided for webhook", json!({}));
    let server = Server::start(vec![ok(json!({})), bad]).await;
    let error = open(&server, &account(Mode::Webhook)).await.unwrap_err();
    assert!(matches!(&error, OpenError::Refused { message } if message.contains("HTTPS url")), "{error:?}");
}

#[tokio::test]
async fn whatever_may_pass_is_tried_again_later() {
    for answer in [
        refusal(429, "Too Many Requests", json!({ "retry_after": 1 })),
        Answer::Json(502, "<html>Bad Gateway</html>".into()),
        Answer::Json(200, "not json".into()),
        Answer::Reset,
    ] {
        let server = Server::start(vec![answer]).await;
        let error = open(&server, &account(Mode::Polling)).await.unwrap_err();
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    }
    let error = network(&nobody().await).open(&account(Mode::Polling)).await.unwrap_err();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn closing_stops_deliveries_and_forgives_failure() {
    let server = Server::ok(json!(true)).await;
    network(&server.url).close(&account(Mode::Webhook)).await;
    assert_eq!(server.last().method(), "deleteWebhook");
    network(&nobody().await).close(&account(Mode::Webhook)).await;
}

#[tokio::test]
async fn no_error_holds_the_token() {
    let echo =
        Answer::Json(404, json!({ "ok": false, "description": format!("no route /bot{TOKEN}/getMe") }).to_string());
    let server = Server::start(vec![echo]).await;
    let error = open(&server, &account(Mode::Polling)).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret-of_the-bot"), "{error:?}");
    let error = network(&nobody().await).open(&account(Mode::Polling)).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret-of_the-bot"), "{error:?}");
}
