//! Files of messages: taken from clients, fetched from networks, handed out to those who may see them, and removed.

mod fetch;
mod upload;

use contract::{File, FileStream, MessageType, OutgoingAttachment};

use super::deliver::nearest::OutgoingFile;
use super::{Inbox, Parts, journal, present};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::{AttachmentId, MessageId, OrganizationId};
use crate::media::store::{self, Row};
use crate::media::{Kept, kind};
use crate::message::store as messages;
use crate::message::{Attachment, Message};
use crate::operator::{Caller, Who};

pub use upload::{Upload, too_large};

/// A file that somebody may have.
pub struct Found {
    row: Row,
    kept: Kept,
    pub mime_type: String,
    pub file_name: Option<String>,
    pub size_bytes: u64,
    /// The same as long as the bytes are.
    pub tag: String,
}

/// Who asks for a file.
pub enum Asks<'a> {
    Caller(&'a Caller),
    /// The day and the signature of an address.
    Address {
        until: i64,
        signature: &'a str,
    },
}

impl Inbox {
    /// A file that is here, for somebody who may have it: the organization's members, the guest of its chat or who uploaded it,
    /// whoever has its address.
    ///
    /// # Errors
    /// [`Error::NotFound`] for all that is not there, or not for them; [`Error::Unauthorized`] for an address that does not open.
    pub async fn find_file(&self, id: AttachmentId, kept: Kept, asks: Asks<'_>) -> Result<Found> {
        if let Asks::Address { until, signature } = asks
            && !self.media.addresses.opens(id, kept, until, signature, self.clock.now())
        {
            return Err(Error::Unauthorized);
        }
        let row = store::find(&self.pool, id).await?.ok_or(Error::NotFound("file"))?;
        if let Asks::Caller(caller) = asks
            && !may_see(caller, &row)
        {
            return Err(Error::NotFound("file"));
        }
        if row.status != "ready" || row.source.is_some() {
            return Err(Error::NotFound("file"));
        }
        let hash = row.sha256.clone().unwrap_or_default();
        let found = match kept {
            Kept::File => Found {
                kept,
                mime_type: row.mime_type.clone().unwrap_or_default(),
                file_name: row.file_name.clone(),
                size_bytes: row.size_bytes.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
                tag: hash,
                row,
            },
            Kept::Thumbnail => Found {
                kept,
                mime_type: row.thumbnail_type.clone().ok_or(Error::NotFound("file"))?,
                file_name: None,
                size_bytes: self
                    .media
                    .objects
                    .size(OrganizationId(row.organization_id), id, kept)
                    .await
                    .map_err(missing)?,
                tag: format!("{hash}-thumbnail"),
                row,
            },
        };
        Ok(found)
    }

    /// The bytes of a file, all or a part.
    #[must_use]
    pub fn read_file(&self, found: &Found, range: Option<std::ops::Range<u64>>) -> FileStream {
        let row = &found.row;
        self.media.objects.read(OrganizationId(row.organization_id), AttachmentId(row.id), found.kept, range)
    }

    /// Fetches a file that failed once more.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] where it has not failed, or its network said that there is none.
    pub async fn retry_file(&self, caller: &Caller, id: AttachmentId) -> Result<Attachment> {
        let mut transaction = self.pool.begin_with(super::BEGIN_PATIENTLY).await?;
        let connection = &mut *transaction;
        let found = store::find(&mut *connection, id).await?.filter(|row| may_see(caller, row));
        let message_id = found.and_then(|row| row.message_id).ok_or(Error::NotFound("file"))?;
        // the message first, as everybody who changes it does
        messages::lock_by_ids(&mut *connection, &[message_id]).await?;
        let row =
            store::lock(connection, caller.organization_id, &[id.0]).await?.pop().ok_or(Error::NotFound("file"))?;
        if row.status != "failed" {
            return Err(Error::conflict(format!(
                "Only a file that failed is fetched again; this one is {}.",
                row.status
            )));
        }
        if row.source.as_deref().is_none_or(|source| source.contains("\"from\":\"missing\"")) {
            return Err(Error::conflict("The network does not have this file."));
        }
        store::set_status(&mut *connection, id, "pending", None).await?;
        store::enqueue(&mut *connection, &[id.0]).await?;
        let message = self.present_message(connection, message_id).await?.ok_or(Error::NotFound("file"))?;
        let attachment = message.attachments.iter().find(|file| file.id == id).cloned();
        let events = [Event::MessageUpdated(Box::new(message))];
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        self.media.due.notify_one();
        attachment.ok_or(Error::NotFound("file"))
    }
}

impl Parts {
    async fn present_message(
        &self,
        connection: &mut sqlx::PgConnection,
        message_id: uuid::Uuid,
    ) -> Result<Option<Message>> {
        let rows = messages::list_by_ids(&mut *connection, &[message_id]).await?;
        Ok(present::messages(self, connection, rows).await?.pop())
    }

    /// Files of a message as networks read them; `None` while one of them is still to be fetched.
    pub(super) async fn outgoing_files(
        &self,
        connection: &mut sqlx::PgConnection,
        message_id: uuid::Uuid,
    ) -> Result<Option<Vec<OutgoingFile>>> {
        let rows = store::list_of_message(&mut *connection, message_id).await?;
        let elsewhere: Vec<uuid::Uuid> = rows.iter().filter(|row| row.source.is_some()).map(|row| row.id).collect();
        if !elsewhere.is_empty() && !store::list_waiting(&mut *connection, &elsewhere).await?.is_empty() {
            return Ok(None);
        }
        Ok(Some(rows.iter().map(|row| self.outgoing_file(row)).collect()))
    }

    fn outgoing_file(&self, row: &Row) -> OutgoingFile {
        let size_bytes = row.size_bytes.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        if let Some(source) = &row.source {
            #[derive(serde::Deserialize)]
            struct Link {
                url: String,
            }
            let address = serde_json::from_str::<Link>(source).map(|link| link.url).unwrap_or_default();
            return OutgoingFile { address, size_bytes, attachment: None };
        }
        let (organization_id, id) = (OrganizationId(row.organization_id), AttachmentId(row.id));
        let addresses = &self.media.addresses;
        let address = addresses.absolute(&addresses.path(id, Kept::File, self.clock.now()));
        let objects = self.media.objects.clone();
        let attachment = OutgoingAttachment {
            kind: row.kind.parse().unwrap_or(MessageType::Document),
            mime_type: row.mime_type.clone().unwrap_or_else(|| kind::UNKNOWN.to_owned()),
            file_name: row.file_name.clone(),
            file: File::new(size_bytes, move || objects.read(organization_id, id, Kept::File, None)),
            url: Some(address.clone()),
        };
        OutgoingFile { address, size_bytes, attachment: Some(attachment) }
    }

    /// Files that a message is sent with: all there, of this organization, and in no message yet; a visitor's own.
    pub(super) async fn lock_uploads(
        &self,
        connection: &mut sqlx::PgConnection,
        caller: &Caller,
        ids: &[AttachmentId],
    ) -> Result<Vec<Row>> {
        let wanted: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
        let mut rows = store::lock(connection, caller.organization_id, &wanted).await?;
        let is_guest = matches!(caller.who, Who::Guest { .. });
        let own = owner(caller);
        rows.retain(|row| row.owner.is_some() && (!is_guest || row.owner.as_deref() == Some(&own)));
        let place = |row: &Row| wanted.iter().position(|id| *id == row.id);
        rows.sort_by_key(place);
        if rows.len() != wanted.len() || rows.iter().any(|row| row.status != "ready") {
            return Err(Error::NotFound("attachment"));
        }
        if rows.iter().any(|row| row.message_id.is_some()) {
            return Err(Error::conflict(
                "A file belongs to one message, and one of these was sent already; upload it again.",
            ));
        }
        Ok(rows)
    }

    /// Gives files to the message that was just stored.
    pub(super) async fn attach(
        &self,
        connection: &mut sqlx::PgConnection,
        message_id: MessageId,
        files: &[(uuid::Uuid, String)],
    ) -> Result<()> {
        let (ids, kinds): (Vec<_>, Vec<_>) = files.iter().cloned().unzip();
        Ok(store::attach(connection, message_id, &ids, &kinds).await?)
    }
}

/// Who uploads, as it is written down.
fn owner(caller: &Caller) -> String {
    match &caller.who {
        Who::User { id, .. } => format!("user:{id}"),
        Who::ApiKey { id, .. } => format!("key:{id}"),
        Who::Guest { chat_id, .. } => format!("guest:{chat_id}"),
    }
}

fn may_see(caller: &Caller, row: &Row) -> bool {
    if row.organization_id != caller.organization_id.0 {
        return false;
    }
    match &caller.who {
        Who::User { .. } | Who::ApiKey { .. } => true,
        Who::Guest { chat_id, .. } => {
            let own_chat = row.chat_id == Some(chat_id.0) && row.private == Some(false);
            own_chat || row.owner.as_deref() == Some(&owner(caller))
        }
    }
}

fn missing(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => Error::NotFound("file"),
        _ => Error::Unavailable(error.into()),
    }
}
