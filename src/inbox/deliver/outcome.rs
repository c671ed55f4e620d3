//! What came of an attempt, and writing it down.

use std::time::Duration;

use contract::{ChannelStatus, DeliveryError, DeliveryStatus, IncomingMove, IncomingStatus, Scope, SendError, Sent};
use sqlx::PgConnection;

use super::Next;
use crate::channel::OpenChannel;
use crate::error::Result;
use crate::event::Event;
use crate::id::MessageId;
use crate::inbox::channels::ChannelNews;
use crate::inbox::receive::settle::Settling;
use crate::inbox::{Inbox, journal};
use crate::message::store as messages;
use crate::message::{OUTCOME_UNKNOWN, Row};
use crate::outbound::{self, store as queue};

/// An attempt's end, in the words of the queue.
pub(super) enum Outcome {
    Sent(Sent),
    Failed { code: String, message: String },
    Alarming { code: String, message: String },
    Again { code: String, message: String, after: Option<Duration>, scope: Scope },
    AccountRefused { code: String, message: String },
    Unknown { message: String },
    Moved { to: String },
}

impl Outcome {
    pub(super) fn of(answer: std::result::Result<Sent, SendError>) -> Self {
        match answer {
            Ok(sent) => Self::Sent(sent),
            Err(SendError::Retry { code, message, after, scope }) => Self::Again { code, message, after, scope },
            Err(SendError::Refused { code, message }) => Self::Failed { code, message },
            Err(SendError::Alarming { code, message }) => Self::Alarming { code, message },
            Err(SendError::AccountRefused { code, message }) => Self::AccountRefused { code, message },
            Err(SendError::Unknown { message }) => Self::Unknown { message },
            Err(SendError::ChatMoved { to }) => Self::Moved { to },
        }
    }

    pub(super) fn unknown(message: &str) -> Self {
        Self::Unknown { message: message.to_owned() }
    }

    pub(super) fn given_up(last_code: Option<String>) -> Self {
        Self::Failed {
            code: last_code.unwrap_or_else(|| "EXPIRED".into()),
            message: "The network did not take it within 24 hours.".into(),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Sent(_) => "sent",
            Self::Failed { .. } | Self::Alarming { .. } => "failed",
            Self::Again { .. } | Self::AccountRefused { .. } | Self::Moved { .. } => "retry",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl Inbox {
    /// Writes an outcome where the attempt is still the one that counts; a late success is written all the same, since it
    /// lifts an unknown outcome.
    pub(super) async fn settle(
        &self,
        channel: &OpenChannel,
        row: &Row,
        attempt: i32,
        outcome: &Outcome,
    ) -> Result<Next> {
        let mut transaction = self.pool.begin_with(crate::inbox::BEGIN).await?;
        let connection = &mut *transaction;
        let current = queue::lock_attempt(&mut *connection, row.id, attempt).await?;
        if !current && !matches!(outcome, Outcome::Sent(_)) {
            return Ok(Next::Stop);
        }
        let (events, next) = match outcome {
            Outcome::Sent(sent) => {
                queue::remove(&mut *connection, row.id).await?;
                queue::resume(&mut *connection, row.channel_id).await?;
                if !sent.parts.is_empty() {
                    messages::set_parts(connection, MessageId(row.id), &sent.parts).await?;
                }
                let mut events = self.raise(connection, row, DeliveryStatus::Sent, Some(sent), None).await?;
                events.extend(self.raise_channel(connection, channel, ChannelStatus::Connected, None).await?);
                (events, Next::Continue)
            }
            Outcome::Failed { code, message } => {
                queue::remove(&mut *connection, row.id).await?;
                let error = DeliveryError { code: code.clone(), message: message.clone() };
                (self.raise(connection, row, DeliveryStatus::Failed, None, Some(error)).await?, Next::Continue)
            }
            Outcome::Alarming { code, message } => {
                queue::remove(&mut *connection, row.id).await?;
                let error = DeliveryError { code: code.clone(), message: message.clone() };
                let mut events = self.raise(connection, row, DeliveryStatus::Failed, None, Some(error)).await?;
                let text = format!("{message} ({code})");
                events.extend(self.raise_channel(connection, channel, ChannelStatus::Error, Some(text)).await?);
                (events, Next::Continue)
            }
            Outcome::Unknown { message } if channel.network.capabilities().repeats_safely => {
                queue::end_attempt(&mut *connection, row.id, OUTCOME_UNKNOWN).await?;
                tracing::info!(message_id = %row.id, message, "an unknown outcome is tried again: the network knows repeats");
                (Vec::new(), Next::Wait(outbound::backoff(attempt)))
            }
            Outcome::Unknown { message } => {
                queue::remove(&mut *connection, row.id).await?;
                let error = DeliveryError {
                    code: OUTCOME_UNKNOWN.into(),
                    message: format!("Nobody knows whether it was sent ({message}); look before you send it again."),
                };
                (self.raise(connection, row, DeliveryStatus::Failed, None, Some(error)).await?, Next::Continue)
            }
            Outcome::Again { code, message, after, scope } => {
                queue::end_attempt(&mut *connection, row.id, code).await?;
                tracing::info!(message_id = %row.id, code, message, attempt, "a send is tried again");
                let wait = match scope {
                    Scope::Chat => after.unwrap_or_else(|| outbound::backoff(attempt)),
                    Scope::Channel => {
                        queue::pause(&mut *connection, row.channel_id, *after).await?;
                        Duration::ZERO
                    }
                };
                (Vec::new(), Next::Wait(wait))
            }
            Outcome::AccountRefused { code, message } => {
                queue::end_attempt(&mut *connection, row.id, code).await?;
                queue::pause(&mut *connection, row.channel_id, None).await?;
                let text = format!("{message} ({code})");
                let events = self.raise_channel(connection, channel, ChannelStatus::Error, Some(text)).await?;
                (events, Next::Wait(Duration::ZERO))
            }
            Outcome::Moved { to } => {
                queue::end_attempt(&mut *connection, row.id, "CHAT_MOVED").await?;
                let chats = crate::chat::store::list_by_ids(&mut *connection, &[row.chat_id]).await?;
                let Some(chat) = chats.into_iter().next() else { return Ok(Next::Stop) };
                // a queue that goes on under another chat is claimed anew
                let moved = IncomingMove { from: chat.external_id, to: to.clone(), phone: None, restarts_ids: true };
                (self.move_chat(connection, channel, &moved).await?, Next::Wait(Duration::ZERO))
            }
        };
        let journalled = journal::write(connection, &self.cursors, &events).await?;
        transaction.commit().await?;
        self.feed.committed(journalled);
        let provider = channel.network.provider();
        metrics::counter!(crate::telemetry::names::MESSAGES_SENT_TOTAL, "provider" => provider, "outcome" => outcome.name())
            .increment(1);
        Ok(next)
    }

    /// Raises the message, and then by the statuses that came before its outside id was known.
    async fn raise(
        &self,
        connection: &mut PgConnection,
        row: &Row,
        status: DeliveryStatus,
        sent: Option<&Sent>,
        error: Option<DeliveryError>,
    ) -> Result<Vec<Event>> {
        let now = self.clock.now();
        let Some(locked) = messages::lock_by_ids(&mut *connection, &[row.id]).await?.pop() else {
            return Ok(Vec::new());
        };
        let external_id = sent.map(|sent| sent.external_id.clone()).unwrap_or_default();
        let mut settling = Settling::default();
        let word = IncomingStatus {
            chat_external_id: None,
            message_external_id: external_id.clone(),
            client_id: None,
            status,
            error,
            at: Some(now),
        };
        settling.raise(&locked, &word, now);
        if !external_id.is_empty() {
            for parked in messages::take_parked(connection, &[row.channel_id], &[external_id]).await? {
                if let Ok(early) = serde_json::from_str::<IncomingStatus>(&parked.payload) {
                    settling.raise(&locked, &early, now);
                }
            }
        }
        settling.write(connection).await
    }

    /// Writes a channel's state, and gives the event where it changed.
    async fn raise_channel(
        &self,
        connection: &mut PgConnection,
        channel: &OpenChannel,
        status: ChannelStatus,
        last_error: Option<String>,
    ) -> Result<Vec<Event>> {
        // a success says nothing new of a channel that is well
        if status == channel.status && last_error == channel.last_error {
            return Ok(Vec::new());
        }
        if status == ChannelStatus::Connected && channel.status != ChannelStatus::Error {
            return Ok(Vec::new());
        }
        self.set_channel(connection, channel, ChannelNews::of_status(status, last_error)).await
    }
}
