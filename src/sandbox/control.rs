//! The control endpoints: what a script, a scenario file or a teacher does to the world.

use serde_json::{Map, Value, json};

use super::encoding::{as_int, as_text, json as json_answer};
use super::linnworks::ByHand;
use super::stream::{Action, Notification, Planning, is_day, is_loopback};
use super::{Fault, Mix, World};
use crate::domain::time::Now;
use crate::http::{Method, Request, Response};

/// Orders one request may make.
const ORDERS_MAX: usize = 100_000;

/// A request that cannot be carried out: its status and a sentence.
struct Refused(u16, String);

impl From<String> for Refused {
    fn from(text: String) -> Self {
        Self(400, text)
    }
}

impl From<&str> for Refused {
    fn from(text: &str) -> Self {
        Self(400, text.to_owned())
    }
}

/// What `/advance` does, on either side.
enum Step {
    Stream(Action),
    Linnworks(ByHand),
    Edit,
    /// A person deletes shipments in Stream.
    Delete,
}

impl World {
    /// One control request.
    pub fn handle_control(&mut self, now: Now, request: &Request) -> Response {
        let body = if request.body.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(&request.body).map_err(|e| format!("body is not JSON: {e}"))
        };
        let path = request.path().trim_end_matches('/');
        let result = body.map_err(Refused::from).and_then(|body| match (request.method, path) {
            (Method::Get, "/ledger") => Ok(self.ledger.json()),
            (Method::Get, "/state") => Ok(self.state()),
            (Method::Post, "/orders") => self.control_orders(now, &body),
            (Method::Post, "/advance") => self.control_advance(now, &body),
            (Method::Post, "/faults") => self.control_fault(&body),
            (Method::Delete, "/faults") => {
                self.clear_faults();
                Ok(json!({"cleared": true}))
            }
            (Method::Post, "/webhook") => self.control_webhook(now, &body),
            (Method::Get, "/webhook") => Ok(self.deliveries_json()),
            (method, path) => {
                let text = format!(
                    "no control {} {path}; there are /ledger, /state, /orders, /advance, /faults, \
                     /webhook",
                    method.as_str()
                );
                Err(Refused(404, text))
            }
        });
        match result {
            Ok(answer) => json_answer(200, &answer),
            Err(Refused(status, text)) => json_answer(status, &json!({ "error": text })),
        }
    }

    fn state(&self) -> Value {
        let orders: Vec<Value> = (self.linnworks.orders.values())
            .map(|order| {
                let notes: Vec<&str> = order.notes.iter().map(|note| note.text.as_str()).collect();
                let tracking = Some(&order.tracking).filter(|text| !text.is_empty());
                json!({"number": order.number, "id": order.id, "identifiers": order.tags,
                    "notes": notes, "tracking": tracking, "processed": order.processed.is_some()})
            })
            .collect();
        let shipments: Vec<Value> = (self.stream.shipments.iter())
            .map(|shipment| {
                let place = shipment.place.as_ref();
                let run = place.and_then(|place| self.stream.runs.get(&place.run));
                json!({"order_no": shipment.order_no, "consignment": shipment.consignment,
                    "items": shipment.items.len(), "status": shipment.status.word(),
                    "run": run.map(|run| &run.description), "day": run.map(|run| &run.day),
                    "sequence": place.map(|place| place.sequence), "deleted": shipment.deleted})
            })
            .collect();
        json!({"orders": orders, "shipments": shipments})
    }

    fn control_orders(&mut self, now: Now, body: &Value) -> Result<Value, Refused> {
        let members = known_members(body, &["count", "orders", "mix"])?;
        if let Some(count) = members.get("count") {
            let count = as_int(count).and_then(|n| usize::try_from(n).ok());
            let count = count.filter(|n| *n <= ORDERS_MAX).ok_or("count is out of range")?;
            let mix = match members.get("mix").map(as_text).as_deref() {
                None | Some("good") => Mix::default(),
                Some("everything") => Mix::everything(),
                Some(other) => return Err(format!("mix {other} is not good or everything").into()),
            };
            return Ok(json!(self.add_orders(now, count, &mix)));
        }
        let typed = members.get("orders").and_then(Value::as_array);
        let typed = typed.ok_or("the body needs count or orders")?;
        if typed.len() > ORDERS_MAX {
            return Err("too many orders at once".into());
        }
        typed.iter().map(|fields| self.typed_order(now, fields)).collect()
    }

    /// A good order with the fields somebody typed.
    fn typed_order(&mut self, now: Now, fields: &Value) -> Result<Value, Refused> {
        let fields = fields.as_object().ok_or("an order is a JSON object")?;
        let mut order = self.maker.good(now, &mut self.linnworks);
        order.location = super::encoding::ZERO_GUID.to_owned();
        if let Some(number) = fields.get("number") {
            let number = as_int(number).and_then(|n| u32::try_from(n).ok());
            order.number = number.ok_or("number is not an order number")?;
            if self.linnworks.orders.contains_key(&order.number) {
                return Err(Refused(409, format!("order {} is there already", order.number)));
            }
            order.id = super::linnworks::order_guid(order.number);
            order.reference = format!("SHOP-{}", order.number);
        }
        for (name, value) in fields {
            self.linnworks.set_field(now, &mut order, name, value)?;
        }
        order.service_id = self.linnworks.service_id(&order.vendor, &order.service);
        let number = order.number;
        self.linnworks.put(order);
        Ok(json!(number))
    }

    fn control_advance(&mut self, now: Now, body: &Value) -> Result<Value, Refused> {
        let known = ["action", "orders", "run", "run_id", "day", "sequence", "fields"];
        let members = known_members(body, &known)?;
        let text = |name: &str| members.get(name).map(as_text).filter(|text| !text.is_empty());
        let action = text("action").ok_or("action is missing")?;
        let orders = numbers(members.get("orders"))?;
        match step(&action)? {
            Step::Stream(action) => {
                let shipments = orders.iter().map(|number| {
                    let missing = || Refused(404, format!("no shipment for order {number}"));
                    self.stream.of_order(number).ok_or_else(missing)
                });
                let planning = Planning {
                    action,
                    shipments: shipments.collect::<Result<_, _>>()?,
                    run: text("run"),
                    run_id: text("run_id"),
                    day: text("day"),
                    sequence: members.get("sequence").and_then(as_int),
                };
                if planning.day.as_deref().is_some_and(|day| !is_day(day)) {
                    return Err("day is not YYYY-MM-DD".into());
                }
                self.stream.advance(now, &planning, &self.options).map_err(|e| Refused(409, e))?;
            }
            Step::Linnworks(action) => {
                for number in &orders {
                    let number = number.parse().map_err(|_| format!("no order {number}"))?;
                    self.by_hand(now, number, action).map_err(|e| Refused(404, e))?;
                }
            }
            Step::Edit => self.edit(now, &orders, members.get("fields"))?,
            Step::Delete => {
                for number in &orders {
                    let missing = || Refused(404, format!("no shipment for order {number}"));
                    let at = self.stream.of_order(number).ok_or_else(missing)?;
                    self.stream.withdraw(now, at, &self.options);
                }
            }
        }
        Ok(json!({ "advanced": orders }))
    }

    /// A person changes fields of orders in Linnworks.
    fn edit(&mut self, now: Now, orders: &[String], fields: Option<&Value>) -> Result<(), Refused> {
        let fields = fields.and_then(Value::as_object).ok_or("edit needs fields, an object")?;
        for number in orders {
            let order = number.parse().ok().and_then(|n: u32| self.linnworks.orders.get(&n));
            let missing = || Refused(404, format!("no order {number}"));
            let mut order = order.cloned().ok_or_else(missing)?;
            for (name, value) in fields.iter().filter(|(name, _)| *name != "number") {
                self.linnworks.set_field(now, &mut order, name, value)?;
            }
            order.service_id = self.linnworks.service_id(&order.vendor, &order.service);
            self.linnworks.put(order);
        }
        Ok(())
    }

    fn control_fault(&mut self, body: &Value) -> Result<Value, Refused> {
        let fault = Fault::read(body)?;
        if !self.add_fault(fault) {
            return Err(Refused(409, "too many faults wait already".to_owned()));
        }
        Ok(json!({"waiting": self.faults_waiting()}))
    }

    fn control_webhook(&mut self, now: Now, body: &Value) -> Result<Value, Refused> {
        let known = ["url", "body", "event", "orders", "authorization"];
        let members = known_members(body, &known)?;
        let url = members.get("url").map(as_text).unwrap_or_default();
        if !is_loopback(&url) {
            return Err("url is not http on this machine: the sandbox posts nowhere else".into());
        }
        if let Some(body) = members.get("body") {
            let authorization = match members.get("authorization") {
                Some(given) => Some(as_text(given)).filter(|text| !text.is_empty()),
                None => self.stream.secret_of(&url),
            };
            let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
            self.stream.post(Notification { url, authorization, body });
            return Ok(json!({"queued": 1}));
        }
        let event = members.get("event").map(as_text).ok_or("the body needs body or event")?;
        let orders = numbers(members.get("orders"))?;
        for number in &orders {
            let missing = || Refused(404, format!("no shipment for order {number}"));
            let at = self.stream.of_order(number).ok_or_else(missing)?;
            self.stream.post_about(now, &self.options, &event, at, &url);
        }
        Ok(json!({"queued": orders.len()}))
    }

    fn deliveries_json(&self) -> Value {
        self.deliveries.iter().map(|(url, status)| json!({"url": url, "status": status})).collect()
    }
}

fn known_members<'a>(body: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let members = body.as_object().ok_or("the body is not a JSON object")?;
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        Some(unknown) => Err(format!("unknown member {unknown}; known are {}", known.join(", "))),
        None => Ok(members),
    }
}

/// Order numbers, as numbers or texts.
fn numbers(value: Option<&Value>) -> Result<Vec<String>, String> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let items = value.as_array().ok_or("orders is an array of order numbers")?;
    Ok(items.iter().map(as_text).collect())
}

fn step(action: &str) -> Result<Step, String> {
    Ok(match action {
        "confirm" => Step::Stream(Action::Confirm),
        "plan" => Step::Stream(Action::Plan),
        "move" => Step::Stream(Action::Move),
        "resequence" => Step::Stream(Action::Resequence),
        "unplan" => Step::Stream(Action::Unplan),
        "rename" => Step::Stream(Action::Rename),
        "dispatch" => Step::Stream(Action::Dispatch),
        "deliver" => Step::Stream(Action::Deliver),
        "part" => Step::Stream(Action::Part),
        "fail" => Step::Stream(Action::Fail),
        "hold" => Step::Linnworks(ByHand::Hold),
        "release" => Step::Linnworks(ByHand::Release),
        "park" => Step::Linnworks(ByHand::Park),
        "pay" => Step::Linnworks(ByHand::Pay),
        "cancel" => Step::Linnworks(ByHand::Cancel),
        "process" => Step::Linnworks(ByHand::Process),
        "edit" => Step::Edit,
        "delete" => Step::Delete,
        other => return Err(format!("action {other} is not known")),
    })
}
