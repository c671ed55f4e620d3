//! What administrators do with channels: add, change, delete. The network itself is asked afterwards, by [`super::attend`].

use contract::{ChannelStatus, Mode, Rejection};
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{Inbox, Parts, journal, notify, tickets};
use crate::channel::store::{self, Row};
use crate::channel::{Channel, OpenChannel};
use crate::chat::store as chats;
use crate::contact::store as contacts;
use crate::error::{Error, FieldError, Result};
use crate::event::{ChatDeleted, Event};
use crate::id::{ChannelId, ChatId, OrganizationId};
use crate::operator::{Caller, Role};

/// Most bytes of JSON that are kept of an account.
const LARGEST_ACCOUNT: usize = 16 << 10;

/// A channel to add.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewChannel {
    pub name: String,
    /// `telegram`, `waba`, `bridge`, `webchat` or `api`.
    #[schema(schema_with = crate::schema::providers)]
    pub provider: String,
    /// By provider: `{token}`, `{phoneNumberId, accessToken, …}`, `{flavour?}`, `{allowedOrigins?}`, `{}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub credentials: Value,
    /// `polling` or `webhook`, where the network has both.
    #[schema(value_type = Option<String>)]
    pub mode: Option<Mode>,
}

/// What to change of a channel; credentials that are left out stay.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ChannelChange {
    pub name: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub credentials: Option<Value>,
    #[schema(value_type = Option<String>)]
    pub mode: Option<Mode>,
}

impl Inbox {
    /// Adds a channel, `connecting`; what its network says of it shows later in `status` and `lastError`.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::Invalid`]; [`Error::Conflict`] where the account belongs to another channel.
    pub async fn create_channel(&self, caller: &Caller, new: NewChannel) -> Result<Channel> {
        caller.require(Role::Admin)?;
        let name = checked_name(&new.name)?;
        let unknown = || Error::invalid("provider", format!("Give one of {}.", self.provider_names()));
        let network = self.networks.get(&new.provider).ok_or_else(unknown)?;
        let credentials =
            if new.credentials.is_null() { Value::Object(serde_json::Map::new()) } else { new.credentials };
        let valid = network.validate(&credentials).map_err(wrong_fields)?;
        let modes = network.capabilities().modes;
        let mode = checked_mode(modes, new.mode)?;
        let now = self.clock.now();
        let id = ChannelId::new();
        let row = Row {
            id: id.0,
            organization_id: caller.organization_id.0,
            name,
            provider: network.provider().to_owned(),
            mode: mode.map(mode_text),
            credentials: self.seal(id, &valid.credentials)?,
            webhook_secret: self.keys.seal(crate::keys::random_token().as_bytes(), id.0.as_bytes()),
            identity: valid.identity,
            business: valid.business,
            account: "{}".to_owned(),
            status: ChannelStatus::Connecting.as_str().to_owned(),
            last_error: None,
            created_at: now,
            updated_at: now,
        };
        let channel = self.open_channel(row.clone())?.ok_or(Error::NotFound("channel"))?;
        let mut transaction = self.pool.begin().await?;
        store::insert(&mut *transaction, &row).await.map_err(taken)?;
        let shown = self.present_channel(&channel);
        let event = Event::ChannelUpdated(caller.organization_id, Box::new(shown));
        let journalled = journal::write(&mut transaction, &self.cursors, &[event]).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        self.attention.notify_one();
        Ok(self.present_channel_to(caller, &channel))
    }

    /// Changes a channel and connects it anew.
    ///
    /// # Errors
    /// As [`Inbox::create_channel`]; [`Error::NotFound`].
    pub async fn change_channel(&self, caller: &Caller, id: ChannelId, change: ChannelChange) -> Result<Channel> {
        caller.require(Role::Admin)?;
        let mut transaction = self.pool.begin().await?;
        let row =
            store::lock(&mut *transaction, caller.organization_id, id).await?.ok_or(Error::NotFound("channel"))?;
        let open = self.open_channel(row.clone())?.ok_or(Error::NotFound("channel"))?;
        let mut row = row;
        if let Some(name) = &change.name {
            row.name = checked_name(name)?;
        }
        if let Some(mode) = change.mode {
            row.mode = checked_mode(open.network.capabilities().modes, Some(mode))?.map(mode_text);
        }
        if let Some(news) = change.credentials {
            let Value::Object(news) = news else {
                return Err(Error::invalid("credentials", "Give an object."));
            };
            let mut credentials = open.account.credentials.as_object().cloned().unwrap_or_default();
            credentials.extend(news);
            let valid = open.network.validate(&Value::Object(credentials)).map_err(wrong_fields)?;
            row.credentials = self.seal(id, &valid.credentials)?;
            row.identity = valid.identity;
            row.business = valid.business;
        }
        ChannelStatus::Connecting.as_str().clone_into(&mut row.status);
        row.last_error = None;
        row.updated_at = self.clock.now();
        store::update(&mut *transaction, &row).await.map_err(taken)?;
        crate::outbound::store::resume(&mut *transaction, id.0).await?;
        let channel = self.open_channel(row)?.ok_or(Error::NotFound("channel"))?;
        let event = Event::ChannelUpdated(caller.organization_id, Box::new(self.present_channel(&channel)));
        let journalled = journal::write(&mut transaction, &self.cursors, &[event]).await?;
        transaction.commit().await?;
        self.directory.forget(id).await;
        self.feed.committed(journalled);
        self.attention.notify_one();
        self.due.notify_one();
        Ok(self.present_channel_to(caller, &channel))
    }

    /// Deletes a channel with its chats, and tells its network to stop delivering.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`].
    pub async fn delete_channel(&self, caller: &Caller, id: ChannelId) -> Result<()> {
        caller.require(Role::Admin)?;
        let mut transaction = self.pool.begin().await?;
        let connection = &mut *transaction;
        let row = store::lock(&mut *connection, caller.organization_id, id).await?.ok_or(Error::NotFound("channel"))?;
        let channel = self.open_channel(row)?;
        let chat_ids = store::list_chat_ids(&mut *connection, id).await?;
        // people whom its contacts stood for are shown as others of theirs in the chats that stay
        let elsewhere = contacts::list_chats_elsewhere(&mut *connection, id).await?;
        chats::lock_many(connection, &[chat_ids.as_slice(), &elsewhere].concat()).await?;
        contacts::hand_over(connection, id).await?;
        let orphans = tickets::outlive(connection, caller.organization_id, &chat_ids, None, self.clock.now()).await?;
        store::delete_contents(connection, id).await?;
        store::delete(&mut *connection, id).await?;
        let deleted = chat_ids
            .into_iter()
            .map(|chat_id| Event::ChatDeleted(caller.organization_id, ChatDeleted { chat_id: ChatId(chat_id) }));
        let mut shown = chats::list_by_ids(&mut *connection, &elsewhere).await?;
        shown.sort_unstable_by_key(|chat| chat.id);
        let shown = shown
            .iter()
            .map(|chat| Event::ChatUpdated(Box::new(chat.present(self.networks.capabilities(&chat.provider)))));
        let events: Vec<Event> = deleted.chain(orphans).chain(shown).collect();
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.directory.forget(id).await;
        self.feed.committed(journalled);
        self.attention.notify_one();
        if let Some(channel) = channel {
            self.background.spawn_until_stop(async move { channel.network.close(&channel.account).await });
        }
        Ok(())
    }

    /// Writes down what is new of a channel, and tells it where it changed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note_channel(&self, channel: &OpenChannel, news: ChannelNews) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        let events = self.set_channel(&mut transaction, channel, news).await?;
        let journalled = journal::write(&mut transaction, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.directory.forget(channel.id).await;
        self.feed.committed(journalled);
        Ok(())
    }

    /// A channel as this caller may see it: administrators see the verify token, and the pairing code while there is one.
    #[must_use]
    pub fn present_channel_to(&self, caller: &Caller, channel: &OpenChannel) -> Channel {
        let mut shown = self.present_channel(channel);
        shown.qr = self.pairing.code(channel.id).filter(|_| channel.status == ChannelStatus::Qr);
        let challenges = !matches!(channel.network.challenge("", Some(&channel.account)), Err(Rejection::NotFound));
        if challenges && caller.require(Role::Admin).is_ok() {
            let own = channel.account.credential("verifyToken").unwrap_or(&channel.account.webhook_secret);
            shown.verify_token = Some(own.to_owned());
        }
        shown
    }

    /// The organization's channels after an id, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn list_channels(
        &self,
        caller: &Caller,
        organization_id: OrganizationId,
        after: Option<ChannelId>,
        limit: i64,
    ) -> Result<Vec<Channel>> {
        let rows = store::list(&self.pool, organization_id, after, limit).await?;
        let mut channels = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(channel) = self.open_channel(row)? {
                channels.push(self.present_channel_to(caller, &channel));
            }
        }
        Ok(channels)
    }

    fn seal(&self, id: ChannelId, credentials: &Value) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(credentials).map_err(Error::internal)?;
        Ok(self.keys.seal(&text, id.0.as_bytes()))
    }

    fn provider_names(&self) -> String {
        let mut names: Vec<_> = self.networks.providers().collect();
        names.sort_unstable();
        names.join(", ")
    }
}

/// What is new of a channel.
#[derive(Debug, Default)]
pub struct ChannelNews {
    /// With what is to be shown as `lastError`.
    pub status: Option<(ChannelStatus, Option<String>)>,
    /// Merged into what is known of the account; null removes.
    pub facts: Map<String, Value>,
    /// Another pairing code, which is told though nothing of it is stored.
    pub is_new_code: bool,
}

impl ChannelNews {
    #[must_use]
    pub fn of_status(status: ChannelStatus, last_error: Option<String>) -> Self {
        Self { status: Some((status, last_error)), ..Self::default() }
    }
}

impl Parts {
    /// Writes what is new of a channel, and gives the events where it changed: the journal is the caller's to write.
    pub(super) async fn set_channel(
        &self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        news: ChannelNews,
    ) -> Result<Vec<Event>> {
        let Some(row) = store::lock(&mut *connection, channel.organization_id, channel.id).await? else {
            return Ok(Vec::new());
        };
        let Some(stored) = self.open_channel(row)? else { return Ok(Vec::new()) };
        let mut changed = OpenChannel::clone(&stored);
        let mut is_new = news.is_new_code;
        if let Some(facts) = merged(&stored.facts, news.facts) {
            store::set_account(&mut *connection, channel.id, &facts).await?;
            changed.facts = serde_json::from_str(&facts).map_err(Error::internal)?;
            is_new = true;
        }
        let mut lost = None;
        if let Some((status, last_error)) = news.status {
            lost = store::set_status(&mut *connection, channel.id, status.as_str(), last_error.as_deref()).await?;
            is_new |= lost.is_some();
            (changed.status, changed.last_error) = (status, last_error);
        }
        if !is_new {
            return Ok(Vec::new());
        }
        self.directory.forget(channel.id).await;
        let shown = self.present_channel(&changed);
        let mut events = vec![Event::ChannelUpdated(channel.organization_id, Box::new(shown))];
        if lost == Some(true) {
            events.extend(notify::of_loss(connection, &changed, self.clock.now()).await?);
        }
        Ok(events)
    }
}

/// JSON text of what is known of an account now; `None` where nothing is new.
fn merged(known: &Map<String, Value>, facts: Map<String, Value>) -> Option<String> {
    let mut merged = known.clone();
    merged.extend(facts);
    merged.retain(|_, value| !value.is_null());
    let text = Value::Object(merged.clone()).to_string().replace("\\u0000", "\\uFFFD");
    (merged != *known && text.len() <= LARGEST_ACCOUNT).then_some(text)
}

fn mode_text(mode: Mode) -> String {
    match mode {
        Mode::Polling => "polling".to_owned(),
        Mode::Webhook => "webhook".to_owned(),
    }
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.contains('\0') {
        return Err(Error::invalid("name", "Give a name of 1 to 200 characters."));
    }
    Ok(name.to_owned())
}

fn checked_mode(modes: &[Mode], mode: Option<Mode>) -> Result<Option<Mode>> {
    match mode {
        Some(mode) if !modes.contains(&mode) => Err(Error::invalid("mode", "This network has no such mode.")),
        Some(mode) => Ok(Some(mode)),
        None => Ok(modes.first().copied()),
    }
}

fn wrong_fields(errors: Vec<contract::CredentialError>) -> Error {
    let fields = errors.into_iter().map(|error| {
        let field =
            if error.field.is_empty() { "credentials".to_owned() } else { format!("credentials.{}", error.field) };
        FieldError { field, message: error.message }
    });
    Error::Invalid(fields.collect())
}

fn taken(error: sqlx::Error) -> Error {
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    if constraint == Some("channels_identity") {
        return Error::conflict("This account is connected to another channel already; delete that one first.");
    }
    error.into()
}
