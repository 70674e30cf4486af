//! A quiet world to put single orders into, and what is read off it.

use std::sync::Arc;

use linnstream::domain::ids::OrderNumber;
use linnstream::domain::job::{JobKind, JobState};
use linnstream::domain::order::{Order, StateWord};
use linnstream::domain::rules::Rules;
use linnstream::domain::time::{Delay, Now};
use linnstream::flow::FlowError;
use linnstream::flow::commands::{self, Acted};
use linnstream::http::{Method, Request};
use linnstream::sandbox::{Api, Fault, FaultKind};
use linnstream::store::{Changes, Installed, Setting, Store};
use serde_json::{Value, json};

use crate::net::lock;
use crate::post::Mail;
use crate::sim::{Plan, Sim};

/// A simulation without orders of its own.
pub fn quiet() -> Sim {
    Sim::new(Plan::quiet(1, 0))
}

/// The same, where Stream tells of changes.
pub fn told(mail: Mail) -> Sim {
    let mut plan = Plan::quiet(1, 0);
    plan.mail = Some(mail);
    Sim::new(plan)
}

impl Sim {
    /// As if nobody had worked in this account before.
    pub fn forget_predecessor(&self) {
        let now = self.now();
        self.daemon
            .store
            .write(now, move |_| {
                let mut changes = Changes::new();
                changes
                    .set(Setting::Installed(Installed { at: now.wall, predecessor: Some(false) }));
                Ok::<_, FlowError>((changes, ()))
            })
            .expect("written");
    }

    /// Creates that workers hold now.
    pub fn taken_creates(&self) -> usize {
        self.daemon
            .store
            .read(|view| {
                let mut held = 0;
                for id in view.unfinished(100)? {
                    let job = view.job(id)?.expect("listed");
                    let is_create = job.task.kind() == JobKind::Create;
                    held += usize::from(is_create && !matches!(job.state, JobState::Unsure { .. }));
                }
                Ok(held)
            })
            .expect("readable")
    }

    pub fn control(&self, path: &str, body: &Value) -> Value {
        let request = Request {
            method: Method::Post,
            url: format!("http://control{path}"),
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
            timeout: Delay::secs(1),
            fresh_connection: false,
        };
        let answer = lock(&self.net.world).handle_control(self.now(), &request);
        let text = String::from_utf8(answer.body).expect("text");
        assert_eq!(answer.status, 200, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// An order as typed; what is left out is good. Answers its number.
    pub fn order(&self, fields: Value) -> u32 {
        let answer = self.control("/orders", &json!({"orders": [fields]}));
        u32::try_from(answer[0].as_u64().expect("a number")).expect("fits")
    }

    pub fn good_orders(&self, count: usize) -> Vec<u32> {
        (0..count).map(|_| self.order(json!({}))).collect()
    }

    pub fn edit(&self, number: u32, fields: &Value) {
        self.control("/advance", &json!({"action": "edit", "orders": [number], "fields": fields}));
    }

    pub fn by_hand(&self, number: u32, action: &str) {
        self.control("/advance", &json!({"action": action, "orders": [number]}));
    }

    /// Stream refuses the next create.
    pub fn refuse_next_create(&self) {
        let fault = Fault::once(Api::Stream, "/api/orders/orders", FaultKind::Refuse);
        assert!(lock(&self.net.world).add_fault(fault));
    }

    /// A planner or a driver does something in Stream.
    pub fn planner(&self, action: &str, orders: &[u32], more: Value) {
        let mut body = more;
        body["action"] = json!(action);
        body["orders"] = json!(orders);
        self.control("/advance", &body);
    }

    /// Calls to Linnworks so far.
    pub fn linnworks_calls(&self) -> u64 {
        let world = lock(&self.net.world);
        let of = |(api, _, calls, _): (Api, &str, u64, usize)| match api {
            Api::Linnworks => calls,
            Api::Stream => 0,
        };
        world.calls_per_method().map(of).sum()
    }

    /// Runs until it holds, for so long at most; answers how long it took.
    pub fn run_till(&mut self, most: Delay, holds: impl Fn(&Self) -> bool) -> Delay {
        let from = self.now().mono;
        while !holds(self) {
            assert!(self.now().mono.since(from) < most, "not within {} s", most.0 / 1000);
            self.run_for(Delay(50));
        }
        self.now().mono.since(from)
    }

    pub fn is_processed(&self, number: u32) -> bool {
        lock(&self.net.world).order(number).expect("there").processed.is_some()
    }

    pub fn run_for(&mut self, delay: Delay) {
        let end = self.now().mono.after(delay);
        self.run_until(end);
    }

    pub fn set_rules(&self, change: impl FnOnce(&mut Rules)) {
        let mut rules = (*self.rules.get()).clone();
        change(&mut rules);
        self.rules.set(rules);
    }

    pub fn known(&self, number: u32) -> Option<Order> {
        let number = OrderNumber(u64::from(number));
        self.daemon.store.read(|view| view.order_by_number(number)).expect("readable")
    }

    pub fn state(&self, number: u32) -> Option<StateWord> {
        self.known(number).map(|order| order.state.word())
    }

    pub fn reason(&self, number: u32) -> String {
        self.known(number).and_then(|order| order.state.reason()).unwrap_or_default()
    }

    /// Live shipments of an order in Stream.
    pub fn shipments(&self, number: u32) -> usize {
        lock(&self.net.world).live_shipments(number).len()
    }

    pub fn tags(&self, number: u32) -> Vec<String> {
        lock(&self.net.world).order(number).expect("there").tags.clone()
    }

    pub fn notes(&self, number: u32) -> Vec<String> {
        let world = lock(&self.net.world);
        world.order(number).expect("there").notes.iter().map(|note| note.text.clone()).collect()
    }

    pub fn tracking(&self, number: u32) -> String {
        lock(&self.net.world).order(number).expect("there").tracking.clone()
    }

    /// Identifiers of the account that are not the system's own.
    pub fn our_identifiers(&self) -> usize {
        lock(&self.net.world).identifiers().iter().filter(|one| one.custom).count()
    }

    /// Calls of one method so far (`POST orders/orders`, `Orders/AddOrdersNote`).
    pub fn calls(&self, method: &str) -> u64 {
        let world = lock(&self.net.world);
        world
            .calls_per_method()
            .filter(|(_, name, _, _)| *name == method)
            .map(|(_, _, calls, _)| calls)
            .sum()
    }

    /// What an order's timeline says.
    pub fn timeline(&self, number: u32) -> Vec<String> {
        let order = self.known(number).expect("known");
        let lines = self.daemon.store.read(move |view| view.timeline(order.id)).expect("readable");
        lines.into_iter().map(|line| format!("{} {}", line.what, line.detail)).collect()
    }

    /// Somebody at a console asks for something.
    pub fn ask(
        &self,
        what: impl FnOnce(&Store, Now, Arc<Rules>) -> Result<Acted, FlowError>,
    ) -> Acted {
        let acted = what(&self.daemon.store, self.now(), self.rules.get()).expect("answered");
        self.daemon.wake.notify();
        acted
    }

    pub fn resend(&self, number: u32) -> Acted {
        let number = OrderNumber(u64::from(number));
        self.ask(|store, now, rules| commands::resend(store, now, rules, number, "pat".into()))
    }

    pub fn pause(&self, paused: bool) -> Acted {
        self.ask(|store, now, _| commands::pause(store, now, "pat".into(), paused))
    }

    /// Tries every parked job again; answers how many there were.
    pub fn retry_parked(&self) -> usize {
        let ids = commands::parked(&self.daemon.store, None, 500).expect("readable");
        for id in &ids {
            let acted =
                self.ask(|store, now, rules| commands::retry(store, now, rules, *id, "pat".into()));
            assert!(matches!(acted, Acted::Queued(_)), "{acted:?}");
        }
        ids.len()
    }
}
