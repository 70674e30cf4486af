//! A model of the Linnworks API: the calls that find orders, read them, tag, note and track them.
//!
//! It mirrors the published specification and what public clients report. Covered: authorisation
//! and sessions, per-method limits, the calls named in [`Linnworks::dispatch`]. Everything else
//! answers 501 with its path. It knows nothing of Stream, of HTTP connections or of our client.
//!
//! - `order`: an order and how it is shown
//! - `fields`: orders typed by a person
//! - `access`: authorisation, sessions, limits
//! - `reads`, `writes`: the calls

mod access;
mod fields;
mod filter;
mod order;
mod reads;
mod writes;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub use self::access::limit_of;
pub use self::order::{Address, Line, Note, Order};
pub use self::writes::ByHand;
pub(super) use access::Access;
pub(super) use order::order_guid;

use super::encoding::{Params, ZERO_GUID, json as json_answer};
use super::options::WorldOptions;
use crate::domain::time::Now;
use crate::http::{Request, Response};

/// A tag that can stand on orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Key.
    pub id: i64,
    /// False: a tag of the system.
    pub custom: bool,
    /// Key text.
    pub tag: String,
    /// Label.
    pub name: String,
    /// As saved.
    pub image_id: String,
    /// As saved.
    pub image_url: String,
}

/// A place that fulfils orders.
struct Location {
    id: String,
    name: &'static str,
}

/// A postal service.
struct Service {
    id: String,
    vendor: String,
    name: String,
}

/// What a call came to: its answer and the order it concerned, when it was one.
pub(super) struct Outcome {
    /// The answer.
    pub response: Response,
    /// Number of the order.
    pub order: Option<String>,
}

/// All of Linnworks.
pub(super) struct Linnworks {
    pub orders: BTreeMap<u32, Order>,
    pub access: Access,
    pub identifiers: Vec<Identifier>,
    by_id: BTreeMap<String, u32>,
    open: BTreeSet<u32>,
    locations: Vec<Location>,
    services: Vec<Service>,
    guids: u64,
}

impl Linnworks {
    /// A new account: two locations, the services of both depots, one system tag, no orders.
    pub fn new(services: &[(&str, String)]) -> Self {
        let bristol = "b0000000-0000-4000-8000-000000000002".to_owned();
        let system = Identifier {
            id: 1,
            custom: false,
            tag: "AMAZON_PRIME".into(),
            name: "Amazon Prime".into(),
            image_id: ZERO_GUID.into(),
            image_url: String::new(),
        };
        let mut linnworks = Self {
            orders: BTreeMap::new(),
            access: Access::default(),
            identifiers: vec![system],
            by_id: BTreeMap::new(),
            open: BTreeSet::new(),
            locations: vec![
                Location { id: ZERO_GUID.to_owned(), name: "Default" },
                Location { id: bristol, name: "Bristol" },
            ],
            services: Vec::new(),
            guids: 0,
        };
        for (vendor, name) in services {
            linnworks.service_id(vendor, name);
        }
        linnworks
    }

    /// Carries out one call.
    pub fn handle(&mut self, now: Now, request: &Request, options: &WorldOptions) -> Outcome {
        let path = request.path();
        let Some(method) = method_of(path) else {
            let text = format!("No HTTP resource was found that matches the request URI '{path}'.");
            return Outcome::plain(json_answer(404, &json!({"Message": text})));
        };
        let Ok(params) = Params::of(request) else {
            return Outcome::plain(message(400, "The request is invalid."));
        };
        let login = method.eq_ignore_ascii_case("Auth/AuthorizeByApplication");
        let token = request.header("authorization").unwrap_or_default();
        if !login && !self.access.session_is_alive(now, token, options) {
            return Outcome::plain(message(401, "Session is invalid or has expired."));
        }
        if let Err(refused) = self.access.admit(now, method, options) {
            return Outcome::plain(refused);
        }
        if login {
            return Outcome::plain(self.access.authorize(now, &params, options));
        }
        if options.denied_methods.iter().any(|denied| denied.eq_ignore_ascii_case(method)) {
            return Outcome::plain(message(403, "The user has no permission to this method."));
        }
        let order = self.order_named(method, &params);
        Outcome { response: self.dispatch(now, method, &params, path), order }
    }

    fn dispatch(&mut self, now: Now, method: &str, params: &Params, path: &str) -> Response {
        match method.to_ascii_lowercase().as_str() {
            "auth/getserverutctime" => json_answer(200, &json!(now.wall.rfc3339())),
            "orders/getallopenorders" => self.all_open_orders(params),
            "openorders/getopenordersdetails" => self.open_order_details(params),
            "orders/getordersbyid" => self.orders_by_id(params),
            "orders/getorderbyid" => self.order_by_id(params),
            "orders/getorderdetailsbynumorderid" => self.order_by_number(params),
            "openorders/getidentifiers" => self.all_identifiers(),
            "openorders/getidentifiersbyorderids" => self.identifiers_of(params),
            "openorders/saveidentifier" => self.save_identifier(params),
            "openorders/assignorderidentifier" => self.tag_orders(params, true),
            "openorders/unassignorderidentifier" => self.tag_orders(params, false),
            "orders/getordernotes" => self.notes_of_one(params),
            "orders/getordersnotes" => self.notes_of_many(params),
            "orders/addordersnote" => self.add_note(now, params),
            "orders/setordernotes" => self.set_notes(now, params),
            "orders/setordershippinginfo" => self.set_shipping(params),
            "orders/processordersinbatch" => self.process_batch(now, params),
            "inventory/getstocklocations" => self.stock_locations(),
            "postalservices/getpostalservices" => self.postal_services(),
            "orders/getshippingmethods" => self.shipping_methods(),
            _ => message(501, &format!("The sandbox does not model {path}")),
        }
    }

    /// The order a call concerns, when it names exactly one.
    fn order_named(&self, method: &str, params: &Params) -> Option<String> {
        if method.eq_ignore_ascii_case("Orders/GetOrderDetailsByNumOrderId") {
            return params.int("OrderId").map(|number| number.to_string());
        }
        let one = ["orderId", "pkOrderId"].iter().find_map(|name| params.value(name));
        let id = match one {
            Some(_) => params.text("orderId") + &params.text("pkOrderId"),
            None => {
                let many = ["OrderIds", "pkOrderIds"].iter().find_map(|name| params.guids(name))?;
                let [only] = many.as_slice() else { return None };
                only.clone()
            }
        };
        self.by_id.get(&id.to_ascii_lowercase()).map(u32::to_string)
    }

    /// Puts an order in, or back.
    pub fn put(&mut self, order: Order) {
        if order.is_open() {
            self.open.insert(order.number);
        } else {
            self.open.remove(&order.number);
        }
        self.by_id.insert(order.id.clone(), order.number);
        self.orders.insert(order.number, order);
    }

    /// Removes orders that are not open; for long runs.
    pub fn forget_closed(&mut self) {
        let Self { orders, by_id, .. } = self;
        orders.retain(|_, order| {
            let keep = order.is_open();
            if !keep {
                by_id.remove(&order.id);
            }
            keep
        });
    }

    fn by_guid(&self, id: &str) -> Option<&Order> {
        self.orders.get(self.by_id.get(id)?)
    }

    fn by_guid_mut(&mut self, id: &str) -> Option<&mut Order> {
        self.orders.get_mut(self.by_id.get(id)?)
    }

    fn next_guid(&mut self) -> String {
        self.guids += 1;
        let spread = self.guids.wrapping_mul(0x9e37_79b9) & 0xffff_ffff;
        format!("{spread:08x}-0e0e-4f4f-8a8a-{:012x}", self.guids)
    }

    /// The key of a service, made when there is none of that name.
    pub fn service_id(&mut self, vendor: &str, name: &str) -> String {
        if let Some(known) = self.services.iter().find(|s| s.name == name && s.vendor == vendor) {
            return known.id.clone();
        }
        let id = format!("5e5e5e5e-0000-4000-8000-{:012x}", self.services.len() + 1);
        self.services.push(Service { id: id.clone(), vendor: vendor.into(), name: name.into() });
        id
    }

    /// The key of a location by name or key.
    pub fn location_id(&self, name: &str) -> Result<String, String> {
        let known = |l: &&Location| l.name.eq_ignore_ascii_case(name) || l.id == name;
        self.locations.iter().find(known).map(|l| l.id.clone()).ok_or_else(|| {
            let names: Vec<_> = self.locations.iter().map(|l| l.name).collect();
            format!("no location {name}; there are {}", names.join(", "))
        })
    }
}

impl Outcome {
    /// An answer that concerns no order.
    pub fn plain(response: Response) -> Self {
        Self { response, order: None }
    }
}

/// `Controller/Method` of a path; `None` without `/api/` before it.
pub(super) fn method_of(path: &str) -> Option<&str> {
    let rest = path.get(..5).filter(|start| start.eq_ignore_ascii_case("/api/"))?;
    let method = path[rest.len()..].trim_matches('/');
    (!method.is_empty()).then_some(method)
}

/// An answer with a `Message`.
fn message(status: u16, text: &str) -> Response {
    json_answer(status, &json!({ "Message": text }))
}

fn ok(value: &Value) -> Response {
    json_answer(200, value)
}
