//! Those who write to the Telegram bot. The name ends in `@username` where there is one.

use super::Act::{
    Assigns, Corrects, Deletes, Fails, Labels, Likes, Note, Place, Quotes, Ranks, Reacts, Reads, Replies, Resolves,
    Sends, Snoozes, Tickets,
};
use super::Who::{Anna, Mark, You};
use super::{Customer, DAY, HOUR, Line, answers, at, says};
use crate::chat::Priority;
use crate::cli::demo::files::File;
use crate::ticket::TicketStatus;

pub(super) const CUSTOMERS: &[Customer] = &[
    Customer {
        line: Line::Telegram,
        id: "700100004",
        name: "Sofia Rossi",
        members: &[],
        past: &[
            says(6 * DAY, "Hi, can I collect my order myself? Where are you?"),
            answers(6 * DAY - 9, Anna, "Hello Sofia! Yes, any day from ten to eight. Which part of town are you in?"),
            at(
                6 * DAY - 12,
                Place {
                    lat: 59.9343,
                    lng: 30.3351,
                    name: "Gostiny Dvor",
                    address: "Nevsky Prospekt 35, Saint Petersburg",
                },
            ),
            answers(6 * DAY - 16, Anna, "Then it is ten minutes on foot. I have put it aside for you."),
            at(6 * DAY - 18, Reacts(3, "❤")),
            at(6 * DAY - 30, Labels(&["pickup"])),
            at(5 * DAY, Resolves(Anna)),
        ],
        says: &[],
        answers: &["Perfect, see you then!", "Grazie mille!"],
    },
    Customer {
        line: Line::Telegram,
        id: "700100006",
        name: "Noah Becker",
        members: &[],
        past: &[
            says(2 * DAY + 40, "Why do I get three mails a day from you?"),
            answers(2 * DAY + 12, Mark, "I am sorry about that. I have just taken you off the list."),
            says(2 * DAY + 9, "It still says that it takes ten days."),
            at(2 * DAY - 3 * HOUR, Fails(Mark, "It is done now: no more mails from today on.")),
            at(2 * DAY - 4 * HOUR, Note(Mark, "He has blocked the bot. Nothing else to do here, I think.")),
        ],
        says: &[],
        answers: &["All right.", "Thank you."],
    },
    Customer {
        line: Line::Telegram,
        id: "700100007",
        name: "Игорь Панин",
        members: &[],
        past: &[
            says(DAY + 5 * HOUR, "Добрый день! Нужны два кресла к 15 числу."),
            at(DAY + 5 * HOUR - 2, Corrects(0, "Добрый день! Нужны три кресла к 15 числу.")),
            says(DAY + 5 * HOUR - 4, "Ой, не туда отправил"),
            at(DAY + 5 * HOUR - 5, Deletes(1)),
            answers(
                DAY + 4 * HOUR,
                You,
                "Здравствуйте, Игорь! Два есть на складе, третье приедет в пятницу. Подойдёт?",
            ),
            says(DAY + 3 * HOUR, "Да, подождём до пятницы."),
            at(DAY + 2 * HOUR + 50, Likes(You, 3, "👍")),
            at(DAY + 2 * HOUR + 48, Labels(&["заказ"])),
            at(DAY + 2 * HOUR + 45, Snoozes(You, 44)),
        ],
        says: &[],
        answers: &["Отлично, спасибо!", "Договорились."],
    },
    Customer {
        line: Line::Telegram,
        id: "-1007001000",
        name: "Кафе «Берег»: мебель",
        members: &[("700100021", "Вера"), ("700100022", "Артём"), ("700100023", "Лиза")],
        past: &[
            says(9 * HOUR, "Коллеги, добавила поставщика в чат."),
            says(9 * HOUR - 4, "Добрый день! Нам нужно двенадцать стульев и четыре стола на веранду."),
            answers(8 * HOUR + 30, Anna, "Здравствуйте! Дерево или металл? И какой высоты столы?"),
            at(8 * HOUR + 21, Replies(2, "Дерево, светлое. Столы обычные, 75 см.")),
            says(8 * HOUR + 20, "И чтобы не боялись дождя 🌧"),
            answers(7 * HOUR, Anna, "Подобрала три варианта из лиственницы, до вечера пришлю смету."),
            at(7 * HOUR - 6, Reacts(5, "🔥")),
            says(100, "Смета пришла? Не вижу в почте."),
            at(95, Assigns(You, Anna)),
            at(
                94,
                Tickets {
                    by: You,
                    to: Some(Anna),
                    title: "Смета для кафе «Берег»: 12 стульев, 4 стола",
                    priority: Priority::Normal,
                    status: TicketStatus::Open,
                },
            ),
        ],
        says: &[],
        answers: &["Спасибо, посмотрим вместе.", "Нам подходит второй вариант.", "Когда можно привезти?"],
    },
    Customer {
        line: Line::Telegram,
        id: "700100003",
        name: "Дмитрий Орлов @d_orlov",
        members: &[],
        past: &[
            says(3 * HOUR + 10, "Здравствуйте. Кофемашина снова мигает красным, хотя накипь я снял."),
            at(3 * HOUR + 9, Sends(File::CoffeeMachine, "Вот так")),
            answers(3 * HOUR, Anna, "Добрый день, Дмитрий! Сколько раз мигает до паузы?"),
            says(2 * HOUR + 55, "Три раза. Потом пауза секунды две."),
            at(2 * HOUR + 50, Quotes(Anna, 3, "Это датчик воды. Снимите бак и протрите контакт сухой салфеткой.")),
            at(
                2 * HOUR + 48,
                Note(
                    Anna,
                    "Если не поможет — гарантия до мая, можно менять. @demo, посмотри, пожалуйста, есть ли КМ-200 на складе.",
                ),
            ),
            at(2 * HOUR + 47, Assigns(Anna, You)),
            at(2 * HOUR + 46, Labels(&["гарантия", "кофемашины"])),
            at(
                2 * HOUR + 45,
                Tickets {
                    by: Anna,
                    to: Some(You),
                    title: "КМ-200 Дмитрия Орлова: замена по гарантии",
                    priority: Priority::High,
                    status: TicketStatus::InProgress,
                },
            ),
            says(26, "Протёр, не помогло."),
            says(25, "Можно её поменять?"),
        ],
        says: &[],
        answers: &["Хорошо, когда привезти?", "Чек сохранил, да.", "Спасибо!"],
    },
    Customer {
        line: Line::Telegram,
        id: "700100005",
        name: "Екатерина Лебедева @katya_leb",
        members: &[],
        past: &[
            says(DAY, "Привет! А у вас есть подарочные сертификаты?"),
            answers(DAY - 6, You, "Добрый день, Екатерина! Да, на любую сумму от тысячи рублей."),
            at(DAY - 7, Sends(File::Smile, "")),
            at(54, Sends(File::Voice, "")),
            says(53, "Там я всё рассказала голосом 🙂"),
        ],
        says: &[],
        answers: &["Супер, беру!", "Ура, спасибо большое!", "А открытку можно вложить?"],
    },
    Customer {
        line: Line::Telegram,
        id: "700100002",
        name: "James Carter @jcarter",
        members: &[],
        past: &[
            says(DAY + 2 * HOUR, "Good afternoon, the invoice for October has the old company name on it."),
            at(DAY + 2 * HOUR - 1, Sends(File::Invoice, "This one")),
            answers(DAY + HOUR, Mark, "Good afternoon, James. What should it say?"),
            says(14, "It should be Carter & Sons Ltd. since September."),
            at(13, Labels(&["billing"])),
        ],
        says: &["Could you send a corrected one by Friday?", "Our accountant asks for the tax number too."],
        answers: &[
            "Thanks, I will forward it.",
            "That was quick!",
            "Yes, the same address as before.",
            "Much obliged.",
        ],
    },
    Customer {
        line: Line::Telegram,
        id: "700100001",
        name: "Мария Соколова @maria_sok",
        members: &[],
        past: &[
            says(2 * DAY, "Добрый вечер! Оформила заказ 4817, когда примерно привезёте?"),
            answers(2 * DAY - 5, You, "Здравствуйте, Мария! Послезавтра, курьер позвонит за час."),
            at(2 * DAY - 6, Reacts(1, "👍")),
            says(6, "Здравствуйте! Заказ 4817 обещали привезти сегодня. Во сколько ждать?"),
            at(5, Ranks(Priority::High)),
            at(4, Reads(Mark)),
            says(3, "И ещё: можно поменять адрес доставки?"),
        ],
        says: &[
            "Садовая, 12, квартира 48. Домофон 48К.",
            "Курьер только что звонил, спасибо!",
            "Забыла спросить: чек пришлёте на почту?",
        ],
        answers: &[
            "Отлично, тогда жду после шести.",
            "Спасибо за быстрый ответ!",
            "Да, всё верно.",
            "Поняла, спасибо 🙏",
        ],
    },
];
