//! `@username` in a text. Who is meant is known only where the names that exist are: a text gives candidates.

/// Names of one text that are looked at.
const NAMES: usize = 50;
const SHORTEST: usize = 2;
const LONGEST: usize = 32;

/// A name as it was written, in lower case, and what it may mean: the whole first, then without the dots and dashes at its
/// end, which may belong to the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention(Vec<String>);

impl Mention {
    /// What it may mean, the likeliest first.
    #[must_use]
    pub fn candidates(&self) -> &[String] {
        &self.0
    }
}

/// The names that a text mentions, each once, in its order: at most 50. What follows a letter or a digit is the domain of
/// an e-mail address, and no mention.
#[must_use]
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for (at, _) in text.match_indices('@') {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || "_+-".contains(c)) {
            continue;
        }
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        let mention = Mention(candidates(&rest[..end].to_ascii_lowercase()));
        if !mention.0.is_empty() && !found.contains(&mention) {
            found.push(mention);
        }
        if found.len() == NAMES {
            break;
        }
    }
    found
}

fn candidates(written: &str) -> Vec<String> {
    let bare = written.trim_end_matches(['.', '-', '_']).len();
    let lengths = (bare..=written.len()).rev().filter(|length| (SHORTEST..=LONGEST).contains(length));
    lengths.map(|length| written[..length].to_owned()).collect()
}

const fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The likeliest name of each mention.
    fn names(text: &str) -> Vec<String> {
        mentions(text).into_iter().map(|mention| mention.0[0].clone()).collect()
    }

    #[test]
    fn names_are_found_in_any_case_and_each_once() {
        assert_eq!(names("@anna, look; and (@Bob_2) too. @ANNA"), ["anna", "bob_2"]);
        assert_eq!(names("спросить @anna-k"), ["anna-k"]);
        assert_eq!(names("@@bob @ x @"), ["bob"]);
    }

    #[test]
    fn dots_at_the_end_may_belong_to_the_sentence() {
        assert_eq!(mentions("ask @bob..")[0].candidates(), ["bob..", "bob.", "bob"]);
        assert_eq!(mentions("ask @j.doe")[0].candidates(), ["j.doe"]);
        assert_eq!(mentions("hm @..")[0].candidates(), [".."], "a name of dots alone is one too");
    }

    #[test]
    fn an_address_is_no_mention() {
        assert_eq!(names("write to a@bob.com, x_@bob, имя@bob or a+b@bob.com"), [""; 0]);
    }

    #[test]
    fn a_name_that_nobody_can_have_is_none_and_there_is_an_end() {
        assert_eq!(names(&format!("@a @{}", "x".repeat(33))), [""; 0]);
        assert_eq!(names(&format!("@{}", "x".repeat(32))).len(), 1);
        assert_eq!(mentions(&format!("@{}", ".".repeat(60_000))).len(), 1);
        let many: String = (0..200).map(|number| format!("@user{number} ")).collect();
        assert_eq!(mentions(&many).len(), 50);
    }
}
