//! What happened before the first start. It goes through the same doors as all that follows, each step with the clock turned back
//! to its time, so that chats have days behind them.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use contract::{DeliveryStatus, Incoming, IncomingDeletion};
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::desk;
use super::outside::{Outside, Said};
use super::script::{Act, Customer, Step, Who, customers};
use super::seed::People;
use crate::chat::ChatStatus;
use crate::clock::Hand;
use crate::error::{Error, Result};
use crate::id::{ChatId, MessageId};
use crate::inbox::chats::ChatChange;
use crate::inbox::send::SendRequest;
use crate::inbox::tickets::{NewTicket, TicketChange};
use crate::message::{MessageStatus, store as messages};
use crate::networks::pretend::Pretend;

/// How soon a customer's phone has a message, and shows it.
const DELIVERED: TimeDelta = TimeDelta::seconds(12);
const READ: TimeDelta = TimeDelta::seconds(48);
/// Longer than any message takes to leave: what follows may name it.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(3);

pub(super) struct Past<'a> {
    pub(super) outside: &'a Outside,
    pub(super) people: &'a People,
    pub(super) pretend: &'a Pretend,
    /// Of the inbox's own clock.
    pub(super) hand: Hand,
}

/// A message of a chat, in its place.
enum Told {
    Theirs(String),
    Ours(MessageId),
}

impl Past<'_> {
    /// Plays the past of those whose chats are not there yet.
    pub(super) async fn play(&self) -> Result<()> {
        for (turn, customer) in customers().enumerate() {
            if self.outside.find_chat(customer).await?.is_none() {
                self.play_chat(customer, turn).await?;
            }
        }
        Ok(())
    }

    async fn play_chat(&self, customer: &'static Customer, turn: usize) -> Result<()> {
        let mut told = Vec::new();
        let start = self.now();
        for (place, step) in customer.past.iter().enumerate() {
            // no two chats move at the same second of their minutes
            let forward = i64::try_from(turn * 7 % 40 + place * 2).unwrap_or_default();
            let back = TimeDelta::seconds(forward) - TimeDelta::minutes(step.ago.into());
            self.hand.advance(back);
            let done = self.act(customer, place, step, start, &mut told).await;
            self.hand.advance(-back);
            done?;
        }
        Ok(())
    }

    async fn act(
        &self,
        customer: &'static Customer,
        place: usize,
        step: &'static Step,
        start: DateTime<Utc>,
        told: &mut Vec<Told>,
    ) -> Result<()> {
        let said = match &step.act {
            Act::Says(text) => Said::text(text),
            Act::Replies(to, text) => Said { reply_to: Some(self.external_id(told, *to).await?), ..Said::text(text) },
            Act::Sends(file, caption) => Said::file(*file, caption),
            Act::Place { lat, lng, name, address } => Said::place(*lat, *lng, name, address),
            Act::Card(name, phone) => Said::card(name, phone),
            Act::Reacts(of, emoji) => {
                let item = customer.reaction(self.external_id(told, *of).await?, place, emoji, self.now());
                return self.outside.hand_in(customer.line, item).await;
            }
            Act::Corrects(of, text) => {
                let id = self.external_id(told, *of).await?;
                let message = customer.message(id, *of, Said::text(text), self.now());
                let edit = Incoming::Edit { message, edited_at: Some(self.now()) };
                return self.outside.hand_in(customer.line, edit).await;
            }
            Act::Deletes(of) => {
                let deletion = IncomingDeletion {
                    chat_external_id: Some(customer.chat_external_id()),
                    message_external_id: self.external_id(told, *of).await?,
                    at: Some(self.now()),
                };
                return self.outside.hand_in(customer.line, Incoming::Deletion(deletion)).await;
            }
            operators => return self.act_inside(customer, operators, place, start, told).await,
        };
        let external_id = customer.message_external_id(place as u64 + 1);
        told.push(Told::Theirs(external_id.clone()));
        let message = customer.message(external_id, place, said, self.now());
        self.outside.hand_in(customer.line, Incoming::Message(message)).await
    }

    /// What operators did.
    async fn act_inside(
        &self,
        customer: &'static Customer,
        act: &'static Act,
        place: usize,
        start: DateTime<Utc>,
        told: &mut Vec<Told>,
    ) -> Result<()> {
        let inbox = &self.outside.inbox;
        let chat = self.outside.find_chat(customer).await?.ok_or(Error::ChatNotFound)?;
        let id = ChatId(chat.id);
        let you = &self.people.you;
        let text = |text: &str| SendRequest {
            chat_id: Some(id.to_string()),
            content: text.to_owned(),
            ..SendRequest::default()
        };
        let (who, request) = match act {
            Act::Answers(who, content) => (who, text(content)),
            Act::Note(who, content) => (who, SendRequest { private: true, ..text(content) }),
            Act::Quotes(who, of, content) => {
                let reply_to_id = Some(self.message_id(customer, told, *of).await?.to_string());
                (who, SendRequest { reply_to_id, ..text(content) })
            }
            Act::Fails(who, content) => {
                self.pretend.refuse_next(&chat.external_id);
                (who, text(content))
            }
            Act::Template(who, name, language, parameter) => {
                let parameter = json!({"type": "text", "text": parameter});
                let components = json!([{"type": "body", "parameters": [parameter]}]);
                let template = json!({"name": name, "language": language, "components": components});
                (who, SendRequest { template: template.as_object().cloned(), ..text("") })
            }
            Act::Likes(who, of, emoji) => {
                let message = self.message_id(customer, told, *of).await?;
                return inbox.react(self.people.caller(*who), message, Some(emoji)).await.map(|_| ());
            }
            Act::Reads(who) => return inbox.read(self.people.caller(*who), id, None).await.map(|_| ()),
            Act::Tickets { by, to, title, priority, status } => {
                let ticket = NewTicket {
                    chat_id: Some(id.to_string()),
                    title: (*title).to_owned(),
                    description: None,
                    priority: Some(*priority),
                    assigned_user_id: to.and_then(|to| self.people.caller(to).user_id()).map(|id| id.to_string()),
                };
                let (by, change) =
                    (self.people.caller(*by), TicketChange { status: Some(*status), ..TicketChange::default() });
                let ticket = inbox.create_ticket(by, ticket).await?;
                return inbox.change_ticket(by, ticket.id, change).await.map(|_| ());
            }
            changes => {
                if changes.ends_it() {
                    inbox.read(you, id, None).await?;
                }
                let (who, change) = match changes {
                    Act::Assigns(who, to) => {
                        let to = self.people.caller(*to).user_id().map(|id| id.to_string());
                        (self.people.caller(*who), ChatChange { assigned_user_id: Some(to), ..ChatChange::default() })
                    }
                    Act::Labels(labels) => {
                        let labels = Some(labels.iter().map(|label| (*label).to_owned()).collect());
                        (you, ChatChange { labels, ..ChatChange::default() })
                    }
                    Act::HandsTo(team) => {
                        let team_id = desk::find_team(inbox, self.people, team).await?.map(|id| id.to_string());
                        (you, ChatChange { team_id: Some(team_id), ..ChatChange::default() })
                    }
                    Act::Ranks(priority) => (you, ChatChange { priority: Some(*priority), ..ChatChange::default() }),
                    Act::Snoozes(who, hours) => {
                        let until = start + TimeDelta::hours(i64::from(*hours));
                        (
                            self.people.caller(*who),
                            ChatChange { snoozed_until: Some(Some(until)), ..ChatChange::default() },
                        )
                    }
                    Act::Resolves(who) => {
                        let status = Some(ChatStatus::Resolved);
                        (self.people.caller(*who), ChatChange { status, ..ChatChange::default() })
                    }
                    _ => (you, ChatChange { status: Some(ChatStatus::Pending), ..ChatChange::default() }),
                };
                return inbox.change_chat(who, id, change).await.map(|_| ());
            }
        };
        let sent = self.send(*who, request).await?;
        told.push(Told::Ours(sent));
        if matches!(act, Act::Note(..)) || self.settle(sent).await? == MessageStatus::Failed {
            return Ok(());
        }
        let now = self.now();
        self.outside.raise(customer, &chat, sent, DeliveryStatus::Delivered, now + DELIVERED).await?;
        if customer.past[place + 1..].iter().any(|step| step.act.is_customers()) {
            self.outside.raise(customer, &chat, sent, DeliveryStatus::Read, now + READ).await?;
        }
        Ok(())
    }

    async fn send(&self, who: Who, request: SendRequest) -> Result<MessageId> {
        #[derive(Deserialize)]
        struct Answer {
            id: MessageId,
        }
        let answer = self.outside.inbox.send(self.people.caller(who), request, None).await?;
        let Answer { id } = serde_json::from_str(&answer).map_err(Error::internal)?;
        Ok(id)
    }

    /// Waits until a message has left, or was refused.
    async fn settle(&self, id: MessageId) -> Result<MessageStatus> {
        let (inbox, until) = (&self.outside.inbox, Instant::now() + PATIENCE);
        loop {
            let row = messages::find(&inbox.pool, self.people.you.organization_id, id).await?;
            let status = row.ok_or(Error::NotFound("message"))?.status();
            if status != MessageStatus::Queued || Instant::now() > until {
                return Ok(status);
            }
            sleep(LOOK).await;
        }
    }

    async fn external_id(&self, told: &[Told], place: usize) -> Result<String> {
        match told.get(place) {
            Some(Told::Theirs(id)) => Ok(id.clone()),
            Some(Told::Ours(id)) => {
                let row = messages::find(&self.outside.inbox.pool, self.people.you.organization_id, *id).await?;
                row.and_then(|row| row.external_id).ok_or(Error::NotFound("message"))
            }
            None => Err(Error::NotFound("message")),
        }
    }

    async fn message_id(&self, customer: &Customer, told: &[Told], place: usize) -> Result<MessageId> {
        match told.get(place) {
            Some(Told::Ours(id)) => Ok(*id),
            Some(Told::Theirs(external_id)) => {
                let chat = self.outside.find_chat(customer).await?.ok_or(Error::ChatNotFound)?;
                let (pool, channel_id) = (&self.outside.inbox.pool, self.outside.channel(customer.line).id.0);
                let row = messages::find_by_external_id(pool, channel_id, external_id, Some(chat.id)).await?;
                Ok(MessageId(row.ok_or(Error::NotFound("message"))?.id))
            }
            None => Err(Error::NotFound("message")),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.outside.inbox.clock.now()
    }
}

impl Act {
    /// Whether nobody has to look at the chat for now.
    const fn ends_it(&self) -> bool {
        matches!(self, Self::Waits | Self::Resolves(_) | Self::Snoozes(..))
    }

    /// Whether a customer did it, after having read what was there.
    const fn is_customers(&self) -> bool {
        matches!(
            self,
            Self::Says(_)
                | Self::Replies(..)
                | Self::Sends(..)
                | Self::Place { .. }
                | Self::Card(..)
                | Self::Reacts(..)
        )
    }
}
