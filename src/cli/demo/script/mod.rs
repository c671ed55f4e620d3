//! Who the demo's customers are, what was said before the start, and what they say from then on. Nobody of them exists; phone
//! numbers are from ranges that nobody gets.

mod bot;
mod number;
mod phone;
mod program;
mod website;

use super::files::File;
use crate::chat::Priority;
use crate::ticket::TicketStatus;

/// Which of the demo's channels a customer uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Telegram,
    /// WhatsApp's Cloud API.
    Whatsapp,
    /// WhatsApp over a bridge.
    Phone,
    Website,
    Program,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Whoever signs in with the printed login.
    You,
    Anna,
    Mark,
}

/// Somebody who writes, or a group.
pub(super) struct Customer {
    pub(super) line: Line,
    /// The network's id.
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Of a group: ids and names of who writes there, in turn.
    pub(super) members: &'static [(&'static str, &'static str)],
    /// What was said and done before the first start, the oldest first.
    pub(super) past: &'static [Step],
    /// Said of their own accord, one after the other and then from the start; nothing: silent until somebody writes.
    pub(super) says: &'static [&'static str],
    /// Said to an operator who wrote, one after the other and then from the start.
    pub(super) answers: &'static [&'static str],
}

/// Something that happened in a chat.
pub(super) struct Step {
    /// Minutes before the start, at least 2.
    pub(super) ago: u32,
    pub(super) act: Act,
}

/// Messages of a chat are named by their place in it, from 0.
pub(super) enum Act {
    Says(&'static str),
    /// In reply to a message.
    Replies(usize, &'static str),
    /// A file with its caption.
    Sends(File, &'static str),
    Place {
        lat: f64,
        lng: f64,
        name: &'static str,
        address: &'static str,
    },
    /// Somebody's name and number.
    Card(&'static str, &'static str),
    /// The customer's reaction.
    Reacts(usize, &'static str),
    /// The customer writes it anew.
    Corrects(usize, &'static str),
    Deletes(usize),
    Answers(Who, &'static str),
    /// In reply to a message.
    Quotes(Who, usize, &'static str),
    /// The network refuses it.
    Fails(Who, &'static str),
    /// The template of a name and language, with its one parameter.
    Template(Who, &'static str, &'static str, &'static str),
    Likes(Who, usize, &'static str),
    Note(Who, &'static str),
    Reads(Who),
    /// The first gives the chat to the second.
    Assigns(Who, Who),
    Labels(&'static [&'static str]),
    /// Gives the chat to one of [`TEAMS`].
    HandsTo(&'static str),
    /// Makes a ticket about the chat, and takes it this far.
    Tickets {
        by: Who,
        to: Option<Who>,
        title: &'static str,
        priority: Priority,
        status: TicketStatus,
    },
    Ranks(Priority),
    Waits,
    Resolves(Who),
    /// For so many hours from the start.
    Snoozes(Who, u32),
}

/// Teams with who is in them.
pub(super) const TEAMS: [(&str, &[Who]); 2] = [("Shop", &[Who::You, Who::Anna]), (DELIVERY, &[Who::Anna, Who::Mark])];
const DELIVERY: &str = "Delivery";

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

const fn at(ago: u32, act: Act) -> Step {
    Step { ago, act }
}

const fn says(ago: u32, text: &'static str) -> Step {
    at(ago, Act::Says(text))
}

const fn answers(ago: u32, who: Who, text: &'static str) -> Step {
    at(ago, Act::Answers(who, text))
}

/// All of them.
pub(super) fn customers() -> impl Iterator<Item = &'static Customer> {
    [bot::CUSTOMERS, number::CUSTOMERS, phone::CUSTOMERS, website::CUSTOMERS, program::CUSTOMERS].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn everybody_is_somebody_else_has_a_past_in_order_and_answers() {
        let mut known = HashSet::new();
        for customer in customers() {
            assert!(known.insert((customer.line as u8, customer.id)), "{} is there twice", customer.name);
            assert!(!customer.past.is_empty() && !customer.answers.is_empty(), "{}", customer.name);
            assert!(
                customer.past.is_sorted_by_key(|step| std::cmp::Reverse(step.ago)),
                "{} goes back in time",
                customer.name
            );
            assert!(customer.past.iter().all(|step| step.ago >= 2), "{} speaks of the future", customer.name);
        }
    }
}
