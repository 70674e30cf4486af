//! Creating, changing and deleting: what is refused, and what a repeated number does.
//!
//! The three readings of a repeated number are those of Stream's help pages, written for uploads:
//! an unconfirmed order gets the lines again, a later one is refused, and an account that allows
//! duplicates gets a second order with a suffix.

use serde_json::{Map, Value, json};

use super::hooks::Event;
use super::shipment::{Item, Shipment, Status};
use super::{DEPOTS, Stream, not_found, refused, response};
use crate::domain::time::Now;
use crate::http::Response;
use crate::sandbox::encoding::{as_int, member, member_text};
use crate::sandbox::options::WorldOptions;

/// Longest texts, as published for uploads.
const HEADER_LIMITS: [(&str, usize); 4] =
    [("orderNo", 17), ("customerOrderNo", 35), ("orderNotes", 140), ("driverNotes", 140)];
const ADDRESS_LIMITS: [(&str, usize); 7] = [
    ("name", 35),
    ("address1", 35),
    ("address2", 35),
    ("address3", 35),
    ("address4", 35),
    ("address5", 35),
    ("postcode", 17),
];
const CONTACT_LIMITS: [(&str, usize); 4] =
    [("tel1", 35), ("tel2", 35), ("mobile", 35), ("email", 70)];

impl Stream {
    /// `POST /orders/orders`.
    pub(in crate::sandbox) fn create(
        &mut self,
        now: Now,
        body: &Value,
        options: &WorldOptions,
    ) -> Response {
        let errors = problems(body, options);
        let header = member(body, "header").cloned().unwrap_or_default();
        let order_no = member_text(&header, "orderNo");
        if !errors.is_empty() {
            return refused(options, Some(&order_no), &errors);
        }
        let Some((leg, collection)) = leg_of(body) else {
            return refused(options, Some(&order_no), &["Delivery block is missing".to_owned()]);
        };
        let existing = self.live(&order_no);
        match existing.map(|at| (at, self.shipments[at].status)) {
            Some(_) if options.allow_duplicates => {
                let free = |n: &u32| self.live(&format!("{order_no}({n})")).is_none();
                let suffix = (1..).find(free).unwrap_or(1);
                self.insert(now, format!("{order_no}({suffix})"), header, leg, collection, options)
            }
            Some((at, Status::Unconfirmed)) => self.double(at, leg),
            Some(_) => {
                let text = format!("Order number {order_no} already exists");
                refused(options, Some(&order_no), &[text])
            }
            None => self.insert(now, order_no, header, leg, collection, options),
        }
    }

    /// Adds the lines of a repeated create to the order that is there.
    fn double(&mut self, at: usize, leg: &Value) -> Response {
        let shipment = &mut self.shipments[at];
        let highest = shipment.items.iter().map(|item| item.sequence).max().unwrap_or(0);
        shipment.items.extend(items_of(leg).iter().map(|sent| Item::read(sent, highest)));
        shipment.creations += 1;
        response(200, &shipment.receipt())
    }

    fn insert(
        &mut self,
        now: Now,
        order_no: String,
        mut header: Value,
        leg: &Value,
        collection: bool,
        options: &WorldOptions,
    ) -> Response {
        let at = self.shipments.len();
        let number = 481_000 + at;
        header["orderNo"] = json!(order_no);
        let mut rest = leg.as_object().cloned().unwrap_or_default();
        rest.remove("items");
        let confirmed = options.confirm_on_arrival;
        let shipment = Shipment {
            order_no: order_no.clone(),
            consignment: format!("CN{number:08}"),
            tracking: format!("TRK{number:06}S{:04X}", (number * 40_503) & 0xffff),
            creations: 1,
            items: items_of(leg).iter().map(|sent| Item::read(sent, 0)).collect(),
            status: if confirmed { Status::Confirmed } else { Status::Unconfirmed },
            place: None,
            deleted: false,
            collection,
            header,
            leg: Value::Object(rest),
            created: now.wall,
            visible_from: now.mono.after(options.read_after_write),
        };
        let answer = response(200, &shipment.receipt());
        self.by_order.insert(order_no, at);
        self.by_consignment.insert(shipment.consignment.clone(), at);
        self.shipments.push(shipment);
        self.arrived.push(at);
        self.notify(now, options, &Event::order(Status::Unconfirmed.word(), at));
        if confirmed {
            self.notify(now, options, &Event::order(Status::Confirmed.word(), at));
        }
        answer
    }

    /// `PATCH /orders/orders/{id}`: merges the header; the leg stays as it is.
    pub(super) fn patch(&mut self, id: &str, body: &Value, options: &WorldOptions) -> Response {
        let Some(at) = self.find(id).filter(|at| !self.shipments[*at].deleted) else {
            return not_found(id);
        };
        let shipment = &mut self.shipments[at];
        if shipment.status >= Status::Released {
            let text = "Order cannot be changed once it is dispatched".to_owned();
            return refused(options, Some(&shipment.order_no), &[text]);
        }
        let Some(changes) = member(body, "header").and_then(Value::as_object) else {
            return refused(options, Some(&shipment.order_no), &["Header is missing".to_owned()]);
        };
        let mut changed = shipment.header.clone();
        merge(&mut changed, changes);
        let mut errors = Vec::new();
        header_problems(&changed, &mut errors);
        if !errors.is_empty() {
            return refused(options, Some(&shipment.order_no), &errors);
        }
        changed["orderNo"] = json!(shipment.order_no);
        shipment.header = changed;
        response(200, &shipment.receipt())
    }

    /// `DELETE /orders/orders/{id}`.
    pub(super) fn delete(&mut self, now: Now, id: &str, options: &WorldOptions) -> Response {
        let Some(at) = self.find(id).filter(|at| !self.shipments[*at].deleted) else {
            return not_found(id);
        };
        let shipment = &mut self.shipments[at];
        if shipment.place.is_some() {
            let text = "Order cannot be deleted once it is on a run".to_owned();
            return refused(options, None, &[text]);
        }
        self.withdraw(now, at, options);
        response(200, &json!({"valid": true, "errors": []}))
    }

    /// Deletes a shipment, asked by a call or by a person.
    pub(in crate::sandbox) fn withdraw(&mut self, now: Now, at: usize, options: &WorldOptions) {
        let shipment = &mut self.shipments[at];
        shipment.deleted = true;
        shipment.status = Status::Cancelled;
        self.notify(now, options, &Event::order(Status::Cancelled.word(), at));
    }
}

fn merge(into: &mut Value, changes: &Map<String, Value>) {
    for (name, change) in changes {
        match (change, into.get_mut(name)) {
            (Value::Object(inner), Some(old)) if old.is_object() => merge(old, inner),
            _ => into[name.as_str()] = change.clone(),
        }
    }
}

fn leg_of(body: &Value) -> Option<(&Value, bool)> {
    let delivery = member(body, "delivery").map(|leg| (leg, false));
    delivery.or_else(|| member(body, "collection").map(|leg| (leg, true)))
}

fn items_of(leg: &Value) -> &[Value] {
    member(leg, "items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Everything that is wrong with a create.
fn problems(body: &Value, options: &WorldOptions) -> Vec<String> {
    let mut errors = Vec::new();
    let Some(header) = member(body, "header") else { return vec!["Header is missing".to_owned()] };
    header_problems(header, &mut errors);
    match leg_of(body) {
        Some((leg, collection)) => {
            leg_problems(leg, &mut errors);
            let field = if collection { "collectionMethod" } else { "deliveryMethod" };
            method_problems(&member_text(leg, field), options, &mut errors);
            item_problems(items_of(leg), &mut errors);
        }
        None => errors.push("Delivery block is missing".to_owned()),
    }
    errors
}

fn header_problems(header: &Value, errors: &mut Vec<String>) {
    if member_text(header, "orderNo").is_empty() {
        errors.push("Order number is missing".to_owned());
    }
    if !super::is_day(&member_text(header, "orderDate")) {
        errors.push("Order date is missing or not YYYY-MM-DD".to_owned());
    }
    let kind = member_text(header, "orderType");
    if !["DELIVERY", "COLLECTION"].contains(&kind.as_str()) {
        errors.push(format!("Order type {kind} is not known"));
    }
    too_long(header, &HEADER_LIMITS, "", errors);
    if let Some(customer) = member(header, "customer") {
        too_long(customer, &[("name", 35)], "Customer ", errors);
        if let Some(address) = member(customer, "address") {
            too_long(address, &ADDRESS_LIMITS, "Customer address ", errors);
        }
    }
}

fn leg_problems(leg: &Value, errors: &mut Vec<String>) {
    let address = member(leg, "address").cloned().unwrap_or_default();
    if member_text(&address, "postcode").trim().is_empty() {
        errors.push("Delivery postcode is missing".to_owned());
    }
    let country = member_text(&address, "country");
    if country.len() != 2 || !country.bytes().all(|letter| letter.is_ascii_uppercase()) {
        errors.push(format!("Country {country} is not a two letter code"));
    }
    too_long(&address, &ADDRESS_LIMITS, "Delivery address ", errors);
    if let Some(contact) = member(leg, "contact") {
        too_long(contact, &CONTACT_LIMITS, "Delivery contact ", errors);
    }
}

fn method_problems(method: &str, options: &WorldOptions, errors: &mut Vec<String>) {
    let known = |(id, name, _): &(&str, &str, &str)| method == *id || method == *name;
    let added = |[_, id, name, _]: &[String; 4]| method == id || method == name;
    let is_there = DEPOTS.iter().any(|depot| depot.methods.iter().any(known))
        || options.added_methods.iter().any(added);
    if !method.is_empty() && !is_there {
        errors.push(format!("Delivery method {method} not found"));
    }
}

fn item_problems(items: &[Value], errors: &mut Vec<String>) {
    if items.is_empty() {
        errors.push("Order has no items".to_owned());
    }
    let mut seen = std::collections::BTreeSet::new();
    for (at, item) in items.iter().enumerate() {
        let sequence = member(item, "sequence").and_then(as_int);
        if !sequence.is_some_and(|n| n >= 1 && seen.insert(n)) {
            errors.push(format!("Item {} has no sequence of its own", at + 1));
        }
        if member(item, "quantity").and_then(Value::as_i64).is_none_or(|n| n < 1) {
            errors.push(format!("Item {} has no whole quantity", at + 1));
        }
        if member_text(item, "code").is_empty() {
            errors.push(format!("Item {} has no code", at + 1));
        }
    }
}

fn too_long(of: &Value, limits: &[(&str, usize)], what: &str, errors: &mut Vec<String>) {
    for (name, limit) in limits {
        if member_text(of, name).chars().count() > *limit {
            errors.push(format!("{what}{name} is longer than {limit} characters"));
        }
    }
}
