//! How a bot is, at the start and from time to time.

use contract::{ChannelStatus, Mode, Network, OpenError, Opened};
use serde_json::{Value, json};

use crate::server::{Answer, Server, nobody, ok, refusal};
use crate::support::{TOKEN, account, network};

const OURS: &str = "https://inbox.example/webhooks/telegram/1";

async fn check_up(mode: Mode, info: Value) -> (Opened, Server) {
    let server = Server::start(vec![ok(info), ok(json!(true))]).await;
    let opened = network(&server.url).check_up(&account(mode)).await.unwrap();
    assert_eq!((server.requests()[0].method(), opened.status), ("getWebhookInfo", ChannelStatus::Connected));
    (opened, server)
}

#[tokio::test]
async fn a_bot_that_is_opened_says_its_name_and_what_waits() {
    let me = ok(json!({ "id": 77, "first_name": "Garden help", "username": "garden_bot" }));
    let info = ok(json!({ "url": "", "pending_update_count": 3 }));
    let server = Server::start(vec![me, ok(json!(true)), info]).await;
    let opened = network(&server.url).open(&account(Mode::Polling)).await.unwrap();
    let expected = json!({ "name": "Garden help", "username": "garden_bot", "pendingUpdates": 3,
        "lastDeliveryError": null, "lastDeliveryErrorAt": null });
    assert_eq!((Value::from(opened.facts), opened.warning), (expected, None));
}

#[tokio::test]
async fn opening_does_not_depend_on_facts() {
    let server = Server::start(vec![ok(json!(true)), ok(json!(true)), Answer::Reset]).await;
    let opened = network(&server.url).open(&account(Mode::Polling)).await.unwrap();
    assert_eq!((opened.status, opened.facts.len()), (ChannelStatus::Connected, 0));
}

#[tokio::test]
async fn what_telegram_cannot_deliver_is_a_warning_while_it_waits() {
    let info = |waiting: i64| {
        json!({ "url": OURS, "pending_update_count": waiting, "last_error_date": 1_790_000_000,
            "last_error_message": format!("Wrong response from the webhook: 502 at {TOKEN}") })
    };
    let (opened, server) = check_up(Mode::Webhook, info(4)).await;
    let warning = opened.warning.unwrap();
    assert!(warning.contains("4 updates") && warning.contains("502") && !warning.contains(TOKEN), "{warning}");
    let facts = &opened.facts;
    assert_eq!(facts["pendingUpdates"], 4);
    assert_eq!(facts["lastDeliveryErrorAt"], "2026-09-21T14:13:20.000Z");
    assert!(!facts["lastDeliveryError"].as_str().unwrap().contains(TOKEN));
    assert_eq!(server.requests().len(), 1);
    let (opened, _) = check_up(Mode::Webhook, info(0)).await;
    assert_eq!(opened.warning, None, "it got through since");
    assert!(opened.facts["lastDeliveryError"].is_string());
}

#[tokio::test]
async fn a_webhook_that_another_program_took_is_set_again_and_reported() {
    for (url, word) in [("https://elsewhere.example/hook", "replaced"), ("", "removed")] {
        let (opened, server) = check_up(Mode::Webhook, json!({ "url": url })).await;
        let asked = server.last();
        assert_eq!((asked.method(), &asked.json()["url"]), ("setWebhook", &json!(OURS)));
        assert!(asked.json().get("drop_pending_updates").is_none());
        assert!(opened.warning.unwrap().contains(word));
    }
    let (opened, server) = check_up(Mode::Polling, json!({ "url": "https://elsewhere.example/hook" })).await;
    assert_eq!((server.last().method(), server.last().json()), ("deleteWebhook", json!({})));
    assert!(opened.warning.unwrap().contains("removed"));
}

#[tokio::test]
async fn nothing_is_set_where_all_is_as_it_should_be() {
    for (mode, url) in [(Mode::Webhook, OURS), (Mode::Polling, "")] {
        let (opened, server) = check_up(mode, json!({ "url": url })).await;
        assert_eq!((opened.warning, server.requests().len()), (None, 1));
        assert!(!opened.facts.contains_key("pendingUpdates"), "not told, so left as it is");
    }
}

#[tokio::test]
async fn a_check_up_says_whether_the_token_still_counts() {
    let ask = async |answer: Answer| {
        network(&Server::start(vec![answer]).await.url).check_up(&account(Mode::Polling)).await.unwrap_err()
    };
    let revoked = ask(refusal(401, "Unauthorized", json!({}))).await;
    assert!(matches!(&revoked, OpenError::Refused { message } if message.contains("token")), "{revoked:?}");
    for answer in [refusal(500, "Internal Server Error", json!({})), ok(json!([])), Answer::Reset] {
        let error = ask(answer).await;
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    }
    let error = network(&nobody().await).check_up(&account(Mode::Polling)).await.unwrap_err();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
}
