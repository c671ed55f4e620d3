//! Names of files as people see them: whatever a sender wrote, without what would move, break or disguise anything.

use std::fmt::Write;

/// Longest name, in bytes.
const LONGEST: usize = 255;

/// A name that is safe to store and to show; `None` where nothing is left of it.
#[must_use]
pub fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect();
    let name = kept.trim().trim_start_matches('.').trim_start();
    if name.is_empty() {
        return None;
    }
    if name.len() <= LONGEST {
        return Some(name.to_owned());
    }
    // the ending tells what opens it, so it stays
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 16 => (stem, format!(".{ending}")),
        _ => (name, String::new()),
    };
    let mut end = LONGEST - ending.len();
    while !stem.is_char_boundary(end.min(stem.len())) {
        end -= 1;
    }
    Some(format!("{}{ending}", &stem[..end.min(stem.len())]))
}

/// Marks that turn the direction of text or cannot be seen: `gpj.exe` must not read as `exe.jpg`.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The header that names a file to a browser (RFC 6266, RFC 8187).
#[must_use]
pub fn disposition(shown: bool, name: Option<&str>) -> String {
    let mut header = if shown { "inline" } else { "attachment" }.to_owned();
    let Some(name) = name.and_then(clean) else { return header };
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !"\"\\%;".contains(c) || c == ' ' { c } else { '_' }).collect();
    // writing to a string does not fail
    let _ = write!(header, "; filename=\"{plain}\"");
    if plain != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                header.push(char::from(byte));
            } else {
                let _ = write!(header, "%{byte:02X}");
            }
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e4_a_name_is_shown_and_moves_breaks_and_disguises_nothing() {
        for (written, kept) in [
            ("report.pdf", Some("report.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Windows\\system32\\cmd.exe", Some("cmd.exe")),
            ("a\r\nSet-Cookie: x=1.png", Some("aSet-Cookie: x=1.png")),
            ("a\0b.png", Some("ab.png")),
            ("invoice\u{202e}fdp.exe", Some("invoicefdp.exe")),
            ("отчёт.pdf", Some("отчёт.pdf")),
            ("..", None),
            (".htaccess", Some("htaccess")),
            ("", None),
            (" \u{200b} ", None),
            ("CON", Some("CON")),
        ] {
            assert_eq!(clean(written).as_deref(), kept, "{written:?}");
        }
    }

    #[test]
    fn e4_a_long_name_is_cut_at_255_bytes_on_a_character_and_keeps_its_ending() {
        for long in [format!("{}.pdf", "я".repeat(4096)), "я".repeat(4096), format!("x{}", "😀".repeat(1024))] {
            let cut = clean(&long).unwrap_or_default();
            assert!((250..=255).contains(&cut.len()), "{}", cut.len());
            assert_eq!(cut.ends_with(".pdf"), long.ends_with(".pdf"));
        }
    }

    #[test]
    fn e4_a_header_holds_any_name() {
        assert_eq!(disposition(true, None), "inline");
        assert_eq!(disposition(false, Some("a b.pdf")), "attachment; filename=\"a b.pdf\"");
        assert_eq!(
            disposition(false, Some("a\"; x=\"b.pdf")),
            "attachment; filename=\"a__ x=_b.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%22b.pdf"
        );
        assert_eq!(
            disposition(false, Some("счёт.pdf")),
            "attachment; filename=\"____.pdf\"; filename*=UTF-8''%D1%81%D1%87%D1%91%D1%82.pdf"
        );
        assert!(disposition(true, Some("\r\n\0\u{202e}\u{7f}é")).bytes().all(|byte| (0x20..0x7f).contains(&byte)));
    }
}
