//! Where an incoming file is: asked by its id before every try, since the address that Meta gives is good for 5 minutes
//! (<https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media>).

use std::time::Duration;

use contract::{Account, LocateError, MediaLocation, MediaSource, SendError, Trust};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use crate::WhatsappCloud;
use crate::graph::Graph;

const PATIENCE: Duration = Duration::from_secs(15);

/// Hosts of Meta that files are loaded from: these domains and those under them.
const META: [&str; 4] = ["fbsbx.com", "fbcdn.net", "whatsapp.net", "facebook.com"];

/// Asks Meta for the address of a media id. The token goes along to Meta's own hosts over https, and to the origin that was
/// configured for the Graph API; any other address is refused.
pub async fn locate(
    cloud: &WhatsappCloud,
    account: &Account,
    source: &MediaSource,
) -> Result<MediaLocation, LocateError> {
    let MediaSource::Id { id } = source else { return MediaLocation::plain(source) };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !(1..=255).contains(&id.len()) || !id.bytes().all(plain) {
        return Err(gone("this is not a media id of WhatsApp"));
    }
    let graph = Graph::new(cloud, account, PATIENCE).map_err(refused)?;
    let media = graph.get(&[id], &[("phone_number_id", graph.phone_number_id())]).await.map_err(refused)?;
    let address = media["url"].as_str().ok_or_else(|| gone("WhatsApp names no address for the file"))?;
    let url = Url::parse(address).map_err(|_| gone("WhatsApp names an address that is none"))?;
    let trust = trust(&url, &cloud.api_url)
        .ok_or_else(|| gone("WhatsApp names an address outside of its own hosts; nothing was asked there"))?;
    let mut token = HeaderValue::try_from(format!("Bearer {}", graph.token()))
        .map_err(|_| gone("the channel's access token cannot be sent"))?;
    token.set_sensitive(true);
    let mut headers = HeaderMap::with_capacity(1);
    headers.insert(AUTHORIZATION, token);
    Ok(MediaLocation::Address { url: url.into(), headers, trust })
}

/// How far an address may be trusted with the token; `None`: not at all.
fn trust(url: &Url, api_url: &str) -> Option<Trust> {
    let named = url.username().is_empty() && url.password().is_none();
    let configured = Url::parse(api_url).ok().map(|api| api.origin());
    if named && configured.is_some_and(|origin| origin.is_tuple() && origin == url.origin()) {
        return Some(Trust::Configured);
    }
    let host = url.host_str()?;
    let of_meta = META
        .iter()
        .any(|domain| host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.')));
    (named && of_meta && url.scheme() == "https" && url.port().is_none()).then_some(Trust::Public)
}

fn gone(reason: &str) -> LocateError {
    LocateError::Gone { reason: reason.to_owned() }
}

fn refused(error: SendError) -> LocateError {
    match error {
        SendError::Retry { code, message, after, .. } => {
            LocateError::Retry { reason: format!("{message} ({code})"), after }
        }
        // the token may be renewed while the id is still good
        SendError::AccountRefused { code, message } => {
            LocateError::Retry { reason: format!("{message} ({code})"), after: Some(Duration::from_secs(60)) }
        }
        SendError::Refused { code, message } => {
            LocateError::Gone { reason: format!("WhatsApp no longer has the file: {message} ({code})") }
        }
        other => LocateError::Retry { reason: other.to_string(), after: None },
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn d4_the_token_goes_to_metas_hosts_and_the_configured_origin_alone() {
        let api = "https://graph.example:8443/v26.0";
        let trust = |url: &str| trust(&Url::parse(url).unwrap(), api);
        for url in [
            "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
            "https://scontent.xx.fbcdn.net/v/1",
            "https://mmg.whatsapp.net/1",
            "https://facebook.com/1",
        ] {
            assert_eq!(trust(url), Some(Trust::Public), "{url}");
        }
        assert_eq!(trust("https://graph.example:8443/download/1"), Some(Trust::Configured));
        for url in [
            "http://lookaside.fbsbx.com/1",
            "https://lookaside.fbsbx.com:444/1",
            "https://evilfbsbx.com/1",
            "https://fbsbx.com.evil.example/1",
            "https://fbsbx.com./1",
            "https://a@fbsbx.com/1",
            "https://fbsbx.com@evil.example/1",
            "https://graph.example/1",
            "http://graph.example:8443/1",
            "https://u:p@graph.example:8443/1",
            "https://127.0.0.1/1",
            "file:///etc/passwd",
            "data:text/plain,fbsbx.com",
        ] {
            assert_eq!(trust(url), None, "{url}");
        }
    }
}
