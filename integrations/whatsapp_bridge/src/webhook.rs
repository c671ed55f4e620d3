//! Is a delivery really the bridge's? The signature covers time, channel and raw body, so it fits no other channel or day.

use contract::{Account, Rejection, WebhookRequest};
use hmac::{Hmac, Mac};
use sha2::Sha256;

const TOLERANCE_SECS: i64 = 300;

/// Checks `X-Switchboard-Timestamp` and `X-Switchboard-Signature`, each of which must come once.
pub(crate) fn verify(secret: &str, request: &WebhookRequest<'_>, account: Option<&Account>) -> Result<(), Rejection> {
    genuine(secret, request, account).ok_or(Rejection::Unauthorized)
}

fn genuine(secret: &str, request: &WebhookRequest<'_>, account: Option<&Account>) -> Option<()> {
    let account = account?;
    let timestamp = only(request, "x-switchboard-timestamp")?;
    if timestamp.is_empty() || !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let at: i64 = timestamp.parse().ok()?;
    let age = request.now.timestamp().checked_sub(at)?;
    if age.abs() > TOLERANCE_SECS {
        return None;
    }

    let signature = only(request, "x-switchboard-signature")?.strip_prefix("sha256=")?;
    if signature.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut claimed = [0; 32];
    hex::decode_to_slice(signature, &mut claimed).ok()?;

    if secret.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(account.channel_id.hyphenated().encode_lower(&mut [0; 36]).as_bytes());
    mac.update(b".");
    mac.update(request.body);
    // compares in constant time
    mac.verify_slice(&claimed).ok()
}

/// The header's value where it came exactly once.
pub(crate) fn only<'a>(request: &WebhookRequest<'a>, name: &str) -> Option<&'a str> {
    let mut values = request.headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use bytes::Bytes;
    use chrono::{DateTime, TimeDelta, Utc};
    use contract::Mode;
    use http::{HeaderMap, HeaderName, HeaderValue};
    use serde_json::Value;
    use uuid::Uuid;

    use super::*;

    const SECRET: &str = "a bridge secret of thirty-two bytes";
    const BODY: &str = r#"{"event":"message","data":{"text":"Größe \u00e9"}}"#;

    fn channel(id: u128) -> Account {
        Account {
            channel_id: Uuid::from_u128(id),
            credentials: Value::Null,
            mode: Mode::Webhook,
            webhook_url: String::new(),
            webhook_secret: String::new(),
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    /// The signature written out anew, so that a mistake in the code above shows.
    fn sign(secret: &str, timestamp: &str, channel: &str, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{timestamp}.{channel}.{body}").as_bytes());
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    fn check(headers: &[(&'static str, &str)], body: &str, account: Option<&Account>) -> Result<(), Rejection> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let body = Bytes::copy_from_slice(body.as_bytes());
        verify(SECRET, &WebhookRequest { headers: &map, body: &body, now: now() }, account)
    }

    fn signed(timestamp: &str) -> [(&'static str, String); 2] {
        let signature = sign(SECRET, timestamp, "00000000-0000-0000-0000-000000000001", BODY);
        [("x-switchboard-timestamp", timestamp.to_owned()), ("x-switchboard-signature", signature)]
    }

    fn check_signed(headers: &[(&'static str, String)], body: &str, account: &Account) -> Result<(), Rejection> {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        check(&headers, body, Some(account))
    }

    #[test]
    fn a_signed_delivery_is_genuine_for_five_minutes_both_ways() {
        for (age, genuine) in [(0, true), (300, true), (-300, true), (301, false), (-301, false), (86_400, false)] {
            let at = (now() - TimeDelta::seconds(age)).timestamp().to_string();
            assert_eq!(check_signed(&signed(&at), BODY, &channel(1)).is_ok(), genuine, "{age} s old");
        }
    }

    #[test]
    fn one_changed_byte_or_another_channel_is_refused() {
        let headers = signed("1790000000");
        assert!(check_signed(&headers, &BODY.replace("Größe", "Grösse"), &channel(1)).is_err());
        assert!(check_signed(&headers, BODY, &channel(2)).is_err());
        let later = [("x-switchboard-timestamp", "1790000001".to_owned()), headers[1].clone()];
        assert!(check_signed(&later, BODY, &channel(1)).is_err());
    }

    #[test]
    fn a_strange_header_is_refused() {
        let [(_, at), (_, signature)] = signed("1790000000");
        let (time, seal) = ("x-switchboard-timestamp", "x-switchboard-signature");
        let upper = format!("sha256={}", signature["sha256=".len()..].to_uppercase());
        let foreign = sign("another secret", &at, "00000000-0000-0000-0000-000000000001", BODY);
        let long = format!("{signature}00");
        let doubled = [(time, at.as_str()), (time, at.as_str()), (seal, signature.as_str())];
        let sealed_twice = [(time, at.as_str()), (seal, signature.as_str()), (seal, signature.as_str())];
        for headers in [
            &[][..],
            &[(time, at.as_str())],
            &[(seal, signature.as_str())],
            &doubled,
            &sealed_twice,
            &[(time, at.as_str()), (seal, &signature["sha256=".len()..])],
            &[(time, at.as_str()), (seal, upper.as_str())],
            &[(time, at.as_str()), (seal, foreign.as_str())],
            &[(time, at.as_str()), (seal, long.as_str())],
            &[(time, at.as_str()), (seal, "sha256=")],
            &[(time, at.as_str()), (seal, "")],
            &[(time, at.as_str()), (seal, &signature[..40])],
        ] {
            assert_eq!(check(headers, BODY, Some(&channel(1))), Err(Rejection::Unauthorized), "{headers:?}");
        }
        for odd in ["+1790000000", " 1790000000", "", "1790000000000", "99999999999999999999", "now"] {
            assert!(check_signed(&signed(odd), BODY, &channel(1)).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn an_address_without_a_channel_takes_nothing() {
        let [(time, at), (seal, signature)] = signed("1790000000");
        assert_eq!(check(&[(time, &at), (seal, &signature)], BODY, None), Err(Rejection::Unauthorized));
    }
}
