//! Where an incoming file is fetched from. (<https://core.telegram.org/bots/api#getfile>)
//!
//! The address holds the bot token, so it is made of the configured base alone: what Telegram says of the file's place is
//! taken as names of folders below it, or not at all.

use std::time::Duration;

use contract::{Account, LocateError, MediaLocation, MediaSource, Trust};
use serde_json::Map;

use crate::api::{Api, Call, Failure, Refusal};
use crate::object::Object;

const TIMEOUT: Duration = Duration::from_secs(15);

pub(crate) async fn locate(api: &Api, account: &Account, source: &MediaSource) -> Result<MediaLocation, LocateError> {
    let MediaSource::Id { id } = source else { return MediaLocation::plain(source) };
    let token = account.credential("token").ok_or_else(|| gone("the channel has no bot token"))?;
    let mut params = Map::new();
    params.insert("file_id".into(), id.as_str().into());
    let result = api.call(token, Call::new("getFile", params), TIMEOUT).await.map_err(classify)?;
    let path = std::str::from_utf8(&result).ok().and_then(Object::read).and_then(|file| file.string("file_path"));
    let path = path.ok_or_else(|| gone("Telegram has the file, but does not say where"))?;
    let url = below(api.base(), token, &path)?;
    Ok(MediaLocation::Address { url, headers: reqwest::header::HeaderMap::new(), trust: Trust::Configured })
}

/// The address of a file below the base. A path that leads elsewhere is refused before anything is asked for it.
fn below(base: &str, token: &str, path: &str) -> Result<String, LocateError> {
    if path.starts_with('/') {
        return Err(gone(
            "the Bot API server names a file on its own disk: run it without --local, so that files can be fetched",
        ));
    }
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(['\\', ':']);
    if !path.split('/').all(is_name) || path.contains(char::is_control) {
        return Err(gone("the place that the Bot API server names is no path below its own address"));
    }
    let mut url = reqwest::Url::parse(base).map_err(|_| gone("the Bot API address is no URL"))?;
    url.path_segments_mut()
        .map_err(|()| gone("the Bot API address is no URL"))?
        .pop_if_empty()
        .push("file")
        .push(&format!("bot{token}"))
        .extend(path.split('/'));
    Ok(url.into())
}

fn classify(failure: Failure) -> LocateError {
    let reason = failure.message();
    let Failure::Refused(Refusal { code, description, retry_after, .. }) = failure else {
        return LocateError::Retry { reason, after: None };
    };
    match code {
        400 if description.contains("file is too big") => {
            gone("the file is larger than the 20 MB that Telegram hands to bots")
        }
        400 if !description.contains("temporarily unavailable") => LocateError::Gone { reason },
        403 | 413 => LocateError::Gone { reason },
        // a refused token may be replaced, and then the file is still there
        _ => LocateError::Retry { reason, after: retry_after },
    }
}

fn gone(reason: &str) -> LocateError {
    LocateError::Gone { reason: reason.to_owned() }
}
