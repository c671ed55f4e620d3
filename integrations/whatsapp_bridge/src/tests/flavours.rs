//! Evolution's and WAHA's bodies, keys and calls.

use bytes::Bytes;
use contract::{
    Account, Change, ChannelStatus, DeliveryStatus, Incoming, MessageType, Network, OutgoingChange, Rejection,
    SendError, Source, WebhookRequest,
};
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha512;

use super::sending::{reply, server, text};
use super::{account, bridge, now, parse_message, parse_one};

const KEY: &str = "B6D711FCDE4D4FD5936544120E713976";
const PERSON: &str = "4915550100@s.whatsapp.net";

fn of(flavour: &str) -> Account {
    Account { credentials: json!({ "flavour": flavour, "key": KEY, "instance": "shop" }), ..account() }
}

fn evolution(event: &str, data: Value) -> String {
    json!({ "event": event, "instance": "shop", "data": data, "apikey": KEY }).to_string()
}

fn waha(event: &str, payload: Value) -> String {
    json!({ "id": "evt_1", "event": event, "session": "default", "payload": payload }).to_string()
}

fn key(id: &str, from_me: bool) -> Value {
    json!({ "remoteJid": PERSON, "fromMe": from_me, "id": id })
}

#[test]
fn evolutions_messages_are_read_in_either_case() {
    let data = json!({ "key": key("A1", false), "pushName": "Ada", "messageTimestamp": "1789999000",
        "message": { "conversation": "hello" } });
    for event in ["messages.upsert", "MESSAGES_UPSERT"] {
        let message = parse_message(&evolution(event, data.clone()));
        assert_eq!((message.external_id.as_str(), message.content.as_str()), ("A1", "hello"));
        assert_eq!(message.chat.external_id, PERSON);
        assert_eq!(message.chat.contact.name.as_deref(), Some("Ada"));
        assert_eq!(message.provider_at.unwrap().timestamp(), 1_789_999_000);
    }
    let own = json!({ "key": key("A2", true), "message": { "extendedTextMessage": { "text": "ours",
        "contextInfo": { "stanzaId": "A1", "isForwarded": true } } } });
    let own = parse_message(&evolution("send.message", own));
    assert!(own.from_me && own.metadata.contains_key("forwarded"));
    assert_eq!(own.reply_to.as_deref(), Some("A1"));
}

#[test]
fn evolutions_contents_have_their_types() {
    for (content, kind) in [
        (json!({ "imageMessage": { "mimetype": "image/png" }, "base64": "aGk=" }), MessageType::Image),
        (json!({ "videoMessage": { "gifPlayback": true } }), MessageType::Video),
        (json!({ "audioMessage": { "ptt": true, "fileLength": { "low": 5, "high": 0 } } }), MessageType::Voice),
        (
            json!({ "documentWithCaptionMessage": { "message": { "documentMessage": { "caption": "x" } } } }),
            MessageType::Document,
        ),
        (json!({ "stickerMessage": {} }), MessageType::Sticker),
        (json!({ "locationMessage": { "degreesLatitude": 1.5, "degreesLongitude": 2 } }), MessageType::Location),
        (json!({ "contactMessage": { "displayName": "Bo", "vcard": "TEL;waid=1:+1" } }), MessageType::Contacts),
        (json!({ "listResponseMessage": { "title": "Yes" } }), MessageType::Interactive),
        (json!({ "pollCreationMessageV3": { "name": "Which?" } }), MessageType::Unsupported),
        (json!({ "messageContextInfo": {}, "conversation": "x" }), MessageType::Text),
    ] {
        let data = json!({ "key": key("A1", false), "message": content });
        assert_eq!(parse_message(&evolution("messages.upsert", data)).kind, kind, "{content}");
    }
    for silent in
        [json!({ "protocolMessage": { "type": 3 } }), json!({ "senderKeyDistributionMessage": {} }), json!(null)]
    {
        let data = json!({ "key": key("A1", false), "message": silent });
        let item = parse_one(&evolution("messages.upsert", data)).item;
        assert!(matches!(item, Incoming::Ignored { .. }), "{silent}: {item:?}");
    }
}

#[test]
fn a_hidden_id_goes_by_the_phone_where_evolution_tells_it() {
    let key =
        json!({ "remoteJid": "77@lid", "remoteJidAlt": "4915550100:3@s.whatsapp.net", "id": "A1", "fromMe": false });
    let data = json!({ "key": key, "message": { "conversation": "x" } });
    assert_eq!(parse_message(&evolution("messages.upsert", data)).chat.external_id, PERSON);
}

#[test]
fn evolutions_changes_and_states_are_told_apart() {
    let update = |status: Value| {
        json!({ "keyId": "A1", "messageId": "cl0", "remoteJid": PERSON, "fromMe": true,
        "status": status })
    };
    for (status, expected) in [
        (json!("ERROR"), DeliveryStatus::Failed),
        (json!("SERVER_ACK"), DeliveryStatus::Sent),
        (json!("DELIVERY_ACK"), DeliveryStatus::Delivered),
        (json!("READ"), DeliveryStatus::Read),
        (json!(5), DeliveryStatus::Read),
    ] {
        let Incoming::Status(told) = parse_one(&evolution("messages.update", update(status.clone()))).item else {
            panic!("{status}")
        };
        assert_eq!((told.message_external_id.as_str(), told.status), ("A1", expected));
    }
    let edited = json!({ "key": key("A1", false), "editedMessage": { "conversation": "better" } });
    let Incoming::Edit { message, .. } = parse_one(&evolution("messages.edited", edited)).item else { panic!() };
    assert_eq!((message.external_id.as_str(), message.content.as_str()), ("A1", "better"));
    let deleted = parse_one(&evolution("messages.delete", key("A1", false))).item;
    assert!(matches!(deleted, Incoming::Deletion(deletion) if deletion.message_external_id == "A1"));
    let reacted =
        json!({ "key": key("R1", false), "message": { "reactionMessage": { "key": { "id": "A1" }, "text": "👍" } } });
    let reacted = parse_one(&evolution("messages.upsert", reacted)).item;
    assert!(matches!(reacted, Incoming::Reaction(reaction) if reaction.emojis == ["👍"]));
    for (event, data, status) in [
        ("connection.update", json!({ "state": "open" }), ChannelStatus::Connected),
        ("connection.update", json!({ "state": "close" }), ChannelStatus::Disconnected),
        ("connection.update", json!({ "state": "refused" }), ChannelStatus::Error),
        ("QRCODE_UPDATED", json!({ "qrcode": { "code": "2@x" } }), ChannelStatus::Qr),
        ("logout.instance", json!({}), ChannelStatus::Disconnected),
    ] {
        let item = parse_one(&evolution(event, data)).item;
        assert!(matches!(&item, Incoming::Connection(told) if told.status == status), "{event}: {item:?}");
    }
}

#[test]
fn a_batch_of_evolution_is_read_one_by_one_and_its_parts_hold_no_key() {
    let items = json!([{ "key": key("A1", false), "message": { "conversation": "one" } }, { "key": {}, "message": { "conversation": "x" } }]);
    let body = evolution("messages.set", items);
    let parcels = crate::parse::parse(body.as_bytes(), now()).unwrap();
    assert_eq!(parcels.len(), 2);
    assert!(matches!(&parcels[0].item, Incoming::Message(message) if message.quiet));
    let Source::Part(part) = &parcels[1].source else { panic!("a whole body") };
    assert!(!part.contains(KEY));
    assert!(matches!(parse_one(part).item, Incoming::Unknown { .. }), "a part is a body of its own");
}

#[test]
fn the_key_is_taken_out_of_a_body_before_it_is_kept() {
    let bridge = bridge("http://127.0.0.1:9");
    let body = format!(r#"{{"apikey":"{KEY}","event":"call","x":[1e999],"apikey":  "{KEY}" }}"#);
    let kept = bridge.redact(Bytes::from(body));
    assert_eq!(&kept[..], br#"{"apikey":"[redacted]","event":"call","x":[1e999],"apikey":  "[redacted]" }"#);
    for other in ["{", "[]", r#"{"event":"message","data":{"text":"apikey"}}"#] {
        assert_eq!(bridge.redact(Bytes::from(other)), other);
    }
}

fn check(account: &Account, headers: &[(&'static str, &str)], body: &str) -> Result<(), Rejection> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    let body = Bytes::copy_from_slice(body.as_bytes());
    bridge("http://127.0.0.1:9").verify(&WebhookRequest { headers: &map, body: &body, now: now() }, Some(account))
}

#[test]
fn each_product_proves_itself_with_its_own_key() {
    let body = evolution("call", json!({}));
    let evolution = of("evolution");
    assert!(check(&evolution, &[], &body).is_ok());
    assert!(check(&evolution, &[("apikey", KEY)], "{}").is_ok());
    for (headers, body) in [(&[][..], "{}"), (&[("apikey", "wrong")], "{}"), (&[], r#"{"apikey":"wrong"}"#), (&[], "{")]
    {
        assert_eq!(check(&evolution, headers, body), Err(Rejection::Unauthorized), "{body}");
    }

    let body = waha("message", json!({}));
    let mut mac = Hmac::<Sha512>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let seal = hex::encode(mac.finalize().into_bytes());
    let product = of("waha");
    assert!(check(&product, &[("x-webhook-hmac", &seal), ("x-webhook-hmac-algorithm", "sha512")], &body).is_ok());
    assert!(check(&product, &[("x-webhook-hmac", &seal)], &body.replace("evt_1", "evt_2")).is_err());
    assert!(check(&product, &[("x-webhook-hmac", &seal[..64])], &body).is_err());
    assert!(check(&product, &[("x-webhook-hmac", &seal), ("x-webhook-hmac-algorithm", "md5")], &body).is_err());
    assert!(check(&product, &[("apikey", KEY)], &body).is_err(), "another product's proof");
    assert!(check(&account(), &[("apikey", KEY)], &body).is_err());
}

#[test]
fn wahas_messages_are_read() {
    let payload = json!({ "id": "false_4915550100@c.us_AAA", "timestamp": 1_789_999_000, "from": "4915550100@c.us",
        "fromMe": false, "body": "hello", "hasMedia": false, "replyTo": { "id": "true_4915550100@c.us_BBB" },
        "_data": { "notifyName": "Ada" } });
    let message = parse_message(&waha("message", payload));
    assert_eq!((message.external_id.as_str(), message.content.as_str()), ("AAA", "hello"));
    assert_eq!((message.chat.external_id.as_str(), message.reply_to.as_deref()), (PERSON, Some("BBB")));
    assert_eq!(message.chat.contact.name.as_deref(), Some("Ada"));

    let file = |mime: &str, kind: &str| {
        let payload = json!({ "id": "false_1-2@g.us_AAA_4915550100@c.us", "from": "1-2@g.us", "hasMedia": true,
            "body": "look", "media": { "url": "http://waha/x", "mimetype": mime }, "_data": { "type": kind } });
        parse_message(&waha("message.any", payload))
    };
    assert_eq!(file("image/png", "image").kind, MessageType::Image);
    assert_eq!(file("audio/ogg; codecs=opus", "ptt").kind, MessageType::Voice);
    assert_eq!(file("image/webp", "").kind, MessageType::Sticker);
    assert_eq!(file("image/png", "document").kind, MessageType::Document);
    let group = file("video/mp4", "");
    assert!(group.chat.is_group && group.content == "look");
    assert_eq!(group.sender.unwrap().external_id, PERSON);
    let place = json!({ "id": "true_1@c.us_A", "location": { "latitude": "1.5", "longitude": 2 } });
    assert_eq!(parse_message(&waha("message", place)).kind, MessageType::Location);
}

#[test]
fn wahas_numbers_are_one_less_than_baileys() {
    let ack = |ack: i64, name: Option<&str>| {
        let payload = json!({ "id": "true_4915550100@c.us_AAA", "ack": ack, "ackName": name });
        parse_one(&waha("message.ack", payload)).item
    };
    for (number, name, expected) in [
        (-1, None, DeliveryStatus::Failed),
        (1, None, DeliveryStatus::Sent),
        (2, None, DeliveryStatus::Delivered),
        (3, None, DeliveryStatus::Read),
        (4, None, DeliveryStatus::Read),
        (9, Some("DEVICE"), DeliveryStatus::Delivered),
    ] {
        let item = ack(number, name);
        assert!(matches!(&item, Incoming::Status(told) if told.status == expected), "{number}: {item:?}");
    }
    assert!(matches!(ack(0, Some("PENDING")), Incoming::Ignored { .. }));
}

#[test]
fn wahas_changes_and_states_are_told_apart() {
    let revoked = json!({ "revokedMessageId": "AAA", "after": { "id": "false_4915550100@c.us_BBB" } });
    let item = parse_one(&waha("message.revoked", revoked)).item;
    assert!(matches!(&item, Incoming::Deletion(deletion) if deletion.message_external_id == "AAA"), "{item:?}");
    let edited = json!({ "id": "false_4915550100@c.us_CCC", "editedMessageId": "AAA", "body": "better" });
    let Incoming::Edit { message, .. } = parse_one(&waha("message.edited", edited)).item else { panic!() };
    assert_eq!((message.external_id.as_str(), message.content.as_str()), ("AAA", "better"));
    for (word, status) in [
        ("WORKING", ChannelStatus::Connected),
        ("SCAN_QR_CODE", ChannelStatus::Qr),
        ("STARTING", ChannelStatus::Connecting),
        ("STOPPED", ChannelStatus::Disconnected),
        ("FAILED", ChannelStatus::Error),
        ("PASSKEY_REQUIRED", ChannelStatus::Error),
    ] {
        let item = parse_one(&waha("session.status", json!({ "status": word }))).item;
        assert!(matches!(&item, Incoming::Connection(told) if told.status == status), "{word}: {item:?}");
    }
}

/// What a product was asked: `METHOD path` and the body.
async fn asked(
    flavour: &str,
    answer: Value,
    work: impl AsyncFnOnce(&crate::WhatsappBridge, &Account),
) -> (String, Value) {
    let (url, requests) = server(vec![reply(200, "", &answer)]).await;
    work(&bridge(&url), &of(flavour)).await;
    let request = requests.await.unwrap().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let header = if flavour == "waha" { "x-api-key" } else { "apikey" };
    assert!(head.contains(&format!("{header}: {KEY}")), "{head}");
    let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    (line, serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn each_product_is_asked_in_its_own_words() {
    let sent = async |flavour: &str, answer: Value| {
        asked(flavour, answer, async |bridge, account| {
            assert_eq!(bridge.send(account, &text("hello")).await.unwrap().external_id, "AAA");
        })
        .await
    };
    let (line, body) = sent("evolution", json!({ "key": { "id": "AAA" } })).await;
    assert_eq!(
        (line.as_str(), body),
        ("POST /message/sendText/shop", json!({ "number": "4915550100", "text": "hello" }))
    );
    let (line, body) = sent("waha", json!({ "id": "true_4915550100@c.us_AAA" })).await;
    let expected = json!({ "session": "shop", "chatId": "4915550100@c.us", "text": "hello" });
    assert_eq!((line.as_str(), body), ("POST /api/sendText", expected));

    let change = |change: Change| OutgoingChange {
        chat_external_id: PERSON.into(),
        is_group: false,
        message_external_id: "AAA".into(),
        from_me: true,
        sender_external_id: None,
        kind: MessageType::Text,
        context: serde_json::Map::new(),
        answered: Default::default(),
        change,
    };
    let changed = async |flavour: &str, to: Change| {
        asked(flavour, json!({}), async |bridge, account| bridge.change(account, &change(to)).await.unwrap()).await.0
    };
    let edit = || Change::Edit { content: "better".into() };
    let react = || Change::React { emoji: Some("👍".into()) };
    assert_eq!(changed("evolution", edit()).await, "POST /chat/updateMessage/shop");
    assert_eq!(changed("evolution", Change::Delete).await, "DELETE /chat/deleteMessageForEveryone/shop");
    assert_eq!(changed("evolution", react()).await, "POST /message/sendReaction/shop");
    let message = "/api/shop/chats/4915550100%40c%2Eus/messages/true_4915550100%40c%2Eus_AAA";
    assert_eq!(changed("waha", edit()).await, format!("PUT {message}"));
    assert_eq!(changed("waha", Change::Delete).await, format!("DELETE {message}"));
    assert_eq!(changed("waha", react()).await, "PUT /api/reaction");
}

#[tokio::test]
async fn what_may_have_gone_out_at_another_product_is_not_repeated() {
    for flavour in ["evolution", "waha"] {
        let (url, requests) = server(vec![String::new()]).await;
        let error = bridge(&url).send(&of(flavour), &text("hello")).await.unwrap_err();
        assert!(matches!(&error, SendError::Refused { code, .. } if code == "OUTCOME_UNKNOWN"), "{error}");
        requests.await.unwrap();
    }
}
