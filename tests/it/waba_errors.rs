//! Each class of Meta's refusals has a behaviour of its own: what the operator sees, what happens to other chats, and that
//! the queue goes on (docs/whatsapp-cloud.md has the table).

use serde_json::{Value, json};
use stub::{Call, Fault, graph_api};

use crate::send::until;
use crate::support::bodies::{unique, waba_change, waba_status_item, waba_text};
use crate::support::channel::Waba;
use crate::support::fake::fakes;
use crate::support::wait::eventually;
use crate::support::{Operator, Server, check, shared, text};

/// A number with a chat in which sending goes wrong, and another one.
struct Desk {
    admin: Operator,
    waba: Waba,
    troubled: Chat,
    other: Chat,
}

struct Chat {
    customer: String,
    id: String,
}

impl Desk {
    async fn open(server: &Server) -> Self {
        let admin = server.admin().await;
        let waba = Waba::create(&admin, server).await;
        let troubled = Self::chat(&admin, &waba).await;
        let other = Self::chat(&admin, &waba).await;
        Self { admin, waba, troubled, other }
    }

    async fn chat(admin: &Operator, waba: &Waba) -> Chat {
        let customer = unique().to_string();
        waba.deliver(&waba_text(&waba.number, &customer, &format!("wamid.IN{customer}"), "hi")).await;
        let chats = admin.get("/api/chats").await.items();
        let id = chats.iter().find(|chat| chat["externalId"] == customer).map(|chat| text(&chat["id"])).unwrap();
        Chat { customer, id }
    }

    /// The next sends to the troubled customer are refused so, one each.
    fn refuse(&self, codes: &[i64]) {
        let refusals = codes.iter().map(|code| graph_api::refusal(400, *code, "Meta's words"));
        fakes().graph.fail(&self.troubled.customer, refusals);
    }

    async fn send(&self, chat: &Chat, content: &str) -> String {
        text(&self.admin.send(&chat.id, content).await["id"])
    }

    async fn until(&self, chat: &Chat, message_id: &str, status: &str) -> Value {
        until(&self.admin, &chat.id, message_id, status).await
    }

    async fn status(&self, chat: &Chat, message_id: &str) -> String {
        text(&self.admin.message(&chat.id, message_id).await["status"])
    }

    /// Tries to send to a chat so far.
    fn calls(&self, chat: &Chat) -> Vec<Call> {
        let calls = fakes().graph.sends(&self.waba.number);
        calls.into_iter().filter(|call| call.chat == chat.customer).collect()
    }

    async fn tried(&self, chat: &Chat, times: usize) {
        eventually("it is tried", || async { (self.calls(chat).len() >= times).then_some(()) }).await;
    }

    /// The message fails for good with this code, the next one of the chat and other chats go on. Gives the words.
    async fn refused_for_good(&self, code: i64) -> String {
        self.refuse(&[code]);
        let tried = self.calls(&self.troubled).len();
        let first = self.send(&self.troubled, "first").await;
        let next = self.send(&self.troubled, "next").await;
        let other = self.send(&self.other, "elsewhere").await;
        let failed = self.until(&self.troubled, &first, "failed").await;
        assert_eq!(failed["error"]["code"], code.to_string(), "{failed}");
        self.until(&self.troubled, &next, "sent").await;
        self.until(&self.other, &other, "sent").await;
        assert_eq!(self.calls(&self.troubled).len(), tried + 2, "{code} is not tried again");
        assert_eq!(self.channel().await["status"], "connected", "the channel is well");
        text(&failed["error"]["message"])
    }

    async fn channel(&self) -> Value {
        self.admin.get(&format!("/api/channels/{}", self.waba.id)).await.ok()
    }

    /// Gives the channel another access token.
    async fn set_token(&self, token: &str) {
        let credentials = json!({"phoneNumberId": self.waba.number, "wabaId": "1000001", "accessToken": token,
            "appSecret": self.waba.app_secret, "verifyToken": "hello-meta"});
        self.admin.patch(&format!("/api/channels/{}", self.waba.id), json!({"credentials": credentials})).await.ok();
    }

    async fn channel_is(&self, status: &str) -> Value {
        eventually(&format!("the channel is {status}"), || async {
            let channel = self.channel().await;
            (channel["status"] == status).then_some(channel)
        })
        .await
    }
}

#[tokio::test]
async fn what_passes_is_tried_again_while_other_chats_go_on() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    desk.refuse(&[131_016]);
    fakes().graph.fail(&desk.troubled.customer, [graph_api::refusal(503, 2, "Temporarily unavailable")]);
    let first = desk.send(&desk.troubled, "first").await;
    let next = desk.send(&desk.troubled, "next").await;
    desk.tried(&desk.troubled, 1).await;
    let other = desk.send(&desk.other, "elsewhere").await;
    desk.until(&desk.other, &other, "sent").await;
    desk.until(&desk.troubled, &next, "sent").await;
    assert_eq!(desk.status(&desk.troubled, &first).await, "sent");
    let texts: Vec<_> = desk.calls(&desk.troubled).iter().map(|call| text(&call.body["text"]["body"])).collect();
    assert_eq!(texts, ["first", "first", "first", "next"], "in order, the second after the first");
}

#[tokio::test]
async fn a_limit_of_the_number_pauses_all_its_chats_and_no_other_number() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    let elsewhere = Desk::open(&server).await;
    desk.refuse(&[130_429]);
    let first = desk.send(&desk.troubled, "first").await;
    desk.tried(&desk.troubled, 1).await;
    let pool = server.pool().await;
    let paused = "select count(*) from outbound_pace where id = $1 and paused_until > now()";
    eventually("the number pauses", || async { (check::count(&pool, paused, &desk.waba.id).await == 1).then_some(()) })
        .await;
    let waiting = desk.send(&desk.other, "later").await;
    let free = elsewhere.send(&elsewhere.other, "now").await;
    elsewhere.until(&elsewhere.other, &free, "sent").await;
    assert_eq!(check::count(&pool, paused, &elsewhere.waba.id).await, 0);
    desk.until(&desk.troubled, &first, "sent").await;
    desk.until(&desk.other, &waiting, "sent").await;
    let (again, late) = (desk.calls(&desk.troubled), desk.calls(&desk.other));
    assert_eq!((again.len(), late.len()), (2, 1), "nothing was tried in vain while the number paused");
    assert_eq!(desk.channel().await["status"], "connected");
}

#[tokio::test]
async fn a_limit_to_one_person_holds_that_chat_alone() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    desk.refuse(&[131_056]);
    let first = desk.send(&desk.troubled, "first").await;
    desk.tried(&desk.troubled, 1).await;
    for n in 0..5 {
        let other = desk.send(&desk.other, &n.to_string()).await;
        desk.until(&desk.other, &other, "sent").await;
    }
    assert_eq!(desk.status(&desk.troubled, &first).await, "queued", "four seconds are not over");
    desk.until(&desk.troubled, &first, "sent").await;
    assert_eq!(desk.calls(&desk.troubled).len(), 2);
}

#[tokio::test]
async fn what_policy_forbids_is_never_tried_again_and_says_what_to_do() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    for (code, words) in [(131_049, "24 hours"), (131_048, "later"), (131_064, "later"), (368, "policies")] {
        let said = desk.refused_for_good(code).await;
        assert!(said.starts_with("Meta's words") && said.contains(words), "{code}: {said}");
    }
}

#[tokio::test]
async fn a_blocked_account_alarms_and_is_well_again_when_a_message_goes_out() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    desk.refuse(&[368]);
    let first = desk.send(&desk.troubled, "first").await;
    desk.until(&desk.troubled, &first, "failed").await;
    let channel = desk.channel_is("error").await;
    assert!(text(&channel["lastError"]).contains("368"), "{channel}");
    let told = desk.admin.get("/api/notifications").await.items();
    assert!(told.iter().any(|note| note["type"] == "channel_disconnected"), "{told:?}");
    let second = desk.send(&desk.other, "second").await;
    desk.until(&desk.other, &second, "sent").await;
    desk.channel_is("connected").await;
}

#[tokio::test]
async fn a_window_that_meta_closed_asks_for_a_template() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    assert!(desk.refused_for_good(131_047).await.contains("template"));
}

#[tokio::test]
async fn a_person_who_cannot_be_reached_costs_one_message() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    for code in [131_026, 131_021, 131_050] {
        desk.refused_for_good(code).await;
    }
}

#[tokio::test]
async fn what_we_asked_wrongly_fails_with_meta_s_words() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    for code in [100, 132_000, 132_015, 135_000] {
        assert!(desk.refused_for_good(code).await.starts_with("Meta's words"));
    }
}

#[tokio::test]
async fn a_refused_account_stops_the_channel_keeps_its_queue_and_goes_on_once_it_is_mended() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    let (bad, good) = (format!("EAAbad{}", unique()), format!("EAAgood{}", unique()));
    desk.set_token(&bad).await;
    desk.channel_is("connected").await;
    fakes().graph.revoke(&bad);
    let first = desk.send(&desk.troubled, "first").await;
    let channel = desk.channel_is("error").await;
    let second = desk.send(&desk.troubled, "second").await;
    let third = desk.send(&desk.other, "third").await;
    assert!(text(&channel["lastError"]).contains("190"), "{channel}");
    assert!(!channel.to_string().contains(&bad) && !server.log_text().contains(&bad), "the token is shown nowhere");
    let told = desk.admin.get("/api/notifications").await.items();
    assert!(told.iter().any(|note| note["type"] == "channel_disconnected"), "{told:?}");
    for (chat, id) in [(&desk.troubled, &first), (&desk.troubled, &second), (&desk.other, &third)] {
        assert_eq!(desk.status(chat, id).await, "queued");
    }
    desk.set_token(&good).await;
    desk.until(&desk.troubled, &second, "sent").await;
    desk.until(&desk.other, &third, "sent").await;
    desk.channel_is("connected").await;
    let texts: Vec<_> = desk.calls(&desk.troubled).iter().map(|call| text(&call.body["text"]["body"])).collect();
    assert_eq!(texts, ["first", "second"], "each once, in order");
}

#[tokio::test]
async fn a_file_that_meta_could_not_take_is_tried_once_more_and_no_more() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    for (refusals, status) in [(&[131_053][..], "sent"), (&[131_053, 131_053][..], "failed")] {
        let before = desk.calls(&desk.troubled).len();
        desk.refuse(refusals);
        // the code alone decides, whatever the message holds
        let id = desk.send(&desk.troubled, "a file").await;
        let message = desk.until(&desk.troubled, &id, status).await;
        assert_eq!(desk.calls(&desk.troubled).len(), before + 2, "{message}");
        if status == "failed" {
            assert_eq!(message["error"]["code"], "131053");
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_settled_by_the_status_that_names_our_message() {
    let server = shared().await;
    let desk = Desk::open(&server).await;
    fakes().graph.fail(&desk.troubled.customer, [Fault::Reset]);
    let id = desk.send(&desk.troubled, "perhaps").await;
    let failed = desk.until(&desk.troubled, &id, "failed").await;
    assert_eq!(failed["error"]["code"], "OUTCOME_UNKNOWN");
    let mut status = waba_status_item(&desk.troubled.customer, "wamid.LOST", "sent");
    status["biz_opaque_callback_data"] = json!(id);
    desk.waba.deliver(&waba_change(&desk.waba.number, json!({"statuses": [status]}))).await;
    let sent = desk.until(&desk.troubled, &id, "sent").await;
    assert_eq!((&sent["error"], &sent["externalId"]), (&Value::Null, &json!("wamid.LOST")));
    assert_eq!(desk.calls(&desk.troubled).len(), 1, "it went out once");
}
