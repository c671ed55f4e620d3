//! Real files of each kind, small and made here.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

pub fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 90])
    });
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut file, format).unwrap();
    file.into_inner()
}

pub fn png() -> Vec<u8> {
    picture(ImageFormat::Png, 640, 480)
}

/// 144 million pixels in a few hundred kilobytes.
pub fn bomb() -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::new_luma8(12_000, 12_000).write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}

/// A box of an ISO media file.
fn iso_box(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes()[..], name, content].concat()
}

/// A film of 5 seconds and 64 x 48 pixels, whose header stands behind so many bytes of film, as cameras write it.
pub fn mp4(film: usize) -> Vec<u8> {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    let mut mvhd = words(&[0, 0, 0, 1000, 4_200]);
    mvhd.extend([0; 80]);
    let mut tkhd = words(&[7, 0, 0, 1, 0, 4_200]);
    tkhd.extend([0; 52]);
    tkhd.extend(words(&[64 << 16, 48 << 16]));
    let moov = iso_box(b"moov", &[iso_box(b"mvhd", &mvhd), iso_box(b"trak", &iso_box(b"tkhd", &tkhd))].concat());
    let ftyp = iso_box(b"ftyp", b"isom\0\0\x02\0isomiso2avc1mp41");
    [ftyp, iso_box(b"mdat", &vec![1; film]), moov].concat()
}

/// Two seconds of MPEG audio: 128 kbit/s, 44.1 kHz.
pub fn mp3() -> Vec<u8> {
    let mut frame = vec![0; 417];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x64]);
    frame.repeat(77)
}

/// A page of an Ogg stream.
fn ogg_page(kind: u8, granule: u64, number: u32, packet: &[u8]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(kind);
    page.extend(granule.to_le_bytes());
    page.extend(7u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.extend([1, u8::try_from(packet.len()).unwrap()]);
    page.extend(packet);
    let crc = page.iter().fold(0u32, |crc, byte| {
        (0..8).fold(
            crc ^ (u32::from(*byte) << 24),
            |crc, _| if crc >> 31 == 1 { (crc << 1) ^ 0x04c1_1db7 } else { crc << 1 },
        )
    });
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page
}

/// A voice message of three seconds, as Telegram has them.
pub fn opus() -> Vec<u8> {
    let head = b"OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0";
    let tags = b"OpusTags\x04\0\0\0test\0\0\0\0";
    [ogg_page(2, 0, 0, head), ogg_page(0, 0, 1, tags), ogg_page(4, 3 * 48_000 - 10, 2, &[0xfc; 40])].concat()
}

pub fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".to_vec()
}
