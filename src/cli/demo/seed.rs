//! What the demo finds or makes at its start: an organization, its people, its channels. Running it again changes nothing.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract::ChannelStatus;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::script::Who as Person;
use crate::app::{Ground, StartError};
use crate::channel::{OpenChannel, store as channels};
use crate::cli::create_admin::described;
use crate::error::{Error, Result};
use crate::id::{ChannelId, OrganizationId, UserId};
use crate::inbox::Inbox;
use crate::inbox::channels::NewChannel;
use crate::networks::pretend::{PHONE_NUMBER_ID, TELEGRAM_TOKEN, WABA_ID};
use crate::operator::create::{NewMember, create_admin, create_member};
use crate::operator::password::Passwords;
use crate::operator::store::user;
use crate::operator::{Caller, MemberChange, ProfileChange, Role, Who};
use crate::presence::Connection;

const EMAIL: &str = "demo@switchboard.example";
/// E-mail, name, username and role of each colleague.
const ANNA: [&str; 3] = ["anna@switchboard.example", "Anna Petrova", "anna"];
const MARK: [&str; 3] = ["mark@switchboard.example", "Mark Jensen", "mark"];
/// A network that is played here connects at once; what it has not done by then may be done later.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(5);

/// How to sign in.
pub(super) struct Login {
    pub(super) email: &'static str,
    pub(super) colleagues: [&'static str; 2],
    /// Of all three.
    pub(super) password: String,
}

/// As whom the demo itself acts.
pub(super) struct People {
    pub(super) you: Caller,
    anna: Caller,
    mark: Caller,
}

impl People {
    pub(super) const fn caller(&self, who: Person) -> &Caller {
        match who {
            Person::You => &self.you,
            Person::Anna => &self.anna,
            Person::Mark => &self.mark,
        }
    }

    /// The colleagues are online until the process stops.
    pub(super) async fn go_to_work(&self, inbox: &Inbox) -> Result<()> {
        for colleague in [&self.anna, &self.mark] {
            let Some(user_id) = colleague.user_id() else { continue };
            let connection = Connection { id: Uuid::now_v7(), organization_id: colleague.organization_id, user_id };
            inbox.presence.enter(&connection).await?;
        }
        Ok(())
    }
}

/// Where customers write.
#[derive(Clone)]
pub(super) struct Channels {
    pub(super) telegram: Arc<OpenChannel>,
    pub(super) whatsapp: Arc<OpenChannel>,
    pub(super) phone: Arc<OpenChannel>,
    pub(super) website: Arc<OpenChannel>,
    pub(super) program: Arc<OpenChannel>,
}

/// The operator and two colleagues. The password is made of the installation's own key: random, and the same the next time.
pub(super) async fn people(ground: &Ground) -> std::result::Result<(Login, People), StartError> {
    let secret = ground.keys.secrets.derive("demo password");
    let password = URL_SAFE_NO_PAD.encode(&secret[..12]);
    let pool = &ground.database.pool;
    let named = ("Demo".to_owned(), EMAIL.to_owned());
    let created =
        create_admin(pool, &ground.clock, named.0, named.1, password.clone(), true).await.map_err(described)?;
    let others = channels::list_all(pool).await?;
    if others.iter().any(|channel| channel.organization_id != created.organization_id.0) {
        return Err("this database has channels of its own, and the demo only plays their networks: give it another \
                    DATA_DIR or DATABASE_URL"
            .into());
    }
    let organization_id = created.organization_id;
    let caller = |id, role| Caller {
        organization_id,
        who: Who::User { id, role, session_id: None, server_admin: role == Role::Admin },
        expires_at: None,
    };
    let anna = colleague(ground, organization_id, ANNA, Role::Moderator, &password).await.map_err(described)?;
    let mark = colleague(ground, organization_id, MARK, Role::User, &password).await.map_err(described)?;
    let people = People {
        you: caller(created.user_id, Role::Admin),
        anna: caller(anna, Role::Moderator),
        mark: caller(mark, Role::User),
    };
    Ok((Login { email: EMAIL, colleagues: [ANNA[0], MARK[0]], password }, people))
}

async fn colleague(
    ground: &Ground,
    organization_id: OrganizationId,
    [email, name, username]: [&str; 3],
    role: Role,
    password: &str,
) -> Result<UserId> {
    let pool = &ground.database.pool;
    if let Some(known) = user::find_account(pool, email).await? {
        return Ok(known.id);
    }
    let new = NewMember {
        email: email.to_owned(),
        password: password.to_owned(),
        name: name.to_owned(),
        role,
        username: Some(username.to_owned()),
    };
    Ok(create_member(pool, &Passwords::default(), &ground.clock, organization_id, new).await?.id)
}

/// The channels: those of an earlier run, or new ones.
pub(super) async fn channels(inbox: &Inbox, caller: &Caller) -> Result<Channels> {
    let known = channels::list(&inbox.pool, caller.organization_id, None, 200).await?;
    if let (true, Some(id)) = (known.is_empty(), caller.user_id()) {
        let (name, username) = (Some("Demo operator".to_owned()), Some("demo".to_owned()));
        let change = MemberChange {
            profile: ProfileChange { name, username, ..ProfileChange::default() },
            ..MemberChange::default()
        };
        inbox.change_member(caller.organization_id, id, Some(id), change).await?;
    }
    let channel = async |name: &str, provider: &str, credentials: Value| {
        let found = known.iter().find(|row| row.name == name && row.provider == provider);
        let id = match found {
            Some(row) => ChannelId(row.id),
            None => {
                let (name, provider) = (name.to_owned(), provider.to_owned());
                inbox.create_channel(caller, NewChannel { name, provider, credentials, mode: None }).await?.id
            }
        };
        inbox.channel(id).await?.ok_or(Error::NotFound("channel"))
    };
    let number = json!({"phoneNumberId": PHONE_NUMBER_ID, "wabaId": WABA_ID, "accessToken": "switchboard-demo"});
    let channels = Channels {
        telegram: channel("Telegram bot", "telegram", json!({"token": TELEGRAM_TOKEN})).await?,
        whatsapp: channel("WhatsApp", "waba", number).await?,
        phone: channel("WhatsApp phone", "bridge", json!({})).await?,
        website: channel("Website", "webchat", json!({})).await?,
        program: channel("Mobile app", "api", json!({})).await?,
    };
    connected(inbox, &channels.phone).await?;
    inbox.sync_templates(caller, channels.whatsapp.id).await?;
    Ok(channels)
}

/// Waits until a channel can send.
async fn connected(inbox: &Inbox, channel: &OpenChannel) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let row = channels::find(&inbox.pool, channel.id).await?;
        if row.is_some_and(|row| row.status == ChannelStatus::Connected.as_str()) {
            break;
        }
        sleep(LOOK).await;
    }
    Ok(())
}
