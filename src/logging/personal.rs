//! What points at a person in free text that others wrote: postcodes of the United Kingdom, telephone
//! numbers, e-mail addresses. A net under texts that should hold none, not a licence to show those that do.

/// What stands in place of what was taken out.
const MASK: &str = "…";

/// Digits of a telephone number at least; order numbers are shorter.
const PHONE_DIGITS_MIN: usize = 9;

/// Digits of a telephone number at most (E.164), with its international prefix; what is longer is a code.
const PHONE_DIGITS_MAX: usize = 17;

/// The text without postcodes, telephone numbers and e-mail addresses.
pub fn impersonal(text: &str) -> String {
    let without = super::redact::mails(text).unwrap_or_else(|| text.to_owned());
    postcodes(&phones(&without))
}

/// Words with the blanks after them, so that what is kept stays as it is.
fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(|c: char| c.is_whitespace() || ",;()[]{}\"'<>:".contains(c)).collect()
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// What stands before and after the bare word.
fn around(word: &str) -> (&str, &str) {
    word.split_once(bare(word)).unwrap_or((word, ""))
}

/// The first half of a postcode: `LS1`, `EC1A`.
fn is_outward(word: &str) -> bool {
    let letters = word.chars().take_while(char::is_ascii_alphabetic).count();
    let rest = &word[letters.min(word.len())..];
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let end = rest.chars().skip(digits);
    word.is_ascii()
        && (1..=2).contains(&letters)
        && (1..=2).contains(&digits)
        && end.clone().count() <= 1
        && end.into_iter().all(|c| c.is_ascii_alphabetic())
}

/// The second half: `4AP`.
fn is_inward(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 3 && bytes[0].is_ascii_digit() && bytes[1..].iter().all(u8::is_ascii_alphabetic)
}

fn is_whole(word: &str) -> bool {
    word.is_ascii()
        && (5..=7).contains(&word.len())
        && is_outward(&word[..word.len() - 3])
        && is_inward(&word[word.len() - 3..])
}

fn postcodes(text: &str) -> String {
    let words = words(text);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < words.len() {
        let word = words[at];
        let next = words.get(at + 1).map(|next| bare(next));
        if is_outward(bare(word)) && next.is_some_and(is_inward) {
            out.push_str(around(word).0);
            out.push_str(MASK);
            out.push_str(around(words[at + 1]).1);
            at += 2;
        } else if is_whole(bare(word)) {
            let (before, after) = around(word);
            out.push_str(before);
            out.push_str(MASK);
            out.push_str(after);
            at += 1;
        } else {
            out.push_str(word);
            at += 1;
        }
    }
    out
}

fn phones(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '+') {
        // Within a word or a code it is no number to ring.
        let inside =
            rest[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '-');
        let run = rest[start..].find(|c: char| !(c.is_ascii_digit() || "+ ()-./".contains(c)));
        let end = run.map_or(rest.len(), |run| start + run);
        let number = rest[start..end].trim_end_matches(|c: char| !c.is_ascii_digit());
        let end = start + number.len().max(1);
        let digits = number.chars().filter(char::is_ascii_digit).count();
        let begins = number.starts_with(['0', '+']);
        let code = rest[end..].chars().next().is_some_and(char::is_alphanumeric);
        let long = (PHONE_DIGITS_MIN..=PHONE_DIGITS_MAX).contains(&digits);
        out.push_str(&rest[..start]);
        out.push_str(if begins && long && !inside && !code { MASK } else { &rest[start..end] });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_telephone_numbers_and_mail_addresses_are_taken_out_of_a_sentence() {
        for (text, left) in [
            ("postcode LS18 4QB is not known", "postcode … is not known"),
            ("(postcode \"EC1A1BB\")", "(postcode \"…\")"),
            ("to ls1 4ap, please", "to …, please"),
            ("ring 01632 960110 or +44 (0)1632 960-110.", "ring … or …."),
            ("to <jo@mail.example>", "to <***@***>"),
        ] {
            assert_eq!(impersonal(text), left);
        }
    }

    #[test]
    fn numbers_codes_times_and_run_names_stay() {
        for text in [
            "order 104512-2 on RUN 03 of Tue 24 Nov, place 4, SEQ 07",
            "consignment CN00481000, tracking TRK481000SDBD8",
            "2026-11-26T07:00:00Z, attempt 2 of 10, timed out after 30 s",
            "05d47a64-3aaf-43cd-a99c-a48b7d84365e",
            "Stream answered 503",
        ] {
            assert_eq!(impersonal(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}") {
            impersonal(&text);
        }
    }
}
