//! What can be told of a stored file: size in pixels, length in seconds, and a small picture of a picture. Headers are read
//! for all; only pictures that surely fit into the memory meant for it are decoded, one at a time. Nothing is unpacked.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::{AudioFile, FileType};
use lofty::probe::Probe;
use tokio::sync::Semaphore;

use super::mp4;
use super::objects::Objects;
use crate::id::{AttachmentId, OrganizationId};

/// Bytes of the decoded picture, and of the file it is decoded from: with what decoders need besides under 64 MiB.
const DECODED_BYTES: u64 = 32 << 20;
const PICTURE_BYTES: u64 = 12 << 20;
/// The longer side of a thumbnail, in pixels.
const THUMBNAIL: u32 = 320;
const BLOCK_BYTES: u64 = 256 << 10;
/// Blocks that are read of a sound or a film: what has no header in so many is not looked for.
const BLOCKS: u32 = 48;

/// What was seen.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Seen {
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_secs: Option<i32>,
    pub thumbnail: Option<Thumbnail>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    pub mime_type: &'static str,
    pub data: Bytes,
}

/// Looks at files, one decoder at a time; cheap to clone.
#[derive(Clone)]
pub struct Looker {
    objects: Objects,
    turn: Arc<Semaphore>,
}

impl Looker {
    #[must_use]
    pub fn new(objects: Objects) -> Self {
        Self { objects, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Looks at a stored file of this type and size. A file that makes no sense shows nothing.
    pub async fn look(
        &self,
        organization_id: OrganizationId,
        id: AttachmentId,
        mime_type: &'static str,
        size: u64,
    ) -> Seen {
        let Some(way) = Way::of(mime_type) else { return Seen::default() };
        let Ok(turn) = Arc::clone(&self.turn).acquire_owned().await else { return Seen::default() };
        let objects = self.objects.clone();
        let runtime = tokio::runtime::Handle::current();
        let looked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let read = move |range| runtime.block_on(objects.read_range(organization_id, id, range));
            let blocks = if matches!(way, Way::Picture(_)) { u32::MAX } else { BLOCKS };
            see(&way, Blocks::new(read, size, blocks), size)
        });
        match looked.await {
            Ok(Ok(seen)) => seen,
            Ok(Err(reason)) => {
                tracing::debug!(reason, mime_type, attachment_id = %id, "a file does not show what it is");
                Seen::default()
            }
            // a decoder that panics over a file spoils nothing but the look at it
            Err(_) => Seen::default(),
        }
    }
}

enum Way {
    Picture(ImageFormat),
    Film,
    Sound(FileType),
}

impl Way {
    fn of(mime_type: &str) -> Option<Self> {
        Some(match mime_type {
            "image/png" => Self::Picture(ImageFormat::Png),
            "image/jpeg" => Self::Picture(ImageFormat::Jpeg),
            "image/gif" => Self::Picture(ImageFormat::Gif),
            "image/webp" => Self::Picture(ImageFormat::WebP),
            "video/mp4" | "video/quicktime" | "video/3gpp" | "audio/mp4" => Self::Film,
            "audio/mpeg" => Self::Sound(FileType::Mpeg),
            "audio/ogg" => Self::Sound(FileType::Opus),
            "audio/wav" => Self::Sound(FileType::Wav),
            "audio/flac" => Self::Sound(FileType::Flac),
            "audio/aac" => Self::Sound(FileType::Aac),
            _ => return None,
        })
    }
}

fn see<R: Read + Seek>(way: &Way, mut file: R, size: u64) -> Result<Seen, String> {
    match way {
        Way::Picture(format) => see_picture(*format, file, size),
        Way::Film => {
            let film = mp4::read(&mut file).map_err(|error| error.to_string())?;
            let (width, height) = film.size.unzip();
            Ok(Seen { width, height, duration_secs: film.duration_secs, thumbnail: None })
        }
        Way::Sound(FileType::Opus) => {
            let opus = duration(&mut file, FileType::Opus);
            let found = opus.or_else(|_| {
                file.rewind().map_err(|e| e.to_string()).and_then(|()| duration(&mut file, FileType::Vorbis))
            });
            Ok(Seen { duration_secs: Some(found?), ..Seen::default() })
        }
        Way::Sound(kind) => Ok(Seen { duration_secs: Some(duration(&mut file, *kind)?), ..Seen::default() }),
    }
}

fn duration<R: Read + Seek>(file: &mut R, kind: FileType) -> Result<i32, String> {
    let options = ParseOptions::new().read_tags(false).read_cover_art(false).parsing_mode(ParsingMode::Relaxed);
    let probe = Probe::with_file_type(io::BufReader::new(file), kind).options(options);
    let read = probe.read().map_err(|error| error.to_string())?;
    // a started second counts
    i32::try_from(read.properties().duration().as_millis().div_ceil(1000)).map_err(|error| error.to_string())
}

fn see_picture<R: Read + Seek>(format: ImageFormat, file: R, size: u64) -> Result<Seen, String> {
    let words = |error: image::ImageError| error.to_string();
    if size > PICTURE_BYTES {
        let (width, height) =
            ImageReader::with_format(io::BufReader::new(file), format).into_dimensions().map_err(words)?;
        return Ok(Seen { width: i32::try_from(width).ok(), height: i32::try_from(height).ok(), ..Seen::default() });
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_BYTES * 3 / 2);
    let mut file = io::BufReader::new(file);
    let is_progressive = format == ImageFormat::Jpeg && is_progressive(&mut file).map_err(|error| error.to_string())?;
    let mut reader = ImageReader::with_format(file, format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(words)?;
    let (width, height) = decoder.dimensions();
    let mut seen = Seen { width: i32::try_from(width).ok(), height: i32::try_from(height).ok(), ..Seen::default() };
    // a progressive picture is gathered as coefficients of twice the size before it is one, a film strip as two canvases
    let share = if is_progressive || format != ImageFormat::Jpeg && format != ImageFormat::Png { 3 } else { 1 };
    if decoder.total_bytes().saturating_mul(share) <= DECODED_BYTES && decoder.set_limits(limits).is_ok() {
        let orientation = decoder.orientation().ok();
        // a picture that cannot be decoded may be shown by the browser all the same
        seen.thumbnail = DynamicImage::from_decoder(decoder).ok().and_then(|mut picture| {
            picture = picture.thumbnail(THUMBNAIL, THUMBNAIL);
            if let Some(orientation) = orientation {
                picture.apply_orientation(orientation);
            }
            thumbnail(&picture)
        });
    }
    Ok(seen)
}

fn thumbnail(picture: &DynamicImage) -> Option<Thumbnail> {
    let mut data = Cursor::new(Vec::new());
    let (mime_type, written) = if picture.color().has_alpha() {
        ("image/png", DynamicImage::from(picture.to_rgba8()).write_to(&mut data, ImageFormat::Png))
    } else {
        ("image/jpeg", DynamicImage::from(picture.to_rgb8()).write_to(&mut data, ImageFormat::Jpeg))
    };
    written.ok().map(|()| Thumbnail { mime_type, data: data.into_inner().into() })
}

/// Whether a JPEG's frame is one of the progressive kinds. Leaves the file at its start.
fn is_progressive<R: Read + Seek>(file: &mut R) -> io::Result<bool> {
    let mut found = false;
    file.seek(SeekFrom::Start(2))?;
    for _ in 0..256 {
        let mut marker = [0; 4];
        if file.read_exact(&mut marker).is_err() || marker[0] != 0xff {
            break;
        }
        match marker[1] {
            0xc2 | 0xc6 | 0xca | 0xce => {
                found = true;
                break;
            }
            0xc0 | 0xc1 | 0xc3 | 0xda => break,
            _ => file.seek(SeekFrom::Current(i64::from(u16::from_be_bytes([marker[2], marker[3]])) - 2))?,
        };
    }
    file.rewind()?;
    Ok(found)
}

/// A stored file as decoders read files: block by block, and no more blocks than it is worth.
struct Blocks<F> {
    read: F,
    size: u64,
    at: u64,
    block: Option<(u64, Bytes)>,
    left: u32,
}

impl<F: Fn(std::ops::Range<u64>) -> io::Result<Bytes>> Blocks<F> {
    const fn new(read: F, size: u64, blocks: u32) -> Self {
        Self { read, size, at: 0, block: None, left: blocks }
    }
}

impl<F: Fn(std::ops::Range<u64>) -> io::Result<Bytes>> Read for Blocks<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.size {
            return Ok(0);
        }
        let number = self.at / BLOCK_BYTES;
        if self.block.as_ref().is_none_or(|(held, _)| *held != number) {
            self.left = self.left.checked_sub(1).ok_or_else(|| io::Error::other("its header is too far away"))?;
            let start = number * BLOCK_BYTES;
            self.block = Some((number, (self.read)(start..self.size.min(start + BLOCK_BYTES))?));
        }
        let Some((_, block)) = &self.block else { return Ok(0) };
        let rest = usize::try_from(self.at % BLOCK_BYTES).ok().and_then(|from| block.get(from..)).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl<F> Seek for Blocks<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
#[path = "look_tests.rs"]
mod tests;
