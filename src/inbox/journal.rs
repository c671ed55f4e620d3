//! Writes the journal: the events of a transaction, as its last statement.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::event::store::{self, NewEvents, Placed, ROOM_SEPARATOR};
use crate::event::{Cursors, Event, Journalled};
use crate::id::{ChatId, EventId, OrganizationId};
use crate::telemetry::receipt::received;

/// Appends events, in this order, to the journals of their organizations. Nothing may follow in the transaction but the
/// commit, after which the caller hands the result to [`crate::inbox::Feed::committed`].
///
/// # Errors
/// Those of the database; [`Error::Internal`] where an organization has no journal.
pub async fn write(connection: &mut PgConnection, cursors: &Cursors, events: &[Event]) -> Result<Vec<Journalled>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let draft = Draft::of(events)?;
    let placed = store::append(connection, &draft.columns, &draft.totals).await?;
    draft.placed(cursors, events, placed)
}

/// Events before they have their places.
pub struct Draft {
    pub columns: NewEvents,
    /// How many there are of each organization.
    pub totals: Vec<(Uuid, i64)>,
}

impl Draft {
    /// # Errors
    /// [`Error::Internal`] where a payload cannot be written.
    pub fn of(events: &[Event]) -> Result<Self> {
        let mut totals: Vec<(Uuid, i64)> = Vec::new();
        let mut columns = NewEvents::default();
        for event in events {
            let organization_id = event.organization_id().0;
            let total = match totals.iter_mut().find(|(id, _)| *id == organization_id) {
                Some((_, total)) => total,
                None => {
                    totals.push((organization_id, 0));
                    let last = totals.len() - 1;
                    &mut totals[last].1
                }
            };
            *total += 1;
            columns.organization_ids.push(organization_id);
            columns.offsets.push(*total);
            columns.ids.push(EventId::new().0);
            columns.names.push(event.name().to_owned());
            columns.rooms.push(event.rooms().join(ROOM_SEPARATOR));
            columns.chat_ids.push(event.chat_id().map(|id| id.0));
            columns.public.push(event.public());
            columns.payloads.push(event.payload().map_err(Error::internal)?);
        }
        Ok(Self { columns, totals })
    }

    /// The events as they are told.
    ///
    /// # Errors
    /// [`Error::Internal`] where one has no place: its organization has no journal.
    pub fn placed(self, cursors: &Cursors, events: &[Event], placed: Vec<Placed>) -> Result<Vec<Journalled>> {
        let columns = self.columns;
        if placed.len() != events.len() {
            return Err(Error::internal("an organization has no row in event_positions"));
        }
        let places: HashMap<Uuid, _> =
            placed.into_iter().map(|place| (place.id, (place.position, place.created_at))).collect();
        let received = received();
        let mut journalled = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            let id = EventId(columns.ids[index]);
            let Some(&(position, created_at)) = places.get(&id.0) else { continue };
            let organization_id = OrganizationId(columns.organization_ids[index]);
            journalled.push(Journalled {
                organization_id,
                position,
                id,
                name: event.name().into(),
                rooms: event.rooms(),
                chat_id: columns.chat_ids[index].map(ChatId),
                public: columns.public[index],
                data: Journalled::stamp(&columns.payloads[index], id, &cursors.write(organization_id, position)),
                created_at,
                received: Some(received),
            });
        }
        Ok(journalled)
    }
}

/// A stored event as readers get it.
#[must_use]
pub fn read(row: store::Row, cursors: &Cursors) -> Journalled {
    let (organization_id, id) = (OrganizationId(row.organization_id), EventId(row.id));
    Journalled {
        organization_id,
        position: row.position,
        id,
        name: row.event.into(),
        rooms: row.rooms,
        chat_id: row.chat_id.map(ChatId),
        public: row.public,
        data: Journalled::stamp(&row.data, id, &cursors.write(organization_id, row.position)),
        created_at: row.created_at,
        received: None,
    }
}
