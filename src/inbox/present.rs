//! Stored messages as clients see them: with their attachments and reactions.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::channel::Networks;
use crate::error::Result;
use crate::message::{Attachment, Message, Reaction, Row, store};

/// Presents rows, in their order, with two queries for all of them.
///
/// # Errors
/// Those of the database.
pub async fn messages(networks: &Networks, connection: &mut PgConnection, rows: Vec<Row>) -> Result<Vec<Message>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut attachments: HashMap<Uuid, Vec<Attachment>> = HashMap::new();
    for (id, attachment) in store::list_attachments(&mut *connection, &ids).await? {
        attachments.entry(id).or_default().push(attachment);
    }
    let mut reactions: HashMap<Uuid, Vec<Reaction>> = HashMap::new();
    for (id, reaction) in store::list_reactions(&mut *connection, &ids).await? {
        reactions.entry(id).or_default().push(reaction);
    }
    let present = rows.into_iter().map(|row| {
        let files = attachments.remove(&row.id).unwrap_or_default();
        let reactions = reactions.remove(&row.id).unwrap_or_default();
        let capabilities = networks.capabilities(&row.provider);
        row.present(capabilities, files, reactions)
    });
    Ok(present.collect())
}
