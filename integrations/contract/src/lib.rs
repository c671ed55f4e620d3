//! What Switchboard and an outside network say to each other.
//!
//! A network crate implements [`Network`]: it checks and parses what the network delivers and hands over what operators
//! write. It never reaches SQL, axum or Socket.IO, and it keeps no state that a restart would lose.

mod account;
mod capabilities;
mod file;
mod incoming;
pub mod json;
mod kind;
mod network;
mod outgoing;

pub use account::{Account, ChannelStatus, Mode};
pub use capabilities::{Capabilities, ChatPace, Feature, FileRule, Pace};
pub use file::{File, FileStream, LocateError, MediaLocation, Trust};
pub use incoming::{
    AccountNews, DeliveryError, DeliveryStatus, Incoming, IncomingAttachment, IncomingChat, IncomingConnection,
    IncomingContact, IncomingDeletion, IncomingMessage, IncomingMove, IncomingReaction, IncomingStatus, MediaSource,
    Parcel, Source, TemplateNews,
};
pub use kind::MessageType;
pub use network::{
    CredentialError, Network, OpenError, Opened, PollError, Polled, Rejection, Validated, WebhookRequest,
};
pub use outgoing::{Change, Outgoing, OutgoingAttachment, OutgoingChange, Scope, SendError, Sent, Template, Thread};
