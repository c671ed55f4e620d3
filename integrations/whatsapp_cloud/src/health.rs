//! How a number is: what Meta says of it, and how long the configured version of the Graph API will last.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use contract::{Account, ChannelStatus, OpenError, Opened, SendError};
use serde_json::{Map, Value};

use crate::WhatsappCloud;
use crate::graph::{Graph, not_opened};

const PATIENCE: Duration = Duration::from_secs(25);
const FIELDS: &str = "display_phone_number,verified_name,quality_rating,name_status,status,throughput,\
    code_verification_status,whatsapp_business_manager_messaging_limit";
/// What every version of the Graph API knows.
const OLD_FIELDS: &str = "display_phone_number,verified_name";

/// Major versions and the days on which they end
/// (<https://developers.facebook.com/docs/graph-api/changelog/versions>).
const ENDS: [(u32, (i32, u32, u32)); 6] = [
    (20, (2026, 9, 24)),
    (21, (2027, 1, 21)),
    (22, (2027, 5, 20)),
    (23, (2027, 10, 8)),
    (24, (2028, 2, 18)),
    (25, (2028, 7, 29)),
];
const WARN_DAYS: i64 = 90;

pub async fn ask(cloud: &WhatsappCloud, account: &Account) -> Result<Opened, OpenError> {
    let graph = Graph::new(cloud, account, PATIENCE).map_err(not_opened)?;
    let described = match graph.describe(FIELDS).await {
        // a version that does not know one of the fields refuses them all
        Err(SendError::Refused { code, .. }) if code == "100" => graph.describe(OLD_FIELDS).await,
        answer => answer,
    };
    let (number, now) = described.map_err(not_opened)?;
    let state = number["status"].as_str().unwrap_or_default();
    let lost = match state {
        "BANNED" => Some("WhatsApp banned this number."),
        "DISCONNECTED" | "DELETED" => Some("This number is not registered with WhatsApp; register it at Meta."),
        _ => None,
    };
    let unreachable = "Meta delivers to https addresses only; set PUBLIC_URL to one";
    let unreachable = (!account.webhook_url.starts_with("https://")).then(|| unreachable.to_owned());
    let warnings: Vec<String> =
        lost.map(str::to_owned).into_iter().chain(unreachable).chain(ending(&cloud.api_url, now)).collect();
    Ok(Opened {
        status: if lost.is_some() { ChannelStatus::Error } else { ChannelStatus::Connected },
        warning: (!warnings.is_empty()).then(|| warnings.join(" ")),
        qr: None,
        facts: facts(&number),
    })
}

fn facts(number: &Value) -> Map<String, Value> {
    let named = [
        ("phone", &number["display_phone_number"]),
        ("name", &number["verified_name"]),
        ("quality", &number["quality_rating"]),
        ("nameStatus", &number["name_status"]),
        ("numberStatus", &number["status"]),
        ("verification", &number["code_verification_status"]),
        ("throughput", &number["throughput"]["level"]),
        ("messagingLimit", &number["whatsapp_business_manager_messaging_limit"]),
    ];
    let told = named.into_iter().filter(|(_, value)| value.as_str().is_some_and(|text| !text.is_empty()));
    told.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// Words for a version that has ended or soon will. `now` is Meta's own time, which came with its answer.
fn ending(api_url: &str, now: Option<DateTime<Utc>>) -> Option<String> {
    let version = api_url.trim_end_matches('/').rsplit('/').next()?.strip_prefix('v')?;
    let major: u32 = version.split('.').next()?.parse().ok()?;
    let (_, (year, month, day)) = ENDS.into_iter().find(|(known, _)| *known == major.max(ENDS[0].0))?;
    let end = NaiveDate::from_ymd_opt(year, month, day)?;
    let left = end.signed_duration_since(now?.date_naive()).num_days();
    let advice = "set WABA_API_URL to a newer one";
    if major < ENDS[0].0 || left < 0 {
        return Some(format!("Version {version} of the Graph API has ended; {advice}."));
    }
    (left < WARN_DAYS).then(|| format!("Version {version} of the Graph API ends on {end}; {advice}."))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_ends_within_ninety_days_is_named_with_its_day() {
        let said = |version: &str, now: &str| {
            let now = NaiveDate::parse_from_str(now, "%Y-%m-%d").unwrap().and_hms_opt(12, 0, 0).unwrap().and_utc();
            ending(&format!("https://graph.facebook.com/{version}"), Some(now))
        };
        assert_eq!(said("v26.0", "2026-11-21"), None);
        assert_eq!(said("v25.0", "2026-11-21"), None);
        assert_eq!(said("v21.0", "2026-10-01"), None);
        assert!(said("v21.0", "2026-11-21").unwrap().contains("2027-01-21"));
        assert!(said("v22.0/", "2027-05-20").unwrap().contains("ends on 2027-05-20"));
        for (version, now) in [("v20.0", "2026-11-21"), ("v17.0", "2026-01-01"), ("v21.0", "2027-01-22")] {
            assert!(said(version, now).unwrap().contains("has ended"), "{version}");
        }
        assert_eq!(ending("https://graph.example", None), None);
        assert_eq!(ending("https://graph.example/v21.0", None), None);
    }
}
