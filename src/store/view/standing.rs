//! Shipments to be read, runs, consignments.

use super::{HIGH, LOW, View, between};
use crate::domain::ids::{ConsignmentNo, OrderId};
use crate::domain::order::{Haste, Order};
use crate::domain::time::{Day, Moment, Timestamp};
use crate::store::error::StoreError;
use crate::store::tables as t;

impl View<'_> {
    /// Orders of a line that are due to be read, the longest due first.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn reads_due(
        &self,
        haste: Haste,
        now: Moment,
        limit: usize,
    ) -> Result<Vec<OrderId>, StoreError> {
        let low = t::sweep_key(haste, Moment(0), OrderId::from_bytes([0; 16]));
        let high = t::sweep_key(haste, now, OrderId::from_bytes([0xff; 16]));
        let keys = self.raw.keys(t::SWEEP, (&low, &high), limit)?;
        Ok(keys.iter().filter_map(|key| t::order_at(key, 9)).collect())
    }

    /// When the first order of a line is or was due to be read.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn next_read(&self, haste: Haste) -> Result<Option<Moment>, StoreError> {
        let (low, high) = between(&[haste as u8], &LOW[..24], &HIGH[..24]);
        let keys = self.raw.keys(t::SWEEP, (&low, &high), 1)?;
        Ok(keys.first().map(|key| Moment(t::u64_at(key, 1))))
    }

    /// When the shipment that was not read for the longest time was read.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn oldest_read(&self) -> Result<Option<Timestamp>, StoreError> {
        let keys = self.raw.keys(t::READS, (&LOW[..24], &HIGH[..24]), 1)?;
        Ok(keys.first().map(|key| Timestamp(i64::try_from(t::u64_at(key, 0)).unwrap_or(i64::MAX))))
    }

    /// The order of a consignment.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn order_by_consignment(
        &self,
        consignment: &ConsignmentNo,
    ) -> Result<Option<Order>, StoreError> {
        let key = t::reference_key(consignment.as_str());
        let Some(value) = self.raw.get(t::CONSIGNMENTS, &key)? else { return Ok(None) };
        let Some(id) = t::order_at(&value, 0) else { return Ok(None) };
        let is_it = |order: &Order| {
            let shipped = order.shipped.as_ref();
            shipped.is_some_and(|s| s.consignment.as_str().trim() == consignment.as_str().trim())
        };
        // Two texts may share a fingerprint.
        Ok(self.order(id)?.filter(is_it))
    }

    /// Orders on runs of these days, by day and run; `None` bounds are open.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn on_runs(
        &self,
        from: Option<Day>,
        to: Option<Day>,
        limit: usize,
    ) -> Result<Vec<OrderId>, StoreError> {
        let (low, _) = between(&t::day_key(from), &LOW[..24], &[]);
        let last = to.map_or([0xff; 10], |day| t::day_key(Some(day)));
        let (_, high) = between(&last, &[], &HIGH[..24]);
        let keys = self.raw.keys(t::RUNS, (&low, &high), limit)?;
        Ok(keys.iter().filter_map(|key| t::order_at(key, 18)).collect())
    }
}
