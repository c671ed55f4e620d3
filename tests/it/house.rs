//! The house rules, held over the source text: which floor may call which, and the few places where some things are done.

use std::path::{Path, PathBuf};

/// Modules by floor; arrows go down only, and never sideways between doors. A new module gets its floor here.
const FLOORS: [(&str, u8, &[&str]); 5] = [
    ("wiring", 4, &["main", "lib", "app", "cli", "networks", "tasks"]),
    ("doors", 3, &["gateway", "http", "socket"]),
    ("use cases", 2, &["inbox"]),
    (
        "nouns",
        1,
        &[
            "channel",
            "chat",
            "contact",
            "delivery",
            "event",
            "installation",
            "label",
            "media",
            "message",
            "node",
            "notification",
            "template",
            "operator",
            "outbound",
            "presence",
            "quick_reply",
            "team",
            "report",
            "ticket",
        ],
    ),
    (
        "ground",
        0,
        &[
            "background",
            "bus",
            "clock",
            "config",
            "database",
            "embedded_postgres",
            "error",
            "id",
            "keys",
            "meter",
            "nodelay",
            "origin",
            "schema",
            "snake",
            "telemetry",
            "time",
            "websocket",
            "wire",
        ],
    ),
];

pub struct File {
    /// From the root of the repository, with `/`.
    path: String,
    /// Without comments and without the tests at its end.
    pub code: String,
    lines: usize,
    opens_with_docs: bool,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !["target", "node_modules"].contains(&name.as_str()) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(read(path));
            }
        }
    }
    assert!(!found.is_empty(), "there are sources under {folder}");
    found
}

fn read(path: PathBuf) -> File {
    let text = std::fs::read_to_string(&path).unwrap();
    let code = text.split("#[cfg(test)]\n#[expect").next().unwrap_or_default();
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    File {
        path: path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"),
        code,
        lines: text.lines().count(),
        opens_with_docs: text.starts_with("//!"),
    }
}

/// The module of a file under `src`: `src/chat/store.rs` is in `chat`.
fn module(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap();
    inside.split('/').next().unwrap().trim_end_matches(".rs")
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, _, modules)| modules.contains(&module)).map(|(_, floor, _)| *floor)
}

/// Modules of ours that a text names: `crate::chat::…` and `crate::{chat, …}`.
fn named_modules(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let list = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(list, _)| list);
        let items = list.map_or_else(|| vec![rest], |list| list.split(',').collect());
        for item in items {
            let word = item.trim().split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            if word.starts_with(|c: char| c.is_ascii_lowercase()) {
                names.push(word.to_owned());
            }
        }
    }
    names
}

#[test]
fn arrows_go_down_and_never_sideways_between_doors() {
    let mut wrong = Vec::new();
    for file in files("src") {
        let own = module(&file.path);
        let Some(own_floor) = floor(own) else {
            wrong.push(format!("{} is on no floor", file.path));
            continue;
        };
        for other in named_modules(&file.code).iter().filter(|other| *other != own) {
            match floor(other) {
                // macros and items at the crate's root
                None => {}
                Some(other_floor) if other_floor > own_floor => {
                    wrong.push(format!("{} calls up to {other}", file.path))
                }
                Some(3) if own_floor == 3 => wrong.push(format!("{} calls the door {other}", file.path)),
                Some(_) => {}
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "a lower floor that knows a higher one cannot be changed or tested alone:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn stores_call_no_other_store_and_announce_nothing() {
    let mut wrong = Vec::new();
    for file in files("src").iter().filter(|file| is_store(&file.path)) {
        let own = module(&file.path);
        for other in named_modules(&file.code).iter().filter(|other| *other != own) {
            if file.code.contains(&format!("crate::{other}::store")) {
                wrong.push(format!("{} calls the store of {other}", file.path));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "what spans nouns is a use case, in one transaction with its events:\n{}",
        wrong.join("\n")
    );
}

fn is_store(path: &str) -> bool {
    path.ends_with("/store.rs") || path.contains("/store/")
}

/// Something that is done in few places, which they are, and why.
struct Rule {
    texts: &'static [&'static str],
    places: &'static [&'static str],
    why: &'static str,
}

const RULES: [Rule; 9] = [
    Rule {
        texts: &["sqlx::query", "sqlx::query_as", "sqlx::query_scalar", "sqlx::raw_sql"],
        places: &["/store.rs", "/store/", "src/database.rs", "src/embedded_postgres/"],
        why: "SQL lives with its noun, so that one file tells how a noun is kept (what is asked of the database itself, aside)",
    },
    Rule {
        texts: &["telegram::", "whatsapp_cloud::", "whatsapp_bridge::", "direct::", "stub::"],
        places: &["src/networks.rs", "src/networks/"],
        why: "nobody asks a channel its name: a network is registered once, and differs by its capabilities",
    },
    Rule {
        texts: &["tokio::spawn(", "task::spawn(", "thread::spawn(", "JoinSet"],
        places: &["src/background.rs", "src/main.rs", "src/app.rs", "src/embedded_postgres"],
        why: "what runs beside requests is started where the drain knows of it",
    },
    Rule {
        texts: &["env::var", "env::args"],
        places: &["src/config/", "src/main.rs"],
        why: "settings are read once and passed down, so that a test can set them",
    },
    Rule {
        texts: &["Utc::now()", "SystemTime::now()", "Local::now()"],
        places: &["src/clock.rs"],
        why: "a clock that can be moved is the only one that can be tested",
    },
    Rule {
        texts: &["reqwest::Client", "Client::builder()", "ClientBuilder"],
        places: &["src/networks.rs", "src/app.rs", "src/gateway/", "src/media/download.rs"],
        why: "a client without time-outs, or that follows redirects with credentials, is made by hand in a hurry",
    },
    Rule {
        texts: &["println!(", "print!(", "stdout()"],
        places: &["src/cli/", "src/cli.rs", "src/main.rs"],
        why: "logs go to standard error; standard output is what a command was asked for",
    },
    Rule {
        texts: &["insert into events", "take_positions"],
        places: &["src/event/store.rs", "src/message/store/plain.rs"],
        why: "the journal has one writer, or its positions have holes; a plain message is told by the statement that stores it",
    },
    Rule {
        texts: &["update event_positions"],
        places: &[],
        why: "positions are handed out by take_positions, which waits for no more than their row",
    },
];

#[test]
fn some_things_are_done_in_few_places() {
    let mut wrong = Vec::new();
    for file in files("src") {
        for rule in &RULES {
            let allowed = rule.places.iter().any(|place| file.path.contains(place)) || file.path.contains("/tests");
            for text in rule.texts.iter().filter(|_| !allowed).filter(|text| names(&file.code, text)) {
                wrong.push(format!(
                    "{}: `{text}`, which belongs in {}: {}",
                    file.path,
                    rule.places.join(", "),
                    rule.why
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether the text stands in the code as a word of its own: `telegram::` is not in `my_telegram::`, nor in `networks::telegram::`.
fn names(code: &str, text: &str) -> bool {
    code.match_indices(text).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_' && (c != ':' || text.contains('(')))
    })
}

#[test]
fn only_use_cases_write_the_journal() {
    let wrong: Vec<String> = files("src")
        .into_iter()
        .filter(|file| floor(module(&file.path)) != Some(2) && !is_store(&file.path))
        .filter(|file| file.code.contains("event::store::append") || file.code.contains("event::store::insert"))
        .map(|file| file.path)
        .collect();
    assert!(wrong.is_empty(), "what anyone watches goes through a use case: {wrong:?}");
}

#[test]
fn networks_know_the_contract_and_nothing_else_of_ours() {
    let folders = std::fs::read_dir(root().join("integrations")).unwrap().map(|entry| entry.unwrap().file_name());
    let networks: Vec<String> =
        folders.map(|name| name.to_string_lossy().into_owned()).filter(|name| name != "contract").collect();
    for network in &networks {
        let manifest = std::fs::read_to_string(root().join("integrations").join(network).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        let beyond = ["switchboard", "sqlx", "socketioxide"].into_iter();
        for other in networks.iter().map(String::as_str).chain(beyond).filter(|other| other != network) {
            let named = dependencies.lines().any(|line| line.split(['=', '.', ' ']).next() == Some(other));
            assert!(!named, "{network} depends on {other}: a network parses and sends, and reaches nothing else");
        }
    }
}

#[test]
fn a_file_can_be_read_in_one_sitting_and_says_what_it_is_for() {
    let mut wrong = Vec::new();
    for file in ["src", "integrations", "tests"].into_iter().flat_map(files) {
        if file.lines > 400 {
            wrong.push(format!("{} has {} lines", file.path, file.lines));
        }
        let is_test = file.path.ends_with("/tests.rs") || file.path.ends_with("/tests/mod.rs");
        if file.lines > 5 && !is_test && !file.opens_with_docs {
            wrong.push(format!("{} does not open with `//!`", file.path));
        }
    }
    assert!(wrong.is_empty(), "at most 400 lines, and a sentence at the top:\n{}", wrong.join("\n"));
}

#[test]
fn the_rules_find_what_they_look_for() {
    assert!(names("let a = telegram::parse();", "telegram::"));
    assert!(!names("crate::my_telegram::x", "telegram::"));
    assert!(names("sqlx::query(\"\")", "sqlx::query"));
    assert!(names("    tokio::spawn(x)", "tokio::spawn("));
    assert_eq!(named_modules("use crate::{chat, id}; use crate::inbox::Inbox; crate::Thing"), ["chat", "id", "inbox"]);
    assert_eq!((floor("http"), floor("chat"), floor("nothing")), (Some(3), Some(1), None));
}
