//! Several nodes, as real processes, that meet over Redis or over Postgres alone: what happens on one is seen on the others,
//! in order; one that dies is made up for; and a Redis that dies stops nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::send::Chat;
use crate::support::bodies::{TelegramChat, bridge_event};
use crate::support::channel::{Bridge, bot_token};
use crate::support::fake::fakes;
use crate::support::redis::{Meeting, Redis};
use crate::support::socket::RawClient;
use crate::support::wait::{eventually, within};
use crate::support::{Operator, Server, text};

/// Two nodes of one installation.
async fn pair(meeting: Meeting) -> (Server, Server) {
    let server = Server::builder().meeting(meeting).nodes(2).start().await;
    let twin = server.twin().await;
    (server, twin)
}

/// Waits until each of two nodes knows that the other lives: what is said before may be lost.
async fn acquainted(chat: &Chat, here: &mut RawClient, there: &mut RawClient) {
    let named = json!({"chatId": chat.id});
    for client in [&mut *here, &mut *there] {
        assert_eq!(client.emit("subscribe:chat", named.clone()).await["ok"], true);
    }
    for (from, to) in [(0, 1), (1, 0)] {
        let mut clients = [&mut *here, &mut *there];
        eventually("typing crosses", || {
            clients[from].emit_blindly("typing:start", &named);
            clients[from].emit_blindly("typing:stop", &named);
            let seen = clients[to].of("typing:stop").len();
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                (seen > 0).then_some(())
            }
        })
        .await;
    }
}

#[tokio::test]
async fn typing_and_presence_cross_nodes() {
    for meeting in Meeting::BOTH {
        let (server, twin) = pair(meeting).await;
        let ada = server.admin().await;
        let bob = ada.colleague("user").await;
        let chat = Chat::open(&ada).await;
        let named = json!({"chatId": chat.id});
        let mut here = RawClient::operator(&server, &ada).await;
        let mut there = RawClient::operator(&twin, &bob.at(&twin)).await;
        acquainted(&chat, &mut here, &mut there).await;
        there.clear();
        here.clear();
        assert_eq!(here.emit("typing:start", named.clone()).await["ok"], true);
        let typing = there.next("typing:start").await;
        assert_eq!((&typing["chatId"], &typing["userId"]), (&json!(chat.id), &json!(ada.user_id)), "{meeting:?}");
        assert_eq!(here.emit("typing:stop", named.clone()).await["ok"], true);
        there.next("typing:stop").await;
        let own = here.of("typing:start").into_iter().filter(|typing| typing["userId"] == ada.user_id.as_str()).count();
        assert_eq!(own, 0, "never back to the typist");

        assert_eq!(there.emit("unsubscribe:chat", named.clone()).await["ok"], true);
        assert_eq!(here.next("chat:member:left").await["userId"], bob.user_id.as_str());
        let ack = there.emit("subscribe:chat", named.clone()).await;
        assert_eq!(ack["count"], 2);
        let joined = here.next("chat:member:joined").await;
        assert_eq!((&joined["userId"], &joined["version"]), (&json!(bob.user_id), &ack["version"]));
        for node in [&server, &twin] {
            let seen = ada.at(node).get(&format!("/api/chats/{}/presence", chat.id)).await.ok();
            assert_eq!((&seen["count"], &seen["version"]), (&json!(2), &ack["version"]));
            assert_eq!(ada.at(node).get("/api/presence/summary").await.ok()["total"], 2);
        }
        drop(there);
        here.next("chat:member:left").await;
        here.next_where("online:total:updated", |event| event["total"] == 1).await;
    }
}

/// Messages that customers send to both nodes; returns how many were stored.
async fn write(chat: &Chat, nodes: [&Server; 2], many: usize) -> usize {
    for index in 0..many {
        let telegram = chat.telegram.at(nodes[index % 2]);
        telegram.deliver(&TelegramChat::new().text(&format!("number {index}"))).await;
    }
    many
}

fn positions(client: &mut RawClient, admin_cursor: &[Value]) -> Vec<usize> {
    let cursors: Vec<Value> = client.of("message:new").iter().map(|message| message["cursor"].clone()).collect();
    cursors.iter().filter_map(|cursor| admin_cursor.iter().position(|known| known == cursor)).collect()
}

async fn journal_cursors(admin: &Operator) -> Vec<Value> {
    crate::support::check::journal(admin).await.iter().map(|event| event["cursor"].clone()).collect()
}

#[tokio::test]
async fn events_of_other_nodes_come_in_the_order_of_the_journal_also_where_nodes_cannot_speak() {
    for meeting in [Some(Meeting::Redis), Some(Meeting::Postgres), None] {
        let redis = Redis::start().await;
        let server = match meeting {
            Some(meeting) => Server::builder().meeting(meeting).nodes(2).start().await,
            // Redis dies at once and stays away
            None => Server::builder().env("REDIS_URL", &redis.url()).nodes(2).start().await,
        };
        let twin = server.twin().await;
        redis.kill();
        let admin = server.admin().await;
        let chat = Chat::open(&admin).await;
        let mut clients = [RawClient::operator(&server, &admin).await, RawClient::operator(&twin, &admin).await];
        let many = write(&chat, [&server, &twin], 40).await;
        let journal = journal_cursors(&admin).await;
        for client in &mut clients {
            within(Duration::from_secs(10), "all messages have come", || {
                std::future::ready((client.of("message:new").len() == many).then_some(()))
            })
            .await;
            let positions = positions(client, &journal);
            assert_eq!(positions.len(), many);
            assert!(positions.is_sorted_by(|a, b| a < b), "{meeting:?} {positions:?}");
        }
    }
}

#[tokio::test]
async fn users_of_a_node_that_is_killed_are_gone_within_30_s() {
    for meeting in Meeting::BOTH {
        let (server, twin) = pair(meeting).await;
        let ada = server.admin().await;
        let bob = ada.colleague("user").await;
        let chat = Chat::open(&ada).await;
        let named = json!({"chatId": chat.id});
        let mut here = RawClient::operator(&server, &ada).await;
        let version = here.emit("subscribe:chat", named.clone()).await["version"].as_i64().unwrap();
        let mut there = RawClient::operator(&twin, &bob.at(&twin)).await;
        assert_eq!(there.emit("subscribe:chat", named.clone()).await["count"], 2);
        assert_eq!(
            here.next_where("chat:member:joined", |joined| joined["userId"] == bob.user_id.as_str()).await["version"],
            version + 1
        );
        twin.kill();
        let left = here.next("chat:member:left").await;
        assert_eq!(left, json!({"chatId": chat.id, "userId": bob.user_id, "version": version + 2}), "{meeting:?}");
        here.next_where("online:total:updated", |event| event["total"] == 1).await;
        let seen = ada.get(&format!("/api/chats/{}/presence", chat.id)).await.ok();
        assert_eq!(seen, json!({"memberIds": [ada.user_id], "count": 1, "version": version + 2}));
    }
}

#[tokio::test]
async fn users_of_a_node_that_is_asked_to_end_are_gone_at_once() {
    for meeting in Meeting::BOTH {
        let (server, twin) = pair(meeting).await;
        let ada = server.admin().await;
        let bob = ada.colleague("user").await;
        let chat = Chat::open(&ada).await;
        let mut here = RawClient::operator(&server, &ada).await;
        here.emit("subscribe:chat:delta", json!({"chatId": chat.id})).await;
        let mut there = RawClient::operator(&twin, &bob.at(&twin)).await;
        there.emit("subscribe:chat", json!({"chatId": chat.id})).await;
        twin.terminate().await;
        let seen = ada.get(&format!("/api/chats/{}/presence", chat.id)).await.ok();
        assert_eq!(seen["count"], 0, "{meeting:?}");
        here.next("chat:member:left").await;
        assert_eq!(ada.get("/api/presence/summary").await.ok()["total"], 1);
    }
}

#[tokio::test]
async fn a_redis_that_dies_stops_nothing_and_presence_heals_when_it_comes_back_empty() {
    let redis = Redis::start().await;
    let server = Server::builder().env("REDIS_URL", &redis.url()).nodes(2).start().await;
    let twin = server.twin().await;
    let ada = server.admin().await;
    let bob = ada.colleague("user").await;
    let chat = Chat::open(&ada).await;
    let named = json!({"chatId": chat.id});
    let mut here = RawClient::operator(&server, &ada).await;
    let mut there = RawClient::operator(&twin, &bob.at(&twin)).await;
    acquainted(&chat, &mut here, &mut there).await;
    let before = here.emit("subscribe:chat", named.clone()).await["version"].as_i64().unwrap();
    assert_eq!(server.anonymous().get("/health/ready").await.ok()["redis"], "ok");

    redis.kill();
    let ready = eventually("Redis is seen to be down", || async {
        let ready = server.anonymous().get("/health/ready").await.ok();
        (ready["redis"] == "down").then_some(ready)
    })
    .await;
    assert_eq!((&ready["status"], &ready["database"]), (&json!("ok"), &json!("ok")));
    here.clear();
    chat.telegram.deliver(&TelegramChat::new().text("while Redis is away")).await;
    here.next("message:new").await;
    there.next_where("message:new", |message| message["content"] == "while Redis is away").await;
    let mut late = RawClient::operator(&server, &bob).await;
    let ack = late.emit("subscribe:chat", named.clone()).await;
    assert_eq!(ack["ok"], true, "{ack}");
    assert!(ack["memberIds"].as_array().unwrap().contains(&json!(bob.user_id)), "{ack}");
    assert_eq!(late.emit("typing:start", named.clone()).await["ok"], true);
    here.next("typing:start").await;

    redis.launch().await;
    let path = format!("/api/chats/{}/presence", chat.id);
    let healed = eventually("presence is whole again on both nodes", || async {
        let seen = ada.get(&path).await.ok();
        let other = ada.at(&twin).get(&path).await.ok();
        (seen["count"] == 2 && seen == other && seen["version"] != 0).then_some(seen)
    })
    .await;
    assert!(healed["version"].as_i64().unwrap() > before, "{healed}: a version never goes back");
    assert_eq!(ada.get("/api/presence/summary").await.ok()["total"], 2);
    assert_eq!(server.anonymous().get("/health/ready").await.ok()["redis"], "ok");
    here.clear();
    drop((there, late));
    here.next("chat:member:left").await;
    here.next_where("online:total:updated", |event| event["total"] == 1).await;
}

#[tokio::test]
async fn a_code_to_scan_is_shown_on_every_node() {
    for meeting in Meeting::BOTH {
        let (server, twin) = pair(meeting).await;
        let ada = server.admin().await;
        let chat = Chat::open(&ada).await;
        let bridge = Bridge::create(&ada, &server).await;
        let mut here = RawClient::operator(&server, &ada).await;
        let mut there = RawClient::operator(&twin, &ada.colleague("user").await).await;
        acquainted(&chat, &mut here, &mut there).await;
        bridge.deliver(&bridge_event("connection", json!({"status": "qr", "qr": "2@scan-me"}))).await;
        for client in [&mut here, &mut there] {
            let channel = client.next_where("channel:updated", |channel| channel["status"] == "qr").await;
            assert_eq!(channel["qr"], "2@scan-me", "{meeting:?}");
        }
    }
}

/// Channels on which nodes speak.
async fn channels(redis: &Redis) -> Vec<String> {
    let mut connection = redis.connection().await.unwrap();
    redis::cmd("PUBSUB").arg("CHANNELS").arg("switchboard:*").query_async(&mut connection).await.unwrap()
}

#[tokio::test]
async fn h9_junk_on_the_bus_is_dropped_and_installations_on_one_redis_do_not_hear_each_other() {
    let redis = Redis::start().await;
    let server = Server::builder().env("REDIS_URL", &redis.url()).start().await;
    let stranger = Server::builder().env("REDIS_URL", &redis.url()).start().await;
    let twin = server.twin().await;
    let both = channels(&redis).await;
    assert_eq!(both.len(), 2, "one for each installation: {both:?}");
    let ada = server.admin().await;
    let chat = Chat::open(&ada).await;
    let mut here = RawClient::operator(&server, &ada).await;
    let mut there = RawClient::operator(&twin, &ada.colleague("user").await).await;
    acquainted(&chat, &mut here, &mut there).await;
    let mut connection = redis.connection().await.unwrap();
    let nobody = uuid::Uuid::nil();
    for channel in &both {
        for junk in [
            String::new(),
            "nonsense".into(),
            "{}".into(),
            "[".repeat(100_000),
            format!(
                r#"{{"from":"{nobody}","packets":[{{"unheard_of":1}},{{"presence":{{"left":5}}}},{{"passing":null}}]}}"#
            ),
            format!(
                r#"{{"from":"{nobody}","packets":[{{"journal":["{}",9223372036854775807]}}]}}"#,
                ada.organization_id
            ),
            "x".repeat(8 * 1024 * 1024),
        ] {
            let heard: i64 = redis::cmd("PUBLISH").arg(channel).arg(junk).query_async(&mut connection).await.unwrap();
            assert!(heard > 0);
        }
    }
    here.clear();
    there.clear();
    here.emit_blindly("typing:start", &json!({"chatId": chat.id}));
    there.next("typing:start").await;
    chat.telegram.deliver(&TelegramChat::new().text("still here")).await;
    for client in [&mut here, &mut there] {
        client.next_where("message:new", |message| message["content"] == "still here").await;
    }
    stranger.anonymous().get("/health/ready").await.ok();
    assert!(server.log_text().contains("could not be read"), "it is said once");
}

#[tokio::test]
async fn presence_heals_where_redis_was_emptied_and_forgot_the_script() {
    let redis = Redis::start().await;
    let server = Server::builder().env("REDIS_URL", &redis.url()).start().await;
    let ada = server.admin().await;
    let bob = ada.colleague("user").await;
    let chat = Chat::open(&ada).await;
    let named = json!({"chatId": chat.id});
    let mut tab = RawClient::operator(&server, &ada).await;
    assert_eq!(tab.emit("subscribe:chat", named.clone()).await["count"], 1);
    let mut connection = redis.connection().await.unwrap();
    for command in [["FLUSHALL", "SYNC"], ["SCRIPT", "FLUSH"]] {
        let [name, argument] = command;
        let _: () = redis::cmd(name).arg(argument).query_async(&mut connection).await.unwrap();
    }
    let mut other = RawClient::operator(&server, &bob).await;
    assert_eq!(other.emit("subscribe:chat", named.clone()).await["ok"], true);
    eventually("both are there again", || async {
        let seen = ada.get(&format!("/api/chats/{}/presence", chat.id)).await.ok();
        (seen["count"] == 2).then_some(())
    })
    .await;
    assert_eq!(ada.get("/api/presence/summary").await.ok()["total"], 2);
}

#[tokio::test]
async fn a_node_that_lost_its_ear_at_postgres_listens_again_and_misses_no_fact() {
    let (server, twin) = pair(Meeting::Postgres).await;
    let ada = server.admin().await;
    let chat = Chat::open(&ada).await;
    let mut here = RawClient::operator(&server, &ada).await;
    let mut there = RawClient::operator(&twin, &ada.colleague("user").await).await;
    acquainted(&chat, &mut here, &mut there).await;
    let pool = server.pool().await;
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and application_name = 'switchboard bus'";
    let ears: i64 = sqlx::query_scalar(cut).fetch_one(&pool).await.unwrap();
    assert_eq!(ears, 2, "one for each node");
    chat.telegram.deliver(&TelegramChat::new().text("unheard")).await;
    for client in [&mut here, &mut there] {
        client.next_where("message:new", |message| message["content"] == "unheard").await;
        client.clear();
    }
    acquainted(&chat, &mut here, &mut there).await;
}

#[tokio::test]
async fn another_node_takes_over_a_bot_whose_node_was_killed() {
    let server = Server::builder().nodes(2).start().await;
    let admin = server.admin().await;
    let token = bot_token();
    let body = json!({"name": "Bot", "provider": "telegram", "credentials": {"token": token}});
    admin.post("/api/channels", body).await.created();
    let customer = TelegramChat::new();
    fakes().telegram.push_update(&token, customer.text("before"));
    let confirmed = || async { (fakes().telegram.unconfirmed(&token) == 0).then_some(()) };
    eventually("the bot is polled", confirmed).await;
    // it came later, so the bot is the other's
    let twin = server.twin().await;
    server.kill();
    fakes().telegram.push_update(&token, customer.text("after"));
    within(Duration::from_secs(15), "the other node polls", confirmed).await;
    let admin = admin.at(&twin);
    let chat = only_chat(&admin).await;
    let told: Vec<String> = admin.messages(&text(&chat["id"])).await.iter().map(|one| text(&one["content"])).collect();
    assert_eq!(told, ["after", "before"], "each once");
}
