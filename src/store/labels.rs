//! Writes demands, labels with their pictures, and manifests.

use super::apply::Writer;
use super::error::StoreError;
use super::records::encode;
use super::records::label::{DemandRec, LabelsRec, ManifestRec};
use super::tables as t;
use crate::domain::demand::{Demand, Manifest, Printed};
use crate::domain::ids::OrderId;

impl Writer<'_> {
    pub(super) fn put_demand(&mut self, demand: &Demand) -> Result<(), StoreError> {
        let value = encode(&DemandRec::of(demand))?;
        self.put(t::DEMANDS, &t::number_key(demand.number), &value)
    }

    pub(super) fn put_labels(
        &mut self,
        order: OrderId,
        printed: &Printed,
        pictures: &[Vec<u8>],
    ) -> Result<(), StoreError> {
        if pictures.len() != printed.sheets.len() {
            return Err(StoreError::Invariant("a label would lack its picture".into()));
        }
        self.forget_labels(order)?;
        for (n, picture) in (0..).zip(pictures) {
            self.put(t::PICTURES, &t::picture_key(order, n), picture)?;
        }
        self.put(t::LABEL_TIMES, &t::read_key(printed.at, order), &[])?;
        let value = encode(&LabelsRec::of(printed))?;
        self.put(t::LABELS, &order.bytes(), &value)
    }

    pub(super) fn forget_labels(&mut self, order: OrderId) -> Result<(), StoreError> {
        let Some(old) = self.view.labels(order)? else { return Ok(()) };
        for n in (0..).take(old.sheets.len()) {
            self.remove(t::PICTURES, &t::picture_key(order, n))?;
        }
        self.remove(t::LABEL_TIMES, &t::read_key(old.at, order))?;
        self.remove(t::LABELS, &order.bytes())
    }

    pub(super) fn put_manifest(&mut self, manifest: &Manifest) -> Result<(), StoreError> {
        let key = manifest.reference.as_bytes();
        if self.view.manifest(&manifest.reference)?.is_some() {
            let text = format!("manifest {} was filed before", manifest.reference);
            return Err(StoreError::Invariant(text));
        }
        self.put(t::MANIFEST_SETS, &manifest.set, key)?;
        let value = encode(&ManifestRec::of(manifest))?;
        self.put(t::MANIFESTS, key, &value)
    }
}
