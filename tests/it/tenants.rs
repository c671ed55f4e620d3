//! Organizations do not see each other: not by id, not by cursor, not by room, not by a figure.

use reqwest::Method;
use serde_json::{Value, json};

use crate::send::Chat;
use crate::support::bodies::{TelegramChat, unique, waba_text};
use crate::support::channel::{Telegram, Waba};
use crate::support::socket::RawClient;
use crate::support::{Answer, Operator, check, shared, text};

/// What an answer says beyond ids that differ by nature.
fn told(answer: &Answer, id: &str) -> (u16, String) {
    let mut body: Value = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
    if let Some(problem) = body.as_object_mut() {
        problem.remove("instance");
        problem.remove("requestId");
    }
    (answer.status.as_u16(), body.to_string().replace(id, "ID"))
}

#[tokio::test]
async fn b1_a_foreign_id_is_answered_like_one_that_never_was() {
    let server = shared().await;
    let (owner, stranger) = (server.admin().await, server.admin().await);
    let chat = Chat::open(&owner).await;
    let message = text(&owner.messages(&chat.id).await[0]["id"]);
    let key = text(&owner.post("/api/api-keys", json!({"name": "k", "role": "user"})).await.created()["id"]);
    let waba = Waba::create(&owner, &server).await;
    waba.deliver(&waba_text(&unique().to_string(), "15551", "wamid.X", "lost")).await;
    let letter = text(&owner.get("/api/dead-letters").await.items()[0]["id"]);
    let notification = notify(&owner, &owner.user_id).await.created();
    let notification = text(&notification["id"]);
    let things = Things::of(&owner, &chat.id).await;
    let own_note = format!("/api/contacts/{}/notes/{{}}", contact_of(&stranger).await);
    let their_note = format!("/api/contacts/{{}}/notes/{}", things.note);
    let ticket = text(&owner.post("/api/tickets", json!({"title": "theirs"})).await.created()["id"]);
    let before = check::journal(&owner).await.len();

    let routes: &[(Method, &str, &str, Value)] = &[
        (Method::GET, "/api/chats/{}", &chat.id, Value::Null),
        (Method::PATCH, "/api/chats/{}", &chat.id, json!({"status": "resolved"})),
        (Method::DELETE, "/api/chats/{}", &chat.id, Value::Null),
        (Method::POST, "/api/chats/{}/claim", &chat.id, json!({})),
        (Method::POST, "/api/chats/{}/release", &chat.id, json!({})),
        (Method::POST, "/api/chats/{}/read", &chat.id, json!({})),
        (Method::GET, "/api/chats/{}/messages", &chat.id, Value::Null),
        (Method::GET, "/api/chats/{}/presence", &chat.id, Value::Null),
        (Method::POST, "/api/messages/{}/retry", &message, json!({})),
        (Method::PATCH, "/api/messages/{}", &message, json!({"content": "mine now"})),
        (Method::DELETE, "/api/messages/{}", &message, Value::Null),
        (Method::PUT, "/api/messages/{}/reaction", &message, json!({"emoji": "👍"})),
        (Method::GET, "/api/channels/{}", &chat.telegram.id, Value::Null),
        (Method::PATCH, "/api/channels/{}", &chat.telegram.id, json!({"name": "mine now"})),
        (Method::DELETE, "/api/channels/{}", &chat.telegram.id, Value::Null),
        (
            Method::POST,
            "/api/channels/{}/inbound",
            &chat.telegram.id,
            json!({"from": {"id": "x"}, "message": {"id": "1", "type": "text", "content": "x"}}),
        ),
        (Method::PATCH, "/api/users/{}", &owner.user_id, json!({"name": "mine now"})),
        (Method::DELETE, "/api/api-keys/{}", &key, Value::Null),
        (Method::POST, "/api/dead-letters/{}/replay", &letter, json!({})),
        (Method::GET, "/api/media/{}", &message, Value::Null),
        (Method::POST, "/api/notifications/{}/read", &notification, json!({})),
        (Method::PATCH, "/api/labels/{}", &things.label, json!({"color": "#000000"})),
        (Method::DELETE, "/api/labels/{}", &things.label, Value::Null),
        (Method::PATCH, "/api/quick-replies/{}", &things.reply, json!({"content": "mine now"})),
        (Method::DELETE, "/api/quick-replies/{}", &things.reply, Value::Null),
        (Method::GET, "/api/teams/{}", &things.team, Value::Null),
        (Method::PATCH, "/api/teams/{}", &things.team, json!({"name": "mine now"})),
        (Method::DELETE, "/api/teams/{}", &things.team, Value::Null),
        (Method::POST, "/api/contacts/{}/block", &things.contact, json!({})),
        (Method::DELETE, "/api/contacts/{}/block", &things.contact, Value::Null),
        (Method::GET, "/api/contacts/{}/notes", &things.contact, Value::Null),
        (Method::POST, "/api/contacts/{}/notes", &things.contact, json!({"content": "mine now"})),
        (Method::DELETE, &their_note, &things.contact, Value::Null),
        (Method::DELETE, &own_note, &things.note, Value::Null),
        (Method::GET, "/api/tickets/{}", &ticket, Value::Null),
        (Method::PATCH, "/api/tickets/{}", &ticket, json!({"title": "mine now", "chatId": "not-an-id"})),
    ];
    for (method, route, id, body) in routes {
        let ask = async |id: &str| {
            let request = stranger.request(method.clone(), &route.replace("{}", id));
            Answer::of(if body.is_null() { request } else { request.json(body) }).await
        };
        let random = uuid::Uuid::now_v7().to_string();
        let (foreign, unknown, odd) = (ask(id).await, ask(&random).await, ask("not-an-id").await);
        assert_eq!(foreign.status, 404, "{method} {route} answered {}", foreign.text);
        assert_eq!(told(&foreign, id), told(&unknown, &random), "{method} {route}");
        assert_eq!(told(&odd, "not-an-id"), told(&unknown, &random), "{method} {route} with what is no id");
    }
    assert_eq!(check::journal(&owner).await.len(), before, "nothing happened to the owner");
    assert_eq!(owner.get("/api/notifications").await.items()[0]["isRead"], false);
    assert_eq!(things, Things::seen(&owner).await, "nor to what it keeps");
    assert_eq!(owner.get(&format!("/api/contacts/{}", things.contact)).await.ok()["blockedAt"], Value::Null);
}

/// What an organization keeps beside its chats, one of each.
#[derive(Debug, PartialEq)]
struct Things {
    label: String,
    reply: String,
    team: String,
    contact: String,
    note: String,
}

impl Things {
    async fn of(owner: &Operator, chat_id: &str) -> Self {
        owner.post("/api/labels", json!({"name": "vip", "color": "#ffffff"})).await.created();
        owner.post("/api/quick-replies", json!({"shortcut": "hi", "content": "theirs"})).await.created();
        owner.post("/api/teams", json!({"name": "theirs", "userIds": [owner.user_id]})).await.created();
        let contact = text(&owner.chat(chat_id).await["contact"]["id"]);
        owner.post(&format!("/api/contacts/{contact}/notes"), json!({"content": "theirs"})).await.created();
        Self::seen(owner).await
    }

    async fn seen(owner: &Operator) -> Self {
        let only = async |path: &str, field: &str, kept: &str| {
            let items = owner.get(path).await.items();
            assert_eq!((items.len(), &items[0][field]), (1, &json!(kept)), "{path}");
            text(&items[0]["id"])
        };
        let contact = contact_of(owner).await;
        let notes = format!("/api/contacts/{contact}/notes");
        Self {
            label: only("/api/labels", "color", "#ffffff").await,
            reply: only("/api/quick-replies", "content", "theirs").await,
            team: only("/api/teams", "name", "theirs").await,
            note: only(&notes, "content", "theirs").await,
            contact,
        }
    }
}

/// The newest contact of an organization; one is made where there is none.
async fn contact_of(operator: &Operator) -> String {
    if operator.get("/api/contacts").await.items().is_empty() {
        Chat::open(operator).await;
    }
    text(&operator.get("/api/contacts").await.items()[0]["id"])
}

async fn notify(operator: &Operator, user_id: &str) -> Answer {
    let body = json!({"userId": user_id, "type": "mention", "title": "x", "body": "", "data": {}});
    operator.post("/api/notifications", body).await
}

#[tokio::test]
async fn b2_an_own_object_cannot_point_at_a_foreign_one() {
    let server = shared().await;
    let (owner, stranger) = (server.admin().await, server.admin().await);
    let theirs = Chat::open(&owner).await;
    let mine = Chat::open(&stranger).await;
    let foreign_message = owner.messages(&theirs.id).await[0]["id"].clone();
    let make_team =
        async |admin: &Operator| text(&admin.post("/api/teams", json!({"name": "x"})).await.created()["id"]);
    let (foreign_team, own_team) = (make_team(&owner).await, make_team(&stranger).await);
    let send = |body: Value| (Method::POST, "/api/messages/send".to_owned(), body);
    let patch = |body: Value| (Method::PATCH, format!("/api/chats/{}", mine.id), body);
    let ticket = |body: Value| (Method::POST, "/api/tickets".to_owned(), body);
    let before = (stranger.chat(&mine.id).await, check::journal(&stranger).await.len());
    for (method, path, body) in [
        send(json!({"chatId": mine.id, "content": "x", "replyToId": foreign_message})),
        send(json!({"chatId": mine.id, "content": "x", "attachmentIds": [foreign_message]})),
        send(json!({"chatId": theirs.id, "content": "x"})),
        send(json!({"channelId": theirs.telegram.id, "to": "1", "content": "x"})),
        patch(json!({"assignedUserId": owner.user_id})),
        patch(json!({"teamId": foreign_team})),
        (Method::POST, "/api/teams".to_owned(), json!({"name": "x", "userIds": [owner.user_id]})),
        (Method::PATCH, format!("/api/teams/{own_team}"), json!({"userIds": [stranger.user_id, owner.user_id]})),
        ticket(json!({"title": "x", "chatId": theirs.id})),
        ticket(json!({"title": "x", "assignedUserId": owner.user_id})),
        (
            Method::POST,
            "/api/notifications".to_owned(),
            json!({"userId": owner.user_id, "type": "mention", "title": "x", "body": "", "data": {}}),
        ),
        (Method::POST, format!("/api/chats/{}/read", mine.id), json!({"messageId": foreign_message})),
        (Method::GET, format!("/api/chats/{}/messages?before={}", mine.id, text(&foreign_message)), Value::Null),
    ] {
        let request = stranger.request(method.clone(), &path);
        let answer = Answer::of(if body.is_null() { request } else { request.json(&body) }).await;
        assert!(
            [404, 422].contains(&answer.status.as_u16()),
            "{method} {path} {body} answered {} {}",
            answer.status,
            answer.text
        );
    }
    assert_eq!((stranger.chat(&mine.id).await, check::journal(&stranger).await.len()), before, "nothing was written");
    assert!(owner.get("/api/notifications").await.items().is_empty());
    assert_eq!(stranger.get("/api/teams").await.items().len(), 1);
    assert_eq!(stranger.get(&format!("/api/teams/{own_team}")).await.ok()["userIds"], json!([]));
    assert_eq!(mine.sent_texts().len() + theirs.sent_texts().len(), 0);
}

#[tokio::test]
async fn b4_a_foreign_cursor_serves_nothing_foreign() {
    let server = shared().await;
    let (owner, stranger) = (server.admin().await, server.admin().await);
    let telegram = Telegram::create(&owner).await;
    for _ in 0..3 {
        telegram.deliver(&TelegramChat::new().text("theirs")).await;
    }
    Chat::open(&stranger).await;
    let foreign = text(&owner.get("/api/chats?limit=1").await.ok()["nextCursor"]);
    let request = stranger.request(Method::GET, "/api/chats").query(&[("cursor", &foreign)]);
    let answer = Answer::of(request).await;
    assert!([200, 422].contains(&answer.status.as_u16()), "{}", answer.text);
    assert!(!answer.text.contains("theirs"));
    let journal = text(&owner.get("/api/events?limit=1").await.ok()["cursor"]);
    let page = stranger.get(&format!("/api/events?after={journal}")).await.ok();
    assert_eq!((&page["gap"], &page["events"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn b5_events_cannot_be_published_to_others_or_under_the_server_s_names() {
    let server = shared().await;
    let (owner, stranger) = (server.admin().await, server.admin().await);
    let chat = Chat::open(&owner).await;
    for room in [format!("user:{}", owner.user_id), format!("chat:{}", chat.id)] {
        let body = json!({"room": room, "event": "post:liked", "data": {}});
        let answer = stranger.post("/api/events", body).await;
        assert_eq!(answer.status, 404, "{room}: {}", answer.text);
    }
    for event in [
        "message:new",
        "connected",
        "sync:required",
        "chat:new",
        "chat:message:new",
        "typing:start",
        "app:error",
        "user:notification",
    ] {
        stranger
            .post("/api/events", json!({"room": "org", "event": event, "data": {}}))
            .await
            .refused(422, "INVALID_DATA");
    }
    for data in [json!([]), json!("text"), json!(1), Value::Null] {
        stranger
            .post("/api/events", json!({"room": "org", "event": "post:liked", "data": data}))
            .await
            .refused(422, "INVALID_DATA");
    }
    let operator = stranger.colleague("user").await;
    operator
        .post("/api/events", json!({"room": "org", "event": "post:liked", "data": {}}))
        .await
        .refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn b5_a_room_name_does_not_reach_a_room_of_another_organization() {
    let server = shared().await;
    let (owner, stranger) = (server.admin().await, server.admin().await);
    let mut victim = RawClient::operator(&server, &owner).await;
    let chat = Chat::open(&owner).await;
    victim.emit("subscribe:chat", json!({"chatId": chat.id})).await;
    for room in
        [format!("org_{}", owner.organization_id), format!("user_{}", owner.user_id), format!("chat_{}", chat.id)]
    {
        stranger.post("/api/events", json!({"room": room, "event": "post:liked", "data": {}})).await;
        stranger.post("/api/events", json!({"room": ["org", room], "event": "post:liked", "data": {}})).await;
    }
    let mark = owner.mark().await;
    victim.up_to(&mark).await;
    assert!(victim.of("post:liked").is_empty());
}

#[tokio::test]
async fn b6_fields_that_are_not_the_caller_s_to_set_are_not_set() {
    let server = shared().await;
    let (owner, stranger) = (server.admin().await, server.admin().await);
    let chat = Chat::open(&owner).await;
    let body = json!({"chatId": chat.id, "content": "hello", "organizationId": stranger.organization_id, "fromMe": false,
        "status": "read", "createdAt": "2001-01-01T00:00:00.000Z", "id": uuid::Uuid::now_v7(), "senderUserId": stranger.user_id});
    let answer = owner.post("/api/messages/send", body).await;
    if answer.status != 422 {
        let message = answer.created();
        assert_eq!((&message["organizationId"], &message["fromMe"]), (&json!(owner.organization_id), &json!(true)));
        assert_eq!((&message["status"], &message["senderUserId"]), (&json!("queued"), &json!(owner.user_id)));
        assert!(!text(&message["createdAt"]).starts_with("2001"));
    }
    let operator = owner.colleague("user").await;
    operator
        .patch("/api/me", json!({"name": "New", "role": "admin", "organizationId": stranger.organization_id}))
        .await;
    let me = operator.get("/api/me").await.ok();
    assert_eq!(me["role"], "user");
    operator
        .post("/api/channels", json!({"name": "x", "provider": "api", "credentials": {}}))
        .await
        .refused(403, "FORBIDDEN");
    let patch = json!({"unreadCount": 0, "organizationId": stranger.organization_id, "channelId": stranger.user_id});
    owner.patch(&format!("/api/chats/{}", chat.id), patch).await;
    assert_eq!(owner.chat(&chat.id).await["unreadCount"], 0, "read by the answer");
    assert_eq!(owner.chat(&chat.id).await["channelId"], chat.telegram.id.as_str());
}

async fn connect_number(operator: &Operator, number: &str) -> Answer {
    let credentials = json!({"phoneNumberId": number, "accessToken": "EAAtest"});
    operator.post("/api/channels", json!({"name": "Number", "provider": "waba", "credentials": credentials})).await
}

#[tokio::test]
async fn b7_a_body_signed_by_one_organization_reaches_no_number_of_another() {
    let server = shared().await;
    let (owner, stranger) = (server.admin().await, server.admin().await);
    let theirs = Waba::create(&owner, &server).await;
    let mine = Waba::create(&stranger, &server).await;
    mine.deliver(&waba_text(&theirs.number, "15559", "wamid.FORGED", "forged")).await;
    assert!(owner.get("/api/chats").await.items().is_empty(), "nothing in the other organization");
    assert!(stranger.get("/api/chats").await.items().is_empty(), "nor in its own");
    assert_eq!(stranger.get("/api/dead-letters").await.items().len(), 1, "it is kept as a dead letter");
    connect_number(&stranger, &theirs.number).await.refused(409, "CONFLICT");
    let telegram = Telegram::create(&owner).await;
    let token = telegram.token.clone();
    let again = json!({"name": "Bot", "provider": "telegram", "credentials": {"token": token}});
    stranger.post("/api/channels", again).await.refused(409, "CONFLICT");
}

#[tokio::test]
async fn b8_no_answer_holds_another_organization_s_figures() {
    let server = shared().await;
    let (owner, stranger) = (server.admin().await, server.admin().await);
    let chat = Chat::open(&owner).await;
    let number = unique().to_string();
    connect_number(&owner, &number).await.created();
    let refused = connect_number(&stranger, &number).await;
    assert_eq!(refused.status, 409);
    for secret in [&owner.organization_id, &chat.id, &owner.user_id] {
        assert!(!refused.text.contains(secret.as_str()), "the refusal does not say whose it is: {}", refused.text);
    }
    // a journal of one's own is counted from its own start, whatever others write
    assert!(check::journal(&stranger).await.is_empty());
    for list in [
        "/api/chats",
        "/api/channels",
        "/api/events",
        "/api/dead-letters",
        "/api/api-keys",
        "/api/notifications",
        "/api/labels",
        "/api/quick-replies",
        "/api/teams",
        "/api/tickets",
    ] {
        let answer = stranger.get(list).await;
        assert!(!answer.text.contains(&owner.organization_id), "{list}: {}", answer.text);
    }
}
