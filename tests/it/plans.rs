//! No statement of the server reads a table in whole that grows with its use: each is planned without a look at its parameters,
//! as a long-lived connection plans it, where PostgreSQL takes an index whenever one leads to the rows.

use std::path::Path;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use crate::support::database::Database;

/// Tables whose rows are as many as what was set up, however much is written.
const SETTLED: [&str; 4] = ["organizations", "channels", "leases", "nodes"];

/// Statements that may read a table in whole, by a part of their text, and why.
const WHOLE: [(&str, &str); 4] = [
    ("select not exists (select 1 from users)", "ends at the first row"),
    (
        "min(greatest(due_at, lease_until)) from media_fetches",
        "its index has only the files that are being fetched now",
    ),
    ("delete from presence_chats where members = 0", "once an hour, of what is in memory"),
    ("delete from outbound_pace where next_at <", "once an hour; this is what keeps the table small"),
];

#[tokio::test]
async fn no_statement_reads_a_table_in_whole_that_grows() {
    let database = Database::create().await;
    let pool = database.pool().await;
    sqlx::migrate!("./migrations").run(&pool).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    connection.execute(include_str!("plans.sql")).await.unwrap();
    connection.execute("set plan_cache_mode = force_generic_plan").await.unwrap();
    // what is left is a loop over an index, where there is one
    for way in ["seqscan", "hashjoin", "mergejoin"] {
        connection.execute(AssertSqlSafe(format!("set enable_{way} = off"))).await.unwrap();
    }

    let (mut planned, mut wrong, mut excused) = (0, Vec::new(), [false; WHOLE.len()]);
    for (sql, parameters) in statements() {
        let text = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let plan = plan(&mut connection, &sql, &parameters).await;
        planned += 1;
        let mut read = Vec::new();
        note_whole_reads(&plan, false, &mut read);
        if read.is_empty() {
            continue;
        }
        match WHOLE.iter().position(|(part, _)| text.contains(part)) {
            Some(place) => excused[place] = true,
            None => wrong.push(format!("{read:?}: {text}")),
        }
    }
    assert!(planned > 200, "only {planned} statements were planned");
    assert!(wrong.is_empty(), "these read a table in whole that grows:\n{}", wrong.join("\n"));
    let idle: Vec<_> = WHOLE.iter().zip(excused).filter(|(_, excused)| !excused).collect();
    assert!(idle.is_empty(), "these exceptions excuse nothing any more: {idle:?}");
}

/// All prepared statements that have a plan, with the types of their parameters.
fn statements() -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut statements: Vec<(String, Vec<String>)> = files
        .map(|file| {
            let prepared: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            let parameters = prepared["describe"]["parameters"]["Left"].as_array().unwrap();
            let types = parameters.iter().map(|kind| sql_type(kind.as_str().unwrap())).collect();
            (prepared["query"].as_str().unwrap().trim().to_owned(), types)
        })
        .filter(|(sql, _)| !sql.starts_with("lock "))
        .collect();
    statements.sort();
    statements
}

/// `uuid[]` of `UuidArray`.
fn sql_type(name: &str) -> String {
    name.strip_suffix("Array").map_or_else(|| name.to_lowercase(), |element| format!("{}[]", element.to_lowercase()))
}

async fn plan(connection: &mut PgConnection, sql: &str, parameters: &[String]) -> Value {
    let list = |items: Vec<&str>| if items.is_empty() { String::new() } else { format!("({})", items.join(", ")) };
    let types = list(parameters.iter().map(String::as_str).collect());
    let nulls = list(vec!["null"; parameters.len()]);
    let prepare = AssertSqlSafe(format!("prepare one{types} as {sql}"));
    connection.execute(prepare).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    let explain = sqlx::raw_sql(AssertSqlSafe(format!("explain (format json) execute one{nulls}")));
    let explained = connection.fetch_one(explain).await.unwrap();
    connection.execute("deallocate one").await.unwrap();
    let text: String = explained.try_get_unchecked(0).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()[0]["Plan"].take()
}

/// Notes each scan of a growing table that no condition narrows. `limited`: what is above takes a number of rows and no more, so
/// that a scan which drops none ends early.
fn note_whole_reads(node: &Value, limited: bool, read: &mut Vec<String>) {
    let kind = node["Node Type"].as_str().unwrap();
    let is_scan = kind == "Seq Scan" || kind.contains("Index");
    if is_scan && node.get("Index Cond").is_none() && !(limited && node.get("Filter").is_none()) {
        // a bitmap's index has no table's name beside it, nor is it small
        let relation = node["Relation Name"].as_str().or(node["Index Name"].as_str()).unwrap();
        let table = relation.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        if !SETTLED.contains(&table) {
            read.push(format!("{kind} of {table}"));
        }
    }
    let passes_on = ["Limit", "LockRows", "Subquery Scan", "Result"].contains(&kind);
    for (place, child) in node["Plans"].as_array().into_iter().flatten().enumerate() {
        let limited = kind == "Limit" || limited && (passes_on || kind == "Nested Loop" && place == 0);
        note_whole_reads(child, limited && child["Parent Relationship"] != "InitPlan", read);
    }
}
