//! Sending: an operator's message is stored, queued and told in one transaction; [`crate::inbox::deliver`] hands it over.

pub(super) mod check;
mod template;

use contract::{IncomingContact, MessageType};
use metrics::counter;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{Inbox, journal, notify, present};
use crate::chat::{self, store as chats};
use crate::contact::store::{self as contacts, NewContacts};
use crate::delivery::NewUpdates;
use crate::error::{Error, Result};
use crate::event::{Event, MessageNew, MessageStatusChange, MessagesRead};
use crate::id::{AttachmentId, ChannelId, ChatId, ContactId, MessageId, OrganizationId, UserId};
use crate::media::MOST_FILES;
use crate::media::store::Row as File;
use crate::message::store::{self as messages, NewMessages};
use crate::message::{Message, MessageStatus, Row};
use crate::operator::store::user;
use crate::operator::{Caller, Who};
use crate::outbound::store as outbound;
use crate::telemetry::names::{MESSAGES_INGESTED_TOTAL, MESSAGES_SENT_TOTAL};
use crate::time::Millis;

/// What an operator (or a program) wants to say, and where: in a chat, or to an outside id of a channel.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendRequest {
    /// The chat; or `channelId` with `to`.
    pub chat_id: Option<String>,
    pub channel_id: Option<String>,
    /// The network's id of the person or group: a phone number, a Telegram chat id.
    pub to: Option<String>,
    /// The text, or the caption of a file.
    #[serde(default)]
    pub content: String,
    /// A message type; unless given `text`, or what fits the file.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// Uploads of `POST /api/media`, in order; each goes with one message.
    #[serde(default)]
    pub attachment_ids: Vec<String>,
    pub reply_to_id: Option<String>,
    /// `{name, language, components}` of an approved template.
    #[schema(value_type = Option<Object>)]
    pub template: Option<Map<String, Value>>,
    /// A note for colleagues: never leaves.
    #[serde(default)]
    pub private: bool,
    /// The address of a file that is kept elsewhere, as `/chat` sends files; checked by its caller.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub link: Option<String>,
}

/// Where a message goes, once its chat is locked.
struct Target {
    chat: chat::Row,
    made: bool,
}

impl Inbox {
    /// Stores a message and queues it; gives the JSON text of the [`Message`]. With the same key the first answer is given
    /// again and nothing is sent.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::ChatNotFound`], [`Error::NotFound`], [`Error::TooLarge`], [`Error::WindowClosed`], [`Error::Forbidden`], and
    /// [`Error::Conflict`] for a key that came with another body, a file that was sent already, or a person who is blocked.
    pub async fn send(
        &self,
        caller: &Caller,
        mut request: SendRequest,
        idempotency_key: Option<&str>,
    ) -> Result<String> {
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        if let Some(key) = idempotency_key {
            let body = serde_json::to_vec(&request).map_err(Error::internal)?;
            let hash = Sha256::digest(&body).to_vec();
            if let Some((kept, answer)) = outbound::claim_key(connection, caller.organization_id, key, &hash).await? {
                return match answer {
                    Some(answer) if kept == hash => Ok(answer),
                    Some(_) => Err(Error::conflict("This Idempotency-Key came with another body; use a new key.")),
                    None => Err(Error::Unavailable("an idempotency key without an answer".into())),
                };
            }
        }
        let (ids, is_linked) = self.named_files(&mut request)?;
        let files = if ids.is_empty() { Vec::new() } else { self.lock_uploads(connection, caller, &ids).await? };
        let mut draft = check::draft(caller, &request, files, is_linked)?;
        let Target { mut chat, made } = self.target(connection, caller, &request).await?;
        let network = self.networks.get(&chat.provider).ok_or(Error::NotFound("channel"))?;
        let capabilities = network.capabilities();
        if draft.kind == MessageType::Template && capabilities.templates && !draft.private {
            template::fill(connection, &chat, &request, &mut draft).await?;
        }
        check::fits(&draft, &chat, capabilities, self.clock.now())?;
        let reply_to = self.reply_to(connection, &chat, request.reply_to_id.as_deref()).await?;

        let now = self.clock.now();
        let id = MessageId::new();
        let instant = draft.private || capabilities.instant;
        let (user_id, from_me) = (caller.user_id(), !matches!(caller.who, Who::Guest { .. }));
        if from_me && !draft.private {
            check::may_answer(&chat)?;
        }
        // what a blocked person writes is kept, and calls for nobody
        let heard = from_me || !chat.is_blocked;
        let sender_name = match caller.who {
            Who::User { id, .. } => user::find_name(&mut *connection, id).await?,
            Who::ApiKey { .. } => None,
            Who::Guest { .. } => chat.own_name.clone(),
        };
        let status = match (from_me, instant) {
            (false, _) => MessageStatus::Received,
            (true, true) => MessageStatus::Sent,
            (true, false) => MessageStatus::Queued,
        };
        let note = draft.private.then(|| draft.content.clone());
        let files = draft.files.iter().map(|(file, kind)| (file.id, kind.as_str().to_owned())).collect::<Vec<_>>();
        let new = NewMessages {
            ids: vec![id.0],
            organization_ids: vec![chat.organization_id],
            chat_ids: vec![chat.id],
            channel_ids: vec![chat.channel_id],
            from_me: vec![from_me],
            counts: vec![!from_me && heard],
            shows: vec![!draft.private && heard],
            sender_user_ids: vec![user_id.map(|id| id.0)],
            sender_contact_ids: vec![(!from_me).then_some(chat.contact_id)],
            sender_names: vec![sender_name],
            types: vec![draft.kind.as_str().to_owned()],
            contents: vec![draft.content],
            metadata: vec![draft.metadata],
            reply_to_ids: vec![reply_to.map(|id| id.0)],
            reply_to_external_ids: vec![None],
            private: vec![draft.private],
            statuses: vec![status.as_str().to_owned()],
            external_ids: vec![(instant && !draft.private).then(|| id.to_string())],
            provider_at: vec![None],
            customer_at: vec![(!from_me).then_some(now)],
            edited_at: vec![None],
        };
        messages::insert(connection, &new, &NewUpdates::default(), now).await?;
        if !files.is_empty() {
            self.attach(connection, id, &files).await?;
        }
        let mut has_link = false;
        if let Some(link) = &request.link {
            let organization_id = OrganizationId(chat.organization_id);
            let file = messages::insert_link(connection, organization_id, id, draft.kind.as_str(), link).await?;
            // fetched only for networks that carry it; the message leaves when it is here
            has_link = status == MessageStatus::Queued && capabilities.sends.contains(&draft.kind);
            if has_link {
                crate::media::store::enqueue(&mut *connection, &[file.0]).await?;
            }
        }
        if status == MessageStatus::Queued {
            let organization_id = OrganizationId(chat.organization_id);
            outbound::enqueue(connection, id, ChatId(chat.id), organization_id, chat.channel_id).await?;
        }
        let answers = from_me && !draft.private;
        if answers {
            chats::set_read(connection, ChatId(chat.id), user_id, chat.incoming_count, now).await?;
        }
        if !from_me && heard && chat::ChatStatus::stored(&chat.status).reopens() {
            chat::ChatStatus::Open.as_str().clone_into(&mut chat.status);
            chat.snoozed_until = None;
            chats::set_state(connection, &chat, now).await?;
        }
        let rows = messages::list_by_ids(&mut *connection, &[id.0]).await?;
        let message = present::messages(self, connection, rows).await?.pop();
        let message = message.ok_or_else(|| Error::internal("the message that was just stored is not there"))?;
        let body = serde_json::to_string(&message).map_err(Error::internal)?;
        let organization_id = OrganizationId(chat.organization_id);
        let chat = chats::find(&mut *connection, organization_id, ChatId(chat.id)).await?.ok_or(Error::ChatNotFound)?;

        let mut events = Vec::new();
        if made {
            events.push(Event::ChatNew(Box::new(chat.present(capabilities))));
        }
        events.push(Event::MessageNew(Box::new(MessageNew {
            message,
            chat: chat.digest(capabilities),
            assigned_user_id: chat.assigned_user_id.map(UserId),
        })));
        if answers {
            events.push(Event::MessagesRead(MessagesRead {
                chat_id: ChatId(chat.id),
                read_by_user_id: user_id,
                last_read_message_id: Some(id),
                read_at: Millis(now),
                organization_id,
            }));
        }
        if let Some(note) = note {
            events.extend(notify::of_note(connection, user_id, &chat, id, &note, now).await?);
        }
        if let Some(key) = idempotency_key {
            outbound::set_answer(&mut *connection, caller.organization_id, key, &body).await?;
        }
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        if has_link {
            self.media.due.notify_one();
        }
        let provider = network.provider();
        match status {
            MessageStatus::Queued => self.due.notify_one(),
            MessageStatus::Received => {
                counter!(MESSAGES_INGESTED_TOTAL, "provider" => provider, "outcome" => "stored").increment(1);
            }
            // a network that has it at once; a note never leaves
            _ if capabilities.instant && !request.private => {
                counter!(MESSAGES_SENT_TOTAL, "provider" => provider, "outcome" => "sent").increment(1);
            }
            _ => {}
        }
        Ok(body)
    }

    /// Queues a failed message again, at the end of its chat.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] where the message has not failed, or the person is blocked.
    pub async fn retry(&self, caller: &Caller, id: MessageId) -> Result<Message> {
        let found = messages::find(&self.pool, caller.organization_id, id).await?.ok_or(Error::NotFound("message"))?;
        let chat_id = ChatId(found.chat_id);
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        if !chats::lock(connection, caller.organization_id, chat_id).await? {
            return Err(Error::NotFound("message"));
        }
        let chat = chats::find(&mut *connection, caller.organization_id, chat_id).await?.ok_or(Error::ChatNotFound)?;
        check::may_answer(&chat)?;
        let row = messages::lock_by_ids(&mut *connection, &[id.0]).await?.pop().ok_or(Error::NotFound("message"))?;
        if !row.from_me || row.status() != MessageStatus::Failed {
            return Err(Error::conflict(format!(
                "Only a failed message can be sent again; this one is {}.",
                row.status
            )));
        }
        messages::set_queued(connection, chat_id, id).await?;
        outbound::remove(&mut *connection, id.0).await?;
        outbound::enqueue(connection, id, chat_id, caller.organization_id, row.channel_id).await?;
        let change = MessageStatusChange {
            message_id: id,
            chat_id,
            status: MessageStatus::Queued,
            error: None,
            timestamp: Millis(self.clock.now()),
            organization_id: caller.organization_id,
            assigned_user_id: chat.assigned_user_id.map(UserId),
        };
        let row = Row { status: "queued".into(), error_code: None, error_message: None, ..row };
        let message = present::messages(self, connection, vec![row]).await?.pop();
        let journalled = journal::write(connection, &self.cursors, &[Event::MessageStatus(change)]).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        self.due.notify_one();
        message.ok_or(Error::NotFound("message"))
    }

    /// Locks the chat that is written to, making it where a channel can open chats.
    async fn target(&self, connection: &mut PgConnection, caller: &Caller, request: &SendRequest) -> Result<Target> {
        let organization_id = caller.organization_id;
        if let Some(text) = &request.chat_id {
            let id: ChatId = text.parse().map_err(|_| Error::ChatNotFound)?;
            if let Who::Guest { chat_id, .. } = caller.who
                && chat_id != id
            {
                return Err(Error::ChatNotFound);
            }
            if !chats::lock(connection, organization_id, id).await? {
                return Err(Error::ChatNotFound);
            }
            let chat = chats::find(connection, organization_id, id).await?.ok_or(Error::ChatNotFound)?;
            return Ok(Target { chat, made: false });
        }
        let (Some(channel_id), Some(to)) = (&request.channel_id, &request.to) else {
            return Err(Error::invalid("chatId", "Give chatId, or channelId with to."));
        };
        if matches!(caller.who, Who::Guest { .. }) {
            return Err(Error::ChatNotFound);
        }
        let channel_id: ChannelId = channel_id.parse().map_err(|_| Error::NotFound("channel"))?;
        let channel = self.own_channel(organization_id, channel_id).await?;
        if !channel.network.capabilities().opens_chats {
            return Err(Error::invalid("channelId", "On this channel only the customer can open a chat."));
        }
        let external_id = check::outside_address(to)?;
        let (channels, keys) = ([channel_id.0], [external_id.clone()]);
        let mut locked = chats::lock_by_keys(connection, &channels, &keys).await?;
        let mut made = false;
        if locked.is_empty() {
            let mut people = NewContacts::default();
            let person = IncomingContact { external_id: external_id.clone(), ..IncomingContact::default() };
            super::receive::add_person(&mut people, &channel, &person);
            let contact =
                contacts::upsert(connection, &people).await?.pop().map_or_else(|| ContactId::new().0, |c| c.id);
            let new = chats::NewChats {
                ids: vec![ChatId::new().0],
                organization_ids: vec![organization_id.0],
                channel_ids: vec![channel_id.0],
                contact_ids: vec![contact],
                external_ids: vec![external_id],
                is_group: vec![false],
                titles: vec![None],
            };
            made = !chats::insert(connection, &new, self.clock.now()).await?.is_empty();
            locked = chats::lock_by_keys(connection, &channels, &keys).await?;
        }
        let id = locked.first().map(|chat| ChatId(chat.id)).ok_or(Error::ChatNotFound)?;
        let chat = chats::find(connection, organization_id, id).await?.ok_or(Error::ChatNotFound)?;
        Ok(Target { chat, made })
    }

    /// The uploads that a request names: by id, or by an address of ours in place of a link; then also whether it was a link.
    fn named_files(&self, request: &mut SendRequest) -> Result<(Vec<AttachmentId>, bool)> {
        let is_linked = request.link.is_some();
        let now = self.clock.now();
        if let Some(id) = request.link.as_deref().and_then(|link| self.media.addresses.read(link, now)) {
            request.link = None;
            request.attachment_ids = vec![id.to_string()];
        }
        if request.link.as_deref().is_some_and(|link| link.starts_with('/')) {
            return Err(Error::invalid("content", "This address opens no file of ours; upload it again."));
        }
        let ids = &request.attachment_ids;
        if ids.len() > MOST_FILES {
            return Err(Error::invalid("attachmentIds", format!("A message takes up to {MOST_FILES} files.")));
        }
        let ids: std::result::Result<Vec<AttachmentId>, _> = ids.iter().map(|id| id.parse()).collect();
        Ok((ids.map_err(|_| Error::NotFound("attachment"))?, is_linked))
    }

    /// The answered message, which must be one of the same chat.
    async fn reply_to(
        &self,
        connection: &mut PgConnection,
        chat: &chat::Row,
        reply_to_id: Option<&str>,
    ) -> Result<Option<MessageId>> {
        let Some(text) = reply_to_id else { return Ok(None) };
        let id: MessageId = text.parse().map_err(|_| Error::NotFound("message"))?;
        let found = messages::find(connection, OrganizationId(chat.organization_id), id).await?;
        let found = found.ok_or(Error::NotFound("message"))?;
        if found.chat_id != chat.id {
            return Err(Error::invalid("replyToId", "The answered message is in another chat."));
        }
        Ok(Some(id))
    }
}

/// What is stored of a request that makes sense.
struct Draft {
    kind: MessageType,
    /// Uploads, each with the message type that it goes as.
    files: Vec<(File, MessageType)>,
    content: String,
    metadata: String,
    private: bool,
    /// Its file was named by an address, and may be told by it.
    linked: bool,
}
