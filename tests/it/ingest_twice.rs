//! Saved once: the same delivery many times, at once, on two nodes, across restarts and outages.

use futures::future::join_all;
use serde_json::json;

use crate::ingest::{contents, only_chat};
use crate::support::bodies::{TelegramChat, bridge_text, now, unique, waba_text};
use crate::support::channel::{Bridge, Telegram, Waba, bot_token, received};
use crate::support::fake::fakes;
use crate::support::wait::eventually;
use crate::support::{Answer, Operator, Server, check, shared, text};

/// One row, one unread, one of each event.
async fn assert_stored_once(server: &Server, admin: &Operator) {
    let chat = only_chat(admin).await;
    assert_eq!(chat["unreadCount"], 1);
    assert_eq!(admin.messages(&text(&chat["id"])).await.len(), 1);
    let journal = check::journal(admin).await;
    let told = |name: &str| journal.iter().filter(|event| event["event"] == name).count();
    assert_eq!((told("chat:new"), told("message:new")), (1, 1));
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn c3_forty_eight_redeliveries_at_once_are_one_message_one_unread_and_one_event() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let update = TelegramChat::new().text("once");
    for answer in join_all((0..48).map(|_| Answer::of(telegram.delivery(&update)))).await {
        received(&answer);
    }
    assert_stored_once(&server, &admin).await;
}

#[tokio::test]
async fn c3_redeliveries_to_two_nodes_at_once_are_one_message() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let here = Waba::create(&admin, &server).await;
    let there = here.at(&twin);
    let body = waba_text(&here.number, &unique().to_string(), "wamid.T1", "once");
    let deliveries = (0..24).flat_map(|_| [here.delivery(&body), there.delivery(&body)]);
    for answer in join_all(deliveries.map(Answer::of)).await {
        received(&answer);
    }
    assert_stored_once(&server, &admin).await;
    assert_eq!(only_chat(&admin.at(&twin)).await["unreadCount"], 1);
}

#[tokio::test]
async fn c3_a_delivery_that_is_eight_days_old_is_taken_once() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let mut body = waba_text(&waba.number, &unique().to_string(), "wamid.OLD", "from last week");
    let written = now() - 8 * 86_400;
    body["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"] = json!(written.to_string());
    waba.deliver(&body).await;
    waba.deliver(&body).await;
    assert_stored_once(&server, &admin).await;
    let closed = chrono::DateTime::parse_from_rfc3339(&text(&only_chat(&admin).await["windowExpiresAt"])).unwrap();
    assert_eq!(closed.timestamp(), written + 86_400, "the provider's time counts for the window");
}

#[tokio::test]
async fn many_customers_at_once_lose_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customers: Vec<TelegramChat> = (0..20).map(|_| TelegramChat::new()).collect();
    let updates: Vec<_> = (0..200).map(|n| customers[n % 20].text(&format!("{n}"))).collect();
    // each delivered twice
    for answer in join_all(updates.iter().chain(&updates).map(|update| Answer::of(telegram.delivery(update)))).await {
        received(&answer);
    }
    let chats = admin.get("/api/chats?limit=200").await.items();
    assert_eq!(chats.len(), 20);
    assert!(chats.iter().all(|chat| chat["unreadCount"] == 10), "ten from each");
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn a_message_stored_before_a_kill_is_not_stored_again_after_it() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let body = bridge_text(&format!("{}@s.whatsapp.net", unique()), "M1", "before the power cut");
    bridge.deliver(&body).await;
    server.restart().await;
    bridge.deliver(&body).await;
    assert_stored_once(&server, &admin).await;
}

#[tokio::test]
async fn a_killed_poller_goes_on_where_it_stopped() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let token = bot_token();
    let customer = TelegramChat::new();
    let body = json!({"name": "Bot", "provider": "telegram", "credentials": {"token": token}});
    admin.post("/api/channels", body).await.created();
    let mut expected = Vec::new();
    for round in 0..4 {
        for n in 0..25 {
            expected.push(format!("{round}.{n}"));
            fakes().telegram.push_update(&token, customer.text(&format!("{round}.{n}")));
        }
        if round % 2 == 0 {
            server.restart().await;
        }
    }
    eventually("Telegram has nothing left to deliver", || async {
        (fakes().telegram.unconfirmed(&token) == 0).then_some(())
    })
    .await;
    let chat = only_chat(&admin).await;
    assert_eq!(contents(&admin, &text(&chat["id"])).await, expected);
    assert_eq!(chat["unreadCount"], 100);
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn one_node_polls_and_another_takes_over_when_it_dies() {
    let server = Server::start().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let token = bot_token();
    let customer = TelegramChat::new();
    let body = json!({"name": "Bot", "provider": "telegram", "credentials": {"token": token}});
    admin.post("/api/channels", body).await.created();
    fakes().telegram.push_update(&token, customer.text("to the first"));
    eventually("the first update is confirmed", || async { (fakes().telegram.unconfirmed(&token) == 0).then_some(()) })
        .await;
    server.kill();
    fakes().telegram.push_update(&token, customer.text("to whoever lives"));
    eventually("the other node confirms", || async { (fakes().telegram.unconfirmed(&token) == 0).then_some(()) }).await;
    let admin = admin.at(&twin);
    let chat = only_chat(&admin).await;
    assert_eq!(contents(&admin, &text(&chat["id"])).await, ["to the first", "to whoever lives"]);
}

#[tokio::test]
async fn a_store_that_is_away_is_503_and_the_repeat_is_stored_when_it_is_back() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let update = TelegramChat::new().text("during the outage");
    server.site.database.take_away().await;
    let answer = Answer::of(telegram.delivery(&update)).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    server.anonymous().get("/health/live").await.expect(200);
    let health = server.anonymous().get("/health/ready").await.expect(503).json();
    assert_eq!(health["database"], "down");
    server.site.database.give_back().await;
    eventually("the server is ready again", || async {
        (server.anonymous().get("/health/ready").await.status == 200).then_some(())
    })
    .await;
    eventually("the repeat is taken", || async {
        (Answer::of(telegram.delivery(&update)).await.status == 200).then_some(())
    })
    .await;
    assert_stored_once(&server, &admin).await;
}
