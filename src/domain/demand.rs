//! A label that a packer asks for in Linnworks, and what was printed.
//!
//! Knows neither how a label is drawn nor how Linnworks asks. Holds personal data, so `Debug` is written by
//! hand.

use std::fmt;

use super::ids::{ConsignmentNo, Generation, OrderId, OrderNumber, TrackingNumber};
use super::source::SourceOrder;
use super::time::{Moment, Timestamp};
use super::validate::text;

/// The depot, method and options of a service, as somebody chose them in Linnworks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Id of the depot.
    pub depot: String,
    /// Id of the method.
    pub method: String,
    /// Our own pieces instead of those of Linnworks: every unit of goods is one.
    pub override_packaging_split: bool,
    /// The components of a composite are shipped instead of the composite.
    pub skip_composite_parent: bool,
}

/// A service that was offered to Linnworks. Its id holds for ever, also when Stream no longer has what it
/// stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// `ServiceUniqueId`.
    pub id: uuid::Uuid,
    /// Id and name of the depot when it was offered last.
    pub depot: (String, String),
    /// Id and name of the method.
    pub method: (String, String),
}

/// One package as Linnworks asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// `SequenceNumber`: given back as it came.
    pub sequence: i64,
    /// Grams; 0 when not known.
    pub weight_g: u64,
    /// Units of goods in it.
    pub units: u32,
}

/// What is printed of an order, from one reading of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// Recipient.
    pub name: String,
    /// Company, or empty.
    pub company: String,
    /// Street lines, none empty.
    pub lines: Vec<String>,
    /// Town.
    pub town: String,
    /// County or region, or empty.
    pub region: String,
    /// Postcode.
    pub postcode: String,
    /// Country, as Linnworks names it.
    pub country: String,
    /// Phone.
    pub phone: String,
    /// The sales channel's reference; may be empty.
    pub reference: String,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content(..)")
    }
}

impl Content {
    /// What is printed of an order that was just read.
    pub fn of(source: &SourceOrder) -> Self {
        let address = &source.address;
        let lines = address.lines.iter().map(|line| text::clean(line));
        Self {
            name: text::clean(&address.full_name),
            company: text::clean(&address.company),
            lines: lines.filter(|line| !line.is_empty()).collect(),
            town: text::clean(&address.town),
            region: text::clean(&address.region),
            postcode: text::clean(&address.postcode),
            country: text::clean(&address.country),
            phone: text::clean(&address.phone),
            reference: text::clean(&source.reference),
        }
    }
}

/// How far a demand is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DemandState {
    /// The order is to be read.
    Asked,
    /// It was read and judged.
    Read {
        /// When.
        at: Moment,
        /// What is to be printed.
        content: Box<Content>,
    },
    /// There can be no label: why, as the packer reads it.
    Gone(String),
}

/// Somebody waits for the label of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Of which.
    pub number: OrderNumber,
    /// The same, when we know it.
    pub order: Option<OrderId>,
    /// When it was asked for last.
    pub asked_at: Timestamp,
    /// The same, to tell fresh from stale.
    pub asked: Moment,
    /// The service that was asked for.
    pub choice: Choice,
    /// How far it is.
    pub state: DemandState,
}

/// Labels that were handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// SHA-256 of what was asked for.
    pub asked: [u8; 32],
    /// Of which shipment.
    pub generation: Generation,
    /// Its key in Stream.
    pub consignment: ConsignmentNo,
    /// Its tracking number.
    pub tracking: TrackingNumber,
    /// When.
    pub at: Timestamp,
    /// Width and height in hundredths of an inch.
    pub size: (u32, u32),
    /// Of each label, 1 to 5.
    pub copies: u8,
    /// What is on them.
    pub content: Content,
    /// The delivery note.
    pub note: String,
    /// The packages that were asked for.
    pub pieces: Vec<Piece>,
    /// For each picture, the package it belongs to, by its place among `pieces`.
    pub sheets: Vec<u32>,
}

/// A manifest that was filed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What it is called.
    pub reference: String,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the shipments in it.
    pub set: [u8; 32],
    /// What is in it, by order number.
    pub rows: Vec<ManifestRow>,
}

/// One shipment of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestRow {
    /// Order.
    pub number: OrderNumber,
    /// Shipment.
    pub consignment: ConsignmentNo,
    /// Tracking number.
    pub tracking: TrackingNumber,
    /// Where it goes.
    pub postcode: String,
    /// Depot.
    pub depot: String,
    /// Delivery method.
    pub method: String,
    /// Packages; 0 when no label was printed here.
    pub packages: u32,
}
