//! The models behave as the sheets say, and the skin as a server must.

mod faults;
mod linnworks;
mod moves;
mod skin;
mod stream;

use serde_json::{Value, json};

use super::*;
use crate::domain::time::Timestamp;

pub(super) fn at(ms: u64) -> Now {
    Now { wall: Timestamp(1_795_425_000_000 + ms as i64), mono: Moment(ms) }
}

pub(super) fn request(method: Method, path: &str, body: &str) -> Request {
    Request {
        method,
        url: format!("http://sandbox.test{path}"),
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: body.as_bytes().to_vec(),
        timeout: Delay::secs(30),
        fresh_connection: false,
    }
}

pub(super) fn read(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or(Value::Null)
}

pub(super) fn form(path: &str, body: &str) -> Request {
    let mut request = request(Method::Post, path, body);
    request.headers[0].1 = "application/x-www-form-urlencoded; charset=UTF-8".into();
    request
}

/// A world, a Linnworks session and a Stream token.
pub(super) struct Bench {
    pub world: World,
    pub session: String,
    pub bearer: String,
    nonce: u32,
}

impl Bench {
    pub fn new(options: WorldOptions) -> Self {
        let mut bench = Self {
            world: World::new(options),
            session: String::new(),
            bearer: String::new(),
            nonce: 0,
        };
        let known = bench.world.options().credentials.clone();
        let body = json!({"ApplicationId": known.application_id,
            "ApplicationSecret": known.application_secret, "Token": known.token});
        let login = request(Method::Post, "/api/Auth/AuthorizeByApplication", &body.to_string());
        let answer = read(&bench.world.handle_linnworks(at(0), &login));
        bench.session = answer["Token"].as_str().expect("a session").to_owned();
        let body = json!({"grant_type": "client_credentials", "client_id": known.client_id,
            "client_secret": known.client_secret});
        let answer = bench.stream(at(0), Method::Post, "/api/oauth", &body);
        bench.bearer = answer.1["access_token"].as_str().expect("a token").to_owned();
        bench
    }

    pub fn linnworks(&mut self, now: Now, method: &str, body: &Value) -> (u16, Value) {
        let mut request = request(Method::Post, &format!("/api/{method}"), &body.to_string());
        request.headers.push(("Authorization".into(), self.session.clone()));
        let response = self.world.handle_linnworks(now, &request);
        (response.status, read(&response))
    }

    pub fn stream_request(&mut self, method: Method, path: &str, body: &Value) -> Request {
        self.nonce += 1;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut request = request(method, path, &body);
        let party = self.world.options().credentials.client_id.clone();
        request.headers.push(("stream-nonce".into(), format!("nonce-{}", self.nonce)));
        request.headers.push(("Stream-Party".into(), party));
        request.headers.push(("Authorization".into(), format!("bearer {}", self.bearer)));
        request
    }

    pub fn stream(&mut self, now: Now, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let request = self.stream_request(method, path, body);
        let response = self.world.handle_stream(now, &request);
        (response.status, read(&response))
    }

    pub fn create(&mut self, now: Now, order_no: &str) -> (u16, Value) {
        self.stream(now, Method::Post, "/api/orders/orders", &delivery(order_no))
    }

    pub fn control(&mut self, now: Now, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = self.world.handle_control(now, &request(method, path, &body));
        (response.status, read(&response))
    }
}

pub(super) fn delivery(order_no: &str) -> Value {
    let address = json!({"name": "Margaret Ellison", "address1": "14 Beechwood Crescent",
        "address4": "Leeds", "country": "GB", "postcode": "LS18 4QB"});
    json!({
        "header": {"orderNo": order_no, "orderDate": "2026-11-23", "orderType": "DELIVERY",
            "customerOrderNo": "SHOP-1", "customer": {"name": "M Ellison", "address": address}},
        "delivery": {"address": address, "contact": {"name": "M Ellison"},
            "deliveryMethod": "Two Man", "bookingRequired": true,
            "items": [
                {"sequence": 1, "code": "OAK", "description": "Table", "quantity": 1, "weight": 38.0},
                {"sequence": 2, "code": "LEG", "description": "Legs", "quantity": 4, "weight": 2.0},
            ]},
    })
}
