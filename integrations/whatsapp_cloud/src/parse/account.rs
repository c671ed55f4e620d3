//! News of accounts: what Meta says of a WhatsApp Business Account or one of its numbers besides messages
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview>).

use contract::{AccountNews, ChannelStatus, Incoming};
use serde_json::{Map, Value};

use super::raw::{Budget, Object};

/// What a change says of an account, and whose account that is where the change itself names it.
pub struct News {
    pub what: Incoming,
    /// A `phone_number_id`.
    pub account: Option<String>,
    /// A WABA other than the entry's: partners are told of their customers' accounts.
    pub business: Option<String>,
}

/// Reads the value of a field that concerns accounts; `None` for other fields.
pub fn read(field: &str, value: &Object<'_>, budget: &Budget) -> Option<News> {
    let mut news = AccountNews {
        phone: value.id("phone_number").or_else(|| value.id("display_phone_number")).map(String::from),
        ..AccountNews::default()
    };
    let (mut account, mut business) = (None, None);
    match field {
        "account_update" => {
            update(value, budget, &mut news);
            business = value.object("waba_info").and_then(|info| info.id("waba_id")).map(String::from);
        }
        "account_review_update" => {
            let decision = value.filled("decision")?;
            if decision == "REJECTED" {
                fail(&mut news, "Meta reviewed this WhatsApp Business Account and rejected it.");
            }
            set(&mut news.facts, "review", Some(decision));
        }
        "account_alerts" => {
            let info = value.object("alert_info");
            let said = |name: &str| value.filled(name).or_else(|| info.as_ref()?.filled(name)).map(String::from);
            set(&mut news.facts, "alert", said("alert_type"));
            set(&mut news.facts, "alertSeverity", said("alert_severity"));
            set(&mut news.facts, "alertStatus", said("alert_status"));
            set(&mut news.facts, "notice", said("alert_description"));
            let is_number = value.text("entity_type").is_some_and(|kind| kind.starts_with("PHONE"));
            account = value.id("entity_id").filter(|_| is_number).map(String::from);
        }
        "phone_number_quality_update" => {
            let event = value.filled("event");
            match event.as_deref() {
                Some("FLAGGED") => set(&mut news.facts, "quality", Some("RED")),
                // the rating that it has instead is asked for at the next check-up
                Some("UNFLAGGED") => _ = news.facts.insert("quality".into(), Value::Null),
                _ => {}
            }
            let limit = ["max_daily_conversations_per_business", "current_limit"];
            set(&mut news.facts, "messagingLimit", limit.into_iter().find_map(|name| value.id(name)));
            set(&mut news.facts, "qualityEvent", event);
        }
        "phone_number_name_update" => {
            let decision = value.filled("decision")?;
            let reason = value.filled("rejection_reason").filter(|reason| reason != "NONE");
            if decision == "APPROVED" {
                set(&mut news.facts, "name", value.filled("requested_verified_name"));
            }
            news.facts.insert("nameReason".into(), reason.map_or(Value::Null, |reason| reason.into()));
            set(&mut news.facts, "nameStatus", Some(decision));
        }
        "business_capability_update" => {
            let limit = ["max_daily_conversations_per_business", "max_daily_conversation_per_phone"];
            set(&mut news.facts, "messagingLimit", limit.into_iter().find_map(|name| value.id(name)));
            let numbers = ["max_phone_numbers_per_waba", "max_phone_numbers_per_business"];
            set(&mut news.facts, "maxPhoneNumbers", numbers.into_iter().find_map(|name| value.id(name)));
        }
        "business_status_update" | "security" => set(&mut news.facts, "accountEvent", value.filled("event")),
        "account_settings_update" => {
            let settings = value.object("phone_number_settings")?;
            account = settings.id("phone_number_id").map(String::from);
            set(&mut news.facts, "calling", settings.object("calling").and_then(|calling| calling.filled("status")));
        }
        _ => return None,
    }
    Some(News { what: Incoming::Account(news), account, business })
}

/// `account_update`: `{event, phone_number?, ban_info?, restriction_info?, violation_info?, waba_info?}`.
fn update(value: &Object<'_>, budget: &Budget, news: &mut AccountNews) {
    let event = value.filled("event").unwrap_or_default();
    let ban = value.object("ban_info").and_then(|ban| ban.filled("waba_ban_state"));
    let restrictions = value.list("restriction_info").unwrap_or_default();
    let restricts_messages = restrictions
        .iter()
        .filter_map(|raw| Object::read(raw))
        .any(|restriction| restriction.filled("restriction_type").is_some_and(|kind| kind.ends_with("MESSAGING")));
    match (&*event, ban.as_deref()) {
        ("DISABLED_UPDATE", Some("REINSTATE")) | ("ACCOUNT_RECONNECTED", _) => {
            news.status = Some(ChannelStatus::Connected);
            news.facts.insert("notice".into(), Value::Null);
        }
        ("DISABLED_UPDATE", Some("SCHEDULE_FOR_DISABLE")) => {
            set(&mut news.facts, "notice", Some("Meta is going to disable this WhatsApp Business Account."));
        }
        ("DISABLED_UPDATE", _) => fail(news, "Meta disabled this WhatsApp Business Account."),
        ("ACCOUNT_RESTRICTION", _) if restricts_messages => {
            fail(news, "Meta restricted what this WhatsApp Business Account may send.");
        }
        ("ACCOUNT_RESTRICTION", _) => set(&mut news.facts, "notice", Some("Meta restricted this account.")),
        ("ACCOUNT_VIOLATION", _) => {
            set(&mut news.facts, "notice", Some("Meta found a violation of its policies."));
        }
        ("ACCOUNT_DELETED", _) => fail(news, "This WhatsApp Business Account was deleted."),
        ("ACCOUNT_OFFBOARDED" | "PARTNER_REMOVED" | "PARTNER_APP_UNINSTALLED", _) => {
            fail(news, "This app was disconnected from the WhatsApp Business Account.");
        }
        ("VERIFIED_ACCOUNT", _) => _ = news.facts.insert("verified".into(), true.into()),
        _ => {}
    }
    set(&mut news.facts, "accountEvent", Some(event).filter(|event| !event.is_empty()));
    set(&mut news.facts, "banState", ban);
    let violation = value.object("violation_info").and_then(|info| info.filled("violation_type"));
    set(&mut news.facts, "violation", violation);
    if let Some(list) = value.get("restriction_info").and_then(|raw| budget.verbatim(raw)) {
        news.facts.insert("restrictions".into(), list);
    }
}

fn fail(news: &mut AccountNews, words: &str) {
    news.status = Some(ChannelStatus::Error);
    news.error = Some(words.to_owned());
}

/// Texts of an account are shown, so they are short.
fn set(facts: &mut Map<String, Value>, name: &str, text: Option<impl Into<String>>) {
    const MAX_CHARS: usize = 500;
    if let Some(text) = text {
        let text: String = text.into();
        facts.insert(name.to_owned(), text.chars().take(MAX_CHARS).collect::<String>().into());
    }
}
