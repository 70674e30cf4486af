//! Subscriptions, and the notifications that go out to them.

use std::collections::VecDeque;
use std::fmt;
use std::net::IpAddr;

use serde_json::{Value, json};

use super::shipment::RunStatus;
use super::{Stream, fault, refused, response, shipment::stream_time};
use crate::domain::time::Now;
use crate::http::Response;
use crate::sandbox::encoding::member_text;
use crate::sandbox::options::WorldOptions;

/// Subscriptions kept: clients that never list make a new one at each start.
const SUBSCRIPTIONS_MAX: usize = 1_000;
/// Notifications that wait to be posted; the oldest are dropped, as if they were never sent.
const OUTBOX_MAX: usize = 100_000;

struct Subscription {
    id: u64,
    event: String,
    kind: String,
    url: String,
    method: String,
    auth: Option<String>,
}

/// A notification to post.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    /// Where to.
    pub url: String,
    /// Value of `Authorization`, when the subscription asked for one.
    pub authorization: Option<String>,
    /// JSON, or whatever a test wants to see refused.
    pub body: String,
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notification({} bytes)", self.body.len())
    }
}

/// Subscriptions and what waits to be posted.
#[derive(Default)]
pub(super) struct Hooks {
    subscriptions: Vec<Subscription>,
    made: u64,
    outbox: VecDeque<Notification>,
}

/// Something subscribers are told.
pub(super) struct Event {
    code: String,
    about: About,
}

enum About {
    Order(usize),
    Group { order: usize, run: Option<String> },
    Run(String),
}

impl Event {
    /// The status of an order changed.
    pub fn order(code: &str, at: usize) -> Self {
        Self { code: code.to_owned(), about: About::Order(at) }
    }

    /// A leg was put on a run, moved or taken off.
    pub fn group(code: &str, order: usize, run: Option<&str>) -> Self {
        let run = run.map(str::to_owned);
        Self { code: code.to_owned(), about: About::Group { order, run } }
    }

    /// A run changed.
    pub fn run(code: &str, run: &str) -> Self {
        Self { code: code.to_owned(), about: About::Run(run.to_owned()) }
    }

    /// An event of the kind that belongs to a code, about one order.
    fn of_code(code: &str, order: usize, run: Option<&str>) -> Self {
        match (code, run) {
            ("OPENPLANNING" | "LOCKPLANNING" | "CLOSEPLANNING" | "DISPATCHED", Some(run)) => {
                Self::run(code, run)
            }
            ("PLANNEDDELIVERY" | "PLANNEDGROUP", run) => Self::group(code, order, run),
            _ => Self::order(code, order),
        }
    }

    const fn family(&self) -> (&'static str, &'static str) {
        match self.about {
            About::Order(_) => ("ORDERSTATUS", "CONSHEADER"),
            About::Group { .. } => ("GROUPSTATUS", "LOADALLOC"),
            About::Run(_) => ("RUNSTATUS", "LOADHEADER"),
        }
    }
}

impl Stream {
    /// `POST /webhooks/webhooks`.
    pub(super) fn subscribe(&mut self, body: &Value, options: &WorldOptions) -> Response {
        let (event, kind) = (member_text(body, "event"), member_text(body, "event_type"));
        let url = member_text(body, "url_path");
        const KINDS: [&str; 5] =
            ["CONSHEADER", "CONSITEM", "LOADALLOC", "LOADALLOCPUP", "LOADALLOCTRUNK"];
        if !KINDS.contains(&kind.as_str()) && kind != "LOADHEADER" {
            return refused(options, None, &["Unknown event type".to_owned()]);
        }
        if event.is_empty() || url.is_empty() {
            return refused(options, None, &["event and url_path are required".to_owned()]);
        }
        let hooks = &mut self.hooks;
        if hooks.subscriptions.len() >= SUBSCRIPTIONS_MAX {
            return refused(options, None, &["Too many subscriptions".to_owned()]);
        }
        hooks.made += 1;
        let id = 41_206 + hooks.made;
        let auth = Some(member_text(body, "auth_header")).filter(|text| !text.is_empty());
        let method = member_text(body, "http_method");
        hooks.subscriptions.push(Subscription { id, event, kind, url, method, auth });
        response(200, &json!({"valid": true, "errors": [], "id": id}))
    }

    /// `GET /webhooks/webhooks`.
    pub(super) fn subscriptions(&self, options: &WorldOptions) -> Response {
        let party = &options.credentials.client_id;
        let rows: Vec<Value> = self.hooks.subscriptions.iter().map(|s| s.json(party)).collect();
        response(200, &json!({"valid": true, "errors": [], "subscriptions": rows}))
    }

    /// `DELETE /webhooks/webhooks/{id}`.
    pub(super) fn unsubscribe(&mut self, id: &str) -> Response {
        let before = self.hooks.subscriptions.len();
        self.hooks.subscriptions.retain(|s| s.id.to_string() != id);
        if self.hooks.subscriptions.len() == before {
            return fault(422, &format!("Subscription {id} not found"));
        }
        response(200, &json!({"valid": true, "errors": []}))
    }

    /// Number of standing subscriptions.
    pub fn subscription_count(&self) -> usize {
        self.hooks.subscriptions.len()
    }

    /// Tells every subscriber of that event.
    pub(super) fn notify(&mut self, now: Now, options: &WorldOptions, event: &Event) {
        let (family, kind) = event.family();
        let told: Vec<Notification> = (self.hooks.subscriptions.iter())
            .filter(|s| s.kind == kind && (s.event == family || s.event == event.code))
            .map(|s| Notification {
                url: s.url.clone(),
                authorization: s.auth.clone(),
                body: self.body(now, options, event, s.json(&options.credentials.client_id)),
            })
            .collect();
        for notification in told {
            self.post(notification);
        }
    }

    /// Puts a notification into the outbox.
    pub fn post(&mut self, notification: Notification) {
        if self.hooks.outbox.len() >= OUTBOX_MAX {
            self.hooks.outbox.pop_front();
        }
        self.hooks.outbox.push_back(notification);
    }

    /// A notification of any code about one shipment, to any address.
    pub fn post_about(
        &mut self,
        now: Now,
        options: &WorldOptions,
        code: &str,
        at: usize,
        url: &str,
    ) {
        let run = self.shipments[at].place.as_ref().map(|place| place.run.clone());
        let event = Event::of_code(code, at, run.as_deref());
        let (family, kind) = event.family();
        let known = self.hooks.subscriptions.iter().find(|s| s.url == url && s.kind == kind);
        let authorization = known.and_then(|s| s.auth.clone()).or_else(|| self.secret_of(url));
        let subscription =
            known.map(|s| s.json(&options.credentials.client_id)).unwrap_or_else(|| {
                json!({"party_id": options.credentials.client_id, "id": 0, "event": family,
                "event_type": kind, "url_path": url, "http_method": "POST"})
            });
        let body = self.body(now, options, &event, subscription);
        self.post(Notification { url: url.to_owned(), authorization, body });
    }

    /// The `auth_header` of any subscription of that address.
    pub fn secret_of(&self, url: &str) -> Option<String> {
        self.hooks.subscriptions.iter().find(|s| s.url == url).and_then(|s| s.auth.clone())
    }

    /// Takes what waits to be posted.
    pub fn take_notifications(&mut self) -> Vec<Notification> {
        self.hooks.outbox.drain(..).collect()
    }

    /// Whether anything waits to be posted.
    pub fn has_notifications(&self) -> bool {
        !self.hooks.outbox.is_empty()
    }

    fn body(&self, now: Now, options: &WorldOptions, event: &Event, sub: Value) -> String {
        let at = stream_time(now.wall);
        let word: String = event.code.to_ascii_lowercase();
        let mut body = json!({
            "subscription": sub,
            "event": {
                "event_code": event.code, "event_code_desc": word, "event_desc": word,
                "event_date": at.get(..10), "event_text": "", "event_link": "",
                "event_time": at.get(11..16).map(|time| time.replace('-', ":")),
            },
        });
        match &event.about {
            About::Order(at) => body["order"] = json!({"id": self.shipments[*at].consignment}),
            About::Group { order, run } => {
                body["order"] = json!({"id": self.shipments[*order].consignment});
                body["group"] = json!({"int_seq": 1, "loadId": run});
                if let Some(run) = run {
                    body["run"] = self.run_json(run, "OPENPLANNING");
                }
            }
            About::Run(run) => {
                body["run"] = self.run_json(run, &event.code);
                body["orders"] = self.stops_json(run);
            }
        }
        let body = if options.wrapped_notifications { json!({ "webhook": body }) } else { body };
        body.to_string()
    }

    fn run_json(&self, id: &str, code: &str) -> Value {
        let run = self.runs.get(id);
        let out = run.is_some_and(|run| run.status == RunStatus::Dispatched);
        json!({"loadId": id, "status": if out { "DISPATCHED" } else { code },
            "description": run.map_or("", |run| &run.description)})
    }

    fn stops_json(&self, id: &str) -> Value {
        let Some(run) = self.runs.get(id) else { return json!([]) };
        let mut stops: Vec<(i64, &str)> = (run.members.iter())
            .map(|at| &self.shipments[*at])
            .map(|s| (s.place.as_ref().map_or(0, |place| place.sequence), s.consignment.as_str()))
            .collect();
        stops.sort_unstable();
        stops.iter().map(|(at, order)| json!({"sequence": at, "order": order})).collect()
    }
}

impl Subscription {
    fn json(&self, party: &str) -> Value {
        json!({"party_id": party, "id": self.id, "event": self.event, "event_type": self.kind,
            "url_path": self.url, "http_method": self.method})
    }
}

/// Whether a URL is plain HTTP to this machine: the only place the sandbox posts to.
pub(in crate::sandbox) fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
