//! Files: where `getFile` says they are, and how their download can go wrong.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use super::{Api, FakeTelegram, no, result};
use crate::desk::Call;

/// Largest file that a bot is handed.
const LARGEST: usize = 20 * 1024 * 1024;

/// How a download goes from now on.
#[derive(Debug, Clone, Default)]
pub enum Download {
    #[default]
    Whole,
    /// A byte at a time, with this pause before each.
    Slow(Duration),
    /// The connection breaks after so many bytes.
    Broken(usize),
    /// The file is followed by zeros that never end.
    Endless,
    /// Other bytes than those that were sent, of the same length.
    Wrong,
    /// This status in place of the file.
    Status(u16),
    /// A redirect to this address.
    Redirect(String),
}

#[derive(Default)]
pub(super) struct File {
    path: String,
    data: Bytes,
    download: Download,
}

impl FakeTelegram {
    /// A file that `getFile` finds under this id; more than 20 MB are refused as too big.
    pub fn put_file(&self, token: &str, file_id: &str, data: impl Into<Bytes>) {
        let file = File { path: file_id.to_owned(), data: data.into(), download: Download::Whole };
        self.api.bots.lock().entry(token.to_owned()).or_default().files.insert(file_id.to_owned(), file);
    }

    /// Where `getFile` says that a file is, in place of its id.
    pub fn move_file(&self, token: &str, file_id: &str, path: &str) {
        self.api.bots.lock().entry(token.to_owned()).or_default().files.entry(file_id.to_owned()).or_default().path =
            path.to_owned();
    }

    /// How downloads of a file go from now on.
    pub fn set_download(&self, token: &str, file_id: &str, download: Download) {
        let mut bots = self.api.bots.lock();
        bots.entry(token.to_owned()).or_default().files.entry(file_id.to_owned()).or_default().download = download;
    }

    /// Paths that were downloaded with this token, in order, found or not.
    #[must_use]
    pub fn downloads(&self, token: &str) -> Vec<String> {
        self.api.bots.lock().get(token).map_or_else(Vec::new, |bot| bot.downloads.clone())
    }
}

pub(super) async fn get_file(api: &Api, token: &str, body: &Value) -> Response {
    let call = Call::new(token, "getFile", &body["file_id"], body.clone());
    api.errands
        .answer(call, |call| {
            let bots = api.bots.lock();
            match bots.get(token).and_then(|bot| bot.files.get(&call.chat)) {
                Some(file) if file.data.len() > LARGEST => no(400, "Bad Request: file is too big"),
                Some(file) => result(json!({"file_id": call.chat, "file_unique_id": call.chat,
                    "file_size": file.data.len(), "file_path": file.path})),
                None => no(400, "Bad Request: invalid file_id"),
            }
        })
        .await
}

pub(super) async fn download(State(api): State<Arc<Api>>, Path((bot, path)): Path<(String, String)>) -> Response {
    let (data, download) = {
        let mut bots = api.bots.lock();
        let Some(bot) = bot.strip_prefix("bot").and_then(|token| bots.get_mut(token)) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let found =
            bot.files.values().find(|file| file.path == path).map(|file| (file.data.clone(), file.download.clone()));
        bot.downloads.push(path);
        let Some(found) = found else { return StatusCode::NOT_FOUND.into_response() };
        found
    };
    let whole = data.len();
    match download {
        Download::Whole => data.into_response(),
        Download::Wrong => data.iter().map(|byte| !byte).collect::<Vec<u8>>().into_response(),
        Download::Status(status) => {
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }
        Download::Redirect(to) => (StatusCode::FOUND, [("location", to)]).into_response(),
        Download::Slow(pause) => {
            let bytes = stream::iter(0..whole).then(move |at| {
                let byte = data.slice(at..=at);
                async move {
                    tokio::time::sleep(pause).await;
                    Ok::<_, io::Error>(byte)
                }
            });
            Body::from_stream(bytes).into_response()
        }
        Download::Broken(after) => {
            let part = data.slice(..after.min(whole));
            // what came before the break is on its way by then
            let end = stream::once(async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                Err(io::Error::other("as scripted"))
            });
            Body::from_stream(stream::iter([Ok(part)]).chain(end)).into_response()
        }
        Download::Endless => {
            let zeros = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[0; 4096])));
            Body::from_stream(stream::once(async move { Ok(data) }).chain(zeros)).into_response()
        }
    }
}
