//! Country names to ISO 3166 alpha-2 codes.
//!
//! Linnworks gives a country's name, Stream wants its code. The table beside this file has, for
//! every country, its two codes and its usual English names. Must not know about addresses.

use std::collections::HashMap;
use std::sync::LazyLock;

/// `alpha-2|alpha-3|name|name...`, one country a line (ISO 3166-1, and `XK` for Kosovo, which has
/// no code of its own there but is written so everywhere).
const TABLE: &str = include_str!("countries.txt");

static CODES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut codes = HashMap::new();
    for line in TABLE.lines() {
        let mut names = line.split('|');
        let Some(code) = names.next() else { continue };
        codes.insert(fold(code), code);
        for name in names {
            codes.insert(fold(name), code);
        }
    }
    codes
});

/// The ISO alpha-2 code of a country given by name or by code, without regard to case, accents,
/// punctuation, space or a leading "the". `None` when there is no such country.
pub fn code(name: &str) -> Option<&'static str> {
    let folded = fold(name);
    let found = CODES.get(&folded).or_else(|| CODES.get(folded.strip_prefix("the")?));
    found.copied()
}

/// Every country by its name: its ISO alpha-2 code and that name.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut all: Vec<_> = TABLE
        .lines()
        .filter_map(|line| {
            let mut names = line.split('|');
            Some((names.next()?, names.nth(1)?))
        })
        .collect();
    all.sort_by_key(|(_, name)| *name);
    all.into_iter()
}

fn fold(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            '&' => out.push_str("and"),
            'à'..='å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => out.push('e'),
            'ì'..='ï' | 'ī' | 'ı' => out.push('i'),
            'ñ' => out.push('n'),
            'ò'..='ö' | 'ø' | 'ō' => out.push('o'),
            'ù'..='ü' | 'ū' => out.push('u'),
            // Letters of other scripts stay, so that no such name folds to an empty text.
            c if c.is_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_every_country_once_and_every_name_leads_to_one_code() {
        assert_eq!(TABLE.lines().count(), 250);
        let mut seen: HashMap<String, &str> = HashMap::new();
        for line in TABLE.lines() {
            let code = &line[..2];
            for name in line.split('|') {
                let other = seen.insert(fold(name), code);
                assert!(other.is_none_or(|other| other == code), "{name}: {other:?} and {code}");
            }
        }
    }

    #[test]
    fn r15_country_names_become_iso_codes() {
        for (name, wanted) in [
            ("United Kingdom", "GB"),
            ("united  kingdom ", "GB"),
            ("UK", "GB"),
            ("U.K.", "GB"),
            ("gb", "GB"),
            ("GBR", "GB"),
            ("Great Britain", "GB"),
            ("England", "GB"),
            ("Scotland", "GB"),
            ("Wales", "GB"),
            ("Northern Ireland", "GB"),
            ("Jersey", "JE"),
            ("Guernsey", "GG"),
            ("Isle of Man", "IM"),
            ("Ireland", "IE"),
            ("Republic of Ireland", "IE"),
            ("USA", "US"),
            ("United States of America", "US"),
            ("Czechia", "CZ"),
            ("Czech Republic", "CZ"),
            ("Türkiye", "TR"),
            ("TURKEY", "TR"),
            ("The Netherlands", "NL"),
            ("Côte d'Ivoire", "CI"),
            ("Ivory Coast", "CI"),
            ("Bosnia & Herzegovina", "BA"),
            ("South Korea", "KR"),
        ] {
            assert_eq!(code(name), Some(wanted), "{name}");
        }
    }

    #[test]
    fn a_country_that_is_none_is_unknown() {
        for name in ["", " ", "the", "Ruritania", "UNKNOWN", "12", "ZZ"] {
            assert_eq!(code(name), None, "{name}");
        }
    }
}
