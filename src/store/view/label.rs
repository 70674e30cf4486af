//! Demands, labels and manifests.

use super::{HIGH, LOW, View, between};
use crate::domain::demand::{Demand, Manifest, Printed};
use crate::domain::ids::{OrderId, OrderNumber};
use crate::store::error::StoreError;
use crate::store::records::damaged;
use crate::store::records::label::{DemandRec, LabelsRec, ManifestRec};
use crate::store::tables as t;

impl View<'_> {
    /// Whoever waits for the label of an order.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn demand(&self, number: OrderNumber) -> Result<Option<Demand>, StoreError> {
        let rec = self.record::<DemandRec>(t::DEMANDS, &t::number_key(number))?;
        Ok(rec.map(|rec| rec.demand(number)))
    }

    /// The orders of all demands, by number.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn demands(&self, limit: usize) -> Result<Vec<OrderNumber>, StoreError> {
        let keys = self.raw.keys(t::DEMANDS, (&LOW[..8], &HIGH[..8]), limit)?;
        Ok(keys.iter().map(|key| OrderNumber(t::tail_u64(key))).collect())
    }

    /// The labels of an order.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn labels(&self, order: OrderId) -> Result<Option<Printed>, StoreError> {
        let rec = self.record::<LabelsRec>(t::LABELS, &order.bytes())?;
        Ok(rec.map(LabelsRec::printed))
    }

    /// The pictures of an order's labels, one for each of its sheets.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn pictures(&self, order: OrderId, count: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let one = |n| {
            let key = t::picture_key(order, n);
            let found = self.raw.get(t::PICTURES, &key)?;
            found.ok_or_else(|| damaged(t::PICTURES, &key, "it is missing"))
        };
        (0..).take(count).map(one).collect()
    }

    /// A manifest that was filed.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn manifest(&self, reference: &str) -> Result<Option<Manifest>, StoreError> {
        let rec = self.record::<ManifestRec>(t::MANIFESTS, reference.as_bytes())?;
        Ok(rec.map(|rec| rec.manifest(reference.to_owned())))
    }

    /// The manifest of exactly these shipments.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn manifest_of(&self, set: &[u8; 32]) -> Result<Option<String>, StoreError> {
        let found = self.raw.get(t::MANIFEST_SETS, set)?;
        Ok(found.map(|name| String::from_utf8_lossy(&name).into_owned()))
    }

    /// The last manifest whose reference begins so.
    ///
    /// # Errors
    /// As [`Self::order`].
    pub fn last_manifest(&self, prefix: &str) -> Result<Option<String>, StoreError> {
        let (low, high) = between(prefix.as_bytes(), &[], &HIGH);
        let last = self.raw.last(t::MANIFESTS, (&low, &high))?;
        Ok(last.map(|key| String::from_utf8_lossy(&key).into_owned()))
    }
}
