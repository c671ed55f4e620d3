//! The Redis channels of the gateway, both ways: what another backend hears, and whom it reaches.

use serde_json::{Value, json};

use crate::gateway::{Customer, visitor};
use crate::support::gateway::{Backend, Plain, Redis, SHARED_REDIS};
use crate::support::wait::eventually;
use crate::support::{Operator, Server, text};

async fn with_redis() -> Server {
    Server::builder().env("REDIS_URL", SHARED_REDIS).start().await
}

async fn dropped(server: &Server, reason: &str) -> u64 {
    let figures = server.anonymous().get("/metrics").await.text;
    let name = format!("gateway_dropped_total{{reason=\"{reason}\"}} ");
    figures.lines().find_map(|line| line.strip_prefix(&name)).expect("the figure exists").parse().unwrap()
}

/// Waits until so many were dropped for this reason since `before`.
async fn drops(server: &Server, reason: &str, before: u64, many: u64) {
    eventually(&format!("{many} are dropped: {reason}"), || async {
        (dropped(server, reason).await == before + many).then_some(())
    })
    .await;
}

fn thread(id: &str) -> String {
    format!("chat.thread.{id}")
}

fn said(text: &str) -> Value {
    json!({"id": "m1", "from": "client", "text": text, "createdAt": "2026-01-10T12:00:00Z"})
}

async fn note(operator: &Operator, chat_id: &str, content: &str) {
    let body = json!({"chatId": chat_id, "content": content, "private": true});
    operator.post("/api/messages/send", body).await.created();
}

#[tokio::test]
async fn another_backend_hears_what_happens_and_no_private_note() {
    let server = with_redis().await;
    let admin = server.admin().await;
    let guest = visitor(&admin).await;
    let (chat, client) = (thread(&guest.chat_id), format!("chat.client.{}", guest.contact_id()));
    let manager = format!("chat.manager.{}", admin.user_id);
    let typing = format!("{chat}.typing");
    let (reads, guests_reads) =
        (format!("chat.user.{}.read", admin.user_id), format!("chat.user.{}.read", guest.contact_id()));
    let channels = [&chat, &client, &manager, &typing, &reads, &guests_reads].map(Clone::clone);
    let mut backend = Backend::at(SHARED_REDIS, &channels).await;

    let first = guest.write("first").await;
    for channel in [&chat, &client] {
        let body = backend.next_where(channel, |body| body["type"] == "message").await;
        assert_eq!(body["threadId"], guest.chat_id.as_str());
        let payload = &body["payload"];
        assert_eq!(
            (&payload["id"], &payload["from"], &payload["text"]),
            (&first["id"], &json!("client"), &json!("first"))
        );
        assert_eq!((&payload["createdAt"], &payload["senderId"]), (&first["createdAt"], &json!(guest.contact_id())));
        assert!(payload.get("cursor").is_none(), "cursors are for connections");
    }
    admin.patch(&format!("/api/chats/{}", guest.chat_id), json!({"assignedUserId": admin.user_id})).await.ok();
    for channel in [&chat, &client, &manager] {
        let body = backend.next(channel).await;
        assert_eq!(body["type"], "thread_update");
        assert_eq!(body["payload"], json!({"status": "open", "managerId": admin.user_id}));
    }
    note(&admin, &guest.chat_id, "secret").await;
    let answer = admin.send(&guest.chat_id, "answer").await;
    for channel in [&chat, &client, &manager] {
        let body = backend.next_where(channel, |body| body["type"] == "message").await;
        assert_eq!((&body["payload"]["text"], &body["payload"]["from"]), (&json!("answer"), &json!("manager")));
    }
    admin.post(&format!("/api/chats/{}/read", guest.chat_id), json!({"messageId": first["id"]})).await.ok();
    let body = backend.next_where(&reads, |body| body["messageIds"] == json!([first["id"]])).await;
    assert!(body.get("type").is_none() && body.get("payload").is_none(), "{body}");
    guest.api.post(&format!("/api/chats/{}/read", guest.chat_id), json!({})).await.ok();
    assert_eq!(backend.next(&guests_reads).await["messageIds"], json!([answer["id"]]));

    let page = Plain::connect(&server, guest.token()).await;
    page.say("typing", &guest.chat_id, json!({"isTyping": true}));
    let body = backend.next(&typing).await;
    assert_eq!((&body["userId"], &body["isTyping"]), (&json!(guest.contact_id()), &json!(true)));
    page.say("typing", &guest.chat_id, json!({"isTyping": false}));
    assert_eq!(backend.next(&typing).await["isTyping"], false);
    assert!(backend.all().iter().all(|event| !event.payload.to_string().contains("secret")), "no note was published");
}

#[tokio::test]
async fn another_backends_publications_reach_those_who_may_see_them_on_every_node_once() {
    let server = with_redis().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let guest = visitor(&admin).await;
    let channel = thread(&guest.chat_id);
    let mut operator = Plain::connect(&server, admin.token()).await;
    let mut elsewhere = Plain::connect(&twin, admin.token()).await;
    let mut page = Plain::connect(&twin, guest.token()).await;
    operator.subscribe(&guest.chat_id).await;
    elsewhere.subscribe(&guest.chat_id).await;
    page.subscribe(&guest.chat_id).await;
    let mut backend = Backend::at(SHARED_REDIS, &[]).await;

    // as seeds of other backends have it: under `message`, or under `payload`
    backend.tell(&channel, json!({"type": "new_message", "threadId": guest.chat_id, "message": said("one")})).await;
    backend.tell(&channel, json!({"type": "new_message", "threadId": guest.chat_id, "payload": said("two")})).await;
    backend.tell(&channel, json!({"type": "message", "payload": said("three"), "origin": "elsewhere"})).await;
    let mut hidden = said("four");
    hidden["private"] = true.into();
    backend.tell(&channel, json!({"type": "message", "threadId": guest.chat_id, "payload": hidden})).await;
    backend.tell(&channel, json!({"type": "message", "payload": said("five")})).await;
    for client in [&mut operator, &mut elsewhere, &mut page] {
        assert_eq!(client.message("one").await, said("one"));
        let five = client.next_where("message", |message| message["payload"]["text"] == "five").await;
        assert_eq!(five, json!({"type": "message", "threadId": guest.chat_id, "payload": said("five")}));
    }
    for client in [&mut operator, &mut elsewhere] {
        assert_eq!(client.texts(), ["one", "two", "three", "four", "five"]);
    }
    assert_eq!(page.texts(), ["one", "two", "three", "five"], "what is private is not a visitor's");
    assert!(admin.messages(&guest.chat_id).await.is_empty(), "nothing is stored");

    let typist = uuid::Uuid::now_v7();
    backend.tell(&format!("{channel}.typing"), json!({"userId": typist, "isTyping": true})).await;
    backend.tell(&channel, json!({"type": "typing", "payload": {"userId": admin.user_id, "isTyping": true}})).await;
    backend.tell(&channel, json!({"type": "thread_update", "payload": {"status": "closed", "managerId": "7"}})).await;
    for client in [&mut operator, &mut page] {
        assert_eq!(client.next("typing").await["payload"], json!({"userId": typist, "isTyping": true}));
        let update = client.next_where("thread_update", |update| update["payload"]["status"] == "closed").await;
        assert_eq!(update["payload"]["managerId"], "7");
    }
    assert_eq!(operator.of("typing").len(), 1, "who types is not told of it");
    assert_eq!(page.of("typing").len(), 2);

    let message = guest.write("stored").await;
    for reader in [guest.contact_id(), admin.user_id.clone()] {
        let ids = json!({"messageIds": [message["id"]]});
        backend.tell(&format!("chat.user.{reader}.read"), ids.clone()).await;
        for client in [&mut operator, &mut elsewhere, &mut page] {
            let read = client.next_where("read", |read| read["payload"]["userId"] == reader.as_str()).await;
            assert_eq!(read["payload"]["messageIds"], ids["messageIds"]);
        }
    }
    assert_eq!(admin.chat(&guest.chat_id).await["unreadCount"], 1, "it is relayed, not done");
}

#[tokio::test]
async fn managers_and_clients_are_reached_on_channels_of_their_own() {
    let server = with_redis().await;
    let admin = server.admin().await;
    let guest = visitor(&admin).await;
    let other = visitor(&admin).await;
    let (client, manager) = (format!("chat.client.{}", guest.contact_id()), format!("chat.manager.{}", admin.user_id));
    let mut operator = Plain::connect(&server, admin.token()).await;
    let mut page = Plain::connect(&server, guest.token()).await;
    let mut stranger = Plain::connect(&server, other.token()).await;
    let mut backend = Backend::at(SHARED_REDIS, &[]).await;
    backend.listeners(&client, 1).await;
    backend.listeners(&manager, 1).await;
    backend.tell(&client, json!({"type": "message", "payload": said("for the client")})).await;
    let told = page.next("message").await;
    assert_eq!((&told["threadId"], &told["payload"]), (&json!(guest.chat_id), &said("for the client")));
    backend.tell(&manager, json!({"type": "message", "threadId": guest.chat_id, "payload": said("for you")})).await;
    let told = operator.next("message").await;
    assert_eq!((&told["threadId"], &told["payload"]["text"]), (&json!(guest.chat_id), &json!("for you")));

    let before = dropped(&server, "foreign").await;
    backend.tell(&client, json!({"type": "message", "threadId": other.chat_id, "payload": said("not yours")})).await;
    let unknown = uuid::Uuid::now_v7();
    backend.tell(&manager, json!({"type": "message", "threadId": unknown, "payload": said("nobody's")})).await;
    drops(&server, "foreign", before, 2).await;
    guest.write("after").await;
    page.message("after").await;
    assert_eq!(page.texts(), ["for the client", "after"]);
    assert_eq!(operator.texts(), ["for you"]);
    assert!(stranger.texts().is_empty());
}

#[tokio::test]
async fn what_we_publish_ourselves_is_not_heard_back_on_any_node() {
    let server = with_redis().await;
    let twin = server.twin().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let guest = visitor(&admin).await;
    let mut backend = Backend::at(SHARED_REDIS, &[thread(&guest.chat_id)]).await;
    let mut here = Plain::connect(&server, admin.token()).await;
    let mut there = Plain::connect(&twin, admin.token()).await;
    let mut typist = Plain::connect(&server, colleague.token()).await;
    for client in [&mut here, &mut there, &mut typist] {
        client.subscribe(&guest.chat_id).await;
    }
    admin.patch(&format!("/api/chats/{}", guest.chat_id), json!({"assignedUserId": admin.user_id})).await.ok();
    let (own_here, own_there) = (dropped(&server, "own").await, dropped(&twin, "own").await);
    let message = admin.send(&guest.chat_id, "once").await;
    typist.say("typing", &guest.chat_id, json!({"isTyping": true}));
    admin.post(&format!("/api/chats/{}/read", guest.chat_id), json!({"messageId": message["id"]})).await.ok();
    let ours = backend.next_where(&thread(&guest.chat_id), |body| body["payload"]["text"] == "once").await;
    // a backend that sends on what it hears makes no loop
    backend.tell(&thread(&guest.chat_id), ours).await;
    for (server, before) in [(&server, own_here), (&twin, own_there)] {
        eventually("our own publications are known again", || async {
            // a thread, a manager, a client where one is connected, typing, a read, and the loop
            (dropped(server, "own").await >= before + 5).then_some(())
        })
        .await;
    }
    guest.write("last").await;
    for client in [&mut here, &mut there] {
        client.message("last").await;
        eventually("who types is told across nodes", || {
            std::future::ready((!client.of("typing").is_empty()).then_some(()))
        })
        .await;
        assert_eq!(client.texts(), ["once", "last"]);
        // to answer is to read, too
        assert_eq!((client.of("typing").len(), client.of("read").len()), (1, 2), "{:?}", client.all());
        assert_eq!(client.of("thread_update").len(), 2, "the answer, and the new manager");
    }
}

#[tokio::test]
async fn h9_junk_and_foreign_publications_are_dropped_and_counted() {
    // of its own: reads that other installations publish on a Redis they share are foreign ones too, and counted
    let redis = Redis::start().await;
    let server = Server::builder().env("REDIS_URL", &redis.url).start().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let (customer, foreign) = (Customer::of(&admin).await, Customer::of(&stranger).await);
    let mut client = Plain::connect(&server, admin.token()).await;
    let mut theirs = Plain::connect(&server, stranger.token()).await;
    client.subscribe(&customer.chat_id).await;
    theirs.subscribe(&foreign.chat_id).await;
    let channel = thread(&customer.chat_id);
    let mut backend = Backend::at(&redis.url, &[]).await;

    let before = dropped(&server, "malformed").await;
    let junk =
        ["", "nonsense", "1", "[]", "{}", "{\"type\":\"message\"}", "{\"type\":\"message\",\"payload\":1}", "\u{0}"];
    for body in junk {
        backend.publish(&channel, body).await;
    }
    backend.publish(&channel, [0xff, 0xfe]).await;
    for body in ["{\"userId\":1,\"isTyping\":true}", "{\"isTyping\":true}", "\"typing\""] {
        backend.publish(&format!("{channel}.typing"), body).await;
    }
    for body in ["{\"messageIds\":1}", "{\"messageIds\":[]}", "{\"messageIds\":[1]}"] {
        backend.publish(&format!("chat.user.{}.read", admin.user_id), body).await;
    }
    // the pattern of reads hears what is no id of ours
    for name in ["chat.user.15.read", "chat.user.*.read", "chat.user.a:b?\n.read"] {
        backend.publish(name, "{\"messageIds\":[\"m\"]}").await;
    }
    drops(&server, "malformed", before, u64::try_from(junk.len()).unwrap() + 10).await;

    let before = dropped(&server, "unknown_type").await;
    for kind in ["error", "chat:deleted", "subscribe"] {
        backend.tell(&channel, json!({"type": kind, "payload": {}})).await;
    }
    drops(&server, "unknown_type", before, 3).await;

    let before = dropped(&server, "too_large").await;
    backend.tell(&channel, json!({"type": "message", "payload": said(&"x".repeat(64 * 1024))})).await;
    drops(&server, "too_large", before, 1).await;

    let before = dropped(&server, "foreign").await;
    let manager = format!("chat.manager.{}", admin.user_id);
    let strange = json!({"type": "message", "threadId": foreign.chat_id, "payload": said("foreign")});
    backend.tell(&channel, strange.clone()).await;
    backend.tell(&manager, strange).await;
    backend.tell(&channel, json!({"type": "message", "threadId": 15, "payload": said("foreign")})).await;
    let of_theirs = stranger.messages(&foreign.chat_id).await[0]["id"].clone();
    backend.tell(&format!("chat.user.{}.read", admin.user_id), json!({"messageIds": [of_theirs]})).await;
    drops(&server, "foreign", before, 4).await;

    customer.write("still here").await;
    foreign.write("still there").await;
    client.message("still here").await;
    theirs.message("still there").await;
    assert_eq!(client.texts(), ["still here"]);
    assert_eq!(theirs.texts(), ["still there"]);
    for client in [&mut client, &mut theirs] {
        assert!(client.of("read").is_empty() && client.of("typing").is_empty() && client.of("error").is_empty());
    }
}

#[tokio::test]
async fn h9_a_hundred_megabytes_on_a_channel_do_no_harm() {
    let redis = Redis::start().await;
    let server = Server::builder().env("REDIS_URL", &redis.url).start().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let mut client = Plain::connect(&server, admin.token()).await;
    client.subscribe(&customer.chat_id).await;
    let channel = thread(&customer.chat_id);
    let mut backend = Backend::at(&redis.url, &[]).await;
    let lost = async || dropped(&server, "too_large").await + dropped(&server, "disconnected").await;
    let before = lost().await;
    backend.publish(&channel, vec![b'x'; 100 * 1024 * 1024]).await;
    eventually("it is dropped and counted", || async { (lost().await > before).then_some(()) }).await;
    customer.write("here").await;
    client.message("here").await;
    backend.listeners(&channel, 1).await;
    backend.tell(&channel, json!({"type": "message", "payload": said("there")})).await;
    client.message("there").await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a figure of memory");
    let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 400 * 1024, "it took {kib} KiB");
}

#[tokio::test]
async fn redis_away_harms_no_local_delivery_and_is_joined_again() {
    let mut redis = Redis::start().await;
    let server = Server::builder().env("REDIS_URL", &redis.url).start().await;
    let admin = server.admin().await;
    let customer = Customer::of(&admin).await;
    let (channel, chat_id) = (thread(&customer.chat_id), &customer.chat_id);
    let mut client = Plain::connect(&server, admin.token()).await;
    client.subscribe(chat_id).await;
    let mut backend = Backend::at(&redis.url, &[]).await;
    backend.tell(&channel, json!({"type": "message", "payload": said("before")})).await;
    client.message("before").await;

    redis.kill();
    customer.write("meanwhile").await;
    client.message("meanwhile").await;
    let mut second = Plain::connect(&server, admin.token()).await;
    assert_eq!(second.subscribe(chat_id).await["status"], "open");
    admin.send(chat_id, "answered").await;
    second.message("answered").await;

    redis.launch().await;
    backend.again().await;
    for name in [&channel, &format!("{channel}.typing"), &format!("chat.manager.{}", admin.user_id)] {
        backend.listeners(name, 1).await;
    }
    backend.tell(&channel, json!({"type": "message", "payload": said("again")})).await;
    for client in [&mut client, &mut second] {
        client.message("again").await;
    }
    let mut hearing = Backend::at(&redis.url, std::slice::from_ref(&channel)).await;
    eventually("it publishes again", || async {
        admin.send(chat_id, "published").await;
        Some(())
    })
    .await;
    let body = hearing.next_where(&channel, |body| body["payload"]["text"] == "published").await;
    assert_eq!(text(&body["threadId"]), *chat_id);
    drop((client, second, hearing));
    backend.listeners(&channel, 0).await;
}
