//! The eight message types of seeds/001: each checked by its type, seen on every surface, and told to the network as the
//! nearest thing that it can show.

use serde_json::{Value, json};

use crate::conversation::{operator, visitor, web_chat};
use crate::ingest::only_chat;
use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::{shared, text};

/// The payloads of the design page.
fn examples() -> Vec<Value> {
    vec![
        json!({"type": "text", "content": "Hello, how are you?"}),
        json!({"type": "photo", "content": "https://storage.service.com/photos/123.jpg", "metadata": {"width": 1080,
            "height": 1920, "thumbnail": "https://storage.service.com/photos/123_thumb.jpg"}}),
        json!({"type": "video", "content": "https://storage.service.com/videos/456.mp4", "metadata": {"duration": 30,
            "thumbnail": "https://storage.service.com/videos/456_thumb.jpg"}}),
        json!({"type": "voice", "content": "https://storage.service.com/voice/789.m4a", "metadata": {"duration": 15}}),
        json!({"type": "location", "content": "55.7558,37.6173",
            "metadata": {"lat": 55.7558, "lng": 37.6173, "address": "Красная площадь, Москва"}}),
        json!({"type": "profile_share", "content": "user-uuid", "metadata": {"name": "Анна Иванова",
            "avatar": "https://storage.service.com/avatars/user.jpg", "is_master": true}}),
        json!({"type": "post_share", "content": "post-uuid",
            "metadata": {"author_name": "Мария", "media_url": "https://storage.service.com/posts/post.jpg"}}),
        json!({"type": "booking_proposal", "content": "Хотите записаться на маникюр?", "metadata": {
            "service_id": "service-uuid", "service_name": "Маникюр", "price": 2000, "duration": 60}}),
    ]
}

fn in_chat(mut message: Value, chat_id: &str) -> Value {
    message["chat_id"] = chat_id.into();
    message
}

#[tokio::test]
async fn all_eight_go_both_ways_as_the_design_has_them() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let mut visitor = visitor(&server, &guest).await;
    let mut member = operator(&server, &admin).await;
    for example in examples() {
        for from_visitor in [true, false] {
            let (speaker, listener) =
                if from_visitor { (&mut visitor, &mut member) } else { (&mut member, &mut visitor) };
            let ack = speaker.emit("chat:message:send", in_chat(example.clone(), &guest.chat_id)).await;
            assert_eq!(ack["status"], "sent", "{example} {ack}");
            let told = listener.next_where("chat:message:new", |message| message["id"] == ack["message_id"]).await;
            let metadata = example.get("metadata").cloned().unwrap_or_else(|| json!({}));
            assert_eq!((&told["type"], &told["content"]), (&example["type"], &example["content"]));
            assert_eq!(told["metadata"], metadata, "kept verbatim");
        }
    }
    let stored = admin.messages(&guest.chat_id).await;
    assert_eq!(stored.len(), 16);
    let photo = stored.iter().find(|message| message["type"] == "image").unwrap();
    assert_eq!((&photo["content"], &photo["attachments"][0]["type"]), (&json!(""), &json!("image")));
    assert_eq!(photo["attachments"][0]["url"], "https://storage.service.com/photos/123.jpg");
}

#[tokio::test]
async fn what_a_type_needs_is_asked_for_and_nothing_is_stored() {
    let server = shared().await;
    let (admin, guest) = web_chat(&server).await;
    let mut visitor = visitor(&server, &guest).await;
    for wrong in [
        json!({"type": "photo", "content": ""}),
        json!({"type": "photo", "content": "javascript:alert(1)"}),
        json!({"type": "photo", "content": "https://a.example/1", "metadata": {"width": "wide"}}),
        json!({"type": "video", "content": "no address"}),
        json!({"type": "voice", "content": "https://a.example/1", "metadata": {"duration": -1}}),
        json!({"type": "location", "content": "somewhere"}),
        json!({"type": "location", "content": "91,0"}),
        json!({"type": "location", "content": "", "metadata": {"lat": 1}}),
        json!({"type": "profile_share", "content": ""}),
        json!({"type": "profile_share", "content": "id", "metadata": {"name": 1}}),
        json!({"type": "post_share", "content": " "}),
        json!({"type": "booking_proposal", "content": "x", "metadata": {"price": 1, "duration": 1}}),
        json!({"type": "booking_proposal", "content": "x", "metadata": {"service_id": "s", "duration": 1}}),
        json!({"type": "booking_proposal", "content": "x", "metadata": {"service_id": "s", "price": 1}}),
        json!({"type": "booking_proposal", "content": "x", "metadata": {"service_id": "s", "price": -1, "duration": 1}}),
        json!({"type": "system", "content": "x"}),
        json!({"type": "template", "content": "x"}),
        json!({"type": "text", "content": "x", "metadata": "none"}),
        json!({"type": 7, "content": "x"}),
    ] {
        let ack = visitor.emit("chat:message:send", in_chat(wrong.clone(), &guest.chat_id)).await;
        assert_eq!(ack["error"]["code"], "INVALID_DATA", "{wrong} {ack}");
    }
    assert!(admin.messages(&guest.chat_id).await.is_empty());
    let ack =
        visitor.emit("chat:message:send", in_chat(json!({"type": "location", "content": "1.5, 2"}), &guest.chat_id));
    assert_eq!(ack.await["status"], "sent", "a place may come as text alone");
    assert_eq!(admin.messages(&guest.chat_id).await[0]["metadata"], json!({"lat": 1.5, "lng": 2.0}));
}

#[tokio::test]
async fn a_network_gets_the_nearest_thing_that_it_can_show() {
    let server = shared().await;
    let admin = server.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    telegram.deliver(&customer.text("hi")).await;
    let chat_id = text(&only_chat(&admin).await["id"]);
    let mut member = operator(&server, &admin).await;
    for example in examples() {
        let ack = member.emit("chat:message:send", in_chat(example.clone(), &chat_id)).await;
        assert_eq!(ack["status"], "sent", "{example} {ack}");
    }
    let calls = telegram.sends(8).await;
    let said: Vec<String> = calls.iter().map(|call| call.body.to_string()).collect();
    for (part, at) in [
        ("Hello, how are you?", 0),
        ("https://storage.service.com/photos/123.jpg", 1),
        ("https://storage.service.com/videos/456.mp4", 2),
        ("https://storage.service.com/voice/789.m4a", 3),
        ("37.6173", 4),
        ("Анна Иванова", 5),
        ("Мария", 6),
        ("Маникюр", 7),
    ] {
        assert!(said[at].contains(part), "{part} in {}", said[at]);
    }
}
