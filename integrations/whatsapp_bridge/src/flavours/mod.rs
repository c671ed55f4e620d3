//! Other products at the bridge's place: their own webhooks come in at the same address, and messages go out by their API.
//!
//! What they say is put into the bridge's own words and read by the same parser, so that a person's message is the same
//! whichever product brought it.

mod api;
mod baileys;
pub(crate) mod evolution;
mod evolution_api;
pub(crate) mod waha;
mod waha_api;

use chrono::{DateTime, Utc};
use contract::{Account, Incoming, Parcel, Source};
use serde_json::{Map, Value, json};

pub(crate) use api::Product;

use crate::fields::Fields;
use crate::parse::read_body;

/// Items of one body that are read; no product sends more.
const MOST_ITEMS: usize = 5_000;

/// Whose webhooks and API a channel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    Switchboard,
    Evolution,
    Waha,
}

impl Flavour {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "switchboard" => Self::Switchboard,
            "evolution" => Self::Evolution,
            "waha" => Self::Waha,
            _ => return None,
        })
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Switchboard => "switchboard",
            Self::Evolution => "evolution",
            Self::Waha => "waha",
        }
    }

    pub(crate) fn of(account: &Account) -> Self {
        account.credential("flavour").and_then(Self::named).unwrap_or(Self::Switchboard)
    }
}

/// One thing that a product told: in the bridge's words, or what else it is.
pub(crate) enum Told {
    /// `event` and `data` of the bridge's body.
    Ours(&'static str, Map<String, Value>),
    Ignored(String),
    Unknown(String),
}

impl Told {
    pub(crate) fn ours(event: &'static str, data: Value) -> Self {
        match data {
            Value::Object(data) => Self::Ours(event, data),
            _ => Self::Unknown("no object".into()),
        }
    }
}

/// Reads a body that is one of the products', by its form. `None`: it is not.
pub(crate) fn read(text: &str, fields: &Fields<'_>, now: DateTime<Utc>) -> Option<Vec<Parcel>> {
    fields.text("event")?;
    let is_evolution = fields.text("instance").is_some() && (fields.has("data") || fields.has("payload"));
    let is_waha = fields.text("session").is_some() && fields.has("payload");
    if !is_evolution && !is_waha {
        return None;
    }
    let Ok(body) = serde_json::from_str::<Value>(text) else {
        let item = Incoming::Unknown { reason: "the body holds a number that none can be".into() };
        return Some(vec![parcel("unknown".into(), item, Source::Body)]);
    };
    let name: String = body["event"].as_str().unwrap_or_default().chars().take(64).collect();
    let items = if is_waha { vec![(body.clone(), waha::read(&body))] } else { evolution::read(&body) };
    let alone = items.len() == 1;
    let parcels = items.into_iter().take(MOST_ITEMS).map(|(part, told)| {
        let source = if alone { Source::Body } else { Source::Part(part.to_string().into()) };
        match told {
            Told::Ours(event, data) => {
                let ours = json!({ "event": event, "data": data }).to_string();
                let (kind, item) = match Fields::read(&ours) {
                    Some(fields) => read_body(&fields, now),
                    None => (name.clone(), Incoming::Unknown { reason: "the event cannot be read".into() }),
                };
                parcel(kind, item, source)
            }
            Told::Ignored(reason) => parcel(name.clone(), Incoming::Ignored { reason }, source),
            Told::Unknown(reason) => parcel(name.clone(), Incoming::Unknown { reason }, source),
        }
    });
    Some(parcels.collect())
}

fn parcel(kind: String, item: Incoming, source: Source) -> Parcel {
    Parcel { account: None, business: None, kind, item, source }
}

/// A text that is not empty.
fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// The value where it is there.
fn present<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.get(key).filter(|value| !value.is_null())
}

/// A number, also as a text, or as `{low, high}`.
fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Object(long) => {
            let (low, high) = (long.get("low")?.as_i64()?, long.get("high")?.as_i64()?);
            let low = u32::try_from(low & 0xffff_ffff).ok()?;
            Some(f64::from(i32::try_from(high).ok()?) * 4_294_967_296.0 + f64::from(low))
        }
        _ => None,
    }
}
