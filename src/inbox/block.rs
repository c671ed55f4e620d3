//! Blocking: a person whom the team does not want to hear. What it writes is kept, and calls for nobody.

use chrono::{DateTime, Utc};

use super::Inbox;
use crate::contact::Person;
use crate::contact::store as contacts;
use crate::error::{Error, Result};
use crate::id::ContactId;
use crate::operator::{Caller, Role};

impl Inbox {
    /// Blocks a person under all its contacts. Again is harmless: the first time stays.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn block_contact(&self, caller: &Caller, id: ContactId) -> Result<Person> {
        self.set_blocked(caller, id, Some(self.clock.now())).await?;
        self.person(caller.organization_id, id).await
    }

    /// Hears a person again, under all its contacts; one that is not blocked stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn unblock_contact(&self, caller: &Caller, id: ContactId) -> Result<()> {
        self.set_blocked(caller, id, None).await
    }

    async fn set_blocked(&self, caller: &Caller, id: ContactId, at: Option<DateTime<Utc>>) -> Result<()> {
        caller.require(Role::User)?;
        let row = contacts::find(&self.pool, caller.organization_id, id).await?.ok_or(Error::NotFound("contact"))?;
        let person = row.merged_into.map_or(id, ContactId);
        self.with_people(caller, person, person, async |connection, rows| {
            if rows.iter().any(|row| row.merged_into.is_some()) {
                return Err(Error::conflict("This contact was merged meanwhile; try again."));
            }
            Ok(contacts::set_blocked(connection, person, at).await?)
        })
        .await
    }
}
