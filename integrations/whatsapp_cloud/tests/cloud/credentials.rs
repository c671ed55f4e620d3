//! What is kept of a channel's credentials.

use contract::Network;
use serde_json::json;

use crate::support::cloud;

fn fields(credentials: serde_json::Value) -> Vec<&'static str> {
    cloud("").validate(&credentials).unwrap_err().into_iter().map(|error| error.field).collect()
}

#[test]
fn the_phone_number_id_may_be_a_number_and_names_the_account() {
    let given = json!({ "phoneNumberId": 700_100, "wabaId": "9", "accessToken": " EAAx ", "appSecret": "", "verifyToken": null, "other": 1 });
    let validated = cloud("").validate(&given).unwrap();
    assert_eq!(validated.credentials, json!({ "phoneNumberId": "700100", "wabaId": "9", "accessToken": "EAAx" }));
    assert_eq!(validated.identity.as_deref(), Some("700100"));
}

#[test]
fn wrong_fields_are_named() {
    assert_eq!(fields(json!({})), ["phoneNumberId", "accessToken"]);
    assert_eq!(fields(json!("text")), ["phoneNumberId", "accessToken"]);
    let odd = json!({ "phoneNumberId": [], "wabaId": true, "accessToken": "a\nb", "appSecret": 5, "verifyToken": {} });
    assert_eq!(fields(odd), ["phoneNumberId", "wabaId", "accessToken", "appSecret", "verifyToken"]);
    assert_eq!(fields(json!({ "phoneNumberId": "..", "accessToken": "x" })), ["phoneNumberId"]);
    assert_eq!(fields(json!({ "phoneNumberId": -5, "accessToken": "x" })), ["phoneNumberId"]);
}
