//! The HTTP door itself: how it refuses, what its pages load, and how long polling keeps its place.

use reqwest::Method;
use reqwest::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::{Answer, Operator, Server, shared, text};

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_in_words_and_not_by_a_broken_connection() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    for bytes in [(5 << 20) + 1, 20 << 20] {
        let delivery = telegram.request().header("x-telegram-bot-api-secret-token", &telegram.secret);
        Answer::of(delivery.body(vec![b'x'; bytes])).await.refused(413, "INVALID_DATA");
        let request = admin.request(Method::POST, "/api/messages/send").header(CONTENT_TYPE, "application/json");
        Answer::of(request.body(vec![b'x'; bytes])).await.refused(413, "INVALID_DATA");
    }
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_run_no_script_of_their_own() {
    let server = shared().await;
    for path in ["/", "/api/docs/"] {
        let page = server.anonymous().get(path).await.expect(200);
        let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("script-src 'self';"), "{path}: {policy}");
        assert!(!page.text.contains("http://") && !page.text.contains("https://"), "{path} names another server");
        for script in page.text.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            let own = tag.contains(" src=\"./") || tag.contains(" src=\"/");
            assert!(own && rest.trim_start().starts_with("</script>"), "{path} has a script within the page");
        }
    }
    server.anonymous().get("/api/docs/swagger-ui-bundle.js").await.expect(200);
}

/// The organization's events one page of `limit` at a time, and the last cursor.
async fn pages(operator: &Operator, limit: usize) -> (Vec<Value>, String) {
    let (mut events, mut path) = (Vec::new(), format!("/api/events?limit={limit}"));
    loop {
        let page = operator.get(&path).await.ok();
        let cursor = text(&page["cursor"]);
        events.extend(page["events"].as_array().unwrap().iter().cloned());
        assert!(page["events"].as_array().unwrap().len() <= limit);
        if page["more"] == false {
            return (events, cursor);
        }
        path = format!("/api/events?limit={limit}&after={cursor}");
    }
}

#[tokio::test]
async fn polls_go_through_the_journal_without_a_loss_whatever_their_size() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    for n in 0..7 {
        telegram.deliver(&TelegramChat::new().text(&n.to_string())).await;
    }
    // the channel is connected in its own time, so that the end of the journal may move
    let (all, _) = pages(&admin, 1_000).await;
    for limit in [1, 3] {
        let (events, _) = pages(&admin, limit).await;
        let ids = |events: &[Value]| events.iter().map(|event| event["eventId"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&events)[..all.len()], ids(&all), "pages of {limit}");
    }
    let texts: Vec<&Value> = all.iter().filter(|event| event["event"] == "message:new").collect();
    assert_eq!(texts.len(), 7);
}

#[tokio::test]
async fn a_cursor_whose_events_were_dropped_is_a_gap_and_so_is_one_from_the_future() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    for _ in 0..3 {
        telegram.deliver(&TelegramChat::new().text("hello")).await;
    }
    let first = text(&admin.get("/api/events?limit=1").await.ok()["cursor"]);
    let (_, last) = pages(&admin, 1_000).await;
    let pool = server.pool().await;
    let organization_id: uuid::Uuid = admin.organization_id.parse().unwrap();
    for statement in [
        "delete from events where organization_id = $1 and position <= 3",
        "delete from events where organization_id = $1",
    ] {
        sqlx::query(statement).bind(organization_id).execute(&pool).await.unwrap();
        let page = admin.get(&format!("/api/events?after={first}")).await.ok();
        assert_eq!((&page["gap"], &page["events"], &page["more"]), (&json!(true), &json!([]), &json!(false)));
        let next = admin.get(&format!("/api/events?after={}", text(&page["cursor"]))).await.ok();
        assert_eq!(next["gap"], Value::Null, "from there it goes on");
    }
    let back = "update event_positions set position = 1 where organization_id = $1";
    sqlx::query(back).bind(organization_id).execute(&pool).await.unwrap();
    assert_eq!(admin.get(&format!("/api/events?after={last}")).await.ok()["gap"], true);
}

#[tokio::test]
async fn somebody_else_s_events_are_passed_over_and_do_not_hold_up_a_poll() {
    let server = shared().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    let start = text(&admin.get("/api/events?after=latest").await.ok()["cursor"]);
    let insert = r#"
        with moved as (update event_positions set position = position + 1 where organization_id = $1 returning position)
        insert into events (organization_id, position, id, event, rooms, public, data)
        select $1, position, $2, 'user:notification', array[$3], false, '{"title":"for one"}'::json from moved
    "#;
    let organization_id: uuid::Uuid = admin.organization_id.parse().unwrap();
    let pool = server.pool().await;
    for _ in 0..3 {
        let insert = sqlx::query(insert).bind(organization_id).bind(uuid::Uuid::now_v7());
        insert.bind(format!("user_{}", colleague.user_id)).execute(&pool).await.unwrap();
    }
    let theirs = colleague.get(&format!("/api/events?after={start}")).await.ok();
    assert_eq!(theirs["events"].as_array().unwrap().len(), 3);
    assert_eq!(theirs["events"][0]["room"], format!("user_{}", colleague.user_id));
    let mine = admin.get(&format!("/api/events?after={start}&limit=1")).await.ok();
    assert_eq!((&mine["events"], &mine["more"]), (&json!([]), &json!(false)));
    assert_eq!(mine["cursor"], theirs["cursor"], "the cursor moved past them");
}

#[tokio::test]
async fn who_polls_is_answered_when_the_node_ends() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let latest = text(&admin.get("/api/events?after=latest").await.ok()["cursor"]);
    let path = format!("/api/events?after={latest}&wait=30");
    let poll = tokio::spawn({
        let (admin, path) = (admin.clone(), path.clone());
        async move { admin.get(&path).await.ok() }
    });
    // by the time that later requests are answered, the earlier one waits
    for _ in 0..5 {
        admin.get("/api/events?after=latest").await.ok();
    }
    let status = server.terminate().await;
    assert!(status.success(), "{status}");
    let page = poll.await.expect("the poll is answered, not cut off");
    assert_eq!((&page["events"], &page["cursor"]), (&json!([]), &json!(latest)));
}
