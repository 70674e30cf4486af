//! A shipment and a run as the model of Stream keeps them, and as its API shows them.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Value, json};

use crate::domain::time::{Moment, Timestamp};
use crate::sandbox::encoding::{as_float, as_int, member, member_text};

/// How far a shipment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// As API orders arrive. A repeated create adds to it.
    Unconfirmed,
    /// Can be planned.
    Confirmed,
    /// On a run.
    Planned,
    /// Its run was sent to the driver.
    Released,
    /// All of it was delivered.
    Delivered,
    /// Some of it was delivered.
    PartDelivered,
    /// The driver could not deliver; it is off its run again.
    Failed,
    /// Deleted, and still shown.
    Cancelled,
}

impl Status {
    /// Stream's word. The word for a failure is not known to the public.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unconfirmed => "UNCONFIRMED",
            Self::Confirmed => "CONFIRMED",
            Self::Planned => "PLANNED",
            Self::Released => "RELEASED",
            Self::Delivered => "DELIVERED",
            Self::PartDelivered => "PARTDELVRD",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    const fn group_word(self) -> &'static str {
        match self {
            Self::Unconfirmed | Self::Confirmed | Self::Failed => "UNPLANNED",
            Self::Planned
            | Self::Released
            | Self::Delivered
            | Self::PartDelivered
            | Self::Cancelled => self.word(),
        }
    }
}

/// One item line as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Number inside the order; after a doubling the numbers go on.
    pub sequence: i64,
    /// Stock code.
    pub code: String,
    /// Description.
    pub description: String,
    /// Whole units.
    pub quantity: i64,
    /// When it was delivered.
    pub delivered: Option<Timestamp>,
    /// Everything that was sent of it.
    sent: Value,
}

/// Where on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Id of the run.
    pub run: String,
    /// Stop order, from 1.
    pub sequence: i64,
}

/// A shipment: the truth about it.
#[derive(Clone, PartialEq)]
pub struct Shipment {
    /// The caller's order number.
    pub order_no: String,
    /// Key.
    pub consignment: String,
    /// Tracking id.
    pub tracking: String,
    /// How often it was created: above 1 its lines were doubled.
    pub creations: u32,
    /// Item lines.
    pub items: Vec<Item>,
    /// How far it is.
    pub status: Status,
    /// Where on a run, when it is on one.
    pub place: Option<Place>,
    /// Deleted.
    pub deleted: bool,
    /// Delivery or collection leg.
    pub collection: bool,
    pub(super) header: Value,
    pub(super) leg: Value,
    pub(super) created: Timestamp,
    pub(super) visible_from: Moment,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// Orders can come and go.
    Open,
    /// Sent to the driver.
    Dispatched,
}

/// A vehicle's round on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Key.
    pub id: String,
    /// What the planner typed, normally `RUN nn`.
    pub description: String,
    /// `YYYY-MM-DD`.
    pub day: String,
    /// How far it is.
    pub status: RunStatus,
    /// When it was sent out.
    pub dispatched: Option<Timestamp>,
    pub(super) vehicle: usize,
    pub(super) members: BTreeSet<usize>,
}

impl fmt::Debug for Shipment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shipment")
            .field("order_no", &self.order_no)
            .field("status", &self.status)
            .field("items", &self.items.len())
            .field("place", &self.place)
            .field("deleted", &self.deleted)
            .finish_non_exhaustive()
    }
}

/// A date-time as Stream writes it: a hyphen between hours and minutes, no seconds.
pub(super) fn stream_time(at: Timestamp) -> String {
    let text = at.rfc3339();
    match (text.get(..10), text.get(11..13), text.get(14..16)) {
        (Some(day), Some(hours), Some(minutes)) => format!("{day}T{hours}-{minutes}Z"),
        _ => "0".to_owned(),
    }
}

/// Drivers and vehicles of the account.
const FLEET: [(&str, &str, &str, &str); 5] = [
    ("YK73ABC", "Luton 1", "DRV011", "Gareth Price"),
    ("YD22KLM", "Luton 2", "DRV012", "Anita Desai"),
    ("YJ71RST", "Luton 3", "DRV013", "Callum Reid"),
    ("WX24DEF", "Sprinter 1", "DRV014", "Owen Hughes"),
    ("WV23GHJ", "Sprinter 2", "DRV015", "Marta Nowak"),
];

impl Run {
    /// Index into the fleet for the n-th run.
    pub(super) const fn vehicle_for(number: u64) -> usize {
        (number % FLEET.len() as u64) as usize
    }

    fn details(&self, sequence: i64) -> Value {
        let (vehicle, vehicle_name, driver, driver_name) = FLEET[self.vehicle % FLEET.len()];
        let out = self.status == RunStatus::Dispatched;
        let point = |planned: &str, actual: Option<Timestamp>| {
            json!({"actualDateTime": actual.map_or("0".to_owned(), stream_time),
                "plannedDateTime": format!("{}T{planned}Z", self.day), "postcode": "LS9 0PX",
                "lat": 53.7858, "long": -1.5012})
        };
        json!({
            "id": self.id, "description": self.description, "groupSequence": sequence,
            "vehicle": vehicle, "vehicleName": vehicle_name, "vehicleType": "LUTON",
            "driver": driver, "driverName": driver_name, "dispatched": out, "departed": out,
            "completed": false, "start": point("07-00", self.dispatched), "end": point("16-40", None),
        })
    }
}

impl Item {
    /// Reads one line of a create; `extra` is added to its sequences when lines are doubled.
    pub(super) fn read(sent: &Value, extra: i64) -> Self {
        let sequence = member(sent, "sequence").and_then(as_int).unwrap_or(0) + extra;
        Self {
            sequence,
            code: member_text(sent, "code"),
            description: member_text(sent, "description"),
            quantity: member(sent, "quantity").and_then(as_int).unwrap_or(0),
            delivered: None,
            sent: sent.clone(),
        }
    }

    fn amount(&self, name: &str) -> f64 {
        member(&self.sent, name).and_then(as_float).unwrap_or(0.0)
    }

    /// `onHandDate` as it was sent.
    pub fn on_hand_date(&self) -> String {
        member_text(&self.sent, "onHandDate")
    }

    fn json(&self) -> Value {
        let sent = |name: &str| json!(member_text(&self.sent, name));
        json!({
            "sequence": self.sequence,
            "parentSequence": member(&self.sent, "parentSequence").and_then(as_int).unwrap_or(0),
            "externalSequence": self.sequence, "code": self.code, "description": self.description,
            "quantity": self.quantity, "weight": self.amount("weight"), "cube": self.amount("cube"),
            "stockLocation": sent("stockLocation"), "onHandDate": sent("onHandDate"),
            "packageId": sent("packageId"), "packageType": sent("packageType"),
            "delivered": self.delivered.is_some(),
            "deliveredDateTime": self.delivered.map_or("0".to_owned(), stream_time),
            "collected": false, "collectedDateTime": "0", "notes": sent("notes"),
            "container": {"containerId": ""},
        })
    }
}

impl Shipment {
    /// The public tracking page.
    pub fn tracking_url(&self) -> String {
        format!("https://www.demo.go2stream.net/track/{}", self.tracking)
    }

    /// Name the goods go to, as it was sent.
    pub fn recipient(&self) -> String {
        member(&self.leg, "address").map(|a| member_text(a, "name")).unwrap_or_default()
    }

    /// Postcode the goods go to, as it was sent.
    pub fn postcode(&self) -> String {
        member(&self.leg, "address").map(|a| member_text(a, "postcode")).unwrap_or_default()
    }

    /// What the caller sent as header, with later changes.
    pub fn header(&self) -> &Value {
        &self.header
    }

    /// What the caller sent as delivery or collection, without items.
    pub fn leg(&self) -> &Value {
        &self.leg
    }

    /// The answer to a create or change.
    pub(super) fn receipt(&self) -> Value {
        json!({"valid": true, "consignmentNo": self.consignment, "orderNo": self.order_no,
            "customerOrderNo": member_text(&self.header, "customerOrderNo"),
            "trackingURL": self.tracking_url(), "trackingId": self.tracking, "errors": []})
    }

    /// `order` as `GET /orders/orders/{id}` shows it.
    pub(super) fn order_json(&self, party: &str, run: Option<&Run>) -> Value {
        json!({
            "header": self.header_json(party, run), "groups": [self.group_json(run)],
            "trackingURL": self.tracking_url(), "trackingId": self.tracking,
        })
    }

    fn header_json(&self, party: &str, run: Option<&Run>) -> Value {
        let sent = |name: &str| json!(member_text(&self.header, name));
        let notes = match member_text(&self.header, "orderNotes") {
            text if text.is_empty() => json!([]),
            text => json!([{"code": "NOTE", "desc": text}]),
        };
        let owner = json!({"id": party, "name": "Sandbox Furniture Ltd"});
        json!({
            "consignmentNo": self.consignment, "orderDate": sent("orderDate"),
            "deliveryDate": run.map_or("", |run| &run.day),
            "ownerId": party, "ownerName": "Sandbox Furniture Ltd",
            "partner": member(&self.header, "partner").unwrap_or(&owner),
            "orderNo": self.order_no, "customerOrderNo": sent("customerOrderNo"),
            "orderWeight": self.sum("weight"), "assemblyRequired": false,
            "orderStatus": self.status.word(), "collectionStatus": "", "stockStatus": "INSTOCK",
            "orderType": if self.collection { "COLLECTION" } else { "DELIVERY" },
            "invoiced": false, "invoiceReference": "", "nutsCode": "",
            "serviceLevel": sent("serviceLevel"), "orderNotes": notes,
            "routeInfo": sent("routeInfo"), "externalClientId": sent("externalClientId"),
            "customer": member(&self.header, "customer"),
        })
    }

    fn group_json(&self, run: Option<&Run>) -> Value {
        let slot = |from: &str, to: &str| json!({"fromDateTime": from, "toDateTime": to});
        let planned = match run {
            Some(run) => slot(&format!("{}T00-01Z", run.day), &format!("{}T23-59Z", run.day)),
            None => slot("0", "0"),
        };
        let sequence = self.place.as_ref().map_or(0, |place| place.sequence);
        let eta = run.filter(|run| run.status == RunStatus::Dispatched).map_or("0".into(), |run| {
            let minutes = (8 * 60 + sequence.clamp(0, 40) * 20) % (24 * 60);
            format!("{}T{:02}-{:02}Z", run.day, minutes / 60, minutes % 60)
        });
        let method = if self.collection { "collectionMethod" } else { "deliveryMethod" };
        let mut group = json!({
            "id": 1, "type": if self.collection { "COLLECTION" } else { "DELIVERY" },
            "status": self.status.group_word(), "deliveryMethod": member_text(&self.leg, method),
            "driverNotes": member_text(&self.header, "driverNotes"),
            "required": member(&self.leg, "required").cloned().unwrap_or_else(|| slot("0", "0")),
            "planned": planned, "confirmedPlanning": run.is_some(),
            "liveDate": stream_time(self.created).get(..10).unwrap_or_default(),
            "quantity": self.items.iter().map(|item| item.quantity).sum::<i64>(),
            "weight": self.sum("weight"), "cube": self.sum("cube"),
            "timeOnSite": member(&self.leg, "timeOnSite"),
            "bookingRequired": member(&self.leg, "bookingRequired"),
            "estimateArrivalDateTime": eta,
            "address": member(&self.leg, "address"), "contact": member(&self.leg, "contact"),
            "items": self.items.iter().map(Item::json).collect::<Vec<_>>(),
        });
        if let Some(run) = run {
            group["runDetails"] = run.details(sequence);
        }
        group
    }

    fn sum(&self, name: &str) -> f64 {
        self.items.iter().map(|item| item.amount(name)).sum()
    }
}

impl Run {
    /// Indices of the shipments on it.
    pub(in crate::sandbox) fn members(&self) -> impl Iterator<Item = usize> {
        self.members.iter().copied()
    }
}
