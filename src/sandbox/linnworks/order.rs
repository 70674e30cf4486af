//! An order as the model of Linnworks keeps it, and as its API shows it.

use std::fmt;

use serde_json::{Value, json};

use crate::domain::time::Timestamp;
use crate::sandbox::encoding::ZERO_GUID;

/// A customer's address.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// Recipient.
    pub name: String,
    /// Company, or empty.
    pub company: String,
    /// Street lines.
    pub lines: [String; 3],
    /// Town.
    pub town: String,
    /// County, or empty.
    pub region: String,
    /// Postcode as typed.
    pub postcode: String,
    /// Name of the country.
    pub country: String,
    /// Telephone.
    pub phone: String,
    /// E-mail.
    pub email: String,
}

/// One line of an order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Stock code.
    pub sku: String,
    /// Title.
    pub title: String,
    /// Whole units; of a component: in total.
    pub quantity: i64,
    /// Grams of one unit.
    pub weight: f64,
    /// A charge, not goods.
    pub service: bool,
    /// Components of a composite.
    pub children: Vec<Line>,
}

/// A note on an order.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// Key.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// Not printed on invoices.
    pub internal: bool,
    /// Its text.
    pub text: String,
    /// Who wrote it.
    pub by: String,
}

/// An order: the truth about it.
#[derive(Clone, PartialEq)]
pub struct Order {
    /// What people call it.
    pub number: u32,
    /// Key, a GUID in lower case.
    pub id: String,
    /// `ReferenceNum`.
    pub reference: String,
    /// Key of its location.
    pub location: String,
    /// Vendor of its postal service.
    pub vendor: String,
    /// Name of its postal service.
    pub service: String,
    /// Key of its postal service.
    pub service_id: String,
    /// Payment status: 0 unpaid, 1 paid, 4 resend.
    pub status: i64,
    /// Parked.
    pub parked: bool,
    /// On hold (locked).
    pub hold: bool,
    /// Cancelled; not open any more.
    pub cancelled: bool,
    /// When it was processed; not open any more.
    pub processed: Option<Timestamp>,
    /// When it was received.
    pub received: Timestamp,
    /// Where it goes.
    pub address: Address,
    /// What is in it.
    pub lines: Vec<Line>,
    /// Tags of the identifiers on it, in the order they were put there.
    pub tags: Vec<String>,
    /// Notes, oldest first.
    pub notes: Vec<Note>,
    /// Empty when there is none.
    pub tracking: String,
    /// Grams with packaging.
    pub total_weight: f64,
    /// Grams without packaging.
    pub item_weight: f64,
    /// What the customer paid for postage.
    pub postage: f64,
    /// Weight and cost were typed by hand.
    pub manual_adjust: bool,
    /// Answered with wrong JSON types.
    pub unreadable: bool,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("number", &self.number)
            .field("service", &self.service)
            .field("open", &self.is_open())
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note(..)")
    }
}

/// The key of an order made from its number: spread like a GUID, and the same in every run.
pub(in crate::sandbox) fn order_guid(number: u32) -> String {
    format!("{:08x}-5b0d-4c5e-9a00-{number:012x}", number.wrapping_mul(2_654_435_761))
}

impl Order {
    /// An empty paid order.
    pub(in crate::sandbox) fn new(number: u32, received: Timestamp) -> Self {
        Self {
            number,
            id: order_guid(number),
            reference: format!("SHOP-{number}"),
            location: ZERO_GUID.to_owned(),
            vendor: "Stream".to_owned(),
            service: String::new(),
            service_id: ZERO_GUID.to_owned(),
            status: 1,
            parked: false,
            hold: false,
            cancelled: false,
            processed: None,
            received,
            address: Address::default(),
            lines: Vec::new(),
            tags: Vec::new(),
            notes: Vec::new(),
            tracking: String::new(),
            total_weight: 0.0,
            item_weight: 0.0,
            postage: 0.0,
            manual_adjust: false,
            unreadable: false,
        }
    }

    /// Neither processed nor cancelled.
    pub fn is_open(&self) -> bool {
        self.processed.is_none() && !self.cancelled
    }

    /// Sums the weights of the lines into the shipping block.
    pub(in crate::sandbox) fn weigh(&mut self) {
        let grams =
            |line: &Line| f64::from(i32::try_from(line.quantity).unwrap_or(0)) * line.weight;
        self.item_weight = self.lines.iter().filter(|line| !line.service).map(grams).sum();
        self.total_weight = self.item_weight + 500.0;
    }

    /// `OrderDetails` as `GetOpenOrdersDetails` and `GetOrdersById` show it.
    pub(super) fn details(&self, identifiers: Vec<Value>) -> Value {
        let zero = "0001-01-01T00:00:00";
        let received = self.received.rfc3339();
        let (tracking, notes) = (self.notes.len(), self.notes_json());
        json!({
            "OrderId": self.id, "NumOrderId": self.number,
            "Processed": !self.is_open(),
            "ProcessedDateTime": self.processed.map(Timestamp::rfc3339),
            "FulfilmentLocationId": self.location,
            "GeneralInfo": {
                "Status": self.status, "LabelPrinted": false, "LabelError": "",
                "InvoicePrinted": false, "InvoicePrintError": "", "PickListPrinted": false,
                "PickListPrintError": "", "IsRuleRun": false, "Notes": tracking,
                "PartShipped": false, "Marker": if self.parked { 7 } else { 0 },
                "IsParked": self.parked,
                "HoldOrCancel": if self.is_open() { self.hold } else { self.cancelled },
                "Identifiers": identifiers, "ReferenceNum": self.reference,
                "SecondaryReference": "", "ExternalReferenceNum": self.reference,
                "ReceivedDate": received, "DespatchByDate": zero,
                "HasScheduledDelivery": false, "ScheduledDelivery": null,
                "Source": "DIRECT", "SubSource": "Web shop", "SiteCode": "",
                "Location": self.location, "NumItems": self.lines.len(),
                "PickwaveIds": [], "StockAllocationType": "Full", "PIIRedactionDays": null,
            },
            "ShippingInfo": self.shipping_json(),
            "CustomerInfo": {
                "ChannelBuyerName": self.address.name,
                "Address": self.address_json(), "BillingAddress": self.address_json(),
            },
            "TotalsInfo": self.totals_json(),
            "ExtendedProperties": [], "FolderName": [], "Items": self.items_json(),
            "Notes": notes, "PaidDateTime": if self.status == 1 { json!(received) } else { Value::Null },
            "TaxId": "",
        })
    }

    /// `ShippingInfo`.
    pub(super) fn shipping_json(&self) -> Value {
        json!({
            "Vendor": self.vendor, "PostalServiceId": self.service_id,
            "PostalServiceName": self.service, "TotalWeight": self.total_weight,
            "ItemWeight": self.item_weight, "PackageCategoryId": ZERO_GUID,
            "PackageCategory": "Default", "PackageTypeId": ZERO_GUID, "PackageType": "Default",
            "PostageCost": self.postage, "PostageCostExTax": self.postage,
            "TrackingNumber": self.tracking, "ManualAdjust": self.manual_adjust,
        })
    }

    /// `TotalsInfo`.
    pub(super) fn totals_json(&self) -> Value {
        json!({
            "Subtotal": 499.0, "PostageCost": self.postage, "PostageCostExTax": self.postage,
            "Tax": 0.0, "TotalCharge": 499.0 + self.postage, "PaymentMethod": "Card",
            "PaymentMethodId": ZERO_GUID, "ProfitMargin": 0.0, "TotalDiscount": 0.0,
            "Currency": "GBP", "CountryTaxRate": 20.0, "ConversionRate": 1.0,
        })
    }

    /// `OrderNote[]`.
    pub(super) fn notes_json(&self) -> Value {
        self.notes.iter().map(|note| self.note_json(note)).collect()
    }

    /// One `OrderNote`.
    pub(super) fn note_json(&self, note: &Note) -> Value {
        json!({"OrderNoteId": note.id, "OrderId": self.id, "NoteDate": note.at.rfc3339(),
            "Internal": note.internal, "Note": note.text, "CreatedBy": note.by, "NoteTypeId": null})
    }

    fn address_json(&self) -> Value {
        let address = &self.address;
        json!({
            "FullName": address.name, "Company": address.company, "Address1": address.lines[0],
            "Address2": address.lines[1], "Address3": address.lines[2], "Town": address.town,
            "Region": address.region, "PostCode": address.postcode, "Country": address.country,
            "CountryId": "d1f2a3b4-0044-4a4a-8c8c-000000000044", "Continent": "Europe",
            "PhoneNumber": address.phone, "EmailAddress": address.email,
        })
    }

    fn items_json(&self) -> Value {
        self.lines.iter().enumerate().map(|(at, line)| self.item_json(at, line)).collect()
    }

    fn item_json(&self, at: usize, line: &Line) -> Value {
        let quantity = if self.unreadable { json!({"x": 1}) } else { json!(line.quantity) };
        let children: Vec<Value> = (line.children.iter().enumerate())
            .map(|(child, line)| self.item_json((at + 1) * 100 + child, line))
            .collect();
        let row = format!("{:08x}-7a7a-4b4b-8d8d-{:012x}", at + 1, self.number);
        json!({
            "RowId": row, "OrderId": self.id, "ItemId": ZERO_GUID, "StockItemId": row,
            "StockItemIntId": at + 1, "SKU": line.sku, "ItemNumber": line.sku,
            "ChannelSKU": line.sku, "ChannelTitle": line.title, "Title": line.title,
            "Quantity": quantity, "Weight": line.weight, "PricePerUnit": 0.0, "UnitCost": 0.0,
            "IsService": line.service, "IsUnlinked": false, "PartShipped": false,
            "BatchNumberScanRequired": false, "SerialNumberScanRequired": false,
            "BinRack": "A1", "BinRacks": [], "AdditionalInfo": [], "Boxes": [],
            "CompositeSubItems": children,
        })
    }
}
