//! Polling and webhook take turns, and nothing is lost or doubled between them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::ingest::{contents, only_chat};
use crate::support::bodies::TelegramChat;
use crate::support::channel::bot_token;
use crate::support::fake::fakes;
use crate::support::wait::eventually;
use crate::support::{Operator, api::http, check, shared, text};

/// Posts what waits to the webhook, for as long as one is set, as Telegram does: one at a time, again until it is taken.
async fn deliver(token: &str) {
    while let Some((webhook, update)) = fakes().telegram.to_deliver(token) {
        let secret = webhook["secret_token"].as_str().unwrap_or_default();
        let request = http().post(text(&webhook["url"])).header("x-telegram-bot-api-secret-token", secret);
        let answer = request.header("content-type", "application/json").body(update.to_string()).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            fakes().telegram.delivered(token, &update);
        }
    }
}

async fn switch(admin: &Operator, id: &str, mode: &str) {
    admin.patch(&format!("/api/channels/{id}"), json!({"mode": mode})).await.ok();
}

async fn until_switched(token: &str, mode: &str) {
    eventually("Telegram knows the mode", || async {
        (fakes().telegram.webhook(token).is_null() == (mode == "polling")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_change_of_mode_loses_nothing_and_doubles_nothing() {
    let server = shared().await;
    let admin = server.admin().await;
    let token = bot_token();
    let body = json!({"name": "Bot", "provider": "telegram", "credentials": {"token": token}});
    let id = text(&admin.post("/api/channels", body).await.created()["id"]);
    let customer = TelegramChat::new();
    let mut expected = BTreeSet::new();
    let mut write = |round: usize, part: &str| {
        for n in 0..8 {
            let words = format!("{round} {part} {n}");
            fakes().telegram.push_update(&token, customer.text(&words));
            expected.insert(words);
        }
    };
    for round in 0..8 {
        let mode = if round % 2 == 0 { "webhook" } else { "polling" };
        write(round, "before");
        switch(&admin, &id, mode).await;
        write(round, "while");
        deliver(&token).await;
        if round % 3 != 2 {
            until_switched(&token, mode).await;
            write(round, "after");
            deliver(&token).await;
        }
    }
    // the last mode is polling, whatever was still under way
    until_switched(&token, "polling").await;
    eventually("Telegram has nothing left to deliver", || async {
        deliver(&token).await;
        (fakes().telegram.unconfirmed(&token) == 0).then_some(())
    })
    .await;
    let chat = only_chat(&admin).await;
    let stored = contents(&admin, &text(&chat["id"])).await;
    let unique: BTreeSet<String> = stored.iter().cloned().collect();
    assert_eq!(unique, expected);
    assert_eq!((stored.len(), &chat["unreadCount"]), (expected.len(), &json!(expected.len())));
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}

#[tokio::test]
async fn both_modes_ask_for_every_kind_of_update() {
    let server = shared().await;
    let admin = server.admin().await;
    for mode in ["polling", "webhook"] {
        let token = bot_token();
        let body = json!({"name": "Bot", "provider": "telegram", "mode": mode, "credentials": {"token": token}});
        let id = text(&admin.post("/api/channels", body).await.created()["id"]);
        let customer = TelegramChat::new();
        let hello = customer.text("hello");
        eventually("a reaction is asked for", || async {
            // left out by Telegram unless it is named
            let reaction = json!({"message_reaction": {"chat": {"id": customer.id, "type": "private"},
                "message_id": hello["message"]["message_id"], "date": hello["message"]["date"],
                "user": {"id": customer.id, "first_name": "Ada"}, "old_reaction": [],
                "new_reaction": [{"type": "emoji", "emoji": "👍"}]}});
            let before = fakes().telegram.unconfirmed(&token);
            fakes().telegram.push_update(&token, reaction);
            (fakes().telegram.unconfirmed(&token) > before).then_some(())
        })
        .await;
        fakes().telegram.push_update(&token, hello.clone());
        let message: Value = eventually("the reaction is on its message", || async {
            deliver(&token).await;
            let chats = admin.get(&format!("/api/chats?channelId={id}")).await.items();
            let messages = admin.messages(&text(&chats.first()?["id"])).await;
            messages.into_iter().find(|message| message["reactions"].as_array().is_some_and(|all| !all.is_empty()))
        })
        .await;
        assert_eq!(message["content"], "hello", "{mode}");
    }
}
