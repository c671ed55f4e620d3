//! Who is here, and on what: counted once per user, told in the order of its versions, the same over Redis and without.

use reqwest::Method;
use serde_json::{Value, json};

use crate::send::Chat;
use crate::support::redis::{Meeting, Redis};
use crate::support::socket::{Client, Connect, Language, RawClient};
use crate::support::wait::{eventually, soon};
use crate::support::{Answer, Operator, Server, shared, text};

async fn server(meeting: Meeting) -> Server {
    Server::builder().meeting(meeting).start().await
}

async fn presence(operator: &Operator, chat_id: &str) -> Value {
    operator.get(&format!("/api/chats/{chat_id}/presence")).await.ok()
}

async fn total(operator: &Operator) -> Value {
    operator.get("/api/presence/summary").await.ok()["total"].clone()
}

/// Waits until so many are online.
async fn until_total(operator: &Operator, many: u64) {
    eventually(&format!("{many} are online"), || async { (total(operator).await == many).then_some(()) }).await;
}

async fn in_space(space: &str, server: &Server, operator: &Operator) -> Client {
    Client::synced(Language::JavaScript, &Connect::operator(server, operator).set("namespace", space)).await
}

fn sorted(ids: &[&str]) -> Value {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    json!(ids)
}

#[tokio::test]
async fn subscribing_answers_with_who_is_there_and_changes_follow_by_one() {
    for meeting in Meeting::BOTH {
        let server = server(meeting).await;
        let ada = server.admin().await;
        let bob = ada.colleague("user").await;
        let chat = Chat::open(&ada).await;
        let named = json!({"chatId": chat.id});
        let mut first = Client::js(&server, &ada).await;
        let ack = first.emit("subscribe:chat", named.clone()).await;
        assert_eq!((&ack["ok"], &ack["chatId"], &ack["count"]), (&json!(true), &json!(chat.id), &json!(1)), "{ack}");
        assert_eq!((&ack["members"], &ack["memberIds"]), (&json!([ada.user_id]), &json!([ada.user_id])));
        let version = ack["version"].as_i64().unwrap();
        first.next("me:joined:chat").await;
        let shown = first.next("chat:online:snapshot").await;
        assert_eq!((&shown["members"], &shown["version"]), (&ack["members"], &ack["version"]));
        assert_eq!(shown["memberIds"], ack["memberIds"]);

        let mut second = Client::js(&server, &bob).await;
        let ack = second.emit("subscribe:chat", named.clone()).await;
        assert_eq!(ack["memberIds"], sorted(&[&ada.user_id, &bob.user_id]), "{meeting:?}");
        let joined = first.next_where("chat:member:joined", |joined| joined["userId"] == bob.user_id.as_str()).await;
        assert_eq!((&joined["version"], &ack["version"]), (&json!(version + 1), &json!(version + 1)));
        let profile = bob.get("/api/me").await.ok();
        assert_eq!(joined["profile"], json!({"username": profile["username"], "avatarUrl": null}));
        let updated = first.next("chat:online:updated").await;
        assert_eq!(updated, json!({"chatId": chat.id, "count": 2, "version": version + 1}));

        let again = second.emit("subscribe:chat", named.clone()).await;
        assert_eq!(again["version"], version + 1, "again changes nothing");
        assert_eq!(second.of("chat:online:snapshot").len(), 2, "and is answered with a snapshot");

        assert_eq!(second.emit("unsubscribe:chat", named.clone()).await["ok"], true);
        let left = first.next("chat:member:left").await;
        assert_eq!(left, json!({"chatId": chat.id, "userId": bob.user_id, "version": version + 2}));
        let seen = json!({"memberIds": [ada.user_id], "count": 1, "version": version + 2});
        assert_eq!(presence(&ada, &chat.id).await, seen);
        let with = ada.get(&format!("/api/chats/{}/presence?profiles=true", chat.id)).await.ok();
        assert_eq!(with["profiles"][0]["userId"], ada.user_id.as_str(), "{with}");
    }
}

#[tokio::test]
async fn a_user_with_several_tabs_counts_once_until_the_last_one_ends() {
    for meeting in Meeting::BOTH {
        let server = server(meeting).await;
        let ada = server.admin().await;
        let bob = ada.colleague("user").await;
        let chat = Chat::open(&ada).await;
        let named = json!({"chatId": chat.id});
        let mut watcher = RawClient::operator(&server, &ada).await;
        let before = watcher.emit("subscribe:chat:delta", named.clone()).await;
        assert_eq!((&before["count"], &before["memberIds"]), (&json!(0), &json!([])), "a watcher is not present");
        watcher.next_where("online:total:updated", |event| event["total"] == 1).await;
        let mut tabs = Vec::new();
        for _ in 0..3 {
            let mut tab = RawClient::operator(&server, &bob).await;
            assert_eq!(tab.emit("subscribe:chat", named.clone()).await["count"], 1);
            tabs.push(tab);
        }
        watcher.next_where("online:total:updated", |event| event["total"] == 2).await;
        assert_eq!(total(&ada).await, 2);
        assert_eq!(tabs[2].emit("unsubscribe:chat", named.clone()).await["ok"], true);
        assert_eq!(presence(&ada, &chat.id).await["memberIds"], json!([bob.user_id]), "two tabs are still there");
        tabs.truncate(1);
        // the remaining one leaves, and comes back: between the two nothing else is told
        assert_eq!(tabs[0].emit("unsubscribe:chat", named.clone()).await["ok"], true);
        watcher.next("chat:member:left").await;
        assert_eq!(tabs[0].emit("subscribe:chat", named.clone()).await["count"], 1);
        tabs.clear();
        watcher.next("chat:member:left").await;
        watcher.next_where("online:total:updated", |event| event["total"] == 1).await;
        let changes = ["chat:member:joined", "chat:member:left"];
        let versions: Vec<i64> = watcher
            .all()
            .iter()
            .filter(|event| changes.contains(&event.name.as_str()))
            .map(|event| event.payload["version"].as_i64().unwrap())
            .collect();
        let start = before["version"].as_i64().unwrap();
        assert_eq!(versions, (start + 1..=start + 4).collect::<Vec<_>>(), "{meeting:?}");
    }
}

#[tokio::test]
async fn a_profile_says_who_is_online_and_when_somebody_was_last_seen() {
    for meeting in Meeting::BOTH {
        let server = server(meeting).await;
        let ada = server.admin().await;
        let bob = ada.colleague("user").await;
        let batch = format!("/api/users?ids={},{}", ada.user_id, bob.user_id);
        let online = async || {
            let users = ada.get(&batch).await.ok()["users"].take();
            users.as_array().unwrap().iter().filter(|user| user["online"] == true).count()
        };
        assert_eq!(online().await, 0);
        assert_eq!(bob.get("/api/me").await.ok()["online"], false);
        let tab = RawClient::operator(&server, &bob).await;
        until_total(&ada, 1).await;
        assert_eq!(online().await, 1);
        assert_eq!(bob.get("/api/me").await.ok()["online"], true);
        let list = ada.get("/api/users").await.items();
        assert!(list.iter().any(|user| user["id"] == bob.user_id.as_str() && user["online"] == true), "{list:?}");
        let login = json!({"email": bob.email, "password": bob.password});
        let session = server.anonymous().post("/api/auth/login", login).await.ok();
        assert_eq!(session["user"]["online"], true);
        let seen = async || bob.get("/api/me").await.ok()["lastSeenAt"].as_str().map(str::to_owned);
        let came = eventually("it is written that somebody came", &seen).await;
        drop(tab);
        until_total(&ada, 0).await;
        eventually("it is written when somebody went", || async { seen().await.filter(|went| *went > came) }).await;
        assert_eq!(online().await, 0);
    }
}

#[tokio::test]
async fn a_changed_profile_is_what_the_next_one_to_join_shows() {
    for meeting in Meeting::BOTH {
        let server = server(meeting).await;
        let ada = server.admin().await;
        let bob = ada.colleague("user").await;
        let chat = Chat::open(&ada).await;
        let named = json!({"chatId": chat.id});
        let mut watcher = RawClient::operator(&server, &ada).await;
        watcher.emit("subscribe:chat:delta", named.clone()).await;
        let mut tab = RawClient::operator(&server, &bob).await;
        tab.emit("subscribe:chat", named.clone()).await;
        watcher.next("chat:member:joined").await;
        tab.emit("unsubscribe:chat", named.clone()).await;
        let avatar = "https://example.com/bob.png";
        bob.patch("/api/me", json!({"username": "bobby", "avatarUrl": avatar})).await.ok();
        tab.emit("subscribe:chat", named.clone()).await;
        let joined = watcher.next("chat:member:joined").await;
        assert_eq!(joined["profile"], json!({"username": "bobby", "avatarUrl": avatar}), "{meeting:?}");
    }
}

#[tokio::test]
async fn every_surface_of_a_user_counts_and_nobody_else_does() {
    for meeting in Meeting::BOTH {
        let server = server(meeting).await;
        let ada = server.admin().await;
        let chat = Chat::open(&ada).await;
        let mut tab = in_space("/chat", &server, &ada).await;
        until_total(&ada, 1).await;
        let bob = ada.colleague("user").await;
        let other = RawClient::operator(&server, &bob).await;
        let came = tab.next_where("user:online", |event| event["user_id"] == bob.user_id.as_str()).await;
        assert!(came["online"] == true && came["last_seen"].is_string(), "{came}");
        drop(other);
        let went = tab.next("user:offline").await;
        assert_eq!((&went["user_id"], &went["online"]), (&json!(bob.user_id), &json!(false)));
        let ack = tab.emit("chat:join", json!({"chat_id": chat.id})).await;
        assert_eq!(ack["status"], "joined", "{ack}");
        assert_eq!(presence(&ada, &chat.id).await["memberIds"], json!([ada.user_id]));
        assert_eq!(tab.emit("chat:leave", json!({"chat_id": chat.id})).await["status"], "left");
        assert_eq!(presence(&ada, &chat.id).await["count"], 0);
        let key = ada.api_key("user").await;
        let mut robot = RawClient::open(&server).await;
        robot.send(&format!("40{}", json!({"token": key.token})));
        robot.next("sync:required").await;
        let ack = robot.emit("subscribe:chat", json!({"chatId": chat.id})).await;
        assert_eq!((&ack["ok"], &ack["count"]), (&json!(true), &json!(0)), "an API key is nobody");
        assert_eq!(total(&ada).await, 1);
        drop(tab);
        until_total(&ada, 0).await;
        let tab = in_space("/notifications", &server, &ada).await;
        until_total(&ada, 1).await;
        drop(tab);
        until_total(&ada, 0).await;
    }
}

#[tokio::test]
async fn b3_presence_of_a_foreign_chat_is_not_shown_joined_or_heard() {
    let server = shared().await;
    let (owner, stranger) = (server.admin().await, server.admin().await);
    let chat = Chat::open(&owner).await;
    let mut spy = RawClient::operator(&server, &stranger).await;
    for event in ["subscribe:chat", "subscribe:chat:delta", "unsubscribe:chat"] {
        let ack = spy.emit(event, json!({"chatId": chat.id})).await;
        assert_eq!(ack["error"]["code"], "CHAT_NOT_FOUND", "{event} {ack}");
    }
    let mut tab = RawClient::operator(&server, &owner).await;
    assert_eq!(tab.emit("subscribe:chat", json!({"chatId": chat.id})).await["memberIds"], json!([owner.user_id]));
    stranger.get(&format!("/api/chats/{}/presence", chat.id)).await.refused(404, "CHAT_NOT_FOUND");
    assert_eq!((total(&owner).await, total(&stranger).await), (json!(1), json!(1)));
    spy.up_to(&stranger.mark().await).await;
    for name in spy.names() {
        assert!(!name.starts_with("chat:member") && !name.starts_with("chat:online"), "{name}");
    }
}

#[tokio::test]
async fn h9_what_is_no_id_never_reaches_a_key() {
    let redis = Redis::start().await;
    let server = Server::builder().env("REDIS_URL", &redis.url()).start().await;
    let admin = server.admin().await;
    let mut tab = RawClient::operator(&server, &admin).await;
    until_total(&admin, 1).await;
    let before = redis.keys("*").await;
    for odd in ["*", "?", "a:b", "a\nb", "", "presence:users:*", "{x}", "../", "00000000-0000-0000-0000-000000000000"] {
        for event in ["subscribe:chat", "subscribe:chat:delta", "unsubscribe:chat", "typing:start"] {
            let ack = tab.emit(event, json!({"chatId": odd})).await;
            assert_eq!(ack["error"]["code"], "CHAT_NOT_FOUND", "{event} {odd:?} {ack}");
        }
        let request = admin.request(Method::GET, "/api/users").query(&[("ids", odd)]);
        assert_eq!(Answer::of(request).await.ok()["users"], json!([]));
    }
    assert_eq!(redis.keys("*").await, before);
    let id = text(&json!(admin.user_id));
    assert!(before.contains(&format!("presence:user:{id}")), "{before:?}");
    assert!(before.contains(&format!("presence:users:{}", admin.organization_id)), "{before:?}");
    assert!(before.iter().any(|key| key.starts_with("presence:by-socket:")), "{before:?}");
}

#[tokio::test]
async fn who_is_in_a_chat_stands_under_the_keys_that_other_backends_read() {
    let redis = Redis::start().await;
    let server = Server::builder().env("REDIS_URL", &redis.url()).start().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let mut tab = RawClient::operator(&server, &admin).await;
    assert_eq!(tab.emit("subscribe:chat", json!({"chatId": chat.id})).await["count"], 1);
    let mut keys = redis.keys("presence:chat:*").await;
    keys.sort();
    let (id, user) = (&chat.id, text(&json!(admin.user_id)));
    let expected = [
        format!("presence:chat:{id}"),
        format!("presence:chat:{id}:version"),
        format!("presence:chat:user:{id}:{user}"),
    ];
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn a_deleted_chat_has_nobody_in_it() {
    for meeting in Meeting::BOTH {
        let server = server(meeting).await;
        let ada = server.admin().await;
        let chat = Chat::open(&ada).await;
        let mut tab = RawClient::operator(&server, &ada).await;
        assert_eq!(tab.emit("subscribe:chat", json!({"chatId": chat.id})).await["count"], 1);
        ada.delete(&format!("/api/chats/{}", chat.id)).await.expect(204);
        tab.next("chat:deleted").await;
        ada.get(&format!("/api/chats/{}/presence", chat.id)).await.refused(404, "CHAT_NOT_FOUND");
        if meeting == Meeting::Postgres {
            let pool = server.pool().await;
            eventually("nobody is in it", || async {
                let sql = "select count(*) from presence_members";
                let left: i64 = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
                (left == 0).then_some(())
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_snapshot_is_followed_by_exactly_what_changed_since() {
    for meeting in Meeting::BOTH {
        let server = server(meeting).await;
        let ada = server.admin().await;
        let bob = ada.colleague("user").await;
        let chat = Chat::open(&ada).await;
        let named = json!({"chatId": chat.id});
        let mut looker = RawClient::operator(&server, &ada).await;
        let mut flapper = RawClient::operator(&server, &bob).await;
        for round in 0..40 {
            let again = looker.emit_later("subscribe:chat:delta", &named);
            for event in ["subscribe:chat", "unsubscribe:chat"] {
                let done = flapper.emit_later(event, &named);
                if round % 4 == 0 {
                    soon("the flapper is answered", done).await.unwrap();
                }
            }
            assert_eq!(soon("the looker is answered", again).await.unwrap()["ok"], true);
        }
        flapper.emit("typing:stop", named.clone()).await;
        looker.up_to(&ada.mark().await).await;
        let (mut seen, mut after_snapshot, mut changes) = (0, false, 0);
        for event in looker.all() {
            let version = event.payload["version"].as_i64().unwrap_or_default();
            match event.name.as_str() {
                "chat:online:snapshot" => (seen, after_snapshot) = (version, true),
                "chat:member:joined" | "chat:member:left" => {
                    let repeats = after_snapshot && version == seen;
                    assert!(repeats || version == seen + 1, "{meeting:?}: {version} after {seen}");
                    (seen, after_snapshot, changes) = (version, false, changes + 1);
                }
                _ => {}
            }
        }
        assert!(changes > 10, "there was something to see: {changes}");
    }
}

#[tokio::test]
async fn a_user_of_two_organizations_is_online_in_each_by_itself() {
    for meeting in Meeting::BOTH {
        let server = server(meeting).await;
        let (ada, eve) = (server.admin().await, server.admin().await);
        let bob = ada.colleague("user").await;
        let body = json!({"email": bob.email, "password": bob.password, "name": "Bob", "role": "user"});
        assert_eq!(eve.post("/api/users", body).await.created()["id"], bob.user_id.as_str());
        let login = json!({"email": bob.email, "password": bob.password, "organizationId": eve.organization_id});
        let session = server.anonymous().post("/api/auth/login", login).await.ok();
        let mut there = RawClient::open(&server).await;
        there.send(&format!("40{}", json!({"token": session["accessToken"]})));
        there.next("sync:required").await;
        until_total(&eve, 1).await;
        assert_eq!(total(&ada).await, 0, "{meeting:?}");
        let online = async |admin: &Operator| {
            admin.get(&format!("/api/users?ids={}", bob.user_id)).await.ok()["users"][0]["online"].clone()
        };
        assert_eq!((online(&eve).await, online(&ada).await), (json!(true), json!(false)));
        let here = RawClient::operator(&server, &bob).await;
        until_total(&ada, 1).await;
        drop(there);
        until_total(&eve, 0).await;
        assert_eq!((online(&eve).await, online(&ada).await), (json!(false), json!(true)));
        drop(here);
        until_total(&ada, 0).await;
    }
}
