//! Waiting for a condition, with a deadline that only a failing test meets.

use std::future::Future;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(30);

/// Asks again and again until there is something.
pub async fn eventually<T, Probing>(what: &str, probe: impl FnMut() -> Probing) -> T
where
    Probing: Future<Output = Option<T>>,
{
    within(DEADLINE, what, probe).await
}

pub async fn within<T, Probing>(deadline: Duration, what: &str, mut probe: impl FnMut() -> Probing) -> T
where
    Probing: Future<Output = Option<T>>,
{
    let start = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(start.elapsed() < deadline, "waited {deadline:?} in vain: {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// Gives up on a future that should be done long since.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.unwrap_or_else(|_| panic!("waited {DEADLINE:?} in vain: {what}"))
}
