#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;

fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::from_lookup(&|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
}

fn refusal(variable: &str, value: &str) -> String {
    let error = config(&[(variable, value)]).unwrap_err();
    assert_eq!(error.problems.iter().map(|problem| problem.variable).collect::<Vec<_>>(), [variable], "{error}");
    error.to_string()
}

/// `(name, default)` of each setting in `.env.example`: a line `# NAME=value`.
fn example() -> Vec<(&'static str, &'static str)> {
    include_str!("../../.env.example")
        .lines()
        .filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='))
        .filter(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
        .collect()
}

#[test]
fn the_example_names_exactly_the_variables_that_are_read_in_their_order() {
    let asked = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    Config::from_lookup(&lookup).unwrap();
    let mut asked = asked.into_inner();
    assert!(asked.remove("PATH"), "PATH belongs to the machine and is no setting");
    assert_eq!(asked, VARIABLES.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(example().iter().map(|(name, _)| *name).collect::<Vec<_>>(), VARIABLES);
}

#[test]
fn the_example_sets_nothing_and_shows_the_defaults() {
    let lines: Vec<_> = include_str!("../../.env.example").lines().collect();
    assert!(lines.iter().all(|line| line.is_empty() || line.starts_with('#')));
    let example = example();
    let shown =
        Config::from_lookup(&|name| example.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
            .unwrap();
    assert_eq!(format!("{shown:?}"), format!("{:?}", config(&[]).unwrap()));
}

#[test]
fn unset_and_empty_variables_have_the_contracts_defaults() {
    let empty: Vec<_> = VARIABLES.iter().map(|name| (*name, "")).collect();
    for config in [config(&[]).unwrap(), config(&empty).unwrap()] {
        assert_eq!(config.bind_addr.to_string(), "127.0.0.1:3000");
        assert_eq!(config.public_url, "http://127.0.0.1:3000");
        assert_eq!(config.data_dir, PathBuf::from("./data"));
        assert_eq!(config.cors_origins, CorsOrigins::SameOrigin);
        assert_eq!(config.telegram_api_url, "https://api.telegram.org");
        assert_eq!(config.waba_api_url, "https://graph.facebook.com/v26.0");
        assert_eq!(config.bridge_url, "http://127.0.0.1:3100");
        assert_eq!((config.db_pool, config.log_level.as_str()), (10, "info"));
        assert!(config.rate_limit && !config.webhook_allow_private);
        assert!(config.database_url.is_none() && config.jwt_secret.is_none() && config.metrics_token.is_none());
        assert!(config.trusted_proxies.is_empty());
    }
}

#[test]
fn the_public_address_follows_the_bound_one_and_loses_its_last_slash() {
    assert_eq!(config(&[("BIND_ADDR", "0.0.0.0:8080")]).unwrap().public_url, "http://0.0.0.0:8080");
    let config = config(&[("BIND_ADDR", "[::]:8080"), ("PUBLIC_URL", "https://inbox.example.com/base/")]).unwrap();
    assert_eq!(config.public_url, "https://inbox.example.com/base");
}

#[test]
fn origins_are_kept_as_browsers_send_them() {
    let origins = |text| config(&[("CORS_ORIGINS", text)]).unwrap().cors_origins;
    assert_eq!(origins("*"), CorsOrigins::Any);
    assert_eq!(
        origins("https://App.example.com:443/, http://localhost:5173,capacitor://localhost"),
        CorsOrigins::List(vec![
            "https://app.example.com".into(),
            "http://localhost:5173".into(),
            "capacitor://localhost".into()
        ])
    );
    for wrong in ["https://a.example, *", "null", "a.example", "https://a.example/path", "https://u@a.example"] {
        assert!(refusal("CORS_ORIGINS", wrong).contains("without a path"));
    }
}

#[test]
fn proxies_are_networks_or_single_addresses() {
    let config = config(&[("TRUSTED_PROXIES", "10.0.0.0/8, 192.168.1.1,fd00::/8")]).unwrap();
    let shown: Vec<_> = config.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["10.0.0.0/8", "192.168.1.1/32", "fd00::/8"]);
    assert!(refusal("TRUSTED_PROXIES", "10.0.0.0/33").contains("10.0.0.0/8"));
}

#[test]
fn keys_that_are_short_or_published_refuse_to_start() {
    for variable in ["JWT_SECRET", "SECRETS_KEY", "BRIDGE_SECRET"] {
        assert!(refusal(variable, "short").contains("at least 32"));
        assert!(refusal(variable, "your-secret-key-at-least-32-bytes-long").contains("guess"));
        assert!(refusal(variable, &"a".repeat(64)).contains("repeated"));
        config(&[(variable, "a perfectly ordinary passphrase of some length")]).unwrap();
    }
}

#[test]
fn each_wrong_value_is_named_with_what_to_do() {
    for (variable, value, remedy) in [
        ("BIND_ADDR", "3000", "an IP address and a port"),
        ("PUBLIC_URL", "inbox.example.com", "https://host"),
        ("PUBLIC_URL", "https://inbox.example.com/?a=b", "nothing after it"),
        ("DATABASE_URL", "mysql://root@localhost/x", "postgres://"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("DB_POOL", "1", "2 to 500"),
        ("DB_POOL", "501", "2 to 500"),
        ("DB_POOL", "many", "2 to 500"),
        ("MEDIA_URL", "bucket", "s3://"),
        ("RATE_LIMIT", "false", "`on` or `off`"),
        ("WEBHOOK_ALLOW_PRIVATE", "1", "`on` or `off`"),
        ("LOG_LEVEL", "info,[", "`info`"),
        ("LOG_FORMAT", "xml", "`text` or `json`"),
        ("BRIDGE_URL", "ftp://x", "http://host:port"),
    ] {
        let message = refusal(variable, value);
        assert!(message.starts_with(variable) && message.contains(remedy), "{message}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_and_no_value_is_shown() {
    let error = config(&[("JWT_SECRET", "canary"), ("DB_POOL", "0"), ("DATABASE_URL", "canary://canary")]).unwrap_err();
    assert_eq!(error.problems.len(), 3);
    assert_eq!(error.to_string().lines().count(), 3);
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[test]
fn printing_the_settings_shows_no_secret() {
    let secret = "canary-canary-canary-canary-canary-1";
    let pairs: Vec<_> = ["JWT_SECRET", "SECRETS_KEY", "BRIDGE_SECRET", "METRICS_TOKEN", "WABA_APP_SECRET"]
        .into_iter()
        .chain(["WABA_VERIFY_TOKEN"])
        .map(|name| (name, secret))
        .chain([("DATABASE_URL", "postgres://u:canary@h/d"), ("REDIS_URL", "redis://:canary@h")])
        .collect();
    let config = config(&pairs).unwrap();
    assert!(!format!("{config:?}").contains("canary"));
    assert_eq!(config.jwt_secret.unwrap().expose(), secret);
}
