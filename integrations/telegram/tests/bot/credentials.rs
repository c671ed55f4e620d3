//! Credentials, and proof that a delivery is Telegram's.

use bytes::Bytes;
use contract::{Account, Mode, Network, Rejection, WebhookRequest};
use http::{HeaderMap, HeaderValue};
use serde_json::json;

use crate::support::{account, network, now};

const HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";

fn verify(values: &[&str], account: Option<&Account>) -> Result<(), Rejection> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(HEADER, HeaderValue::from_str(value).unwrap());
    }
    let body = Bytes::from_static(b"{}");
    network("http://127.0.0.1:1").verify(&WebhookRequest { headers: &headers, body: &body, now: now() }, account)
}

#[test]
fn a_delivery_is_proven_by_our_secret_or_the_users() {
    let account = account(Mode::Webhook);
    assert_eq!(verify(&["made-by-switchboard"], Some(&account)), Ok(()));
    assert_eq!(verify(&["chosen-by-the-user"], Some(&account)), Ok(()));
}

#[test]
fn anything_else_is_not_proven() {
    let mut account = account(Mode::Webhook);
    let long = "a".repeat(257);
    for values in [
        &[][..],
        &[""],
        &["made-by-switchboar"],
        &["made-by-switchboard "],
        &["MADE-BY-SWITCHBOARD"],
        &["made-by-switchboard", "made-by-switchboard"],
        &["made-by-switchboard", "x"],
        &[&long],
    ] {
        assert_eq!(verify(values, Some(&account)), Err(Rejection::Unauthorized), "{values:?}");
    }
    assert_eq!(verify(&["made-by-switchboard"], None), Err(Rejection::Unauthorized));
    account.webhook_secret = long.clone();
    assert_eq!(verify(&[&long], Some(&account)), Err(Rejection::Unauthorized), "even if it were the secret");
    account.webhook_secret.clear();
    account.credentials = json!({ "token": "1:a" });
    assert_eq!(verify(&[""], Some(&account)), Err(Rejection::Unauthorized), "an empty secret proves nothing");
}

#[test]
fn the_bot_id_is_the_identity_and_only_known_fields_are_stored() {
    let network = network("http://127.0.0.1:1");
    let valid = network.validate(&json!({ "token": " 123456:AAF_x-9 ", "secretToken": null, "note": "mine" })).unwrap();
    assert_eq!(valid.identity.as_deref(), Some("123456"));
    assert_eq!(valid.credentials, json!({ "token": "123456:AAF_x-9" }));
    let valid = network.validate(&json!({ "token": "1:a", "secretToken": "s-3_T" })).unwrap();
    assert_eq!(valid.credentials, json!({ "token": "1:a", "secretToken": "s-3_T" }));
}

#[test]
fn wrong_credentials_name_their_fields() {
    let network = network("http://127.0.0.1:1");
    let fields = |credentials| {
        let errors = network.validate(&credentials).unwrap_err();
        errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
    };
    for token in [
        json!(""),
        json!("abc"),
        json!("12:"),
        json!(":abc"),
        json!("1a:abc"),
        json!("1:a/b"),
        json!("1:a:b"),
        json!(5),
    ] {
        assert_eq!(fields(json!({ "token": token })), ["token"], "{token}");
    }
    assert_eq!(fields(json!(null)), ["token"]);
    for secret in [json!(""), json!("with space"), json!("a".repeat(257)), json!(1)] {
        assert_eq!(fields(json!({ "token": "1:a", "secretToken": secret })), ["secretToken"], "{secret}");
    }
    assert_eq!(fields(json!({ "token": "x", "secretToken": "ö" })), ["token", "secretToken"]);
}

#[test]
fn an_address_that_is_no_web_address_is_refused() {
    for address in ["", "api.telegram.org", "ftp://api.telegram.org", "not a url"] {
        assert!(telegram::Telegram::new(address).is_err(), "{address}");
    }
}
