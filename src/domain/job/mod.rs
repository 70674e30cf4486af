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

mod transition;

pub use transition::{Forbidden, JobEvent, Settle, Sight, backoff, next};

use super::answer::Reason;
use super::ids::{Fingerprint, Generation, JobId, OrderId, OrderNumber};
use super::order::CancelledBy;
use super::time::{Moment, Timestamp};

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
    /// Mark the order processed in Linnworks, because it was delivered.
    Process {
        /// Which shipment was delivered.
        generation: Generation,
    },
    /// Take a shipment back: delete it in Stream and see that it is gone.
    Cancel {
        /// Which shipment.
        generation: Generation,
        /// What follows.
        then: Then,
    },
    /// Bring the header of a shipment in line with the order.
    Change {
        /// Which shipment.
        generation: Generation,
    },
}

/// What follows when a shipment is for certain no longer in Stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The order is cancelled.
    Close(CancelledBy),
    /// The order is sent as it is now, under the next number.
    Renew,
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
    /// Process the order.
    Process,
    /// Take a shipment back.
    Cancel,
    /// Change a shipment's header.
    Change,
}

impl JobKind {
    /// As in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Tracking => "tracking",
            Self::Identifiers => "identifiers",
            Self::Note => "note",
            Self::Process => "process",
            Self::Cancel => "cancel",
            Self::Change => "change",
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
            Self::Process { .. } => JobKind::Process,
            Self::Cancel { .. } => JobKind::Cancel,
            Self::Change { .. } => JobKind::Change,
        }
    }

    /// What makes two jobs of one order the same: while one of them is not done, the other is not
    /// added.
    pub const fn key(&self) -> u64 {
        match self {
            Self::Create { generation }
            | Self::Tracking { generation }
            | Self::Process { generation }
            | Self::Cancel { generation, .. }
            | Self::Change { generation } => generation.0 as u64,
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
    /// Linnworks: orders to be processed.
    Process = 7,
    /// Stream: shipments to be taken back or changed.
    Amend = 8,
}

impl Class {
    /// All classes.
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::Create,
        Self::Tracking,
        Self::Identifiers,
        Self::Note,
        Self::Look,
        Self::Process,
        Self::Amend,
    ];

    /// Whether it is Stream that is called.
    pub const fn is_stream(self) -> bool {
        match self {
            Self::Create | Self::Look | Self::Amend => true,
            Self::Read | Self::Tracking | Self::Identifiers | Self::Note | Self::Process => false,
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
    /// It was there and was not what we meant; a person says that was put right. Gone or cancelled
    /// there, it is sent under the next number: a number that was used is never used again.
    Seen,
    /// The database was lost, or is older than what happened: all settle looks, counted from the moment
    /// that was found, are made under every number before anything is sent. What is there is adopted.
    Quarantined,
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

/// What a job is about to write, or was refused; the payload itself is kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Of the shipment; of the wanted identifiers.
    pub fingerprint: Fingerprint,
    /// When what it was made from was read.
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
    /// Of a create: the shipment that was built, and from a read of when. Of an identifiers job that
    /// was parked: what the order should have carried.
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
            (Task::Process { .. }, _, _) => Class::Process,
            (Task::Cancel { .. } | Task::Change { .. }, _, _) => Class::Amend,
        }
    }

    /// Whether it keeps its order's lane: it is out, or it is a create that may have happened.
    ///
    /// Tracking and identifiers keep none. At most one live job of each exists for an order, each
    /// reads before it writes and leads towards the order's state, so neither can overtake
    /// anything; in the lane they would only hold each other up during a backlog.
    pub const fn holds_lane(&self) -> bool {
        match (&self.task, &self.state) {
            (Task::Tracking { .. } | Task::Identifiers | Task::Process { .. }, _) => false,
            (_, JobState::Reserved { .. } | JobState::Sending { .. }) => true,
            (Task::Create { .. }, JobState::Unsure { .. }) => true,
            (
                Task::Note { .. } | Task::Cancel { .. } | Task::Change { .. },
                JobState::Unsure { .. },
            ) => false,
            (_, JobState::Waiting { .. } | JobState::Done { .. } | JobState::Parked { .. }) => {
                false
            }
        }
    }
}
