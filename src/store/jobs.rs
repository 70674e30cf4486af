//! Writes jobs and everything derived from them: ready, leased, word, lane, live and done indexes,
//! counts. All of it follows from the old and the new record; no caller names an index.

use super::apply::Writer;
use super::error::StoreError;
use super::records::encode;
use super::records::job::JobRec;
use super::records::shipment::ShipmentRec;
use super::tables as t;
use crate::domain::ids::{Fingerprint, Generation, JobId, OrderId, OrderNumber};
use crate::domain::job::{Job, JobKind, JobState, JobWord, Task, Then};
use crate::domain::order::CancelledBy;
use crate::domain::shipment::Shipment;
use crate::domain::time::{Moment, Now};

/// Where a job stands in the indexes. What two places share is left alone.
#[derive(Default, PartialEq, Eq)]
struct Place {
    ready: Option<Vec<u8>>,
    leased: Option<Vec<u8>>,
    word: Option<Vec<u8>>,
    lane: Option<Vec<u8>>,
    live: Option<Vec<u8>>,
    done: Option<Vec<u8>>,
}

impl Place {
    fn of(job: &Job, done_at: Moment) -> Self {
        let word = job.state.word();
        let done = word == JobWord::Done;
        Self {
            ready: job.state.due().map(|due| t::ready_key(job.class(), due, job.id)),
            leased: job.state.lease().map(|until| t::moment_key(until, job.id)),
            word: Some(t::word_key(word, job.id)),
            lane: job.holds_lane().then(|| job.order.bytes().to_vec()),
            live: (!done).then(|| t::live_key(job.order, job.task.kind(), job.task.key())),
            done: done.then(|| t::moment_key(done_at, job.id)),
        }
    }

    fn entries(&self) -> [(t::Table, &Option<Vec<u8>>); 6] {
        [
            (t::READY, &self.ready),
            (t::LEASED, &self.leased),
            (t::WORDS, &self.word),
            (t::LANES, &self.lane),
            (t::LIVE, &self.live),
            (t::DONE, &self.done),
        ]
    }
}

/// Whether anything of the job may have been sent: then what it sends may not change. Attempts alone
/// say nothing: one that was put off sent nothing, and the order may have been edited since.
const fn may_have_been_sent(job: &Job) -> bool {
    match job.state {
        JobState::Waiting { resend, .. } | JobState::Reserved { resend, .. } => resend,
        JobState::Sending { .. } => true,
        JobState::Unsure { attempt, .. } => attempt > 0,
        JobState::Done { .. } | JobState::Parked { .. } => job.attempts > 0,
    }
}

impl Writer<'_> {
    pub(super) fn put_job(&mut self, job: &Job, now: Moment) -> Result<(), StoreError> {
        let old = self.view.job_and_end(job.id)?;
        self.may_put(job, old.as_ref().map(|(old, _)| old))?;
        let was_done = old.as_ref().filter(|(old, _)| old.state.word() == JobWord::Done);
        let done_at = match (job.state.word(), was_done) {
            (JobWord::Done, Some((_, at))) => *at,
            (JobWord::Done, None) => now,
            (JobWord::Waiting | JobWord::Sending | JobWord::Unsure | JobWord::Parked, _) => {
                Moment(0)
            }
        };
        let before = old.as_ref().map(|(old, at)| Place::of(old, *at)).unwrap_or_default();
        let after = Place::of(job, done_at);
        self.move_between(&before, &after, job)?;
        let count = |job: &Job| t::job_count_key(job.state.word());
        self.recount(old.as_ref().map(|(old, _)| count(old)), Some(count(job)))?;
        if old.is_none() {
            self.put(t::JOBS_OF, &t::job_of_key(job.order, job.id), &[])?;
            // Never handed out by us, and never to be: whoever chose it has it now.
            self.next_job.set(self.next_job.get().max(job.id.0.saturating_add(1)));
        }
        let value = encode(&JobRec::of(job, done_at))?;
        self.put(t::JOBS, &t::job_key(job.id), &value)
    }

    fn may_put(&self, job: &Job, old: Option<&Job>) -> Result<(), StoreError> {
        let broken = |what: String| Err(StoreError::Invariant(what));
        let id = job.id;
        if let Some(old) = old
            && (old.order, old.task.kind(), old.task.key())
                != (job.order, job.task.kind(), job.task.key())
        {
            return broken(format!("job {id} would become another job"));
        }
        if let Some(holder) = self.view.lane(job.order)?
            && holder != id
            && job.holds_lane()
        {
            return broken(format!(
                "the lane of order {} is held by {holder}, not {id}",
                job.number
            ));
        }
        let kind = job.task.kind();
        if job.state.word() != JobWord::Done
            && let Some(live) = self.view.live_job(job.order, kind, job.task.key())?
            && live != id
        {
            let kind = kind.word();
            return broken(format!("order {} has {live} as its {kind} job, not {id}", job.number));
        }
        Ok(())
    }

    fn move_between(&mut self, old: &Place, new: &Place, job: &Job) -> Result<(), StoreError> {
        for ((table, before), (_, after)) in old.entries().into_iter().zip(new.entries()) {
            if before == after {
                continue;
            }
            if let Some(key) = before {
                self.remove(table, key)?;
            }
            if let Some(key) = after {
                let id = t::job_key(job.id);
                let order = job.order.bytes();
                let value: &[u8] = match table {
                    t::LANES | t::LIVE => &id,
                    t::DONE => &order,
                    _ => &[],
                };
                self.put(table, key, value)?;
            }
        }
        Ok(())
    }

    pub(super) fn put_shipment(
        &mut self,
        id: JobId,
        shipment: &Shipment,
    ) -> Result<(), StoreError> {
        let key = t::job_key(id);
        let value = encode(&ShipmentRec::of(shipment))?;
        if let Some(old) = self.view.raw.get(t::SHIPMENTS, &key)? {
            if old == value {
                return Ok(());
            }
            if self.view.job(id)?.is_some_and(|job| may_have_been_sent(&job)) {
                return Err(StoreError::Invariant(format!(
                    "what {id} sends would change although it may have been sent"
                )));
            }
        }
        self.put(t::SHIPMENTS, &key, &value)
    }

    /// Removes a done job whose time is over, readable or not.
    pub(super) fn remove_done(&mut self, order: OrderId, id: JobId) -> Result<(), StoreError> {
        let key = t::job_key(id);
        self.remove(t::JOBS, &key)?;
        self.remove(t::SHIPMENTS, &key)?;
        self.remove(t::JOBS_OF, &t::job_of_key(order, id))?;
        self.remove(t::WORDS, &t::word_key(JobWord::Done, id))?;
        self.recount(Some(t::job_count_key(JobWord::Done)), None)
    }

    /// Removes a job of an order, whatever it is, with everything of its own.
    pub(super) fn remove_job(&mut self, order: OrderId, id: JobId) -> Result<(), StoreError> {
        let key = t::job_key(id);
        if let Some((job, done_at)) = self.view.job_and_end(id)? {
            for (table, entry) in Place::of(&job, done_at).entries() {
                if let Some(entry) = entry {
                    self.remove(table, entry)?;
                }
            }
            self.recount(Some(t::job_count_key(job.state.word())), None)?;
        }
        self.remove(t::JOBS, &key)?;
        self.remove(t::SHIPMENTS, &key)?;
        self.remove(t::JOBS_OF, &t::job_of_key(order, id))
    }

    /// See `Change::ParkDamaged`. What the job was is learnt from the indexes, by scanning them:
    /// this is rare, and they hold little more than the open orders.
    pub(super) fn park_damaged(&mut self, id: JobId, now: Now) -> Result<(), StoreError> {
        let key = t::job_key(id);
        match self.view.job(id) {
            Ok(_) => return Ok(()),
            Err(StoreError::Damaged { .. }) => {}
            Err(other) => return Err(other),
        }
        if let Some(bytes) = self.view.raw.sealed(t::JOBS, &key)? {
            self.put(t::DAMAGED, &key, &bytes)?;
        }
        for table in [t::READY, t::LEASED, t::DONE] {
            for entry in self.keys_ending_in(table, id)? {
                self.remove(table, &entry)?;
            }
        }
        for word in JobWord::ALL {
            let entry = t::word_key(word, id);
            if self.view.raw.sealed(t::WORDS, &entry)?.is_some() {
                self.remove(t::WORDS, &entry)?;
                self.recount(Some(t::job_count_key(word)), None)?;
            }
        }
        for entry in self.keys_held_by(t::LANES, id)? {
            self.remove(t::LANES, &entry)?;
        }
        let live = self.keys_held_by(t::LIVE, id)?;
        let known = live.first().and_then(|entry| identity(entry));
        self.remove(t::JOBS, &key)?;
        let Some((order, task)) = known else {
            // It was done, or nobody can say whose it was: only the bytes are kept.
            for entry in self.keys_ending_in(t::JOBS_OF, id)? {
                self.remove(t::JOBS_OF, &entry)?;
            }
            return Ok(());
        };
        for entry in live {
            self.remove(t::LIVE, &entry)?;
        }
        // The order may be damaged as well; its number is only for people.
        let number = self.view.order(order).ok().flatten().map_or(OrderNumber(0), |o| o.number);
        let parked = Job {
            id,
            order,
            number,
            task,
            state: JobState::Parked { at: now.wall, reason: DAMAGED_REASON.into() },
            // Unknown; at least one, so that what it sends stays as it is.
            attempts: 1,
            created_at: now.wall,
            last_error: None,
            prepared: None,
        };
        self.put_job(&parked, now.mono)
    }

    fn keys_ending_in(&self, table: t::Table, id: JobId) -> Result<Vec<Vec<u8>>, StoreError> {
        let all = self.view.raw.range(table, (&[], &[0xff; 32]), usize::MAX)?;
        Ok(all.into_iter().map(|(key, _)| key).filter(|key| t::tail_u64(key) == id.0).collect())
    }

    fn keys_held_by(&self, table: t::Table, id: JobId) -> Result<Vec<Vec<u8>>, StoreError> {
        let all = self.view.raw.range(table, (&[], &[0xff; 32]), usize::MAX)?;
        let held = all.into_iter().filter(|(key, sealed)| {
            self.view.raw.open(table, key, sealed).is_ok_and(|value| value == t::job_key(id))
        });
        Ok(held.map(|(key, _)| key).collect())
    }
}

const DAMAGED_REASON: &str = "its record in the database was damaged; see what the other system \
                              shows for this order before sending it again";

/// Whose job an entry of the live index is, and which.
fn identity(key: &[u8]) -> Option<(OrderId, Task)> {
    let order = t::order_at(key, 0)?;
    let which = t::u64_at(key, 17);
    let generation = || u32::try_from(which).ok().map(Generation);
    let task = match t::kind_of(*key.get(16)?)? {
        JobKind::Create => Task::Create { generation: generation()? },
        JobKind::Tracking => Task::Tracking { generation: generation()? },
        JobKind::Identifiers => Task::Identifiers,
        JobKind::Process => Task::Process { generation: generation()? },
        // What was to follow is lost: nothing is sent again without a person.
        JobKind::Cancel => {
            Task::Cancel { generation: generation()?, then: Then::Close(CancelledBy::Person) }
        }
        JobKind::Change => Task::Change { generation: generation()? },
        JobKind::Note => Task::Note { marker: Fingerprint(which), text: String::new() },
    };
    Some((order, task))
}
