//! Statuses: each raises its message, whatever order they come in; one that comes before its message is parked.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use contract::{DeliveryStatus, Incoming, IncomingStatus};
use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::Batch;
use super::columns;
use crate::error::{Error, Result};
use crate::event::{Event, MessageStatusChange};
use crate::id::{ChatId, MessageId, OrganizationId, UserId};
use crate::message::store::{self, NewParked, StatusChanges};
use crate::message::{MessageError, MessageStatus, Row};
use crate::time::Millis;

/// Raises locked messages by what networks said of them, in order, and gives the events. The newest word of each message
/// is written once.
#[derive(Default)]
pub(crate) struct Settling {
    changes: HashMap<Uuid, (Row, DateTime<Utc>)>,
    changed: HashSet<Uuid>,
    order: Vec<(Uuid, MessageStatus, Option<MessageError>, DateTime<Utc>)>,
}

impl Settling {
    /// Takes one status of a message; gives `false` where it changes nothing.
    pub(crate) fn raise(&mut self, row: &Row, status: &IncomingStatus, now: DateTime<Utc>) -> bool {
        let (row, _) = self.changes.entry(row.id).or_insert_with(|| (row.clone(), now));
        let next = MessageStatus::from(status.status);
        let late_id = row.external_id.is_none() && !status.message_external_id.is_empty();
        if late_id {
            row.external_id = Some(columns::outside_id(&status.message_external_id));
            self.changed.insert(row.id);
        }
        if !row.from_me || !row.status().yields_to(next, row.error_code.as_deref()) {
            return false;
        }
        let at = status.at.unwrap_or(now);
        let error = (next == MessageStatus::Failed).then(|| match &status.error {
            Some(error) => MessageError { code: columns::clean(&error.code), message: columns::clean(&error.message) },
            None => MessageError { code: "FAILED".into(), message: "The network gave no reason.".into() },
        });
        next.as_str().clone_into(&mut row.status);
        row.error_code = error.as_ref().map(|error| error.code.clone());
        row.error_message = error.as_ref().map(|error| error.message.clone());
        self.changed.insert(row.id);
        self.order.push((row.id, next, error, at));
        true
    }

    /// Writes what was raised, and gives one `message:status` for each step.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn write(self, connection: &mut PgConnection) -> Result<Vec<Event>> {
        let mut columns = StatusChanges::default();
        let mut chat_ids: Vec<Uuid> = Vec::new();
        let latest: HashMap<Uuid, DateTime<Utc>> = self.order.iter().map(|(id, _, _, at)| (*id, *at)).collect();
        for (id, (row, now)) in self.changes.iter().filter(|(id, _)| self.changed.contains(id)) {
            columns.ids.push(*id);
            columns.statuses.push(row.status.clone());
            columns.error_codes.push(row.error_code.clone());
            columns.error_messages.push(row.error_message.clone());
            columns.external_ids.push(row.external_id.clone());
            columns.at.push(latest.get(id).copied().unwrap_or(*now));
            chat_ids.push(row.chat_id);
        }
        if columns.ids.is_empty() {
            return Ok(Vec::new());
        }
        store::set_statuses(connection, &columns).await?;
        let assigned = crate::chat::store::list_assigned(connection, &chat_ids).await?;
        let assigned: HashMap<Uuid, Option<Uuid>> = assigned.into_iter().collect();
        let events = self.order.into_iter().filter_map(|(id, status, error, at)| {
            let (row, _) = self.changes.get(&id)?;
            Some(Event::MessageStatus(MessageStatusChange {
                message_id: MessageId(id),
                chat_id: ChatId(row.chat_id),
                status,
                error,
                timestamp: Millis(at),
                organization_id: OrganizationId(row.organization_id),
                assigned_user_id: assigned.get(&row.chat_id).copied().flatten().map(UserId),
            }))
        });
        Ok(events.collect())
    }
}

impl Batch<'_> {
    /// Applies the batch's statuses in one go.
    pub(super) async fn settle_statuses(&mut self, connection: &mut PgConnection) -> Result<()> {
        let mut statuses = Vec::new();
        for item in &self.items {
            if let (Some(channel), Incoming::Status(status)) = (&item.channel, &item.incoming) {
                statuses.push((channel, status, columns::outside_id(&status.message_external_id)));
            }
        }
        if statuses.is_empty() && self.echoes.is_empty() {
            return Ok(());
        }
        let (channel_ids, external_ids): (Vec<Uuid>, Vec<String>) =
            statuses.iter().map(|(channel, _, external_id)| (channel.id.0, external_id.clone())).unzip();
        let (own_channel_ids, own_ids): (Vec<Uuid>, Vec<Uuid>) =
            statuses.iter().filter_map(|(channel, status, _)| Some((channel.id.0, status.client_id?))).unzip();
        let rows =
            store::lock_by_keys(&mut *connection, &channel_ids, &external_ids, &own_channel_ids, &own_ids).await?;
        let mut settling = Settling::default();
        for row in store::lock_by_ids(&mut *connection, &self.echoes).await? {
            let sent = IncomingStatus {
                chat_external_id: None,
                message_external_id: row.external_id.clone().unwrap_or_default(),
                client_id: None,
                status: DeliveryStatus::Sent,
                error: None,
                at: None,
            };
            settling.raise(&row, &sent, self.now);
        }
        let mut parked = NewParked::default();
        for (channel, status, external_id) in statuses {
            let row = rows.iter().find(|row| {
                row.channel_id == channel.id.0
                    && (row.external_id.as_ref() == Some(&external_id) || status.client_id == Some(row.id))
            });
            match row {
                Some(row) => {
                    settling.raise(row, status, self.now);
                }
                None => {
                    parked.ids.push(Uuid::now_v7());
                    parked.organization_ids.push(channel.organization_id.0);
                    parked.channel_ids.push(channel.id.0);
                    parked.message_external_ids.push(external_id);
                    parked.kinds.push("status".to_owned());
                    parked
                        .payloads
                        .push(serde_json::to_string(status).map_err(Error::internal)?.replace("\\u0000", "\\uFFFD"));
                }
            }
        }
        if !parked.ids.is_empty() {
            store::park(connection, &parked).await?;
        }
        self.events.extend(settling.write(connection).await?);
        Ok(())
    }
}
