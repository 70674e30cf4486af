//! A good order and its parts, for the tests of this layer.

use crate::domain::depot::{DeliveryMethod, MethodKind};
use crate::domain::ids::{LocationId, OrderId, OrderNumber, PostalServiceId};
use crate::domain::service::{Named, Resolution, Rule};
use crate::domain::shipment::OrderType;
use crate::domain::source::{Address, Line, Payment, Shipping, SourceOrder};
use crate::domain::time::Timestamp;

/// A moment given in RFC 3339.
pub fn at(text: &str) -> Timestamp {
    Timestamp::parse_lenient(text).expect("a time")
}

/// A line of some units of a chair that weighs 4200 grams.
pub fn line(sku: &str, quantity: i64) -> Line {
    Line {
        sku: sku.into(),
        channel_sku: String::new(),
        title: "Oak chair".into(),
        quantity,
        weight: 4200.0,
        size_cm: None,
        is_service: false,
        children: Vec::new(),
    }
}

/// A paid order with one line and a complete address.
pub fn order() -> SourceOrder {
    SourceOrder {
        id: OrderId::from_bytes([7; 16]),
        number: OrderNumber(104_512),
        processed: false,
        location: LocationId::from_bytes([0; 16]),
        payment: Payment::Paid,
        parked: false,
        hold_or_cancel: false,
        reference: "SHOP-77120".into(),
        external_reference: "EXT-1".into(),
        received: Some(at("2026-07-01T23:30:00Z")),
        scheduled: None,
        shipping: Shipping {
            vendor: "Stream".into(),
            service_id: PostalServiceId::from_bytes([3; 16]),
            service: "Standard (Leeds)".into(),
            total_weight: 4200.0,
            item_weight: 4200.0,
            postage_cost: 0.0,
            tracking: String::new(),
            manual_adjust: false,
        },
        address: Address {
            full_name: "Margaret Ellison".into(),
            company: String::new(),
            lines: ["14 Beechwood Crescent".into(), "Horsforth".into(), String::new()],
            town: "Leeds".into(),
            region: "West Yorkshire".into(),
            postcode: "ls18  4qb".into(),
            country: "United Kingdom".into(),
            phone: "07700 900482".into(),
            email: "m.ellison@example.com".into(),
        },
        lines: vec![line("CHAIR-1", 2)],
        tags: Vec::new(),
    }
}

/// The standard delivery of the depot Leeds.
pub fn resolution() -> Resolution {
    Resolution {
        depot: Named { id: "LEEDS".into(), name: "Leeds".into() },
        method: DeliveryMethod {
            id: "STD".into(),
            name: "Standard".into(),
            kind: MethodKind::Delivery,
        },
        stock_location: Named { id: "LDS".into(), name: "Leeds Store".into() },
        order_type: OrderType::Delivery,
        rule: Rule::Name,
        service_level: None,
        skip_composite_parent: false,
        override_packaging_split: false,
        warning: None,
    }
}
