//! A model of the Stream API: token, depots, orders, status, webhooks.
//!
//! It mirrors what public clients and Stream's help pages show. Covered: the paths in
//! [`Stream::route`]; everything else answers 501 with its path. It knows nothing of Linnworks,
//! of HTTP connections or of our client.
//!
//! - `shipment`: shipments and runs, and how they are shown
//! - `create`: creating, changing, deleting
//! - `plan`: what planners and drivers do
//! - `hooks`: subscriptions and notifications

mod create;
mod hooks;
mod plan;
mod shipment;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

pub use self::hooks::Notification;
pub(super) use self::hooks::is_loopback;
pub(super) use self::plan::{Action, Planning};
pub use self::shipment::{Item, Place, Run, RunStatus, Shipment, Status};

use super::encoding::{Params, json as json_answer, segment_decode};
use super::linnworks::Outcome;
use super::options::WorldOptions;
use crate::domain::time::{Moment, Now};
use crate::http::{Method, Request, Response};

/// Nonces remembered; the oldest are forgotten, as any server must.
const NONCES_MAX: usize = 100_000;
/// Tokens alive at once.
const TOKENS_MAX: usize = 1_000;

/// A depot of the account.
pub(super) struct Depot {
    pub id: &'static str,
    pub name: &'static str,
    town: &'static str,
    postcode: &'static str,
    /// Id, name and type of each delivery method.
    pub methods: &'static [(&'static str, &'static str, &'static str)],
}

/// The depots of the account.
pub(super) const DEPOTS: [Depot; 2] = [
    Depot {
        id: "LEEDS",
        name: "Leeds Depot",
        town: "Leeds",
        postcode: "LS9 0PX",
        methods: &[
            ("LDS2M", "Two Man", "DELIVERY"),
            ("LDSCOUR", "Courier", "COURIER"),
            ("LDSCC", "Click & Collect", "COLLECTION"),
        ],
    },
    Depot {
        id: "BRISTOL",
        name: "Bristol Depot",
        town: "Bristol",
        postcode: "BS11 8AZ",
        methods: &[
            ("BRS2M", "Two Man", "DELIVERY"),
            ("BRSCOUR", "Courier", "COURIER"),
            ("BRSCC", "Click & Collect", "COLLECTION"),
        ],
    },
];

/// All of Stream.
#[derive(Default)]
pub(super) struct Stream {
    pub shipments: Vec<Shipment>,
    pub runs: BTreeMap<String, Run>,
    by_order: BTreeMap<String, usize>,
    by_consignment: BTreeMap<String, usize>,
    /// Shipments that came since auto mode looked.
    pub arrived: Vec<usize>,
    tokens: VecDeque<(String, Moment)>,
    tokens_made: u64,
    nonces: BTreeSet<String>,
    nonce_order: VecDeque<String>,
    hooks: hooks::Hooks,
}

impl Stream {
    /// Carries out one call.
    pub fn handle(&mut self, now: Now, request: &Request, options: &WorldOptions) -> Outcome {
        let path = request.path();
        if let Err(refused) = self.check_nonce(request, options) {
            return Outcome::plain(refused);
        }
        if path == "/api/oauth" {
            return Outcome::plain(self.token(now, request, options));
        }
        if let Err(refused) = self.check_access(now, request, options) {
            return Outcome::plain(refused);
        }
        let body = if request.body.is_empty() {
            Value::Null
        } else {
            match serde_json::from_slice(&request.body) {
                Ok(body) => body,
                Err(_) => return Outcome::plain(fault(400, "The body is not JSON")),
            }
        };
        self.route(now, request.method, path, &body, options)
    }

    fn route(
        &mut self,
        now: Now,
        method: Method,
        path: &str,
        body: &Value,
        options: &WorldOptions,
    ) -> Outcome {
        let rest = path.strip_prefix("/api/").unwrap_or_default();
        let (kind, id) = match rest.splitn(3, '/').collect::<Vec<_>>().as_slice() {
            [a, b] => (format!("{a}/{b}"), None),
            [a, b, id] if !id.is_empty() => (format!("{a}/{b}"), Some(segment_decode(id))),
            _ => (String::new(), None),
        };
        let order = match (kind.as_str(), &id) {
            ("orders/orders", None) => body["header"]["orderNo"].as_str().map(str::to_owned),
            ("orders/orders" | "orders/status", Some(id)) => {
                let found = self.find(id).map(|at| self.shipments[at].order_no.clone());
                Some(found.unwrap_or_else(|| id.clone()))
            }
            _ => None,
        };
        let response = match (kind.as_str(), method, id) {
            ("depots/depots", Method::Get, None) => depots(options),
            ("orders/orders", Method::Post, None) => self.create(now, body, options),
            ("orders/orders", Method::Get, Some(id)) => self.show(now, &id, options),
            ("orders/orders", Method::Patch, Some(id)) => self.patch(&id, body, options),
            ("orders/orders", Method::Delete, Some(id)) => self.delete(now, &id, options),
            ("orders/status", Method::Get, Some(id)) => self.short_status(now, &id, options),
            ("webhooks/webhooks", Method::Post, None) => self.subscribe(body, options),
            ("webhooks/webhooks", Method::Get, None) => self.subscriptions(options),
            ("webhooks/webhooks", Method::Delete, Some(id)) => self.unsubscribe(&id),
            _ => fault(501, &format!("The sandbox does not model {} {path}", method.as_str())),
        };
        Outcome { response, order }
    }

    fn check_nonce(&mut self, request: &Request, options: &WorldOptions) -> Result<(), Response> {
        let nonce = request.header("stream-nonce").unwrap_or_default();
        if nonce.is_empty() {
            return Err(fault(400, "Stream-Nonce is missing"));
        }
        if !options.refuse_repeated_nonce {
            return Ok(());
        }
        if !self.nonces.insert(nonce.to_owned()) {
            return Err(fault(400, "Stream-Nonce was used before"));
        }
        self.nonce_order.push_back(nonce.to_owned());
        if self.nonce_order.len() > NONCES_MAX
            && let Some(oldest) = self.nonce_order.pop_front()
        {
            self.nonces.remove(&oldest);
        }
        Ok(())
    }

    fn token(&mut self, now: Now, request: &Request, options: &WorldOptions) -> Response {
        let params = Params::of(request).unwrap_or_default();
        let wanted = &options.credentials;
        if request.method != Method::Post
            || params.text("grant_type") != "client_credentials"
            || params.text("client_id") != wanted.client_id
            || params.text("client_secret") != wanted.client_secret
        {
            let body = json!({"error": "invalid_client",
                "error_description": "The client credentials are invalid"});
            return json_answer(401, &body);
        }
        self.tokens_made += 1;
        let token = format!("sandbox-access-token-{:08}", self.tokens_made);
        self.tokens.push_back((token.clone(), now.mono.after(options.stream_token_life)));
        if self.tokens.len() > TOKENS_MAX {
            self.tokens.pop_front();
        }
        json_answer(
            200,
            &json!({"access_token": token, "expires_in": options.stream_token_life.0 / 1000,
                "token_type": "Bearer", "scope": null}),
        )
    }

    fn check_access(
        &mut self,
        now: Now,
        request: &Request,
        options: &WorldOptions,
    ) -> Result<(), Response> {
        self.tokens.retain(|(_, until)| *until > now.mono);
        let header = request.header("authorization").unwrap_or_default();
        let token = header.split_once(' ').filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        let known = token.is_some_and(|(_, token)| self.tokens.iter().any(|(t, _)| t == token));
        if !known {
            return Err(fault(401, "The access token is not valid"));
        }
        if request.header("stream-party") != Some(options.credentials.client_id.as_str()) {
            return Err(fault(401, "Stream-Party is missing or not that of the token"));
        }
        Ok(())
    }

    /// Ends every access token.
    pub fn end_tokens(&mut self) {
        self.tokens.clear();
    }

    fn show(&self, now: Now, id: &str, options: &WorldOptions) -> Response {
        let Some(shipment) = self.visible(now, id, options) else { return not_found(id) };
        let run = shipment.place.as_ref().and_then(|place| self.runs.get(&place.run));
        let order = shipment.order_json(&options.credentials.client_id, run);
        response(200, &json!({"valid": true, "order": order, "errors": []}))
    }

    fn short_status(&self, now: Now, id: &str, options: &WorldOptions) -> Response {
        let Some(shipment) = self.visible(now, id, options) else { return not_found(id) };
        response(
            200,
            &json!({"valid": true, "orderStatus": shipment.status.word(),
                "trackingURL": shipment.tracking_url(), "trackingId": shipment.tracking,
                "errors": []}),
        )
    }

    fn visible(&self, now: Now, id: &str, options: &WorldOptions) -> Option<&Shipment> {
        let shipment = &self.shipments[self.find(id)?];
        let shown = shipment.visible_from <= now.mono;
        (shown && (!shipment.deleted || options.deleted_is_cancelled)).then_some(shipment)
    }

    /// The newest shipment of that order number or consignment number, deleted ones too.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.by_order.get(id).or_else(|| self.by_consignment.get(id)).copied()
    }

    fn live(&self, order_no: &str) -> Option<usize> {
        let at = self.by_order.get(order_no).copied()?;
        (!self.shipments[at].deleted).then_some(at)
    }

    /// Everything live that stands for a Linnworks order. A number that was used again replaces
    /// only deleted shipments, so the index holds every live one; and `(` and `-` sort before
    /// digits, so they stand together in it.
    pub fn live_of(&self, number: &str) -> Vec<&Shipment> {
        let base = |order_no: &str| order_no.split(['-', '(']).next() == Some(number);
        let of_order = self.by_order.range(number.to_owned()..);
        let of_order = of_order.take_while(|(order_no, _)| base(order_no));
        of_order.map(|(_, at)| &self.shipments[*at]).filter(|s| !s.deleted).collect()
    }

    /// The live shipment of a Linnworks order: that of its number or of its latest generation.
    pub fn of_order(&self, number: &str) -> Option<usize> {
        let generation = format!("{number}-");
        let later = self.by_order.range(generation.clone()..);
        let later = later.take_while(|(order_no, _)| order_no.starts_with(&generation));
        let later = later.map(|(_, at)| *at).filter(|at| !self.shipments[*at].deleted).max();
        later.or_else(|| self.live(number))
    }
}

/// An answer in Stream's envelope.
fn response(status: u16, body: &Value) -> Response {
    json_answer(status, &json!({ "response": body }))
}

/// An error with its status.
fn fault(status: u16, text: &str) -> Response {
    let error =
        json!({"code": format!("E-SBX-{status}"), "description": text, "severity": "error"});
    response(status, &json!({"valid": false, "errors": [error]}))
}

/// The explicit "there is no such order".
fn not_found(id: &str) -> Response {
    let error = json!({"code": "E-SBX-404", "description": format!("Order {id} not found"),
        "severity": "error"});
    response(422, &json!({"valid": false, "order": null, "errors": [error]}))
}

/// A business refusal.
fn refused(options: &WorldOptions, order_no: Option<&str>, errors: &[String]) -> Response {
    let errors: Vec<Value> = (errors.iter())
        .map(|text| json!({"code": "E-SBX-REFUSED", "description": text, "severity": "error"}))
        .collect();
    let status = if options.refusals_are_422 { 422 } else { 200 };
    response(
        status,
        &json!({"valid": false, "consignmentNo": null, "orderNo": order_no, "trackingURL": null,
            "trackingId": null, "errors": errors}),
    )
}

/// `YYYY-MM-DD`, by shape.
pub(super) fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shaped = |(at, byte): (usize, &u8)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    bytes.len() == 10 && bytes.iter().enumerate().all(shaped)
}

fn depots(options: &WorldOptions) -> Response {
    let known = if options.without_depots { &[][..] } else { &DEPOTS[..] };
    let depots: Vec<Value> = (known.iter())
        .map(|depot| {
            let mut methods: Vec<Value> = (depot.methods.iter())
                .map(|(id, name, kind)| json!({"id": id, "name": name, "type": kind}))
                .collect();
            let added = options.added_methods.iter().filter(|[of, ..]| of == depot.id);
            methods.extend(
                added.map(|[_, id, name, kind]| json!({"id": id, "name": name, "type": kind})),
            );
            json!({
                "id": depot.id,
                "address": {"name": depot.name, "address1": "Unit 4", "address4": depot.town,
                    "country": "GB", "postcode": depot.postcode},
                "contact": {"name": format!("{} office", depot.name), "tel1": "01632 960110"},
                "stockLocation": {"id": depot.id, "name": depot.name},
                "deliveryMethods": methods,
            })
        })
        .collect();
    response(200, &json!({"valid": true, "errors": [], "depots": depots}))
}
