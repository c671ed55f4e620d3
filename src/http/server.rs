//! The accept loop: HTTP/1.1 with upgrades, and bounds that no client can talk us out of — how many connections, how long a
//! request's head may take, how long a reader may not read, how long a shutdown may last.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::limit::Limits;
use super::state::HttpState;
use crate::wire::Wire;

/// From the connection's start, or the answer before, to the end of a request's head.
const HEAD: Duration = Duration::from_secs(10);
const HEAD_BYTES: usize = 64 << 10;
/// How long sent bytes may stay unacknowledged: else a client that stopped reading keeps its socket, and a shutdown, for ever.
const UNREAD: Duration = Duration::from_secs(10);
/// How long requests in flight may take once the node stops.
pub const DRAIN: Duration = Duration::from_secs(5);

const CONNECTIONS: usize = 20_000;
const CONNECTIONS_OF_ADDRESS: u32 = 1_000;

/// Serves until `stop` is done; then accepts nothing more, says so to those who wait, finishes what is in flight, and returns
/// within [`DRAIN`]. Upgraded connections are their door's to close. The peer is in each request as [`ConnectInfo`].
pub async fn serve(listener: TcpListener, app: Router, state: &HttpState, stop: impl Future<Output = ()>) {
    accept(listener, app, state.limits.clone(), &state.draining, stop).await;
}

async fn accept(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    draining: &CancellationToken,
    stop: impl Future<Output = ()>,
) {
    let connections = Connections::new(limits);
    let tracker = TaskTracker::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // one too many is closed at once: its client learns more than it would from waiting
                let Some(pass) = connections.admit(peer.ip()) else { continue };
                tune(&stream);
                let (app, stopping) = (app.clone(), draining.clone());
                #[expect(clippy::let_underscore_future, reason = "the tracker waits for it")]
                let _ = tracker.spawn(converse(Wire::new(stream, pass), peer, app, stopping));
            }
            // out of file handles, or a client that left in the queue
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    drop(listener);
    draining.cancel();
    tracker.close();
    tracker.wait().await;
}

fn tune(stream: &TcpStream) {
    let tuned = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let tuned = tuned.and_then(|()| socket2::SockRef::from(stream).set_tcp_user_timeout(Some(UNREAD)));
    if let Err(error) = tuned {
        tracing::debug!(%error, "a connection could not be tuned");
    }
}

async fn converse(wire: Wire, peer: SocketAddr, app: Router, stopping: CancellationToken) {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_header_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(DRAIN, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = &error as &dyn std::error::Error, %peer, "a connection broke");
    }
}

/// Counts connections, in all and by address, for as long as they are open: also those that became WebSockets.
#[derive(Clone)]
struct Connections(Arc<Inner>);

struct Inner {
    limits: Limits,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, u32>,
}

/// The right to be connected; dropping it gives it back.
struct Pass {
    connections: Connections,
    address: IpAddr,
}

impl Connections {
    fn new(limits: Limits) -> Self {
        Self(Arc::new(Inner { limits, open: Mutex::default() }))
    }

    fn admit(&self, peer: IpAddr) -> Option<Pass> {
        let address = whose(peer);
        let mut open = self.0.open.lock();
        let limited = self.0.limits.on() && !self.0.limits.is_trusted_proxy(peer);
        let own = open.by_address.get(&address).copied().unwrap_or(0);
        if open.all >= CONNECTIONS || (limited && own >= CONNECTIONS_OF_ADDRESS) {
            return None;
        }
        open.all += 1;
        open.by_address.insert(address, own + 1);
        Some(Pass { connections: self.clone(), address })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut open = self.connections.0.open.lock();
        open.all -= 1;
        match open.by_address.get_mut(&self.address) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(open.by_address.remove(&self.address)),
        }
    }
}

/// A client's share of addresses: one of IPv4, 64 bits of IPv6.
fn whose(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use std::net::Ipv4Addr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::{Notify, oneshot};

    use super::*;

    fn limits() -> Limits {
        Limits::new(true, vec!["10.0.0.0/8".parse().unwrap()])
    }

    #[test]
    fn an_address_has_its_share_and_gives_back_what_it_closes() {
        let connections = Connections::new(limits());
        let own = |address: &str| connections.admit(address.parse().unwrap());
        let mut open: Vec<Pass> = (0..CONNECTIONS_OF_ADDRESS).filter_map(|_| own("192.0.2.1")).collect();
        assert!(own("192.0.2.1").is_none() && own("::ffff:192.0.2.1").is_none(), "its share is used up");
        assert!(own("192.0.2.2").is_some());
        open.pop();
        assert!(own("192.0.2.1").is_some());
        drop(open);
        assert_eq!(connections.0.open.lock().all, 0);
        assert!(connections.0.open.lock().by_address.is_empty());
    }

    #[test]
    fn many_addresses_of_one_client_share_and_a_trusted_proxy_stands_for_many_clients() {
        let connections = Connections::new(limits());
        let open = |address: &str, count| -> Vec<Pass> {
            (0..count).filter_map(|_| connections.admit(address.parse().unwrap())).collect()
        };
        let _six = open("2001:db8::1", CONNECTIONS_OF_ADDRESS);
        assert!(open("2001:db8::ffff", 1).is_empty() && open("2001:db8:0:1::1", 1).len() == 1);
        assert_eq!(open("10.1.2.3", CONNECTIONS_OF_ADDRESS + 1).len(), 1_001);
    }

    async fn ask(address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        stream
    }

    #[tokio::test]
    async fn a_request_in_flight_is_finished_and_idle_connections_are_closed_when_the_node_stops() {
        let (entered, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (said, waits) = (Arc::clone(&entered), Arc::clone(&go));
        let app = Router::new().route(
            "/",
            get(async move |ConnectInfo(peer): ConnectInfo<SocketAddr>| {
                said.notify_one();
                waits.notified().await;
                peer.ip().to_string()
            }),
        );
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let draining = CancellationToken::new();
        let token = draining.clone();
        let serving = tokio::spawn(async move {
            accept(listener, app, limits(), &token, async { drop(stopped.await) }).await;
        });
        let mut idle = TcpStream::connect(address).await.unwrap();
        let mut busy = ask(address).await;
        entered.notified().await;
        stop.send(()).unwrap();
        draining.cancelled().await;
        assert_eq!(idle.read(&mut [0; 8]).await.unwrap(), 0, "an idle connection is closed");
        go.notify_one();
        let mut answer = String::new();
        busy.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
        serving.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
