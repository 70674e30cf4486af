//! A transport that notices, by the way, whether anybody answered and how far our clock is from theirs.
//! It changes neither requests nor answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::check::Check;
use crate::api::http_date;
use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::http::{Request, Response, Transport, TransportError};

/// A clock further off than this is a fault: days and pickup dates are reckoned by it, certificates are
/// checked with it, and both systems date what they tell us.
pub const SKEW_MAX_MS: i64 = 60_000;

/// A date in a header has whole seconds, so on average it is half of one too early.
const HALF_SECOND_MS: i64 = 500;

/// What was noticed of a host.
#[derive(Clone, Copy, Default)]
struct Seen {
    answered: bool,
    /// Ours minus theirs, in milliseconds.
    skew: Option<i64>,
}

/// Sends, and notices.
pub struct Dated {
    inner: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    seen: Mutex<BTreeMap<String, Seen>>,
}

impl Dated {
    /// Around another transport.
    pub fn new(inner: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, seen: Mutex::default() }
    }

    /// Whether the host of this address answered anything at all.
    pub fn answered(&self, url: &str) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(host_of(url)).is_some_and(|seen| seen.answered)
    }

    /// This machine's clock against those of everybody who answered; `None` when nobody said the time.
    pub fn clock_check(&self) -> Option<Check> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let skews = seen.iter().filter_map(|(host, seen)| Some((host.as_str(), seen.skew?)));
        let (host, skew) = skews.max_by_key(|(_, skew)| skew.unsigned_abs())?;
        Some(judge(host, skew))
    }
}

fn judge(host: &str, skew: i64) -> Check {
    const NAME: &str = "clock";
    let seconds = skew.unsigned_abs().div_ceil(1000);
    if skew.abs() <= SKEW_MAX_MS {
        return Check::good(NAME, format!("within {seconds} s of what both systems say"));
    }
    let way = if skew > 0 { "ahead of" } else { "behind" };
    Check::fault(
        NAME,
        format!("this machine's clock is {seconds} s {way} that of {host}"),
        "set the clock and keep it right: timedatectl set-ntp true",
    )
}

/// Scheme and host name nothing secret; the path of an address may.
fn host_of(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

impl Transport for Dated {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let answer = self.inner.send(request);
        let now = self.clock.now().wall;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.entry(host_of(&request.url).to_owned()).or_default();
        if let Ok(answer) = &answer {
            seen.answered = true;
            seen.skew = answer.header("Date").and_then(http_date).map(|theirs| skew(now, theirs));
        }
        answer
    }
}

fn skew(ours: Timestamp, theirs: Timestamp) -> i64 {
    ours.0.saturating_sub(theirs.0).saturating_sub(HALF_SECOND_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_a_minute_off_is_a_fault_in_either_direction() {
        let theirs = Timestamp(1_795_425_000_000);
        let at = |ms: i64| skew(Timestamp(theirs.0 + ms), theirs);
        for (ms, ok) in [(0, true), (900, true), (60_000, true), (61_000, false), (-70_000, false)]
        {
            assert_eq!(judge("h", at(ms)).ok, ok, "{ms}");
        }
        assert!(judge("h", at(90_500)).text.contains("90 s ahead of that of h"));
        assert!(judge("h", at(-89_500)).text.contains("90 s behind that of h"));
    }
}
