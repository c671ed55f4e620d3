//! Templates: listed at the network, kept up by its news, checked and written out when one is sent. News of an account show
//! on its channel.

use serde_json::{Value, json};

use crate::ingest::only_chat;
use crate::support::bodies::{now, unique, waba_body, waba_text};
use crate::support::channel::Waba;
use crate::support::fake::fakes;
use crate::support::socket::Client;
use crate::support::wait::eventually;
use crate::support::{Operator, Server, shared, text};

/// A number of a business of its own, so that tests do not hear of each other's.
async fn number(admin: &Operator, server: &Server, business: &str) -> Waba {
    let waba = Waba::create(admin, server).await;
    let credentials = json!({"wabaId": business});
    admin.patch(&format!("/api/channels/{}", waba.id), json!({"credentials": credentials})).await.ok();
    waba
}

fn order_ready(status: &str) -> Value {
    json!({"name": "order_ready", "language": "en", "status": status, "category": "UTILITY", "components": [
        {"type": "BODY", "text": "Hi {{1}}, order {{2}} is ready."}]})
}

async fn known(admin: &Operator, waba: &Waba) -> Vec<Value> {
    admin.get(&format!("/api/channels/{}/templates", waba.id)).await.items()
}

fn news(business: &str, field: &str, value: Value) -> Value {
    let mut body = waba_body(vec![json!({"field": field, "value": value})]);
    body["entry"][0]["id"] = business.into();
    body
}

#[tokio::test]
async fn a_template_is_listed_checked_rendered_and_sent_outside_the_window() {
    let server = shared().await;
    let admin = server.admin().await;
    let business = unique().to_string();
    fakes().graph.put_template(&business, order_ready("APPROVED"));
    let waba = number(&admin, &server, &business).await;
    admin.post(&format!("/api/channels/{}/templates/sync", waba.id), json!({})).await.ok();
    let listed = known(&admin, &waba).await;
    assert_eq!((&listed[0]["name"], &listed[0]["status"]), (&json!("order_ready"), &json!("APPROVED")));

    let to = format!("4915{}", unique());
    let send = |template: Value| {
        let body = json!({"channelId": waba.id, "to": to, "template": template});
        let admin = &admin;
        async move { admin.post("/api/messages/send", body).await }
    };
    let body =
        json!([{"type": "body", "parameters": [{"type": "text", "text": "Ada"}, {"type": "text", "text": "7"}]}]);
    let sent = send(json!({"name": "order_ready", "language": "en", "components": body})).await.created();
    assert_eq!((&sent["type"], &sent["content"]), (&json!("template"), &json!("Hi Ada, order 7 is ready.")));
    let call = waba.sends(1).await.remove(0);
    assert_eq!((&call.body["template"]["name"], &call.body["template"]["components"]), (&json!("order_ready"), &body));

    let missing = send(json!({"name": "order_ready", "language": "en"})).await.refused(422, "INVALID_DATA");
    assert!(text(&missing["errors"][0]["message"]).contains("{{1}}"), "{missing}");
    send(json!({"name": "order_ready", "language": "de"})).await.refused(422, "INVALID_DATA");
    send(json!({"name": "other", "language": "en"})).await.refused(422, "INVALID_DATA");
    send(json!({"name": "order_ready"})).await.refused(422, "INVALID_DATA");
}

#[tokio::test]
async fn news_of_a_template_are_kept_and_a_paused_one_is_refused_with_its_reason() {
    let server = shared().await;
    let admin = server.admin().await;
    let business = unique().to_string();
    fakes().graph.put_template(&business, order_ready("APPROVED"));
    let waba = number(&admin, &server, &business).await;
    eventually("templates are listed by themselves", || async { known(&admin, &waba).await.pop() }).await;
    let paused = json!({"event": "PAUSED", "message_template_id": 1, "message_template_name": "order_ready",
        "message_template_language": "en", "reason": "LOW_QUALITY"});
    // on the app's address, by the business alone
    waba.deliver_to_app(&news(&business, "message_template_status_update", paused)).await;
    let template = known(&admin, &waba).await.remove(0);
    assert_eq!((&template["status"], &template["reason"]), (&json!("PAUSED"), &json!("LOW_QUALITY")));
    let request = json!({"channelId": waba.id, "to": "4915550100777",
        "template": {"name": "order_ready", "language": "en"}});
    let refusal = admin.post("/api/messages/send", request).await.refused(422, "INVALID_DATA");
    assert!(text(&refusal["errors"][0]["message"]).contains("PAUSED (LOW_QUALITY)"), "{refusal}");
}

#[tokio::test]
async fn only_the_organization_sees_its_templates() {
    let server = shared().await;
    let (admin, stranger) = (server.admin().await, server.admin().await);
    let waba = Waba::create(&admin, &server).await;
    let path = format!("/api/channels/{}/templates", waba.id);
    stranger.get(&path).await.refused(404, "NOT_FOUND");
    stranger.post(&format!("{path}/sync"), json!({})).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn news_of_an_account_show_on_its_channel() {
    let server = shared().await;
    let admin = server.admin().await;
    let business = unique().to_string();
    let waba = number(&admin, &server, &business).await;
    waba.deliver(&waba_text(&waba.number, "15550100333", "wamid.N1", "hi")).await;
    only_chat(&admin).await;
    eventually("the channel is connected", || async {
        let channel = admin.get(&format!("/api/channels/{}", waba.id)).await.ok();
        (channel["status"] == "connected").then_some(())
    })
    .await;
    let mut client = Client::js(&server, &admin).await;
    let quality = json!({"event": "FLAGGED", "current_limit": "TIER_1K", "display_phone_number": "15550100000"});
    waba.deliver_to_app(&news(&business, "phone_number_quality_update", quality)).await;
    let told = client.next_where("channel:updated", |channel| !channel["account"]["quality"].is_null()).await;
    assert_eq!(told["id"], json!(waba.id));
    let banned = json!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE",
        "waba_ban_date": now().to_string()}});
    waba.deliver_to_app(&news(&business, "account_update", banned)).await;
    let told = client.next_where("channel:updated", |channel| channel["status"] == "error").await;
    assert!(told["lastError"].is_string(), "{told}");
    client.next_where("user:notification", |notice| notice["type"] == "channel_disconnected").await;
}
