//! The conversation over one WebSocket: reads and writes side by side, asks for signs of life, and says goodbye. It knows
//! nothing of what is said.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::connection::{Connection, Ending};

/// What a message may have at most; above what the protocol allows, so that too much can be answered.
const MOST_MESSAGE_BYTES: usize = 256 * 1024;
/// Written at once while more waits.
const WRITE_BYTES: usize = 16 * 1024;
/// How long goodbyes may take.
const GOODBYE: Duration = Duration::from_millis(1_500);
/// A peer that did not keep up has much to read before the goodbye.
const LONG_GOODBYE: Duration = Duration::from_secs(5);

/// How often a sign of life is asked for, and how long one may be missing.
#[derive(Debug, Clone, Copy)]
pub struct Pulse {
    pub every: Duration,
    pub patience: Duration,
}

impl Pulse {
    pub const DEFAULT: Self = Self { every: Duration::from_secs(25), patience: Duration::from_secs(60) };
}

/// What a peer sends.
#[derive(Debug)]
pub enum Frame {
    Text(Utf8Bytes),
    Binary,
    Ping,
}

/// A WebSocket over a stream whose handshake is done.
pub async fn open<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> WebSocketStream<S> {
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(WRITE_BYTES)
        .max_write_buffer_size(4 * MOST_MESSAGE_BYTES)
        .max_message_size(Some(MOST_MESSAGE_BYTES))
        .max_frame_size(Some(MOST_MESSAGE_BYTES));
    WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await
}

/// Runs a connection to its end. What the peer sends is heard one thing at a time; while it is, the peer has to wait.
pub async fn converse<S, Hearing>(
    socket: WebSocketStream<S>,
    connection: &Connection,
    mut outgoing: Receiver<Message>,
    pulse: Pulse,
    hear: impl Fn(Frame) -> Hearing,
) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin,
    Hearing: Future<Output = ()>,
{
    let (mut sink, mut source) = socket.split();
    let heard_at = Mutex::new(Instant::now());
    let write = async {
        while let Some(message) = outgoing.recv().await {
            connection.took(&message);
            let mut sent = sink.feed(message).await;
            while let (Ok(()), Ok(message)) = (&sent, outgoing.try_recv()) {
                connection.took(&message);
                sent = sink.feed(message).await;
            }
            if sent.is_err() || sink.flush().await.is_err() {
                break;
            }
        }
        Ending::Gone
    };
    let read = async {
        loop {
            let message = source.next().await;
            *heard_at.lock() = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => hear(Frame::Text(text)).await,
                Some(Ok(Message::Binary(_))) => hear(Frame::Binary).await,
                Some(Ok(Message::Ping(_))) => hear(Frame::Ping).await,
                Some(Ok(Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_))) | None => return Ending::Gone,
                Some(Err(error)) => return ending_of(&error),
            }
        }
    };
    let live = async {
        loop {
            sleep(pulse.every).await;
            if heard_at.lock().elapsed() > pulse.patience {
                return Ending::Silent;
            }
            connection.ping();
        }
    };
    let ending = tokio::select! {
        ending = connection.ended() => ending,
        ending = read => ending,
        ending = write => ending,
        ending = live => ending,
    };
    connection.end(ending);
    let bye = async {
        if let Some(frame) = ending.goodbye() {
            sink.send(Message::Close(Some(frame))).await.ok();
        }
        // the peer's own goodbye; it is answered while it is read
        while let Some(Ok(_)) = source.next().await {}
        if ending == Ending::TooLarge
            && let Ok(mut socket) = sink.reunite(source)
        {
            // a line that is closed with unread bytes is reset, and the goodbye with it
            tokio::io::copy(socket.get_mut(), &mut tokio::io::sink()).await.ok();
        }
    };
    let at_most = match ending {
        Ending::Silent => Duration::ZERO,
        Ending::TooSlow => LONG_GOODBYE,
        _ => GOODBYE,
    };
    timeout(at_most, bye).await.ok();
    ending
}

/// Refuses a peer that may not come in.
pub async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocketStream<S>, ending: Ending) {
    let bye = async {
        socket.close(ending.goodbye()).await.ok();
        while let Some(Ok(_)) = socket.next().await {}
    };
    timeout(GOODBYE, bye).await.ok();
}

fn ending_of(error: &Error) -> Ending {
    match error {
        Error::Capacity(_) => Ending::TooLarge,
        // the peer hung up without a goodbye
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Ending::Gone,
        Error::Protocol(_) | Error::Utf8(_) | Error::AttackAttempt => Ending::Broken,
        _ => Ending::Gone,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use tokio::io::{DuplexStream, duplex};
    use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

    use super::super::connection::tests::caller;
    use super::*;

    const QUICK: Pulse = Pulse { every: Duration::from_millis(20), patience: Duration::from_millis(100) };

    async fn pair(bytes: usize) -> (WebSocketStream<DuplexStream>, WebSocketStream<DuplexStream>) {
        let (ours, theirs) = duplex(bytes);
        (open(ours).await, WebSocketStream::from_raw_socket(theirs, Role::Client, None).await)
    }

    #[tokio::test]
    async fn a_peer_that_answers_pings_stays_and_one_that_does_not_is_let_go() {
        let (ours, mut peer) = pair(1_024).await;
        let (connection, outgoing) = Connection::new(caller());
        let talk = converse(ours, &connection, outgoing, QUICK, |_| std::future::ready(()));
        let answering = async {
            let mut pings = 0;
            while pings < 20 {
                // reading answers
                pings += u32::from(matches!(peer.next().await.unwrap().unwrap(), Message::Ping(_)));
            }
            // from now on it does not read
        };
        let (ending, ()) = tokio::join!(talk, answering);
        assert_eq!(ending, Ending::Silent);
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_not_waited_for() {
        let (ours, _peer) = pair(16).await;
        let (connection, outgoing) = Connection::new(caller());
        connection.say("x".repeat(1_000).into());
        let talk = converse(ours, &connection, outgoing, QUICK, |_| std::future::ready(()));
        assert_eq!(talk.await, Ending::Silent);
    }

    #[tokio::test]
    async fn what_waits_is_written_in_order_and_the_goodbye_comes_last() {
        let (ours, mut peer) = pair(64).await;
        let (connection, outgoing) = Connection::new(caller());
        for n in 0..100 {
            connection.say(n.to_string().into());
        }
        let reading = async {
            for n in 0..100 {
                assert_eq!(peer.next().await.unwrap().unwrap(), Message::text(n.to_string()));
            }
            connection.end(Ending::Stopping);
            let Some(Ok(Message::Close(Some(frame)))) = peer.next().await else { panic!("no goodbye") };
            assert_eq!((frame.code, &*frame.reason), (CloseCode::Away, "Going away"));
            assert!(peer.next().await.is_none());
        };
        let (ending, ()) =
            tokio::join!(converse(ours, &connection, outgoing, Pulse::DEFAULT, |_| std::future::ready(())), reading);
        assert_eq!(ending, Ending::Stopping);
    }
}
