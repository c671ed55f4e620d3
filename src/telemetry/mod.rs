//! What operators of the server watch: log lines on stderr and Prometheus figures.
//! Never a place for secrets or message texts; stdout belongs to the commands.

pub mod figures;
mod metrics;
pub mod names;
pub mod receipt;

use tracing_subscriber::Layer;
use tracing_subscriber::filter::{EnvFilter, ParseError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Config, LogFormat};

pub use self::metrics::{MetricsError, install_metrics};

/// Libraries that tell too much at our level; a directive of `LOG_LEVEL` that names one of them wins.
const QUIET: &str = "sqlx=warn,hyper=warn,hyper_util=warn,h2=warn,reqwest=warn,rustls=warn,socketioxide=warn,\
                     engineioxide=warn,redis=warn,tower_http=info,teloxide=warn,\
                     tungstenite=warn,tokio_tungstenite=warn";

/// Starts writing log lines; a second call keeps the first one's settings.
///
/// # Errors
/// If `LOG_LEVEL` is not a filter; [`Config::from_env`] has refused that before.
pub fn start_logging(config: &Config) -> Result<(), ParseError> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    // over everything: a filter of the one layer forgets lines after a library asked whether a level is shown
    let first = tracing_subscriber::registry().with(filter(&config.log_level)?).with(lines).try_init().is_ok();
    tracing::debug!(first, "logging");
    Ok(())
}

/// The libraries stay quiet unless `log_level` names them; when it asks for less than they are given, less it is.
fn filter(log_level: &str) -> Result<EnvFilter, ParseError> {
    let quiet = match log_level.to_ascii_lowercase().as_str() {
        "off" | "error" => "",
        _ => QUIET,
    };
    EnvFilter::builder().parse(format!("{quiet},{log_level}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn shown(log_level: &str, say: impl FnOnce()) -> bool {
        let lines = Lines::default();
        let layer = tracing_subscriber::fmt::layer().with_writer(lines.clone());
        tracing::subscriber::with_default(
            tracing_subscriber::registry().with(filter(log_level).unwrap()).with(layer),
            say,
        );
        !lines.0.lock().is_empty()
    }

    #[derive(Clone, Default)]
    struct Lines(std::sync::Arc<parking_lot::Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl tracing_subscriber::fmt::MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn libraries_are_quiet_until_they_are_asked_for() {
        assert!(shown("info", || tracing::info!("ours")));
        assert!(!shown("info", || tracing::debug!("ours")));
        assert!(shown("debug", || tracing::debug!("ours")));
        assert!(!shown("debug", || tracing::debug!(target: "sqlx::query", "theirs")));
        assert!(shown("info,sqlx=debug", || tracing::debug!(target: "sqlx::query", "theirs")));
        assert!(!shown("error", || tracing::warn!(target: "sqlx::query", "theirs")));
    }

    #[test]
    fn logging_may_be_started_twice() {
        let config = Config::from_lookup(&|_| None).unwrap();
        start_logging(&config).unwrap();
        start_logging(&config).unwrap();
    }
}
