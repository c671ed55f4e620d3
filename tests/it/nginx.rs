//! Several nodes behind nginx, set up as `docs/nginx.conf` says: polling stays on its node, WebSockets need nothing of the kind.

use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::ingest::only_chat;
use crate::support::bodies::TelegramChat;
use crate::support::channel::Telegram;
use crate::support::socket::{Client, Connect, Language};
use crate::support::wait::eventually;
use crate::support::{Operator, Server};

/// nginx in front of nodes; ends when dropped.
struct Proxy {
    base: String,
    process: Child,
    _folder: TempDir,
}

impl Proxy {
    async fn before(nodes: &[&Server]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut example = include_str!("../../docs/nginx.conf").to_owned();
        for (written, own) in [("10.0.0.1:3000", nodes[0]), ("10.0.0.2:3000", nodes[1])] {
            assert!(example.contains(written), "the example names {written}");
            example = example.replace(written, own.base.trim_start_matches("http://"));
        }
        example = example.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
        let path = folder.path().display();
        // clients of a test all come from one address: they say which they stand for
        let whole = format!(
            "daemon off; master_process off; pid {path}/pid; error_log {path}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; client_body_temp_path {path}/a; proxy_temp_path {path}/b; fastcgi_temp_path {path}/c;\n\
             uwsgi_temp_path {path}/d; scgi_temp_path {path}/e;\n\
             set_real_ip_from 127.0.0.1; real_ip_header X-Stands-For;\n{example}\n}}\n"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, whole).unwrap();
        let process = Command::new("nginx")
            .env("PATH", format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap()))
            .arg("-c")
            .arg(&file)
            .arg("-p")
            .arg(folder.path())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is there: `scripts/test` installs it");
        let base = format!("http://127.0.0.1:{port}");
        eventually("nginx answers for a node", || async {
            let answer = crate::support::api::http().get(format!("{base}/health/live")).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        Self { base, process, _folder: folder }
    }

    fn connect(&self, operator: &Operator, stands_for: &str, transport: &str) -> Connect {
        Connect::to(&self.base, json!({"token": operator.token()}))
            .set("transports", json!([transport]))
            .set("headers", json!({"X-Stands-For": stands_for}))
            .set("reconnection", true)
            .set("resume", true)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_installed() -> bool {
    let folders = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap());
    folders.split(':').any(|folder| std::path::Path::new(folder).join("nginx").exists())
}

#[tokio::test]
async fn polling_stays_on_its_node_and_whoever_lost_a_node_goes_on_at_the_other() {
    if !is_installed() {
        eprintln!("skipped: there is no nginx");
        return;
    }
    let first = Server::start().await;
    let second = first.twin().await;
    let proxy = Proxy::before(&[&first, &second]).await;
    let admin = first.admin().await;
    let telegram = Telegram::create(&admin).await;
    let customer = TelegramChat::new();
    let mut clients = Vec::new();
    for (n, transport) in
        ["polling", "polling", "polling", "polling", "polling", "websocket", "websocket"].iter().enumerate()
    {
        let connect = proxy.connect(&admin, &format!("203.0.{n}.7"), transport);
        clients.push(Client::synced(Language::JavaScript, &connect).await);
    }
    let nodes = async |server: &Server| -> f64 {
        let text = server.anonymous().get("/metrics").await.text;
        let line = text.lines().find(|line| line.starts_with("websocket_connections{namespace=\"/\"}")).unwrap();
        line.rsplit_once(' ').unwrap().1.parse().unwrap()
    };
    let (at_first, at_second) = (nodes(&first).await, nodes(&second).await);
    assert!(at_first > 0.0 && at_second > 0.0, "both nodes have clients: {at_first}, {at_second}");

    for n in 0..20 {
        telegram.deliver(&customer.text(&format!("before {n}"))).await;
    }
    for client in &mut clients {
        client.next_where("message:new", |message| message["content"] == "before 19").await;
        assert_eq!(client.of("message:new").len(), 20, "each event once");
    }
    second.kill();
    let chat_id = only_chat(&admin).await["id"].clone();
    for n in 0..5 {
        admin.send(chat_id.as_str().unwrap(), &format!("after {n}")).await;
    }
    for client in &mut clients {
        client.next_where("message:new", |message| message["content"] == "after 4").await;
        let told = client.of("message:new").iter().filter(|message| message["fromMe"] == true).count();
        assert!(told >= 5, "nothing is missing: {told}");
    }
}
