//! The fake Bot API.

use std::time::Duration;

use futures_util::future::{Either, select};
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{ask, client, is_broken_off, is_silent};
use crate::Fault;
use crate::telegram_api::{FakeTelegram, refusal, too_many_requests};

const TOKEN: &str = "100200300:secret";

fn call(fake: &FakeTelegram, method: &str, body: &Value) -> RequestBuilder {
    client().post(format!("{}/bot{TOKEN}/{method}", fake.url)).json(body)
}

fn ids(answer: &Value) -> Vec<i64> {
    answer["result"].as_array().unwrap().iter().map(|update| update["update_id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_bot_is_known_by_its_token_until_it_is_revoked() {
    let fake = FakeTelegram::start().await.unwrap();
    let (_, me) = ask(call(&fake, "getMe", &json!({}))).await;
    assert_eq!(me["result"]["id"], 100_200_300);
    let (status, _) = ask(client().post(format!("{}/botnonsense/getMe", fake.url))).await;
    assert_eq!(status, 404);
    fake.revoke(TOKEN);
    assert_eq!(ask(call(&fake, "getMe", &json!({}))).await.0, 401);
}

#[tokio::test]
async fn an_offset_confirms_and_deletes_what_is_below_it() {
    let fake = FakeTelegram::start().await.unwrap();
    for update_id in [Value::Null, json!(7), Value::Null] {
        fake.push_update(TOKEN, json!({ "update_id": update_id, "message": {} }));
    }
    let (_, all) = ask(call(&fake, "getUpdates", &json!({ "offset": 0 }))).await;
    assert_eq!(ids(&all), [1, 7, 8]);
    let (_, some) = ask(call(&fake, "getUpdates", &json!({ "offset": 7, "limit": 1 }))).await;
    assert_eq!((ids(&some), fake.unconfirmed(TOKEN)), (vec![7], 2));
    let (_, last) = ask(call(&fake, "getUpdates", &json!({ "offset": -1 }))).await;
    assert_eq!((ids(&last), fake.unconfirmed(TOKEN)), (vec![8], 1));
    let (_, none) = ask(call(&fake, "getUpdates", &json!({ "offset": 9 }))).await;
    assert_eq!(ids(&none), [0; 0]);
}

#[tokio::test]
async fn a_long_poll_waits_for_an_update() {
    let fake = FakeTelegram::start().await.unwrap();
    let poll = tokio::spawn(ask(call(&fake, "getUpdates", &json!({ "timeout": 50 }))));
    fake.push_update(TOKEN, json!({ "message": {} }));
    assert_eq!(ids(&poll.await.unwrap().1), [1]);
}

#[tokio::test]
async fn of_two_pollers_the_older_is_told_of_a_conflict() {
    let fake = FakeTelegram::start().await.unwrap();
    let poll = || Box::pin(ask(call(&fake, "getUpdates", &json!({ "timeout": 50 }))));
    let ((status, ended), remaining) = match select(poll(), poll()).await {
        Either::Left(ended) | Either::Right(ended) => ended,
    };
    assert_eq!((status, ended["error_code"].as_i64()), (409, Some(409)));
    fake.push_update(TOKEN, json!({ "message": {} }));
    assert_eq!(remaining.await.0, 200);
}

#[tokio::test]
async fn polling_is_refused_while_a_webhook_is_set() {
    let fake = FakeTelegram::start().await.unwrap();
    ask(call(&fake, "setWebhook", &json!({ "url": "https://a.example/hook", "secret_token": "s" }))).await;
    assert_eq!(fake.webhook(TOKEN)["secret_token"], "s");
    assert_eq!(ask(call(&fake, "getUpdates", &json!({}))).await.0, 409);
    let (_, info) = ask(call(&fake, "getWebhookInfo", &json!({}))).await;
    assert_eq!(info["result"]["url"], "https://a.example/hook");
    ask(call(&fake, "deleteWebhook", &json!({}))).await;
    assert_eq!(ask(call(&fake, "getUpdates", &json!({}))).await.0, 200);
}

#[tokio::test]
async fn sends_are_recorded_in_order_whether_json_or_form() {
    let fake = FakeTelegram::start().await.unwrap();
    let (_, first) = ask(call(&fake, "sendMessage", &json!({ "chat_id": 5, "text": "one" }))).await;
    let photo = Part::bytes(b"abc".as_slice()).file_name("a.png").mime_str("image/png").unwrap();
    let form = Form::new().text("chat_id", "5").text("caption", "two").part("photo", photo);
    let request = client().post(format!("{}/bot{TOKEN}/sendPhoto", fake.url)).multipart(form);
    let (_, second) = ask(request).await;
    assert_eq!((&first["result"]["message_id"], &second["result"]["message_id"]), (&json!(1), &json!(2)));
    let sends = fake.wait_for_sends(TOKEN, 2).await;
    assert_eq!((sends[0].operation.as_str(), &sends[0].body["text"]), ("sendMessage", &json!("one")));
    assert_eq!((sends[1].operation.as_str(), &sends[1].body["photo"]["size"]), ("sendPhoto", &json!(3)));
    assert!(fake.sends("1:other").is_empty());
    assert_eq!(ask(call(&fake, "sendMessage", &json!({ "chat_id": 5, "text": "x".repeat(4097) }))).await.0, 400);
}

#[tokio::test]
async fn failures_come_as_ordered_and_only_in_their_chat() {
    let fake = FakeTelegram::start().await.unwrap();
    let faults = [
        too_many_requests(7),
        refusal(403, "Forbidden: bot was blocked by the user"),
        Fault::Reset,
        Fault::Silence,
        Fault::Slow(Duration::from_millis(1)),
    ];
    fake.fail("5", faults);
    let send = || call(&fake, "sendMessage", &json!({ "chat_id": 5, "text": "x" }));
    assert_eq!(ask(call(&fake, "sendMessage", &json!({ "chat_id": 6, "text": "x" }))).await.0, 200);
    let (status, limited) = ask(send()).await;
    assert_eq!((status, &limited["parameters"]["retry_after"]), (429, &json!(7)));
    assert_eq!(ask(send()).await.0, 403);
    assert!(is_broken_off(send()).await);
    assert!(is_silent(send(), fake.wait_for_sends(TOKEN, 5)).await);
    assert_eq!(ask(send()).await.0, 200);
    assert_eq!(ask(send()).await.0, 200);
    let taken: Vec<bool> = fake.sends(TOKEN).iter().map(|call| call.taken).collect();
    assert_eq!(taken, [true, false, false, true, true, true, true]);
}

#[tokio::test]
async fn a_file_is_found_and_downloaded() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.put_file(TOKEN, "f1", "bytes");
    let (_, file) = ask(call(&fake, "getFile", &json!({ "file_id": "f1" }))).await;
    let path = file["result"]["file_path"].as_str().unwrap();
    let url = format!("{}/file/bot{TOKEN}/{path}", fake.url);
    assert_eq!(client().get(url).send().await.unwrap().text().await.unwrap(), "bytes");
    assert_eq!(ask(call(&fake, "getFile", &json!({ "file_id": "f2" }))).await.0, 400);
}
