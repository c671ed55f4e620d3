//! The settings of this node, read once from the environment; nothing else reads the environment.
//! `.env.example` says the same in words, and a test holds the two together.

mod reader;
mod secret;
#[cfg(test)]
mod tests;

use std::io::IsTerminal;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;

use reader::Reader;
pub use reader::{ConfigError, Problem};
pub(crate) use secret::SHORTEST_KEY_BYTES;
pub use secret::Secret;

/// Every variable that is read, in the order of `.env.example`.
pub const VARIABLES: &[&str] = &[
    "BIND_ADDR",
    "PUBLIC_URL",
    "CORS_ORIGINS",
    "TRUSTED_PROXIES",
    "RATE_LIMIT",
    "DATA_DIR",
    "DATABASE_URL",
    "POSTGRES_BIN_DIR",
    "DB_POOL",
    "REDIS_URL",
    "MEDIA_URL",
    "JWT_SECRET",
    "SECRETS_KEY",
    "BRIDGE_SECRET",
    "TELEGRAM_API_URL",
    "WABA_API_URL",
    "WABA_APP_SECRET",
    "WABA_VERIFY_TOKEN",
    "BRIDGE_URL",
    "WEBHOOK_ALLOW_PRIVATE",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "METRICS_TOKEN",
];

/// Where programs are when `PATH` is unset.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

#[derive(Debug, Clone)]
pub struct Config {
    /// REST, Socket.IO, webhooks and dashboard.
    pub bind_addr: SocketAddr,
    /// Base of the webhook addresses that providers are given, without a slash at its end.
    pub public_url: String,
    pub cors_origins: CorsOrigins,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether clients are limited; off only for load tests.
    pub rate_limit: bool,
    pub data_dir: PathBuf,
    /// `None`: a private PostgreSQL under `data_dir`.
    pub database_url: Option<Secret>,
    pub postgres_bin_dir: Option<PathBuf>,
    /// Database connections of this node beside the writers', 2 to 500.
    pub db_pool: u32,
    pub redis_url: Option<Secret>,
    /// `None`: a folder under `data_dir`.
    pub media_url: Option<String>,
    /// The `AWS_*` variables of this machine, as every program for such stores reads them; not settings of ours.
    pub aws: Vec<(String, Secret)>,
    pub jwt_secret: Option<Secret>,
    pub secrets_key: Option<Secret>,
    pub bridge_secret: Option<Secret>,
    pub telegram_api_url: String,
    pub waba_api_url: String,
    pub waba_app_secret: Option<Secret>,
    pub waba_verify_token: Option<Secret>,
    pub bridge_url: String,
    /// Whether webhooks out may go to private networks.
    pub webhook_allow_private: bool,
    /// A `tracing` filter.
    pub log_level: String,
    pub log_format: LogFormat,
    /// Bearer token of `/metrics`; `None` leaves it open.
    pub metrics_token: Option<Secret>,
    /// `PATH` of this machine, where programs are looked for; not a setting.
    pub search_path: Vec<PathBuf>,
}

/// Which pages of other origins may call us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    SameOrigin,
    /// Every origin, never with credentials.
    Any,
    /// Origins as a browser sends them: `scheme://host[:port]`.
    List(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// # Errors
    /// What is wrong with each variable that cannot be used, and what to do.
    pub fn from_env() -> Result<Self, ConfigError> {
        let unreadable = |name: &&&'static str| matches!(read(name), Err(std::env::VarError::NotUnicode(_)));
        let problems: Vec<_> = VARIABLES
            .iter()
            .filter(unreadable)
            .map(|variable| Problem { variable, what: "is not UTF-8".into(), remedy: "write it in UTF-8".into() })
            .collect();
        if !problems.is_empty() {
            return Err(ConfigError { problems });
        }
        Ok(Self { aws: read_aws(), ..Self::from_lookup(&|name| read(name).ok())? })
    }

    /// The same from any source of variables.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut read = Reader::new(lookup);
        let bind_addr = read
            .parsed("BIND_ADDR", "write an IP address and a port, such as `127.0.0.1:3000` or `[::]:3000`")
            .unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000));
        let config = Self {
            bind_addr,
            public_url: read.http_url("PUBLIC_URL").unwrap_or_else(|| format!("http://{bind_addr}")),
            cors_origins: cors_origins(&mut read),
            trusted_proxies: read.list(
                "TRUSTED_PROXIES",
                "write networks such as `10.0.0.0/8` or single addresses, separated by commas",
                |item| item.parse().ok().or_else(|| item.parse::<IpAddr>().ok().map(IpNet::from)),
            ),
            rate_limit: read.switch("RATE_LIMIT", true),
            data_dir: read.text("DATA_DIR").map_or_else(|| "./data".into(), PathBuf::from),
            database_url: read.store_url("DATABASE_URL", &["postgres", "postgresql"]),
            postgres_bin_dir: read.text("POSTGRES_BIN_DIR").map(PathBuf::from),
            db_pool: db_pool(&mut read),
            redis_url: read.store_url("REDIS_URL", &["redis", "rediss"]),
            media_url: media_url(&mut read),
            aws: Vec::new(),
            jwt_secret: read.key("JWT_SECRET"),
            secrets_key: read.key("SECRETS_KEY"),
            bridge_secret: read.key("BRIDGE_SECRET"),
            telegram_api_url: read.http_url("TELEGRAM_API_URL").unwrap_or_else(|| "https://api.telegram.org".into()),
            waba_api_url: read.http_url("WABA_API_URL").unwrap_or_else(|| "https://graph.facebook.com/v26.0".into()),
            waba_app_secret: read.secret("WABA_APP_SECRET"),
            waba_verify_token: read.secret("WABA_VERIFY_TOKEN"),
            bridge_url: read.http_url("BRIDGE_URL").unwrap_or_else(|| "http://127.0.0.1:3100".into()),
            webhook_allow_private: read.switch("WEBHOOK_ALLOW_PRIVATE", false),
            log_level: log_level(&mut read),
            log_format: read.choice(
                "LOG_FORMAT",
                &[("text", LogFormat::Text), ("json", LogFormat::Json)],
                if std::io::stderr().is_terminal() { LogFormat::Text } else { LogFormat::Json },
            ),
            metrics_token: read.secret("METRICS_TOKEN"),
            search_path: std::env::split_paths(&lookup("PATH").unwrap_or_else(|| USUAL_PATH.into())).collect(),
        };
        read.finish()?;
        Ok(config)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn read(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn read_aws() -> Vec<(String, Secret)> {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    variables
        .filter(|(name, value)| name.starts_with("AWS_") && !value.is_empty())
        .map(|(name, value)| (name, Secret::new(value)))
        .collect()
}

fn cors_origins(read: &mut Reader<'_>) -> CorsOrigins {
    const REMEDY: &str =
        "write origins such as `https://app.example.com`, without a path and separated by commas, or `*` alone";
    match read.text("CORS_ORIGINS").as_deref() {
        None => CorsOrigins::SameOrigin,
        Some("*") => CorsOrigins::Any,
        Some(_) => CorsOrigins::List(read.list("CORS_ORIGINS", REMEDY, origin)),
    }
}

/// An origin as browsers write it: lower case, without the scheme's own port.
fn origin(item: &str) -> Option<String> {
    let url = reqwest::Url::parse(item).ok()?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let host = url.host_str().filter(|_| bare && url.username().is_empty())?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", url.scheme()))
}

fn db_pool(read: &mut Reader<'_>) -> u32 {
    const REMEDY: &str = "write a number from 2 to 500";
    let size = read.parsed("DB_POOL", REMEDY).unwrap_or(10);
    if !(2..=500).contains(&size) {
        read.refuse("DB_POOL", "is out of range", REMEDY);
    }
    size
}

fn media_url(read: &mut Reader<'_>) -> Option<String> {
    let text = read.text("MEDIA_URL")?;
    let url = reqwest::Url::parse(&text).ok();
    if !url.is_some_and(|url| matches!(url.scheme(), "s3" | "file") && (url.has_host() || url.scheme() == "file")) {
        let remedy = "write it as `s3://bucket/prefix` or `file:///folder`, or leave it unset";
        read.refuse("MEDIA_URL", "is not the address of an object store", remedy);
    }
    Some(text)
}

fn log_level(read: &mut Reader<'_>) -> String {
    let text = read.text("LOG_LEVEL").unwrap_or_else(|| "info".into());
    if tracing_subscriber::EnvFilter::try_new(&text).is_err() {
        read.refuse("LOG_LEVEL", "is not a log filter", "write `info`, `debug` or for example `info,sqlx=debug`");
    }
    text
}
