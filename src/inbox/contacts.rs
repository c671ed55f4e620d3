//! What operators do with people: name them, and say that several contacts are one person.

use std::collections::HashMap;

use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Inbox, journal};
use crate::chat::store as chats;
use crate::contact::store as contacts;
use crate::contact::{Identity, Person, Row, Suggestion};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::{ContactId, OrganizationId};
use crate::operator::{Caller, Role};

const LONGEST: usize = 300;
/// People who may be the same one.
const SUGGESTIONS: i64 = 20;

/// What operators know better than the network; a field that is left out stays, null or empty gives it back to the network.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct ContactChange {
    #[serde(default, deserialize_with = "given")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub username: Option<String>,
    /// E.164 with the plus sign; spaces, dashes and brackets are taken out.
    #[serde(default, deserialize_with = "given")]
    pub phone: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub email: Option<String>,
}

/// An explicit `null` is an empty text.
fn given<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(field).map(|text| Some(text.unwrap_or_default()))
}

impl Inbox {
    /// People as clients see them, in the order of the rows.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn present_people(&self, rows: Vec<Row>) -> Result<Vec<Person>> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut identities: HashMap<Uuid, Vec<Identity>> = HashMap::new();
        for (person, identity) in contacts::list_identities(&self.pool, &ids).await? {
            // one that is merged itself shows its own identity
            let shown = if ids.contains(&person) { person } else { identity.contact_id.0 };
            identities.entry(shown).or_default().push(identity);
        }
        let present = |row: Row| {
            let own = identities.remove(&row.id).unwrap_or_default();
            row.present(own)
        };
        Ok(rows.into_iter().map(present).collect())
    }

    /// One person.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn person(&self, organization_id: OrganizationId, id: ContactId) -> Result<Person> {
        let row = contacts::find(&self.pool, organization_id, id).await?.ok_or(Error::NotFound("contact"))?;
        self.present_people(vec![row]).await?.pop().ok_or(Error::NotFound("contact"))
    }

    /// Writes what operators know of a person.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`].
    pub async fn change_contact(&self, caller: &Caller, id: ContactId, change: ContactChange) -> Result<Person> {
        caller.require(Role::User)?;
        let change = checked(change)?;
        self.with_people(caller, id, id, async |connection, rows| {
            let row = rows.iter_mut().find(|row| row.id == id.0).ok_or(Error::NotFound("contact"))?;
            for (field, new) in change {
                let stored = match field {
                    "name" => &mut row.name,
                    "username" => &mut row.username,
                    "phone" => &mut row.phone,
                    _ => &mut row.email,
                };
                row.edited.retain(|edited| edited != field);
                if new.is_some() {
                    row.edited.push(field.to_owned());
                }
                *stored = new;
            }
            contacts::set_fields(connection, row).await?;
            Ok(true)
        })
        .await?;
        self.person(caller.organization_id, id).await
    }

    /// Says that a contact is the same person as another, which stands for both from now on. Their chats stay apart.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Invalid`] for a group or itself; [`Error::Conflict`] where it is
    /// merged already.
    pub async fn merge_contact(&self, caller: &Caller, id: ContactId, into: &str) -> Result<Person> {
        caller.require(Role::Moderator)?;
        let unknown = || Error::NotFound("contact");
        let into: ContactId = into.parse().map_err(|_| unknown())?;
        let target = contacts::find(&self.pool, caller.organization_id, into).await?.ok_or_else(unknown)?;
        // whoever stands for the target stands for both
        let into = target.merged_into.map_or(into, ContactId);
        if into == id {
            return Err(Error::invalid("intoId", "These are one person already."));
        }
        self.with_people(caller, id, into, async |connection, rows| {
            let row = rows.iter().find(|row| row.id == id.0).ok_or(Error::NotFound("contact"))?;
            if rows.iter().any(|row| row.is_group) {
                return Err(Error::invalid("intoId", "A group is no person: only people are merged."));
            }
            if row.merged_into.is_some() {
                return Err(Error::conflict("This contact is merged already; undo that first."));
            }
            if rows.iter().any(|row| row.id == into.0 && row.merged_into.is_some()) {
                return Err(Error::conflict("The other contact was merged meanwhile; try again."));
            }
            let by = caller.user_id().map(|id| id.0);
            contacts::merge(connection, caller.organization_id, id, into, by).await?;
            Ok(true)
        })
        .await?;
        self.person(caller.organization_id, into).await
    }

    /// Undoes a merge: the contact is a person of its own again, with those that were merged into it before.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::Conflict`] where it is not merged.
    pub async fn unmerge_contact(&self, caller: &Caller, id: ContactId) -> Result<()> {
        caller.require(Role::Moderator)?;
        let row = contacts::find(&self.pool, caller.organization_id, id).await?.ok_or(Error::NotFound("contact"))?;
        let into = row.merged_into.map_or(id, ContactId);
        self.with_people(caller, id, into, async |connection, _| match contacts::unmerge(connection, id).await? {
            Some(_) => Ok(true),
            None => Err(Error::conflict("This contact is not merged into another.")),
        })
        .await
    }

    /// People who may be the same one, by what they share.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn suggest_people(&self, caller: &Caller, id: ContactId) -> Result<Vec<Suggestion>> {
        let organization_id = caller.organization_id;
        contacts::find(&self.pool, organization_id, id).await?.ok_or(Error::NotFound("contact"))?;
        let mut suggestions = Vec::new();
        for (alike, shares) in contacts::list_alike(&self.pool, organization_id, id, SUGGESTIONS).await? {
            suggestions.push(Suggestion { contact: self.person(organization_id, ContactId(alike)).await?, shares });
        }
        Ok(suggestions)
    }

    /// Changes two locked people (or one), and tells it of their chats where something changed.
    pub(super) async fn with_people<F>(&self, caller: &Caller, id: ContactId, other: ContactId, change: F) -> Result<()>
    where
        F: AsyncFnOnce(&mut PgConnection, &mut Vec<Row>) -> Result<bool>,
    {
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        let mut chat_ids = contacts::list_chats(&mut *connection, id).await?;
        chat_ids.extend(contacts::list_chats(&mut *connection, other).await?);
        chat_ids.sort_unstable();
        chat_ids.dedup();
        chats::lock_many(connection, &chat_ids).await?;
        let mut rows = contacts::lock(&mut *connection, caller.organization_id, &[id.0, other.0]).await?;
        if !change(connection, &mut rows).await? {
            return Ok(());
        }
        let mut shown = chats::list_by_ids(&mut *connection, &chat_ids).await?;
        shown.sort_unstable_by_key(|chat| chat.id);
        let events: Vec<Event> = shown
            .iter()
            .map(|chat| Event::ChatUpdated(Box::new(chat.present(self.networks.capabilities(&chat.provider)))))
            .collect();
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        Ok(())
    }
}

/// The fields that were given, with their new text; `None` clears.
fn checked(change: ContactChange) -> Result<Vec<(&'static str, Option<String>)>> {
    let ContactChange { name, username, phone, email } = change;
    let mut fields = Vec::new();
    for (field, text) in [("name", name), ("username", username), ("phone", phone), ("email", email)] {
        let Some(text) = text else { continue };
        let text = match field {
            "phone" => text.chars().filter(|letter| !" -()".contains(*letter)).collect(),
            _ => text.trim().to_owned(),
        };
        if text.is_empty() {
            fields.push((field, None));
            continue;
        }
        if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            return Err(Error::invalid(field, format!("Give 1 to {LONGEST} characters.")));
        }
        let digits = text
            .strip_prefix('+')
            .is_some_and(|digits| (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
        if field == "phone" && !digits {
            return Err(Error::invalid(field, "Give the number with its country: +491555010012."));
        }
        if field == "email" && !text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
        {
            return Err(Error::invalid(field, "Give an e-mail address."));
        }
        fields.push((field, Some(text)));
    }
    Ok(fields)
}
