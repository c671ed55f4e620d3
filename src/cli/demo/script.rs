//! Who the demo's customers are, and what they say. Nobody of them exists; the phone numbers are from ranges that nobody gets.

/// Which of the demo's channels a customer uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Telegram,
    Whatsapp,
    Program,
}

/// Somebody who writes.
pub(super) struct Customer {
    pub(super) line: Line,
    /// The network's id.
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// Said of their own accord, one after the other and then from the start.
    pub(super) says: &'static [&'static str],
    /// Said to an operator who wrote.
    pub(super) answers: &'static [&'static str],
}

pub(super) const CUSTOMERS: [Customer; 6] = [
    Customer {
        line: Line::Telegram,
        id: "700100001",
        name: "Мария Соколова",
        says: &[
            "Здравствуйте! Заказ 4817 обещали привезти сегодня. Во сколько ждать?",
            "И ещё: можно поменять адрес доставки?",
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
    Customer {
        line: Line::Whatsapp,
        id: "15550100147",
        name: "Emma Wilson",
        says: &[
            "Hi! Is the blue armchair back in stock?",
            "I could pick it up in person, if that is faster.",
            "How long do you keep a reservation?",
            "Also, does it come with a cover that can be washed?",
        ],
        answers: &["Great, please hold one for me.", "Perfect, thank you!", "Saturday works.", "Got it 👍"],
    },
    Customer {
        line: Line::Telegram,
        id: "700100002",
        name: "James Carter",
        says: &[
            "Good afternoon, the invoice for October has the old company name on it.",
            "It should be Carter & Sons Ltd. since September.",
            "Could you send a corrected one by Friday?",
            "Our accountant asks for the tax number too.",
        ],
        answers: &[
            "Thanks, I will forward it.",
            "That was quick!",
            "Yes, the same address as before.",
            "Much obliged.",
        ],
    },
    Customer {
        line: Line::Whatsapp,
        id: "70000000318",
        name: "Алексей Громов",
        says: &[
            "Добрый день. Кофемашина после обновления не включается.",
            "Мигает красная лампочка, три раза, потом пауза.",
            "Модель КМ-200, купил в мае.",
            "Гарантия ещё действует?",
        ],
        answers: &[
            "Сейчас попробую.",
            "Помогло, заработала!",
            "Серийный номер пришлю вечером.",
            "Хорошо, жду мастера.",
        ],
    },
    Customer {
        line: Line::Program,
        id: "app-user-52",
        name: "Priya Nair",
        says: &[
            "The app logs me out whenever I switch to Wi-Fi.",
            "Version 5.2, on a two year old phone.",
            "It happens about twice a day.",
            "Is there a beta that I could try?",
        ],
        answers: &[
            "I have just updated, let me see.",
            "Works so far, thanks!",
            "Sure, count me in.",
            "Same as before, sadly.",
        ],
    },
    Customer {
        line: Line::Program,
        id: "app-user-77",
        name: "Олег Тихонов",
        says: &[
            "Как перенести запись на пятницу?",
            "Лучше после обеда, часа в три.",
            "И напомните, пожалуйста, что взять с собой.",
        ],
        answers: &["Подходит, запишите меня.", "Спасибо, буду вовремя.", "Тогда в понедельник?"],
    },
];
