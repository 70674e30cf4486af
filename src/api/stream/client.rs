//! The calls. Each sends at most a sign-in and one request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use secrecy::ExposeSecret as _;

use super::error::{Answer, receive};
use super::session::{self, Session};
use super::{Deleted, Standing, StreamSettings, Subscribe, read, wire};
use crate::api::access::{Access, CurrentAccess};
use crate::api::encode::percent;
use crate::api::flight::{Pass, Ticket, Turn};
use crate::api::gate::{Budget, Gate, Health, MethodKey, With};
use crate::api::outcome::{before_the_request, lock, reported, scrubbed, word};
use crate::domain::answer::{Failure, Look, Receipt};
use crate::domain::depot::Depot;
use crate::domain::ids::StreamOrderNo;
use crate::domain::shipment::Shipment;
use crate::domain::time::{Delay, Moment, Now};
use crate::http::breaker;
use crate::http::budget::Bucket;
use crate::http::{Method, Request, Transport};
use crate::tally::Counts;

/// Stream publishes no limit for any method: one budget stands for all.
const BUDGET: MethodKey = MethodKey("stream");

/// Public clients send this many random letters and digits with every request.
const NONCE_CHARS: usize = 32;

const HOOKS: &str = "/webhooks/webhooks";

type StreamAccess = Access<StreamSettings, Session>;

/// One request: what it is made with, and what it is called by those who count.
#[derive(Clone, Copy)]
struct Call<'c> {
    access: &'c Arc<StreamAccess>,
    what: &'static str,
}

/// The client. Shared by all threads; holds secrets and has no `Debug`.
pub struct Stream {
    transport: Arc<dyn Transport>,
    access: CurrentAccess<StreamSettings, Session>,
    gate: Mutex<Gate>,
    nonces: Mutex<fastrand::Rng>,
    calls: Counts<(&'static str, &'static str)>,
}

impl Stream {
    /// A client that has not signed in yet: the first call does. `seed` is that of the nonces.
    pub fn new(transport: Arc<dyn Transport>, settings: StreamSettings, seed: u64) -> Self {
        let bucket = Bucket::new(settings.requests_per_second, settings.burst, settings.started_at);
        let gate = Gate::new(Budget::Bucket(bucket), settings.is_configured());
        Self {
            transport,
            access: CurrentAccess::new(settings),
            gate: Mutex::new(gate),
            nonces: Mutex::new(fastrand::Rng::with_seed(seed)),
            calls: Counts::default(),
        }
    }

    /// Other settings hold from now on: the next call signs in with them, and Stream is asked again
    /// at once whatever it last answered. Calls that are out finish as they began; the rates that
    /// are spent stay spent.
    pub fn reconfigure(&self, settings: StreamSettings) {
        let configured = settings.is_configured();
        let (per_second, burst) = (settings.requests_per_second, settings.burst);
        let now = settings.started_at;
        self.access.replace(settings);
        let mut gate = lock(&self.gate);
        gate.change_budget(|budget| {
            if let Budget::Bucket(bucket) = budget {
                bucket.set_rate(per_second, burst, now);
            }
        });
        gate.reset(configured);
    }

    /// Whether a call could go now.
    ///
    /// # Errors
    /// The earliest moment at which to ask again.
    pub fn turn(&self, now: Now) -> Result<(), Moment> {
        lock(&self.gate).turn(now.mono)
    }

    /// Whether Stream came back since this was asked last.
    pub fn recovered(&self) -> bool {
        lock(&self.gate).take_recovered()
    }

    /// What waited for its return could not be freed: [`Self::recovered`] says so once more.
    pub fn recovered_again(&self) {
        lock(&self.gate).put_recovered();
    }

    /// What is shown of Stream.
    pub fn health(&self, now: Now) -> Health {
        lock(&self.gate).health(now.mono)
    }

    /// Signs in, unless a session is open: for those who want to know whether that is possible.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn open_session(&self, now: Now) -> Result<(), Failure> {
        self.session(now, &self.access.get()).map(|_| ())
    }

    /// Calls by method and how they ended.
    pub fn calls(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        self.calls.get()
    }

    /// Budgets that were used: of what, calls that could be made at once, the most that could be.
    pub fn budgets(&self, now: Now) -> Vec<(&'static str, u32, u32)> {
        lock(&self.gate).budgets(now.mono)
    }

    /// The account's depots and their delivery methods.
    ///
    /// # Errors
    /// See [`Failure`]; a read that fails has changed nothing.
    pub fn depots(&self, now: Now) -> Result<Vec<Depot>, Failure> {
        self.ask(now, "depots", Method::Get, "/depots/depots", Vec::new(), read::depots)
    }

    /// Creates one order. Repeating it may double the goods: after `Unknown`, look by its number.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn create(&self, now: Now, shipment: &Shipment) -> Result<Receipt, Failure> {
        let body = wire::render(shipment);
        let read = |answer: &Answer| read::receipt(answer, &shipment.order_no);
        self.ask(now, "create", Method::Post, "/orders/orders", body, read)
    }

    /// Looks for an order by its number. Absent only when Stream says so itself; a cancelled order
    /// is found, with its status.
    ///
    /// # Errors
    /// See [`Failure`]; also when another order came back.
    pub fn find(&self, now: Now, order_no: &StreamOrderNo) -> Result<Look, Failure> {
        let path = format!("/orders/orders/{}", percent(order_no.as_str()));
        let not_found = &self.access.get().settings.not_found;
        let read = |answer: &Answer| read::look(answer, order_no, not_found);
        self.ask(now, "find", Method::Get, &path, Vec::new(), read)
    }

    /// The status word of an order; `None` when Stream says that there is none.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn status(&self, now: Now, order_no: &StreamOrderNo) -> Result<Option<String>, Failure> {
        let path = format!("/orders/status/{}", percent(order_no.as_str()));
        let not_found = &self.access.get().settings.not_found;
        let read = |answer: &Answer| read::status(answer, not_found);
        self.ask(now, "status", Method::Get, &path, Vec::new(), read)
    }

    /// Deletes an order. Safe to repeat; confirm with [`Self::find`].
    ///
    /// # Errors
    /// See [`Failure`]; a refusal (on a run, dispatched) is `No`.
    pub fn delete(&self, now: Now, order_no: &StreamOrderNo) -> Result<Deleted, Failure> {
        let path = format!("/orders/orders/{}", percent(order_no.as_str()));
        self.ask(now, "delete", Method::Delete, &path, Vec::new(), read::deleted)
    }

    /// Changes the header of an order to that of the shipment: reference, driver notes, service level. Safe
    /// to repeat; confirm with [`Self::find`].
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn change_header(
        &self,
        now: Now,
        order_no: &StreamOrderNo,
        shipment: &Shipment,
    ) -> Result<(), Failure> {
        let path = format!("/orders/orders/{}", percent(order_no.as_str()));
        let body = wire::render_header(shipment);
        self.ask(now, "change", Method::Patch, &path, body, read::accepted)
    }

    /// The subscriptions of the account, ours and others'.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn subscriptions(&self, now: Now) -> Result<Vec<Standing>, Failure> {
        self.ask(now, "subscriptions", Method::Get, HOOKS, Vec::new(), read::subscriptions)
    }

    /// Subscribes to a pair of events. Not safe to repeat: after `Unknown`, list.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn subscribe(&self, now: Now, wish: &Subscribe<'_>) -> Result<u64, Failure> {
        let body = wire::render_subscription(wish);
        self.ask(now, "subscribe", Method::Post, HOOKS, body, read::subscribed)
    }

    /// Ends a subscription. Safe to repeat.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn unsubscribe(&self, now: Now, id: u64) -> Result<Deleted, Failure> {
        let path = format!("{HOOKS}/{id}");
        self.ask(now, "unsubscribe", Method::Delete, &path, Vec::new(), read::deleted)
    }

    fn ask<T>(
        &self,
        now: Now,
        what: &'static str,
        method: Method,
        path: &str,
        body: Vec<u8>,
        read: impl FnOnce(&Answer) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let access = self.access.get();
        let pass = self.session(now, &access)?;
        let token = pass.session.token.expose_secret();
        let mut request = self.request(&access.settings, method, path, body);
        request.headers.push(("Stream-Party".to_owned(), access.settings.client_id.clone()));
        request.headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        // The reset of a pooled connection would look like an unknown outcome of a create.
        request.fresh_connection = method == Method::Post;
        let call = Call { access: &access, what };
        let result = self.send(now, call, &request, With::Session(pass.ticket), token, read);
        if let Err(Failure::Unauthorised { .. }) = &result {
            lock(&access.flight).revoke(pass.ticket);
        }
        result
    }

    fn request(
        &self,
        settings: &StreamSettings,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Request {
        let json = || "application/json".to_owned();
        Request {
            method,
            url: format!("{}/api{path}", settings.base_url.trim_end_matches('/')),
            headers: vec![
                ("Accept".to_owned(), json()),
                ("Content-Type".to_owned(), json()),
                ("Stream-Nonce".to_owned(), self.nonce()),
            ],
            body,
            timeout: settings.timeout,
            fresh_connection: false,
        }
    }

    fn nonce(&self) -> String {
        let mut random = lock(&self.nonces);
        (0..NONCE_CHARS).map(|_| random.alphanumeric()).collect()
    }

    fn session(&self, now: Now, access: &Arc<StreamAccess>) -> Result<Pass<Session>, Failure> {
        let turn = lock(&access.flight).turn(now.mono, access.settings.timeout);
        match turn {
            Turn::Use(pass) => Ok(pass),
            Turn::Wait(until) => Err(Failure::NotBefore(until)),
            Turn::SignIn(ticket) => self.sign_in(now, access, ticket).inspect_err(|_| {
                lock(&access.flight).failed(ticket);
            }),
        }
    }

    fn sign_in(
        &self,
        now: Now,
        access: &Arc<StreamAccess>,
        ticket: Ticket,
    ) -> Result<Pass<Session>, Failure> {
        let secret = access.settings.client_secret.expose_secret();
        let request =
            self.request(&access.settings, Method::Post, "/oauth", session::body(&access.settings));
        let call = Call { access, what: "sign-in" };
        let (session, life) = self
            .send(now, call, &request, With::Credentials, secret, session::read)
            .map_err(before_the_request)?;
        Ok(lock(&access.flight).opened(ticket, session, now.mono.after(life)))
    }

    fn admit(&self, now: Now, access: &Arc<StreamAccess>) -> Result<breaker::Pass, Failure> {
        let mut gate = lock(&self.gate);
        // Settings are replaced before the gate is reset: a call with old ones either has left under
        // the old state, and its refusal says nothing, or does not leave.
        if !self.access.is_current(access) {
            return Err(Failure::NotBefore(now.mono.after(Delay(1))));
        }
        gate.admit(BUDGET, 0, now.mono).map_err(Failure::NotBefore)
    }

    /// What an answer means is known only when it has been read, so it is reported after that.
    fn send<T>(
        &self,
        now: Now,
        call: Call<'_>,
        request: &Request,
        with: With,
        secret: &str,
        read: impl FnOnce(&Answer) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let pass = self.admit(now, call.access)?;
        let answer = receive(self.transport.send(request), now.wall);
        let intelligible = answer.as_ref().is_ok_and(Answer::is_intelligible);
        let result =
            answer.and_then(|answer| read(&answer)).map_err(|failure| scrubbed(failure, &[secret]));
        if let Some(word) = word(&result) {
            self.calls.add((call.what, word));
        }
        if let Some(outcome) = reported(&result, intelligible) {
            lock(&self.gate).report(pass, BUDGET, now, with, outcome);
        }
        result
    }
}
