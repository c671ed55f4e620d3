//! Registers every figure at 0, so that dashboards and alerts find each name before its first event.

use std::sync::OnceLock;

use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use super::names::*;

/// Figures could not be collected in this process.
#[derive(Debug, Clone, thiserror::Error)]
#[error("metrics cannot be collected: {0}")]
pub struct MetricsError(String);

impl From<BuildError> for MetricsError {
    fn from(error: BuildError) -> Self {
        Self(error.to_string())
    }
}

/// Starts collecting; later calls return the same handle. `render()` of it is the body of `/metrics`; `run_upkeep()` wants
/// calling every few seconds, since samples of histograms pile up until either.
///
/// # Errors
/// If something else in the process collects figures already.
pub fn install_metrics() -> Result<PrometheusHandle, MetricsError> {
    static INSTALLED: OnceLock<Result<PrometheusHandle, MetricsError>> = OnceLock::new();
    INSTALLED.get_or_init(install).clone()
}

fn install() -> Result<PrometheusHandle, MetricsError> {
    let handle = PrometheusBuilder::new().set_buckets(LATENCY_BUCKETS)?.install_recorder()?;
    for namespace in NAMESPACES {
        gauge!(WEBSOCKET_CONNECTIONS, "namespace" => *namespace).set(0);
    }
    for (event, status) in pairs(SOCKET_EVENTS, SOCKET_STATUSES) {
        counter!(WEBSOCKET_MESSAGES_TOTAL, "event" => event, "status" => status).absolute(0);
    }
    for reason in CONNECTION_FAILURES {
        counter!(WEBSOCKET_CONNECTION_FAILURES_TOTAL, "reason" => *reason).absolute(0);
    }
    counter!(WEBSOCKET_RECONNECTIONS_TOTAL).absolute(0);
    for reason in GATEWAY_DROPS {
        counter!(GATEWAY_DROPPED_TOTAL, "reason" => *reason).absolute(0);
    }
    gauge!(WEBSOCKET_ROOMS).set(0);
    counter!(HTTP_REQUESTS_TOTAL, "method" => "GET", "route" => "/health/live", "status" => "200").absolute(0);
    for (provider, outcome) in pairs(PROVIDERS, INGEST_OUTCOMES) {
        counter!(MESSAGES_INGESTED_TOTAL, "provider" => provider, "outcome" => outcome).absolute(0);
    }
    for (provider, outcome) in pairs(PROVIDERS, SEND_OUTCOMES) {
        counter!(MESSAGES_SENT_TOTAL, "provider" => provider, "outcome" => outcome).absolute(0);
    }
    for provider in PROVIDERS {
        gauge!(OUTBOUND_QUEUE_DEPTH, "provider" => *provider).set(0);
    }
    for state in POOL_STATES {
        gauge!(DB_POOL_CONNECTIONS, "state" => *state).set(0);
    }
    for name in [
        WEBSOCKET_MESSAGE_LATENCY_SECONDS,
        HTTP_REQUEST_DURATION_SECONDS,
        OUTBOUND_SEND_SECONDS,
        EVENT_JOURNAL_LAG_SECONDS,
    ] {
        // Having a histogram is enough: it is shown with a count of 0.
        drop(histogram!(name));
    }
    Ok(handle)
}

fn pairs(
    first: &'static [&'static str],
    second: &'static [&'static str],
) -> impl Iterator<Item = (&'static str, &'static str)> {
    first.iter().flat_map(|a| second.iter().map(|b| (*a, *b)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_the_contract_exists_from_the_start_at_0() {
        let text = install_metrics().unwrap().render();
        for line in [
            "websocket_connections{namespace=\"/\"} 0",
            "websocket_connections{namespace=\"/chat\"} 0",
            "websocket_connections{namespace=\"/notifications\"} 0",
            "websocket_connections{namespace=\"/ws\"} 0",
            "websocket_messages_total{event=\"message:new\",status=\"emitted\"} 0",
            "websocket_message_latency_seconds_bucket{le=\"0.005\"} 0",
            "websocket_message_latency_seconds_bucket{le=\"0.1\"} 0",
            "websocket_message_latency_seconds_bucket{le=\"0.5\"} 0",
            "websocket_message_latency_seconds_bucket{le=\"1\"} 0",
            "websocket_message_latency_seconds_bucket{le=\"2\"} 0",
            "websocket_message_latency_seconds_bucket{le=\"5\"} 0",
            "websocket_message_latency_seconds_count 0",
            "websocket_connection_failures_total{reason=\"invalid_token\"} 0",
            "websocket_reconnections_total 0",
            "gateway_dropped_total{reason=\"malformed\"} 0",
            "websocket_rooms 0",
            "http_requests_total{method=\"GET\",route=\"/health/live\",status=\"200\"} 0",
            "http_request_duration_seconds_count 0",
            "messages_ingested_total{provider=\"waba\",outcome=\"stored\"} 0",
            "messages_sent_total{provider=\"bridge\",outcome=\"unknown\"} 0",
            "outbound_queue_depth{provider=\"telegram\"} 0",
            "outbound_send_seconds_count 0",
            "event_journal_lag_seconds_count 0",
            "db_pool_connections{state=\"idle\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "no line `{line}` in\n{text}");
        }
    }

    #[test]
    fn installing_twice_gives_the_same_figures() {
        let (first, second) = (install_metrics().unwrap(), install_metrics().unwrap());
        counter!("counted_by_a_test").increment(1);
        assert!(first.render().contains("counted_by_a_test 1"));
        assert!(second.render().contains("counted_by_a_test 1"));
    }
}
