//! H10: a thousand tabs, opened and closed at random by several users over two nodes, leave exactly those who stayed; whoever
//! watched saw every change once and in order; and nothing is kept of those who went.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::send::Chat;
use crate::support::redis::Redis;
use crate::support::socket::RawClient;
use crate::support::wait::eventually;
use crate::support::{Operator, Server};

const TABS: u64 = 1_000;
const AT_ONCE: usize = 40;
const USERS: usize = 5;
const CHATS: usize = 4;
/// One tab of so many stays open.
const STAYS: u32 = 50;

/// A tab that stayed: whose it is, and the chats it looks at.
struct Stayed {
    _tab: RawClient,
    user_id: String,
    chats: BTreeSet<String>,
}

async fn tab(node: &Server, user: &Operator, chats: &[String], seed: u64) -> Option<Stayed> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut tab = RawClient::operator(node, user).await;
    let mut looks = BTreeSet::new();
    for _ in 0..random.random_range(0..4) {
        let chat_id = &chats[random.random_range(0..chats.len())];
        let (event, joins) =
            if random.random_bool(0.7) { ("subscribe:chat", true) } else { ("unsubscribe:chat", false) };
        if random.random_bool(0.5) {
            let ack = tab.emit(event, json!({"chatId": chat_id})).await;
            assert_eq!(ack["ok"], true, "{ack}");
            if joins {
                assert!(ack["memberIds"].as_array().unwrap().contains(&json!(user.user_id)), "{ack}");
            }
        } else {
            tab.emit_blindly(event, &json!({"chatId": chat_id}));
        }
        if joins {
            looks.insert(chat_id.clone())
        } else {
            looks.remove(chat_id)
        };
    }
    if random.random_ratio(1, STAYS) {
        // once it is answered, all before it was done
        tab.emit("typing:stop", json!({"chatId": chats[0]})).await;
        return Some(Stayed { _tab: tab, user_id: user.user_id.clone(), chats: looks });
    }
    if random.random_bool(0.5) {
        // a goodbye of the namespace; then, as with the others, the transport just ends
        tab.send("41");
        tokio::task::yield_now().await;
    }
    None
}

/// Members of a chat as a watcher put them together, which sees no hole.
fn follow(watcher: &mut RawClient, chat_id: &str, snapshot: &Value) -> BTreeSet<String> {
    let ids = snapshot["memberIds"].as_array().unwrap();
    let mut members: BTreeSet<String> = ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    let mut version = snapshot["version"].as_i64().unwrap();
    for event in watcher.all().iter().filter(|event| event.payload["chatId"] == chat_id) {
        let id = event.payload["userId"].as_str().unwrap_or_default().to_owned();
        match event.name.as_str() {
            "chat:member:joined" => assert!(members.insert(id), "joined twice: {}", event.payload),
            "chat:member:left" => assert!(members.remove(&id), "left and was not there: {}", event.payload),
            "chat:online:updated" => {
                assert_eq!(event.payload["version"], version);
                assert_eq!(event.payload["count"], members.len());
                continue;
            }
            _ => continue,
        }
        version += 1;
        assert_eq!(event.payload["version"], version, "a hole: {}", event.payload);
    }
    members
}

async fn storm(nodes: [&Server; 2], admin: &Operator) {
    let mut users = Vec::new();
    for _ in 0..USERS {
        users.push(admin.colleague("user").await);
    }
    let mut chats = Vec::new();
    for _ in 0..CHATS {
        chats.push(Chat::open(admin).await.id);
    }
    let mut watchers = Vec::new();
    for node in nodes {
        let mut watcher = RawClient::operator(node, &admin.at(node)).await;
        let mut snapshots = BTreeMap::new();
        for chat_id in &chats {
            let ack = watcher.emit("subscribe:chat:delta", json!({"chatId": chat_id})).await;
            snapshots.insert(chat_id.clone(), ack);
        }
        watchers.push((watcher, snapshots));
    }
    let begun = std::time::Instant::now();
    let (users, chats) = (Arc::new(users), Arc::new(chats));
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let tabs = futures::stream::iter(0..TABS).map(|index| {
        let (users, chats) = (Arc::clone(&users), Arc::clone(&chats));
        async move {
            let user = &users[usize::try_from(index).unwrap() % USERS];
            let node = nodes[usize::try_from(index / 7).unwrap() % 2];
            tab(node, user, &chats, seed.wrapping_add(index)).await
        }
    });
    let stayed: Vec<Stayed> = tabs.buffer_unordered(AT_ONCE).filter_map(|stayed| async move { stayed }).collect().await;
    eprintln!("{TABS} tabs in {:?}, {} stayed", begun.elapsed(), stayed.len());

    for chat_id in &*chats {
        let there = stayed.iter().filter(|stayed| stayed.chats.contains(chat_id));
        let there: BTreeSet<String> = there.map(|stayed| stayed.user_id.clone()).collect();
        for (node, (watcher, snapshots)) in nodes.into_iter().zip(&mut watchers) {
            let admin = admin.at(node);
            eventually("exactly those who stayed are in the chat", || async {
                let seen = admin.get(&format!("/api/chats/{chat_id}/presence")).await.ok();
                (seen["memberIds"] == json!(there)).then_some(())
            })
            .await;
            // what the shelf knows has been told, or is about to be
            let followed = eventually("the watcher has heard of it", || {
                let followed = follow(watcher, chat_id, &snapshots[chat_id]);
                std::future::ready((followed == there).then_some(followed))
            });
            followed.await;
        }
    }
    let online: BTreeSet<&str> = stayed.iter().map(|stayed| stayed.user_id.as_str()).collect();
    let total = admin.get("/api/presence/summary").await.ok()["total"].clone();
    assert_eq!(total, online.len() + 1, "those who stayed, and who watches");
    drop(stayed);
    for (watcher, _) in &mut watchers {
        watcher.next_where("online:total:updated", |event| event["total"] == 1).await;
    }
    drop(watchers);
    eventually("nobody is online", || async {
        (admin.get("/api/presence/summary").await.ok()["total"] == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn h10_a_storm_of_tabs_ends_exact_over_redis_and_leaves_no_key() {
    let redis = Redis::start().await;
    let server = Server::builder().env("REDIS_URL", &redis.url()).nodes(2).start().await;
    let twin = server.twin().await;
    storm([&server, &twin], &server.admin().await).await;
    // versions of empty chats end by themselves
    let left = redis.keys("presence:*").await;
    let left: Vec<_> = left.into_iter().filter(|key| !key.ends_with(":version")).collect();
    assert_eq!(left, [""; 0]);
    let mut connection = redis.connection().await.unwrap();
    for key in redis.keys("presence:*:version").await {
        let ends: i64 = redis::cmd("TTL").arg(&key).query_async(&mut connection).await.unwrap();
        assert!(ends > 0, "{key} would stay for ever");
    }
}

async fn rows(pool: &PgPool) -> i64 {
    let sql = "select (select count(*) from presence_connections) + (select count(*) from presence_members)
        + (select coalesce(sum(total), 0)::bigint from presence_totals) + (select coalesce(sum(members), 0)::bigint from presence_chats)";
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn h10_a_storm_of_tabs_ends_exact_over_postgres_and_leaves_no_row() {
    let server = Server::builder().nodes(2).start().await;
    let twin = server.twin().await;
    storm([&server, &twin], &server.admin().await).await;
    assert_eq!(rows(&server.pool().await).await, 0);
}
