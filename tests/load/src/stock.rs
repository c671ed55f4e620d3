//! A history of two years, written by SQL: what a server has when it has been in use for long.

use sqlx::{AssertSqlSafe, Executor};

use crate::Failure;
use crate::bench::Stock;
use crate::cluster::Database;

/// Gives the only organization of a database a past.
pub async fn fill(database: &Database, stock: Stock) -> Result<(), Failure> {
    let sql = include_str!("stock.sql");
    let sql = sql.replace("{chats}", &stock.chats.to_string()).replace("{messages}", &stock.messages.to_string());
    let mut connection = database.connect().await?;
    connection.execute(AssertSqlSafe(sql)).await?;
    // not within the transaction of the others
    for sql in ["vacuum analyze contacts, chats, chat_activity, messages", "checkpoint"] {
        connection.execute(sql).await?;
    }
    Ok(())
}

/// A number that stands in one message alone, near this place.
pub fn number(stock: Stock, place: usize) -> String {
    let place = place.min(stock.messages - 10) / 10 * 10 + 5;
    (10_000_000 + place).to_string()
}
