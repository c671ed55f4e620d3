//! Files that do not come as they should: tried again, given up with a reason, fetched by hand, and never half kept.

use serde_json::{Value, json};
use stub::telegram_api::Download;
use tokio::io::AsyncReadExt;

use crate::ingest::only_chat;
use crate::media::{attachment, load};
use crate::support::bodies::{TelegramChat, bridge_event, now, unique};
use crate::support::channel::{Bridge, Telegram};
use crate::support::fake::fakes;
use crate::support::wait::{eventually, within};
use crate::support::{Operator, Server, files, shared, text};

/// A document of a customer, whose download goes so.
async fn document(telegram: &Telegram, data: Vec<u8>, download: Download) -> String {
    let id = format!("file{}", unique());
    fakes().telegram.put_file(&telegram.token, &id, data);
    fakes().telegram.set_download(&telegram.token, &id, download);
    let file = json!({"file_id": id, "file_unique_id": format!("u{id}"), "file_name": "a.pdf", "mime_type": "application/pdf"});
    telegram.deliver(&TelegramChat::new().message(json!({"document": file, "caption": "the bill"}))).await;
    id
}

/// Files of the server's store, half ones too.
pub fn stored(server: &Server) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::Path::new(server.env("DATA_DIR")).join("media")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => found.push(path.file_name().unwrap().to_string_lossy().into_owned()),
            }
        }
    }
    found
}

async fn tries(telegram: &Telegram, count: usize) {
    eventually("so many tries", || async {
        (fakes().telegram.downloads(&telegram.token).len() >= count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn d5_a_file_without_end_is_given_up_and_fetched_by_hand_once_it_has_one() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let id = document(&telegram, files::pdf(), Download::Endless).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let message = admin.messages(&chat_id).await.remove(0);
    assert_eq!((&message["content"], &message["status"]), (&json!("the bill"), &json!("received")), "seen at once");
    let file = attachment(&admin, &chat_id, "failed").await;
    assert!(text(&file["error"]).contains("larger than"), "{file}");
    assert_eq!((stored(&server), &file["url"]), (Vec::new(), &Value::Null), "nothing of it is kept");

    fakes().telegram.set_download(&telegram.token, &id, Download::Whole);
    let retry = format!("/api/media/{}/retry", text(&file["id"]));
    let again = admin.post(&retry, json!({})).await.ok();
    assert_eq!((&again["status"], &again["error"]), (&json!("pending"), &Value::Null));
    let file = attachment(&admin, &chat_id, "ready").await;
    assert_eq!(load(&server, &file["url"]).await.bytes().await.unwrap(), files::pdf());
    admin.post(&retry, json!({})).await.refused(409, "CONFLICT");
    server.admin().await.post(&retry, json!({})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_file_that_breaks_off_or_is_refused_is_located_anew_and_tried_again() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    for download in [Download::Broken(20), Download::Status(404), Download::Status(500)] {
        let before = fakes().telegram.downloads(&telegram.token).len();
        let id = document(&telegram, files::pdf(), download).await;
        tries(&telegram, before + 1).await;
        fakes().telegram.move_file(&telegram.token, &id, &format!("documents/moved-{id}"));
        fakes().telegram.set_download(&telegram.token, &id, Download::Whole);
        tries(&telegram, before + 2).await;
        let last = fakes().telegram.downloads(&telegram.token).pop().unwrap();
        assert!(last.contains("moved-"), "it was asked again where the file is: {last}");
    }
    eventually("all are here", || async {
        let chats = admin.get("/api/chats").await.items();
        let mut ready = 0;
        for chat in &chats {
            let message = admin.messages(&text(&chat["id"])).await.remove(0);
            ready += usize::from(message["attachments"][0]["status"] == "ready");
        }
        (ready == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn d4_a_redirect_of_the_network_is_not_followed_with_the_token_and_a_path_leads_nowhere_else() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = format!("http://{}/", listener.local_addr().unwrap());
    document(&telegram, files::pdf(), Download::Redirect(elsewhere.clone())).await;
    tries(&telegram, 2).await;
    let asked = tokio::time::timeout(std::time::Duration::from_millis(200), async {
        let mut request = vec![0; 1000];
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read(&mut request).await
    });
    assert!(asked.await.is_err(), "another host was asked");

    for path in
        ["../../etc/passwd", "/etc/passwd", "a/../../b", "http://127.0.0.1:1/x", "a\\b", &format!("{elsewhere}x")]
    {
        let admin = server.admin().await;
        let telegram = Telegram::create(&admin).await;
        let id = format!("file{}", unique());
        fakes().telegram.put_file(&telegram.token, &id, files::pdf());
        fakes().telegram.move_file(&telegram.token, &id, path);
        let file = json!({"file_id": id, "file_unique_id": format!("u{id}")});
        telegram.deliver(&TelegramChat::new().message(json!({"document": file}))).await;
        let file = attachment(&admin, &text(&only_chat(&admin).await["id"]), "failed").await;
        assert!(!text(&file["error"]).contains(&telegram.token), "{file}");
        assert_eq!(fakes().telegram.downloads(&telegram.token), Vec::<String>::new(), "{path}");
    }
}

/// A file of the bridge at an address that the bridge names.
async fn at_address(admin: &Operator, bridge: &Bridge, url: &str) -> Value {
    let chat = format!("49151{}@s.whatsapp.net", unique());
    let body = json!({"id": format!("M{}", unique()), "chatId": chat, "from": chat, "fromMe": false, "pushName": "Linus",
        "isGroup": false, "type": "document", "media": {"url": url, "mimeType": "application/pdf"}, "timestamp": now()});
    bridge.deliver(&bridge_event("message", body)).await;
    let chat = eventually("the chat is there", || async {
        admin.get("/api/chats").await.items().into_iter().find(|known| known["externalId"] == chat.as_str())
    })
    .await;
    attachment(admin, &text(&chat["id"]), "failed").await
}

#[tokio::test]
async fn d1_an_address_within_our_own_network_is_refused_with_a_reason() {
    let server = shared().await;
    let admin = server.admin().await;
    let bridge = Bridge::create(&admin, &server).await;
    let port = server.base.rsplit_once(':').unwrap().1;
    for url in [
        format!("http://127.0.0.1:{port}/health/live"),
        format!("http://[::ffff:127.0.0.1]:{port}/health/live"),
        format!("http://2130706433:{port}/health/live"),
        format!("http://localhost:{port}/health/live"),
        "http://169.254.169.254/latest/meta-data/".into(),
        "http://10.0.0.1/x".into(),
        "file:///etc/passwd".into(),
    ] {
        let file = at_address(&admin, &bridge, &url).await;
        let reason = text(&file["error"]);
        assert!(!reason.is_empty() && !reason.contains("127.0.0.1") && !reason.contains("passwd"), "{url}: {reason}");
    }
}

#[tokio::test]
async fn a_node_that_dies_while_a_file_comes_leaves_no_half_and_the_next_one_fetches_it() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let film = files::mp4(3 << 20);
    let id = document(&telegram, film.clone(), Download::Slow(std::time::Duration::from_millis(50))).await;
    tries(&telegram, 1).await;
    server.kill();
    fakes().telegram.set_download(&telegram.token, &id, Download::Whole);
    // the dead node's lease would end by itself in half a minute
    let pool = server.pool().await;
    sqlx::query("update media_fetches set lease_until = now()").execute(&pool).await.unwrap();
    server.launch().await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let file = within(std::time::Duration::from_secs(60), "the file is here", || async {
        let file = admin.messages(&chat_id).await.first()?["attachments"][0].clone();
        (file["status"] == "ready").then_some(file)
    })
    .await;
    assert_eq!(load(&server, &file["url"]).await.bytes().await.unwrap(), film);
    assert_eq!(stored(&server), [text(&file["id"])], "one whole file and no half");
    let left: i64 = sqlx::query_scalar("select count(*) from media_fetches").fetch_one(&pool).await.unwrap();
    assert_eq!(left, 0);
}
