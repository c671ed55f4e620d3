//! When the server received what it works on: latencies count from there, through whatever queue it waits in. Carried by the
//! task, since everything between a door and the journal would otherwise have to hand it on.

use std::future::Future;
use std::time::Instant;

tokio::task_local! {
    static RECEIVED: Instant;
}

/// Runs something on behalf of what was received then. An `async fn` would keep a second place for the work, which is large.
pub fn on_behalf_of<T>(received: Instant, work: impl Future<Output = T>) -> impl Future<Output = T> {
    RECEIVED.scope(received, work)
}

/// When that was; now, where nothing was received.
#[must_use]
pub fn received() -> Instant {
    RECEIVED.try_with(|received| *received).unwrap_or_else(|_| Instant::now())
}
