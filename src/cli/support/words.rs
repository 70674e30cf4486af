//! Free text without what points at a person. Reasons and events quote what customers and other systems
//! wrote: a quotation stays only when it is the name of a service, a depot or a method; words with a capital
//! letter within a sentence stay only when they are ours; postcodes, telephone numbers and e-mail addresses go
//! wherever they stand. Rather too much is taken out than too little: numbers and states tell most of it.

use std::collections::BTreeSet;

use crate::logging::impersonal;

/// What stands in place of what was taken out.
const MASK: &str = "…";

/// Words of ours that are written with a capital letter wherever they stand.
const OURS: &[&str] = &[
    "api",
    "address",
    "after",
    "country",
    "customer",
    "delivery",
    "error",
    "from",
    "gb",
    "html",
    "http",
    "iso",
    "item",
    "json",
    "linnworks",
    "method",
    "not",
    "note",
    "order",
    "pdf",
    "postcode",
    "run",
    "see",
    "sent",
    "seq",
    "sequence",
    "service",
    "stream",
    "tls",
    "to",
    "uk",
    "url",
    "utc",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
    "cn",
    "trk",
];

/// Texts are kept up to here, in letters: what is longer is somebody's page.
const TEXT_CHARS_MAX: usize = 500;

/// Takes it out.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Names that point at nobody, in lower case, whole and word by word.
    known: BTreeSet<String>,
    /// Operators.
    people: BTreeSet<String>,
}

impl Words {
    /// The name of a service, a depot, a method or the site.
    pub(super) fn know(&mut self, name: &str) {
        self.known.insert(name.to_lowercase());
        self.known.extend(name.split_whitespace().map(|word| bare(word).to_lowercase()));
    }

    /// A user of this machine, from an entry that says who asked for something.
    pub(super) fn meet(&mut self, user: &str) {
        if !user.trim().is_empty() {
            self.people.insert(user.trim().to_owned());
        }
    }

    /// Whoever an event of the journal names.
    pub(super) fn meet_in(&mut self, what: &str, detail: &str) {
        if !matches!(what, "asked by a person" | "daemon") {
            return;
        }
        if let Some((_, user)) = detail.rsplit_once(" by ") {
            self.meet(user);
        }
        if let Some((user, _)) = detail.split_once(" shows personal data") {
            self.meet(user);
        }
    }

    /// The text as it may leave the house. `own` are values of the order it is about.
    pub(super) fn free(&self, text: &str, own: &[&str]) -> String {
        let mut text: String = text.chars().take(TEXT_CHARS_MAX).collect();
        // One letter says nothing and stands everywhere.
        for value in own.iter().filter(|value| value.trim().chars().count() > 1) {
            text = text.replace(value.trim(), MASK);
        }
        impersonal(&self.names(&self.quotations(&text)))
    }

    fn is_known(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        OURS.contains(&word.as_str()) || self.known.contains(&word)
    }

    fn quotations(&self, text: &str) -> String {
        let mut parts = text.split('"');
        let mut out = parts.next().unwrap_or_default().to_owned();
        let mut inside = true;
        for part in parts {
            let keep = !inside || self.known.contains(&part.to_lowercase()) || is_run(part);
            out.push('"');
            out.push_str(if keep { part } else { MASK });
            inside = !inside;
        }
        out
    }

    fn names(&self, text: &str) -> String {
        let mut begins = true;
        let word = |word: &str| {
            let name = bare(word);
            let first = std::mem::replace(&mut begins, word.ends_with(". "));
            let capital = name.chars().next().is_some_and(char::is_uppercase);
            // Codes and numbers are no names.
            let letters =
                !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || "'’-".contains(c));
            if self.people.contains(name) || (capital && letters && !self.is_known(name) && !first)
            {
                word.replace(name, MASK)
            } else {
                word.to_owned()
            }
        };
        text.split_inclusive(char::is_whitespace).map(word).collect()
    }
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

fn is_run(text: &str) -> bool {
    let rest = text.trim().strip_prefix("RUN").unwrap_or_default().trim();
    !rest.is_empty() && rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let mut words = Words::default();
        words.know("Two Man (Leeds Depot)");
        words.know("Leeds Depot");
        words.meet_in("asked by a person", "send again, by pat");
        words.meet_in("daemon", "sam shows personal data in a console");
        words.meet_in("refused", "rejected by nobody");
        words
    }

    #[test]
    fn what_customers_wrote_is_taken_out_and_what_is_to_be_done_stays() {
        for (text, own, left) in [
            (
                "Not sent to Stream: postcode \"LS18 4QQQ\" is not a UK postcode",
                &[][..],
                "Not sent to Stream: postcode \"…\" is not a UK postcode",
            ),
            (
                "service \"Two Man (Leeds Depot)\" has no depot and delivery method",
                &[],
                "service \"Two Man (Leeds Depot)\" has no depot and delivery method",
            ),
            (
                "Stream rejected the order: Customer Jo Canary (jo@canary.example) of LS1 4AP is barred",
                &[],
                "Stream rejected the order: Customer … … (***@***) of … is barred",
            ),
            ("order SO-88121 is there twice", &["SO-88121", ""], "order … is there twice"),
            ("the run \"RUN 03\" of \"North van\"", &[], "the run \"RUN 03\" of \"…\""),
            ("send again, by pat", &[], "send again, by …"),
            ("sam shows personal data in a console", &[], "… shows personal data in a console"),
            ("by nobody known", &[], "by nobody known"),
            (
                "consignment CN00481000, tracking TRK481000SDBD8",
                &[],
                "consignment CN00481000, tracking TRK481000SDBD8",
            ),
            ("added SENT TO STREAM, RUN 03", &[], "added SENT TO STREAM, RUN 03"),
            ("on RUN 03 of Tue 24 Nov, place 4", &[], "on RUN 03 of Tue 24 Nov, place 4"),
            ("an open \"quotation of Canary", &[], "an open \"…"),
        ] {
            assert_eq!(words().free(text, own), left);
        }
        assert_eq!(words().free(&"x".repeat(9_999), &[]).len(), TEXT_CHARS_MAX);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}", own in "\\PC{0,4}") {
            words().free(&text, &[&own]);
        }
    }
}
