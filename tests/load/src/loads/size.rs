//! The same with much and with little stored: lists of chats, a chat's history, search, and messages that come in, which is
//! compared with an empty database.

use std::time::Instant;

use crate::Failure;
use crate::bench::{Bench, Stock};
use crate::figures::{Goal, Latencies, Row, Unit, each};
use crate::http::{Connection, get};
use crate::inflow::{Inflow, Phase};
use crate::server::Server;
use crate::stock;

/// Of each kind, in a turn.
const REQUESTS: usize = 200;

/// What operators ask for.
struct Reading {
    what: &'static str,
    /// `{chat}` is one of the chats, `{number}` one of the messages' numbers.
    path: &'static str,
    /// At most so many times as slow as with little stored.
    goal: f64,
}

/// What is narrowed asks for as many as little stored has of them: pages of fifty and of two are not the same.
const READINGS: &[Reading] = &[
    Reading { what: "chats", path: "/api/chats", goal: 1.5 },
    Reading { what: "chats, open and mine", path: "/api/chats?status=open&assignedTo=me&limit=8", goal: 1.5 },
    Reading { what: "chats, unread", path: "/api/chats?unread=true", goal: 1.5 },
    Reading { what: "chats, pending", path: "/api/chats?status=pending&limit=20", goal: 1.5 },
    Reading { what: "chats, of a label", path: "/api/chats?label=vip&limit=2", goal: 1.5 },
    Reading { what: "chats, of a name", path: "/api/chats?q=customer7", goal: 10.0 },
    Reading { what: "history", path: "/api/chats/{chat}/messages", goal: 1.5 },
    Reading { what: "search, in every tenth", path: "/api/messages?q=%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7", goal: 10.0 },
    Reading {
        what: "search, in every thousandth",
        path: "/api/messages?q=%D0%B2%D0%BE%D0%B7%D0%B2%D1%80%D0%B0%D1%82",
        goal: 10.0,
    },
    Reading { what: "search, in one", path: "/api/messages?q={number}", goal: 10.0 },
    Reading { what: "search, in none", path: "/api/messages?q=nowhere", goal: 10.0 },
];

pub async fn run(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let full = Stored::start(bench, bench.scale.full).await?;
    let small = Stored::start(bench, bench.scale.small).await?;
    let empty = Server::start(bench).await?;
    let mut asked: Vec<(Vec<f64>, Vec<f64>)> = READINGS.iter().map(|_| Default::default()).collect();
    for _ in 0..bench.scale.rounds {
        for (reading, (full_p99, small_p99)) in READINGS.iter().zip(&mut asked) {
            full_p99.push(full.ask(reading).await?.percentile(99));
            small_p99.push(small.ask(reading).await?.percentile(99));
        }
    }
    small.server.subject.stop().await?;

    let mut full_inflow = Inflow::open(bench, &full.server.subject, 1).await?;
    let mut empty_inflow = Inflow::open(bench, &empty.subject, 1).await?;
    let (mut on_full, mut on_empty) = (Vec::new(), Vec::new());
    for _ in 0..bench.scale.rounds {
        on_full.push(full_inflow.full(bench.scale.turn).await?);
        on_empty.push(empty_inflow.full(bench.scale.turn).await?);
    }
    full_inflow.close(1).await?;
    empty_inflow.close(1).await?;
    full.server.subject.stop().await?;
    empty.subject.stop().await?;

    let mut rows: Vec<Row> = READINGS
        .iter()
        .zip(&asked)
        .map(|(reading, (full, small))| {
            Row::compare(format!("{}, p99", reading.what), Unit::Millis, full, ("little stored", small))
                .goal(Goal::AtMost(reading.goal))
        })
        .collect();
    let rates = |phases: &[Phase]| each(phases, Phase::per_second);
    rows.push(
        Row::compare("messages a second", Unit::PerSecond, &rates(&on_full), ("nothing stored", &rates(&on_empty)))
            .goal(Goal::AtLeast(0.8)),
    );
    Ok(rows)
}

/// A server with a history.
struct Stored {
    server: Server,
    stock: Stock,
    chats: Vec<String>,
}

impl Stored {
    async fn start(bench: &Bench, stock: Stock) -> Result<Self, Failure> {
        let mut server = Server::start(bench).await?;
        stock::fill(&server.subject.database, stock).await?;
        server.sign_in().await?;
        let database = &server.subject.database;
        let chats = database.texts("select id::text from chats order by random() limit 1000").await?;
        Ok(Self { server, stock, chats })
    }

    /// Asks one thing many times, of other chats and messages each time.
    async fn ask(&self, reading: &Reading) -> Result<Latencies, Failure> {
        let subject = &self.server.subject;
        let mut connection = Connection::open(&subject.address).await?;
        let mut latencies = Vec::with_capacity(REQUESTS);
        for n in 0..REQUESTS {
            let chat = &self.chats[n % self.chats.len()];
            let number = stock::number(self.stock, n * self.stock.messages / REQUESTS);
            let path = reading.path.replace("{chat}", chat).replace("{number}", &number);
            let start = Instant::now();
            connection.ask(&get(&path, &subject.bearer())).await?;
            latencies.push(start.elapsed());
        }
        Ok(Latencies::of(latencies))
    }
}
