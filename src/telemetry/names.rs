//! The name of every figure and the values of its labels, once: the contract's section 9.

pub const WEBSOCKET_CONNECTIONS: &str = "websocket_connections";
pub const WEBSOCKET_MESSAGES_TOTAL: &str = "websocket_messages_total";
pub const WEBSOCKET_MESSAGE_LATENCY_SECONDS: &str = "websocket_message_latency_seconds";
pub const WEBSOCKET_CONNECTION_FAILURES_TOTAL: &str = "websocket_connection_failures_total";
pub const WEBSOCKET_RECONNECTIONS_TOTAL: &str = "websocket_reconnections_total";
pub const WEBSOCKET_ROOMS: &str = "websocket_rooms";
pub const HTTP_REQUESTS_TOTAL: &str = "http_requests_total";
pub const HTTP_REQUEST_DURATION_SECONDS: &str = "http_request_duration_seconds";
pub const MESSAGES_INGESTED_TOTAL: &str = "messages_ingested_total";
pub const MESSAGES_SENT_TOTAL: &str = "messages_sent_total";
pub const OUTBOUND_QUEUE_DEPTH: &str = "outbound_queue_depth";
pub const OUTBOUND_SEND_SECONDS: &str = "outbound_send_seconds";
pub const EVENT_JOURNAL_LAG_SECONDS: &str = "event_journal_lag_seconds";
pub const GATEWAY_DROPPED_TOTAL: &str = "gateway_dropped_total";
pub const DB_POOL_CONNECTIONS: &str = "db_pool_connections";

/// Label `namespace`.
pub const NAMESPACES: &[&str] = &["/", "/chat", "/notifications", "/ws"];
/// Label `provider`: the contract's section 3.
pub const PROVIDERS: &[&str] = &["telegram", "waba", "bridge", "webchat", "api"];
/// Label `outcome` of [`MESSAGES_INGESTED_TOTAL`].
pub const INGEST_OUTCOMES: &[&str] = &["stored", "duplicate", "dead_letter", "refused"];
/// Label `outcome` of [`MESSAGES_SENT_TOTAL`].
pub const SEND_OUTCOMES: &[&str] = &["sent", "retry", "failed", "unknown"];
/// Label `status` of [`WEBSOCKET_MESSAGES_TOTAL`]: what clients sent and whether it was taken; what was emitted to them.
pub const SOCKET_STATUSES: &[&str] = &["ok", "refused", "emitted"];
/// Label `event` of [`WEBSOCKET_MESSAGES_TOTAL`] with which the figure exists from the start; others appear as they happen.
pub const SOCKET_EVENTS: &[&str] = &["message:new", "chat:message:send", "messages:read", "subscribe:chat"];
/// Label `reason` of [`WEBSOCKET_CONNECTION_FAILURES_TOTAL`].
pub const CONNECTION_FAILURES: &[&str] = &["no_token", "invalid_token", "forbidden", "rate_limit", "internal"];
/// Label `reason` of [`GATEWAY_DROPPED_TOTAL`]: publications on Redis channels that went no further.
pub const GATEWAY_DROPS: &[&str] =
    &["too_large", "malformed", "unknown_type", "foreign", "own", "overflow", "unheard", "disconnected", "unpublished"];
/// Label `state` of [`DB_POOL_CONNECTIONS`].
pub const POOL_STATES: &[&str] = &["idle", "used"];

/// Upper bounds of latency buckets, in seconds.
pub const LATENCY_BUCKETS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];
