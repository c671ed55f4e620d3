//! Uploads: a file goes into the store piece by piece, is looked at, and waits a day for the message that it is sent with.

use bytes::Bytes;
use contract::MessageType;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::super::Inbox;
use super::owner;
use crate::error::{Error, Result};
use crate::id::{AttachmentId, OrganizationId};
use crate::media::objects::Writer;
use crate::media::store::{self, Ready};
use crate::media::{HEAD_BYTES, Kept, MOST_BYTES, kind, name};
use crate::message::Attachment;
use crate::operator::{Caller, Who};

/// How long an upload waits for a place.
const WAIT: std::time::Duration = std::time::Duration::from_secs(10);
/// Files of one visitor that no message has yet.
const MOST_OF_GUEST: i64 = 20;

/// A file on its way in. Dropped, nothing of it remains but a row that a day removes.
pub struct Upload {
    id: AttachmentId,
    organization_id: OrganizationId,
    writer: Writer,
    hash: Sha256,
    head: Vec<u8>,
    claim: Option<String>,
    file_name: Option<String>,
    _place: OwnedSemaphorePermit,
}

impl Upload {
    /// Takes the next piece.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::Unavailable`] where the store does not take it.
    pub async fn put(&mut self, piece: Bytes) -> Result<()> {
        if self.writer.size_bytes() + piece.len() as u64 > MOST_BYTES {
            return Err(too_large());
        }
        self.hash.update(&piece);
        let wanted = HEAD_BYTES.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(&piece[..wanted]);
        self.writer.put(piece).await.map_err(not_taken)
    }
}

/// What is said of a file that is too large.
#[must_use]
pub fn too_large() -> Error {
    Error::TooLarge(format!("A file may have {} MiB.", MOST_BYTES >> 20))
}

fn not_taken(error: std::io::Error) -> Error {
    Error::Unavailable(error.into())
}

impl Inbox {
    /// Begins an upload; `file_name` and `claim` are the client's words.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where too many are under way, [`Error::Conflict`] where a visitor has too many that wait.
    pub async fn begin_upload(&self, caller: &Caller, file_name: Option<&str>, claim: Option<&str>) -> Result<Upload> {
        let place = timeout(WAIT, std::sync::Arc::clone(&self.media.uploads).acquire_owned()).await;
        let place =
            place.map_err(|_| Error::Unavailable("too many uploads at a time".into()))?.map_err(Error::internal)?;
        let (id, organization_id, owner) = (AttachmentId::new(), caller.organization_id, owner(caller));
        if matches!(caller.who, Who::Guest { .. })
            && store::count_unsent(&self.pool, organization_id, &owner).await? >= MOST_OF_GUEST
        {
            return Err(Error::conflict("Send the files that you uploaded first."));
        }
        store::insert_upload(&self.pool, id, organization_id, &owner).await?;
        Ok(Upload {
            id,
            organization_id,
            writer: self.media.objects.write(organization_id, id, Kept::File),
            hash: Sha256::new(),
            head: Vec::new(),
            claim: claim.map(str::to_owned),
            file_name: file_name.and_then(name::clean),
            _place: place,
        })
    }

    /// Throws an upload away.
    pub async fn abort_upload(&self, upload: Upload) {
        upload.writer.abort().await;
        if let Err(error) = store::delete(&self.pool, upload.id).await {
            tracing::debug!(%error, "an upload that was broken off is removed later");
        }
    }

    /// Ends an upload: the file can be sent now.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty file; [`Error::Unavailable`] where the store does not take it.
    pub async fn finish_upload(&self, upload: Upload) -> Result<Attachment> {
        let size = upload.writer.size_bytes();
        if size == 0 {
            self.abort_upload(upload).await;
            return Err(Error::invalid("file", "The file is empty."));
        }
        let Upload { id, organization_id, writer, hash, head, claim, file_name, _place } = upload;
        writer.finish().await.map_err(not_taken)?;
        let mime_type = kind::of(&head, claim.as_deref());
        let message_type: MessageType = kind::message_type(mime_type, &head);
        let ready = self.look_at(organization_id, id, mime_type, size, &hash.finalize()).await?;
        let ready = Ready { kind: Some(message_type.as_str().to_owned()), file_name, ..ready };
        store::set_ready(&self.pool, id, &ready).await?;
        let (addresses, now) = (&self.media.addresses, self.clock.now());
        Ok(Attachment {
            id,
            kind: message_type.as_str().to_owned(),
            url: Some(addresses.path(id, Kept::File, now)),
            thumbnail_url: ready.thumbnail_type.is_some().then(|| addresses.path(id, Kept::Thumbnail, now)),
            mime_type: Some(ready.mime_type),
            file_name: ready.file_name,
            size: Some(ready.size_bytes),
            width: ready.width,
            height: ready.height,
            duration: ready.duration_secs,
            status: "ready".into(),
            error: None,
        })
    }

    /// What a stored file shows of itself; its thumbnail is kept beside it.
    pub(super) async fn look_at(
        &self,
        organization_id: OrganizationId,
        id: AttachmentId,
        mime_type: &'static str,
        size: u64,
        hash: &[u8],
    ) -> Result<Ready> {
        let seen = self.media.looker.look(organization_id, id, mime_type, size).await;
        let mut thumbnail_type = None;
        if let Some(thumbnail) = seen.thumbnail {
            let mut writer = self.media.objects.write(organization_id, id, Kept::Thumbnail);
            writer.put(thumbnail.data).await.map_err(not_taken)?;
            writer.finish().await.map_err(not_taken)?;
            thumbnail_type = Some(thumbnail.mime_type.to_owned());
        }
        Ok(Ready {
            kind: None,
            mime_type: mime_type.to_owned(),
            file_name: None,
            size_bytes: i64::try_from(size).map_err(Error::internal)?,
            width: seen.width,
            height: seen.height,
            duration_secs: seen.duration_secs,
            sha256: hex::encode(hash),
            thumbnail_type,
        })
    }
}
