//! Calls to another product's API: its key, its name of the session, and what its answers mean for the queue.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contract::{
    Account, Change, LocateError, MediaLocation, MediaSource, OpenError, Opened, Outgoing, OutgoingAttachment,
    OutgoingChange, Scope, SendError, Sent, Thread,
};
use reqwest::Method;
use serde_json::Value;

use super::{Flavour, evolution_api, waha_api};
use crate::WhatsappBridge;
use crate::change::segment;
use crate::send::{LARGEST_INSIDE, ask, refused};
use crate::session::unreachable;

const TIMEOUT: Duration = Duration::from_secs(25);

/// A channel's session at another product.
pub(crate) struct Product<'a> {
    pub(super) bridge: &'a WhatsappBridge,
    pub(super) account: &'a Account,
    flavour: Flavour,
}

impl<'a> Product<'a> {
    /// `None` where the channel speaks the bridge's own protocol.
    pub(crate) fn of(bridge: &'a WhatsappBridge, account: &'a Account) -> Option<Self> {
        let flavour = Flavour::of(account);
        (flavour != Flavour::Switchboard).then_some(Self { bridge, account, flavour })
    }

    /// What the product calls the session: named in the credentials, else after the channel.
    pub(super) fn session(&self) -> String {
        let named = ["instance", "session"].iter().find_map(|field| self.account.credential(field));
        named.map_or_else(|| self.account.channel_id.to_string(), str::to_owned)
    }

    pub(super) fn session_segment(&self) -> String {
        segment(&self.session())
    }

    fn key_header(&self) -> (&'static str, &str) {
        let name = if self.flavour == Flavour::Evolution { "apikey" } else { "x-api-key" };
        (name, self.account.credential("key").unwrap_or_default())
    }

    pub(super) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let (name, key) = self.key_header();
        self.bridge.http.request(method, format!("{}{path}", self.bridge.base)).header(name, key)
    }

    /// The answer's JSON; null where it is none.
    pub(super) async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, SendError> {
        let answer = ask(self.bridge, self.request(method, path).json(body), TIMEOUT).await?;
        match answer.status {
            200..=299 => Ok(serde_json::from_str(&answer.text).unwrap_or_default()),
            // WAHA's word for a session that does not work at the moment
            422 if self.flavour == Flavour::Waha => {
                let (code, message) = answer.refusal();
                Err(SendError::Retry { code, message, after: None, scope: Scope::Channel })
            }
            403 => {
                let (code, message) = answer.refusal();
                Err(SendError::AccountRefused { code, message })
            }
            _ => Err(refused(&answer)),
        }
    }

    pub(super) async fn asked(&self, method: Method, path: &str) -> Result<Value, OpenError> {
        let host = &self.bridge.host;
        let Ok(answer) = ask(self.bridge, self.request(method, path), TIMEOUT).await else {
            return Err(unreachable(host));
        };
        match answer.status {
            200..=299 => Ok(serde_json::from_str(&answer.text).unwrap_or_default()),
            401 | 403 => Err(OpenError::Refused { message: format!("{host} refuses the key of this channel") }),
            404 => Err(OpenError::Refused { message: format!("{host} has no session named {:?}", self.session()) }),
            status => Err(OpenError::Unreachable { message: format!("{host} answers {status}") }),
        }
    }

    pub(crate) async fn open(&self) -> Result<Opened, OpenError> {
        match self.flavour {
            Flavour::Waha => waha_api::open(self).await,
            _ => evolution_api::open(self).await,
        }
    }

    /// These products know no key by which a repeat is the same message, so that what may have gone out is not repeated.
    pub(crate) async fn send(&self, outgoing: &Outgoing) -> Result<Sent, SendError> {
        let first = self.send_one(outgoing, outgoing.attachments.first()).await.map_err(once)?;
        for attachment in outgoing.attachments.iter().skip(1) {
            let bare = Outgoing { kind: attachment.kind, content: String::new(), reply_to: None, ..outgoing.clone() };
            self.send_one(&bare, Some(attachment)).await.map_err(|error| SendError::Refused {
                code: "PARTLY_SENT".into(),
                message: format!("some of the files went out, others did not: {error}"),
            })?;
        }
        Ok(Sent { external_id: first, chat_external_id: None, parts: Vec::new() })
    }

    async fn send_one(&self, outgoing: &Outgoing, file: Option<&OutgoingAttachment>) -> Result<String, SendError> {
        let bytes = match file {
            Some(file) => Some((file, File::of(file).await?)),
            None => None,
        };
        let bytes = bytes.as_ref().map(|(file, bytes)| (*file, bytes));
        match self.flavour {
            Flavour::Waha => waha_api::send(self, outgoing, bytes).await,
            _ => evolution_api::send(self, outgoing, bytes).await,
        }
    }

    pub(crate) async fn change(&self, change: &OutgoingChange) -> Result<(), SendError> {
        match (self.flavour, &change.change) {
            (Flavour::Waha, change_to) => waha_api::change(self, change, change_to).await,
            (_, Change::Edit { content }) => evolution_api::edit(self, change, content).await,
            (_, Change::Delete) => evolution_api::delete(self, change).await,
            (_, Change::React { emoji }) => evolution_api::react(self, change, emoji.as_deref()).await,
        }
    }

    pub(crate) async fn mark_read(&self, thread: &Thread) {
        let done = match self.flavour {
            Flavour::Waha => waha_api::mark_read(self, thread).await,
            _ => evolution_api::mark_read(self, thread).await,
        };
        self.note("mark as read", done);
    }

    pub(crate) async fn typing(&self, thread: &Thread, is_typing: bool) {
        let done = match self.flavour {
            Flavour::Waha => waha_api::typing(self, thread, is_typing).await,
            _ => evolution_api::typing(self, thread, is_typing).await,
        };
        self.note("show typing", done);
    }

    fn note(&self, what: &str, done: Result<(), SendError>) {
        if let Err(error) = done {
            tracing::info!(channel_id = %self.account.channel_id, "{} could not {what}: {error}", self.bridge.host);
        }
    }

    pub(crate) fn locate(&self, source: &MediaSource) -> Result<MediaLocation, LocateError> {
        let (name, key) = self.key_header();
        crate::media::locate(&self.bridge.base, name, key, source)
    }
}

fn once(error: SendError) -> SendError {
    match error {
        SendError::Unknown { message } => SendError::Refused { code: "OUTCOME_UNKNOWN".into(), message },
        other => other,
    }
}

/// A file on its way: inside the request where it is small, else where it can be loaded.
pub(super) enum File {
    Base64(String),
    Url(String),
}

impl File {
    async fn of(attachment: &OutgoingAttachment) -> Result<Self, SendError> {
        match &attachment.url {
            Some(url) if attachment.file.size_bytes > LARGEST_INSIDE => Ok(Self::Url(url.clone())),
            _ => {
                let unreadable = |error: std::io::Error| SendError::Refused {
                    code: "FILE_UNREADABLE".into(),
                    message: error.to_string(),
                };
                Ok(Self::Base64(STANDARD.encode(attachment.file.bytes(LARGEST_INSIDE).await.map_err(unreadable)?)))
            }
        }
    }
}

/// The id that an answer gives, in the forms that products know.
pub(super) fn sent_id(answer: &Value) -> Result<&str, SendError> {
    ["/key/id", "/id/_serialized", "/id/id", "/id", "/_data/id/_serialized"]
        .iter()
        .find_map(|path| answer.pointer(path)?.as_str().filter(|id| !id.is_empty()))
        .ok_or_else(|| SendError::Unknown { message: "the answer names no message".into() })
}
