//! Files of customers: seen at once as pending, fetched from their network, told when they are here, and handed out.

mod access;
mod fetch;
mod store;

use image::ImageFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::support::api::http;
use crate::support::bodies::{TelegramChat, bridge_event, now, unique};
use crate::support::channel::{Bridge, Telegram};
use crate::support::fake::fakes;
use crate::support::socket::{Client, Connect, Language};
use crate::support::wait::eventually;
use crate::support::{Answer, Operator, Server, files, shared, text};

/// The newest message's first attachment, once it has this status.
pub async fn attachment(admin: &Operator, chat_id: &str, status: &str) -> Value {
    eventually("the file has its status", || async {
        let attachment = admin.messages(chat_id).await.first()?["attachments"][0].clone();
        (attachment["status"] == status).then_some(attachment)
    })
    .await
}

/// What lies at an address of ours, without a token.
pub async fn load(server: &Server, url: &Value) -> reqwest::Response {
    http().get(format!("{}{}", server.base, text(url))).send().await.unwrap()
}

fn photo(file_id: &str) -> Value {
    json!({"photo": [{"file_id": file_id, "file_unique_id": format!("u{file_id}"), "file_size": 10, "width": 90, "height": 90}]})
}

/// Delivers a file through the bridge, inside the body.
async fn deliver_inline(bridge: &Bridge, chat: &str, kind: &str, media: Value) {
    let id = format!("M{}", unique());
    let body = json!({"id": id, "chatId": chat, "from": chat, "fromMe": false, "pushName": "Linus", "isGroup": false,
        "type": kind, "media": media, "timestamp": now()});
    bridge.deliver(&bridge_event("message", body)).await;
}

fn base64(data: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(data)
}

#[tokio::test]
async fn a_photo_is_seen_at_once_fetched_and_told_when_it_is_here() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let mut client = Client::synced(Language::JavaScript, &Connect::operator(&server, &admin)).await;
    let (file_id, picture) = (format!("photo{}", unique()), files::picture(ImageFormat::Jpeg, 800, 600));
    fakes().telegram.put_file(&telegram.token, &file_id, picture.clone());
    telegram.deliver(&TelegramChat::new().message(photo(&file_id))).await;

    let new = client.next("message:new").await;
    let file = &new["attachments"][0];
    assert_eq!((&file["status"], &file["url"]), (&json!("pending"), &Value::Null), "seen before it is fetched");
    let updated = client.next_where("message:updated", |message| message["id"] == new["id"]).await;
    let file = &updated["attachments"][0];
    assert_eq!(
        (&file["status"], &file["mimeType"], &file["type"]),
        (&json!("ready"), &json!("image/jpeg"), &json!("image"))
    );
    assert_eq!((&file["width"], &file["height"]), (&json!(800), &json!(600)), "what the file says counts");
    assert_eq!(file["size"], picture.len());

    let loaded = load(&server, &file["url"]).await;
    assert_eq!((loaded.status().as_u16(), &loaded.headers()["content-type"]), (200, &"image/jpeg".parse().unwrap()));
    assert_eq!(loaded.bytes().await.unwrap(), picture);
    let thumbnail = load(&server, &file["thumbnailUrl"]).await.bytes().await.unwrap();
    let small = image::load_from_memory(&thumbnail).unwrap();
    assert_eq!((small.width(), small.height()), (320, 240));
    let stored = admin.messages(&text(&only_chat(&admin).await["id"])).await;
    assert_eq!(stored[0]["attachments"], updated["attachments"], "the same on every surface");
}

#[tokio::test]
async fn a_file_inside_the_body_is_stored_and_its_base64_forgotten() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let media =
        json!({"base64": base64(&files::opus()), "mimeType": "audio/ogg; codecs=opus", "fileName": "voice.ogg"});
    deliver_inline(&bridge, "4915112345@s.whatsapp.net", "voice", media).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let file = attachment(&admin, &chat_id, "ready").await;
    assert_eq!(
        (&file["type"], &file["mimeType"], &file["duration"]),
        (&json!("voice"), &json!("audio/ogg"), &json!(3))
    );
    assert_eq!(load(&server, &file["url"]).await.bytes().await.unwrap(), files::opus());
    let pool = server.pool().await;
    let left: Option<String> = sqlx::query_scalar("select source::text from attachments where id = $1::uuid")
        .bind(text(&file["id"]))
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(left, None);
}

/// Uploads a file, as a client does.
pub async fn upload(api: &crate::support::api::Api, name: &str, claim: &str, data: Vec<u8>) -> Answer {
    let part = reqwest::multipart::Part::bytes(data).file_name(name.to_owned()).mime_str(claim).unwrap();
    let form = reqwest::multipart::Form::new().part("file", part);
    Answer::of(api.request(Method::POST, "/api/media").multipart(form)).await
}

#[tokio::test]
async fn an_upload_is_sent_as_what_it_is() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    telegram.deliver(&TelegramChat::new().text("hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let file = upload(&admin, "cat.png", "image/png", files::png()).await.created();
    assert_eq!(
        (&file["type"], &file["mimeType"], &file["fileName"]),
        (&json!("image"), &json!("image/png"), &json!("cat.png"))
    );
    assert_eq!(
        (&file["width"], &file["height"], &file["size"]),
        (&json!(640), &json!(480), &json!(files::png().len()))
    );
    let body = json!({"chatId": chat_id, "content": "look", "attachmentIds": [file["id"]]});
    let message = admin.post("/api/messages/send", body.clone()).await.created();
    assert_eq!(
        (&message["type"], &message["content"], &message["status"]),
        (&json!("image"), &json!("look"), &json!("queued"))
    );
    assert_eq!(message["attachments"][0]["id"], file["id"]);
    let call = telegram.sends(1).await.remove(0);
    assert_eq!(call.operation, "sendPhoto", "{}", call.body);
    admin.post("/api/messages/send", body).await.refused(409, "CONFLICT");
}

#[tokio::test]
async fn each_kind_of_file_is_known_by_its_bytes() {
    let server = shared().await;
    let admin = server.admin().await;
    for (name, data, kind, mime_type, shape) in [
        ("a.png", files::png(), "image", "image/png", (Some(640), None)),
        ("a.jpg", files::picture(ImageFormat::Jpeg, 33, 22), "image", "image/jpeg", (Some(33), None)),
        ("a.gif", files::picture(ImageFormat::Gif, 12, 9), "image", "image/gif", (Some(12), None)),
        ("a.webp", files::picture(ImageFormat::WebP, 70, 50), "image", "image/webp", (Some(70), None)),
        ("a.mp4", files::mp4(3_000_000), "video", "video/mp4", (Some(64), Some(5))),
        ("a.ogg", files::opus(), "voice", "audio/ogg", (None, Some(3))),
        ("a.mp3", files::mp3(), "audio", "audio/mpeg", (None, Some(3))),
        ("a.pdf", files::pdf(), "document", "application/pdf", (None, None)),
    ] {
        let file = upload(&admin, name, "application/octet-stream", data.clone()).await.created();
        assert_eq!((&file["type"], &file["mimeType"]), (&json!(kind), &json!(mime_type)), "{name}");
        assert_eq!((&file["width"], &file["duration"]), (&json!(shape.0), &json!(shape.1)), "{name}");
        assert_eq!(file["thumbnailUrl"].is_string(), kind == "image", "{name}");
        let loaded = load(&server, &file["url"]).await;
        assert_eq!(loaded.headers()["content-type"], mime_type);
        assert_eq!(loaded.bytes().await.unwrap(), data, "{name}");
    }
}
