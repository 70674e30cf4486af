//! Postcodes: the United Kingdom's form, and what other countries need.
//!
//! Knows the shape of a postcode. Must not know whether a postcode exists: that needs the Royal
//! Mail's file, and Stream has one.

use super::text::{self, POSTCODE_MAX};

/// Countries of the United Kingdom's postcode system.
const UK_SYSTEM: [&str; 4] = ["GB", "JE", "GG", "IM"];

/// Countries where an address needs no postcode: those without a system, and Ireland, where many
/// addresses are still written without their Eircode.
const WITHOUT: [&str; 62] = [
    "AE", "AG", "AO", "AW", "BF", "BI", "BJ", "BO", "BQ", "BS", "BW", "BZ", "CD", "CF", "CG", "CI",
    "CK", "CM", "CW", "DJ", "DM", "ER", "FJ", "GA", "GD", "GH", "GM", "GQ", "GY", "HK", "IE", "JM",
    "KI", "KM", "KN", "KP", "LY", "ML", "MO", "MR", "MW", "NR", "NU", "QA", "RW", "SB", "SC", "SL",
    "SR", "ST", "SX", "SY", "TD", "TF", "TG", "TK", "TL", "TO", "TV", "UG", "YE", "ZW",
];

/// What is wrong with a postcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// There is none, and the country needs one.
    Missing,
    /// It is not of the United Kingdom's form.
    NotUk,
    /// It is longer than Stream takes.
    TooLong,
}

/// The postcode as Stream wants it: upper case with a single space for the United Kingdom, Crown
/// dependencies and forces, else cleaned and in upper case. `country` is an ISO alpha-2 code.
pub fn normalise(typed: &str, country: &str) -> Result<String, Fault> {
    let cleaned = text::clean(typed);
    if UK_SYSTEM.contains(&country) {
        if cleaned.is_empty() {
            return Err(Fault::Missing);
        }
        return uk(&cleaned).ok_or(Fault::NotUk);
    }
    if cleaned.is_empty() {
        return if WITHOUT.contains(&country) { Ok(String::new()) } else { Err(Fault::Missing) };
    }
    if text::chars(&cleaned) > POSTCODE_MAX {
        return Err(Fault::TooLong);
    }
    if country == "IE"
        && let Some(eircode) = eircode(&cleaned)
    {
        return Ok(eircode);
    }
    Ok(cleaned.to_ascii_uppercase())
}

/// Reads a postcode of the United Kingdom's form: ordinary ones, `GIR 0AA`, `BFPO 12`, and those of
/// Jersey, Guernsey and the Isle of Man. Space, full stops and hyphens are of no account. `None`
/// when it is of another form.
pub fn uk(typed: &str) -> Option<String> {
    let compact: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if !compact.is_ascii() {
        return None;
    }
    if let Some(number) = compact.strip_prefix("BFPO") {
        return forces(number);
    }
    let (outward, inward) = compact.split_at_checked(compact.len().checked_sub(3)?)?;
    let fits = outward == "GIR" && inward == "0AA"
        || outward_fits(outward.as_bytes()) && inward_fits(inward.as_bytes());
    fits.then(|| format!("{outward} {inward}"))
}

/// `JE`, `GG` or `IM` when a normalised postcode lies there.
pub fn crown_dependency(postcode: &str) -> Option<&'static str> {
    let area = postcode.get(..2)?;
    if !postcode.as_bytes().get(2).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    match area {
        "JE" => Some("JE"),
        "GY" => Some("GG"),
        "IM" => Some("IM"),
        _ => None,
    }
}

/// The form in which two postcodes are compared.
pub fn compare_key(postcode: &str) -> String {
    let kept = postcode.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_uppercase).collect()
}

/// British Forces Post Office numbers have one to four digits.
fn forces(number: &str) -> Option<String> {
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let plain = number.trim_start_matches('0');
    (digits && !plain.is_empty() && plain.len() <= 4).then(|| format!("BFPO {plain}"))
}

/// `A9`, `A99`, `A9A`, `AA9`, `AA99`, `AA9A`; no area begins with Q, V or X and no second letter is
/// I, J or Z.
fn outward_fits(outward: &[u8]) -> bool {
    let letters = outward.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let area_fits = match outward.get(..letters) {
        Some([first]) => !b"QVX".contains(first),
        Some([first, second]) => !b"QVX".contains(first) && !b"IJZ".contains(second),
        Some(_) | None => false,
    };
    let district_fits = match outward.get(letters..) {
        Some([digit]) => digit.is_ascii_digit(),
        Some([digit, last]) => digit.is_ascii_digit() && last.is_ascii_alphanumeric(),
        Some(_) | None => false,
    };
    area_fits && district_fits
}

/// A digit and two letters; C, I, K, M, O and V are never used there.
fn inward_fits(inward: &[u8]) -> bool {
    match inward {
        [digit, first, second] => {
            let letter = |b: &u8| b.is_ascii_uppercase() && !b"CIKMOV".contains(b);
            digit.is_ascii_digit() && letter(first) && letter(second)
        }
        _ => false,
    }
}

/// An Irish Eircode: three characters of a routing key and four of the address.
fn eircode(typed: &str) -> Option<String> {
    let compact: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let bytes = compact.as_bytes();
    let fits = bytes.len() == 7
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[0].is_ascii_uppercase()
        && bytes[1].is_ascii_digit();
    fits.then(|| format!("{} {}", &compact[..3], &compact[3..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r15_uk_postcodes_are_normalised_to_upper_case_and_one_space() {
        for (typed, wanted) in [
            ("ls1  4ap", "LS1 4AP"),
            ("LS14AP", "LS1 4AP"),
            (" m1 1ae ", "M1 1AE"),
            ("ec1a1bb", "EC1A 1BB"),
            ("W1A 0AX", "W1A 0AX"),
            ("CR26XH", "CR2 6XH"),
            ("dn551pt", "DN55 1PT"),
            ("B33 8TH", "B33 8TH"),
            ("je2 3xp", "JE2 3XP"),
            ("gy1-1wr", "GY1 1WR"),
            ("im1 1ad", "IM1 1AD"),
            ("gir0aa", "GIR 0AA"),
            ("bfpo 12", "BFPO 12"),
            ("BFPO0012", "BFPO 12"),
            ("B.F.P.O. 105", "BFPO 105"),
            ("bf11aa", "BF1 1AA"),
        ] {
            assert_eq!(uk(typed).as_deref(), Some(wanted), "{typed}");
        }
    }

    #[test]
    fn r68_what_is_not_a_uk_postcode_is_refused() {
        for typed in [
            "",
            "LS1",
            "LS1 4A",
            "LS1 AAP",
            "LS1 4AC",
            "QS1 4AP",
            "LJ1 4AP",
            "LS123 4AP",
            "1LS 4AP",
            "BFPO",
            "BFPO 12345",
            "BFPO 0",
            "GIR 1AA",
            "ŁS1 4AP",
            "LS1 4AP X",
            "12345",
            "é",
        ] {
            assert_eq!(uk(typed), None, "{typed}");
        }
        assert_eq!(normalise("LS1", "GB"), Err(Fault::NotUk));
        assert_eq!(normalise(" ", "JE"), Err(Fault::Missing));
    }

    #[test]
    fn other_countries_need_a_postcode_only_where_they_have_them() {
        assert_eq!(normalise("75008", "FR").as_deref(), Ok("75008"));
        assert_eq!(normalise("1012 ab", "NL").as_deref(), Ok("1012 AB"));
        assert_eq!(normalise("", "FR"), Err(Fault::Missing));
        assert_eq!(normalise("", "AE").as_deref(), Ok(""));
        assert_eq!(normalise("", "IE").as_deref(), Ok(""));
        assert_eq!(normalise("d02x285", "IE").as_deref(), Ok("D02 X285"));
        assert_eq!(normalise("Dublin 4", "IE").as_deref(), Ok("DUBLIN 4"));
        assert_eq!(normalise("123456789012345678", "FR"), Err(Fault::TooLong));
    }

    #[test]
    fn crown_dependencies_are_known_by_their_postcode() {
        assert_eq!(crown_dependency("JE2 3XP"), Some("JE"));
        assert_eq!(crown_dependency("GY1 1WR"), Some("GG"));
        assert_eq!(crown_dependency("IM1 1AD"), Some("IM"));
        assert_eq!(crown_dependency("LS1 4AP"), None);
        assert_eq!(crown_dependency("G1 1AA"), None);
        assert_eq!(crown_dependency(""), None);
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(
            typed in "\\PC*|[a-zA-Z]{1,2}[0-9][0-9a-zA-Z]? ?[0-9][a-zA-Z]{2}|bfpo ?[0-9]{0,5}",
            country in prop::sample::select(vec!["GB", "JE", "IE", "FR", "AE"]),
        ) {
            if let Ok(once) = normalise(&typed, country) {
                prop_assert!(text::chars(&once) <= POSTCODE_MAX);
                prop_assert_eq!(normalise(&once, country), Ok(once.clone()));
            }
        }
    }
}
