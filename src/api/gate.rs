//! The seam to budgets and breakers: each client asks before every request and reports after it.
//! It does not know what the requests are about, and it never waits.

use super::flight::Ticket;
use crate::domain::time::{Delay, Moment, Now, Timestamp};
use crate::http::breaker::{ApiState, Breaker, Effect, Pass, Report};
use crate::http::budget::{Bucket, Limiter, NotBefore};

/// Wait of a method after a 429 without `Retry-After`: Linnworks counts by the minute.
const THROTTLED_WAIT: Delay = Delay::secs(60);

/// What a budget is kept for: a method of Linnworks, or Stream as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MethodKey(pub &'static str);

/// What a request was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// The credentials: a sign-in. That it succeeds does not show that sessions are accepted.
    Credentials,
    /// The session that this sign-in opened.
    Session(Ticket),
}

/// How a request ended, as far as budgets and breakers care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The system answered, yes or no.
    Answered,
    /// It asked us to wait.
    Throttled {
        /// From `Retry-After`.
        retry_after: Option<Delay>,
    },
    /// It does not accept our credentials or our session.
    Unauthorised,
    /// Not reached, or no clear answer.
    Failed,
}

/// The budget of one system.
#[derive(Debug)]
pub enum Budget {
    /// Limits published per method and minute.
    PerMethod(Limiter),
    /// No published limit: a rate of our own for all calls together.
    Bucket(Bucket),
}

impl Budget {
    fn take(&mut self, key: MethodKey, per_minute: u32, now: Moment) -> Result<(), NotBefore> {
        match self {
            Self::PerMethod(limiter) => limiter.take(key.0, per_minute, now),
            Self::Bucket(bucket) => bucket.take(now),
        }
    }

    fn penalise(&mut self, key: MethodKey, until: Moment) {
        match self {
            Self::PerMethod(limiter) => limiter.penalise(key.0, until),
            Self::Bucket(bucket) => bucket.penalise(until),
        }
    }
}

/// What is shown of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it can be called.
    pub state: ApiState,
    /// When it last answered.
    pub last_ok: Option<Timestamp>,
    /// Whether it answered when it was asked last; `false` before it was asked.
    pub answered_last: bool,
    /// Calls in the last 60 s.
    pub calls_last_minute: usize,
    /// The part of its budget that is used most: what, calls in the last 60 s, of so many.
    pub busiest: Option<(&'static str, usize, u32)>,
}

/// Admits requests to one system.
#[derive(Debug)]
pub struct Gate {
    budget: Budget,
    breaker: Breaker,
    /// The session refused last, until a request is answered. One refused session may only have
    /// ended early, for all who used it at that moment; when its successor is refused as well, it is
    /// we who are refused.
    refused: Option<Ticket>,
    recovered: bool,
    good_answers: u64,
}

impl Gate {
    /// Up when there are credentials.
    pub fn new(budget: Budget, configured: bool) -> Self {
        Self {
            budget,
            breaker: Breaker::new(configured),
            refused: None,
            recovered: false,
            good_answers: 0,
        }
    }

    /// Other credentials hold from now on, or none: what was known of the system is forgotten, and
    /// what waited for it is due. What it has been asked so far still counts against its budget.
    pub fn reset(&mut self, configured: bool) {
        self.refused = None;
        if !configured {
            self.breaker.unconfigure();
        } else if self.breaker.reset() == Effect::Closed {
            self.recovered = true;
        }
    }

    /// Other rates hold from now on.
    pub fn change_budget(&mut self, change: impl FnOnce(&mut Budget)) {
        change(&mut self.budget);
    }

    /// Asks for one request of a method now; `per_minute` is its published limit.
    ///
    /// # Errors
    /// The earliest moment at which to ask again.
    pub fn admit(&mut self, key: MethodKey, per_minute: u32, now: Moment) -> Result<Pass, Moment> {
        // Looked at first: neither a token nor the one probe is taken for a call that cannot go.
        self.open(now)?;
        self.budget.take(key, per_minute, now).map_err(|NotBefore(moment)| moment)?;
        self.breaker.allow(now)
    }

    /// Whether any call could go now, without taking anything.
    ///
    /// # Errors
    /// The earliest moment at which to ask again.
    pub fn turn(&self, now: Moment) -> Result<(), Moment> {
        self.open(now)?;
        match &self.budget {
            Budget::PerMethod(_) => Ok(()),
            Budget::Bucket(bucket) => bucket.peek(now).map_err(|NotBefore(moment)| moment),
        }
    }

    fn open(&self, now: Moment) -> Result<(), Moment> {
        self.breaker.peek(now)
    }

    /// Says how a request that was admitted ended.
    pub fn report(&mut self, pass: Pass, key: MethodKey, now: Now, with: With, outcome: Outcome) {
        let report = match outcome {
            Outcome::Answered if with == With::Credentials => Report::Reached,
            Outcome::Answered => {
                self.refused = None;
                self.good_answers += 1;
                Report::Answered
            }
            Outcome::Throttled { retry_after } => {
                let until = now.mono.after(retry_after.unwrap_or(THROTTLED_WAIT));
                self.budget.penalise(key, until);
                Report::Throttled { until }
            }
            Outcome::Unauthorised => match with {
                With::Session(ticket) if !pass.is_probe() && self.first_refused(ticket) => return,
                With::Session(_) | With::Credentials => Report::Unauthorised,
            },
            Outcome::Failed => Report::Failed,
        };
        if self.breaker.report(pass, report, now) == Effect::Closed {
            self.recovered = true;
        }
    }

    /// Whether this is the first session refused since a request was answered.
    fn first_refused(&mut self, ticket: Ticket) -> bool {
        *self.refused.get_or_insert(ticket) == ticket
    }

    /// Whether the system came back since this was asked last.
    pub fn take_recovered(&mut self) -> bool {
        std::mem::take(&mut self.recovered)
    }

    /// What waited for its return could not be freed: it is said once more.
    pub fn put_recovered(&mut self) {
        self.recovered = true;
    }

    /// Requests that were answered, so far: whether it works for others.
    pub const fn good_answers(&self) -> u64 {
        self.good_answers
    }

    fn answered_last(&self, now: Moment) -> bool {
        let answers = match self.breaker.state(now) {
            ApiState::Up | ApiState::Throttled { .. } => true,
            ApiState::Down { .. } | ApiState::Unauthorised { .. } | ApiState::Unconfigured => false,
        };
        answers && self.breaker.last_ok().is_some() && self.breaker.failures_in_a_row() == 0
    }

    /// Budgets that were used: of what, calls that could be made at once, the most that could be.
    pub fn budgets(&self, now: Moment) -> Vec<(&'static str, u32, u32)> {
        match &self.budget {
            Budget::PerMethod(limiter) => limiter.left(now),
            Budget::Bucket(bucket) => vec![("requests", bucket.left(now), bucket.burst())],
        }
    }

    /// What is shown of it.
    pub fn health(&self, now: Moment) -> Health {
        let calls_last_minute = match &self.budget {
            Budget::PerMethod(limiter) => limiter.calls_in_last_minute(now),
            Budget::Bucket(bucket) => bucket.calls_in_last_minute(now),
        };
        let busiest = match &self.budget {
            Budget::PerMethod(limiter) => limiter.busiest(now),
            Budget::Bucket(bucket) => Some(("requests", calls_last_minute, bucket.per_minute())),
        };
        Health {
            state: self.breaker.state(now),
            last_ok: self.breaker.last_ok(),
            answered_last: self.answered_last(now),
            calls_last_minute,
            busiest,
        }
    }
}
