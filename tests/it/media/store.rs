//! Where files are kept: removed with what they belong to, and in a bucket as well as in a folder.

use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::media::fetch::stored;
use crate::media::{attachment, load, upload};
use crate::support::api::http;
use crate::support::bodies::{TelegramChat, unique};
use crate::support::channel::Telegram;
use crate::support::fake::fakes;
use crate::support::server::free_port;
use crate::support::wait::eventually;
use crate::support::{Operator, Server, files, text};

/// A photo of a customer that was fetched; gives its chat.
async fn photo(admin: &Operator, telegram: &Telegram) -> String {
    let id = format!("photo{}", unique());
    fakes().telegram.put_file(&telegram.token, &id, files::png());
    let sizes = json!([{"file_id": id, "file_unique_id": format!("u{id}"), "width": 90, "height": 90}]);
    telegram.deliver(&TelegramChat::new().message(json!({"photo": sizes}))).await;
    let chat_id = text(&admin.get("/api/chats").await.items()[0]["id"]);
    attachment(admin, &chat_id, "ready").await;
    chat_id
}

async fn left(server: &Server, count: usize) {
    eventually("so many files are left", || std::future::ready((stored(server).len() == count).then_some(()))).await;
}

#[tokio::test]
async fn files_go_with_their_chat_their_channel_and_the_day_on_which_nobody_sent_them() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let (first, _second) = (photo(&admin, &telegram).await, photo(&admin, &telegram).await);
    let unsent = upload(&admin, "a.pdf", "application/pdf", files::pdf()).await.created();
    assert_eq!(stored(&server).len(), 5, "two pictures with their small ones, and an upload");
    admin.delete(&format!("/api/chats/{first}")).await.expect(204);
    left(&server, 3).await;
    admin.delete(&format!("/api/channels/{}", telegram.id)).await.expect(204);
    left(&server, 1).await;
    let pool = server.pool().await;
    sqlx::query("update attachments set created_at = now() - interval '25 hours'").execute(&pool).await.unwrap();
    server.restart().await;
    left(&server, 0).await;
    let row: Option<i32> = sqlx::query_scalar("select 1 from attachments where id = $1::uuid")
        .bind(text(&unsent["id"]))
        .fetch_optional(&pool)
        .await
        .unwrap();
    assert_eq!(row, None);
}

/// A bucket on the loopback, while it is kept.
struct Bucket {
    process: Child,
    endpoint: String,
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn bucket() -> Option<Bucket> {
    let program = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/moto_server");
    if !program.exists() {
        return None;
    }
    let port = free_port();
    let mut command = Command::new(program);
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    let endpoint = format!("http://127.0.0.1:{port}");
    let bucket = Bucket { process: command.spawn().unwrap(), endpoint };
    eventually("the bucket answers", || async {
        let made = http().put(format!("{}/media", bucket.endpoint)).send().await.ok()?;
        made.status().is_success().then_some(())
    })
    .await;
    Some(bucket)
}

#[tokio::test]
async fn a_bucket_keeps_files_as_a_folder_does() {
    let Some(bucket) = bucket().await else {
        eprintln!("moto is not installed: files in a bucket are not tried");
        return;
    };
    let server = Server::builder()
        .env("MEDIA_URL", "s3://media/inbox")
        .env("AWS_ENDPOINT", &bucket.endpoint)
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .start()
        .await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let chat_id = photo(&admin, &telegram).await;
    let file = attachment(&admin, &chat_id, "ready").await;
    assert_eq!(load(&server, &file["url"]).await.bytes().await.unwrap(), files::png());
    assert!(load(&server, &file["thumbnailUrl"]).await.status().is_success());

    // in several parts, and back in pieces
    let film = files::mp4(12 << 20);
    let large = upload(&admin, "film.mp4", "video/mp4", film.clone()).await.created();
    assert_eq!((&large["width"], &large["duration"]), (&json!(64), &json!(5)), "its header is at its end");
    let url = format!("{}{}", server.base, text(&large["url"]));
    let part = http().get(&url).header("range", "bytes=12000000-12000099").send().await.unwrap();
    assert_eq!(part.bytes().await.unwrap(), film[12_000_000..12_000_100]);
    assert_eq!(http().get(&url).send().await.unwrap().bytes().await.unwrap(), film);
    let body = json!({"chatId": chat_id, "attachmentIds": [large["id"]]});
    admin.post("/api/messages/send", body).await.created();
    assert_eq!(telegram.sends(1).await[0].operation, "sendVideo");

    let list = || async {
        http().get(format!("{}/media?list-type=2", bucket.endpoint)).send().await.unwrap().text().await.unwrap()
    };
    let keys = list().await;
    assert!(keys.contains(&format!("inbox/{}/{}", admin.organization_id, text(&large["id"]))), "{keys}");
    assert!(crate::media::fetch::stored(&server).is_empty(), "nothing beside the bucket");
    admin.delete(&format!("/api/chats/{chat_id}")).await.expect(204);
    eventually("the bucket is empty", || async { (!list().await.contains("<Key>")).then_some(()) }).await;
    assert_eq!(only_left(&admin).await, 0);
}

async fn only_left(admin: &Operator) -> usize {
    admin.get("/api/chats").await.items().len()
}
