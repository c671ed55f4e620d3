//! What the demo finds or makes at its start: an organization, its operator, its channels. Running it again changes nothing.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::app::{Ground, StartError};
use crate::channel::{OpenChannel, store as channels};
use crate::error::{Error, Result};
use crate::inbox::Inbox;
use crate::inbox::channels::NewChannel;
use crate::networks::pretend::{PHONE_NUMBER_ID, TELEGRAM_TOKEN};
use crate::operator::create::create_admin;
use crate::operator::{Caller, MemberChange, ProfileChange, Role, Who};

const EMAIL: &str = "demo@switchboard.example";

/// How to sign in, and as whom the demo itself acts.
pub(super) struct Login {
    pub(super) email: &'static str,
    pub(super) password: String,
    pub(super) caller: Caller,
}

/// Where customers write.
pub(super) struct Channels {
    pub(super) telegram: Arc<OpenChannel>,
    pub(super) whatsapp: Arc<OpenChannel>,
    pub(super) program: Arc<OpenChannel>,
    pub(super) webchat: Arc<OpenChannel>,
}

/// The operator. The password is made of the installation's own key: random, and the same the next time.
pub(super) async fn people(ground: &Ground) -> std::result::Result<Login, StartError> {
    let secret = ground.keys.secrets.derive("demo password");
    let password = URL_SAFE_NO_PAD.encode(&secret[..12]);
    let pool = &ground.database.pool;
    let named = ("Demo".to_owned(), EMAIL.to_owned());
    let created = create_admin(pool, &ground.clock, named.0, named.1, password.clone(), true)
        .await
        .map_err(crate::cli::create_admin::described)?;
    let others = channels::list_all(pool).await?;
    if others.iter().any(|channel| channel.organization_id != created.organization_id.0) {
        return Err("this database has channels of its own, and the demo only plays their networks: give it another \
                    DATA_DIR or DATABASE_URL"
            .into());
    }
    let who = Who::User { id: created.user_id, role: Role::Admin, session_id: None, server_admin: true };
    let caller = Caller { organization_id: created.organization_id, who, expires_at: None };
    Ok(Login { email: EMAIL, password, caller })
}

/// The channels: those of an earlier run, or new ones.
pub(super) async fn channels(inbox: &Inbox, caller: &Caller) -> Result<Channels> {
    let known = channels::list(&inbox.pool, caller.organization_id, None, 200).await?;
    if let (true, Some(id)) = (known.is_empty(), caller.user_id()) {
        let profile = ProfileChange { name: Some("Demo operator".to_owned()), ..ProfileChange::default() };
        let change = MemberChange { profile, ..MemberChange::default() };
        inbox.change_member(caller.organization_id, id, Some(id), change).await?;
    }
    let channel = async |name: &str, provider: &str, credentials: Value| {
        let found = known.iter().find(|row| row.name == name && row.provider == provider);
        let id = match found {
            Some(row) => crate::id::ChannelId(row.id),
            None => {
                let (name, provider) = (name.to_owned(), provider.to_owned());
                inbox.create_channel(caller, NewChannel { name, provider, credentials, mode: None }).await?.id
            }
        };
        inbox.channel(id).await?.ok_or(Error::NotFound("channel"))
    };
    let number = json!({"phoneNumberId": PHONE_NUMBER_ID, "accessToken": "switchboard-demo"});
    Ok(Channels {
        telegram: channel("Telegram bot", "telegram", json!({"token": TELEGRAM_TOKEN})).await?,
        whatsapp: channel("WhatsApp", "waba", number).await?,
        program: channel("Mobile app", "api", json!({})).await?,
        webchat: channel("Website", "webchat", json!({})).await?,
    })
}
