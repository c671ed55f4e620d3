//! WhatsApp's addresses (JIDs), brought to one spelling so that a person has one chat.
//!
//! It never maps a hidden id (`@lid`) to a phone number: the bridge sends the phone's address where it knows it.

const PERSON: &str = "s.whatsapp.net";

/// Strips the device (`:15`) and agent (`_1`) of a person's address, spells `@c.us` as `@s.whatsapp.net`, and takes a bare
/// phone number for a person's address. `None` where nothing is left of it.
pub(crate) fn normalize(jid: &str) -> Option<String> {
    let jid = jid.trim();
    let Some((user, server)) = jid.split_once('@') else {
        let digits = jid.strip_prefix('+').unwrap_or(jid);
        return is_number(digits).then(|| format!("{digits}@{PERSON}"));
    };
    if user.is_empty() || server.is_empty() {
        return None;
    }
    let server = if server == "c.us" { PERSON } else { server };
    let user = if matches!(server, PERSON | "lid" | "hosted" | "hosted.lid") {
        without_suffix(without_suffix(user, ':'), '_')
    } else {
        user
    };
    (!user.is_empty()).then(|| format!("{user}@{server}"))
}

fn without_suffix(user: &str, mark: char) -> &str {
    match user.rsplit_once(mark) {
        Some((rest, suffix)) if is_number(suffix) => rest,
        _ => user,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The phone number, E.164 with the plus sign, that a normalized person's address holds.
pub(crate) fn phone(jid: &str) -> Option<String> {
    let digits = jid.strip_suffix(PERSON)?.strip_suffix('@')?;
    is_number(digits).then(|| format!("+{digits}"))
}

pub(crate) fn is_group(jid: &str) -> bool {
    jid.ends_with("@g.us")
}

pub(crate) fn is_person(jid: &str) -> bool {
    jid.rsplit_once('@').is_some_and(|(_, server)| matches!(server, PERSON | "lid"))
}

/// What is posted to everybody and answered by nobody: stories and channels.
pub(crate) fn is_post(jid: &str) -> bool {
    jid == "status@broadcast" || jid.ends_with("@newsletter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_one_spelling() {
        for spelling in [
            "4915550100@s.whatsapp.net",
            "4915550100:15@s.whatsapp.net",
            "4915550100_1:15@s.whatsapp.net",
            "4915550100_1@s.whatsapp.net",
            "4915550100@c.us",
            "4915550100:2@c.us",
            "+4915550100",
            " 4915550100 ",
        ] {
            assert_eq!(normalize(spelling).as_deref(), Some("4915550100@s.whatsapp.net"), "{spelling}");
        }
    }

    #[test]
    fn other_addresses_keep_their_form() {
        for jid in ["4915550100-1600000000@g.us", "120363000000000001@g.us", "77001122@lid", "1@newsletter"] {
            assert_eq!(normalize(jid).as_deref(), Some(jid));
        }
        assert_eq!(normalize("77001122:3@lid").as_deref(), Some("77001122@lid"));
    }

    #[test]
    fn what_names_nobody_is_no_address() {
        for jid in ["", "@", "@s.whatsapp.net", "someone", ":5@s.whatsapp.net", "4915550100@"] {
            assert_eq!(normalize(jid), None, "{jid}");
        }
    }

    #[test]
    fn only_a_persons_address_holds_a_phone() {
        assert_eq!(phone("4915550100@s.whatsapp.net").as_deref(), Some("+4915550100"));
        assert_eq!(phone("77001122@lid"), None);
        assert_eq!(phone("120363000000000001@g.us"), None);
    }
}
