//! Visits: whoever opens a web chat gets a contact and a chat of its own, and finds them again by the token that its browser keeps.
//!
//! The token is the visitor's secret: its SHA-256 is the contact's outside id, and nothing stored gives it back.

use contract::IncomingContact;
use sqlx::PgConnection;

use super::{Inbox, journal};
use crate::channel::OpenChannel;
use crate::chat::{Row, store as chats};
use crate::contact::store::{self as contacts, NewContacts};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::{ChannelId, ChatId};
use crate::keys::{random_token, sha256_hex};

const LONGEST_NAME: usize = 200;
const LONGEST_EMAIL: usize = 254;

/// What a visitor says of itself; what is left out stays as it was said before.
#[derive(Debug, Default)]
pub struct Visitor {
    /// Given by the first visit; one that is not known begins a new one.
    pub token: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
}

/// A visitor with its chat.
#[derive(Debug)]
pub struct Visit {
    pub chat: Row,
    pub visitor_token: String,
    /// It is the visitor's first.
    pub made: bool,
}

impl Inbox {
    /// The channel with its visitors' page.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none, or one without visitors.
    pub async fn visited_channel(&self, id: ChannelId) -> Result<std::sync::Arc<OpenChannel>> {
        let channel = self.channel(id).await?;
        channel.filter(|channel| channel.network.capabilities().visitors).ok_or(Error::NotFound("channel"))
    }

    /// Lets a visitor in; `origin` is that of the page it stands on, `None` for our own and for programs.
    ///
    /// # Errors
    /// [`Error::NotFound`] as [`Inbox::visited_channel`], [`Error::Forbidden`] for a page that may not embed the channel,
    /// [`Error::Invalid`] for a name or address that cannot be used.
    pub async fn visit(&self, id: ChannelId, origin: Option<&str>, visitor: Visitor) -> Result<Visit> {
        let channel = self.visited_channel(id).await?;
        let allowed = channel.account.allowed_origins();
        if let (Some(origin), Some(allowed)) = (origin, allowed)
            && !allowed.iter().any(|allowed| origin.eq_ignore_ascii_case(allowed))
        {
            return Err(Error::Forbidden("This page may not embed the chat.".into()));
        }
        let name = checked("name", visitor.name, LONGEST_NAME)?;
        let email = checked("email", visitor.email, LONGEST_EMAIL)?;
        if email.as_ref().is_some_and(|email| !email.contains('@')) {
            return Err(Error::invalid("email", "Give an e-mail address."));
        }
        let person = |token: &str| IncomingContact {
            external_id: sha256_hex(token),
            name: name.clone(),
            email: email.clone(),
            ..IncomingContact::default()
        };
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        if let Some(token) = visitor.token.filter(|token| !token.is_empty()) {
            let person = person(&token);
            let known = chats::find_id_by_key(&mut *transaction, id.0, &person.external_id).await?;
            if let Some(chat_id) = known.map(ChatId) {
                let (chat, events) = self.come_again(&mut transaction, &channel, chat_id, &person).await?;
                let journalled = journal::write(&mut transaction, &self.cursors, &events).await?;
                transaction.commit().await?;
                self.feed.committed(journalled);
                return Ok(Visit { chat, visitor_token: token, made: false });
            }
        }
        let visitor_token = random_token();
        let chat = self.come_first(&mut transaction, &channel, &person(&visitor_token)).await?;
        let event = Event::ChatNew(Box::new(chat.present(channel.network.capabilities())));
        let journalled = journal::write(&mut transaction, &self.cursors, &[event]).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        Ok(Visit { chat, visitor_token, made: true })
    }

    async fn come_first(
        &self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        person: &IncomingContact,
    ) -> Result<Row> {
        let mut people = NewContacts::default();
        super::receive::add_person(&mut people, channel, person);
        let contact = contacts::upsert(connection, &people).await?.pop();
        let contact = contact.ok_or_else(|| Error::internal("the contact that was just stored is not there"))?;
        let id = ChatId::new();
        let new = chats::NewChats {
            ids: vec![id.0],
            organization_ids: vec![channel.organization_id.0],
            channel_ids: vec![channel.id.0],
            contact_ids: vec![contact.id],
            external_ids: vec![person.external_id.clone()],
            is_group: vec![false],
            titles: vec![None],
        };
        chats::insert(connection, &new, self.clock.now()).await?;
        let chat = chats::find(connection, channel.organization_id, id).await?;
        // a channel that was deleted since takes its visitors along
        chat.ok_or(Error::NotFound("channel"))
    }

    /// The chat, with what the visitor says anew of itself, and what is to be told of that.
    async fn come_again(
        &self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        id: ChatId,
        person: &IncomingContact,
    ) -> Result<(Row, Vec<Event>)> {
        let find = async |connection: &mut PgConnection| {
            chats::find(connection, channel.organization_id, id).await?.ok_or(Error::ChatNotFound)
        };
        let before = find(connection).await?;
        let news = |said: &Option<String>, known: &Option<String>| said.is_some() && said != known;
        if !news(&person.name, &before.own_name) && !news(&person.email, &before.own_email) {
            return Ok((before, Vec::new()));
        }
        let mut people = NewContacts::default();
        super::receive::add_person(&mut people, channel, person);
        contacts::upsert(connection, &people).await?;
        if !chats::lock(connection, channel.organization_id, id).await? {
            return Err(Error::ChatNotFound);
        }
        let chat = find(connection).await?;
        let event = Event::ChatUpdated(Box::new(chat.present(channel.network.capabilities())));
        Ok((chat, vec![event]))
    }
}

/// The text without spaces around it; `None` where nothing is left.
fn checked(field: &str, text: Option<String>, longest: usize) -> Result<Option<String>> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > longest || text.chars().any(char::is_control) {
        return Err(Error::invalid(field, format!("Give one line of at most {longest} characters.")));
    }
    Ok(Some(text))
}
