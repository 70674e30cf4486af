//! Whether a system may be called now, one breaker for each system. Pure: time is an argument.
//!
//! ```text
//!            5 failures in a row, or 10 s of failing
//!      Up ------------------------------------------> Down (probes after 1, 2, 4, 8, then each 15 s)
//!      ^ \------------- credentials refused --------> Unauthorised (a probe each minute)
//!      |                                               |
//!      +-------- an answer, or `reset` ----------------+
//! ```
//!
//! It must not know what a failure is: the caller says. A system that answers at all, even with a
//! refusal of the order, is up. Being throttled is shown, but stops nothing here: the budget of the
//! method that was refused does that.

use crate::domain::time::{Delay, Moment, Now, Timestamp};

/// Failures in a row that make a system down.
const FAILURES_MAX: u32 = 5;

/// From the first failure in a row, so much time makes a system down however few they are.
const FAILING_MAX: Delay = Delay::secs(10);

/// Waits before the probes of a system that is down; the last one repeats.
const PROBE_WAITS: [Delay; 5] =
    [Delay::secs(1), Delay::secs(2), Delay::secs(4), Delay::secs(8), Delay::secs(15)];

/// Credentials do not mend themselves, but an account may be unlocked by its owner.
const UNAUTHORISED_WAIT: Delay = Delay::mins(1);

/// A probe whose caller has vanished without a report is given up after this.
pub const PROBE_LEASE: Delay = Delay::secs(45);

/// While a probe is out the others ask again after this: it may fail at any time, and the next one
/// then goes long before its lease would have ended.
const ASK_AGAIN: Delay = Delay::secs(1);

/// What is shown of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiState {
    /// It answers, or has not been asked yet.
    Up,
    /// It answers, and has told us to slow down.
    Throttled {
        /// When it may have got over it.
        until: Moment,
    },
    /// It does not answer.
    Down {
        /// Since the first failure.
        since: Moment,
        /// When it is tried again, if work waits then.
        next_probe: Moment,
    },
    /// It refuses our credentials.
    Unauthorised {
        /// Since the first refusal.
        since: Moment,
        /// When it is tried again, if work waits then.
        next_probe: Moment,
    },
    /// We have no credentials for it.
    Unconfigured,
}

/// Leave to make one call. Its outcome must be reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a pass whose outcome is never reported blocks the probes that follow for a while"]
pub struct Pass {
    /// Which probe it is; `None` for an ordinary call.
    probe: Option<u64>,
    /// The credentials it was given under.
    credentials: u64,
}

impl Pass {
    /// The system is thought not to answer: a short timeout is enough, and others wait for this.
    pub const fn is_probe(&self) -> bool {
        self.probe.is_some()
    }
}

/// How a call ended, as far as the system's health goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// It answered: with what was asked, or with a refusal of what was asked.
    Answered,
    /// It answered a sign-in. Nothing is learnt about whether it accepts what comes after.
    Reached,
    /// It answered that we call too often.
    Throttled {
        /// When it may be asked again.
        until: Moment,
    },
    /// It answered that it does not know us, and a renewed session did not help.
    Unauthorised,
    /// No connection, no answer, no sense in the answer, or a fault on its side.
    Failed,
}

/// What follows from a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "when a breaker closes, every job that waited on the system is due at once"]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// The system is back: whatever waited on it is due now.
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unconfigured,
    /// No failure since the last answer.
    Well,
    /// Failures in a row, but too few and too recent to be down.
    Failing {
        since: Moment,
        failures: u32,
    },
    Down {
        since: Moment,
        failures: u32,
        probes: usize,
        next: Probe,
    },
    Unauthorised {
        since: Moment,
        next: Probe,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    /// None is out; the next may go at this moment.
    Due(Moment),
    /// One is out, and believed in until this moment.
    Out { number: u64, lease_until: Moment },
}

impl Probe {
    /// When the next one may go, as far as is known.
    const fn moment(self) -> Moment {
        match self {
            Self::Due(at) => at,
            Self::Out { lease_until, .. } => lease_until,
        }
    }
}

/// The breaker of one system.
#[derive(Clone, Debug)]
pub struct Breaker {
    state: State,
    throttled_until: Option<Moment>,
    last_ok: Option<Timestamp>,
    probes_made: u64,
    credentials: u64,
}

impl Breaker {
    /// Up when there are credentials, else unconfigured.
    pub const fn new(configured: bool) -> Self {
        Self {
            state: if configured { State::Well } else { State::Unconfigured },
            throttled_until: None,
            last_ok: None,
            probes_made: 0,
            credentials: 0,
        }
    }

    /// What is shown at `now`.
    pub fn state(&self, now: Moment) -> ApiState {
        match aged(self.state, now) {
            State::Unconfigured => ApiState::Unconfigured,
            State::Well | State::Failing { .. } => match self.throttled_until {
                Some(until) if now < until => ApiState::Throttled { until },
                Some(_) | None => ApiState::Up,
            },
            State::Down { since, next, .. } => ApiState::Down { since, next_probe: next.moment() },
            State::Unauthorised { since, next } => {
                ApiState::Unauthorised { since, next_probe: next.moment() }
            }
        }
    }

    /// When it last answered, by the wall clock.
    pub const fn last_ok(&self) -> Option<Timestamp> {
        self.last_ok
    }

    /// Failures since it last answered.
    pub const fn failures_in_a_row(&self) -> u32 {
        match self.state {
            State::Failing { failures, .. } | State::Down { failures, .. } => failures,
            State::Unconfigured | State::Well | State::Unauthorised { .. } => 0,
        }
    }

    /// Whether a call could go now, without taking leave for it.
    ///
    /// # Errors
    /// As [`Self::allow`].
    pub fn peek(&self, now: Moment) -> Result<(), Moment> {
        match aged(self.state, now) {
            State::Unconfigured => Err(now.after(UNAUTHORISED_WAIT)),
            State::Well | State::Failing { .. } => Ok(()),
            // A lease that has lapsed and a moment that has come are the same: the next one may go.
            State::Down { next, .. } | State::Unauthorised { next, .. } => match next {
                Probe::Due(at) if now < at => Err(at),
                Probe::Out { lease_until, .. } if now < lease_until => {
                    Err(lease_until.min(now.after(ASK_AGAIN)))
                }
                Probe::Due(_) | Probe::Out { .. } => Ok(()),
            },
        }
    }

    /// Asks for leave to call. While the system is down or refuses us, only one probe at a time gets
    /// it.
    ///
    /// # Errors
    /// The moment to ask again. It may come sooner: see [`Effect::Closed`]. Without credentials, a
    /// minute on.
    pub fn allow(&mut self, now: Moment) -> Result<Pass, Moment> {
        self.peek(now)?;
        self.state = aged(self.state, now);
        let next = match &mut self.state {
            State::Unconfigured | State::Well | State::Failing { .. } => {
                return Ok(Pass { probe: None, credentials: self.credentials });
            }
            State::Down { next, .. } | State::Unauthorised { next, .. } => next,
        };
        self.probes_made += 1;
        *next = Probe::Out { number: self.probes_made, lease_until: now.after(PROBE_LEASE) };
        Ok(Pass { probe: Some(self.probes_made), credentials: self.credentials })
    }

    /// Tells how the call of a pass ended. Any answer closes the breaker, also that of a call which
    /// left before it opened.
    pub fn report(&mut self, pass: Pass, report: Report, now: Now) -> Effect {
        self.state = aged(self.state, now.mono);
        match report {
            Report::Answered => {
                self.last_ok = Some(now.wall);
                self.close()
            }
            Report::Reached => {
                self.last_ok = Some(now.wall);
                match &mut self.state {
                    // Whether sessions are accepted is learnt by the next call, which may go at once.
                    State::Unauthorised { next, .. } => {
                        *next = Probe::Due(now.mono);
                        Effect::Nothing
                    }
                    State::Unconfigured
                    | State::Well
                    | State::Failing { .. }
                    | State::Down { .. } => self.close(),
                }
            }
            Report::Throttled { until } => {
                self.last_ok = Some(now.wall);
                self.throttled_until = self.throttled_until.max(Some(until));
                self.close()
            }
            Report::Unauthorised => {
                // A refusal of credentials that have been replaced since says nothing.
                if pass.credentials == self.credentials {
                    self.state = refused(self.state, now.mono);
                }
                Effect::Nothing
            }
            Report::Failed => {
                self.state = failed(self.state, pass, now.mono);
                Effect::Nothing
            }
        }
    }

    /// There are credentials, perhaps new ones: whatever is known is forgotten.
    pub fn reset(&mut self) -> Effect {
        self.credentials += 1;
        self.throttled_until = None;
        self.open_to_all()
    }

    /// There are no credentials any more.
    pub fn unconfigure(&mut self) {
        self.credentials += 1;
        self.state = State::Unconfigured;
    }

    fn close(&mut self) -> Effect {
        match self.state {
            // The answer to a call made with credentials that have been taken away.
            State::Unconfigured => Effect::Nothing,
            State::Well
            | State::Failing { .. }
            | State::Down { .. }
            | State::Unauthorised { .. } => self.open_to_all(),
        }
    }

    fn open_to_all(&mut self) -> Effect {
        let before = std::mem::replace(&mut self.state, State::Well);
        match before {
            State::Well | State::Failing { .. } => Effect::Nothing,
            State::Unconfigured | State::Down { .. } | State::Unauthorised { .. } => Effect::Closed,
        }
    }
}

/// The state as time alone makes it.
fn aged(state: State, now: Moment) -> State {
    match state {
        State::Failing { since, failures } if now.since(since) >= FAILING_MAX => {
            down(since, failures, since.after(FAILING_MAX))
        }
        State::Failing { .. }
        | State::Unconfigured
        | State::Well
        | State::Down { .. }
        | State::Unauthorised { .. } => state,
    }
}

fn down(since: Moment, failures: u32, opened: Moment) -> State {
    State::Down { since, failures, probes: 0, next: Probe::Due(opened.after(PROBE_WAITS[0])) }
}

/// The state after a failure; already aged.
fn failed(state: State, pass: Pass, now: Moment) -> State {
    match state {
        State::Unconfigured => State::Unconfigured,
        State::Well => State::Failing { since: now, failures: 1 },
        State::Failing { since, failures } if failures + 1 >= FAILURES_MAX => {
            down(since, failures + 1, now)
        }
        State::Failing { since, failures } => State::Failing { since, failures: failures + 1 },
        State::Down { since, failures, probes, next } => {
            let failures = failures.saturating_add(1);
            if is_out(next, pass) {
                let probes = (probes + 1).min(PROBE_WAITS.len() - 1);
                let next = Probe::Due(now.after(PROBE_WAITS[probes]));
                State::Down { since, failures, probes, next }
            } else {
                State::Down { since, failures, probes, next }
            }
        }
        // Without a connection nothing is learnt about the credentials.
        State::Unauthorised { since, next } if is_out(next, pass) => {
            State::Unauthorised { since, next: Probe::Due(now.after(UNAUTHORISED_WAIT)) }
        }
        State::Unauthorised { .. } => state,
    }
}

/// The state after a refusal of the credentials now in use.
fn refused(state: State, now: Moment) -> State {
    let next = Probe::Due(now.after(UNAUTHORISED_WAIT));
    match state {
        State::Unconfigured => State::Unconfigured,
        State::Well | State::Failing { .. } | State::Down { .. } => {
            State::Unauthorised { since: now, next }
        }
        State::Unauthorised { since, .. } => State::Unauthorised { since, next },
    }
}

fn is_out(next: Probe, pass: Pass) -> bool {
    match next {
        Probe::Out { number, .. } => pass.probe == Some(number),
        Probe::Due(_) => false,
    }
}

#[cfg(test)]
mod tests;
