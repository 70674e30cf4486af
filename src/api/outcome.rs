//! What both clients make of an answer that is not a yes. Texts made here hold neither secrets nor
//! any part of an answer's body.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::api::gate::Outcome;
use crate::domain::answer::{Failure, Reason};
use crate::domain::time::{Delay, Timestamp};
use crate::http::{Response, Sent, TransportError};

/// No wait that another system asks for is longer: a header that says more is a mistake.
const RETRY_AFTER_MAX: Delay = Delay::mins(60);

/// Error texts of others are kept word for word up to here; what is longer is a stack trace.
const TEXT_CHARS_MAX: usize = 4000;

/// Anything shorter is no secret, and masking it would spoil ordinary texts.
const SECRET_BYTES_MIN: usize = 8;

/// What stands in the place of a secret that another system repeated to us.
const MASK: &str = "***";

/// Locks; a panic elsewhere must not stop this client, and every state behind these locks is whole
/// between two statements.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request that got no answer.
pub fn unsent_or_unknown(error: &TransportError) -> Failure {
    match error.sent {
        Sent::Nothing => Failure::Down { what: error.what.clone() },
        Sent::Maybe => Failure::Unknown { what: error.what.clone() },
    }
}

/// What a budget and a breaker are told of a result; `None` when nothing was tried. An answer that
/// was `intelligible` but not what it should be is a matter of one order: it must not pass for a
/// system that is down, or one odd order would stop all others.
pub fn reported<T>(result: &Result<T, Failure>, intelligible: bool) -> Option<Outcome> {
    match result {
        Ok(_) | Err(Failure::No(_)) => Some(Outcome::Answered),
        Err(Failure::Throttled { retry_after }) => {
            Some(Outcome::Throttled { retry_after: *retry_after })
        }
        Err(Failure::Unauthorised { .. }) => Some(Outcome::Unauthorised),
        Err(Failure::Unknown { .. }) if intelligible => Some(Outcome::Answered),
        Err(Failure::Down { .. } | Failure::Unknown { .. }) => Some(Outcome::Failed),
        Err(Failure::NotBefore(_)) => None,
    }
}

/// The delay of `Retry-After`: seconds, or a date. Anything else is as good as none.
pub fn retry_after(response: &Response, now: Timestamp) -> Option<Delay> {
    let text = response.header("Retry-After")?.trim();
    let delay = if let Ok(seconds) = text.parse::<f64>() {
        if !seconds.is_finite() || seconds < 0.0 {
            return None;
        }
        // A float larger than the target saturates, so the cap below holds for any number.
        Delay((seconds * 1000.0).ceil() as u64)
    } else {
        http_date(text)?.since(now)
    };
    Some(delay.min(RETRY_AFTER_MAX))
}

/// A date as it stands in a header.
pub fn http_date(text: &str) -> Option<Timestamp> {
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(Timestamp(date.timestamp().as_millisecond()))
}

/// Whether an answer is a page for people.
pub fn is_html(response: &Response) -> bool {
    let typed = response
        .header("Content-Type")
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    typed || response.body.trim_ascii_start().starts_with(b"<")
}

/// A text of another system, cut, and with our secrets taken out in case it repeats them.
pub fn scrub(text: &str, secrets: &[&str]) -> String {
    let mut clean = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= SECRET_BYTES_MIN) {
        clean = clean.replace(secret, MASK);
    }
    match clean.char_indices().nth(TEXT_CHARS_MAX) {
        Some((cut, _)) => format!("{}…", &clean[..cut]),
        None => clean,
    }
}

/// The same failure without any of our secrets.
pub fn scrubbed(failure: Failure, secrets: &[&str]) -> Failure {
    match failure {
        Failure::No(reasons) => Failure::No(
            reasons
                .into_iter()
                .map(|Reason { code, text }| Reason {
                    code: scrub(&code, secrets),
                    text: scrub(&text, secrets),
                })
                .collect(),
        ),
        Failure::Unauthorised { what } => Failure::Unauthorised { what: scrub(&what, secrets) },
        Failure::Down { what } => Failure::Down { what: scrub(&what, secrets) },
        Failure::Unknown { what } => Failure::Unknown { what: scrub(&what, secrets) },
        Failure::Throttled { retry_after } => Failure::Throttled { retry_after },
        Failure::NotBefore(moment) => Failure::NotBefore(moment),
    }
}

/// A failed sign-in, seen from the request that was to follow: it was never sent, so nothing of it
/// can be unknown.
pub fn before_the_request(failure: Failure) -> Failure {
    match failure {
        Failure::Unknown { what } | Failure::Down { what } => {
            Failure::Down { what: format!("could not sign in: {what}") }
        }
        Failure::No(reasons) => {
            let what = Failure::No(reasons).to_string();
            Failure::Unauthorised { what: format!("sign-in refused: {what}") }
        }
        Failure::Unauthorised { what } => {
            Failure::Unauthorised { what: format!("sign-in refused: {what}") }
        }
        Failure::Throttled { retry_after } => Failure::Throttled { retry_after },
        Failure::NotBefore(moment) => Failure::NotBefore(moment),
    }
}

/// How a call ended, in a word of the metrics. `None`: it was not made.
pub fn word<T>(result: &Result<T, Failure>) -> Option<&'static str> {
    match result {
        Ok(_) => Some("yes"),
        Err(Failure::No(_)) => Some("no"),
        Err(Failure::Throttled { .. }) => Some("throttled"),
        Err(Failure::Unauthorised { .. }) => Some("unauthorised"),
        Err(Failure::Down { .. }) => Some("down"),
        Err(Failure::Unknown { .. }) => Some("unknown"),
        Err(Failure::NotBefore(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(header: &str) -> Response {
        let headers = vec![("retry-after".to_owned(), header.to_owned())];
        Response { status: 429, headers, body: Vec::new() }
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date_and_is_bounded() {
        let now = Timestamp::parse_lenient("2026-11-23T09:00:00Z").expect("a time");
        let read = |text: &str| retry_after(&with(text), now);
        assert_eq!(read("7"), Some(Delay::secs(7)));
        assert_eq!(read(" 1.5 "), Some(Delay(1500)));
        assert_eq!(read("Mon, 23 Nov 2026 09:00:30 GMT"), Some(Delay::secs(30)));
        assert_eq!(read("Mon, 23 Nov 2026 08:00:00 GMT"), Some(Delay::ZERO));
        assert_eq!(read("999999999999999999999999"), Some(RETRY_AFTER_MAX));
        for nonsense in ["", "soon", "-1", "NaN", "inf"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_secret_that_comes_back_in_a_text_is_masked_and_long_texts_are_cut() {
        assert_eq!(
            scrub("token s3cr3t-t0ken is bad", &["s3cr3t-t0ken", "", "b"]),
            "token *** is bad"
        );
        assert_eq!(scrub(&"ü".repeat(9999), &[]).chars().count(), TEXT_CHARS_MAX + 1);
    }

    #[test]
    fn one_odd_answer_is_not_a_system_that_is_down() {
        let odd = Err::<(), _>(Failure::Unknown { what: "Items is not a list".into() });
        assert_eq!(reported(&odd, true), Some(Outcome::Answered));
        assert_eq!(reported(&odd, false), Some(Outcome::Failed));
        let refused = Err::<(), _>(Failure::Unauthorised { what: String::new() });
        assert_eq!(reported(&refused, true), Some(Outcome::Unauthorised));
        let later = Err::<(), _>(Failure::NotBefore(crate::domain::time::Moment(1)));
        assert_eq!(reported(&later, false), None);
    }

    #[test]
    fn a_failed_sign_in_never_makes_the_request_unknown() {
        let failed = before_the_request(Failure::Unknown { what: "timed out".into() });
        assert_eq!(failed, Failure::Down { what: "could not sign in: timed out".into() });
    }
}
