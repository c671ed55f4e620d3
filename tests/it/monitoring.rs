//! The figures that administrators and Prometheus see are the truth at that moment: over all nodes, and nobody else's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::notifications::visitor;
use crate::send::Chat;
use crate::support::channel::ApiChannel;
use crate::support::gateway::Plain;
use crate::support::operator::{in_an_hour, sign_token};
use crate::support::socket::{Client, Connect, Language, RawClient};
use crate::support::wait::eventually;
use crate::support::{Operator, Server, check, redis_url, text};

const PATH: &str = "/api/admin/monitoring";

async fn figures(admin: &Operator) -> Value {
    admin.get(PATH).await.ok()
}

/// Connections in `/`, `/chat` and `/notifications`, and transport connections.
fn connected(figures: &Value) -> (u64, u64, u64, u64) {
    let by = &figures["connections"]["byNamespace"];
    let total: u64 = by.as_object().unwrap().values().map(|many| many.as_u64().unwrap()).sum();
    assert_eq!(figures["connections"]["total"], total, "the sum over namespaces and /ws");
    let of = |namespace: &str| by[namespace].as_u64().unwrap();
    (of("/"), of("/chat"), of("/notifications"), figures["connections"]["clients"].as_u64().unwrap())
}

/// Presence is written after a connection was welcomed.
async fn until_online(admin: &Operator, path: &str, users: u64) {
    eventually(&format!("{users} users are online"), || async {
        (admin.get(path).await.ok()["usersOnline"] == users).then_some(())
    })
    .await;
}

/// Samples of `/metrics`, by name and labels.
pub async fn metrics(server: &Server) -> BTreeMap<String, f64> {
    let text = server.anonymous().get("/metrics").await.expect(200).text;
    let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' '));
    samples.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

/// The sum over all labels.
fn sum(metrics: &BTreeMap<String, f64>, name: &str) -> f64 {
    let own = |key: &str| key == name || key.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'));
    assert!(metrics.keys().any(|key| own(key)), "{name} is not there");
    metrics.iter().filter(|(key, _)| own(key)).map(|(_, value)| value).sum()
}

/// A connection to this namespace over a transport that is open already.
async fn join(client: &mut RawClient, namespace: &str, who: &Operator) {
    client.send(&format!("40{namespace},{}", json!({"token": who.token()})));
    client.next("connected").await;
}

#[tokio::test]
async fn connections_are_counted_as_they_are_over_all_namespaces() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let colleague = admin.colleague("user").await;
    assert_eq!(connected(&figures(&admin).await), (0, 0, 0, 0));
    let mut one = RawClient::operator(&server, &admin).await;
    assert_eq!(connected(&figures(&admin).await), (1, 0, 0, 1));
    join(&mut one, "/chat", &admin).await;
    join(&mut one, "/notifications", &admin).await;
    assert_eq!(connected(&figures(&admin).await), (1, 1, 1, 1), "three namespaces over one transport");
    let tabs = [RawClient::operator(&server, &colleague).await, RawClient::operator(&server, &colleague).await];
    let (_, chat_id) = visitor(&admin).await;
    one.emit("subscribe:chat", json!({"chatId": chat_id})).await;
    let mut plain = Plain::connect(&server, admin.token()).await;
    plain.subscribe(&chat_id).await;
    let now = figures(&admin).await;
    assert_eq!(connected(&now), (3, 1, 1, 4));
    assert_eq!((&now["connections"]["byNamespace"]["/ws"], &now["totalConnections"]), (&json!(1), &json!(6)));
    until_online(&admin, PATH, 2).await;
    // of `/`: the organization's, two users' and the chat's; of the others their own
    assert!(now["rooms"].as_u64().unwrap() >= 4, "{now}");
    let shown = metrics(&server).await;
    assert_eq!(sum(&shown, "websocket_connections"), 6.0);
    assert_eq!(shown["websocket_connections{namespace=\"/ws\"}"], 1.0);
    assert_eq!(shown["websocket_connections{namespace=\"/\"}"], 3.0);
    assert_eq!(sum(&shown, "websocket_rooms"), now["rooms"].as_f64().unwrap());
    one.send("41/chat,");
    drop((tabs, plain));
    eventually("those who left are gone", || async {
        (connected(&figures(&admin).await) == (1, 0, 1, 1)).then_some(())
    })
    .await;
    drop(one);
    eventually("everybody is gone", || async { (connected(&figures(&admin).await) == (0, 0, 0, 0)).then_some(()) })
        .await;
    let last = figures(&admin).await;
    assert_eq!((&last["rooms"], &last["totalConnections"]), (&json!(0), &json!(6)));
    assert_eq!(sum(&metrics(&server).await, "websocket_connections"), 0.0);
}

#[tokio::test]
async fn every_node_tells_the_figures_of_all_nodes_and_of_one_s_own_organization() {
    figures_of_all_nodes(Server::start().await).await;
}

#[tokio::test]
async fn every_node_tells_the_figures_of_all_nodes_also_over_redis() {
    figures_of_all_nodes(Server::builder().env("REDIS_URL", &redis_url()).start().await).await;
}

async fn figures_of_all_nodes(server: Server) {
    let twin = server.twin().await;
    let (admin, stranger) = (server.admin().await, server.admin_with(&["--server"]).await);
    eventually("the nodes know each other", || async {
        let nodes = [figures(&admin).await, figures(&admin.at(&twin)).await];
        nodes.iter().all(|node| node["nodes"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    let _here = RawClient::operator(&server, &admin).await;
    let _there =
        [RawClient::operator(&twin, &admin.at(&twin)).await, RawClient::operator(&twin, &admin.at(&twin)).await];
    let _theirs = RawClient::operator(&twin, &stranger.at(&twin)).await;
    until_online(&admin, PATH, 1).await;
    for own in [figures(&admin).await, figures(&admin.at(&twin)).await] {
        assert_eq!(connected(&own), (3, 0, 0, 3));
        assert_eq!((&own["usersOnline"], &own["totalConnections"]), (&json!(1), &json!(3)));
        let nodes = own["nodes"].as_array().unwrap();
        assert!(nodes.iter().all(|node| node["answered"] == true && node["startedAt"].is_string()), "{own}");
        let mut each: Vec<u64> = nodes.iter().map(|node| node["connections"]["total"].as_u64().unwrap()).collect();
        each.sort_unstable();
        assert_eq!(each, [1, 2]);
        assert_eq!(own["startedAt"], nodes[0]["startedAt"], "the oldest first");
    }
    let everything = format!("{PATH}?scope=server");
    assert_eq!(connected(&stranger.get(&everything).await.ok()), (4, 0, 0, 4));
    until_online(&stranger, &everything, 2).await;
    assert_eq!(connected(&figures(&stranger).await), (1, 0, 0, 1), "without the scope one's own");
    // a node that is gone is named until its lease ends, and its connections are not counted
    twin.kill();
    let left = figures(&admin).await;
    let silent = left["nodes"].as_array().unwrap().iter().filter(|node| node["answered"] == false).count();
    assert_eq!((connected(&left).0, silent), (1, 1), "{left}");
    eventually("the dead node is forgotten", || async {
        (figures(&admin).await["nodes"].as_array().unwrap().len() == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn figures_are_for_administrators_and_the_server_s_for_its_own() {
    let server = Server::start().await;
    let (admin, owner) = (server.admin().await, server.admin_with(&["--server"]).await);
    for role in ["user", "moderator"] {
        admin.colleague(role).await.get(PATH).await.refused(403, "FORBIDDEN");
        admin.api_key(role).await.get(PATH).await.refused(403, "FORBIDDEN");
    }
    let (guest, _) = visitor(&admin).await;
    guest.get(PATH).await.refused(403, "FORBIDDEN");
    server.anonymous().get(PATH).await.refused(401, "UNAUTHORIZED");
    admin.api_key("admin").await.get(PATH).await.ok();
    let everything = format!("{PATH}?scope=server");
    admin.get(&everything).await.refused(403, "FORBIDDEN");
    owner.api_key("admin").await.get(&everything).await.refused(403, "FORBIDDEN");
    owner.get(&everything).await.ok();
    admin.get(&format!("{PATH}?scope=organization")).await.ok();
    admin.get(&format!("{PATH}?scope=galaxy")).await.refused(422, "INVALID_DATA");
    let own = figures(&admin).await;
    let mut fields: Vec<&str> = own.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    let mut expected = [
        "connections",
        "rooms",
        "usersOnline",
        "messagesPerSecond",
        "averageResponseTimeMs",
        "failedConnections",
        "totalConnections",
        "totalMessages",
        "outboundQueueDepth",
        "startedAt",
        "uptimeSeconds",
        "nodes",
    ];
    expected.sort_unstable();
    assert_eq!(fields, expected);
    assert_eq!(own["connections"]["byNamespace"], json!({"/": 0, "/chat": 0, "/notifications": 0, "/ws": 0}));
}

#[tokio::test]
async fn messages_and_refusals_are_counted_for_whose_they_are() {
    let server = Server::start().await;
    let (admin, stranger, owner) = (server.admin().await, server.admin().await, server.admin_with(&["--server"]).await);
    let chat = Chat::open(&admin).await;
    chat.hold();
    let mut client = RawClient::operator(&server, &admin).await;
    admin.send(&chat.id, "one").await;
    client.next("message:new").await;
    client.emit("messages:read", json!({"chatId": chat.id})).await;
    // signed by us, and over; signed by nobody; not there
    let expired =
        json!({"userId": admin.user_id, "organizationId": admin.organization_id, "exp": in_an_hour() - 7_200});
    for token in [sign_token(&expired, server.env("JWT_SECRET")), sign_token(&expired, &"x".repeat(40)), String::new()]
    {
        let mut refused = Client::spawn(Language::JavaScript, &Connect::with(&server, json!({"token": token})));
        refused.next("connect_error").await;
    }
    let own = eventually("the queue is held", || async {
        let own = figures(&admin).await;
        (own["outboundQueueDepth"] == 1).then_some(own)
    })
    .await;
    assert!(own["totalMessages"].as_u64().unwrap() >= 3, "told twice at least, and heard once: {own}");
    assert!(own["messagesPerSecond"].as_f64().unwrap() > 0.0, "{own}");
    assert!(own["averageResponseTimeMs"].as_f64().unwrap() > 0.0, "{own}");
    assert_eq!(own["failedConnections"], 1, "the one whose token names this organization");
    let theirs = figures(&stranger).await;
    for field in
        ["totalMessages", "messagesPerSecond", "averageResponseTimeMs", "failedConnections", "outboundQueueDepth"]
    {
        assert_eq!(theirs[field].as_f64(), Some(0.0), "{field} of another organization");
    }
    let all = owner.get(&format!("{PATH}?scope=server")).await.ok();
    assert_eq!((&all["failedConnections"], &all["outboundQueueDepth"]), (&json!(3), &json!(1)));
    assert!(all["totalMessages"].as_u64() >= own["totalMessages"].as_u64());
    let shown = metrics(&server).await;
    assert_eq!(shown["websocket_connection_failures_total{reason=\"invalid_token\"}"], 2.0);
    assert_eq!(shown["websocket_connection_failures_total{reason=\"no_token\"}"], 1.0);
}

#[tokio::test]
async fn every_figure_of_the_server_moves_with_what_it_counts() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let before = metrics(&server).await;
    let chat = Chat::open(&admin).await;
    let mut client = Client::js(&server, &admin).await;
    let message = admin.send(&chat.id, "one").await;
    client
        .next_where("message:status", |status| status["messageId"] == message["id"] && status["status"] == "sent")
        .await;
    assert_eq!(client.emit("subscribe:chat", json!({"chatId": chat.id})).await["ok"], true);
    let cursor = text(&admin.get("/api/events?after=latest").await.ok()["cursor"]);
    let mut again = Client::spawn(Language::JavaScript, &Connect::operator(&server, &admin).cursor(&cursor));
    again.next("sync:required").await;
    // a visitor and a program are networks too
    let (guest, chat_id) = visitor(&admin).await;
    guest.post("/api/messages/send", json!({"chatId": chat_id, "content": "hello"})).await.created();
    admin.send(&chat_id, "welcome").await;
    let program = ApiChannel::create(&admin).await;
    program.inbound("someone", "1", "hi").await.ok();
    program.inbound("someone", "1", "hi").await.ok();
    let waiting = Chat::open_on(&admin, chat.telegram.clone()).await;
    waiting.hold();
    admin.send(&waiting.id, "held").await;
    let mut refused = Client::spawn(Language::JavaScript, &Connect::with(&server, json!({})));
    refused.next("connect_error").await;
    let after = metrics(&server).await;
    for name in [
        "websocket_connections",
        "websocket_rooms",
        "websocket_messages_total",
        "websocket_message_latency_seconds_count",
        "websocket_connection_failures_total",
        "websocket_reconnections_total",
        "http_requests_total",
        "http_request_duration_seconds_count",
        "messages_ingested_total",
        "messages_sent_total",
        "outbound_send_seconds_count",
        "event_journal_lag_seconds_count",
        "outbound_queue_depth",
    ] {
        assert!(sum(&after, name) > sum(&before, name), "{name} stands still at {}", sum(&after, name));
    }
    let count = |name: &str| after[name] - before[name];
    assert_eq!(count("messages_ingested_total{provider=\"telegram\",outcome=\"stored\"}"), 2.0);
    assert_eq!(count("messages_ingested_total{provider=\"webchat\",outcome=\"stored\"}"), 1.0);
    assert_eq!(count("messages_ingested_total{provider=\"api\",outcome=\"stored\"}"), 1.0);
    assert_eq!(count("messages_ingested_total{provider=\"api\",outcome=\"duplicate\"}"), 1.0);
    assert_eq!(count("messages_sent_total{provider=\"telegram\",outcome=\"sent\"}"), 1.0);
    assert_eq!(count("messages_sent_total{provider=\"webchat\",outcome=\"sent\"}"), 1.0);
    assert_eq!(after["outbound_queue_depth{provider=\"telegram\"}"], 1.0);
    assert_eq!(sum(&after, "websocket_connections"), 2.0);
    assert_eq!(sum(&after, "websocket_reconnections_total"), 1.0);
    assert!(sum(&after, "db_pool_connections") > 0.0);
    check::assert_sound(&server.pool().await, &admin.organization_id).await;
}
