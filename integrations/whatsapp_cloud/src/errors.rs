//! What Meta's refusals mean for a message: by code, since rate limits are mostly HTTP 400
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes>).

use std::time::Duration;

use contract::{Scope, SendError};
use serde_json::Value;

/// What to do about an error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Passes by itself.
    Later,
    /// The number or the app sends too fast.
    SlowDown,
    /// Too much to this one person: one message every six seconds.
    SlowDownChat,
    /// WhatsApp wants less of this to be sent: nothing is tried again by itself.
    Policy,
    /// As [`Class::Policy`], and somebody has to act before more goes out.
    Blocked,
    /// The customer last wrote over 24 hours ago.
    Window,
    /// This person cannot get this message.
    Recipient,
    /// Token, permission, payment or registration: nothing of this channel will go out.
    Account,
    /// We asked for something wrong.
    Ours,
    /// Meta could not take or load the file.
    Media,
}

const fn class(code: i64) -> Option<Class> {
    Some(match code {
        1 | 2 | 131_000 | 131_016 | 131_057 | 133_004 => Class::Later,
        4 | 80_007 | 130_429 => Class::SlowDown,
        131_056 => Class::SlowDownChat,
        131_048 | 131_049 | 131_064 => Class::Policy,
        368 => Class::Blocked,
        131_047 | 470 => Class::Window,
        131_026 | 131_021 | 131_030 | 130_472 | 131_050 | 131_062 | 137_000 => Class::Recipient,
        0 | 3 | 10 | 190 | 200..=299 | 131_005 | 131_031 | 131_042 | 131_045 | 130_497 | 133_010 => Class::Account,
        33 | 100 | 131_008 | 131_009 | 131_051 | 132_000..=132_018 | 135_000 => Class::Ours,
        131_052 | 131_053 => Class::Media,
        _ => return None,
    })
}

/// What an operator can do, added to Meta's words where those do not say it.
const fn advice(code: i64) -> Option<&'static str> {
    Some(match code {
        131_047 | 470 => "The 24 hours since the customer last wrote are over; send a template.",
        131_048 => "WhatsApp limits this number because people reported it; send less, and later.",
        131_049 => "WhatsApp holds marketing back from this person; not again within 24 hours.",
        131_064 => "WhatsApp limits what may be sent now; send it again later yourself.",
        368 => "WhatsApp blocked the account for breaking its policies; see its quality at Meta.",
        132_015 => "The template is paused for its low quality.",
        132_016 => "The template is disabled for its low quality; use another one.",
        _ => return None,
    })
}

/// Reads an answer that is not a success: `{error:{message, code, is_transient?, error_data:{details}}}`, or no JSON at all.
pub fn classify(status: u16, retry_after: Option<Duration>, body: &[u8], token: &str) -> SendError {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &answer["error"];
    let code = error["code"].as_i64().or_else(|| error["code"].as_str()?.parse().ok());
    let texts = [&error["error_data"]["details"], &error["error_user_msg"], &error["message"]];
    let message = texts.into_iter().find_map(|text| text.as_str().filter(|text| !text.is_empty()));
    let message = message.map_or_else(|| format!("HTTP status {status}"), |text| clean(text, token));
    let message = match code.and_then(advice) {
        Some(advice) => format!("{}. {advice}", message.trim_end_matches('.')),
        None => message,
    };
    let known = code.and_then(class);
    let code = code.map_or_else(|| format!("http_{status}"), |code| code.to_string());

    let retry = |after, scope, code, message| SendError::Retry { code, message, after, scope };
    match (known, status) {
        (Some(Class::SlowDownChat), _) => retry(retry_after, Scope::Chat, code, message),
        (Some(Class::SlowDown), _) | (None, 429) => retry(retry_after, Scope::Channel, code, message),
        (Some(Class::Later), _) | (None, 500..=599) => retry(retry_after, Scope::Chat, code, message),
        (Some(Class::Account), _) | (None, 401 | 403) => SendError::AccountRefused { code, message },
        (Some(Class::Blocked), _) => SendError::Alarming { code, message },
        (Some(Class::Policy | Class::Window | Class::Recipient | Class::Ours | Class::Media), _) => {
            SendError::Refused { code, message }
        }
        // nothing of ours lives behind a redirect, and it is not followed with the token
        (None, 300..=399 | 408) => retry(retry_after, Scope::Chat, code, message),
        (None, _) if error["is_transient"] == true => retry(retry_after, Scope::Chat, code, message),
        (None, _) => SendError::Refused { code, message },
    }
}

/// What a refusal means for this try of a message: a pair limit is waited out for 4 seconds to the power of the try, a file
/// that Meta could not take is uploaded once more, and what somebody should look into is logged.
pub fn for_attempt(error: SendError, attempt: i32) -> SendError {
    const LONGEST: u64 = 3600;
    let code: Option<i64> = match &error {
        SendError::Retry { code, .. } | SendError::Refused { code, .. } => code.parse().ok(),
        _ => None,
    };
    match (error, code.and_then(class)) {
        (SendError::Retry { code, message, after: None, scope }, Some(Class::SlowDownChat)) => {
            let power = u32::try_from(attempt.clamp(1, 10)).unwrap_or(1);
            let after = Some(Duration::from_secs(4_u64.saturating_pow(power).min(LONGEST)));
            SendError::Retry { code, message, after, scope }
        }
        (SendError::Refused { code, message }, Some(Class::Media)) if attempt <= 1 => {
            SendError::Retry { code, message, after: Some(Duration::from_secs(2)), scope: Scope::Chat }
        }
        (error, Some(Class::Ours)) => {
            tracing::warn!(%error, "WhatsApp calls a message malformed");
            error
        }
        (error, Some(Class::Policy)) => {
            tracing::error!(%error, "WhatsApp limits this account");
            error
        }
        (error, _) => error,
    }
}

/// A provider's text without what must not be shown: the token, which Meta quotes in some errors, and addresses.
fn clean(text: &str, token: &str) -> String {
    const MAX_CHARS: usize = 500;
    let hides = |word: &str| {
        let long = word.len() > 20 && word.contains("EAA");
        (!token.is_empty() && word.contains(token)) || long || word.contains("://")
    };
    let words = text.split_whitespace().map(|word| if hides(word) { "[…]" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(MAX_CHARS).collect()
}
