//! Hears what other backends publish and relays it to those connections here that may see it. Nothing of it is stored.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Msg, RedisError, RedisResult};
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use uuid::Uuid;

use super::body::{self, Publication};
use super::topic::{Channel, READS};
use super::{Dropped, PATIENCE, Relay, Topic};
use crate::error::Result;
use crate::gateway::Door;
use crate::gateway::connection::Connection;
use crate::gateway::crowd::Recipients;
use crate::gateway::words::{self, Audience};
use crate::id::{ChatId, ContactId, MessageId, OrganizationId, UserId};
use crate::inbox::live::Typist;

/// Channels that are joined or left with one command.
const AT_ONCE: usize = 500;
/// Before a connection that broke is made again.
const RETRY: Duration = Duration::from_millis(500);
/// How often Redis is asked whether it is there.
const PULSE: Duration = Duration::from_secs(15);

/// What cannot be relayed before the store was asked whose it is.
pub enum Question {
    OfManager { user_id: UserId, chat_id: ChatId, publication: Publication },
    Read { reader: Uuid, ids: Vec<MessageId> },
}

impl Door {
    /// Hears Redis, again and again. Runs until it is dropped.
    pub async fn hear_redis(&self, relay: &Relay, questions: &Sender<Question>) {
        let mut away = false;
        loop {
            match connect(relay).await {
                Ok((sink, stream)) => {
                    if std::mem::take(&mut away) {
                        tracing::info!("the gateway's channels are heard again");
                    }
                    let ended = self.session(relay, sink, stream, questions).await;
                    Dropped::Disconnected.count(1);
                    tracing::warn!(error = ?ended.err(), "the gateway lost its connection to Redis");
                }
                Err(error) if !away => {
                    away = true;
                    tracing::warn!(%error, "the gateway cannot reach Redis: other backends are not heard");
                }
                Err(_) => {}
            }
            relay.wanted.set_joined(None);
            sleep(RETRY).await;
        }
    }

    async fn session(
        &self,
        relay: &Relay,
        mut sink: PubSubSink,
        mut stream: PubSubStream,
        questions: &Sender<Question>,
    ) -> RedisResult<()> {
        let mut pulse = interval(PULSE);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        join(relay, &mut sink, true).await?;
        loop {
            tokio::select! {
                message = stream.next() => match message {
                    Some(message) => self.take(relay, &message, questions),
                    None => return Ok(()),
                },
                () = relay.wanted.changed() => join(relay, &mut sink, false).await?,
                _ = pulse.tick() => soon(sink.ping::<redis::Value>()).await.map(drop)?,
            }
        }
    }

    fn take(&self, relay: &Relay, message: &Msg, questions: &Sender<Question>) {
        // only names that we gave are heard, or that the pattern of reads fits
        let Some(channel) = Channel::parse(message.get_channel_name()) else {
            return Dropped::Malformed.count(1);
        };
        let (body, origin) = (message.get_payload_bytes(), &*relay.origin);
        let done = match channel {
            Channel::Thread(id) => {
                body::envelope(body, origin).and_then(|publication| self.relay_thread(relay, id, &publication))
            }
            Channel::Typing(id) => {
                body::typing(body, origin).and_then(|publication| self.relay_thread(relay, id, &publication))
            }
            Channel::Client(id) => {
                body::envelope(body, origin).and_then(|publication| self.relay_client(relay, id, &publication))
            }
            Channel::Manager(user_id) => body::envelope(body, origin).and_then(|publication| {
                let chat_id = publication.thread_id.ok_or(Dropped::Malformed)?;
                let question = Question::OfManager { user_id, chat_id, publication };
                questions.try_send(question).map_err(|_| Dropped::Overflow)
            }),
            Channel::Read(reader) => body::read(body, origin)
                .and_then(|ids| questions.try_send(Question::Read { reader, ids }).map_err(|_| Dropped::Overflow)),
        };
        if let Err(dropped) = done {
            dropped.count(1);
        }
    }

    fn relay_thread(&self, relay: &Relay, chat_id: ChatId, publication: &Publication) -> Result<(), Dropped> {
        if publication.thread_id.is_some_and(|named| named != chat_id) {
            return Err(Dropped::Foreign);
        }
        for organization_id in relay.wanted.organizations(Topic::Thread(chat_id)) {
            self.tell(organization_id, Recipients::Thread, chat_id, publication);
        }
        Ok(())
    }

    /// Visitors have one chat each, so that it need not be named.
    fn relay_client(&self, relay: &Relay, id: ContactId, publication: &Publication) -> Result<(), Dropped> {
        let mut told = 0;
        for organization_id in relay.wanted.organizations(Topic::Client(id)) {
            let Some(crowd) = self.registry.crowd(organization_id) else { continue };
            for chat_id in crowd.chats_of(id) {
                if publication.thread_id.is_none_or(|named| named == chat_id) {
                    told += 1;
                    self.tell(organization_id, Recipients::Client(id), chat_id, publication);
                }
            }
        }
        if told == 0 { Err(Dropped::Foreign) } else { Ok(()) }
    }

    fn tell(
        &self,
        organization_id: OrganizationId,
        recipients: Recipients,
        chat_id: ChatId,
        publication: &Publication,
    ) -> u64 {
        let Some(crowd) = self.registry.crowd(organization_id) else { return 0 };
        let audience = if publication.is_private() { Audience::Operators } else { Audience::Everyone };
        let text = words::say(publication.kind, chat_id, &publication.payload);
        let typist = publication.typist();
        let told = crowd.relay(recipients, chat_id, audience, &text, |connection| {
            typist.is_some_and(|typist| id_of(connection).is_some_and(|id| id.to_string() == typist))
        });
        self.count_emitted(organization_id, publication.kind, told);
        told
    }

    /// Relays what the store had to be asked of. Runs until it is dropped.
    pub async fn look_up(&self, mut questions: Receiver<Question>) {
        let Some(relay) = self.relay.clone() else { return };
        while let Some(question) = questions.recv().await {
            let answered = match question {
                Question::OfManager { user_id, chat_id, publication } => {
                    self.relay_manager(&relay, user_id, chat_id, &publication).await
                }
                Question::Read { reader, ids } => self.relay_read(&relay, reader, &ids).await,
            };
            match answered {
                Ok(Ok(())) => {}
                Ok(Err(dropped)) => dropped.count(1),
                Err(error) => {
                    Dropped::Overflow.count(1);
                    tracing::warn!(error = &error as &dyn std::error::Error, "a publication cannot be looked up");
                }
            }
        }
    }

    async fn relay_manager(
        &self,
        relay: &Relay,
        user_id: UserId,
        chat_id: ChatId,
        publication: &Publication,
    ) -> Result<Result<(), Dropped>> {
        let owner = self.inbox.customer(chat_id).await?.map(|customer| customer.organization_id);
        let wanted = relay.wanted.organizations(Topic::Manager(user_id));
        let Some(owner) = owner.filter(|owner| wanted.contains(owner)) else { return Ok(Err(Dropped::Foreign)) };
        self.tell(owner, Recipients::Manager(user_id), chat_id, publication);
        Ok(Ok(()))
    }

    /// A reader is a member of the chat's organization or the chat's contact; ids of private notes are for nobody.
    async fn relay_read(&self, relay: &Relay, reader: Uuid, ids: &[MessageId]) -> Result<Result<(), Dropped>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = crate::message::store::list_by_ids(&self.inbox.pool, &ids).await?;
        let mut by_chat: HashMap<ChatId, (OrganizationId, Vec<MessageId>)> = HashMap::new();
        for row in rows.iter().filter(|row| !row.private) {
            let of_chat = by_chat.entry(ChatId(row.chat_id));
            of_chat.or_insert((OrganizationId(row.organization_id), Vec::new())).1.push(MessageId(row.id));
        }
        let customers = self.inbox.customers(by_chat.keys().copied()).await?;
        let memberships = crate::operator::store::membership::find_active(&self.inbox.pool, &[reader]).await?;
        let mut known = false;
        for (chat_id, (organization_id, message_ids)) in by_chat {
            let is_contact = customers.get(&chat_id).is_some_and(|customer| customer.contact_id.0 == reader);
            let is_member = memberships.iter().any(|member| member.organization_id == organization_id);
            if !is_contact && !is_member {
                continue;
            }
            known = true;
            if relay.wanted.organizations(Topic::Thread(chat_id)).is_empty() {
                continue;
            }
            let Some(crowd) = self.registry.crowd(organization_id) else { continue };
            let from = if is_contact { words::CLIENT } else { words::MANAGER };
            let read = words::Read { message_ids: message_ids.into(), user_id: Some(reader), from };
            let text = words::say("read", chat_id, &read);
            let told = crowd.relay(Recipients::Thread, chat_id, Audience::Everyone, &text, |_| false);
            self.count_emitted(organization_id, "read", told);
        }
        Ok(if known { Ok(()) } else { Err(Dropped::Foreign) })
    }
}

fn id_of(connection: &Connection) -> Option<Uuid> {
    connection.typist().map(|typist| match typist {
        Typist::User(id) => id.0,
        Typist::Contact(id) => id.0,
    })
}

async fn connect(relay: &Relay) -> RedisResult<(PubSubSink, PubSubStream)> {
    let (mut sink, stream) = soon(relay.redis.client().get_async_pubsub()).await?.split();
    soon(sink.psubscribe(READS)).await?;
    Ok((sink, stream))
}

/// Joins and leaves channels as topics came and went; `anew` on a new connection.
async fn join(relay: &Relay, sink: &mut PubSubSink, anew: bool) -> RedisResult<()> {
    let changes = relay.wanted.take(anew);
    let names = |topics: &[Topic]| topics.iter().flat_map(|topic| topic.channels()).collect::<Vec<_>>();
    for names in names(&changes.came).chunks(AT_ONCE) {
        soon(sink.subscribe(names)).await?;
    }
    for names in names(&changes.went).chunks(AT_ONCE) {
        soon(sink.unsubscribe(names)).await?;
    }
    relay.wanted.set_joined(Some(changes.up_to));
    Ok(())
}

async fn soon<T>(asked: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let late = || RedisError::from((redis::ErrorKind::Io, "Redis does not answer"));
    timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(late()))
}
