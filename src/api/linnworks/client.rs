//! The calls. Each sends at most a sign-in and one request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::methods::{self, ApiMethod};
use super::session::{self, Session};
use super::{LinnworksSettings, error, order, wire};
use crate::api::access::{Access, CurrentAccess};
use crate::api::encode::form;
use crate::api::flight::{Pass, Ticket, Turn};
use crate::api::gate::{Budget, Gate, Health, With};
use crate::api::lenient::Bad;
use crate::api::outcome::{before_the_request, lock, reported, scrubbed, word};
use crate::domain::answer::{Failure, Reason};
use crate::domain::depot::{Location, PostalService};
use crate::domain::ids::{LocationId, OrderId, OrderNumber, Tag, TrackingNumber};
use crate::domain::source::{Assigned, Details, Identifier, Shipping, SourceOrder};
use crate::domain::time::{Delay, Moment, Now};
use crate::http::breaker;
use crate::http::budget::Limiter;
use crate::http::{Method, Request, Transport};
use crate::tally::Counts;

/// Orders a bulk read takes. No limit is published; larger answers are slow and cut more often.
pub const DETAILS_MAX: usize = 100;

/// Orders a change or read of identifiers takes. No limit is published.
pub const IDENTIFIER_ORDERS_MAX: usize = 100;

/// Orders one call processes: Linnworks works on each for a second or more, and the call must end
/// within its time-out.
pub const PROCESS_ORDERS_MAX: usize = 20;

/// Orders that get one note in one call. No limit is published.
pub const NOTE_ORDERS_MAX: usize = 100;

type LinnworksAccess = Access<LinnworksSettings, Session>;

/// One request: what it is made with, and its method.
#[derive(Clone, Copy)]
struct Call<'c> {
    access: &'c Arc<LinnworksAccess>,
    method: &'c ApiMethod,
}

/// The client. Shared by all threads; holds secrets and has no `Debug`.
pub struct Linnworks {
    transport: Arc<dyn Transport>,
    access: CurrentAccess<LinnworksSettings, Session>,
    gate: Mutex<Gate>,
    calls: Counts<(&'static str, &'static str)>,
}

/// The headers of every request.
pub fn headers(token: Option<&str>) -> Vec<(String, String)> {
    let mut headers = vec![
        ("Accept".to_owned(), "application/json".to_owned()),
        ("Content-Type".to_owned(), "application/x-www-form-urlencoded; charset=UTF-8".to_owned()),
    ];
    if let Some(token) = token {
        headers.push(("Authorization".to_owned(), token.to_owned()));
    }
    headers
}

impl Linnworks {
    /// A client that has not signed in yet: the first call does.
    pub fn new(transport: Arc<dyn Transport>, settings: LinnworksSettings) -> Self {
        let limiter = match settings.resumed_at {
            Some(at) => Limiter::resumed(settings.calls_percent, at),
            None => Limiter::new(settings.calls_percent),
        };
        let gate = Gate::new(Budget::PerMethod(limiter), settings.is_configured());
        Self {
            transport,
            access: CurrentAccess::new(settings),
            gate: Mutex::new(gate),
            calls: Counts::default(),
        }
    }

    /// Other settings hold from now on: the next call signs in with them, and Linnworks is asked again
    /// at once whatever it last answered. Calls that are out finish as they began; the rates that
    /// are spent stay spent.
    pub fn reconfigure(&self, settings: LinnworksSettings) {
        let (configured, percent) = (settings.is_configured(), settings.calls_percent);
        self.access.replace(settings);
        let mut gate = lock(&self.gate);
        gate.change_budget(|budget| {
            if let Budget::PerMethod(limiter) = budget {
                limiter.set_percent(percent);
            }
        });
        gate.reset(configured);
    }

    /// Whether a call could go now; budgets of single methods are not asked.
    ///
    /// # Errors
    /// The earliest moment at which to ask again.
    pub fn turn(&self, now: Now) -> Result<(), Moment> {
        lock(&self.gate).turn(now.mono)
    }

    /// Whether Linnworks came back since this was asked last.
    pub fn recovered(&self) -> bool {
        lock(&self.gate).take_recovered()
    }

    /// What waited for its return could not be freed: [`Self::recovered`] says so once more.
    pub fn recovered_again(&self) {
        lock(&self.gate).put_recovered();
    }

    /// Requests answered so far.
    pub fn good_answers(&self) -> u64 {
        lock(&self.gate).good_answers()
    }

    /// What is shown of Linnworks.
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

    /// The account's stock locations.
    ///
    /// # Errors
    /// See [`Failure`]; a read that fails has changed nothing.
    pub fn stock_locations(&self, now: Now) -> Result<Vec<Location>, Failure> {
        self.ask(now, &methods::STOCK_LOCATIONS, &[], wire::locations)
    }

    /// The account's postal services, of every vendor.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn postal_services(&self, now: Now) -> Result<Vec<PostalService>, Failure> {
        self.ask(now, &methods::POSTAL_SERVICES, &[], wire::postal_services)
    }

    /// The ids of all open orders of one location whose shipping vendor contains the vendor's name.
    /// Nothing else is filtered there.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn all_open_orders(&self, now: Now, location: LocationId) -> Result<Vec<OrderId>, Failure> {
        let arguments = [
            ("filters", wire::vendor_filter(&self.access.get().settings.vendor).to_string()),
            ("sorting", Value::Null.to_string()),
            ("fulfilmentCenter", location.to_string()),
            ("additionalFilter", String::new()),
            ("exactMatch", "False".to_owned()),
        ];
        self.ask(now, &methods::ALL_OPEN_ORDERS, &arguments, wire::order_ids)
    }

    /// The details of at most [`DETAILS_MAX`] orders, as far as they are open: one that is not is
    /// in neither list of the answer.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn open_order_details(&self, now: Now, orders: &[OrderId]) -> Result<Details, Failure> {
        if orders.is_empty() {
            return Ok(Details::default());
        }
        at_most(DETAILS_MAX, orders)?;
        let request = json!({"OrderIds": wire::ids(orders), "DetailLevel": ["IDENTIFIERS"]});
        let arguments = [("request", request.to_string())];
        let read = |answer: &Value| order::details(answer, orders);
        self.ask(now, &methods::OPEN_DETAILS, &arguments, read)
    }

    /// The details of at most [`DETAILS_MAX`] orders, open or processed: one that does not exist is
    /// in neither list of the answer.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn orders_by_id(&self, now: Now, orders: &[OrderId]) -> Result<Details, Failure> {
        if orders.is_empty() {
            return Ok(Details::default());
        }
        at_most(DETAILS_MAX, orders)?;
        let arguments = [("pkOrderIds", wire::ids(orders).to_string())];
        let read = |answer: &Value| order::details(answer, orders);
        self.ask(now, &methods::ORDERS_BY_ID, &arguments, read)
    }

    /// One order by its number; `None` when Linnworks says that there is none.
    ///
    /// # Errors
    /// See [`Failure`]; also when the order is there and cannot be read.
    pub fn order_by_number(
        &self,
        now: Now,
        number: OrderNumber,
    ) -> Result<Option<SourceOrder>, Failure> {
        let arguments = [("OrderId", number.to_string())];
        let read = |answer: &Value| order::by_number(answer, number);
        self.ask(now, &methods::ORDER_BY_NUMBER, &arguments, read)
    }

    /// The account's identifiers, ours and others'.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn identifiers(&self, now: Now) -> Result<Vec<Identifier>, Failure> {
        self.ask(now, &methods::IDENTIFIERS, &[], wire::identifiers)
    }

    /// Makes a new identifier. Look first: what a second one under the same tag does is undefined.
    ///
    /// # Errors
    /// See [`Failure`]; after `Unknown`, read the list.
    pub fn save_identifier(&self, now: Now, tag: &Tag, name: &str) -> Result<Identifier, Failure> {
        let arguments = [("request", wire::new_identifier(tag, name).to_string())];
        self.ask(now, &methods::SAVE_IDENTIFIER, &arguments, wire::identifier)
    }

    /// Puts one identifier on at most [`IDENTIFIER_ORDERS_MAX`] orders. Safe to repeat.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn assign_identifier(
        &self,
        now: Now,
        tag: &Tag,
        orders: &[OrderId],
    ) -> Result<Assigned, Failure> {
        self.change_identifier(now, &methods::ASSIGN, tag, orders)
    }

    /// Takes one identifier off at most [`IDENTIFIER_ORDERS_MAX`] orders. Safe to repeat.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn unassign_identifier(
        &self,
        now: Now,
        tag: &Tag,
        orders: &[OrderId],
    ) -> Result<Assigned, Failure> {
        self.change_identifier(now, &methods::UNASSIGN, tag, orders)
    }

    fn change_identifier(
        &self,
        now: Now,
        method: &ApiMethod,
        tag: &Tag,
        orders: &[OrderId],
    ) -> Result<Assigned, Failure> {
        if orders.is_empty() {
            return Ok(Assigned::default());
        }
        at_most(IDENTIFIER_ORDERS_MAX, orders)?;
        let request = json!({"OrderIds": wire::ids(orders), "Tag": tag.as_str()});
        self.ask(now, method, &[("request", request.to_string())], wire::assigned)
    }

    /// The tags on at most [`IDENTIFIER_ORDERS_MAX`] orders. Every order asked for has an entry;
    /// one that Linnworks does not know has no tags.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn identifiers_of(
        &self,
        now: Now,
        orders: &[OrderId],
    ) -> Result<BTreeMap<OrderId, Vec<Tag>>, Failure> {
        if orders.is_empty() {
            return Ok(BTreeMap::new());
        }
        at_most(IDENTIFIER_ORDERS_MAX, orders)?;
        let arguments = [("request", json!({"OrderIds": wire::ids(orders)}).to_string())];
        let read = |answer: &Value| wire::tags_by_order(answer, orders);
        self.ask(now, &methods::IDENTIFIERS_OF, &arguments, read)
    }

    /// The texts of an order's notes.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn order_notes(&self, now: Now, order: OrderId) -> Result<Vec<String>, Failure> {
        let arguments = [("orderId", order.to_string())];
        self.ask(now, &methods::ORDER_NOTES, &arguments, wire::note_texts)
    }

    /// Adds one note to at most [`NOTE_ORDERS_MAX`] orders; `internal` ones are not printed. Not
    /// safe to repeat: after `Unknown`, read the notes.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn add_note(
        &self,
        now: Now,
        orders: &[OrderId],
        text: &str,
        internal: bool,
    ) -> Result<(), Failure> {
        if orders.is_empty() {
            return Ok(());
        }
        at_most(NOTE_ORDERS_MAX, orders)?;
        let request = json!({
            "OrderIds": wire::ids(orders),
            "NoteText": text,
            "IsInternal": internal,
            "IsProcessingNote": false,
        });
        let read = |answer: &Value| wire::added_notes(answer, orders.len());
        self.ask(now, &methods::ADD_NOTE, &[("request", request.to_string())], read)
    }

    /// Writes the tracking number of an order, leaving the rest of its shipping block as `current`
    /// has it, and returns what Linnworks says it stored: compare. Read the order just before.
    ///
    /// # Errors
    /// See [`Failure`]; an answer that does not show the tracking number is `Unknown`.
    pub fn set_tracking(
        &self,
        now: Now,
        order: OrderId,
        current: &Shipping,
        new: &TrackingNumber,
    ) -> Result<String, Failure> {
        let arguments =
            [("orderId", order.to_string()), ("info", wire::shipping(current, new).to_string())];
        self.ask(now, &methods::SET_SHIPPING, &arguments, wire::stored_tracking)
    }

    /// Marks at most [`PROCESS_ORDERS_MAX`] orders of one location processed. Answers for each what
    /// Linnworks said, `None` for yes; an order of which it said nothing is left out. Cannot be undone;
    /// repeated for a processed order it is refused. After `Unknown`, read the orders.
    ///
    /// # Errors
    /// See [`Failure`].
    pub fn process_orders(
        &self,
        now: Now,
        location: LocationId,
        orders: &[OrderId],
    ) -> Result<BTreeMap<OrderId, Option<String>>, Failure> {
        if orders.is_empty() {
            return Ok(BTreeMap::new());
        }
        at_most(PROCESS_ORDERS_MAX, orders)?;
        let arguments =
            [("ordersIds", wire::ids(orders).to_string()), ("locationId", location.to_string())];
        self.ask(now, &methods::PROCESS, &arguments, wire::processed)
    }

    fn ask<T>(
        &self,
        now: Now,
        method: &ApiMethod,
        arguments: &[(&str, String)],
        read: impl FnOnce(&Value) -> Result<T, Bad>,
    ) -> Result<T, Failure> {
        let access = self.access.get();
        let pass = self.session(now, &access)?;
        let token = pass.session.token.expose_secret();
        let url = format!("{}/api/{}", pass.session.server, method.path);
        let fields = form(arguments);
        let (url, body) = match method.verb {
            Method::Get if fields.is_empty() => (url, String::new()),
            Method::Get => (format!("{url}?{fields}"), String::new()),
            Method::Post | Method::Patch | Method::Delete => (url, fields),
        };
        let request = Request {
            method: method.verb,
            url,
            headers: headers(Some(token)),
            body: body.into_bytes(),
            timeout: if method.awaited {
                access.settings.timeout.min(methods::AWAITED_MAX)
            } else {
                access.settings.timeout
            },
            fresh_connection: false,
        };
        let read = |answer: &Value| {
            read(answer).map_err(|bad| Failure::Unknown { what: format!("{}: {bad}", method.path) })
        };
        let with = With::Session(pass.ticket);
        let call = Call { access: &access, method };
        let result = self.send(now, call, &request, with, &[token], read);
        if let Err(Failure::Unauthorised { .. }) = &result {
            lock(&access.flight).revoke(pass.ticket);
        }
        result
    }

    fn session(&self, now: Now, access: &Arc<LinnworksAccess>) -> Result<Pass<Session>, Failure> {
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
        access: &Arc<LinnworksAccess>,
        ticket: Ticket,
    ) -> Result<Pass<Session>, Failure> {
        let secrets = [
            access.settings.application_secret.expose_secret(),
            access.settings.token.expose_secret(),
        ];
        let request = session::request(&access.settings);
        let call = Call { access, method: &methods::SIGN_IN };
        let read = |answer: &Value| session::read(answer, &access.settings.auth_url);
        let (session, life) = self
            .send(now, call, &request, With::Credentials, &secrets, read)
            .map_err(before_the_request)?;
        Ok(lock(&access.flight).opened(ticket, session, now.mono.after(life)))
    }

    fn admit(&self, now: Now, call: Call<'_>) -> Result<breaker::Pass, Failure> {
        let mut gate = lock(&self.gate);
        // Settings are replaced before the gate is reset: a call with old ones either has left under
        // the old state, and its refusal says nothing, or does not leave.
        if !self.access.is_current(call.access) {
            return Err(Failure::NotBefore(now.mono.after(Delay(1))));
        }
        gate.admit(call.method.key(), call.method.per_minute, now.mono).map_err(Failure::NotBefore)
    }

    /// What an answer means is known only when it has been read, so it is reported after that.
    fn send<T>(
        &self,
        now: Now,
        call: Call<'_>,
        request: &Request,
        with: With,
        secrets: &[&str],
        read: impl FnOnce(&Value) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let pass = self.admit(now, call)?;
        let answer = error::classify(self.transport.send(request), now.wall);
        let intelligible = answer.is_ok();
        let result =
            answer.and_then(|answer| read(&answer)).map_err(|failure| scrubbed(failure, secrets));
        if let Some(word) = word(&result) {
            self.calls.add((call.method.path, word));
        }
        if let Some(outcome) = reported(&result, intelligible) {
            lock(&self.gate).report(pass, call.method.key(), now, with, outcome);
        }
        result
    }
}

fn at_most(max: usize, orders: &[OrderId]) -> Result<(), Failure> {
    if orders.len() <= max {
        return Ok(());
    }
    let text = format!("{} orders in one call, at most {max} are allowed", orders.len());
    Err(Failure::No(vec![Reason { code: String::new(), text }]))
}
