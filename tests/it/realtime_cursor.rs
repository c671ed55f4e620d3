//! Nothing missed: a client that was away asks for what came after the last cursor that it saw.

use serde_json::{Value, json};

use crate::support::bodies::{TelegramChat, unique, waba_message, waba_messages};
use crate::support::channel::{Telegram, Waba};
use crate::support::operator::text;
use crate::support::socket::{Client, Connect, Language};
use crate::support::wait::eventually;
use crate::support::{Operator, Server, check, shared};

/// The names that matter, without what the library itself tells.
fn facts(client: &mut Client) -> Vec<String> {
    client.names().into_iter().filter(|name| name != "connect" && name != "channel:updated").collect()
}

async fn latest(admin: &Operator) -> String {
    text(&admin.get("/api/events?after=latest").await.ok()["cursor"])
}

#[tokio::test]
async fn a_client_that_comes_back_gets_what_it_missed_before_what_is_new() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    for language in [Language::JavaScript, Language::Python] {
        let mut before = Client::operator(language, &server, &admin).await;
        telegram.deliver(&customer.text("seen")).await;
        let cursor = text(&before.next("message:new").await["cursor"]);
        before.disconnect().await;
        for n in 0..5 {
            telegram.deliver(&customer.text(&format!("missed {n}"))).await;
        }
        let mut after = Client::spawn(language, &Connect::operator(&server, &admin).cursor(&cursor));
        let sync = after.next("sync:required").await;
        assert_eq!((&sync["reason"], &sync["replayed"]), (&json!("reconnection"), &json!(5)), "{language:?}");
        telegram.deliver(&customer.text("live")).await;
        after.next_where("message:new", |message| message["content"] == "live").await;
        let names = facts(&mut after);
        let mut expected = vec!["connected"];
        expected.extend(["message:new"; 5]);
        expected.extend(["sync:required", "message:new"]);
        assert_eq!(names, expected, "{language:?}");
        let contents: Vec<String> = after.of("message:new").iter().map(|message| text(&message["content"])).collect();
        assert_eq!(contents, ["missed 0", "missed 1", "missed 2", "missed 3", "missed 4", "live"]);
        assert_eq!(sync["cursor"], after.of("message:new")[4]["cursor"], "the cursor of the last event replayed");
    }
}

#[tokio::test]
async fn the_cursor_of_the_welcome_is_enough() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let mut client = Client::spawn(Language::JavaScript, &Connect::operator(&server, &admin));
    let cursor = text(&client.next("sync:required").await["cursor"]);
    client.disconnect().await;
    telegram.deliver(&TelegramChat::new().text("missed")).await;
    client.connect_again(json!({"token": admin.token(), "cursor": cursor})).await;
    client.next_where("message:new", |message| message["content"] == "missed").await;
}

#[tokio::test]
async fn a_connection_that_breaks_without_a_goodbye_is_resumed() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    for language in [Language::JavaScript, Language::Python] {
        let connect = Connect::operator(&server, &admin).set("resume", true);
        let mut client = Client::synced(language, &connect).await;
        telegram.deliver(&customer.text("seen")).await;
        client.next("message:new").await;
        client.drop_connection().await;
        telegram.deliver(&customer.text("missed")).await;
        client.connect_again(json!({"token": admin.token()})).await;
        assert_eq!(client.next("message:new").await["content"], "missed", "{language:?}");
        assert_eq!(client.next("sync:required").await["replayed"], 1);
    }
}

#[tokio::test]
async fn a_cursor_that_cannot_be_served_is_a_gap() {
    let server = shared().await;
    let admin = server.admin().await;
    let stranger = server.admin().await;
    Telegram::create(&admin).await.deliver(&TelegramChat::new().text("hi")).await;
    Telegram::create(&stranger).await.deliver(&TelegramChat::new().text("not yours")).await;
    let foreign = latest(&stranger).await;
    let own = latest(&admin).await;
    let mut forged = own.clone().into_bytes();
    let middle = forged.len() / 2;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    for bad in [foreign, String::from_utf8(forged).unwrap(), "nonsense".into(), "é".into(), String::new()] {
        if bad.is_empty() {
            continue;
        }
        let mut client = Client::spawn(Language::JavaScript, &Connect::operator(&server, &admin).cursor(&bad));
        let sync = client.next("sync:required").await;
        assert_eq!(sync["reason"], "gap", "cursor {bad:?}");
        assert_eq!(facts(&mut client), ["connected", "sync:required"], "nothing is replayed");
        assert_eq!(sync["cursor"], own.as_str(), "the client goes on from here");
        let mut polled = admin.get_after(&bad).await;
        assert_eq!((polled["events"].take(), polled["gap"].take()), (json!([]), json!(true)));
        assert_eq!((polled["more"].take(), polled["cursor"].take()), (json!(false), json!(own)));
    }
}

impl Operator {
    async fn get_after(&self, cursor: &str) -> Value {
        let request = self.request(reqwest::Method::GET, "/api/events").query(&[("after", cursor)]);
        crate::support::Answer::of(request).await.ok()
    }
}

#[tokio::test]
async fn a_thousand_missed_events_are_replayed_and_more_are_a_gap() {
    let server = shared().await;
    let admin = server.admin().await;
    let waba = Waba::create(&admin, &server).await;
    let from = unique().to_string();
    let write = async |first: usize, many: usize| {
        let messages = (first..first + many).map(|n| waba_message(&from, &format!("wamid.{n}"), &n.to_string()));
        waba.deliver(&waba_messages(&waba.number, &from, messages.collect())).await;
    };
    write(0, 1).await;
    let cursor = latest(&admin).await;
    write(1, 1_000).await;
    let mut client = Client::spawn(Language::JavaScript, &Connect::operator(&server, &admin).cursor(&cursor));
    let sync = client.next("sync:required").await;
    assert_eq!((&sync["reason"], &sync["replayed"]), (&json!("reconnection"), &json!(1_000)));
    let contents: Vec<String> = client.of("message:new").iter().map(|message| text(&message["content"])).collect();
    assert_eq!(contents, (1..=1_000).map(|n| n.to_string()).collect::<Vec<_>>());

    write(1_001, 1).await;
    let mut late = Client::spawn(Language::JavaScript, &Connect::operator(&server, &admin).cursor(&cursor));
    assert_eq!(late.next("sync:required").await["reason"], "gap");
    assert!(late.of("message:new").is_empty());
}

#[tokio::test]
async fn resync_replays_on_an_open_socket() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    telegram.deliver(&customer.text("zero")).await;
    let cursor = latest(&admin).await;
    let mut client = Client::js(&server, &admin).await;
    telegram.deliver(&customer.text("one")).await;
    telegram.deliver(&customer.text("two")).await;
    client.next_where("message:new", |message| message["content"] == "two").await;
    let live: Vec<Value> = client.of("message:new").iter().map(|message| message["eventId"].clone()).collect();
    client.clear();
    let ack = client.emit("resync", json!({"cursor": cursor})).await;
    assert_eq!((&ack["ok"], &ack["replayed"]), (&json!(true), &json!(2)), "{ack}");
    assert!(ack["cursor"].is_string());
    client.next_where("message:new", |message| message["content"] == "two").await;
    let again: Vec<Value> = client.of("message:new").iter().map(|message| message["eventId"].clone()).collect();
    assert_eq!(again, live, "the same events under the same ids");
}

#[tokio::test]
async fn a_client_that_resumes_through_kills_misses_nothing() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    let connect = Connect::operator(&server, &admin).set("reconnection", true).set("resume", true);
    let mut client = Client::synced(Language::JavaScript, &connect).await;
    for round in 0..5 {
        for n in 0..20 {
            telegram.deliver(&customer.text(&format!("{round}.{n}"))).await;
        }
        server.restart().await;
    }
    let mark = admin.mark().await;
    client.up_to(&mark).await;
    let mut seen: Vec<String> = Vec::new();
    for message in client.of("message:new") {
        let content = text(&message["content"]);
        if !seen.contains(&content) {
            seen.push(content);
        }
    }
    let expected: Vec<String> = (0..5).flat_map(|round| (0..20).map(move |n| format!("{round}.{n}"))).collect();
    assert_eq!(seen, expected, "each of them, in order; twice is allowed after a reconnect");
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn a_poll_returns_at_once_what_is_there_and_waits_for_what_is_not() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    telegram.deliver(&customer.text("zero")).await;
    let page = admin.get("/api/events?limit=1").await.ok();
    assert_eq!((page["events"].as_array().unwrap().len(), &page["more"]), (1, &json!(true)), "from the oldest kept");
    let event = &page["events"][0];
    for field in ["eventId", "cursor", "event", "room", "data", "createdAt"] {
        assert!(!event[field].is_null(), "{field} of {event}");
    }
    assert_eq!(page["cursor"], event["cursor"]);

    let cursor = latest(&admin).await;
    let empty = admin.get(&format!("/api/events?after={cursor}")).await.ok();
    assert_eq!((&empty["events"], &empty["more"], &empty["cursor"]), (&json!([]), &json!(false), &json!(cursor)));
    let path = format!("/api/events?after={cursor}&wait=30");
    let update = customer.text("one");
    let (page, ()) = tokio::join!(admin.get(&path), telegram.deliver(&update));
    let page = page.ok();
    assert_eq!(page["events"][0]["data"]["content"], "one");
    let room = &page["events"][0]["room"];
    let rooms = room.as_array().cloned().unwrap_or_else(|| vec![room.clone()]);
    assert!(rooms.contains(&json!(format!("org_{}", admin.organization_id))), "{room}");
}

#[tokio::test]
async fn the_journal_is_kept_for_seven_days_and_a_cursor_from_before_is_a_gap() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let old = latest(&admin).await;
    for n in 0..3 {
        admin.publish("org", "deal:won", json!({"n": n})).await;
    }
    let kept = latest(&admin).await;
    admin.publish("org", "deal:won", json!({"n": 3})).await;
    let pool = server.pool().await;
    // what was written today was written eight and six days ago
    for (days, condition) in [(8, "position < (select max(position) from events)"), (6, "true")] {
        let sql = format!(
            "do $$ declare day date := (now() at time zone 'UTC')::date - {days}; begin
                execute format('create table %I partition of events for values from (%L) to (%L)',
                    'events_' || to_char(day, 'YYYYMMDD'), day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
                update events set created_at = day + interval '1 hour' where created_at > now() - interval '1 day' and {condition};
            end $$"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    }
    server.restart().await;
    eventually("the old part of the journal is gone", || async {
        let events = admin.get("/api/events").await.ok()["events"].as_array().unwrap().len();
        (events == 1).then_some(())
    })
    .await;
    let mut client = Client::synced(Language::JavaScript, &Connect::operator(&server, &admin).cursor(&old)).await;
    assert_eq!(client.of("sync:required")[0]["reason"], "gap");
    client.disconnect().await;
    let mut client = Client::synced(Language::JavaScript, &Connect::operator(&server, &admin).cursor(&kept)).await;
    assert_eq!(client.of("sync:required")[0]["reason"], "reconnection");
    assert_eq!(client.of("deal:won")[0]["n"], 3, "what is younger is replayed");
}
