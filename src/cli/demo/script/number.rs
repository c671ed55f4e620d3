//! Those who write to the number at WhatsApp's Cloud API. For 24 hours after their last word any answer may be sent, then
//! templates alone.

use super::Act::{Assigns, Card, Fails, Labels, Likes, Ranks, Reacts, Reads, Replies, Resolves, Sends, Template};
use super::Who::{Anna, Mark, You};
use super::{Customer, DAY, HOUR, Line, answers, at, says};
use crate::chat::Priority;
use crate::cli::demo::files::File;

pub(super) const CUSTOMERS: &[Customer] = &[
    Customer {
        line: Line::Whatsapp,
        id: "15550100163",
        name: "Grace Kim",
        members: &[],
        past: &[
            says(11 * DAY, "Hello! Do you ship to Canada?"),
            answers(11 * DAY - 20, Mark, "Hello Grace! We do, it takes about a week."),
            says(11 * DAY - 24, "And customs?"),
            answers(11 * DAY - 31, Mark, "All paid by us, nothing will be asked of you."),
            at(11 * DAY - 33, Reacts(3, "❤️")),
            says(11 * DAY - 34, "That is wonderful, ordered!"),
            at(11 * DAY - 40, Labels(&["delivery"])),
            at(11 * DAY - 41, Resolves(Mark)),
        ],
        says: &[],
        answers: &["Thank you!", "It has arrived, all good."],
    },
    Customer {
        line: Line::Whatsapp,
        id: "15550100171",
        name: "Lucas Meyer",
        members: &[],
        past: &[
            says(4 * DAY, "Is my sofa ready? Order 4630."),
            answers(4 * DAY - 50, Anna, "Not yet: the fabric comes next week. I will write as soon as it is done."),
            says(4 * DAY - 55, "Fine, no hurry."),
            at(2 * HOUR, Template(Anna, "order_ready", "en", "4630")),
            at(2 * HOUR - 3, Assigns(You, Anna)),
        ],
        says: &[],
        answers: &["Great news! I will come on Saturday.", "Thanks, Anna."],
    },
    Customer {
        line: Line::Whatsapp,
        id: "15550100184",
        name: "Olivia Brown",
        members: &[],
        past: &[
            says(20 * HOUR, "Can I change the colour after ordering?"),
            at(19 * HOUR, Fails(Mark, "Of course, until we start cutting. Which one would you like?")),
            at(18 * HOUR, Labels(&["order"])),
        ],
        says: &[],
        answers: &["Green, please.", "Lovely, thanks!"],
    },
    Customer {
        line: Line::Whatsapp,
        id: "70000000451",
        name: "Анна Ковалёва",
        members: &[],
        past: &[
            says(5 * HOUR, "Здравствуйте! Кто может забрать заказ вместо меня?"),
            answers(5 * HOUR - 8, Mark, "Здравствуйте! Кто угодно, пришлите только имя и телефон."),
            at(5 * HOUR - 10, Card("Сергей Ковалёв", "+7 000 000-04-52")),
            answers(5 * HOUR - 14, Mark, "Записал. Ждём Сергея завтра с десяти."),
            at(5 * HOUR - 15, Reacts(3, "🙏")),
            at(5 * HOUR - 16, Assigns(Mark, Mark)),
        ],
        says: &[],
        answers: &["Спасибо, передам ему.", "Да, он уже едет."],
    },
    Customer {
        line: Line::Whatsapp,
        id: "70000000466",
        name: "Тимур Ахметов",
        members: &[],
        past: &[
            at(70, Sends(File::Voice, "")),
            says(69, "Если коротко: доставку привезли без ножек от стола"),
            at(60, Ranks(Priority::High)),
            at(59, Labels(&["доставка"])),
            answers(58, Anna, "Тимур, простите! Ножки отправим сегодня же курьером. Вы дома после семи?"),
            says(21, "Да, дома. Домофон не работает, пусть звонит."),
        ],
        says: &[],
        answers: &["Хорошо, жду.", "Ножки приехали, всё собрал. Спасибо!"],
    },
    Customer {
        line: Line::Whatsapp,
        id: "70000000318",
        name: "Алексей Громов",
        members: &[],
        past: &[
            says(45, "Добрый день. Кофемашина после обновления не включается."),
            at(44, Sends(File::CoffeeMachine, "Мигает красная лампочка, три раза, потом пауза.")),
            answers(36, You, "Здравствуйте, Алексей! Выключите её на минуту из розетки. Что стало?"),
            at(30, Replies(2, "Включилась, но через минуту опять.")),
            at(29, Labels(&["кофемашины"])),
        ],
        says: &["Модель КМ-200, купил в мае.", "Гарантия ещё действует?"],
        answers: &[
            "Сейчас попробую.",
            "Помогло, заработала!",
            "Серийный номер пришлю вечером.",
            "Хорошо, жду мастера.",
        ],
    },
    Customer {
        line: Line::Whatsapp,
        id: "15550100147",
        name: "Emma Wilson",
        members: &[],
        past: &[
            says(8, "Hi! Is this one back in stock?"),
            at(8, Sends(File::Armchair, "The blue armchair from your window")),
            at(7, Reads(You)),
            at(6, Likes(You, 1, "😍")),
            says(3, "I could pick it up in person, if that is faster."),
        ],
        says: &["How long do you keep a reservation?", "Also, does it come with a cover that can be washed?"],
        answers: &["Great, please hold one for me.", "Perfect, thank you!", "Saturday works.", "Got it 👍"],
    },
];
