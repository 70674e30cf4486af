//! What must not be shown: known secrets in each form in which they travel, anything shaped like a
//! credential, and the e-mail addresses of customers.
//!
//! Known secrets are the promise; the shapes are a second net for those nobody registered. Usable on
//! its own for error texts and console frames.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::{PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// What stands in place of a secret.
const MASK: &str = "***";

/// What stands in place of an e-mail address.
const MAIL_MASK: &str = "***@***";

/// Shorter secrets are not looked for: each of their letters would be masked everywhere, and the
/// masks would spell them out.
pub const SECRET_CHARS_MIN: usize = 4;

/// Most secrets kept for ever: a handful come from the configuration, and a new one per rotation.
pub const SECRETS_MAX: usize = 256;

/// Most secrets that pass: sessions live half an hour, and an answer that names an old one is soon
/// past.
pub const PASSING_MAX: usize = 32;

/// Words that are followed by a secret, in lower case, and whether all to the end of the text or
/// quotation belongs to it.
const NAMES: [(&str, bool); 9] = [
    ("authorization", true),
    ("client_secret", false),
    ("clientsecret", false),
    ("applicationsecret", false),
    ("application_secret", false),
    ("access_token", false),
    ("refresh_token", false),
    ("password", false),
    ("token", false),
];

/// Schemes that are followed by a credential wherever they stand.
const SCHEMES: [&str; 2] = ["bearer ", "basic "];

/// A value after a name or scheme is a credential when it has at least this many characters:
/// `token: expired` is a sentence.
const VALUE_CHARS_MIN: usize = 8;

/// Replaces secrets in texts.
#[derive(Default)]
pub struct Redactor(RwLock<Known>);

#[derive(Default)]
struct Known {
    kept: VecDeque<Forms>,
    passing: VecDeque<Forms>,
}

/// A secret in each form in which it may appear; the first is the secret as it is.
type Forms = Vec<Zeroizing<String>>;

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    /// Masks this secret from now on: one of the configuration's, or one that we made.
    pub fn register(&self, secret: &SecretString) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        remember(&mut known.kept, secret, SECRETS_MAX);
    }

    /// Masks this secret until [`PASSING_MAX`] others have come: the token of a session.
    pub fn register_passing(&self, secret: &SecretString) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        remember(&mut known.passing, secret, PASSING_MAX);
    }

    /// The text without secrets and e-mail addresses. Line breaks stay: see
    /// [`one_line`](super::one_line).
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<&str> = known
            .kept
            .iter()
            .chain(&known.passing)
            .flatten()
            .map(|form| form.as_str())
            .filter(|form| text.contains(form))
            .collect();
        // The longest first: a secret that contains another must not leave its end behind.
        found.sort_unstable_by_key(|form| std::cmp::Reverse(form.len()));
        for form in found {
            text = Cow::Owned(text.replace(form, MASK));
        }
        drop(known);
        let text = replaced(text, credentials);
        replaced(text, mails)
    }
}

fn replaced<'t>(text: Cow<'t, str>, change: fn(&str) -> Option<String>) -> Cow<'t, str> {
    match change(&text) {
        Some(changed) => Cow::Owned(changed),
        None => text,
    }
}

fn remember(list: &mut VecDeque<Forms>, secret: &SecretString, most: usize) {
    let secret = secret.expose_secret();
    let known = list.iter().any(|forms| forms.first().is_some_and(|form| form.as_str() == secret));
    if known || secret.chars().count() < SECRET_CHARS_MIN {
        return;
    }
    if list.len() == most {
        list.pop_front();
    }
    let mut forms = vec![Zeroizing::new(secret.to_owned())];
    let quoted = format!("{secret:?}");
    for form in [
        percent(secret, true),
        percent(secret, false),
        base64(secret.as_bytes()),
        quoted.trim_matches('"').to_owned(),
    ] {
        if !forms.iter().any(|known| **known == form) {
            forms.push(Zeroizing::new(form));
        }
    }
    list.push_back(forms);
}

/// As it stands in a form or a query.
fn percent(text: &str, upper: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let written = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
                Ok(())
            }
            _ if upper => write!(out, "%{byte:02X}"),
            _ => write!(out, "%{byte:02x}"),
        };
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    out
}

/// As it stands in a header, without the filling at the end: RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        // Three bytes give four digits, two give three, one gives two.
        for digit in 0..=chunk.len() {
            let index = (bits >> (18 - 6 * digit)) & 63;
            out.push(char::from(DIGITS[index as usize]));
        }
    }
    out
}

/// Masks what follows the name of a credential.
fn credentials(text: &str) -> Option<String> {
    // Only ASCII letters change, so the offsets stay those of the text.
    let lower = text.to_ascii_lowercase();
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < lower.len() {
        match value_at(&lower, at) {
            Some((start, end)) => {
                out.push_str(&text[copied..start]);
                out.push_str(MASK);
                copied = end;
                at = end;
            }
            None => at += lower[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}

/// Where the credential is whose name or scheme begins at `at`.
fn value_at(lower: &str, at: usize) -> Option<(usize, usize)> {
    let rest = &lower[at..];
    if let Some(scheme) = SCHEMES.iter().find(|scheme| rest.starts_with(**scheme)) {
        return value(lower, at + scheme.len(), false);
    }
    let (name, whole) = NAMES.iter().find(|(name, _)| rest.starts_with(name))?;
    // `"token": "…"`, `token=…`, `Authorization: …`, `("authorization", "…")`.
    let after = rest[name.len()..].trim_start_matches(['"', '\'', '\\', ' ']);
    let after = after.strip_prefix([':', '=', ','])?;
    let after = after.trim_start_matches(['"', '\'', '\\', ' ']);
    value(lower, at + rest.len() - after.len(), *whole)
}

fn value(lower: &str, start: usize, whole: bool) -> Option<(usize, usize)> {
    let ends = |c: char| match c {
        '"' | '\'' | '\\' | '\n' | '\r' => true,
        ' ' | ',' | ';' | '&' | ')' | ']' | '}' | '\t' => !whole,
        _ => false,
    };
    let length = lower[start..].find(ends).unwrap_or(lower.len() - start);
    let value = &lower[start..start + length];
    let long = whole || value.chars().count() >= VALUE_CHARS_MIN;
    (long && !value.is_empty() && value != MASK).then_some((start, start + length))
}

/// Masks e-mail addresses.
pub(super) fn mails(text: &str) -> Option<String> {
    let local = |c: char| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    let domain = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    let mut out = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices('@') {
        if at < copied {
            continue;
        }
        let name = text[copied..at].chars().rev().take_while(|c| local(*c));
        let start = at - name.map(char::len_utf8).sum::<usize>();
        let host: usize =
            text[at + 1..].chars().take_while(|c| domain(*c)).map(char::len_utf8).sum();
        if start == at || host == 0 {
            continue;
        }
        out.push_str(&text[copied..start]);
        out.push_str(MAIL_MASK);
        copied = at + 1 + host;
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knowing(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        for secret in secrets {
            redactor.register(&SecretString::from(*secret));
        }
        redactor
    }

    #[test]
    fn a_registered_secret_is_masked_in_each_form_in_which_it_travels() {
        let secret = "can/ary+\"1\"";
        let redactor = knowing(&[secret]);
        for form in [
            secret.to_owned(),
            "can%2Fary%2B%221%22".to_owned(),
            "can%2fary%2b%221%22".to_owned(),
            "Y2FuL2FyeSsiMSI".to_owned(),
            serde_json::to_string(secret).expect("text"),
        ] {
            let cleaned = redactor.clean(&format!("before {form} after")).into_owned();
            assert!(cleaned.starts_with("before ") && cleaned.ends_with(" after"), "{cleaned}");
            assert!(!cleaned.contains("ary") && cleaned.contains("***"), "{form}: {cleaned}");
        }
    }

    #[test]
    fn base64_is_that_of_its_standard() {
        for (plain, coded) in [("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn of_two_secrets_the_longer_is_masked_whole() {
        let redactor = knowing(&["abcd", "abcdefgh"]);
        assert_eq!(redactor.clean("x abcdefgh y abcd"), "x *** y ***");
    }

    #[test]
    fn a_text_without_secrets_is_handed_back_as_it_is() {
        let redactor = knowing(&["canary"]);
        let text = "order 100001 was refused: the postcode \"SW1\" is not complete";
        assert!(matches!(redactor.clean(text), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_shaped_like_a_credential_is_masked_without_being_known() {
        let redactor = Redactor::default();
        for text in [
            "Authorization: Bearer q1w2e3r4t5",
            "authorization: q1w2e3r4t5",
            "(\"Authorization\", \"q1w2e3r4t5\")",
            "{\"Token\":\"q1w2e3r4t5\",\"Server\":\"x\"}",
            "{\\\"Token\\\":\\\"q1w2e3r4t5\\\"}",
            "client_secret=q1w2e3r4t5&grant=x",
            "applicationSecret: q1w2e3r4t5",
            "sent bearer q1w2e3r4t5, refused",
            "Basic q1w2e3r4t5==",
        ] {
            let cleaned = redactor.clean(text);
            assert!(cleaned.contains("***") && !cleaned.contains("q1w2"), "{text}: {cleaned}");
        }
        assert_eq!(redactor.clean("token: expired"), "token: expired");
        assert_eq!(
            redactor.clean("{\"Token\":\"q1w2e3r4t5\",\"A\":1}"),
            "{\"Token\":\"***\",\"A\":1}"
        );
    }

    #[test]
    fn mail_addresses_are_masked_and_handles_stay() {
        let redactor = Redactor::default();
        assert_eq!(redactor.clean("to <jo.o'neil+x@mail.example>, soon"), "to <***@***>, soon");
        assert_eq!(redactor.clean("jörg@büro.example"), "***@***");
        assert_eq!(redactor.clean("a@b@c"), "***@***@c");
        assert_eq!(redactor.clean("two @ 3.50, @home"), "two @ 3.50, @home");
    }

    #[test]
    fn passing_secrets_make_room_for_new_ones_and_kept_ones_stay() {
        let redactor = knowing(&["keep-me-hidden"]);
        for session in 0..=PASSING_MAX {
            redactor.register_passing(&SecretString::from(format!("session-{session:04}")));
        }
        assert_eq!(redactor.clean("keep-me-hidden"), "***");
        assert_eq!(redactor.clean("session-0000 session-0001"), "session-0000 ***");
    }

    #[test]
    fn a_very_short_secret_is_not_looked_for() {
        assert_eq!(knowing(&["a"]).clean("a cat"), "a cat");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_cleaning_panic_and_no_secret_survives(
            before in "\\PC{0,40}", after in "\\PC{0,40}", at in "[a-zA-Z]{8,20}"
        ) {
            let redactor = knowing(&[&at]);
            let cleaned = redactor.clean(&format!("{before}{at}{after}")).into_owned();
            proptest::prop_assert!(!cleaned.contains(&at));
        }
    }
}
