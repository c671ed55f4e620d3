//! Notifying members: what the inbox raises by itself is written in the transaction of the change, with its events; other
//! backends raise theirs by [`Inbox::notify`].

use chrono::{DateTime, Utc};
use contract::ChannelStatus;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{Inbox, journal};
use crate::channel::OpenChannel;
use crate::chat;
use crate::error::{Error, FieldError, Result};
use crate::event::Event;
use crate::id::{MessageId, NotificationId, OrganizationId, UserId};
use crate::notification::mention::mentions;
use crate::notification::store::{self, NewNotifications};
use crate::notification::{Kind, Notification};
use crate::operator::store::{membership, user};
use crate::operator::{Caller, Role, Who};
use crate::time::Millis;

const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 4_000;
/// Bytes of JSON.
const LONGEST_DATA: usize = 64 << 10;
/// Characters of a note that its mention shows.
const BEGINNING: usize = 200;
/// Administrators who are told of a channel.
const MOST_ADMINS: i64 = 1_000;

/// A notification for one member.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewNotification {
    #[schema(value_type = UserId)]
    pub user_id: String,
    #[serde(rename = "type")]
    #[schema(value_type = Kind)]
    pub kind: String,
    /// 1 to 200 characters.
    #[schema(example = "Booking confirmed")]
    pub title: String,
    /// Up to 4,000 characters.
    #[serde(default)]
    pub body: String,
    /// An object of up to 64 KiB, kept as it is; `{}` unless given.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
}

/// What is raised, before it has an id.
struct Notice {
    user_id: UserId,
    kind: Kind,
    title: String,
    body: String,
    data: Value,
}

impl Inbox {
    /// Notifies a member on behalf of another backend.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is neither administrator nor program, [`Error::Invalid`], [`Error::TooLarge`];
    /// [`Error::NotFound`] for nobody of this organization.
    pub async fn notify(&self, caller: &Caller, new: NewNotification) -> Result<Notification> {
        if !matches!(caller.who, Who::ApiKey { .. }) {
            caller.require(Role::Admin)?;
        }
        let user_id = new.user_id.parse().map_err(|_| Error::NotFound("user"))?;
        let notice = checked(user_id, new)?;
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        if !membership::is_member(&mut *connection, caller.organization_id, user_id).await? {
            return Err(Error::NotFound("user"));
        }
        let events = raise(connection, caller.organization_id, vec![notice], self.clock.now()).await?;
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        let raised = events.into_iter().find_map(|event| match event {
            Event::UserNotification(_, _, notification) => Some(*notification),
            _ => None,
        });
        raised.ok_or_else(|| Error::internal("the notification was not raised"))
    }

    /// Marks one of the caller's notifications as read, and gives it. Again is harmless: the first time stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for guests; [`Error::NotFound`], also for other members' ones.
    pub async fn read_notification(&self, caller: &Caller, id: NotificationId) -> Result<Notification> {
        caller.require(Role::User)?;
        let user_id = caller.user_id().ok_or(Error::NotFound("notification"))?;
        let found = store::set_read(&self.pool, caller.organization_id, user_id, id, self.clock.now()).await?;
        found.ok_or(Error::NotFound("notification"))
    }

    /// Marks all of the caller's notifications as read; gives how many were not.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for guests.
    pub async fn read_all_notifications(&self, caller: &Caller) -> Result<u64> {
        caller.require(Role::User)?;
        let Some(user_id) = caller.user_id() else { return Ok(0) };
        Ok(store::set_all_read(&self.pool, caller.organization_id, user_id, self.clock.now()).await?)
    }
}

fn checked(user_id: UserId, new: NewNotification) -> Result<Notice> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, message: String| wrong.push(FieldError { field: field.into(), message });
    let kind = Kind::parse(&new.kind);
    if kind.is_none() {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        refuse("type", format!("must be one of {}", known.join(", ")));
    }
    let title = new.title.trim().to_owned();
    if title.is_empty() || title.chars().count() > LONGEST_TITLE {
        refuse("title", format!("must have 1 to {LONGEST_TITLE} characters"));
    }
    if new.body.chars().count() > LONGEST_BODY {
        refuse("body", format!("must have at most {LONGEST_BODY} characters"));
    }
    let data = new.data.unwrap_or_else(|| Value::Object(Map::new()));
    if !data.is_object() {
        refuse("data", "must be an object".into());
    }
    let (Some(kind), true) = (kind, wrong.is_empty()) else { return Err(Error::Invalid(wrong)) };
    if data.to_string().len() > LONGEST_DATA {
        return Err(Error::TooLarge(format!("data may hold {LONGEST_DATA} bytes of JSON.")));
    }
    Ok(Notice { user_id, kind, title, body: new.body, data })
}

/// Stores notices with one statement, and gives the events that tell of them: for the journal, in the same transaction.
async fn raise(
    connection: &mut PgConnection,
    organization_id: OrganizationId,
    notices: Vec<Notice>,
    now: DateTime<Utc>,
) -> Result<Vec<Event>> {
    if notices.is_empty() {
        return Ok(Vec::new());
    }
    let (mut new, mut events) = (NewNotifications::default(), Vec::with_capacity(notices.len()));
    for notice in notices {
        let (id, data) = (NotificationId::new(), notice.data.to_string());
        new.ids.push(id.0);
        new.organization_ids.push(organization_id.0);
        new.user_ids.push(notice.user_id.0);
        new.kinds.push(notice.kind.as_str().to_owned());
        new.titles.push(notice.title.clone());
        new.bodies.push(notice.body.clone());
        new.data.push(data.clone());
        let notification = Notification {
            id,
            kind: notice.kind.as_str().to_owned(),
            title: notice.title,
            body: notice.body,
            data: RawValue::from_string(data).map_err(Error::internal)?,
            created_at: Millis(now),
            is_read: false,
            read_at: None,
        };
        events.push(Event::UserNotification(organization_id, notice.user_id, Box::new(notification)));
    }
    store::insert(connection, &new, now).await?;
    Ok(events)
}

/// Tells who was given a chat, unless they took it themselves. `by` is `None` for programs.
pub(super) async fn of_assignment(
    connection: &mut PgConnection,
    by: Option<UserId>,
    chat: &chat::Row,
    now: DateTime<Utc>,
) -> Result<Vec<Event>> {
    let Some(user_id) = chat.assigned_user_id.map(UserId).filter(|user_id| Some(*user_id) != by) else {
        return Ok(Vec::new());
    };
    let name = name_of(connection, by).await?;
    let notice = Notice {
        user_id,
        kind: Kind::ChatAssigned,
        title: "A chat was assigned to you".into(),
        body: match name {
            Some(name) => format!("{name} assigned you the chat with {}.", title_of(chat)),
            None => format!("You were assigned the chat with {}.", title_of(chat)),
        },
        data: json!({"chatId": chat.id, "assignedBy": by}),
    };
    raise(connection, OrganizationId(chat.organization_id), vec![notice], now).await
}

/// Tells the members that a private note names, its writer aside.
pub(super) async fn of_note(
    connection: &mut PgConnection,
    by: Option<UserId>,
    chat: &chat::Row,
    message_id: MessageId,
    note: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Event>> {
    let mentioned = mentions(note);
    if mentioned.is_empty() {
        return Ok(Vec::new());
    }
    let candidates: Vec<String> = mentioned.iter().flat_map(|mention| mention.candidates().to_vec()).collect();
    let organization_id = OrganizationId(chat.organization_id);
    let members = user::find_by_usernames(&mut *connection, organization_id, &candidates).await?;
    let mut user_ids: Vec<UserId> = Vec::new();
    for mention in mentioned {
        let found = mention.candidates().iter().find_map(|name| members.iter().find(|(_, known)| known == name));
        if let Some(&(user_id, _)) = found
            && Some(user_id) != by
            && !user_ids.contains(&user_id)
        {
            user_ids.push(user_id);
        }
    }
    if user_ids.is_empty() {
        return Ok(Vec::new());
    }
    let name = name_of(connection, by).await?.unwrap_or_else(|| "A program".into());
    let title = shortened(&format!("{name} mentioned you in the chat with {}", title_of(chat)), LONGEST_TITLE);
    let body = shortened(note.trim(), BEGINNING);
    let data = json!({"chatId": chat.id, "messageId": message_id, "mentionedBy": by});
    let notice = |user_id| Notice {
        user_id,
        kind: Kind::ChatMentioned,
        title: title.clone(),
        body: body.clone(),
        data: data.clone(),
    };
    raise(connection, organization_id, user_ids.into_iter().map(notice).collect(), now).await
}

/// Tells administrators that a channel which worked does not any more.
pub(super) async fn of_loss(
    connection: &mut PgConnection,
    channel: &OpenChannel,
    now: DateTime<Utc>,
) -> Result<Vec<Event>> {
    let admins = membership::list_admins(&mut *connection, channel.organization_id, MOST_ADMINS).await?;
    let state = if channel.status == ChannelStatus::Error { "has an error" } else { "is disconnected" };
    let body = channel.last_error.clone();
    let body = body.unwrap_or_else(|| "No messages come in or go out until it is connected again.".into());
    let notice = |user_id| Notice {
        user_id,
        kind: Kind::ChannelDisconnected,
        title: shortened(&format!("The channel {} {state}", channel.name), LONGEST_TITLE),
        body: shortened(&body, LONGEST_BODY),
        data: json!({"channelId": channel.id, "status": channel.status.as_str()}),
    };
    raise(connection, channel.organization_id, admins.into_iter().map(notice).collect(), now).await
}

async fn name_of(connection: &mut PgConnection, user_id: Option<UserId>) -> Result<Option<String>> {
    match user_id {
        Some(user_id) => Ok(user::find_name(connection, user_id).await?),
        None => Ok(None),
    }
}

fn title_of(chat: &chat::Row) -> &str {
    chat.title.as_deref().or(chat.contact_name.as_deref()).unwrap_or(&chat.external_id)
}

fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some(_) => text.chars().take(longest - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}
