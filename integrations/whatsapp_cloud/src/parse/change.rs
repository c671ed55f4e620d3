//! One change of one number: the lists of its value in turn, each element an item of its own.

use contract::{AccountNews, Incoming, IncomingMessage, MessageType};
use serde_json::value::RawValue;

use super::envelope::{Cut, Envelope};
use super::message::{self, Origin, Scope};
use super::people::People;
use super::raw::Object;
use super::{Draft, Item, Reader, account, fault, label, notes, status, templates, unknown};

/// Fields that say nothing an inbox has to keep.
const IGNORED: [(&str, &str); 8] = [
    ("automatic_events", "a purchase or lead that Meta saw in an advertisement's chat"),
    ("flows", "news of a form that the business designs at Meta"),
    ("message_echoes_settings", "settings of echoes"),
    ("messaging_handovers", "another application took or gave back a conversation"),
    ("partner_solutions", "news between partners of Meta"),
    ("payment_configuration_update", "settings of payments"),
    ("standby", "a conversation that another application has"),
    ("tracking_events", "figures of advertisements"),
];

/// Fields whose value holds lists of what happened in chats.
fn has_lists(field: &str) -> bool {
    const NAMES: [&str; 8] = [
        "messages",
        "smb_message_echoes",
        "message_echoes",
        "history",
        "calls",
        "user_preferences",
        "user_id_update",
        "smb_app_state_sync",
    ];
    NAMES.contains(&field) || field.starts_with("group_")
}

impl<'a> Reader<'a> {
    /// An element of `changes`.
    pub fn change(&mut self, mut envelope: Envelope<'a>, raw: &'a RawValue) {
        let Some(change) = Object::read(raw) else {
            return self.push(
                None,
                unknown("field", "unreadable", "change is not an object"),
                Cut::Change(envelope, raw),
            );
        };
        envelope.field = change.get("field");
        let field = change.filled("field");
        let value = change.object("value");
        let account = value.as_ref().and_then(|value| value.object("metadata")?.id("phone_number_id"));
        let cut = Cut::Change(envelope, raw);
        match (field.as_deref(), value) {
            (field, Some(value)) if field.is_none_or(has_lists) => self.value(envelope, &value, field, cut),
            (Some(field), Some(value)) => self.news(account.map(Into::into), field, &value, cut),
            (Some(field), None) => {
                let item = unknown("field", field, "change has no value");
                self.push(account.map(Into::into), item, cut);
            }
            (None, _) => self.push(None, unknown("field", "missing", "change has neither field nor value"), cut),
        }
    }

    /// A field that concerns templates or whole accounts.
    fn news(&mut self, account: Option<String>, field: &str, value: &Object<'a>, cut: Cut<'a>) {
        let kind = label("field", field);
        let entry = || match cut {
            Cut::Change(envelope, _) => envelope.entry_id.and_then(super::raw::id),
            _ => None,
        };
        if let Some(news) = account::read(field, value, self.budget) {
            let account = news.account.or(account);
            let business = if account.is_none() { news.business.or_else(entry) } else { None };
            return self.push_for(account, business, Item { kind, what: news.what, contact: None }, cut);
        }
        if let Some(read) = templates::read(field, value) {
            let what = read.unwrap_or_else(|reason| Incoming::Unknown { reason: reason.into() });
            return self.push_for(None, entry(), Item { kind, what, contact: None }, cut);
        }
        let ignored = IGNORED.iter().find(|(known, _)| *known == field);
        let what = match ignored {
            Some((_, reason)) => Incoming::Ignored { reason: (*reason).to_owned() },
            None => Incoming::Unknown { reason: format!("unknown {}", kind.replacen('.', " ", 1)) },
        };
        self.push(account, Item { kind, what, contact: None }, cut);
    }

    /// A change's value. `whole` is the change, for what is not an element of a list.
    pub fn value(&mut self, mut envelope: Envelope<'a>, value: &Object<'a>, field: Option<&str>, whole: Cut<'a>) {
        envelope.metadata = value.get("metadata");
        let metadata = value.object("metadata");
        let account = metadata.as_ref().and_then(|metadata| metadata.id("phone_number_id")).map(String::from);
        let business = metadata.as_ref().and_then(|metadata| metadata.id("display_phone_number"));
        let before = self.drafts.len();

        let messages = self.list(value, "messages", envelope, account.as_deref());
        let echoes = self.list(value, "message_echoes", envelope, account.as_deref());
        let history = self.list(value, "history", envelope, account.as_deref());
        let others = ["calls", "user_preferences", "user_id_update"];
        let others = others.into_iter().filter_map(|name| value.list(name)).map(|list| list.len()).sum::<usize>();
        let count = messages.len() + echoes.len();
        let people = People::read(value, count + others);
        let scope = Scope {
            people: &people,
            business: business.as_deref(),
            errors: value.get("errors").filter(|_| count == 1),
            budget: self.budget,
            now: self.now,
        };
        // the history field also brings files of old messages, one by one
        let old = Object::default();
        let origin = if field == Some("history") { Origin::History(&old) } else { Origin::Inbound };
        // errors beside a lone message that cannot be shown say why, and are shown with it
        let mut explains = false;
        for raw in messages {
            let item = message::read(raw, &scope, origin);
            let contact = item.contact;
            let unsupported = |message: &IncomingMessage| message.kind == MessageType::Unsupported;
            explains |= count == 1 && matches!(&item.what, Incoming::Message(message) if unsupported(message));
            let is_note = item.kind == "message.system" && matches!(item.what, Incoming::Message(_));
            let moved = if is_note { notes::moved(raw) } else { None };
            self.push(account.clone(), item, Cut::Element(envelope, "messages", contact, raw));
            if let Some(moved) = moved {
                self.push(account.clone(), moved, Cut::Element(envelope, "messages", contact, raw));
            }
        }
        for raw in echoes {
            let item = message::read(raw, &scope, Origin::Echo);
            let contact = item.contact;
            self.push(account.clone(), item, Cut::Element(envelope, "message_echoes", contact, raw));
        }
        for raw in history {
            self.history(envelope, account.as_deref(), &scope, raw);
        }
        for raw in self.list(value, "calls", envelope, account.as_deref()) {
            let item = notes::call(raw, &scope);
            let contact = item.contact;
            self.push(account.clone(), item, Cut::Element(envelope, "calls", contact, raw));
        }
        for raw in self.list(value, "groups", envelope, account.as_deref()) {
            self.push(account.clone(), notes::group(raw, self.now), Cut::Element(envelope, "groups", None, raw));
        }
        for raw in self.list(value, "user_preferences", envelope, account.as_deref()) {
            let item = notes::preference(raw, &scope);
            let contact = item.contact;
            self.push(account.clone(), item, Cut::Element(envelope, "user_preferences", contact, raw));
        }
        for raw in self.list(value, "user_id_update", envelope, account.as_deref()) {
            for item in notes::new_id(raw, &scope) {
                self.push(account.clone(), item, Cut::Element(envelope, "user_id_update", None, raw));
            }
        }
        for raw in self.list(value, "state_sync", envelope, account.as_deref()) {
            let reason = "a contact of the phone's address book".to_owned();
            let item = Item { kind: "state.contact".into(), what: Incoming::Ignored { reason }, contact: None };
            self.push(account.clone(), item, Cut::Element(envelope, "state_sync", None, raw));
        }
        for raw in self.list(value, "statuses", envelope, account.as_deref()) {
            let item = status::read(raw, self.now);
            self.push(account.clone(), item, Cut::Element(envelope, "statuses", None, raw));
        }
        if let (Some(raw), Some(fault)) = (value.get("errors"), fault::first(value).filter(|_| !explains)) {
            let mut news = AccountNews::default();
            news.facts.insert("notice".into(), format!("error {}: {}", fault.code, fault.message).into());
            let item = Item { kind: label("field", "errors"), what: Incoming::Account(news), contact: None };
            self.push(account.clone(), item, Cut::Field(envelope, "errors", raw));
        }
        if self.drafts.len() == before {
            let item = unknown("field", field.unwrap_or("missing"), "nothing to read in this change");
            self.push(account, item, whole);
        }
    }

    /// One part of old history: `{metadata, threads:[{id, messages}]}`, or `{errors}` where sharing was declined.
    fn history(&mut self, envelope: Envelope<'a>, account: Option<&str>, scope: &Scope<'_, 'a>, raw: &'a RawValue) {
        let account = || account.map(str::to_owned);
        let cut = Cut::Element(envelope, "history", None, raw);
        let Some(chunk) = Object::read(raw) else {
            return self.push(account(), unknown("history", "unreadable", "history is not an object"), cut);
        };
        let threads = chunk.list("threads");
        let item = match (fault::first(&chunk), &threads) {
            (Some(fault), _) => Some(Item {
                kind: label("history", "errors"),
                what: Incoming::Ignored { reason: format!("error {}: {}", fault.code, fault.message) },
                contact: None,
            }),
            (None, None) => Some(unknown("history", "unreadable", "history has no threads")),
            (None, Some(threads)) => threads.is_empty().then(|| Item {
                kind: "history.empty".into(),
                what: Incoming::Ignored { reason: "no messages in this part of the history".into() },
                contact: None,
            }),
        };
        if let Some(item) = item {
            self.push(account(), item, cut);
        }
        for raw_thread in threads.unwrap_or_default() {
            let thread = Object::read(raw_thread).unwrap_or_default();
            let Some(messages) = thread.list("messages") else {
                let item = unknown("history", "unreadable", "thread has no messages");
                self.push(account(), item, Cut::Thread(envelope, raw_thread));
                continue;
            };
            for raw in messages {
                let item = message::read(raw, scope, Origin::History(&thread));
                let around =
                    [("id", thread.get("id")), ("user_id", thread.get("user_id")), ("context", thread.get("context"))];
                let cut = Cut::Old(envelope, around, item.contact, raw);
                self.push(account(), item, cut);
            }
        }
    }

    /// A list of the value; one of the wrong shape is an item that is not understood.
    fn list(
        &mut self,
        value: &Object<'a>,
        name: &'static str,
        envelope: Envelope<'a>,
        account: Option<&str>,
    ) -> Vec<&'a RawValue> {
        let Some(raw) = value.get(name) else { return Vec::new() };
        super::raw::list(raw).unwrap_or_else(|| {
            let item = unknown("field", name, "neither a list nor of a size that is read");
            self.push(account.map(str::to_owned), item, Cut::Field(envelope, name, raw));
            Vec::new()
        })
    }

    /// Notes down an item.
    pub fn push(&mut self, account: Option<String>, item: Item<'a>, cut: Cut<'a>) {
        self.push_for(account, None, item, cut);
    }

    fn push_for(&mut self, account: Option<String>, business: Option<String>, item: Item<'a>, cut: Cut<'a>) {
        if self.drafts.len() < super::raw::MAX_ITEMS {
            self.drafts.push(Draft { account, business, kind: item.kind, what: item.what, cut });
        } else {
            self.overflow = true;
        }
    }
}
