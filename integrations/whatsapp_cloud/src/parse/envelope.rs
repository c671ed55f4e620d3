//! Cutting one item out of a batch: a body of its own, made of the sender's own bytes, that reads as the same item again.

use contract::Source;
use serde_json::value::RawValue;

/// Longest piece of the surroundings that each part repeats, so that parts stay in proportion to the batch.
const MAX_PIECE: usize = 1024;

/// What stands around an item. `entry` is false for a body that is a bare value (360dialog's form).
#[derive(Clone, Copy, Default)]
pub struct Envelope<'a> {
    pub entry: bool,
    pub object: Option<&'a RawValue>,
    pub entry_id: Option<&'a RawValue>,
    pub time: Option<&'a RawValue>,
    pub field: Option<&'a RawValue>,
    pub metadata: Option<&'a RawValue>,
}

/// Where an item stood.
#[derive(Clone, Copy)]
pub enum Cut<'a> {
    /// The body is this one item.
    Body,
    Entry(Envelope<'a>, &'a RawValue),
    Change(Envelope<'a>, &'a RawValue),
    /// A field of a change's value as a whole.
    Field(Envelope<'a>, &'static str, &'a RawValue),
    /// An element of a list in a change's value, and the contact it belongs to.
    Element(Envelope<'a>, &'static str, Option<&'a RawValue>, &'a RawValue),
    /// A thread of old history as a whole.
    Thread(Envelope<'a>, &'a RawValue),
    /// A message of old history: what names its thread, the contact it belongs to, and the message.
    Old(Envelope<'a>, [(&'static str, Option<&'a RawValue>); 3], Option<&'a RawValue>, &'a RawValue),
}

impl Cut<'_> {
    /// The item as a body of its own.
    pub fn part(&self) -> Source {
        let mut out = String::with_capacity(512);
        match *self {
            Self::Body => return Source::Body,
            Self::Entry(envelope, raw) => envelope.entries(&mut out, |out| out.push_str(raw.get())),
            Self::Change(envelope, raw) => envelope.changes(&mut out, |out| out.push_str(raw.get())),
            Self::Field(envelope, name, raw) => envelope.value(&mut out, None, |out| {
                push_name(out, name);
                out.push_str(raw.get());
            }),
            Self::Element(envelope, name, contact, raw) => envelope.value(&mut out, contact, |out| {
                push_name(out, name);
                out.push('[');
                out.push_str(raw.get());
                out.push(']');
            }),
            Self::Thread(envelope, raw) => envelope.value(&mut out, None, |out| {
                out.push_str(r#""history":[{"threads":["#);
                out.push_str(raw.get());
                out.push_str("]}]");
            }),
            Self::Old(envelope, around, contact, raw) => envelope.value(&mut out, contact, |out| {
                out.push_str(r#""history":[{"threads":[{"#);
                for (name, piece) in around {
                    push_piece(out, name, piece);
                }
                out.push_str(r#""messages":["#);
                out.push_str(raw.get());
                out.push_str("]}]}]");
            }),
        }
        Source::Part(out.into_boxed_str())
    }
}

impl Envelope<'_> {
    fn entries(&self, out: &mut String, entry: impl FnOnce(&mut String)) {
        out.push('{');
        push_piece(out, "object", self.object);
        out.push_str(r#""entry":["#);
        entry(out);
        out.push_str("]}");
    }

    fn changes(&self, out: &mut String, change: impl FnOnce(&mut String)) {
        self.entries(out, |out| {
            out.push('{');
            push_piece(out, "id", self.entry_id);
            push_piece(out, "time", self.time);
            out.push_str(r#""changes":["#);
            change(out);
            out.push_str("]}");
        });
    }

    fn value(&self, out: &mut String, contact: Option<&RawValue>, item: impl FnOnce(&mut String)) {
        if self.entry {
            self.changes(out, |out| {
                out.push('{');
                push_piece(out, "field", self.field);
                out.push_str(r#""value":"#);
                self.bare_value(out, contact, item);
                out.push('}');
            });
        } else {
            self.bare_value(out, contact, item);
        }
    }

    fn bare_value(&self, out: &mut String, contact: Option<&RawValue>, item: impl FnOnce(&mut String)) {
        out.push_str(r#"{"messaging_product":"whatsapp","#);
        push_piece(out, "metadata", self.metadata);
        if let Some(contact) = contact.filter(|contact| contact.get().len() <= MAX_PIECE) {
            out.push_str(r#""contacts":["#);
            out.push_str(contact.get());
            out.push_str("],");
        }
        item(out);
        out.push('}');
    }
}

fn push_name(out: &mut String, name: &str) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

fn push_piece(out: &mut String, name: &str, raw: Option<&RawValue>) {
    if let Some(raw) = raw.filter(|raw| raw.get().len() <= MAX_PIECE) {
        push_name(out, name);
        out.push_str(raw.get());
        out.push(',');
    }
}
