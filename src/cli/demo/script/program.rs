//! Those who write in the mobile app, which hands in what they say by REST.

use super::Act::{Assigns, Labels, Ranks, Resolves, Sends, Snoozes};
use super::Who::{Anna, Mark, You};
use super::{Customer, DAY, HOUR, Line, answers, at, says};
use crate::chat::Priority;
use crate::cli::demo::files::File;

pub(super) const CUSTOMERS: &[Customer] = &[
    Customer {
        line: Line::Program,
        id: "app-user-31",
        name: "Yuki Tanaka",
        members: &[],
        past: &[
            says(2 * DAY - HOUR, "The dark theme is gone after the update. Is it coming back?"),
            answers(2 * DAY - 2 * HOUR, Anna, "It is! The next version has it, we expect it on Monday."),
            says(2 * DAY - 2 * HOUR - 3, "Great, please tell me when it is out."),
            at(2 * DAY - 3 * HOUR, Labels(&["app"])),
            at(2 * DAY - 3 * HOUR - 1, Snoozes(Anna, 70)),
        ],
        says: &[],
        answers: &["Thank you for telling me!", "Looks great."],
    },
    Customer {
        line: Line::Program,
        id: "app-user-64",
        name: "Marco Bianchi",
        members: &[],
        past: &[
            says(9 * DAY, "How do I delete my account?"),
            answers(9 * DAY - 40, Mark, "Settings, Account, Delete. It is gone for good after 30 days."),
            at(9 * DAY - 60, Resolves(Mark)),
        ],
        says: &[],
        answers: &["Thanks.", "Found it."],
    },
    Customer {
        line: Line::Program,
        id: "app-user-88",
        name: "Руслан Галиев",
        members: &[],
        past: &[
            says(33, "Деньги списали дважды за один заказ!"),
            at(32, Sends(File::Invoice, "Вот чек")),
            at(31, Ranks(Priority::Urgent)),
            at(30, Labels(&["оплата"])),
            at(29, Assigns(Mark, You)),
            says(18, "Когда вернёте?"),
        ],
        says: &[],
        answers: &["Спасибо, жду.", "Пришло, спасибо!"],
    },
    Customer {
        line: Line::Program,
        id: "app-user-77",
        name: "Олег Тихонов",
        members: &[],
        past: &[
            says(50, "Как перенести запись на пятницу?"),
            answers(47, Mark, "Здравствуйте, Олег! На какое время удобнее?"),
            says(11, "Лучше после обеда, часа в три."),
        ],
        says: &["И напомните, пожалуйста, что взять с собой."],
        answers: &["Подходит, запишите меня.", "Спасибо, буду вовремя.", "Тогда в понедельник?"],
    },
    Customer {
        line: Line::Program,
        id: "app-user-52",
        name: "Priya Nair",
        members: &[],
        past: &[
            says(9, "The app logs me out whenever I switch to Wi-Fi."),
            says(8, "Version 5.2, on a two year old phone."),
            at(7, Labels(&["app"])),
        ],
        says: &["It happens about twice a day.", "Is there a beta that I could try?"],
        answers: &[
            "I have just updated, let me see.",
            "Works so far, thanks!",
            "Sure, count me in.",
            "Same as before, sadly.",
        ],
    },
];
