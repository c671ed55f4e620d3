//! Schemas of the documents that the types alone do not tell: lists of words, and what answers always hold.

use contract::{ChannelStatus, MessageType};
use utoipa::openapi::schema::{ArrayItems, Schema, SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, RefOr};

/// Networks' names on the wire; each is in the document of every server, whatever it is used for.
pub const PROVIDERS: [&str; 5] = ["telegram", "waba", "bridge", "webchat", "api"];
/// What operators see as `channel`.
pub const FAMILIES: [&str; 4] = ["telegram", "whatsapp", "webchat", "api"];

fn words(words: impl IntoIterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}

#[must_use]
pub fn providers() -> Schema {
    words(PROVIDERS)
}

#[must_use]
pub fn families() -> Schema {
    words(FAMILIES)
}

#[must_use]
pub fn message_types() -> Schema {
    words(MessageType::ALL.map(MessageType::as_str))
}

#[must_use]
pub fn file_types() -> Schema {
    words(MessageType::ALL.into_iter().filter(|kind| kind.is_media()).map(MessageType::as_str))
}

#[must_use]
pub fn file_statuses() -> Schema {
    words(["pending", "ready", "failed"])
}

#[must_use]
pub fn channel_statuses() -> Schema {
    words(ChannelStatus::ALL.map(ChannelStatus::as_str))
}

/// Says of an answer that what may be null is there all the same. What may be absent is never null: its field says
/// `#[schema(nullable = false)]`.
pub fn answered(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            for (name, property) in &mut object.properties {
                if may_be_null(property) && !object.required.contains(name) {
                    object.required.push(name.clone());
                }
                answered(property);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                answered(items);
            }
        }
        Schema::AllOf(all) => all.items.iter_mut().for_each(answered),
        Schema::OneOf(one) => one.items.iter_mut().for_each(answered),
        Schema::AnyOf(any) => any.items.iter_mut().for_each(answered),
        _ => {}
    }
}

fn may_be_null(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(schema) = schema else { return false };
    let is_null = |kind: &SchemaType| match kind {
        SchemaType::Type(kind) => *kind == Type::Null,
        SchemaType::Array(kinds) => kinds.contains(&Type::Null),
        SchemaType::AnyValue => false,
    };
    match schema {
        Schema::Object(object) => is_null(&object.schema_type),
        Schema::Array(array) => is_null(&array.schema_type),
        Schema::OneOf(one) => one.items.iter().any(may_be_null),
        Schema::AnyOf(any) => any.items.iter().any(may_be_null),
        _ => false,
    }
}
