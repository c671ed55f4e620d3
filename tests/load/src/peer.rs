//! The peers: small Node servers that a competent team would write for the same work, each on a database of its own.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;
use tokio::process::Command;

use crate::Failure;
use crate::bench::Bench;
use crate::deliveries::{APP_SECRET, Inbound, SECRET};
use crate::subject::{JWT_SECRET, Subject, free_address, start};
use crate::usage::Process;

pub const NAME: &str = "Node peer";

/// Starts `peer/NAME.mjs`; its packages are installed by `scripts/bench`.
///
/// # Errors
/// Where Node or its packages are missing, or it does not become ready.
pub async fn start_peer(bench: &Bench, script: &str) -> Result<Subject, Failure> {
    let (database, address) = (bench.cluster.create().await?, free_address()?);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer");
    let port = address.rsplit_once(':').ok_or("an address without a port")?.1;
    let mut command = Command::new("node");
    command.arg(folder.join(script)).env("NODE_ENV", "production").env("PORT", port);
    command.env("DATABASE_URL", &database.url).env("JWT_SECRET", JWT_SECRET);
    command.env("TELEGRAM_SECRET", SECRET).env("APP_SECRET", APP_SECRET);
    let child = start(command, &address).await?;
    let process = Process(child.id().ok_or("the peer ended")?);
    let inbound = Inbound::telegram("/webhooks/telegram/1")?;
    Ok(Subject { address, token: token()?, process, database, inbound, child: Some(child) })
}

/// An operator's token.
fn token() -> Result<String, Failure> {
    let expires = std::time::UNIX_EPOCH.elapsed()?.as_secs() + 86_400;
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"userId": "bench", "organizationId": "1", "exp": expires});
    let signed = format!("{}.{}", part(json!({"alg": "HS256", "typ": "JWT"})), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(JWT_SECRET.as_bytes())?;
    mac.update(signed.as_bytes());
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
}
