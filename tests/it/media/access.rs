//! Who may have a file, in what part, and what it may do in a browser.

use reqwest::Method;
use reqwest::header::{HeaderMap, IF_NONE_MATCH, RANGE};
use serde_json::{Value, json};

use crate::conversation::{operator, visitor, web_chat};
use crate::ingest::only_chat;
use crate::media::{load, upload};
use crate::support::api::http;
use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::visitor::Webchat;
use crate::support::{Answer, Server, files, shared, text};

fn path(file: &Value) -> String {
    format!("/api/media/{}", text(&file["id"]))
}

#[tokio::test]
async fn b1_a_foreign_file_is_no_file_for_members_guests_and_strangers() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let (stranger, other_guest) = web_chat(&server).await;
    let file = upload(&admin, "a.png", "image/png", files::png()).await.created();
    admin.request(Method::GET, &path(&file)).send().await.unwrap().error_for_status().unwrap();
    let random = format!("/api/media/{}", uuid::Uuid::now_v7());
    let unknown = stranger.get(&random).await.refused(404, "NOT_FOUND");
    for api in [&*stranger, &guest.api, &other_guest.api] {
        for path in [path(&file), format!("{}/thumbnail", path(&file))] {
            assert_eq!(api.get(&path).await.refused(404, "NOT_FOUND"), unknown, "{path}");
        }
    }
    for nobody in ["", "?signature=", "?until=99999&signature=AAAAAAAAAAAAAAAAAAAAAA", "?signature=x&until=x"] {
        let answer = http().get(format!("{}{}{nobody}", server.base, path(&file))).send().await.unwrap();
        assert!([401, 422].contains(&answer.status().as_u16()), "{nobody}: {}", answer.status());
    }
    // a signature opens one file, in one form
    let other = upload(&admin, "b.png", "image/png", files::png()).await.created();
    let (_, query) = text(&file["url"]).split_once('?').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    for wrong in [format!("{}?{query}", path(&other)), format!("{}/thumbnail?{query}", path(&file))] {
        let answer = http().get(format!("{}{wrong}", server.base)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 401, "{wrong}");
    }
    admin.get("/api/media/not-an-id").await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn b2_a_message_takes_own_files_alone_and_each_once() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let (stranger, _) = web_chat(&server).await;
    let foreign = upload(&stranger, "a.png", "image/png", files::png()).await.created();
    let own = upload(&admin, "a.png", "image/png", files::png()).await.created();
    let guests = upload(&guest.api, "a.png", "image/png", files::png()).await.created();
    let send = |ids: Value| json!({"chatId": guest.chat_id, "content": "x", "attachmentIds": ids});
    for ids in [json!([foreign["id"]]), json!([own["id"], foreign["id"]]), json!([uuid::Uuid::now_v7()]), json!(["x"])]
    {
        admin.post("/api/messages/send", send(ids)).await.refused(404, "NOT_FOUND");
    }
    guest.api.post("/api/messages/send", send(json!([own["id"]]))).await.refused(404, "NOT_FOUND");
    admin.post("/api/messages/send", send(json!([own["id"], own["id"]]))).await.refused(404, "NOT_FOUND");
    assert!(admin.messages(&guest.chat_id).await.is_empty(), "nothing was written");

    let sent = guest.api.post("/api/messages/send", send(json!([guests["id"]]))).await.created();
    assert_eq!((&sent["type"], &sent["status"]), (&json!("image"), &json!("received")));
    guest.api.post("/api/messages/send", send(json!([guests["id"]]))).await.refused(409, "CONFLICT");
    // who is in the chat sees its files, but for those of notes
    let note = json!({"chatId": guest.chat_id, "content": "", "attachmentIds": [own["id"]], "private": true});
    admin.post("/api/messages/send", note).await.created();
    assert_eq!(guest.api.get(&path(&own)).await.status.as_u16(), 404);
    assert!(admin.request(Method::GET, &path(&guests)).send().await.unwrap().status().is_success());
    assert!(guest.api.request(Method::GET, &path(&guests)).send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn a_file_that_the_network_does_not_take_is_refused_with_what_it_takes() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    telegram.deliver(&TelegramChat::new().text("hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let file = upload(&admin, "a.pdf", "application/pdf", files::pdf()).await.created();
    let send = |kind: &str| json!({"chatId": chat_id, "type": kind, "attachmentIds": [file["id"]]});
    for kind in ["image", "voice", "sticker", "location", "template"] {
        let answer = admin.post("/api/messages/send", send(kind)).await;
        assert_eq!(answer.status.as_u16(), 422, "{kind} {}", answer.text);
    }
    let none = json!({"chatId": chat_id, "type": "image", "content": "x"});
    admin.post("/api/messages/send", none).await.refused(422, "INVALID_DATA");
    let sent = admin.post("/api/messages/send", send("document")).await.created();
    assert_eq!(sent["type"], "document");
    assert_eq!(telegram.sends(1).await[0].operation, "sendDocument");
}

#[tokio::test]
async fn a_file_is_had_in_parts_and_only_once_by_who_has_it() {
    let server = shared().await;
    let admin = server.admin().await;
    let data = files::mp4(300_000);
    let file = upload(&admin, "film.mp4", "video/mp4", data.clone()).await.created();
    let url = format!("{}{}", server.base, text(&file["url"]));
    let whole = http().get(&url).send().await.unwrap();
    assert_eq!((whole.status().as_u16(), &whole.headers()["accept-ranges"]), (200, &"bytes".parse().unwrap()));
    let tag = whole.headers()["etag"].clone();
    assert_eq!(whole.headers()["content-length"], data.len().to_string());
    assert_eq!(whole.bytes().await.unwrap(), data);
    for (range, start, end) in
        [("bytes=0-0", 0, 1), ("bytes=100-199", 100, 200), ("bytes=299000-", 299_000, data.len())]
    {
        let part = http().get(&url).header(RANGE, range).send().await.unwrap();
        assert_eq!(part.status().as_u16(), 206, "{range}");
        assert_eq!(part.headers()["content-range"], format!("bytes {start}-{}/{}", end - 1, data.len()));
        assert_eq!(part.bytes().await.unwrap(), data[start..end]);
    }
    let beyond = Answer::of(http().get(&url).header(RANGE, "bytes=9999999-")).await;
    assert_eq!(beyond.headers["content-range"], format!("bytes */{}", data.len()));
    beyond.refused(416, "INVALID_DATA");
    let known = http().get(&url).header(IF_NONE_MATCH, tag).send().await.unwrap();
    assert_eq!((known.status().as_u16(), known.bytes().await.unwrap().len()), (304, 0));
    let head = http().head(&url).send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), &head.headers()["content-length"]),
        (200, &data.len().to_string().parse().unwrap())
    );
    assert_eq!(head.headers()["content-type"], "video/mp4");
}

fn shows(headers: &HeaderMap) -> bool {
    headers["content-disposition"].to_str().unwrap().starts_with("inline")
}

#[tokio::test]
async fn e3_what_could_run_is_saved_and_never_shown_whatever_it_claims_to_be() {
    let server = shared().await;
    let admin = server.admin().await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let html = b"<!DOCTYPE html><script>alert(1)</script>".to_vec();
    let zip = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    let polyglot = [b"GIF89a/*".to_vec(), vec![0; 20], b"*/=1;alert(1)".to_vec()].concat();
    for (name, claim, data, kind, shown) in [
        ("a.svg", "image/svg+xml", svg.clone(), "application/octet-stream", false),
        ("a.png", "image/png", svg, "application/octet-stream", false),
        ("a.html", "text/html", html.clone(), "application/octet-stream", false),
        ("a.jpg", "image/jpeg", html, "application/octet-stream", false),
        (
            "a.xml",
            "text/xml",
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a/>".to_vec(),
            "application/octet-stream",
            false,
        ),
        ("a.pdf", "application/pdf", files::pdf(), "application/pdf", false),
        ("a.js", "text/javascript", b"alert(1)".to_vec(), "application/octet-stream", false),
        ("a.zip", "image/png", zip, "application/zip", false),
        ("a.gif", "text/javascript", polyglot, "image/gif", true),
        ("a.png", "text/html", files::png(), "image/png", true),
    ] {
        let file = upload(&admin, name, claim, data).await.created();
        let loaded = load(&server, &file["url"]).await;
        let headers = loaded.headers();
        assert_eq!((headers["content-type"].to_str().unwrap(), shows(headers)), (kind, shown), "{name} as {claim}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert!(headers["content-security-policy"].to_str().unwrap().starts_with("sandbox;"), "{name}");
    }
}

#[tokio::test]
async fn e4_a_file_may_be_called_anything() {
    let server = shared().await;
    let admin = server.admin().await;
    for name in
        ["../../../etc/passwd", "счёт\u{202e}gpj.exe", &"x".repeat(4_000), &"я".repeat(2_000), "CON", "..", "a;b=c.png"]
    {
        let file = upload(&admin, name, "text/plain", b"hello".to_vec()).await.created();
        let kept = file["fileName"].as_str().unwrap_or_default();
        assert!(kept.len() <= 255 && !kept.contains(['/', '\u{202e}']) && kept != "..", "{name}: {kept}");
        let loaded = load(&server, &file["url"]).await;
        assert_eq!(loaded.status().as_u16(), 200);
        assert!(loaded.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"), "{name}");
        assert_eq!(loaded.text().await.unwrap(), "hello");
    }
    let inside = crate::media::fetch::stored(&server);
    assert!(
        inside.iter().all(|name| uuid::Uuid::parse_str(name.split(['.', '#']).next().unwrap()).is_ok()),
        "{inside:?}"
    );
}

/// The most memory that the server has had so far.
fn most_memory_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap().to_owned();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn e5_a_picture_bomb_and_an_archive_bomb_are_kept_as_they_are() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let bomb = files::bomb();
    upload(&admin, "warm.png", "image/png", files::png()).await.created();
    let before = most_memory_kib(&server);
    let file = upload(&admin, "bomb.png", "image/png", bomb.clone()).await.created();
    assert_eq!((&file["width"], &file["thumbnailUrl"]), (&json!(12_000), &Value::Null), "measured and not decoded");
    let archive = [b"PK\x03\x04".to_vec(), vec![0; 1 << 20]].concat();
    upload(&admin, "a.docx", "application/zip", archive).await.created();
    let grown = (most_memory_kib(&server) - before) >> 10;
    assert!(grown < 64, "{grown} MiB more");
}

#[tokio::test]
async fn an_upload_that_is_none_is_refused_in_words() {
    let server = shared().await;
    let admin = server.admin().await;
    admin.post("/api/media", json!({})).await.refused(415, "INVALID_DATA");
    let form = reqwest::multipart::Form::new().text("other", "x");
    Answer::of(admin.request(Method::POST, "/api/media").multipart(form)).await.refused(422, "INVALID_DATA");
    upload(&admin, "a", "text/plain", Vec::new()).await.refused(422, "INVALID_DATA");
    Answer::of(http().post(format!("{}/api/media", server.base))).await.refused(401, "UNAUTHORIZED");
    let torn = admin.request(Method::POST, "/api/media").header("content-type", "multipart/form-data; boundary=x");
    let torn = torn.body("--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc");
    Answer::of(torn).await.refused(400, "INVALID_DATA");
}

#[tokio::test]
async fn an_upload_over_the_limit_is_refused_and_leaves_nothing() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let before = most_memory_kib(&server);
    upload(&admin, "a.bin", "application/octet-stream", vec![7; (100 << 20) + 1])
        .await
        .refused(413, "MESSAGE_TOO_LARGE");
    assert_eq!(crate::media::fetch::stored(&server), Vec::<String>::new());
    let rows: i64 =
        sqlx::query_scalar("select count(*) from attachments").fetch_one(&server.pool().await).await.unwrap();
    assert_eq!(rows, 0);
    let file = upload(&admin, "a.bin", "application/octet-stream", vec![7; 100 << 20]).await.created();
    assert_eq!(file["size"], 100 << 20);
    let loaded = load(&server, &file["url"]).await.bytes().await.unwrap();
    assert!(loaded.len() == 100 << 20 && loaded.iter().all(|byte| *byte == 7));
    let grown = (most_memory_kib(&server) - before) >> 10;
    assert!(grown < 48, "a file of 100 MiB passed through in pieces, and {grown} MiB of memory were used");
    eprintln!("memory above what it was, for 100 MiB up and down: {grown} MiB");
}

#[tokio::test]
async fn a_file_that_a_visitor_names_by_its_address_is_that_file_on_every_surface() {
    let server = shared().await;
    let admin = server.admin().await;
    let webchat = Webchat::create(&admin, json!({})).await;
    let guest = webchat.visit(json!({"name": "Anna"})).await;
    let (mut said, mut heard) = (visitor(&server, &guest).await, operator(&server, &admin).await);
    let file = upload(&guest.api, "cat.png", "image/png", files::png()).await.created();
    let send =
        json!({"chat_id": guest.chat_id, "type": "photo", "content": file["url"], "metadata": {"caption": "my cat"}});
    assert_eq!(said.emit("chat:message:send", send.clone()).await["status"], "sent");
    let told = heard.next("chat:message:new").await;
    assert_eq!(told["content"], format!("{}{}", server.base, text(&file["url"])), "its absolute address");
    assert_eq!(http().get(text(&told["content"])).send().await.unwrap().bytes().await.unwrap(), files::png());
    let stored = admin.messages(&guest.chat_id).await.remove(0);
    assert_eq!((&stored["content"], &stored["attachments"][0]["id"]), (&json!("my cat"), &file["id"]));
    let again = said.emit("chat:message:send", send).await;
    assert!(again["error"]["code"].is_string(), "a file goes with one message: {again}");
    let forged = json!({"chat_id": guest.chat_id, "type": "photo", "content": path(&file)});
    assert_eq!(said.emit("chat:message:send", forged).await["error"]["code"], "INVALID_DATA");
}

#[tokio::test]
async fn a_photo_of_the_conversation_surface_reaches_the_network_as_a_photo() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    telegram.deliver(&TelegramChat::new().text("hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let mut member = operator(&server, &admin).await;
    let file = upload(&admin, "cat.png", "image/png", files::png()).await.created();
    let content = format!("{}{}", server.base, text(&file["url"]));
    let ack = member.emit("chat:message:send", json!({"chat_id": chat_id, "type": "photo", "content": content})).await;
    assert_eq!(ack["status"], "sent", "{ack}");
    assert_eq!(telegram.sends(1).await[0].operation, "sendPhoto");
    // one that cannot be fetched is told by its address, after what was said before it
    let foreign = "http://127.0.0.1:9/dog.png";
    let ack = member.emit("chat:message:send", json!({"chat_id": chat_id, "type": "photo", "content": foreign})).await;
    assert_eq!(ack["status"], "sent", "{ack}");
    let call = telegram.sends(2).await.remove(1);
    assert_eq!(call.operation, "sendMessage");
    assert!(call.body.to_string().contains(foreign), "{}", call.body);
}
