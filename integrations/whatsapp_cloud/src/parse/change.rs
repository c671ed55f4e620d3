//! One change of one number: the lists of its value in turn, each element an item of its own.

use contract::{Incoming, IncomingMessage, MessageType};
use serde_json::value::RawValue;

use super::envelope::{Cut, Envelope};
use super::message::{self, Origin, Scope};
use super::people::People;
use super::raw::Object;
use super::{Draft, Item, Reader, fault, label, status, unknown};

/// Fields that Meta documents and an inbox may come to use.
const KNOWN_FIELDS: [&str; 24] = [
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_status_update",
    "calls",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "messaging_handovers",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "smb_app_state_sync",
    "template_category_update",
    "user_id_update",
    "user_preferences",
];

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
        match (field.as_deref(), value) {
            (None | Some("messages" | "smb_message_echoes" | "message_echoes" | "history"), Some(value)) => {
                self.value(envelope, &value, field.as_deref(), Cut::Change(envelope, raw));
            }
            (Some(field), _) => {
                let kind = label("field", field);
                let known = KNOWN_FIELDS.contains(&field) || field.starts_with("group_");
                let reason = match (field, known) {
                    ("messages" | "smb_message_echoes" | "message_echoes" | "history", _) => {
                        "change has no value".into()
                    }
                    (_, true) => format!("{} is not handled yet", kind.replacen('.', " ", 1)),
                    (_, false) => format!("unknown {}", kind.replacen('.', " ", 1)),
                };
                let item = Item { kind, what: Incoming::Unknown { reason }, contact: None };
                self.push(account.map(Into::into), item, Cut::Change(envelope, raw));
            }
            (None, None) => {
                self.push(
                    None,
                    unknown("field", "missing", "change has neither field nor value"),
                    Cut::Change(envelope, raw),
                );
            }
        }
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
        let count = messages.len() + echoes.len();
        let people = People::read(value, count);
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
            self.push(account.clone(), item, Cut::Element(envelope, "messages", contact, raw));
        }
        for raw in echoes {
            let item = message::read(raw, &scope, Origin::Echo);
            let contact = item.contact;
            self.push(account.clone(), item, Cut::Element(envelope, "message_echoes", contact, raw));
        }
        for raw in history {
            self.history(envelope, account.as_deref(), &scope, raw);
        }
        for raw in self.list(value, "statuses", envelope, account.as_deref()) {
            let item = status::read(raw, self.now);
            self.push(account.clone(), item, Cut::Element(envelope, "statuses", None, raw));
        }
        if let (Some(raw), Some(fault)) = (value.get("errors"), fault::first(value).filter(|_| !explains)) {
            let item = unknown("field", "errors", &format!("error {}: {}", fault.code, fault.message));
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
            (Some(fault), _) => Some(unknown("history", "errors", &format!("error {}: {}", fault.code, fault.message))),
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
        if self.drafts.len() < super::raw::MAX_ITEMS {
            self.drafts.push(Draft { account, kind: item.kind, what: item.what, cut });
        } else {
            self.overflow = true;
        }
    }
}
