//! Who may deliver.

use bytes::Bytes;
use contract::{Account, Network, Rejection, WebhookRequest};
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderValue};
use serde_json::json;

use crate::support::{account, cloud, http as client, now};

fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn verify(signatures: &[&str], body: &'static [u8], account: Option<&Account>) -> Result<(), Rejection> {
    let mut headers = HeaderMap::new();
    for signature in signatures {
        headers.append("X-Hub-Signature-256", HeaderValue::from_str(signature).unwrap());
    }
    let body = Bytes::from_static(body);
    cloud("").verify(&WebhookRequest { headers: &headers, body: &body, now: now() }, account)
}

const BODY: &[u8] = br#"{"text":"\u00e9t\u00e9"}"#;

#[test]
fn a_signature_with_the_applications_secret_is_genuine_on_both_addresses() {
    let good = sign("app-secret", BODY);
    assert_eq!(verify(&[&good], BODY, None), Ok(()));
    assert_eq!(verify(&[&good], BODY, Some(&account())), Ok(()));
}

#[test]
fn a_channel_with_a_secret_of_its_own_takes_that_one_alone() {
    let mut account = account();
    account.credentials["appSecret"] = json!("own-secret");
    assert_eq!(verify(&[&sign("own-secret", BODY)], BODY, Some(&account)), Ok(()));
    assert_eq!(verify(&[&sign("app-secret", BODY)], BODY, Some(&account)), Err(Rejection::Unauthorized));
    assert_eq!(verify(&[&sign("own-secret", BODY)], BODY, None), Err(Rejection::Unauthorized));
}

#[test]
fn c1_a_signature_in_any_other_form_is_refused() {
    let good = sign("app-secret", BODY);
    let digits = good.strip_prefix("sha256=").unwrap();
    let upper = format!("sha256={}", digits.to_uppercase());
    assert_ne!(upper, good);
    let forms = [
        vec![],
        vec![""],
        vec!["sha256="],
        vec![&good[..good.len() - 1]],
        vec![digits],
        vec![&upper],
        vec![&good, &good],
    ];
    for form in forms {
        assert_eq!(verify(&form, BODY, None), Err(Rejection::Unauthorized), "{form:?}");
    }
    let sha1 = format!("sha1={digits}");
    assert_eq!(verify(&[&sha1], BODY, None), Err(Rejection::Unauthorized));
    assert_eq!(verify(&[&format!("{good} ")], BODY, None), Err(Rejection::Unauthorized));
}

#[test]
fn c2_the_signature_is_over_the_raw_bytes() {
    let good = sign("app-secret", BODY);
    assert_eq!(verify(&[&good], br#"{"text":"\u00e9t\u00e8"}"#, None), Err(Rejection::Unauthorized));
    assert_eq!(verify(&[&good], "{\"text\":\"été\"}".as_bytes(), None), Err(Rejection::Unauthorized));
}

#[test]
fn without_a_secret_nothing_is_genuine() {
    let bare = whatsapp_cloud::WhatsappCloud::new("", None, None, client());
    let body = Bytes::from_static(BODY);
    let mut headers = HeaderMap::new();
    headers.insert("x-hub-signature-256", HeaderValue::from_str(&sign("", BODY)).unwrap());
    let request = WebhookRequest { headers: &headers, body: &body, now: now() };
    assert_eq!(bare.verify(&request, None), Err(Rejection::Unauthorized));
    assert_eq!(bare.verify(&request, Some(&account())), Err(Rejection::Unauthorized));
    let right = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=";
    assert_eq!(bare.challenge(right, None), Err(Rejection::Forbidden));
}

#[test]
fn a_challenge_with_the_right_token_is_answered_bare() {
    let asked = "hub.mode=subscribe&hub.verify_token=app%2Dverify&hub.challenge=%3Cscript%3E+1";
    assert_eq!(cloud("").challenge(asked, None).unwrap(), "<script> 1");
    let own = "hub.mode=subscribe&hub.verify_token=made-by-switchboard&hub.challenge=7";
    assert_eq!(cloud("").challenge(own, Some(&account())).unwrap(), "7");
    let mut account = account();
    account.credentials["verifyToken"] = json!("chosen");
    assert_eq!(cloud("").challenge(own, Some(&account)), Err(Rejection::Forbidden));
    let chosen = "hub.challenge=8&hub.verify_token=chosen&hub.mode=subscribe";
    assert_eq!(cloud("").challenge(chosen, Some(&account)).unwrap(), "8");
}

#[test]
fn c4_a_wrong_token_is_forbidden_and_odd_parameters_are_malformed() {
    let ask = |query: &str| cloud("").challenge(query, None).unwrap_err();
    assert_eq!(ask("hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1"), Rejection::Forbidden);
    assert_eq!(ask("hub.mode=unsubscribe&hub.verify_token=app-verify&hub.challenge=1"), Rejection::Forbidden);
    assert_eq!(ask("hub.mode=subscribe&hub.verify_token=made-by-switchboard&hub.challenge=1"), Rejection::Forbidden);
    for odd in [
        "",
        "hub.mode=subscribe&hub.verify_token=app-verify",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.verify_token=app-verify&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=app-verify&hub.challenge=1&hub.challenge=2",
        "hub.mode=subscribe&hub.verify_token=wrong&hub.verify_token=app-verify&hub.challenge=1",
    ] {
        assert_eq!(ask(odd), Rejection::Malformed, "{odd}");
    }
}
