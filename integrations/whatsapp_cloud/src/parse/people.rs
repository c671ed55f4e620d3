//! Who a message is from: the sender's ids in the message, joined with the profiles that came beside it.
//!
//! A person is called by the phone number (`wa_id`), or by the business-scoped user id where there is no number
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>).

use std::borrow::Cow;
use std::collections::HashMap;

use contract::IncomingContact;
use serde_json::value::RawValue;

use super::raw::Object;

/// Longest name that is taken over; one profile is repeated in each message of a batch.
const MAX_NAME_CHARS: usize = 1024;

/// One element of `contacts`.
pub struct Profile<'a> {
    pub raw: &'a RawValue,
    wa_id: Option<Cow<'a, str>>,
    user_id: Option<Cow<'a, str>>,
    name: Option<String>,
    username: Option<String>,
}

/// The profiles of one change.
#[derive(Default)]
pub struct People<'a> {
    profiles: Vec<Profile<'a>>,
    by_id: HashMap<Cow<'a, str>, usize>,
    /// One message beside one profile: they belong together, also where the number is written in two ways.
    pair: bool,
}

/// A person as far as known, with the profile that matched.
pub struct Person<'p, 'a> {
    pub contact: IncomingContact,
    pub user_id: Option<Cow<'a, str>>,
    pub profile: Option<&'p Profile<'a>>,
}

impl<'a> People<'a> {
    /// `messages` is how many messages the change holds.
    pub fn read(value: &Object<'a>, messages: usize) -> Self {
        let Some(list) = value.list("contacts") else { return Self::default() };
        let profiles: Vec<Profile<'a>> = list.into_iter().filter_map(Profile::read).collect();
        let mut by_id = HashMap::with_capacity(profiles.len() * 2);
        for (index, profile) in profiles.iter().enumerate() {
            for id in [&profile.wa_id, &profile.user_id].into_iter().flatten() {
                by_id.insert(id.clone(), index);
            }
        }
        let pair = profiles.len() == 1 && messages <= 1;
        Self { profiles, by_id, pair }
    }

    fn find(&self, id: Option<&str>) -> Option<&Profile<'a>> {
        self.profiles.get(*self.by_id.get(id?)?)
    }

    /// `None` where nothing names the person.
    pub fn person(&self, wa_id: Option<Cow<'a, str>>, user_id: Option<Cow<'a, str>>) -> Option<Person<'_, 'a>> {
        let profile = self
            .find(wa_id.as_deref())
            .or_else(|| self.find(user_id.as_deref()))
            .or_else(|| self.profiles.first().filter(|_| self.pair));
        let wa_id = wa_id.or_else(|| profile?.wa_id.clone());
        let user_id = user_id.or_else(|| profile?.user_id.clone());
        let external_id = wa_id.as_deref().or(user_id.as_deref())?.to_owned();
        let contact = IncomingContact {
            external_id,
            name: profile.and_then(|profile| profile.name.clone()),
            username: profile.and_then(|profile| profile.username.clone()),
            phone: wa_id.as_deref().and_then(phone),
            email: None,
        };
        Some(Person { contact, user_id, profile })
    }
}

impl<'a> Profile<'a> {
    fn read(raw: &'a RawValue) -> Option<Self> {
        let contact = Object::read(raw)?;
        let profile = contact.object("profile");
        let shown = |name: &str| {
            let text = profile.as_ref().and_then(|profile| profile.filled(name)).or_else(|| contact.filled(name))?;
            Some(clamp(&text))
        };
        Some(Self {
            raw,
            wa_id: contact.id("wa_id"),
            user_id: contact.id("user_id"),
            name: shown("name"),
            username: shown("username"),
        })
    }
}

fn clamp(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME_CHARS) {
        Some((end, _)) => name[..end].to_owned(),
        None => name.to_owned(),
    }
}

/// `+<digits>` of a `wa_id`; `None` for what is no phone number.
pub fn phone(wa_id: &str) -> Option<String> {
    let digits = wa_id.strip_prefix('+').unwrap_or(wa_id);
    let fits = (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| format!("+{digits}"))
}

/// Whether two spellings (`+1 555-0100`, `15550100`) are one number.
pub fn same_number(a: &str, b: &str) -> bool {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).take(32).collect::<Vec<u8>>();
    let a = digits(a);
    !a.is_empty() && a == digits(b)
}
