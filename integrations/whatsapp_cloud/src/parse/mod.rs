//! A delivered body as parcels, in the order of the body. Pure and bounded: every item stands alone, and one that is not
//! understood comes out as such, in its place, with a body of its own that can be read again after an upgrade.

mod account;
mod cards;
mod change;
mod content;
mod envelope;
mod fault;
mod interactive;
mod message;
mod notes;
mod people;
mod raw;
mod status;
mod templates;

use chrono::{DateTime, Utc};
use contract::json::{Prepared, prepare};
use contract::{Incoming, Parcel, Rejection, Source};
use serde_json::value::RawValue;

use envelope::{Cut, Envelope};
use raw::{Budget, Object};

pub use message::OWN_ID;

/// What an element of a list says.
pub struct Item<'a> {
    pub kind: String,
    pub what: Incoming,
    /// The profile that belongs to it.
    pub contact: Option<&'a RawValue>,
}

/// A parcel before it is known whether it was alone in its body.
struct Draft<'a> {
    account: Option<String>,
    /// In place of the account, for news of a whole WABA.
    business: Option<String>,
    kind: String,
    what: Incoming,
    cut: Cut<'a>,
}

/// What is gathered while a body is read.
struct Reader<'a> {
    drafts: Vec<Draft<'a>>,
    overflow: bool,
    budget: &'a Budget,
    now: DateTime<Utc>,
}

/// Reads a body of `{object, entry:[{id, changes:[{field, value}]}]}`, or a bare value as 360dialog sends it.
///
/// # Errors
/// [`Rejection::NotJson`].
pub fn parse(body: &[u8], now: DateTime<Utc>) -> Result<Vec<Parcel>, Rejection> {
    let text = match prepare(body)? {
        Prepared::Ready(text) => text,
        Prepared::TooDeep => return Ok(vec![whole("nested too deep")]),
    };
    let budget = Budget::new();
    let raw: &RawValue = serde_json::from_str(&text).map_err(|_| Rejection::NotJson)?;
    let mut reader = Reader { drafts: Vec::new(), overflow: false, budget: &budget, now };
    reader.body(raw);
    if reader.overflow {
        return Ok(vec![whole("more items than one delivery may hold")]);
    }
    let alone = reader.drafts.len() == 1;
    let parcel = |draft: Draft<'_>| Parcel {
        account: draft.account,
        business: draft.business,
        kind: draft.kind,
        item: draft.what,
        source: if alone { Source::Body } else { draft.cut.part() },
    };
    Ok(reader.drafts.into_iter().map(parcel).collect())
}

impl<'a> Reader<'a> {
    fn body(&mut self, raw: &'a RawValue) {
        let Some(body) = Object::read(raw) else { return self.nothing("body is not an object") };
        let envelope = Envelope { entry: true, object: body.get("object"), ..Envelope::default() };
        if body.names("entry") {
            let Some(entries) = body.list("entry") else { return self.nothing("entry is not a list") };
            for entry in entries {
                self.entry(envelope, entry);
            }
            if self.drafts.is_empty() {
                self.nothing("no entries");
            }
        } else if body.get("changes").is_some() {
            self.entry(envelope, raw);
        } else if body.get("value").is_some() {
            self.change(envelope, raw);
        } else if ["messages", "statuses", "message_echoes", "history", "errors"].iter().any(|name| body.names(name)) {
            self.value(Envelope::default(), &body, Some("messages"), Cut::Body);
        } else {
            self.nothing("neither entries nor messages");
        }
    }

    fn entry(&mut self, mut envelope: Envelope<'a>, raw: &'a RawValue) {
        let entry = Object::read(raw);
        let changes = entry.as_ref().and_then(|entry| entry.list("changes")).filter(|changes| !changes.is_empty());
        let (Some(entry), Some(changes)) = (entry, changes) else {
            return self.push(None, unknown("entry", "unreadable", "entry has no changes"), Cut::Entry(envelope, raw));
        };
        envelope.entry_id = entry.get("id");
        envelope.time = entry.get("time");
        for change in changes {
            self.change(envelope, change);
        }
    }

    fn nothing(&mut self, reason: &str) {
        self.push(None, unknown("body", "unreadable", reason), Cut::Body);
    }
}

fn whole(reason: &str) -> Parcel {
    let Item { kind, what, .. } = unknown("body", "unreadable", reason);
    Parcel { account: None, business: None, kind, item: what, source: Source::Body }
}

fn unknown<'a>(prefix: &str, name: &str, reason: &str) -> Item<'a> {
    Item { kind: label(prefix, name), what: Incoming::Unknown { reason: reason.to_owned() }, contact: None }
}

/// `prefix.name`, where the sender's name is short and plain: it ends in tables and metrics.
fn label(prefix: &str, name: &str) -> String {
    const MAX: usize = 40;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let name = if (1..=MAX).contains(&name.len()) && name.bytes().all(plain) { name } else { "other" };
    let mut label = String::with_capacity(prefix.len() + 1 + name.len());
    label.push_str(prefix);
    label.push('.');
    label.push_str(name);
    label
}
