//! What no document says of Stream, found out by experiment in a demo account: each answer says what it means
//! here and for which setting. Requests are made by hand and answers read as they come, because what is asked
//! is how the other side behaves when it is not used as our client uses it.
//!
//! Whatever is made is taken back, and what could not be taken back is named. Its orders have numbers that begin
//! with [`PREFIX`]: those of Linnworks are digits alone, so none can ever be one of them, and a daemon in the
//! same account takes no notice.
//!
//! - `caller`: one request, one answer, as it is
//! - `access`: signing in, nonces, the shapes of refusals
//! - `orders`: numbers that are used twice, deletions, what comes back
//! - `hooks`: subscriptions

mod access;
mod caller;
mod hooks;
mod orders;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use caller::Caller;

use super::parts;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::domain::options::MethodField;
use crate::domain::time::{Delay, Moment};
use crate::logging::Redactor;

/// How the numbers of its orders begin.
pub const PREFIX: &str = "LSMEASURE";

/// Where it may be done beside loopback: the documented demo system.
pub const DEMO_HOST: &str = "www.demo.go2stream.net";

/// One question with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Short and stable, for scripts.
    pub name: &'static str,
    /// What was asked.
    pub question: &'static str,
    /// What was seen.
    pub answer: String,
    /// What that means here.
    pub means: String,
    /// The setting that it is about.
    pub setting: Option<&'static str>,
}

/// A question that cannot be answered from here, and what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmeasured {
    /// What is asked.
    pub question: &'static str,
    /// What it would take.
    pub needs: &'static str,
}

/// All answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Of which system.
    pub base_url: String,
    /// In the order in which they were found.
    pub measured: Vec<Measured>,
    /// What could not be taken back: orders and subscriptions to be deleted by hand.
    pub left_behind: Vec<String>,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// It might be somebody's real account.
    #[error(
        "stream.base_url is {0}: this makes and deletes orders, so it is done in the demo system alone \
         (https://www.demo.go2stream.net) or on this machine"
    )]
    NotDemo(String),
    /// There is nothing to sign in with.
    #[error("stream.client_id and stream.client_secret_file are needed: those of the demo account")]
    Unconfigured,
    /// The transport.
    #[error(transparent)]
    Run(#[from] super::RunError),
    /// It ended at its first step.
    #[error("Stream did not let us in: {0}")]
    SignIn(String),
}

/// Whether it may be done with this configuration.
///
/// # Errors
/// Why not.
pub fn may(config: &Config) -> Result<(), MeasureError> {
    let base = &config.stream.base_url;
    let host = base.as_str().strip_prefix("https://").unwrap_or_default();
    let host = host.split(['/', ':']).next().unwrap_or_default();
    if !base.is_loopback() && !host.eq_ignore_ascii_case(DEMO_HOST) {
        return Err(MeasureError::NotDemo(base.as_str().to_owned()));
    }
    if !config.stream.is_complete() {
        return Err(MeasureError::Unconfigured);
    }
    Ok(())
}

/// What is asked in passing from one question to the next.
struct Bench<'a> {
    caller: Caller,
    config: &'a Config,
    tell: &'a mut dyn FnMut(&Measured),
    measured: Vec<Measured>,
    /// Orders that may be there.
    orders: BTreeSet<String>,
    /// Subscriptions that may stand.
    hooks: BTreeSet<String>,
}

impl Bench<'_> {
    fn tell(
        &mut self,
        name: &'static str,
        question: &'static str,
        answer: String,
        means: impl Into<String>,
    ) {
        self.tell_of(None, name, question, answer, means);
    }

    fn tell_of(
        &mut self,
        setting: Option<&'static str>,
        name: &'static str,
        question: &'static str,
        answer: String,
        means: impl Into<String>,
    ) {
        let answer = self.caller.cleaned(&answer);
        let one = Measured { name, question, answer, means: means.into(), setting };
        (self.tell)(&one);
        self.measured.push(one);
    }
}

/// Finds out; `tell` hears each answer as it comes.
///
/// # Errors
/// [`MeasureError`], before anything was made.
pub fn measure(config: &Config, tell: &mut dyn FnMut(&Measured)) -> Result<Report, MeasureError> {
    may(config)?;
    let redactor = Arc::new(Redactor::default());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::continuing(Moment(0)));
    let now = clock.now();
    let settings = parts::stream(config, &redactor, now.mono);
    let transport = parts::transport(config)?;
    // The configured pace, and never slower than one request in two seconds: it is a conversation.
    let pause = (1000.0 / config.stream.requests_per_second).min(2000.0);
    let pause = Duration::from_millis(pause as u64);
    let caller = Caller::new(transport, clock, redactor, settings, pause);
    let mut bench = Bench {
        caller,
        config,
        tell,
        measured: Vec::new(),
        orders: BTreeSet::new(),
        hooks: BTreeSet::new(),
    };
    access::sign_in(&mut bench)?;
    access::nonces(&mut bench);
    access::shapes(&mut bench);
    orders::all(&mut bench, &numbers(now.wall.0));
    hooks::all(&mut bench);
    access::in_passing(&mut bench);
    let mut left_behind = orders::tidy(&mut bench);
    left_behind.extend(hooks::tidy(&mut bench));
    Ok(Report {
        base_url: config.stream.base_url.as_str().to_owned(),
        measured: bench.measured,
        left_behind,
    })
}

/// Three order numbers nobody has used before, of at most 17 letters.
fn numbers(now_ms: i64) -> [String; 3] {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut rest = now_ms.unsigned_abs() / 1000;
    let mut digits = Vec::new();
    for _ in 0..7 {
        digits.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    let moment: String = digits.iter().rev().collect();
    ["A", "B", "C"].map(|letter| format!("{PREFIX}{moment}{letter}"))
}

/// The last look after an unknown outcome.
fn last_look(config: &Config) -> Delay {
    config.stream.settle.last().copied().unwrap_or(Delay::ZERO)
}

/// How a delivery method is sent.
fn method_member(config: &Config) -> &'static str {
    match config.stream.method_field {
        MethodField::Name => "name",
        MethodField::Id => "id",
    }
}

/// What cannot be found out from here.
pub const UNMEASURED: [Unmeasured; 8] = [
    Unmeasured {
        question: "Does a second create of a confirmed, planned or delivered order add lines, too?",
        needs: "a planner who confirms, plans and delivers an order in the demo system",
    },
    Unmeasured {
        question: "Is the deletion of an order on a locked run refused?",
        needs: "a planner who puts it on a run and locks that",
    },
    Unmeasured {
        question: "Does Stream send a notification again that was not answered with 200, and when?",
        needs: "a public https address that answers 500 for a while: see listener.public_url",
    },
    Unmeasured {
        question: "Does the auth header of a subscription come back with each notification?",
        needs: "a public https address; then see: linnstream webhooks",
    },
    Unmeasured {
        question: "Is there a notification when an order is taken off a run, and one for each group?",
        needs: "a planner and a public https address; the sweep finds it without one",
    },
    Unmeasured {
        question: "How many requests a second are too many for Stream?",
        needs: "an agreement with Stream: it is not found out by trying",
    },
    Unmeasured {
        question: "Does Linnworks call GenerateLabel again by itself, and how many at once?",
        needs: "a packer who prints in a test account, with this integration registered there",
    },
    Unmeasured {
        question: "Does SetExtendedProperties of Linnworks delete the others?",
        needs: "nothing: linnstream does not call it",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn config(base: &str, more: &str) -> Config {
        let text = format!("store.path = \"x.redb\"\n[stream]\nbase_url = {base:?}\n{more}");
        Config::parse(&text, &Environment::default()).expect("good")
    }

    #[test]
    fn only_the_demo_system_and_this_machine_are_measured() {
        for other in [
            "https://www.go2stream.net",
            "https://www.demo.go2stream.net.evil.example",
            "https://demo.go2stream.net",
        ] {
            let refused = may(&config(other, ""));
            assert!(matches!(refused, Err(MeasureError::NotDemo(_))), "{other}");
        }
        for good in [
            "https://www.demo.go2stream.net",
            "https://WWW.demo.go2stream.net:443",
            "http://127.0.0.1:9",
        ] {
            let refused = may(&config(good, ""));
            assert!(matches!(refused, Err(MeasureError::Unconfigured)), "{good}: {refused:?}");
        }
    }

    #[test]
    fn its_numbers_fit_and_can_be_none_of_linnworks() {
        let [a, b, c] = numbers(1_795_413_600_000);
        for number in [&a, &b, &c] {
            assert!(number.len() <= 17 && number.starts_with(PREFIX), "{number}");
            assert!(number.parse::<u64>().is_err());
        }
        assert!(a != b && b != c && numbers(1_795_413_601_000)[0] != a);
    }
}
