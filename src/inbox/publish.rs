//! Publishing: another backend's live events (`post:liked`, …), journalled and told like the inbox's own.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{Inbox, journal};
use crate::error::{Error, Result};
use crate::event::{CustomEvent, Event, Journalled, is_reserved, room};
use crate::id::{ChatId, OrganizationId, UserId};
use crate::operator::store::membership;
use crate::operator::{Caller, Role, Who};

/// Rooms of one event.
const ROOMS: usize = 1_000;
const LONGEST_NAME: usize = 128;
const LONGEST_DATA: usize = 64 << 10;

/// A live event of another backend.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewEvent {
    pub room: RoomNames,
    /// 1 to 128 characters; none of the server's own names.
    #[schema(example = "post:liked")]
    pub event: String,
    /// An object; told as it is, with `eventId` and `cursor`.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// `org`, `user:ID`, `chat:ID` or a room's name, or up to 1,000 of them.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum RoomNames {
    One(String),
    Several(Vec<String>),
}

impl Inbox {
    /// Journals an event and tells it, once to each socket that is in any of its rooms.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who is neither administrator nor program, [`Error::Invalid`] for a name of the server's own;
    /// [`Error::NotFound`] and [`Error::ChatNotFound`] for rooms of others.
    pub async fn publish(&self, caller: &Caller, new: NewEvent) -> Result<Journalled> {
        if !matches!(caller.who, Who::ApiKey { .. }) {
            caller.require(Role::Admin)?;
        }
        let name = checked_name(&new.event)?;
        let Value::Object(data) = new.data else { return Err(Error::invalid("data", "Give an object.")) };
        let names = match new.room {
            RoomNames::One(name) => vec![name],
            RoomNames::Several(names) => names,
        };
        if names.is_empty() || names.len() > ROOMS {
            return Err(Error::invalid("room", format!("Give 1 to {ROOMS} rooms.")));
        }
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        let mut rooms: Vec<String> = Vec::with_capacity(names.len());
        for name in names {
            let room = self.own_room(connection, caller.organization_id, &name).await?;
            if !rooms.contains(&room) {
                rooms.push(room);
            }
        }
        let event = CustomEvent { organization_id: caller.organization_id, name, rooms, data: payload(data)? };
        let journalled = journal::write(connection, &self.cursors, &[Event::Custom(Box::new(event))]).await?;
        transaction.commit().await?;
        self.feed.committed(journalled.clone());
        journalled.into_iter().next().ok_or_else(|| Error::internal("the event was not journalled"))
    }

    /// The room of this organization that a name means.
    async fn own_room(
        &self,
        connection: &mut PgConnection,
        organization_id: OrganizationId,
        name: &str,
    ) -> Result<String> {
        if name == "org" {
            return Ok(room::organization(organization_id));
        }
        for prefix in ["user:", "user_"] {
            if let Some(id) = name.strip_prefix(prefix) {
                let id: UserId = id.parse().map_err(|_| Error::NotFound("user"))?;
                let known = membership::is_member(&mut *connection, organization_id, id).await?;
                return if known { Ok(room::user(id)) } else { Err(Error::NotFound("user")) };
            }
        }
        for prefix in ["chat:", "chat_"] {
            if let Some(id) = name.strip_prefix(prefix) {
                let id: ChatId = id.parse().map_err(|_| Error::ChatNotFound)?;
                let known = crate::chat::store::find(&mut *connection, organization_id, id).await?.is_some();
                return if known { Ok(room::chat(id)) } else { Err(Error::ChatNotFound) };
            }
        }
        if name.starts_with("org_") || name.starts_with("org:") {
            let own = name[4..].parse() == Ok(organization_id);
            return if own { Ok(room::organization(organization_id)) } else { Err(Error::NotFound("room")) };
        }
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(is_plain) {
            return Err(Error::invalid("room", "A room's name has 1 to 128 of A-Z a-z 0-9 _ - . :"));
        }
        Ok(name.to_owned())
    }
}

fn checked_name(name: &str) -> Result<String> {
    if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid("event", format!("Give a name of 1 to {LONGEST_NAME} characters.")));
    }
    if is_reserved(name) {
        return Err(Error::invalid("event", "This name is the server's own; choose another."));
    }
    Ok(name.to_owned())
}

fn payload(mut data: Map<String, Value>) -> Result<Box<RawValue>> {
    // the server's own fields, added when it is told
    data.remove("eventId");
    data.remove("cursor");
    let text = Value::Object(data).to_string();
    if text.len() > LONGEST_DATA {
        return Err(Error::TooLarge(format!("data may hold {LONGEST_DATA} bytes of JSON.")));
    }
    RawValue::from_string(text).map_err(Error::internal)
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.:".contains(character)
}
