//! `/api/events` for a web-chat visitor: the journal of one chat, without what is for operators alone. Positions are the
//! organization's, so the visitor holds them sealed.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Events, JournalEvent, Poll, Rooms};
use crate::error::{Error, Result};
use crate::event::{Journalled, room, store};
use crate::id::{ChatId, MessageId};
use crate::inbox::guest::Following;
use crate::inbox::journal;
use crate::time::Millis;

/// Positions that are looked through at once, and in one answer: a busy organization's journal is long, and a chat's part small.
const WINDOW: i64 = 10_000;
const WINDOWS: i64 = 10;

/// As [`Poll::next`], with what this chat's guest may see.
pub(super) async fn next(poll: &Poll, chat_id: ChatId, after: Option<&str>) -> Result<(Events, Duration)> {
    let inbox = &poll.state.inbox;
    // following before reading, so that nothing falls between the two
    let following = inbox.follow(poll.organization_id, chat_id).await?;
    let here = |gap| Events { events: Vec::new(), cursor: seal(poll, chat_id, following.position()), more: false, gap };
    let Some(start) = start(poll, chat_id, after, &following).await? else {
        return Ok((here(after != Some("latest")), Duration::ZERO));
    };
    let deadline = tokio::time::Instant::now() + poll.wait;
    let (mut position, mut waited) = (start, Duration::ZERO);
    loop {
        let end = following.position().max(position);
        let bound = position.saturating_add(WINDOW * WINDOWS);
        let mut events = Vec::new();
        while events.is_empty() && position < end.min(bound) {
            let up_to = end.min(position.saturating_add(WINDOW));
            let found = read(poll, chat_id, (position, up_to)).await?;
            // a full answer ends at its last event, any other one has seen the whole window
            let full = i64::try_from(found.len()).is_ok_and(|found| found >= poll.limit);
            position = found.last().filter(|_| full).map_or(up_to, |last| last.position);
            events = found;
        }
        let over = tokio::time::Instant::now() >= deadline || poll.state.draining.is_cancelled();
        if !events.is_empty() || over || position < end {
            take(poll, chat_id, &events);
            let events = events.iter().map(|event| present(poll, chat_id, event)).collect::<Result<_>>()?;
            let more = position < end;
            return Ok((Events { events, cursor: seal(poll, chat_id, position), more, gap: false }, waited));
        }
        let started = Instant::now();
        tokio::select! {
            () = following.news() => {}
            () = tokio::time::sleep_until(deadline) => {}
            () = poll.state.draining.cancelled() => {}
        }
        waited += started.elapsed();
    }
}

/// The position to go on from; `None` where the answer is the current one: asked for, or because the cursor cannot be served.
async fn start(poll: &Poll, chat_id: ChatId, after: Option<&str>, following: &Following) -> Result<Option<i64>> {
    let inbox = &poll.state.inbox;
    let position = match after {
        Some("latest") => return Ok(None),
        Some(after) => match inbox.cursors.unseal(chat_id, after) {
            Some(cursor) => cursor.position,
            None => return Ok(None),
        },
        None => {
            let oldest = store::find_oldest(&inbox.pool, poll.organization_id).await?;
            return Ok(Some(oldest.map_or_else(|| following.position(), |oldest| oldest - 1)));
        }
    };
    if position < following.position() {
        let oldest = store::find_oldest(&inbox.pool, poll.organization_id).await?;
        return Ok(oldest.is_some_and(|oldest| oldest <= position + 1).then_some(position));
    }
    // another node may have told what this one has yet to hear
    let reached =
        position == following.position() || position <= store::find_position(&inbox.pool, poll.organization_id).await?;
    Ok(reached.then_some(position))
}

async fn read(poll: &Poll, chat_id: ChatId, range: (i64, i64)) -> Result<Vec<Journalled>> {
    let inbox = &poll.state.inbox;
    let rows = store::list_of_chat(&inbox.pool, poll.organization_id, chat_id, range, poll.limit).await?;
    Ok(rows.into_iter().map(|row| journal::read(row, &inbox.cursors)).collect())
}

/// What operators wrote is delivered now that the visitor's page takes it; the page does not wait for that.
fn take(poll: &Poll, chat_id: ChatId, events: &[Journalled]) {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Taken {
        id: MessageId,
        from_me: bool,
    }
    let new = events.iter().filter(|event| &*event.name == "message:new");
    let taken = new.filter_map(|event| serde_json::from_str::<Taken>(&event.data).ok());
    let ids: Vec<MessageId> = taken.filter(|taken| taken.from_me).map(|taken| taken.id).collect();
    if ids.is_empty() {
        return;
    }
    let inbox = poll.state.inbox.clone();
    poll.state.inbox.background.spawn(async move {
        if let Err(error) = inbox.take_as_guest(chat_id, &ids).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a delivery to a visitor was not written");
        }
    });
}

fn present(poll: &Poll, chat_id: ChatId, event: &Journalled) -> Result<JournalEvent> {
    let cursor = seal(poll, chat_id, event.position);
    Ok(JournalEvent {
        event_id: event.id,
        data: RawValue::from_string(event.data_with_cursor(&cursor)).map_err(Error::internal)?,
        cursor,
        event: event.name.to_string(),
        room: Rooms::One(room::chat(chat_id)),
        created_at: Millis(event.created_at),
    })
}

fn seal(poll: &Poll, chat_id: ChatId, position: i64) -> String {
    poll.state.inbox.cursors.seal(chat_id, position)
}
