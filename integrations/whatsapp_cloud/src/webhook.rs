//! Who may deliver: the subscription challenge (GET) and the signature (POST), both compared in constant time
//! (<https://developers.facebook.com/docs/graph-api/webhooks/getting-started>).

use contract::{Account, Rejection, WebhookRequest};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

const SIGNATURE: &str = "x-hub-signature-256";

/// Checks `X-Hub-Signature-256: sha256=<64 lower case hex digits>`, the HMAC of the raw body under the app's secret.
///
/// # Errors
/// [`Rejection::Unauthorized`] for anything that is not proven, also where no secret is configured.
pub fn verify(request: &WebhookRequest<'_>, app_secret: Option<&str>) -> Result<(), Rejection> {
    let mut headers = request.headers.get_all(SIGNATURE).iter();
    let (Some(header), None) = (headers.next(), headers.next()) else { return Err(Rejection::Unauthorized) };
    let claimed = header.as_bytes().strip_prefix(b"sha256=").ok_or(Rejection::Unauthorized)?;
    let secret = app_secret.filter(|secret| !secret.is_empty()).ok_or(Rejection::Unauthorized)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| Rejection::Unauthorized)?;
    mac.update(request.body);
    // as text, since upper case digits would decode to the same bytes
    let expected = hex::encode(mac.finalize().into_bytes());
    if bool::from(expected.as_bytes().ct_eq(claimed)) { Ok(()) } else { Err(Rejection::Unauthorized) }
}

/// Answers `hub.mode=subscribe&hub.verify_token=…&hub.challenge=…` with the bare challenge.
///
/// # Errors
/// [`Rejection::Malformed`] where one of the three is missing or repeated, [`Rejection::Forbidden`] where mode or token is
/// wrong or no token is configured.
pub fn challenge(query: &str, token: Option<&str>) -> Result<String, Rejection> {
    let one = |name: &str| {
        let mut values =
            form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(value),
            _ => Err(Rejection::Malformed),
        }
    };
    let (mode, claimed, challenge) = (one("hub.mode")?, one("hub.verify_token")?, one("hub.challenge")?);
    let token = token.filter(|token| !token.is_empty()).ok_or(Rejection::Forbidden)?;
    let right = bool::from(token.as_bytes().ct_eq(claimed.as_bytes()));
    if right && mode == "subscribe" { Ok(challenge.into_owned()) } else { Err(Rejection::Forbidden) }
}

/// The token that a channel's own address expects: the one given with its credentials, else the one made for it.
pub fn verify_token(account: &Account) -> &str {
    account.credential("verifyToken").unwrap_or(&account.webhook_secret)
}
