//! Access tokens: JWTs signed with HS256 and `JWT_SECRET`, ours or those of another backend that shares it.
//! Here a token's form and times are proven; whether its bearer still belongs here is the gate's question.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::id::{ChatId, ContactId, OrganizationId, SessionId, UserId};
use crate::keys::Key;
use crate::operator::Role;

/// How long an access token is good.
pub const ACCESS_SECS: i64 = 900;
/// How long a visitor's token is good.
pub const GUEST_SECS: i64 = 24 * 60 * 60;
/// What clocks of other backends may differ by.
const LEEWAY_SECS: i64 = 5;

/// Signs and reads tokens.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    clock: Clock,
}

/// What a token with a good signature and good times claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub organization_id: Option<OrganizationId>,
    pub bearer: Bearer,
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    User { id: UserId, session_id: Option<SessionId> },
    Guest { contact_id: ContactId, chat_id: ChatId },
}

/// Claims as they come: other backends put what they like into those that are not read as text.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Claims {
    sub: Value,
    user_id: Value,
    organization_id: Value,
    role: Value,
    contact_id: Value,
    chat_id: Value,
    sid: Value,
    exp: Value,
    nbf: Value,
}

impl Tokens {
    #[must_use]
    pub fn new(key: &Key, clock: Clock) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // times are checked below, by the clock that tests can move
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let secret = key.as_bytes();
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
            clock,
        }
    }

    /// A member's token, good for [`ACCESS_SECS`]. Without a session it cannot be logged out.
    ///
    /// # Errors
    /// [`Error::Internal`] where signing fails.
    pub fn sign_access(
        &self,
        user_id: UserId,
        organization_id: OrganizationId,
        role: Role,
        session_id: Option<SessionId>,
    ) -> Result<String> {
        let mut claims = json!({
            "sub": user_id, "userId": user_id, "organizationId": organization_id, "role": role,
        });
        if let Some(session_id) = session_id {
            claims["sid"] = json!(session_id);
        }
        self.sign(claims, ACCESS_SECS)
    }

    /// A visitor's token, good for [`GUEST_SECS`].
    ///
    /// # Errors
    /// [`Error::Internal`] where signing fails.
    pub fn sign_guest(
        &self,
        organization_id: OrganizationId,
        contact_id: ContactId,
        chat_id: ChatId,
    ) -> Result<String> {
        let claims = json!({
            "sub": contact_id, "contactId": contact_id, "chatId": chat_id, "organizationId": organization_id, "role": "guest",
        });
        self.sign(claims, GUEST_SECS)
    }

    fn sign(&self, mut claims: Value, good_for_secs: i64) -> Result<String> {
        let now = self.clock.now().timestamp();
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + good_for_secs);
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(Error::internal)
    }

    /// Proves signature and times. A claimed role is read only to tell guests from members.
    ///
    /// # Errors
    /// [`Error::Unauthorized`], whatever is wrong.
    pub fn read(&self, token: &str) -> Result<Claimed> {
        self.prove(token).and_then(|claims| self.judge(&claims)).ok_or(Error::Unauthorized)
    }

    /// The organization that a token names, whatever its times; `None` where its signature is not good.
    #[must_use]
    pub fn organization_of(&self, token: &str) -> Option<OrganizationId> {
        id(&self.prove(token)?.organization_id)
    }

    /// What is claimed with a good signature.
    fn prove(&self, token: &str) -> Option<Claims> {
        let read = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?;
        // RFC 7515, 4.1.11: what is said to be critical must be understood, and we understand no extension
        read.header.crit.is_none().then_some(read.claims)
    }

    fn judge(&self, claims: &Claims) -> Option<Claimed> {
        let now = self.clock.now();
        let leeway = TimeDelta::seconds(LEEWAY_SECS);
        let expires_at = time(&claims.exp)?;
        let begun = claims.nbf.is_null() || time(&claims.nbf)? <= now + leeway;
        if expires_at + leeway <= now || !begun {
            return None;
        }
        let guest = claims.role == "guest" || (claims.user_id.is_null() && !claims.contact_id.is_null());
        let bearer = if guest {
            Bearer::Guest { contact_id: id(&claims.contact_id)?, chat_id: id(&claims.chat_id)? }
        } else {
            let user = if claims.user_id.is_null() { &claims.sub } else { &claims.user_id };
            Bearer::User { id: id(user)?, session_id: id(&claims.sid) }
        };
        let organization_id = match &claims.organization_id {
            Value::Null => None,
            claimed => Some(id(claimed)?),
        };
        Some(Claimed { organization_id, bearer, expires_at })
    }
}

fn id<T: std::str::FromStr>(claim: &Value) -> Option<T> {
    claim.as_str()?.parse().ok()
}

/// Seconds since 1970 (RFC 7519, 2: NumericDate), of this era: until the year 9999.
fn time(claim: &Value) -> Option<DateTime<Utc>> {
    const LAST: f64 = 253_402_300_799.0;
    let secs = claim.as_f64().filter(|secs| (1.0..=LAST).contains(secs))?;
    #[expect(clippy::cast_possible_truncation, reason = "within the range above")]
    DateTime::from_timestamp(secs as i64, 0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use hmac::{Hmac, Mac};
    use sha2::{Sha256, Sha512};

    use super::*;
    use crate::config::Config;
    use crate::keys::Keys;

    const SECRET: &str = "a secret of this test, long enough";

    fn tokens() -> Tokens {
        let config = Config::from_lookup(&|name| match name {
            "JWT_SECRET" | "SECRETS_KEY" | "BRIDGE_SECRET" => Some(SECRET.into()),
            _ => None,
        });
        Tokens::new(&Keys::load(&config.unwrap()).unwrap().jwt, Clock::system())
    }

    /// Signs by hand, so that headers and claims can be anything.
    fn signed(header: &str, claims: &str) -> String {
        let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }

    fn claims(change: impl Fn(&mut Value)) -> String {
        let now = Clock::system().now().timestamp();
        let mut claims = json!({"userId": UserId::new(), "organizationId": OrganizationId::new(), "exp": now + 60});
        change(&mut claims);
        claims.to_string()
    }

    const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

    #[test]
    fn what_we_sign_we_read() {
        let (user, organization, session) = (UserId::new(), OrganizationId::new(), SessionId::new());
        let token = tokens().sign_access(user, organization, Role::User, Some(session)).unwrap();
        let read = tokens().read(&token).unwrap();
        assert_eq!(read.bearer, Bearer::User { id: user, session_id: Some(session) });
        assert_eq!(read.organization_id, Some(organization));
        let (contact_id, chat_id) = (ContactId::new(), ChatId::new());
        let read = tokens().read(&tokens().sign_guest(organization, contact_id, chat_id).unwrap()).unwrap();
        assert_eq!(read.bearer, Bearer::Guest { contact_id, chat_id });
    }

    #[test]
    fn another_backends_token_needs_a_user_and_an_end() {
        for good in [
            claims(|_| ()),
            claims(|claims| claims["aud"] = json!("elsewhere")),
            claims(|claims| claims["role"] = json!(["anything"])),
            claims(|claims| claims["sub"] = json!(42)),
            claims(|claims| claims["exp"] = json!(claims["exp"].as_f64().unwrap() + 0.5)),
            claims(|claims| {
                claims["sub"] = claims["userId"].take();
                claims["organizationId"].take();
            }),
        ] {
            assert!(tokens().read(&signed(HS256, &good)).is_ok(), "{good}");
        }
        for bad in [
            claims(|claims| _ = claims["userId"].take()),
            claims(|claims| claims["userId"] = json!("42")),
            claims(|claims| claims["organizationId"] = json!("42")),
            claims(|claims| claims["role"] = json!("guest")),
            "[]".into(),
            "5".into(),
        ] {
            assert!(tokens().read(&signed(HS256, &bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_held_to_within_five_seconds() {
        let now = Clock::system().now().timestamp();
        let with = |name: &str, value: Value| claims(|claims| claims[name] = value.clone());
        for bad in [json!(now - 6), json!(null), json!("9999999999"), json!(1e308), json!(-1), json!(0), json!({})] {
            assert!(tokens().read(&signed(HS256, &with("exp", bad.clone()))).is_err(), "exp {bad}");
        }
        for bad in [json!(now + 30), json!("0"), json!(1e308)] {
            assert!(tokens().read(&signed(HS256, &with("nbf", bad.clone()))).is_err(), "nbf {bad}");
        }
        assert!(tokens().read(&signed(HS256, &with("exp", json!(now - 2)))).is_ok());
        assert!(tokens().read(&signed(HS256, &with("nbf", json!(now + 2)))).is_ok());
    }

    #[test]
    fn a_token_ends_by_the_clock_that_tests_move() {
        let (clock, hand) = Clock::moved();
        let tokens = Tokens { clock, ..tokens() };
        let token = tokens.sign_access(UserId::new(), OrganizationId::new(), Role::User, None).unwrap();
        assert!(tokens.read(&token).is_ok());
        hand.advance(TimeDelta::seconds(ACCESS_SECS + LEEWAY_SECS + 1));
        assert!(tokens.read(&token).is_err());
    }

    #[test]
    fn only_hs256_with_our_key_is_a_signature() {
        let good = claims(|_| ());
        assert!(tokens().read(&signed(HS256, &good)).is_ok());
        for alg in ["none", "None", "NONE", "", "hs256", "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA"] {
            let token = signed(&json!({"alg": alg}).to_string(), &good);
            assert!(tokens().read(&token).is_err(), "{alg}");
            let unsigned = token.rsplit_once('.').map(|(body, _)| format!("{body}.")).unwrap();
            assert!(tokens().read(&unsigned).is_err(), "{alg}, unsigned");
        }
        let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS512"}"#), URL_SAFE_NO_PAD.encode(&good));
        let mut mac = <Hmac<Sha512> as Mac>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let stronger = format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        assert!(tokens().read(&stronger).is_err());
        assert!(tokens().read(&signed(r#"{"alg":"HS256","crit":["exp"]}"#, &good)).is_err());
    }

    #[test]
    fn keys_that_a_header_names_are_not_looked_for() {
        let header = json!({
            "alg": "HS256", "kid": "../../etc/passwd'; drop table users\u{0}", "jku": "http://127.0.0.1:1/", "x5u": "file:///x",
        });
        assert!(tokens().read(&signed(&header.to_string(), &claims(|_| ()))).is_ok());
        for junk in ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", &".".repeat(10_000)] {
            assert!(tokens().read(junk).is_err(), "{junk}");
        }
    }
}
