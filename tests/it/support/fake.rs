//! The fake networks that every server of this run speaks to: one set for all tests, since each test has bots, numbers,
//! sessions and customers of its own. They live on a thread of their own, because a test's runtime ends with the test.

use std::sync::LazyLock;

use stub::bridge_api::FakeBridge;
use stub::graph_api::FakeGraph;
use stub::telegram_api::FakeTelegram;

/// The same for all servers, as there is one bridge.
pub const BRIDGE_SECRET: &str = "a bridge secret of the tests, long enough";

pub struct Fakes {
    pub telegram: FakeTelegram,
    pub graph: FakeGraph,
    pub bridge: FakeBridge,
}

pub fn fakes() -> &'static Fakes {
    static FAKES: LazyLock<Fakes> = LazyLock::new(|| {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let telegram = FakeTelegram::start().await.unwrap();
                let graph = FakeGraph::start().await.unwrap();
                let bridge = FakeBridge::start(BRIDGE_SECRET).await.unwrap();
                sender.send(Fakes { telegram, graph, bridge }).unwrap();
                std::future::pending::<()>().await;
            });
        });
        receiver.recv().unwrap()
    });
    &FAKES
}
