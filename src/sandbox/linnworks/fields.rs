//! Orders typed into `POST /orders` and the `edit` action: any field, unknown ones refused.

use serde_json::Value;

use super::order::{Line, Order};
use super::{Linnworks, Note};
use crate::domain::time::{Now, Timestamp};
use crate::sandbox::encoding::{as_bool, as_float, as_int, as_text};

/// The members an order may have.
const FIELDS: &str = "number, service, vendor, postcode, status, payment, parked, hold, cancelled, \
    processed, received, name, company, address1, address2, address3, town, region, country, phone, \
    email, items, reference, tags, notes, tracking, unreadable, location";

impl Linnworks {
    /// Sets one field of an order.
    pub(in crate::sandbox) fn set_field(
        &mut self,
        now: Now,
        order: &mut Order,
        name: &str,
        value: &Value,
    ) -> Result<(), String> {
        let text = as_text(value);
        let address = &mut order.address;
        match name {
            "number" => {}
            "service" => order.service = text,
            "vendor" => order.vendor = text,
            "postcode" => address.postcode = text,
            "name" => address.name = text,
            "company" => address.company = text,
            "address1" => address.lines[0] = text,
            "address2" => address.lines[1] = text,
            "address3" => address.lines[2] = text,
            "town" => address.town = text,
            "region" => address.region = text,
            "country" => address.country = text,
            "phone" => address.phone = text,
            "email" => address.email = text,
            "reference" => order.reference = text,
            "tracking" => order.tracking = text,
            "status" | "payment" => order.status = payment(value)?,
            "parked" => order.parked = as_bool(value),
            "hold" => order.hold = as_bool(value),
            "cancelled" => order.cancelled = as_bool(value),
            "processed" => order.processed = as_bool(value).then_some(now.wall),
            "unreadable" => order.unreadable = as_bool(value),
            "received" => {
                order.received = Timestamp::parse_lenient(&text)
                    .ok_or_else(|| format!("received {text} is not a date-time"))?;
            }
            "items" => {
                order.lines = items(value)?;
                order.weigh();
            }
            "tags" => order.tags = texts(value)?,
            "notes" => {
                order.notes.clear();
                for text in texts(value)? {
                    let id = self.next_guid();
                    let by = "a colleague".to_owned();
                    order.notes.push(Note { id, at: now.wall, internal: true, text, by });
                }
            }
            "location" => order.location = self.location_id(&text)?,
            unknown => return Err(format!("unknown member {unknown}; known are {FIELDS}")),
        }
        Ok(())
    }
}

fn payment(value: &Value) -> Result<i64, String> {
    if let Some(number) = as_int(value) {
        return Ok(number);
    }
    match as_text(value).to_ascii_lowercase().as_str() {
        "unpaid" => Ok(0),
        "paid" => Ok(1),
        "return" => Ok(2),
        "pending" => Ok(3),
        "resend" => Ok(4),
        other => Err(format!("payment {other} is not unpaid, paid, return, pending or resend")),
    }
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    let items = value.as_array().ok_or("tags and notes are arrays of texts")?;
    Ok(items.iter().map(as_text).collect())
}

fn items(value: &Value) -> Result<Vec<Line>, String> {
    let items = value.as_array().ok_or("items is an array of objects")?;
    items.iter().map(item).collect()
}

fn item(value: &Value) -> Result<Line, String> {
    let members = value.as_object().ok_or("an item is an object")?;
    let mut line = Line { quantity: 1, weight: 1000.0, ..Line::default() };
    for (name, value) in members {
        match name.as_str() {
            "sku" => line.sku = as_text(value),
            "title" => line.title = as_text(value),
            "quantity" => line.quantity = as_int(value).ok_or("quantity is a whole number")?,
            "weight" => line.weight = as_float(value).ok_or("weight is a number of grams")?,
            "service" => line.service = as_bool(value),
            "children" => line.children = items(value)?,
            unknown => {
                return Err(format!(
                    "unknown member {unknown} of an item; known are sku, title, quantity, weight, \
                     service, children"
                ));
            }
        }
    }
    Ok(line)
}
