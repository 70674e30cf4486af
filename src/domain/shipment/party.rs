//! The destination of a shipment: names, lines and contact in the form and lengths Stream takes.
//!
//! What was typed too long flows onto the next free line before anything is cut, and whatever is
//! lost is said in a warning, which names the field and never what stood in it. Must not know
//! whether the address is good enough to be sent: `validate` has seen it before.

use super::Party;
use crate::domain::source::Address;
use crate::domain::validate::Destination;
use crate::domain::validate::text::{self, EMAIL_MAX, LINE_MAX, TEL_MAX};

/// Street lines in Stream (`address1` to `address3`; 4 and 5 are town and county).
const LINES: usize = 3;

/// Digits of a mobile number in the United Kingdom, with its leading zero.
const MOBILE_DIGITS: usize = 11;

/// The party of an address.
pub fn build(address: &Address, place: Destination, warnings: &mut Vec<String>) -> Party {
    let full_name = text::clean(&address.full_name);
    let company = text::clean(&address.company);
    let name = if company.is_empty() { &full_name } else { &company };
    let contact = if full_name.is_empty() { &company } else { &full_name };
    let tel = text::clean(&address.phone);
    Party {
        name: fit(name, LINE_MAX, "name", warnings),
        contact: fit(contact, LINE_MAX, "contact name", warnings),
        lines: flow(&address.lines, warnings),
        town: fit(&text::clean(&address.town), LINE_MAX, "town", warnings),
        county: fit(&text::clean(&address.region), LINE_MAX, "county", warnings),
        mobile: mobile(&tel, place.country).unwrap_or_default(),
        tel: fit(&tel, TEL_MAX, "telephone number", warnings),
        email: email(&address.email, warnings),
        postcode: place.postcode,
        country: place.country.to_owned(),
    }
}

/// A text within its length, with a warning when something was lost.
pub fn fit(text: &str, max: usize, what: &str, warnings: &mut Vec<String>) -> String {
    let (kept, lost) = text::cut(text, max);
    if lost {
        warnings.push(format!("{what} is longer than {max} characters and was cut"));
    }
    kept
}

/// An address that is cut is somebody else's address: too long or without `@`, it is left out.
fn email(typed: &str, warnings: &mut Vec<String>) -> String {
    let email = text::clean(typed);
    if email.is_empty() || (email.contains('@') && text::chars(&email) <= EMAIL_MAX) {
        return email;
    }
    warnings.push(format!(
        "e-mail address is longer than {EMAIL_MAX} characters or has no @ and was left out"
    ));
    String::new()
}

/// The number again when it can receive a text message: 07 inside the United Kingdom, +447 or 00447
/// anywhere. Sent in the form `07…`.
fn mobile(tel: &str, country: &str) -> Option<String> {
    let plus = tel.trim_start().trim_start_matches('(').starts_with('+');
    let digits: String = tel.chars().filter(char::is_ascii_digit).collect();
    let international = if plus { digits.strip_prefix("44") } else { digits.strip_prefix("0044") };
    let national = match international {
        // +44 (0)7700 900123 is how many people write it.
        Some(rest) => format!("0{}", rest.strip_prefix('0').unwrap_or(rest)),
        None if !plus && matches!(country, "GB" | "JE" | "GG" | "IM") => digits,
        None => return None,
    };
    (national.starts_with("07") && national.len() == MOBILE_DIGITS).then_some(national)
}

/// The street lines without gaps. A line that is too long goes on in the next free one; when the
/// lines do not fit one by one they are joined; only what does not fit even so is cut.
fn flow(typed: &[String; LINES], warnings: &mut Vec<String>) -> [String; LINES] {
    let lines: Vec<String> =
        typed.iter().map(|line| text::clean(line)).filter(|line| !line.is_empty()).collect();
    let one_by_one: Vec<String> = lines.iter().flat_map(|line| wrap(line)).collect();
    if let Some(fitted) = fitted(one_by_one) {
        return fitted;
    }
    let joined = lines.join(", ");
    if let Some(fitted) = fitted(wrap(&joined)) {
        return fitted;
    }
    let (kept, lost) = text::cut(&joined, LINE_MAX * LINES);
    if lost {
        warnings.push(format!(
            "the address lines are longer than {LINES} times {LINE_MAX} characters and were cut"
        ));
    }
    fitted(chunks(&kept)).unwrap_or_default()
}

fn fitted(mut pieces: Vec<String>) -> Option<[String; LINES]> {
    if pieces.len() > LINES {
        return None;
    }
    pieces.resize(LINES, String::new());
    pieces.try_into().ok()
}

/// Pieces of at most a line's length, broken between words where that is possible.
fn wrap(line: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in line.split(' ') {
        match pieces.last_mut() {
            Some(last) if text::chars(last) + 1 + text::chars(word) <= LINE_MAX => {
                last.push(' ');
                last.push_str(word);
            }
            Some(_) | None => pieces.extend(chunks(word)),
        }
    }
    pieces
}

/// Pieces of exactly a line's length, but for space at their ends.
fn chunks(text: &str) -> Vec<String> {
    let all: Vec<char> = text.chars().collect();
    all.chunks(LINE_MAX).map(|piece| piece.iter().collect::<String>().trim().to_owned()).collect()
}
