//! Claims about looking at files: what is no picture shows nothing, and what is too large a picture is not decoded.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::*;

fn seen(mime_type: &str, file: &[u8]) -> Result<Seen, String> {
    see(&Way::of(mime_type).unwrap(), Cursor::new(file), file.len() as u64)
}

fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height).write_to(&mut file, format).unwrap();
    file.into_inner()
}

#[test]
fn a_picture_has_its_size_and_a_small_picture() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let seen = seen(format.to_mime_type(), &picture(format, 1000, 500)).unwrap();
        assert_eq!((seen.width, seen.height), (Some(1000), Some(500)), "{format:?}");
        let small = image::load_from_memory(&seen.thumbnail.unwrap().data).unwrap();
        assert_eq!((small.width(), small.height()), (320, 160), "{format:?}");
    }
}

#[test]
fn e5_a_picture_that_would_not_fit_into_memory_is_measured_and_not_decoded() {
    // 144 million pixels in a few hundred kilobytes
    let bomb = picture(ImageFormat::Png, 12_000, 12_000);
    assert!(bomb.len() < 4 << 20, "{}", bomb.len());
    let seen = seen("image/png", &bomb).unwrap();
    assert_eq!((seen.width, seen.height, seen.thumbnail), (Some(12_000), Some(12_000), None));
    // a header that promises more than any file can hold
    let mut lie = picture(ImageFormat::Gif, 10, 10);
    lie[6..10].copy_from_slice(&[0xff; 4]);
    let seen = self::seen("image/gif", &lie).unwrap();
    assert_eq!((seen.width, seen.thumbnail), (Some(65_535), None));
}

#[test]
fn what_is_broken_shows_nothing() {
    for mime_type in ["image/png", "image/jpeg", "image/gif", "image/webp", "audio/mpeg", "audio/ogg", "audio/flac"] {
        for junk in [&b""[..], b"junk", &[0xff; 5000]] {
            assert!(seen(mime_type, junk).is_err(), "{mime_type}");
        }
    }
    for junk in [&b""[..], b"junk", b"\0\0\0\x01moov\xff\xff\xff\xff\xff\xff\xff\xff", &[0xff; 5000], &[0; 5000]] {
        assert_eq!(seen("video/mp4", junk).unwrap_or_default(), Seen::default());
    }
    let cut = picture(ImageFormat::Png, 400, 400);
    let seen = seen("image/png", &cut[..cut.len() / 2]).unwrap();
    assert_eq!((seen.width, seen.thumbnail), (Some(400), None), "half a picture has a size and no small picture");
}

#[test]
fn a_file_is_read_block_by_block_and_given_up_when_its_header_is_too_far() {
    let file: Vec<u8> = (0..3 * BLOCK_BYTES + 7).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let size = file.len() as u64;
    let part = |range: std::ops::Range<u64>| {
        Ok(Bytes::copy_from_slice(&file[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]))
    };
    let mut read = Vec::new();
    Blocks::new(part, size, 4).read_to_end(&mut read).unwrap();
    assert_eq!(read, file);
    assert!(Blocks::new(part, size, 3).read_to_end(&mut Vec::new()).is_err());
    let mut blocks = Blocks::new(part, size, 4);
    assert_eq!(blocks.seek(SeekFrom::End(-3)).unwrap(), size - 3);
    assert_eq!(blocks.read_to_end(&mut Vec::new()).unwrap(), 3);
    assert!(blocks.seek(SeekFrom::Current(i64::MIN)).is_err());
}
