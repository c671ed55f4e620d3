//! Reading bodies up to a bound. What is over it is refused so that its sender can read the refusal: a server that closes
//! while a client still writes is seen as a broken connection.

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::sync::OwnedSemaphorePermit;

use super::problem::{Problem, Refusal};
use super::webhooks::Room;
use crate::error::Error;

/// Bodies up to this size are read where they arrive and wait for no room.
pub const SMALL_BYTES: usize = 64 << 10;
/// Of a body that is too large, as much is thrown away before it is refused.
const DISCARDED_BYTES: usize = 32 << 20;

/// A body that was read, with its place in memory if it is large.
pub struct Read {
    pub bytes: Bytes,
    pub place: Option<OwnedSemaphorePermit>,
}

/// Reads a body to its end. With a `room`, a large one takes place for all of itself before more of it is read, so that two
/// halves never wait for each other.
///
/// # Errors
/// 413 over `limit` bytes; [`Error::Malformed`] where the body breaks off; [`Error::Unavailable`] where the room stays full.
pub async fn read(request: Request, limit: usize, room: Option<&Room>) -> Result<Read, Refusal> {
    // who asks first, is answered first
    let asks_first = request.headers().contains_key(header::EXPECT);
    let mut body = request.into_body();
    let announced = body.size_hint().upper().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if announced.is_some_and(|bytes| bytes > limit) {
        if !asks_first && announced.is_some_and(|bytes| bytes <= DISCARDED_BYTES) {
            discard(body).await;
        }
        return Err(too_large(limit));
    }
    let (mut read, mut place) = (BytesMut::with_capacity(announced.unwrap_or(0).min(SMALL_BYTES)), None);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::Malformed("The body could not be read to its end.".into()))?;
        let Ok(data) = frame.into_data() else { continue };
        let size = read.len() + data.len();
        if size > limit {
            discard(body).await;
            return Err(too_large(limit));
        }
        if let Some(room) = room.filter(|_| size > SMALL_BYTES && place.is_none()) {
            match room.take(announced.unwrap_or(limit)).await {
                Ok(taken) => {
                    place = Some(taken);
                    // at once: growing by halves would take as much again, and copy all of it
                    read.reserve(announced.unwrap_or(size).saturating_sub(read.len()));
                }
                Err(error) => {
                    discard(body).await;
                    return Err(error.into());
                }
            }
        }
        read.extend_from_slice(&data);
    }
    Ok(Read { bytes: read.freeze(), place })
}

async fn discard(mut body: Body) {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await {
        discarded += frame.data_ref().map_or(0, Bytes::len);
        if discarded > DISCARDED_BYTES {
            return;
        }
    }
}

fn too_large(limit: usize) -> Refusal {
    let detail = format!("The body is larger than {} KiB.", limit >> 10);
    Problem::plain(StatusCode::PAYLOAD_TOO_LARGE, "INVALID_DATA", detail).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use axum::response::IntoResponse;
    use futures::stream;

    use super::*;

    fn chunked(chunks: usize) -> Body {
        Body::from_stream(stream::iter((0..chunks).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 1024])))))
    }

    async fn size(body: Body) -> Result<usize, u16> {
        let read = read(Request::new(body), 4096, None).await;
        read.map(|read| read.bytes.len()).map_err(|refusal| refusal.into_response().status().as_u16())
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit_however_it_comes() {
        assert_eq!(size(Body::empty()).await, Ok(0));
        assert_eq!(size(Body::from(vec![b'x'; 4096])).await, Ok(4096));
        assert_eq!(size(Body::from(vec![b'x'; 4097])).await, Err(413));
        assert_eq!(size(chunked(4)).await, Ok(4096));
        assert_eq!(size(chunked(5)).await, Err(413));
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_malformed() {
        let broken = stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("reset"))]);
        assert_eq!(size(Body::from_stream(broken)).await, Err(400));
    }

    #[tokio::test]
    async fn large_bodies_share_the_room_and_give_it_back() {
        let room = Room::of(200 << 10);
        let large = || Request::new(Body::from(vec![b'x'; 150 << 10]));
        let first = read(large(), 1 << 20, Some(&room)).await.unwrap();
        assert_eq!(room.left(), 50 << 10);
        let small = read(Request::new(Body::from("x")), 1 << 20, Some(&room)).await.unwrap();
        assert!(small.place.is_none());
        drop(first);
        assert_eq!(room.left(), 200 << 10);
        assert!(read(large(), 1 << 20, Some(&room)).await.unwrap().place.is_some());
    }
}
