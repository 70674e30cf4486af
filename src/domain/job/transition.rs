//! What happens to a job, and the one place where it turns a state into the next.
//!
//! Every pair of state and event is spelled out: a new state or event does not compile until each
//! of its pairs is decided.

use super::{Doubt, End, JobState};
use crate::domain::answer::Reason;
use crate::domain::time::{Delay, Moment, Now};

/// What a look for an unsure job found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It is there and it is what was meant.
    Same,
    /// It is there and it is not what was meant, in words.
    Different(String),
    /// It is clearly not there.
    Absent,
    /// Not known: look again after the delay.
    Unclear(Delay),
    /// Stream has or had the order under a later number, in words: this one is over.
    Elsewhere(String),
}

/// What happens to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEvent {
    /// A worker takes it.
    Reserved {
        /// Lease.
        until: Moment,
    },
    /// The intent: written before the call leaves.
    Started {
        /// Counts from 1.
        attempt: u32,
        /// Lease; longer than the call's time-out.
        lease_until: Moment,
    },
    /// Nothing was changed; try again from `due`.
    NotNow {
        /// Not before.
        due: Moment,
    },
    /// It is done.
    Completed,
    /// The other side said no.
    Refused(Vec<Reason>),
    /// No clear answer.
    Lost,
    /// A look was made.
    Looked(Sight),
    /// Its holder is gone: the lease lapsed or the program was started again.
    Lapsed,
    /// Not needed any more.
    Withdrawn(String),
    /// A person must decide.
    Parked(String),
    /// What stood in the way of a parked job may be gone. Only for work that reads before it writes.
    Retried,
    /// What was parked is looked for anew, from the beginning: a create that may have happened.
    Doubted {
        /// Attempts made so far.
        attempt: u32,
        /// Why: an attempt without an answer, or something that was there and was not ours.
        doubt: Doubt,
    },
}

/// A pair of state and event that must not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {state:?} cannot take {event:?}")]
pub struct Forbidden {
    /// The state it was in.
    pub state: JobState,
    /// The event refused.
    pub event: JobEvent,
}

/// When looks are made after an unknown outcome, counted from it; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settle(Vec<Delay>);

impl Settle {
    /// In rising order. An empty list is replaced by one look after two minutes.
    pub fn new(mut looks: Vec<Delay>) -> Self {
        looks.sort();
        if looks.is_empty() {
            looks.push(Delay::mins(2));
        }
        Self(looks)
    }

    /// How long after a call what Stream does not show may still come to be seen.
    pub fn longest(&self) -> Delay {
        self.0.last().copied().unwrap_or(Delay::mins(2))
    }

    /// The first look after `now`, counted from `since`; `None`: all their times are over.
    pub fn next_after(&self, since: Moment, now: Moment) -> Option<Moment> {
        self.0.iter().map(|delay| since.after(*delay)).find(|look| *look > now)
    }

    fn at(&self, since: Moment, look: u32) -> Option<Moment> {
        self.0.get(look as usize).map(|delay| since.after(*delay))
    }

    fn last(&self, since: Moment) -> Moment {
        self.0.last().map_or(since, |delay| since.after(*delay))
    }

    fn first(&self, since: Moment) -> Moment {
        self.at(since, 0).unwrap_or(since)
    }
}

impl Default for Settle {
    fn default() -> Self {
        Self(vec![Delay::secs(5), Delay::secs(30), Delay::secs(120)])
    }
}

/// The one place where an event turns a state into the next.
///
/// # Errors
/// [`Forbidden`] for every pair that must not happen; the job stays as it is.
pub fn next(
    state: &JobState,
    event: &JobEvent,
    now: Now,
    settle: &Settle,
) -> Result<JobState, Forbidden> {
    let after = match state {
        JobState::Waiting { resend, .. } => from_waiting(*resend, event, now),
        JobState::Reserved { resend, .. } => from_reserved(*resend, event, now),
        JobState::Sending { attempt, resend, .. } => {
            from_sending(*attempt, *resend, event, now, settle)
        }
        JobState::Unsure { attempt, since, doubt, looks, .. } => {
            let unsure = Unsure { attempt: *attempt, since: *since, doubt, looks: *looks };
            from_unsure(unsure, event, now, settle)
        }
        JobState::Parked { .. } => from_parked(event, now),
        JobState::Done { .. } => None,
    };
    after.ok_or_else(|| Forbidden { state: state.clone(), event: event.clone() })
}

fn parked(reason: &str, now: Now) -> JobState {
    JobState::Parked { at: now.wall, reason: reason.to_owned() }
}

fn done(end: End, now: Now) -> JobState {
    JobState::Done { at: now.wall, end }
}

fn from_parked(event: &JobEvent, now: Now) -> Option<JobState> {
    match event {
        JobEvent::Retried => Some(JobState::Waiting { due: now.mono, resend: false }),
        JobEvent::Doubted { attempt, doubt } => Some(JobState::Unsure {
            attempt: *attempt,
            since: now.mono,
            doubt: doubt.clone(),
            looks: 0,
            due: now.mono,
        }),
        JobEvent::Withdrawn(why) => Some(done(End::Withdrawn(why.clone()), now)),
        JobEvent::Reserved { .. }
        | JobEvent::Started { .. }
        | JobEvent::NotNow { .. }
        | JobEvent::Completed
        | JobEvent::Refused(_)
        | JobEvent::Lost
        | JobEvent::Looked(_)
        | JobEvent::Lapsed
        | JobEvent::Parked(_) => None,
    }
}

fn from_waiting(resend: bool, event: &JobEvent, now: Now) -> Option<JobState> {
    match event {
        JobEvent::Reserved { until } => Some(JobState::Reserved { until: *until, resend }),
        JobEvent::NotNow { due } => Some(JobState::Waiting { due: *due, resend }),
        JobEvent::Withdrawn(why) => Some(done(End::Withdrawn(why.clone()), now)),
        JobEvent::Parked(reason) => Some(parked(reason, now)),
        JobEvent::Started { .. }
        | JobEvent::Completed
        | JobEvent::Refused(_)
        | JobEvent::Lost
        | JobEvent::Looked(_)
        | JobEvent::Lapsed
        | JobEvent::Retried
        | JobEvent::Doubted { .. } => None,
    }
}

fn from_reserved(resend: bool, event: &JobEvent, now: Now) -> Option<JobState> {
    match event {
        JobEvent::Started { attempt, lease_until } => {
            Some(JobState::Sending { attempt: *attempt, lease_until: *lease_until, resend })
        }
        JobEvent::NotNow { due } => Some(JobState::Waiting { due: *due, resend }),
        JobEvent::Lapsed => Some(JobState::Waiting { due: now.mono, resend }),
        // Only work that may be repeated is completed without a durable start.
        JobEvent::Completed => Some(done(End::Completed, now)),
        JobEvent::Withdrawn(why) => Some(done(End::Withdrawn(why.clone()), now)),
        JobEvent::Parked(reason) => Some(parked(reason, now)),
        JobEvent::Reserved { .. }
        | JobEvent::Refused(_)
        | JobEvent::Lost
        | JobEvent::Looked(_)
        | JobEvent::Retried
        | JobEvent::Doubted { .. } => None,
    }
}

fn from_sending(
    attempt: u32,
    resend: bool,
    event: &JobEvent,
    now: Now,
    settle: &Settle,
) -> Option<JobState> {
    let look_now =
        |doubt| JobState::Unsure { attempt, since: now.mono, doubt, looks: 0, due: now.mono };
    match event {
        JobEvent::Completed if resend => Some(look_now(Doubt::Resent)),
        JobEvent::Completed => Some(done(End::Completed, now)),
        JobEvent::Refused(reasons) => Some(look_now(Doubt::Refused(reasons.clone()))),
        JobEvent::NotNow { due } => Some(JobState::Waiting { due: *due, resend }),
        JobEvent::Lost | JobEvent::Lapsed => Some(lost(attempt, now, settle)),
        JobEvent::Parked(reason) => Some(parked(reason, now)),
        JobEvent::Reserved { .. }
        | JobEvent::Started { .. }
        | JobEvent::Looked(_)
        | JobEvent::Withdrawn(_)
        | JobEvent::Retried
        | JobEvent::Doubted { .. } => None,
    }
}

/// An unsure job without its due time, which every event replaces.
#[derive(Clone, Copy)]
struct Unsure<'a> {
    attempt: u32,
    since: Moment,
    doubt: &'a Doubt,
    looks: u32,
}

impl Unsure<'_> {
    fn due(self, due: Moment) -> JobState {
        let Self { attempt, since, doubt, looks } = self;
        JobState::Unsure { attempt, since, doubt: doubt.clone(), looks, due }
    }
}

fn from_unsure(
    unsure: Unsure<'_>,
    event: &JobEvent,
    now: Now,
    settle: &Settle,
) -> Option<JobState> {
    match event {
        JobEvent::Looked(sight) => Some(looked(unsure, sight, now, settle)),
        JobEvent::Lapsed => Some(match unsure.doubt {
            Doubt::Lost | Doubt::Resent => lost(unsure.attempt, now, settle),
            Doubt::Refused(_)
            | Doubt::Unrecorded
            | Doubt::Inherited
            | Doubt::Seen
            | Doubt::Quarantined => Unsure { since: now.mono, looks: 0, ..unsure }.due(now.mono),
        }),
        // A look is taken by putting the next one off; nothing else is known yet.
        JobEvent::NotNow { due } => Some(unsure.due(*due)),
        JobEvent::Parked(reason) => Some(parked(reason, now)),
        JobEvent::Reserved { .. }
        | JobEvent::Started { .. }
        | JobEvent::Completed
        | JobEvent::Refused(_)
        | JobEvent::Lost
        | JobEvent::Withdrawn(_)
        | JobEvent::Retried
        | JobEvent::Doubted { .. } => None,
    }
}

fn lost(attempt: u32, now: Now, settle: &Settle) -> JobState {
    JobState::Unsure {
        attempt,
        since: now.mono,
        doubt: Doubt::Lost,
        looks: 0,
        due: settle.first(now.mono),
    }
}

/// What a look means depends on why we looked.
fn looked(unsure: Unsure<'_>, sight: &Sight, now: Now, settle: &Settle) -> JobState {
    match (sight, unsure.doubt) {
        (
            Sight::Same,
            Doubt::Lost
            | Doubt::Resent
            | Doubt::Refused(_)
            | Doubt::Unrecorded
            | Doubt::Inherited
            | Doubt::Seen
            | Doubt::Quarantined,
        ) => done(End::Completed, now),
        (
            Sight::Different(what),
            Doubt::Lost
            | Doubt::Resent
            | Doubt::Refused(_)
            | Doubt::Unrecorded
            | Doubt::Inherited
            | Doubt::Seen
            | Doubt::Quarantined,
        ) => parked(what, now),
        (
            Sight::Unclear(delay),
            Doubt::Lost
            | Doubt::Resent
            | Doubt::Refused(_)
            | Doubt::Unrecorded
            | Doubt::Inherited
            | Doubt::Seen
            | Doubt::Quarantined,
        ) => unsure.due(now.mono.after(*delay)),
        (Sight::Absent, Doubt::Lost) => match settle.at(unsure.since, unsure.looks + 1) {
            Some(due) => Unsure { looks: unsure.looks + 1, ..unsure }.due(due),
            // With a list that was made shorter meanwhile, a look may be the last by its number and
            // still come too early.
            None if now.mono < settle.last(unsure.since) => unsure.due(settle.last(unsure.since)),
            None => JobState::Waiting { due: now.mono, resend: true },
        },
        // Accepted and then not there: reads may lag behind writes, so it settles from the start.
        (Sight::Absent, Doubt::Resent) => lost(unsure.attempt, now, settle),
        (Sight::Absent, Doubt::Refused(_)) => done(End::Refused, now),
        (Sight::Absent, Doubt::Seen) => {
            done(End::Withdrawn("what Stream had under this number is gone".into()), now)
        }
        // What is sent is built from the order as it is then, by a job of its own.
        (Sight::Absent, Doubt::Quarantined) => {
            done(End::Withdrawn("Stream does not have it: it is sent as it is now".into()), now)
        }
        (
            Sight::Elsewhere(what),
            Doubt::Lost
            | Doubt::Resent
            | Doubt::Refused(_)
            | Doubt::Unrecorded
            | Doubt::Inherited
            | Doubt::Seen
            | Doubt::Quarantined,
        ) => done(End::Withdrawn(what.clone()), now),
        (Sight::Absent, Doubt::Unrecorded | Doubt::Inherited) => {
            JobState::Waiting { due: now.mono, resend: false }
        }
    }
}

/// Delay before the next try of a job that failed by itself: 1 s, doubled to 5 minutes, with full
/// jitter so that many failures do not come back together.
pub fn backoff(failures: u32, random: u64) -> Delay {
    const FIRST_MS: u64 = 1_000;
    const BACKOFF_MAX_MS: u64 = 300_000;
    let ceiling = FIRST_MS.saturating_mul(1 << failures.min(9)).min(BACKOFF_MAX_MS);
    Delay(ceiling / 2 + random % (ceiling / 2 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    fn at(seconds: u64) -> Now {
        Now { wall: Timestamp(1_000_000), mono: Moment(seconds * 1000) }
    }

    fn apply(state: &JobState, event: &JobEvent, seconds: u64) -> JobState {
        next(state, event, at(seconds), &Settle::default()).expect("allowed")
    }

    fn sending(resend: bool) -> JobState {
        JobState::Sending { attempt: 1, lease_until: Moment(60_000), resend }
    }

    fn due(state: &JobState) -> u64 {
        state.due().expect("has a due time").0 / 1000
    }

    #[test]
    fn an_unknown_outcome_is_looked_up_three_times_before_it_is_sent_again() {
        let unsure = apply(&sending(false), &JobEvent::Lost, 10);
        assert_eq!(due(&unsure), 15);
        let unsure = apply(&unsure, &JobEvent::Looked(Sight::Absent), 15);
        assert_eq!(due(&unsure), 40);
        let unsure = apply(&unsure, &JobEvent::Looked(Sight::Absent), 40);
        assert_eq!(due(&unsure), 130);
        let waiting = apply(&unsure, &JobEvent::Looked(Sight::Absent), 130);
        assert_eq!(waiting, JobState::Waiting { due: Moment(130_000), resend: true });
    }

    #[test]
    fn a_list_of_looks_that_was_made_shorter_makes_no_look_the_last_before_its_time() {
        let unsure = apply(&sending(false), &JobEvent::Lost, 10);
        let unsure = apply(&unsure, &JobEvent::Looked(Sight::Absent), 15);
        let short = Settle::new(vec![Delay::secs(5), Delay::secs(120)]);
        let seen = JobEvent::Looked(Sight::Absent);
        let again = next(&unsure, &seen, at(40), &short).expect("allowed");
        assert_eq!(due(&again), 130);
        let waiting = next(&again, &seen, at(130), &short).expect("allowed");
        assert!(matches!(waiting, JobState::Waiting { resend: true, .. }));
    }

    #[test]
    fn a_failed_look_is_not_an_absence() {
        let unsure = apply(&sending(false), &JobEvent::Lost, 10);
        let again = apply(&unsure, &JobEvent::Looked(Sight::Unclear(Delay::secs(5))), 200);
        let JobState::Unsure { looks, since, .. } = again else { panic!("still unsure") };
        assert_eq!((looks, since), (0, Moment(10_000)));
        assert_eq!(due(&again), 205);
    }

    #[test]
    fn a_restart_never_makes_a_started_job_wait_and_its_looks_begin_again() {
        let lapsed = apply(&sending(false), &JobEvent::Lapsed, 500);
        assert!(matches!(
            lapsed,
            JobState::Unsure { doubt: Doubt::Lost, looks: 0, since: Moment(500_000), .. }
        ));
        let half = apply(&lapsed, &JobEvent::Looked(Sight::Absent), 505);
        let again = apply(&half, &JobEvent::Lapsed, 900);
        assert!(matches!(again, JobState::Unsure { looks: 0, since: Moment(900_000), .. }));
    }

    #[test]
    fn acceptance_of_a_resend_is_verified_and_acceptance_of_a_first_send_is_not() {
        assert!(matches!(apply(&sending(false), &JobEvent::Completed, 1), JobState::Done { .. }));
        let verify = apply(&sending(true), &JobEvent::Completed, 1);
        assert!(matches!(verify, JobState::Unsure { doubt: Doubt::Resent, .. }));
        assert!(matches!(apply(&verify, &JobEvent::Looked(Sight::Same), 2), JobState::Done { .. }));
        let doubled = apply(&verify, &JobEvent::Looked(Sight::Different("twice".into())), 2);
        assert!(matches!(doubled, JobState::Parked { .. }));
    }

    #[test]
    fn a_refusal_counts_only_after_a_look_found_nothing() {
        let refused = apply(&sending(false), &JobEvent::Refused(Vec::new()), 1);
        assert!(matches!(refused, JobState::Unsure { doubt: Doubt::Refused(_), .. }));
        let end = apply(&refused, &JobEvent::Looked(Sight::Absent), 2);
        assert!(matches!(end, JobState::Done { end: End::Refused, .. }));
        let there = apply(&refused, &JobEvent::Looked(Sight::Same), 2);
        assert!(matches!(there, JobState::Done { end: End::Completed, .. }));
    }

    #[test]
    fn what_is_done_or_parked_starts_nothing_by_itself_and_nothing_is_sent_from_unsure() {
        let events = [
            JobEvent::Reserved { until: Moment(1) },
            JobEvent::Started { attempt: 2, lease_until: Moment(1) },
            JobEvent::Completed,
            JobEvent::Lost,
            JobEvent::Lapsed,
        ];
        let done = JobState::Done { at: Timestamp(0), end: End::Completed };
        let parked = JobState::Parked { at: Timestamp(0), reason: String::new() };
        for event in &events {
            assert!(next(&done, event, at(1), &Settle::default()).is_err());
            assert!(next(&parked, event, at(1), &Settle::default()).is_err());
        }
        let unsure = apply(&sending(false), &JobEvent::Lost, 1);
        for event in &events[..4] {
            assert!(next(&unsure, event, at(2), &Settle::default()).is_err());
        }
        let waiting = JobState::Waiting { due: Moment(0), resend: false };
        let started = JobEvent::Started { attempt: 1, lease_until: Moment(9) };
        assert!(next(&waiting, &started, at(1), &Settle::default()).is_err());
    }

    #[test]
    fn back_off_doubles_to_five_minutes_and_is_spread_by_chance() {
        assert!(backoff(0, 0) >= Delay(500) && backoff(0, u64::MAX) <= Delay::secs(1));
        assert!(backoff(40, u64::MAX) <= Delay::mins(5) && backoff(40, 0) >= Delay(150_000));
        assert_ne!(backoff(5, 1), backoff(5, 9_999));
    }
}
