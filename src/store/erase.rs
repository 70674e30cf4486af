//! Takes out what is personal of an order and leaves what happened, and when.

use super::apply::Writer;
use super::error::StoreError;
use super::records::entry::{EntryRec, JournalRec};
use super::records::label::ManifestRec;
use super::records::{decode, encode};
use super::tables as t;
use crate::domain::ids::{JobId, OrderId, OrderNumber};
use crate::domain::job::JobWord;

impl Writer<'_> {
    pub(super) fn forget_jobs(&mut self, order: OrderId) -> Result<(), StoreError> {
        for id in self.view.job_ids_of(order)? {
            let done = self.view.job(id)?.is_none_or(|job| job.state.word() == JobWord::Done);
            if done {
                self.remove_job(order, id)?;
            }
        }
        // Few if any: they are evidence of a damaged disk. The record names its order in the clear.
        for (key, bytes) in self.view.raw.range(t::DAMAGED, (&[], &[0xff; 32]), usize::MAX)? {
            if bytes.windows(16).any(|part| part == order.bytes()) {
                self.remove(t::DAMAGED, &key)?;
                self.remove(t::SHIPMENTS, &t::job_key(JobId(t::tail_u64(&key))))?;
            }
        }
        Ok(())
    }

    pub(super) fn erase_timeline(&mut self, order: OrderId) -> Result<(), StoreError> {
        let bounds = (t::timeline_key(order, 0), t::timeline_key(order, u64::MAX));
        for (key, sealed) in self.view.raw.range(t::TIMELINE, (&bounds.0, &bounds.1), usize::MAX)? {
            let value = self.view.raw.open(t::TIMELINE, &key, &sealed)?;
            let rec = decode::<EntryRec>(t::TIMELINE, &key, &value)?;
            if let Some(rec) = rec.impersonal() {
                self.put(t::TIMELINE, &key, &encode(&rec)?)?;
            }
        }
        Ok(())
    }

    pub(super) fn erase_journal(&mut self, lines: &[u64]) -> Result<(), StoreError> {
        for seq in lines {
            let key = seq.to_be_bytes();
            let Some(value) = self.view.raw.get(t::JOURNAL, &key)? else { continue };
            let rec = decode::<JournalRec>(t::JOURNAL, &key, &value)?;
            if let Some(rec) = rec.impersonal() {
                self.put(t::JOURNAL, &key, &encode(&rec)?)?;
            }
        }
        Ok(())
    }

    pub(super) fn erase_from_manifest(
        &mut self,
        reference: &str,
        number: OrderNumber,
    ) -> Result<(), StoreError> {
        let Some(mut manifest) = self.view.manifest(reference)? else { return Ok(()) };
        for row in manifest.rows.iter_mut().filter(|row| row.number == number) {
            row.postcode.clear();
        }
        let value = encode(&ManifestRec::of(&manifest))?;
        self.put(t::MANIFESTS, reference.as_bytes(), &value)
    }

    pub(super) fn forget_manifest(&mut self, reference: &str) -> Result<(), StoreError> {
        if let Some(manifest) = self.view.manifest(reference)? {
            self.remove(t::MANIFEST_SETS, &manifest.set)?;
        }
        self.remove(t::MANIFESTS, reference.as_bytes())
    }
}
