//! Switchboard: an inbox backend. Messages of many networks are saved once, seen live and answered in order.
//!
//! Floors, from top to ground; arrows go down only (`docs/architecture.md`).
//!
//! - 4 wiring: the binary, [`cli`], [`app`], [`networks`] (the list of networks), [`tasks`] (what runs beside requests)
//! - 3 doors: [`http`], [`socket`], [`gateway`]
//! - 2 [`inbox`]: the use cases, the journal and the feed
//! - 1 nouns, each with its types and its SQL: [`operator`], [`contact`], [`channel`], [`chat`], [`message`], [`event`], …
//! - 0 ground: [`config`], [`error`], [`id`], [`time`], …

pub mod app;
pub mod background;
pub mod bus;
pub mod channel;
pub mod chat;
pub mod cli;
pub mod clock;
pub mod config;
pub mod contact;
pub mod database;
pub mod delivery;
pub mod embedded_postgres;
pub mod error;
pub mod event;
pub mod gateway;
pub mod http;
pub mod id;
pub mod inbox;
pub mod installation;
pub mod keys;
pub mod label;
pub mod media;
pub mod message;
pub mod meter;
pub mod networks;
pub mod node;
pub mod nodelay;
pub mod notification;
pub mod operator;
pub mod origin;
pub mod outbound;
pub mod presence;
pub mod quick_reply;
pub mod report;
pub mod schema;
pub mod snake;
pub mod socket;
pub mod team;
pub mod telemetry;
pub mod template;
pub mod ticket;
pub mod time;
pub mod websocket;
pub mod wire;
