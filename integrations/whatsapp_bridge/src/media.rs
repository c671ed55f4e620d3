//! Where a file of a customer is fetched from: at the bridge, which keeps what is too large for a body, or anywhere else.

use contract::{LocateError, MediaLocation, MediaSource, Trust};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// The secret goes to the bridge's own origin alone; a path counts as one below the bridge's address.
pub(crate) fn locate(
    base: &str,
    header: &'static str,
    secret: &str,
    source: &MediaSource,
) -> Result<MediaLocation, LocateError> {
    let MediaSource::Url { url } = source else { return MediaLocation::plain(source) };
    let below = url.starts_with('/') && !url.starts_with("//");
    let address = if below { format!("{base}{url}") } else { url.clone() };
    let gone = |reason: &str| LocateError::Gone { reason: reason.into() };
    let parsed = Url::parse(&address).map_err(|_| gone("the bridge named no address of the file"))?;
    let own = Url::parse(base).is_ok_and(|base| base.origin() == parsed.origin());
    if !own {
        return MediaLocation::plain(source);
    }
    let mut secret = HeaderValue::try_from(secret).map_err(|_| gone("the secret cannot go into a header"))?;
    secret.set_sensitive(true);
    let headers = HeaderMap::from_iter([(HeaderName::from_static(header), secret)]);
    Ok(MediaLocation::Address { url: address, headers, trust: Trust::Configured })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]
mod tests {
    use super::*;

    fn located(url: &str) -> (String, bool, Trust) {
        let source = MediaSource::Url { url: url.into() };
        match locate("http://bridge:3100", "authorization", "Bearer s3cret", &source).unwrap() {
            MediaLocation::Address { url, headers, trust } => (url, headers.contains_key("authorization"), trust),
            MediaLocation::Bytes(_) => panic!("no address"),
        }
    }

    #[test]
    fn the_secret_goes_to_the_bridge_alone() {
        assert_eq!(
            located("/sessions/1/media/k"),
            ("http://bridge:3100/sessions/1/media/k".into(), true, Trust::Configured)
        );
        assert_eq!(located("http://bridge:3100/x"), ("http://bridge:3100/x".into(), true, Trust::Configured));
        for foreign in
            ["https://bridge:3100/x", "http://bridge/x", "http://bridge:3101/x", "https://mmg.whatsapp.net/x"]
        {
            assert_eq!(located(foreign), (foreign.into(), false, Trust::Public), "{foreign}");
        }
    }

    #[test]
    fn what_is_no_address_is_gone() {
        for odd in ["//bridge/x", "file", "", "::"] {
            let source = MediaSource::Url { url: odd.into() };
            let found = locate("http://bridge:3100", "authorization", "Bearer s3cret", &source);
            assert!(matches!(found, Err(LocateError::Gone { .. })), "{odd}");
        }
    }
}
