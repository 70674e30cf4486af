//! Stored shapes of demands, labels and manifests. FROZEN, see the parent module.

use serde::{Deserialize, Serialize};

use crate::domain::demand::{
    Choice, Content, Demand, DemandState, Manifest, ManifestRow, Piece, Printed,
};
use crate::domain::ids::{ConsignmentNo, Generation, OrderId, OrderNumber, TrackingNumber};
use crate::domain::time::{Moment, Timestamp};

/// Somebody waits for a label; the order's number is the key.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum DemandRec {
    V1 {
        order: Option<[u8; 16]>,
        asked_at: i64,
        asked: u64,
        /// Depot and method.
        service: (String, String),
        /// Own pieces, components alone.
        options: (bool, bool),
        state: DemandStateV1,
    },
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) enum DemandStateV1 {
    Asked,
    Read { at: u64, content: ContentV1 },
    Gone(String),
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct ContentV1 {
    name: String,
    company: String,
    lines: Vec<String>,
    town: String,
    region: String,
    postcode: String,
    country: String,
    phone: String,
    reference: String,
}

/// Labels of an order; its id is the key.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum LabelsRec {
    V1(LabelsV1),
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct LabelsV1 {
    asked: [u8; 32],
    generation: u32,
    consignment: String,
    tracking: String,
    at: i64,
    size: (u32, u32),
    copies: u8,
    content: ContentV1,
    note: String,
    /// Sequence, grams, units.
    pieces: Vec<(i64, u64, u32)>,
    sheets: Vec<u32>,
}

/// A manifest; its reference is the key.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum ManifestRec {
    V1 { at: i64, set: [u8; 32], rows: Vec<RowV1> },
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct RowV1 {
    number: u64,
    consignment: String,
    tracking: String,
    postcode: String,
    depot: String,
    method: String,
    packages: u32,
}

impl DemandRec {
    pub(in crate::store) fn of(demand: &Demand) -> Self {
        let choice = &demand.choice;
        Self::V1 {
            order: demand.order.map(|id| id.bytes()),
            asked_at: demand.asked_at.0,
            asked: demand.asked.0,
            service: (choice.depot.clone(), choice.method.clone()),
            options: (choice.override_packaging_split, choice.skip_composite_parent),
            state: match &demand.state {
                DemandState::Asked => DemandStateV1::Asked,
                DemandState::Read { at, content } => {
                    DemandStateV1::Read { at: at.0, content: ContentV1::of(content) }
                }
                DemandState::Gone(why) => DemandStateV1::Gone(why.clone()),
            },
        }
    }

    pub(in crate::store) fn demand(self, number: OrderNumber) -> Demand {
        let Self::V1 { order, asked_at, asked, service, options, state } = self;
        Demand {
            number,
            order: order.map(OrderId::from_bytes),
            asked_at: Timestamp(asked_at),
            asked: Moment(asked),
            choice: Choice {
                depot: service.0,
                method: service.1,
                override_packaging_split: options.0,
                skip_composite_parent: options.1,
            },
            state: match state {
                DemandStateV1::Asked => DemandState::Asked,
                DemandStateV1::Read { at, content } => {
                    DemandState::Read { at: Moment(at), content: Box::new(content.content()) }
                }
                DemandStateV1::Gone(why) => DemandState::Gone(why),
            },
        }
    }
}

impl ContentV1 {
    fn of(content: &Content) -> Self {
        let c = content.clone();
        Self {
            name: c.name,
            company: c.company,
            lines: c.lines,
            town: c.town,
            region: c.region,
            postcode: c.postcode,
            country: c.country,
            phone: c.phone,
            reference: c.reference,
        }
    }

    fn content(self) -> Content {
        Content {
            name: self.name,
            company: self.company,
            lines: self.lines,
            town: self.town,
            region: self.region,
            postcode: self.postcode,
            country: self.country,
            phone: self.phone,
            reference: self.reference,
        }
    }
}

impl LabelsRec {
    pub(in crate::store) fn of(printed: &Printed) -> Self {
        Self::V1(LabelsV1 {
            asked: printed.asked,
            generation: printed.generation.0,
            consignment: printed.consignment.0.clone(),
            tracking: printed.tracking.0.clone(),
            at: printed.at.0,
            size: printed.size,
            copies: printed.copies,
            content: ContentV1::of(&printed.content),
            note: printed.note.clone(),
            pieces: printed.pieces.iter().map(|p| (p.sequence, p.weight_g, p.units)).collect(),
            sheets: printed.sheets.clone(),
        })
    }

    pub(in crate::store) fn printed(self) -> Printed {
        let Self::V1(v1) = self;
        let piece = |(sequence, weight_g, units)| Piece { sequence, weight_g, units };
        Printed {
            asked: v1.asked,
            generation: Generation(v1.generation),
            consignment: ConsignmentNo(v1.consignment),
            tracking: TrackingNumber(v1.tracking),
            at: Timestamp(v1.at),
            size: v1.size,
            copies: v1.copies,
            content: v1.content.content(),
            note: v1.note,
            pieces: v1.pieces.into_iter().map(piece).collect(),
            sheets: v1.sheets,
        }
    }
}

impl ManifestRec {
    pub(in crate::store) fn of(manifest: &Manifest) -> Self {
        let row = |row: &ManifestRow| RowV1 {
            number: row.number.0,
            consignment: row.consignment.0.clone(),
            tracking: row.tracking.0.clone(),
            postcode: row.postcode.clone(),
            depot: row.depot.clone(),
            method: row.method.clone(),
            packages: row.packages,
        };
        Self::V1 {
            at: manifest.at.0,
            set: manifest.set,
            rows: manifest.rows.iter().map(row).collect(),
        }
    }

    pub(in crate::store) fn manifest(self, reference: String) -> Manifest {
        let Self::V1 { at, set, rows } = self;
        let row = |row: RowV1| ManifestRow {
            number: OrderNumber(row.number),
            consignment: ConsignmentNo(row.consignment),
            tracking: TrackingNumber(row.tracking),
            postcode: row.postcode,
            depot: row.depot,
            method: row.method,
            packages: row.packages,
        };
        let rows = rows.into_iter().map(row).collect();
        Manifest { reference, at: Timestamp(at), set, rows }
    }
}
