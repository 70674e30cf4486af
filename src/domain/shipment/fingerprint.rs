//! Fingerprints: has this changed since it was sent, or since it was last looked at?
//!
//! The bytes that are hashed have a version and every text has its length before it, so that two
//! different contents never give the same bytes. Fingerprints are kept in the store: to add a field
//! is to raise the version, and every open order then counts as changed once.

use super::{OrderType, Shipment};
use crate::domain::ids::Fingerprint;
use crate::domain::source::{Address, Line, Payment, SourceOrder};
use crate::domain::time::Timestamp;

/// Raised when the bytes that are hashed change.
const VERSION: u8 = 1;

impl Shipment {
    /// The fingerprint of what the order asks for: order type, service level, customer reference,
    /// driver notes, everything of [`Self::leg_fingerprint`].
    ///
    /// Not in it: the order number (a later generation is the same shipment), the order date and
    /// the on-hand date (they depend on the day), and partner, service codes and `bookingRequired`
    /// (settings of the site: to change one must not send every open shipment again).
    pub fn fingerprint(&self) -> Fingerprint {
        let mut bytes = Bytes::new();
        bytes.text(&self.service_level);
        bytes.text(&self.customer_order_no);
        bytes.text(&self.driver_notes);
        self.leg(&mut bytes);
        bytes.finish()
    }

    /// The fingerprint of what an update of the header cannot change: order type, address and
    /// contact, wanted window, method, stock location (it says which depot) and item lines. Equal
    /// here and different in [`Self::fingerprint`] means that only header fields changed.
    pub fn leg_fingerprint(&self) -> Fingerprint {
        let mut bytes = Bytes::new();
        self.leg(&mut bytes);
        bytes.finish()
    }

    fn leg(&self, bytes: &mut Bytes) {
        bytes.byte(match self.order_type {
            OrderType::Delivery => 0,
            OrderType::Collection => 1,
        });
        let party = &self.party;
        let [first, second, third] = &party.lines;
        for text in [
            &party.name,
            first,
            second,
            third,
            &party.town,
            &party.county,
            &party.postcode,
            &party.country,
            &party.contact,
            &party.tel,
            &party.mobile,
            &party.email,
            &self.method,
            &self.stock_location,
        ] {
            bytes.text(text);
        }
        bytes.option(self.required.as_ref(), |bytes, (from, to)| {
            bytes.text(from);
            bytes.text(to);
        });
        bytes.count(self.items.len());
        for item in &self.items {
            bytes.number(i64::from(item.sequence));
            bytes.option(item.parent, |bytes, parent| bytes.number(i64::from(parent)));
            bytes.text(&item.code);
            bytes.text(&item.description);
            bytes.number(item.quantity);
            bytes.number(item.weight_grams);
            bytes.option(item.volume_cm3, Bytes::number);
        }
    }
}

impl SourceOrder {
    /// The fingerprint of everything that could change whether the order is sent or what is sent:
    /// open or not, location, payment, parked, hold, references, received date, scheduled window,
    /// vendor and service, address, lines.
    ///
    /// Not in it: tracking number, postage, weights of the shipping block and identifiers, which we
    /// write ourselves or which do not reach Stream.
    pub fn content(&self) -> Fingerprint {
        let mut bytes = Bytes::new();
        bytes.byte(u8::from(self.processed));
        bytes.byte(u8::from(self.parked));
        bytes.byte(u8::from(self.hold_or_cancel));
        bytes.raw(&self.location.bytes());
        bytes.number(match self.payment {
            Payment::Unpaid => 0,
            Payment::Paid => 1,
            Payment::Return => 2,
            Payment::Pending => 3,
            Payment::Resend => 4,
            Payment::Other(number) => number,
        });
        bytes.text(&self.reference);
        bytes.text(&self.external_reference);
        bytes.option(self.received, |bytes, Timestamp(at)| bytes.number(at));
        bytes.option(self.scheduled, |bytes, (Timestamp(from), Timestamp(to))| {
            bytes.number(from);
            bytes.number(to);
        });
        bytes.text(&self.shipping.vendor);
        bytes.raw(&self.shipping.service_id.bytes());
        bytes.text(&self.shipping.service);
        bytes.address(&self.address);
        bytes.lines(&self.lines);
        bytes.finish()
    }
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn new() -> Self {
        Self(vec![VERSION])
    }

    fn finish(self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }

    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn number(&mut self, number: i64) {
        self.raw(&number.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        self.raw(&u64::try_from(count).unwrap_or(u64::MAX).to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.raw(text.as_bytes());
    }

    fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Zero has two forms and "not a number" many: each is written as one.
    fn decimal(&mut self, value: f64) {
        let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
        self.raw(&value.to_bits().to_be_bytes());
    }

    fn address(&mut self, address: &Address) {
        let [first, second, third] = &address.lines;
        for text in [
            &address.full_name,
            &address.company,
            first,
            second,
            third,
            &address.town,
            &address.region,
            &address.postcode,
            &address.country,
            &address.phone,
            &address.email,
        ] {
            self.text(text);
        }
    }

    fn lines(&mut self, lines: &[Line]) {
        self.count(lines.len());
        for line in lines {
            self.text(&line.sku);
            self.text(&line.channel_sku);
            self.text(&line.title);
            self.number(line.quantity);
            self.decimal(line.weight);
            self.option(line.size_cm, |bytes, sides| {
                for side in sides {
                    bytes.decimal(side);
                }
            });
            self.byte(u8::from(line.is_service));
            self.lines(&line.children);
        }
    }
}
