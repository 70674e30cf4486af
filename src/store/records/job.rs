//! Stored shape of a job. FROZEN, see the parent module.

use serde::{Deserialize, Serialize};

use crate::domain::answer::Reason;
use crate::domain::ids::{Fingerprint, Generation, JobId, OrderId, OrderNumber};
use crate::domain::job::{Doubt, End, Job, JobState, Prepared, Task, Then};
use crate::domain::order::CancelledBy;
use crate::domain::time::{Moment, Timestamp};

/// A job; its id is the key.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum JobRec {
    V1(JobV1),
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct JobV1 {
    order: [u8; 16],
    number: u64,
    task: TaskV1,
    state: StateV1,
    attempts: u32,
    created_at: i64,
    last_error: Option<String>,
    /// Fingerprint, moment read.
    prepared: Option<(u64, u64)>,
    /// Moment at which it became done; 0 otherwise. Its place in the done index.
    done_at: u64,
}

#[derive(Serialize, Deserialize)]
enum TaskV1 {
    Create { generation: u32 },
    Tracking { generation: u32 },
    Identifiers,
    Note { marker: u64, text: String },
    Process { generation: u32 },
    Cancel { generation: u32, then: ThenV1 },
    Change { generation: u32 },
}

#[derive(Serialize, Deserialize)]
enum ThenV1 {
    Renew,
    CloseForLinnworks,
    CloseForPerson,
}

#[derive(Serialize, Deserialize)]
enum StateV1 {
    Waiting { due: u64, resend: bool },
    Reserved { until: u64, resend: bool },
    Sending { attempt: u32, lease_until: u64, resend: bool },
    Unsure { attempt: u32, since: u64, doubt: DoubtV1, looks: u32, due: u64 },
    Done { at: i64, end: EndV1 },
    Parked { at: i64, reason: String },
}

#[derive(Serialize, Deserialize)]
enum DoubtV1 {
    Lost,
    Resent,
    /// Code and text of each reason.
    Refused(Vec<(String, String)>),
    Unrecorded,
    Inherited,
    Seen,
    Quarantined,
}

#[derive(Serialize, Deserialize)]
enum EndV1 {
    Completed,
    Refused,
    Withdrawn(String),
}

impl JobRec {
    pub(in crate::store) fn of(job: &Job, done_at: Moment) -> Self {
        Self::V1(JobV1 {
            order: job.order.bytes(),
            number: job.number.0,
            task: TaskV1::of(&job.task),
            state: StateV1::of(&job.state),
            attempts: job.attempts,
            created_at: job.created_at.0,
            last_error: job.last_error.clone(),
            prepared: job.prepared.map(|p| (p.fingerprint.0, p.read_at.0)),
            done_at: done_at.0,
        })
    }

    /// The job, and the moment at which it became done.
    pub(in crate::store) fn job(self, id: JobId) -> (Job, Moment) {
        let Self::V1(v1) = self;
        let job = Job {
            id,
            order: OrderId::from_bytes(v1.order),
            number: OrderNumber(v1.number),
            task: v1.task.task(),
            state: v1.state.state(),
            attempts: v1.attempts,
            created_at: Timestamp(v1.created_at),
            last_error: v1.last_error,
            prepared: v1.prepared.map(|(fingerprint, read_at)| Prepared {
                fingerprint: Fingerprint(fingerprint),
                read_at: Moment(read_at),
            }),
        };
        (job, Moment(v1.done_at))
    }
}

impl TaskV1 {
    fn of(task: &Task) -> Self {
        match task {
            Task::Create { generation } => Self::Create { generation: generation.0 },
            Task::Tracking { generation } => Self::Tracking { generation: generation.0 },
            Task::Identifiers => Self::Identifiers,
            Task::Note { marker, text } => Self::Note { marker: marker.0, text: text.clone() },
            Task::Process { generation } => Self::Process { generation: generation.0 },
            Task::Cancel { generation, then } => Self::Cancel {
                generation: generation.0,
                then: match then {
                    Then::Renew => ThenV1::Renew,
                    Then::Close(CancelledBy::Linnworks) => ThenV1::CloseForLinnworks,
                    Then::Close(CancelledBy::Person) => ThenV1::CloseForPerson,
                },
            },
            Task::Change { generation } => Self::Change { generation: generation.0 },
        }
    }

    fn task(self) -> Task {
        match self {
            Self::Create { generation } => Task::Create { generation: Generation(generation) },
            Self::Tracking { generation } => Task::Tracking { generation: Generation(generation) },
            Self::Identifiers => Task::Identifiers,
            Self::Note { marker, text } => Task::Note { marker: Fingerprint(marker), text },
            Self::Process { generation } => Task::Process { generation: Generation(generation) },
            Self::Cancel { generation, then } => Task::Cancel {
                generation: Generation(generation),
                then: match then {
                    ThenV1::Renew => Then::Renew,
                    ThenV1::CloseForLinnworks => Then::Close(CancelledBy::Linnworks),
                    ThenV1::CloseForPerson => Then::Close(CancelledBy::Person),
                },
            },
            Self::Change { generation } => Task::Change { generation: Generation(generation) },
        }
    }
}

impl StateV1 {
    fn of(state: &JobState) -> Self {
        match state {
            JobState::Waiting { due, resend } => Self::Waiting { due: due.0, resend: *resend },
            JobState::Reserved { until, resend } => {
                Self::Reserved { until: until.0, resend: *resend }
            }
            JobState::Sending { attempt, lease_until, resend } => {
                Self::Sending { attempt: *attempt, lease_until: lease_until.0, resend: *resend }
            }
            JobState::Unsure { attempt, since, doubt, looks, due } => Self::Unsure {
                attempt: *attempt,
                since: since.0,
                doubt: DoubtV1::of(doubt),
                looks: *looks,
                due: due.0,
            },
            JobState::Done { at, end } => Self::Done { at: at.0, end: EndV1::of(end) },
            JobState::Parked { at, reason } => Self::Parked { at: at.0, reason: reason.clone() },
        }
    }

    fn state(self) -> JobState {
        match self {
            Self::Waiting { due, resend } => JobState::Waiting { due: Moment(due), resend },
            Self::Reserved { until, resend } => JobState::Reserved { until: Moment(until), resend },
            Self::Sending { attempt, lease_until, resend } => {
                JobState::Sending { attempt, lease_until: Moment(lease_until), resend }
            }
            Self::Unsure { attempt, since, doubt, looks, due } => JobState::Unsure {
                attempt,
                since: Moment(since),
                doubt: doubt.doubt(),
                looks,
                due: Moment(due),
            },
            Self::Done { at, end } => JobState::Done { at: Timestamp(at), end: end.end() },
            Self::Parked { at, reason } => JobState::Parked { at: Timestamp(at), reason },
        }
    }
}

impl DoubtV1 {
    fn of(doubt: &Doubt) -> Self {
        match doubt {
            Doubt::Lost => Self::Lost,
            Doubt::Resent => Self::Resent,
            Doubt::Refused(reasons) => {
                Self::Refused(reasons.iter().map(|r| (r.code.clone(), r.text.clone())).collect())
            }
            Doubt::Unrecorded => Self::Unrecorded,
            Doubt::Inherited => Self::Inherited,
            Doubt::Seen => Self::Seen,
            Doubt::Quarantined => Self::Quarantined,
        }
    }

    fn doubt(self) -> Doubt {
        match self {
            Self::Lost => Doubt::Lost,
            Self::Resent => Doubt::Resent,
            Self::Refused(reasons) => Doubt::Refused(
                reasons.into_iter().map(|(code, text)| Reason { code, text }).collect(),
            ),
            Self::Unrecorded => Doubt::Unrecorded,
            Self::Inherited => Doubt::Inherited,
            Self::Seen => Doubt::Seen,
            Self::Quarantined => Doubt::Quarantined,
        }
    }
}

impl EndV1 {
    fn of(end: &End) -> Self {
        match end {
            End::Completed => Self::Completed,
            End::Refused => Self::Refused,
            End::Withdrawn(why) => Self::Withdrawn(why.clone()),
        }
    }

    fn end(self) -> End {
        match self {
            Self::Completed => End::Completed,
            Self::Refused => End::Refused,
            Self::Withdrawn(why) => End::Withdrawn(why),
        }
    }
}
