//! The one sentence behind `why`: where an order is, why, and what to do next. Pure: everything it
//! says follows from the record of the order, its jobs and the state of both systems.
//!
//! Every next step is one that works when it is followed; where the program goes on by itself, it says
//! until when at the latest.
//!
//! - `rest`: orders that are not on their way
//! - `work`: orders that wait, go out or are in doubt
//! - `after`: orders that Stream has, and those that are over

mod after;
mod rest;
#[cfg(test)]
mod tests;
mod work;

use super::ids::JobId;
use super::job::{Job, JobKind, JobState, JobWord};
use super::order::{Order, OrderState};
use super::rules::Mode;
use super::time::{Delay, Moment, Now, Timestamp, Zone};

pub use rest::{held, to_be_found};

/// What was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Where the order is and why, in one sentence.
    pub text: String,
    /// What to do next, or that nothing is to be done.
    pub next: String,
}

impl Answer {
    pub(super) fn new(text: impl Into<String>, next: impl Into<String>) -> Self {
        Self { text: text.into(), next: next.into() }
    }
}

/// Whether a system can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It answers, or has not been asked yet.
    Up,
    /// It answers, and has told us to slow down.
    Throttled {
        /// Until when.
        until: Timestamp,
    },
    /// It does not answer.
    Down {
        /// Since when.
        since: Timestamp,
        /// When it is tried again.
        again: Timestamp,
    },
    /// It refuses our credentials.
    Unauthorised {
        /// Since when.
        since: Timestamp,
    },
    /// We have no credentials for it.
    Unconfigured,
}

impl Reach {
    /// As in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Throttled { .. } => "throttled",
            Self::Down { .. } => "down",
            Self::Unauthorised { .. } => "unauthorised",
            Self::Unconfigured => "unconfigured",
        }
    }
}

/// What is going on beside the order itself.
#[derive(Clone, Debug)]
pub struct Site {
    /// Now.
    pub now: Now,
    /// For times shown to people.
    pub zone: Zone,
    /// `sync.orders`.
    pub mode: Mode,
    /// `sync.dispatch`.
    pub dispatch: bool,
    /// `identifiers.sequence`.
    pub sequence: bool,
    /// How often Linnworks is polled.
    pub poll_interval: Delay,
    /// When the next poll begins, when that is known.
    pub next_poll: Option<Timestamp>,
    /// Who paused sending, and since when.
    pub paused: Option<(String, Timestamp)>,
    /// Linnworks.
    pub linnworks: Reach,
    /// Stream.
    pub stream: Reach,
    /// Creates that are due before this order's.
    pub ahead: usize,
    /// Creates a minute at the configured pace.
    pub pace: u32,
}

impl Site {
    /// A time for people.
    pub(super) fn at(&self, at: Timestamp) -> String {
        self.zone.show(at)
    }

    /// When a moment of the running clock is, for people.
    pub(super) fn moment(&self, moment: Moment) -> String {
        self.at(self.now.wall_of(moment))
    }

    /// By when a change in Linnworks is seen.
    pub(super) fn poll(&self) -> String {
        match self.next_poll {
            Some(at) if at > self.now.wall => format!("the next poll, at {}", self.at(at)),
            Some(_) | None => format!("the next poll, within {}", duration(self.poll_interval)),
        }
    }
}

/// A length of time as read in a sentence, rounded up.
pub(super) fn duration(delay: Delay) -> String {
    let seconds = delay.0.div_ceil(1000);
    let (count, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7_199 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3_600), "hour"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// Explains an order of our records.
pub fn explain(order: &Order, jobs: &[Job], site: &Site) -> Answer {
    let create = live(jobs, JobKind::Create);
    match &order.state {
        OrderState::Held(reason) => rest::held(order.number, reason, site),
        OrderState::Refused(refusal) => rest::refused(order, refusal, site),
        OrderState::Waiting => work::waiting(order, create, site),
        OrderState::Sending => work::sending(order, create, site),
        OrderState::Unsure => work::unsure(order, create, site),
        OrderState::Sent | OrderState::Planned | OrderState::Dispatched | OrderState::Delivered => {
            after::sent(order, jobs, site)
        }
        OrderState::Processed => after::processed(order),
        OrderState::Cancelled(by) => after::cancelled(order, *by, site),
        OrderState::Attention(cause, reason) => after::attention(order, *cause, reason, jobs),
    }
}

/// The job of a kind that is not done.
fn live(jobs: &[Job], kind: JobKind) -> Option<&Job> {
    jobs.iter().rev().find(|job| job.task.kind() == kind && job.state.word() != JobWord::Done)
}

/// Why a job does not go on by itself.
fn parked(job: &Job) -> Option<(JobId, &str)> {
    match &job.state {
        JobState::Parked { reason, .. } => Some((job.id, reason)),
        JobState::Waiting { .. }
        | JobState::Reserved { .. }
        | JobState::Sending { .. }
        | JobState::Unsure { .. }
        | JobState::Done { .. } => None,
    }
}

/// A system that cannot be called: its part of the sentence, and what to do.
fn out_of_reach(name: &str, reach: Reach, site: &Site) -> Option<Answer> {
    match reach {
        Reach::Up => None,
        Reach::Throttled { until } => Some(Answer::new(
            format!("{name} asked for fewer calls until {}", site.at(until)),
            "Nothing: it goes on by itself after that",
        )),
        Reach::Down { since, again } => Some(Answer::new(
            format!("{name} does not answer since {}", site.at(since)),
            format!(
                "Nothing here: {name} is tried again by itself, next at {}. If it lasts, see whether this \
                 server reaches the internet and ask {name}",
                site.at(again)
            ),
        )),
        Reach::Unauthorised { since } => Some(Answer::new(
            format!("{name} refuses our credentials since {}", site.at(since)),
            format!(
                "Put the right credentials of {name} where the configuration names them and reload linnstream \
                 (systemctl reload linnstream); nothing is lost meanwhile"
            ),
        )),
        Reach::Unconfigured => Some(Answer::new(
            format!("there are no credentials for {name} yet"),
            format!(
                "Name the credentials of {name} in the configuration and reload linnstream (systemctl reload \
                 linnstream)"
            ),
        )),
    }
}
