//! Claims about Switchboard, checked at its front doors: the real binary, a real PostgreSQL, real clients, networks on the loopback.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the server: clock and environment are the machine's own"
)]

mod support;

mod blocks;
mod bridge;
mod bridge_sidecar;
mod capabilities;
mod changes;
mod chats;
mod cluster;
mod contacts;
mod conversation;
mod conversation_notifications;
mod conversation_types;
mod corpus;
mod crash;
mod dashboard;
mod delivery_order;
mod demo;
mod docs;
mod documents;
mod door;
mod gateway;
mod gateway_limits;
mod gateway_presence;
mod gateway_redis;
mod grafana;
mod harness;
mod house;
mod identity;
mod ingest;
mod ingest_beside;
mod ingest_plain;
mod ingest_statuses;
mod ingest_twice;
mod load;
mod long_history;
mod media;
mod merged_guests;
mod monitoring;
mod moved;
mod nginx;
mod node;
mod nodes;
mod notifications;
mod parsers;
mod plans;
mod presence;
mod presence_storm;
mod realtime;
mod realtime_cursor;
mod realtime_handshake;
mod realtime_limits;
mod realtime_rooms;
mod realtime_slow;
mod reports;
mod send;
mod send_once;
mod status_property;
mod teams;
mod telegram;
mod telegram_modes;
mod templates;
mod tenants;
mod tickets;
mod upstream;
mod v2;
mod waba_errors;
mod webchat;
mod webhooks;
mod words;
