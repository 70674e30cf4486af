//! Applies the changes of a decision inside the open write transaction, and everything that follows
//! from them. Knows the rules of the journal and the settings; those of orders, jobs and
//! notifications are in `orders`, `jobs` and `webhooks`. Decides nothing: what breaks a rule is refused.

use std::cell::Cell;

use super::changes::{Change, Changes, Setting};
use super::error::StoreError;
use super::raw::Raw;
use super::records::encode;
use super::records::entry::{EntryRec, JournalRec};
use super::records::settings::SettingRec;
use super::tables as t;
use super::view::View;
use crate::domain::event::Event;
use crate::domain::ids::{OrderId, OrderNumber};
use crate::domain::time::{Delay, Moment, Now, Timestamp};

/// Lines kept of one order's timeline; a busy order has some thirty.
pub const TIMELINE_MAX: u64 = 200;
/// Lines kept of the journal: it is the live feed, and this is days of it.
pub const JOURNAL_MAX: u64 = 100_000;
/// Lines trimmed from the journal in one commit beyond those it added, so that no commit is long.
const JOURNAL_TRIM_MAX: u64 = 16;
/// Done jobs removed in one commit, for the same reason.
const DONE_TRIM_MAX: usize = 8;
/// How long a done job is kept.
const DONE_KEPT: Delay = Delay::mins(24 * 60);

/// One write transaction being filled.
pub(super) struct Writer<'a> {
    pub(super) view: View<'a>,
    /// Next job id; shared with the views of decisions.
    pub(super) next_job: &'a Cell<u64>,
    /// Bytes written so far.
    pub(super) bytes: usize,
    next_journal: u64,
    journal_before: u64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(raw: Raw<'a>, next_job: &'a Cell<u64>) -> Result<Self, StoreError> {
        let view = View { raw, next_job: Some(next_job) };
        let next_journal = view.raw.number(t::META, t::META_NEXT_JOURNAL)?.max(1);
        Ok(Self { view, next_job, bytes: 0, next_journal, journal_before: next_journal })
    }

    pub(super) fn put(
        &mut self,
        table: t::Table,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), StoreError> {
        self.bytes += self.view.raw.put(table, key, value)?;
        Ok(())
    }

    pub(super) fn remove(&mut self, table: t::Table, key: &[u8]) -> Result<(), StoreError> {
        self.view.raw.remove(table, key)
    }

    /// Moves one from the count under `from` to that under `to`.
    pub(super) fn recount(
        &mut self,
        from: Option<[u8; 2]>,
        to: Option<[u8; 2]>,
    ) -> Result<(), StoreError> {
        if from == to {
            return Ok(());
        }
        if let Some(key) = from {
            let count = self.view.raw.number(t::COUNTS, &key)?.saturating_sub(1);
            self.put(t::COUNTS, &key, &count.to_be_bytes())?;
        }
        if let Some(key) = to {
            let count = self.view.raw.number(t::COUNTS, &key)?.saturating_add(1);
            self.put(t::COUNTS, &key, &count.to_be_bytes())?;
        }
        Ok(())
    }

    /// Applies all changes of a decision. After an error the transaction holds a part of them and
    /// must not be committed.
    pub(super) fn apply(&mut self, changes: &Changes, now: Now) -> Result<(), StoreError> {
        for change in &changes.0 {
            match change {
                Change::PutOrder(order) => self.put_order(order)?,
                Change::PutJob(job) => self.put_job(job, now.mono)?,
                Change::PutShipment(job, shipment) => self.put_shipment(*job, shipment)?,
                Change::Happened { order, event } => self.happened(*order, event, now.wall)?,
                Change::Set(setting) => self.set(setting)?,
                Change::ParkDamaged(job) => self.park_damaged(*job, now)?,
                Change::PutWebhook(webhook) => self.put_webhook(webhook)?,
                Change::PutBody(id, body) => self.put(t::BODIES, &t::webhook_key(*id), body)?,
                Change::Hint(order, id) => self.put(t::HINTS, &t::hint_key(*order, *id), &[])?,
                Change::Hinted(order, id) => self.remove(t::HINTS, &t::hint_key(*order, *id))?,
                Change::Mention(reference, id) => {
                    self.put(t::MENTIONS, &t::mention_key(reference, *id), &[])?;
                }
                Change::ForgetWebhook(id) => self.forget_webhook(*id)?,
                Change::PutDemand(demand) => self.put_demand(demand)?,
                Change::ForgetDemand(number) => {
                    self.remove(t::DEMANDS, &t::number_key(*number))?;
                }
                Change::PutLabels(order, printed, pictures) => {
                    self.put_labels(*order, printed, pictures)?;
                }
                Change::ForgetLabels(order) => self.forget_labels(*order)?,
                Change::PutManifest(manifest) => self.put_manifest(manifest)?,
                Change::ForgetManifest(reference) => self.forget_manifest(reference)?,
                Change::PurgeOrder(order) => self.purge_order(*order)?,
                Change::ForgetJobs(order) => self.forget_jobs(*order)?,
                Change::EraseTimeline(order) => self.erase_timeline(*order)?,
                Change::EraseJournal(lines) => self.erase_journal(lines)?,
                Change::EraseBody(id) => self.remove(t::BODIES, &t::webhook_key(*id))?,
                Change::EraseFromManifest(reference, number) => {
                    self.erase_from_manifest(reference, *number)?;
                }
            }
        }
        Ok(())
    }

    fn happened(
        &mut self,
        order: Option<(OrderId, OrderNumber)>,
        event: &Event,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let line = encode(&JournalRec::of(at, order, event))?;
        let seq = self.next_journal;
        self.next_journal += 1;
        self.put(t::JOURNAL, &seq.to_be_bytes(), &line)?;
        let Some((id, _)) = order else { return Ok(()) };
        let bounds = (t::timeline_key(id, 0), t::timeline_key(id, u64::MAX));
        let last = self.view.raw.last(t::TIMELINE, (&bounds.0, &bounds.1))?;
        let n = last.map_or(1, |key| t::tail_u64(&key).saturating_add(1));
        let line = encode(&EntryRec::of(at, event))?;
        self.put(t::TIMELINE, &t::timeline_key(id, n), &line)?;
        // Numbers of a timeline have no gaps: one is added, one is removed.
        if let Some(over) = n.checked_sub(TIMELINE_MAX) {
            self.remove(t::TIMELINE, &t::timeline_key(id, over))?;
        }
        Ok(())
    }

    fn set(&mut self, setting: &Setting) -> Result<(), StoreError> {
        let (name, rec) = SettingRec::of(setting);
        let value = encode(&rec)?;
        self.put(t::SETTINGS, name, &value)
    }

    /// What every commit does once, after all its members.
    pub(super) fn finish(&mut self, latest: Moment) -> Result<(), StoreError> {
        self.trim_journal()?;
        self.trim_done(latest)?;
        if self.next_journal != self.journal_before {
            let next = self.next_journal.to_be_bytes();
            self.put(t::META, t::META_NEXT_JOURNAL, &next)?;
        }
        let next = self.next_job.get().to_be_bytes();
        self.put(t::META, t::META_NEXT_JOB, &next)?;
        let before = self.view.raw.number(t::META, t::META_MOMENT)?;
        if latest.0 > before {
            self.put(t::META, t::META_MOMENT, &latest.0.to_be_bytes())?;
        }
        Ok(())
    }

    fn trim_journal(&mut self) -> Result<(), StoreError> {
        let added = self.next_journal - self.journal_before;
        let keep_from = self.next_journal.saturating_sub(JOURNAL_MAX);
        if keep_from <= 1 || added == 0 {
            return Ok(());
        }
        let high = (keep_from - 1).to_be_bytes();
        let limit = usize::try_from(added.saturating_add(JOURNAL_TRIM_MAX)).unwrap_or(usize::MAX);
        for (key, _) in self.view.raw.range(t::JOURNAL, (&[0; 8], &high), limit)? {
            self.remove(t::JOURNAL, &key)?;
        }
        Ok(())
    }

    fn trim_done(&mut self, latest: Moment) -> Result<(), StoreError> {
        let Some(until) = latest.0.checked_sub(DONE_KEPT.0) else { return Ok(()) };
        let high = t::moment_key(Moment(until), crate::domain::ids::JobId(u64::MAX));
        let over = self.view.raw.range(t::DONE, (&[0; 16], &high), DONE_TRIM_MAX)?;
        for (key, sealed) in over {
            // An entry that cannot be read is removed from the index alone; its job stays.
            let order = self.view.raw.open(t::DONE, &key, &sealed).ok();
            self.remove(t::DONE, &key)?;
            if let Some(order) = order.and_then(|value| t::order_at(&value, 0)) {
                self.remove_done(order, crate::domain::ids::JobId(t::tail_u64(&key)))?;
            }
        }
        Ok(())
    }
}
