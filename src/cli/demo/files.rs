//! Files that the demo's customers send: drawn, sung and written here, so that nobody else's are in the binary.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contract::{IncomingAttachment, MediaSource, MessageType};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

/// Something that a customer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    /// A photo of a blue armchair.
    Armchair,
    /// A photo of a coffee machine that blinks red.
    CoffeeMachine,
    /// A photo of a parcel with a torn corner.
    Parcel,
    /// A sticker: a face that smiles.
    Smile,
    /// A few seconds of what could be speech.
    Voice,
    /// An invoice.
    Invoice,
}

/// A rounded box: left, top, right, bottom, radius, colour.
type Shape = (i32, i32, i32, i32, i32, [u8; 3]);

const WALL: [u8; 3] = [236, 231, 222];
const FLOOR: [u8; 3] = [201, 178, 150];
const ROOM: [Shape; 2] = [(0, 0, 480, 360, 0, WALL), (0, 280, 480, 360, 0, FLOOR)];

const ARMCHAIR: &[Shape] = &[
    (300, 40, 420, 150, 6, [255, 255, 255]),
    (308, 48, 412, 142, 4, [163, 201, 222]),
    (130, 300, 350, 316, 8, [170, 148, 122]),
    (150, 270, 166, 312, 4, [96, 66, 44]),
    (314, 270, 330, 312, 4, [96, 66, 44]),
    (140, 90, 340, 260, 36, [47, 93, 140]),
    (160, 180, 320, 250, 18, [64, 120, 176]),
    (112, 160, 166, 280, 24, [38, 78, 120]),
    (314, 160, 368, 280, 24, [38, 78, 120]),
];
const COFFEE_MACHINE: &[Shape] = &[
    (120, 296, 370, 310, 6, [150, 130, 106]),
    (140, 60, 350, 130, 14, [58, 60, 66]),
    (140, 110, 220, 300, 10, [72, 75, 82]),
    (140, 270, 350, 300, 8, [58, 60, 66]),
    (250, 130, 310, 150, 6, [30, 31, 34]),
    (244, 206, 318, 270, 14, [250, 250, 248]),
    (312, 222, 334, 252, 10, [250, 250, 248]),
    (160, 78, 176, 94, 8, [226, 61, 50]),
    (186, 78, 202, 94, 8, [120, 122, 128]),
    (212, 78, 228, 94, 8, [120, 122, 128]),
];
const PARCEL: &[Shape] = &[
    (100, 296, 390, 314, 8, [170, 148, 122]),
    (110, 110, 380, 300, 4, [196, 148, 94]),
    (232, 110, 258, 300, 0, [222, 190, 142]),
    (290, 220, 360, 276, 3, [250, 250, 248]),
    (300, 232, 350, 238, 0, [60, 60, 60]),
    (300, 248, 336, 254, 0, [60, 60, 60]),
    (330, 96, 400, 166, 30, WALL),
    (322, 104, 346, 128, 8, [140, 98, 56]),
];
const SMILE: &[Shape] = &[
    (16, 16, 240, 240, 112, [244, 180, 26]),
    (24, 24, 232, 232, 104, [255, 212, 64]),
    (80, 84, 108, 124, 14, [70, 48, 20]),
    (148, 84, 176, 124, 14, [70, 48, 20]),
    (72, 140, 184, 200, 30, [70, 48, 20]),
    (72, 132, 184, 160, 14, [255, 212, 64]),
];

impl File {
    pub(super) const fn kind(self) -> MessageType {
        match self {
            Self::Armchair | Self::CoffeeMachine | Self::Parcel => MessageType::Image,
            Self::Smile => MessageType::Sticker,
            Self::Voice => MessageType::Voice,
            Self::Invoice => MessageType::Document,
        }
    }

    /// As a network hands it over, with its bytes.
    pub(super) fn attachment(self) -> IncomingAttachment {
        let (bytes, mime_type, file_name) = match self {
            Self::Armchair => (photo(ARMCHAIR), "image/png", None),
            Self::CoffeeMachine => (photo(COFFEE_MACHINE), "image/png", None),
            Self::Parcel => (photo(PARCEL), "image/png", None),
            Self::Smile => (draw(256, 256, &[SMILE], ImageFormat::WebP), "image/webp", None),
            Self::Voice => (voice(), "audio/wav", None),
            Self::Invoice => (invoice(), "application/pdf", Some("invoice-2071.pdf")),
        };
        IncomingAttachment {
            kind: self.kind(),
            size_bytes: i64::try_from(bytes.len()).ok(),
            source: MediaSource::Base64 { data: STANDARD.encode(bytes) },
            mime_type: Some(mime_type.into()),
            file_name: file_name.map(Into::into),
            width: None,
            height: None,
            duration_secs: None,
            sha256: None,
        }
    }
}

fn photo(shapes: &[Shape]) -> Vec<u8> {
    draw(480, 360, &[&ROOM, shapes], ImageFormat::Png)
}

/// Paints boxes over each other; what none of them covers stays transparent.
fn draw(width: u32, height: u32, layers: &[&[Shape]], format: ImageFormat) -> Vec<u8> {
    let mut canvas = RgbaImage::new(width, height);
    for &(left, top, right, bottom, radius, [r, g, b]) in layers.iter().copied().flatten() {
        for y in top..bottom.min(height.cast_signed()) {
            for x in left..right.min(width.cast_signed()) {
                let beyond = |at: i32, from: i32, to: i32| (from + radius - at).max(at - (to - 1 - radius)).max(0);
                let (dx, dy) = (beyond(x, left, right), beyond(y, top, bottom));
                if dx * dx + dy * dy <= radius * radius {
                    canvas.put_pixel(x.cast_unsigned(), y.cast_unsigned(), Rgba([r, g, b, 255]));
                }
            }
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgba8(canvas);
    // to memory, in a form that holds any picture: what cannot be written is shown as a broken file
    let written = match format {
        ImageFormat::WebP => picture.write_to(&mut bytes, format),
        _ => picture.to_rgb8().write_to(&mut bytes, format),
    };
    if let Err(error) = written {
        tracing::warn!(%error, "a picture of the demo could not be drawn");
    }
    bytes.into_inner()
}

/// A WAV of four seconds, 8,000 samples each, one byte a sample: syllables of two tones that rise and fall.
fn voice() -> Vec<u8> {
    const RATE: u32 = 8_000;
    const SAMPLES: u32 = 4 * RATE;
    let header = [
        b"RIFF".as_slice(),
        &(36 + SAMPLES).to_le_bytes(),
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &[1, 0, 1, 0],
        &RATE.to_le_bytes(),
        &RATE.to_le_bytes(),
        &[1, 0, 8, 0],
        b"data",
        &SAMPLES.to_le_bytes(),
    ];
    let mut bytes = header.concat();
    bytes.extend((0..SAMPLES).map(|n| {
        let second = f64::from(n) / f64::from(RATE);
        let (syllable, phrase) = ((second * 4.5).fract(), (second * 0.75).fract());
        let loud = (syllable * std::f64::consts::PI).sin() * if phrase > 0.85 { 0.0 } else { 0.6 + 0.4 * phrase };
        let pitch = 140.0 + 30.0 * (second * 2.1).sin();
        let tone =
            (second * pitch * std::f64::consts::TAU).sin() + 0.5 * (second * pitch * 2.0 * std::f64::consts::TAU).sin();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 68 and 188")]
        let sample = (128.0 + 40.0 * loud * tone) as u8;
        sample
    }));
    bytes
}

/// One page of PDF 1.4 with a table of where its objects are.
fn invoice() -> Vec<u8> {
    let lines = ["Invoice 2071", "Corner Shop Ltd.", "1 x armchair, blue: 249.00", "Delivery: 12.00", "Total: 261.00"];
    let mut page = String::from("BT /F1 18 Tf 72 760 Td 26 TL");
    for line in lines {
        page.push_str(&format!(" ({line}) Tj T*"));
    }
    page.push_str(" ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let (mut text, mut table) = (String::from("%PDF-1.4\n"), String::from("0000000000 65535 f \n"));
    for (number, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", text.len()));
        text.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = text.len();
    text.push_str(&format!("xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    text.into_bytes()
}
