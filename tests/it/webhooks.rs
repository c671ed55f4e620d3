//! Deliveries that are not what they claim: refused without a trace. Deliveries that are genuine and strange: kept.

use axum::body::Bytes;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::ingest::only_chat;
use crate::support::api::http;
use crate::support::bodies::{TelegramChat, bridge_text, now, unique, waba_message, waba_messages, waba_text};
use crate::support::channel::{Bridge, Telegram, Waba, hmac_hex, received, signed};
use crate::support::{Answer, Operator, Server, check, shared, text};

/// No message, no dead letter, no event of either.
async fn assert_clean(server: &Server, admin: &Operator) {
    let pool = server.pool().await;
    assert_eq!(check::messages_of(&pool, &admin.organization_id).await, 0);
    let letters =
        check::count(&pool, "select count(*) from dead_letters where organization_id = $1", &admin.organization_id);
    assert_eq!(letters.await, 0);
    assert!(check::journal(admin).await.iter().all(|event| event["event"] == "channel:updated"));
}

async fn assert_refused(request: RequestBuilder, status: u16, case: &str) {
    let answer = Answer::of(request).await;
    assert_eq!(answer.status.as_u16(), status, "{case} was answered {}", answer.text);
}

#[tokio::test]
async fn c1_a_whatsapp_delivery_without_its_exact_signature_is_401_and_leaves_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let other = Waba::create(&admin, &server).await;
    let body = waba_text(&waba.number, "15550003", "wamid.C1", "forged").to_string();
    let good = hmac_hex(&waba.app_secret, &[body.as_bytes()]);
    let post = || http().post(waba.url()).header("content-type", "application/json").body(body.clone());
    let header = "x-hub-signature-256";
    let foreign = hmac_hex(&other.app_secret, &[body.as_bytes()]);
    for (case, request) in [
        ("no signature", post()),
        ("an empty one", post().header(header, "")),
        ("a short one", post().header(header, format!("sha256={}", &good[..62]))),
        ("a long one", post().header(header, format!("sha256={good}00"))),
        ("no scheme", post().header(header, good.clone())),
        ("another scheme", post().header(header, format!("sha1={good}"))),
        ("upper case", post().header(header, format!("sha256={}", good.to_uppercase()))),
        ("doubled", post().header(header, format!("sha256={good}")).header(header, format!("sha256={good}"))),
        ("no hex", post().header(header, format!("sha256={}", "z".repeat(64)))),
        ("another channel's", post().header(header, format!("sha256={foreign}"))),
        ("the old header", post().header("x-hub-signature", format!("sha1={good}"))),
    ] {
        assert_refused(request, 401, case).await;
    }
    assert_clean(&server, &admin).await;
    received(&Answer::of(waba.raw_delivery(body)).await);
}

#[tokio::test]
async fn c1_a_bridge_delivery_is_bound_to_its_channel_and_its_minute() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let other = Bridge::create(&admin, &server).await;
    let body = bridge_text("15550004@s.whatsapp.net", "M1", "forged").to_string();
    let signed = |seconds: i64| bridge.signed_as(now() + seconds, &bridge.id, &body);
    let header = "x-switchboard-signature";
    let unsigned = http().post(bridge.url()).header("content-type", "application/json").body(body.clone());
    for (case, request) in [
        ("no headers", unsigned.try_clone().unwrap()),
        ("no signature", unsigned.try_clone().unwrap().header("x-switchboard-timestamp", now())),
        ("no timestamp", unsigned.header(header, "sha256=00")),
        ("too old", signed(-301)),
        ("too far ahead", signed(330)),
        ("another channel's", bridge.signed_as(now(), &other.id, &body)),
        ("two signatures", signed(0).header(header, "sha256=00")),
        ("another time than was signed", signed(0).header("x-switchboard-timestamp", now() - 1)),
    ] {
        assert_refused(request, 401, case).await;
    }
    assert_clean(&server, &admin).await;
    received(&Answer::of(signed(-240)).await);
}

#[tokio::test]
async fn c2_the_signature_covers_the_raw_bytes() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let body = waba_text(&waba.number, "15550005", "wamid.C2", "grüße").to_string();
    let escaped = body.replace('ü', "\\u00fc").replace('ß', "\\u00df");
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&body).unwrap()).unwrap();
    let signature = |body: &str| format!("sha256={}", hmac_hex(&waba.app_secret, &[body.as_bytes()]));
    for (case, sent) in [
        ("one byte changed", body.replace("gr", "gR")),
        ("written anew", pretty),
        ("escaped otherwise", escaped.clone()),
    ] {
        let request = http().post(waba.url()).header("x-hub-signature-256", signature(&body)).body(sent);
        assert_refused(request, 401, case).await;
    }
    assert_clean(&server, &admin).await;
    received(&Answer::of(waba.raw_delivery(escaped)).await);
    assert_eq!(only_chat(&admin).await["lastMessage"]["preview"], "grüße");
}

#[tokio::test]
async fn c4_the_challenge_is_answered_bare_and_to_who_knows_the_token() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let app = format!("{}/webhooks/waba", server.base);
    for (url, token) in [(waba.url(), "hello-meta"), (app, server.env("WABA_VERIFY_TOKEN"))] {
        let ask = |query: String| Answer::of(http().get(format!("{url}?{query}")));
        let challenge = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
        let good =
            ask(format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge={challenge}")).await.expect(200);
        assert_eq!(good.text, "<script>alert(1)</script>");
        assert!(good.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
        assert_eq!(good.headers["x-content-type-options"], "nosniff");
        for (query, status) in [
            ("hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1".to_owned(), 403),
            ("hub.mode=subscribe&hub.verify_token=&hub.challenge=1".to_owned(), 403),
            (format!("hub.mode=subscribe&hub.verify_token={token}"), 400),
            (format!("hub.verify_token={token}&hub.challenge=1"), 400),
            ("hub.mode=subscribe&hub.challenge=1".to_owned(), 400),
            (format!("hub.mode=subscribe&hub.verify_token={token}&hub.verify_token={token}&hub.challenge=1"), 400),
            (format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1&hub.challenge=2"), 400),
            (String::new(), 400),
        ] {
            assert_eq!(ask(query.clone()).await.status.as_u16(), status, "{query}");
        }
    }
}

#[tokio::test]
async fn c5_a_telegram_delivery_without_its_secret_is_401_and_leaves_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let update = TelegramChat::new().text("forged").to_string();
    let header = "x-telegram-bot-api-secret-token";
    let post = || telegram.request().body(update.clone());
    let almost = telegram.secret[..telegram.secret.len() - 1].to_owned();
    for (case, request) in [
        ("no secret", post()),
        ("an empty one", post().header(header, "")),
        ("almost", post().header(header, almost)),
        ("longer", post().header(header, format!("{}x", telegram.secret))),
        ("10 kB", post().header(header, "x".repeat(10_000))),
        ("the token", post().header(header, &telegram.token)),
    ] {
        assert_refused(request, 401, case).await;
    }
    assert_clean(&server, &admin).await;
}

#[tokio::test]
async fn c6_compressed_bodies_are_415_and_the_content_type_does_not_matter() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let bomb: Bytes = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3].repeat(100).into();
    assert_refused(waba.raw_delivery(bomb).header("content-encoding", "gzip"), 415, "gzip").await;
    for (n, kind) in
        [None, Some("text/plain"), Some("application/octet-stream"), Some("nonsense;;;")].into_iter().enumerate()
    {
        let body = waba_text(&waba.number, "15550006", &format!("wamid.C6{n}"), "hello").to_string();
        let signature = format!("sha256={}", hmac_hex(&waba.app_secret, &[body.as_bytes()]));
        let request = http().post(waba.url()).header("x-hub-signature-256", signature).body(body);
        received(
            &Answer::of(match kind {
                Some(kind) => request.header("content-type", kind),
                None => request,
            })
            .await,
        );
    }
    assert_eq!(only_chat(&admin).await["unreadCount"], 4);
}

/// Sends these bytes on a connection of their own and reads what comes until it closes.
async fn speak(server: &Server, bytes: &[u8]) -> String {
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    let reading = async {
        while let Ok(read @ 1..) = stream.read(&mut chunk).await {
            answer.extend_from_slice(&chunk[..read]);
        }
    };
    crate::support::wait::soon("the connection closes", reading).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn c7_ambiguous_lengths_do_not_smuggle_a_second_request() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let inner = TelegramChat::new().text("smuggled").to_string();
    let path = format!("/webhooks/telegram/{}", telegram.id);
    let smuggled = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nx-telegram-bot-api-secret-token: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{inner}",
        telegram.secret,
        inner.len(),
    );
    let both = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
        smuggled.len() + 5
    );
    let answer = speak(&server, both.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1").count(), 1, "one request, one answer: {answer}");
    for lengths in [
        "content-length: 1\r\ncontent-length: 2",
        "content-length: -1",
        "content-length: 1x",
        "transfer-encoding: gzip, chunked, x",
    ] {
        let request = format!("POST {path} HTTP/1.1\r\nhost: x\r\n{lengths}\r\n\r\n{smuggled}");
        let answer = speak(&server, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{lengths}: {answer}");
    }
    assert_clean(&server, &admin).await;
}

#[tokio::test]
async fn c8_what_is_signed_and_not_understood_is_kept_with_a_reason() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let telegram = Telegram::create(&admin).await;
    let number = &waba.number;
    let field = |field: &str, value: Value| json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": field, "value": value}]}]});
    for body in [
        json!({}),
        json!([]),
        json!(null),
        json!("text"),
        json!(5),
        json!({"object": "page"}),
        json!({"object": "whatsapp_business_account"}),
        json!({"entry": {}}),
        field("brand_new_field", json!({"metadata": {"phone_number_id": number}})),
        field("messages", json!({"metadata": {"phone_number_id": number}, "messages": [{"id": "wamid.half"}]})),
    ] {
        waba.deliver(&body).await;
    }
    for update in [
        json!({}),
        json!({"update_id": unique()}),
        json!({"update_id": unique(), "teleport": {"to": "Mars"}}),
        json!({"update_id": unique(), "message": {}}),
        json!([1]),
    ] {
        telegram.deliver(&update).await;
    }
    assert!(admin.get("/api/chats").await.items().is_empty());
    let letters = admin.get("/api/dead-letters?limit=200").await.items();
    assert!(letters.len() >= 8, "kept: {letters:#?}");
    assert!(letters.iter().all(|letter| !text(&letter["reason"]).is_empty()));
}

#[tokio::test]
async fn c8_one_broken_item_of_a_thousand_costs_itself_alone() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let from = unique().to_string();
    let mut messages: Vec<Value> =
        (0..1_000).map(|n| waba_message(&from, &format!("wamid.{n}"), &n.to_string())).collect();
    messages[500] = json!({"from": {"not": "a text"}, "id": [], "type": "text"});
    waba.deliver(&waba_messages(&waba.number, &from, messages)).await;
    assert_eq!(check::messages_of(&server.pool().await, &admin.organization_id).await, 999);
    assert_eq!(only_chat(&admin).await["unreadCount"], 999);
    assert_eq!(admin.get("/api/dead-letters").await.items().len(), 1);
}

#[tokio::test]
async fn c9_a_number_that_nobody_connected_is_200_and_no_one_s_message() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let number = unique().to_string();
    waba.deliver_to_app(&waba_text(&number, "15550007", "wamid.C9", "to whom?")).await;
    assert_eq!(check::messages_of(&server.pool().await, &admin.organization_id).await, 0);
    let pool = server.pool().await;
    let kept: i64 = sqlx::query_scalar("select count(*) from dead_letters where position($1::bytea in body) > 0")
        .bind(number.as_bytes())
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn c10_times_that_make_no_sense_are_replaced_by_the_time_of_receipt() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let odd = [
        json!("0"),
        json!(0),
        json!("-5"),
        json!(-5),
        json!("1790000000000"),
        json!("253402300799"),
        json!("soon"),
        json!(null),
        json!({}),
        json!(1e300),
    ];
    for (n, timestamp) in odd.iter().enumerate() {
        let mut body = waba_text(&waba.number, &unique().to_string(), &format!("wamid.C10{n}"), "when?");
        body["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"] = timestamp.clone();
        waba.deliver(&body).await;
    }
    let chats = admin.get("/api/chats").await.items();
    assert_eq!(chats.len(), odd.len());
    let latest = chrono::Utc::now() + chrono::Duration::hours(24);
    for chat in &chats {
        let time = |field: &str| chrono::DateTime::parse_from_rfc3339(&text(&chat[field])).unwrap();
        assert!(time("windowExpiresAt") <= latest, "a future date stretches no window: {chat}");
        assert!(time("lastMessageAt") <= chrono::Utc::now(), "nor pins a chat on top: {chat}");
    }
    let sane = unique().to_string();
    waba.deliver(&waba_text(&waba.number, &sane, "wamid.SANE", "now")).await;
    assert_eq!(admin.get("/api/chats").await.items()[0]["externalId"], sane);
}

#[tokio::test]
async fn c11_a_body_that_the_database_would_refuse_does_not_come_back_for_ever() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let telegram = Telegram::create(&admin).await;
    let random: String =
        (0..9_600).map(|n: u32| char::from_u32(0x4e00 + n.wrapping_mul(7_919) % 20_000).unwrap()).collect();
    let deep = format!("{}1{}", "[".repeat(60), "]".repeat(60));
    let number = &waba.number;
    let bodies = [
        waba_text(number, "1555\u{0}", "wamid.NUL", "a\u{0}b").to_string(),
        waba_text(number, &random, &random, "long ids").to_string(),
        waba_text(number, "15550008", "wamid.BIG", &"words and more words ".repeat(100_000)).to_string(),
        waba_text(number, "15550009", "wamid.DEEP", "deep")
            .to_string()
            .replace("\"type\":\"text\"", &format!("\"type\":\"text\",\"x\":{deep}")),
        waba_text(number, "15550009", "wamid.HUGE", "huge")
            .to_string()
            .replace("\"type\":\"text\"", "\"type\":\"text\",\"x\":1e400"),
    ];
    for body in bodies {
        received(&Answer::of(waba.raw_delivery(body)).await);
    }
    let customer = TelegramChat::new();
    let numbers = customer.message(json!({"location": {"latitude": 1e308, "longitude": -1e308}, "date": i64::MAX}));
    telegram.deliver(&numbers).await;
    telegram.deliver(&customer.text("and the next one")).await;
    let chats = admin.get("/api/chats?channel=telegram").await.items();
    assert_eq!(chats[0]["lastMessage"]["preview"], "and the next one", "the customer is not silenced");
}

#[tokio::test]
async fn an_address_answers_for_what_is_wrong_with_it() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let waba = Waba::create(&admin, &server).await;
    for id in [uuid::Uuid::now_v7().to_string(), "not-an-id".into(), waba.id.clone()] {
        let url = format!("{}/webhooks/telegram/{id}", server.base);
        let request = http().post(url).header("x-telegram-bot-api-secret-token", &telegram.secret).body("{}");
        assert_refused(request, 404, "an unknown channel").await;
    }
    for body in ["", "{", "hello", "{'a':1}", "{}{}"] {
        assert_refused(waba.raw_delivery(body), 400, "no JSON").await;
    }
    let filler = |bytes: usize| format!("{{\"object\":\"{}\"}}", "x".repeat(bytes - 13));
    received(&Answer::of(waba.raw_delivery(filler(5 << 20))).await);
    assert_refused(waba.raw_delivery(filler((5 << 20) + 1)), 413, "a byte over 5 MiB").await;
    let app = format!("{}/webhooks/waba", server.base);
    assert_refused(signed(&app, "another application", Bytes::from_static(b"{}")), 401, "the application's address")
        .await;
}
