//! Contacts: one with a number is a contact card, since Telegram's cards hold one number of one person; anything else goes
//! as a vCard file, which phones import whole.

use bytes::Bytes;
use contract::{File, MessageType, Outgoing, OutgoingAttachment};
use serde_json::Value;
use teloxide::payloads::SendContact;

use super::text::plain;
use super::{media, message, recipient};
use crate::api::Call;

/// Longest vCard beside a contact card, in bytes.
const LONGEST_VCARD: usize = 2048;
/// Longest caption, in UTF-16 code units; the file holds the names anyway.
const LONGEST_CAPTION: usize = 1024;

pub(super) fn compose(outgoing: &Outgoing) -> Call {
    let contacts = outgoing.metadata.get("contacts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let text = |contact: &Value, field: &str| contact.get(field).and_then(plain);
    if let [contact] = contacts
        && let Some([phone]) = phones(contact).as_deref()
    {
        let name = text(contact, "name").unwrap_or_else(|| phone.clone());
        let mut call = Call::of(&SendContact::new(recipient(outgoing), phone, name));
        if let Some(vcard) = text(contact, "vcard").filter(|vcard| vcard.len() <= LONGEST_VCARD) {
            call.params.insert("vcard".into(), vcard.into());
        }
        return call;
    }
    let cards: Vec<String> =
        contacts.iter().filter_map(|contact| text(contact, "vcard").or_else(|| card(contact))).collect();
    if cards.is_empty() {
        return message(outgoing, outgoing.content.clone());
    }
    let file = OutgoingAttachment {
        kind: MessageType::Document,
        mime_type: "text/vcard".into(),
        file_name: Some("contacts.vcf".into()),
        file: File::of_bytes(Bytes::from(cards.join("\r\n") + "\r\n")),
        url: None,
    };
    let mut call = media::single(outgoing, &file);
    if outgoing.content.encode_utf16().count() > LONGEST_CAPTION {
        call.params.remove("caption");
    }
    call
}

fn phones(contact: &Value) -> Option<Vec<String>> {
    let phones: Vec<String> = contact.get("phones")?.as_array()?.iter().filter_map(plain).collect();
    (!phones.is_empty()).then_some(phones)
}

/// A vCard of what is known (RFC 6350; version 3, which every phone reads).
fn card(contact: &Value) -> Option<String> {
    let phones = phones(contact).unwrap_or_default();
    let name = contact.get("name").and_then(plain).or_else(|| phones.first().cloned())?;
    let mut lines = vec!["BEGIN:VCARD".to_owned(), "VERSION:3.0".to_owned()];
    lines.push(format!("N:{};;;;", escaped(&name)));
    lines.push(format!("FN:{}", escaped(&name)));
    lines.extend(phones.iter().map(|phone| format!("TEL:{}", escaped(phone))));
    let emails = contact.get("emails").and_then(Value::as_array).into_iter().flatten().filter_map(plain);
    lines.extend(emails.map(|email| format!("EMAIL:{}", escaped(&email))));
    lines.push("END:VCARD".to_owned());
    Some(lines.join("\r\n"))
}

/// A value must not end its line or begin another field.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,");
    text.split(['\r', '\n']).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\\n")
}
