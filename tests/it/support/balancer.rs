//! A load balancer as small as can be: takes TCP connections and hands each to the next node that answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::server::Server;

pub struct Balancer {
    pub base: String,
    task: JoinHandle<()>,
}

impl Balancer {
    pub async fn before(nodes: &[Server]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let nodes: Arc<[String]> =
            nodes.iter().map(|node| node.base.trim_start_matches("http://").to_owned()).collect();
        let task = tokio::spawn(async move {
            let turn = Arc::new(AtomicUsize::new(0));
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let (nodes, turn) = (Arc::clone(&nodes), Arc::clone(&turn));
                tokio::spawn(async move {
                    for _ in 0..nodes.len() {
                        let node = &nodes[turn.fetch_add(1, Ordering::Relaxed) % nodes.len()];
                        if let Ok(mut server) = TcpStream::connect(node).await {
                            let _ = client.set_nodelay(true);
                            let _ = server.set_nodelay(true);
                            // a node that dies breaks the connection, and that is what its client sees
                            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                            return;
                        }
                    }
                });
            }
        });
        Self { base, task }
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
