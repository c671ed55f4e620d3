//! The customers at work: one of them writes every few seconds, whoever an operator wrote to answers, and WhatsApp tells how far
//! an operator's message came. All of it enters where real deliveries do.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::script::{CUSTOMERS, Customer, Line};
use super::seed::Channels;
use crate::channel::OpenChannel;
use crate::chat::store as chats;
use crate::error::{Error, Result};
use crate::event::Journalled;
use crate::id::{ChatId, MessageId};
use crate::inbox::Inbox;
use crate::inbox::feed::Listener;
use crate::inbox::receive::Delivery;
use crate::message::store as messages;
use crate::networks::pretend::{self, Writes};

const TICK: Duration = Duration::from_secs(1);
/// Everybody says hello in the first ticks; then somebody writes in one of so many.
const PACE: usize = 4;
/// How long somebody reads and writes before the answer comes.
const THINKS: Duration = Duration::from_millis(2_500);
const DELIVERED: Duration = Duration::from_millis(800);
const READ: Duration = Duration::from_millis(1_800);
/// News that may wait for a tick.
const WAITING: usize = 1_000;

/// Lets the customers in; they stay until the process stops.
pub(super) fn come(inbox: &Inbox, channels: Channels) {
    let mut street = Street {
        inbox: inbox.clone(),
        channels,
        said: [0; CUSTOMERS.len()],
        answered: [0; CUSTOMERS.len()],
        number: 0,
        due: Vec::new(),
    };
    inbox.background.spawn_until_stop(async move {
        if let Err(error) = street.live().await {
            tracing::error!(error = &error as &dyn std::error::Error, "the demo's customers have gone home");
        }
    });
}

struct Street {
    inbox: Inbox,
    channels: Channels,
    /// How much each customer said of its own accord, and in answer.
    said: [usize; CUSTOMERS.len()],
    answered: [usize; CUSTOMERS.len()],
    number: i64,
    due: Vec<(Instant, Act)>,
}

/// Something that will happen.
#[derive(Clone, Copy)]
enum Act {
    /// The customer answers.
    Answer(usize),
    /// The customer's phone got our message, or showed it.
    Status(usize, MessageId, &'static str),
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
        let organization_id = self.channels.telegram.organization_id;
        self.inbox.feed.attach(organization_id, Arc::new(Window(sender)), None).await?;
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for tick in 0_usize.. {
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
                Act::Answer(index) => self.answer(index).await?,
                Act::Status(index, id, status) => self.tell_status(index, id, status).await?,
            }
        }
        if tick < CUSTOMERS.len() {
            self.speak(tick).await?;
        } else if tick.is_multiple_of(PACE) {
            self.speak(rand::random_range(0..CUSTOMERS.len())).await?;
        }
        Ok(())
    }

    /// An operator wrote: there will be an answer. WhatsApp took it: there will be ticks.
    async fn notice(&mut self, news: &News) -> Result<()> {
        let organization_id = self.channels.telegram.organization_id;
        let answers = news.from_me && !news.private;
        let taken = !news.from_me && news.status == "sent";
        if !answers && !taken {
            return Ok(());
        }
        let chat = chats::find(&self.inbox.pool, organization_id, news.chat_id).await?;
        let customer = chat.and_then(|chat| {
            let channel = |customer: &Customer| self.channel(customer.line).id.0 == chat.channel_id;
            CUSTOMERS.iter().position(|customer| customer.id == chat.external_id && channel(customer))
        });
        let Some(index) = customer else { return Ok(()) };
        let now = Instant::now();
        if answers && !self.due.iter().any(|(_, act)| matches!(act, Act::Answer(other) if *other == index)) {
            self.due.push((now + THINKS, Act::Answer(index)));
        }
        if taken && CUSTOMERS[index].line == Line::Whatsapp {
            self.due.push((now + DELIVERED, Act::Status(index, news.message_id, "delivered")));
            self.due.push((now + READ, Act::Status(index, news.message_id, "read")));
        }
        Ok(())
    }

    async fn speak(&mut self, index: usize) -> Result<()> {
        let lines = CUSTOMERS[index].says;
        let text = lines[self.said[index] % lines.len()];
        self.said[index] += 1;
        self.write(index, text).await
    }

    async fn answer(&mut self, index: usize) -> Result<()> {
        let lines = CUSTOMERS[index].answers;
        let text = lines[self.answered[index] % lines.len()];
        self.answered[index] += 1;
        self.write(index, text).await
    }

    async fn write(&mut self, index: usize, text: &str) -> Result<()> {
        let Customer { line, id, name, .. } = &CUSTOMERS[index];
        let at = self.inbox.clock.now();
        self.number = at.timestamp().max(self.number + 1);
        let writes = Writes { id, name, text, number: self.number, at };
        let body = match line {
            Line::Telegram => pretend::telegram(writes),
            Line::Whatsapp => pretend::whatsapp(writes),
            Line::Program => pretend::program(writes),
        };
        self.deliver(*line, body).await
    }

    async fn tell_status(&self, index: usize, id: MessageId, status: &str) -> Result<()> {
        let Customer { line, id: to, .. } = &CUSTOMERS[index];
        let found = messages::find(&self.inbox.pool, self.channel(*line).organization_id, id).await?;
        let Some(external_id) = found.and_then(|row| row.external_id) else { return Ok(()) };
        let body = pretend::whatsapp_status(to, &external_id, status, self.inbox.clock.now());
        self.deliver(*line, body).await
    }

    async fn deliver(&self, line: Line, body: Bytes) -> Result<()> {
        let channel = Arc::clone(self.channel(line));
        let parcels = channel.network.parse(&body, self.inbox.clock.now()).map_err(Error::internal)?;
        let provider = channel.network.provider();
        let delivery = Delivery { provider, channel: Some(channel), body, parcels, poll_offset: None };
        self.inbox.receive(delivery).await.map(|_| ())
    }

    fn channel(&self, line: Line) -> &Arc<OpenChannel> {
        match line {
            Line::Telegram => &self.channels.telegram,
            Line::Whatsapp => &self.channels.whatsapp,
            Line::Program => &self.channels.program,
        }
    }
}
