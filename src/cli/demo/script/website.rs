//! Visitors of the website's chat; the id is an e-mail, where one was left.

use super::Act::{Labels, Note, Resolves, Tickets, Waits};
use super::Who::{Anna, Mark, You};
use super::{Customer, DAY, HOUR, Line, answers, at, says};
use crate::chat::Priority;
use crate::ticket::TicketStatus;

pub(super) const CUSTOMERS: &[Customer] = &[
    Customer {
        line: Line::Website,
        id: "ethan.clark@example.com",
        name: "Ethan Clark",
        members: &[],
        past: &[
            says(3 * DAY, "Do you have a showroom?"),
            answers(3 * DAY - 2, Mark, "We do: Canal Street 4, every day from ten to eight."),
            says(3 * DAY - 3, "Thanks!"),
            at(
                3 * DAY - 4,
                Tickets {
                    by: Mark,
                    to: None,
                    title: "Put the showroom's address on the front page",
                    priority: Priority::Low,
                    status: TicketStatus::Resolved,
                },
            ),
            at(3 * DAY - 5, Resolves(Mark)),
        ],
        says: &[],
        answers: &["Thanks again!", "See you."],
    },
    Customer {
        line: Line::Website,
        id: "olga.smirnova@example.com",
        name: "Ольга Смирнова",
        members: &[],
        past: &[
            says(4 * HOUR, "Промокод ЛЕТО не применяется, хотя в письме он до конца месяца."),
            answers(
                4 * HOUR - 6,
                You,
                "Ольга, здравствуйте! Передала тем, кто отвечает за сайт, вернусь с ответом сегодня.",
            ),
            says(4 * HOUR - 8, "Хорошо, корзину пока не трогаю."),
            at(4 * HOUR - 9, Note(You, "@anna промокод ЛЕТО отклоняется на шаге оплаты, проверь, пожалуйста.")),
            at(4 * HOUR - 10, Labels(&["сайт"])),
            at(4 * HOUR - 11, Waits),
        ],
        says: &[],
        answers: &["Заработал, спасибо!", "Отлично, оформляю."],
    },
    Customer {
        line: Line::Website,
        id: "pavel@example.com",
        name: "Павел",
        members: &[],
        past: &[
            says(17, "Здравствуйте! Матрас 160×200 подойдёт на кровать «Север»?"),
            answers(15, Anna, "Здравствуйте, Павел! Да, она как раз 160×200."),
            says(12, "А какой жёсткости посоветуете? Спина болит."),
        ],
        says: &["Рост 190, вес 95.", "И можно ли его вернуть, если не подойдёт?"],
        answers: &["Понял, беру средний.", "Спасибо, оформлю сегодня.", "Да, удобно."],
    },
    Customer {
        line: Line::Website,
        id: "isabella@example.com",
        name: "Isabella Garcia",
        members: &[],
        past: &[
            says(5, "Hi there! I am looking at the oak desk."),
            says(4, "Is the drawer on the left or on the right?"),
        ],
        says: &["It has to fit under a window, 72 cm at most.", "Can I see it somewhere?"],
        answers: &["Perfect, thank you!", "I will take it.", "Right is what I need."],
    },
];
