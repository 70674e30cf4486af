//! The sandbox: stateful fakes of both remote systems, for tests, the demo and training.
//!
//! [`World`] is a pure model: time and requests go in, answers come out; it holds no thread, no
//! socket and no clock, and all chance comes from its seed. [`Server`] puts it on loopback. It
//! shares no type with the client modules, so a wrong belief on one side meets the other side.
//! Nothing in production imports it. What is not modelled answers 501 with its path.
//!
//! - `options`: credentials, mode, and switches for what could not be measured
//! - `linnworks`, `stream`: the two systems
//! - `caller`: Linnworks as the one that calls a shipping integration
//! - `control`: the control endpoints of a script
//! - `auto`: shipments that move by themselves
//! - `generate`, `names`: invented orders
//! - `fault`, `ledger`, `encoding`: what goes wrong, what was called, how arguments are written
//! - `scenario`, `server`, `http1`, `poster`: the skin with its sockets

mod auto;
pub mod caller;
mod control;
mod encoding;
mod fault;
mod generate;
mod http1;
mod ledger;
mod linnworks;
mod names;
mod options;
mod poster;
mod scenario;
mod server;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;

use serde_json::Value;

pub use fault::{Api, Fault, FaultKind, Wire};
pub use generate::Mix;
pub use ledger::{Entry, LEDGER_MAX};
pub use linnworks::{Address, ByHand, Identifier, Line, Note, Order, limit_of};
pub use options::{Credentials, Mode, WorldOptions};
pub use scenario::{Scenario, Step};
pub use server::{SandboxError, Server};
pub use stream::{Item, Notification, Place, Run, RunStatus, Shipment, Status};

use crate::domain::time::{Delay, Moment, Now};
use crate::http::{Method, Request, Response};

/// Both systems and everything that can be done to them.
pub struct World {
    options: WorldOptions,
    linnworks: linnworks::Linnworks,
    stream: stream::Stream,
    faults: fault::Faults,
    ledger: ledger::Ledger,
    auto: auto::Auto,
    maker: generate::Maker,
    late: VecDeque<(Moment, Value)>,
    deliveries: VecDeque<(String, u16)>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("orders", &self.linnworks.orders.len())
            .field("shipments", &self.stream.shipments.len())
            .finish_non_exhaustive()
    }
}

/// Outcomes of posted notifications remembered for `GET /webhook`.
const DELIVERIES_MAX: usize = 1_000;

impl World {
    /// A world with both accounts set up and no orders.
    pub fn new(options: WorldOptions) -> Self {
        Self {
            linnworks: linnworks::Linnworks::new(&generate::services()),
            stream: stream::Stream::default(),
            faults: fault::Faults::default(),
            ledger: ledger::Ledger::default(),
            auto: auto::Auto::new(options.seed),
            maker: generate::Maker::new(options.seed, options.first_number),
            late: VecDeque::new(),
            deliveries: VecDeque::new(),
            options,
        }
    }

    /// How it behaves; may be changed at any time.
    pub fn options_mut(&mut self) -> &mut WorldOptions {
        &mut self.options
    }

    /// How it behaves.
    pub fn options(&self) -> &WorldOptions {
        &self.options
    }

    /// One call of Linnworks, without faults.
    pub fn handle_linnworks(&mut self, now: Now, request: &Request) -> Response {
        let outcome = self.linnworks.handle(now, request, &self.options);
        self.note(now, Api::Linnworks, request, outcome.response.status, outcome.order);
        outcome.response
    }

    /// One call of Stream, without faults.
    pub fn handle_stream(&mut self, now: Now, request: &Request) -> Response {
        self.apply_late(now);
        let outcome = self.stream.handle(now, request, &self.options);
        self.note(now, Api::Stream, request, outcome.response.status, outcome.order);
        outcome.response
    }

    /// The fault for the next call of that path, consumed.
    pub fn next_fault(&mut self, api: Api, path: &str) -> Option<Fault> {
        self.faults.take(api, path)
    }

    /// Makes coming calls go wrong; `false` when too many faults wait already.
    pub fn add_fault(&mut self, fault: Fault) -> bool {
        self.faults.add(fault)
    }

    /// Forgets all faults that have not happened yet.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// One call with its fault, if one waits: what is seen on the wire.
    pub fn exchange(&mut self, now: Now, api: Api, request: &Request) -> Wire {
        let after = match api {
            Api::Linnworks => self.options.linnworks_latency,
            Api::Stream => self.options.stream_latency,
        };
        let answer = |response: Response| Wire::Answer { response, after };
        let Some(fault) = self.next_fault(api, request.path()) else {
            return answer(self.handle(now, api, request));
        };
        match fault.kind {
            FaultKind::Refuse => answer(self.instead(now, api, request, fault::refusal(api))),
            FaultKind::Status { status, retry_after } => {
                answer(self.instead(now, api, request, fault::bare_status(status, retry_after)))
            }
            FaultKind::Html { status } => {
                answer(self.instead(now, api, request, fault::html_page(status)))
            }
            FaultKind::DropBefore => {
                self.note(now, api, request, 0, order_in(api, request));
                Wire::DroppedBefore
            }
            FaultKind::DropAfter => {
                if !self.postpone(now, api, request) {
                    self.handle(now, api, request);
                }
                Wire::DroppedAfter
            }
            FaultKind::Delay(delay) => {
                let response = self.handle(now, api, request);
                Wire::Answer { response, after: Delay(after.0.saturating_add(delay.0)) }
            }
            FaultKind::Truncate => answer(fault::truncate(self.handle(now, api, request))),
            FaultKind::WrongType => answer(fault::wrong_type(self.handle(now, api, request))),
        }
    }

    fn handle(&mut self, now: Now, api: Api, request: &Request) -> Response {
        match api {
            Api::Linnworks => self.handle_linnworks(now, request),
            Api::Stream => self.handle_stream(now, request),
        }
    }

    fn instead(&mut self, now: Now, api: Api, request: &Request, response: Response) -> Response {
        self.note(now, api, request, response.status, order_in(api, request));
        response
    }

    fn note(&mut self, now: Now, api: Api, request: &Request, status: u16, order: Option<String>) {
        let path = request.path().to_owned();
        let kind = kind_of(api, request.method, &path);
        let entry = Entry { at: now.wall, api, method: request.method, path, status, order };
        self.ledger.add(now, &kind, entry);
    }

    /// Keeps a create whose answer is dropped for later, when the options say so.
    fn postpone(&mut self, now: Now, api: Api, request: &Request) -> bool {
        let create = api == Api::Stream
            && request.method == Method::Post
            && request.path() == "/api/orders/orders";
        if !create || self.options.late_application == Delay::ZERO {
            return false;
        }
        let Ok(body) = serde_json::from_slice(&request.body) else { return false };
        self.note(now, api, request, 0, order_in(api, request));
        self.late.push_back((now.mono.after(self.options.late_application), body));
        true
    }

    fn apply_late(&mut self, now: Now) {
        while self.late.front().is_some_and(|(due, _)| *due <= now.mono) {
            if let Some((_, body)) = self.late.pop_front() {
                self.stream.create(now, &body, &self.options);
            }
        }
    }

    /// Lets time do its part: late creates, and in auto mode the moves that are due.
    pub fn tick(&mut self, now: Now) {
        self.apply_late(now);
        if self.options.mode == Mode::Auto {
            self.tick_auto(now);
        } else {
            self.stream.arrived.clear();
        }
    }

    /// Makes invented orders and answers their numbers.
    pub fn add_orders(&mut self, now: Now, count: usize, mix: &Mix) -> Vec<u32> {
        (0..count).map(|_| self.maker.make(now, mix, &mut self.linnworks)).collect()
    }

    /// What a person does to an order in Linnworks.
    ///
    /// # Errors
    /// A sentence when there is no such order.
    pub fn by_hand(&mut self, now: Now, number: u32, action: ByHand) -> Result<(), String> {
        self.linnworks.by_hand(now, number, action)
    }

    /// Ends every session and token: the next calls get 401.
    pub fn end_sessions(&mut self) {
        self.linnworks.access.end_sessions();
        self.stream.end_tokens();
    }

    /// Takes the notifications that wait to be posted.
    pub fn take_notifications(&mut self) -> Vec<Notification> {
        self.stream.take_notifications()
    }

    /// Whether notifications wait to be posted.
    pub fn has_notifications(&self) -> bool {
        self.stream.has_notifications()
    }

    /// Remembers how posting a notification went: its HTTP status, 0 for no answer.
    pub fn delivered(&mut self, url: &str, status: u16) {
        if self.deliveries.len() >= DELIVERIES_MAX {
            self.deliveries.pop_front();
        }
        self.deliveries.push_back((url.to_owned(), status));
    }
}

/// The truth, for tests.
impl World {
    /// Every order, by number.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.linnworks.orders.values()
    }

    /// One order.
    pub fn order(&self, number: u32) -> Option<&Order> {
        self.linnworks.orders.get(&number)
    }

    /// Every shipment ever made, deleted ones too, oldest first.
    pub fn shipments(&self) -> &[Shipment] {
        &self.stream.shipments
    }

    /// The shipments of one Linnworks order that are not deleted, of any generation or suffix.
    pub fn live_shipments(&self, number: u32) -> Vec<&Shipment> {
        self.stream.live_of(&number.to_string())
    }

    /// The run a shipment is on.
    pub fn run(&self, id: &str) -> Option<&Run> {
        self.stream.runs.get(id)
    }

    /// Every identifier of the account.
    pub fn identifiers(&self) -> &[Identifier] {
        &self.linnworks.identifiers
    }

    /// What notifications to an address carry in `Authorization`.
    pub fn subscription_secret(&self, url: &str) -> Option<String> {
        self.stream.secret_of(url)
    }

    /// Standing webhook subscriptions.
    pub fn subscription_count(&self) -> usize {
        self.stream.subscription_count()
    }

    /// The ledger, at most [`LEDGER_MAX`] entries.
    pub fn ledger(&self) -> &[Entry] {
        self.ledger.entries()
    }

    /// Calls made after the ledger was full.
    pub fn ledger_beyond(&self) -> u64 {
        self.ledger.beyond()
    }

    /// Calls answered 429.
    pub fn throttled(&self) -> u64 {
        self.ledger.throttled()
    }

    /// Per method (`Orders/GetOrdersById`; `POST orders/orders`): calls in all, and the most that
    /// arrived in any 60 s.
    pub fn calls_per_method(&self) -> impl Iterator<Item = (Api, &str, u64, usize)> {
        self.ledger.per_method()
    }

    /// Faults that have not happened yet.
    pub fn faults_waiting(&self) -> usize {
        self.faults.len()
    }

    /// Drops orders that are not open any more, so that long runs stay small.
    pub fn forget_closed(&mut self) {
        self.linnworks.forget_closed();
    }
}

/// What counts as one method: for Stream, verb and resource without the id.
fn kind_of(api: Api, method: Method, path: &str) -> String {
    match api {
        Api::Linnworks => linnworks::method_of(path).unwrap_or(path).to_owned(),
        Api::Stream => {
            let rest = path.strip_prefix("/api/").unwrap_or(path);
            let resource: Vec<&str> = rest.splitn(3, '/').take(2).collect();
            format!("{} {}", method.as_str(), resource.join("/"))
        }
    }
}

/// The order a Stream call names, for calls that are not carried out.
fn order_in(api: Api, request: &Request) -> Option<String> {
    if api == Api::Linnworks {
        return None;
    }
    let parts: Vec<&str> = request.path().splitn(5, '/').collect();
    match parts.as_slice() {
        ["", "api", "orders", _, id] => Some(encoding::segment_decode(id)),
        ["", "api", "orders", _] => {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            body["header"]["orderNo"].as_str().map(str::to_owned)
        }
        _ => None,
    }
}
