//! The fake Bot API.

use std::time::Duration;

use futures_util::future::{Either, select};
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{ask, client, is_broken_off, is_silent};
use crate::Fault;
use crate::telegram_api::{Download, FakeTelegram, refusal, too_many_requests};

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

#[tokio::test]
async fn a_download_goes_wrong_as_ordered() {
    let fake = FakeTelegram::start().await.unwrap();
    fake.put_file(TOKEN, "f1", "bytes");
    let url = format!("{}/file/bot{TOKEN}/f1", fake.url);
    let load = async |download: Download| {
        fake.set_download(TOKEN, "f1", download);
        let answer = client().get(&url).send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.map(|bytes| bytes.to_vec()).ok())
    };
    assert_eq!(load(Download::Slow(Duration::from_millis(1))).await, (200, Some(b"bytes".to_vec())));
    assert_eq!(load(Download::Broken(2)).await, (200, None));
    let (_, wrong) = load(Download::Wrong).await;
    assert!(wrong.as_ref().is_some_and(|wrong| wrong.len() == 5 && wrong != b"bytes"), "{wrong:?}");
    assert_eq!(load(Download::Status(404)).await.0, 404);
    fake.set_download(TOKEN, "f1", Download::Endless);
    let mut endless = client().get(&url).send().await.unwrap();
    let mut length = 0;
    while length < 1 << 20 {
        length += endless.chunk().await.unwrap().unwrap().len();
    }
    assert_eq!(fake.downloads(TOKEN), ["f1"; 5]);
    fake.put_file(TOKEN, "big", vec![0; (20 << 20) + 1]);
    let (_, big) = ask(call(&fake, "getFile", &json!({ "file_id": "big" }))).await;
    assert_eq!(big["description"], "Bad Request: file is too big");
    fake.move_file(TOKEN, "f1", "../x");
    assert_eq!(ask(call(&fake, "getFile", &json!({ "file_id": "f1" }))).await.1["result"]["file_path"], "../x");
}

#[tokio::test]
async fn messages_are_changed_as_at_the_real_server() {
    let fake = FakeTelegram::start().await.unwrap();
    let change = async |method: &str, body: Value| ask(call(&fake, method, &body)).await;
    change("sendMessage", json!({ "chat_id": 5, "text": "one" })).await;
    let edit = json!({ "chat_id": 5, "message_id": 1, "text": "two" });
    assert_eq!(change("editMessageText", edit.clone()).await.1["result"]["text"], "two");
    let (status, same) = change("editMessageText", edit).await;
    assert!(status == 400 && same["description"].as_str().unwrap().contains("not modified"), "{same}");
    assert_eq!(change("editMessageText", json!({ "chat_id": 5, "message_id": 9, "text": "x" })).await.0, 400);
    let delete = |id: i64| json!({ "chat_id": 5, "message_id": id });
    assert_eq!(change("deleteMessage", delete(1)).await.0, 200);
    assert_eq!(change("deleteMessage", delete(1)).await.1["description"], "Bad Request: message to delete not found");
    assert_eq!(change("deleteMessage", delete(1001)).await.0, 200, "a customer's");
    fake.fail_errand("88", [refusal(400, "Bad Request: query is too old")]);
    assert_eq!(change("answerCallbackQuery", json!({ "callback_query_id": "88" })).await.0, 400);
    let asked = fake.wait_for_errands(TOKEN, "deleteMessage", 3).await;
    assert_eq!((asked[2].chat.as_str(), fake.sends(TOKEN).len()), ("5", 1));
    let album = json!({ "chat_id": 6, "media": [{}, {}, {}] });
    assert_eq!(change("sendMediaGroup", album).await.1["result"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_waits_is_posted_to_a_webhook_and_kept_through_every_change() {
    let fake = FakeTelegram::start().await.unwrap();
    let kinds = json!(["message", "message_reaction"]);
    fake.push_update(TOKEN, json!({ "message_reaction": {} }));
    assert_eq!(fake.unconfirmed(TOKEN), 0, "not asked for");
    fake.push_update(TOKEN, json!({ "message": {} }));
    assert!(fake.to_deliver(TOKEN).is_none());
    let set = json!({ "url": "https://a.example/hook", "allowed_updates": kinds });
    ask(call(&fake, "setWebhook", &set)).await;
    fake.push_update(TOKEN, json!({ "message_reaction": {} }));
    let (webhook, update) = fake.to_deliver(TOKEN).unwrap();
    assert_eq!((&webhook["url"], &update["update_id"]), (&json!("https://a.example/hook"), &json!(2)));
    fake.delivered(TOKEN, &update);
    fake.set_health(TOKEN, json!({ "last_error_message": "Connection refused" }));
    let (_, info) = ask(call(&fake, "getWebhookInfo", &json!({}))).await;
    let info = &info["result"];
    assert_eq!((&info["pending_update_count"], &info["last_error_message"]), (&json!(1), &json!("Connection refused")));
    fake.place_webhook(TOKEN, Value::Null);
    assert_eq!(ids(&ask(call(&fake, "getUpdates", &json!({}))).await.1), [3]);
    ask(call(&fake, "deleteWebhook", &json!({ "drop_pending_updates": true }))).await;
    assert_eq!(fake.unconfirmed(TOKEN), 0);
}
