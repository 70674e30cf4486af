//! What we ask Stream to ship: mapping from an order, and its fingerprint.
//!
//! A [`Shipment`] holds everything that goes into one create request and nothing else, so the same
//! shipment always gives the same bytes. Sources of the fields: the published client's mapping,
//! corrected where it lost data (town and county, country, the customer's own e-mail).
//!
//! Must not know how a request is written, nor when or why it is sent.
//!
//! - `build`: the mapping as a whole
//! - `party`: destination and contact
//! - `items`: item lines
//! - `fingerprint`: has it changed
//! - `compare`: is what Stream has what we meant

mod build;
mod compare;
mod fingerprint;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod items;
mod party;
#[cfg(test)]
mod tests;

pub use build::{Built, build};
pub use compare::{Difference, Match};
pub use items::grams;

use std::fmt;

use super::ids::StreamOrderNo;
use super::time::Day;

/// Kind of order in Stream (`header.orderType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderType {
    /// Goods go to the customer.
    Delivery,
    /// The customer collects.
    Collection,
}

/// An address and the person there, as Stream takes them. Holds personal data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// `address.name`, at most 35 characters.
    pub name: String,
    /// `address1`..`address3`, at most 35 characters each.
    pub lines: [String; 3],
    /// `address4`.
    pub town: String,
    /// `address5`; left out of the request when empty.
    pub county: String,
    /// Upper case, single space.
    pub postcode: String,
    /// ISO alpha-2.
    pub country: String,
    /// `contact.name`.
    pub contact: String,
    /// `contact.tel1`; left out when empty.
    pub tel: String,
    /// `contact.mobile`; left out when empty.
    pub mobile: String,
    /// `contact.email`; left out when empty.
    pub email: String,
}

/// One item line.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// From 1, unique inside the order.
    pub sequence: u32,
    /// Sequence of the package line that holds it.
    pub parent: Option<u32>,
    /// Stock code.
    pub code: String,
    /// At most 50 characters.
    pub description: String,
    /// Whole units, at least 1.
    pub quantity: i64,
    /// Kilograms per unit, in thousandths: exact, so that the bytes never differ.
    pub weight_grams: i64,
    /// Volume per unit in cubic centimetres, when known; sent as cubic metres.
    pub volume_cm3: Option<i64>,
}

/// One create request to Stream.
#[derive(Clone, PartialEq)]
pub struct Shipment {
    /// `header.orderNo`.
    pub order_no: StreamOrderNo,
    /// `header.orderDate`: the day the order was received, in the site's zone.
    pub order_date: Day,
    /// `header.orderType`.
    pub order_type: OrderType,
    /// `header.serviceLevel`.
    pub service_level: String,
    /// `header.services[].code`.
    pub services: Vec<String>,
    /// `header.partner` id and name, when set.
    pub partner: Option<(String, String)>,
    /// `header.customerOrderNo`, at most 35 characters.
    pub customer_order_no: String,
    /// `header.driverNotes`, at most 140 characters.
    pub driver_notes: String,
    /// Customer and destination.
    pub party: Party,
    /// `required` in RFC 3339, when the customer chose a window.
    pub required: Option<(String, String)>,
    /// `deliveryMethod` or `collectionMethod`.
    pub method: String,
    /// `bookingRequired`.
    pub booking_required: bool,
    /// `items[].stockLocation`.
    pub stock_location: String,
    /// `items[].onHandDate`.
    pub on_hand: Option<Day>,
    /// What is in it.
    pub items: Vec<Item>,
}

impl fmt::Debug for Shipment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shipment")
            .field("order_no", &self.order_no)
            .field("method", &self.method)
            .field("items", &self.items.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Party(..)")
    }
}
