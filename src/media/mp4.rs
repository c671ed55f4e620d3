//! The header of an ISO media file (MP4, M4A, QuickTime, 3GP): how long it is and how large its picture. Boxes are walked, and
//! nothing of the film is read.

use std::io::{self, Read, Seek, SeekFrom};

/// What the header says.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Film {
    /// Pixels.
    pub size: Option<(i32, i32)>,
    /// A started second counts.
    pub duration_secs: Option<i32>,
}

/// Boxes that are looked at in all.
const MOST_BOXES: u32 = 512;

/// Reads the header.
///
/// # Errors
/// Where the file breaks off, or is none of these.
pub fn read<R: Read + Seek>(file: &mut R) -> io::Result<Film> {
    let end = file.seek(SeekFrom::End(0))?;
    let (mut film, mut left) = (Film::default(), MOST_BOXES);
    walk(file, 0, end, &mut film, &mut left, 0)?;
    Ok(film)
}

fn walk<R: Read + Seek>(
    file: &mut R,
    mut at: u64,
    end: u64,
    film: &mut Film,
    left: &mut u32,
    depth: u8,
) -> io::Result<()> {
    while at + 8 <= end && *left > 0 {
        *left -= 1;
        file.seek(SeekFrom::Start(at))?;
        let (size, name) = (u64::from(number(file)?), bytes::<4, R>(file)?);
        let (header, size) = match size {
            0 => (8, end - at),
            1 => (16, u64::from_be_bytes(bytes(file)?)),
            size => (8, size),
        };
        let next = at.checked_add(size).filter(|next| size >= header && *next <= end);
        // a file that is cut off may still have said enough
        let Some(next) = next else { return Ok(()) };
        match &name {
            b"moov" | b"trak" if depth < 2 => walk(file, at + header, next, film, left, depth + 1)?,
            b"mvhd" => film.duration_secs = length(file)?,
            b"tkhd" if film.size.is_none() => film.size = size_of_track(file)?,
            _ => {}
        }
        if depth == 0 && &name == b"moov" {
            return Ok(());
        }
        at = next;
    }
    Ok(())
}

/// `mvhd`: version, times, time scale, duration.
fn length<R: Read + Seek>(file: &mut R) -> io::Result<Option<i32>> {
    let [version, ..] = bytes::<4, R>(file)?;
    let (scale, duration) = if version == 1 {
        file.seek(SeekFrom::Current(16))?;
        (number(file)?, u64::from_be_bytes(bytes(file)?))
    } else {
        file.seek(SeekFrom::Current(8))?;
        (number(file)?, u64::from(number(file)?))
    };
    if scale == 0 || duration == 0 {
        return Ok(None);
    }
    Ok(i32::try_from(duration.div_ceil(u64::from(scale))).ok())
}

/// `tkhd`: the last two numbers are width and height as 16.16; a sound has none.
fn size_of_track<R: Read + Seek>(file: &mut R) -> io::Result<Option<(i32, i32)>> {
    let [version, ..] = bytes::<4, R>(file)?;
    file.seek(SeekFrom::Current(if version == 1 { 84 } else { 72 }))?;
    let (width, height) = (number(file)? >> 16, number(file)? >> 16);
    Ok(i32::try_from(width).ok().zip(i32::try_from(height).ok()).filter(|size| *size != (0, 0)))
}

fn number<R: Read>(file: &mut R) -> io::Result<u32> {
    Ok(u32::from_be_bytes(bytes(file)?))
}

fn bytes<const N: usize, R: Read>(file: &mut R) -> io::Result<[u8; N]> {
    let mut read = [0; N];
    file.read_exact(&mut read)?;
    Ok(read)
}
