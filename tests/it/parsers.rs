//! Input that breaks parsers: nothing of it breaks the server, and nothing is answered 5xx.

use std::time::Instant;

use futures::stream::{self, StreamExt};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::send::Chat;
use crate::support::bodies::{
    FIRST_MESSAGE, TelegramChat, bridge_event, bridge_text, now, unique, waba_change, waba_status, waba_text,
};
use crate::support::channel::{Bridge, Telegram, Waba, received};
use crate::support::{Answer, Operator, Server, shared, text};

/// Memory of the process that is its own, in MiB.
fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::test]
async fn f1_characters_that_no_database_takes_are_cleaned_on_webhooks() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let body = |n: usize| waba_text(&waba.number, "15550010", &format!("wamid.F1{n}"), "TEXT").to_string();
    let said = |n: usize, text: &str| body(n).replace("TEXT", text).into_bytes();
    let broken = |n: usize| {
        let body = body(n).into_bytes();
        let at = body.windows(4).position(|window| window == b"TEXT").unwrap();
        [&body[..at], b"\xFF\xFE", &body[at..]].concat()
    };
    let named =
        |n: usize| body(n).replace("\"Grace\"", r#""Gr\u0000ce""#).replace("\"profile\"", r#""\u0000":1,"profile""#);
    let cases = [
        said(0, r"x\u0000y"),
        said(1, r"x\ud83dy"),
        said(2, r"x\udc00y"),
        said(3, r"\ud83d\ud83d\ude00"),
        said(4, r"x\u0001y"),
        [b"\xEF\xBB\xBF", body(5).as_bytes()].concat(),
        broken(6),
        named(7).into_bytes(),
    ];
    let many = cases.len();
    for case in cases {
        received(&Answer::of(waba.raw_delivery(case)).await);
    }
    assert_eq!(only_chat(&admin).await["unreadCount"], many);
}

#[tokio::test]
async fn f1_rest_refuses_them_by_name() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let raw = |body: String| {
        admin.request(Method::POST, "/api/messages/send").header("content-type", "application/json").body(body)
    };
    let body = |content: &str| format!(r#"{{"chatId":"{}","content":"{content}"}}"#, chat.id);
    Answer::of(raw(body(r"x\u0000y"))).await.refused(422, "INVALID_DATA");
    let lone = Answer::of(raw(body(r"x\ud83dy"))).await;
    assert!([400, 422].contains(&lone.status.as_u16()), "{}", lone.text);
    admin.patch(&format!("/api/chats/{}", chat.id), json!({"labels": ["a\u{0}b"]})).await.refused(422, "INVALID_DATA");
    for query in ["q=a%00b", "q=%FF%FE"] {
        let answer = admin.get(&format!("/api/messages?{query}")).await;
        assert!(answer.status.as_u16() < 500, "{query}: {}", answer.text);
    }
}

#[tokio::test]
async fn f2_depth_and_breadth_are_bounded() {
    // its memory is looked at, so nobody else may use it
    let server = Server::start().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let before = resident_mib(server.pid());
    for depth in [129, 10_000, 1_000_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let body = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            if body.len() <= 5 << 20 {
                received(&Answer::of(waba.raw_delivery(body.clone())).await);
            }
            let request = admin.request(Method::POST, "/api/messages/send").header("content-type", "application/json");
            let answer = Answer::of(request.body(body)).await;
            assert!((400..500).contains(&answer.status.as_u16()), "depth {depth}: {}", answer.text);
        }
    }
    let crowd = format!("[{}0]", "{\"a\":0},".repeat((5 << 20) / 8 - 1));
    // more at once than there is room for: some wait in vain, and are cut off while they still write
    let statuses: Vec<Option<u16>> = stream::iter(0..20)
        .map(|_| Answer::try_of(waba.raw_delivery(crowd.clone())))
        .buffer_unordered(20)
        .map(|answer| answer.ok().map(|answer| answer.status.as_u16()))
        .collect()
        .await;
    assert!(statuses.iter().flatten().all(|status| [200, 413, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&Some(200)), "{statuses:?}");
    let grown = resident_mib(server.pid()).saturating_sub(before);
    assert!(grown < 256, "grew by {grown} MiB");
}

#[tokio::test]
async fn f3_numbers_and_keys_of_every_kind_are_read_or_put_aside() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let telegram = Telegram::create(&admin).await;
    let odd = ["1e400", "9007199254740993", "9223372036854775808", "-0", "1.0", "\"17\"", "1e3", "-1", "0.1", "null"];
    for id in odd {
        let customer = TelegramChat::new();
        let update = customer
            .text("odd id")
            .to_string()
            .replace(&format!("\"message_id\":{FIRST_MESSAGE}"), &format!("\"message_id\":{id}"));
        let request = telegram.request().header("x-telegram-bot-api-secret-token", &telegram.secret);
        received(&Answer::of(request.body(update)).await);
        let body =
            waba_text(&waba.number, "15550011", &format!("wamid.F3{id}"), "x").to_string().replace("\"15550011\"", id);
        received(&Answer::of(waba.raw_delivery(body)).await);
    }
    let doubled = waba_text(&waba.number, "15550012", "wamid.F3D", "first").to_string();
    let doubled = doubled.replace("\"type\":\"text\"", "\"type\":\"text\",\"type\":\"text\",\"id\":\"wamid.F3E\"");
    received(&Answer::of(waba.raw_delivery(doubled)).await);
    let chat = admin.get("/api/chats?channel=telegram&limit=200").await.items();
    assert!(chat.len() >= 4, "whole numbers are ids, however they are written: {}", chat.len());
}

/// Every body that one replaced node makes of a body.
fn mutants(body: &Value) -> Vec<String> {
    let mut pointers = Vec::new();
    collect(body, String::new(), &mut pointers);
    let big = "x".repeat(1 << 20);
    let mut bodies = Vec::new();
    for pointer in pointers {
        for replacement in ["null", "[]", "{}", "\"\"", "0", "-1", "true", "1e400", &format!("\"{big}\"")] {
            if replacement.len() > 100 && !pointer.len().is_multiple_of(5) {
                continue;
            }
            let mut mutant = body.clone();
            *mutant.pointer_mut(&pointer).unwrap() = json!("@@");
            bodies.push(mutant.to_string().replace("\"@@\"", replacement));
        }
        let mut without = body.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap_or(("", ""));
        match without.pointer_mut(parent) {
            Some(Value::Object(fields)) => drop(fields.remove(key)),
            Some(Value::Array(items)) => {
                drop(key.parse().ok().filter(|n| *n < items.len()).map(|n: usize| items.remove(n)))
            }
            _ => {}
        }
        bodies.push(without.to_string());
    }
    bodies
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| collect(value, format!("{pointer}/{key}"), pointers))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| collect(value, format!("{pointer}/{n}"), pointers))
        }
        _ => {}
    }
    pointers.push(pointer);
}

async fn assert_none_breaks(bodies: Vec<String>, request: impl Fn(String) -> RequestBuilder) {
    let answers = stream::iter(bodies).map(|body| {
        let shown: String = body.chars().take(500).collect();
        let answer = Answer::of(request(body));
        async move { (answer.await, shown) }
    });
    let mut answers = answers.buffer_unordered(16);
    let mut tried = 0;
    while let Some((answer, body)) = answers.next().await {
        assert!(
            answer.status.is_success() || answer.status.is_client_error(),
            "{} {}: {body}",
            answer.status,
            answer.text
        );
        tried += 1;
    }
    assert!(tried > 50, "there were mutants to try");
}

#[tokio::test]
async fn f4_no_mutant_of_a_telegram_update_breaks_anything() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    let file = json!({"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1, "duration": 1, "file_size": 1, "mime_type": "video/mp4"});
    let updates = [
        customer.message(json!({"photo": [file, file], "caption": "c", "caption_entities": [{"type": "bold", "offset": 0, "length": 1}]})),
        customer.message(json!({"location": {"latitude": 1.5, "longitude": 2.5}, "venue": {"location": {"latitude": 1.5, "longitude": 2.5}, "title": "t", "address": "a"}})),
        customer.message(json!({"text": "t", "reply_to_message": customer.text("r")["message"], "entities": [{"type": "mention", "offset": 0, "length": 1}]})),
        customer.edit(FIRST_MESSAGE, "edited"),
        json!({"update_id": unique(), "callback_query": {"id": "1", "from": {"id": 1, "is_bot": false, "first_name": "A"}, "data": "d", "chat_instance": "c", "message": customer.text("m")["message"]}}),
        json!({"update_id": unique(), "message_reaction": {"chat": {"id": 1, "type": "private", "first_name": "A"}, "message_id": 1, "date": now(), "user": {"id": 1, "is_bot": false, "first_name": "A"}, "old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "👍"}]}}),
    ];
    let bodies = updates.iter().flat_map(mutants).collect();
    assert_none_breaks(bodies, |body| {
        telegram.request().header("x-telegram-bot-api-secret-token", &telegram.secret).body(body)
    })
    .await;
    let sane = TelegramChat::new();
    telegram.deliver(&sane.text("still here")).await;
    assert!(
        admin
            .get("/api/chats?limit=200")
            .await
            .items()
            .iter()
            .any(|chat| text(&chat["externalId"]) == sane.id.to_string())
    );
}

#[tokio::test]
async fn f4_no_mutant_of_a_whatsapp_body_breaks_anything() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let message = |content: Value| {
        let mut message =
            json!({"from": "15550013", "id": format!("wamid.{}", unique()), "timestamp": now().to_string()});
        message.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        waba_change(
            &waba.number,
            json!({"contacts": [{"profile": {"name": "G"}, "wa_id": "15550013"}], "messages": [message]}),
        )
    };
    let bodies = [
        message(
            json!({"type": "image", "image": {"id": "1", "mime_type": "image/jpeg", "sha256": "x", "caption": "c"}, "context": {"from": "1", "id": "w"}}),
        ),
        message(
            json!({"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "1", "title": "t", "description": "d"}}}),
        ),
        message(
            json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "n", "first_name": "f"}, "phones": [{"phone": "+1", "type": "CELL"}]}]}),
        ),
        message(json!({"type": "reaction", "reaction": {"message_id": "w", "emoji": "👍"}})),
        waba_status(&waba.number, "15550013", "wamid.MUT", "failed"),
    ];
    assert_none_breaks(bodies.iter().flat_map(mutants).collect(), |body| waba.raw_delivery(body)).await;
}

#[tokio::test]
async fn f4_no_mutant_of_a_bridge_body_breaks_anything() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let chat = "15550014@s.whatsapp.net";
    let media = json!({"id": "M2", "chatId": chat, "from": chat, "type": "image", "text": "c", "quotedId": "M1",
        "media": {"base64": "aGVsbG8=", "mimeType": "image/png", "fileName": "a.png"}, "timestamp": now()});
    let bodies = [
        bridge_text(chat, "M1", "hello"),
        bridge_event("message", media),
        bridge_event("message.status", json!({"id": "M1", "chatId": chat, "status": "read", "timestamp": now()})),
        bridge_event("connection", json!({"status": "connected", "phone": "+1"})),
    ];
    assert_none_breaks(bodies.iter().flat_map(mutants).collect(), |body| bridge.signed_as(now(), &bridge.id, &body))
        .await;
}

#[tokio::test]
async fn f4_no_mutant_of_a_request_breaks_anything() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let send = json!({"chatId": chat.id, "content": "x", "type": "text", "metadata": {"a": [1]}, "attachmentIds": [chat.id], "replyToId": chat.id, "private": true});
    let channel = json!({"name": "x", "provider": "waba", "mode": "webhook", "credentials": {"phoneNumberId": "1", "accessToken": "t", "appSecret": "s", "verifyToken": "v"}});
    let patch = json!({"status": "open", "priority": "low", "labels": ["a"], "assignedUserId": admin.user_id, "snoozedUntil": null});
    let login = json!({"email": admin.email, "password": "wrong", "organizationId": admin.organization_id});
    for (method, path, body) in [
        (Method::POST, "/api/messages/send".to_owned(), send),
        (Method::POST, "/api/channels".to_owned(), channel),
        (Method::PATCH, format!("/api/chats/{}", chat.id), patch),
        (Method::POST, "/api/auth/login".to_owned(), login),
    ] {
        let mut bodies = mutants(&body);
        bodies.extend(mutants(&json!({"a": body})));
        assert_none_breaks(bodies, |body| {
            admin.request(method.clone(), &path).header("content-type", "application/json").body(body)
        })
        .await;
    }
}

#[tokio::test]
async fn f5_odd_parameters_are_answered_quickly_and_not_5xx() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let other = Chat::open_on(&admin, chat.telegram.clone()).await;
    let foreign = text(&admin.messages(&other.id).await[0]["id"]);
    let history = format!("/api/chats/{}/messages", chat.id);
    let search = "%25_%5C%26%7C!%3A*%27%28%22".repeat(500);
    let mut paths = vec![format!("/api/messages?q={search}"), format!("/api/chats?q={search}")];
    for limit in ["-1", "0", "1000000000", "1e9", "abc", "", "99999999999999999999"] {
        for list in [
            "/api/chats",
            "/api/channels",
            "/api/users",
            "/api/dead-letters",
            "/api/events",
            history.as_str(),
            "/api/messages?q=x",
        ] {
            let join = if list.contains('?') { '&' } else { '?' };
            paths.push(format!("{list}{join}limit={limit}"));
        }
    }
    for cursor in ["garbage", "AAAA", "%00", "%FF", "..%2F..", &"A".repeat(5_000)] {
        paths.push(format!("/api/chats?cursor={cursor}"));
        paths.push(format!("{history}?before={cursor}"));
        paths.push(format!("/api/events?after={cursor}"));
    }
    paths.push(format!("{history}?before={foreign}"));
    paths.push(format!("{history}?before={foreign}&after={foreign}"));
    paths.push("/api/events?wait=-1".into());
    for path in paths {
        let start = Instant::now();
        let answer = admin.get(&path).await;
        let shown: String = path.chars().take(120).collect();
        assert!(
            [200, 404, 422].contains(&answer.status.as_u16()),
            "{shown} answered {} {}",
            answer.status,
            answer.text
        );
        assert!(start.elapsed().as_secs() < 5, "{shown} took {:?}", start.elapsed());
    }
    let clamped = admin.get(&format!("{history}?limit=1000000000")).await.ok();
    assert_eq!(clamped["items"].as_array().unwrap().len(), 1);
}

async fn assert_4xx(operator: &Operator, what: &str, change: impl Fn(RequestBuilder) -> RequestBuilder) {
    let request = change(operator.request(Method::GET, "/api/me"));
    match Answer::try_of(request).await {
        Ok(answer) => assert!(answer.status.as_u16() < 500, "{what} answered {}", answer.status),
        Err(error) => assert!(error.is_request() || error.is_body(), "{what}: {error}"),
    }
}

#[tokio::test]
async fn f6_odd_ids_and_headers_are_4xx() {
    let server = shared().await;
    let admin = server.admin().await;
    let chat = Chat::open(&admin).await;
    let nil = uuid::Uuid::nil();
    for id in [
        format!("{{{}}}", chat.id),
        format!("urn:uuid:{}", chat.id),
        nil.to_string(),
        "..".into(),
        "%2e%2e".into(),
        "a".repeat(8_000),
        "%00".into(),
        "%FF".into(),
    ] {
        let answer = admin.get(&format!("/api/chats/{id}/messages")).await;
        let shown: String = id.chars().take(60).collect();
        assert!((400..500).contains(&answer.status.as_u16()), "{shown} answered {}", answer.status);
    }
    let upper = admin.get(&format!("/api/chats/{}", chat.id.to_uppercase())).await;
    assert!([200, 404].contains(&upper.status.as_u16()));
    assert_4xx(&admin, "a header of 64 kB", |request| request.header("x-long", "x".repeat(65_536))).await;
    assert_4xx(&admin, "a thousand headers", |request| {
        (0..1_000).fold(request, |request, n| request.header(format!("x-{n}"), "1"))
    })
    .await;
    assert_4xx(&admin, "an odd request id", |request| request.header("x-request-id", "a".repeat(5_000))).await;
    let body = json!({"chatId": chat.id, "content": "x"});
    for key in ["k".repeat(10_000), String::new(), "\u{e9}".repeat(300)] {
        let request =
            admin.request(Method::POST, "/api/messages/send").header("idempotency-key", key.as_bytes()).json(&body);
        let answer = Answer::of(request).await;
        assert!(answer.status.as_u16() < 500, "a key of {} bytes answered {}", key.len(), answer.text);
    }
    let long =
        admin.request(Method::POST, "/api/messages/send").header("idempotency-key", "k".repeat(10_000)).json(&body);
    assert!(Answer::of(long).await.status.is_client_error());
    assert_eq!(admin.get("/api/me").await.status, 200);
}
