//! The customers at work: one of them writes every few seconds, whoever an operator wrote to answers, and where the network tells
//! it, an operator's message is seen to arrive and to be read.

use std::sync::Arc;
use std::time::Duration;

use contract::{DeliveryStatus, Incoming};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};
use uuid::Uuid;

use super::outside::{Outside, Said};
use super::script::{Customer, Line, customers};
use crate::chat::store as chats;
use crate::error::Result;
use crate::event::Journalled;
use crate::id::{ChatId, ContactId, MessageId, OrganizationId};
use crate::inbox::feed::Listener;
use crate::inbox::live::Typist;
use crate::inbox::typing::Typing;

const TICK: Duration = Duration::from_millis(500);
/// Somebody writes in one of so many ticks; once all was said, in one of so many more.
const PACE: usize = 9;
const LATER_PACE: usize = 40;
/// How long somebody reads before the answer is begun, and how long it takes.
const READS: Duration = Duration::from_millis(1_500);
const WRITES: Duration = Duration::from_millis(2_500);
const DELIVERED: Duration = Duration::from_millis(800);
/// News that may wait for a tick.
const WAITING: usize = 1_000;

/// Lets the customers in; they stay until the process stops.
pub(super) fn come(outside: Outside) {
    let people: Vec<Habits> = customers().map(|customer| Habits { customer, said: 0, answered: 0 }).collect();
    let inbox = outside.inbox.clone();
    let mut street = Street { outside, people, connection: Uuid::now_v7(), number: 0, due: Vec::new() };
    inbox.background.spawn_until_stop(async move {
        if let Err(error) = street.live().await {
            tracing::error!(error = &error as &dyn std::error::Error, "the demo's customers have gone home");
        }
    });
}

struct Street {
    outside: Outside,
    people: Vec<Habits>,
    /// Through which visitors of the website are seen to type.
    connection: Uuid,
    number: u64,
    due: Vec<(Instant, Act)>,
}

/// A customer, with how much was said of their own accord and in answer.
#[derive(Clone, Copy)]
struct Habits {
    customer: &'static Customer,
    said: usize,
    answered: usize,
}

/// Something that will happen, to the customer of this place.
#[derive(Clone, Copy)]
enum Act {
    /// The customer begins to write, and goes on to say this.
    Begin(usize, &'static str),
    Say(usize, &'static str),
    /// The customer's phone got our message, or showed it.
    Status(usize, MessageId, DeliveryStatus),
}

/// What operators did, as far as customers notice.
struct Window(mpsc::Sender<News>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct News {
    #[serde(alias = "id")]
    message_id: MessageId,
    chat_id: ChatId,
    #[serde(default)]
    from_me: bool,
    #[serde(default)]
    private: bool,
    status: String,
}

impl Listener for Window {
    fn tell(&self, event: &Arc<Journalled>) {
        if !matches!(&*event.name, "message:new" | "message:status") {
            return;
        }
        if let Ok(news) = serde_json::from_str::<News>(&event.data) {
            // with a thousand waiting, customers may miss one
            let _ = self.0.try_send(news);
        }
    }
}

impl Street {
    async fn live(&mut self) -> Result<()> {
        let (sender, mut news) = mpsc::channel(WAITING);
        let organization_id = self.organization_id();
        self.outside.inbox.feed.attach(organization_id, Arc::new(Window(sender)), None).await?;
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for tick in 1_usize.. {
            ticks.tick().await;
            let step = self.step(tick, &mut news).await;
            if let Err(error) = step {
                tracing::warn!(error = &error as &dyn std::error::Error, "a customer of the demo was not heard");
            }
        }
        Ok(())
    }

    async fn step(&mut self, tick: usize, news: &mut mpsc::Receiver<News>) -> Result<()> {
        while let Ok(news) = news.try_recv() {
            self.notice(&news).await?;
        }
        let now = Instant::now();
        for (_, act) in self.due.extract_if(.., |(at, _)| *at <= now).collect::<Vec<_>>() {
            match act {
                Act::Begin(place, text) => self.begin(place, text).await?,
                Act::Say(place, text) => self.say(place, text).await?,
                Act::Status(place, id, status) => self.raise(place, id, status).await?,
            }
        }
        let pace = if self.people.iter().any(Habits::has_more) { PACE } else { LATER_PACE };
        if tick.is_multiple_of(pace) {
            self.speak_up();
        }
        Ok(())
    }

    /// Somebody who has said the least of their own accord goes on.
    fn speak_up(&mut self) {
        let talkers = self.people.iter_mut().enumerate().filter(|(_, habits)| !habits.customer.says.is_empty());
        let next = talkers.min_by_key(|(_, habits)| (habits.said, rand::random::<u8>()));
        if let Some((place, habits)) = next {
            let lines = habits.customer.says;
            let text = lines[habits.said % lines.len()];
            habits.said += 1;
            self.due.push((Instant::now(), Act::Begin(place, text)));
        }
    }

    /// An operator wrote: there will be an answer. The network took it: it will arrive.
    async fn notice(&mut self, news: &News) -> Result<()> {
        let (wrote, taken) = (news.from_me && !news.private, news.status == "sent" && !news.private);
        if !wrote && !taken {
            return Ok(());
        }
        let chat = chats::find(&self.outside.inbox.pool, self.organization_id(), news.chat_id).await?;
        let place = chat.and_then(|chat| {
            self.people.iter().position(|Habits { customer, .. }| {
                customer.chat_external_id() == chat.external_id
                    && self.outside.channel(customer.line).id.0 == chat.channel_id
            })
        });
        let Some(place) = place else { return Ok(()) };
        let now = Instant::now();
        let lines = self.people[place].customer.answers;
        if wrote && !self.due.iter().any(|(_, act)| act.is_one_of(place, lines)) {
            let habits = &mut self.people[place];
            let text = lines[habits.answered % lines.len()];
            habits.answered += 1;
            self.due.push((now + READS, Act::Begin(place, text)));
        }
        if taken {
            self.due.push((now + DELIVERED, Act::Status(place, news.message_id, DeliveryStatus::Delivered)));
            self.due.push((now + READS, Act::Status(place, news.message_id, DeliveryStatus::Read)));
        }
        Ok(())
    }

    /// Visitors of the website are seen to type; other networks do not tell it.
    async fn begin(&mut self, place: usize, text: &'static str) -> Result<()> {
        let customer = self.people[place].customer;
        if customer.line == Line::Website
            && let Some(chat) = self.outside.find_chat(customer).await?
        {
            self.outside.inbox.typists.start(
                self.connection,
                Typing {
                    organization_id: self.organization_id(),
                    chat_id: ChatId(chat.id),
                    typist: Typist::Contact(ContactId(chat.contact_id)),
                    name: chat.contact_name.unwrap_or_default(),
                },
            );
        }
        self.due.push((Instant::now() + WRITES, Act::Say(place, text)));
        Ok(())
    }

    async fn say(&mut self, place: usize, text: &str) -> Result<()> {
        let Habits { customer, said, .. } = self.people[place];
        self.outside.inbox.typists.leave(self.connection);
        let at = self.outside.inbox.clock.now();
        self.number = at.timestamp().unsigned_abs().max(self.number + 1);
        let message = customer.message(customer.message_external_id(self.number), said, Said::text(text), at);
        self.outside.hand_in(customer.line, Incoming::Message(message)).await
    }

    async fn raise(&self, place: usize, id: MessageId, status: DeliveryStatus) -> Result<()> {
        let customer = self.people[place].customer;
        let Some(chat) = self.outside.find_chat(customer).await? else { return Ok(()) };
        self.outside.raise(customer, &chat, id, status, self.outside.inbox.clock.now()).await
    }

    fn organization_id(&self) -> OrganizationId {
        self.outside.channels.website.organization_id
    }
}

impl Habits {
    /// Whether there is something that was not said yet.
    const fn has_more(&self) -> bool {
        self.said < self.customer.says.len()
    }
}

impl Act {
    /// Whether the customer of this place is just about to say one of these.
    fn is_one_of(&self, place: usize, lines: &[&str]) -> bool {
        matches!(self, Self::Begin(of, text) | Self::Say(of, text) if *of == place && lines.contains(text))
    }
}
