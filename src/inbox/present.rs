//! Stored messages as clients see them: with their attachments and reactions.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::Parts;
use crate::error::Result;
use crate::media::Kept;
use crate::message::{Attachment, Message, Reaction, Row, store};

/// Presents rows, in their order, with two queries for all of them. Files get addresses that can be loaded without a token.
///
/// # Errors
/// Those of the database.
pub async fn messages(parts: &Parts, connection: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<Message>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut attachments: HashMap<Uuid, Vec<Attachment>> = HashMap::new();
    let (addresses, now) = (&parts.media.addresses, parts.clock.now());
    for listed in store::list_attachments(&mut *connection, &ids).await? {
        let mut attachment = listed.attachment;
        if attachment.status == "ready" && !listed.linked {
            attachment.url = Some(addresses.path(attachment.id, Kept::File, now));
            attachment.thumbnail_url =
                listed.has_thumbnail.then(|| addresses.path(attachment.id, Kept::Thumbnail, now));
        }
        attachments.entry(listed.message_id).or_default().push(attachment);
    }
    let mut reactions: HashMap<Uuid, Vec<Reaction>> = HashMap::new();
    for (id, reaction) in store::list_reactions(&mut *connection, &ids).await? {
        reactions.entry(id).or_default().push(reaction);
    }
    let present = rows.into_iter().map(|row| {
        let files = attachments.remove(&row.id).unwrap_or_default();
        let reactions = reactions.remove(&row.id).unwrap_or_default();
        let capabilities = parts.networks.capabilities(&row.provider);
        row.present(capabilities, files, reactions)
    });
    Ok(present.collect())
}
