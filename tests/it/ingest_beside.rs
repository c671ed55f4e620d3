//! Stored beside each other: what waits for one chat keeps no other chat waiting, and nothing of its own chat overtakes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::ingest::contents;
use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::wait::eventually;
use crate::support::{Answer, Server, check, text};

#[tokio::test]
async fn a_chat_that_is_held_up_keeps_no_other_waiting() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let (held, free) = (TelegramChat::new(), TelegramChat::new());
    telegram.deliver(&held.text("one")).await;
    telegram.deliver(&free.text("one")).await;
    let chats = admin.get("/api/chats").await.items();
    let id_of = |chat: &TelegramChat| {
        let external_id = chat.id.to_string();
        text(&chats.iter().find(|one| one["externalId"] == external_id.as_str()).expect("the chat is listed")["id"])
    };

    let pool = server.pool().await;
    let mut holding = pool.begin().await.unwrap();
    let lock = "select 1 from chat_activity where chat_id = $1::uuid for update";
    sqlx::query(lock).bind(id_of(&held)).execute(&mut *holding).await.unwrap();
    let refused = Arc::new(AtomicUsize::new(0));
    let waiting = tokio::spawn({
        let (telegram, refused) = (telegram.clone(), Arc::clone(&refused));
        let updates = [held.text("two"), held.text("three")];
        async move {
            for update in updates {
                // as networks do where the store says that it could not take it
                while Answer::of(telegram.delivery(&update)).await.status.is_server_error() {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    });
    let blocked =
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() limit 1";
    let mut passed = false;
    let mut free_contents = vec!["one".to_owned()];
    // a slow machine may take longer than the held one is tried
    for n in 0..3 {
        eventually("a writer waits for the chat", || async {
            sqlx::query(blocked).fetch_optional(&pool).await.unwrap()
        })
        .await;
        let before = refused.load(Ordering::Relaxed);
        free_contents.push(format!("free {n}"));
        telegram.deliver(&free.text(&format!("free {n}"))).await;
        passed |= refused.load(Ordering::Relaxed) == before;
    }
    assert!(passed, "the free chat had to wait for the one that is held up");
    assert_eq!(contents(&admin, &id_of(&free)).await, free_contents);
    assert_eq!(contents(&admin, &id_of(&held)).await, ["one"], "the other is still held up");
    holding.rollback().await.unwrap();
    waiting.await.unwrap();
    assert_eq!(contents(&admin, &id_of(&held)).await, ["one", "two", "three"]);
    check::assert_sound(&pool, &admin.organization_id).await;
}

#[tokio::test]
async fn a_commit_that_takes_long_refuses_nothing() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let pool = server.pool().await;
    let mut holding = pool.begin().await.unwrap();
    // as a batch does from its last statement until the disk has its commit
    let lock = "select 1 from event_positions where organization_id = $1::uuid for update";
    sqlx::query(lock).bind(&admin.organization_id).execute(&mut *holding).await.unwrap();
    let update = TelegramChat::new().text("while the disk stalls");
    let delivery = tokio::spawn({
        let telegram = telegram.clone();
        async move { telegram.deliver(&update).await }
    });
    tokio::time::sleep(Duration::from_secs(2)).await;
    holding.rollback().await.unwrap();
    delivery.await.unwrap();
    check::assert_sound(&pool, &admin.organization_id).await;
}
