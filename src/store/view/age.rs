//! What is old enough to go: by time, from the oldest on.

use super::{HIGH, LOW, View};
use crate::domain::demand::Manifest;
use crate::domain::ids::OrderId;
use crate::domain::time::Timestamp;
use crate::store::changes::Purge;
use crate::store::error::StoreError;
use crate::store::records::label::ManifestRec;
use crate::store::records::{damaged, decode};
use crate::store::tables as t;

/// A place in an index by time.
pub type Aged = (Timestamp, OrderId);

impl View<'_> {
    /// Orders that have been over since before `until`, after `after`, the first to be over first.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn closed_before(
        &self,
        until: Timestamp,
        after: Option<Aged>,
        limit: usize,
    ) -> Result<Vec<Aged>, StoreError> {
        self.aged(t::CLOSED, until, after, limit)
    }

    /// Since when the first order is over that was not over before `from`.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn first_closed(&self, from: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.first(t::CLOSED, from)
    }

    /// Orders whose labels were printed before `until`, after `after`, the oldest first.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn labels_before(
        &self,
        until: Timestamp,
        after: Option<Aged>,
        limit: usize,
    ) -> Result<Vec<Aged>, StoreError> {
        self.aged(t::LABEL_TIMES, until, after, limit)
    }

    /// When the first label was printed that was not printed before `from`.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn first_label(&self, from: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.first(t::LABEL_TIMES, from)
    }

    fn aged(
        &self,
        table: t::Table,
        until: Timestamp,
        after: Option<Aged>,
        limit: usize,
    ) -> Result<Vec<Aged>, StoreError> {
        let low = after.map_or_else(|| LOW[..24].to_vec(), |(at, id)| t::read_key(at, id));
        let high = t::read_key(until, OrderId::from_bytes([0; 16]));
        // One more than asked for, because the first may be `after` itself.
        let keys = self.raw.keys(table, (&low, &high), limit.saturating_add(1))?;
        let place = |key: &Vec<u8>| Some((time_of(key), t::order_at(key, 8)?));
        let found = keys.iter().filter_map(place).filter(|place| Some(*place) != after);
        Ok(found.take(limit).collect())
    }

    fn first(&self, table: t::Table, from: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let low = t::read_key(from, OrderId::from_bytes([0; 16]));
        let keys = self.raw.keys(table, (&low, &HIGH[..24]), 1)?;
        Ok(keys.first().map(|key| time_of(key)))
    }

    /// Manifests by reference, after `after`. One that is damaged is left out.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn manifests(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Manifest>, StoreError> {
        let low = after.unwrap_or_default().as_bytes();
        let found = self.raw.range(t::MANIFESTS, (low, &HIGH), limit.saturating_add(1))?;
        let mut manifests = Vec::new();
        for (key, sealed) in found {
            if Some(key.as_slice()) == after.map(str::as_bytes) {
                continue;
            }
            let Ok(value) = self.raw.open(t::MANIFESTS, &key, &sealed) else { continue };
            let Ok(rec) = decode::<ManifestRec>(t::MANIFESTS, &key, &value) else { continue };
            manifests.push(rec.manifest(String::from_utf8_lossy(&key).into_owned()));
        }
        manifests.truncate(limit);
        Ok(manifests)
    }

    /// What may be removed by age now.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn purge(&self) -> Result<Option<Purge>, StoreError> {
        match self.setting(b"purge")? {
            Some(crate::store::Setting::Purge(purge)) => Ok(Some(purge)),
            None => Ok(None),
            Some(_) => Err(damaged(t::SETTINGS, b"purge", "another setting stands there")),
        }
    }
}

fn time_of(key: &[u8]) -> Timestamp {
    Timestamp(i64::try_from(t::u64_at(key, 0)).unwrap_or(i64::MAX))
}
