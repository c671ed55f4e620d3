//! What runs beside requests: every task of the process is started here, so that a shutdown can wait for all of them.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Starts tasks and ends them together. Cheap to clone.
#[derive(Clone, Default)]
pub struct Background {
    tracker: TaskTracker,
    stopping: CancellationToken,
}

impl Background {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a task until it ends by itself; it should watch [`Background::stopping`].
    pub fn spawn<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        #[expect(clippy::let_underscore_future, reason = "the tracker waits for it")]
        let _ = self.tracker.spawn(task);
    }

    /// Runs a task that is dropped where it stands when the process stops.
    pub fn spawn_until_stop<F>(&self, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stopping = self.stopping.clone();
        self.spawn(async move {
            tokio::select! {
                () = stopping.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Ends when the process begins to stop.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Tells all tasks to end; does not wait.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Waits for all tasks, at most this long; `false` where some were left.
    pub async fn finish(&self, at_most: Duration) -> bool {
        self.stop();
        self.tracker.close();
        tokio::time::timeout(at_most, self.tracker.wait()).await.is_ok()
    }
}
