//! Cleaning and cutting of text that people or sales channels typed.
//!
//! Knows the lengths Stream publishes and what a clean text is. Must not know which field a text
//! belongs to. Lengths are counted in characters, never in bytes.

/// Longest name, address line, town or county (Stream's column definitions).
pub const LINE_MAX: usize = 35;
/// Longest postcode (Stream's column definitions).
pub const POSTCODE_MAX: usize = 17;
/// Longest customer reference (Stream's column definitions).
pub const REFERENCE_MAX: usize = 35;
/// Longest note (Stream's column definitions).
pub const NOTES_MAX: usize = 140;
/// Longest item description (what a public client cuts to).
pub const DESCRIPTION_MAX: usize = 50;
/// Longest telephone number (Stream's column definitions).
pub const TEL_MAX: usize = 35;
/// Longest e-mail address (Stream's column definitions).
pub const EMAIL_MAX: usize = 70;
/// Longest order number (Stream's column definitions). Never cut: two orders could become one.
pub const ORDER_NO_MAX: usize = 17;
/// Longest partner name (Stream's column definitions).
pub const PARTNER_MAX: usize = 17;
/// Longest stock code, which is never cut for the same reason. None is published; this one keeps a
/// request small and is longer than any code a person can read off a shelf.
pub const CODE_MAX: usize = 255;
/// Longest service level. None is published; the bound only keeps a request small.
pub const SERVICE_LEVEL_MAX: usize = 100;

/// How often entities are decoded: channels are seen to encode twice (`&amp;#39;`).
const DECODE_MAX: usize = 3;

/// Longest entity between `&` and `;`.
const ENTITY_MAX: usize = 8;

/// A text without HTML entities, control characters, invisible characters and odd spaces, with
/// single spaces and none at the ends. Cleaning a clean text changes nothing, unless it was encoded
/// more than three times over.
pub fn clean(text: &str) -> String {
    let mut current = tidy(text);
    for _ in 0..DECODE_MAX {
        if !current.contains('&') {
            break;
        }
        let next = tidy(&decode(&current));
        if next == current {
            break;
        }
        current = next;
    }
    current
}

/// A code as it was typed, without control characters, invisible characters or surrounding space.
/// Entities and inner spaces stay: a code is compared exactly, it is not prose.
pub fn clean_code(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control() && !is_invisible(*c)).collect();
    kept.trim().to_owned()
}

/// The form in which two texts are compared without case or space at the ends or doubled inside.
pub fn key(text: &str) -> String {
    tidy(text).to_lowercase()
}

/// The number of characters.
pub fn chars(text: &str) -> usize {
    text.chars().count()
}

/// The first `max` characters, without space at the end; `true` when something was lost.
pub fn cut(text: &str, max: usize) -> (String, bool) {
    match text.char_indices().nth(max) {
        None => (text.to_owned(), false),
        Some((end, _)) => (text[..end].trim_end().to_owned(), true),
    }
}

fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if is_invisible(c) {
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            gap = true;
            continue;
        }
        if gap && !out.is_empty() {
            out.push(' ');
        }
        gap = false;
        out.push(c);
    }
    out
}

/// Characters that take no room and mean nothing in an address: soft hyphen, zero-width spaces and
/// joiners, direction marks, byte order mark, the replacement character of a broken decoding.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}')
}

fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        let tail = &rest[start + 1..];
        let end =
            tail.char_indices().take(ENTITY_MAX + 1).find(|(_, c)| *c == ';').map(|(at, _)| at);
        match end.and_then(|end| entity(&tail[..end]).map(|c| (c, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &tail[end + 1..];
            }
            None => {
                out.push('&');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let value = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(value);
    }
    let found = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "ndash" | "mdash" => '-',
        "pound" => '£',
        "euro" => '€',
        "deg" => '°',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "aacute" => 'á',
        "iacute" => 'í',
        "oacute" => 'ó',
        "uacute" => 'ú',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Eacute" => 'É',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        _ => return None,
    };
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entities_control_characters_and_odd_spaces_are_cleaned() {
        assert_eq!(clean("  14\u{a0}High\tSt\r\n "), "14 High St");
        assert_eq!(clean("Marks &amp; Son"), "Marks & Son");
        assert_eq!(clean("O&amp;#39;Brien &eacute;"), "O'Brien é");
        assert_eq!(clean("A\u{200b}B\u{feff}"), "AB");
        assert_eq!(clean("R&D; at &x"), "R&D; at &x");
        assert_eq!(clean("&#0;&#x110000;"), "&#x110000;");
    }

    #[test]
    fn text_is_cut_by_characters_and_never_inside_one() {
        assert_eq!(cut("Łódź Straße", 4), ("Łódź".to_owned(), true));
        assert_eq!(cut("Łódź Straße", 5), ("Łódź".to_owned(), true));
        assert_eq!(cut("Łódź", 4), ("Łódź".to_owned(), false));
    }

    #[test]
    fn a_code_keeps_its_inner_spaces_and_entities() {
        assert_eq!(clean_code(" A  B&amp;C\t"), "A  B&amp;C");
    }

    proptest! {
        #[test]
        fn cleaning_leaves_no_control_character_and_no_doubled_space(text in "\\PC*|.*") {
            let cleaned = clean(&text);
            prop_assert!(!cleaned.chars().any(char::is_control));
            prop_assert!(!cleaned.contains("  "));
            prop_assert_eq!(tidy(&cleaned), cleaned);
        }
    }
}
