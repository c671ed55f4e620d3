//! Who may enter, now: a token or API key becomes a [`Caller`] only if the database still knows its bearer.
//! What the database said is kept for [`TTL`], so a removed member, a changed role, a logged-out session or a deleted key
//! counts everywhere within 5 s.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use super::store::api_key::{self, KeyHolder};
use super::store::membership::{self, Membership};
use super::store::session::{self, SessionState};
use super::token::{Bearer, Claimed, Tokens};
use super::{Caller, Who};
use crate::clock::Clock;
use crate::error::{Error, Result, is_passing};
use crate::id::{ChatId, ContactId, OrganizationId, SessionId, UserId};
use crate::keys::Key;

/// How old an answer of the database may be.
const TTL: Duration = Duration::from_secs(3);
const CACHED_EACH: u64 = 50_000;

/// API keys begin with this.
pub const KEY_PREFIX: &str = "sk_";

/// The SHA-256 of an API key or refresh token: how they are stored and looked up.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// Proves who calls; cheap to clone.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    pool: PgPool,
    clock: Clock,
    tokens: Tokens,
    members: Cache<UserId, Arc<[Membership]>>,
    sessions: Cache<SessionId, Option<SessionState>>,
    keys: Cache<[u8; 32], Option<KeyHolder>>,
    guests: Cache<(ChatId, ContactId), Option<OrganizationId>>,
}

impl Gate {
    #[must_use]
    pub fn new(pool: PgPool, jwt: &Key, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            pool,
            tokens: Tokens::new(jwt, clock.clone()),
            clock,
            members: cache(),
            sessions: cache(),
            keys: cache(),
            guests: cache(),
        }))
    }

    /// Signs tokens.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// The time by which tokens end.
    #[must_use]
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.0.clock.now()
    }

    /// Whose a token was, good or not any more, as far as its signature proves it: for counting, never for letting in.
    #[must_use]
    pub fn signed_for(&self, token: &str) -> Option<OrganizationId> {
        self.0.tokens.organization_of(token)
    }

    /// Who sent this token: a JWT or an API key.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] whatever is wrong with it, [`Error::Unavailable`] where the database cannot be asked.
    pub async fn authenticate(&self, token: &str) -> Result<Caller> {
        if token.starts_with(KEY_PREFIX) {
            return self.key(hash(token)).await;
        }
        let claimed = self.0.tokens.read(token)?;
        let caller = match claimed.bearer {
            Bearer::User { id, session_id } => self.member(&claimed, id, session_id).await?,
            Bearer::Guest { contact_id, chat_id } => self.guest(&claimed, contact_id, chat_id).await?,
        };
        caller.ok_or(Error::Unauthorized)
    }

    async fn member(&self, claimed: &Claimed, id: UserId, session_id: Option<SessionId>) -> Result<Option<Caller>> {
        let session_id = match session_id {
            None => None,
            Some(session_id) => match self.session(session_id).await? {
                Some(session) if session.revoked || session.user_id != id => return Ok(None),
                Some(_) => Some(session_id),
                // `sid` is a registered claim, and another backend's sessions are not ours
                None => None,
            },
        };
        let load = async { Ok(membership::find_active(&self.0.pool, &[id.0]).await?.into()) };
        let memberships = self.0.members.try_get_with(id, load).await.map_err(shared)?;
        let membership = match claimed.organization_id {
            Some(claimed) => memberships.iter().find(|membership| membership.organization_id == claimed),
            None => memberships.first().filter(|_| memberships.len() == 1),
        };
        Ok(membership.map(|membership| caller_of(membership, session_id, Some(claimed.expires_at))))
    }

    async fn session(&self, id: SessionId) -> Result<Option<SessionState>> {
        let load = async { Ok(session::find_states(&self.0.pool, &[id.0]).await?.pop()) };
        self.0.sessions.try_get_with(id, load).await.map_err(shared)
    }

    async fn guest(&self, claimed: &Claimed, contact_id: ContactId, chat_id: ChatId) -> Result<Option<Caller>> {
        let load = async {
            let found = membership::find_guests(&self.0.pool, &[chat_id.0], &[contact_id.0]).await?;
            Ok(found.first().map(|guest| guest.organization_id))
        };
        let organization_id = self.0.guests.try_get_with((chat_id, contact_id), load).await.map_err(shared)?;
        Ok(organization_id.filter(|own| claimed.organization_id.is_none_or(|claimed| claimed == *own)).map(
            |organization_id| Caller {
                organization_id,
                who: Who::Guest { contact_id, chat_id },
                expires_at: Some(claimed.expires_at),
            },
        ))
    }

    async fn key(&self, hash: [u8; 32]) -> Result<Caller> {
        let load = async { api_key::find_and_touch(&self.0.pool, &hash).await };
        let holder = self.0.keys.try_get_with(hash, load).await.map_err(shared)?;
        holder.map(|holder| key_caller(&holder)).ok_or(Error::Unauthorized)
    }

    /// What became of callers that were proven before, with their roles of now; `None` for who has to go: expired, removed,
    /// logged out, deleted. It asks the database itself, once for all: for those who hold many connections open.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database cannot be asked; then nothing is known.
    pub async fn recheck(&self, callers: &[Caller]) -> Result<Vec<Option<Caller>>> {
        let (mut users, mut sessions, mut keys, mut chats, mut contacts) = (vec![], vec![], vec![], vec![], vec![]);
        for caller in callers {
            match &caller.who {
                Who::User { id, session_id, .. } => {
                    users.push(id.0);
                    sessions.extend(session_id.map(|id| id.0));
                }
                Who::ApiKey { id, .. } => keys.push(id.0),
                Who::Guest { contact_id, chat_id } => {
                    chats.push(chat_id.0);
                    contacts.push(contact_id.0);
                }
            }
        }
        let mut connection = self.0.pool.acquire().await?;
        let members = membership::find_active(&mut *connection, &users).await?;
        let sessions = session::find_states(&mut *connection, &sessions).await?;
        let keys = api_key::find_holders(&mut *connection, &keys).await?;
        let guests = membership::find_guests(&mut *connection, &chats, &contacts).await?;
        // thousands may be asked about at once
        let members: HashMap<_, _> =
            members.iter().map(|member| ((member.user_id, member.organization_id), member)).collect();
        let revoked: HashSet<_> = sessions.iter().filter(|state| state.revoked).map(|state| state.id).collect();
        let keys: HashMap<_, _> = keys.iter().map(|holder| (holder.id, holder)).collect();
        let guests: HashSet<_> = guests.iter().map(|guest| (guest.chat_id, guest.contact_id)).collect();
        let now = self.0.clock.now();
        let standing = |caller: &Caller| match &caller.who {
            _ if caller.expires_at.is_some_and(|expires_at| expires_at <= now) => None,
            Who::User { session_id: Some(id), .. } if revoked.contains(id) => None,
            Who::User { id, session_id, .. } => {
                let member = members.get(&(*id, caller.organization_id))?;
                Some(caller_of(member, *session_id, caller.expires_at))
            }
            Who::ApiKey { id, .. } => keys.get(id).copied().map(key_caller),
            Who::Guest { contact_id, chat_id } => guests.contains(&(*chat_id, *contact_id)).then(|| caller.clone()),
        };
        Ok(callers.iter().map(standing).collect())
    }

    /// Forgets on this node what is kept of a member, so that a change counts here at once.
    pub async fn forget_user(&self, id: UserId) {
        self.0.members.invalidate(&id).await;
    }

    /// As [`Gate::forget_user`], for a session.
    pub async fn forget_session(&self, id: SessionId) {
        self.0.sessions.invalidate(&id).await;
    }

    /// As [`Gate::forget_user`], for API keys.
    pub fn forget_keys(&self) {
        self.0.keys.invalidate_all();
    }
}

fn caller_of(
    member: &Membership,
    session_id: Option<SessionId>,
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
) -> Caller {
    let &Membership { user_id: id, organization_id, role, server_admin } = member;
    Caller { organization_id, who: Who::User { id, role, session_id, server_admin }, expires_at }
}

fn key_caller(&KeyHolder { id, organization_id, role }: &KeyHolder) -> Caller {
    Caller { organization_id, who: Who::ApiKey { id, role }, expires_at: None }
}

fn cache<K: std::hash::Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>() -> Cache<K, V> {
    Cache::builder().max_capacity(CACHED_EACH).time_to_live(TTL).build()
}

/// One failed question is the answer to all who waited for it.
fn shared(error: Arc<sqlx::Error>) -> Error {
    if is_passing(&error) { Error::Unavailable(error.into()) } else { Error::internal(error) }
}
