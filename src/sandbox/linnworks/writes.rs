//! The calls that write, and what people do in Linnworks meanwhile.

use serde_json::{Value, json};

use super::{Identifier, Linnworks, Note, message, ok};
use crate::domain::time::{Now, Timestamp};
use crate::http::Response;
use crate::sandbox::encoding::{
    Params, ZERO_GUID, as_bool, as_float, as_int, empty, member, member_text,
};

impl Linnworks {
    /// `OpenOrders/SaveIdentifier`: makes one, or changes the one of that id or tag.
    pub(super) fn save_identifier(&mut self, params: &Params) -> Response {
        let Some(given) = params.value("Identifier") else {
            return message(400, "Object reference not set to an instance of an object.");
        };
        let (tag, name) = (member_text(given, "Tag"), member_text(given, "Name"));
        if tag.is_empty() || name.is_empty() {
            return message(400, "Tag and Name of an identifier are required.");
        }
        let image_id = member_text(given, "ImageId");
        let saved = Identifier {
            id: 0,
            custom: true,
            tag,
            name,
            image_id: if image_id.is_empty() { ZERO_GUID.into() } else { image_id },
            image_url: member_text(given, "ImageUrl"),
        };
        let id = member(given, "IdentifierId").and_then(as_int).unwrap_or(0);
        let at =
            self.identifiers.iter().position(|i| (id != 0 && i.id == id) || i.tag == saved.tag);
        match at {
            Some(at) if !self.identifiers[at].custom => {
                message(400, "System identifiers cannot be changed.")
            }
            Some(at) => {
                self.identifiers[at] = Identifier { id: self.identifiers[at].id, ..saved };
                ok(&self.identifiers[at].json())
            }
            None => {
                let id = self.identifiers.iter().map(|i| i.id).max().unwrap_or(0) + 1;
                let saved = Identifier { id, ..saved };
                let answer = ok(&saved.json());
                self.identifiers.push(saved);
                answer
            }
        }
    }

    /// `AssignOrderIdentifier` and `UnassignOrderIdentifier`: open orders only.
    pub(super) fn tag_orders(&mut self, params: &Params, assign: bool) -> Response {
        let tag = params.text("Tag");
        let Some(ids) = params.guids("OrderIds") else {
            return message(400, "Object reference not set to an instance of an object.");
        };
        if !self.identifiers.iter().any(|known| known.tag == tag) {
            return message(400, "Identifier not found");
        }
        let (mut changed, mut same) = (Vec::new(), Vec::new());
        for id in ids {
            let order = self.by_guid_mut(&id).filter(|order| order.is_open());
            let did = order.is_some_and(|order| {
                let at = order.tags.iter().position(|have| *have == tag);
                match (at, assign) {
                    (None, true) => order.tags.push(tag.clone()),
                    (Some(at), false) => drop(order.tags.remove(at)),
                    (Some(_), true) | (None, false) => return false,
                }
                true
            });
            if did { changed.push(id) } else { same.push(id) }
        }
        ok(&json!({"Changed": changed, "NotChanged": same}))
    }

    /// `Orders/AddOrdersNote`: appends one text to many orders.
    pub(super) fn add_note(&mut self, now: Now, params: &Params) -> Response {
        let (Some(ids), text) = (params.guids("OrderIds"), params.text("NoteText")) else {
            return message(400, "Object reference not set to an instance of an object.");
        };
        let internal = params.bool("IsInternal");
        let mut rows = Vec::new();
        for id in ids {
            let note_id = self.next_guid();
            let Some(order) = self.by_guid_mut(&id) else { continue };
            let by = "Sandbox application".to_owned();
            let note = Note { id: note_id, at: now.wall, internal, text: text.clone(), by };
            rows.push(order.note_json(&note));
            order.notes.push(note);
        }
        ok(&json!({ "OrderNotes": rows }))
    }

    /// `Orders/SetOrderNotes`: replaces all notes of the order.
    pub(super) fn set_notes(&mut self, now: Now, params: &Params) -> Response {
        let id = params.guid("orderId");
        let Some(given) = params.value("orderNotes").and_then(Value::as_array) else {
            return message(400, "Object reference not set to an instance of an object.");
        };
        let notes: Vec<Note> = given.iter().map(|note| self.read_note(now, note)).collect();
        match self.by_guid_mut(&id) {
            Some(order) => {
                order.notes = notes;
                empty(204)
            }
            None => message(400, "Order not found"),
        }
    }

    fn read_note(&mut self, now: Now, given: &Value) -> Note {
        let id = member_text(given, "OrderNoteId").to_lowercase();
        Note {
            id: if id.is_empty() || id == ZERO_GUID { self.next_guid() } else { id },
            at: Timestamp::parse_lenient(&member_text(given, "NoteDate")).unwrap_or(now.wall),
            internal: member(given, "Internal").is_some_and(as_bool),
            text: member_text(given, "Note"),
            by: member_text(given, "CreatedBy"),
        }
    }

    /// `Orders/SetOrderShippingInfo`: overwrites the whole block; what is left out becomes empty.
    pub(super) fn set_shipping(&mut self, params: &Params) -> Response {
        let id = params.guid("orderId");
        let Some(info) = params.value("info").cloned() else {
            return message(400, "Object reference not set to an instance of an object.");
        };
        let number = |name: &str| member(&info, name).and_then(as_float).unwrap_or(0.0);
        let wanted = member_text(&info, "PostalServiceId").to_lowercase();
        let service = self.services.iter().find(|service| service.id == wanted);
        let (service_id, service, vendor) = match service {
            Some(s) => (s.id.clone(), s.name.clone(), s.vendor.clone()),
            None => (ZERO_GUID.to_owned(), "Default".to_owned(), "Default".to_owned()),
        };
        let Some(order) = self.by_guid_mut(&id).filter(|order| order.is_open()) else {
            return message(400, "Order not found");
        };
        order.service_id = service_id;
        order.service = service;
        order.vendor = vendor;
        order.total_weight = number("TotalWeight");
        order.item_weight = number("ItemWeight");
        order.postage = number("PostageCost");
        order.tracking = member_text(&info, "TrackingNumber");
        order.manual_adjust = member(&info, "ManualAdjust").is_some_and(as_bool);
        ok(&json!({"TotalsInfo": order.totals_json(), "ShippingInfo": order.shipping_json()}))
    }

    /// `Orders/ProcessOrdersInBatch`: each order has an answer of its own.
    pub(super) fn process_batch(&mut self, now: Now, params: &Params) -> Response {
        let Some(ids) = params.guids("ordersIds") else {
            return message(400, "Value cannot be null. Parameter name: ordersIds");
        };
        let rows: Vec<Value> = ids
            .iter()
            .map(|id| {
                let refused = self.process_one(now, id).err();
                json!({"OrderId": id, "Processed": refused.is_none(), "Error": refused})
            })
            .collect();
        ok(&Value::Array(rows))
    }

    fn process_one(&mut self, now: Now, id: &str) -> Result<(), &'static str> {
        let order = self.by_guid_mut(id).ok_or("Order not found")?;
        if order.processed.is_some() {
            return Err("Order has already been processed");
        }
        if order.cancelled {
            return Err("Order is cancelled");
        }
        if order.hold || order.parked {
            return Err("Order is locked or parked");
        }
        if !matches!(order.status, 1 | 4) {
            return Err("Order is not paid");
        }
        order.processed = Some(now.wall);
        let number = order.number;
        self.open.remove(&number);
        Ok(())
    }

    /// What a person does to an order on the screen of Linnworks.
    pub(in crate::sandbox) fn by_hand(
        &mut self,
        now: Now,
        number: u32,
        action: ByHand,
    ) -> Result<(), String> {
        let order = self.orders.get_mut(&number).ok_or_else(|| format!("no order {number}"))?;
        match action {
            ByHand::Hold => order.hold = true,
            ByHand::Release => (order.hold, order.parked) = (false, false),
            ByHand::Park => order.parked = true,
            ByHand::Pay => (order.status, order.parked) = (1, false),
            ByHand::Cancel => order.cancelled = true,
            ByHand::Process => order.processed = Some(now.wall),
        }
        if !order.is_open() {
            self.open.remove(&number);
        }
        Ok(())
    }
}

/// What people do to orders in Linnworks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByHand {
    /// Locks it.
    Hold,
    /// Unlocks and unparks it.
    Release,
    /// Parks it.
    Park,
    /// The payment arrives.
    Pay,
    /// Cancels it.
    Cancel,
    /// Processes it.
    Process,
}
