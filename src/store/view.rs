//! What a decision or a reader sees: one consistent state of everything. Never writes; the only
//! thing it hands out is job ids, and those only inside a decision.
//!
//! - `age`: what is old enough to go
//! - `inbox`: notifications
//! - `label`: demands, labels and manifests
//! - `settings`: facts kept once
//! - `standing`: shipments to be read, runs, consignments

mod age;
mod inbox;
mod label;
mod settings;
mod standing;

pub use age::Aged;

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::raw::Raw;
use super::records::entry::{EntryRec, JournalRec};
use super::records::job::JobRec;
use super::records::order::OrderRec;
use super::records::shipment::ShipmentRec;
use super::records::{damaged, decode};
use super::tables as t;
use crate::domain::ids::{JobId, OrderId, OrderNumber};
use crate::domain::job::{Class, Job, JobKind, JobWord};
use crate::domain::order::{Order, StateWord};
use crate::domain::shipment::Shipment;
use crate::domain::time::{Moment, Timestamp};

/// A line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// A few words.
    pub what: String,
    /// The rest; may be empty.
    pub detail: String,
}

/// A line of the journal: the live feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Rising by one from 1, never reused.
    pub seq: u64,
    /// Which order it is about.
    pub order: Option<(OrderId, OrderNumber)>,
    /// What happened.
    pub entry: Entry,
}

/// How many there are of what, kept up to date with every commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Orders in each of the twelve states.
    pub orders: BTreeMap<StateWord, u64>,
    /// Jobs by word.
    pub jobs: BTreeMap<JobWord, u64>,
    /// Jobs done in the last 24 hours. Done jobs are kept that long and removed by later commits,
    /// so after a quiet time this may still count older ones.
    pub done_24h: u64,
}

/// A consistent state, of a snapshot or inside the open write transaction.
pub struct View<'a> {
    pub(super) raw: Raw<'a>,
    /// Next job id; only inside a decision.
    pub(super) next_job: Option<&'a Cell<u64>>,
}

const LOW: [u8; 32] = [0; 32];
const HIGH: [u8; 32] = [0xff; 32];

/// Bounds of all keys that start with `prefix` and go on from `from` to `to`.
fn between(prefix: &[u8], from: &[u8], to: &[u8]) -> (Vec<u8>, Vec<u8>) {
    ([prefix, from].concat(), [prefix, to].concat())
}

impl View<'_> {
    fn record<R: DeserializeOwned>(
        &self,
        table: t::Table,
        key: &[u8],
    ) -> Result<Option<R>, StoreError> {
        match self.raw.get(table, key)? {
            Some(value) => decode(table, key, &value).map(Some),
            None => Ok(None),
        }
    }

    /// The order with this id.
    ///
    /// # Errors
    /// As all of these: [`StoreError::Damaged`] when the record is not what was written,
    /// [`StoreError::Io`], [`StoreError::Engine`].
    pub fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        if let Some(rec) = self.record::<OrderRec>(t::ORDERS, &id.bytes())? {
            return Ok(Some(rec.order(id)));
        }
        // An order taken for unknown is sent as a new one, so two tables must agree that it is.
        for word in StateWord::ALL {
            if self.raw.sealed(t::STATES, &t::state_key(word, id))?.is_some() {
                return Err(self.raw.missing(t::ORDERS, &id.bytes()));
            }
        }
        Ok(None)
    }

    /// The order people call by this number.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn order_by_number(&self, number: OrderNumber) -> Result<Option<Order>, StoreError> {
        match self.number_holder(number)? {
            Some(id) => self.order(id),
            None => Ok(None),
        }
    }

    pub(super) fn number_holder(&self, number: OrderNumber) -> Result<Option<OrderId>, StoreError> {
        let key = t::number_key(number);
        match self.raw.get(t::NUMBERS, &key)? {
            Some(value) => t::order_at(&value, 0)
                .map(Some)
                .ok_or_else(|| damaged(t::NUMBERS, &key, "it is not an order id")),
            None => Ok(None),
        }
    }

    /// Orders in a state, by id, after `after`.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn orders_in(
        &self,
        word: StateWord,
        after: Option<OrderId>,
        limit: usize,
    ) -> Result<Vec<OrderId>, StoreError> {
        let from = after.map_or([0; 16], OrderId::bytes);
        let (low, high) = between(&[t::state_number(word)], &from, &HIGH[..16]);
        // One more than asked for, because the first may be `after` itself.
        let keys = self.raw.keys(t::STATES, (&low, &high), limit.saturating_add(1))?;
        Ok(keys
            .iter()
            .filter_map(|key| t::order_at(key, 1))
            .filter(|id| Some(*id) != after)
            .take(limit)
            .collect())
    }

    /// A job.
    ///
    /// # Errors
    /// As [`Self::order`]. A job that is damaged is moved aside with `Change::ParkDamaged`.
    pub fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        Ok(self.job_and_end(id)?.map(|(job, _)| job))
    }

    pub(super) fn job_and_end(&self, id: JobId) -> Result<Option<(Job, Moment)>, StoreError> {
        let key = t::job_key(id);
        if let Some(rec) = self.record::<JobRec>(t::JOBS, &key)? {
            return Ok(Some(rec.job(id)));
        }
        for word in JobWord::ALL {
            if self.raw.sealed(t::WORDS, &t::word_key(word, id))?.is_some() {
                return Err(self.raw.missing(t::JOBS, &key));
            }
        }
        Ok(None)
    }

    /// All jobs of an order that are kept, oldest first.
    ///
    /// # Errors
    /// As [`Self::job`].
    pub fn jobs_of(&self, order: OrderId) -> Result<Vec<Job>, StoreError> {
        let mut jobs = Vec::new();
        for id in self.job_ids_of(order)? {
            jobs.extend(self.job(id)?);
        }
        Ok(jobs)
    }

    /// The ids of all jobs of an order that are kept, oldest first.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn job_ids_of(&self, order: OrderId) -> Result<Vec<JobId>, StoreError> {
        let (low, high) = between(&order.bytes(), &LOW[..8], &HIGH[..8]);
        Ok(ids(&self.raw.keys(t::JOBS_OF, (&low, &high), usize::MAX)?))
    }

    /// The job of this order, kind and key (`Task::key`) that is not done. A parked one counts.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn live_job(
        &self,
        order: OrderId,
        kind: JobKind,
        key: u64,
    ) -> Result<Option<JobId>, StoreError> {
        let entry = t::live_key(order, kind, key);
        if let Some(id) = self.holder(t::LIVE, &entry)? {
            return Ok(Some(id));
        }
        // A job taken for absent is added a second time, so the jobs themselves must agree.
        let same = |job: &Job| (job.task.kind(), job.task.key()) == (kind, key);
        let live = |job: &Job| job.state.word() != JobWord::Done;
        if self.jobs_of(order)?.iter().any(|job| same(job) && live(job)) {
            return Err(self.raw.missing(t::LIVE, &entry));
        }
        Ok(None)
    }

    fn holder(&self, table: t::Table, key: &[u8]) -> Result<Option<JobId>, StoreError> {
        match self.raw.get(table, key)? {
            Some(value) => super::raw::number_in(table, key, &value).map(|id| Some(JobId(id))),
            None => Ok(None),
        }
    }

    /// What a create job sends.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn shipment(&self, job: JobId) -> Result<Option<Shipment>, StoreError> {
        let key = t::job_key(job);
        match self.record::<ShipmentRec>(t::SHIPMENTS, &key)? {
            Some(rec) => rec
                .shipment()
                .map(Some)
                .ok_or_else(|| damaged(t::SHIPMENTS, &key, "a day in it is no day")),
            None => Ok(None),
        }
    }

    fn ready(
        &self,
        class: Class,
        from: Moment,
        to: Moment,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let low = t::ready_key(class, from, JobId(0));
        let high = t::ready_key(class, to, JobId(u64::MAX));
        self.raw.keys(t::READY, (&low, &high), limit)
    }

    /// Jobs of a class that are due at `now`, the longest due first. Ids only: a job that cannot be
    /// read hides no other.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn due(&self, class: Class, now: Moment, limit: usize) -> Result<Vec<JobId>, StoreError> {
        Ok(ids(&self.ready(class, Moment(0), now, limit)?))
    }

    /// When the first job of a class is or was due.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn next_due(&self, class: Class) -> Result<Option<Moment>, StoreError> {
        let keys = self.ready(class, Moment(0), Moment(u64::MAX), 1)?;
        Ok(keys.first().map(|key| Moment(t::u64_at(key, 1))))
    }

    /// Jobs of a class that are due after `now`, the first due first.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn waiting_later(
        &self,
        class: Class,
        now: Moment,
        limit: usize,
    ) -> Result<Vec<JobId>, StoreError> {
        let Some(from) = now.0.checked_add(1) else { return Ok(Vec::new()) };
        Ok(ids(&self.ready(class, Moment(from), Moment(u64::MAX), limit)?))
    }

    /// Reserved and sending jobs whose lease ended at or before `now`.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn lapsed(&self, now: Moment, limit: usize) -> Result<Vec<JobId>, StoreError> {
        let high = t::moment_key(now, JobId(u64::MAX));
        Ok(ids(&self.raw.keys(t::LEASED, (&LOW[..16], &high), limit)?))
    }

    /// Jobs shown under a word, by id, after `after`. Waiting covers reserved ones.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn jobs_in(
        &self,
        word: JobWord,
        after: Option<JobId>,
        limit: usize,
    ) -> Result<Vec<JobId>, StoreError> {
        let from = match after {
            None => 0,
            Some(JobId(u64::MAX)) => return Ok(Vec::new()),
            Some(JobId(id)) => id + 1,
        };
        let low = t::word_key(word, JobId(from));
        let high = t::word_key(word, JobId(u64::MAX));
        Ok(ids(&self.raw.keys(t::WORDS, (&low, &high), limit)?))
    }

    /// All reserved, sending or unsure jobs, by id: what a start has to look after.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn unfinished(&self, limit: usize) -> Result<Vec<JobId>, StoreError> {
        let mut found = ids(&self.raw.keys(t::LEASED, (&LOW[..16], &HIGH[..16]), usize::MAX)?);
        found.extend(self.jobs_in(JobWord::Unsure, None, usize::MAX)?);
        found.sort_unstable();
        found.truncate(limit);
        Ok(found)
    }

    /// The job that holds an order's lane.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn lane(&self, order: OrderId) -> Result<Option<JobId>, StoreError> {
        self.holder(t::LANES, &order.bytes())
    }

    /// A job id never handed out before, kept with the commit. An id handed to a decision that then
    /// fails is handed out again.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] in a reader.
    pub fn next_job_id(&self) -> Result<JobId, StoreError> {
        let next = self.next_job.ok_or(StoreError::ReadOnly)?;
        let id = next.get();
        next.set(id + 1);
        Ok(JobId(id))
    }

    /// How many there are of what, without a scan.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let mut orders = BTreeMap::new();
        for word in StateWord::ALL {
            orders.insert(word, self.raw.number(t::COUNTS, &t::order_count_key(word))?);
        }
        let mut jobs = BTreeMap::new();
        for word in JobWord::ALL {
            jobs.insert(word, self.raw.number(t::COUNTS, &t::job_count_key(word))?);
        }
        let done_24h = jobs.get(&JobWord::Done).copied().unwrap_or(0);
        Ok(Counts { orders, jobs, done_24h })
    }

    /// What happened to an order, oldest first.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn timeline(&self, order: OrderId) -> Result<Vec<Entry>, StoreError> {
        let low = t::timeline_key(order, 0);
        let high = t::timeline_key(order, u64::MAX);
        let entries = self.raw.range(t::TIMELINE, (&low, &high), usize::MAX)?;
        entries
            .iter()
            .map(|(key, sealed)| {
                let value = self.raw.open(t::TIMELINE, key, sealed)?;
                decode::<EntryRec>(t::TIMELINE, key, &value).map(EntryRec::entry)
            })
            .collect()
    }

    /// The journal after a number, oldest first. Numbers that were trimmed are left out.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn journal(&self, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        let from = after.saturating_add(1).to_be_bytes();
        self.raw
            .range(t::JOURNAL, (&from, &HIGH[..8]), limit)?
            .iter()
            .map(|(key, sealed)| {
                let value = self.raw.open(t::JOURNAL, key, sealed)?;
                let rec = decode::<JournalRec>(t::JOURNAL, key, &value)?;
                Ok(rec.entry(t::tail_u64(key)))
            })
            .collect()
    }

    /// The greatest number of the journal handed out so far; 0 before the first.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn journal_head(&self) -> Result<u64, StoreError> {
        Ok(self.raw.number(t::META, t::META_NEXT_JOURNAL)?.saturating_sub(1))
    }
}

/// The job ids at the end of index keys.
fn ids(keys: &[Vec<u8>]) -> Vec<JobId> {
    keys.iter().map(|key| JobId(t::tail_u64(key))).collect()
}
