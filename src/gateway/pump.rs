//! Carries facts and what passes to connections: one task per organization that somebody is connected to, and one for what
//! passes in any of them.

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;

use super::Door;
use super::crowd::Crowd;
use super::words::{self, Fact};
use crate::error::Result;
use crate::event::Journalled;
use crate::id::{ChatId, OrganizationId};
use crate::inbox::live::{Typist, What};

/// Events passed on before other tasks get their turn.
const BURST: usize = 16;

impl Door {
    /// Begins to tell a crowd what happens in its organization, once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn follow(self: &Arc<Self>, crowd: &Arc<Crowd>) -> Result<()> {
        let begin = async {
            let mut tail = self.inbox.feed.tail(crowd.organization_id).await?;
            let (door, crowd) = (Arc::clone(self), Arc::clone(crowd));
            self.inbox.background.spawn_until_stop(async move {
                let mut passed = 0_usize;
                loop {
                    let event = tokio::select! {
                        event = tail.next() => event,
                        () = crowd.abandoned.cancelled() => return,
                    };
                    door.pass(&crowd, &event).await;
                    passed += 1;
                    if passed.is_multiple_of(BURST) {
                        tokio::task::yield_now().await;
                    }
                }
            });
            Ok(())
        };
        crowd.following.get_or_try_init(|| begin).await.copied()
    }

    async fn pass(&self, crowd: &Crowd, event: &Journalled) {
        if !crowd.wants(event) {
            return;
        }
        let Some(fact) = Fact::of(event) else { return };
        let contact_id = if fact.names_contact() { self.contact_of(fact.chat_id).await } else { None };
        let told = crowd.pass(&fact, contact_id, &self.inbox.cursors);
        if matches!(fact.what, words::What::Gone) {
            self.inbox.presence.close(fact.chat_id);
        }
        if told.connections > 0 {
            self.inbox.counts.delivered(crowd.organization_id, event.age(self.inbox.clock.now()));
            self.count_emitted(crowd.organization_id, fact.kind(), told.connections);
        }
        if told.visitors > 0
            && let words::What::Message { message, updated: false } = &fact.what
            && message.from_me
        {
            self.taken(fact.chat_id, message.id);
        }
    }

    /// The visitor has what an operator wrote: it is delivered. Nobody waits for that to be written down.
    fn taken(&self, chat_id: ChatId, message_id: crate::id::MessageId) {
        let inbox = self.inbox.clone();
        self.inbox.background.spawn(async move {
            if let Err(error) = inbox.take_as_guest(chat_id, &[message_id]).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "a delivery to a visitor was not written");
            }
        });
    }

    /// The contact of a chat; nobody where the store cannot be asked.
    pub async fn contact_of(&self, chat_id: ChatId) -> Option<crate::id::ContactId> {
        match self.inbox.customer(chat_id).await {
            Ok(customer) => customer.map(|customer| customer.contact_id),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the contact of a chat cannot be looked up");
                None
            }
        }
    }

    /// Passes on what is no fact. Runs until it is dropped.
    pub async fn carry_live(&self) {
        let mut live = self.inbox.live.listen();
        loop {
            let passing = match live.recv().await {
                Ok(passing) => passing,
                // it may be lost
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            let What::Typing { chat_id, typist, name, is_typing } = &passing.what else { continue };
            let Some(crowd) = self.registry.crowd(passing.organization_id) else { continue };
            let user_id = match typist {
                Typist::User(id) => id.0,
                Typist::Contact(id) => id.0,
            };
            let payload = words::Typing {
                user_id,
                is_typing: *is_typing,
                name: Some(name.as_str()).filter(|name| !name.is_empty()),
            };
            let text = words::say("typing", *chat_id, &payload);
            let many = crowd.whisper(*chat_id, *typist, &text);
            self.count_emitted(crowd.organization_id, "typing", many);
        }
    }

    /// Counts how many were told something of this kind.
    pub fn count_emitted(&self, organization_id: OrganizationId, kind: &str, many: u64) {
        self.inbox.counts.emitted(organization_id, words::label(kind), many);
    }
}
