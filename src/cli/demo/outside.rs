//! The customers' side of the demo's channels: what they write and what their phones report enters where real deliveries do.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contract::{
    DeliveryStatus, Incoming, IncomingChat, IncomingContact, IncomingMessage, IncomingReaction, IncomingStatus,
    MessageType, Parcel, Source,
};
use serde_json::{Map, Value, json};

use super::files::File;
use super::script::{Customer, Line};
use super::seed::Channels;
use crate::channel::OpenChannel;
use crate::chat::{Row, store as chats};
use crate::error::{Error, Result};
use crate::id::{ChatId, ContactId, MessageId};
use crate::inbox::Inbox;
use crate::inbox::receive::Delivery;
use crate::keys::sha256_hex;
use crate::message::store as messages;
use crate::operator::{Caller, Who};

/// Where customers are.
#[derive(Clone)]
pub(super) struct Outside {
    pub(super) inbox: Inbox,
    pub(super) channels: Channels,
}

/// What a customer hands over.
pub(super) struct Said {
    pub(super) kind: MessageType,
    pub(super) content: String,
    pub(super) metadata: Value,
    pub(super) file: Option<File>,
    /// The network's id of the message that it answers.
    pub(super) reply_to: Option<String>,
}

impl Said {
    pub(super) fn text(text: &str) -> Self {
        Self { kind: MessageType::Text, content: text.to_owned(), metadata: Value::Null, file: None, reply_to: None }
    }

    pub(super) fn file(file: File, caption: &str) -> Self {
        let metadata = if file == File::Smile { json!({"emoji": "😀"}) } else { Value::Null };
        Self { kind: file.kind(), metadata, file: Some(file), ..Self::text(caption) }
    }

    pub(super) fn place(lat: f64, lng: f64, name: &str, address: &str) -> Self {
        let metadata = json!({"lat": lat, "lng": lng, "name": name, "address": address});
        Self { kind: MessageType::Location, metadata, ..Self::text(&format!("{lat},{lng}")) }
    }

    pub(super) fn card(name: &str, phone: &str) -> Self {
        let metadata = json!({"contacts": [{"name": name, "phones": [phone]}]});
        Self { kind: MessageType::Contacts, metadata, ..Self::text(name) }
    }
}

impl Customer {
    /// The network's id of the chat. A visitor's is made as for a real one, whose secret is hashed.
    pub(super) fn chat_external_id(&self) -> String {
        if self.line == Line::Website { sha256_hex(self.id) } else { self.id.to_owned() }
    }

    /// The network's id of a message: a number in its chat, and at Meta one in the world.
    pub(super) fn message_external_id(&self, number: u64) -> String {
        if self.line == Line::Whatsapp { format!("wamid.DEMO{}.{number}", self.id) } else { number.to_string() }
    }

    fn person(&self) -> IncomingContact {
        let (name, username) = self.name.split_once(" @").map_or((self.name, None), |(name, at)| (name, Some(at)));
        let digits = self.id.split('@').next().unwrap_or_default();
        let has_phone = matches!(self.line, Line::Whatsapp | Line::Phone) && self.members.is_empty();
        IncomingContact {
            external_id: self.chat_external_id(),
            name: Some(name.to_owned()),
            username: username.map(str::to_owned),
            phone: has_phone.then(|| format!("+{digits}")),
            email: (self.line == Line::Website).then(|| self.id.to_owned()),
        }
    }

    /// The customer, or whoever of the group has the turn.
    pub(super) fn writer(&self, turn: usize) -> IncomingContact {
        match self.members.get(turn % self.members.len().max(1)) {
            Some((id, name)) => IncomingContact {
                external_id: (*id).to_owned(),
                name: Some((*name).to_owned()),
                ..IncomingContact::default()
            },
            None => self.person(),
        }
    }

    /// A message as its network's crate would read it.
    pub(super) fn message(
        &self,
        external_id: String,
        turn: usize,
        said: Said,
        at: DateTime<Utc>,
    ) -> Box<IncomingMessage> {
        let (contact, is_group) = (self.person(), !self.members.is_empty());
        let metadata = match said.metadata {
            Value::Object(metadata) => metadata,
            _ => Map::new(),
        };
        Box::new(IncomingMessage {
            chat: IncomingChat {
                external_id: contact.external_id.clone(),
                is_group,
                title: contact.name.clone().filter(|_| is_group),
                contact,
                also_known_as: None,
            },
            sender: is_group.then(|| self.writer(turn)),
            external_id,
            from_me: false,
            client_id: None,
            quiet: false,
            kind: said.kind,
            content: said.content,
            metadata,
            attachments: said.file.map(File::attachment).into_iter().collect(),
            reply_to: said.reply_to,
            provider_at: (!matches!(self.line, Line::Website | Line::Program)).then_some(at),
            acknowledge: None,
        })
    }

    pub(super) fn reaction(
        &self,
        message_external_id: String,
        turn: usize,
        emoji: &str,
        at: DateTime<Utc>,
    ) -> Incoming {
        Incoming::Reaction(IncomingReaction {
            chat_external_id: Some(self.chat_external_id()),
            message_external_id,
            actor: self.writer(turn),
            from_me: false,
            emojis: vec![emoji.to_owned()],
            at: Some(at),
        })
    }
}

impl Outside {
    pub(super) fn channel(&self, line: Line) -> &Arc<OpenChannel> {
        match line {
            Line::Telegram => &self.channels.telegram,
            Line::Whatsapp => &self.channels.whatsapp,
            Line::Phone => &self.channels.phone,
            Line::Website => &self.channels.website,
            Line::Program => &self.channels.program,
        }
    }

    /// The customer's chat; `None` where it was never opened.
    pub(super) async fn find_chat(&self, customer: &Customer) -> Result<Option<Row>> {
        let channel = self.channel(customer.line);
        let id = chats::find_id_by_key(&self.inbox.pool, channel.id.0, &customer.chat_external_id()).await?;
        match id {
            Some(id) => Ok(chats::find(&self.inbox.pool, channel.organization_id, ChatId(id)).await?),
            None => Ok(None),
        }
    }

    /// Delivers as the channel's network would.
    pub(super) async fn hand_in(&self, line: Line, item: Incoming) -> Result<()> {
        let channel = Arc::clone(self.channel(line));
        let parcel = Parcel { account: None, business: None, kind: "demo".into(), item, source: Source::Body };
        let delivery = Delivery {
            provider: channel.network.provider(),
            channel: Some(channel),
            body: Bytes::from_static(b"{}"),
            parcels: vec![parcel],
            poll_offset: None,
        };
        self.inbox.receive(delivery).await.map(|_| ())
    }

    /// How far a message of ours came, where the channel knows it.
    pub(super) async fn raise(
        &self,
        customer: &Customer,
        chat: &Row,
        id: MessageId,
        status: DeliveryStatus,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let organization_id = self.channels.website.organization_id;
        match customer.line {
            Line::Telegram | Line::Program => Ok(()),
            Line::Website if status == DeliveryStatus::Read => {
                let who = Who::Guest { contact_id: ContactId(chat.contact_id), chat_id: ChatId(chat.id) };
                let guest = Caller { organization_id, who, expires_at: None };
                self.inbox.read(&guest, ChatId(chat.id), Some(id)).await.map(|_| ())
            }
            Line::Website => self.inbox.take_as_guest(ChatId(chat.id), &[id]).await,
            Line::Whatsapp | Line::Phone => {
                let row =
                    messages::find(&self.inbox.pool, organization_id, id).await?.ok_or(Error::NotFound("message"))?;
                let Some(message_external_id) = row.external_id else { return Ok(()) };
                let status = IncomingStatus {
                    chat_external_id: Some(customer.chat_external_id()),
                    message_external_id,
                    client_id: None,
                    status,
                    error: None,
                    at: Some(at),
                };
                self.hand_in(customer.line, Incoming::Status(status)).await
            }
        }
    }
}
