//! One piece of work in the outbox, and its one transition function.
//!
//! The rule everything rests on: [`JobState::Sending`] is on disk before the request leaves. After
//! a crash it means *unknown* and becomes [`JobState::Unsure`], never `Waiting`; an unsure job asks
//! the other side first and is sent again only when the last settle look said "not there".
//!
//! `Reserved` is beside the five states of the design: a worker takes up to ten creates in one
//! transaction and starts them one by one, so that a crash leaves at most one unknown per worker.
//! Nothing was sent for a reserved job; when its lease lapses it waits again. Work that may be
//! repeated (tracking, identifiers: read, compare, write) is never more than reserved.

use super::answer::Reason;
use super::ids::{Fingerprint, Generation, JobId, OrderId, OrderNumber};
use super::time::{Delay, Moment, Now, Timestamp};

/// What is to be done for one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Create the shipment of a generation in Stream, exactly once.
    Create {
        /// Which shipment.
        generation: Generation,
    },
    /// Write the tracking number of a generation to Linnworks.
    Tracking {
        /// Which shipment.
        generation: Generation,
    },
    /// Make the identifiers on the Linnworks order the wanted ones.
    Identifiers,
    /// Add one note to the Linnworks order, once.
    Note {
        /// Stands in the text; how the note is recognised.
        marker: Fingerprint,
        /// The whole text with its marker.
        text: String,
    },
}

/// Word for a task in lists and JSON (`kind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// Create a shipment.
    Create,
    /// Write tracking.
    Tracking,
    /// Set identifiers.
    Identifiers,
    /// Write a note.
    Note,
}

impl JobKind {
    /// As in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Tracking => "tracking",
            Self::Identifiers => "identifiers",
            Self::Note => "note",
        }
    }
}

impl Task {
    /// Its kind.
    pub const fn kind(&self) -> JobKind {
        match self {
            Self::Create { .. } => JobKind::Create,
            Self::Tracking { .. } => JobKind::Tracking,
            Self::Identifiers => JobKind::Identifiers,
            Self::Note { .. } => JobKind::Note,
        }
    }

    /// What makes two jobs of one order the same: while one of them is not done, the other is not
    /// added.
    pub const fn key(&self) -> u64 {
        match self {
            Self::Create { generation } | Self::Tracking { generation } => generation.0 as u64,
            Self::Identifiers => 0,
            Self::Note { marker, .. } => marker.0,
        }
    }
}

/// What shares a call budget, so that a stalled API delays nothing else. The numbers are keys on
/// disk and frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Linnworks: orders to be read again before they are sent.
    Read = 1,
    /// Stream: creates.
    Create = 2,
    /// Linnworks: tracking.
    Tracking = 3,
    /// Linnworks: identifiers.
    Identifiers = 4,
    /// Linnworks: notes.
    Note = 5,
    /// Stream: looks for creates that may have happened. Apart from creates, because they go on
    /// while creating is paused.
    Look = 6,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Create, Self::Tracking, Self::Identifiers, Self::Note, Self::Look];

    /// Whether it is Stream that is called.
    pub const fn is_stream(self) -> bool {
        match self {
            Self::Create | Self::Look => true,
            Self::Read | Self::Tracking | Self::Identifiers | Self::Note => false,
        }
    }
}

/// Why a job is unsure, which decides what the look means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A call went out and no clear answer came. All settle looks are made before a resend.
    Lost,
    /// A create that followed an unknown one was accepted: is it there once, not doubled?
    Resent,
    /// A create was refused: is it refused because it is there already?
    Refused(Vec<Reason>),
    /// Linnworks shows it as sent, we have no record: one look before anything is sent.
    Unrecorded,
    /// Received before a first start beside a predecessor: one look; what is there is adopted as
    /// it is.
    Inherited,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Done.
    Completed,
    /// The other side said no; the order shows why.
    Refused,
    /// Not needed any more; nothing was sent.
    Withdrawn(String),
}

/// Where a job stands. Each state carries its own data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// To be done from `due` on. `resend`: an earlier attempt ended unknown and was not found.
    Waiting {
        /// Not before.
        due: Moment,
        /// Whether acceptance must be verified.
        resend: bool,
    },
    /// Taken by a worker; nothing was sent.
    Reserved {
        /// Free again after.
        until: Moment,
        /// As in `Waiting`.
        resend: bool,
    },
    /// The call is going out or has gone out.
    Sending {
        /// Counts from 1.
        attempt: u32,
        /// Unsure after.
        lease_until: Moment,
        /// As in `Waiting`.
        resend: bool,
    },
    /// It may have happened: look.
    Unsure {
        /// Of the attempt in doubt; 0 when none was made by us.
        attempt: u32,
        /// Settle looks count from here.
        since: Moment,
        /// Why.
        doubt: Doubt,
        /// Looks that clearly said "not there".
        looks: u32,
        /// Next look.
        due: Moment,
    },
    /// Finished.
    Done {
        /// When.
        at: Timestamp,
        /// How.
        end: End,
    },
    /// A person decides.
    Parked {
        /// When.
        at: Timestamp,
        /// Why, in words.
        reason: String,
    },
}

/// The five words of lists and JSON. Reserved shows as waiting: nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobWord {
    /// Waiting or reserved.
    Waiting,
    /// Sending.
    Sending,
    /// Unsure.
    Unsure,
    /// Parked.
    Parked,
    /// Done.
    Done,
}

impl JobWord {
    /// All words.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Sending, Self::Unsure, Self::Parked, Self::Done];

    /// As in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Unsure => "unsure",
            Self::Parked => "parked",
            Self::Done => "done",
        }
    }
}

impl JobState {
    /// The word shown for it.
    pub const fn word(&self) -> JobWord {
        match self {
            Self::Waiting { .. } | Self::Reserved { .. } => JobWord::Waiting,
            Self::Sending { .. } => JobWord::Sending,
            Self::Unsure { .. } => JobWord::Unsure,
            Self::Done { .. } => JobWord::Done,
            Self::Parked { .. } => JobWord::Parked,
        }
    }

    /// When a worker should look at it: the key of the ready index.
    pub const fn due(&self) -> Option<Moment> {
        match self {
            Self::Waiting { due, .. } | Self::Unsure { due, .. } => Some(*due),
            Self::Reserved { .. }
            | Self::Sending { .. }
            | Self::Done { .. }
            | Self::Parked { .. } => None,
        }
    }

    /// When its holder is taken for lost: the key of the leased index.
    pub const fn lease(&self) -> Option<Moment> {
        match self {
            Self::Reserved { until, .. } => Some(*until),
            Self::Sending { lease_until, .. } => Some(*lease_until),
            Self::Waiting { .. }
            | Self::Unsure { .. }
            | Self::Done { .. }
            | Self::Parked { .. } => None,
        }
    }

    /// Done or parked: nothing acts on it by itself.
    pub const fn at_rest(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Parked { .. })
    }
}

/// A shipment was built for a create job; the payload itself is kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Of the shipment.
    pub fingerprint: Fingerprint,
    /// When the Linnworks order was read.
    pub read_at: Moment,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Key.
    pub id: JobId,
    /// The lane: at most one job of an order is out at a time.
    pub order: OrderId,
    /// For people.
    pub number: OrderNumber,
    /// What.
    pub task: Task,
    /// Where it stands.
    pub state: JobState,
    /// Attempts made so far.
    pub attempts: u32,
    /// When it was added.
    pub created_at: Timestamp,
    /// What stood in the way last time.
    pub last_error: Option<String>,
    /// Only of a create: the shipment that was built, and from a read of when.
    pub prepared: Option<Prepared>,
}

impl Job {
    /// The budget it waits for. A create whose shipment is not built yet waits for a read.
    pub const fn class(&self) -> Class {
        match (&self.task, &self.state, self.prepared) {
            (Task::Create { .. }, JobState::Waiting { .. }, None) => Class::Read,
            (Task::Create { .. }, JobState::Unsure { .. }, _) => Class::Look,
            (Task::Create { .. }, _, _) => Class::Create,
            (Task::Tracking { .. }, _, _) => Class::Tracking,
            (Task::Identifiers, _, _) => Class::Identifiers,
            (Task::Note { .. }, _, _) => Class::Note,
        }
    }

    /// Whether it keeps its order's lane: it is out, or it is a create that may have happened.
    pub const fn holds_lane(&self) -> bool {
        match (&self.state, &self.task) {
            (JobState::Reserved { .. } | JobState::Sending { .. }, _) => true,
            (JobState::Unsure { .. }, Task::Create { .. }) => true,
            (
                JobState::Unsure { .. }
                | JobState::Waiting { .. }
                | JobState::Done { .. }
                | JobState::Parked { .. },
                _,
            ) => false,
        }
    }
}

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

    fn at(&self, since: Moment, look: u32) -> Option<Moment> {
        self.0.get(look as usize).map(|delay| since.after(*delay))
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
    use {JobEvent as E, JobState as S};
    let refuse = || Err(Forbidden { state: state.clone(), event: event.clone() });
    let parked = |reason: &str| S::Parked { at: now.wall, reason: reason.to_owned() };
    let done = |end: End| S::Done { at: now.wall, end };
    Ok(match (state, event) {
        (S::Waiting { resend, .. }, E::Reserved { until }) => {
            S::Reserved { until: *until, resend: *resend }
        }
        (S::Waiting { resend, .. }, E::NotNow { due }) => S::Waiting { due: *due, resend: *resend },
        (S::Waiting { .. }, E::Withdrawn(why)) => done(End::Withdrawn(why.clone())),
        (S::Waiting { .. }, E::Parked(reason)) => parked(reason),
        (
            S::Waiting { .. },
            E::Started { .. } | E::Completed | E::Refused(_) | E::Lost | E::Looked(_) | E::Lapsed,
        ) => {
            return refuse();
        }

        (S::Reserved { resend, .. }, E::Started { attempt, lease_until }) => {
            S::Sending { attempt: *attempt, lease_until: *lease_until, resend: *resend }
        }
        (S::Reserved { resend, .. }, E::NotNow { due }) => {
            S::Waiting { due: *due, resend: *resend }
        }
        (S::Reserved { resend, .. }, E::Lapsed) => S::Waiting { due: now.mono, resend: *resend },
        // Only work that may be repeated is completed without a durable start.
        (S::Reserved { .. }, E::Completed) => done(End::Completed),
        (S::Reserved { .. }, E::Withdrawn(why)) => done(End::Withdrawn(why.clone())),
        (S::Reserved { .. }, E::Parked(reason)) => parked(reason),
        (S::Reserved { .. }, E::Reserved { .. } | E::Refused(_) | E::Lost | E::Looked(_)) => {
            return refuse();
        }

        (S::Sending { attempt, resend: true, .. }, E::Completed) => S::Unsure {
            attempt: *attempt,
            since: now.mono,
            doubt: Doubt::Resent,
            looks: 0,
            due: now.mono,
        },
        (S::Sending { resend: false, .. }, E::Completed) => done(End::Completed),
        (S::Sending { attempt, .. }, E::Refused(reasons)) => S::Unsure {
            attempt: *attempt,
            since: now.mono,
            doubt: Doubt::Refused(reasons.clone()),
            looks: 0,
            due: now.mono,
        },
        (S::Sending { resend, .. }, E::NotNow { due }) => S::Waiting { due: *due, resend: *resend },
        (S::Sending { attempt, .. }, E::Lost | E::Lapsed) => lost(*attempt, now, settle),
        (S::Sending { .. }, E::Parked(reason)) => parked(reason),
        (
            S::Sending { .. },
            E::Reserved { .. } | E::Started { .. } | E::Looked(_) | E::Withdrawn(_),
        ) => {
            return refuse();
        }

        (S::Unsure { .. }, E::Looked(sight)) => looked(state, sight, now, settle),
        (S::Unsure { attempt, doubt: Doubt::Lost | Doubt::Resent, .. }, E::Lapsed) => {
            lost(*attempt, now, settle)
        }
        (S::Unsure { attempt, doubt, .. }, E::Lapsed) => S::Unsure {
            attempt: *attempt,
            since: now.mono,
            doubt: doubt.clone(),
            looks: 0,
            due: now.mono,
        },
        // A look is taken by putting the next one off; nothing else is known yet.
        (S::Unsure { attempt, since, doubt, looks, .. }, E::NotNow { due }) => S::Unsure {
            attempt: *attempt,
            since: *since,
            doubt: doubt.clone(),
            looks: *looks,
            due: *due,
        },
        (S::Unsure { .. }, E::Parked(reason)) => parked(reason),
        (
            S::Unsure { .. },
            E::Reserved { .. }
            | E::Started { .. }
            | E::Completed
            | E::Refused(_)
            | E::Lost
            | E::Withdrawn(_),
        ) => return refuse(),

        (S::Done { .. } | S::Parked { .. }, _) => return refuse(),
    })
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
fn looked(state: &JobState, sight: &Sight, now: Now, settle: &Settle) -> JobState {
    let JobState::Unsure { attempt, since, doubt, looks, .. } = state else { return state.clone() };
    let again = |due: Moment| JobState::Unsure {
        attempt: *attempt,
        since: *since,
        doubt: doubt.clone(),
        looks: *looks,
        due,
    };
    match (sight, doubt) {
        (
            Sight::Same,
            Doubt::Lost | Doubt::Resent | Doubt::Refused(_) | Doubt::Unrecorded | Doubt::Inherited,
        ) => JobState::Done { at: now.wall, end: End::Completed },
        (Sight::Different(what), _) => JobState::Parked { at: now.wall, reason: what.clone() },
        (Sight::Unclear(delay), _) => again(now.mono.after(*delay)),
        (Sight::Absent, Doubt::Lost) => match settle.at(*since, looks + 1) {
            Some(due) => JobState::Unsure {
                attempt: *attempt,
                since: *since,
                doubt: Doubt::Lost,
                looks: looks + 1,
                due,
            },
            None => JobState::Waiting { due: now.mono, resend: true },
        },
        // Accepted and then not there: reads may lag behind writes, so it settles from the start.
        (Sight::Absent, Doubt::Resent) => lost(*attempt, now, settle),
        (Sight::Absent, Doubt::Refused(_)) => JobState::Done { at: now.wall, end: End::Refused },
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
