//! Those who write to the paired phone, over the bridge.

use super::Act::{Assigns, HandsTo, Labels, Place, Ranks, Reacts, Replies, Resolves, Sends, Tickets};
use super::Who::{Anna, Mark, You};
use super::{Customer, DAY, DELIVERY, HOUR, Line, answers, at, says};
use crate::chat::Priority;
use crate::cli::demo::files::File;
use crate::ticket::TicketStatus;

pub(super) const CUSTOMERS: &[Customer] = &[
    Customer {
        line: Line::Phone,
        id: "70000000512@s.whatsapp.net",
        name: "Светлана Титова",
        members: &[],
        past: &[
            says(8 * DAY, "Добрый день! Подскажите, вы сами собираете шкафы?"),
            answers(8 * DAY - 15, Anna, "Здравствуйте! Да, сборка входит в доставку."),
            says(8 * DAY - 17, "Замечательно, тогда беру."),
            at(8 * DAY - 18, Reacts(1, "👍")),
            at(7 * DAY, Resolves(Anna)),
        ],
        says: &[],
        answers: &["Спасибо!", "Мастера очень аккуратные, спасибо вам."],
    },
    Customer {
        line: Line::Phone,
        id: "420000000731@s.whatsapp.net",
        name: "Marta Novak",
        members: &[],
        past: &[
            says(DAY + 7 * HOUR, "Hello, I am moving. Can you bring the shelves to another address?"),
            at(
                DAY + 7 * HOUR - 2,
                Place { lat: 50.0875, lng: 14.4213, name: "New flat", address: "Old Town Square 1, Prague" },
            ),
            says(DAY + 7 * HOUR - 3, "Third floor, there is a lift."),
            at(DAY + 6 * HOUR, Labels(&["delivery"])),
            at(DAY + 6 * HOUR - 1, Assigns(You, Mark)),
            at(DAY + 6 * HOUR - 1, HandsTo(DELIVERY)),
        ],
        says: &[],
        answers: &["Yes, in the morning is fine.", "Děkuji!"],
    },
    Customer {
        line: Line::Phone,
        id: "120363000000007001@g.us",
        name: "Elm Street neighbours",
        members: &[
            ("15550100201@s.whatsapp.net", "Peter"),
            ("15550100202@s.whatsapp.net", "Amara"),
            ("15550100203@s.whatsapp.net", "Joe"),
        ],
        past: &[
            says(11 * HOUR, "We are four families and want the same garden bench. Is there a discount?"),
            says(11 * HOUR - 3, "Five, we want one too!"),
            at(11 * HOUR - 5, Sends(File::Smile, "")),
            answers(10 * HOUR, You, "Good morning, all! From five on it is 12 % less, and one delivery for everybody."),
            at(10 * HOUR - 2, Reacts(3, "🎉")),
            at(9 * HOUR, Replies(3, "Sounds good. We will agree on the day.")),
        ],
        says: &[],
        answers: &["Thursday then?", "Thank you, that is kind.", "We are all at home after five."],
    },
    Customer {
        line: Line::Phone,
        id: "15550100211@s.whatsapp.net",
        name: "Daniel Okafor",
        members: &[],
        past: &[
            at(38, Sends(File::Parcel, "It came like this. The corner is crushed and the lamp inside is broken.")),
            says(37, "I need it for a present on Sunday!"),
            at(35, Ranks(Priority::Urgent)),
            at(34, Labels(&["damaged", "delivery"])),
            at(33, Assigns(Mark, You)),
            at(32, HandsTo(DELIVERY)),
            at(
                31,
                Tickets {
                    by: Mark,
                    to: Some(Mark),
                    title: "Broken lamp for Daniel Okafor: a new one before Sunday",
                    priority: Priority::Urgent,
                    status: TicketStatus::Open,
                },
            ),
        ],
        says: &[],
        answers: &["You are saving my weekend!", "The same colour, please.", "Thank you so much."],
    },
    Customer {
        line: Line::Phone,
        id: "70000000535@s.whatsapp.net",
        name: "Нина Павловна",
        members: &[],
        past: &[
            says(DAY - HOUR, "Здравствуйте, это Нина Павловна. Внук заказал мне торшер."),
            answers(DAY - 2 * HOUR, Anna, "Здравствуйте, Нина Павловна! Да, завтра привезём."),
            says(DAY - 2 * HOUR - 2, "Спасибо, милая."),
            says(10, "Торшер привезли, а как его включать?"),
        ],
        says: &["Кнопку нашла, а лампочки в коробке нет.", "Какую лампочку купить?"],
        answers: &["Спасибо, сейчас посмотрю.", "Всё, горит! Какая красота.", "Дай вам Бог здоровья."],
    },
];
