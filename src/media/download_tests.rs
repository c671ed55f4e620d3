//! Claims about downloads: servers here are small and on the loopback, which stands for the public internet where it must.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::sync::Mutex;

use reqwest::dns::{Addrs, Name, Resolving};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::config::Config;
use crate::id::{AttachmentId, OrganizationId};
use crate::media::{Kept, Objects};

const QUICK: Limits = Limits { bytes: 1000, idle: Duration::from_millis(300), total: Duration::from_millis(900) };

fn client(is_public: fn(IpAddr) -> bool) -> Downloads {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Downloads::with(QUICK, Arc::new(PublicOnly), is_public).unwrap()
}

/// Answers each connection with the next of these texts, and keeps what was asked. With `drip` a byte at a time.
async fn server(answers: Vec<Vec<u8>>, drip: bool) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let background = crate::background::Background::new();
    background.spawn(async move {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            noted.lock().unwrap().push(String::from_utf8_lossy(&request[..read]).to_lowercase());
            let _ = if drip {
                let body = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| at + 4);
                let _ = stream.write_all(&answer[..body]).await;
                for byte in &answer[body..] {
                    if stream.write_all(&[*byte]).await.is_err() {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok(())
            } else {
                stream.write_all(&answer).await
            };
        }
    });
    (base, asked)
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

fn moved(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
}

fn at(url: &str, trust: Trust) -> MediaLocation {
    let headers = [("authorization", "Bearer canary")];
    let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    MediaLocation::Address { url: url.to_owned(), headers: headers.into_iter().collect(), trust }
}

/// What came of a fetch, and whether anything of the file is left.
async fn fetch(client: &Downloads, location: MediaLocation, hash: Option<&str>) -> (Result<Received, Failure>, bool) {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().display().to_string();
    let config = Config::from_lookup(&|name| (name == "DATA_DIR").then(|| data_dir.clone())).unwrap();
    let objects = Objects::open(&config).unwrap();
    let (organization_id, id) = (OrganizationId::new(), AttachmentId::new());
    let mut writer = objects.write(organization_id, id, Kept::File);
    let result = client.fetch(location, hash, &mut writer).await;
    match result {
        Ok(_) => writer.finish().await.unwrap(),
        Err(_) => writer.abort().await,
    }
    let size = objects.size(organization_id, id, Kept::File).await;
    assert_eq!(size.as_ref().ok().copied(), result.as_ref().ok().map(|received| received.size_bytes));
    (result, size.is_ok())
}

async fn outcome(answer: Vec<u8>, hash: Option<&str>) -> Result<Received, Failure> {
    let (base, _) = server(vec![answer], false).await;
    fetch(&client(public::is_public), at(&base, Trust::Configured), hash).await.0
}

fn reason(result: Result<Received, Failure>) -> String {
    result.unwrap_err().to_string()
}

#[tokio::test]
async fn a_file_comes_through_with_its_hash_in_any_spelling() {
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let base64 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    for hash in [None, Some(hex), Some(base64), Some(base64.trim_end_matches('='))] {
        let received = outcome(ok("abc"), hash).await.unwrap();
        assert_eq!((received.size_bytes, &received.head[..]), (3, &b"abc"[..]));
        assert_eq!(hex::encode(received.sha256), hex);
    }
    let wrong = reason(outcome(ok("abd"), Some(base64)).await);
    assert!(wrong.contains("SHA-256"), "{wrong}");
}

#[tokio::test]
async fn d5_what_is_endless_empty_cut_off_or_packed_is_refused_with_a_reason() {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n";
    for (answer, expected) in [
        (format!("{head}content-length: 1001\r\n\r\n"), "larger than"),
        (format!("{head}\r\n{}", "x".repeat(5000)), "larger than"),
        (format!("{head}content-length: 10\r\n\r\nabc"), "broke off"),
        (format!("{head}content-length: 0\r\n\r\n"), "empty"),
        (format!("{head}content-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc"), "packed"),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".into(), "404"),
        ("HTTP/1.1 206 Partial Content\r\ncontent-length: 1\r\n\r\na".into(), "206"),
        ("nonsense".into(), "could not be reached"),
    ] {
        let told = reason(outcome(answer.clone().into_bytes(), None).await);
        assert!(told.contains(expected), "{answer:?}: {told}");
        assert!(!told.contains("127.0.0.1"), "{told}");
    }
    let wait =
        outcome(b"HTTP/1.1 429 No\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n".to_vec(), None).await.unwrap_err();
    assert!(matches!(wait, Failure::Again { after: Some(after), .. } if after.as_secs() == 7), "{wait:?}");
}

#[tokio::test]
async fn d5_a_byte_now_and_then_is_given_up_in_time() {
    let (base, _) = server(vec![ok(&"x".repeat(900))], true).await;
    let (result, left) = fetch(&client(public::is_public), at(&base, Trust::Configured), None).await;
    assert_eq!((reason(result).as_str(), left), ("the file did not come in time", false));
    let (base, _) = server(vec![b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc".to_vec(), Vec::new()], false).await;
    let broken = fetch(&client(public::is_public), at(&base, Trust::Configured), None).await.0;
    assert!(broken.is_err());
}

#[tokio::test]
async fn d1_an_address_of_ours_is_refused_in_every_spelling_before_anything_is_asked() {
    let (base, asked) = server(vec![ok("secret")], false).await;
    let port = base.rsplit_once(':').unwrap().1.to_owned();
    let client = client(public::is_public);
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f000001:{port}/"),
        format!("http://0177.0.0.1:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://127.0.0.1.:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://[::ffff:7f00:1]:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://localhost.:{port}/"),
        format!("http://①②⑦.0.0.1:{port}/"),
        "http://169.254.169.254/latest/meta-data/".into(),
        "http://[fd00:ec2::254]/".into(),
        format!("http://example.com@127.0.0.1:{port}/"),
        format!("http://user:password@example.com:{port}/"),
        "ftp://example.com/".into(),
        "file:///etc/passwd".into(),
        "gopher://127.0.0.1/".into(),
        "nonsense".into(),
    ] {
        let refused = fetch(&client, at(&url, Trust::Public), None).await.0.unwrap_err();
        // a resolver may not know a name that another one calls the loopback
        assert!(matches!(refused, Failure::Final { .. }) || url.contains("localhost."), "{url}: {refused:?}");
    }
    assert!(asked.lock().unwrap().is_empty(), "something was asked");
    assert!(fetch(&client, at(&base, Trust::Configured), None).await.0.is_ok(), "whoever runs the server may say so");
}

/// A name that is public when it is looked at and private when it is connected to.
struct Rebinding(Mutex<Vec<&'static str>>);

impl Resolve for Rebinding {
    fn resolve(&self, _: Name) -> Resolving {
        let next = self.0.lock().unwrap().pop().unwrap_or("127.0.0.1");
        Box::pin(async move {
            let address = IpAddr::V4(next.parse()?);
            // as `PublicOnly` does it, over answers that change
            if !public::is_public(address) {
                return Err(public::REFUSED.into());
            }
            Ok(Box::new(std::iter::once(std::net::SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

#[tokio::test]
async fn d2_the_address_that_was_checked_is_the_one_that_is_connected_to() {
    let (base, asked) = server(vec![ok("secret")], false).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    // TEST-NET answers nobody, the loopback would
    let names = Rebinding(Mutex::new(vec!["127.0.0.1"]));
    let client = Downloads::with(QUICK, Arc::new(names), public::is_public).unwrap();
    let url = format!("http://rebinding.example:{}/", base.rsplit_once(':').unwrap().1);
    let refused = fetch(&client, at(&url, Trust::Public), None).await.0.unwrap_err();
    assert_eq!(refused, Failure::last(public::REFUSED));
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn d3_redirects_are_checked_and_credentials_stay_with_their_origin() {
    // every port of the loopback is a public host of its own here, but for one that stands for a private network
    let loopback_is_public: fn(IpAddr) -> bool = |address| address == IpAddr::from([127, 0, 0, 1]);
    let (last, asked_last) = server(vec![ok("abc")], false).await;
    let (first, asked_first) = server(vec![moved("/next"), moved(&last)], false).await;
    let client = client(loopback_is_public);
    let received = fetch(&client, at(&first, Trust::Public), None).await.0.unwrap();
    assert_eq!(received.size_bytes, 3);
    assert!(asked_first.lock().unwrap().iter().all(|request| request.contains("canary")), "the same origin");
    assert!(!asked_last.lock().unwrap()[0].contains("canary"), "another origin saw the token");

    let (private, asked) = server(vec![moved("http://127.0.0.2:1/")], false).await;
    let refused = fetch(&client, at(&private, Trust::Public), None).await.0.unwrap_err();
    assert_eq!((refused, asked.lock().unwrap().len()), (Failure::last(public::REFUSED), 1));
    let (scheme, _) = server(vec![moved("file:///etc/passwd")], false).await;
    assert!(matches!(fetch(&client, at(&scheme, Trust::Public), None).await.0, Err(Failure::Final { .. })));

    let (round, asked) = server(vec![moved("/a"), moved("/b"), moved("/c"), moved("/d"), ok("abc")], false).await;
    let refused = reason(fetch(&client, at(&round, Trust::Public), None).await.0);
    assert!(refused.contains("too often"), "{refused}");
    assert_eq!(asked.lock().unwrap().len(), 4, "three redirects and no more");
}

#[tokio::test]
async fn d4_a_configured_server_that_sends_us_elsewhere_is_not_followed() {
    let (elsewhere, asked) = server(vec![ok("abc")], false).await;
    let (configured, _) = server(vec![moved(&elsewhere)], false).await;
    let client = client(public::is_public);
    let refused = reason(fetch(&client, at(&configured, Trust::Configured), None).await.0);
    assert!(refused.contains("elsewhere"), "{refused}");
    assert!(asked.lock().unwrap().is_empty(), "the token went to another host");
}
