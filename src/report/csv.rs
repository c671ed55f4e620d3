//! An overview as CSV (RFC 4180): its three tables, with an empty line between. Names are foreign text: a cell that a
//! spreadsheet would take for a formula is neutralised.

use std::fmt::Write;

use super::{Overview, Spread};

/// The tables by channel, by operator and by day, each under a row of its columns' names.
#[must_use]
pub fn write(overview: &Overview) -> String {
    let mut csv = String::from("channelId,name,channel,newChats,incoming,outgoing\r\n");
    for channel in &overview.by_channel {
        row(
            &mut csv,
            &[
                channel.channel_id.to_string(),
                text(&channel.name),
                channel.channel.to_owned(),
                channel.new_chats.to_string(),
                channel.incoming.to_string(),
                channel.outgoing.to_string(),
            ],
        );
    }
    csv.push_str(
        "\r\nuserId,name,answers,chats,firstResponseCount,firstResponseP50Secs,firstResponseP90Secs,resolved\r\n",
    );
    for operator in &overview.by_operator {
        let [count, half, most] = spread(operator.first_response);
        row(
            &mut csv,
            &[
                operator.user_id.to_string(),
                text(&operator.name),
                operator.answers.to_string(),
                operator.chats.to_string(),
                count,
                half,
                most,
                operator.resolved.to_string(),
            ],
        );
    }
    csv.push_str("\r\ndate,incoming,outgoing,newChats,resolved\r\n");
    for day in &overview.daily {
        // a write to a String cannot fail
        let _ = write!(csv, "{},{},{},{},{}\r\n", day.date, day.incoming, day.outgoing, day.new_chats, day.resolved);
    }
    csv
}

fn row(csv: &mut String, cells: &[String]) {
    csv.push_str(&cells.join(","));
    csv.push_str("\r\n");
}

fn spread(spread: Spread) -> [String; 3] {
    let cell = |secs: Option<i64>| secs.map(|secs| secs.to_string()).unwrap_or_default();
    [spread.count.to_string(), cell(spread.p50_secs), cell(spread.p90_secs)]
}

/// Foreign text as a quoted cell. An apostrophe goes before what would begin a formula.
fn text(text: &str) -> String {
    let harmful = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("\"{}{}\"", if harmful { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        for (name, cell) in [
            ("Ada", "\"Ada\""),
            ("a \"b\", c\r\nd", "\"a \"\"b\"\", c\r\nd\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@x", "\"'@x\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("", "\"\""),
        ] {
            assert_eq!(text(name), cell);
        }
    }
}
