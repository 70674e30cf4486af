//! An order as Linnworks shows it, after reading and before any decision.
//!
//! It holds the customer's personal data, so `Debug` is written by hand and shows none of it.

use std::fmt;

use super::ids::{LocationId, OrderId, OrderNumber, PostalServiceId, Tag};
use super::time::Timestamp;

/// Payment status of an order (`GeneralInfo.Status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// 0
    Unpaid,
    /// 1
    Paid,
    /// 2
    Return,
    /// 3
    Pending,
    /// 4: an exchange or resend; shipped like a paid order.
    Resend,
    /// A number the published list does not have. Not eligible.
    Other(i64),
}

/// A postal address with the people behind it. Any text may be empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// Recipient.
    pub full_name: String,
    /// Company, or empty.
    pub company: String,
    /// Street lines.
    pub lines: [String; 3],
    /// Town.
    pub town: String,
    /// County or region, or empty.
    pub region: String,
    /// Postcode as typed.
    pub postcode: String,
    /// Country **name** as Linnworks has it, not a code.
    pub country: String,
    /// Telephone.
    pub phone: String,
    /// E-mail.
    pub email: String,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Stock code; empty when the line is not linked to stock.
    pub sku: String,
    /// The sales channel's code.
    pub channel_sku: String,
    /// Title.
    pub title: String,
    /// Whole units.
    pub quantity: i64,
    /// Weight of one unit in the unit of the account, as read.
    pub weight: f64,
    /// Width, height and depth of one unit in centimetres, when known.
    pub size_cm: Option<[f64; 3]>,
    /// A charge, not goods: never shipped.
    pub is_service: bool,
    /// Components of a composite. Their quantities are already totals.
    pub children: Vec<Line>,
}

/// The whole shipping block (`ShippingInfo`): writing tracking overwrites all of it, so all of it
/// is read and sent back.
#[derive(Clone, Debug, PartialEq)]
pub struct Shipping {
    /// Vendor of the postal service.
    pub vendor: String,
    /// The postal service.
    pub service_id: PostalServiceId,
    /// Its name.
    pub service: String,
    /// As read.
    pub total_weight: f64,
    /// As read.
    pub item_weight: f64,
    /// As read.
    pub postage_cost: f64,
    /// Empty when there is none.
    pub tracking: String,
    /// As read.
    pub manual_adjust: bool,
}

/// An order as `GetOpenOrdersDetails` or `GetOrdersById` showed it.
#[derive(Clone, PartialEq)]
pub struct SourceOrder {
    /// Key.
    pub id: OrderId,
    /// What people call it.
    pub number: OrderNumber,
    /// No longer open.
    pub processed: bool,
    /// Where it is fulfilled.
    pub location: LocationId,
    /// Paid or not.
    pub payment: Payment,
    /// Parked.
    pub parked: bool,
    /// Open: on hold (locked). Processed: cancelled.
    pub hold_or_cancel: bool,
    /// Channel reference (`ReferenceNum`).
    pub reference: String,
    /// `ExternalReferenceNum`.
    pub external_reference: String,
    /// When it was received; `None` when Linnworks shows none.
    pub received: Option<Timestamp>,
    /// The window the customer chose, when there is one.
    pub scheduled: Option<(Timestamp, Timestamp)>,
    /// Postal service, weights, tracking.
    pub shipping: Shipping,
    /// Where it goes.
    pub address: Address,
    /// What is in it.
    pub lines: Vec<Line>,
    /// Identifiers on it, ours and others'.
    pub tags: Vec<Tag>,
}

impl fmt::Debug for SourceOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceOrder")
            .field("id", &self.id)
            .field("number", &self.number)
            .field("processed", &self.processed)
            .field("payment", &self.payment)
            .field("parked", &self.parked)
            .field("hold_or_cancel", &self.hold_or_cancel)
            .field("service", &self.shipping.service)
            .field("lines", &self.lines.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

/// An order of a bulk answer that could not be read; the others of the answer are not affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its key.
    pub id: OrderId,
    /// Its number, when at least that could be read.
    pub number: Option<OrderNumber>,
    /// What could not be read, without any of the order's data: `Items[2].Quantity is not a number`.
    pub what: String,
}

/// The answer to a bulk read of orders. An id that was asked for and stands in neither list was
/// not in the answer at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    /// Those that could be read.
    pub orders: Vec<SourceOrder>,
    /// Those that were there and could not.
    pub unreadable: Vec<Unreadable>,
}

/// An identifier as the account has it (`OpenOrders/GetIdentifiers`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Its number in the account.
    pub id: i64,
    /// Its key: what orders carry.
    pub tag: Tag,
    /// Its label.
    pub name: String,
    /// False for the system's own, such as `AMAZON_PRIME`.
    pub custom: bool,
}

/// The answer to a bulk change of identifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Orders that were changed by this call.
    pub changed: Vec<OrderId>,
    /// Orders that were not: already as wanted, or unknown, or no longer open. Which of these is
    /// not said; only a read can tell.
    pub not_changed: Vec<OrderId>,
}
