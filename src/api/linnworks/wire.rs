//! The shapes of requests, and of answers other than orders.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::lenient::{Bad, Node};
use crate::domain::depot::{Location, PostalService};
use crate::domain::ids::{LocationId, OrderId, PostalServiceId, Tag, TrackingNumber};
use crate::domain::source::{Assigned, Identifier, Shipping};

/// Ids as a JSON list of texts.
pub fn ids(orders: &[OrderId]) -> Value {
    orders.iter().map(ToString::to_string).collect()
}

/// Open orders whose vendor contains a text. Nothing more is asked of the server: which list and
/// value its other filters take is not published, so every rule is checked on the order itself.
pub fn vendor_filter(vendor: &str) -> Value {
    let field =
        json!({"FieldCode": "SHIPPING_INFORMATION_VENDOR", "Type": "Contains", "Text": vendor});
    json!({"TextFields": [field]})
}

/// A new identifier of our own, without a picture.
pub fn new_identifier(tag: &Tag, name: &str) -> Value {
    json!({"Identifier": {
        "IsCustom": true,
        "ImageId": Uuid::nil().to_string(),
        "ImageUrl": null,
        "Tag": tag.as_str(),
        "Name": name,
    }})
}

/// The whole shipping block with another tracking number: what is left out might be cleared.
pub fn shipping(current: &Shipping, tracking: &TrackingNumber) -> Value {
    json!({
        "PostalServiceId": current.service_id.to_string(),
        "TotalWeight": current.total_weight,
        "ItemWeight": current.item_weight,
        "PostageCost": current.postage_cost,
        "TrackingNumber": tracking.as_str(),
        "ManualAdjust": current.manual_adjust,
    })
}

/// The tracking number that was stored, which must be shown.
pub fn stored_tracking(answer: &Value) -> Result<String, Bad> {
    Node::root(answer).must_be_object()?.need_object("ShippingInfo")?.need_text("TrackingNumber")
}

/// What Linnworks said of each order it was to process; `None` for yes.
pub fn processed(answer: &Value) -> Result<BTreeMap<OrderId, Option<String>>, Bad> {
    let one = |row: &Node<'_>| {
        // Nothing that cannot be undone is taken for done or for refused by a guess.
        let said = match row
            .strict_flag("Processed")
            .ok_or_else(|| row.bad_member("Processed", "is not true or false"))?
        {
            true => None,
            false => Some(match row.text("Error")?.trim() {
                "" => "it gave no reason".to_owned(),
                said => said.to_owned(),
            }),
        };
        Ok((OrderId(row.need_guid("OrderId")?), said))
    };
    Node::root(answer).rows()?.iter().map(one).collect()
}

/// Every open order's id.
pub fn order_ids(answer: &Value) -> Result<Vec<OrderId>, Bad> {
    Node::root(answer).elements()?.iter().map(|id| id.as_guid().map(OrderId)).collect()
}

/// Stock locations.
pub fn locations(answer: &Value) -> Result<Vec<Location>, Bad> {
    let read = |row: &Node<'_>| {
        Ok(Location {
            id: LocationId(row.need_guid("StockLocationId")?),
            name: row.text("LocationName")?,
        })
    };
    Node::root(answer).rows()?.iter().map(read).collect()
}

/// Postal services.
pub fn postal_services(answer: &Value) -> Result<Vec<PostalService>, Bad> {
    let read = |row: &Node<'_>| {
        let key = match row.guid("pkPostalServiceId")? {
            Some(key) => key,
            None => row.need_guid("id")?,
        };
        Ok(PostalService {
            id: PostalServiceId(key),
            name: row.text("PostalServiceName")?,
            vendor: row.text("Vendor")?,
        })
    };
    Node::root(answer).rows()?.iter().map(read).collect()
}

/// One identifier.
pub fn identifier(answer: &Value) -> Result<Identifier, Bad> {
    read_identifier(&Node::root(answer).must_be_object()?)
}

/// The account's identifiers.
pub fn identifiers(answer: &Value) -> Result<Vec<Identifier>, Bad> {
    Node::root(answer).rows()?.iter().map(read_identifier).collect()
}

fn read_identifier(row: &Node<'_>) -> Result<Identifier, Bad> {
    Ok(Identifier {
        id: row.need_whole("IdentifierId")?,
        tag: Tag(row.need_text("Tag")?),
        name: row.text("Name")?,
        custom: row.flag("IsCustom")?,
    })
}

/// What a bulk change of identifiers did; an answer that says neither is none.
pub fn assigned(answer: &Value) -> Result<Assigned, Bad> {
    let root = Node::root(answer).must_be_object()?;
    if !root.has("Changed") && !root.has("NotChanged") {
        return Err(root.bad_member("Changed", "is missing"));
    }
    let read = |name: &str| -> Result<Vec<OrderId>, Bad> {
        root.list(name)?.iter().map(|id| id.as_guid().map(OrderId)).collect()
    };
    Ok(Assigned { changed: read("Changed")?, not_changed: read("NotChanged")? })
}

/// Tags by order: a flat list with one row for each order and tag.
pub fn tags_by_order(
    answer: &Value,
    asked: &[OrderId],
) -> Result<BTreeMap<OrderId, Vec<Tag>>, Bad> {
    let mut tags: BTreeMap<OrderId, Vec<Tag>> =
        asked.iter().map(|order| (*order, Vec::new())).collect();
    for row in Node::root(answer).rows()? {
        let order = OrderId(row.need_guid("fkOrderId")?);
        let tag = Tag(row.need_text("Tag")?);
        if let Some(tags) = tags.get_mut(&order) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

/// The texts of an order's notes. `null` is an order without any.
pub fn note_texts(answer: &Value) -> Result<Vec<String>, Bad> {
    if answer.is_null() {
        return Ok(Vec::new());
    }
    Node::root(answer).rows()?.iter().map(|note| note.text("Note")).collect()
}

/// A note was added to so many orders only when the answer shows so many notes.
pub fn added_notes(answer: &Value, orders: usize) -> Result<(), Bad> {
    let root = Node::root(answer).must_be_object()?;
    if root.need_objects("OrderNotes")?.len() >= orders {
        Ok(())
    } else {
        Err(root.bad_member("OrderNotes", "shows fewer notes than orders"))
    }
}
