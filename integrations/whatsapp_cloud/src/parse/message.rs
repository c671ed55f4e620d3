//! One element of `messages`, `message_echoes` or an old thread, as what happened: a message, an edit, a deletion, a reaction.
//!
//! Only who and which have to be readable; a content that is not becomes an `unsupported` message, so that it is seen.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use contract::{
    Incoming, IncomingChat, IncomingContact, IncomingDeletion, IncomingMessage, IncomingReaction, MessageType,
};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::content::{self, Content};
use super::people::{People, Person, same_number};
use super::raw::{Budget, Object};
use super::{Item, fault, label, notes, unknown};

/// Prefix of an id that we made from a message's own bytes because the sender gave none: the same bytes are the same
/// message, and no call to the provider can name it.
pub const OWN_ID: &str = "sha256:";

/// What the messages of one change have in common.
pub struct Scope<'s, 'a> {
    pub people: &'s People<'a>,
    /// `display_phone_number`: varying in form, the number of the business itself.
    pub business: Option<&'s str>,
    /// Errors that stand beside a lone message.
    pub errors: Option<&'a RawValue>,
    pub budget: &'s Budget,
    pub now: DateTime<Utc>,
}

/// How a message came to us.
#[derive(Clone, Copy)]
pub enum Origin<'s, 'a> {
    /// A customer wrote it.
    Inbound,
    /// The business wrote it on its own phone.
    Echo,
    /// Either wrote it, before this number was connected; the thread names the customer.
    History(&'s Object<'a>),
}

/// Who a message concerns.
struct Place<'p, 'a> {
    chat: IncomingChat,
    /// The writer, where the message is in a group.
    sender: Option<IncomingContact>,
    writer: IncomingContact,
    person: Person<'p, 'a>,
    from_me: bool,
}

/// Reads one message.
pub fn read<'a>(raw: &'a RawValue, scope: &Scope<'_, 'a>, origin: Origin<'_, 'a>) -> Item<'a> {
    let prefix = match origin {
        Origin::Inbound => "message",
        Origin::Echo => "echo",
        Origin::History(_) => "history",
    };
    let Some(item) = Object::read(raw) else { return unknown(prefix, "unreadable", "message is not an object") };
    let Some(kind) = content::type_of(&item) else { return unknown(prefix, "unreadable", "message has no type") };
    let Some(place) = place(&item, scope, origin) else { return unknown(prefix, &kind, "message names no customer") };
    let contact = place.person.profile.map(|profile| profile.raw);
    let what = match &*kind {
        "reaction" => reaction(&item, &place, scope.now),
        "edit" => edit(&item, place, scope, origin),
        "revoke" => deletion(&item, &place, scope.now),
        kind => message(raw, &item, kind, place, scope, origin),
    };
    Item {
        kind: label(prefix, &kind),
        what: what.unwrap_or_else(|reason| Incoming::Unknown { reason: reason.into() }),
        contact,
    }
}

fn place<'p, 'a>(item: &Object<'a>, scope: &Scope<'p, 'a>, origin: Origin<'_, 'a>) -> Option<Place<'p, 'a>> {
    let is_business = |id: &str| scope.business.is_some_and(|business| same_number(id, business));
    let (from, to) = (item.id("from"), item.id("to"));
    let (person, from_me) = match origin {
        Origin::Inbound => {
            let person = scope.people.person(from, item.id("from_user_id")).or_else(|| {
                let note = item.object("system")?;
                let told = || note.filled("body").and_then(|body| notes::previous_id(&body)).map(Cow::Owned);
                let earlier = note.id("previous_user_id").or_else(told);
                scope.people.person(note.id("customer"), earlier.or_else(|| note.id("user_id")))
            })?;
            (person, false)
        }
        Origin::Echo => {
            // samples of deleted echoes name the customer in `from`
            let customer = if to.as_deref().is_some_and(is_business) { from.clone() } else { to };
            (scope.people.person(customer, item.id("to_user_id"))?, true)
        }
        Origin::History(thread) => {
            let to_customer = to.as_deref().is_some_and(|to| !is_business(to));
            let from_me = to_customer || from.as_deref().is_some_and(is_business);
            let context = thread.object("context");
            let named = |name: &str| context.as_ref().and_then(|context| context.id(name));
            let user_id = thread.id("user_id").or_else(|| named("user_id"));
            let wa_id = thread.id("id").or_else(|| named("wa_id"));
            let wa_id = if wa_id.is_some() || user_id.is_some() {
                wa_id
            } else if from_me {
                to
            } else {
                from
            };
            let mut person = scope.people.person(wa_id, user_id)?;
            if let Some(username) = context.as_ref().and_then(|context| context.filled("username")) {
                person.contact.username.get_or_insert_with(|| username.into_owned());
            }
            (person, from_me)
        }
    };
    let group = item.id("group_id");
    let writer = match (from_me, item.id("from")) {
        (true, Some(from)) => IncomingContact { external_id: from.into_owned(), ..IncomingContact::default() },
        _ => person.contact.clone(),
    };
    let chat = match &group {
        Some(group) => IncomingChat {
            external_id: group.to_string(),
            is_group: true,
            title: None,
            contact: IncomingContact { external_id: group.to_string(), ..IncomingContact::default() },
            also_known_as: None,
        },
        None => IncomingChat {
            external_id: person.contact.external_id.clone(),
            is_group: false,
            title: None,
            contact: person.contact.clone(),
            // whoever hides the number later writes under this id alone
            also_known_as: person.user_id.as_deref().filter(|id| *id != person.contact.external_id).map(str::to_owned),
        },
    };
    let sender = (group.is_some() && !from_me).then(|| person.contact.clone());
    Some(Place { chat, sender, writer, person, from_me })
}

fn message<'a>(
    raw: &RawValue,
    item: &Object<'a>,
    kind: &str,
    place: Place<'_, 'a>,
    scope: &Scope<'_, 'a>,
    origin: Origin<'_, 'a>,
) -> Result<Incoming, &'static str> {
    let content = content::read(kind, item, scope.budget);
    let external_id = match item.id("id") {
        Some(id) => id.into_owned(),
        None if content.is_some() && !item.names("id") => {
            format!("{OWN_ID}{}", hex::encode(Sha256::digest(raw.get())))
        }
        None => return Err("message has no id"),
    };
    let mut content = content.unwrap_or_else(|| Content::unsupported(kind));
    content.quiet |= matches!(origin, Origin::History(_));
    Ok(Incoming::Message(Box::new(build(external_id, item, content, place, scope))))
}

fn build<'a>(
    external_id: String,
    item: &Object<'a>,
    content: Content,
    place: Place<'_, 'a>,
    scope: &Scope<'_, 'a>,
) -> IncomingMessage {
    let kind = content.kind;
    let verbatim = |raw: Option<&'a RawValue>| raw.and_then(|raw| scope.budget.verbatim(raw));
    let context = item.object("context");
    let marked = |name: &str| context.as_ref().is_some_and(|context| context.is_true(name));
    let product = context.as_ref().and_then(|context| context.get("referred_product"));
    let errors = item.get("errors").or_else(|| scope.errors.filter(|_| kind == MessageType::Unsupported));
    let often = marked("frequently_forwarded");
    let content = content
        .with_some("reason", fault::first(item).filter(|_| kind == MessageType::Unsupported).map(|fault| fault.message))
        .with_some("errors", verbatim(errors))
        .with_some("referral", verbatim(item.get("referral")))
        .with_some("product", verbatim(product))
        .with_some("forwarded", (often || marked("forwarded")).then_some(true))
        .with_some("frequentlyForwarded", often.then_some(true))
        .with_some("userId", place.person.user_id.as_deref());
    IncomingMessage {
        chat: place.chat,
        sender: place.sender,
        external_id,
        from_me: place.from_me,
        client_id: None,
        quiet: content.quiet,
        kind,
        content: content.text,
        metadata: content.metadata,
        attachments: content.attachments,
        reply_to: context.and_then(|context| context.id("id")).map(Cow::into_owned),
        provider_at: item.time("timestamp", scope.now),
        acknowledge: None,
    }
}

/// `edit: {original_message_id, message: {type, …}}`.
fn edit<'a>(
    item: &Object<'a>,
    place: Place<'_, 'a>,
    scope: &Scope<'_, 'a>,
    origin: Origin<'_, 'a>,
) -> Result<Incoming, &'static str> {
    let edit = item.object("edit").ok_or("edit says nothing")?;
    let original = original(&edit).ok_or("edit names no message")?;
    let inner = edit.object("message").unwrap_or(edit);
    let kind = content::type_of(&inner).ok_or("edit has no type")?;
    let mut content = content::read(&kind, &inner, scope.budget).ok_or("edit has no readable content")?;
    content.quiet |= matches!(origin, Origin::History(_));
    let edited_at = item.time("timestamp", scope.now);
    let mut message = build(original.into_owned(), &inner, content, place, scope);
    message.provider_at = edited_at;
    Ok(Incoming::Edit { message: Box::new(message), edited_at })
}

/// `revoke: {original_message_id}`.
fn deletion(item: &Object<'_>, place: &Place<'_, '_>, now: DateTime<Utc>) -> Result<Incoming, &'static str> {
    let revoke = item.object("revoke").ok_or("deletion says nothing")?;
    let original = original(&revoke).ok_or("deletion names no message")?;
    Ok(Incoming::Deletion(IncomingDeletion {
        chat_external_id: Some(place.chat.external_id.clone()),
        message_external_id: original.into_owned(),
        at: item.time("timestamp", now),
    }))
}

fn original<'a>(change: &Object<'a>) -> Option<Cow<'a, str>> {
    ["original_message_id", "message_id", "id"].into_iter().find_map(|name| change.id(name))
}

/// `reaction: {message_id, emoji}`; without an emoji it was taken back.
fn reaction(item: &Object<'_>, place: &Place<'_, '_>, now: DateTime<Utc>) -> Result<Incoming, &'static str> {
    let reaction = item.object("reaction").ok_or("reaction says nothing")?;
    let message = reaction.id("message_id").ok_or("reaction names no message")?;
    Ok(Incoming::Reaction(IncomingReaction {
        chat_external_id: Some(place.chat.external_id.clone()),
        message_external_id: message.into_owned(),
        actor: place.writer.clone(),
        from_me: place.from_me,
        emojis: reaction.filled("emoji").map(Cow::into_owned).into_iter().collect(),
        at: item.time("timestamp", now),
    }))
}
