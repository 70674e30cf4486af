//! Stored shape of a shipment. Holds personal data; nothing here implements `Debug`. FROZEN, see
//! the parent module.

use serde::{Deserialize, Serialize};

use crate::domain::ids::StreamOrderNo;
use crate::domain::shipment::{Item, OrderType, Party, Shipment};
use crate::domain::time::Day;

/// What a create job sends; the job's id is the key.
#[derive(Serialize, Deserialize)]
pub(in crate::store) enum ShipmentRec {
    V1(Box<ShipmentV1>),
}

/// Year, month, day.
type DayV1 = (i16, i8, i8);

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct ShipmentV1 {
    order_no: String,
    order_date: DayV1,
    collection: bool,
    service_level: String,
    services: Vec<String>,
    partner: Option<(String, String)>,
    customer_order_no: String,
    driver_notes: String,
    party: PartyV1,
    required: Option<(String, String)>,
    method: String,
    booking_required: bool,
    stock_location: String,
    on_hand: Option<DayV1>,
    items: Vec<ItemV1>,
}

#[derive(Serialize, Deserialize)]
struct PartyV1 {
    name: String,
    lines: [String; 3],
    town: String,
    county: String,
    postcode: String,
    country: String,
    contact: String,
    tel: String,
    mobile: String,
    email: String,
}

#[derive(Serialize, Deserialize)]
struct ItemV1 {
    sequence: u32,
    parent: Option<u32>,
    code: String,
    description: String,
    quantity: i64,
    weight_grams: i64,
    volume_cm3: Option<i64>,
}

fn stored(day: Day) -> DayV1 {
    (day.0.year(), day.0.month(), day.0.day())
}

fn day((year, month, day): DayV1) -> Option<Day> {
    jiff::civil::Date::new(year, month, day).ok().map(Day)
}

impl ShipmentRec {
    pub(in crate::store) fn of(shipment: &Shipment) -> Self {
        let Shipment { party, .. } = shipment;
        Self::V1(Box::new(ShipmentV1 {
            order_no: shipment.order_no.0.clone(),
            order_date: stored(shipment.order_date),
            collection: match shipment.order_type {
                OrderType::Delivery => false,
                OrderType::Collection => true,
            },
            service_level: shipment.service_level.clone(),
            services: shipment.services.clone(),
            partner: shipment.partner.clone(),
            customer_order_no: shipment.customer_order_no.clone(),
            driver_notes: shipment.driver_notes.clone(),
            party: PartyV1::of(party),
            required: shipment.required.clone(),
            method: shipment.method.clone(),
            booking_required: shipment.booking_required,
            stock_location: shipment.stock_location.clone(),
            on_hand: shipment.on_hand.map(stored),
            items: shipment.items.iter().map(ItemV1::of).collect(),
        }))
    }

    /// `None` when a day in it is no day of the calendar.
    pub(in crate::store) fn shipment(self) -> Option<Shipment> {
        let Self::V1(v1) = self;
        Some(Shipment {
            order_no: StreamOrderNo(v1.order_no),
            order_date: day(v1.order_date)?,
            order_type: if v1.collection { OrderType::Collection } else { OrderType::Delivery },
            service_level: v1.service_level,
            services: v1.services,
            partner: v1.partner,
            customer_order_no: v1.customer_order_no,
            driver_notes: v1.driver_notes,
            party: v1.party.party(),
            required: v1.required,
            method: v1.method,
            booking_required: v1.booking_required,
            stock_location: v1.stock_location,
            on_hand: match v1.on_hand {
                Some(on_hand) => Some(day(on_hand)?),
                None => None,
            },
            items: v1.items.into_iter().map(ItemV1::item).collect(),
        })
    }
}

impl PartyV1 {
    fn of(party: &Party) -> Self {
        Self {
            name: party.name.clone(),
            lines: party.lines.clone(),
            town: party.town.clone(),
            county: party.county.clone(),
            postcode: party.postcode.clone(),
            country: party.country.clone(),
            contact: party.contact.clone(),
            tel: party.tel.clone(),
            mobile: party.mobile.clone(),
            email: party.email.clone(),
        }
    }

    fn party(self) -> Party {
        Party {
            name: self.name,
            lines: self.lines,
            town: self.town,
            county: self.county,
            postcode: self.postcode,
            country: self.country,
            contact: self.contact,
            tel: self.tel,
            mobile: self.mobile,
            email: self.email,
        }
    }
}

impl ItemV1 {
    fn of(item: &Item) -> Self {
        Self {
            sequence: item.sequence,
            parent: item.parent,
            code: item.code.clone(),
            description: item.description.clone(),
            quantity: item.quantity,
            weight_grams: item.weight_grams,
            volume_cm3: item.volume_cm3,
        }
    }

    fn item(self) -> Item {
        Item {
            sequence: self.sequence,
            parent: self.parent,
            code: self.code,
            description: self.description,
            quantity: self.quantity,
            weight_grams: self.weight_grams,
            volume_cm3: self.volume_cm3,
        }
    }
}
